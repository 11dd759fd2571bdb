//! Provisioning by SCIM: filters, edits that reach into lists, and members of a group in one step.

use std::sync::Arc;

use super::attribute::Attribute;
use super::attributes::{AttributeOperation, Attributes};
use super::error::ApiError;
use super::group::Group;
use super::id::{GroupId, IdentityStoreId, UserId};
use super::meta::Timestamp;
use super::page::{Page, PageRequest};
use super::user::User;

/// A tenant that a request has opened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OpenTenant {
    /// The store that it belongs to.
    pub store: IdentityStoreId,
    /// The issuer of the external ids that it writes.
    pub issuer: Arc<str>,
    /// The author of changes.
    pub author: Arc<str>,
}

/// A request to open a tenant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TenantAccess<'a> {
    /// The id of the tenant.
    pub tenant: &'a str,
    /// The token of the request.
    pub bearer: Option<&'a str>,
    /// Which tokens open the tenant.
    pub accepts: AcceptedTokens<'a>,
}

/// Which tokens open a tenant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AcceptedTokens<'a> {
    /// Any text, or none.
    Any,
    /// This one; `None` means the one that is drawn from the seed.
    Fixed(Option<&'a str>),
    /// The tokens that the store issued for the tenant and that have not expired.
    Issued,
}

/// A condition on a user, a group, or an element of a list.
#[derive(Clone, PartialEq, Debug)]
pub enum Filter {
    /// All of them hold.
    And(Vec<Filter>),
    /// Any of them holds.
    Or(Vec<Filter>),
    /// It does not hold.
    Not(Box<Filter>),
    /// A comparison of a value. Of several values, any one suffices.
    Compare(FilterSubject, Comparison),
    /// Any element of a list meets the condition.
    Element(Attribute, Box<Filter>),
}

/// The value that a filter compares.
#[derive(Clone, PartialEq, Debug)]
pub enum FilterSubject {
    /// The id.
    Id,
    /// The external id of this issuer.
    ExternalId(Arc<str>),
    /// Whether a user is enabled. A group has no such value.
    Enabled,
    /// The time of creation.
    Created,
    /// The time of the last update.
    Updated,
    /// An attribute by its path, which may go through lists.
    Attribute(Vec<Attribute>),
    /// The ids of the groups of a user, or of the members of a group.
    Linked,
    /// The same text for every resource, such as the name of its type.
    Constant(Vec<String>),
}

/// A comparison with a value.
#[derive(Clone, PartialEq, Debug)]
pub enum Comparison {
    /// The value is set and not empty.
    Present,
    /// Texts; `exact` distinguishes upper and lower case.
    #[allow(missing_docs)]
    Text { operator: Operator, value: String, exact: bool },
    /// Booleans, equal or not.
    #[allow(missing_docs)]
    Flag { operator: Operator, value: bool },
    /// Times.
    #[allow(missing_docs)]
    Time { operator: Operator, value: Timestamp },
    /// The value is not set.
    Absent,
}

/// A comparison operator. Source: RFC 7644 §3.4.2.2.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Operator {
    Equal,
    NotEqual,
    Contains,
    StartsWith,
    EndsWith,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

/// Which part of the matching resources a find returns.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FindPage {
    /// The resources after a position. Does not count the others.
    After(PageRequest),
    /// `limit` resources after the first `skip` ones, and the number of all.
    #[allow(missing_docs)]
    Offset { skip: usize, limit: usize },
}

/// A query of a provisioning client.
#[derive(Clone, PartialEq, Debug)]
#[allow(missing_docs)]
pub enum ProvisioningQuery {
    /// The users that meet a condition, oldest first.
    FindUsers { filter: Option<Filter>, page: FindPage },
    /// The groups that meet a condition, oldest first. `member` must exist if given.
    FindGroups {
        filter: Option<Filter>,
        page: FindPage,
        member: Option<UserId>,
        with_members: bool,
    },
    /// The users and then the groups that meet a condition, each oldest first: `limit` of them after
    /// the first `skip` ones.
    FindResources {
        user_filter: Option<Filter>,
        group_filter: Option<Filter>,
        skip: usize,
        limit: usize,
    },
    /// A group.
    DescribeGroup { group: GroupId, with_members: bool },
}

/// A change by a provisioning client.
#[derive(Clone, PartialEq, Debug)]
#[allow(missing_docs)]
pub enum ProvisioningChange {
    /// Creates a user.
    CreateUser { attributes: Attributes, enabled: bool },
    /// Edits a user, all steps or none.
    EditUser { user: UserId, edit: Edit },
    /// Creates a group with these members.
    CreateGroup {
        attributes: Attributes,
        members: Vec<UserId>,
        unknown: UnknownMembers,
        with_members: bool,
    },
    /// Edits a group and its members, all steps or none. Groups younger than `lag_ms` do not exist yet.
    EditGroup {
        group: GroupId,
        edit: Edit,
        unknown: UnknownMembers,
        lag_ms: u64,
        with_members: bool,
    },
}

/// What happens to new members that do not exist.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UnknownMembers {
    /// The change is rejected.
    Rejected,
    /// They are ignored.
    Ignored,
}

/// Steps that change a resource, and a check of the result.
#[derive(Clone, PartialEq, Debug)]
pub struct Edit {
    /// In order.
    pub steps: Vec<EditStep>,
    /// Checks the result.
    pub check: AttributeCheck,
}

/// A check of all attributes of a resource.
#[derive(Clone, Copy, Debug)]
pub struct AttributeCheck(pub fn(&Attributes) -> Result<(), ApiError>);

impl PartialEq for AttributeCheck {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::fn_addr_eq(self.0, other.0)
    }
}

/// One step of an edit.
#[derive(Clone, PartialEq, Debug)]
pub enum EditStep {
    /// Sets or removes an attribute.
    Attribute(AttributeOperation),
    /// Adds elements to a list. An element with the value of another one replaces it.
    Append(Attribute, Vec<Attributes>),
    /// Changes the elements of a list that meet a condition.
    Elements {
        /// The list.
        list: Attribute,
        /// The condition; `None` for every element.
        matching: Option<Filter>,
        /// What becomes of them.
        change: ElementChange,
    },
    /// Enables or disables a user.
    SetEnabled(bool),
    /// Adds users to a group. Those who are members stay so.
    AddMembers(Vec<UserId>),
    /// Removes users from a group. Others are ignored.
    RemoveMembers(Vec<UserId>),
    /// Makes these users the only members of a group.
    ReplaceMembers(Vec<UserId>),
}

/// The change of an element of a list.
#[derive(Clone, PartialEq, Debug)]
pub enum ElementChange {
    /// Removes it.
    Remove,
    /// Removes one of its attributes, and the element if none is left.
    RemovePart(Attribute),
    /// Sets attributes of it. If there is no element, `otherwise` is added with them.
    #[allow(missing_docs)]
    Set { attributes: Attributes, otherwise: Attributes },
}

/// A group as provisioning clients read it.
#[derive(Clone, PartialEq, Debug)]
pub struct ProvisionedGroup {
    /// The group.
    pub group: Arc<Group>,
    /// Its members, if the query asks for them.
    pub members: Vec<UserId>,
}

/// The result of a provisioning query or change.
#[derive(Clone, PartialEq, Debug)]
#[allow(missing_docs)]
pub enum ProvisioningOutcome {
    /// A page of users, and the number of all if the query counts them.
    Users { page: Page<Arc<User>>, total: Option<usize> },
    /// A page of groups, and the number of all if the query counts them.
    Groups { page: Page<ProvisionedGroup>, total: Option<usize> },
    /// Users, groups with their members, and the number of all that were found.
    Resources { users: Vec<Arc<User>>, groups: Vec<ProvisionedGroup>, total: usize },
    /// One group.
    Group(ProvisionedGroup),
}
