//! One entry of the journal: its changes, its replay, and why a fault rule hit it or not.

use idouble::{Builder, Emulator};
use serde_json::{Value, json};

use crate::common::{Client, Reply};

const STORE: &str = "d-00000000aa";

const FIXTURE: &str = r#"
[[store]]
id = "d-00000000aa"

[[store.user]]
user_name = "ann"
title = "Engineer"
name = { given_name = "Ann", family_name = "Example" }
emails = [{ value = "ann@example.com" }]

[[store.user]]
user_name = "bob"

[[store.group]]
display_name = "Admins"
"#;

fn start(builder: Builder) -> (Emulator, Client) {
    let builder = builder.fixture_text(FIXTURE).clock_frozen("2030-01-01T00:00:00Z");
    let emulator = builder.start().expect("an emulator starts");
    let client = Client::of(emulator.endpoint());
    (emulator, client)
}

fn aws(client: &mut Client, operation: &str, body: &Value) -> Reply {
    let target = format!("AWSIdentityStore.{operation}");
    let headers = [
        ("X-Amz-Target", target.as_str()),
        ("Content-Type", "application/x-amz-json-1.1"),
        ("x-idouble-session", "mine"),
    ];
    client.request("POST /", &headers, body.to_string().as_bytes())
}

fn user_id(client: &mut Client, name: &str) -> String {
    let user = client.control(&format!("GET /stores/{STORE}/users/{name}"), "").json();
    user["id"].as_str().expect("an id").to_owned()
}

fn update(client: &mut Client, user: &str, operations: Value) -> Reply {
    let body = json!({"IdentityStoreId": STORE, "UserId": user, "Operations": operations});
    aws(client, "UpdateUser", &body)
}

#[test]
fn an_update_is_shown_with_what_it_changed() {
    let (emulator, mut client) = start(Emulator::builder());
    let ann = user_id(&mut client, "ann");
    let operations = json!([
        {"AttributePath": "title"},
        {"AttributePath": "name.givenName", "AttributeValue": "Anne"},
        {"AttributePath": "emails", "AttributeValue": [{"Value": "anne@example.com"}]},
        {"AttributePath": "nickName", "AttributeValue": "A"},
    ]);
    assert_eq!(update(&mut client, &ann, operations).status, 200);
    let reply = client.control("GET /journal/1", "").json();
    assert_eq!(reply["entry"]["operation"], "UpdateUser");
    assert_eq!(
        (&reply["entry"]["user"], &reply["entry"]["user_name"]),
        (&json!(ann), &json!("ann"))
    );
    let expected = json!([
        {
            "attribute": "emails",
            "before": [{"value": "ann@example.com"}],
            "after": [{"value": "anne@example.com"}],
        },
        {"attribute": "name.given_name", "before": "Ann", "after": "Anne"},
        {"attribute": "nickname", "before": null, "after": "A"},
        {"attribute": "title", "before": "Engineer", "after": null},
    ]);
    assert_eq!(reply["changes"], expected);
    assert_eq!((&reply["replayable"], &reply["reason"]), (&json!(true), &Value::Null));

    let curl = reply["curl"].as_str().expect("a command");
    let url = emulator.endpoint();
    assert!(curl.starts_with(&format!("curl '{url}/' -X POST \\\n")), "{curl}");
    for part in [
        "-H 'x-amz-target: AWSIdentityStore.UpdateUser'",
        "-H 'x-idouble-session: mine'",
        "--data-raw '{",
    ] {
        assert!(curl.contains(part), "{part}: {curl}");
    }

    let path = format!("POST /v1/identity-stores/{STORE}/users/{ann}/disable");
    assert_eq!(client.request(&path, &[], b"").status, 200);
    let reply = client.control("GET /journal/2", "").json();
    let expected = json!([{"attribute": "enabled", "before": true, "after": false}]);
    assert_eq!(reply["changes"], expected);

    // Reads, and updates that fail, change nothing.
    let body = json!({"IdentityStoreId": STORE, "UserId": ann});
    assert_eq!(aws(&mut client, "DescribeUser", &body).status, 200);
    let wrong = json!([{"AttributePath": "nothing", "AttributeValue": "x"}]);
    assert_eq!(update(&mut client, &ann, wrong).status, 400);
    for seq in [3, 4] {
        let reply = client.control(&format!("GET /journal/{seq}"), "").json();
        assert_eq!(reply["changes"], json!([]), "{seq}");
    }
}

#[test]
fn a_change_is_shown_even_if_a_fault_hides_its_success() {
    let (emulator, mut client) = start(Emulator::builder());
    let _rule = emulator.inject("aws:UpdateUser=commit+internal").expect("a rule");
    let ann = user_id(&mut client, "ann");
    let operations = json!([{"AttributePath": "title", "AttributeValue": "Chief"}]);
    assert_eq!(update(&mut client, &ann, operations).status, 500);
    let reply = client.control("GET /journal/1", "").json();
    let expected = json!([{"attribute": "title", "before": "Engineer", "after": "Chief"}]);
    assert_eq!(reply["changes"], expected);
}

#[test]
fn values_of_changes_follow_the_setting_of_bodies() {
    use idouble::internal::config::Config;
    use idouble::internal::journal::Bodies;
    for (bodies, changes, replayable) in [
        (Bodies::Redacted, json!([{"attribute": "title", "before": "…", "after": null}]), true),
        (Bodies::Off, json!([]), false),
    ] {
        let mut config = Config { port: 0, ..Config::default() };
        config.journal.bodies = bodies;
        let (_emulator, mut client) = start(Emulator::builder().config(config));
        let ann = user_id(&mut client, "ann");
        update(&mut client, &ann, json!([{"AttributePath": "title"}]));
        let reply = client.control("GET /journal/1", "").json();
        assert_eq!((&reply["changes"], &reply["replayable"]), (&changes, &json!(replayable)));
        let status = client.control("POST /journal/1/replay", "{}").status;
        assert_eq!(status, if replayable { 200 } else { 409 });
    }
}

#[test]
fn a_request_is_sent_again_through_the_whole_pipeline() {
    let (emulator, mut client) = start(Emulator::builder());
    let create = json!({
        "IdentityStoreId": STORE, "UserName": "new", "DisplayName": "New",
        "Name": {"GivenName": "N", "FamilyName": "W"},
    });
    assert_eq!(aws(&mut client, "CreateUser", &create).status, 200);
    let path = format!("GET /v1/identity-stores/{STORE}/users?limit=1&marker=x");
    let original = client.request(&path, &[("x-idouble-session", "other")], b"");
    let ann = user_id(&mut client, "ann");
    let sts = b"Action=GetCallerIdentity&Version=2011-06-15";
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    assert_eq!(client.request("POST /", &form, sts).status, 200);

    // The user exists now.
    let again = client.control("POST /journal/1/replay", "").json();
    assert_eq!((&again["replayed"], &again["entry"]["seq"]), (&json!(1), &json!(4)));
    assert_eq!(again["entry"]["error"], "ConflictException");
    assert_eq!(again["entry"]["session"], "mine");
    let again = client.control("POST /journal/2/replay", "{}").json();
    assert_eq!(again["entry"]["status"], original.status);
    assert_eq!(again["entry"]["session"], "other");
    assert_eq!(client.control("POST /journal/3/replay", "{}").json()["entry"]["status"], 200);
    let deletion = format!("DELETE /v1/identity-stores/{STORE}/users/{ann}");
    client.request(&deletion, &[], b"");
    let again = client.control("POST /journal/7/replay", "{}").json();
    assert_eq!(again["entry"]["status"], 404, "it is deleted already");

    // Fault rules hit it as any other request.
    let rule = emulator.inject("aws:CreateUser=reset").expect("a rule");
    let again = client.control("POST /journal/1/replay", "{}").json();
    assert_eq!(
        (&again["entry"]["fault"], &again["entry"]["status"]),
        (&json!(rule.id()), &Value::Null)
    );
    assert_eq!(rule.fired(), 1);
}

#[test]
fn requests_that_cannot_be_sent_again_are_rejected_with_the_reason() {
    let (_emulator, mut client) = start(Emulator::builder());
    let headers = [
        ("X-Amz-Target", "AWSIdentityStore.Nothing"),
        ("Content-Type", "application/x-amz-json-1.1"),
    ];
    client.request("POST /", &headers, b"{}");
    let reply = client.control("POST /journal/1/replay", "{}");
    assert_eq!(reply.status, 409);
    assert!(
        reply.text().contains("request 1 cannot be sent again: it is not a request"),
        "{reply:?}"
    );
    assert_eq!(client.control("GET /journal/1", "").json()["replayable"], false);
    for (call, body, status) in [
        ("POST /journal/99/replay", "{}", 404),
        ("POST /journal/x/replay", "{}", 400),
        ("POST /journal/1/replay", r#"{"seq":1}"#, 400),
        ("POST /journal/1/replay?x=1", "{}", 400),
        ("GET /journal/99", "", 404),
        ("GET /journal/x", "", 400),
        ("GET /journal/1?bodies=off", "", 400),
    ] {
        assert_eq!(client.control(call, body).status, status, "{call} {body}");
    }
}

/// The paths of the conditions with whether they held, and the reason.
fn explain(client: &mut Client, seq: u64, id: &str) -> (Vec<(String, Value)>, String, Value) {
    let body = json!({"seq": seq, "id": id}).to_string();
    let reply = client.control("POST /faults/explain", &body);
    assert_eq!(reply.status, 200, "{reply:?}");
    let reply = reply.json();
    let conditions = reply["conditions"].as_array().expect("a list").iter();
    let conditions = conditions.map(|condition| {
        (condition["path"].as_str().expect("a path").to_owned(), condition["holds"].clone())
    });
    let reason = reply["reason"].as_str().expect("a text").to_owned();
    (conditions.collect(), reason, reply["fired"].clone())
}

fn describe(client: &mut Client, user: &str) -> u16 {
    let body = json!({"IdentityStoreId": STORE, "UserId": user});
    aws(client, "DescribeUser", &body).status
}

#[test]
fn a_rule_is_explained_for_a_request() {
    let (_emulator, mut client) = start(Emulator::builder());
    let (ann, bob) = (user_id(&mut client, "ann"), user_id(&mut client, "bob"));
    describe(&mut client, &ann);
    client.control("PUT /clock", r#"{"advance":"1s"}"#);
    let rules = json!([
        {"id": "first", "on": {"op": "aws:DescribeUser", "user": ann}, "do": "throttle", "for": "1x"},
        {"id": "chance", "on": "aws:DescribeUser", "when": {"p": 0, "skip": 1}, "do": "internal"},
        {"id": "named", "on": {"op": "read", "header": {"x-a": "b"}}, "do": "internal"},
    ]);
    assert_eq!(client.control("POST /faults", &rules.to_string()).status, 201);
    assert_eq!(describe(&mut client, &ann), 400);
    assert_eq!(describe(&mut client, &bob), 200);
    assert_eq!(describe(&mut client, &ann), 200);

    let (_, reason, fired) = explain(&mut client, 2, "first");
    assert_eq!((reason.as_str(), fired), ("the rule fired", json!(true)));
    let (conditions, reason, fired) = explain(&mut client, 3, "first");
    assert_eq!((reason, fired), (format!("on.user: expected {ann}, found {bob}"), json!(false)));
    assert!(conditions.contains(&("on.op".to_owned(), json!(true))), "{conditions:?}");
    let (conditions, reason, _) = explain(&mut client, 4, "first");
    assert_eq!(reason, "for.times: expected fewer than 1 hits, found 1 so far");
    assert!(conditions.contains(&("on.user".to_owned(), json!(true))), "{conditions:?}");
    let (_, reason, _) = explain(&mut client, 1, "first");
    assert!(reason.starts_with("added: expected a request since 2030-01-01T00:00:01Z"), "{reason}");

    let (_, reason, _) = explain(&mut client, 2, "chance");
    assert_eq!(reason, "order: expected no earlier fault, found the rule \"first\" fired");
    let (conditions, reason, _) = explain(&mut client, 3, "chance");
    assert_eq!(reason, "when.skip: expected a match after the first 1, found match 1");
    assert!(conditions.contains(&("when.p".to_owned(), Value::Null)), "{conditions:?}");
    let (conditions, reason, _) = explain(&mut client, 4, "chance");
    assert!(reason.starts_with("when.p: expected a draw below 0, found 0."), "{reason}");
    assert!(conditions.contains(&("when.skip".to_owned(), json!(true))), "{conditions:?}");

    let (conditions, reason, _) = explain(&mut client, 4, "named");
    assert!(conditions.contains(&("on.header.x-a".to_owned(), Value::Null)), "{conditions:?}");
    assert!(reason.starts_with("not known"), "{reason}");

    for (body, status) in [
        (r#"{"seq":99,"id":"first"}"#, 404),
        (r#"{"seq":1,"id":"nothing"}"#, 404),
        (r#"{"seq":"1","id":"first"}"#, 400),
        (r#"{"seq":1}"#, 400),
        (r#"{"seq":1,"id":"first","x":1}"#, 400),
    ] {
        assert_eq!(client.control("POST /faults/explain", body).status, status, "{body}");
    }
}

#[test]
fn a_rule_about_an_attribute_is_explained_from_the_recorded_body() {
    let (_emulator, mut client) = start(Emulator::builder());
    let ann = user_id(&mut client, "ann");
    let rule = r#"{"id":"a","on":{"op":"aws:UpdateUser","attribute":"title"},"do":"throttle"}"#;
    client.control("POST /faults", rule);
    update(&mut client, &ann, json!([{"AttributePath": "nickName", "AttributeValue": "x"}]));
    let (_, reason, _) = explain(&mut client, 1, "a");
    assert_eq!(reason, "on.attribute: expected title, found nickName");
}

#[test]
fn a_command_is_quoted_for_the_shell_and_hides_secrets() {
    let (_emulator, mut client) = start(Emulator::builder());
    let ann = user_id(&mut client, "ann");
    let path = format!("POST /v1/identity-stores/{STORE}/users/{ann}/reset-password?token=s3cret");
    let json = [("Content-Type", "application/json")];
    client.request(&path, &json, br#"{"mode":"O'Brien","password":"s3cret"}"#);
    let reply = client.control("GET /journal/1", "").json();
    let curl = reply["curl"].as_str().expect("a command");
    assert!(curl.contains(r"O'\''Brien") && !curl.contains("s3cret"), "{curl}");
}
