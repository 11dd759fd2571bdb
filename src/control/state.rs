//! `POST /state/save`: writes the state file.

use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::ControlError;
use super::reply::Json;
use super::route::ControlCall;

/// What was written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StateSaved {
    /// The number of stores.
    pub saved: usize,
}

/// Writes all stores to the state file.
pub(super) fn save(call: &ControlCall<'_>) -> Result<Json<StateSaved>, ControlError> {
    let error = match call.service.save() {
        Ok(Some(saved)) => return Ok(Json::ok(StateSaved { saved })),
        Ok(None) => "there is no state file; start idouble with --state FILE".to_owned(),
        Err(error) => format!("the state file was not written: {error}"),
    };
    Err(ControlError::new(StatusCode::CONFLICT, error))
}
