//! The commands on group memberships.
//!
//! A row holds the positions of its group and user. Positions are never used again, so a membership
//! ends as soon as its group or user is deleted: it no longer resolves. Later changes remove such rows
//! in batches, so that deleting a group of 100,000 members takes no longer than any other change.

use std::borrow::Cow;
use std::sync::Arc;

use super::IdentityStore;
use super::parallel::join;
use super::persistent::{DuplicatePositions, HashIndex, PositionMultimap};
use super::table::{Row, Table};
use crate::domain::ids::CompactId;
use crate::domain::model::{
    ApiError, Conflict, Deletion, DuplicateResource, Group, GroupId, GroupMembership, LookedUpBy,
    MemberId, MembershipId, Meta, NotFound, Outcome, Page, PageRequest, ResourceKind, ResourceList,
    Stamp, UniqueProperty, User, UserId,
};

/// The greatest number of memberships of deleted groups and users that one change removes.
const SWEEP_MAX: usize = 512;

/// Every membership of a store. A clone shares all rows.
#[derive(Clone, Default, Debug)]
pub(super) struct Memberships {
    rows: Table<MembershipRow>,
    /// By the positions of group and user.
    pairs: HashIndex,
    by_group: PositionMultimap,
    by_user: PositionMultimap,
    /// Deleted groups and users that may still have rows.
    deleted_owners: Vec<Owner>,
}

/// A membership as it is stored: a third of the size of one with the ids of its group and user.
#[derive(Clone, Debug)]
struct MembershipRow {
    id: CompactId,
    /// The position of the group.
    group: u64,
    /// The position of the user.
    user: u64,
    meta: Meta,
}

impl Row for MembershipRow {
    const ID_KEY: &'static str = "membership";

    fn id(&self) -> Cow<'_, str> {
        self.id.text()
    }

    fn has_id(&self, id: &str) -> bool {
        self.id == *id
    }

    fn with_id(&self, id: String) -> Self {
        Self { id: id.as_str().into(), ..self.clone() }
    }
}

/// A membership with its group and user.
#[derive(Clone, Debug)]
pub struct MembershipRef<'a> {
    /// The id.
    pub id: Arc<str>,
    /// The group.
    pub group: &'a Group,
    /// The member.
    pub user: &'a User,
    /// When and by whom it was created.
    pub meta: &'a Meta,
}

impl From<MembershipRef<'_>> for GroupMembership {
    fn from(membership: MembershipRef<'_>) -> Self {
        Self {
            id: membership.id.into(),
            group: membership.group.id.clone(),
            member: MemberId::User(membership.user.id.clone()),
            meta: membership.meta.clone(),
        }
    }
}

/// The position of a group or user that has memberships.
#[derive(Clone, Copy, Debug)]
pub(super) enum Owner {
    Group(u64),
    User(u64),
}

impl Memberships {
    /// The position of the membership of a group and a user.
    fn find_pair(&self, group: u64, user: u64) -> Option<u64> {
        self.pairs.find(&(group, user), |position| {
            self.rows.at(position).is_some_and(|row| (row.group, row.user) == (group, user))
        })
    }

    /// The positions of the memberships of an owner, from a position on.
    fn positions_of(&self, owner: Owner, from: u64) -> impl Iterator<Item = u64> {
        let positions = match owner {
            Owner::Group(group) => self.by_group.range(group, from),
            Owner::User(user) => self.by_user.range(user, from),
        };
        positions.filter(move |position| {
            self.rows.at(*position).is_some_and(|row| match owner {
                Owner::Group(group) => row.group == group,
                Owner::User(user) => row.user == user,
            })
        })
    }

    fn push(&mut self, row: MembershipRow) {
        let (group, user, position) = (row.group, row.user, self.rows.next_position());
        self.pairs.insert(&(group, user), position);
        self.by_group.insert(group, position);
        self.by_user.insert(user, position);
        self.rows.push(Arc::new(row));
    }

    pub(super) fn insert(
        &mut self,
        seed: u64,
        id: Option<MembershipId>,
        group: u64,
        user: u64,
        meta: Meta,
    ) -> Result<MembershipId, Conflict> {
        if self.find_pair(group, user).is_some() {
            return Err(Conflict::DuplicateMembership);
        }
        let id = id.unwrap_or_else(|| self.rows.next_id(seed).id.into());
        self.push(MembershipRow { id: id.as_str().into(), group, user, meta });
        Ok(id)
    }

    /// Appends a membership that no lookup finds before [`Memberships::build_indexes`]. Without an id
    /// it gets the id of its position.
    pub(super) fn push_unindexed(
        &mut self,
        seed: u64,
        id: Option<&str>,
        group: u64,
        user: u64,
        meta: Meta,
    ) -> u64 {
        let id = match id {
            Some(id) => id.into(),
            None => {
                let position = self.rows.next_position();
                Table::<MembershipRow>::default_id(seed, position).as_str().into()
            }
        };
        self.rows.push_unindexed(Arc::new(MembershipRow { id, group, user, meta }))
    }

    /// See [`Table::resolve_generated_ids`].
    pub(super) fn resolve_generated_ids(
        &mut self,
        seed: u64,
        generated: &[u64],
    ) -> Result<(), DuplicatePositions> {
        self.rows.resolve_generated_ids(seed, generated)
    }

    /// Builds all indexes from the rows.
    ///
    /// # Errors
    /// Two rows have the same id, or the same group and user.
    pub(super) fn build_indexes(&mut self) -> Result<(), DuplicateResource> {
        let rows = || self.rows.range(0);
        let pair = |position| self.rows.at(position).map(|row| (row.group, row.user));
        let ((ids, by_group), (pairs, by_user)) = join(
            self.rows.next_position(),
            || {
                let by_group = rows().map(|(position, row)| (row.group, position));
                (self.rows.build_ids(), PositionMultimap::build(by_group))
            },
            || {
                let pairs = rows().map(|(position, row)| ((row.group, row.user), position));
                let by_user = rows().map(|(position, row)| (row.user, position));
                let pairs = HashIndex::build(pairs, |one, other| pair(one) == pair(other));
                (pairs, PositionMultimap::build(by_user))
            },
        );
        let list = ResourceList::Memberships;
        let ids = ids.map_err(|found| DuplicateResource::new(list, UniqueProperty::Id, found))?;
        let members = UniqueProperty::GroupAndUser;
        self.pairs = pairs.map_err(|found| DuplicateResource::new(list, members, found))?;
        self.rows.set_ids(ids);
        (self.by_group, self.by_user) = (by_group, by_user);
        Ok(())
    }

    fn remove(&mut self, position: u64) {
        let Some(row) = self.rows.at(position).cloned() else { return };
        self.rows.remove(&row.id.text());
        self.pairs.remove(&(row.group, row.user), position);
        self.by_group.remove(row.group, position);
        self.by_user.remove(row.user, position);
    }

    /// Removes the memberships of a group and these users, if they exist.
    pub(super) fn remove_pairs(&mut self, group: u64, users: &[u64]) {
        for user in users {
            if let Some(position) = self.find_pair(group, *user) {
                self.remove(position);
            }
        }
    }

    /// Marks the memberships of a deleted group or user for removal by [`Memberships::sweep`].
    pub(super) fn forget(&mut self, owner: Owner) {
        self.deleted_owners.push(owner);
    }

    /// Removes up to [`SWEEP_MAX`] memberships of deleted groups and users.
    pub(super) fn sweep(&mut self) {
        let mut left = SWEEP_MAX;
        while let Some(owner) = self.deleted_owners.last().copied() {
            let swept: Vec<_> = self.positions_of(owner, 0).take(left).collect();
            if swept.is_empty() && left > 0 {
                self.deleted_owners.pop();
            }
            left -= swept.len();
            swept.into_iter().for_each(|position| self.remove(position));
            if left == 0 {
                return;
            }
        }
    }
}

impl IdentityStore {
    /// Adds a user to a group. Source: AWS API_CreateGroupMembership; Huawei CreateGroupMembership.
    ///
    /// # Errors
    /// `NotFound` for an unknown user or group, user first. `Conflict` if the membership exists.
    pub(super) fn create_group_membership(
        &mut self,
        stamp: Stamp,
        group: GroupId,
        member: MemberId,
    ) -> Result<Outcome, ApiError> {
        let MemberId::User(user) = &member;
        let user = self.user(user).map_err(as_member)?.0;
        let group = self.group(&group).map_err(as_member)?.0;
        let id = self.memberships.insert(self.seed, None, group, user, Meta::new(stamp));
        Ok(Outcome::MembershipId(id.map_err(ApiError::Conflict)?))
    }

    /// The memberships from a position on, oldest first, with their positions.
    pub fn memberships_from(&self, from: u64) -> impl Iterator<Item = (u64, MembershipRef<'_>)> {
        let rows = self.memberships.rows.range(from);
        rows.filter_map(|(position, row)| Some((position, self.resolve(row)?)))
    }

    /// The number of memberships.
    pub fn memberships_len(&self) -> u64 {
        let rows = &self.memberships.rows;
        let count = match self.memberships.deleted_owners.is_empty() {
            true => rows.len(),
            false => rows.iter().filter(|row| self.resolve(row).is_some()).count(),
        };
        count as u64
    }

    /// The memberships of the group at a position, oldest first, with their positions.
    pub fn memberships_of_group(
        &self,
        group: u64,
        from: u64,
    ) -> impl Iterator<Item = (u64, MembershipRef<'_>)> {
        self.memberships_of(Owner::Group(group), from)
    }

    /// The memberships of the user at a position, oldest first, with their positions.
    pub fn memberships_of_user(
        &self,
        user: u64,
        from: u64,
    ) -> impl Iterator<Item = (u64, MembershipRef<'_>)> {
        self.memberships_of(Owner::User(user), from)
    }

    fn memberships_of(
        &self,
        owner: Owner,
        from: u64,
    ) -> impl Iterator<Item = (u64, MembershipRef<'_>)> {
        self.memberships.positions_of(owner, from).filter_map(|position| {
            let row = self.memberships.rows.at(position)?;
            Some((position, self.resolve(row)?))
        })
    }

    /// A membership with its group and user; `None` if one of them is deleted.
    fn resolve<'a>(&'a self, row: &'a MembershipRow) -> Option<MembershipRef<'a>> {
        let (group, user) = (self.groups.at(row.group)?, self.users.at(row.user)?);
        Some(MembershipRef { id: row.id.text().into(), group, user, meta: &row.meta })
    }

    /// The membership with an id, and its position.
    fn membership(&self, id: &MembershipId) -> Result<(u64, GroupMembership), ApiError> {
        let found = self.memberships.rows.find(id.as_str());
        let found = found.and_then(|(at, row)| Some((at, self.resolve(row)?.into())));
        found.ok_or_else(|| ApiError::not_found(ResourceKind::GroupMembership, id.as_str()))
    }

    pub(super) fn describe_group_membership(&self, id: &MembershipId) -> Result<Outcome, ApiError> {
        Ok(Outcome::Membership(Arc::new(self.membership(id)?.1)))
    }

    /// Removes a user from a group. Source: AWS API_DeleteGroupMembership; Huawei
    /// DeleteGroupMembership.
    ///
    /// # Errors
    /// `NotFound` unless the deletion is idempotent.
    pub(super) fn delete_group_membership(
        &mut self,
        id: &MembershipId,
        deletion: Deletion,
    ) -> Result<Outcome, ApiError> {
        match self.membership(id) {
            Ok((position, _)) => self.memberships.remove(position),
            Err(_) if deletion.idempotent => {}
            Err(error) => return Err(error),
        }
        Ok(Outcome::Done)
    }

    /// A page of the memberships of a group. Source: AWS API_ListGroupMemberships; Huawei
    /// ListGroupMemberships.
    ///
    /// # Errors
    /// `NotFound` if the group is unknown.
    pub(super) fn list_group_memberships(
        &self,
        group: &GroupId,
        page: PageRequest,
    ) -> Result<Outcome, ApiError> {
        let (position, _) = self.group(group)?;
        Ok(Outcome::Memberships(self.membership_page(Owner::Group(position), page)))
    }

    /// A page of the memberships of a member. Source: AWS API_ListGroupMembershipsForMember; Huawei
    /// ListGroupMembershipsForMember.
    ///
    /// # Errors
    /// `NotFound` if the user is unknown.
    pub(super) fn list_group_memberships_for_member(
        &self,
        member: &MemberId,
        page: PageRequest,
    ) -> Result<Outcome, ApiError> {
        let MemberId::User(user) = member;
        let (position, _) = self.user(user)?;
        Ok(Outcome::Memberships(self.membership_page(Owner::User(position), page)))
    }

    /// The users of the group at a position, with their positions.
    pub(super) fn users_of_group(&self, group: u64) -> impl Iterator<Item = (u64, &Arc<User>)> {
        let positions = self.memberships.positions_of(Owner::Group(group), 0);
        let rows = positions.filter_map(|position| self.memberships.rows.at(position));
        rows.filter_map(|row| Some((row.user, self.users.at(row.user)?)))
    }

    /// The groups that a user is in; none if the user is unknown.
    pub(super) fn groups_of_user(&self, user: &UserId) -> Vec<GroupId> {
        let Some((position, _)) = self.users.find(user.as_str()) else { return Vec::new() };
        let positions = self.memberships.positions_of(Owner::User(position), 0);
        let rows = positions.filter_map(|position| self.memberships.rows.at(position));
        rows.filter_map(|row| Some(self.groups.at(row.group)?.id.clone())).collect()
    }

    /// The id of the membership of a member in a group. Source: AWS API_GetGroupMembershipId; Huawei
    /// GetGroupMembershipId.
    ///
    /// # Errors
    /// `NotFound`.
    pub(super) fn get_group_membership_id(
        &self,
        group: &GroupId,
        member: &MemberId,
    ) -> Result<Outcome, ApiError> {
        let MemberId::User(user) = member;
        let position = self.find_membership(group, user);
        let row = position.and_then(|position| self.memberships.rows.at(position));
        let row = row.ok_or(ApiError::NotFound(NotFound {
            kind: ResourceKind::GroupMembership,
            looked_up_by: LookedUpBy::AlternateIdentifier,
        }))?;
        Ok(Outcome::MembershipId(MembershipId::from(row.id.text())))
    }

    /// For each group, whether the member is in it. Source: AWS API_IsMemberInGroups, where unknown ids
    /// give `false` and no error. Assumed: the same on Huawei, whose documents list a 404.
    pub(super) fn is_member_in_groups(&self, member: MemberId, groups: Vec<GroupId>) -> Outcome {
        let MemberId::User(user) = &member;
        let is_member = |group: &GroupId| self.find_membership(group, user).is_some();
        let groups = groups.into_iter().map(|group| (group.clone(), is_member(&group))).collect();
        Outcome::MembershipsExist { member, groups }
    }

    /// The position of the membership of a user in a group.
    fn find_membership(&self, group: &GroupId, user: &UserId) -> Option<u64> {
        let (group, _) = self.groups.find(group.as_str())?;
        let (user, _) = self.users.find(user.as_str())?;
        self.memberships.find_pair(group, user)
    }

    fn membership_page(&self, owner: Owner, page: PageRequest) -> Page<Arc<GroupMembership>> {
        let rows = self.memberships.positions_of(owner, page.start()).filter_map(|position| {
            let row = self.memberships.rows.at(position)?;
            Some((position, Arc::new(self.resolve(row)?.into())))
        });
        Page::first(page.limit, rows)
    }
}

/// Both services have a different error for the missing user or group of a new membership.
fn as_member(error: ApiError) -> ApiError {
    match error {
        ApiError::NotFound(NotFound { kind, looked_up_by: LookedUpBy::Id(id) }) => {
            ApiError::NotFound(NotFound { kind, looked_up_by: LookedUpBy::MemberId(id) })
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{StoreLoader, StoreRules};
    use super::*;
    use crate::domain::model::{Attribute, AttributeValue, Attributes, Change, Query, Timestamp};

    /// The number of members of the first group, and of other groups of the first user.
    const MANY: usize = 3 * SWEEP_MAX;

    fn stamp() -> Stamp {
        Stamp { at: Timestamp(0), by: "a".into() }
    }

    fn named(attribute: Attribute, n: usize) -> Attributes {
        [(attribute, AttributeValue::Text(format!("{n}").into()))].into_iter().collect()
    }

    fn join(store: &mut IdentityStore, group: &GroupId, user: &UserId) {
        let change = Change::CreateGroupMembership {
            group: group.clone(),
            member: MemberId::User(user.clone()),
        };
        store.change(stamp(), change).expect("both exist");
    }

    fn store() -> (IdentityStore, Vec<UserId>, Vec<GroupId>) {
        let mut loader = StoreLoader::new("d-1".into(), 7, StoreRules::default());
        let meta = Meta::new(stamp());
        for n in 0..MANY {
            loader.add_user(None, named(Attribute::UserName, n), true, meta.clone());
        }
        for n in 0..=MANY {
            loader.add_group(None, named(Attribute::DisplayName, n), meta.clone());
        }
        let loader = loader.index().expect("names differ");
        let mut store = loader.finish().expect("there are no memberships");
        let users: Vec<_> = store.users().map(|user| user.id.clone()).collect();
        let groups: Vec<_> = store.groups().map(|group| group.id.clone()).collect();
        users.iter().for_each(|user| join(&mut store, &groups[0], user));
        groups[1..].iter().for_each(|group| join(&mut store, group, &users[0]));
        (store, users, groups)
    }

    /// Runs a change that has no visible effect.
    fn do_nothing(store: &mut IdentityStore) {
        store.change(stamp(), Change::UpdateIdentityStore(None)).expect("it has no effect");
    }

    fn listed(store: &IdentityStore, query: Query) -> usize {
        match store.query(query) {
            Ok(Outcome::Memberships(page)) => page.items.len(),
            other => panic!("{other:?}"),
        }
    }

    fn all() -> PageRequest {
        PageRequest { limit: usize::MAX, after: None }
    }

    #[test]
    fn deleting_a_group_ends_its_memberships_at_once_and_frees_them_later() {
        let (mut store, users, groups) = store();
        let a_membership = store.memberships().nth(MANY - 1).expect("one").id;
        let deletion = Deletion { idempotent: false, revision: None };
        store.change(stamp(), Change::DeleteGroup(groups[0].clone(), deletion)).expect("it exists");
        // One change removes one batch; the other rows are invisible.
        assert_eq!(store.memberships.rows.len(), 2 * MANY - SWEEP_MAX);
        assert_eq!(store.memberships().count(), MANY);
        store
            .query(Query::DescribeGroupMembership(a_membership))
            .expect_err("it ended with the group");
        let member = MemberId::User(users[0].clone());
        let of_member = Query::ListGroupMembershipsForMember { member, page: all() };
        assert_eq!(listed(&store, of_member), MANY);
        let copy = store.clone();
        (0..3).for_each(|_| do_nothing(&mut store));
        assert_eq!(store.memberships.rows.len(), MANY);
        assert!(
            store.memberships.deleted_owners.is_empty()
                && !copy.memberships.deleted_owners.is_empty()
        );
        assert!(store.memberships().eq(copy.memberships()));
    }

    #[test]
    fn deleting_a_user_ends_its_memberships_at_once() {
        let (mut store, users, groups) = store();
        let deletion = Deletion { idempotent: false, revision: None };
        store.change(stamp(), Change::DeleteUser(users[0].clone(), deletion)).expect("it exists");
        assert_eq!(store.memberships().count(), MANY - 1);
        let of_group =
            |at: usize| Query::ListGroupMemberships { group: groups[at].clone(), page: all() };
        assert_eq!(listed(&store, of_group(1)), 0);
        assert_eq!(listed(&store, of_group(0)), MANY - 1);
        join(&mut store, &groups[1], &users[1]);
        assert_eq!(listed(&store, of_group(1)), 1);
        (0..3).for_each(|_| do_nothing(&mut store));
        assert_eq!(store.memberships.rows.len(), MANY);
        assert_eq!(listed(&store, of_group(0)), MANY - 1);
    }
}
