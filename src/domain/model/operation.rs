//! The operations of the services.

use super::error::ResourceKind;

/// Whether an operation changes a store.
#[derive(Clone, Copy, PartialEq, Eq)]
enum AccessMode {
    Read,
    Write,
}

macro_rules! operations {
    ($($name:ident: $access:ident $resource:ident,)*) => {
        /// An operation, named as the vendors spell it. Routes, fault rules and the journal use it.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[allow(missing_docs)] // Each is the vendors' operation of that name.
        pub enum Operation {
            $($name,)*
        }

        /// The row of each operation, in the order of the enum.
        const ROWS: &[(Operation, &str, AccessMode, ResourceKind)] =
            &[$((Operation::$name, stringify!($name), AccessMode::$access, ResourceKind::$resource),)*];
    };
}

// Name, access, and the kind of resource that errors name.
operations! {
    CreateUser: Write User,
    DescribeUser: Read User,
    UpdateUser: Write User,
    DeleteUser: Write User,
    ListUsers: Read User,
    GetUserId: Read User,
    DescribeUsers: Read User,
    EnableUser: Write User,
    DisableUser: Write User,
    ResetPwdMode: Write User,
    VerifyEmail: Write User,
    CreateGroup: Write Group,
    DescribeGroup: Read Group,
    UpdateGroup: Write Group,
    DeleteGroup: Write Group,
    ListGroups: Read Group,
    GetGroupId: Read Group,
    DescribeGroups: Read Group,
    CreateGroupMembership: Write GroupMembership,
    DescribeGroupMembership: Read GroupMembership,
    DeleteGroupMembership: Write GroupMembership,
    ListGroupMemberships: Read GroupMembership,
    ListGroupMembershipsForMember: Read GroupMembership,
    GetGroupMembershipId: Read GroupMembership,
    IsMemberInGroups: Read GroupMembership,
    DescribeIdentityStore: Read IdentityStore,
    ListIdentityStores: Read IdentityStore,
    UpdateIdentityStore: Write IdentityStore,
    GetIdentityStoreSummary: Read IdentityStore,
    RegisterMfaDeviceForUser: Write MfaDevice,
    UpdateMfaDeviceForUser: Write MfaDevice,
    DeleteMfaDeviceForUser: Write MfaDevice,
    BatchListMfaDevicesForUser: Read MfaDevice,
    ListSessions: Read Session,
    BatchDeleteSessions: Write Session,
    DescribePasswordPolicy: Read IdentityStore,
    UpdatePasswordPolicy: Write IdentityStore,
    CreateExternalIdPConfigurationForDirectory: Write IdentityProvider,
    ListExternalIdPConfigurationsForDirectory: Read IdentityProvider,
    UpdateExternalIdPConfigurationForDirectory: Write IdentityProvider,
    DeleteExternalIdPConfigurationForDirectory: Write IdentityProvider,
    EnableExternalIdPConfigurationForDirectory: Write IdentityProvider,
    DisableExternalIdPConfigurationForDirectory: Write IdentityProvider,
    ImportExternalIdPCertificate: Write Certificate,
    ListExternalIdPCertificates: Read Certificate,
    DeleteExternalIdPCertificate: Write Certificate,
    CreateSpCertificate: Write Certificate,
    ListSpCertificates: Read Certificate,
    UpdateSpActiveCertificate: Write Certificate,
    DeleteSpCertificate: Write Certificate,
    GetSpConfigurationForDirectory: Read IdentityStore,
    CreateProvisioningTenant: Write ProvisioningTenant,
    ListProvisioningTenants: Read ProvisioningTenant,
    DeleteProvisioningTenant: Write ProvisioningTenant,
    CreateBearerToken: Write BearerToken,
    ListBearerTokens: Read BearerToken,
    DeleteBearerToken: Write BearerToken,
    ListInstances: Read IdentityStore,
    KeystoneListProjects: Read IdentityStore,
    KeystoneListAuthDomains: Read Instance,
    GetCallerIdentity: Read Instance,
    ListIdentityStoreAssociation: Read Instance,
    DescribeRegisteredRegions: Read Instance,
    GetIdentityCenterServiceStatus: Read Instance,
    DescribeInstance: Read Instance,
    ListPermissionSets: Read PermissionSet,
    DescribePermissionSet: Read PermissionSet,
    ListPermissionSetsProvisionedToAccount: Read PermissionSet,
    ListAccountsForProvisionedPermissionSet: Read PermissionSet,
    ListAccountAssignments: Read PermissionSet,
    ListAccountAssignmentsForPrincipal: Read Instance,
    CreateAccountAssignment: Write PermissionSet,
    DeleteAccountAssignment: Write PermissionSet,
    DescribeAccountAssignmentCreationStatus: Read AssignmentRequest,
    DescribeAccountAssignmentDeletionStatus: Read AssignmentRequest,
    ListTagsForResource: Read PermissionSet,
    GetInlinePolicyForPermissionSet: Read PermissionSet,
    ListManagedPoliciesInPermissionSet: Read PermissionSet,
    ListCustomerManagedPolicyReferencesInPermissionSet: Read PermissionSet,
    ListAccounts: Read Account,
    DescribeAccount: Read Account,
    DescribeOrganization: Read Account,
    ListRoots: Read OrganizationParent,
    ListOrganizationalUnitsForParent: Read OrganizationParent,
    GetUser: Read User,
    PutUser: Write User,
    PatchUser: Write User,
    GetGroup: Read Group,
    PutGroup: Write Group,
    PatchGroup: Write Group,
    ServiceProviderConfig: Read ProvisioningTenant,
    ListResourceTypes: Read ProvisioningTenant,
    GetResourceType: Read ProvisioningTenant,
    ListSchemas: Read ProvisioningTenant,
    GetSchema: Read ProvisioningTenant,
    Search: Read User,
    SearchUsers: Read User,
    SearchGroups: Read Group,
}

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
        matches!(ROWS[self as usize].2, AccessMode::Read)
    }

    /// The kind of resource it is about, for errors that name one.
    pub const fn resource(self) -> ResourceKind {
        ROWS[self as usize].3
    }
}
