//! What can be asked of a store: operations by name, and commands with their arguments.
//!
//! A command is well formed: each dialect checked shapes and limits before it made one.

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
    /// The account that owns the directory: the dialect knows it, no store does.
    DescribeAccount,
    /// Runs under the shared lock of the instance's store.
    Access(InstanceRef, AccessQuery),
    /// Runs under the exclusive lock of the instance's store.
    ChangeAccess(InstanceRef, AccessChange),
    /// A query about the organization of the caller's account.
    Organization(OrganizationQuery),
}

impl Command {
    /// The store it goes to.
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

/// What can be asked of a store without changing it.
#[derive(Clone, PartialEq, Debug)]
pub enum Query {
    /// One user by id.
    DescribeUser(UserId),
    /// Those of these users that exist, in the order asked for. Source: Huawei DescribeUsers.
    DescribeUsers(Vec<UserId>),
    /// A page of users, oldest first.
    #[allow(missing_docs)]
    ListUsers { filter: Option<ListFilter>, page: PageRequest },
    /// The id of the user that another identifier names.
    GetUserId(AlternateIdentifier),
    /// One group by id.
    DescribeGroup(GroupId),
    /// Those of these groups that exist, in the order asked for. Source: Huawei DescribeGroups.
    DescribeGroups(Vec<GroupId>),
    /// A page of groups, oldest first.
    #[allow(missing_docs)]
    ListGroups { filter: Option<ListFilter>, page: PageRequest },
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
                matches!(filter, Some(ListFilter::Contains(..)))
            }
            Self::DescribeUser(_)
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
    /// Of who has which permissions in which account.
    Access(AccessChange),
}

/// The steps of an update.
#[derive(Clone, PartialEq, Debug)]
pub struct Patch {
    /// The steps, in order. `Err` is a refusal of a value, kept back because the service tells of it
    /// only once the resource is known to exist. Source: docs/aws-behaviour.md §2, check order.
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
pub enum ListFilter {
    /// Those whose unique attribute is this text; names fold as the store's rules say.
    Equals(Attribute, String),
    /// Those whose attribute contains this text in either case. Source: Huawei ListGroups, "fuzzy".
    Contains(Attribute, String),
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
