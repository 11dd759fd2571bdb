//! What users and groups have in common: pages, stamps, attributes, and the views of the dialects.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::dialect::{Dialect, Json, JsonObject, KeyCase, Matched, Shape, json_writer};
use crate::domain::{
    AcceptedTokens, AttributeOperation, AttributePath, Attributes, Call, Command, IdentityStore,
    IdentityStoreId, Meta, Operation, Outcome, Patch, Revision, StoreError, TenantAccess, ValueRef,
};
use crate::fixture;

use super::error::ControlError;
use super::route::{ControlCall, QueryParameter, integer_schema};

/// The default number of resources on a page.
const PAGE: usize = 100;

/// The greatest number of resources on a page.
const PAGE_MAX: usize = 1_000;

const LIMIT: QueryParameter = QueryParameter {
    name: "limit",
    description: "The number of rows on the page",
    schema: || integer_schema(1, PAGE_MAX),
};

const AFTER: QueryParameter = QueryParameter {
    name: "after",
    description: "The `next_after` of the page before",
    schema: || json!({ "type": "integer", "minimum": 0 }),
};

/// The query parameters of a page.
pub(super) const PAGING: &[QueryParameter] = &[LIMIT, AFTER];

/// The query parameters of a search.
pub(super) const SEARCH: &[QueryParameter] = &[
    QueryParameter {
        name: "q",
        description: "A part of the id or of any text attribute, in any case",
        schema: || json!({ "type": "string" }),
    },
    LIMIT,
    AFTER,
];

/// A resource as a dialect shows it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DialectView {
    /// The dialect.
    pub dialect: String,
    /// The body of its response.
    pub body: Value,
}

/// When and by whom a resource was created and updated, and its revision.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ResourceStamps {
    /// The revision, which each change increases.
    pub revision: u64,
    /// The time of the creation.
    #[schemars(extend("format" = "date-time"))]
    pub created_at: String,
    /// The author of the creation.
    pub created_by: String,
    /// The time of the last change.
    #[schemars(extend("format" = "date-time"))]
    pub updated_at: String,
    /// The author of the last change.
    pub updated_by: String,
}

impl From<&Meta> for ResourceStamps {
    fn from(meta: &Meta) -> Self {
        Self {
            revision: meta.revision.0,
            created_at: meta.created.at.to_string(),
            created_by: meta.created.by.to_string(),
            updated_at: meta.updated.at.to_string(),
            updated_by: meta.updated.by.to_string(),
        }
    }
}

/// Attributes by name, as fixtures spell them.
pub(super) type AttributeMap = BTreeMap<String, Value>;

/// A page of a list.
#[derive(Clone, Copy, Debug)]
pub(super) struct PageQuery {
    pub(super) limit: usize,
    /// The position of the first row that can be on the page.
    pub(super) from: u64,
}

impl PageQuery {
    pub(super) fn from_call(call: &ControlCall<'_>) -> Result<Self, ControlError> {
        let limit = call.integer("limit", 1..=PAGE_MAX as u64)?;
        let after = call.integer("after", 0..=u64::MAX)?;
        let limit = limit.map_or(PAGE, |limit| limit as usize);
        Ok(Self { limit, from: after.map_or(0, |after| after.saturating_add(1)) })
    }

    /// The rows of the page with the value of `after` for the next page, from rows in order of their positions.
    pub(super) fn take<T>(self, rows: impl Iterator<Item = (u64, T)>) -> (Vec<T>, Option<u64>) {
        let mut rows = rows.skip_while(|(position, _)| *position < self.from);
        let mut last = None;
        let mut page = Vec::new();
        for (position, row) in rows.by_ref().take(self.limit) {
            last = Some(position);
            page.push(row);
        }
        (page, last.filter(|_| rows.next().is_some()))
    }
}

/// The store that the path names.
pub(super) fn store(call: &ControlCall<'_>) -> Result<Arc<IdentityStore>, ControlError> {
    let store = call.service.directory().get(&IdentityStoreId::from(call.id.as_str()));
    store.ok_or_else(|| StoreError::Unknown(call.id.clone()).into())
}

/// The text to search, in lower case; `None` if there is none.
pub(super) fn searched_text(call: &ControlCall<'_>) -> Option<String> {
    call.parameter("q").filter(|text| !text.is_empty()).map(|text| text.to_lowercase())
}

/// Whether an id or any text of the attributes contains a text, which is in lower case.
pub(super) fn contains(id: &str, attributes: &Attributes, text: &str) -> bool {
    let contains = |value: &str| value.to_lowercase().contains(text);
    contains(id) || attributes.iter().any(|(_, value)| value_contains(value, &contains))
}

fn value_contains(value: ValueRef<'_>, contains: &impl Fn(&str) -> bool) -> bool {
    match value {
        ValueRef::Text(text) => contains(text),
        ValueRef::Flag(_) => false,
        ValueRef::Texts(texts) => texts.iter().any(contains),
        ValueRef::Record(record) => record.iter().any(|(_, value)| value_contains(value, contains)),
        ValueRef::List(list) => list
            .iter()
            .flat_map(|item| item.iter())
            .any(|(_, value)| value_contains(value, contains)),
    }
}

/// Attributes by name, as fixtures spell them.
pub(super) fn attribute_map(shape: &Shape, attributes: &Attributes) -> AttributeMap {
    let json = json_writer::object(|object| shape.encode(attributes, object));
    serde_json::from_slice(&json).unwrap_or_default()
}

/// Reads all attributes of a resource. A manager is named by user name or id.
pub(super) fn read_attributes(
    store: &IdentityStore,
    shape: &'static Shape,
    attributes: &AttributeMap,
) -> Result<Attributes, ControlError> {
    let json = serde_json::to_string(attributes).unwrap_or_default();
    let find = |name: &str| store.find_user(name).map(|(_, user)| user.id.as_str().to_owned());
    Ok(fixture::read_attributes("/attributes", &json, shape, find)?)
}

/// The operations that replace these attributes; null removes one.
pub(super) fn read_patch(
    store: &IdentityStore,
    shape: &'static Shape,
    former: &Attributes,
    changes: &AttributeMap,
    revision: Option<u64>,
) -> Result<Patch, ControlError> {
    let mut merged = attribute_map(shape, former);
    for (name, value) in changes {
        match value {
            Value::Null => drop(merged.remove(name)),
            value => drop(merged.insert(name.clone(), value.clone())),
        }
    }
    let mut operations = Vec::new();
    let patched = read_attributes(store, shape, &merged)?;
    for name in changes.keys() {
        let member = shape.find(name, KeyCase::Exact).ok_or_else(|| {
            let names: Vec<_> = shape.members.iter().map(|member| member.name).collect();
            let error =
                format!("/attributes: unknown field `{name}`; known are {}", names.join(", "));
            ControlError::bad_request(error)
        })?;
        let path = AttributePath::new(member.attribute);
        let value = patched.get(member.attribute).map(Into::into);
        operations.push(AttributeOperation { path, value });
    }
    Ok(Patch { operations: Ok(operations), revision: revision.map(Revision) })
}

/// Runs a command outside of the request pipeline: no fault rule hits it, and the journal does not show it.
pub(super) fn execute(call: &ControlCall<'_>, command: Command) -> Result<Outcome, ControlError> {
    let service = call.service;
    let by = &service.fixtures().by;
    Ok(service.directory().execute(service.clock().now(), Call { by, command })?)
}

/// A user or group as each dialect shows it, sorted by dialect: the response to the operation of these that
/// the dialect has.
pub(super) fn dialect_views(
    call: &ControlCall<'_>,
    operations: &[Operation],
    id: &str,
) -> Vec<DialectView> {
    let mut views: Vec<_> = call
        .service
        .dialects()
        .filter_map(|dialect| {
            let body = dialect_view(call, dialect, operations, id)?;
            Some(DialectView { dialect: dialect.name().to_owned(), body })
        })
        .collect();
    views.sort_by(|one, other| one.dialect.cmp(&other.dialect));
    views
}

/// The body of the response; `None` if the dialect has none of these operations.
fn dialect_view(
    call: &ControlCall<'_>,
    dialect: &dyn Dialect,
    operations: &[Operation],
    id: &str,
) -> Option<Value> {
    let directory = call.service.directory();
    let route = dialect.routes().iter().find(|route| operations.contains(&route.operation))?;
    let tenant = directory.aws_tenant(&IdentityStoreId::from(call.id.as_str()));
    let mut matched =
        Matched::new(route, call.head, Json::Object(JsonObject::default()), Vec::new());
    matched.set(route.locations.store, &call.id);
    matched.set(route.locations.user.or(route.locations.group), id);
    if route.path.starts_with("/{tenant}") {
        let access = TenantAccess { tenant: &tenant, bearer: None, accepts: AcceptedTokens::Any };
        matched.tenant = directory.open_tenant(call.service.clock().now(), &access).ok();
        matched.params.push(("tenant".into(), tenant.as_str().into()));
    }
    dialect.request_all_attributes(&mut matched.body);
    let outcome = execute(call, dialect.decode(&matched).ok()?).ok()?;
    serde_json::from_slice(dialect.encode(0, &matched, &outcome).body()).ok()
}
