//! `idouble journal` and `idouble events` against a running server.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::process::{Child, Command, Output, Stdio};

use crate::common::Client;
use idouble::Emulator;
use serde_json::Value;

const LIST: &str = "GET /v1/identity-stores/d-1234567890/users?limit=1";
const NOBODY: &str = "GET /v1/identity-stores/d-1234567890/users/nobody";

fn idouble(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_idouble"));
    command.env_clear().args(arguments).stdin(Stdio::null());
    command
}

/// Its exit code, what it prints, and what it complains of.
fn told(arguments: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = idouble(arguments).output().expect("the binary runs");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (status.code().expect("it ends by itself"), text(stdout), text(stderr))
}

/// An emulator whose clock stands, and that has seen two calls that went well and one that did not.
fn seen() -> (Emulator, Client) {
    let builder = Emulator::builder().clock_frozen("2030-01-01T00:00:00Z");
    let emulator = builder.start().expect("an emulator");
    let mut client = Client::of(emulator.endpoint());
    for (call, session) in [(LIST, "a"), (NOBODY, "a"), (LIST, "b")] {
        client.request(call, &[("x-idouble-session", session)], b"");
    }
    (emulator, client)
}

#[test]
fn what_was_seen_is_printed_newest_first_one_a_line() {
    let (emulator, _client) = seen();
    let on =
        |words: &[&str]| told(&[&["journal"], words, &["--url", emulator.endpoint()]].concat());
    let (code, lines, _) = on(&[]);
    let lines: Vec<_> = lines.lines().collect();
    assert_eq!((code, lines.len()), (0, 3), "{lines:?}");
    let start = "2030-01-01T00:00:00.000Z #3 huawei:ListUsers store=d-1234567890 session=b -> 200 ";
    assert!(lines[0].starts_with(start) && lines[0].ends_with(" µs"), "{lines:?}");
    assert!(lines[1].contains("user=nobody session=a -> 404 IIC.404 "), "{lines:?}");
    let (_, page, _) = on(&["--limit", "1", "--before", "3", "--json"]);
    let entry: Value = serde_json::from_str(&page).expect("an entry of JSON a line");
    assert_eq!((entry["seq"].as_u64(), entry["error"].as_str()), (Some(2), Some("IIC.404")));
}

#[test]
fn what_was_seen_is_counted_and_chosen_by_every_field() {
    let (emulator, _client) = seen();
    let on =
        |words: &[&str]| told(&[&["journal"], words, &["--url", emulator.endpoint()]].concat());
    let count = |words: &[&str]| {
        let (code, count, complaint) = on(&[&["--count"], words].concat());
        assert_eq!(code, 0, "{words:?}: {complaint}");
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
        // What a filter does not go by.
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
    let (emulator, mut client) = seen();
    for (flag, value, expected) in [
        ("--operation", "UpdatUser", "the name of an operation alone, such as UpdateUser"),
        ("--operation", "aws:UpdateUser", "the name of an operation alone"),
        ("--dialect", "azure", "invalid dialect \"azure\"; expected aws or huawei"),
        ("--status", "abc", "invalid status \"abc\"; expected a status such as 400, 4xx or >=400"),
        ("--status", "9xx", "expected a status such as"),
        ("--attempt", ">many", "expected a number, or such as >=2"),
        ("--duration-us", "1ms", "invalid duration_us"),
        ("--time", "2030", "expected a time such as 2030-01-01T00:00:00Z"),
    ] {
        for more in [&[][..], &["--count"], &["--expect", "0"]] {
            let words = [&["journal", flag, value], more, &["--url", emulator.endpoint()]].concat();
            let (code, out, error) = told(&words);
            assert_eq!((code, out.as_str()), (2, ""), "{words:?}");
            assert!(error.contains(expected), "{error}");
        }
    }
    let told = client.control("POST /journal/expect", r#"{"match":{"status":"x"},"count":0}"#);
    assert_eq!(told.status, 400);
    assert_eq!(client.control("GET /events?status=x", "").status, 400);
}

#[test]
fn unmet_expectation_exits_with_4_and_reports_the_nearest_request() {
    let (emulator, _client) = seen();
    let on =
        |words: &[&str]| told(&[&["journal"], words, &["--url", emulator.endpoint()]].concat());
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

/// A follower that is listening, killed should its test fail.
struct Follower(Child, BufReader<std::process::ChildStdout>);

impl Follower {
    fn start(emulator: &Emulator, words: &[&str]) -> Self {
        let mut command = idouble(&[&["events"], words, &["--url", emulator.endpoint()]].concat());
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
        let mut line = String::new();
        let mut stderr = BufReader::new(child.stderr.take().expect("it is piped"));
        stderr.read_line(&mut line).expect("text");
        assert!(line.starts_with("following http://127.0.0.1:"), "{line}");
        let stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        Self(child, stdout)
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.1.read_line(&mut line).expect("text");
        line
    }

    /// How it ends, and what it still prints.
    fn end(mut self) -> (Option<i32>, String) {
        let mut rest = String::new();
        self.1.read_to_string(&mut rest).expect("text");
        (self.0.wait().expect("it ends").code(), rest)
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn events_are_followed_until_the_server_ends_or_somebody_interrupts() {
    let (emulator, mut client) = seen();
    let mut all = Follower::start(&emulator, &[]);
    let mut refused = Follower::start(&emulator, &["--status", "4xx", "--json"]);
    let last = Follower::start(&emulator, &["--limit", "1"]);
    for call in [LIST, NOBODY] {
        client.request(call, &[], b"");
    }
    assert!(all.line().contains("#4 huawei:ListUsers"));
    assert!(all.line().contains("#5 huawei:DescribeUser store=d-1234567890 user=nobody -> 404"));
    let entry: Value = serde_json::from_str(&refused.line()).expect("an entry of JSON a line");
    assert_eq!(entry["seq"], 5);
    let (code, line) = last.end();
    assert!(code == Some(0) && line.contains("#4 "), "{code:?} {line}");
    let pid = refused.0.id().to_string();
    assert!(Command::new("kill").args(["-s", "INT", &pid]).status().expect("kill runs").success());
    assert_eq!(refused.end(), (Some(0), String::new()));
    drop(client);
    assert!(emulator.join());
    assert_eq!(all.end(), (Some(0), String::new()));
}

#[test]
fn a_missing_server_is_reported() {
    for command in ["journal", "events"] {
        let url = "http://127.0.0.1:1";
        let (code, out, complaint) = told(&[command, "--url", url]);
        assert_eq!((code, out.as_str()), (1, ""), "{complaint}");
        assert_eq!(complaint, format!("error: no idouble at {url}; start it with `idouble`\n"));
        assert_eq!(told(&[command, "--url", "ftp://x"]).0, 2);
    }
}

/// A web server that gives the same response to each of its connections.
fn web_server(response: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let mut request = [0; 4096];
            let _ = stream.read(&mut request);
            let _ = stream.write_all(response.as_bytes());
        }
    });
    url
}

/// Every command that reports something about a server, or changes it.
const REMOTE: &[&[&str]] = &[
    &["healthcheck"],
    &["reset"],
    &["stores"],
    &["stores", "create"],
    &["stores", "delete", "d-1234567890"],
    &["users", "list"],
    &["export"],
    &["snapshot", "save", "a"],
    &["snapshot", "list"],
    &["clock"],
    &["fault", "list"],
    &["fault", "add", "read", "throttle"],
    &["fault", "remove", "a"],
    &["fault", "preview", "a"],
    &["fault", "verdict"],
    &["journal"],
    &["journal", "--count"],
    &["journal", "--clear"],
    &["journal", "--expect", "1"],
    &["events"],
];

#[test]
fn a_response_of_another_server_is_an_error() {
    let page = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
    let other = web_server(page);
    let nonsense = web_server("220 mail.example.com ESMTP\r\n");
    for command in REMOTE {
        for (url, what) in [(&other, "idouble"), (&nonsense, "HTTP")] {
            let (code, out, error) = told(&[command, &["--url", url][..]].concat());
            assert_eq!((code, &*out), (1, ""), "{command:?}: {error}");
            let article = if what == "HTTP" { "an HTTP" } else { "an idouble" };
            assert_eq!(error, format!("error: {url} is not {article} server\n"), "{command:?}");
        }
    }
}

#[test]
fn a_response_that_is_cut_off_or_incomplete_is_an_error() {
    let version = "HTTP/1.1 200 OK\r\nX-Idouble-Version: 0\r\nConnection: close\r\n";
    let responses = [
        (format!("{version}Content-Length: 99\r\n\r\n{{}}"), "Peer disconnected"),
        (format!("{version}Transfer-Encoding: chunked\r\n\r\n9\r\n{{"), "Peer disconnected"),
        (format!("{version}Content-Length: 2\r\n\r\n[]"), "unexpected response"),
        (format!("{version}Content-Length: 3\r\n\r\n<p>"), "unexpected response"),
    ];
    for (response, message) in responses {
        let url = web_server(response.leak());
        // An export is printed as it comes, whatever it is.
        let commands =
            REMOTE.iter().filter(|command| command[0] != "export" && command[0] != "events");
        for command in commands {
            let (code, _, error) = told(&[command, &["--url", &url][..]].concat());
            assert_eq!(code, 1, "{command:?}: {error}");
        }
        let (_, _, error) = told(&["journal", "--count", "--url", &url]);
        assert!(error.contains(message), "{error}");
    }
}

#[test]
fn localhost_is_reached_at_whichever_address_it_listens() {
    let (emulator, _client) = seen();
    let url = format!("http://localhost:{}", emulator.port());
    assert_eq!(told(&["journal", "--count", "--url", &url]), (0, "3\n".to_owned(), String::new()));
}
