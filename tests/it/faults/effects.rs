//! Wire effects at the socket: the bytes sent, the end of the connection, and the state of the store.

use std::io::Read as _;
use std::time::{Duration, Instant};

use crate::common::{Client, End};
use idouble::Emulator;
use serde_json::{Value, json};

const STORE: &str = "d-1234567890";
const USER: &str = "f384e872-8021-70c4-796b-a1180c595771";

/// A server with these rules, in JSON.
fn with(rules: Value) -> Emulator {
    let emulator = Emulator::builder().start().expect("an emulator");
    let added = Client::of(emulator.endpoint()).control("POST /faults", &rules.to_string());
    assert_eq!(added.status, 201, "{}", added.text());
    emulator
}

fn client(emulator: &Emulator) -> Client {
    Client::of(emulator.endpoint())
}

/// Sends an AWS call without waiting for the response.
fn send(client: &mut Client, operation: &str, mut input: Value, more: &[(&str, &str)]) {
    input["IdentityStoreId"] = json!(STORE);
    let target = format!("AWSIdentityStore.{operation}");
    let mut headers =
        vec![("X-Amz-Target", target.as_str()), ("Content-Type", "application/x-amz-json-1.1")];
    headers.extend(more);
    client.send_request("POST /", &headers, input.to_string().as_bytes());
}

fn send_create(client: &mut Client, name: &str) {
    let input = json!({"UserName": name, "DisplayName": name,
        "Name": {"GivenName": "G", "FamilyName": "F"}});
    send(client, "CreateUser", input, &[]);
}

fn send_describe(client: &mut Client) {
    send(client, "DescribeUser", json!({"UserId": USER}), &[]);
}

/// The response to DescribeUser without faults.
fn whole() -> Vec<u8> {
    let emulator = Emulator::builder().start().expect("an emulator");
    let mut client = client(&emulator);
    send_describe(&mut client);
    client.reply().body
}

/// Whether there is a user of that name.
fn holds(emulator: &Emulator, name: &str) -> bool {
    let stores = emulator.directory().current_stores();
    stores[0].users().any(|user| user.user_name() == name)
}

/// Splits received bytes into head and body.
fn split(bytes: &[u8]) -> (String, Vec<u8>) {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("a head");
    let head = String::from_utf8(bytes[..end].to_vec()).expect("a head is text");
    (head.to_ascii_lowercase(), bytes[end + 4..].to_vec())
}

#[test]
fn reset_sends_an_rst_without_running_the_operation() {
    let emulator = with(json!({"on": "aws:CreateUser", "do": "reset"}));
    let mut client = client(&emulator);
    send_create(&mut client, "ghost");
    assert_eq!(client.rest(), (Vec::new(), End::Reset));
    assert!(!holds(&emulator, "ghost"));
}

#[test]
fn commit_and_reset_runs_the_write_and_sends_an_rst() {
    let emulator = with(json!({"on": "aws:CreateUser", "do": "commit+reset", "for": "1x"}));
    let mut first = client(&emulator);
    send_create(&mut first, "ghost");
    assert_eq!(first.rest(), (Vec::new(), End::Reset));
    assert!(holds(&emulator, "ghost"), "it was made");
    let mut second = client(&emulator);
    send_create(&mut second, "ghost");
    let reply = second.reply();
    assert_eq!(reply.json()["__type"], "ConflictException", "so the retry finds it taken");
}

#[test]
fn commit_sends_the_error_of_a_failed_operation_whole() {
    let emulator = with(json!({"on": "aws:CreateUser", "do": "commit+reset"}));
    let mut client = client(&emulator);
    send_create(&mut client, "alice");
    let reply = client.reply();
    assert_eq!((reply.status, &reply.json()["__type"]), (400, &json!("ConflictException")));
    assert!(reply.header("x-idouble-fault").is_some());
}

#[test]
fn close_sends_a_fin_without_a_byte() {
    for (effect, there) in [("close", false), ("commit+close", true)] {
        let emulator = with(json!({"on": "aws:CreateUser", "do": effect}));
        let mut client = client(&emulator);
        send_create(&mut client, "ghost");
        assert_eq!(client.rest(), (Vec::new(), End::Closed), "{effect}");
        assert_eq!(holds(&emulator, "ghost"), there, "{effect}");
    }
}

#[test]
fn garbage_sends_invalid_http_and_a_fin() {
    for (effect, there) in [("garbage", false), ("commit+garbage", true)] {
        let emulator = with(json!({"on": "aws:CreateUser", "do": effect}));
        let mut client = client(&emulator);
        send_create(&mut client, "ghost");
        let (bytes, end) = client.rest();
        assert!(!bytes.is_empty() && !bytes.starts_with(b"HTTP"), "{bytes:?}");
        assert_eq!(end, End::Closed);
        assert_eq!(holds(&emulator, "ghost"), there, "{effect}");
    }
}

#[test]
fn hang_sends_nothing_until_the_client_or_the_server_ends() {
    let emulator = with(json!({"on": "aws:CreateUser", "do": "commit+hang"}));
    let mut given_up = client(&emulator);
    send_create(&mut given_up, "ghost");
    let patience = Duration::from_millis(100);
    given_up.stream().set_read_timeout(Some(patience)).expect("a timeout");
    let nothing = given_up.stream().read(&mut [0; 8]).expect_err("nothing comes");
    assert!(matches!(
        nothing.kind(),
        std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
    ));
    assert!(holds(&emulator, "ghost"), "it was made all the same");
    drop(given_up);
    let mut waiting = client(&emulator);
    send_create(&mut waiting, "phantom");
    while !holds(&emulator, "phantom") {
        std::thread::yield_now();
    }
    assert!(emulator.join(), "who hangs does not keep the server from ending");
    assert_eq!(waiting.rest(), (Vec::new(), End::Closed));
}

#[test]
fn cut_and_hang_sends_half_of_the_body_and_keeps_the_connection() {
    let half = whole().len() / 2;
    let emulator = with(json!({"on": "read", "do": {"cut": "50%", "wire": "hang"}}));
    let mut client = client(&emulator);
    send_describe(&mut client);
    let mut seen = Vec::new();
    while !seen.windows(4).any(|window| window == b"\r\n\r\n") || split(&seen).1.len() < half {
        let mut buffer = [0; 4096];
        let count = client.stream().read(&mut buffer).expect("bytes come");
        assert_ne!(count, 0, "the connection stays open");
        seen.extend_from_slice(&buffer[..count]);
    }
    assert_eq!(split(&seen).1.len(), half);
    assert!(emulator.join());
    assert_eq!(client.rest(), (Vec::new(), End::Closed));
}

#[test]
fn cut_sends_the_part_with_the_content_length_of_the_whole() {
    let whole = whole();
    let half = whole.len() / 2;
    for (cut, bytes) in [
        (json!("50%"), half),
        (json!("0%"), 0),
        (json!("7"), 7),
        (json!(9), 9),
        (json!("99%"), whole.len() * 99 / 100),
    ] {
        let emulator = with(json!({"on": "read", "do": {"cut": cut}}));
        let mut client = client(&emulator);
        send_describe(&mut client);
        let (answer, end) = client.rest();
        let (head, body) = split(&answer);
        assert!(head.starts_with("http/1.1 200 "), "{head}");
        assert!(head.contains(&format!("\r\ncontent-length: {}", whole.len())), "{head}");
        assert_eq!((body.as_slice(), end), (&whole[..bytes], End::Closed), "{cut}");
    }
}

#[test]
fn cut_response_is_a_prefix_of_the_whole_one() {
    let huawei =
        format!("GET /v1/identity-stores/{STORE}/users/{USER} HTTP/1.1\r\nHost: localhost");
    let aws = json!({"IdentityStoreId": STORE, "UserId": USER}).to_string();
    let aws = format!(
        "POST / HTTP/1.0\r\nX-Amz-Target: AWSIdentityStore.DescribeUser\r\n\
         Content-Type: application/x-amz-json-1.1\r\nContent-Length: {}\r\n\r\n{aws}",
        aws.len()
    );
    for request in [format!("{huawei}\r\n\r\n"), aws] {
        let send = |effect: Value| {
            let builder = Emulator::builder().clock_frozen("2026-01-02T03:04:05Z");
            let emulator = builder.start().expect("an emulator");
            let rule = json!({"id": "r", "on": "read", "do": effect}).to_string();
            let _fault = emulator.inject(&rule).expect("a rule");
            let mut client = client(&emulator);
            client.send(&request);
            let head = client.until("\r\n\r\n");
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            (head.clone(), length.expect("a length").parse::<usize>().expect("a number"))
        };
        let (whole, length) = send(json!({"content-type": "text/html"}));
        for effect in [json!({"cut": "7"}), json!({"drip": "64/1ms"})] {
            let mut effect = effect;
            effect["content-type"] = json!("text/html");
            assert_eq!(send(effect), (whole.clone(), length));
        }
    }
}

#[test]
fn cut_response_has_a_date_of_the_system_clock() {
    let emulator = with(json!({"on": "read", "do": {"cut": "7"}}));
    let mut client = client(&emulator);
    send_describe(&mut client);
    let (head, body) = split(&client.rest().0);
    let names: Vec<_> = head.lines().skip(1).filter_map(|line| line.split(':').next()).collect();
    assert!(names.ends_with(&["content-length", "date"]), "{head}");
    assert_eq!(body.len(), 7);
}

#[test]
fn cut_beyond_the_end_changes_nothing_and_cut_then_reset_is_a_rst() {
    let whole = whole();
    let emulator = with(json!({"on": "read", "do": {"cut": "100000"}}));
    let mut one = client(&emulator);
    for _ in 0..2 {
        send_describe(&mut one);
        assert_eq!(one.reply().body, whole);
    }
    let emulator = with(json!({"on": "read", "do": {"cut": "50%", "wire": "reset"}}));
    let mut client = client(&emulator);
    send_describe(&mut client);
    let (_, end) = client.rest();
    assert_eq!(end, End::Reset);
}

#[test]
fn cut_runs_the_operation_and_also_cuts_errors() {
    let emulator = with(json!({"on": "aws:CreateUser", "do": {"cut": "3"}}));
    for name in ["ghost", "alice"] {
        let mut client = client(&emulator);
        send_create(&mut client, name);
        let (answer, end) = client.rest();
        assert_eq!((split(&answer).1.len(), end), (3, End::Closed));
    }
    assert!(holds(&emulator, "ghost"));
    let emulator = with(json!({"on": "write", "do": {"error": "internal", "cut": "3"}}));
    let mut client = client(&emulator);
    send_create(&mut client, "ghost");
    let (head, body) = split(&client.rest().0);
    assert!(head.starts_with("http/1.1 500 ") && body.len() == 3);
    assert!(!holds(&emulator, "ghost"));
}

#[test]
fn drip_sends_the_whole_response_slowly() {
    let whole = whole();
    let piece = whole.len().div_ceil(5);
    let emulator = with(json!({"on": "read", "do": {"drip": format!("{piece}/20ms")}}));
    let mut client = client(&emulator);
    for _ in 0..2 {
        let start = Instant::now();
        send_describe(&mut client);
        assert_eq!(client.reply().body, whole);
        assert!(start.elapsed() >= Duration::from_millis(80), "four pauses");
    }
}

#[test]
fn another_content_type_and_the_same_body() {
    let emulator = with(json!({"on": "read", "do": {"content-type": "text/html"}}));
    let mut client = client(&emulator);
    send_describe(&mut client);
    let reply = client.reply();
    assert_eq!((reply.status, reply.header("content-type")), (200, Some("text/html")));
    assert_eq!(reply.body, whole());
}

#[test]
fn huawei_loses_its_answers_likewise() {
    let emulator = with(json!({"on": "huawei:UpdateUser", "do": "commit+reset"}));
    let mut client = client(&emulator);
    let steps = json!({"operations": [{"attribute_path": "title", "attribute_value": "Pilot"}]});
    let path = format!("PUT /v1/identity-stores/{STORE}/users/{USER}");
    let headers = [("Content-Type", "application/json")];
    client.send_request(&path, &headers, steps.to_string().as_bytes());
    assert_eq!(client.rest(), (Vec::new(), End::Reset));
    let stores = emulator.directory().current_stores();
    let user = stores[0].users().find(|user| user.id.as_str() == USER).expect("alice");
    assert_eq!(user.attributes.text(idouble::internal::domain::Attribute::Title), Some("Pilot"));
}

#[test]
fn fault_header_causes_a_wire_effect() {
    let emulator = Emulator::builder().start().expect("an emulator");
    let mut one = client(&emulator);
    send(&mut one, "DescribeUser", json!({"UserId": USER}), &[("x-idouble-fault", "reset")]);
    assert_eq!(one.rest(), (Vec::new(), End::Reset));
    let mut other = client(&emulator);
    send_describe(&mut other);
    assert_eq!(other.reply().status, 200);
}

#[test]
fn closing_the_connection_cancels_a_delayed_request() {
    let emulator = with(json!({"on": "aws:CreateUser", "do": {"delay": "200ms"}, "id": "slow"}));
    let mut client = client(&emulator);
    send_create(&mut client, "ghost");
    let matched = || emulator.service().faults().list(emulator.service().clock().now())[0].matched;
    while matched() == 0 {
        std::thread::yield_now();
    }
    drop(client);
    std::thread::sleep(Duration::from_millis(400));
    assert!(!holds(&emulator, "ghost"), "an abandoned request is not executed");
}

#[test]
fn response_before_a_reset_arrives_whole() {
    let rule = json!({"on": "read", "when": {"nth": 2}, "do": "close"});
    let emulator = with(rule);
    let mut client = client(&emulator);
    let body = json!({"IdentityStoreId": STORE, "UserId": USER}).to_string();
    let one = format!(
        "POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: AWSIdentityStore.DescribeUser\r\n\
         Content-Type: application/x-amz-json-1.1\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    client.send(one.repeat(2));
    assert_eq!(client.reply().body, whole());
    assert_eq!(client.end(), End::Closed);
}

#[test]
fn per_connection_counts_each_connection() {
    let rule = json!({"on": "read", "when": {"first": 1, "per": "connection"}, "do": "throttle"});
    let emulator = with(rule);
    for _ in 0..2 {
        let mut client = client(&emulator);
        let seen = [(); 3].map(|()| {
            send_describe(&mut client);
            client.reply().status
        });
        assert_eq!(seen, [400, 200, 200]);
    }
}
