//! `GET /config`: every setting with its source.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::service::Setting;

use super::error::ControlError;
use super::reply::Json;
use super::route::ControlCall;

/// The settings of the server.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfigReply {
    /// In the order of the help text.
    pub settings: Vec<Setting>,
}

/// Returns the settings.
pub(super) fn get(call: &ControlCall<'_>) -> Result<Json<ConfigReply>, ControlError> {
    Ok(Json::ok(ConfigReply { settings: call.service.settings().to_vec() }))
}
