//! The users of a store: search, one user with groups and the views of all dialects, and changes.

use std::sync::Arc;

use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::{
    ApiError, Attribute, Change, Command, Deletion, IdentityStore, Operation, Outcome,
    ResourceKind, User, UserId,
};
use crate::fixture;

use super::error::ControlError;
use super::reply::{Json, Removed};
use super::resource::{
    AttributeMap, DialectView, PageQuery, ResourceStamps, attribute_map, contains, dialect_views,
    execute, read_attributes, read_patch, searched_text, store,
};
use super::route::ControlCall;

/// A page of users.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UserPage {
    /// Oldest first.
    pub users: Vec<UserSummary>,
    /// The number of users that match, on all pages.
    pub total: usize,
    /// The value of `after` for the next page; null on the last page.
    pub next_after: Option<u64>,
}

/// A user in a list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UserSummary {
    /// The id.
    pub id: String,
    /// The user name.
    pub user_name: String,
    /// The display name.
    pub display_name: Option<String>,
    /// The first e-mail address.
    pub email: Option<String>,
    /// Whether the user may sign in.
    pub enabled: bool,
    /// The time of the last change.
    #[schemars(extend("format" = "date-time"))]
    pub updated_at: String,
}

/// A user.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct UserView {
    /// The id of the store.
    pub store: String,
    /// The id.
    pub id: String,
    /// The user name.
    pub user_name: String,
    /// Whether the user may sign in.
    pub enabled: bool,
    /// Revision, times and authors.
    #[serde(flatten)]
    pub stamps: ResourceStamps,
    /// All attributes, as fixtures spell them.
    pub attributes: AttributeMap,
    /// A page of the memberships, oldest first.
    pub memberships: Vec<GroupOfUser>,
    /// The number of memberships.
    pub memberships_total: usize,
    /// The value of `after` for the next page of memberships; null on the last page.
    pub next_after: Option<u64>,
    /// The user as each dialect shows it.
    pub views: Vec<DialectView>,
}

/// A membership of a user.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupOfUser {
    /// The id of the membership.
    pub id: String,
    /// The id of the group.
    pub group: String,
    /// The display name of the group.
    pub group_name: Option<String>,
}

/// A user to create.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// The attributes, as fixtures spell them.
    pub attributes: AttributeMap,
}

/// A change of a user. What is not set stays.
#[derive(Clone, Default, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UserChange {
    /// The attributes to replace, each as a whole, as fixtures spell them; null removes one.
    #[serde(default)]
    pub attributes: AttributeMap,
    /// Whether the user may sign in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// The revision that the user must have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
}

/// Lists the users that match.
pub(super) fn list(call: &ControlCall<'_>) -> Result<Json<UserPage>, ControlError> {
    let (page, store, text) = (PageQuery::from_call(call)?, store(call)?, searched_text(call));
    let matches = |user: &User| {
        text.as_ref().is_none_or(|text| contains(user.id.as_str(), &user.attributes, text))
    };
    let matching = store.users_from(0).filter(|(_, user)| matches(user));
    let matching: Vec<_> = matching.collect();
    let total = matching.len();
    let (users, next_after) = page.take(matching.into_iter());
    let users = users.into_iter().map(|user| UserSummary {
        id: user.id.as_str().to_owned(),
        user_name: user.user_name().to_owned(),
        display_name: user.attributes.text(Attribute::DisplayName).map(str::to_owned),
        email: user.emails().next().map(str::to_owned),
        enabled: user.enabled,
        updated_at: user.meta.updated.at.to_string(),
    });
    Ok(Json::ok(UserPage { users: users.collect(), total, next_after }))
}

/// Returns the user with an id or a user name.
pub(super) fn get(call: &ControlCall<'_>) -> Result<Json<UserView>, ControlError> {
    Ok(Json::ok(current(call, &call.item)?))
}

/// Creates a user.
pub(super) fn create(
    call: &ControlCall<'_>,
    request: NewUser,
) -> Result<Json<UserView>, ControlError> {
    let store = store(call)?;
    let attributes = read_attributes(&store, &fixture::USER, &request.attributes)?;
    let change = Change::CreateUser(attributes);
    let Outcome::UserCreated { user, .. } =
        execute(call, Command::Change(store.id().clone(), change))?
    else {
        return Err(ControlError::bad_request("the user was not created"));
    };
    Ok(Json::new(StatusCode::CREATED, current(call, user.id.as_str())?))
}

/// Changes a user.
pub(super) fn change(
    call: &ControlCall<'_>,
    request: UserChange,
) -> Result<Json<UserView>, ControlError> {
    let store = store(call)?;
    let (_, user) = find(&store, &call.item)?;
    let UserChange { attributes, enabled, revision } = request;
    let run = |change| execute(call, Command::Change(store.id().clone(), change));
    if !attributes.is_empty() || revision.is_some() {
        let patch = read_patch(&store, &fixture::USER, &user.attributes, &attributes, revision)?;
        run(Change::UpdateUser(user.id.clone(), patch))?;
    }
    if let Some(enabled) = enabled.filter(|enabled| *enabled != user.enabled) {
        run(Change::SetEnabled { user: user.id.clone(), enabled })?;
    }
    Ok(Json::ok(current(call, user.id.as_str())?))
}

/// Deletes a user with its memberships.
pub(super) fn delete(call: &ControlCall<'_>) -> Result<Json<Removed>, ControlError> {
    let store = store(call)?;
    let (_, user) = find(&store, &call.item)?;
    let deletion = Deletion { revision: None, idempotent: false };
    let change = Change::DeleteUser(user.id.clone(), deletion);
    execute(call, Command::Change(store.id().clone(), change))?;
    Ok(Json::ok(Removed { removed: 1 }))
}

fn find<'s>(
    store: &'s IdentityStore,
    id_or_name: &str,
) -> Result<(u64, &'s Arc<User>), ControlError> {
    let unknown = || ApiError::not_found(ResourceKind::User, id_or_name);
    Ok(store.find_user(id_or_name).ok_or_else(unknown)?)
}

/// The user as it is now.
fn current(call: &ControlCall<'_>, id_or_name: &str) -> Result<UserView, ControlError> {
    let (page, store) = (PageQuery::from_call(call)?, store(call)?);
    let (position, user) = find(&store, id_or_name)?;
    let id = user.id.as_str();
    let memberships_total = store.memberships_of_user(position, 0).count();
    let (memberships, next_after) = page.take(store.memberships_of_user(position, page.from));
    let memberships = memberships.into_iter().map(|membership| GroupOfUser {
        id: membership.id.to_string(),
        group: membership.group.id.as_str().to_owned(),
        group_name: membership.group.display_name().map(str::to_owned),
    });
    Ok(UserView {
        store: store.id().to_string(),
        id: id.to_owned(),
        user_name: user.user_name().to_owned(),
        enabled: user.enabled,
        stamps: (&user.meta).into(),
        attributes: attribute_map(&fixture::USER, &user.attributes),
        memberships: memberships.collect(),
        memberships_total,
        next_after,
        views: dialect_views(call, &[Operation::DescribeUser, Operation::GetUser], id),
    })
}

/// The id of a user that exists.
pub(super) fn id_of(store: &IdentityStore, id_or_name: &str) -> Result<UserId, ControlError> {
    find(store, id_or_name).map(|(_, user)| user.id.clone())
}
