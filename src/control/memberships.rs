//! The memberships of a store.

use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::{Change, Command, Deletion, MemberId, MembershipId, Outcome};

use super::error::ControlError;
use super::reply::{Json, Removed};
use super::resource::{execute, store};
use super::route::ControlCall;
use super::{groups, users};

/// A membership to create.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMembership {
    /// The id or display name of the group.
    pub group: String,
    /// The id or user name of the user.
    pub user: String,
}

/// The id of a new membership.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MembershipCreated {
    /// The id.
    pub id: String,
}

/// Adds a user to a group.
pub(super) fn create(
    call: &ControlCall<'_>,
    request: NewMembership,
) -> Result<Json<MembershipCreated>, ControlError> {
    let store = store(call)?;
    let group = groups::id_of(&store, &request.group)?;
    let member = MemberId::User(users::id_of(&store, &request.user)?);
    let change = Change::CreateGroupMembership { group, member };
    match execute(call, Command::Change(store.id().clone(), change))? {
        Outcome::MembershipId(id) => {
            let id = id.as_str().to_owned();
            Ok(Json::new(StatusCode::CREATED, MembershipCreated { id }))
        }
        _ => Err(ControlError::bad_request("the membership was not created")),
    }
}

/// Removes a user from a group.
pub(super) fn delete(call: &ControlCall<'_>) -> Result<Json<Removed>, ControlError> {
    let store = store(call)?;
    let id = MembershipId::from(call.item.as_str());
    let deletion = Deletion { revision: None, idempotent: false };
    let change = Change::DeleteGroupMembership(id, deletion);
    execute(call, Command::Change(store.id().clone(), change))?;
    Ok(Json::ok(Removed { removed: 1 }))
}
