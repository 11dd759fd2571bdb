//! Access to accounts: the accounts of an organization, and the permission sets of an instance that are
//! assigned to users and groups there.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::id::{AccountId, AssignmentRequestId, GroupId, PermissionSetId, UserId};
use super::meta::Timestamp;
use super::page::{Page, PageRequest};

/// A member account of an organization.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Account {
    /// 12 digits.
    pub id: AccountId,
    /// The name.
    pub name: String,
    /// The e-mail address of its root user.
    pub email: String,
    /// Whether it is suspended.
    pub suspended: bool,
    /// When it joined the organization.
    pub joined_at: Timestamp,
}

/// An organization: its management account and the ids that follow from it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Organization {
    /// `o-` and ten characters.
    pub id: String,
    /// `r-` and four characters.
    pub root_id: String,
    /// The account that owns it.
    pub management: Arc<Account>,
}

/// A query about an organization.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum OrganizationQuery {
    /// The organization itself.
    Describe,
    /// A page of its accounts, the management account first.
    ListAccounts(PageRequest),
    /// One account by id.
    DescribeAccount(AccountId),
    /// The organizational units below a root or a unit. There are none: accounts are below the root.
    ListUnits(String),
}

/// What a query about an organization found.
#[derive(Clone, PartialEq, Debug)]
pub struct OrganizationOutcome {
    /// The organization.
    pub organization: Organization,
    /// The accounts that the query is about.
    pub accounts: Page<Arc<Account>>,
}

/// Permissions that users and groups can be given in accounts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PermissionSet {
    /// 16 characters, the end of its ARN.
    pub id: PermissionSetId,
    /// The name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// How long a session lasts, as ISO 8601 writes it: `PT1H`.
    pub session_duration: String,
    /// Where a session starts.
    pub relay_state: Option<String>,
    /// A policy as JSON.
    pub inline_policy: Option<String>,
    /// The ARNs of policies that AWS manages.
    pub managed_policies: Vec<String>,
    /// Policies that each account has of its own.
    pub customer_managed_policies: Vec<CustomerManagedPolicy>,
    /// Tags by key.
    pub tags: BTreeMap<String, String>,
    /// When it was created.
    pub created_at: Timestamp,
}

/// The name and path of a policy in the accounts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CustomerManagedPolicy {
    /// The name.
    pub name: String,
    /// The path, which begins and ends with a slash.
    pub path: String,
}

/// A user or a group.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Principal {
    /// A user.
    User(UserId),
    /// A group.
    Group(GroupId),
}

impl Principal {
    /// The id of the user or group.
    pub fn id(&self) -> &str {
        match self {
            Self::User(user) => user.as_str(),
            Self::Group(group) => group.as_str(),
        }
    }
}

/// A principal's permissions in one account.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct AccountAssignment {
    /// The account.
    pub account: AccountId,
    /// The permissions.
    pub permission_set: PermissionSetId,
    /// The user or group that has them.
    pub principal: Principal,
}

/// A request to create or delete an assignment, which the service carries out by itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AssignmentRequest {
    /// A UUID.
    pub id: AssignmentRequestId,
    /// What is requested.
    pub action: AssignmentAction,
    /// The assignment.
    pub assignment: AccountAssignment,
    /// When it was requested.
    pub created_at: Timestamp,
    /// When it is carried out.
    pub done_at: Timestamp,
    /// Why it fails, if it does.
    pub failure: Option<AssignmentFailure>,
}

/// What an [`AssignmentRequest`] does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AssignmentAction {
    /// It creates an assignment.
    Create,
    /// It deletes an assignment.
    Delete,
}

/// Why an [`AssignmentRequest`] fails.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AssignmentFailure {
    /// There is no such user.
    UnknownUser,
    /// There is no such group.
    UnknownGroup,
    /// There is no such permission set.
    UnknownPermissionSet,
    /// There is no such assignment to delete.
    UnknownAssignment,
}

/// The state of an [`AssignmentRequest`] at some time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AssignmentStatus {
    /// The request.
    pub request: Arc<AssignmentRequest>,
    /// Whether it has been carried out, or has failed.
    pub is_done: bool,
}

/// An instance as a request names it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InstanceRef {
    /// The number in its id; see [`super::IdentityStoreId::instance_number`].
    pub number: u64,
    /// The text that the client sent.
    pub text: String,
}

/// A query about an instance and the access that it manages.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AccessQuery {
    /// The instance itself.
    DescribeInstance,
    /// A page of permission sets, oldest first.
    ListPermissionSets(PageRequest),
    /// One permission set by id.
    DescribePermissionSet(PermissionSetId),
    /// The permission sets that are assigned in an account.
    #[allow(missing_docs)]
    ListPermissionSetsOfAccount { account: AccountId, page: PageRequest },
    /// The accounts in which a permission set is assigned.
    #[allow(missing_docs)]
    ListAccountsOfPermissionSet { permission_set: PermissionSetId, page: PageRequest },
    /// Who has a permission set in an account.
    #[allow(missing_docs)]
    ListAssignments { account: AccountId, permission_set: PermissionSetId, page: PageRequest },
    /// What a principal has in the accounts, or in one of them; a user also by its groups.
    #[allow(missing_docs)]
    ListAssignmentsOfPrincipal {
        principal: Principal,
        account: Option<AccountId>,
        page: PageRequest,
    },
    /// The state of a request.
    #[allow(missing_docs)]
    DescribeAssignmentRequest { id: AssignmentRequestId, action: AssignmentAction },
}

/// A change of access.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AccessChange {
    /// Whether the assignment is created or deleted.
    pub action: AssignmentAction,
    /// The assignment.
    pub assignment: AccountAssignment,
}

/// The result of a query or change of access.
#[derive(Clone, PartialEq, Debug)]
pub enum AccessOutcome {
    /// A page of permission sets.
    PermissionSets(Page<Arc<PermissionSet>>),
    /// One permission set.
    PermissionSet(Arc<PermissionSet>),
    /// A page of accounts, by id.
    Accounts(Page<AccountId>),
    /// A page of assignments.
    Assignments(Page<AccountAssignment>),
    /// The state of a request.
    AssignmentStatus(AssignmentStatus),
}
