//! Admin resources: expiry, deletion with their owner, and secrets that are returned once.

use crate::world::{NOW_MS, STORE, Why, World};
use idouble::internal::domain::{AdminChange, AdminOutcome, AdminQuery, Call, Change, Command};
use idouble::internal::domain::{ApiError, Certificate, Outcome, Timestamp};
use serde_json::{Value, json};

const HOUR_MS: i64 = 60 * 60 * 1000;
const YEAR_MS: i64 = 365 * 24 * HOUR_MS;

fn user(world: &World, name: &str) -> String {
    let body = json!({
        "user_name": name, "display_name": name,
        "name": {"given_name": "A", "family_name": "B"},
        "emails": [{"value": format!("{name}@example.com"), "type": "work", "primary": true}],
        "password_mode": "EMAIL",
    });
    let made = world.huawei("POST", "/users", Some(body)).expect("a user");
    made["user_id"].as_str().expect("an id").to_owned()
}

/// Configures an external identity provider, which automatic provisioning needs.
fn configure_provider(world: &World) {
    let generated = Certificate::generate("idp", Timestamp(0), Timestamp(4_000_000_000_000), || 7);
    let body = json!({
        "idp_saml_config": {"entity_id": "idp", "login_url": "https://idp.example.com/login"},
        "idp_certificate": generated.expect("a certificate").pem(),
    });
    world.huawei("POST", "/external-idp", Some(body)).expect("a provider");
}

fn run(world: &World, at_ms: i64, command: Command) -> Result<Outcome, ApiError> {
    let call = Call { by: &"tests".into(), command };
    world.service.directory().execute(Timestamp(at_ms), call)
}

fn ask(world: &World, at_ms: i64, query: AdminQuery) -> AdminOutcome {
    match run(world, at_ms, Command::Admin(STORE.into(), query)) {
        Ok(Outcome::Admin(outcome)) => *outcome,
        other => panic!("{other:?}"),
    }
}

/// Creates a portal session, for which there is no operation.
fn sign_in(world: &World, user: &str) -> Result<Outcome, ApiError> {
    let change = AdminChange::OpenSession {
        user: user.into(),
        ip_address: Some("192.0.2.1".to_owned()),
        user_agent: None,
    };
    run(world, NOW_MS, Command::Change(STORE.into(), Change::Admin(change)))
}

fn sessions(world: &World, user: &str) -> Vec<Value> {
    let listed = world.huawei("GET", &format!("/users/{user}/sessions"), None).expect("a list");
    listed["session_list"].as_array().expect("a list").clone()
}

fn open_at(world: &World, at_ms: i64, user: &str) -> usize {
    match ask(world, at_ms, AdminQuery::Sessions(user.into())) {
        AdminOutcome::Sessions { sessions, .. } => sessions.len(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn sessions_are_listed_ended_and_end_by_themselves() {
    let world = World::new();
    let alice = user(&world, "alice");
    for _ in 0..3 {
        sign_in(&world, &alice).expect("a session");
    }
    let listed = sessions(&world, &alice);
    assert_eq!(listed.len(), 3);
    let first = &listed[0];
    assert_eq!(first["user_id"], json!(alice));
    assert_eq!(first["ip_address"], json!("192.0.2.1"));
    assert_eq!(first.get("user_agent"), None);
    assert_eq!(first["creation_time"], json!(NOW_MS));
    assert_eq!(first["session_not_valid_after"], json!(NOW_MS + 8 * HOUR_MS));

    let body = json!({"session_ids": [first["session_id"], "unknown"]});
    let path = format!("/users/{alice}/sessions/batch-delete");
    assert_eq!(world.huawei("POST", &path, Some(body)), Ok(Value::Null));
    assert_eq!(sessions(&world, &alice), listed[1..]);

    assert_eq!(open_at(&world, NOW_MS + 8 * HOUR_MS - 1, &alice), 2);
    assert_eq!(open_at(&world, NOW_MS + 8 * HOUR_MS, &alice), 0);
}

#[test]
fn sessions_have_a_bound_and_go_with_their_user() {
    let world = World::new();
    let alice = user(&world, "alice");
    for _ in 0..100 {
        sign_in(&world, &alice).expect("a session");
    }
    assert!(matches!(sign_in(&world, &alice), Err(ApiError::QuotaExceeded { limit: 100, .. })));
    world.huawei("DELETE", &format!("/users/{alice}"), None).expect("deleted");
    assert!(matches!(sign_in(&world, &alice), Err(ApiError::NotFound(_))));
}

#[test]
fn deleting_a_user_through_aws_deletes_its_devices() {
    let world = World::new();
    let alice = user(&world, "alice");
    let register = format!("/users/{alice}/mfa-devices/register-mfa-device");
    world.huawei("POST", &register, None).expect("a device");
    world.aws("DeleteUser", json!({"UserId": alice})).expect("deleted");
    let refused = world.huawei("POST", &register, None).expect_err("no user");
    assert_eq!(refused.why(), Why::NotFound);
    let query = AdminQuery::MfaDevices(vec![alice.as_str().into()]);
    let AdminOutcome::MfaDevices(entries) = ask(&world, NOW_MS, query) else { panic!("a list") };
    assert!(entries[0].1.is_empty());
}

#[test]
fn expired_certificates_are_not_active() {
    let world = World::new();
    let made = world.huawei("POST", "/saml-certificates", None).expect("a certificate");
    let id = made["certificate_id"].as_str().expect("an id");
    world.huawei("POST", &format!("/saml-certificates/{id}/active"), None).expect("active");
    let signing = |at_ms| match ask(&world, at_ms, AdminQuery::ServiceProvider) {
        AdminOutcome::ServiceProvider(service) => service.certificate.is_some(),
        other => panic!("{other:?}"),
    };
    assert!(signing(NOW_MS));
    assert!(!signing(NOW_MS + 6 * YEAR_MS));
    let outcome = ask(&world, NOW_MS + 6 * YEAR_MS, AdminQuery::SpCertificates);
    let AdminOutcome::SpCertificates { certificates, now } = outcome else { panic!("a list") };
    assert!(certificates[0].active && certificates[0].certificate.is_expired(now));
}

#[test]
fn bearer_tokens_are_returned_once_and_derived_from_the_seed() {
    let create_tokens = || {
        let world = World::new();
        configure_provider(&world);
        let tenant = world.huawei("POST", "/provision-tenant", None).expect("a tenant");
        let tenant = tenant["tenant_id"].as_str().expect("an id").to_owned();
        let path = format!("/tenant/{tenant}/bearer-token");
        let tokens = [0, 1].map(|_| world.huawei("POST", &path, None).expect("a token"));
        let listed = world.huawei("GET", &path, None).expect("a list").to_string();
        for token in &tokens {
            let secret = token["token"].as_str().expect("a secret");
            assert_eq!(secret.len(), 64);
            assert!(!listed.contains(secret));
            let state = format!("{:?}", world.service.directory().current_stores());
            assert!(!state.contains(secret), "the store keeps no secret");
        }
        assert_ne!(tokens[0]["token"], tokens[1]["token"]);
        tokens
    };
    assert_eq!(create_tokens(), create_tokens());
}

#[test]
fn admin_data_belongs_to_one_store_and_is_cleared_by_a_reset() {
    let world = World::new();
    configure_provider(&world);
    world.huawei("POST", "/provision-tenant", None).expect("a tenant");
    let policy = json!({"password_policy": {"minimum_password_length": 20}});
    world.huawei("PUT", "/password-policy", Some(policy)).expect("a policy");
    let elsewhere = Command::Admin(crate::world::OTHER_STORE.into(), AdminQuery::Tenants);
    let Ok(Outcome::Admin(other)) = run(&world, NOW_MS, elsewhere) else { panic!("a list") };
    assert_eq!(*other, AdminOutcome::Tenants(Vec::new()));
    world.service.reset();
    let tenants = world.huawei("GET", "/provision-tenant", None).expect("a list");
    assert_eq!(tenants, json!({"provisioning_tenants": []}));
    let policy = world.huawei("GET", "/password-policy", None).expect("a policy");
    assert_eq!(policy["password_policy"]["minimum_password_length"], json!(8));
}
