//! Snapshots: named copies of all stores.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::SnapshotError;

use super::error::ControlError;
use super::reply::{Json, Removed};
use super::route::ControlCall;

/// All snapshots.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SnapshotList {
    /// Sorted by name.
    pub snapshots: Vec<SnapshotSummary>,
}

/// One snapshot.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SnapshotSummary {
    /// The name.
    pub name: String,
    /// When it was taken, by the service's clock.
    #[schemars(extend("format" = "date-time"))]
    pub at: String,
    /// The ids of the stores in it.
    pub stores: Vec<String>,
}

/// A snapshot was saved.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SnapshotSaved {
    /// The name.
    pub snapshot: String,
    /// The number of stores in it.
    pub stores: usize,
}

/// A snapshot was restored.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SnapshotRestored {
    /// The name.
    pub restored: String,
    /// The number of stores in it.
    pub stores: usize,
}

/// Lists the snapshots.
pub(super) fn list(call: &ControlCall<'_>) -> Result<Json<SnapshotList>, ControlError> {
    let snapshots = call.service.directory().snapshots().list();
    let snapshots = snapshots.into_iter().map(|(name, snapshot)| SnapshotSummary {
        name,
        at: snapshot.at.to_string(),
        stores: snapshot.stores.iter().map(|store| store.id().to_string()).collect(),
    });
    Ok(Json::ok(SnapshotList { snapshots: snapshots.collect() }))
}

/// Saves a snapshot under a name, which may have one already.
pub(super) fn put(call: &ControlCall<'_>) -> Result<Json<SnapshotSaved>, ControlError> {
    let directory = call.service.directory();
    let snapshot = directory.snapshot(call.service.clock().now());
    let stores = snapshot.stores.len();
    let is_new = directory.snapshots().save(&call.id, snapshot)?;
    Ok(Json::created(is_new, SnapshotSaved { snapshot: call.id.clone(), stores }))
}

/// Restores a snapshot.
pub(super) fn restore(call: &ControlCall<'_>) -> Result<Json<SnapshotRestored>, ControlError> {
    let directory = call.service.directory();
    let snapshot = directory.snapshots().get(&call.id).ok_or_else(|| unknown(&call.id))?;
    directory.restore(&snapshot);
    let stores = snapshot.stores.len();
    Ok(Json::ok(SnapshotRestored { restored: call.id.clone(), stores }))
}

/// Deletes a snapshot.
pub(super) fn delete(call: &ControlCall<'_>) -> Result<Json<Removed>, ControlError> {
    match call.service.directory().snapshots().remove(&call.id) {
        true => Ok(Json::ok(Removed { removed: 1 })),
        false => Err(unknown(&call.id)),
    }
}

fn unknown(name: &str) -> ControlError {
    SnapshotError::Unknown(name.to_owned()).into()
}
