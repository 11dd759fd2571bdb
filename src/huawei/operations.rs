//! Huawei's operations, one row each, and the readers of their arguments.
//!
//! A row is the whole registration. 201 only where the document says so; never 204.

use http::Method;

use crate::dialect::Location::{Body, Param, ParamName};
use crate::dialect::{
    Args, DecodeRules, KeyCase, Location, Locations, Nulls, Route, UnknownKeys, page_token, route,
};
use crate::domain::Operation as Op;
use crate::domain::{
    AlternateIdentifier, ApiError, Attribute, Change, Command, Deletion, GroupId, IdentityStoreId,
    ListFilter, MemberId, PageRequest, Query, Rejection, UserId,
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

const USERS_PATH: &str = "/v1/identity-stores/{identity_store_id}/users";
const ONE_USER_PATH: &str = "/v1/identity-stores/{identity_store_id}/users/{user_id}";
const GROUPS_PATH: &str = "/v1/identity-stores/{identity_store_id}/groups";
const ONE_GROUP_PATH: &str = "/v1/identity-stores/{identity_store_id}/groups/{group_id}";
const MEMBERSHIPS_PATH: &str = "/v1/identity-stores/{identity_store_id}/group-memberships";
const ONE_MEMBERSHIP_PATH: &str =
    "/v1/identity-stores/{identity_store_id}/group-memberships/{membership_id}";
const ONE_DEVICE_PATH: &str =
    "/v1/identity-stores/{identity_store_id}/users/{user_id}/mfa-devices/{device_id}";
const PASSWORD_POLICY_PATH: &str = "/v1/identity-stores/{identity_store_id}/password-policy";
const PROVIDERS_PATH: &str = "/v1/identity-stores/{identity_store_id}/external-idp";
const ONE_PROVIDER_PATH: &str = "/v1/identity-stores/{identity_store_id}/external-idp/{idp_id}";
const IDP_CERTIFICATES_PATH: &str =
    "/v1/identity-stores/{identity_store_id}/external-idp/{idp_id}/certificate";
const SP_CERTIFICATES_PATH: &str = "/v1/identity-stores/{identity_store_id}/saml-certificates";
const TENANTS_PATH: &str = "/v1/identity-stores/{identity_store_id}/provision-tenant";
const TOKENS_PATH: &str = "/v1/identity-stores/{identity_store_id}/tenant/{tenant_id}/bearer-token";

const STORE: Locations = Locations::NONE.store(Param("identity_store_id"));
const ONE_USER: Locations = STORE.user(Param("user_id"));
const ONE_GROUP: Locations = STORE.group(Param("group_id"));
const MEMBER: Locations = STORE.user(Body("member_id.user_id"));
const BOTH_ENDS: Locations = MEMBER.group(Body("group_id"));
const MEMBERSHIP: Locations = STORE.membership(Param("membership_id"));
const PATCH: &[Location] = &[Body("operations[].attribute_path")];
const LOOKUP: &[Location] = &[Body("alternate_identifier.unique_attribute.attribute_path")];

/// Every operation.
pub static ROUTES: &[Route] = &[
    post(Op::CreateUser, USERS_PATH, 201, STORE, create_user),
    get(Op::DescribeUser, ONE_USER_PATH, 200, ONE_USER, describe_user),
    put(Op::UpdateUser, ONE_USER_PATH, 200, ONE_USER.attribute_paths(PATCH), update_user),
    delete(Op::DeleteUser, ONE_USER_PATH, 200, ONE_USER, delete_user),
    get(
        Op::ListUsers,
        USERS_PATH,
        200,
        STORE.attribute_paths(&[ParamName("user_name")]),
        list_users,
    ),
    post(
        Op::GetUserId,
        "/v1/identity-stores/{identity_store_id}/users/retrieve-user-id",
        200,
        STORE.attribute_paths(LOOKUP),
        get_user_id,
    ),
    post(
        Op::DescribeUsers,
        "/v1/identity-stores/{identity_store_id}/users/batch-query",
        200,
        STORE,
        describe_users,
    ),
    post(
        Op::EnableUser,
        "/v1/identity-stores/{identity_store_id}/users/{user_id}/enable",
        200,
        ONE_USER,
        enable_user,
    )
    .bodiless(),
    post(
        Op::DisableUser,
        "/v1/identity-stores/{identity_store_id}/users/{user_id}/disable",
        200,
        ONE_USER,
        disable_user,
    )
    .bodiless(),
    post(
        Op::ResetPwdMode,
        "/v1/identity-stores/{identity_store_id}/users/{user_id}/reset-password",
        200,
        ONE_USER,
        reset_password,
    ),
    post(
        Op::VerifyEmail,
        "/v1/identity-stores/{identity_store_id}/users/{user_id}/verify-email",
        200,
        ONE_USER,
        verify_email,
    )
    .bodiless(),
    post(Op::CreateGroup, GROUPS_PATH, 201, STORE, create_group),
    get(Op::DescribeGroup, ONE_GROUP_PATH, 200, ONE_GROUP, describe_group),
    put(Op::UpdateGroup, ONE_GROUP_PATH, 200, ONE_GROUP.attribute_paths(PATCH), update_group),
    delete(Op::DeleteGroup, ONE_GROUP_PATH, 200, ONE_GROUP, delete_group),
    get(
        Op::ListGroups,
        GROUPS_PATH,
        200,
        STORE.attribute_paths(&[ParamName("display_name")]),
        list_groups,
    ),
    post(
        Op::GetGroupId,
        "/v1/identity-stores/{identity_store_id}/groups/retrieve-group-id",
        200,
        STORE.attribute_paths(LOOKUP),
        get_group_id,
    ),
    post(
        Op::DescribeGroups,
        "/v1/identity-stores/{identity_store_id}/groups/batch-query",
        200,
        STORE,
        describe_groups,
    ),
    post(Op::CreateGroupMembership, MEMBERSHIPS_PATH, 200, BOTH_ENDS, create_membership),
    get(Op::DescribeGroupMembership, ONE_MEMBERSHIP_PATH, 200, MEMBERSHIP, describe_membership),
    delete(Op::DeleteGroupMembership, ONE_MEMBERSHIP_PATH, 200, MEMBERSHIP, delete_membership),
    get(Op::ListGroupMemberships, MEMBERSHIPS_PATH, 200, ONE_GROUP, list_memberships),
    get(
        Op::ListGroupMembershipsForMember,
        "/v1/identity-stores/{identity_store_id}/group-memberships-for-member",
        200,
        ONE_USER,
        list_memberships_for_member,
    ),
    post(
        Op::GetGroupMembershipId,
        "/v1/identity-stores/{identity_store_id}/group-memberships/retrieve-group-membership-id",
        200,
        BOTH_ENDS,
        get_membership_id,
    ),
    post(
        Op::IsMemberInGroups,
        "/v1/identity-stores/{identity_store_id}/is-member-in-groups",
        200,
        MEMBER,
        is_member_in_groups,
    ),
    get(
        Op::GetIdentityStoreSummary,
        "/v1/identity-stores/{identity_store_id}/identity-store-summary",
        200,
        STORE,
        summary,
    ),
    post(
        Op::BatchListMfaDevicesForUser,
        "/v1/identity-stores/{identity_store_id}/users/retrieve-mfa-devices",
        200,
        STORE,
        devices::list,
    ),
    // Admin operations.
    post(
        Op::RegisterMfaDeviceForUser,
        "/v1/identity-stores/{identity_store_id}/users/{user_id}/mfa-devices/register-mfa-device",
        200,
        ONE_USER,
        devices::register,
    )
    .bodiless(),
    put(Op::UpdateMfaDeviceForUser, ONE_DEVICE_PATH, 200, ONE_USER, devices::rename),
    delete(Op::DeleteMfaDeviceForUser, ONE_DEVICE_PATH, 200, ONE_USER, devices::delete),
    get(
        Op::ListSessions,
        "/v1/identity-stores/{identity_store_id}/users/{user_id}/sessions",
        200,
        ONE_USER,
        devices::list_sessions,
    ),
    post(
        Op::BatchDeleteSessions,
        "/v1/identity-stores/{identity_store_id}/users/{user_id}/sessions/batch-delete",
        200,
        ONE_USER,
        devices::end_sessions,
    ),
    get(Op::DescribePasswordPolicy, PASSWORD_POLICY_PATH, 200, STORE, password_policy::describe),
    put(Op::UpdatePasswordPolicy, PASSWORD_POLICY_PATH, 200, STORE, password_policy::update),
    post(
        Op::CreateExternalIdPConfigurationForDirectory,
        PROVIDERS_PATH,
        201,
        STORE,
        providers::create,
    ),
    get(Op::ListExternalIdPConfigurationsForDirectory, PROVIDERS_PATH, 200, STORE, providers::list),
    put(
        Op::UpdateExternalIdPConfigurationForDirectory,
        ONE_PROVIDER_PATH,
        200,
        STORE,
        providers::update,
    ),
    delete(
        Op::DeleteExternalIdPConfigurationForDirectory,
        ONE_PROVIDER_PATH,
        200,
        STORE,
        providers::delete,
    ),
    post(
        Op::EnableExternalIdPConfigurationForDirectory,
        "/v1/identity-stores/{identity_store_id}/external-idp/{idp_id}/enable",
        200,
        STORE,
        providers::enable,
    )
    .bodiless(),
    post(
        Op::DisableExternalIdPConfigurationForDirectory,
        "/v1/identity-stores/{identity_store_id}/external-idp/{idp_id}/disable",
        200,
        STORE,
        providers::disable,
    )
    .bodiless(),
    post(
        Op::ImportExternalIdPCertificate,
        IDP_CERTIFICATES_PATH,
        200,
        STORE,
        providers::import_certificate,
    ),
    get(
        Op::ListExternalIdPCertificates,
        IDP_CERTIFICATES_PATH,
        200,
        STORE,
        providers::list_certificates,
    ),
    delete(
        Op::DeleteExternalIdPCertificate,
        "/v1/identity-stores/{identity_store_id}/external-idp/{idp_id}/certificate/{certificate_id}",
        200,
        STORE,
        providers::delete_certificate,
    ),
    post(Op::CreateSpCertificate, SP_CERTIFICATES_PATH, 201, STORE, service_provider::create)
        .bodiless(),
    get(Op::ListSpCertificates, SP_CERTIFICATES_PATH, 200, STORE, service_provider::list),
    post(
        Op::UpdateSpActiveCertificate,
        "/v1/identity-stores/{identity_store_id}/saml-certificates/{certificate_id}/active",
        200,
        STORE,
        service_provider::activate,
    )
    .bodiless(),
    delete(
        Op::DeleteSpCertificate,
        "/v1/identity-stores/{identity_store_id}/saml-certificates/{certificate_id}",
        200,
        STORE,
        service_provider::delete,
    ),
    get(
        Op::GetSpConfigurationForDirectory,
        "/v1/identity-stores/{identity_store_id}/sp-config",
        200,
        STORE,
        service_provider::describe,
    ),
    post(Op::CreateProvisioningTenant, TENANTS_PATH, 201, STORE, provisioning::create_tenant)
        .bodiless(),
    get(Op::ListProvisioningTenants, TENANTS_PATH, 200, STORE, provisioning::list_tenants),
    delete(
        Op::DeleteProvisioningTenant,
        "/v1/identity-stores/{identity_store_id}/tenant/{tenant_id}",
        200,
        STORE,
        provisioning::delete_tenant,
    ),
    post(Op::CreateBearerToken, TOKENS_PATH, 201, STORE, provisioning::create_token).bodiless(),
    get(Op::ListBearerTokens, TOKENS_PATH, 200, STORE, provisioning::list_tokens),
    delete(
        Op::DeleteBearerToken,
        "/v1/identity-stores/{identity_store_id}/tenant/{tenant_id}/bearer-token/{token_id}",
        200,
        STORE,
        provisioning::delete_token,
    ),
    route(
        Op::ListInstances,
        "IdentityCenter",
        Method::GET,
        "/v1/instances",
        200,
        Locations::NONE,
        discovery::list_instances,
    ),
    route(
        Op::KeystoneListProjects,
        "IAM",
        Method::GET,
        "/v3/projects",
        200,
        Locations::NONE,
        discovery::find_project,
    ),
    route(
        Op::KeystoneListAuthDomains,
        "IAM",
        Method::GET,
        "/v3/auth/domains",
        200,
        Locations::NONE,
        discovery::describe_account,
    ),
    route(
        Op::GetCallerIdentity,
        "STS",
        Method::GET,
        "/v5/caller-identity",
        200,
        Locations::NONE,
        discovery::describe_account,
    ),
    route(
        Op::ListIdentityStoreAssociation,
        "IdentityCenter",
        Method::GET,
        "/v1/instances/{instance_id}/identity-store-associations",
        200,
        Locations::NONE,
        discovery::describe_instance,
    ),
    route(
        Op::DescribeRegisteredRegions,
        "IdentityCenter",
        Method::GET,
        "/v1/registered-regions",
        200,
        Locations::NONE,
        discovery::describe_account,
    ),
    route(
        Op::GetIdentityCenterServiceStatus,
        "IdentityCenter",
        Method::GET,
        "/v1/identity-center-service/status",
        200,
        Locations::NONE,
        discovery::describe_account,
    ),
];

/// The name of the identity store's service.
const STORE_SERVICE: &str = "IdentityCenterStore";

const fn get(
    operation: Op,
    path: &'static str,
    status: u16,
    locations: Locations,
    decode: fn(&Args<'_>) -> Command,
) -> Route {
    route(operation, STORE_SERVICE, Method::GET, path, status, locations, decode)
}

const fn post(
    operation: Op,
    path: &'static str,
    status: u16,
    locations: Locations,
    decode: fn(&Args<'_>) -> Command,
) -> Route {
    route(operation, STORE_SERVICE, Method::POST, path, status, locations, decode)
}

const fn put(
    operation: Op,
    path: &'static str,
    status: u16,
    locations: Locations,
    decode: fn(&Args<'_>) -> Command,
) -> Route {
    route(operation, STORE_SERVICE, Method::PUT, path, status, locations, decode)
}

const fn delete(
    operation: Op,
    path: &'static str,
    status: u16,
    locations: Locations,
    decode: fn(&Args<'_>) -> Command,
) -> Route {
    route(operation, STORE_SERVICE, Method::DELETE, path, status, locations, decode)
}

/// A body: unknown members are passed over, a null is an absent member.
const BODY: DecodeRules =
    DecodeRules { keys: KeyCase::Exact, unknown: UnknownKeys::Ignored, nulls: Nulls::Absent };

fn create_user(args: &Args<'_>) -> Command {
    let store = store(args);
    Command::Change(store, Change::CreateUser(args.attributes(&USER, BODY)))
}

fn describe_user(args: &Args<'_>) -> Command {
    Command::Query(store(args), Query::DescribeUser { user: user(args), extensions: true })
}

fn update_user(args: &Args<'_>) -> Command {
    let (store, user) = (store(args), user(args));
    Command::Change(store, Change::UpdateUser(user, patch::read(args, &USER)))
}

fn delete_user(args: &Args<'_>) -> Command {
    Command::Change(store(args), Change::DeleteUser(user(args), DELETION))
}

fn list_users(args: &Args<'_>) -> Command {
    let store = store(args);
    // Assumed: exact; the document is silent.
    let filter = args.optional_param("user_name", &FILTER);
    let filter = filter.map(|name| ListFilter::Equals(Attribute::UserName, name.to_owned()));
    let page = page(args, &list_scope(Op::ListUsers, Some(store.as_str()), ""));
    Command::Query(store, Query::ListUsers { filter, page, extensions: true })
}

fn get_user_id(args: &Args<'_>) -> Command {
    let unique = ("user_name", Attribute::UserName);
    Command::Query(store(args), Query::GetUserId(alternate(args, unique)))
}

fn describe_users(args: &Args<'_>) -> Command {
    let (store, ids) = (store(args), ids(args, "user_ids"));
    Command::Query(store, Query::DescribeUsers(ids.into_iter().map(UserId::from).collect()))
}

fn enable_user(args: &Args<'_>) -> Command {
    Command::Change(store(args), Change::SetEnabled { user: user(args), enabled: true })
}

fn disable_user(args: &Args<'_>) -> Command {
    Command::Change(store(args), Change::SetEnabled { user: user(args), enabled: false })
}

fn reset_password(args: &Args<'_>) -> Command {
    let (store, user) = (store(args), user(args));
    args.require("mode");
    let mode = args.optional_choice("mode", PASSWORD_MODES).unwrap_or_default().to_owned();
    Command::Change(store, Change::ResetPassword { user, mode })
}

fn verify_email(args: &Args<'_>) -> Command {
    Command::Change(store(args), Change::VerifyEmail(user(args)))
}

fn create_group(args: &Args<'_>) -> Command {
    let store = store(args);
    Command::Change(store, Change::CreateGroup(args.attributes(&GROUP, BODY)))
}

fn describe_group(args: &Args<'_>) -> Command {
    Command::Query(store(args), Query::DescribeGroup(group(args)))
}

fn update_group(args: &Args<'_>) -> Command {
    let (store, group) = (store(args), group(args));
    Command::Change(store, Change::UpdateGroup(group, patch::read(args, &GROUP)))
}

fn delete_group(args: &Args<'_>) -> Command {
    Command::Change(store(args), Change::DeleteGroup(group(args), DELETION))
}

fn list_groups(args: &Args<'_>) -> Command {
    let store = store(args);
    // Source: the document calls this match fuzzy. Assumed: a part of the name, in either case.
    let filter = args.optional_param("display_name", &FILTER);
    let filter = filter.map(|name| ListFilter::Contains(Attribute::DisplayName, name.to_owned()));
    let page = page(args, &list_scope(Op::ListGroups, Some(store.as_str()), ""));
    Command::Query(store, Query::ListGroups { filter, page })
}

fn get_group_id(args: &Args<'_>) -> Command {
    let unique = ("display_name", Attribute::DisplayName);
    Command::Query(store(args), Query::GetGroupId(alternate(args, unique)))
}

fn describe_groups(args: &Args<'_>) -> Command {
    let (store, ids) = (store(args), ids(args, "group_ids"));
    Command::Query(store, Query::DescribeGroups(ids.into_iter().map(GroupId::from).collect()))
}

fn create_membership(args: &Args<'_>) -> Command {
    let (store, group, member) = (store(args), body_group(args), member(args));
    Command::Change(store, Change::CreateGroupMembership { group, member })
}

fn describe_membership(args: &Args<'_>) -> Command {
    let membership = args.required_param("membership_id", &PATH_ID).into();
    Command::Query(store(args), Query::DescribeGroupMembership(membership))
}

fn delete_membership(args: &Args<'_>) -> Command {
    let store = store(args);
    let membership = args.required_param("membership_id", &PATH_ID).into();
    Command::Change(store, Change::DeleteGroupMembership(membership, DELETION))
}

fn list_memberships(args: &Args<'_>) -> Command {
    let store = store(args);
    let group = GroupId::from(args.required_param("group_id", &PATH_ID));
    let page =
        page(args, &list_scope(Op::ListGroupMemberships, Some(store.as_str()), group.as_str()));
    Command::Query(store, Query::ListGroupMemberships { group, page })
}

fn list_memberships_for_member(args: &Args<'_>) -> Command {
    let store = store(args);
    let user = UserId::from(args.required_param("user_id", &PATH_ID));
    let page = page(
        args,
        &list_scope(Op::ListGroupMembershipsForMember, Some(store.as_str()), user.as_str()),
    );
    let member = MemberId::User(user);
    Command::Query(store, Query::ListGroupMembershipsForMember { member, page })
}

fn get_membership_id(args: &Args<'_>) -> Command {
    let (store, group, member) = (store(args), body_group(args), member(args));
    Command::Query(store, Query::GetGroupMembershipId { group, member })
}

fn is_member_in_groups(args: &Args<'_>) -> Command {
    let (store, member) = (store(args), member(args));
    let groups = ids(args, "group_ids").into_iter().map(GroupId::from).collect();
    Command::Query(store, Query::IsMemberInGroups { member, groups })
}

fn summary(args: &Args<'_>) -> Command {
    Command::Query(store(args), Query::Summary)
}

/// Deleting what is not there is a 404. Source: the document, on DeleteUser and DeleteGroup.
const DELETION: Deletion = Deletion { revision: None, idempotent: false };

/// The store in the path.
pub fn store(args: &Args<'_>) -> IdentityStoreId {
    args.required_param("identity_store_id", &IDENTITY_STORE_ID).into()
}

/// The user in the path.
pub fn user(args: &Args<'_>) -> UserId {
    args.required_param("user_id", &PATH_ID).into()
}

fn group(args: &Args<'_>) -> GroupId {
    args.required_param("group_id", &PATH_ID).into()
}

fn body_group(args: &Args<'_>) -> GroupId {
    args.required_text("group_id", &BODY_ID).into()
}

fn member(args: &Args<'_>) -> MemberId {
    let user = args
        .required_record("member_id", |args| UserId::from(args.required_text("user_id", &BODY_ID)));
    MemberId::User(user.unwrap_or_else(|| "".into()))
}

fn ids<'a>(args: &Args<'a>, name: &str) -> Vec<&'a str> {
    args.require(name);
    args.optional_texts(name, &IDS, &BODY_ID).unwrap_or_default()
}

/// The list that a marker belongs to: of one operation, store, and group or user (`owner`). Assumed:
/// the marker of another list is invalid, as it is with AWS.
pub fn list_scope(operation: Op, store: Option<&str>, owner: &str) -> String {
    format!("huawei {} {}{owner}", operation.name(), store.unwrap_or_default())
}

/// Which page is asked for.
pub fn page(args: &Args<'_>, scope: &str) -> PageRequest {
    let limit = args.optional_integer_param("limit", &LIMIT).unwrap_or(*LIMIT.end());
    let after = args.optional_param("marker", &MARKER).and_then(|marker| {
        let position = page_token::decode(scope, &marker.to_ascii_lowercase());
        if position.is_none() {
            args.violations().reject(ApiError::Rejected(Rejection::InvalidToken));
        }
        position
    });
    PageRequest { limit: usize::try_from(limit).unwrap_or(1), after }
}

fn alternate(args: &Args<'_>, unique: (&str, Attribute)) -> AlternateIdentifier {
    let found = args.required_record("alternate_identifier", |args| {
        args.one_record_of(&["external_id", "unique_attribute"], |which, args| match which {
            "external_id" => AlternateIdentifier::ExternalId {
                issuer: args.required_text("issuer", &EXTERNAL_ID_ISSUER).to_owned(),
                id: args.required_text("id", &EXTERNAL_ID).to_owned(),
            },
            _ => {
                let path = args.required_text("attribute_path", &ATTRIBUTE_PATH);
                if path != unique.0 {
                    args.violations()
                        .reject(ApiError::Rejected(Rejection::NotUnique(path.to_owned())));
                }
                let value = args.required_text("attribute_value", &UNIQUE_VALUE).to_owned();
                AlternateIdentifier::UniqueAttribute(unique.1, value)
            }
        })
    });
    let nobody = AlternateIdentifier::UniqueAttribute(unique.1, String::new());
    found.flatten().unwrap_or(nobody)
}
