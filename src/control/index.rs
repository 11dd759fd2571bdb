//! `GET /`: the calls.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PREFIX;
use super::error::ControlError;
use super::reply::Json;
use super::route::ControlCall;

/// The calls of the control API.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// Every call.
    pub calls: Vec<CallSummary>,
    /// The path of the OpenAPI document.
    pub openapi: String,
}

/// One call.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CallSummary {
    /// The method.
    pub method: String,
    /// The path; `{id}` and `{item}` stand for one segment each.
    pub path: String,
    /// What the call does.
    pub summary: String,
}

/// Lists the calls.
pub(super) fn get(call: &ControlCall<'_>) -> Result<Json<Index>, ControlError> {
    let calls = call.routes.iter().map(|route| CallSummary {
        method: route.method.to_string(),
        path: route.full_path(),
        summary: route.summary.to_owned(),
    });
    Ok(Json::ok(Index { calls: calls.collect(), openapi: format!("{PREFIX}/openapi.json") }))
}
