//! Lists that the clouds print are fixtures: a directory exported through either cloud loads again.

use crate::common::Client;
use idouble::internal::fixture::export_json;
use idouble::{Builder, Emulator};
use serde_json::{Value, json};

const STORE: &str = "d-1234567890";

fn aws(client: &mut Client, operation: &str, mut input: Value) -> Value {
    let target = format!("AWSIdentityStore.{operation}");
    let headers = [("X-Amz-Target", &*target), ("Content-Type", "application/x-amz-json-1.1")];
    input["IdentityStoreId"] = json!(STORE);
    client.request("POST /", &headers, input.to_string().as_bytes()).json()
}

/// The output of `aws identitystore list-…`: users, groups, and memberships of each group.
fn aws_dump(emulator: &Emulator) -> Vec<Value> {
    let mut client = Client::of(emulator.endpoint());
    let extensions = json!({ "Extensions": ["aws:identitystore:enterprise"] });
    let users = aws(&mut client, "ListUsers", extensions);
    let groups = aws(&mut client, "ListGroups", json!({}));
    let ids = groups["Groups"].as_array().cloned().unwrap_or_default();
    let mut dump = vec![groups, users];
    for group in ids {
        let input = json!({ "GroupId": group["GroupId"] });
        dump.insert(0, aws(&mut client, "ListGroupMemberships", input));
    }
    dump
}

fn huawei_dump(emulator: &Emulator) -> Vec<Value> {
    let mut client = Client::of(emulator.endpoint());
    let mut get = |path: &str| {
        let start = format!("GET /v1/identity-stores/{STORE}{path}");
        client.request(&start, &[], b"").json()
    };
    let (users, groups) = (get("/users?limit=100"), get("/groups?limit=100"));
    let ids = groups["groups"].as_array().cloned().unwrap_or_default();
    let mut dump = vec![users, groups];
    for group in ids {
        let id = group["group_id"].as_str().expect("an id").to_owned();
        dump.push(get(&format!("/group-memberships?group_id={id}&limit=100")));
    }
    dump
}

fn with(dump: &[Value]) -> Builder {
    dump.iter().fold(Emulator::builder(), |builder, part| builder.fixture_text(part.to_string()))
}

fn exported(emulator: &Emulator) -> Value {
    let text = export_json(&emulator.directory().current_stores());
    serde_json::from_str(&text).expect("an export is JSON")
}

/// The values of one member of all elements, sorted.
fn column(store: &Value, list: &str, member: &str) -> Vec<String> {
    let rows = store[list].as_array().cloned().unwrap_or_default();
    let mut column: Vec<_> = rows.iter().map(|row| row[member].to_string()).collect();
    column.sort();
    column
}

#[test]
fn aws_lists_load_as_the_same_directory() {
    let original = Emulator::builder().start().expect("an emulator starts");
    let dump = aws_dump(&original);
    let loaded = with(&dump).start().expect("what a cloud prints is a fixture");
    assert_eq!(aws_dump(&loaded), dump);
    let (before, after) = (&exported(&original)["store"][0], &exported(&loaded)["store"][0]);
    for (list, members) in [
        ("user", &["id", "user_name", "created_at", "updated_by", "enabled", "enterprise"][..]),
        ("group", &["id", "display_name", "created_at", "description"]),
        ("membership", &["id", "user", "group", "created_at"]),
    ] {
        for member in members {
            assert_eq!(
                column(before, list, member),
                column(after, list, member),
                "{list} {member}"
            );
        }
    }
}

#[test]
fn huawei_lists_load_as_the_same_directory() {
    let original = Emulator::builder().start().expect("an emulator starts");
    let dump = huawei_dump(&original);
    let loaded = with(&dump).start().expect("what a cloud prints is a fixture");
    assert_eq!(huawei_dump(&loaded), dump);
}

#[test]
fn times_come_as_the_tools_print_them() {
    let user = |name: &str, at: Value| {
        json!({"IdentityStoreId": STORE, "UserName": name, "CreatedAt": at, "Title": null,
            "UserId": format!("f384e872-8021-70c4-796b-a1180c59577{}", name.len())})
    };
    let users = json!({"Users": [
        user("a", json!(1_700_000_000.25)),
        user("aa", json!(1_700_000_000)),
        user("aaa", json!("2023-11-14T23:13:20.250000+01:00")),
        user("aaaa", json!("2023-11-14 22:13:20+00:00")),
    ]});
    let emulator = with(&[users]).start().expect("these are times");
    let store = &exported(&emulator)["store"][0];
    let (whole, quarter) = ("\"2023-11-14T22:13:20Z\"", "\"2023-11-14T22:13:20.25Z\"");
    assert_eq!(column(store, "user", "created_at"), [quarter, quarter, whole, whole]);
}

#[test]
fn cloud_lists_may_have_null_or_empty_lists() {
    let id = |at: u8| format!("f384e872-8021-70c4-796b-a1180c59577{at}");
    let users = json!({"users": [{
        "identity_store_id": STORE, "user_id": id(0), "user_name": "ann", "display_name": "Ann",
        "name": {"family_name": "B", "given_name": "A", "middle_name": null, "formatted": null},
        "emails": [{"primary": true, "type": "work", "value": "ann@example.com",
            "verification_status": null}],
        "phone_numbers": [{"primary": null, "type": null, "value": "1"}],
        "enterprise": {"department": "D", "manager": {"value": null}, "division": null},
        "addresses": [], "external_ids": [], "external_id": null, "title": null, "enabled": true,
        "created_at": 1_700_000_000_000_i64, "created_by": "SCIM/f384e872-8021-70c4-796b-a1180c595771",
    }], "page_info": {"next_marker": "", "current_count": 1}});
    let groups = json!({"groups": [{
        "identity_store_id": STORE, "group_id": id(1), "display_name": "g", "description": null,
        "external_id": null, "external_ids": [],
    }]});
    // A user created through AWS may have an address without type.
    let bare = json!({"users": [{"identity_store_id": STORE, "user_id": id(2), "user_name": "bob",
        "emails": [{"value": "bob@example.com"}]}]});
    let emulator = with(&[users, groups, bare]).start().expect("a cloud prints this");
    let store = &exported(&emulator)["store"][0];
    let ann = &store["user"][0];
    assert_eq!(ann["name"], json!({"family_name": "B", "given_name": "A"}));
    assert_eq!(ann["phone_numbers"], json!([{"value": "1"}]));
    assert_eq!(ann["enterprise"], json!({"department": "D", "manager": {}}));
    assert_eq!((ann.get("addresses"), ann.get("external_ids")), (None, None));
    assert_eq!(store["user"][1]["emails"], json!([{"value": "bob@example.com"}]));
    assert_eq!(store["group"][0].get("description"), None);

    // boto3 adds a member.
    let returned = json!({"Users": [], "ResponseMetadata": {"HTTPStatusCode": 200}});
    with(&[returned]).start().expect("a client prints this");
}

#[test]
fn cloud_lists_are_validated_like_fixtures() {
    let refused = |dump: Value| {
        let text = serde_json::to_string_pretty(&dump).expect("a value is JSON");
        match Emulator::builder().fixture_text(text).service() {
            Ok(_) => panic!("{dump} is taken"),
            Err(error) => error.to_string(),
        }
    };
    let id = "f384e872-8021-70c4-796b-a1180c595771";
    let other = "f384e872-8021-70c4-796b-a1180c595772";
    let ann = json!({"IdentityStoreId": STORE, "UserId": id, "UserName": "ann"});
    let cases = [
        (json!({"Users": [ann], "Odd": 1}), "unknown key `Odd`"),
        (
            json!({"Users": [{"IdentityStoreId": STORE, "UserId": id, "UserName": "ann", "Nickname": "A"}]}),
            "did you mean `NickName`?",
        ),
        (
            json!({"Users": [ann, {"IdentityStoreId": STORE, "UserId": id, "UserName": "bob"}]}),
            "another user of this store has this id",
        ),
        (
            json!({"Users": [ann, {"IdentityStoreId": STORE, "UserId": other, "UserName": "ann"}]}),
            "another user of this store has this user name",
        ),
        (json!({"Users": [{"UserId": id, "UserName": "cat"}]}), "missing field `IdentityStoreId`"),
        (
            json!({"Users": [{"IdentityStoreId": STORE, "UserName": "cat"}]}),
            "missing field `UserId`",
        ),
        (
            json!({"Users": [{"IdentityStoreId": STORE, "UserId": id, "UserName": "cat",
                "UserStatus": "GONE"}]}),
            "string \"GONE\", expected \"ENABLED\" or \"DISABLED\"",
        ),
        (
            json!({"group_memberships": [{"identity_store_id": STORE, "membership_id": id,
                "group_id": id, "member_id": {"user_id": id}}]}),
            "no user or group belongs to the store d-1234567890",
        ),
    ];
    for (dump, expected) in cases {
        let error = refused(dump);
        assert!(error.contains(expected) && error.contains('^'), "{expected}: {error}");
    }
}
