//! What can be asked of a store: operations by name, and commands with their arguments.
//!
//! A command is well formed: each dialect checked shapes and limits before it made one.

use std::sync::Arc;

use super::admin::{AdminChange, AdminQuery};
use super::attribute::{Attribute, AttributeOperation, Attributes};
use super::error::{ApiError, ResourceKind};
use super::resource::{GroupId, IdentityStoreId, MemberId, MembershipId, Revision, UserId};

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

/// A command with the caller it came from.
#[derive(Clone, PartialEq, Debug)]
pub struct Call {
    /// Who is written into the stamps.
    pub by: Arc<str>,
    /// What to do.
    pub command: Command,
}

/// What to do: look at a store, change one, or list them.
#[derive(Clone, PartialEq, Debug)]
pub enum Command {
    /// Runs under the store's shared lock.
    Query(IdentityStoreId, Query),
    /// As a query, of what stands beside the directory, some of which ends by the clock.
    Admin(IdentityStoreId, AdminQuery),
    /// Runs under the store's exclusive lock; all or nothing.
    Change(IdentityStoreId, Change),
    /// A page of the directory's stores, in order of their ids.
    ListIdentityStores(PageRequest),
    /// The project of a region, by the region's name: not in a store, but asked for on the way to one.
    FindProject(String),
}

impl Command {
    /// The store it goes to.
    pub fn store(&self) -> Option<&IdentityStoreId> {
        match self {
            Self::Query(store, _) | Self::Admin(store, _) | Self::Change(store, _) => Some(store),
            Self::ListIdentityStores(_) | Self::FindProject(_) => None,
        }
    }
}

/// What can be asked of a store without changing it.
#[derive(Clone, PartialEq, Debug)]
pub enum Query {
    /// One user by id. `extensions`: whether extension attributes were asked for (AWS) or are always
    /// shown (Huawei).
    #[allow(missing_docs)]
    DescribeUser { user: UserId, extensions: bool },
    /// Those of these users that exist, in the order asked for. Source: Huawei DescribeUsers.
    DescribeUsers(Vec<UserId>),
    /// A page of users, oldest first.
    #[allow(missing_docs)]
    ListUsers { filter: Option<Filter>, page: PageRequest, extensions: bool },
    /// The id of the user that another identifier names.
    GetUserId(AlternateIdentifier),
    /// One group by id.
    DescribeGroup(GroupId),
    /// Those of these groups that exist, in the order asked for. Source: Huawei DescribeGroups.
    DescribeGroups(Vec<GroupId>),
    /// A page of groups, oldest first.
    #[allow(missing_docs)]
    ListGroups { filter: Option<Filter>, page: PageRequest },
    /// The id of the group that another identifier names.
    GetGroupId(AlternateIdentifier),
    /// One membership by id.
    DescribeGroupMembership(MembershipId),
    /// A group's memberships, oldest first.
    #[allow(missing_docs)]
    ListGroupMemberships { group: GroupId, page: PageRequest },
    /// A member's memberships, oldest first.
    #[allow(missing_docs)]
    ListGroupMembershipsForMember { member: MemberId, page: PageRequest },
    /// The id of a membership by its two ends.
    #[allow(missing_docs)]
    GetGroupMembershipId { group: GroupId, member: MemberId },
    /// For each of these groups, whether the member is in it; unknown ids are not.
    #[allow(missing_docs)]
    IsMemberInGroups { member: MemberId, groups: Vec<GroupId> },
    /// The store itself.
    DescribeIdentityStore,
    /// How much the store holds and may hold.
    Summary,
}

impl Query {
    /// Whether it may have to look at everything there is: then it holds up nobody meanwhile.
    pub fn scans(&self) -> bool {
        match self {
            Self::ListUsers { filter, .. } | Self::ListGroups { filter, .. } => {
                matches!(filter, Some(Filter::Contains(..)))
            }
            Self::DescribeUser { .. }
            | Self::DescribeUsers(_)
            | Self::GetUserId(_)
            | Self::DescribeGroup(_)
            | Self::DescribeGroups(_)
            | Self::GetGroupId(_)
            | Self::DescribeGroupMembership(_)
            | Self::ListGroupMemberships { .. }
            | Self::ListGroupMembershipsForMember { .. }
            | Self::GetGroupMembershipId { .. }
            | Self::IsMemberInGroups { .. }
            | Self::DescribeIdentityStore
            | Self::Summary => false,
        }
    }
}

/// What can be changed in a store.
#[derive(Clone, PartialEq, Debug)]
pub enum Change {
    /// Adds a user. The dialect has seen to the attributes that its vendor demands.
    CreateUser(Attributes),
    /// Patches a user, all or nothing.
    UpdateUser(UserId, Patch),
    /// Removes a user and its memberships.
    DeleteUser(UserId, Deletion),
    /// Sets whether a user may sign in.
    #[allow(missing_docs)]
    SetEnabled { user: UserId, enabled: bool },
    /// Resets a user's password; `OTP` answers a one-time password, `EMAIL` nothing.
    #[allow(missing_docs)]
    ResetPassword { user: UserId, mode: String },
    /// Marks a user's e-mail address as verified.
    VerifyEmail(UserId),
    /// Adds a group.
    CreateGroup(Attributes),
    /// Patches a group, all or nothing.
    UpdateGroup(GroupId, Patch),
    /// Removes a group and its memberships.
    DeleteGroup(GroupId, Deletion),
    /// Adds a user to a group.
    #[allow(missing_docs)]
    CreateGroupMembership { group: GroupId, member: MemberId },
    /// Removes a user from a group.
    DeleteGroupMembership(MembershipId, Deletion),
    /// Sets the store's own attributes; `None` leaves them. Source: AWS UpdateIdentityStore.
    UpdateIdentityStore(Option<Attributes>),
    /// Of what stands beside the directory.
    Admin(AdminChange),
}

/// The steps of an update.
#[derive(Clone, PartialEq, Debug)]
pub struct Patch {
    /// The steps, in order. `Err` is a refusal of a value, kept back because the service tells of it
    /// only once the resource is known to exist. Source: AWS behaviour.md §2, check order.
    pub operations: Result<Vec<AttributeOperation>, ApiError>,
    /// The revision that the caller believes in; `None` writes in any case.
    pub revision: Option<Revision>,
}

/// How to delete.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Deletion {
    /// The revision that the caller believes in; `None` deletes in any case.
    pub revision: Option<Revision>,
    /// Whether deleting what is not there is fine: so for AWS, a 404 for Huawei.
    pub idempotent: bool,
}

/// Which resources a list shows.
#[derive(Clone, PartialEq, Debug)]
pub enum Filter {
    /// Those whose unique attribute is this text; names fold as the store's rules say.
    Equals(Attribute, String),
    /// Those whose attribute contains this text in either case. Source: Huawei ListGroups, "fuzzy".
    Contains(Attribute, String),
}

/// Which page of a list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PageRequest {
    /// How many at the most, from 1.
    pub limit: usize,
    /// The position of the last item already seen; `None` starts at the beginning.
    pub after: Option<u64>,
}

/// Another way to name a user or a group than by its id.
#[derive(Clone, PartialEq, Debug)]
pub enum AlternateIdentifier {
    /// An identifier given out by an external identity provider.
    #[allow(missing_docs)]
    ExternalId { issuer: String, id: String },
    /// The value of a unique attribute: `UserName` or `Emails` of a user, `DisplayName` of a group.
    UniqueAttribute(Attribute, String),
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
