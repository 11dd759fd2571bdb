//! Stores: a test creates one of its own, which no other test sees.

use std::sync::Arc;

use http::StatusCode;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::RawValue;

use crate::domain::{IdentityStore, IdentityStoreId, StoreError};
use crate::fixture::{self, Export, Format};

use super::ControlResponse;
use super::error::ControlError;
use super::reply::{JSON, Json, Removed, Reply, stream_response, text_schema};
use super::route::{ControlCall, QueryParameter, parse_body};
use super::stream;

const TOML: &str = "application/toml";

/// The query parameter of an export.
pub(super) const FORMAT: &[QueryParameter] = &[QueryParameter {
    name: "format",
    description: "The format of a fixture: json or toml",
    schema: || json!({ "enum": ["json", "toml"] }),
}];

/// All stores.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StoreList {
    /// In order of creation.
    pub stores: Vec<StoreSummary>,
    /// The bearer token of both SCIM paths.
    pub scim_token: String,
}

/// One store.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StoreSummary {
    /// The id.
    pub id: String,
    /// The number of users.
    pub users: u64,
    /// The number of groups.
    pub groups: u64,
    /// The number of memberships.
    pub memberships: u64,
    /// The path of SCIM, as AWS serves it.
    pub scim_path: String,
    /// The path of SCIM, as the RFCs describe it.
    pub scim_rfc_path: String,
}

/// A store to create: empty, or from a copy or a fixture, but not from both.
#[derive(Clone, Default, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("not" = { "required": ["copy", "fixture"] }))]
pub struct NewStore<'a> {
    /// The id; without it, that of the fixture, or a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The id of the store to copy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copy: Option<String>,
    /// A fixture with one store, or the store alone. A string is the text of a fixture file, TOML or JSON.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<FixtureOrText>")]
    pub fixture: Option<&'a RawValue>,
    /// The name of the fixture file in error messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixture_name: Option<String>,
}

/// The id of a new or replaced store.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StoreCreated {
    /// The id.
    pub id: String,
}

/// Lists the stores; with `?format=` exports all of them.
pub(super) fn list(call: &ControlCall<'_>) -> Result<ListReply, ControlError> {
    let directory = call.service.directory();
    let stores = directory.current_stores();
    if call.parameter("format").is_some() {
        return export_as(call, stores).map(ListReply::Export);
    }
    let stores = stores.iter().map(|store| StoreSummary {
        id: store.id().to_string(),
        users: store.summary().users,
        groups: store.summary().groups,
        memberships: store.memberships_len(),
        scim_path: scim_path(&directory.aws_tenant(store.id())),
        scim_rfc_path: scim_path(&directory.rfc_tenant(store.id())),
    });
    let (stores, scim_token) = (stores.collect(), call.service.scim_token());
    Ok(ListReply::List(Json::ok(StoreList { stores, scim_token })))
}

/// The path under which a tenant's SCIM is served.
fn scim_path(tenant: &str) -> String {
    format!("/{tenant}/scim/v2/")
}

/// Creates a store.
pub(super) fn create(
    call: &ControlCall<'_>,
    body: &str,
) -> Result<Json<StoreCreated>, ControlError> {
    let request: NewStore<'_> = parse_body(body.as_bytes())?;
    let id = create_store(call, &request)?;
    Ok(Json::new(StatusCode::CREATED, StoreCreated { id: id.to_string() }))
}

/// Creates a store and returns its id. A rejected request uses up no id.
pub(super) fn create_store(
    call: &ControlCall<'_>,
    request: &NewStore<'_>,
) -> Result<IdentityStoreId, ControlError> {
    let directory = call.service.directory();
    let mut generated = None;
    let new_id = || generated.insert(directory.next_store_id()).clone();
    let created = insert(call, request, new_id);
    if let (Err(_), Some(id)) = (&created, &generated) {
        directory.release_store_id(id);
    }
    created
}

fn insert(
    call: &ControlCall<'_>,
    request: &NewStore<'_>,
    new_id: impl FnOnce() -> IdentityStoreId,
) -> Result<IdentityStoreId, ControlError> {
    let directory = call.service.directory();
    let id = request.id.as_deref().map(|id| parse_id("/id", id)).transpose()?;
    let id = match (&request.copy, request.fixture) {
        (Some(_), Some(_)) => {
            let error = "/fixture: a store has either `copy` or `fixture`, not both";
            return Err(ControlError::bad_request(error));
        }
        (Some(original), None) => {
            let id = id.unwrap_or_else(new_id);
            directory.copy(&IdentityStoreId::from(original.as_str()), id.clone())?;
            id
        }
        (None, Some(fixture)) => {
            let store = read_fixture(call, request, fixture, id, new_id)?;
            let id = store.id().clone();
            directory.insert(store)?;
            id
        }
        (None, None) => {
            let id = id.unwrap_or_else(new_id);
            directory.insert(directory.new_store(id.clone()))?;
            id
        }
    };
    Ok(id)
}

/// Reads the fixture of a new store. The error of a fixture text shows the invalid line.
fn read_fixture(
    call: &ControlCall<'_>,
    request: &NewStore<'_>,
    fixture: &RawValue,
    id: Option<IdentityStoreId>,
    new_id: impl FnOnce() -> IdentityStoreId,
) -> Result<IdentityStore, ControlError> {
    let options = call.service.fixtures();
    let name = request.fixture_name.as_deref().unwrap_or("/fixture");
    let Ok(text) = serde_json::from_str::<String>(fixture.get()) else {
        return Ok(fixture::read_store(name, fixture.get(), id, new_id, options)?);
    };
    fixture::read_store(name, &text, id, new_id, options).map_err(|error| {
        ControlError::bad_request(error.to_string()).with_details(vec![error.summary()])
    })
}

/// Exports a store as a fixture: JSON, or TOML with `?format=toml`.
pub(super) fn export(call: &ControlCall<'_>) -> Result<ExportReply, ControlError> {
    let store = call.service.directory().get(&IdentityStoreId::from(call.id.as_str()));
    export_as(call, vec![store.ok_or_else(|| unknown(&call.id))?])
}

/// Replaces a store with that of a fixture, or creates it.
pub(super) fn replace(
    call: &ControlCall<'_>,
    body: &str,
) -> Result<Json<StoreCreated>, ControlError> {
    let id = parse_id("the store's id", &call.id)?;
    let new_id = || id.clone();
    let options = call.service.fixtures();
    let store = fixture::read_store("body", body, Some(id.clone()), new_id, options)?;
    let is_new = call.service.directory().replace(store)?;
    Ok(Json::created(is_new, StoreCreated { id: id.to_string() }))
}

/// Deletes a store, and the fault rules that are about it alone.
pub(super) fn delete(call: &ControlCall<'_>) -> Result<Json<Removed>, ControlError> {
    match call.service.delete_store(&IdentityStoreId::from(call.id.as_str())) {
        true => Ok(Json::ok(Removed { removed: 1 })),
        false => Err(unknown(&call.id)),
    }
}

fn export_as(
    call: &ControlCall<'_>,
    stores: Vec<Arc<IdentityStore>>,
) -> Result<ExportReply, ControlError> {
    let format = match call.parameter("format").as_deref() {
        None | Some("json") => Format::Json,
        Some("toml") => Format::Toml,
        Some(other) => {
            let error = format!("invalid format {other:?}; expected json or toml");
            return Err(ControlError::bad_request(error));
        }
    };
    Ok(ExportReply { stores, format })
}

fn parse_id(place: &str, id: &str) -> Result<IdentityStoreId, ControlError> {
    fixture::parse_store_id(id).ok_or_else(|| {
        let expected = "expected an id such as d-1234567890";
        ControlError::bad_request(format!("{place}: invalid store id {id:?}; {expected}"))
    })
}

fn unknown(id: &str) -> ControlError {
    StoreError::Unknown(id.to_owned()).into()
}

/// Stores as a fixture.
pub(super) struct ExportReply {
    stores: Vec<Arc<IdentityStore>>,
    format: Format,
}

impl Reply for ExportReply {
    fn into_response(self) -> ControlResponse {
        let pieces = Export::new(self.stores, self.format);
        match self.format {
            Format::Json => {
                let pieces = pieces.chain([b"\n".to_vec()]);
                stream_response(JSON, stream::off_thread(pieces))
            }
            Format::Toml => stream_response(TOML, stream::off_thread(pieces)),
        }
    }

    fn content(generator: &mut SchemaGenerator) -> Vec<(&'static str, Schema)> {
        let fixture = generator.subschema_for::<Fixture>();
        vec![(JSON, fixture), (TOML, text_schema(generator))]
    }
}

/// The list of stores, or all of them as a fixture.
pub(super) enum ListReply {
    List(Json<StoreList>),
    Export(ExportReply),
}

impl Reply for ListReply {
    fn into_response(self) -> ControlResponse {
        match self {
            Self::List(list) => list.into_response(),
            Self::Export(export) => export.into_response(),
        }
    }

    fn content(generator: &mut SchemaGenerator) -> Vec<(&'static str, Schema)> {
        let list = generator.subschema_for::<StoreList>();
        let fixture = generator.subschema_for::<Fixture>();
        let json = json_schema!({ "anyOf": [list, fixture] });
        vec![(JSON, json), (TOML, text_schema(generator))]
    }
}

/// The schema of a fixture.
struct Fixture;

impl JsonSchema for Fixture {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Fixture".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let mut schema = Schema::try_from(fixture::schema()).unwrap_or_default();
        schema.remove("$schema");
        schema
    }
}

/// The schema of one store in a fixture, whose id is in the path, or is generated.
struct Store;

impl JsonSchema for Store {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Store".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let store = fixture::schema()["properties"]["store"]["items"].take();
        let mut schema = Schema::try_from(store).unwrap_or_default();
        schema.remove("required");
        schema
    }
}

/// The schema of a fixture with one store, or the store alone.
pub(super) struct OneStore;

impl JsonSchema for OneStore {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "OneStore".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let fixture = generator.subschema_for::<Fixture>();
        let store = generator.subschema_for::<Store>();
        json_schema!({ "anyOf": [fixture, store] })
    }
}

/// The schema of a fixture with one store, the store alone, or the text of a fixture file.
pub(super) struct FixtureOrText;

impl JsonSchema for FixtureOrText {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "FixtureOrText".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let store = generator.subschema_for::<OneStore>();
        let text = text_schema(generator);
        json_schema!({ "anyOf": [store, text] })
    }
}
