//! The journal, events and metrics at the socket, and expectations of the Rust API.

use crate::common::{Client, End};
use idouble::Emulator;
use idouble::internal::server::Limits;
use serde_json::{Value, json};
use std::time::Duration;

const STORE: &str = "d-1234567890";

fn emulator() -> Emulator {
    Emulator::builder().start().expect("an emulator starts")
}

fn list_users(client: &mut Client, session: &str) -> u16 {
    let start = format!("GET /v1/identity-stores/{STORE}/users?limit=1");
    client.request(&start, &[("x-idouble-session", session)], b"").status
}

fn numbers(page: &Value) -> Vec<u64> {
    let entries = page["entries"].as_array().expect("a list");
    entries.iter().map(|entry| entry["seq"].as_u64().expect("a number")).collect()
}

#[test]
fn journal_is_listed_newest_first_in_pages_and_by_field() {
    let emulator = emulator();
    let mut client = Client::of(emulator.endpoint());
    for at in 0..5 {
        assert_eq!(list_users(&mut client, if at == 2 { "odd" } else { "even" }), 200);
    }
    let first = client.control("GET /journal?limit=2", "").json();
    assert_eq!((numbers(&first), &first["next_before"]), (vec![5, 4], &json!(4)));
    let second = client.control("GET /journal?limit=3&before=4", "").json();
    assert_eq!((numbers(&second), &second["next_before"]), (vec![3, 2, 1], &Value::Null));
    let odd = client.control("GET /journal?session=odd&status=2xx", "").json();
    assert_eq!(numbers(&odd), [3]);
    assert_eq!(client.control("GET /journal/count", "").json(), json!({"count": 5}));
    let count = client.control("GET /journal/count?session=even&operation=ListUsers", "");
    assert_eq!(count.json(), json!({"count": 4}));
    for wrong in ["usr=x", "limit=0", "limit=1001", "before=x"] {
        let refused = client.control(&format!("GET /journal?{wrong}"), "");
        assert_eq!(refused.status, 400, "{wrong}");
    }
    let refused = client.control("GET /journal?usr=x", "").json()["error"].to_string();
    assert!(refused.contains("dialect, operation, store, user"), "{refused}");
    assert!(refused.contains("limit, before"), "{refused}");
    assert_eq!(client.control("DELETE /journal", "").json(), json!({"removed": 5}));
    list_users(&mut client, "again");
    assert_eq!(numbers(&client.control("GET /journal", "").json()), [6]);
    assert_eq!(client.control("POST /reset", "{}").status, 200);
    assert_eq!(client.control("GET /journal/count", "").json(), json!({"count": 0}));
}

#[test]
fn unmet_expectation_reports_the_nearest_request() {
    let emulator = emulator();
    let mut client = Client::of(emulator.endpoint());
    list_users(&mut client, "mine");
    let met = client.control("POST /journal/expect", r#"{"match": {"operation": "ListUsers"}}"#);
    assert_eq!((met.status, &met.json()["matched"]), (200, &json!(1)));
    let body = r#"{"match": {"operation": "ListUsers", "session": "other"}, "count": ">=2"}"#;
    let unmet = client.control("POST /journal/expect", body);
    assert_eq!(unmet.status, 409);
    let differs = json!([{"field": "session", "expected": "other", "found": "mine"}]);
    assert_eq!(unmet.json()["closest"]["differs"], differs);
    assert!(unmet.json()["report"].as_str().is_some_and(|text| text.contains("nearest: #1")));
    for (count, met) in [(json!(1), 200), (json!(">1"), 409), (json!("<3"), 200)] {
        let body = json!({"match": {"operation": "ListUsers"}, "count": count});
        assert_eq!(client.control("POST /journal/expect", &body.to_string()).status, met, "{body}");
    }
    let many = client.control("POST /journal/expect", r#"{"count": "many"}"#).json();
    let expected = "/count: expected a count such as 2, <=2, >=3 or 2..4, found \"many\"";
    assert_eq!(many["details"], json!([expected]));
    for wrong in [r#"{"match": {"x": "y"}}"#, r#"{"count": "4..2"}"#, r#"{"matches": {}}"#, "{"] {
        assert_eq!(client.control("POST /journal/expect", wrong).status, 400, "{wrong}");
    }
}

#[test]
fn events_stream_requests_and_end_with_the_server() {
    // Longer than any test waits: event streams must not delay the end.
    let limits = Limits { drain: Duration::from_secs(600), ..Limits::default() };
    let emulator = Emulator::builder().limits(limits).start().expect("an emulator starts");
    let mut listener = Client::of(emulator.endpoint());
    listener.send_request("GET /_idouble/events?session=mine", &[], b"");
    let head = listener.until(": idouble events\n\n").to_lowercase();
    assert!(head.starts_with("http/1.1 200 ok\r\n"), "{head}");
    assert!(head.contains("content-type: text/event-stream\r\n"), "{head}");
    let mut client = Client::of(emulator.endpoint());
    list_users(&mut client, "other");
    list_users(&mut client, "mine");
    let event = listener.until("\n\n");
    let data = event.lines().find_map(|line| line.strip_prefix("data: ")).expect("an entry");
    let entry: Value = serde_json::from_str(data).expect("JSON in one line");
    assert_eq!((&entry["seq"], &entry["session"]), (&json!(2), &json!("mine")));
    assert!(emulator.join(), "every request got its answer");
    assert_eq!(listener.rest().1, End::Closed);
}

/// The next event of a stream: its name, or `request`, its id and its data.
fn next_event(listener: &mut Client) -> (String, String, Value) {
    let event = listener.until("\n\n");
    // A chunk of the body begins with its length.
    let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name));
    let name = field("event: ").unwrap_or("request").to_owned();
    let data = field("data: ").expect("data");
    let data = serde_json::from_str(data).expect("JSON in one line");
    (name, field("id: ").unwrap_or_default().to_owned(), data)
}

fn listen(emulator: &Emulator, query: &str, headers: &[(&str, &str)]) -> Client {
    let mut listener = Client::of(emulator.endpoint());
    listener.send_request(&format!("GET /_idouble/events{query}"), headers, b"");
    listener.until(": idouble events\n\n");
    listener
}

#[test]
fn events_report_changes_of_the_state() {
    let emulator = emulator();
    let mut listener = listen(&emulator, "", &[]);
    let mut client = Client::of(emulator.endpoint());
    for (call, body, expected) in [
        ("POST /faults", r#"{"id":"a","on":"read","do":"throttle"}"#, [("rules", json!(1))]),
        ("PATCH /faults/a", r#"{"paused":true}"#, [("rules", json!(1))]),
        ("POST /presets/lost-replies", "", [("rules", json!(2))]),
        ("DELETE /faults", "", [("rules", json!(0))]),
        ("POST /stores", r#"{"id":"d-00000000aa"}"#, [("stores", json!(2))]),
        ("DELETE /stores/d-00000000aa", "", [("stores", json!(1))]),
        ("PUT /snapshots/a", "", [("snapshots", json!(1))]),
        ("POST /snapshots/a/restore", "", [("stores", json!(1))]),
        ("DELETE /journal", "", [("journal", json!(0))]),
    ] {
        let reply = client.control(call, body);
        assert!(reply.status < 300, "{call}: {reply:?}");
        for (name, count) in expected {
            let (found, id, data) = next_event(&mut listener);
            assert_eq!((&*found, &data["count"]), (name, &count), "{call}");
            assert_eq!(id, "", "only requests have an id: {call}");
        }
    }
    client.control("PUT /clock", r#"{"set":"2030-01-01T00:00:00Z","freeze":true}"#);
    let clock = json!({"now": "2030-01-01T00:00:00Z", "frozen": true});
    assert_eq!(next_event(&mut listener), ("clock".to_owned(), String::new(), clock));
    // A rejected change changes nothing.
    assert_eq!(client.control("PUT /clock", "{}").status, 400);
    assert_eq!(client.control("DELETE /faults/a", "").status, 404);
    assert_eq!(list_users(&mut client, "mine"), 200);
    assert_eq!(next_event(&mut listener).0, "request");
    assert_eq!(client.control("POST /reset", "{}").status, 200);
    let names: std::collections::BTreeSet<_> =
        (0..4).map(|_| next_event(&mut listener).0).collect();
    assert_eq!(names.into_iter().collect::<Vec<_>>(), ["clock", "journal", "rules", "stores"]);
}

#[test]
fn events_resume_after_the_last_id() {
    let emulator = emulator();
    let mut client = Client::of(emulator.endpoint());
    let mut listener = listen(&emulator, "?session=mine", &[]);
    for session in ["mine", "other", "mine", "mine"] {
        list_users(&mut client, session);
    }
    let (_, id, first) = next_event(&mut listener);
    assert_eq!(first["seq"], 1);
    drop(listener);
    let mut resumed = listen(&emulator, "?session=mine&after=3", &[("Last-Event-ID", &id)]);
    assert_eq!(next_event(&mut resumed).2["seq"], 3);
    assert_eq!(next_event(&mut resumed).2["seq"], 4);
    let mut after = listen(&emulator, "?after=3", &[]);
    assert_eq!(next_event(&mut after).2["seq"], 4);

    // The id of another run: everything is new.
    let mut restarted = listen(&emulator, "", &[("Last-Event-ID", "99.abc")]);
    assert_eq!(next_event(&mut restarted).0, "restarted");
    assert_eq!(next_event(&mut restarted).2["seq"], 1);

    for (query, headers) in [
        ("", [("Last-Event-ID", "1")].as_slice()),
        ("", &[("Last-Event-ID", "x.y")]),
        ("?after=x", &[]),
        ("?after=-1", &[]),
        ("?rate=0", &[]),
        ("?rate=1001", &[]),
        ("?limit=1", &[]),
        ("?rate=1&rate=2", &[]),
    ] {
        let reply = client.request(&format!("GET /_idouble/events{query}"), headers, b"");
        assert_eq!(reply.status, 400, "{query} {headers:?}");
    }
}

#[test]
fn cleared_entries_are_not_sent_again() {
    let emulator = Emulator::builder().start().expect("an emulator starts");
    let mut client = Client::of(emulator.endpoint());
    list_users(&mut client, "mine");
    client.control("DELETE /journal", "");
    let mut resumed = listen(&emulator, "?after=0", &[]);
    list_users(&mut client, "mine");
    assert_eq!(next_event(&mut resumed).2["seq"], 2);
}

#[test]
fn metrics_count_requests_faults_and_sizes() {
    let emulator = emulator();
    let rule = emulator.inject("huawei:ListUsers=throttle,1x").expect("a rule");
    let mut client = Client::of(emulator.endpoint());
    assert_eq!(list_users(&mut client, "a"), 429);
    assert_eq!(list_users(&mut client, "a"), 200);
    assert_eq!(list_users(&mut client, "a"), 200);
    let reply = client.request("GET /_idouble/metrics", &[], b"");
    let text = reply.text();
    let labels = r#"dialect="huawei",operation="ListUsers""#;
    for line in [
        format!("idouble_requests_total{{{labels},status=\"200\"}} 2"),
        format!("idouble_requests_total{{{labels},status=\"429\"}} 1"),
        format!("idouble_request_duration_seconds_count{{{labels}}} 3"),
        format!("idouble_request_duration_seconds_bucket{{le=\"+Inf\",{labels}}} 3"),
        format!("idouble_faults_fired_total{{rule=\"{}\"}} 1", rule.id()),
        "idouble_stores 1".to_owned(),
        "idouble_connections 1".to_owned(),
        "idouble_journal_entries 3".to_owned(),
        "# EOF".to_owned(),
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
}

#[test]
fn library_expectation_counts_from_its_creation() {
    let emulator = emulator();
    let mut client = Client::of(emulator.endpoint());
    list_users(&mut client, "before");
    let expected =
        emulator.journal().expect_request("huawei:ListUsers").with("session", "after").times(1);
    assert_eq!(expected.count(), 0);
    list_users(&mut client, "after");
    expected.verify().expect("it came");
}
