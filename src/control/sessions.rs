//! Sessions: a store, an access key id and fault rules of one test, created and ended in one call each.

use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::auth::ENV_KEY;
use crate::faults::Rule;
use crate::glob::Glob;
use crate::service::{session_of, store_of_session};

use super::error::ControlError;
use super::faults::{NewRules, parse_rules};
use super::reply::{Json, Removed};
use super::route::{ControlCall, parse_body};
use super::stores::{FixtureOrText, NewStore, create_store};

/// A session to create: its store is empty, or from a copy or a fixture, but not from both.
#[derive(Clone, Default, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("not" = { "required": ["copy", "fixture"] }))]
pub struct NewSession<'a> {
    /// The id of the store to copy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copy: Option<String>,
    /// A fixture with one store, or the store alone. A string is the text of a fixture file, TOML or JSON.
    /// The id of the store in it is not used.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<FixtureOrText>")]
    pub fixture: Option<&'a RawValue>,
    /// The name of the fixture file in error messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixture_name: Option<String>,
    /// A fault rule or a list of them. They are about the requests of the session only.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<NewRules>")]
    pub faults: Option<&'a RawValue>,
}

/// A new session.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionCreated {
    /// The id of the session.
    pub id: String,
    /// The access key id with which the clients of the session sign. It is the id of the session in rules
    /// and in the journal, too.
    pub access_key: String,
    /// The secret to sign with, which only modes other than `off` check.
    pub secret_key: String,
    /// The id of its store.
    pub store: String,
    /// The ids of its fault rules, in the order of the rules.
    pub faults: Vec<String>,
}

/// Creates a session, whole or not at all.
pub(super) fn create(
    call: &ControlCall<'_>,
    body: &str,
) -> Result<Json<SessionCreated>, ControlError> {
    let request: NewSession<'_> = parse_body(body.as_bytes())?;
    let rules = match request.faults {
        None => Vec::new(),
        Some(rules) => parse_rules(call, "/faults", rules.get())?,
    };
    if let Some(index) = rules.iter().position(|rule| rule.on.session.is_some()) {
        let is_list = request.faults.is_some_and(|faults| faults.get().starts_with('['));
        let rule = if is_list { format!("/faults/{index}") } else { "/faults".to_owned() };
        let error = format!("{rule}/on/session: the rules of a new session cannot name one");
        return Err(ControlError::bad_request(error));
    }
    let directory = call.service.directory();
    let store = directory.next_store_id();
    let id = Some(store.to_string());
    let NewSession { copy, fixture, fixture_name, faults: _ } = request;
    if let Err(error) = create_store(call, &NewStore { id, copy, fixture, fixture_name }) {
        directory.release_store_id(&store);
        return Err(error);
    }
    let session = session_of(&store);
    let rules = rules.into_iter().map(|rule| of_session(rule, &session)).collect();
    match call.service.faults().add(rules, call.service.clock().now()) {
        Ok(faults) => {
            let (id, access_key) = (session.clone(), session);
            let secret_key = ENV_KEY.to_owned();
            let store = store.to_string();
            let created = SessionCreated { id, access_key, secret_key, store, faults };
            Ok(Json::new(StatusCode::CREATED, created))
        }
        Err(error) => {
            directory.remove(&store);
            directory.release_store_id(&store);
            Err(error.into())
        }
    }
}

fn of_session(mut rule: Rule, session: &str) -> Rule {
    rule.on.session = Some(Glob::new(session));
    rule
}

/// Ends a session: deletes its store, and the fault rules that are about the store or the session alone.
pub(super) fn delete(call: &ControlCall<'_>) -> Result<Json<Removed>, ControlError> {
    let store = store_of_session(&call.id);
    match store.is_some_and(|store| call.service.delete_store(&store)) {
        true => Ok(Json::ok(Removed { removed: 1 })),
        false => Err(ControlError::not_found(format!("there is no session {:?}", call.id))),
    }
}
