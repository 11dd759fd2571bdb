//! The commands on group memberships.
//!
//! A membership is kept as what it says of itself and the positions of its ends, which are never used
//! again: one whose group or user is gone is gone too, from that moment on. What it took is given back
//! by the changes that follow, so many at a time: nobody waits for a group of a hundred thousand to be
//! taken apart.

use std::borrow::Cow;
use std::sync::Arc;

use super::IdentityStore;
use super::admin::Sequence;
use super::bulk_load::both;
use super::persistent::{Index, Links};
use super::table::{Row, Table};
use crate::domain::ids::Uuid;
use crate::domain::model::{
    ApiError, Conflict, Deletion, Group, GroupId, GroupMembership, LookedUpBy, MemberId,
    MembershipId, Meta, NotFound, Outcome, Page, PageRequest, ResourceKind, Stamp, User, UserId,
    page_of,
};

/// How many memberships of groups and users that are gone one change gives back at most. It takes
/// about a millisecond.
pub const SWEPT_MAX: usize = 512;

/// Every membership of a store. A clone shares all of it.
#[derive(Clone, Debug)]
pub(super) struct Memberships {
    rows: Table<Membership>,
    /// By the positions of group and user.
    pairs: Index,
    by_group: Links,
    by_user: Links,
    /// Groups and users that are gone, and whose memberships are still here.
    gone: Vec<Owner>,
}

/// A membership, a third as large as with its ends' ids.
#[derive(Clone, Debug)]
struct Membership {
    id: Uuid,
    /// The position of the group.
    group: u64,
    /// The position of the user.
    user: u64,
    meta: Meta,
}

impl Row for Membership {
    fn id(&self) -> Cow<'_, str> {
        self.id.text()
    }

    fn is(&self, id: &str) -> bool {
        self.id.is(id)
    }
}

/// A membership with its ends.
#[derive(Clone, Debug)]
pub struct MembershipRef<'a> {
    /// Its id.
    pub id: Arc<str>,
    /// The group.
    pub group: &'a Group,
    /// The member.
    pub user: &'a User,
    /// Stamps.
    pub meta: &'a Meta,
}

impl From<MembershipRef<'_>> for GroupMembership {
    fn from(joined: MembershipRef<'_>) -> Self {
        Self {
            id: joined.id.into(),
            group: joined.group.id.clone(),
            member: MemberId::User(joined.user.id.clone()),
            meta: joined.meta.clone(),
        }
    }
}

/// Who has memberships, by position.
#[derive(Clone, Copy, Debug)]
pub(super) enum Owner {
    Group(u64),
    User(u64),
}

impl Memberships {
    pub(super) fn new() -> Self {
        Self {
            rows: Table::new(),
            pairs: Index::default(),
            by_group: Links::default(),
            by_user: Links::default(),
            gone: Vec::new(),
        }
    }

    /// How many were ever made.
    pub(super) fn made(&self) -> u64 {
        self.rows.next_position()
    }

    /// The position of the membership of this group and user.
    fn of_pair(&self, group: u64, user: u64) -> Option<u64> {
        self.pairs.find(&(group, user), |position| {
            self.rows.at(position).is_some_and(|row| (row.group, row.user) == (group, user))
        })
    }

    /// The positions of an owner's memberships, from one on.
    fn of(&self, owner: Owner, from: u64) -> impl Iterator<Item = u64> {
        let (links, at) = match owner {
            Owner::Group(at) => (&self.by_group, at),
            Owner::User(at) => (&self.by_user, at),
        };
        let is_own = move |position: &u64| {
            self.rows.at(*position).is_some_and(|row| match owner {
                Owner::Group(group) => row.group == group,
                Owner::User(user) => row.user == user,
            })
        };
        links.of(at, from).filter(is_own)
    }

    fn push(&mut self, id: &str, row: Membership) {
        let (group, user) = (row.group, row.user);
        let position = self.rows.push(id, Arc::new(row));
        self.pairs.insert(&(group, user), position);
        self.by_group.insert(group, position);
        self.by_user.insert(user, position);
    }

    /// Adds a membership that nobody finds until `index` is called.
    pub(super) fn push_unseen(&mut self, id: &str, group: u64, user: u64, meta: Meta) {
        self.rows.push_unseen(Arc::new(Membership { id: id.into(), group, user, meta }));
    }

    /// Finds all memberships again by what they have; `false` where two have the same.
    pub(super) fn index(&mut self) -> bool {
        let rows = || self.rows.range(0);
        let pair = |at: u64| self.rows.at(at).map(|row| (row.group, row.user));
        let ((ids, by_group), (pairs, by_user)) = both(
            || (self.rows.index_ids(), Links::all(rows().map(|(at, row)| (row.group, at)))),
            || {
                let pairs = rows().map(|(at, row)| ((row.group, row.user), at));
                let pairs = Index::of(pairs, |one, other| pair(one) == pair(other));
                (pairs, Links::all(rows().map(|(at, row)| (row.user, at))))
            },
        );
        let (Some(ids), Some(pairs)) = (ids, pairs) else { return false };
        self.rows.set_ids(ids);
        (self.pairs, self.by_group, self.by_user) = (pairs, by_group, by_user);
        true
    }

    fn remove(&mut self, position: u64) {
        let Some(row) = self.rows.at(position).cloned() else { return };
        self.rows.remove(&row.id.text());
        self.pairs.remove(&(row.group, row.user), position);
        self.by_group.remove(row.group, position);
        self.by_user.remove(row.user, position);
    }
}

impl IdentityStore {
    /// Adds a user to a group. Source: AWS API_CreateGroupMembership; Huawei CreateGroupMembership.
    ///
    /// # Errors
    /// `NotFound` where user or group is unknown, user first; `Conflict` where the membership exists.
    pub(super) fn create_group_membership(
        &mut self,
        stamp: Stamp,
        group: GroupId,
        member: MemberId,
    ) -> Result<Outcome, ApiError> {
        let MemberId::User(user) = &member;
        let user = self.user(user).map_err(as_member)?.0;
        let group = self.group(&group).map_err(as_member)?.0;
        let id = self.insert_membership(None, group, user, Meta::new(stamp));
        Ok(Outcome::MembershipId(id.map_err(ApiError::Conflict)?))
    }

    /// Adds a membership of the group and the user at these positions, as it is: for fixtures. Its id
    /// is the next one, unless it brings its own, which nobody else may have.
    ///
    /// # Errors
    /// `Conflict` where the membership exists.
    pub fn insert_membership(
        &mut self,
        id: Option<MembershipId>,
        group: u64,
        user: u64,
        meta: Meta,
    ) -> Result<MembershipId, Conflict> {
        if self.memberships.of_pair(group, user).is_some() {
            return Err(Conflict::DuplicateMembership);
        }
        let id = id.unwrap_or_else(|| self.next_membership_id());
        let row = Membership { id: id.as_str().into(), group, user, meta };
        self.memberships.push(id.as_str(), row);
        Ok(id)
    }

    /// Whether a membership has this id.
    pub fn has_membership(&self, id: &str) -> bool {
        self.memberships.rows.find(id).is_some()
    }

    fn next_membership_id(&self) -> MembershipId {
        let n = self.made(Sequence::Membership);
        self.mint("membership", n, |id| self.has_membership(id)).into()
    }

    /// The memberships from a position on, oldest first, each with its position.
    pub fn memberships_from(&self, from: u64) -> impl Iterator<Item = (u64, MembershipRef<'_>)> {
        let rows = self.memberships.rows.range(from);
        rows.filter_map(|(position, row)| Some((position, self.joined(row)?)))
    }

    /// How many memberships there are.
    pub fn memberships_len(&self) -> u64 {
        let rows = &self.memberships.rows;
        let lives = |row: &Membership| {
            self.groups.at(row.group).is_some() && self.users.at(row.user).is_some()
        };
        let count = match self.memberships.gone.is_empty() {
            true => rows.len(),
            false => rows.iter().filter(|row| lives(row)).count(),
        };
        count as u64
    }

    /// A membership with its ends; `None` where one of them is gone.
    fn joined<'a>(&'a self, row: &'a Membership) -> Option<MembershipRef<'a>> {
        let (group, user) = (self.groups.at(row.group)?, self.users.at(row.user)?);
        Some(MembershipRef { id: row.id.text().into(), group, user, meta: &row.meta })
    }

    fn membership_of(&self, row: &Membership) -> Option<GroupMembership> {
        self.joined(row).map(Into::into)
    }

    /// The membership of an id, and its position.
    fn membership(&self, id: &MembershipId) -> Result<(u64, GroupMembership), ApiError> {
        let found = self.memberships.rows.find(id.as_str());
        let found = found.and_then(|(at, row)| Some((at, self.membership_of(row)?)));
        found.ok_or_else(|| ApiError::not_found(ResourceKind::GroupMembership, id.as_str()))
    }

    pub(super) fn describe_group_membership(&self, id: &MembershipId) -> Result<Outcome, ApiError> {
        Ok(Outcome::Membership(Arc::new(self.membership(id)?.1)))
    }

    /// Removes a user from a group. Source: AWS API_DeleteGroupMembership; Huawei
    /// DeleteGroupMembership.
    ///
    /// # Errors
    /// `NotFound` unless idempotent.
    pub(super) fn delete_group_membership(
        &mut self,
        id: &MembershipId,
        deletion: Deletion,
    ) -> Result<Outcome, ApiError> {
        match self.membership(id) {
            Ok((position, _)) => self.memberships.remove(position),
            Err(_) if deletion.idempotent => {}
            Err(missing) => return Err(missing),
        }
        Ok(Outcome::Done)
    }

    /// A group's memberships. Source: AWS API_ListGroupMemberships; Huawei ListGroupMemberships.
    ///
    /// # Errors
    /// `NotFound` where the group is unknown.
    pub(super) fn list_group_memberships(
        &self,
        group: &GroupId,
        page: PageRequest,
    ) -> Result<Outcome, ApiError> {
        let (position, _) = self.group(group)?;
        Ok(Outcome::Memberships(self.membership_page(Owner::Group(position), page)))
    }

    /// A member's memberships. Source: AWS API_ListGroupMembershipsForMember; Huawei the same.
    ///
    /// # Errors
    /// `NotFound` where the user is unknown.
    pub(super) fn list_group_memberships_for_member(
        &self,
        member: &MemberId,
        page: PageRequest,
    ) -> Result<Outcome, ApiError> {
        let MemberId::User(user) = member;
        let (position, _) = self.user(user)?;
        Ok(Outcome::Memberships(self.membership_page(Owner::User(position), page)))
    }

    /// The id of a membership by its two ends. Source: AWS API_GetGroupMembershipId; Huawei the same.
    ///
    /// # Errors
    /// `NotFound`.
    pub(super) fn get_group_membership_id(
        &self,
        group: &GroupId,
        member: &MemberId,
    ) -> Result<Outcome, ApiError> {
        let MemberId::User(user) = member;
        let found = self.pair(group, user).and_then(|position| self.memberships.rows.at(position));
        let membership = found.ok_or(ApiError::NotFound(NotFound {
            kind: ResourceKind::GroupMembership,
            looked_up_by: LookedUpBy::AlternateIdentifier,
        }))?;
        Ok(Outcome::MembershipId(MembershipId::from(membership.id.text())))
    }

    /// In which of these groups a member is, in the order asked. Source: AWS IsMemberInGroups, to which
    /// unknown ids are no members and no error. Assumed: so too on Huawei, which documents a 404.
    pub(super) fn is_member_in_groups(&self, member: MemberId, groups: Vec<GroupId>) -> Outcome {
        let MemberId::User(user) = &member;
        let within = |group: &GroupId| self.pair(group, user).is_some();
        let groups = groups.into_iter().map(|group| (group.clone(), within(&group))).collect();
        Outcome::MembershipsExist { member, groups }
    }

    /// Takes away the memberships of a group or user that is gone: those beyond `SWEPT_MAX` are left
    /// to later changes.
    pub(super) fn forget_memberships(&mut self, of: Owner) {
        self.memberships.gone.push(of);
    }

    /// Gives back a part of what belongs to groups and users that are gone.
    pub(super) fn sweep(&mut self) {
        let mut room = SWEPT_MAX;
        while let Some(owner) = self.memberships.gone.last().copied() {
            let swept: Vec<_> = self.memberships.of(owner, 0).take(room).collect();
            if swept.is_empty() && room > 0 {
                self.memberships.gone.pop();
            }
            room -= swept.len();
            swept.into_iter().for_each(|position| self.memberships.remove(position));
            if room == 0 {
                return;
            }
        }
    }

    /// The position of the membership of a group and a user.
    fn pair(&self, group: &GroupId, user: &UserId) -> Option<u64> {
        let (group, _) = self.groups.find(group.as_str())?;
        let (user, _) = self.users.find(user.as_str())?;
        self.memberships.of_pair(group, user)
    }

    fn membership_page(&self, of: Owner, page: PageRequest) -> Page<Arc<GroupMembership>> {
        let from = page.after.map_or(0, |after| after.saturating_add(1));
        let rows = self.memberships.of(of, from).filter_map(|position| {
            let row = self.memberships.rows.at(position)?;
            Some((position, Arc::new(self.membership_of(row)?)))
        });
        page_of(page.limit, rows)
    }
}

/// The services word it differently where an end of a membership is missing.
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
    use super::super::StoreRules;
    use super::*;
    use crate::domain::model::{Attribute, AttributeValue, Attributes, Change, Query, Timestamp};

    /// How many members the one group has, and how many groups the first user is in besides.
    const MANY: usize = 3 * SWEPT_MAX;

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
        store.change(stamp(), change).expect("both are there");
    }

    fn store() -> (IdentityStore, Vec<UserId>, Vec<GroupId>) {
        let mut store = IdentityStore::new("d-1".into(), 7, StoreRules::default());
        let meta = Meta::new(stamp());
        let mut user = |n| {
            let (id, attributes) = (store.next_user_id(), named(Attribute::UserName, n));
            let user = User { id, attributes, enabled: true, meta: meta.clone() };
            store.insert_user(user).expect("a name of its own").id.clone()
        };
        let users: Vec<_> = (0..MANY).map(&mut user).collect();
        let mut group = |n| {
            let (id, attributes) = (store.next_group_id(), named(Attribute::DisplayName, n));
            let group = Group { id, attributes, meta: meta.clone() };
            store.insert_group(group).expect("a name of its own").id.clone()
        };
        let groups: Vec<_> = (0..=MANY).map(&mut group).collect();
        users.iter().for_each(|user| join(&mut store, &groups[0], user));
        groups[1..].iter().for_each(|group| join(&mut store, group, &users[0]));
        (store, users, groups)
    }

    /// Changes nothing that anybody could see.
    fn do_nothing(store: &mut IdentityStore) {
        store.change(stamp(), Change::UpdateIdentityStore(None)).expect("it does nothing");
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
    fn a_group_is_gone_at_once_and_its_memberships_are_given_back_little_by_little() {
        let (mut store, users, groups) = store();
        let a_membership = store.memberships().nth(MANY - 1).expect("one").id;
        let deletion = Deletion { idempotent: false, revision: None };
        store
            .change(stamp(), Change::DeleteGroup(groups[0].clone(), deletion))
            .expect("it is there");
        // One change gives back no more than so many, and nobody sees the others.
        assert_eq!(store.memberships.rows.len(), 2 * MANY - SWEPT_MAX);
        assert_eq!(store.memberships().count(), MANY);
        store.query(Query::DescribeGroupMembership(a_membership)).expect_err("it went too");
        let member = MemberId::User(users[0].clone());
        let of_member = Query::ListGroupMembershipsForMember { member, page: all() };
        assert_eq!(listed(&store, of_member), MANY);
        let copy = store.clone();
        (0..3).for_each(|_| do_nothing(&mut store));
        assert_eq!(store.memberships.rows.len(), MANY);
        assert!(store.memberships.gone.is_empty() && !copy.memberships.gone.is_empty());
        assert!(store.memberships().eq(copy.memberships()));
    }

    #[test]
    fn so_is_a_user_and_a_membership_can_be_made_again() {
        let (mut store, users, groups) = store();
        let deletion = Deletion { idempotent: false, revision: None };
        store.change(stamp(), Change::DeleteUser(users[0].clone(), deletion)).expect("it is there");
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
