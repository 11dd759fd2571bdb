//! How a cloud prints its lists of users, groups and memberships.

use super::shape::Shape;

/// The format of a cloud's lists of users, groups and memberships: the names of all members that are
/// not attributes.
#[derive(Debug)]
pub struct CloudExportFormat {
    /// The keys of the lists of users, groups and memberships.
    pub lists: [&'static str; 3],
    /// Other keys of a page, which are ignored.
    pub page: &'static [&'static str],
    /// The id of the store, in every element.
    pub store: &'static str,
    /// The ids of a user, a group and a membership; memberships name users and groups so too.
    pub ids: [&'static str; 3],
    /// The structure in a membership that holds the user's id.
    pub member: &'static str,
    /// Stamps and revision.
    pub stamps: StampMembers,
    /// Whether a user is enabled: the member, and its texts for yes and no if it is a text.
    pub enabled: (&'static str, Option<[&'static str; 2]>),
    /// The members that follow from the others, which are ignored.
    pub derived: &'static [&'static str],
    /// The shapes of a user and a group.
    pub shapes: [&'static Shape; 2],
    /// A structure of further attributes in a user.
    pub extensions: Option<(&'static str, &'static Shape)>,
}

/// The members of a resource that hold its stamps and its revision.
#[derive(Debug)]
pub struct StampMembers {
    /// The times and authors of its creation and of its last update, and the revision.
    pub names: [&'static str; 5],
    /// The number of milliseconds in one unit of a time that is a number.
    pub unit_ms: i64,
}
