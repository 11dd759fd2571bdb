//! Huawei's operations, one row each, and the readers of their arguments.
//!
//! A row is the whole registration. 201 only where the document says so; never 204.

use http::Method;

use serde_json::Value as Json;

use crate::dialect::{Args, Keys, Limit, Nulls, Route, Rules, Unknown, cursor, route};
use crate::domain::Operation as Op;
use crate::domain::{
    AlternateIdentifier, ApiError, Attribute, Change, Command, Constraint, Deletion, GroupId,
    IdentityStoreId, JsonType, ListFilter, MemberId, PageRequest, Query, Rejection, UserId,
};

use super::admin::{
    devices, discovery, password_policy, providers, provisioning, service_provider,
};
use super::limits::{
    ATTRIBUTE_PATH, BODY_ID, EXTERNAL_ID, EXTERNAL_ID_ISSUER, FILTER, IDENTITY_STORE_ID, IDS,
    LIMIT, MARKER, PASSWORD_MODES, PATH_ID, UNIQUE_VALUE,
};
use super::patch;
use super::shapes::{GROUP, USER};

const USERS: &str = "/v1/identity-stores/{identity_store_id}/users";
const ONE_USER: &str = "/v1/identity-stores/{identity_store_id}/users/{user_id}";
const GROUPS: &str = "/v1/identity-stores/{identity_store_id}/groups";
const ONE_GROUP: &str = "/v1/identity-stores/{identity_store_id}/groups/{group_id}";
const MEMBERSHIPS: &str = "/v1/identity-stores/{identity_store_id}/group-memberships";
const ONE_MEMBERSHIP: &str =
    "/v1/identity-stores/{identity_store_id}/group-memberships/{membership_id}";
const ONE_DEVICE: &str =
    "/v1/identity-stores/{identity_store_id}/users/{user_id}/mfa-devices/{device_id}";
const PASSWORD_POLICY: &str = "/v1/identity-stores/{identity_store_id}/password-policy";
const PROVIDERS: &str = "/v1/identity-stores/{identity_store_id}/external-idp";
const ONE_PROVIDER: &str = "/v1/identity-stores/{identity_store_id}/external-idp/{idp_id}";
const IDP_CERTIFICATES: &str =
    "/v1/identity-stores/{identity_store_id}/external-idp/{idp_id}/certificate";
const SP_CERTIFICATES: &str = "/v1/identity-stores/{identity_store_id}/saml-certificates";
const TENANTS: &str = "/v1/identity-stores/{identity_store_id}/provision-tenant";
const TOKENS: &str = "/v1/identity-stores/{identity_store_id}/tenant/{tenant_id}/bearer-token";

/// Every operation.
pub static ROUTES: &[Route] = &[
    route(Op::CreateUser, Method::POST, USERS, 201, create_user),
    route(Op::DescribeUser, Method::GET, ONE_USER, 200, describe_user),
    route(Op::UpdateUser, Method::PUT, ONE_USER, 200, update_user),
    route(Op::DeleteUser, Method::DELETE, ONE_USER, 200, delete_user),
    route(Op::ListUsers, Method::GET, USERS, 200, list_users),
    route(
        Op::GetUserId,
        Method::POST,
        "/v1/identity-stores/{identity_store_id}/users/retrieve-user-id",
        200,
        get_user_id,
    ),
    route(
        Op::DescribeUsers,
        Method::POST,
        "/v1/identity-stores/{identity_store_id}/users/batch-query",
        200,
        describe_users,
    ),
    route(
        Op::EnableUser,
        Method::POST,
        "/v1/identity-stores/{identity_store_id}/users/{user_id}/enable",
        200,
        enable_user,
    ),
    route(
        Op::DisableUser,
        Method::POST,
        "/v1/identity-stores/{identity_store_id}/users/{user_id}/disable",
        200,
        disable_user,
    ),
    route(
        Op::ResetPwdMode,
        Method::POST,
        "/v1/identity-stores/{identity_store_id}/users/{user_id}/reset-password",
        200,
        reset_password,
    ),
    route(
        Op::VerifyEmail,
        Method::POST,
        "/v1/identity-stores/{identity_store_id}/users/{user_id}/verify-email",
        200,
        verify_email,
    ),
    route(Op::CreateGroup, Method::POST, GROUPS, 201, create_group),
    route(Op::DescribeGroup, Method::GET, ONE_GROUP, 200, describe_group),
    route(Op::UpdateGroup, Method::PUT, ONE_GROUP, 200, update_group),
    route(Op::DeleteGroup, Method::DELETE, ONE_GROUP, 200, delete_group),
    route(Op::ListGroups, Method::GET, GROUPS, 200, list_groups),
    route(
        Op::GetGroupId,
        Method::POST,
        "/v1/identity-stores/{identity_store_id}/groups/retrieve-group-id",
        200,
        get_group_id,
    ),
    route(
        Op::DescribeGroups,
        Method::POST,
        "/v1/identity-stores/{identity_store_id}/groups/batch-query",
        200,
        describe_groups,
    ),
    route(Op::CreateGroupMembership, Method::POST, MEMBERSHIPS, 200, create_membership),
    route(Op::DescribeGroupMembership, Method::GET, ONE_MEMBERSHIP, 200, describe_membership),
    route(Op::DeleteGroupMembership, Method::DELETE, ONE_MEMBERSHIP, 200, delete_membership),
    route(Op::ListGroupMemberships, Method::GET, MEMBERSHIPS, 200, list_memberships),
    route(
        Op::ListGroupMembershipsForMember,
        Method::GET,
        "/v1/identity-stores/{identity_store_id}/group-memberships-for-member",
        200,
        list_memberships_for_member,
    ),
    route(
        Op::GetGroupMembershipId,
        Method::POST,
        "/v1/identity-stores/{identity_store_id}/group-memberships/retrieve-group-membership-id",
        200,
        get_membership_id,
    ),
    route(
        Op::IsMemberInGroups,
        Method::POST,
        "/v1/identity-stores/{identity_store_id}/is-member-in-groups",
        200,
        is_member_in_groups,
    ),
    route(
        Op::GetIdentityStoreSummary,
        Method::GET,
        "/v1/identity-stores/{identity_store_id}/identity-store-summary",
        200,
        summary,
    ),
    // Beside the directory: the readers are in `admin`.
    route(
        Op::BatchListMfaDevicesForUser,
        Method::POST,
        "/v1/identity-stores/{identity_store_id}/users/retrieve-mfa-devices",
        200,
        devices::list,
    ),
    route(
        Op::RegisterMfaDeviceForUser,
        Method::POST,
        "/v1/identity-stores/{identity_store_id}/users/{user_id}/mfa-devices/register-mfa-device",
        200,
        devices::register,
    ),
    route(Op::UpdateMfaDeviceForUser, Method::PUT, ONE_DEVICE, 200, devices::rename),
    route(Op::DeleteMfaDeviceForUser, Method::DELETE, ONE_DEVICE, 200, devices::delete),
    route(
        Op::ListSessions,
        Method::GET,
        "/v1/identity-stores/{identity_store_id}/users/{user_id}/sessions",
        200,
        devices::list_sessions,
    ),
    route(
        Op::BatchDeleteSessions,
        Method::POST,
        "/v1/identity-stores/{identity_store_id}/users/{user_id}/sessions/batch-delete",
        200,
        devices::end_sessions,
    ),
    route(Op::DescribePasswordPolicy, Method::GET, PASSWORD_POLICY, 200, password_policy::describe),
    route(Op::UpdatePasswordPolicy, Method::PUT, PASSWORD_POLICY, 200, password_policy::update),
    route(
        Op::CreateExternalIdPConfigurationForDirectory,
        Method::POST,
        PROVIDERS,
        201,
        providers::create,
    ),
    route(
        Op::ListExternalIdPConfigurationsForDirectory,
        Method::GET,
        PROVIDERS,
        200,
        providers::list,
    ),
    route(
        Op::UpdateExternalIdPConfigurationForDirectory,
        Method::PUT,
        ONE_PROVIDER,
        200,
        providers::update,
    ),
    route(
        Op::DeleteExternalIdPConfigurationForDirectory,
        Method::DELETE,
        ONE_PROVIDER,
        200,
        providers::delete,
    ),
    route(
        Op::EnableExternalIdPConfigurationForDirectory,
        Method::POST,
        "/v1/identity-stores/{identity_store_id}/external-idp/{idp_id}/enable",
        200,
        providers::enable,
    ),
    route(
        Op::DisableExternalIdPConfigurationForDirectory,
        Method::POST,
        "/v1/identity-stores/{identity_store_id}/external-idp/{idp_id}/disable",
        200,
        providers::disable,
    ),
    route(
        Op::ImportExternalIdPCertificate,
        Method::POST,
        IDP_CERTIFICATES,
        200,
        providers::import_certificate,
    ),
    route(
        Op::ListExternalIdPCertificates,
        Method::GET,
        IDP_CERTIFICATES,
        200,
        providers::list_certificates,
    ),
    route(
        Op::DeleteExternalIdPCertificate,
        Method::DELETE,
        "/v1/identity-stores/{identity_store_id}/external-idp/{idp_id}/certificate/{certificate_id}",
        200,
        providers::delete_certificate,
    ),
    route(Op::CreateSpCertificate, Method::POST, SP_CERTIFICATES, 201, service_provider::create),
    route(Op::ListSpCertificates, Method::GET, SP_CERTIFICATES, 200, service_provider::list),
    route(
        Op::UpdateSpActiveCertificate,
        Method::POST,
        "/v1/identity-stores/{identity_store_id}/saml-certificates/{certificate_id}/active",
        200,
        service_provider::activate,
    ),
    route(
        Op::DeleteSpCertificate,
        Method::DELETE,
        "/v1/identity-stores/{identity_store_id}/saml-certificates/{certificate_id}",
        200,
        service_provider::delete,
    ),
    route(
        Op::GetSpConfigurationForDirectory,
        Method::GET,
        "/v1/identity-stores/{identity_store_id}/sp-config",
        200,
        service_provider::describe,
    ),
    route(Op::CreateProvisioningTenant, Method::POST, TENANTS, 201, provisioning::create_tenant),
    route(Op::ListProvisioningTenants, Method::GET, TENANTS, 200, provisioning::list_tenants),
    route(
        Op::DeleteProvisioningTenant,
        Method::DELETE,
        "/v1/identity-stores/{identity_store_id}/tenant/{tenant_id}",
        200,
        provisioning::delete_tenant,
    ),
    route(Op::CreateBearerToken, Method::POST, TOKENS, 201, provisioning::create_token),
    route(Op::ListBearerTokens, Method::GET, TOKENS, 200, provisioning::list_tokens),
    route(
        Op::DeleteBearerToken,
        Method::DELETE,
        "/v1/identity-stores/{identity_store_id}/tenant/{tenant_id}/bearer-token/{token_id}",
        200,
        provisioning::delete_token,
    ),
    route(Op::ListInstances, Method::GET, "/v1/instances", 200, discovery::list_instances),
    route(Op::KeystoneListProjects, Method::GET, "/v3/projects", 200, discovery::find_project),
];

/// Whether a POST takes no body.
pub fn is_bodiless(route: &Route) -> bool {
    matches!(
        route.operation,
        Op::EnableUser
            | Op::DisableUser
            | Op::VerifyEmail
            | Op::RegisterMfaDeviceForUser
            | Op::EnableExternalIdPConfigurationForDirectory
            | Op::DisableExternalIdPConfigurationForDirectory
            | Op::CreateSpCertificate
            | Op::UpdateSpActiveCertificate
            | Op::CreateProvisioningTenant
            | Op::CreateBearerToken
    )
}

/// A body: unknown members are passed over, a null is an absent member.
const BODY: Rules = Rules { keys: Keys::Exact, unknown: Unknown::Ignored, nulls: Nulls::Absent };

fn create_user(args: &mut Args<'_>) -> Command {
    let store = store(args);
    Command::Change(store, Change::CreateUser(USER.read(args, BODY)))
}

fn describe_user(args: &mut Args<'_>) -> Command {
    Command::Query(store(args), Query::DescribeUser { user: user(args), extensions: true })
}

fn update_user(args: &mut Args<'_>) -> Command {
    let (store, user) = (store(args), user(args));
    Command::Change(store, Change::UpdateUser(user, patch::read(args, &USER)))
}

fn delete_user(args: &mut Args<'_>) -> Command {
    Command::Change(store(args), Change::DeleteUser(user(args), DELETION))
}

fn list_users(args: &mut Args<'_>) -> Command {
    let store = store(args);
    // Assumed: exact; the document is silent.
    let filter = query(args, "user_name", &FILTER);
    let filter = filter.map(|name| ListFilter::Equals(Attribute::UserName, name.to_owned()));
    let page = page(args, &scope(Op::ListUsers, Some(&store), ""));
    Command::Query(store, Query::ListUsers { filter, page, extensions: true })
}

fn get_user_id(args: &mut Args<'_>) -> Command {
    let unique = ("user_name", Attribute::UserName);
    Command::Query(store(args), Query::GetUserId(alternate(args, unique)))
}

fn describe_users(args: &mut Args<'_>) -> Command {
    let (store, ids) = (store(args), ids(args, "user_ids"));
    Command::Query(store, Query::DescribeUsers(ids.into_iter().map(UserId::from).collect()))
}

fn enable_user(args: &mut Args<'_>) -> Command {
    Command::Change(store(args), Change::SetEnabled { user: user(args), enabled: true })
}

fn disable_user(args: &mut Args<'_>) -> Command {
    Command::Change(store(args), Change::SetEnabled { user: user(args), enabled: false })
}

fn reset_password(args: &mut Args<'_>) -> Command {
    let (store, user) = (store(args), user(args));
    args.require("mode");
    let mode = args.maybe_choice("mode", PASSWORD_MODES).unwrap_or_default().to_owned();
    Command::Change(store, Change::ResetPassword { user, mode })
}

fn verify_email(args: &mut Args<'_>) -> Command {
    Command::Change(store(args), Change::VerifyEmail(user(args)))
}

fn create_group(args: &mut Args<'_>) -> Command {
    let store = store(args);
    Command::Change(store, Change::CreateGroup(GROUP.read(args, BODY)))
}

fn describe_group(args: &mut Args<'_>) -> Command {
    Command::Query(store(args), Query::DescribeGroup(group(args)))
}

fn update_group(args: &mut Args<'_>) -> Command {
    let (store, group) = (store(args), group(args));
    Command::Change(store, Change::UpdateGroup(group, patch::read(args, &GROUP)))
}

fn delete_group(args: &mut Args<'_>) -> Command {
    Command::Change(store(args), Change::DeleteGroup(group(args), DELETION))
}

fn list_groups(args: &mut Args<'_>) -> Command {
    let store = store(args);
    // Source: the document calls this match fuzzy. Assumed: a part of the name, in either case.
    let filter = query(args, "display_name", &FILTER);
    let filter = filter.map(|name| ListFilter::Contains(Attribute::DisplayName, name.to_owned()));
    let page = page(args, &scope(Op::ListGroups, Some(&store), ""));
    Command::Query(store, Query::ListGroups { filter, page })
}

fn get_group_id(args: &mut Args<'_>) -> Command {
    let unique = ("display_name", Attribute::DisplayName);
    Command::Query(store(args), Query::GetGroupId(alternate(args, unique)))
}

fn describe_groups(args: &mut Args<'_>) -> Command {
    let (store, ids) = (store(args), ids(args, "group_ids"));
    Command::Query(store, Query::DescribeGroups(ids.into_iter().map(GroupId::from).collect()))
}

fn create_membership(args: &mut Args<'_>) -> Command {
    let (store, group, member) = (store(args), body_group(args), member(args));
    Command::Change(store, Change::CreateGroupMembership { group, member })
}

fn describe_membership(args: &mut Args<'_>) -> Command {
    let membership = path(args, "membership_id", &PATH_ID).into();
    Command::Query(store(args), Query::DescribeGroupMembership(membership))
}

fn delete_membership(args: &mut Args<'_>) -> Command {
    let store = store(args);
    let membership = path(args, "membership_id", &PATH_ID).into();
    Command::Change(store, Change::DeleteGroupMembership(membership, DELETION))
}

fn list_memberships(args: &mut Args<'_>) -> Command {
    let store = store(args);
    let group = GroupId::from(path(args, "group_id", &PATH_ID));
    let page = page(args, &scope(Op::ListGroupMemberships, Some(&store), group.as_str()));
    Command::Query(store, Query::ListGroupMemberships { group, page })
}

fn list_memberships_for_member(args: &mut Args<'_>) -> Command {
    let store = store(args);
    let user = UserId::from(path(args, "user_id", &PATH_ID));
    let page = page(args, &scope(Op::ListGroupMembershipsForMember, Some(&store), user.as_str()));
    let member = MemberId::User(user);
    Command::Query(store, Query::ListGroupMembershipsForMember { member, page })
}

fn get_membership_id(args: &mut Args<'_>) -> Command {
    let (store, group, member) = (store(args), body_group(args), member(args));
    Command::Query(store, Query::GetGroupMembershipId { group, member })
}

fn is_member_in_groups(args: &mut Args<'_>) -> Command {
    let (store, member) = (store(args), member(args));
    let groups = ids(args, "group_ids").into_iter().map(GroupId::from).collect();
    Command::Query(store, Query::IsMemberInGroups { member, groups })
}

fn summary(args: &mut Args<'_>) -> Command {
    Command::Query(store(args), Query::Summary)
}

/// Deleting what is not there is a 404. Source: the document, on DeleteUser and DeleteGroup.
const DELETION: Deletion = Deletion { revision: None, idempotent: false };

/// The store in the path.
pub fn store(args: &Args<'_>) -> IdentityStoreId {
    path(args, "identity_store_id", &IDENTITY_STORE_ID).into()
}

/// The user in the path.
pub fn user(args: &Args<'_>) -> UserId {
    path(args, "user_id", &PATH_ID).into()
}

fn group(args: &Args<'_>) -> GroupId {
    path(args, "group_id", &PATH_ID).into()
}

fn body_group(args: &Args<'_>) -> GroupId {
    args.text("group_id", &BODY_ID).into()
}

fn member(args: &Args<'_>) -> MemberId {
    let user = args.record_of("member_id", |args| UserId::from(args.text("user_id", &BODY_ID)));
    MemberId::User(user.unwrap_or_else(|| "".into()))
}

fn ids<'a>(args: &Args<'a>, name: &str) -> Vec<&'a str> {
    args.require(name);
    args.maybe_texts(name, &IDS, &BODY_ID).unwrap_or_default()
}

/// A parameter of path or query that has to be there.
pub fn path<'a>(args: &Args<'a>, name: &str, limit: &Limit) -> &'a str {
    args.notes().ask_parameter(name, true, limit);
    let found = parameter(args, name, limit);
    if found.is_none() {
        args.notes().breach(&args.place().member(name), Constraint::Required);
    }
    found.unwrap_or_default()
}

/// A parameter of path or query that may be absent.
pub fn query<'a>(args: &Args<'a>, name: &str, limit: &Limit) -> Option<&'a str> {
    args.notes().ask_parameter(name, false, limit);
    parameter(args, name, limit)
}

fn parameter<'a>(args: &Args<'a>, name: &str, limit: &Limit) -> Option<&'a str> {
    let text = args.matched().param(name)?;
    args.notes().check(&args.place().member(name), limit, text);
    Some(text)
}

/// What seals a marker: it belongs to one list of one store, `of` the group or user whose it is, or to
/// the list of stores. Assumed: that of another list is invalid, as it is with AWS.
pub fn scope(operation: Op, store: Option<&IdentityStoreId>, of: &str) -> String {
    format!("huawei {} {}{of}", operation.name(), store.map_or("", IdentityStoreId::as_str))
}

/// Which page is asked for.
pub fn page(args: &Args<'_>, scope: &str) -> PageRequest {
    let mut limit = *LIMIT.end();
    args.notes().ask_number("limit", &LIMIT);
    if let Some(text) = args.matched().param("limit") {
        let place = args.place().member("limit");
        // The parser would take a sign before it, and a plus is none of JSON's.
        match text.parse().ok().filter(|_| !text.starts_with('+')) {
            Some(number) => {
                args.check_range(&place, number, &LIMIT);
                limit = number;
            }
            None => {
                let found = Json::String(text.to_owned());
                args.notes().wrong_kind(&place, JsonType::Number, &found);
            }
        }
    }
    let after = query(args, "marker", &MARKER).and_then(|marker| {
        let position = cursor::unseal(scope, &marker.to_ascii_lowercase());
        if position.is_none() {
            args.notes().refuse(ApiError::Rejected(Rejection::InvalidToken));
        }
        position
    });
    PageRequest { limit: usize::try_from(limit).unwrap_or(1), after }
}

fn alternate(args: &Args<'_>, unique: (&str, Attribute)) -> AlternateIdentifier {
    let found = args.record_of("alternate_identifier", |args| {
        args.one_of(&["external_id", "unique_attribute"], |which, args| match which {
            "external_id" => AlternateIdentifier::ExternalId {
                issuer: args.text("issuer", &EXTERNAL_ID_ISSUER).to_owned(),
                id: args.text("id", &EXTERNAL_ID).to_owned(),
            },
            _ => {
                let path = args.text("attribute_path", &ATTRIBUTE_PATH);
                if path != unique.0 {
                    args.notes().refuse(ApiError::Rejected(Rejection::NotUnique(path.to_owned())));
                }
                let value = args.text("attribute_value", &UNIQUE_VALUE).to_owned();
                AlternateIdentifier::UniqueAttribute(unique.1, value)
            }
        })
    });
    let nobody = AlternateIdentifier::UniqueAttribute(unique.1, String::new());
    found.flatten().unwrap_or(nobody)
}
