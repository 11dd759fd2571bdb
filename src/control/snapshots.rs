//! Snapshots: a state of all stores under a name, and the way back to it.

use http::StatusCode;
use serde_json::json;

use crate::domain::SnapshotError;

use super::calls::{ok, read_body};
use super::{Answer, Call, Refusal};

/// Every snapshot, by name, with the stores in it.
pub(super) fn list(call: &Call<'_>) -> Result<Answer, Refusal> {
    let named = call.service.directory().snapshots().list();
    let rows = named.iter().map(|(name, snapshot)| {
        let ids: Vec<_> = snapshot.stores.iter().map(|store| store.id().as_str()).collect();
        json!({ "name": name, "stores": ids })
    });
    ok(json!({ "snapshots": rows.collect::<Vec<_>>() }))
}

/// Names the state that the stores are in.
pub(super) fn put(call: &Call<'_>) -> Result<Answer, Refusal> {
    read_body(call, |root| root.table(&[]).map(|_| ()))?;
    let directory = call.service.directory();
    let picture = directory.snapshot();
    let stores = picture.stores.len();
    let new = directory.snapshots().put(&call.id, picture).map_err(|error| {
        let status = match error {
            SnapshotError::Name(_) => StatusCode::BAD_REQUEST,
            SnapshotError::TooMany => StatusCode::INSUFFICIENT_STORAGE,
        };
        Refusal::new(status, error.to_string())
    })?;
    let status = if new { StatusCode::CREATED } else { StatusCode::OK };
    Ok(Answer::json(status, &json!({ "snapshot": call.id, "stores": stores })))
}

/// Puts the stores back into a state.
pub(super) fn restore(call: &Call<'_>) -> Result<Answer, Refusal> {
    read_body(call, |root| root.table(&[]).map(|_| ()))?;
    let directory = call.service.directory();
    let snapshot = directory.snapshots().get(&call.id).ok_or_else(|| unknown(call))?;
    directory.restore(&snapshot);
    ok(json!({ "restored": call.id, "stores": snapshot.stores.len() }))
}

/// Forgets a state.
pub(super) fn remove(call: &Call<'_>) -> Result<Answer, Refusal> {
    match call.service.directory().snapshots().remove(&call.id) {
        true => ok(json!({ "removed": 1 })),
        false => Err(unknown(call)),
    }
}

fn unknown(call: &Call<'_>) -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, format!("there is no snapshot {:?}", call.id))
}
