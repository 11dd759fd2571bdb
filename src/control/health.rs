//! `GET /health`: whether the server is ready, and what it holds.

use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::ControlError;
use super::reply::Json;
use super::route::ControlCall;

/// The state of the server.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Health {
    /// `ok`, or `loading` before the stores are loaded.
    pub status: HealthStatus,
    /// Whether the stores are loaded.
    pub ready: bool,
    /// The version of idouble.
    pub version: String,
    /// Seconds since the start of the process, by the machine's clock.
    pub uptime_s: u64,
    /// The dialects that are served.
    pub dialects: Vec<String>,
    /// The number of stores.
    pub stores: usize,
    /// The number of users in all stores.
    pub users: u64,
    /// The seed of ids and draws.
    pub seed: u64,
}

/// Whether the stores are loaded.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum HealthStatus {
    /// They are.
    Ok,
    /// They are not yet.
    Loading,
}

/// Reports the state of the server: 503 while it loads.
pub(super) fn get(call: &ControlCall<'_>) -> Result<Json<Health>, ControlError> {
    let service = call.service;
    let (stores, users) = service.directory().size();
    let ready = service.is_ready();
    let (status_code, status) = match ready {
        true => (StatusCode::OK, HealthStatus::Ok),
        false => (StatusCode::SERVICE_UNAVAILABLE, HealthStatus::Loading),
    };
    let health = Health {
        status,
        ready,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        uptime_s: call.started.elapsed().as_secs(),
        dialects: service.dialects().map(|dialect| dialect.name().to_owned()).collect(),
        stores,
        users,
        seed: service.directory().seed(),
    };
    Ok(Json::new(status_code, health))
}
