//! What a client sends and reads back is equal, for every text of every resource, in either dialect.

use crate::world::World;
use idouble::internal::dialect::shape::MemberAccess;
use idouble::internal::dialect::{Limit, MemberKind, Shape};
use idouble::internal::domain::{Certificate, Timestamp};
use serde_json::{Value, json};

/// Texts that a server may be tempted to change: white space at the ends, line ends of every kind,
/// letters in composed and decomposed form, letters beyond the basic plane, markup and escapes. The
/// last ones suit narrower limits.
const TEXTS: [&str; 9] = [
    " \t a\r\nb\rc\n \u{a0}\u{3000} ",
    "e\u{301}\u{e9} \u{212b} \u{1d518}\u{fb01} \u{df}\u{1e9e}",
    r#"<a b="c">&amp;</a> "\\u0041\n /'%20+"#,
    "e\u{301}\u{e9}\u{212b}\u{1d518}<&>\"\\%41",
    "\u{e9}A+b@C.d",
    "Zo\u{eb}.O'Neil+x@Ex-Ample.COM",
    "1990-12-31",
    "vpc-12345678",
    "192.0.2.0/24",
];

fn text_within(limit: &Limit, number: usize) -> &'static str {
    let fits = |text: &&str| limit.broken_constraints(text).next().is_none();
    let texts: Vec<_> = TEXTS.into_iter().filter(fits).collect();
    assert!(!texts.is_empty(), "no text suits {}", limit.name);
    texts[number % texts.len()]
}

/// A resource with every member that can be written. Another `number` gives other texts.
fn fill(shape: &Shape, number: usize) -> Value {
    let members = shape.members.iter().filter(|member| member.access != MemberAccess::ReadOnly);
    members.map(|member| (member.name.to_owned(), fill_member(&member.kind, number))).collect()
}

fn fill_member(kind: &MemberKind, number: usize) -> Value {
    match kind {
        MemberKind::Text(limit) => json!(text_within(limit, number)),
        MemberKind::Choice(choices) => json!(choices[number % choices.len()]),
        MemberKind::Flag => json!(true),
        MemberKind::Record(shape) => fill(shape, number),
        MemberKind::List(shape, _) => json!([fill(shape, number)]),
        MemberKind::Texts(limit, _) => json!([text_within(limit, number)]),
    }
}

/// Asserts that all of `sent` is in `found`, but for members that are never shown.
#[track_caller]
fn assert_read_back(shape: &Shape, sent: &Value, found: &Value) {
    for member in shape.members.iter().filter(|member| member.access == MemberAccess::Full) {
        assert_eq!(found[member.name], sent[member.name], "{}.{}", shape.name, member.name);
    }
}

fn shape(world: &World, dialect: &str, name: &str) -> &'static Shape {
    let mut dialects = world.service.dialects();
    let dialect = dialects.find(|one| one.name() == dialect).expect("a dialect");
    dialect.shapes().into_iter().find(|shape| shape.name == name).expect("a shape")
}

fn merge(one: Value, other: Value) -> Value {
    let (Value::Object(mut one), Value::Object(other)) = (one, other) else { panic!("objects") };
    one.extend(other);
    Value::Object(one)
}

#[test]
fn aws_users_and_groups_read_back_as_sent() {
    let world = World::new();
    let (user, group) = (shape(&world, "aws", "User"), shape(&world, "aws", "Group"));
    let extensions = shape(&world, "aws", "Extensions");
    for number in 0..TEXTS.len() {
        let extension = fill(extensions, number);
        let sent = merge(fill(user, number), json!({ "Extensions": extension }));
        let id = world.aws("CreateUser", sent.clone()).expect("a user")["UserId"].clone();
        let wanted = json!({ "UserId": id, "Extensions": ["aws:identitystore:enterprise"] });
        let found = world.aws("DescribeUser", wanted.clone()).expect("a user");
        assert_read_back(user, &sent, &found);
        assert_eq!(found["Extensions"], extension);

        let sent = fill(user, number + 1);
        let operations = user.members.iter().filter(|member| member.access == MemberAccess::Full);
        let operations = operations.map(|member| {
            let (first, rest) = member.name.split_at(1);
            let path = first.to_lowercase() + rest;
            json!({ "AttributePath": path, "AttributeValue": sent[member.name] })
        });
        let operations: Vec<_> = operations.collect();
        let update = json!({ "UserId": id, "Operations": operations });
        world.aws("UpdateUser", update).expect("an update");
        assert_read_back(user, &sent, &world.aws("DescribeUser", wanted).expect("a user"));
        world.aws("DeleteUser", json!({ "UserId": id })).expect("deleted");

        let sent = fill(group, number);
        let id = world.aws("CreateGroup", sent.clone()).expect("a group")["GroupId"].clone();
        let found = world.aws("DescribeGroup", json!({ "GroupId": id })).expect("a group");
        assert_read_back(group, &sent, &found);
        world.aws("DeleteGroup", json!({ "GroupId": id })).expect("deleted");
    }
    let store = shape(&world, "aws", "IdentityStore");
    let network = json!({
        "VpceAccessRequired": true,
        "ApiRestrictSourceVpcs": ["vpc-12345678"],
        "ApiAllowSourceIps": ["192.0.2.0/24", "2001:DB8::/32"],
        "ScimAllowSourceIps": ["192.0.2.1"],
    });
    let sent = json!({ "NetworkConfiguration": network });
    world.aws("UpdateIdentityStore", sent.clone()).expect("an update");
    assert_read_back(store, &sent, &world.aws("DescribeIdentityStore", json!({})).expect("it"));
}

#[test]
fn huawei_users_and_groups_read_back_as_sent() {
    let world = World::new();
    let (user, group) = (shape(&world, "huawei", "User"), shape(&world, "huawei", "Group"));
    for number in 0..TEXTS.len() {
        let sent = fill(user, number);
        let created = world.huawei("POST", "/users", Some(sent.clone())).expect("a user");
        let path = format!("/users/{}", created["user_id"].as_str().expect("an id"));
        assert_read_back(user, &sent, &world.huawei("GET", &path, None).expect("a user"));

        let sent = fill(user, number + 1);
        let operations = user.members.iter().filter(|member| member.access == MemberAccess::Full);
        let operations = operations.map(|member| {
            let value = match &sent[member.name] {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            json!({ "attribute_path": member.name, "attribute_value": value })
        });
        let operations: Vec<_> = operations.collect();
        let update = json!({ "operations": operations });
        world.huawei("PUT", &path, Some(update)).expect("an update");
        assert_read_back(user, &sent, &world.huawei("GET", &path, None).expect("a user"));
        world.huawei("DELETE", &path, None).expect("deleted");

        let sent = fill(group, number);
        let created = world.huawei("POST", "/groups", Some(sent.clone())).expect("a group");
        let path = format!("/groups/{}", created["group_id"].as_str().expect("an id"));
        assert_read_back(group, &sent, &world.huawei("GET", &path, None).expect("a group"));
        world.huawei("DELETE", &path, None).expect("deleted");
    }
}

#[test]
fn huawei_admin_texts_read_back_as_sent() {
    let world = World::new();
    let user = fill(shape(&world, "huawei", "User"), 0);
    let created = world.huawei("POST", "/users", Some(user)).expect("a user");
    let user = created["user_id"].as_str().expect("an id");
    let devices = format!("/users/{user}/mfa-devices");
    world.huawei("POST", &format!("{devices}/register-mfa-device"), None).expect("a device");
    let list = || {
        let user = json!({ "identity_store_id": crate::world::STORE, "user_id": user });
        let body = json!({ "user_list": [user] });
        let listed = world.huawei("POST", "/users/retrieve-mfa-devices", Some(body));
        listed.expect("a list")["user_mfa_devices_entry_list"][0]["mfa_devices"][0].clone()
    };
    let id = list()["device_id"].as_str().expect("an id").to_owned();
    for text in &TEXTS[..3] {
        let body = json!({ "display_name": text });
        world.huawei("PUT", &format!("{devices}/{id}"), Some(body)).expect("an update");
        assert_eq!(list()["display_name"], json!(text));
    }

    let generated = Certificate::generate("idp", Timestamp(0), Timestamp(4_000_000_000_000), || 7);
    let pem = generated.expect("a certificate").pem().to_owned();
    let sent = json!({
        "idp_saml_config": { "entity_id": TEXTS[0], "login_url": TEXTS[2] },
        "idp_certificate": pem,
    });
    let created = world.huawei("POST", "/external-idp", Some(sent)).expect("a provider");
    let provider = format!("/external-idp/{}", created["idp_id"].as_str().expect("an id"));
    let config = || {
        let listed = world.huawei("GET", "/external-idp", None).expect("a list");
        listed["associations"][0]["idp_saml_config"].clone()
    };
    assert_eq!(config()["entity_id"], json!(TEXTS[0]));
    assert_eq!(config()["login_url"], json!(TEXTS[2]));
    let body = json!({ "entity_id": TEXTS[1], "login_url": TEXTS[0] });
    world.huawei("PUT", &provider, Some(body)).expect("an update");
    assert_eq!(config()["entity_id"], json!(TEXTS[1]));
    assert_eq!(config()["login_url"], json!(TEXTS[0]));

    // Terraform's acceptance test sends a certificate on one line.
    let forms = [
        pem.replace('\n', ""),
        pem.replace('\n', "\r\n"),
        format!("subject=CN = \u{e9}\n\n{pem}\n \n"),
        pem.clone(),
    ];
    let certificates = format!("{provider}/certificate");
    for text in &forms {
        let body = json!({ "x509_certificate_in_pem": text, "certificate_use": "SIGNING" });
        world.huawei("POST", &certificates, Some(body)).expect("a certificate");
    }
    let listed = world.huawei("GET", &certificates, None).expect("a list");
    let listed = listed["idp_certificates"].as_array().expect("a list").iter();
    let found: Vec<_> = listed.map(|one| one["x509_Certificate_in_pem"].clone()).collect();
    assert_eq!(found[0], json!(pem), "the one of the provider");
    assert_eq!(found[1..], forms.map(Value::from));
}
