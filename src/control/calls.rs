//! What the calls of the control API do.

use http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use crate::dialect::Dialect;
use crate::document::{Document, FileError, Node};
use crate::domain::IdentityStoreId;

use super::{Answer, Call, PREFIX, ROUTES, Refusal, full_path};

/// Every call.
pub(super) fn index(_: &Call<'_>) -> Result<Answer, Refusal> {
    let calls: Vec<_> = ROUTES
        .iter()
        .map(|row| json!({ "method": row.method.as_str(), "path": full_path(row) }))
        .collect();
    ok(json!({ "calls": calls, "openapi": format!("{PREFIX}/openapi.json") }))
}

/// How the emulator is: 503 while it loads.
pub(super) fn health(call: &Call<'_>) -> Result<Answer, Refusal> {
    let service = call.service;
    let (stores, users) = service.directory().size();
    let dialects: Vec<_> = service.dialects().map(Dialect::name).collect();
    let ready = service.is_ready();
    let (status, told) = match ready {
        true => (StatusCode::OK, "ok"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "loading"),
    };
    let health = json!({
        "status": told,
        "ready": ready,
        "version": env!("CARGO_PKG_VERSION"),
        "uptime_s": call.started.elapsed().as_secs(),
        "dialects": dialects,
        "stores": stores,
        "users": users,
        "seed": service.directory().seed(),
    });
    Ok(Answer::json(status, &health))
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
            let (stores, users) = service.directory().size();
            ok(json!({ "reset": "all", "stores": stores, "users": users }))
        }
        Some(store) if service.directory().reset_store(&IdentityStoreId::from(store.as_str())) => {
            let users = service.directory().get(&store.as_str().into());
            let users = users.map_or(0, |content| content.summary().users);
            ok(json!({ "reset": store, "stores": 1, "users": users }))
        }
        Some(store) => {
            let error = format!("store {store:?} is not among those loaded at the start");
            Err(Refusal::new(StatusCode::NOT_FOUND, error))
        }
    }
}

/// The body as text.
pub(super) fn text<'a>(call: &Call<'a>) -> Result<&'a str, Refusal> {
    std::str::from_utf8(call.body)
        .map_err(|error| Refusal::new(StatusCode::BAD_REQUEST, format!("the body: {error}")))
}

/// Reads a body, which is `{}` where there is none.
pub(super) fn read_body<T>(
    call: &Call<'_>,
    read: impl FnOnce(Node<'_>) -> Option<T>,
) -> Result<T, Refusal> {
    let text = if call.body.is_empty() { "{}" } else { text(call)? };
    let found = Document::json("body", text).and_then(|document| document.read(read));
    let found = found.map_err(|error| refused(&error))?;
    // Whoever finds nothing has noted why.
    found.ok_or_else(|| Refusal::new(StatusCode::BAD_REQUEST, "the body says nothing"))
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

/// A success of status 200.
pub(super) fn ok(body: serde_json::Value) -> Result<Answer, Refusal> {
    Ok(Answer::json(StatusCode::OK, &body))
}

pub(super) fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| Refusal {
        status: StatusCode::BAD_REQUEST,
        error: "the body is not what this call takes".to_owned(),
        details: vec![error.to_string()],
    })
}
