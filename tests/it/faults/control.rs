//! Fault rules through the control API: pause, draws, preview, presets, TOML.

use idouble::Emulator;
use idouble::internal::faults::PRESETS;
use serde_json::{Value, json};

use crate::common::Client;

const LIST: &str = "GET /v1/identity-stores/d-1234567890/users?limit=1";

fn start() -> (Emulator, Client) {
    let emulator = Emulator::start().expect("an emulator starts");
    let client = Client::of(emulator.endpoint());
    (emulator, client)
}

fn rule(client: &mut Client, id: &str) -> Value {
    let rules = client.control("GET /faults", "").json();
    let rules = rules["faults"].as_array().expect("a list").clone();
    rules.into_iter().find(|rule| rule["id"] == id).expect("the rule")
}

fn list(client: &mut Client) -> u16 {
    client.request(LIST, &[], b"").status
}

#[test]
fn a_paused_rule_hits_and_counts_nothing_and_keeps_its_counters() {
    let (_emulator, mut client) = start();
    let body = r#"{"id":"a","on":"read","when":"x.","do":"throttle","expect":2}"#;
    assert_eq!(client.control("POST /faults", body).status, 201);
    assert_eq!([list(&mut client), list(&mut client), list(&mut client)], [429, 200, 429]);
    let paused = client.control("PATCH /faults/a", r#"{"paused":true}"#);
    assert_eq!((paused.status, &paused.json()["paused"]), (200, &json!(true)));
    assert_eq!([list(&mut client), list(&mut client)], [200, 200]);
    let shown = rule(&mut client, "a");
    assert_eq!((&shown["matched"], &shown["fired"]), (&json!(3), &json!(2)));
    assert_eq!((&shown["draws"], &shown["expect"]), (&json!("x.x"), &json!("2")));
    let resumed = client.control("PATCH /faults/a", r#"{"paused":false}"#).json();
    assert_eq!((&resumed["paused"], &resumed["matched"]), (&json!(false), &json!(3)));
    assert_eq!([list(&mut client), list(&mut client)], [200, 429]);
    assert_eq!(rule(&mut client, "a")["draws"], "x.x.x");
    for (body, status) in [("{}", 400), (r#"{"paused":1}"#, 400), (r#"{"paused":true,"x":1}"#, 400)]
    {
        assert_eq!(client.control("PATCH /faults/a", body).status, status, "{body}");
    }
    assert_eq!(client.control("PATCH /faults/b", r#"{"paused":true}"#).status, 404);
}

#[test]
fn a_rule_remembers_its_last_fifty_draws() {
    let (_emulator, mut client) = start();
    client.control("POST /faults", r#"{"id":"a","on":"read","when":"first=2","do":"throttle"}"#);
    for _ in 0..51 {
        list(&mut client);
    }
    let draws = rule(&mut client, "a")["draws"].as_str().expect("a text").to_owned();
    assert_eq!(draws, format!("x{}", ".".repeat(49)));
}

#[test]
fn a_preview_equals_the_next_draws_and_changes_nothing() {
    let (_emulator, mut client) = start();
    client.control("POST /faults", r#"{"id":"a","on":"read","when":{"p":0.5},"do":"throttle"}"#);
    list(&mut client);
    let preview = |client: &mut Client| {
        client.control("POST /faults/preview", r#"{"id":"a","n":20}"#).json()["pattern"].clone()
    };
    let expected = preview(&mut client);
    assert_eq!(preview(&mut client), expected);
    client.control("PATCH /faults/a", r#"{"paused":true}"#);
    assert_eq!(preview(&mut client), expected, "as if it were resumed");
    client.control("PATCH /faults/a", r#"{"paused":false}"#);
    let found = (0..20).map(|_| if list(&mut client) == 429 { 'x' } else { '.' });
    assert_eq!(expected, found.collect::<String>());
}

#[test]
fn error_in_a_rule_inside_a_body_names_its_json_path() {
    let (_emulator, mut client) = start();
    for (call, body, path) in [
        ("POST /faults", r#"{"on":"nope","do":"throttle"}"#, "/on: "),
        ("POST /faults", r#"[{"on":"*","do":"throttle"},{"on":"*","do":5}]"#, "/1/do: "),
        ("POST /faults", r#"{"on":"*"}"#, "body: "),
        ("POST /sessions", r#"{"faults":{"on":"nope","do":"throttle"}}"#, "/faults/on: "),
        ("POST /sessions", r#"{"faults":[{"on":"*","do":5}]}"#, "/faults/0/do: "),
        ("POST /sessions", r#"{"faults":{"on":"*"}}"#, "/faults: "),
        (
            "POST /sessions",
            r#"{"faults":{"on":{"session":"x"},"do":"reset"}}"#,
            "/faults/on/session: ",
        ),
        ("POST /faults/preview", r#"{"rule":{"on":"nope","do":"throttle"},"n":5}"#, "/rule/on: "),
        ("POST /faults/toml", r#"{"rule":{"on":"*","do":5}}"#, "/rule/do: "),
    ] {
        let reply = client.control(call, body);
        assert_eq!(reply.status, 400, "{call} {body}");
        let detail = reply.json()["details"][0].as_str().expect("a text").to_owned();
        assert!(detail.starts_with(path), "{call} {body}: {detail}");
    }
}

#[test]
fn presets_are_listed_with_their_rules_and_added() {
    let (_emulator, mut client) = start();
    let presets = client.control("GET /presets", "").json()["presets"].clone();
    let presets = presets.as_array().expect("a list");
    assert_eq!(presets.len(), PRESETS.len());
    for (found, expected) in presets.iter().zip(PRESETS) {
        assert_eq!(
            (&found["name"], &found["toml"]),
            (&json!(expected.name), &json!(expected.text))
        );
        let added = client.control(&format!("POST /presets/{}", expected.name), "");
        assert_eq!(added.status, 201, "{added:?}");
        let ids: Vec<_> = found["rules"].as_array().expect("a list").iter().collect();
        let ids: Vec<_> = ids.iter().map(|rule| rule["id"].clone()).collect();
        assert_eq!(added.json()["ids"], json!(ids), "{}", expected.name);
        let again = client.control(&format!("POST /presets/{}", expected.name), "{}");
        assert_eq!(again.status, 409, "{again:?}");
        client.control("DELETE /faults", "");
    }
    let unknown = client.control("POST /presets/aws-limit", "");
    assert_eq!(unknown.status, 404);
    assert!(unknown.text().contains("did you mean \\\"aws-limits\\\"?"), "{unknown:?}");
    assert_eq!(client.control("POST /presets/aws-limits", r#"{"x":1}"#).status, 400);
    assert_eq!(client.control("GET /presets?name=x", "").status, 400);
}

#[test]
fn a_rule_is_written_as_toml_that_means_the_same() {
    let (emulator, mut client) = start();
    for rule in [
        json!({"id": "a", "on": "*:UpdateUser", "do": "throttle"}),
        json!({
            "on": {"op": ["read", "aws:UpdateUser"], "store": "d-*", "header": {"x-a": "b*"}},
            "when": {"p": 0.25, "per": "user", "window": "1s..2m", "nth": [1, 2]},
            "do": {"delay": "200ms", "cut": "50%"},
            "for": {"times": 3, "lease": "1m"},
            "expect": ">=1",
        }),
    ] {
        let reply = client.control("POST /faults/toml", &json!({"rule": rule}).to_string());
        assert_eq!(reply.status, 200, "{reply:?}");
        let toml = reply.json()["toml"].as_str().expect("a text").to_owned();
        let catalog = emulator.service().faults().catalog();
        let read = idouble::internal::faults::parse_toml("written", &toml, catalog);
        let read = read.unwrap_or_else(|error| panic!("{error}\n{toml}"));
        let expected = idouble::internal::faults::parse_json("rule", &rule.to_string(), catalog);
        assert_eq!(read, expected.expect("a rule"), "{toml}");
    }
    let reply = client.control("POST /faults/toml", r#"{"rule":{"on":"read","do":"throtle"}}"#);
    assert!(reply.status == 400 && reply.text().contains("did you mean"), "{reply:?}");
    assert_eq!(client.control("POST /faults/toml", "{}").status, 400);
    assert_eq!(client.control("GET /faults", "").json(), json!({"faults": []}));
}
