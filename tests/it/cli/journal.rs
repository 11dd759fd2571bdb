//! `idouble journal` against a running server.

use idouble::Emulator;
use serde_json::Value;

use super::{idouble, output};
use crate::common::Client;

/// The result of a command against a server: exit code, output and errors.
fn run(args: &[&str]) -> (i32, String, String) {
    let folder = super::folder(&[]);
    let output = output(idouble(folder.path(), args));
    (output.code, output.stdout, output.stderr)
}

pub const LIST: &str = "GET /v1/identity-stores/d-1234567890/users?limit=1";
pub const DESCRIBE_UNKNOWN: &str = "GET /v1/identity-stores/d-1234567890/users/unknown";

/// An emulator with a frozen clock that has received two calls that succeed and one that does not.
pub fn emulator_with_requests() -> (Emulator, Client) {
    let builder = Emulator::builder().clock_frozen("2030-01-01T00:00:00Z");
    let emulator = builder.start().expect("an emulator");
    let mut client = Client::of(emulator.endpoint());
    for (call, session) in [(LIST, "a"), (DESCRIBE_UNKNOWN, "a"), (LIST, "b")] {
        client.request(call, &[("x-idouble-session", session)], b"");
    }
    (emulator, client)
}

#[test]
fn entries_are_printed_one_a_line_newest_first() {
    let (emulator, _client) = emulator_with_requests();
    let on = |words: &[&str]| run(&[&["journal"], words, &["--url", emulator.endpoint()]].concat());
    let (code, lines, _) = on(&[]);
    let lines: Vec<_> = lines.lines().collect();
    assert_eq!((code, lines.len()), (0, 3), "{lines:?}");
    let start = "2030-01-01T00:00:00.000Z #3 huawei:ListUsers store=d-1234567890 session=b -> 200 ";
    assert!(lines[0].starts_with(start) && lines[0].ends_with(" µs"), "{lines:?}");
    assert!(lines[1].contains("user=unknown session=a -> 404 IIC.404 "), "{lines:?}");
    let (_, page, _) = on(&["--limit", "1", "--before", "3", "--json"]);
    let entry: Value = serde_json::from_str(&page).expect("an entry of JSON a line");
    assert_eq!((entry["seq"].as_u64(), entry["error"].as_str()), (Some(2), Some("IIC.404")));
}

#[test]
fn entries_are_counted_and_filtered_by_every_field() {
    let (emulator, _client) = emulator_with_requests();
    let on = |words: &[&str]| run(&[&["journal"], words, &["--url", emulator.endpoint()]].concat());
    let count = |words: &[&str]| {
        let (code, count, error) = on(&[&["--count"], words].concat());
        assert_eq!(code, 0, "{words:?}: {error}");
        count.trim().parse::<u64>().expect("a number")
    };
    let entry: Value = serde_json::from_str(&on(&["--json", "--limit", "1"]).1).expect("JSON");
    for (field, value) in entry.as_object().expect("an object") {
        let flag = format!("--{}", field.replace('_', "-"));
        let value = match value {
            Value::String(text) => text.split('?').next().unwrap_or_default().to_owned(),
            Value::Null => String::new(),
            other => other.to_string(),
        };
        // No filter has these.
        if !["seq", "kind"].contains(&field.as_str()) {
            assert!((1..=3).contains(&count(&[&flag, &value])), "{flag}");
        }
    }
    assert_eq!(count(&[]), 3);
    assert_eq!(count(&["--session", "a"]), 2);
    assert_eq!(count(&["--session", "a", "--status", ">=400"]), 1);
    assert_eq!(count(&["--status", "<400", "--operation", "ListUsers"]), 2);
    assert_eq!(count(&["--time", ">2030-01-01T00:00:00Z"]), 0);
    assert_eq!(count(&["--time", "<=2030-01-01T01:00:00+01:00"]), 3);
    assert_eq!(count(&["--duration-us", "<0"]), 0);
    assert_eq!(count(&["--response", "page_info"]), 2);
    assert_eq!(count(&["--response", "alice"]), 2);
    assert_eq!(on(&["--count", "--nope", "1"]).0, 2);
    assert_eq!(on(&["--clear", "--session", "a"]).0, 2);
    assert_eq!(on(&["--clear"]), (0, "removed: 3 entries\n".to_owned(), String::new()));
    assert_eq!(count(&[]), 0);
}

#[test]
fn filters_reject_impossible_values() {
    let (emulator, mut client) = emulator_with_requests();
    for (flag, value, expected) in [
        ("--operation", "UpdatUser", "the name of an operation alone, such as UpdateUser"),
        ("--operation", "aws:UpdateUser", "the name of an operation alone"),
        ("--operation", "sso-admin:ListInstances", "expected ListInstances"),
        ("--dialect", "azure", "invalid dialect \"azure\"; expected aws or scim or huawei"),
        ("--status", "abc", "invalid status \"abc\"; expected a status such as 400, 4xx or >=400"),
        ("--status", "9xx", "expected a status such as"),
        ("--attempt", ">many", "expected a number, or such as >=2"),
        ("--duration-us", "1ms", "invalid duration_us"),
        ("--time", "2030", "expected a time such as 2030-01-01T00:00:00Z"),
    ] {
        for more in [&[][..], &["--count"], &["--expect", "0"]] {
            let words = [&["journal", flag, value], more, &["--url", emulator.endpoint()]].concat();
            let (code, out, error) = run(&words);
            assert_eq!((code, out.as_str()), (2, ""), "{words:?}");
            assert!(error.contains(expected), "{error}");
        }
    }
    let reply = client.control("POST /journal/expect", r#"{"match":{"status":"x"},"count":0}"#);
    assert_eq!(reply.status, 400);
    assert_eq!(client.control("GET /events?status=x", "").status, 400);
}

#[test]
fn unmet_expectation_exits_with_4_and_reports_the_nearest_request() {
    let (emulator, _client) = emulator_with_requests();
    let on = |words: &[&str]| run(&[&["journal"], words, &["--url", emulator.endpoint()]].concat());
    let met = ["--expect", "2", "--operation", "ListUsers"];
    assert_eq!(on(&met), (0, String::new(), String::new()));
    let (code, _, report) = on(&["--expect", ">=1", "--operation", "ListUsers", "--session", "c"]);
    assert_eq!(code, 4);
    for words in ["expected at least 1 time:", "nearest: #3", r#"session: expected "c", found "b""#]
    {
        assert!(report.contains(words), "{report}");
    }
    assert_eq!(on(&["--expect", "1", "--after", "1", "--operation", "ListUsers"]).0, 0);
    assert_eq!(on(&["--expect", "often"]).0, 2);
}

#[test]
fn requests_are_sent_again() {
    let (emulator, mut client) = emulator_with_requests();
    let on = |words: &[&str]| run(&[&["journal"], words, &["--url", emulator.endpoint()]].concat());
    let (code, line, _) = on(&["--replay", "2"]);
    assert!(code == 0 && line.contains(" #4 huawei:DescribeUser "), "{line}");
    assert!(line.contains("session=a -> 404"), "{line}");
    assert_eq!(client.control("GET /journal/count", "").json()["count"], 4);
    assert_eq!(on(&["--replay", "99"]).0, 2);
    assert_eq!(on(&["--replay", "1", "--count"]).0, 2);
}
