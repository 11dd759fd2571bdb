//! Fault rules: TOML, JSON or one line.

use idouble::internal::domain::Timestamp;
use idouble::internal::faults::{self, Rule};

use super::check_message;
use super::service::send;
use crate::world::{STORE, World};

/// A rule is the same after it was written and read, shows its hits before any request, and does not stop the
/// server. An error is printable.
pub fn check(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    let world = World::new();
    let catalog = world.service.faults().catalog().clone();
    let parsed = [
        faults::parse_toml("fuzz", text, &catalog),
        faults::parse_json("fuzz", text, &catalog),
        faults::parse_spec("fuzz", text, &catalog).map(|rule| vec![rule]),
    ];
    for rules in parsed {
        match rules {
            Ok(rules) => check_rules(&world, rules),
            Err(error) => check_message(&error.to_string(), ""),
        }
    }
}

fn check_rules(world: &World, rules: Vec<Rule>) {
    let faults = world.service.faults();
    let written = serde_json::to_string(&rules).expect("rules are JSON");
    let again = faults::parse_json("written", &written, faults.catalog());
    assert_eq!(again.as_ref(), Ok(&rules), "{written}");
    let now = Timestamp(0);
    faults.clear();
    // Several rules may have one id.
    let Ok(ids) = faults.add(rules, now) else { return };
    for id in &ids {
        faults.preview(id, "a key", 20, now).expect("the rule is in force");
    }
    let user = r#"{"UserName":"a","DisplayName":"A","Name":{"GivenName":"A","FamilyName":"A"}}"#;
    let requests = [
        format!("AWS CreateUser {user}"),
        "AWS ListUsers {}".to_owned(),
        format!("GET /v1/identity-stores/{STORE}/users"),
        "POST ~/groups {\"display_name\":\"g\"}".to_owned(),
    ];
    for request in requests.iter().chain(&requests) {
        send(world, request).expect("it is a request");
    }
    assert_eq!(faults.verdict(None, now).len(), faults.list(now).len());
}
