//! What a command gave back, by shape rather than by operation.

use std::sync::Arc;

use super::access::{AccessOutcome, OrganizationOutcome};
use super::admin::AdminOutcome;
use super::attributes::Attributes;
use super::group::Group;
use super::id::{GroupId, IdentityStoreId, MembershipId, UserId};
use super::membership::{GroupMembership, MemberId};
use super::page::Page;
use super::user::User;

/// What a command gave back.
#[derive(Clone, PartialEq, Debug)]
pub enum Outcome {
    /// Nothing to tell.
    Done,
    /// A user that was made, and its one-time password where the mode asked for one. The password is
    /// never kept and never logged.
    #[allow(missing_docs)]
    UserCreated { user: Arc<User>, password: Option<String> },
    /// A user that was patched, as it now is.
    UserUpdated(Arc<User>),
    /// The one-time password of a reset; `None` where a link was mailed.
    Password(Option<String>),
    /// One user.
    User(Arc<User>),
    /// A page of users.
    Users(Page<Arc<User>>),
    /// The users asked for by id, in that order.
    UsersById(Vec<Arc<User>>),
    /// The id that another identifier led to.
    UserId(UserId),
    /// A group that was made.
    GroupCreated(Arc<Group>),
    /// A group that was patched, as it now is.
    GroupUpdated(Arc<Group>),
    /// One group.
    Group(Arc<Group>),
    /// A page of groups.
    Groups(Page<Arc<Group>>),
    /// The groups asked for by id, in that order.
    GroupsById(Vec<Arc<Group>>),
    /// The id that another identifier led to.
    GroupId(GroupId),
    /// The id of a membership: one that was made, or one that was looked up.
    MembershipId(MembershipId),
    /// One membership.
    Membership(Arc<GroupMembership>),
    /// A page of memberships.
    Memberships(Page<Arc<GroupMembership>>),
    /// For each group asked about, in that order, whether the member is in it.
    #[allow(missing_docs)]
    MembershipsExist { member: MemberId, groups: Vec<(GroupId, bool)> },
    /// The store's own attributes.
    IdentityStore(Arc<Attributes>),
    /// A page of stores.
    IdentityStores(Page<IdentityStoreId>),
    /// How much the store holds and may hold.
    Summary(Summary),
    /// What came of a query or change on what stands beside the directory.
    Admin(Box<AdminOutcome>),
    /// The project of a region. Source: Huawei's IAM, KeystoneListProjects.
    #[allow(missing_docs)]
    Project { id: String, name: String },
    /// The account that owns the directory, which the dialect knows.
    Account,
    /// The instance of a store.
    Instance(Instance),
    /// What came of a query or change of access.
    Access(Box<AccessOutcome>),
    /// The organization, and accounts of it.
    Organization(Box<OrganizationOutcome>),
}

/// The instance that a store belongs to. Each store has one of its own.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Instance {
    /// Its store.
    pub store: IdentityStoreId,
    /// Whether an external identity provider is enabled.
    pub has_external_provider: bool,
    /// Whether users and groups are provisioned by SCIM.
    pub has_provisioning: bool,
}

impl From<AdminOutcome> for Outcome {
    fn from(outcome: AdminOutcome) -> Self {
        Self::Admin(Box::new(outcome))
    }
}

impl From<AccessOutcome> for Outcome {
    fn from(outcome: AccessOutcome) -> Self {
        Self::Access(Box::new(outcome))
    }
}

/// How much a store holds and may hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct Summary {
    pub users: u64,
    pub users_quota: u64,
    pub groups: u64,
    pub groups_quota: u64,
}
