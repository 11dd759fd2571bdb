//! The table of AWS operations. A row is all that registers an operation.

use http::Method;

use crate::dialect::Location::Body;
use crate::dialect::{Args, Location, Locations, Route, route};
use crate::domain::{Command, Operation as Op};

use super::requests;
use super::{Model, SERVICE};

const STORE: Locations = Locations::NONE.store(Body("IdentityStoreId"));
const ONE_USER: Locations = STORE.user(Body("UserId"));
const ONE_GROUP: Locations = STORE.group(Body("GroupId"));
const MEMBER: Locations = STORE.user(Body("MemberId.UserId"));
const BOTH_ENDS: Locations = MEMBER.group(Body("GroupId"));
const MEMBERSHIP: Locations = STORE.membership(Body("MembershipId"));
const PATCH: &[Location] = &[Body("Operations[].AttributePath")];
const FILTER: &[Location] = &[Body("Filters[].AttributePath")];
const LOOKUP: &[Location] = &[Body("AlternateIdentifier.UniqueAttribute.AttributePath")];

/// Every operation of the current model.
pub static ROUTES: &[Route] = &[
    row(Op::CreateUser, STORE, requests::create_user),
    row(Op::DescribeUser, ONE_USER, requests::describe_user),
    row(Op::UpdateUser, ONE_USER.attribute_paths(PATCH), requests::update_user),
    row(Op::DeleteUser, ONE_USER, requests::delete_user),
    row(Op::ListUsers, STORE.attribute_paths(FILTER), requests::list_users),
    row(Op::GetUserId, STORE.attribute_paths(LOOKUP), requests::get_user_id),
    row(Op::CreateGroup, STORE, requests::create_group),
    row(Op::DescribeGroup, ONE_GROUP, requests::describe_group),
    row(Op::UpdateGroup, ONE_GROUP.attribute_paths(PATCH), requests::update_group),
    row(Op::DeleteGroup, ONE_GROUP, requests::delete_group),
    row(Op::ListGroups, STORE.attribute_paths(FILTER), requests::list_groups),
    row(Op::GetGroupId, STORE.attribute_paths(LOOKUP), requests::get_group_id),
    row(Op::CreateGroupMembership, BOTH_ENDS, requests::create_group_membership),
    row(Op::DescribeGroupMembership, MEMBERSHIP, requests::describe_group_membership),
    row(Op::DeleteGroupMembership, MEMBERSHIP, requests::delete_group_membership),
    row(Op::ListGroupMemberships, ONE_GROUP, requests::list_group_memberships),
    row(Op::ListGroupMembershipsForMember, MEMBER, requests::list_group_memberships_for_member),
    row(Op::GetGroupMembershipId, BOTH_ENDS, requests::get_group_membership_id),
    row(Op::IsMemberInGroups, MEMBER, requests::is_member_in_groups),
    // Not in the older model.
    row(Op::DescribeIdentityStore, STORE, requests::describe_identity_store),
    row(Op::ListIdentityStores, Locations::NONE, requests::list_identity_stores),
    row(Op::UpdateIdentityStore, STORE, requests::update_identity_store),
];

/// The operations that only the current model has. They are the last rows of [`ROUTES`].
const NEWER_OPERATIONS: usize = 3;

/// The operations of a model.
pub fn routes(model: Model) -> &'static [Route] {
    match model {
        Model::Current => ROUTES,
        Model::Nineteen => &ROUTES[..ROUTES.len() - NEWER_OPERATIONS],
    }
}

const fn row(operation: Op, locations: Locations, decode: fn(&Args<'_>) -> Command) -> Route {
    route(operation, SERVICE, Method::POST, "/", 200, locations, decode)
}
