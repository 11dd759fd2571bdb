//! Fixture files: what they say is what is served, and what is wrong with one is shown at its place.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use idouble::internal::domain::{
    Attribute, AttributeOperation, AttributePath, AttributeValue, Change, Deletion, Group,
    GroupMembership, IdentityStore, Patch, Query, Stamp, StoreRules, Timestamp, User, UserId,
};
use idouble::internal::fixture::{self, Options, Source};
use serde_json::json;

const FILES: &[&str] = &["default", "small-firm", "two-stores", "scripts", "edge-cases"];

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(format!("{name}.toml"))
}

fn load(name: &str) -> Vec<IdentityStore> {
    fixture::load(&[Source::File(file(name))], &Options::default())
        .unwrap_or_else(|error| panic!("{error}"))
}

fn read(text: &str) -> Result<Vec<IdentityStore>, String> {
    let source = Source::text("a.toml", text);
    fixture::load(&[source], &Options::default()).map_err(|error| error.to_string())
}

/// Everything in a store, in order.
type Content = (String, Vec<Arc<User>>, Vec<Arc<Group>>, Vec<GroupMembership>);

fn content(stores: &[IdentityStore]) -> Vec<Content> {
    let content = |store: &IdentityStore| {
        let (users, groups) = (store.users().cloned(), store.groups().cloned());
        let memberships = store.memberships();
        (store.id().to_string(), users.collect(), groups.collect(), memberships.collect())
    };
    stores.iter().map(content).collect()
}

#[test]
fn shipped_fixtures_load() {
    let sizes = FILES.iter().map(|name| {
        let stores = load(name);
        let sum = |count: fn(&IdentityStore) -> usize| stores.iter().map(count).sum::<usize>();
        (
            stores.len(),
            sum(|store| store.users().count()),
            sum(|store| store.groups().count()),
            sum(|store| store.memberships().count()),
        )
    });
    let sizes: Vec<_> = sizes.collect();
    assert_eq!(sizes[0], (1, 12, 4, 15));
    assert_eq!(sizes[1], (1, 5, 3, 6));
    assert_eq!(sizes[2], (2, 4, 3, 4));
    assert_eq!(sizes[3], (1, 37, 3, 9));
    assert_eq!(sizes[4], (1, 16, 5, 3));
}

#[test]
fn the_embedded_fixture_is_the_default() {
    let embedded =
        fixture::load(&[fixture::default_source()], &Options::default()).expect("it loads");
    assert_eq!(content(&embedded), content(&load("default")));
    assert_eq!(embedded[0].id().as_str(), "d-1234567890");
}

#[test]
fn the_default_is_usable_by_both_clouds() {
    let store = &load("default")[0];
    let name = regex::Regex::new(r"^[\w+=,.@-]{2,128}$").expect("a pattern");
    for user in store.users() {
        assert!(name.is_match(user.user_name()), "{}", user.user_name());
        assert_eq!(user.emails().count(), 1, "{}", user.user_name());
        let names = user.attributes.record(Attribute::Name).expect("a name");
        assert!(names.text(Attribute::GivenName).is_some());
        assert!(names.text(Attribute::FamilyName).is_some());
        assert!(user.attributes.text(Attribute::DisplayName).is_some());
    }
}

#[test]
fn the_same_seed_gives_the_same_stores_and_another_seed_others() {
    for name in FILES {
        assert_eq!(content(&load(name)), content(&load(name)), "{name}");
    }
    let other = Options { seed: 8, ..Options::default() };
    let other = fixture::load(&[Source::File(file("small-firm"))], &other).expect("it loads");
    let (one, other) = (content(&load("small-firm")), content(&other));
    assert_ne!(one[0].1[0].id, other[0].1[0].id);
    assert_ne!(one[0].1[0].meta.created.at, other[0].1[0].meta.created.at);
}

#[test]
fn drawn_times_go_on_in_the_order_of_the_file() {
    let times: Vec<_> = load("scripts")[0].users().map(|user| user.meta.created.at).collect();
    assert!(times.is_sorted_by(|a, b| a < b));
    assert!(times[0].0 > 1_704_067_200_000);
}

#[test]
fn a_load_of_an_export_is_the_original() {
    for name in FILES {
        let stores: Vec<_> = load(name).into_iter().map(Arc::new).collect();
        let owned: Vec<_> = stores.iter().map(|store| (**store).clone()).collect();
        let toml = Source::text("toml", fixture::export(&stores));
        let json = Source::text("json", fixture::export_json(&stores));
        for source in [toml, json] {
            // Nothing is left to the seed.
            let other = Options { seed: 99, by: "nobody".into(), ..Options::default() };
            let again = fixture::load(&[source], &other);
            let again = again.unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(content(&again), content(&owned), "{name}");
            let again: Vec<_> = again.into_iter().map(Arc::new).collect();
            assert_eq!(fixture::export(&again), fixture::export(&stores), "{name}");
        }
    }
}

fn change(store: &mut IdentityStore, at: i64, change: Change) {
    let stamp = Stamp { at: Timestamp(at), by: "somebody else".into() };
    store.change(stamp, change).expect("a change that is fine");
}

#[test]
fn a_load_of_an_export_is_the_original_after_all_kinds_of_changes() {
    let mut store = load("default").remove(0);
    let users: Vec<UserId> = store.users().map(|user| user.id.clone()).collect();
    let text = |text: &str| Some(AttributeValue::Text(text.into()));
    let patch = |steps: &[Attribute], value| {
        let inner = |path: AttributePath, part: &Attribute| path.to(*part).expect("few steps");
        let path = steps[1..].iter().fold(AttributePath::new(steps[0]), inner);
        Patch { operations: Ok(vec![AttributeOperation { path, value }]), revision: None }
    };
    let name = |name: &str| {
        [(Attribute::UserName, AttributeValue::Text(name.into()))].into_iter().collect()
    };
    let network =
        [(Attribute::VpceAccessRequired, AttributeValue::Flag(true))].into_iter().collect();
    let network =
        [(Attribute::NetworkConfiguration, AttributeValue::Record(network))].into_iter().collect();
    let deletion = Deletion { revision: None, idempotent: false };
    // Two writes within a millisecond, one before 1970, many before the creation; a name that is the
    // id of another.
    for (at, what) in [
        (1_900_000_000_001, Change::DeleteUser(users[0].clone(), deletion)),
        (1_900_000_000_001, Change::CreateUser(name("new"))),
        (-1, Change::CreateUser(name("b4c8d478-3031-70d5-16ae-0f5c2d9e8a01"))),
        (0, Change::UpdateUser(users[1].clone(), patch(&[Attribute::Title], text("\"\\\n'''")))),
        (0, Change::UpdateUser(users[1].clone(), patch(&[Attribute::Locale], None))),
        (1, Change::SetEnabled { user: users[2].clone(), enabled: false }),
        (1, Change::VerifyEmail(users[3].clone())),
        (2, Change::ResetPassword { user: users[4].clone(), mode: "EMAIL".into() }),
        (3, Change::UpdateIdentityStore(Some(network))),
    ] {
        change(&mut store, at, what);
    }
    let stores = [Arc::new(store.clone())];
    let written = fixture::export(&stores);
    let again = read(&written).unwrap_or_else(|output| panic!("{output}\nin\n{written}"));
    assert_eq!(content(&again), content(&[store.clone()]));
    let attributes = |store: &IdentityStore| store.query(Query::DescribeIdentityStore);
    assert_eq!(attributes(&again[0]), attributes(&store));
}

#[test]
fn times_may_be_numbers_and_a_table_needs_two_brackets() {
    let text = format!("{HEAD}[[store.user]]\nuser_name = 'b'\ncreated_at = 1700000000123\n");
    let stores = read(&text).expect("it loads");
    let user = stores[0].users().last().expect("a user");
    assert_eq!(user.meta.created.at, Timestamp(1_700_000_000_123));
    assert_eq!(user.meta.revision.0, 1_700_000_000_123);
    let output = read("[store]\nid = 'd-0123456789'\n").expect_err("one bracket");
    assert!(output.starts_with("a.toml:1:1: expected a list\n"), "{output}");
}

#[test]
fn the_highest_revision_survives_an_update_and_higher_ones_are_rejected() {
    let fixture = |revision: &str| {
        let user = format!("[[store.user]]\nuser_name = 'b'\nrevision = {revision}\n");
        read(&format!("{HEAD}{user}"))
    };
    let highest = 1_u64 << 53;
    let mut store = fixture(&highest.to_string()).expect("it loads").remove(0);
    let user = store.users().last().expect("a user").id.clone();
    change(&mut store, 1, Change::SetEnabled { user, enabled: false });
    assert_eq!(store.users().last().expect("a user").meta.revision.0, highest);
    for revision in ["9007199254740993", "'18446744073709551615'", "-1"] {
        assert!(fixture(revision).is_err(), "{revision}");
    }
}

#[test]
fn errors_show_the_place_and_what_would_be_right() {
    let user = |lines: &str| format!("[[store]]\nid = 'd-0123456789'\n[[store.user]]\n{lines}\n");
    let group = |lines: &str| format!("{HEAD}[[store.group]]\n{lines}\n");
    let cases = [
        (
            "[[store]]\nid = 'd-123'\n".to_owned(),
            "2:6: expected an id such as d-1234567890, found \"d-123\"",
        ),
        ("[[store]]\n".to_owned(), "1:1: missing field `id`"),
        (user("title = 'x'"), "3:1: missing field `user_name`"),
        (user("usr_name = 'x'"), "4:1: unknown key `usr_name`"),
        (
            user("user_name = 'a\tb'"),
            "4:13: this has characters that are not allowed here: it has to match ",
        ),
        (
            user("user_name = 'a'\nemails = [{ value = '' }]"),
            "5:21: expected at least 1 characters, found 0",
        ),
        (user("user_name = 'a'\nemails = [{ typ = 'work' }]"), "5:13: unknown key `typ`"),
        (
            user("user_name = 'a'\nbirthdate = '2001-02-29'"),
            "5:13: invalid value: string \"2001-02-29\", expected a date such as 1990-12-31",
        ),
        (
            user("user_name = 'a'\nenabled = 'yes'"),
            "5:11: invalid type: string \"yes\", expected true or false",
        ),
        (
            user("user_name = 'a'\ncreated_at = 'today'"),
            "5:14: invalid value: string \"today\", expected a time such as 2024-01-31T09:30:00Z",
        ),
        (group("display_name = 7"), "12:16: invalid type: integer `7`, expected a string"),
        (
            group("members = ['nobody']"),
            "12:12: no user of this store has the name or id \"nobody\"",
        ),
    ];
    for (text, expected) in cases {
        let error = read(&text).expect_err(expected);
        assert!(error.starts_with(&format!("a.toml:{expected}")) && error.contains('^'), "{error}");
    }
    let error = read(&user("usr_name = 'x'")).expect_err("a misspelt key");
    assert!(error.contains("= help: did you mean `user_name`? known here: user_name, "), "{error}");
}

/// The head of a store with two users and a group.
const HEAD: &str = "\
[[store]]
id = 'd-0123456789'
[[store.user]]
user_name = 'alice'
emails = [{ value = 'alice@example.com' }]
external_ids = [{ issuer = 'i', id = '1' }]
id = 'f384e872-8021-70c4-796b-a1180c595771'
[[store.group]]
display_name = 'all'
members = ['alice']
";

#[test]
fn duplicates_are_rejected() {
    for (more, message) in [
        (
            "[[store.user]]\nuser_name = 'alice'",
            "12:13: another user of this store has this user name",
        ),
        (
            "[[store.user]]\nuser_name = 'b'\nemails = [{ value = 'alice@example.com' }]",
            "13:21: another user of this store has this e-mail address",
        ),
        (
            "[[store.user]]\nuser_name = 'b'\nexternal_ids = [{ issuer = 'i', id = '1' }]",
            "13:17: another user of this store has this external id",
        ),
        (
            "[[store.user]]\nuser_name = 'b'\nid = 'f384e872-8021-70c4-796b-a1180c595771'",
            "13:6: another user of this store has this id",
        ),
        (
            "[[store.group]]\ndisplay_name = 'all'",
            "12:16: another group of this store has this display name",
        ),
        (
            "[[store.membership]]\ngroup = 'all'\nuser = 'alice'",
            "11:1: this user is in this group already",
        ),
        (
            "[[store]]\nid = 'd-0123456789'",
            "12:6: the store d-0123456789 is in this file already, at line 2",
        ),
    ] {
        let output = read(&format!("{HEAD}{more}\n")).expect_err(more);
        assert!(output.starts_with(&format!("a.toml:{message}\n")), "{output}");
    }
}

#[test]
fn memberships_name_an_existing_group_and_user() {
    let membership = |lines: &str| read(&format!("{HEAD}[[store.membership]]\n{lines}\n"));
    let error = membership("group = 'al'\nuser = 'alice'").expect_err("an unknown group");
    let expected = "a.toml:12:9: no group of this store has the name or id \"al\"\n";
    assert!(error.starts_with(expected), "{error}");
    let expected = "\
a.toml:13:8: no user of this store has the name or id \"alcie\"
   |
13 | user = 'alcie'
   |        ^^^^^^^
   = help: did you mean \"alice\"?";
    let error = membership("group = 'all'\nuser = 'alcie'").expect_err("an unknown user");
    assert_eq!(error, expected);
    let expected = "\
a.toml:11:1: missing field `user`
   |
11 | [[store.membership]]
   | ^^^^^^^^^^^^^^^^^^^^";
    assert_eq!(membership("group = 'all'").expect_err("no user"), expected);
}

#[test]
fn json_is_the_same_and_null_is_refused() {
    let text =
        r#"{"store": [{"id": "d-0123456789", "user": [{"user_name": "bob", "title": null}]}]}"#;
    let output = fixture::load(&[Source::text("a.json", text)], &Options::default())
        .expect_err("null")
        .to_string();
    assert!(output.starts_with("a.json:1:74: invalid type: null, expected a string\n"), "{output}");
}

#[test]
fn store_in_two_files_is_rejected() {
    let text = format!("{HEAD}\n");
    let sources = ["a.toml", "b.toml"].map(|name| Source::text(name, text.as_str()));
    let output = fixture::load(&sources, &Options::default()).expect_err("twice").to_string();
    assert!(
        output.starts_with("b.toml:2:6: the store d-0123456789 is in a.toml already\n"),
        "{output}"
    );
}

#[test]
fn names_fold_where_the_rules_say_so() {
    let text = format!("{HEAD}[[store.user]]\nuser_name = 'ALICE'\n");
    assert!(read(&text).is_ok());
    let rules = StoreRules { ignore_case: true, ..StoreRules::default() };
    let options = Options { rules, ..Options::default() };
    let output = fixture::load(&[Source::text("a.toml", text)], &options)
        .expect_err("they are the same")
        .to_string();
    assert!(output.contains("12:13: another user of this store has this user name"), "{output}");
}

#[test]
fn generated_ids_give_way_to_ids_of_the_fixture() {
    let store = &load("small-firm")[0];
    let ids: Vec<_> = store.users().take(3).map(|user| user.id.clone()).collect();
    // The first user has the id that the second one would get.
    let text = format!(
        "[[store]]\nid = '{}'\n[[store.user]]\nuser_name = 'a'\nid = '{}'\n[[store.user]]\nuser_name = 'b'\n",
        store.id(),
        ids[1],
    );
    let stores = read(&text).expect("it loads");
    let loaded: Vec<_> = stores[0].users().map(|user| user.id.clone()).collect();
    assert_eq!(loaded, [ids[1].clone(), ids[2].clone()]);
}

#[test]
fn progress_counts_the_bytes_read() {
    let (files, options) = ([file("default"), file("two-stores")], Options::default());
    let files = files.map(Source::File);
    let long = |source: &Source| match source {
        Source::File(file) | Source::State(file) => file.metadata().expect("it is there").len(),
        Source::Text { text, .. } => text.len() as u64,
    };
    for count in 1..=files.len() {
        options.bytes_read.store(0, Ordering::Relaxed);
        let files = &files[..count];
        // The second one may have a store of the first: it is read all the same, or not at all.
        if fixture::load(files, &options).is_ok() {
            let expected: u64 = files.iter().map(long).sum();
            assert_eq!(options.bytes_read.load(Ordering::Relaxed), expected);
        } else {
            assert!(count > 1);
        }
    }
}

#[test]
fn managers_are_found_by_name_or_id() {
    let manager_of = |manager: &str| {
        let user = format!("user_name = 'bob'\nenterprise = {{ manager = {manager} }}");
        // A manager may come after those who report to them.
        let text = format!("{HEAD}[[store.user]]\n{user}\n[[store.user]]\nuser_name = 'eve'\n");
        read(&text).map(|stores| {
            let store = &stores[0];
            let bob = store.users().find(|user| user.user_name() == "bob").expect("it is there");
            let enterprise = bob.attributes.record(Attribute::Enterprise).expect("it is set");
            let manager = enterprise.record(Attribute::Manager).expect("it is set");
            let id = manager.text(Attribute::Value).expect("it is set").to_owned();
            let named = store.users().find(|user| user.id.as_str() == id);
            named.map_or(id, |user| user.user_name().to_owned())
        })
    };
    assert_eq!(manager_of("'alice'").as_deref(), Ok("alice"));
    assert_eq!(manager_of("'f384e872-8021-70c4-796b-a1180c595771'").as_deref(), Ok("alice"));
    assert_eq!(manager_of("'eve'").as_deref(), Ok("eve"));
    // The clouds store any text; so does a table, which exports write.
    assert_eq!(manager_of("{ value = 'alice' }").as_deref(), Ok("alice"));
    assert_eq!(manager_of("{ value = 'nobody' }").as_deref(), Ok("nobody"));
    let error = manager_of("'alcie'").expect_err("no user has this name");
    let expected = "a.toml:13:26: no user of this store has the name or id \"alcie\"\n";
    assert!(error.starts_with(expected) && error.contains("did you mean \"alice\"?"), "{error}");
    let error = manager_of("7").expect_err("not a name");
    assert!(error.starts_with("a.toml:13:26: invalid type: integer `7`"), "{error}");
}

#[test]
fn ids_are_valid_for_the_schema_if_they_load() {
    let schema = jsonschema::draft202012::new(&fixture::schema()).expect("a valid schema");
    let resource_ids = [
        ("f384e872-8021-70c4-796b-a1180c595771", true),
        ("F384E872-8021-70C4-796B-A1180C595771", true),
        ("906779f7ec-f384e872-8021-70c4-796b-a1180c595771", true),
        ("906779F7EC-f384e872-8021-70c4-796b-a1180c595771", false),
        ("f384e87280217 0c4796ba1180c595771", false),
        ("f384e872802170c4796ba1180c595771", false),
        ("f384e872-8021-70c4-796b-a1180c59577", false),
        ("f384e872-8021-70c4-796b-a1180c595771\n", false),
        ("1", false),
        ("", false),
    ];
    let store_ids = [
        ("d-0123456789", true),
        ("f384e872-8021-70c4-796b-a1180c595771", true),
        ("d-012345678", false),
        ("d-012345678A", false),
        ("D-0123456789", false),
        ("d-0123456789\n", false),
        ("", false),
    ];
    let holders = ["user", "group", "membership", "mfa_device", "tenant"];
    let with_id = |holder: &str, id: &str| {
        let mut store = json!({
            "id": "d-0123456789",
            "user": [{ "user_name": "alice" }],
            "group": [{ "display_name": "all" }],
            "membership": [{ "group": "all", "user": "alice" }],
            "mfa_device": [{ "user": "alice" }],
            "tenant": [{}],
        });
        match holder {
            "store" => store["id"] = id.into(),
            _ => store[holder][0]["id"] = id.into(),
        }
        json!({ "store": [store] })
    };
    let cases = holders.into_iter().flat_map(|holder| resource_ids.map(|case| (holder, case)));
    for (holder, (id, is_valid)) in cases.chain(store_ids.map(|case| ("store", case))) {
        let fixture = with_id(holder, id);
        assert_eq!(read(&fixture.to_string()).is_ok(), is_valid, "{fixture}");
        assert_eq!(schema.is_valid(&fixture), is_valid, "{fixture}");
    }
}

#[test]
fn the_schema_accepts_the_fixtures_that_load() {
    let schema = jsonschema::draft202012::new(&fixture::schema()).expect("a valid schema");
    for name in FILES {
        let text = std::fs::read_to_string(file(name)).expect("a file");
        let fixture = as_json(toml::from_str(&text).expect("it is TOML"));
        let stores: Vec<_> = load(name).into_iter().map(Arc::new).collect();
        let export = serde_json::from_str(&fixture::export_json(&stores)).expect("it is JSON");
        for fixture in [fixture, export] {
            let errors: Vec<_> =
                schema.iter_errors(&fixture).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{name}: {errors:#?}");
        }
    }
}

/// TOML as an editor validates it: dates and times are strings.
fn as_json(value: toml::Value) -> serde_json::Value {
    match value {
        toml::Value::Datetime(time) => time.to_string().into(),
        toml::Value::Array(list) => list.into_iter().map(as_json).collect(),
        toml::Value::Table(table) => {
            table.into_iter().map(|(key, value)| (key, as_json(value))).collect()
        }
        other => serde_json::to_value(other).expect("a value of both"),
    }
}
