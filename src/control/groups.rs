//! The groups of a store: search, one group with its members and the views of all dialects, and changes.

use std::sync::Arc;

use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::{
    ApiError, Attribute, Change, Command, Deletion, Group, GroupId, IdentityStore, Operation,
    Outcome, ResourceKind,
};
use crate::fixture;

use super::error::ControlError;
use super::reply::{Json, Removed};
use super::resource::{
    AttributeMap, DialectView, PageQuery, ResourceStamps, attribute_map, contains, dialect_views,
    execute, read_attributes, read_patch, searched_text, store,
};
use super::route::ControlCall;

/// A page of groups.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupPage {
    /// Oldest first.
    pub groups: Vec<GroupSummary>,
    /// The number of groups that match, on all pages.
    pub total: usize,
    /// The value of `after` for the next page; null on the last page.
    pub next_after: Option<u64>,
}

/// A group in a list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupSummary {
    /// The id.
    pub id: String,
    /// The display name.
    pub display_name: Option<String>,
    /// The description.
    pub description: Option<String>,
    /// The number of members.
    pub members: usize,
    /// The time of the last change.
    #[schemars(extend("format" = "date-time"))]
    pub updated_at: String,
}

/// A group.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct GroupView {
    /// The id of the store.
    pub store: String,
    /// The id.
    pub id: String,
    /// The display name.
    pub display_name: Option<String>,
    /// Revision, times and authors.
    #[serde(flatten)]
    pub stamps: ResourceStamps,
    /// All attributes, as fixtures spell them.
    pub attributes: AttributeMap,
    /// A page of the memberships, oldest first.
    pub memberships: Vec<UserOfGroup>,
    /// The number of memberships.
    pub memberships_total: usize,
    /// The value of `after` for the next page of memberships; null on the last page.
    pub next_after: Option<u64>,
    /// The group as each dialect shows it.
    pub views: Vec<DialectView>,
}

/// A membership of a group.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UserOfGroup {
    /// The id of the membership.
    pub id: String,
    /// The id of the user.
    pub user: String,
    /// The user name.
    pub user_name: String,
}

/// A group to create.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewGroup {
    /// The attributes, as fixtures spell them.
    pub attributes: AttributeMap,
}

/// A change of a group. What is not set stays.
#[derive(Clone, Default, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupChange {
    /// The attributes to replace, each as a whole, as fixtures spell them; null removes one.
    #[serde(default)]
    pub attributes: AttributeMap,
    /// The revision that the group must have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
}

/// Lists the groups that match.
pub(super) fn list(call: &ControlCall<'_>) -> Result<Json<GroupPage>, ControlError> {
    let (page, store, text) = (PageQuery::from_call(call)?, store(call)?, searched_text(call));
    let matches = |group: &Group| {
        text.as_ref().is_none_or(|text| contains(group.id.as_str(), &group.attributes, text))
    };
    let matching = store.groups_from(0).filter(|(_, group)| matches(group));
    let matching: Vec<_> =
        matching.map(|(position, group)| (position, (position, group))).collect();
    let total = matching.len();
    let (groups, next_after) = page.take(matching.into_iter());
    let text = |group: &Group, attribute| group.attributes.text(attribute).map(str::to_owned);
    let groups = groups.into_iter().map(|(position, group)| GroupSummary {
        id: group.id.as_str().to_owned(),
        display_name: text(group, Attribute::DisplayName),
        description: text(group, Attribute::Description),
        members: store.memberships_of_group(position, 0).count(),
        updated_at: group.meta.updated.at.to_string(),
    });
    Ok(Json::ok(GroupPage { groups: groups.collect(), total, next_after }))
}

/// Returns the group with an id or a display name.
pub(super) fn get(call: &ControlCall<'_>) -> Result<Json<GroupView>, ControlError> {
    Ok(Json::ok(current(call, &call.item)?))
}

/// Creates a group.
pub(super) fn create(
    call: &ControlCall<'_>,
    request: NewGroup,
) -> Result<Json<GroupView>, ControlError> {
    let store = store(call)?;
    let attributes = read_attributes(&store, &fixture::GROUP, &request.attributes)?;
    let change = Change::CreateGroup(attributes);
    let Outcome::GroupCreated(group) = execute(call, Command::Change(store.id().clone(), change))?
    else {
        return Err(ControlError::bad_request("the group was not created"));
    };
    Ok(Json::new(StatusCode::CREATED, current(call, group.id.as_str())?))
}

/// Changes a group.
pub(super) fn change(
    call: &ControlCall<'_>,
    request: GroupChange,
) -> Result<Json<GroupView>, ControlError> {
    let store = store(call)?;
    let (_, group) = find(&store, &call.item)?;
    let GroupChange { attributes, revision } = request;
    if !attributes.is_empty() || revision.is_some() {
        let patch = read_patch(&store, &fixture::GROUP, &group.attributes, &attributes, revision)?;
        let change = Change::UpdateGroup(group.id.clone(), patch);
        execute(call, Command::Change(store.id().clone(), change))?;
    }
    Ok(Json::ok(current(call, group.id.as_str())?))
}

/// Deletes a group and its memberships.
pub(super) fn delete(call: &ControlCall<'_>) -> Result<Json<Removed>, ControlError> {
    let store = store(call)?;
    let (_, group) = find(&store, &call.item)?;
    let deletion = Deletion { revision: None, idempotent: false };
    let change = Change::DeleteGroup(group.id.clone(), deletion);
    execute(call, Command::Change(store.id().clone(), change))?;
    Ok(Json::ok(Removed { removed: 1 }))
}

fn find<'s>(
    store: &'s IdentityStore,
    id_or_name: &str,
) -> Result<(u64, &'s Arc<Group>), ControlError> {
    let unknown = || ApiError::not_found(ResourceKind::Group, id_or_name);
    Ok(store.find_group(id_or_name).ok_or_else(unknown)?)
}

/// The group as it is now.
fn current(call: &ControlCall<'_>, id_or_name: &str) -> Result<GroupView, ControlError> {
    let (page, store) = (PageQuery::from_call(call)?, store(call)?);
    let (position, group) = find(&store, id_or_name)?;
    let id = group.id.as_str();
    let memberships_total = store.memberships_of_group(position, 0).count();
    let (memberships, next_after) = page.take(store.memberships_of_group(position, page.from));
    let memberships = memberships.into_iter().map(|membership| UserOfGroup {
        id: membership.id.to_string(),
        user: membership.user.id.as_str().to_owned(),
        user_name: membership.user.user_name().to_owned(),
    });
    Ok(GroupView {
        store: store.id().to_string(),
        id: id.to_owned(),
        display_name: group.display_name().map(str::to_owned),
        stamps: (&group.meta).into(),
        attributes: attribute_map(&fixture::GROUP, &group.attributes),
        memberships: memberships.collect(),
        memberships_total,
        next_after,
        views: dialect_views(call, &[Operation::DescribeGroup, Operation::GetGroup], id),
    })
}

/// The id of a group that exists.
pub(super) fn id_of(store: &IdentityStore, id_or_name: &str) -> Result<GroupId, ControlError> {
    find(store, id_or_name).map(|(_, group)| group.id.clone())
}
