//! Group memberships.

use super::id::{GroupId, MembershipId, UserId};
use super::meta::Meta;

/// Who belongs to a group. Both vendors know users only, and both leave room for more.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum MemberId {
    /// A user of the same store.
    User(UserId),
}

/// A user's being in a group.
#[derive(Clone, PartialEq, Debug)]
pub struct GroupMembership {
    /// Its id.
    pub id: MembershipId,
    /// The group.
    pub group: GroupId,
    /// The member.
    pub member: MemberId,
    /// Stamps; the revision never changes, for a membership is never updated.
    pub meta: Meta,
}
