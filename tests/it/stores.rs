//! Stores, snapshots and the clock of the control API, at the socket.

use crate::common::Client;
use idouble::Emulator;
use serde_json::{Value, json};

const STORE: &str = "d-1234567890";

fn start() -> Emulator {
    let builder = Emulator::builder().seed(7).clock_frozen("2026-01-02T03:04:05Z");
    builder.start().expect("an emulator starts")
}

#[track_caller]
fn call(client: &mut Client, start: &str, body: &str) -> (u16, Value) {
    let reply = client.control(start, body);
    (reply.status, reply.json())
}

fn aws(client: &mut Client, operation: &str, input: &Value) -> Value {
    let target = format!("AWSIdentityStore.{operation}");
    let headers = [("X-Amz-Target", &*target), ("Content-Type", "application/x-amz-json-1.1")];
    client.request("POST /", &headers, input.to_string().as_bytes()).json()
}

fn create_user(client: &mut Client, store: &str, name: &str) -> Value {
    let emails = json!([{"Value": format!("{name}@example.com"), "Type": "work"}]);
    let name_of = json!({"GivenName": "G", "FamilyName": "F"});
    let input = json!({"IdentityStoreId": store, "UserName": name, "DisplayName": name,
        "Name": name_of, "Emails": emails});
    aws(client, "CreateUser", &input)
}

fn user_names(client: &mut Client, store: &str) -> Vec<String> {
    let reply = aws(client, "ListUsers", &json!({ "IdentityStoreId": store }));
    let users = reply["Users"].as_array().cloned().unwrap_or_default();
    users.iter().map(|user| user["UserName"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn new_store_ids_follow_from_the_seed() {
    let ids = || {
        let emulator = start();
        let mut client = Client::of(emulator.endpoint());
        let mut id = |body| {
            let (status, reply) = call(&mut client, "POST /stores", body);
            assert_eq!(status, 201, "{reply}");
            reply["id"].as_str().expect("an id").to_owned()
        };
        // A rejected request uses no store id.
        let first = id("{}");
        let refused =
            Client::of(emulator.endpoint()).control("POST /stores", r#"{"fixture":{"a":1}}"#);
        assert_eq!(refused.status, 400);
        [first, id(""), id(r#"{"id":"d-00000000aa"}"#)]
    };
    let made = ids();
    assert_eq!(made, ids());
    assert_eq!(made[2], "d-00000000aa");
    for id in &made {
        assert!(id.len() == 12 && id.starts_with("d-"), "{id}");
    }
}

#[test]
fn stores_are_isolated() {
    let emulator = start();
    let mut client = Client::of(emulator.endpoint());
    let (_, reply) = call(&mut client, "POST /stores", "{}");
    let id = reply["id"].as_str().expect("an id");
    create_user(&mut client, id, "ann");
    assert_eq!(user_names(&mut client, id), ["ann"]);
    assert!(!user_names(&mut client, STORE).contains(&"ann".to_owned()));
    let (status, _) = call(&mut client, &format!("DELETE /stores/{id}"), "");
    assert_eq!(status, 200);
    let gone = aws(&mut client, "ListUsers", &json!({ "IdentityStoreId": id }));
    assert_eq!(gone["__type"], "ResourceNotFoundException");
    assert_eq!(call(&mut client, &format!("DELETE /stores/{id}"), "").0, 404);
}

#[test]
fn copy_is_independent_of_the_original() {
    let emulator = start();
    let mut client = Client::of(emulator.endpoint());
    let body = format!(r#"{{"copy":"{STORE}"}}"#);
    let (status, reply) = call(&mut client, "POST /stores", &body);
    assert_eq!(status, 201, "{reply}");
    let copy = reply["id"].as_str().expect("an id").to_owned();
    assert_eq!(user_names(&mut client, &copy), user_names(&mut client, STORE));
    create_user(&mut client, &copy, "ann");
    create_user(&mut client, STORE, "zed");
    assert!(!user_names(&mut client, STORE).contains(&"ann".to_owned()));
    assert!(!user_names(&mut client, &copy).contains(&"zed".to_owned()));
    assert_eq!(call(&mut client, "POST /stores", r#"{"copy":"d-0000000000"}"#).0, 404);
    let taken = format!(r#"{{"id":"{STORE}","copy":"{copy}"}}"#);
    assert_eq!(call(&mut client, "POST /stores", &taken).0, 409);
}

#[test]
fn export_is_a_fixture_of_the_same_store() {
    let emulator = start();
    let mut client = Client::of(emulator.endpoint());
    let exported = client.control(&format!("GET /stores/{STORE}"), "");
    let toml = client.control(&format!("GET /stores/{STORE}?format=toml"), "");
    assert_eq!(toml.header("content-type"), Some("application/toml"));
    assert!(toml.text().contains("\n[[store]]\nid = \"d-1234567890\"\n"));
    let odd = client.control(&format!("GET /stores/{STORE}?format=xml"), "");
    assert_eq!(odd.status, 400);
    // Replaces a store that has changed, and creates one.
    create_user(&mut client, STORE, "ann");
    let (status, _) = call(&mut client, &format!("PUT /stores/{STORE}"), exported.text());
    assert_eq!(status, 200);
    assert_eq!(client.control(&format!("GET /stores/{STORE}"), "").body, exported.body);
    let (status, reply) = call(&mut client, "PUT /stores/d-00000000aa", exported.text());
    assert_eq!((status, reply), (201, json!({"id": "d-00000000aa"})));
    let other = client.control("GET /stores/d-00000000aa", "");
    assert_eq!(other.text(), exported.text().replace(STORE, "d-00000000aa"));
    // A fixture in a body, with its own id or another.
    let body = format!(r#"{{"fixture":{}}}"#, exported.text().trim());
    assert_eq!(call(&mut client, "POST /stores", &body).0, 409);
    let body = format!(r#"{{"id":"d-00000000bb","fixture":{}}}"#, exported.text().trim());
    assert_eq!(call(&mut client, "POST /stores", &body).0, 201);
    let body = r#"{"fixture":{"user":[{"user_name":"eve"}]}}"#;
    let (_, reply) = call(&mut client, "POST /stores", body);
    let id = reply["id"].as_str().expect("an id");
    assert_eq!(user_names(&mut client, id), ["eve"]);
    let (_, listed) = call(&mut client, "GET /stores", "");
    assert_eq!(listed["stores"].as_array().map(Vec::len), Some(4));
    let row = &listed["stores"][0];
    assert_eq!((&row["id"], &row["users"]), (&json!(STORE), &json!(12)));
    assert_eq!((&row["groups"], &row["memberships"]), (&json!(4), &json!(15)));
    assert!(row["scim_path"].as_str().is_some_and(|path| path.ends_with("/scim/v2/")), "{row}");
    let all = client.control("GET /stores?format=json", "").json();
    assert_eq!(all["store"].as_array().map(Vec::len), Some(4));
}

#[test]
fn rejected_body_changes_nothing() {
    let emulator = start();
    let mut client = Client::of(emulator.endpoint());
    let before = client.control("GET /stores?format=json", "").body;
    let mut refuse = |start: &str, body: &str, mistakes: usize| {
        let (status, reply) = call(&mut client, start, body);
        assert_eq!(status, 400, "{body}: {reply}");
        let details = reply["details"].as_array().cloned().unwrap_or_default();
        assert_eq!(details.len(), mistakes, "{body}: {reply:#}");
    };
    let users = r#"{"user":[{"user_name":"a b","nick":"x"},{"display_name":1}]}"#;
    refuse("POST /stores", &format!(r#"{{"fixture":{users}}}"#), 1);
    refuse("PUT /stores/d-00000000aa", users, 1);
    refuse("PUT /stores/nonsense", "{}", 1);
    refuse("POST /stores", r#"{"id":"d-00000000cc","odd":1}"#, 1);
    refuse("POST /stores", r#"{"id":"D"}"#, 1);
    refuse("POST /stores", r#"{"copy":"d-1234567890","fixture":{}}"#, 1);
    refuse("POST /stores", r#"{"fixture":{"store":[]}}"#, 1);
    refuse("POST /stores", "[]", 1);
    refuse("POST /stores", "{", 1);
    refuse("PUT /clock", r#"{"set":"noon"}"#, 1);
    refuse("PUT /clock", r#"{"advance":"5 parsecs"}"#, 1);
    refuse("PUT /clock", r#"{"freeze":1}"#, 1);
    refuse("PUT /clock", r#"{"x":0}"#, 1);
    refuse("PUT /clock", "{}", 1);
    refuse("PUT /snapshots/a", r#"{"x":0}"#, 1);
    refuse("PUT /snapshots/a%2Fb", "", 1);
    assert_eq!(client.control("GET /stores?format=json", "").body, before);
    assert_eq!(client.control("GET /snapshots", "").json(), json!({ "snapshots": [] }));
}

#[test]
fn reset_removes_added_stores() {
    let emulator = start();
    let mut client = Client::of(emulator.endpoint());
    let before = client.control("GET /stores?format=json", "").body;
    let (_, first) = call(&mut client, "POST /stores", "{}");
    call(&mut client, "POST /stores", r#"{"id":"d-00000000aa"}"#);
    assert_eq!(call(&mut client, &format!("DELETE /stores/{STORE}"), "").0, 200);
    call(&mut client, "PUT /clock", r#"{"advance":"1h","freeze":false}"#);
    assert_eq!(call(&mut client, "POST /reset", "{}").0, 200);
    assert_eq!(client.control("GET /stores?format=json", "").body, before);
    let clock = json!({"now": "2026-01-02T03:04:05Z", "frozen": true});
    assert_eq!(client.control("GET /clock", "").json(), clock);
    assert_eq!(call(&mut client, "POST /stores", "{}").1, first);
}

#[test]
fn snapshot_restores_stores_after_any_change() {
    let emulator = start();
    let mut client = Client::of(emulator.endpoint());
    let (_, early) = call(&mut client, "POST /stores", "{}");
    let early = early["id"].as_str().expect("an id").to_owned();
    create_user(&mut client, &early, "ann");
    let before = client.control("GET /stores?format=json", "").body;
    let (status, reply) = call(&mut client, "PUT /snapshots/seeded", "");
    assert_eq!((status, reply), (201, json!({"snapshot": "seeded", "stores": 2})));
    let (_, next) = call(&mut client, "POST /stores", "{}");
    create_user(&mut client, STORE, "zed");
    call(&mut client, &format!("DELETE /stores/{early}"), "");
    for _ in 0..2 {
        assert_eq!(call(&mut client, "POST /snapshots/seeded/restore", "").0, 200);
        assert_eq!(client.control("GET /stores?format=json", "").body, before);
        assert_eq!(call(&mut client, "POST /stores", "{}").1, next);
    }
    call(&mut client, "POST /reset", "");
    let listed = client.control("GET /snapshots", "").json();
    let at = "2026-01-02T03:04:05Z";
    let expected = json!({"snapshots": [{"name": "seeded", "at": at, "stores": [STORE, early]}]});
    assert_eq!(listed, expected);
    assert_eq!(call(&mut client, "PUT /snapshots/seeded", "").0, 200);
    assert_eq!(call(&mut client, "DELETE /snapshots/seeded", "").0, 200);
    assert_eq!(call(&mut client, "POST /snapshots/seeded/restore", "").0, 404);
    for n in 0..idouble::internal::domain::SNAPSHOTS_MAX {
        assert_eq!(call(&mut client, &format!("PUT /snapshots/s{n}"), "").0, 201);
    }
    assert_eq!(call(&mut client, "PUT /snapshots/more", "").0, 507);
    assert_eq!(call(&mut client, "PUT /snapshots/s0", "").0, 200);
}

#[test]
fn times_follow_the_clock() {
    let emulator = start();
    let mut client = Client::of(emulator.endpoint());
    let mut put = |body: &str| {
        let reply = client.control("PUT /clock", body);
        (reply.header("date").map(str::to_owned), reply.json())
    };
    let (date, clock) = put(r#"{"set":"2030-01-01T00:00:00Z","advance":"5m"}"#);
    assert_eq!(clock, json!({"now": "2030-01-01T00:05:00Z", "frozen": true}));
    assert_eq!(date.as_deref(), Some("Tue, 01 Jan 2030 00:05:00 GMT"));
    let user = create_user(&mut client, STORE, "ann");
    let id = json!({"IdentityStoreId": STORE, "UserId": user["UserId"]});
    let before = aws(&mut client, "DescribeUser", &id);
    assert_eq!(before["CreatedAt"], 1_893_456_300);
    // The clock goes back, and the revision still increases.
    client.control("PUT /clock", r#"{"set":"2029-01-01T00:00:00Z"}"#);
    let mut update = id.clone();
    update["Operations"] = json!([{"AttributePath": "title", "AttributeValue": "Dr"}]);
    aws(&mut client, "UpdateUser", &update);
    let after = aws(&mut client, "DescribeUser", &id);
    let revision = |user: &Value| user["Revision"].as_str().map_or(0, |text| text.len());
    assert_eq!(after["UpdatedAt"], 1_861_920_000);
    assert!(revision(&after) == revision(&before) && after["Revision"] != before["Revision"]);
    // A rule with a life of one minute ends after it.
    let rule = r#"{"id":"r","on":"aws:*","do":"throttle","for":"1m"}"#;
    assert_eq!(call(&mut client, "POST /faults", rule).0, 201);
    let live = |client: &mut Client| client.control("GET /faults/r", "").json()["live"].clone();
    assert_eq!(live(&mut client), true);
    client.control("PUT /clock", r#"{"advance":"61s"}"#);
    assert_eq!(live(&mut client), false);
}

#[test]
fn running_clock_stops_at_the_last_time() {
    const LAST: &str = "9999-12-31T23:59:59.999Z";
    let emulator = start();
    let mut client = Client::of(emulator.endpoint());
    let body = json!({"set": LAST, "freeze": false}).to_string();
    assert_eq!(client.control("PUT /clock", &body).json()["now"], LAST);
    let reply = client.control("GET /clock", "");
    assert_eq!(reply.header("date"), Some("Fri, 31 Dec 9999 23:59:59 GMT"));
    assert_eq!(reply.json(), json!({"now": LAST, "frozen": false}));
    create_user(&mut client, STORE, "ann");
    assert_eq!(client.control("GET /journal", "").json()["entries"][0]["time"], LAST);
    let exported = client.control("GET /stores?format=json", "").body;
    assert!(String::from_utf8_lossy(&exported).contains(LAST));
    assert_eq!(client.control("PUT /clock", r#"{"advance":"1ms"}"#).status, 400);
}

#[test]
fn number_of_stores_is_limited() {
    let emulator = start();
    let directory = emulator.directory();
    for _ in 0..idouble::internal::domain::STORES_MAX {
        directory.insert(directory.new_store(directory.next_store_id())).expect("there is room");
    }
    let mut client = Client::of(emulator.endpoint());
    assert_eq!(call(&mut client, "POST /stores", "{}").0, 507);
    assert_eq!(call(&mut client, "PUT /stores/d-00000000aa", "{}").0, 507);
    assert_eq!(call(&mut client, &format!("PUT /stores/{STORE}"), "{}").0, 200);
    assert_eq!(call(&mut client, &format!("DELETE /stores/{STORE}"), "").0, 200);
    assert_eq!(call(&mut client, "POST /stores", "{}").0, 201);
    call(&mut client, "POST /reset", "");
    assert_eq!(directory.size().0, 1);
}

/// Two states alternate: every user has the title `old`, or every user has the title `new`. No response may
/// contain both.
#[test]
fn response_during_a_reset_is_entirely_old_or_new() {
    const USERS: usize = 60;
    const RESETS: usize = 40;
    let users: Vec<_> =
        (0..USERS).map(|n| json!({"user_name": format!("u{n}"), "title": "new"})).collect();
    let fixture = json!({"store": [{"id": STORE, "user": users}]});
    let emulator = Emulator::builder().threads(2).fixture_text(fixture.to_string());
    let emulator = emulator.start().expect("an emulator starts");
    // The snapshot `old` has the other title.
    let old: Vec<_> =
        (0..USERS).map(|n| json!({"user_name": format!("u{n}"), "title": "old"})).collect();
    let mut client = Client::of(emulator.endpoint());
    let old = json!({"id": STORE, "user": old}).to_string();
    assert_eq!(call(&mut client, &format!("PUT /stores/{STORE}"), &old).0, 200);
    assert_eq!(call(&mut client, "PUT /snapshots/old", "").0, 201);
    let done = std::sync::atomic::AtomicBool::new(false);
    let order = std::sync::atomic::Ordering::SeqCst;
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(|| {
                    let mut client = Client::of(emulator.endpoint());
                    let (mut old, mut new) = (0, 0);

                    loop {
                        let input = json!({ "IdentityStoreId": STORE });
                        let reply = aws(&mut client, "ListUsers", &input);
                        let users = reply["Users"].as_array().expect("users");
                        let count = |title| users.iter().filter(|u| u["Title"] == title).count();
                        assert_eq!(users.len(), USERS);
                        assert!([0, USERS].contains(&count("old")), "{} are old", count("old"));
                        old += count("old") / USERS;
                        new += count("new") / USERS;
                        if done.load(order) {
                            break;
                        }
                    }
                    (old, new)
                })
            })
            .collect();
        for _ in 0..RESETS {
            assert_eq!(call(&mut client, "POST /reset", "").0, 200);
            assert_eq!(call(&mut client, "POST /snapshots/old/restore", "").0, 200);
        }
        done.store(true, order);
        for reader in readers {
            let (old, new) = reader.join().expect("a reader saw nothing odd");
            assert!(old + new > 0);
        }
    });
}
