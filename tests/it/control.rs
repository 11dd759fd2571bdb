//! The control API at the socket, and the builder of the Rust API.

use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use crate::common::echo::Running;
use crate::common::{Client, Reply};
use bytes::Bytes;
use idouble::internal::config::{BoundedU64, Config};
use idouble::internal::control::{Control, ControlBody};
use idouble::internal::fixture;
use idouble::internal::server::Limits;
use idouble::{Builder, Emulator, Error};
use serde_json::{Value as Json, json};

const STORE: &str = "d-1234567890";

#[track_caller]
fn started(builder: Builder) -> (Emulator, Client) {
    let emulator = builder.start().expect("it starts");
    let client = Client::of(emulator.endpoint());
    (emulator, client)
}

#[track_caller]
fn aws(client: &mut Client, operation: &str, body: Json) -> Reply {
    let target = format!("AWSIdentityStore.{operation}");
    let headers =
        [("X-Amz-Target", target.as_str()), ("Content-Type", "application/x-amz-json-1.1")];
    client.request("POST /", &headers, body.to_string().as_bytes())
}

#[track_caller]
fn create_user(client: &mut Client, name: &str) -> Reply {
    let body = json!({
        "IdentityStoreId": STORE,
        "UserName": name,
        "DisplayName": name,
        "Name": { "GivenName": name, "FamilyName": name },
    });
    aws(client, "CreateUser", body)
}

#[track_caller]
fn users(client: &mut Client) -> u64 {
    client.control("GET /health", "").json()["users"].as_u64().expect("a number")
}

#[test]
fn health_reports_readiness_and_sizes() {
    let (emulator, mut client) = started(Emulator::builder().seed(11));
    let health = client.control("GET /health", "");
    assert_eq!(health.header("content-type"), Some("application/json"));
    let (stores, users) = emulator.directory().size();
    assert!(users >= 12, "the embedded directory is served");
    assert_eq!(
        health.json(),
        json!({
            "status": "ok", "ready": true, "version": env!("CARGO_PKG_VERSION"), "uptime_s": 0,
            "dialects": ["aws", "scim", "huawei"], "stores": stores, "users": users, "seed": 11,
        })
    );
    client.send_request("HEAD /_idouble/health", &[("Connection", "close")], b"");
    let head = String::from_utf8(client.rest().0).expect("a head is text");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.ends_with("\r\n\r\n"), "{head}");
}

#[test]
fn unknown_calls_are_rejected_with_the_known_ones() {
    let (_emulator, mut client) = started(Emulator::builder());
    let reply = client.control("GET /nonsense", "");
    assert_eq!(reply.status, 404);
    assert!(reply.json()["details"].to_string().contains("GET /_idouble/health"));
    for path in ["/health/", "/faults/a/b", "/faults/", "//"] {
        assert_eq!(client.control(&format!("GET {path}"), "").status, 404, "{path}");
    }
    let reply = client.control("DELETE /health", "");
    assert_eq!((reply.status, reply.header("allow")), (405, Some("GET")));
    let reply = client.control("PATCH /faults", "{}");
    assert_eq!((reply.status, reply.header("allow")), (405, Some("GET, POST, PUT, DELETE")));
    for body in ["{", "[]", "\"x\"", "{\"stor\":\"d-1\"}", "{\"store\":1}", "\u{1}"] {
        let reply = client.control("POST /reset", body);
        assert_eq!(reply.status, 400, "{body}");
        assert!(reply.json()["error"].is_string() && reply.json()["details"].is_array());
    }
}

#[test]
fn reset_restores_the_initial_state() {
    let (_emulator, mut client) = started(
        Emulator::builder().clock_frozen("2030-01-01T00:00:00Z").fault("read=internal@p=0"),
    );
    let before = users(&mut client);
    let first = create_user(&mut client, "first");
    assert_eq!(first.status, 200, "{first:?}");
    assert_eq!(client.control("POST /faults", r#"{"on":"write","do":"throttle"}"#).status, 201);
    assert_eq!(users(&mut client), before + 1);
    let reply = client.control("POST /reset", "");
    assert_eq!(
        (reply.status, reply.json()),
        (200, json!({ "reset": "all", "stores": 1, "users": 12 }))
    );
    assert_eq!(users(&mut client), before);
    let rules = client.control("GET /faults", "").json();
    assert_eq!(rules["faults"].as_array().map(Vec::len), Some(1), "{rules}");
    assert_eq!(create_user(&mut client, "first"), first, "same requests, same bytes");
}

#[test]
fn writes_reject_input_that_they_do_not_read() {
    let (emulator, mut client) = started(Emulator::builder());
    create_user(&mut client, "kept");
    client.control("POST /faults", r#"{"id":"a","on":"aws:ListGroups","do":"throttle"}"#);
    for (call, body) in [
        ("POST /reset?store=d-1234567890", ""),
        ("POST /stores?copy=d-1234567890", ""),
        ("DELETE /faults?id=b", ""),
        ("DELETE /faults", r#"{"id":"b"}"#),
        ("DELETE /journal?operation=ListGroups", ""),
        ("DELETE /journal", r#"{"operation":"ListGroups"}"#),
        ("PUT /clock?freeze=true", r#"{"advance":"1h"}"#),
    ] {
        let reply = client.control(call, body);
        assert_eq!(reply.status, 400, "{call}");
        assert!(reply.json()["details"][0].is_string(), "{call}: {reply:?}");
    }
    assert_eq!((users(&mut client), emulator.service().journal().entries().len()), (13, 1));
    assert_eq!(client.control("DELETE /faults", "{}").json(), json!({"removed": 1}));
}

#[test]
fn index_lists_every_call() {
    let (_emulator, mut client) = started(Emulator::builder());
    for path in ["", "/"] {
        let reply = client.control(&format!("GET {path}"), "");
        assert_eq!(reply.status, 200);
        let calls = reply.json()["calls"].as_array().expect("a list").clone();
        let mut paths = calls.iter().map(|call| call["path"].as_str().expect("a path"));
        assert!(paths.any(|path| path == "/_idouble/faults/{id}"));
        assert!(calls.iter().all(|call| call["summary"].as_str().is_some_and(|it| !it.is_empty())));
        assert_eq!(reply.json()["openapi"], "/_idouble/openapi.json");
    }
}

#[test]
fn every_control_response_names_the_version() {
    let (emulator, mut client) = started(Emulator::builder());
    let version = Some(env!("CARGO_PKG_VERSION"));
    for (call, status) in [
        ("GET /health", 200),
        ("GET /nonsense", 404),
        ("DELETE /health", 405),
        ("GET /stores?format=json", 200),
        ("GET /journal?limit=0", 400),
    ] {
        let reply = client.control(call, "");
        assert_eq!((reply.status, reply.header("x-idouble-version")), (status, version), "{call}");
    }
    let reply = client.request("PUT /_idouble/clock", &[("Content-Type", "text/plain")], b"{}");
    assert_eq!((reply.status, reply.header("x-idouble-version")), (415, version));
    let mut client = Client::of(emulator.endpoint());
    let reply = client.request("GET /_idouble/health", &[("Origin", "http://evil.example")], b"");
    assert_eq!((reply.status, reply.header("x-idouble-version")), (403, version));
    let mut client = Client::of(emulator.endpoint());
    assert_eq!(create_user(&mut client, "first").header("x-idouble-version"), None);
}

#[test]
fn unknown_query_parameters_are_rejected_by_every_call() {
    let (_emulator, mut client) = started(Emulator::builder());
    let calls = client.control("GET /", "").json()["calls"].as_array().expect("a list").clone();
    for call in calls {
        let (method, path) = (call["method"].as_str(), call["path"].as_str());
        let path = path.expect("a path").trim_start_matches("/_idouble").replace("{id}", "a");
        let reply = client.control(&format!("{} {path}?nope=1", method.expect("a method")), "");
        assert_eq!(reply.status, 400, "{call}");
        assert!(reply.json()["error"].as_str().is_some_and(|text| text.contains("\"nope\"")));
    }
    for call in ["GET /stores?limit=1", "GET /health?limit=1", "GET /journal/count?limit=1"] {
        assert_eq!(client.control(call, "").status, 400, "{call}");
    }
}

#[test]
fn only_calls_with_a_store_accept_large_bodies() {
    let (emulator, _) = started(Emulator::builder());
    let send_large = |call: &str| {
        let mut client = Client::of(emulator.endpoint());
        // The head alone: a body that is too large is rejected before it is read.
        client.send(format!(
            "{call} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
             Content-Length: 1048577\r\nConnection: close\r\n\r\n"
        ));
        client
    };
    for call in ["PUT /_idouble/clock", "POST /_idouble/faults", "DELETE /_idouble/journal"] {
        let reply = send_large(call).reply();
        assert_eq!(reply.status, 413, "{call}");
        assert!(reply.json()["error"].as_str().is_some_and(|text| text.contains("1 MiB")));
    }
    for call in ["POST /_idouble/stores", "PUT /_idouble/stores/d-00000000aa"] {
        let mut client = send_large(call);
        client.send(format!("{{}}{}", " ".repeat(1_048_575)));
        assert_eq!(client.reply().status, 201, "{call}");
    }
}

/// While the only thread for blocking calls is busy, only calls that run on a request thread are answered.
#[test]
fn calls_over_whole_stores_run_off_the_request_threads() {
    let service = Arc::new(Emulator::builder().service().expect("a service"));
    let control = Control::new(service);
    let runtime = tokio::runtime::Builder::new_current_thread().max_blocking_threads(1).build();
    runtime.expect("a runtime").block_on(async {
        let (release, released) = std::sync::mpsc::channel::<()>();
        let busy = tokio::task::spawn_blocking(move || released.recv());
        let head = |method: &str, path: &str| {
            let path = path.replace("{id}", "a");
            let request = http::Request::builder().method(method).uri(path).body(());
            request.expect("a request").into_parts().0
        };
        let index = control.respond(&head("GET", "/_idouble/"), Bytes::new()).await;
        let ControlBody::Whole(index) = index.into_body() else { panic!("the index is short") };
        let index: Json = serde_json::from_slice(&index).expect("JSON");
        let mut context = Context::from_waker(Waker::noop());
        let (mut inline, mut waiting) = (Vec::new(), Vec::new());
        for call in index["calls"].as_array().expect("a list") {
            let (method, path) = (call["method"].as_str(), call["path"].as_str());
            let (method, path) = (method.expect("a method"), path.expect("a path"));
            let head = head(method, path);
            let control = control.clone();
            let mut answer = Box::pin(async move { control.respond(&head, Bytes::new()).await });
            match answer.as_mut().poll(&mut context) {
                Poll::Ready(_) => inline.push(format!("{method} {path}")),
                Poll::Pending => waiting.push(answer),
            }
        }
        let short = ["/", "/health", "/auth", "/auth", "/clock", "/clock", "/events", "/ca.pem"];
        let methods = ["GET", "GET", "GET", "PUT", "GET", "PUT", "GET", "GET"];
        let short =
            methods.iter().zip(short).map(|(method, path)| format!("{method} /_idouble{path}"));
        assert_eq!(inline, short.collect::<Vec<_>>());
        // A large body is not parsed on a request thread either.
        let large = Bytes::from(vec![b' '; 64 * 1024]);
        let head = head("PUT", "/_idouble/clock");
        let mut large = Box::pin(control.respond(&head, large));
        assert!(large.as_mut().poll(&mut context).is_pending());
        drop(release);
        for answer in waiting {
            answer.await;
        }
        assert_eq!(large.await.status(), 400);
        let _ = busy.await;
    });
}

#[test]
fn reset_of_one_store_leaves_the_others() {
    let (_emulator, mut client) = started(Emulator::builder());
    let before = users(&mut client);
    assert_eq!(create_user(&mut client, "first").status, 200);
    client.control("POST /faults", r#"{"on":"read","do":"throttle"}"#);
    let reply = client.control("POST /reset", &json!({ "store": STORE }).to_string());
    assert_eq!(
        (reply.status, reply.json()),
        (200, json!({ "reset": STORE, "stores": 1, "users": 12 }))
    );
    assert_eq!(users(&mut client), before);
    let rules = client.control("GET /faults", "").json();
    assert_eq!(rules["faults"].as_array().map(Vec::len), Some(1), "rules are no store's");
    assert_eq!(client.control("POST /reset", r#"{"store":"d-0000000000"}"#).status, 404);
}

#[test]
fn fault_rules_are_added_listed_and_removed() {
    let (_emulator, mut client) = started(Emulator::builder());
    let rule = r#"{"id":"a.b","on":"aws:CreateUser","do":"throttle","for":"1x"}"#;
    let reply = client.control("POST /faults", rule);
    assert_eq!((reply.status, reply.json()), (201, json!({ "ids": ["a.b"] })));
    let both =
        r#"[{"on":"read","do":"internal","when":{"p":0}},{"on":"huawei:*","do":"throttle"}]"#;
    let ids = client.control("POST /faults", both).json();
    assert_eq!(ids["ids"].as_array().map(Vec::len), Some(2), "{ids}");

    let hit = create_user(&mut client, "first");
    assert_eq!((hit.status, hit.header("x-idouble-fault")), (400, Some("a.b")));
    assert_eq!(create_user(&mut client, "first").status, 200);
    let rule = client.control("GET /faults/a%2Eb", "").json();
    assert_eq!((&rule["fired"], &rule["live"]), (&json!(1), &json!(false)), "{rule}");

    assert_eq!(
        client.control("POST /faults", r#"{"id":"a.b","on":"read","do":"hung"}"#).status,
        400
    );
    assert_eq!(
        client.control("POST /faults", r#"{"id":"a.b","on":"read","do":"throttle"}"#).status,
        409
    );
    assert_eq!(client.control("DELETE /faults/a%2Eb", "").json(), json!({ "removed": 1 }));
    assert_eq!(client.control("DELETE /faults/a%2Eb", "").status, 404);
    assert_eq!(client.control("GET /faults/a%2Eb", "").status, 404);
    assert_eq!(client.control("DELETE /faults", "").json(), json!({ "removed": 2 }));
    assert_eq!(client.control("GET /faults", "").json(), json!({ "faults": [] }));
}

#[test]
fn an_invalid_rule_is_rejected_with_its_json_pointer() {
    let (_emulator, mut client) = started(Emulator::builder());
    let valid = r#"{"on": "read", "do": "throttle"}"#;
    for (invalid, pointer) in [
        (r#"{"on": "aws:Nope", "do": "throttle"}"#, "/1/on"),
        (r#"{"on": "read", "do": "thottle"}"#, "/1/do"),
        (r#"{"on": "read", "do": {"delay": "soon"}}"#, "/1/do/delay"),
        (r#"{"on": "read", "do": "throttle", "probabilty": 0}"#, "/1/probabilty"),
    ] {
        let reply = client.control("POST /faults", &format!("[{valid}, {invalid}]"));
        assert_eq!(reply.status, 400);
        let details = reply.json()["details"].clone();
        let detail = details[0].as_str().unwrap_or_default().to_owned();
        assert!(detail.starts_with(&format!("{pointer}: ")), "{detail}");
    }
    assert_eq!(client.control("GET /faults", "").json(), json!({ "faults": [] }), "all or none");
    assert_eq!(client.request("POST /_idouble/faults", &JSON, b"\xff").status, 400);
}

const JSON: [(&str, &str); 1] = [("Content-Type", "application/json")];

#[test]
fn injected_rule_ends_with_its_guard() {
    let (emulator, mut client) = started(Emulator::builder());
    let rule = emulator.inject("aws:CreateUser=throttle").expect("the rule is fine");
    assert_eq!(create_user(&mut client, "first").status, 400);
    assert_eq!((rule.matched(), rule.fired()), (1, 1));
    drop(rule);
    assert_eq!(create_user(&mut client, "first").status, 200);
    assert!(matches!(emulator.inject("aws:Nope=throttle"), Err(Error::Fault(_))));
}

#[test]
fn closing_the_connection_ends_a_delayed_request() {
    let config = Config { port: 0, connections_max: BoundedU64::new(1), ..Config::default() };
    let (emulator, mut client) = started(Emulator::builder().config(config));
    let before = users(&mut client);
    let rule = r#"{"on":"aws:CreateUser","do":{"delay":"60s"}}"#;
    assert_eq!(client.control("POST /faults", rule).status, 201);
    drop(client);
    let mut gone = Client::of(emulator.endpoint());
    let headers = [
        ("X-Amz-Target", "AWSIdentityStore.CreateUser"),
        ("Content-Type", "application/x-amz-json-1.1"),
    ];
    gone.send_request("POST /", &headers, br#"{"IdentityStoreId":"d-1234567890","UserName":"x"}"#);
    drop(gone);
    // The only connection slot is free again long before the delay ends.
    assert_eq!(users(&mut Client::of(emulator.endpoint())), before);
}

#[test]
fn emulators_start_side_by_side_and_end_when_dropped() {
    let (one, mut to_one) = started(Emulator::builder());
    let (two, mut to_two) = started(Emulator::builder());
    assert_ne!(one.port(), two.port());
    assert_eq!(create_user(&mut to_one, "first").status, 200);
    assert_eq!(users(&mut to_one), users(&mut to_two) + 1);
    let port = one.port();
    let taken = Emulator::builder().port(port).start();
    assert!(matches!(taken, Err(Error::PortTaken(at)) if at.port() == port));
    drop(one);
    assert_eq!(to_one.end(), crate::common::End::Closed);
    started(Emulator::builder().port(port)).1.control("GET /health", "");
    assert!(two.join());
}

#[test]
fn start_reports_what_is_wrong_with_the_builder() {
    let file = Emulator::builder().fixture_text("[[store]]\nid = \"d-1\"\n").start();
    assert!(matches!(file, Err(Error::Fixture(_))));
    let json = Emulator::builder().fixture_text("{\"store\": [").start();
    assert!(matches!(json, Err(Error::Fixture(_))));
    let fault = Emulator::builder().fault("nonsense").start();
    assert!(matches!(fault, Err(Error::Fault(_))));
    let clock = Emulator::builder().clock_frozen("yesterday").start();
    assert!(matches!(clock, Err(Error::Clock(_))));
    let host = "192.0.2.1".parse().expect("an address");
    let open = Config { host, ..Config::default() };
    let unprotected = Emulator::builder().config(open.clone()).start();
    assert!(matches!(unprotected, Err(Error::NoControlToken(_))));
    let open = Config { control_token: "token".parse().ok(), ..open };
    let listen = Emulator::builder().config(open).start();
    assert!(matches!(listen, Err(Error::Listen(..))));
}

#[test]
fn fixture_texts_are_served() {
    let toml = "[[store]]\nid = \"d-aaaaaaaaaa\"\n";
    let json = r#"{"store":[{"id":"d-bbbbbbbbbb"}]}"#;
    let (_emulator, mut client) =
        started(Emulator::builder().fixture_text(toml).fixture_text(json));
    let health = client.control("GET /health", "").json();
    assert_eq!((&health["stores"], &health["users"]), (&json!(2), &json!(0)));
}

#[test]
fn deeply_nested_body_is_400_in_the_vendors_form() {
    let (_emulator, mut client) = started(Emulator::builder());
    let bomb = "[".repeat(100_000);
    let objects = "{\"a\":".repeat(100_000);
    let aws_headers = [
        ("X-Amz-Target", "AWSIdentityStore.CreateUser"),
        ("Content-Type", "application/x-amz-json-1.1"),
    ];
    for body in [&bomb, &objects] {
        let reply = client.request("POST /", &aws_headers, body.as_bytes());
        assert_eq!(reply.status, 400);
        assert!(reply.json()["__type"].as_str().is_some_and(|kind| kind.ends_with("Exception")));
        let path = format!("POST /v1/identity-stores/{STORE}/users");
        let reply = client.request(&path, &JSON, body.as_bytes());
        assert_eq!(reply.status, 400);
        assert!(reply.json()["error_code"].is_string());
        assert_eq!(client.control("POST /faults", body).status, 400);
        assert_eq!(client.control("POST /reset", body).status, 400);
    }
    assert_eq!(create_user(&mut client, "first").status, 200);
}

#[test]
fn server_rejects_in_the_vendors_form() {
    let limits =
        Limits { body_timeout: std::time::Duration::from_millis(200), ..Limits::default() };
    let (emulator, _) = started(Emulator::builder().limits(limits));
    let ask = |start: &str, more: &str, body: &[u8]| {
        let mut client = Client::of(emulator.endpoint());
        client.send(format!("{start} HTTP/1.1\r\nHost: localhost\r\n{more}\r\n"));
        client.send(body);
        client.reply()
    };
    let target = "X-Amz-Target: AWSIdentityStore.ListUsers\r\n";
    let cases: [(&str, Vec<u8>, u16); 4] = [
        ("Transfer-Encoding: chunked\r\n", b"zz\r\n".to_vec(), 400),
        ("Content-Length: 2000000\r\n", Vec::new(), 413),
        ("Content-Length: 2\r\n", b"{".to_vec(), 408),
        ("Origin: https://evil.example\r\n", Vec::new(), 403),
    ];
    for (more, body, status) in &cases {
        let reply = ask("POST /", &format!("{target}{more}"), body);
        assert_eq!(reply.status, *status, "{reply:?}");
        assert!(reply.header("x-amzn-requestid").is_some(), "{reply:?}");
        let reply = ask(&format!("POST /v1/identity-stores/{STORE}/users"), more, body);
        assert_eq!(reply.status, *status, "{reply:?}");
        assert!(reply.json()["error_code"].is_string(), "{reply:?}");
        assert!(reply.header("x-request-id").is_some(), "{reply:?}");
    }
}

#[test]
fn fault_rules_are_replaced_previewed_judged_and_renewed() {
    let (_emulator, mut client) = started(Emulator::builder());
    client.control("POST /faults", r#"{"on":"write","do":"throttle"}"#);
    let rules = r#"[{"id":"a","on":"read","when":"xx.","do":"throttle","expect":2},
        {"id":"b","on":"read","do":"reset","for":{"lease":"30s"}}]"#;
    let reply = client.control("PUT /faults", rules);
    assert_eq!((reply.status, reply.json()), (200, json!({ "ids": ["a", "b"] })));
    let ahead = client.control("POST /faults/preview", r#"{"id":"a","n":6}"#).json();
    assert_eq!(ahead, json!({ "pattern": "xx.xx.", "hits": [1, 2, 4, 5] }));
    let ahead = r#"{"rule":{"on":"read","when":{"nth":[3]},"do":"close"},"n":4}"#;
    let ahead = client.control("POST /faults/preview", ahead).json();
    assert_eq!(ahead, json!({ "pattern": "..x.", "hits": [3] }));
    for odd in [r#"{"n":4}"#, r#"{"id":"a","n":0}"#, r#"{"id":"a","n":4,"rule":{}}"#, "{}"] {
        assert_eq!(client.control("POST /faults/preview", odd).status, 400, "{odd}");
    }
    assert_eq!(client.control("POST /faults/preview", r#"{"id":"c","n":4}"#).status, 404);
    let reply = client.control("GET /faults/verdict", "");
    assert_eq!(reply.status, 409);
    let rules = json!([
        { "id": "a", "matched": 0, "fired": 0, "expected": "2", "met": false },
        { "id": "b", "matched": 0, "fired": 0, "met": false },
    ]);
    assert_eq!(reply.json(), json!({ "met": false, "rules": rules }));
    assert_eq!(client.control("GET /faults/a", "").json()["met"], false);
    let rule = r#"{"on":"read","do":"throttle","expect":"<=1"}"#;
    assert_eq!(client.control("PUT /faults/a", rule).json(), json!({ "ids": ["a"] }));
    assert_eq!(client.control("GET /faults/verdict", "").status, 409, "b never matched");
    let rule = r#"{"on":"read","do":"reset","for":{"lease":"30s"},"expect":"<=1"}"#;
    assert_eq!(client.control("PUT /faults/b", rule).status, 200);
    assert_eq!(client.control("GET /faults/b", "").json()["met"], true);
    assert_eq!(client.control("GET /faults/verdict", "").status, 200);
    assert_eq!(client.control("PUT /faults/c", rule).status, 404);
    assert_eq!(client.control("PUT /faults/a", "[]").status, 400);
    assert_eq!(client.control("GET /faults/b", "").json()["for"], json!({ "lease": "30s" }));
}

#[test]
fn every_400_has_details() {
    let (_emulator, mut client) = started(Emulator::builder());
    let cases = [
        ("POST /reset", "[]"),
        ("POST /stores", r#"{"id":"x"}"#),
        ("PUT /clock", "{}"),
        ("PUT /snapshots/%20", "{}"),
        ("PUT /faults/a", "[]"),
        ("POST /faults/preview", r#"{"n":0}"#),
        ("POST /journal/expect", r#"{"match":{"nope":"1"}}"#),
        ("GET /journal?limit=0", ""),
        ("GET /stores?format=xml", ""),
    ];
    for (call, body) in cases {
        let reply = client.control(call, body);
        assert_eq!(reply.status, 400, "{call}: {reply:?}");
        let error = reply.json();
        assert!(error["error"].is_string(), "{call}: {error}");
        assert!(error["details"].as_array().is_some_and(|all| !all.is_empty()), "{call}: {error}");
    }
}

#[test]
fn loading_server_answers_503_on_both_clouds() {
    let service = Arc::new(Emulator::builder().service().expect("a service").not_ready());
    service.directory().set_baseline(Vec::new());
    let server = Running::of(service.clone(), Limits::default());
    let mut client = server.client();
    let health = client.control("GET /health", "");
    let body = health.json();
    assert_eq!(
        (health.status, &body["ready"], &body["status"]),
        (503, &json!(false), &json!("loading"))
    );
    assert_eq!((&body["stores"], &body["users"]), (&json!(0), &json!(0)));
    assert_eq!(client.control("GET /stores", "").status, 503);
    let refused = create_user(&mut client, "early");
    assert_eq!(refused.status, 503);
    assert!(refused.header("x-amzn-requestid").is_some(), "{refused:?}");
    let path = format!("GET /v1/identity-stores/{STORE}/users");
    let refused = client.request(&path, &[], b"");
    assert_eq!((refused.status, &refused.json()["error_code"]), (503, &json!("APIGW.0613")));
    let fixtures =
        fixture::load(&[fixture::default_source()], service.fixtures()).expect("the embedded one");
    service.install_stores(fixtures);
    assert_eq!(client.control("GET /health", "").json()["ready"], true);
    assert_eq!(client.control("GET /journal/count", "").json(), json!({ "count": 0 }));
    // Requests before the stores were loaded have used no request id.
    let first = create_user(&mut client, "first");
    let (_other, mut other) = started(Emulator::builder());
    let same = create_user(&mut other, "first");
    assert_eq!(first.status, 200);
    assert_eq!(first.header("x-amzn-requestid"), same.header("x-amzn-requestid"));
}

#[test]
fn an_invalid_fixture_is_reported_before_a_port_in_use() {
    let (emulator, _client) = started(Emulator::builder());
    let builder = || Emulator::builder().port(emulator.port());
    let invalid = builder().fixture("no such file.toml").start();
    assert!(matches!(invalid, Err(Error::Fixture(_))));
    assert!(matches!(builder().start(), Err(Error::PortTaken(_))));
}

/// Sends an AWS request that is signed with an access key.
#[track_caller]
fn signed(client: &mut Client, session: &str, operation: &str, store: &str) -> Reply {
    let target = format!("AWSIdentityStore.{operation}");
    let signature = format!("AWS4-HMAC-SHA256 Credential={session}/20260101/eu/x/aws4_request");
    let headers = [
        ("X-Amz-Target", target.as_str()),
        ("Content-Type", "application/x-amz-json-1.1"),
        ("Authorization", signature.as_str()),
    ];
    let body = json!({ "IdentityStoreId": store }).to_string();
    client.request("POST /", &headers, body.as_bytes())
}

#[test]
fn a_session_has_a_store_and_rules_that_end_with_it() {
    let (_emulator, mut client) = started(Emulator::builder().seed(7));
    let session = |client: &mut Client, body: &str| {
        let reply = client.control("POST /sessions", body);
        assert_eq!(reply.status, 201, "{reply:?}");
        let text = |name: &str| reply.json()[name].as_str().expect("a text").to_owned();
        assert_eq!(text("id"), text("access_key"));
        (text("id"), text("store"))
    };
    let rules = r#"{"copy":"d-1234567890","faults":[{"on":"*:ListUsers","do":"throttle"}]}"#;
    let (first, first_store) = session(&mut client, rules);
    let (second, second_store) = session(&mut client, r#"{"copy":"d-1234567890"}"#);
    assert_eq!(signed(&mut client, &first, "ListUsers", &first_store).status, 400);
    let reply = signed(&mut client, &second, "ListUsers", &second_store);
    assert_eq!(reply.json()["Users"].as_array().map(Vec::len), Some(12));
    let of_store = json!({ "on": { "op": "read", "store": first_store }, "do": "throttle" });
    client.control("POST /faults", &of_store.to_string());
    client.control("POST /faults", r#"{"id":"other","on":"read","do":"throttle","expect":0}"#);

    let verdict = client.control(&format!("GET /faults/verdict?session={first}"), "");
    assert_eq!((verdict.status, verdict.json()["rules"][0]["fired"].as_u64()), (200, Some(1)));
    let verdict = client.control(&format!("GET /faults/verdict?session={second}"), "");
    assert_eq!(verdict.json(), json!({ "met": true, "rules": [] }));

    assert_eq!(client.control(&format!("DELETE /sessions/{first}"), "").status, 200);
    let rules = client.control("GET /faults", "").json();
    let ids: Vec<_> =
        rules["faults"].as_array().expect("a list").iter().map(|rule| &rule["id"]).collect();
    assert_eq!(ids, ["other"]);
    let stores = client.control("GET /stores", "").json()["stores"].to_string();
    assert!(!stores.contains(&first_store) && stores.contains(&second_store), "{stores}");
    assert_eq!(client.control(&format!("DELETE /sessions/{first}"), "").status, 404);
    assert_eq!(client.control("DELETE /sessions/AKIA", "").status, 404);
    assert_eq!(client.control(&format!("DELETE /stores/{second_store}"), "").status, 200);
    assert_eq!(client.control(&format!("DELETE /sessions/{second}"), "").status, 404);
}

#[test]
fn a_rejected_session_leaves_nothing() {
    let (_emulator, mut client) = started(Emulator::builder().seed(7));
    client.control("POST /faults", r#"{"id":"a","on":"read","do":"throttle"}"#);
    for (body, status, part) in [
        (r#"{"copy":"d-0000000000"}"#, 404, "d-0000000000"),
        (r#"{"copy":"d-1234567890","fixture":{}}"#, 400, "not both"),
        (r#"{"faults":{"on":"aws:UpdateUsers","do":"throttle"}}"#, 400, "UpdateUser"),
        (r#"{"faults":{"on":{"session":"x"},"do":"throttle"}}"#, 400, "/on/session"),
        (r#"{"faults":{"id":"a","on":"read","do":"throttle"}}"#, 409, "exists"),
        (r#"{"id":"d-0000000000"}"#, 400, "id"),
    ] {
        let reply = client.control("POST /sessions", body);
        assert_eq!(reply.status, status, "{body}: {reply:?}");
        assert!(reply.json().to_string().contains(part), "{body}: {reply:?}");
    }
    assert_eq!(client.control("GET /health", "").json()["stores"], 1);
    let first = client.control("POST /sessions", "").json();
    let (_emulator, mut client) = started(Emulator::builder().seed(7));
    assert_eq!(client.control("POST /sessions", "").json(), first, "no id was used up");
}

#[test]
fn a_fixture_text_is_read_as_a_file_with_its_name() {
    let (_emulator, mut client) = started(Emulator::builder());
    let text = "[[store]]\nid = \"d-00000000aa\"\n[[store.user]]\nuser_name = \"ann\"\n";
    let created = client.control("POST /sessions", &json!({ "fixture": text }).to_string());
    let store = created.json()["store"].as_str().expect("an id").to_owned();
    assert_ne!(store, "d-00000000aa", "a session has a store of its own");
    let users = aws(&mut client, "ListUsers", json!({ "IdentityStoreId": store })).json();
    assert_eq!(users["Users"][0]["UserName"], "ann");
    let broken =
        json!({ "fixture": text.replace("user_name", "user_nam"), "fixture_name": "a.toml" });
    for call in ["POST /sessions", "POST /stores"] {
        let reply = client.control(call, &broken.to_string());
        assert_eq!(reply.status, 400);
        let error = reply.json()["error"].as_str().expect("a text").to_owned();
        assert!(error.contains("a.toml:4:1") && error.contains("^^^"), "{error}");
    }
}

#[test]
fn an_expectation_waits_for_requests_to_come() {
    let (emulator, mut client) = started(Emulator::builder());
    let slow = r#"{"on":"aws:ListUsers","do":{"delay":"300ms"}}"#;
    assert_eq!(client.control("POST /faults", slow).status, 201);
    let mut waiting = Client::of(emulator.endpoint());
    let body = r#"{"match":{"operation":"ListUsers"},"count":2,"within":"1m"}"#;
    let headers = [("Content-Type", "application/json")];
    waiting.send_request("POST /_idouble/journal/expect", &headers, body.as_bytes());
    for _ in 0..2 {
        aws(&mut client, "ListUsers", json!({ "IdentityStoreId": STORE }));
    }
    let reply = waiting.reply();
    assert_eq!((reply.status, reply.json()["matched"].as_u64()), (200, Some(2)));
    let body = r#"{"match":{"operation":"ListGroups"},"within":"1ms"}"#;
    let reply = client.control("POST /journal/expect", body);
    assert_eq!((reply.status, reply.json()["met"].as_bool()), (409, Some(false)));
    for within in ["2", "61s", "2h", ""] {
        let body = json!({ "match": {}, "within": within }).to_string();
        assert_eq!(client.control("POST /journal/expect", &body).status, 400, "{within}");
    }
}

#[test]
fn index_lists_every_call_with_status_200() {
    let (_emulator, mut client) = started(Emulator::builder());
    for path in ["/", ""] {
        let reply = client.control(&format!("GET {path}"), "");
        assert_eq!(reply.status, 200, "{path:?}");
        let index = reply.json();
        let calls = index["calls"].as_array().expect("a list");
        let has = |method: &str, path: &str| {
            calls.iter().any(|call| call["method"] == method && call["path"] == path)
        };
        for (method, path) in [
            ("GET", "/_idouble/"),
            ("GET", "/_idouble/stores/{id}/users/{item}"),
            ("PATCH", "/_idouble/faults/{id}"),
            ("POST", "/_idouble/journal/{id}/replay"),
        ] {
            assert!(has(method, path), "{method} {path}");
        }
    }
}

#[test]
fn config_lists_settings_with_their_sources() {
    let (_emulator, mut client) = started(Emulator::builder().seed(11));
    let config = client.control("GET /config", "").json();
    let setting = |key: &str| {
        let settings = config["settings"].as_array().expect("a list");
        let found = settings.iter().find(|setting| setting["key"] == key);
        found.unwrap_or_else(|| panic!("{key}")).clone()
    };
    assert_eq!(setting("seed"), json!({"key": "seed", "value": 11, "source": "builder"}));
    let entries = json!({"key": "journal.entries", "value": 1000, "source": "default"});
    assert_eq!(setting("journal.entries"), entries);
    assert_eq!(setting("aws.model")["value"], "22");
    assert_eq!(client.control("GET /config?key=seed", "").status, 400);
}

/// Every call, with each `{}` replaced.
fn all_calls(client: &mut Client) -> Vec<(String, String)> {
    let index = client.control("GET /", "").json();
    let calls = index["calls"].as_array().expect("a list").iter().map(|call| {
        let text = |key: &str| call[key].as_str().expect("a text").to_owned();
        (text("method"), text("path").replace("{id}", "a").replace("{item}", "b"))
    });
    calls.collect()
}

#[test]
fn every_call_is_guarded_and_rejects_unknown_query_parameters() {
    let (emulator, mut client) = started(Emulator::builder());
    let calls = all_calls(&mut client);
    assert!(calls.len() > 45, "{calls:?}");
    for (method, path) in calls {
        let json = ("Content-Type", "application/json");
        let reply = client.request(&format!("{method} {path}?no_such=1"), &[json], b"");
        assert_eq!(reply.status, 400, "{method} {path}: {reply:?}");
        assert!(reply.text().contains("unknown query parameter"), "{method} {path}: {reply:?}");
        for header in [
            ("Origin", "http://evil.example"),
            ("Sec-Fetch-Site", "cross-site"),
            ("Origin", "null"),
        ] {
            let mut client = Client::of(emulator.endpoint());
            let reply = client.request(&format!("{method} {path}"), &[header, json], b"");
            assert_eq!(reply.status, 403, "{method} {path} {header:?}");
        }
        let mut client = Client::of(emulator.endpoint());
        let request = format!("{method} {path} HTTP/1.1\r\nHost: evil.example\r\n\r\n");
        client.send(request);
        assert_eq!(client.reply().status, 403, "{method} {path}");
        if method != "GET" {
            let mut client = Client::of(emulator.endpoint());
            let text = ("Content-Type", "text/plain");
            let reply = client.request(&format!("{method} {path}"), &[text], b"{}");
            assert_eq!(reply.status, 415, "{method} {path}");
        }
    }
}
