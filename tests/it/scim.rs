//! SCIM through a server: methods and paths, pages, stale reads, tokens, and the preset of AWS's rates.

use idouble::internal::config::{Config, ScimConfig};
use idouble::internal::scim::ScimAuth;
use idouble::{Builder, Emulator};
use serde_json::{Value as Json, json};

use crate::common::{Client, Reply};

const STORE: &str = "d-1234567890";
const HUAWEI_TENANT: &str = "00000000-0000-4000-8000-00000000ca11";

/// A store with a user, a group and a tenant of Huawei.
const FIXTURE: &str = r#"
[[store]]
id = "d-1234567890"

[[store.user]]
id = "00000000-0000-7000-8000-0000000000a1"
user_name = "ada"
display_name = "Ada Byron"
name = { given_name = "Ada", family_name = "Byron" }
emails = [{ value = "ada@example.com", type = "work", primary = true }]

[[store.group]]
id = "00000000-0000-7000-8000-00000000001a"
display_name = "admins"

[[store.tenant]]
id = "00000000-0000-4000-8000-00000000ca11"

[[store.tenant.token]]
id = "00000000-0000-7000-8000-000000000e01"
created_at = 2026-01-01T00:00:00Z
expires_at = 2027-01-01T00:00:00Z
"#;

const USER: &str = "00000000-0000-7000-8000-0000000000a1";
const GROUP: &str = "00000000-0000-7000-8000-00000000001a";

/// An emulator, a connection to it, and the paths of the first store as AWS, the RFCs and Huawei serve it.
struct Started {
    _emulator: Emulator,
    client: Client,
    aws: String,
    rfc: String,
    huawei: String,
}

impl Started {
    #[track_caller]
    fn new(builder: Builder) -> Self {
        let emulator = builder.clock_frozen("2026-01-02T03:04:05Z").start().expect("it starts");
        let mut client = Client::of(emulator.endpoint());
        let stores = client.control("GET /stores", "").json();
        let path = |name: &str| stores["stores"][0][name].as_str().expect("a path").to_owned();
        let (aws, rfc) = (path("scim_path"), path("scim_rfc_path"));
        let huawei = format!("/{HUAWEI_TENANT}/scim/v2/");
        Self { _emulator: emulator, client, aws, rfc, huawei }
    }

    fn with(scim: ScimConfig) -> Self {
        let config = Config { port: 0, scim, ..Config::default() };
        Self::new(Emulator::builder().config(config).fixture_text(FIXTURE))
    }

    /// Calls a SCIM path; the body is empty for null.
    #[track_caller]
    fn call(&mut self, start: &str, body: &Json) -> Reply {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let headers = [("Content-Type", "application/scim+json")];
        self.client.request(start, &headers, body.as_bytes())
    }

    #[track_caller]
    fn get(&mut self, path: &str) -> Reply {
        self.call(&format!("GET {path}"), &Json::Null)
    }

    #[track_caller]
    fn patch(&mut self, path: &str, operation: &Json) -> Reply {
        self.call(&format!("PATCH {path}"), &json!({ "Operations": [operation] }))
    }

    /// The ids in a list, and its number of results.
    #[track_caller]
    fn list(&mut self, path: &str) -> (Vec<String>, Json) {
        let body = self.get(path).json();
        let resources = body["Resources"].as_array().expect("a list").iter();
        let ids = resources.map(|resource| resource["id"].as_str().expect("an id").to_owned());
        (ids.collect(), body["totalResults"].clone())
    }

    #[track_caller]
    fn advance(&mut self, by: &str) {
        let moved = self.client.control("PUT /clock", &json!({ "advance": by }).to_string());
        assert_eq!(moved.status, 200, "{moved:?}");
    }
}

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// The methods of each path. Source: the tables of operations of AWS and Huawei; RFC 7644 §3.2.
const PATHS: [(&str, &str, &str, &str); 15] = [
    ("Users", "GET POST", "GET POST", "GET POST"),
    ("Users/none", "GET PUT PATCH DELETE", "GET PUT PATCH DELETE", "GET PUT PATCH DELETE"),
    ("Groups", "GET POST", "GET POST", "GET POST"),
    ("Groups/none", "GET PATCH DELETE", "GET PATCH DELETE", "GET PUT PATCH DELETE"),
    ("ServiceProviderConfig", "GET", "GET", "GET"),
    ("ResourceTypes", "GET", "", "GET"),
    ("ResourceTypes/User", "", "", "GET"),
    ("Schemas", "GET", "", "GET"),
    ("Schemas/urn:ietf:params:scim:schemas:core:2.0:User", "GET", "", "GET"),
    (".search", "", "", "POST"),
    ("Users/.search", "", "", "POST"),
    ("Groups/.search", "", "", "POST"),
    ("Me", "", "", ""),
    ("Bulk", "", "", ""),
    ("Users/none/x", "", "", ""),
];

#[test]
fn unsupported_methods_are_405_with_allow_by_the_rfc_and_404_on_the_clouds() {
    let mut server = Started::with(ScimConfig::default());
    for (path, aws, huawei, rfc) in PATHS {
        let (aws_path, huawei_path, rfc_path) =
            (server.aws.clone(), server.huawei.clone(), server.rfc.clone());
        let profiles =
            [(aws_path, aws, false), (huawei_path, huawei, false), (rfc_path, rfc, true)];
        for (base, served, is_rfc) in profiles {
            let served: Vec<_> = served.split_whitespace().collect();
            for method in METHODS {
                let reply = server.call(&format!("{method} {base}{path}"), &json!({}));
                let shown = format!("{method} {base}{path}: {reply:?}");
                let is_unknown = reply.status == 405
                    || reply.status == 404 && reply.text().contains("or endpoint does not exist");
                assert_eq!(!is_unknown, served.contains(&method), "{shown}");
                let mut allowed: Vec<_> =
                    reply.header("allow").unwrap_or_default().split(", ").collect();
                allowed.sort_unstable();
                let mut expected = served.clone();
                expected.sort_unstable();
                if is_unknown && is_rfc && !served.is_empty() {
                    assert_eq!((reply.status, allowed), (405, expected), "{shown}");
                } else {
                    assert!(reply.status != 405 && allowed == [""], "{shown}");
                }
            }
        }
    }
}

#[test]
fn a_page_has_100_resources_on_aws_50_on_huawei_and_200_by_the_rfc() {
    let mut server = Started::with(ScimConfig::default());
    let (aws, huawei, rfc) = (server.aws.clone(), server.huawei.clone(), server.rfc.clone());
    for number in 0..200 {
        let group = json!({ "displayName": format!("group {number}") });
        assert_eq!(server.call(&format!("POST {aws}Groups"), &group).status, 201);
    }
    let (ids, total) = server.list(&format!("{aws}Groups"));
    assert_eq!((ids.len(), total), (100, json!(100)), "nothing says that there are more");
    let (first, total) = server.list(&format!("{huawei}Groups"));
    assert_eq!((first.as_slice(), total), (&ids[..50], json!(50)));
    let (first, total) = server.list(&format!("{rfc}Groups"));
    assert_eq!((first.len(), total), (200, json!(201)));
    assert_eq!(&first[..100], ids);
    // Pages by cursor have all groups, in order of creation.
    let (mut cursor, mut all) = (String::new(), Vec::new());
    loop {
        let page = server.get(&format!("{aws}Groups?count=90&cursor={cursor}")).json();
        assert_eq!((&page["totalResults"], &page["startIndex"]), (&Json::Null, &Json::Null));
        let groups = page["Resources"].as_array().expect("a list");
        assert_eq!(page["itemsPerPage"], groups.len());
        all.extend(groups.iter().map(|group| group["id"].as_str().expect("an id").to_owned()));
        match page["nextCursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    assert_eq!((all.len(), &all[..200]), (201, first.as_slice()));
}

#[test]
fn a_new_group_is_not_found_by_patches_until_the_lag_is_over() {
    let lag = "100ms".parse().expect("a time");
    let mut server = Started::with(ScimConfig { lag, ..ScimConfig::default() });
    let aws = server.aws.clone();
    let made = server.call(&format!("POST {aws}Groups"), &json!({ "displayName": "new" }));
    let path = format!("{aws}Groups/{}", made.json()["id"].as_str().expect("an id"));
    let add = json!({ "op": "add", "path": "members", "value": [{ "value": USER }] });
    server.advance("99ms");
    assert_eq!(server.patch(&path, &add).status, 404);
    assert_eq!(server.get(&path).status, 200, "it can be read");
    assert_eq!(server.patch(&format!("{aws}Groups/{GROUP}"), &add).status, 204, "an old one");
    server.advance("1ms");
    assert_eq!(server.patch(&path, &add).status, 204);
}

#[test]
fn stale_reads_hide_new_resources_and_changes_from_gets_and_filters() {
    let mut server = Started::with(ScimConfig::default());
    for base in [server.aws.clone(), server.huawei.clone(), server.rfc.clone()] {
        let rule = json!({ "id": "stale", "on": "read", "do": { "stale": "2s" } });
        let added = server.client.control("POST /faults", &rule.to_string());
        assert!(added.status < 300, "{added:?}");
        let before = server.get(&format!("{base}Users/{USER}")).json();
        let made = server.call(
            &format!("POST {base}Groups"),
            &json!({
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
                "displayName": format!("new {base}"),
            }),
        );
        let group = made.json()["id"].as_str().expect("an id").to_owned();
        let filter = format!("{base}Groups?filter=id+eq+%22{group}%22");
        assert_eq!(server.get(&format!("{base}Groups/{group}")).status, 404, "{base}");
        assert_eq!(server.list(&filter), (vec![], json!(0)), "{base}");

        // Changes apply to the current version, and return it.
        let add = json!({ "op": "add", "path": "members", "value": [{ "value": USER }] });
        assert!(server.patch(&format!("{base}Groups/{group}"), &add).status < 300, "{base}");
        let name = format!("ada.{}", base.len());
        let rename = json!({ "op": "replace", "path": "userName", "value": name });
        let renamed = server.patch(&format!("{base}Users/{USER}"), &rename);
        assert_eq!(renamed.json()["userName"], name.as_str(), "{base}");
        assert_eq!(server.get(&format!("{base}Users/{USER}")).json(), before, "{base}");
        let by_name = format!("{base}Users?filter=userName+eq+%22{name}%22");
        assert_eq!(server.list(&by_name), (vec![], json!(0)), "{base}");

        server.advance("2s");
        assert_eq!(server.get(&format!("{base}Groups/{group}")).status, 200, "{base}");
        assert_eq!(server.list(&filter), (vec![group], json!(1)), "{base}");
        assert_eq!(server.list(&by_name), (vec![USER.to_owned()], json!(1)), "{base}");
        server.client.control("DELETE /faults", "");
    }
}

#[test]
fn tokens_of_huawei_open_a_tenant_until_the_clock_reaches_their_end() {
    let mut server = Started::with(ScimConfig { auth: ScimAuth::Token, ..ScimConfig::default() });
    let path = format!("GET {}ServiceProviderConfig", server.huawei);
    let tokens = format!("/v1/identity-stores/{STORE}/tenant/{HUAWEI_TENANT}/bearer-token");
    let made = server.client.request(&format!("POST {tokens}"), &[], b"").json();
    let bearer = format!("Bearer {}", made["token"].as_str().expect("a token"));
    let headers = [("Authorization", bearer.as_str())];
    assert_eq!(server.client.request(&path, &headers, b"").status, 200);
    server.advance("364d");
    assert_eq!(server.client.request(&path, &headers, b"").status, 200);
    server.advance("1d");
    let expired = server.client.request(&path, &headers, b"");
    assert_eq!((expired.status, &expired.json()["status"]), (401, &json!(401)));
    // The token of AWS's tenants does not open Huawei's, and has a length that ssosync accepts.
    let stores = server.client.control("GET /stores", "").json();
    let token = stores["scim_token"].as_str().expect("a token");
    assert!((500..=620).contains(&token.len()), "{token}");
    let bearer = format!("Bearer {token}");
    let headers = [("Authorization", bearer.as_str())];
    assert_eq!(server.client.request(&path, &headers, b"").status, 401);
    for base in [server.aws.clone(), server.rfc.clone()] {
        let path = format!("GET {base}ServiceProviderConfig");
        assert_eq!(server.client.request(&path, &headers, b"").status, 200);
        assert_eq!(server.client.request(&path, &[], b"").status, 401);
    }
}

#[test]
fn resources_written_by_scim_clients_can_be_exported_and_loaded() {
    let mut server = Started::with(ScimConfig::default());
    let (aws, rfc) = (server.aws.clone(), server.rfc.clone());
    let user = json!({
        "userName": "bob",
        "externalId": "employee 7",
        "emails": [{ "value": "a@x" }, { "value": "b@x", "primary": true }],
        "phoneNumbers": [{ "value": "1" }, { "value": "2" }],
        "addresses": [{ "locality": "a" }, { "locality": "b" }],
        "roles": [{ "value": "a" }, { "value": "b" }],
    });
    assert_eq!(server.call(&format!("POST {rfc}Users"), &user).status, 201);
    let ada = json!({
        "userName": "ada lovelace",
        "displayName": "Ada",
        "name": { "givenName": "Ada", "familyName": "Lovelace" },
    });
    assert_eq!(server.call(&format!("PUT {aws}Users/{USER}"), &ada).status, 201);
    let path = format!("/stores/{STORE}");
    let exported = server.client.control(&format!("GET {path}"), "");
    let loaded = server.client.control(&format!("PUT {path}"), exported.text());
    assert_eq!(loaded.status, 200, "{loaded:?}");
    assert_eq!(server.client.control(&format!("GET {path}"), "").body, exported.body);
}

#[test]
fn a_tenant_serves_its_store_and_is_removed_with_it() {
    let mut server = Started::with(ScimConfig::default());
    let copy = json!({ "id": "d-00000000aa", "copy": STORE }).to_string();
    assert_eq!(server.client.control("POST /stores", &copy).status, 201);
    let stores = server.client.control("GET /stores", "").json();
    for name in ["scim_path", "scim_rfc_path"] {
        let path = |at: usize| stores["stores"][at][name].as_str().expect("a path").to_owned();
        let (first, second) = (path(0), path(1));
        let group = json!({ "displayName": format!("of the copy {name}") });
        assert_eq!(server.call(&format!("POST {second}Groups"), &group).status, 201);
        let filter = format!("Groups?filter=displayName+eq+%22of+the+copy+{name}%22");
        assert_eq!(server.list(&format!("{first}{filter}")).1, json!(0));
        assert_eq!(server.list(&format!("{second}{filter}")).1, json!(1));
    }
    server.client.control("DELETE /stores/d-00000000aa", "");
    let path = stores["stores"][1]["scim_path"].as_str().expect("a path");
    assert_eq!(server.get(&format!("{path}Groups")).status, 401);
    assert_eq!(server.client.control("POST /stores", &copy).status, 201);
    assert_eq!(server.get(&format!("{path}Groups")).status, 200, "a store of the same id");
}

#[test]
fn rules_and_the_journal_name_operations_of_scim() {
    let mut server = Started::with(ScimConfig::default());
    let aws = server.aws.clone();
    let rule = json!({
        "id": "r", "on": "scim:PatchUser", "do": { "error": "throttle", "retry-after": "3s" },
        "for": "1x",
    });
    let added = server.client.control("POST /faults", &rule.to_string());
    assert!(added.status < 300, "{added:?}");
    assert_eq!(server.get(&format!("{aws}Users/{USER}")).status, 200);
    let title = json!({ "op": "replace", "path": "title", "value": "Lead" });
    let refused = server.patch(&format!("{aws}Users/{USER}"), &title);
    assert_eq!((refused.status, refused.header("retry-after")), (429, Some("3")));
    assert_eq!(server.patch(&format!("{aws}Users/{USER}"), &title).status, 200);
    let found = server.client.control("GET /journal?operation=PatchUser", "").json();
    let entries = found["entries"].as_array().expect("a list");
    for (entry, status) in entries.iter().rev().zip([429, 200]) {
        assert_eq!((&entry["dialect"], &entry["status"]), (&json!("scim"), &json!(status)));
        assert_eq!((&entry["store"], &entry["user"]), (&json!(STORE), &json!(USER)));
    }
    assert_eq!(entries.len(), 2);
}

#[test]
fn aws_limits_allows_25_writes_and_40_reads_a_second_for_each_operation() {
    let mut server = Started::new(Emulator::builder().preset("aws-limits"));
    let groups = format!("{}Groups", server.aws);
    for number in 0..25 {
        let group = json!({ "displayName": format!("group {number}") });
        let made = server.call(&format!("POST {groups}"), &group);
        assert_eq!(made.status, 201, "{made:?}");
    }
    let refused = server.call(&format!("POST {groups}"), &json!({ "displayName": "one more" }));
    assert_eq!(refused.status, 429, "{refused:?}");
    let body = refused.json();
    assert_eq!(body["status"], "429");
    assert_eq!(body["schema"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]));
    // Another operation has its own rate.
    for _ in 0..40 {
        assert_eq!(server.get(&groups).status, 200);
    }
    assert_eq!(server.get(&groups).status, 429);

    let count = "GET /journal/count?operation=CreateGroup&status=429";
    assert_eq!(server.client.control(count, "").json(), json!({"count": 1}));
    let metrics = server.client.request("GET /_idouble/metrics", &[], b"").text().to_owned();
    assert!(metrics.contains("CreateGroup"), "{metrics}");
}

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// A path to each kind of optional attribute of [`full_user`].
const OPTIONAL_PATHS: [&str; 13] = [
    "title",
    "externalId",
    "name.middleName",
    "phoneNumbers",
    "phoneNumbers.type",
    "phoneNumbers[type eq \"work\"]",
    "phoneNumbers[type eq \"work\"].type",
    "addresses",
    "addresses[type eq \"work\"].locality",
    "enterprise",
    "enterprise.department",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value",
];

fn full_user(name: &str) -> Json {
    let mut user = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": name,
        "externalId": name,
        "name": { "givenName": "Grace", "familyName": "Hopper", "middleName": "Brewster" },
        "displayName": "Grace Hopper",
        "title": "Admiral",
        "active": false,
        "emails": [{ "value": format!("{name}@example.com"), "type": "work", "primary": true }],
        "phoneNumbers": [{ "value": "1", "type": "work" }],
        "addresses": [{ "locality": "Arlington", "type": "work" }],
    });
    user[ENTERPRISE] = json!({ "department": "Research", "manager": { "value": "m-1" } });
    user
}

impl Started {
    /// Creates a user and returns its path and the response.
    #[track_caller]
    fn create(&mut self, base: &str, user: &Json) -> (String, Json) {
        let made = self.call(&format!("POST {base}Users"), user);
        assert_eq!(made.status, 201, "{made:?}");
        let made = made.json();
        (format!("{base}Users/{}", made["id"].as_str().expect("an id")), made)
    }
}

#[test]
fn patches_that_add_nothing_keep_every_attribute() {
    let mut server = Started::with(ScimConfig::default());
    for base in [server.aws.clone(), server.huawei.clone(), server.rfc.clone()] {
        let (user, made) = server.create(&base, &full_user(&format!("grace{}", base.len())));
        let required = ["active", "userName", "name", "displayName", "emails", "emails.value"];
        for path in OPTIONAL_PATHS.into_iter().chain(required) {
            for nothing in [json!(null), json!([]), json!({}), json!([{}]), json!("")] {
                let add = json!({ "op": "add", "path": path, "value": nothing });
                let reply = server.patch(&user, &add);
                assert!(reply.status == 400 || !nothing.is_null(), "{add}: {reply:?}");
                let pathless = json!({ "op": "add", "value": { path: nothing } });
                server.patch(&user, &pathless);
                assert_eq!(server.get(&user).json(), made, "{base}: {add}, {pathless}");
            }
        }
    }
}

#[test]
fn replacing_by_null_removes_by_the_rfc_and_is_rejected_by_the_clouds() {
    let mut server = Started::with(ScimConfig::default());
    let (aws, huawei, rfc) = (server.aws.clone(), server.huawei.clone(), server.rfc.clone());
    for (at, path) in OPTIONAL_PATHS.into_iter().chain(["active"]).enumerate() {
        let null = json!({ "op": "replace", "path": path, "value": null });
        let pathless = json!({ "op": "replace", "value": { path: null } });
        for base in [&aws, &huawei] {
            let (user, made) = server.create(base, &full_user(&format!("cloud{at}{}", base.len())));
            for operation in [&null, &pathless] {
                let reply = server.patch(&user, operation);
                assert_eq!(reply.status, 400, "{base}: {operation}: {reply:?}");
                assert_eq!(server.get(&user).json(), made, "{base}: {operation}");
            }
        }
        let removed = json!({ "op": "remove", "path": path });
        let names = [0, 1, 2].map(|copy| format!("rfc{at}{copy}"));
        let results = names.iter().zip([&removed, &null, &pathless]).map(|(name, operation)| {
            let (user, made) = server.create(&rfc, &full_user(name));
            let reply = server.patch(&user, operation);
            assert_eq!(reply.status, 200, "{operation}: {reply:?}");
            let mut patched = reply.json();
            assert_ne!(patched, made, "{operation}");
            // What differs between the copies.
            for member in ["id", "meta", "userName", "emails"] {
                patched[member].take();
            }
            patched["externalId"] = json!(patched["externalId"].is_string());
            patched
        });
        let results: Vec<_> = results.collect();
        assert_eq!([&results[1], &results[2]], [&results[0]; 2], "{path}");
    }
    // Members of a group.
    let add = json!({ "op": "add", "path": "members", "value": [{ "value": USER }] });
    let null = json!({ "op": "replace", "path": "members", "value": null });
    let group = format!("{rfc}Groups/{GROUP}");
    assert_eq!(server.patch(&group, &add).json()["members"][0]["value"], USER);
    let emptied = server.patch(&group, &null);
    assert_eq!(
        (emptied.status, emptied.json().get("members").is_none_or(|members| *members == json!([]))),
        (200, true)
    );
    assert_eq!(server.patch(&format!("{aws}Groups/{GROUP}"), &null).status, 400);
}

#[test]
fn the_clouds_reject_empty_texts_at_any_depth() {
    let mut server = Started::with(ScimConfig::default());
    let pointers = [
        "/title",
        "/externalId",
        "/password",
        "/name/middleName",
        "/emails/0/type",
        "/emails/0/display",
        "/phoneNumbers/0/value",
        "/phoneNumbers/0/$ref",
        "/addresses/0/locality",
        "/addresses/0/display",
        "/enterprise/department",
        "/enterprise/manager/value",
        "/enterprise/manager/$ref",
    ];
    for (at, pointer) in pointers.into_iter().enumerate() {
        for base in [server.aws.clone(), server.huawei.clone()] {
            let name = format!("empty{at}{}", base.len());
            let (user, _) = server.create(&base, &full_user(&name));
            let mut changed = full_user(&name);
            let (parent, member) = pointer.rsplit_once('/').expect("a pointer");
            let parent = parent.replace("enterprise", ENTERPRISE);
            changed.pointer_mut(&parent).expect("a structure")[member] = json!("");
            let reply = server.call(&format!("PUT {user}"), &changed);
            assert_eq!(reply.status, 400, "{pointer}: {reply:?}");
            changed["userName"] = json!("other");
            let reply = server.call(&format!("POST {base}Users"), &changed);
            assert_eq!(reply.status, 400, "{pointer}: {reply:?}");
            // The attribute that contains the text.
            let mut names = parent.split('/').skip(1);
            let path = names.next().unwrap_or(member);
            let replace = json!({ "op": "replace", "path": path, "value": changed[path] });
            let reply = server.patch(&user, &replace);
            assert_eq!(reply.status, 400, "{replace}: {reply:?}");
        }
    }
    // Read-only and unknown members may be empty.
    let mut user = full_user("unknown");
    for member in ["id", "unknown"] {
        user[member] = json!("");
    }
    user[ENTERPRISE]["manager"]["displayName"] = json!("");
    let aws = server.aws.clone();
    server.create(&aws, &user);
}

#[test]
fn a_body_with_the_id_of_another_resource_is_rejected() {
    let mut server = Started::with(ScimConfig::default());
    for base in [server.aws.clone(), server.huawei.clone(), server.rfc.clone()] {
        for (kind, id) in [("Users", USER), ("Groups", GROUP)] {
            let path = format!("{base}{kind}/{id}");
            for (written, status) in [(id, 2), ("", 2), ("other", 4)] {
                let value = json!({ "id": written, "displayName": "New" });
                let reply = server.patch(&path, &json!({ "op": "replace", "value": value }));
                assert_eq!(reply.status / 100, status, "{path}: {value}: {reply:?}");
            }
        }
    }
}
