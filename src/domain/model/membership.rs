//! Group memberships.

use super::id::{GroupId, MembershipId, UserId};
use super::meta::Meta;

/// The member of a group. Both vendors have only users; both could add other kinds.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum MemberId {
    /// A user of the same store.
    User(UserId),
}

/// The membership of a user in a group.
#[derive(Clone, PartialEq, Debug)]
pub struct GroupMembership {
    /// The id.
    pub id: MembershipId,
    /// The group.
    pub group: GroupId,
    /// The member.
    pub member: MemberId,
    /// Stamps and revision. A membership is never updated.
    pub meta: Meta,
}
