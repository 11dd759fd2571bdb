//! Users, groups and memberships through the control API.

use idouble::Emulator;
use serde_json::{Value, json};

use crate::common::{Client, Reply};

const STORE: &str = "d-00000000aa";

const FIXTURE: &str = r#"
[[store]]
id = "d-00000000aa"

[[store.user]]
user_name = "ann"
display_name = "Ann Example"
name = { given_name = "Ann", family_name = "Example" }
emails = [{ value = "Ann@example.com" }]
enterprise = { department = "Ops" }

[[store.user]]
user_name = "bob"
title = "Ännchen's deputy"

[[store.user]]
user_name = "joanne"
enabled = false

[[store.group]]
display_name = "Everybody"
description = "All of us"
members = ["ann", "bob", "joanne"]

[[store.group]]
display_name = "Admins"
members = ["ann"]
"#;

fn start() -> (Emulator, Client) {
    let builder = Emulator::builder().fixture_text(FIXTURE).clock_frozen("2030-01-01T00:00:00Z");
    let emulator = builder.start().expect("an emulator starts");
    let client = Client::of(emulator.endpoint());
    (emulator, client)
}

fn get(client: &mut Client, path: &str) -> Reply {
    client.control(&format!("GET /stores/{STORE}{path}"), "")
}

fn names(list: &Value, key: &str) -> Vec<String> {
    let rows = list.as_array().expect("a list");
    rows.iter().map(|row| row[key].as_str().expect("a name").to_owned()).collect()
}

#[test]
fn users_are_searched_and_listed_in_pages() {
    let (_emulator, mut client) = start();
    let first = get(&mut client, "/users?limit=2").json();
    assert_eq!(names(&first["users"], "user_name"), ["ann", "bob"]);
    assert_eq!(first["total"], 3);
    let after = first["next_after"].as_u64().expect("another page");
    let second = get(&mut client, &format!("/users?limit=2&after={after}")).json();
    assert_eq!(names(&second["users"], "user_name"), ["joanne"]);
    assert_eq!((&second["total"], &second["next_after"]), (&json!(3), &Value::Null));
    let ann = &first["users"][0];
    assert_eq!(ann["display_name"], "Ann Example");
    assert_eq!((&ann["email"], &ann["enabled"]), (&json!("Ann@example.com"), &json!(true)));
    assert_eq!(second["users"][0]["enabled"], false);
    let id = ann["id"].as_str().expect("an id").to_owned();
    for (text, expected) in [
        ("ANN", ["ann", "joanne"].as_slice()),
        ("example.COM", &["ann"]),
        ("%C3%A4nnchen", &["bob"]),
        ("ops", &["ann"]),
        (&id, &["ann"]),
        ("nobody", &[]),
        ("", &["ann", "bob", "joanne"]),
    ] {
        let found = get(&mut client, &format!("/users?q={text}")).json();
        assert_eq!(names(&found["users"], "user_name"), expected, "{text}");
        assert_eq!(found["total"], expected.len(), "{text}");
    }
}

#[test]
fn groups_are_searched_and_listed_with_the_number_of_members() {
    let (_emulator, mut client) = start();
    let groups = get(&mut client, "/groups").json();
    assert_eq!(names(&groups["groups"], "display_name"), ["Everybody", "Admins"]);
    assert_eq!(groups["groups"][0]["description"], "All of us");
    assert_eq!(
        (&groups["groups"][0]["members"], &groups["groups"][1]["members"]),
        (&json!(3), &json!(1))
    );
    let found = get(&mut client, "/groups?q=ADM&limit=1").json();
    assert_eq!(names(&found["groups"], "display_name"), ["Admins"]);
    assert_eq!((&found["total"], &found["next_after"]), (&json!(1), &Value::Null));
}

#[test]
fn a_user_is_shown_as_each_dialect_responds() {
    let (_emulator, mut client) = start();
    let ann = get(&mut client, "/users/ann").json();
    let id = ann["id"].as_str().expect("an id");
    assert_eq!(get(&mut client, &format!("/users/{id}")).json(), ann);
    assert_eq!(ann["attributes"]["name"], json!({"given_name": "Ann", "family_name": "Example"}));
    assert_eq!(ann["attributes"]["enterprise"], json!({"department": "Ops"}));
    assert_eq!(names(&ann["memberships"], "group_name"), ["Everybody", "Admins"]);
    assert_eq!(ann["memberships_total"], 2);
    let view = |name: &str| {
        let views = ann["views"].as_array().expect("a list");
        let found = views.iter().find(|view| view["dialect"] == name);
        found.unwrap_or_else(|| panic!("{name}"))["body"].clone()
    };

    // The same as an SDK receives.
    let path = format!("GET /v1/identity-stores/{STORE}/users/{id}");
    assert_eq!(client.request(&path, &[], b"").json(), view("huawei"));
    let target = [
        ("X-Amz-Target", "AWSIdentityStore.DescribeUser"),
        ("Content-Type", "application/x-amz-json-1.1"),
    ];
    let body = json!({
        "IdentityStoreId": STORE, "UserId": id, "Extensions": ["aws:identitystore:enterprise"],
    });
    let aws = client.request("POST /", &target, body.to_string().as_bytes());
    assert_eq!(aws.json(), view("aws"));
    assert_eq!(view("aws")["Extensions"]["aws:identitystore:enterprise"]["department"], "Ops");
    let scim = view("scim");
    assert_eq!((&scim["userName"], &scim["name"]["givenName"]), (&json!("ann"), &json!("Ann")));
    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    assert_eq!(scim[enterprise]["department"], "Ops");

    // The journal has only what the SDKs sent.
    assert_eq!(client.control("GET /journal/count", "").json(), json!({"count": 2}));
}

#[test]
fn a_group_is_shown_with_its_members() {
    let (_emulator, mut client) = start();
    let group = get(&mut client, "/groups/Everybody?limit=2").json();
    assert_eq!(names(&group["memberships"], "user_name"), ["ann", "bob"]);
    assert_eq!(group["memberships_total"], 3);
    let after = group["next_after"].as_u64().expect("another page");
    let rest = get(&mut client, &format!("/groups/Everybody?limit=2&after={after}")).json();
    assert_eq!(names(&rest["memberships"], "user_name"), ["joanne"]);
    assert_eq!(rest["next_after"], Value::Null);
    let dialects = names(&group["views"], "dialect");
    assert_eq!(dialects, ["aws", "huawei", "scim"]);
    assert_eq!(group["views"][0]["body"]["DisplayName"], "Everybody");
    assert_eq!(group["views"][1]["body"]["display_name"], "Everybody");
    assert_eq!(group["views"][2]["body"]["displayName"], "Everybody");
}

#[test]
fn users_are_created_changed_and_deleted() {
    let (_emulator, mut client) = start();
    let users = format!("/stores/{STORE}/users");
    let body =
        r#"{"attributes":{"user_name":"carl","title":"Chief","enterprise":{"manager":"ann"}}}"#;
    let created = client.control(&format!("POST {users}"), body);
    assert_eq!(created.status, 201, "{created:?}");
    let created = created.json();
    let ann = get(&mut client, "/users/ann").json();
    assert_eq!(created["attributes"]["enterprise"]["manager"]["value"], ann["id"]);

    let change = json!({
        "attributes": {"title": null, "display_name": "Carl C", "name": {"given_name": "Carl"}},
        "enabled": false,
        "revision": created["revision"],
    });
    let changed = client.control(&format!("PATCH {users}/carl"), &change.to_string());
    assert_eq!(changed.status, 200, "{changed:?}");
    let changed = changed.json();
    assert_eq!(changed["attributes"]["display_name"], "Carl C");
    assert_eq!(changed["attributes"]["title"], Value::Null);
    assert_eq!(changed["attributes"]["enterprise"], created["attributes"]["enterprise"]);
    assert_eq!(changed["enabled"], false);
    // The revision has changed.
    let stale = client.control(&format!("PATCH {users}/carl"), &change.to_string());
    assert_eq!(stale.status, 409, "{stale:?}");

    assert_eq!(client.control(&format!("DELETE {users}/carl"), "").json(), json!({"removed": 1}));
    assert_eq!(get(&mut client, "/users/carl").status, 404);
    assert_eq!(client.control("GET /journal/count", "").json(), json!({"count": 0}));
}

#[test]
fn groups_and_memberships_are_created_changed_and_deleted() {
    let (_emulator, mut client) = start();
    let groups = format!("/stores/{STORE}/groups");
    let created = client.control(
        &format!("POST {groups}"),
        r#"{"attributes":{"display_name":"New","description":"x"}}"#,
    );
    assert_eq!(created.status, 201, "{created:?}");
    let changed =
        client.control(&format!("PATCH {groups}/New"), r#"{"attributes":{"description":null}}"#);
    assert_eq!(changed.json()["attributes"], json!({"display_name": "New"}));
    let memberships = format!("/stores/{STORE}/memberships");
    let body = r#"{"group":"New","user":"bob"}"#;
    let membership = client.control(&format!("POST {memberships}"), body);
    assert_eq!(membership.status, 201, "{membership:?}");
    assert_eq!(client.control(&format!("POST {memberships}"), body).status, 409);
    let bob = get(&mut client, "/users/bob").json();
    assert_eq!(names(&bob["memberships"], "group_name"), ["Everybody", "New"]);
    let id = membership.json()["id"].as_str().expect("an id").to_owned();
    assert_eq!(client.control(&format!("DELETE {memberships}/{id}"), "").status, 200);
    assert_eq!(client.control(&format!("DELETE {memberships}/{id}"), "").status, 404);
    assert_eq!(client.control(&format!("DELETE {groups}/New"), "").status, 200);
    assert_eq!(get(&mut client, "/groups/New").status, 404);
}

#[test]
fn invalid_input_is_rejected_with_what_would_be_right() {
    let (_emulator, mut client) = start();
    for (call, body, status, message) in [
        ("GET users?limit=0", "", 400, "expected 1 to 1000"),
        ("GET users?limit=1001", "", 400, "expected 1 to 1000"),
        ("GET users?after=x", "", 400, "invalid after"),
        ("GET users?name=x", "", 400, "known are q, limit, after"),
        ("GET users?q=a&q=b", "", 400, "given twice"),
        ("GET groups?filter=x", "", 400, "known are q, limit, after"),
        ("GET users/ann?q=x", "", 400, "known are limit, after"),
        ("GET users/nobody", "", 404, "unknown user"),
        ("GET groups/nothing", "", 404, "unknown group"),
        ("PATCH users/nobody", "{}", 404, "unknown user"),
        ("PATCH users/ann", r#"{"title":"x"}"#, 400, "unknown key `title`"),
        ("PATCH users/ann", r#"{"attributes":{"titel":"x"}}"#, 400, "title"),
        ("PATCH users/ann", r#"{"attributes":{"titel":null}}"#, 400, "titel"),
        ("PATCH users/ann", r#"{"attributes":{"title":1}}"#, 400, "expected a string"),
        ("PATCH users/ann", r#"{"attributes":{"emails":[]}}"#, 400, "list is empty"),
        ("PATCH users/ann", r#"{"attributes":{"user_name":null}}"#, 400, "user_name"),
        ("PATCH users/ann", r#"{"attributes":{"user_name":"bob"}}"#, 409, "the same user_name"),
        ("PATCH users/ann", r#"{"enabled":"no"}"#, 400, "boolean"),
        ("PATCH users/ann", r#"{"attributes":{"enterprise":{"manager":"x"}}}"#, 400, "no user"),
        ("POST users", r#"{"attributes":{"title":"x"}}"#, 400, "user_name"),
        ("POST users", r#"{"attributes":{"user_name":"ann"}}"#, 409, "the same user_name"),
        ("POST users", "{}", 400, "attributes"),
        (
            "POST groups",
            r#"{"attributes":{"display_name":"Admins"}}"#,
            409,
            "the same display_name",
        ),
        ("POST memberships", r#"{"group":"x","user":"ann"}"#, 404, "unknown group"),
        ("POST memberships", r#"{"group":"Admins","user":"x"}"#, 404, "unknown user"),
        ("DELETE users/ann?force=1", "", 400, "this call has none"),
    ] {
        let (method, path) = call.split_once(' ').expect("a call");
        let reply = client.control(&format!("{method} /stores/{STORE}/{path}"), body);
        let text = reply.text();
        assert_eq!(reply.status, status, "{call} {body}: {text}");
        assert!(text.contains(message), "{call} {body}: {text}");
    }
    assert_eq!(client.control("GET /stores/d-00000000ff/users", "").status, 404);
    assert_eq!(
        client
            .control("POST /stores/d-00000000ff/users", r#"{"attributes":{"user_name":"a"}}"#)
            .status,
        404
    );
    let ann = get(&mut client, "/users/ann").json();
    assert_eq!(ann["attributes"]["display_name"], "Ann Example");
}
