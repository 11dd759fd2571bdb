//! Commands with their arguments.
//!
//! A command is well formed: each dialect checks shapes and limits before it creates one.

use std::sync::Arc;

use super::access::{AccessChange, AccessQuery, InstanceRef, OrganizationQuery};
use super::admin::{AdminChange, AdminQuery};
use super::attribute::Attribute;
use super::attributes::{AttributeOperation, Attributes};
use super::error::ApiError;
use super::id::{GroupId, IdentityStoreId, MembershipId, UserId};
use super::membership::MemberId;
use super::meta::Revision;
use super::page::PageRequest;
use super::provisioning::{ProvisioningChange, ProvisioningQuery};

/// A command with its caller.
#[derive(Clone, PartialEq, Debug)]
pub struct Call<'a> {
    /// The author in the stamps.
    pub by: &'a Arc<str>,
    /// The command.
    pub command: Command,
}

/// A query or a change of one store, or a query about all stores.
#[derive(Clone, PartialEq, Debug)]
pub enum Command {
    /// A query of a store. Runs under the shared lock of the store.
    Query(IdentityStoreId, Query),
    /// A query of the admin resources of a store, some of which expire.
    Admin(IdentityStoreId, AdminQuery),
    /// A change of a store, all or nothing. Runs under the exclusive lock of the store.
    Change(IdentityStoreId, Change),
    /// A page of the stores, oldest first.
    ListIdentityStores(PageRequest),
    /// The project of a region, by the name of the region. It belongs to no store.
    FindProject(String),
    /// The account of the caller.
    DescribeAccount,
    /// Runs under the shared lock of the instance's store.
    Access(InstanceRef, AccessQuery),
    /// Runs under the exclusive lock of the instance's store.
    ChangeAccess(InstanceRef, AccessChange),
    /// A query about the organization of the caller's account.
    Organization(OrganizationQuery),
}

impl Command {
    /// The store that the command addresses.
    pub fn store(&self) -> Option<&IdentityStoreId> {
        match self {
            Self::Query(store, _) | Self::Admin(store, _) | Self::Change(store, _) => Some(store),
            Self::ListIdentityStores(_)
            | Self::FindProject(_)
            | Self::DescribeAccount
            | Self::Access(..)
            | Self::ChangeAccess(..)
            | Self::Organization(_) => None,
        }
    }
}

/// A query of a store.
#[derive(Clone, PartialEq, Debug)]
pub enum Query {
    /// A user by id.
    DescribeUser(UserId),
    /// Those of these users that exist, in this order. Source: Huawei DescribeUsers.
    DescribeUsers(Vec<UserId>),
    /// A page of users, oldest first.
    #[allow(missing_docs)]
    ListUsers { filter: Option<ListFilter>, page: PageRequest },
    /// The id of a user by another identifier.
    GetUserId(AlternateIdentifier),
    /// A group by id.
    DescribeGroup(GroupId),
    /// Those of these groups that exist, in this order. Source: Huawei DescribeGroups.
    DescribeGroups(Vec<GroupId>),
    /// A page of groups, oldest first.
    #[allow(missing_docs)]
    ListGroups { filter: Option<ListFilter>, page: PageRequest },
    /// The id of a group by another identifier.
    GetGroupId(AlternateIdentifier),
    /// A membership by id.
    DescribeGroupMembership(MembershipId),
    /// A page of the memberships of a group, oldest first.
    #[allow(missing_docs)]
    ListGroupMemberships { group: GroupId, page: PageRequest },
    /// A page of the memberships of a member, oldest first.
    #[allow(missing_docs)]
    ListGroupMembershipsForMember { member: MemberId, page: PageRequest },
    /// The id of a membership by its group and member.
    #[allow(missing_docs)]
    GetGroupMembershipId { group: GroupId, member: MemberId },
    /// For each of these groups, whether it has the member. Unknown groups have none.
    #[allow(missing_docs)]
    IsMemberInGroups { member: MemberId, groups: Vec<GroupId> },
    /// The attributes of the store.
    DescribeIdentityStore,
    /// The numbers of users and groups, and their limits.
    Summary,
    /// A query of a SCIM client.
    Provisioning(ProvisioningQuery),
}

impl Query {
    /// Whether the query may read every resource. Such a query runs without the lock.
    pub fn scans(&self) -> bool {
        match self {
            Self::ListUsers { filter, .. } | Self::ListGroups { filter, .. } => {
                matches!(filter, Some(ListFilter::Contains(..)))
            }
            Self::Provisioning(
                ProvisioningQuery::FindUsers { .. }
                | ProvisioningQuery::FindGroups { .. }
                | ProvisioningQuery::FindResources { .. },
            ) => true,
            Self::Provisioning(ProvisioningQuery::DescribeGroup { .. })
            | Self::DescribeUser(_)
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

/// A change of a store.
#[derive(Clone, PartialEq, Debug)]
pub enum Change {
    /// Creates a user. The dialect checks the attributes that its vendor requires.
    CreateUser(Attributes),
    /// Applies a patch to a user, all or nothing.
    UpdateUser(UserId, Patch),
    /// Deletes a user and its memberships.
    DeleteUser(UserId, Deletion),
    /// Sets whether a user may sign in.
    #[allow(missing_docs)]
    SetEnabled { user: UserId, enabled: bool },
    /// Resets the password of a user: `OTP` returns a one-time password, `EMAIL` nothing.
    #[allow(missing_docs)]
    ResetPassword { user: UserId, mode: String },
    /// Marks the e-mail addresses of a user as verified.
    VerifyEmail(UserId),
    /// Creates a group.
    CreateGroup(Attributes),
    /// Applies a patch to a group, all or nothing.
    UpdateGroup(GroupId, Patch),
    /// Deletes a group and its memberships.
    DeleteGroup(GroupId, Deletion),
    /// Adds a user to a group.
    #[allow(missing_docs)]
    CreateGroupMembership { group: GroupId, member: MemberId },
    /// Removes a user from a group.
    DeleteGroupMembership(MembershipId, Deletion),
    /// Replaces the attributes of the store; `None` leaves them. Source: AWS UpdateIdentityStore.
    UpdateIdentityStore(Option<Attributes>),
    /// A change of admin resources.
    Admin(AdminChange),
    /// A change by a SCIM client.
    Provisioning(ProvisioningChange),
    /// Of who has which permissions in which account.
    Access(AccessChange),
}

/// A patch of a user or group.
#[derive(Clone, PartialEq, Debug)]
pub struct Patch {
    /// The steps, in order. `Err` is the error of an invalid value. The service reports it only if the
    /// resource exists. Source: docs/aws-behaviour.md §2, check order.
    pub operations: Result<Vec<AttributeOperation>, ApiError>,
    /// The revision that the resource must have; `None` for any.
    pub revision: Option<Revision>,
}

/// How to delete a resource.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Deletion {
    /// The revision that the resource must have; `None` for any.
    pub revision: Option<Revision>,
    /// Whether deleting an unknown resource succeeds. It does on AWS; Huawei returns a 404.
    pub idempotent: bool,
}

/// Which resources a list includes.
#[derive(Clone, PartialEq, Debug)]
pub enum ListFilter {
    /// Those whose unique attribute has this value, compared by the rules of the store.
    Equals(Attribute, String),
    /// Those whose attribute contains this text, in any case. Source: Huawei ListGroups, "fuzzy".
    Contains(Attribute, String),
}

/// An identifier of a user or group other than its id.
#[derive(Clone, PartialEq, Debug)]
pub enum AlternateIdentifier {
    /// An identifier of an external identity provider.
    #[allow(missing_docs)]
    ExternalId { issuer: String, id: String },
    /// The value of a unique attribute: `UserName` or `Emails` of a user, `DisplayName` of a group.
    UniqueAttribute(Attribute, String),
}
