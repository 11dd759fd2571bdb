//! The table of Huawei operations. A row is all that registers an operation.
//!
//! The status is 201 only if it is documented, and never 204.

use http::Method;

use crate::dialect::Location::{Body, Param, ParamName};
use crate::dialect::Step::{Elements, Member};
use crate::dialect::{Args, Location, Locations, Route, route};
use crate::domain::{Command, Operation as Op};

use super::requests::{
    self, devices, discovery, password_policy, providers, provisioning, service_provider,
};

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
const MEMBER: Locations = STORE.user(Body(&[Member("member_id"), Member("user_id")]));
const BOTH_ENDS: Locations = MEMBER.group(Body(&[Member("group_id")]));
const MEMBERSHIP: Locations = STORE.membership(Param("membership_id"));
const PATCH: &[Location] = &[Body(&[Member("operations"), Elements, Member("attribute_path")])];
const LOOKUP: &[Location] = &[Body(&[
    Member("alternate_identifier"),
    Member("unique_attribute"),
    Member("attribute_path"),
])];

/// Every operation.
pub static ROUTES: &[Route] = &[
    post(Op::CreateUser, USERS_PATH, 201, STORE, requests::create_user),
    get(Op::DescribeUser, ONE_USER_PATH, 200, ONE_USER, requests::describe_user),
    put(Op::UpdateUser, ONE_USER_PATH, 200, ONE_USER.attribute_paths(PATCH), requests::update_user),
    delete(Op::DeleteUser, ONE_USER_PATH, 200, ONE_USER, requests::delete_user),
    get(
        Op::ListUsers,
        USERS_PATH,
        200,
        STORE.attribute_paths(&[ParamName("user_name")]),
        requests::list_users,
    ),
    post(
        Op::GetUserId,
        "/v1/identity-stores/{identity_store_id}/users/retrieve-user-id",
        200,
        STORE.attribute_paths(LOOKUP),
        requests::get_user_id,
    ),
    post(
        Op::DescribeUsers,
        "/v1/identity-stores/{identity_store_id}/users/batch-query",
        200,
        STORE,
        requests::describe_users,
    ),
    post(
        Op::EnableUser,
        "/v1/identity-stores/{identity_store_id}/users/{user_id}/enable",
        200,
        ONE_USER,
        requests::enable_user,
    )
    .bodiless(),
    post(
        Op::DisableUser,
        "/v1/identity-stores/{identity_store_id}/users/{user_id}/disable",
        200,
        ONE_USER,
        requests::disable_user,
    )
    .bodiless(),
    post(
        Op::ResetPwdMode,
        "/v1/identity-stores/{identity_store_id}/users/{user_id}/reset-password",
        200,
        ONE_USER,
        requests::reset_password,
    ),
    post(
        Op::VerifyEmail,
        "/v1/identity-stores/{identity_store_id}/users/{user_id}/verify-email",
        200,
        ONE_USER,
        requests::verify_email,
    )
    .bodiless(),
    post(Op::CreateGroup, GROUPS_PATH, 201, STORE, requests::create_group),
    get(Op::DescribeGroup, ONE_GROUP_PATH, 200, ONE_GROUP, requests::describe_group),
    put(
        Op::UpdateGroup,
        ONE_GROUP_PATH,
        200,
        ONE_GROUP.attribute_paths(PATCH),
        requests::update_group,
    ),
    delete(Op::DeleteGroup, ONE_GROUP_PATH, 200, ONE_GROUP, requests::delete_group),
    get(
        Op::ListGroups,
        GROUPS_PATH,
        200,
        STORE.attribute_paths(&[ParamName("display_name")]),
        requests::list_groups,
    ),
    post(
        Op::GetGroupId,
        "/v1/identity-stores/{identity_store_id}/groups/retrieve-group-id",
        200,
        STORE.attribute_paths(LOOKUP),
        requests::get_group_id,
    ),
    post(
        Op::DescribeGroups,
        "/v1/identity-stores/{identity_store_id}/groups/batch-query",
        200,
        STORE,
        requests::describe_groups,
    ),
    post(Op::CreateGroupMembership, MEMBERSHIPS_PATH, 200, BOTH_ENDS, requests::create_membership),
    get(
        Op::DescribeGroupMembership,
        ONE_MEMBERSHIP_PATH,
        200,
        MEMBERSHIP,
        requests::describe_membership,
    ),
    delete(
        Op::DeleteGroupMembership,
        ONE_MEMBERSHIP_PATH,
        200,
        MEMBERSHIP,
        requests::delete_membership,
    ),
    get(Op::ListGroupMemberships, MEMBERSHIPS_PATH, 200, ONE_GROUP, requests::list_memberships),
    get(
        Op::ListGroupMembershipsForMember,
        "/v1/identity-stores/{identity_store_id}/group-memberships-for-member",
        200,
        ONE_USER,
        requests::list_memberships_for_member,
    ),
    post(
        Op::GetGroupMembershipId,
        "/v1/identity-stores/{identity_store_id}/group-memberships/retrieve-group-membership-id",
        200,
        BOTH_ENDS,
        requests::get_membership_id,
    ),
    post(
        Op::IsMemberInGroups,
        "/v1/identity-stores/{identity_store_id}/is-member-in-groups",
        200,
        MEMBER,
        requests::is_member_in_groups,
    ),
    get(
        Op::GetIdentityStoreSummary,
        "/v1/identity-stores/{identity_store_id}/identity-store-summary",
        200,
        STORE,
        requests::summary,
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
        Locations::NONE.instance(Param("instance_id")),
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

/// The service name of the identity store.
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
