//! Access keys, and whether signatures and permissions are checked.

use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::auth::{ACCESS_KEYS_MAX, AccessKey, AccessKeyView, AuthMode};

use super::error::ControlError;
use super::reply::{Json, Removed};
use super::route::ControlCall;

/// All access keys.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessKeyList {
    /// Sorted by id, without secrets and tokens.
    pub access_keys: Vec<AccessKeyView>,
}

/// Whether signatures and permissions are checked.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AuthReply {
    /// The mode.
    pub mode: AuthMode,
}

/// Lists the access keys.
pub(super) fn list(call: &ControlCall<'_>) -> Result<Json<AccessKeyList>, ControlError> {
    let keys = call.service.auth().keys().list();
    let access_keys = keys.iter().map(|key| key.view()).collect();
    Ok(Json::ok(AccessKeyList { access_keys }))
}

/// Adds an access key, or replaces the one with its id.
pub(super) fn put(
    call: &ControlCall<'_>,
    key: AccessKey,
) -> Result<Json<AccessKeyView>, ControlError> {
    key.check().map_err(|error| ControlError::bad_request(error.to_string()))?;
    let view = key.view();
    match call.service.auth().keys().insert(key) {
        Some(is_new) => Ok(Json::created(is_new, view)),
        None => Err(ControlError::new(
            StatusCode::CONFLICT,
            format!("limit of {ACCESS_KEYS_MAX} access keys reached"),
        )),
    }
}

/// Returns an access key.
pub(super) fn get(call: &ControlCall<'_>) -> Result<Json<AccessKeyView>, ControlError> {
    let key = call.service.auth().keys().get(&call.id);
    key.map(|key| Json::ok(key.view())).ok_or_else(|| unknown(&call.id))
}

/// Revokes an access key.
pub(super) fn delete(call: &ControlCall<'_>) -> Result<Json<Removed>, ControlError> {
    match call.service.auth().keys().remove(&call.id) {
        true => Ok(Json::ok(Removed { removed: 1 })),
        false => Err(unknown(&call.id)),
    }
}

fn unknown(id: &str) -> ControlError {
    ControlError::not_found(format!("there is no access key {id:?}"))
}

/// Returns whether signatures and permissions are checked.
pub(super) fn mode(call: &ControlCall<'_>) -> Result<Json<AuthReply>, ControlError> {
    Ok(Json::ok(AuthReply { mode: call.service.auth().mode() }))
}

/// Changes whether signatures and permissions are checked.
pub(super) fn set_mode(
    call: &ControlCall<'_>,
    request: AuthReply,
) -> Result<Json<AuthReply>, ControlError> {
    call.service.auth().set_mode(request.mode);
    Ok(Json::ok(request))
}
