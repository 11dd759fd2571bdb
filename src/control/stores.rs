//! Stores: a test makes one of its own and sees nobody else's.

use std::sync::Arc;

use http::StatusCode;
use serde_json::json;

use crate::document::{Document, Node};
use crate::domain::{IdentityStore, IdentityStoreId, StoreError};
use crate::fixture::{Export, Format, read_store_as, read_store_id, store_id_in};

use super::calls::{ok, read_body};
use super::{Answer, Call, JSON, Refusal, stream};

pub(super) const TOML: &str = "application/toml";

/// Every store, in order of making; all that is in them, with `?format=json` or `toml`.
pub(super) fn list(call: &Call<'_>) -> Result<Answer, Refusal> {
    let stores = call.service.directory().current_stores();
    if call.param("format").is_some() {
        return write(call, stores);
    }
    let rows = stores.iter().map(|store| {
        json!({
            "id": store.id().as_str(),
            "users": store.summary().users,
            "groups": store.summary().groups,
            "memberships": store.memberships_len(),
        })
    });
    ok(json!({ "stores": rows.collect::<Vec<_>>() }))
}

/// What is to be added.
enum New {
    Store(Box<IdentityStore>),
    Copy(IdentityStoreId, IdentityStoreId),
}

/// Makes a store: empty, a copy, or from a fixture.
pub(super) fn create(call: &Call<'_>) -> Result<Answer, Refusal> {
    let directory = call.service.directory();
    let mut minted = None;
    let mut mint = || minted.insert(directory.next_store_id()).clone();
    // Nothing is added before the whole body is known to be right.
    let done = read_body(call, |root| asked(root, call, &mut mint)).and_then(|new| {
        let (id, done) = match new {
            New::Store(store) => (store.id().clone(), directory.insert(*store)),
            New::Copy(of, id) => (id.clone(), directory.copy(&of, id)),
        };
        done.map(|()| id).map_err(|error| refused(&error))
    });
    if let (Err(_), Some(id)) = (&done, &minted) {
        directory.unmint(id);
    }
    done.map(|id| Answer::json(StatusCode::CREATED, &json!({ "id": id.as_str() })))
}

fn asked(
    root: Node<'_>,
    call: &Call<'_>,
    mint: &mut impl FnMut() -> IdentityStoreId,
) -> Option<New> {
    let table = root.table(&["id", "copy", "fixture"])?;
    let (copy, fixture) = (table.get("copy"), table.get("fixture"));
    if copy.is_some() && fixture.is_some() {
        let help = "a store is a copy or comes from a fixture";
        root.note(table.key_span("fixture"), "`copy` and `fixture` in one", Some(help.into()));
    }
    let new = |store| New::Store(Box::new(store));
    let own = fixture.and_then(store_id_in).map(IdentityStoreId::from);
    let id = match table.get("id") {
        Some(node) => read_store_id(node)?,
        None => own.unwrap_or_else(mint),
    };
    match (copy, fixture) {
        (Some(of), _) => Some(New::Copy(of.text()?.into(), id)),
        (None, Some(node)) => read_store_as(node, id, call.service.fixtures()).map(new),
        (None, None) => Some(new(call.service.directory().new_store(id))),
    }
}

/// A store as a fixture: JSON, or with `?format=toml` TOML.
pub(super) fn export(call: &Call<'_>) -> Result<Answer, Refusal> {
    let store = call.service.directory().get(&IdentityStoreId::from(call.id.as_str()));
    write(call, vec![store.ok_or_else(|| no_such_store(&call.id))?])
}

/// Puts a fixture of one store in the place of a store, or makes one of it.
pub(super) fn replace(call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = Document::line("the store's id", call.id.as_str()).read(read_store_id);
    let id = id.map_err(|error| super::calls::refused(&error))?;
    let id = id.ok_or_else(|| no_such_store(&call.id))?;
    let options = call.service.fixtures();
    let store = read_body(call, |root| read_store_as(root, id.clone(), options))?;
    let new = call.service.directory().replace(store).map_err(|error| refused(&error))?;
    let status = if new { StatusCode::CREATED } else { StatusCode::OK };
    Ok(Answer::json(status, &json!({ "id": id.as_str() })))
}

/// Removes a store.
pub(super) fn remove(call: &Call<'_>) -> Result<Answer, Refusal> {
    match call.service.directory().remove(&IdentityStoreId::from(call.id.as_str())) {
        true => ok(json!({ "removed": 1 })),
        false => Err(no_such_store(&call.id)),
    }
}

/// Writes every store to the state file.
pub(super) fn save(call: &Call<'_>) -> Result<Answer, Refusal> {
    let error = match call.service.save() {
        Ok(Some(stores)) => return ok(json!({ "saved": stores })),
        Ok(None) => "there is no state file; start idouble with --state FILE".to_owned(),
        Err(error) => format!("the state file was not written: {error}"),
    };
    Err(Refusal::new(StatusCode::CONFLICT, error))
}

fn write(call: &Call<'_>, stores: Vec<Arc<IdentityStore>>) -> Result<Answer, Refusal> {
    let (content_type, format) = match call.param("format").as_deref() {
        None | Some("json") => (JSON, Format::Json),
        Some("toml") => (TOML, Format::Toml),
        Some(other) => {
            let error = format!("format {other:?} is neither \"json\" nor \"toml\"");
            return Err(Refusal::new(StatusCode::BAD_REQUEST, error));
        }
    };
    let end = (format == Format::Json).then(|| b"\n".to_vec());
    let pieces = Export::new(stores, format).chain(end);
    Ok(Answer::follow(content_type, stream::off_thread(pieces)))
}

fn no_such_store(id: &str) -> Refusal {
    refused(&StoreError::Unknown(id.to_owned()))
}

fn refused(error: &StoreError) -> Refusal {
    let status = match error {
        StoreError::Exists(_) => StatusCode::CONFLICT,
        StoreError::Unknown(_) => StatusCode::NOT_FOUND,
        StoreError::TooMany => StatusCode::INSUFFICIENT_STORAGE,
    };
    Refusal::new(status, error.to_string())
}
