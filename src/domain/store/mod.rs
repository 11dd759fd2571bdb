//! One identity store: its tables, its unique indexes, and what runs against them.
//!
//! Every method here runs under the store's lock, held by `directory`: nothing waits, nothing does I/O.

mod admin;
mod bulk_load;
mod groups;
mod memberships;
mod persistent;
mod table;
mod users;

use std::sync::Arc;

use crate::domain::ids::uuid;
use crate::domain::model::{
    ApiError, Attribute, Attributes, Change, Conflict, Group, GroupMembership, IdentityStoreId,
    Meta, Outcome, Query, Revision, Stamp, Summary, User,
};
use crate::domain::random::draw;
use admin::Admin;
use memberships::Memberships;
use persistent::Index;
use table::Table;

pub use admin::{AdminResource, MADE_MAX, RestoreError, Sequence};
pub use memberships::MembershipRef;

/// No id of a user or group is shorter: it is a UUID, or ends with one.
const ID_BYTES_MIN: usize = 36;

/// What holds for every store of a directory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StoreRules {
    /// Whether names and e-mail addresses are the same in either case.
    /// Assumed: they are not (behaviour.md §12); `[directory] names` switches.
    pub ignore_case: bool,
    /// How many users a store may hold. Source: AWS quotas page, 200,000.
    pub users_max: u64,
    /// How many groups a store may hold. Source: AWS quotas page, 100,000.
    pub groups_max: u64,
}

impl Default for StoreRules {
    fn default() -> Self {
        Self { ignore_case: false, users_max: 200_000, groups_max: 100_000 }
    }
}

/// One vendor tenancy with all that is in it. Cloning copies pointers, not people.
#[derive(Clone, Debug)]
pub struct IdentityStore {
    id: IdentityStoreId,
    rules: StoreRules,
    /// What this store's ids and passwords are drawn from.
    seed: u64,
    attributes: Arc<Attributes>,
    users: Table<User>,
    user_names: Index,
    user_emails: Index,
    user_external_ids: Index,
    groups: Table<Group>,
    group_names: Index,
    group_external_ids: Index,
    memberships: Memberships,
    /// What stands beside the directory.
    admin: Admin,
}

impl IdentityStore {
    /// An empty store. Its ids follow from `seed` and its own id, so that a store made for one test
    /// gives that test the same ids whatever other tests do.
    pub fn new(id: IdentityStoreId, seed: u64, rules: StoreRules) -> Self {
        Self {
            seed: draw(seed, id.as_str(), 0),
            id,
            rules,
            attributes: Arc::default(),
            users: Table::new(),
            user_names: Index::default(),
            user_emails: Index::default(),
            user_external_ids: Index::default(),
            groups: Table::new(),
            group_names: Index::default(),
            group_external_ids: Index::default(),
            memberships: Memberships::new(),
            admin: Admin::new(),
        }
    }

    /// The same content under another id, from which follows what is minted from now on. Copies
    /// pointers, not people.
    #[must_use]
    pub fn copied(&self, id: IdentityStoreId, seed: u64) -> Self {
        Self { seed: draw(seed, id.as_str(), 0), id, ..self.clone() }
    }

    /// Its id.
    pub fn id(&self) -> &IdentityStoreId {
        &self.id
    }

    /// How many users and groups it holds, and may hold.
    pub fn summary(&self) -> Summary {
        Summary {
            users: self.users.len() as u64,
            users_quota: self.rules.users_max,
            groups: self.groups.len() as u64,
            groups_quota: self.rules.groups_max,
        }
    }

    /// Every user, oldest first.
    pub fn users(&self) -> impl Iterator<Item = &Arc<User>> {
        self.users.iter()
    }

    /// Every group, oldest first.
    pub fn groups(&self) -> impl Iterator<Item = &Arc<Group>> {
        self.groups.iter()
    }

    /// Every membership, oldest first.
    pub fn memberships(&self) -> impl Iterator<Item = GroupMembership> {
        self.memberships_from(0).map(|(_, membership)| membership.into())
    }

    /// The users from a position on, oldest first, each with its position: to go on from where one was.
    pub fn users_from(&self, from: u64) -> impl Iterator<Item = (u64, &Arc<User>)> {
        self.users.range(from)
    }

    /// The groups from a position on; the same.
    pub fn groups_from(&self, from: u64) -> impl Iterator<Item = (u64, &Arc<Group>)> {
        self.groups.range(from)
    }

    /// Looks; the shared lock is held.
    ///
    /// # Errors
    /// `NotFound` where what it is about is not there.
    pub fn query(&self, query: Query) -> Result<Outcome, ApiError> {
        match query {
            Query::DescribeUser(user) => self.describe_user(&user),
            Query::DescribeUsers(users) => Ok(self.describe_users(&users)),
            Query::ListUsers { filter, page } => Ok(self.list_users(filter.as_ref(), page)),
            Query::GetUserId(alternate) => self.get_user_id(&alternate),
            Query::DescribeGroup(group) => self.describe_group(&group),
            Query::DescribeGroups(groups) => Ok(self.describe_groups(&groups)),
            Query::ListGroups { filter, page } => Ok(self.list_groups(filter.as_ref(), page)),
            Query::GetGroupId(alternate) => self.get_group_id(&alternate),
            Query::DescribeGroupMembership(id) => self.describe_group_membership(&id),
            Query::ListGroupMemberships { group, page } => {
                self.list_group_memberships(&group, page)
            }
            Query::ListGroupMembershipsForMember { member, page } => {
                self.list_group_memberships_for_member(&member, page)
            }
            Query::GetGroupMembershipId { group, member } => {
                self.get_group_membership_id(&group, &member)
            }
            Query::IsMemberInGroups { member, groups } => {
                Ok(self.is_member_in_groups(member, groups))
            }
            Query::DescribeIdentityStore => Ok(Outcome::IdentityStore(self.attributes.clone())),
            Query::Summary => Ok(Outcome::Summary(self.summary())),
        }
    }

    /// Changes, all or nothing; the exclusive lock is held.
    ///
    /// # Errors
    /// `NotFound`, `Conflict`, `QuotaExceeded`, or the refusal kept back in a patch; nothing has
    /// changed then.
    pub fn change(&mut self, stamp: Stamp, change: Change) -> Result<Outcome, ApiError> {
        let outcome = self.run(stamp, change);
        self.sweep();
        outcome
    }

    fn run(&mut self, stamp: Stamp, change: Change) -> Result<Outcome, ApiError> {
        match change {
            Change::CreateUser(attributes) => self.create_user(stamp, attributes),
            Change::UpdateUser(user, patch) => self.update_user(stamp, &user, patch),
            Change::DeleteUser(user, deletion) => self.delete_user(&user, deletion),
            Change::SetEnabled { user, enabled } => self.set_enabled(stamp, &user, enabled),
            Change::ResetPassword { user, mode } => self.reset_password(stamp, &user, &mode),
            Change::VerifyEmail(user) => self.verify_email(stamp, &user),
            Change::CreateGroup(attributes) => self.create_group(stamp, attributes),
            Change::UpdateGroup(group, patch) => self.update_group(stamp, &group, patch),
            Change::DeleteGroup(group, deletion) => self.delete_group(&group, deletion),
            Change::CreateGroupMembership { group, member } => {
                self.create_group_membership(stamp, group, member)
            }
            Change::DeleteGroupMembership(id, deletion) => {
                self.delete_group_membership(&id, deletion)
            }
            Change::Admin(change) => self.admin_change(&stamp, change),
            Change::UpdateIdentityStore(attributes) => {
                if let Some(attributes) = attributes {
                    self.attributes = Arc::new(attributes);
                }
                Ok(Outcome::IdentityStore(self.attributes.clone()))
            }
        }
    }

    /// The key of a name in a unique index.
    fn key(&self, name: &str) -> Box<str> {
        if self.rules.ignore_case { name.to_lowercase().into() } else { name.into() }
    }

    /// Whether a name has this key.
    fn is_key(&self, key: &str, name: &str) -> bool {
        if self.rules.ignore_case { name.to_lowercase() == key } else { name == key }
    }

    /// The keys of a resource's external ids in a unique index.
    fn external_keys(attributes: &Attributes) -> Vec<Box<str>> {
        let keys = attributes.list(Attribute::ExternalIds).iter().map(|id| {
            let part = |which| id.text(which).unwrap_or_default();
            external_key(part(Attribute::Issuer), part(Attribute::Id))
        });
        keys.collect()
    }

    /// A new id of a kind: the `n`-th of this store, or the next that is free, for a fixture may have
    /// brought later ones along.
    fn mint(&self, kind: &str, n: u64, taken: impl Fn(&str) -> bool) -> String {
        let mut ids = (n..).map(|n| uuid(self.seed, kind, n));
        ids.find(|id| !taken(id)).unwrap_or_default() // There are more ids than rows.
    }

    /// The `n`-th id of a kind that no fixture brings along.
    fn nth_id(&self, kind: &str, n: u64) -> String {
        uuid(self.seed, kind, n)
    }

    /// Numbers drawn for a purpose, one after the other.
    fn bits(&self, purpose: &str) -> impl FnMut() -> u64 + use<> {
        let (seed, purpose, mut n) = (self.seed, purpose.to_owned(), 0);
        move || {
            n += 1;
            draw(seed, &purpose, n)
        }
    }

    /// A secret of 64 hex digits: the `n`-th of a kind of this store.
    fn secret(&self, kind: &str, n: u64) -> String {
        let mut bits = self.bits(&format!("{kind} {n}"));
        (0..4).map(|_| format!("{:016x}", bits())).collect()
    }

    /// A one-time password: the `n`-th of this store.
    fn one_time_password(&self, n: u64) -> String {
        // Neither look-alikes nor anything that has to be escaped. A symbol at a known place, for
        // policies that demand one.
        const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
        let mut bits = draw(self.seed, "one-time password", n);
        let mut letter = || {
            let at = usize::try_from(bits % LETTERS.len() as u64).unwrap_or(0);
            bits /= LETTERS.len() as u64;
            char::from(LETTERS[at])
        };
        let mut password: String = (0..10).map(|_| letter()).collect();
        password.insert(5, '@');
        password
    }
}

/// The key of an external id in a unique index.
fn external_key(issuer: &str, id: &str) -> Box<str> {
    // Neither part can hold a NUL: no limit lets one through.
    format!("{issuer}\0{id}").into()
}

/// Whether an external id among `attributes` has this key.
fn has_external_key(attributes: &Attributes, key: &str) -> bool {
    IdentityStore::external_keys(attributes).iter().any(|own| **own == *key)
}

/// Refuses a write by somebody who believes in another revision.
fn check_revision(meta: &Meta, believed: Option<Revision>) -> Result<(), ApiError> {
    match believed {
        Some(revision) if revision != meta.revision => {
            Err(ApiError::Conflict(Conflict::RevisionMismatch))
        }
        Some(_) | None => Ok(()),
    }
}
