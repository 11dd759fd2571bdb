//! The table of SCIM operations. A row is all that registers an operation; the profiles say which of
//! them they have, and may have other statuses.

use http::Method;

use crate::dialect::Location::{Body, Param};
use crate::dialect::Step::{Elements, Member};
use crate::dialect::{Args, Location, Locations, Route, route};
use crate::domain::{Command, Operation as Op};

use super::requests;

const USERS: &str = "/{tenant}/scim/v2/Users";
const USER: &str = "/{tenant}/scim/v2/Users/{id}";
const GROUPS: &str = "/{tenant}/scim/v2/Groups";
const GROUP: &str = "/{tenant}/scim/v2/Groups/{id}";

const NONE: Locations = Locations::NONE;
const ONE_USER: Locations = NONE.user(Param("id"));
const ONE_GROUP: Locations = NONE.group(Param("id"));
const PATCH: &[Location] = &[Body(&[Member("Operations"), Elements, Member("path")])];

/// Every operation.
pub static ROUTES: &[Route] = &[
    row(Op::CreateUser, Method::POST, USERS, 201, NONE, requests::create_user),
    row(Op::ListUsers, Method::GET, USERS, 200, NONE, requests::list_users),
    row(Op::GetUser, Method::GET, USER, 200, ONE_USER, requests::get_user),
    row(Op::PutUser, Method::PUT, USER, 200, ONE_USER, requests::put_user),
    row(
        Op::PatchUser,
        Method::PATCH,
        USER,
        200,
        ONE_USER.attribute_paths(PATCH),
        requests::patch_user,
    ),
    row(Op::DeleteUser, Method::DELETE, USER, 204, ONE_USER, requests::delete_user),
    row(Op::CreateGroup, Method::POST, GROUPS, 201, NONE, requests::create_group),
    row(Op::ListGroups, Method::GET, GROUPS, 200, NONE, requests::list_groups),
    row(Op::GetGroup, Method::GET, GROUP, 200, ONE_GROUP, requests::get_group),
    row(Op::PutGroup, Method::PUT, GROUP, 200, ONE_GROUP, requests::put_group),
    row(
        Op::PatchGroup,
        Method::PATCH,
        GROUP,
        204,
        ONE_GROUP.attribute_paths(PATCH),
        requests::patch_group,
    ),
    row(Op::DeleteGroup, Method::DELETE, GROUP, 204, ONE_GROUP, requests::delete_group),
    row(Op::Search, Method::POST, "/{tenant}/scim/v2/.search", 200, NONE, requests::search),
    row(
        Op::SearchUsers,
        Method::POST,
        "/{tenant}/scim/v2/Users/.search",
        200,
        NONE,
        requests::search_users,
    ),
    row(
        Op::SearchGroups,
        Method::POST,
        "/{tenant}/scim/v2/Groups/.search",
        200,
        NONE,
        requests::search_groups,
    ),
    row(
        Op::ServiceProviderConfig,
        Method::GET,
        "/{tenant}/scim/v2/ServiceProviderConfig",
        200,
        NONE,
        requests::discover,
    ),
    row(
        Op::ListResourceTypes,
        Method::GET,
        "/{tenant}/scim/v2/ResourceTypes",
        200,
        NONE,
        requests::discover,
    ),
    row(
        Op::GetResourceType,
        Method::GET,
        "/{tenant}/scim/v2/ResourceTypes/{id}",
        200,
        NONE,
        requests::get_resource_type,
    ),
    row(Op::ListSchemas, Method::GET, "/{tenant}/scim/v2/Schemas", 200, NONE, requests::discover),
    row(
        Op::GetSchema,
        Method::GET,
        "/{tenant}/scim/v2/Schemas/{id}",
        200,
        NONE,
        requests::get_schema,
    ),
];

const fn row(
    operation: Op,
    method: Method,
    path: &'static str,
    status: u16,
    locations: Locations,
    decode: fn(&Args<'_>) -> Command,
) -> Route {
    route(operation, "SCIM", method, path, status, locations, decode)
}
