//! What the calls of the control API do.

use http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use crate::document::FileError;
use crate::domain::IdentityStoreId;
use crate::wire::Dialect;

use super::{Answer, Call, Refusal};

/// How the emulator is.
pub(super) fn health(call: &Call<'_>) -> Result<Answer, Refusal> {
    let service = call.service;
    let (stores, users) = service.directory().size();
    let uptime_ms = service.clock().now().0.saturating_sub(call.started.0);
    let dialects: Vec<_> = service.dialects().map(Dialect::name).collect();
    ok(json!({
        "status": "ok",
        "ready": true,
        "version": env!("CARGO_PKG_VERSION"),
        "uptime_s": uptime_ms.max(0) / 1000,
        "dialects": dialects,
        "stores": stores,
        "users": users,
        "seed": service.ids().seed(),
    }))
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reset {
    store: Option<String>,
}

/// Puts everything back as it was at the start, or one store.
pub(super) fn reset(call: &Call<'_>) -> Result<Answer, Refusal> {
    let asked: Reset = if call.body.is_empty() { Reset::default() } else { read(call.body)? };
    let service = call.service;
    match asked.store {
        None => {
            service.reset();
            ok(json!({ "reset": "all" }))
        }
        Some(store) if service.directory().reset_store(&IdentityStoreId::from(store.as_str())) => {
            ok(json!({ "reset": store }))
        }
        Some(store) => {
            let error = format!("store {store:?} is not among those loaded at the start");
            Err(Refusal::new(StatusCode::NOT_FOUND, error))
        }
    }
}

/// Every mistake of a body, each with its place.
pub(super) fn refused(error: &FileError) -> Refusal {
    let told = error.mistakes().iter().map(|mistake| match &mistake.help {
        Some(help) => format!("{}; {help}", error.headline(mistake)),
        None => error.headline(mistake),
    });
    let mut details: Vec<_> = told.collect();
    if error.more() > 0 {
        details.push(format!("and {} more", error.more()));
    }
    let error = "the body is not what this call takes".to_owned();
    Refusal { status: StatusCode::BAD_REQUEST, error, details }
}

pub(super) fn ok(body: serde_json::Value) -> Result<Answer, Refusal> {
    Ok(Answer { status: StatusCode::OK, body })
}

pub(super) fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| Refusal {
        status: StatusCode::BAD_REQUEST,
        error: "the body is not what this call takes".to_owned(),
        details: vec![error.to_string()],
    })
}
