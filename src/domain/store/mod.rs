//! One identity store: its tables, and the commands on them.
//!
//! `directory` holds the lock of a store while a method of it runs. No method waits or does I/O.

mod access;
mod admin;
mod bulk_load;
mod groups;
mod indexed_table;
mod memberships;
mod parallel;
mod persistent;
mod provisioning;
mod table;
mod users;

use std::sync::Arc;

use crate::domain::model::{
    ApiError, Attribute, Attributes, Change, Conflict, Group, GroupMembership, IdentityStoreId,
    Meta, Outcome, Query, ResourceKind, ResourceUpdate, Revision, Stamp, Summary, User,
};
use crate::domain::random::draw;
use access::AccessTables;
use admin::Admin;
use indexed_table::IndexedTable;
use memberships::Memberships;

pub(in crate::domain) use admin::TenantStatus;

pub use admin::{AdminKind, AdminResource, RestoreError};
pub use bulk_load::{IndexedStoreLoader, StoreLoader};
pub use memberships::MembershipRef;

/// The least number of bytes of a user's or group's id, which is a UUID or ends with one.
const ID_BYTES_MIN: usize = 36;

/// The rules of every store of a directory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StoreRules {
    /// Whether names and e-mail addresses that differ in case only are equal. Assumed: they are not;
    /// the setting `[directory] names` switches.
    pub ignore_case: bool,
    /// The greatest number of users of a store. Source: AWS quotas page, 200,000.
    pub users_max: u64,
    /// The greatest number of groups of a store. Source: AWS quotas page, 100,000.
    pub groups_max: u64,
    /// How long the service takes to create or delete an account assignment, in milliseconds.
    /// Assumed: no time; the setting `[aws] assignment_delay` changes it.
    pub assignment_delay_ms: u64,
}

impl Default for StoreRules {
    fn default() -> Self {
        Self { ignore_case: false, users_max: 200_000, groups_max: 100_000, assignment_delay_ms: 0 }
    }
}

/// One identity store with all its resources. A clone shares them.
#[derive(Clone, Debug)]
pub struct IdentityStore {
    id: IdentityStoreId,
    rules: StoreRules,
    /// Ids, passwords and other secrets are generated from it.
    seed: u64,
    attributes: Arc<Attributes>,
    users: IndexedTable<User>,
    groups: IndexedTable<Group>,
    memberships: Memberships,
    admin: Admin,
    /// Permission sets and account assignments.
    access: AccessTables,
}

impl IdentityStore {
    /// Creates an empty store. Its ids are generated from `seed` and its own id, so a store of one test has
    /// the same ids whatever other tests do.
    pub fn new(id: IdentityStoreId, seed: u64, rules: StoreRules) -> Self {
        Self {
            seed: draw(seed, id.as_str(), 0),
            id,
            rules,
            attributes: Arc::default(),
            users: IndexedTable::new(rules.ignore_case),
            groups: IndexedTable::new(rules.ignore_case),
            memberships: Memberships::default(),
            admin: Admin::default(),
            access: AccessTables::default(),
        }
    }

    /// Copies the store to another id, from which later ids are generated. The resources are shared.
    #[must_use]
    pub fn copied(&self, id: IdentityStoreId, seed: u64) -> Self {
        Self { seed: draw(seed, id.as_str(), 0), id, ..self.clone() }
    }

    /// The id of the store.
    pub fn id(&self) -> &IdentityStoreId {
        &self.id
    }

    /// The numbers of users and groups, and their limits.
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

    /// The users from a position on, oldest first, with their positions.
    pub fn users_from(&self, from: u64) -> impl Iterator<Item = (u64, &Arc<User>)> {
        self.users.range(from)
    }

    /// The groups from a position on, oldest first, with their positions.
    pub fn groups_from(&self, from: u64) -> impl Iterator<Item = (u64, &Arc<Group>)> {
        self.groups.range(from)
    }

    /// Runs a query.
    ///
    /// # Errors
    /// `NotFound` if the resource does not exist.
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
            Query::Provisioning(query) => self.provisioning_query(query),
            Query::Summary => Ok(Outcome::Summary(self.summary())),
        }
    }

    /// Runs a change, all of it or nothing.
    ///
    /// # Errors
    /// `NotFound`, `Conflict`, `QuotaExceeded`, or the error inside a patch. Nothing has changed then.
    pub fn change(&mut self, stamp: Stamp, change: Change) -> Result<Outcome, ApiError> {
        self.change_and_observe(stamp, change, &mut None)
    }

    /// As [`IdentityStore::change`]. Sets `update` if a user or group was replaced.
    pub(super) fn change_and_observe(
        &mut self,
        stamp: Stamp,
        change: Change,
        update: &mut Option<ResourceUpdate>,
    ) -> Result<Outcome, ApiError> {
        let outcome = self.run(stamp, change, update);
        self.memberships.sweep();
        outcome
    }

    fn run(
        &mut self,
        stamp: Stamp,
        change: Change,
        update: &mut Option<ResourceUpdate>,
    ) -> Result<Outcome, ApiError> {
        match change {
            Change::CreateUser(attributes) => self.create_user(stamp, attributes),
            Change::UpdateUser(user, patch) => self.update_user(stamp, &user, patch, update),
            Change::DeleteUser(user, deletion) => self.delete_user(&user, deletion),
            Change::SetEnabled { user, enabled } => self.set_enabled(stamp, &user, enabled, update),
            Change::ResetPassword { user, mode } => {
                self.reset_password(stamp, &user, &mode, update)
            }
            Change::VerifyEmail(user) => self.verify_email(stamp, &user, update),
            Change::CreateGroup(attributes) => self.create_group(stamp, attributes),
            Change::UpdateGroup(group, patch) => self.update_group(stamp, &group, patch, update),
            Change::DeleteGroup(group, deletion) => self.delete_group(&group, deletion),
            Change::CreateGroupMembership { group, member } => {
                self.create_group_membership(stamp, group, member)
            }
            Change::DeleteGroupMembership(id, deletion) => {
                self.delete_group_membership(&id, deletion)
            }
            Change::Provisioning(change) => self.provisioning_change(stamp, change, update),
            Change::Admin(change) => self.admin_change(&stamp, change),
            Change::Access(change) => Ok(self.change_access(&stamp, change)),
            Change::UpdateIdentityStore(attributes) => {
                if let Some(attributes) = attributes {
                    self.attributes = Arc::new(attributes);
                }
                Ok(Outcome::IdentityStore(self.attributes.clone()))
            }
        }
    }

    /// Pseudorandom numbers for a purpose, in order.
    fn bits(&self, purpose: &str) -> impl FnMut() -> u64 + use<> {
        let (seed, purpose, mut n) = (self.seed, purpose.to_owned(), 0);
        move || {
            n += 1;
            draw(seed, &purpose, n)
        }
    }

    /// The `n`-th secret of a kind: 64 hex digits.
    fn secret(&self, kind: &str, n: u64) -> String {
        let mut bits = self.bits(&format!("{kind} {n}"));
        (0..4).map(|_| format!("{:016x}", bits())).collect()
    }

    /// The `n`-th one-time password.
    fn one_time_password(&self, n: u64) -> String {
        // No characters that look alike or need an escape. Policies that require a symbol accept it.
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

/// Rejects one more resource if there are `limit` already.
fn check_quota(kind: ResourceKind, count: usize, limit: u64) -> Result<(), ApiError> {
    match count as u64 >= limit {
        true => Err(ApiError::QuotaExceeded { kind, limit }),
        false => Ok(()),
    }
}

/// Rejects a write that expects another revision.
fn check_revision(meta: &Meta, expected: Option<Revision>) -> Result<(), ApiError> {
    match expected {
        Some(revision) if revision != meta.revision => {
            Err(ApiError::Conflict(Conflict::RevisionMismatch))
        }
        Some(_) | None => Ok(()),
    }
}

/// Whether a text attribute contains a lower-case text, in either case.
fn contains_text(attributes: &Attributes, attribute: Attribute, part: &str) -> bool {
    attributes.text(attribute).unwrap_or_default().to_lowercase().contains(part)
}
