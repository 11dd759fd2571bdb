//! The operations of the services, by name.

use super::error::ResourceKind;

/// The name of an operation, as the vendors spell it. Routes, rules and the journal speak of these.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[allow(missing_docs)] // Each is the vendors' own operation of that name.
pub enum Operation {
    CreateUser,
    DescribeUser,
    UpdateUser,
    DeleteUser,
    ListUsers,
    GetUserId,
    DescribeUsers,
    EnableUser,
    DisableUser,
    ResetPwdMode,
    VerifyEmail,
    CreateGroup,
    DescribeGroup,
    UpdateGroup,
    DeleteGroup,
    ListGroups,
    GetGroupId,
    DescribeGroups,
    CreateGroupMembership,
    DescribeGroupMembership,
    DeleteGroupMembership,
    ListGroupMemberships,
    ListGroupMembershipsForMember,
    GetGroupMembershipId,
    IsMemberInGroups,
    DescribeIdentityStore,
    ListIdentityStores,
    UpdateIdentityStore,
    GetIdentityStoreSummary,
    RegisterMfaDeviceForUser,
    UpdateMfaDeviceForUser,
    DeleteMfaDeviceForUser,
    BatchListMfaDevicesForUser,
    ListSessions,
    BatchDeleteSessions,
    DescribePasswordPolicy,
    UpdatePasswordPolicy,
    CreateExternalIdPConfigurationForDirectory,
    ListExternalIdPConfigurationsForDirectory,
    UpdateExternalIdPConfigurationForDirectory,
    DeleteExternalIdPConfigurationForDirectory,
    EnableExternalIdPConfigurationForDirectory,
    DisableExternalIdPConfigurationForDirectory,
    ImportExternalIdPCertificate,
    ListExternalIdPCertificates,
    DeleteExternalIdPCertificate,
    CreateSpCertificate,
    ListSpCertificates,
    UpdateSpActiveCertificate,
    DeleteSpCertificate,
    GetSpConfigurationForDirectory,
    CreateProvisioningTenant,
    ListProvisioningTenants,
    DeleteProvisioningTenant,
    CreateBearerToken,
    ListBearerTokens,
    DeleteBearerToken,
    ListInstances,
    KeystoneListProjects,
    KeystoneListAuthDomains,
    GetCallerIdentity,
    ListIdentityStoreAssociation,
    DescribeRegisteredRegions,
    GetIdentityCenterServiceStatus,
}

/// One row an operation: its name, whether it changes nothing, and what it is about.
const ROWS: &[(Operation, &str, bool, ResourceKind)] = &[
    (Operation::CreateUser, "CreateUser", false, ResourceKind::User),
    (Operation::DescribeUser, "DescribeUser", true, ResourceKind::User),
    (Operation::UpdateUser, "UpdateUser", false, ResourceKind::User),
    (Operation::DeleteUser, "DeleteUser", false, ResourceKind::User),
    (Operation::ListUsers, "ListUsers", true, ResourceKind::User),
    (Operation::GetUserId, "GetUserId", true, ResourceKind::User),
    (Operation::DescribeUsers, "DescribeUsers", true, ResourceKind::User),
    (Operation::EnableUser, "EnableUser", false, ResourceKind::User),
    (Operation::DisableUser, "DisableUser", false, ResourceKind::User),
    (Operation::ResetPwdMode, "ResetPwdMode", false, ResourceKind::User),
    (Operation::VerifyEmail, "VerifyEmail", false, ResourceKind::User),
    (Operation::CreateGroup, "CreateGroup", false, ResourceKind::Group),
    (Operation::DescribeGroup, "DescribeGroup", true, ResourceKind::Group),
    (Operation::UpdateGroup, "UpdateGroup", false, ResourceKind::Group),
    (Operation::DeleteGroup, "DeleteGroup", false, ResourceKind::Group),
    (Operation::ListGroups, "ListGroups", true, ResourceKind::Group),
    (Operation::GetGroupId, "GetGroupId", true, ResourceKind::Group),
    (Operation::DescribeGroups, "DescribeGroups", true, ResourceKind::Group),
    (
        Operation::CreateGroupMembership,
        "CreateGroupMembership",
        false,
        ResourceKind::GroupMembership,
    ),
    (
        Operation::DescribeGroupMembership,
        "DescribeGroupMembership",
        true,
        ResourceKind::GroupMembership,
    ),
    (
        Operation::DeleteGroupMembership,
        "DeleteGroupMembership",
        false,
        ResourceKind::GroupMembership,
    ),
    (Operation::ListGroupMemberships, "ListGroupMemberships", true, ResourceKind::GroupMembership),
    (
        Operation::ListGroupMembershipsForMember,
        "ListGroupMembershipsForMember",
        true,
        ResourceKind::GroupMembership,
    ),
    (Operation::GetGroupMembershipId, "GetGroupMembershipId", true, ResourceKind::GroupMembership),
    (Operation::IsMemberInGroups, "IsMemberInGroups", true, ResourceKind::GroupMembership),
    (Operation::DescribeIdentityStore, "DescribeIdentityStore", true, ResourceKind::IdentityStore),
    (Operation::ListIdentityStores, "ListIdentityStores", true, ResourceKind::IdentityStore),
    (Operation::UpdateIdentityStore, "UpdateIdentityStore", false, ResourceKind::IdentityStore),
    (
        Operation::GetIdentityStoreSummary,
        "GetIdentityStoreSummary",
        true,
        ResourceKind::IdentityStore,
    ),
    (
        Operation::RegisterMfaDeviceForUser,
        "RegisterMfaDeviceForUser",
        false,
        ResourceKind::MfaDevice,
    ),
    (Operation::UpdateMfaDeviceForUser, "UpdateMfaDeviceForUser", false, ResourceKind::MfaDevice),
    (Operation::DeleteMfaDeviceForUser, "DeleteMfaDeviceForUser", false, ResourceKind::MfaDevice),
    (
        Operation::BatchListMfaDevicesForUser,
        "BatchListMfaDevicesForUser",
        true,
        ResourceKind::MfaDevice,
    ),
    (Operation::ListSessions, "ListSessions", true, ResourceKind::Session),
    (Operation::BatchDeleteSessions, "BatchDeleteSessions", false, ResourceKind::Session),
    (
        Operation::DescribePasswordPolicy,
        "DescribePasswordPolicy",
        true,
        ResourceKind::IdentityStore,
    ),
    (Operation::UpdatePasswordPolicy, "UpdatePasswordPolicy", false, ResourceKind::IdentityStore),
    (
        Operation::CreateExternalIdPConfigurationForDirectory,
        "CreateExternalIdPConfigurationForDirectory",
        false,
        ResourceKind::IdentityProvider,
    ),
    (
        Operation::ListExternalIdPConfigurationsForDirectory,
        "ListExternalIdPConfigurationsForDirectory",
        true,
        ResourceKind::IdentityProvider,
    ),
    (
        Operation::UpdateExternalIdPConfigurationForDirectory,
        "UpdateExternalIdPConfigurationForDirectory",
        false,
        ResourceKind::IdentityProvider,
    ),
    (
        Operation::DeleteExternalIdPConfigurationForDirectory,
        "DeleteExternalIdPConfigurationForDirectory",
        false,
        ResourceKind::IdentityProvider,
    ),
    (
        Operation::EnableExternalIdPConfigurationForDirectory,
        "EnableExternalIdPConfigurationForDirectory",
        false,
        ResourceKind::IdentityProvider,
    ),
    (
        Operation::DisableExternalIdPConfigurationForDirectory,
        "DisableExternalIdPConfigurationForDirectory",
        false,
        ResourceKind::IdentityProvider,
    ),
    (
        Operation::ImportExternalIdPCertificate,
        "ImportExternalIdPCertificate",
        false,
        ResourceKind::Certificate,
    ),
    (
        Operation::ListExternalIdPCertificates,
        "ListExternalIdPCertificates",
        true,
        ResourceKind::Certificate,
    ),
    (
        Operation::DeleteExternalIdPCertificate,
        "DeleteExternalIdPCertificate",
        false,
        ResourceKind::Certificate,
    ),
    (Operation::CreateSpCertificate, "CreateSpCertificate", false, ResourceKind::Certificate),
    (Operation::ListSpCertificates, "ListSpCertificates", true, ResourceKind::Certificate),
    (
        Operation::UpdateSpActiveCertificate,
        "UpdateSpActiveCertificate",
        false,
        ResourceKind::Certificate,
    ),
    (Operation::DeleteSpCertificate, "DeleteSpCertificate", false, ResourceKind::Certificate),
    (
        Operation::GetSpConfigurationForDirectory,
        "GetSpConfigurationForDirectory",
        true,
        ResourceKind::IdentityStore,
    ),
    (
        Operation::CreateProvisioningTenant,
        "CreateProvisioningTenant",
        false,
        ResourceKind::ProvisioningTenant,
    ),
    (
        Operation::ListProvisioningTenants,
        "ListProvisioningTenants",
        true,
        ResourceKind::ProvisioningTenant,
    ),
    (
        Operation::DeleteProvisioningTenant,
        "DeleteProvisioningTenant",
        false,
        ResourceKind::ProvisioningTenant,
    ),
    (Operation::CreateBearerToken, "CreateBearerToken", false, ResourceKind::BearerToken),
    (Operation::ListBearerTokens, "ListBearerTokens", true, ResourceKind::BearerToken),
    (Operation::DeleteBearerToken, "DeleteBearerToken", false, ResourceKind::BearerToken),
    (Operation::ListInstances, "ListInstances", true, ResourceKind::IdentityStore),
    (Operation::KeystoneListProjects, "KeystoneListProjects", true, ResourceKind::IdentityStore),
    (Operation::KeystoneListAuthDomains, "KeystoneListAuthDomains", true, ResourceKind::Instance),
    (Operation::GetCallerIdentity, "GetCallerIdentity", true, ResourceKind::Instance),
    (
        Operation::ListIdentityStoreAssociation,
        "ListIdentityStoreAssociation",
        true,
        ResourceKind::Instance,
    ),
    (
        Operation::DescribeRegisteredRegions,
        "DescribeRegisteredRegions",
        true,
        ResourceKind::Instance,
    ),
    (
        Operation::GetIdentityCenterServiceStatus,
        "GetIdentityCenterServiceStatus",
        true,
        ResourceKind::Instance,
    ),
];

impl Operation {
    /// Every operation, in the order of the enum.
    pub fn all() -> impl Iterator<Item = Self> {
        ROWS.iter().map(|row| row.0)
    }

    /// The vendors' spelling.
    pub const fn name(self) -> &'static str {
        ROWS[self as usize].1
    }

    /// Whether it changes nothing.
    pub const fn is_read(self) -> bool {
        ROWS[self as usize].2
    }

    /// The kind of resource it is about, for errors that name one.
    pub const fn resource(self) -> ResourceKind {
        ROWS[self as usize].3
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_stands_where_its_operation_does() {
        for (at, row) in ROWS.iter().enumerate() {
            assert_eq!(row.0 as usize, at, "{}", row.1);
            assert_eq!(format!("{:?}", row.0), row.1);
        }
    }
}
