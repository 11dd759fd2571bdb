//! `POST /reset`: back to the initial state.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::IdentityStoreId;

use super::error::ControlError;
use super::reply::Json;
use super::route::ControlCall;

/// What to reset.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetRequest {
    /// The id of one store; everything is reset without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store: Option<String>,
}

/// What was reset.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetReply {
    /// `all`, or the id of the store.
    pub reset: String,
    /// The number of stores that are in their initial state.
    pub stores: usize,
    /// The number of users in them.
    pub users: u64,
}

/// Resets stores, clock, rules, ids and journal, or one store.
pub(super) fn post(
    call: &ControlCall<'_>,
    request: ResetRequest,
) -> Result<Json<ResetReply>, ControlError> {
    let (service, directory) = (call.service, call.service.directory());
    let Some(store) = request.store else {
        service.reset();
        let (stores, users) = directory.size();
        return Ok(Json::ok(ResetReply { reset: "all".to_owned(), stores, users }));
    };
    let id = IdentityStoreId::from(store.as_str());
    if !directory.reset_store(&id) {
        let error = format!("no store {store:?} was loaded at the start");
        return Err(ControlError::not_found(error));
    }
    let users = directory.get(&id).map_or(0, |store| store.summary().users);
    Ok(Json::ok(ResetReply { reset: store, stores: 1, users }))
}
