//! The commands on group memberships.

use std::sync::Arc;

use super::command::{Deletion, PageRequest};
use super::error::{ApiError, Conflict, Looked, NotFound, ResourceKind};
use super::outcome::{Outcome, Page};
use super::resource::{GroupId, GroupMembership, MemberId, MembershipId, Meta, Stamp, UserId};
use super::store::{IdentityStore, not_found};
use super::table::page_of;

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
        let id = self.next_membership_id();
        let membership = GroupMembership { id, group, member, meta: Meta::new(stamp) };
        let membership = self.insert_membership(membership)?;
        Ok(Outcome::MembershipId(membership.id.clone()))
    }

    /// Adds a membership as it is, with the id and stamps that it has: for fixtures.
    ///
    /// # Errors
    /// `NotFound` where user or group is unknown, user first; `Conflict` where the membership exists.
    pub fn insert_membership(
        &mut self,
        membership: GroupMembership,
    ) -> Result<Arc<GroupMembership>, ApiError> {
        let MemberId::User(user) = &membership.member;
        let user = self.user(user).map_err(as_member)?.0;
        let group = self.group(&membership.group).map_err(as_member)?.0;
        if self.pairs.contains_key(&(group, user)) {
            return Err(ApiError::Conflict(Conflict::DuplicateMembership));
        }
        let membership = Arc::new(membership);
        let position = self.memberships.push(membership.id.clone(), membership.clone());
        self.pairs.insert((group, user), position);
        self.by_group.entry(group).or_default().insert(position);
        self.by_user.entry(user).or_default().insert(position);
        Ok(membership)
    }

    /// The id that the next membership gets, unless it brings its own.
    pub fn next_membership_id(&self) -> MembershipId {
        let taken = |id: &str| self.memberships.find(id).is_some();
        self.mint("membership", self.memberships.next_position(), taken).into()
    }

    pub(super) fn describe_group_membership(&self, id: &MembershipId) -> Result<Outcome, ApiError> {
        let found = self.memberships.find(id);
        let (_, membership) =
            found.ok_or_else(|| not_found(ResourceKind::GroupMembership, id.as_str()))?;
        Ok(Outcome::Membership(membership.clone()))
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
        let Some((position, membership)) = self.memberships.remove(id) else {
            let missing = not_found(ResourceKind::GroupMembership, id.as_str());
            return if deletion.idempotent { Ok(Outcome::Done) } else { Err(missing) };
        };
        let MemberId::User(user) = &membership.member;
        // Both ends exist: a membership never outlives either.
        if let (Ok((user, _)), Ok((group, _))) = (self.user(user), self.group(&membership.group)) {
            self.pairs.remove(&(group, user));
            forget(&mut self.by_group, group, position);
            forget(&mut self.by_user, user, position);
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
        Ok(Outcome::Memberships(self.membership_page(self.by_group.get(&position), page)))
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
        Ok(Outcome::Memberships(self.membership_page(self.by_user.get(&position), page)))
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
        let position = self.pair(group, user).and_then(|pair| self.pairs.get(&pair));
        let found = position.and_then(|position| self.memberships.at(*position));
        let membership = found.ok_or(ApiError::NotFound(NotFound {
            kind: ResourceKind::GroupMembership,
            looked: Looked::ByAlternate,
        }))?;
        Ok(Outcome::MembershipId(membership.id.clone()))
    }

    /// In which of these groups a member is, in the order asked. Source: AWS IsMemberInGroups, to which
    /// unknown ids are no members and no error. Assumed: so too on Huawei, which documents a 404.
    pub(super) fn is_member_in_groups(&self, member: MemberId, groups: Vec<GroupId>) -> Outcome {
        let MemberId::User(user) = &member;
        let within = |group: &GroupId| {
            self.pair(group, user).is_some_and(|pair| self.pairs.contains_key(&pair))
        };
        let groups = groups.into_iter().map(|group| (group.clone(), within(&group))).collect();
        Outcome::MembershipsExist { member, groups }
    }

    pub(super) fn remove_memberships_of_user(&mut self, user: u64) {
        for position in self.by_user.remove(&user).unwrap_or_default() {
            let Some(membership) = self.memberships.at(position).cloned() else { continue };
            self.memberships.remove(&membership.id);
            if let Some((group, _)) = self.groups.find(&membership.group) {
                self.pairs.remove(&(group, user));
                forget(&mut self.by_group, group, position);
            }
        }
    }

    pub(super) fn remove_memberships_of_group(&mut self, group: u64) {
        for position in self.by_group.remove(&group).unwrap_or_default() {
            let Some(membership) = self.memberships.at(position).cloned() else { continue };
            self.memberships.remove(&membership.id);
            let MemberId::User(user) = &membership.member;
            if let Some((user, _)) = self.users.find(user) {
                self.pairs.remove(&(group, user));
                forget(&mut self.by_user, user, position);
            }
        }
    }

    fn pair(&self, group: &GroupId, user: &UserId) -> Option<(u64, u64)> {
        Some((self.groups.find(group)?.0, self.users.find(user)?.0))
    }

    fn membership_page(
        &self,
        positions: Option<&std::collections::BTreeSet<u64>>,
        page: PageRequest,
    ) -> Page<Arc<GroupMembership>> {
        let from = page.after.map_or(0, |after| after.saturating_add(1));
        let positions = positions.into_iter().flat_map(|positions| positions.range(from..));
        let rows = positions.filter_map(|at| Some((*at, self.memberships.at(*at)?.clone())));
        page_of(page.limit, rows)
    }
}

/// Takes a position out of a set, and the set away where it was the last.
fn forget(
    sets: &mut std::collections::HashMap<u64, std::collections::BTreeSet<u64>>,
    key: u64,
    position: u64,
) {
    if let std::collections::hash_map::Entry::Occupied(mut set) = sets.entry(key) {
        set.get_mut().remove(&position);
        if set.get().is_empty() {
            set.remove();
        }
    }
}

/// The services word it differently where an end of a membership is missing.
fn as_member(error: ApiError) -> ApiError {
    match error {
        ApiError::NotFound(NotFound { kind, looked: Looked::ById(id) }) => {
            ApiError::NotFound(NotFound { kind, looked: Looked::AsMember(id) })
        }
        other => other,
    }
}
