//! The results of commands, by shape rather than by operation.

use std::sync::Arc;

use super::access::{AccessOutcome, OrganizationOutcome};
use super::admin::AdminOutcome;
use super::attributes::Attributes;
use super::group::Group;
use super::id::{GroupId, IdentityStoreId, MembershipId, UserId};
use super::membership::{GroupMembership, MemberId};
use super::page::Page;
use super::provisioning::ProvisioningOutcome;
use super::user::User;

/// The result of a command.
#[derive(Clone, PartialEq, Debug)]
pub enum Outcome {
    /// Success without data.
    Done,
    /// A new user, and its one-time password if the mode is `OTP`. The password is neither stored nor
    /// logged.
    #[allow(missing_docs)]
    UserCreated { user: Arc<User>, password: Option<String> },
    /// A user after an update.
    UserUpdated(Arc<User>),
    /// The one-time password of a reset; `None` if a link was mailed.
    Password(Option<String>),
    /// One user.
    User(Arc<User>),
    /// A page of users.
    Users(Page<Arc<User>>),
    /// Users by id, in the order of the request.
    UsersById(Vec<Arc<User>>),
    /// The id of a user that was looked up.
    UserId(UserId),
    /// A new group.
    GroupCreated(Arc<Group>),
    /// A group after an update.
    GroupUpdated(Arc<Group>),
    /// One group.
    Group(Arc<Group>),
    /// A page of groups.
    Groups(Page<Arc<Group>>),
    /// Groups by id, in the order of the request.
    GroupsById(Vec<Arc<Group>>),
    /// The id of a group that was looked up.
    GroupId(GroupId),
    /// The id of a membership that is new or was looked up.
    MembershipId(MembershipId),
    /// One membership.
    Membership(Arc<GroupMembership>),
    /// A page of memberships.
    Memberships(Page<Arc<GroupMembership>>),
    /// For each group, in the order of the request, whether it has the member.
    #[allow(missing_docs)]
    MembershipsExist { member: MemberId, groups: Vec<(GroupId, bool)> },
    /// The attributes of the store.
    IdentityStore(Arc<Attributes>),
    /// A page of stores.
    IdentityStores(Page<IdentityStoreId>),
    /// The numbers of users and groups, and their limits.
    Summary(Summary),
    /// The result of a query or change of admin resources.
    Admin(Box<AdminOutcome>),
    /// The project of a region. Source: Huawei's IAM, KeystoneListProjects.
    #[allow(missing_docs)]
    Project { id: String, name: String },
    /// The account of the caller, who may have one of its own.
    Account(Arc<str>),
    /// The instance of a store.
    Instance(Instance),
    /// What came of a query or change of access.
    Access(Box<AccessOutcome>),
    /// The result of a query or change of a SCIM client.
    Provisioning(Box<ProvisioningOutcome>),
    /// The organization, and accounts of it.
    Organization(Box<OrganizationOutcome>),
}

/// The instance that a store belongs to. Each store has one of its own.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Instance {
    /// The store.
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

/// The numbers of users and groups of a store, and their limits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct Summary {
    pub users: u64,
    pub users_quota: u64,
    pub groups: u64,
    pub groups_quota: u64,
}
