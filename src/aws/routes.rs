//! The table of AWS operations. One row registers an operation. The rows of the services other
//! than Identity Store are in files of their own.

use std::sync::LazyLock;

use http::Method;

use crate::dialect::Location::Body;
use crate::dialect::Step::{Elements, Member};
use crate::dialect::{Args, Location, Locations, Route, route};
use crate::domain::{Command, Operation as Op};

use super::service::AwsService;
use super::{Model, organizations, requests, sso_admin, sts};

const STORE: Locations = Locations::NONE.store(Body(&[Member("IdentityStoreId")]));
const ONE_USER: Locations = STORE.user(Body(&[Member("UserId")]));
const ONE_GROUP: Locations = STORE.group(Body(&[Member("GroupId")]));
const MEMBER: Locations = STORE.user(Body(&[Member("MemberId"), Member("UserId")]));
const BOTH_ENDS: Locations = MEMBER.group(Body(&[Member("GroupId")]));
const MEMBERSHIP: Locations = STORE.membership(Body(&[Member("MembershipId")]));
const PATCH: &[Location] = &[Body(&[Member("Operations"), Elements, Member("AttributePath")])];
const FILTER: &[Location] = &[Body(&[Member("Filters"), Elements, Member("AttributePath")])];
const LOOKUP: &[Location] =
    &[Body(&[Member("AlternateIdentifier"), Member("UniqueAttribute"), Member("AttributePath")])];

/// The operations of every service.
pub static ROUTES: LazyLock<Vec<Route>> = LazyLock::new(|| {
    [IDENTITY_STORE, sso_admin::ROUTES, organizations::ROUTES, sts::ROUTES].concat()
});

/// The operations of Identity Store's current model.
const IDENTITY_STORE: &[Route] = &[
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

/// The operations that the older model of Identity Store does not have.
const NEWER_OPERATIONS: [Op; 3] =
    [Op::DescribeIdentityStore, Op::ListIdentityStores, Op::UpdateIdentityStore];

/// The operations of a service.
pub fn service(service: AwsService) -> impl Iterator<Item = &'static Route> {
    ROUTES.iter().filter(move |route| route.service == service.route_name())
}

/// The route of an operation of a service, if the model has it.
pub fn find(model: Model, service: AwsService, operation: &str) -> Option<&'static Route> {
    let is_served =
        |route: &&Route| model == Model::Current || !NEWER_OPERATIONS.contains(&route.operation);
    let mut routes = self::service(service);
    routes.find(|route| route.operation.name() == operation).filter(is_served)
}

const fn row(operation: Op, locations: Locations, decode: fn(&Args<'_>) -> Command) -> Route {
    let service = AwsService::IdentityStore.route_name();
    route(operation, service, Method::POST, "/", 200, locations, decode)
}
