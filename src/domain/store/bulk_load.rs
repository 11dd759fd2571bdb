//! Users and memberships by the hundred thousand, as a large fixture has them: first the rows, then
//! each index of all of them in one go, which takes a fraction of the time of one insert after the
//! other. So what two have that only one may have is found out at the end, and not of whom: for those
//! who want to tell there is the way one by one.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread;

use super::IdentityStore;
use super::admin::Sequence;
use super::persistent::Index;
use crate::domain::model::{Attribute, AttributeOperation, MembershipId, Meta, User, UserId};

impl IdentityStore {
    /// Appends a user without indexing it. Call `index_users` before any lookup.
    pub fn push_user(&mut self, user: User) {
        self.users.push_unseen(Arc::new(user));
    }

    /// The `n`-th new id of a user, which another user may have already.
    pub fn nth_user_id(&self, n: u64) -> UserId {
        self.nth_id(Sequence::User.name(), n).into()
    }

    /// Patches a user that was just loaded. Its revision stays as it is, and so does what is unique of it.
    pub fn patch_loaded_user(&mut self, position: u64, operation: AttributeOperation) {
        let Some(user) = self.users.at(position) else { return };
        let mut user = (**user).clone();
        user.attributes.apply(operation);
        self.users.replace(position, Arc::new(user));
    }

    /// Finds every user by what is unique of it; `false` where two have the same, and then the store
    /// is good for nothing.
    #[must_use]
    pub fn index_users(&mut self) -> bool {
        let names =
            |user: &User| user.attributes.text(Attribute::UserName).map(|name| self.key(name));
        let emails = |user: &User| user.emails().map(|email| self.key(email)).collect::<Vec<_>>();
        let external_ids = |user: &User| Self::external_keys(&user.attributes);
        let ((ids, external_ids), (names, emails)) = both(
            || (self.users.index_ids(), self.index_of(external_ids)),
            || (self.index_of(names), self.index_of(emails)),
        );
        let (Some(ids), Some(names), Some(emails), Some(external_ids)) =
            (ids, names, emails, external_ids)
        else {
            return false;
        };
        self.users.set_ids(ids);
        self.user_names = names;
        self.user_emails = emails;
        self.user_external_ids = external_ids;
        true
    }

    /// An index of all users by keys that no two may have.
    fn index_of<K: IntoIterator<Item = Box<str>>>(
        &self,
        keys: impl Fn(&User) -> K,
    ) -> Option<Index> {
        let at = |position| self.users.at(position).into_iter().flat_map(|user| keys(user));
        let all = self
            .users
            .range(0)
            .flat_map(|(position, user)| keys(user).into_iter().map(move |key| (key, position)));
        Index::of(all, |one, other| at(one).any(|key| at(other).any(|taken| taken == key)))
    }

    /// Adds a membership of the group and the user at these positions, which nobody finds until
    /// `index_memberships`. Its id is the next one, unless it brings its own.
    pub fn push_membership(&mut self, id: Option<MembershipId>, group: u64, user: u64, meta: Meta) {
        let n = self.made(Sequence::Membership);
        let minted = || self.nth_id(Sequence::Membership.name(), n).into();
        self.memberships.push_unseen(id.unwrap_or_else(minted).as_str(), group, user, meta);
    }

    /// Finds every membership by its id and its ends; as `index_users`.
    #[must_use]
    pub fn index_memberships(&mut self) -> bool {
        self.memberships.index()
    }
}

/// Does two things at once, and tells what came of each.
pub(super) fn both<A: Send, B>(
    one: impl FnOnce() -> A + Send,
    other: impl FnOnce() -> B,
) -> (A, B) {
    thread::scope(|scope| {
        let one = scope.spawn(one);
        let other = other();
        (one.join().unwrap_or_else(|panic| resume_unwind(panic)), other)
    })
}
