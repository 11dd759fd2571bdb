//! What a state file holds: everything but secrets. A store that is written and read again has the same
//! state.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::common::Client;
use idouble::Emulator;
use idouble::internal::config::Config;
use idouble::internal::domain::{
    AdminChange as Admin, AdminResource, ApiError, Attribute, AttributeValue, Attributes,
    Certificate, Change, Deletion, IdentityStore, MemberId, NewIdentityProvider, Outcome,
    PasswordPolicy, Stamp, StoreRules, Timestamp,
};
use idouble::internal::fixture::{self, Options, Source, StateFile};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::json;

const STORE: &str = "d-1234567890";
const NOW_MS: i64 = 1_800_000_000_000;
const DELETION: Deletion = Deletion { revision: None, idempotent: false };

/// What to do, and with which of the things that are there.
type Step = (u8, usize, usize);

/// The steps that delete something, some of them in one case out of three.
const DELETIONS: [u8; 10] = [3, 5, 8, 11, 14, 15, 17, 19, 21, 23];

fn steps(most: usize) -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec((0_u8..24, 0_usize..8, 0_usize..3), 0..most)
}

fn certificate(number: usize) -> Certificate {
    let bits = || u64::try_from(number).expect("a small number") + 1;
    let generated = Certificate::generate("idp", Timestamp(0), Timestamp(4_000_000_000_000), bits);
    generated.expect("a certificate")
}

fn one_of<T: Clone>(all: &[T], at: usize) -> Option<T> {
    all.get(at % all.len().max(1)).cloned()
}

/// The change that a step is, if there is anything to change.
fn change(store: &IdentityStore, number: usize, (what, a, b): Step) -> Option<Change> {
    let users: Vec<_> = store.users().map(|user| user.id.clone()).collect();
    let groups: Vec<_> = store.groups().map(|group| group.id.clone()).collect();
    let user = one_of(&users, a);
    let named = |attribute| -> Attributes {
        let name = AttributeValue::Text(format!("n{number}").into());
        let mode = (Attribute::PasswordMode, AttributeValue::Text("OTP".into()));
        [(attribute, name), mode].into_iter().collect()
    };
    Some(match what {
        0..=2 => Change::CreateUser(named(Attribute::UserName)),
        3 => Change::DeleteUser(user?, DELETION),
        4 => Change::CreateGroup(named(Attribute::DisplayName)),
        5 => Change::DeleteGroup(one_of(&groups, a)?, DELETION),
        6 | 7 => {
            let member = MemberId::User(user?);
            Change::CreateGroupMembership { group: one_of(&groups, b)?, member }
        }
        8 => {
            let all: Vec<_> = store.memberships().map(|one| one.id.clone()).collect();
            Change::DeleteGroupMembership(one_of(&all, a)?, DELETION)
        }
        9 => Change::SetEnabled { user: user?, enabled: b == 0 },
        _ => Change::Admin(admin(store, what, a, b)?),
    })
}

fn admin(store: &IdentityStore, what: u8, a: usize, b: usize) -> Option<Admin> {
    let user = one_of(&store.users().map(|user| user.id.clone()).collect::<Vec<_>>(), a);
    let kept = store.admin_resources();
    let each =
        |is: fn(&AdminResource) -> bool| kept.iter().filter(|one| is(one)).collect::<Vec<_>>();
    let device = one_of(&each(|one| matches!(one, AdminResource::MfaDevice(..))), a);
    let provider = one_of(&each(|one| matches!(one, AdminResource::IdentityProvider(..))), a);
    let own = one_of(&each(|one| matches!(one, AdminResource::SpCertificate(_))), a);
    let tenant = one_of(&each(|one| matches!(one, AdminResource::Tenant(..))), a);
    Some(match (what, device, provider, own, tenant) {
        (10, ..) => Admin::RegisterMfaDevice(user?),
        (11, Some(AdminResource::MfaDevice(user, device)), ..) => {
            Admin::DeleteMfaDevice { user: user.clone(), device: device.id.clone() }
        }
        (12, ..) => {
            let ip_address = (b == 0).then(|| "192.0.2.1".to_owned());
            Admin::OpenSession { user: user?, ip_address, user_agent: None }
        }
        (13, ..) => Admin::UpdatePasswordPolicy(PasswordPolicy {
            numbers: a.is_multiple_of(2),
            age_max_days: (b > 0).then_some(90),
            ..PasswordPolicy::default()
        }),
        (14, _, None, ..) => Admin::CreateIdentityProvider(NewIdentityProvider {
            entity_id: format!("https://idp.example.com/{a}"),
            login_url: "https://idp.example.com/in".to_owned(),
            want_request_signed: b == 0,
            certificates: (0..=b).map(certificate).collect(),
        }),
        (14 | 15, _, Some(AdminResource::IdentityProvider(provider, _)), ..) => match b {
            0 => Admin::DeleteIdentityProvider(provider.id.clone()),
            _ => Admin::SetProviderEnabled { provider: provider.id.clone(), enabled: b == 1 },
        },
        (16, _, Some(AdminResource::IdentityProvider(provider, _)), ..) => {
            let certificate = Box::new(certificate(a));
            Admin::ImportIdpCertificate { provider: provider.id.clone(), certificate }
        }
        (17, _, Some(AdminResource::IdentityProvider(provider, certificates)), ..) => {
            let certificate = one_of(certificates, b)?.id.clone();
            Admin::DeleteIdpCertificate { provider: provider.id.clone(), certificate }
        }
        (18, ..) => Admin::CreateSpCertificate,
        (19, _, _, Some(AdminResource::SpCertificate(own)), _) => match b {
            0 => Admin::DeleteSpCertificate(own.id.clone()),
            _ => Admin::ActivateSpCertificate(own.id.clone()),
        },
        (20, ..) => Admin::CreateTenant,
        (21, .., Some(AdminResource::Tenant(tenant, _))) => Admin::DeleteTenant(tenant.id.clone()),
        (22, .., Some(AdminResource::Tenant(tenant, _))) => {
            Admin::CreateBearerToken(tenant.id.clone())
        }
        (23, .., Some(AdminResource::Tenant(tenant, tokens))) => {
            let token = one_of(tokens, b)?.id.clone();
            Admin::DeleteBearerToken { tenant: tenant.id.clone(), token }
        }
        _ => return None,
    })
}

/// Runs the steps and returns their results.
fn play(store: &mut IdentityStore, from: usize, steps: &[Step]) -> Vec<Result<Outcome, ApiError>> {
    let each = steps.iter().enumerate().filter_map(|(at, step)| {
        let number = from + at;
        let change = change(store, number, *step)?;
        let at = Timestamp(NOW_MS + i64::try_from(number).expect("a small number"));
        Some(store.change(Stamp { at, by: "somebody".into() }, change))
    });
    each.collect()
}

/// The store as it is after being written and read.
fn again(store: &IdentityStore, as_json: bool) -> IdentityStore {
    let stores = [Arc::new(store.clone())];
    let source = match as_json {
        true => Source::text("json", fixture::export_json(&stores)),
        false => Source::text("toml", fixture::export(&stores)),
    };
    let read = fixture::load(&[source], &Options::default());
    read.unwrap_or_else(|error| panic!("{error}")).remove(0)
}

fn written(store: &IdentityStore) -> String {
    fixture::export(&[Arc::new(store.clone())])
}

fn empty() -> IdentityStore {
    IdentityStore::new(STORE.into(), Options::default().seed, StoreRules::default())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 96,
        rng_seed: RngSeed::Fixed(7),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn stores_are_the_same_after_a_restart(before in steps(60), as_json in any::<bool>()) {
        let mut store = empty();
        play(&mut store, 0, &before);
        let read = again(&store, as_json);
        prop_assert_eq!(read.admin_resources(), store.admin_resources());
        prop_assert_eq!(written(&read), written(&store));
    }

    #[test]
    fn stores_answer_the_same_after_a_restart(
        before in steps(60), after in steps(30), as_json in any::<bool>(),
    ) {
        // The ids of deleted resources may be given out again after a restart.
        let before: Vec<_> = before.into_iter().filter(|(what, ..)| !DELETIONS.contains(what)).collect();
        let mut store = empty();
        play(&mut store, 0, &before);
        let mut read = again(&store, as_json);
        // Ids, one-time passwords, tokens and certificates continue their sequences.
        let from = before.len();
        prop_assert_eq!(play(&mut read, from, &after), play(&mut store, from, &after));
        prop_assert_eq!(written(&read), written(&store));
    }
}

#[test]
fn state_file_contains_no_secrets() {
    let mut store = empty();
    // A user with a one-time password, a device, a provider, a tenant, a token.
    let output = play(&mut store, 0, &[(0, 0, 0), (10, 0, 0), (14, 0, 0), (20, 0, 0), (22, 0, 0)]);
    let secrets: Vec<String> = output
        .into_iter()
        .filter_map(|outcome| match outcome.expect("it is done") {
            Outcome::UserCreated { password, .. } => password,
            Outcome::Admin(outcome) => match *outcome {
                idouble::internal::domain::AdminOutcome::MfaRegistration { work_flow, .. } => {
                    Some(work_flow)
                }
                idouble::internal::domain::AdminOutcome::TokenCreated { secret, .. } => {
                    Some(secret)
                }
                _ => None,
            },
            _ => None,
        })
        .collect();
    assert_eq!(secrets.len(), 3);
    let text = written(&store);
    assert!(text.contains("[[store.mfa_device]]") && text.contains("[[store.tenant]]"), "{text}");
    for secret in secrets {
        assert!(!text.contains(&secret), "{secret}");
    }
}

#[test]
fn admin_resources_are_validated_like_users() {
    let user = "[[store]]\nid = \"d-1234567890\"\n[[store.user]]\nuser_name = \"ann\"\n";
    let certificate = certificate(1);
    let pem = certificate.pem();
    let signed = format!("pem = '''{pem}'''\n");
    let cases = [
        ("[[store.mfa_device]]\nname = \"a\"\n", "missing field `user`"),
        ("[[store.mfa_device]]\nuser = \"bob\"\n", "no user of this store has the name or id"),
        ("[[store.mfa_device]]\nuser = \"ann\"\nnam = \"a\"\n", "did you mean `name`?"),
        ("[[store.mfa_device]]\nuser = \"ann\"\nid = \"1\"\n", "expected an id such as"),
        ("[[store.session]]\nuser = \"ann\"\n", "missing field `not_after`"),
        ("[[store.session]]\nuser = \"ann\"\nnot_after = \"later\"\n", "expected a time such as"),
        ("[store.password_policy]\nminimum_password_length = 7\n", "expected an integer from 8"),
        ("[store.password_policy]\nnumbers = true\n", "unknown key `numbers`"),
        ("[[store.identity_provider]]\n", "missing field `entity_id`"),
        (
            "[[store.identity_provider]]\nentity_id = \"a\"\nlogin_url = \"b\"\ncertificate = []\n",
            "a provider has at least one certificate",
        ),
        ("[[store.service_provider_certificate]]\npem = \"x\"\n", "expected an X.509 certificate"),
        ("[[store.tenant]]\n[[store.tenant.token]]\n", "missing field `expires_at`"),
        ("[store.tenant]\n", "expected a list"),
    ];
    let read = |text: &str| {
        let source = Source::text("a.toml", text);
        fixture::load(&[source], &Options::default()).map_err(|error| error.to_string())
    };
    for (lines, output) in cases {
        let error = read(&format!("{user}{lines}")).expect_err(lines);
        assert!(error.contains(output) && error.contains("a.toml:"), "{lines}: {error}");
    }
    let active = format!("[[store.service_provider_certificate]]\nactive = true\n{signed}");
    let error = read(&format!("{user}{active}{active}")).expect_err("two are active");
    assert!(error.contains("another certificate is active"), "{error}");
    let device = "[[store.mfa_device]]\nuser = \"ann\"\n";
    let error = read(&format!("{user}{device}{device}{device}")).expect_err("three are too many");
    assert!(error.contains("limit of 2 reached"), "{error}");
    let id = format!("{device}id = \"f384e872-8021-70c4-796b-a1180c595771\"\n");
    let error = read(&format!("{user}{id}{id}")).expect_err("one id twice");
    assert!(error.contains("another resource has the id"), "{error}");
    // Ids and times may be left out, and follow from the seed.
    let short = format!("{user}{device}{device}[[store.tenant]]\n{active}");
    let twice = [read(&short), read(&short)].map(|stores| written(&stores.expect("it is fine")[0]));
    assert_eq!(twice[0], twice[1]);
    assert_eq!(twice[0].matches("registered_at = \"2024-").count(), 2, "{}", twice[0]);
}

#[test]
fn state_files_of_version_0_1_load() {
    // They counted the ids that were ever given out.
    let toml = "stores_made = 6\n\n[[store]]\nid = \"d-1234567890\"\nmade = { user = 4 }\n";
    let section = "[[store]]\nid = \"d-1234567890\"\n[store.made]\nuser = 4\n";
    let json = r#"{"stores_made":6,"store":[{"id":"d-1234567890","made":{"user":4}}]}"#;
    for text in [toml, section, json] {
        let stores = fixture::load(&[Source::text("state", text)], &Options::default());
        assert_eq!(stores.unwrap_or_else(|error| panic!("{error}")).len(), 1);
    }
}

#[test]
fn restarted_server_has_the_state_of_the_file() {
    let file = std::env::temp_dir().join(format!("idouble-state-{}.toml", std::process::id()));
    let _ = std::fs::remove_file(&file);
    let start = || {
        let config = Config { port: 0, state: Some(file.clone()), ..Config::default() };
        let emulator = Emulator::builder().config(config).start().expect("it starts");
        let client = Client::of(emulator.endpoint());
        (emulator, client)
    };
    let huawei = |client: &mut Client, call: &str, body: &str| {
        let (method, path) = call.split_once(' ').expect("a method");
        let start = format!("{method} /v1/identity-stores/{STORE}{path}");
        let headers = [("Content-Type", "application/json")];
        let headers = if body.is_empty() { &headers[..0] } else { &headers[..] };
        client.request(&start, headers, body.as_bytes())
    };
    let group = |client: &mut Client, name: &str| {
        let body = json!({ "display_name": name }).to_string();
        let made = huawei(client, "POST /groups", &body).json();
        made["group_id"].as_str().expect("an id").to_owned()
    };
    let (emulator, mut client) = start();
    let first = group(&mut client, "first");
    let last = group(&mut client, "last");
    assert_eq!(huawei(&mut client, &format!("DELETE /groups/{last}"), "").status, 200);
    let policy = r#"{"password_policy":{"minimum_password_length":12,"require_symbols":false}}"#;
    assert_eq!(huawei(&mut client, "PUT /password-policy", policy).status, 200);
    // Automatic provisioning needs an external identity provider.
    let provider = json!({
        "idp_saml_config": { "entity_id": "idp", "login_url": "https://idp.example.com" },
        "idp_certificate": certificate(1).pem().replace('\n', "\r\n"),
    });
    let provider = huawei(&mut client, "POST /external-idp", &provider.to_string());
    assert_eq!(provider.status, 201);
    let certificates =
        format!("/external-idp/{}/certificate", provider.json()["idp_id"].as_str().expect("an id"));
    for path in ["/saml-certificates", "/provision-tenant"] {
        assert_eq!(huawei(&mut client, &format!("POST {path}"), "").status, 201, "{path}");
    }
    let paths = [
        "/password-policy",
        "/external-idp",
        &certificates,
        "/saml-certificates",
        "/provision-tenant",
        "/groups",
    ];
    // The port of this start is in the addresses of the server.
    let look = |emulator: &Emulator, client: &mut Client| {
        paths.map(|path| {
            let body = huawei(client, &format!("GET {path}"), "").body;
            let text = String::from_utf8(body.to_vec()).expect("text");
            text.replace(emulator.endpoint(), "http://server")
        })
    };
    let before = look(&emulator, &mut client);
    assert_eq!(client.control("POST /state/save", "").status, 200);
    drop((client, emulator));
    let (emulator, mut client) = start();
    assert_eq!(look(&emulator, &mut client), before);
    let next = group(&mut client, "next");
    assert!(before[5].contains(&first) && next != first, "a new id is one that no group has");
    std::fs::remove_file(&file).expect("it was written");
}

/// A folder with a state file, in both formats.
fn saved(stores: &[Arc<IdentityStore>], name: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    StateFile::open(&path).expect("the file is not in use").save(stores).expect("it is written");
    (folder, path)
}

fn load_state(path: &Path) -> Result<Vec<IdentityStore>, String> {
    let source = fixture::state_source(path).map_err(|error| error.to_string())?;
    let source = source.unwrap_or_else(|| panic!("{} is there", path.display()));
    fixture::load(&[source], &Options::default()).map_err(|error| error.to_string())
}

fn small_store() -> Arc<IdentityStore> {
    let mut store = empty();
    play(&mut store, 0, &[(0, 0, 0), (0, 0, 0), (4, 0, 0), (6, 0, 0), (20, 0, 0)]);
    Arc::new(store)
}

/// The length of a hole in a damaged file.
const HOLE: usize = 40;

#[test]
fn damaged_state_files_are_rejected() {
    for (stores, name) in [(1, "a.toml"), (1, "a.json"), (0, "a.toml"), (0, "a.json")] {
        let stores: Vec<_> = std::iter::repeat_n(small_store(), stores).collect();
        let (_folder, path) = saved(&stores, name);
        let whole = fs::read(&path).expect("it was written");
        let is_rejected = |bytes: &[u8], what: &str| {
            fs::write(&path, bytes).expect("a file is written");
            assert!(
                load_state(&path).is_err(),
                "{name}: {what}: {}",
                String::from_utf8_lossy(bytes)
            );
        };
        for length in 0..whole.len() {
            is_rejected(&whole[..length], &format!("cut to {length} bytes"));
            let mut flipped = whole.clone();
            flipped[length] ^= 1 << (length % 8);
            is_rejected(&flipped, &format!("byte {length} flipped"));
            let end = whole.len().min(length + HOLE);
            let mut zeroed = whole.clone();
            zeroed[length..end].fill(0);
            is_rejected(&zeroed, &format!("zeros from {length} to {end}"));
            let rest = [&whole[..length], &whole[end..]].concat();
            is_rejected(&rest, &format!("without the bytes from {length} to {end}"));
        }
        let lines: Vec<_> = whole.split_inclusive(|byte| *byte == b'\n').collect();
        for lost in 0..lines.len() {
            is_rejected(
                &[&lines[..lost], &lines[lost + 1..]].concat().concat(),
                &format!("line {lost} lost"),
            );
        }
        fs::write(&path, &whole).expect("a file is written");
        assert_eq!(load_state(&path).map(|loaded| loaded.len()), Ok(stores.len()));
    }
}

#[test]
fn state_files_without_a_checksum_may_be_edited() {
    let store = small_store();
    let (_folder, path) = saved(std::slice::from_ref(&store), "a.toml");
    let text = fs::read_to_string(&path).expect("it was written");
    let edited = text.replace("\"n0\"", "\"edited\"");
    fs::write(&path, &edited).expect("a file is written");
    let error = load_state(&path).expect_err("it was edited");
    assert!(error.contains("delete its first and last line"), "{error}");
    let lines: Vec<_> = edited.lines().collect();
    fs::write(&path, lines[1..lines.len() - 1].join("\n")).expect("a file is written");
    let loaded = load_state(&path).unwrap_or_else(|error| panic!("{error}"));
    assert!(loaded[0].users().any(|user| user.user_name() == "edited"));

    let (_folder, path) = saved(&[store], "a.json");
    let text = fs::read_to_string(&path).expect("it was written");
    let edited = text.replace("\"n0\"", "\"edited\"");
    fs::write(&path, &edited).expect("a file is written");
    let error = load_state(&path).expect_err("it was edited");
    assert!(error.contains("delete its last member, `end`"), "{error}");
    // As an editor lays it out, with the checksum of what was there before.
    let mut value: serde_json::Value = serde_json::from_str(&edited).expect("it is JSON");
    fs::write(&path, format!("{value:#}")).expect("a file is written");
    let error = load_state(&path).expect_err("it was edited");
    assert!(error.contains("a.json:2:3: the checksum of a state file is at its end"), "{error}");
    value.as_object_mut().expect("a table").remove("end");
    fs::write(&path, format!("{value:#}")).expect("a file is written");
    assert_eq!(load_state(&path).map(|loaded| loaded.len()), Ok(1));
}

#[test]
fn state_files_of_version_0_1_have_an_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.toml");
    let first = "# What idouble keeps from one run to the next. It is whole where its last line is \"# end\".\n";
    let text = format!("{first}stores_made = 3\n\n[[store]]\nid = \"{STORE}\"\n");
    fs::write(&path, &text).expect("a file is written");
    let error = load_state(&path).expect_err("it was cut");
    assert!(error.contains("the end of this file is missing"), "{error}");
    fs::write(&path, format!("{text}# end\n")).expect("a file is written");
    assert_eq!(load_state(&path).map(|loaded| loaded.len()), Ok(1));
}

#[test]
fn saves_at_once_leave_a_whole_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.toml");
    let state = StateFile::open(&path).expect("the file is not in use");
    let store = small_store();
    let several = [store.clone(), Arc::new(store.copied("d-0000000001".into(), 7))];
    state.save(&several).expect("it is written");
    std::thread::scope(|scope| {
        let savers = [&several[..1], &several[..]].map(|stores| {
            let state = &state;
            scope.spawn(move || (0..50).for_each(|_| state.save(stores).expect("it is written")))
        });
        while savers.iter().any(|saver| !saver.is_finished()) {
            let loaded = load_state(&path).unwrap_or_else(|error| panic!("{error}"));
            assert!((1..=2).contains(&loaded.len()));
        }
    });
    let names: Vec<_> = fs::read_dir(folder.path())
        .expect("a folder")
        .map(|file| file.expect("a file").file_name())
        .collect();
    assert_eq!(names.len(), 2, "the file and its lock: {names:?}");
}

/// Sets a flag at the end of a thread, also if the thread panics.
struct SetOnDrop<'a>(&'a AtomicBool);

impl Drop for SetOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn saves_at_once_are_whole_while_the_store_changes() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.json");
    let config = Config { port: 0, state: Some(path.clone()), ..Config::default() };
    let emulator = Emulator::builder().config(config).start().expect("it starts");
    let groups = || load_state(&path).map(|stores| stores[0].groups().count());
    let mut first = Client::of(emulator.endpoint());
    assert_eq!(first.control("POST /state/save", "").status, 200);
    let before = groups().expect("it was written");
    const CREATED: usize = 40;
    let is_written = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let mut writer = Client::of(emulator.endpoint());
        let is_written = &is_written;
        scope.spawn(move || {
            let _done = SetOnDrop(is_written);
            for n in 0..CREATED {
                let path = format!("POST /v1/identity-stores/{STORE}/groups");
                let headers = [("Content-Type", "application/json")];
                let group = json!({ "display_name": format!("g{n}") }).to_string();
                assert_eq!(writer.request(&path, &headers, group.as_bytes()).status, 201);
            }
        });
        let savers = [(); 2].map(|()| {
            let mut client = Client::of(emulator.endpoint());
            let groups = &groups;
            scope.spawn(move || {
                let mut last = 0;
                while !is_written.load(Ordering::Relaxed) {
                    assert_eq!(client.control("POST /state/save", "").status, 200);
                    let saved = groups().unwrap_or_else(|error| panic!("{error}"));
                    assert!((last..=before + CREATED).contains(&saved), "{last}, then {saved}");
                    last = saved;
                }
            })
        });
        for saver in savers {
            saver.join().expect("no save fails");
        }
    });
    assert_eq!(first.control("POST /state/save", "").status, 200);
    assert_eq!(groups(), Ok(before + CREATED));
}

#[test]
fn leftovers_of_a_killed_server_are_removed() {
    let (folder, path) = saved(&[], "a.toml");
    let leftover = folder.path().join(".a.toml.Ab3xY9.tmp");
    let others = [
        ".a.toml.lock",
        ".a.toml.Ab3xY.tmp",
        ".b.toml.Ab3xY9.tmp",
        ".a.toml.Ab3-Y9.tmp",
        "a.toml.bak",
    ];
    fs::write(&leftover, "cut").expect("a file is written");
    for name in others {
        fs::write(folder.path().join(name), "other").expect("a file is written");
    }
    let _state = StateFile::open(&path).expect("the file is not in use");
    assert!(!leftover.exists());
    assert!(others.iter().all(|name| folder.path().join(name).exists()));
}

#[test]
fn two_servers_cannot_use_one_state_file() {
    let (folder, path) = saved(&[], "a.toml");
    let first = StateFile::open(&path).expect("the file is not in use");
    let error = StateFile::open(&path).expect_err("the first one uses it").to_string();
    assert!(error.contains("another server uses this state file"), "{error}");
    let config = Config { port: 0, state: Some(path.clone()), ..Config::default() };
    let second = Emulator::builder().config(config.clone()).start();
    assert!(matches!(second, Err(idouble::Error::Fixture(_))));
    #[cfg(unix)]
    {
        let link = folder.path().join("link.toml");
        std::os::unix::fs::symlink("a.toml", &link).expect("a link is made");
        StateFile::open(&link).expect_err("it is the same file");
    }
    drop(first);
    drop(Emulator::builder().config(config).start().expect("the first one is gone"));
    StateFile::open(&path).expect("so is the emulator");
    assert!(folder.path().join(".a.toml.lock").exists());
}

#[cfg(unix)]
#[test]
fn saves_keep_symlinks_and_modes() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    let folder = tempfile::tempdir().expect("a folder");
    let target = folder.path().join("elsewhere/real.toml");
    fs::create_dir(folder.path().join("elsewhere")).expect("a folder");
    let link = folder.path().join("link.toml");
    symlink("elsewhere/real.toml", &link).expect("a link is made");
    // A link may lead to a file that is yet to be made.
    let state = StateFile::open(&link).expect("the file is not in use");
    state.save(&[]).expect("it is written");
    assert!(link.is_symlink() && target.is_file());
    fs::set_permissions(&target, fs::Permissions::from_mode(0o640)).expect("it is ours");
    state.save(&[small_store()]).expect("it is written");
    assert!(link.is_symlink());
    let mode = fs::metadata(&target).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    assert_eq!(load_state(&link).map(|loaded| loaded.len()), Ok(1));
}

#[test]
fn state_files_need_a_folder() {
    let path = Path::new("no such folder/a.toml");
    let error = StateFile::open(path).expect_err("there is no folder").to_string();
    assert!(error.contains("cannot create no such folder/.a.toml.lock: "), "{error}");
    let error = fixture::state_source(path).expect_err("there is no folder").to_string();
    assert!(error.contains("the folder of this state file does not exist"), "{error}");
}
