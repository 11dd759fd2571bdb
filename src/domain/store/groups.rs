//! The commands on groups.

use std::sync::Arc;

use super::admin::Sequence;
use super::memberships::Owner;
use super::{ID_BYTES_MIN, IdentityStore, check_revision, external_key, has_external_key};
use crate::domain::model::{
    AlternateIdentifier, ApiError, Attribute, Attributes, Conflict, Deletion, Group, GroupId,
    ListFilter, LookedUpBy, Meta, NotFound, Outcome, Page, PageRequest, Patch, ResourceKind, Stamp,
};

impl IdentityStore {
    /// Adds a group. Source: AWS API_CreateGroup; Huawei CreateGroup.
    ///
    /// # Errors
    /// `QuotaExceeded` where the store is full; `Conflict` where display name or external id is taken.
    pub(super) fn create_group(
        &mut self,
        stamp: Stamp,
        attributes: Attributes,
    ) -> Result<Outcome, ApiError> {
        if self.groups.len() as u64 >= self.rules.groups_max {
            let limit = self.rules.groups_max;
            return Err(ApiError::QuotaExceeded { kind: ResourceKind::Group, limit });
        }
        let group = Group { id: self.next_group_id(), attributes, meta: Meta::new(stamp) };
        let group = self.insert_group(group).map_err(ApiError::Conflict)?;
        Ok(Outcome::GroupCreated(group))
    }

    /// Adds a group as it is, with the id and stamps that it has: for fixtures.
    ///
    /// # Errors
    /// `Conflict` where display name or external id is taken.
    pub fn insert_group(&mut self, group: Group) -> Result<Arc<Group>, Conflict> {
        let keys = GroupKeys::of(self, &group);
        keys.check(self, None)?;
        let group = Arc::new(group);
        let position = self.groups.push(group.id.as_str(), group.clone());
        keys.claim(self, position);
        Ok(group)
    }

    /// The id that the next group gets, unless it brings its own.
    pub fn next_group_id(&self) -> GroupId {
        let taken = |id: &str| self.groups.find(id).is_some();
        self.mint("group", self.made(Sequence::Group), taken).into()
    }

    /// Whether a group has this id.
    pub fn has_group(&self, id: &str) -> bool {
        id.len() >= ID_BYTES_MIN && self.groups.find(id).is_some()
    }

    /// The position of the group that has this id, or else this display name.
    pub fn find_group(&self, text: &str) -> Option<u64> {
        let of_id = (text.len() >= ID_BYTES_MIN).then(|| self.groups.find(text)).flatten();
        let position = of_id.map(|(position, _)| position);
        position.or_else(|| self.group_with(Attribute::DisplayName, &self.key(text)))
    }

    pub(super) fn describe_group(&self, id: &GroupId) -> Result<Outcome, ApiError> {
        Ok(Outcome::Group(self.group(id)?.1))
    }

    pub(super) fn describe_groups(&self, ids: &[GroupId]) -> Outcome {
        let found = ids
            .iter()
            .filter_map(|id| self.groups.find(id.as_str()))
            .map(|(_, group)| group.clone());
        Outcome::GroupsById(found.collect())
    }

    /// Patches a group: all steps, in order, or none. Source: AWS API_UpdateGroup; Huawei UpdateGroup.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` where the revision is another or the display name is taken; the refusal
    /// kept back in the patch.
    pub(super) fn update_group(
        &mut self,
        stamp: Stamp,
        id: &GroupId,
        patch: Patch,
    ) -> Result<Outcome, ApiError> {
        let (position, group) = self.group(id)?;
        check_revision(&group.meta, patch.revision)?;
        let mut attributes = group.attributes.clone();
        for operation in patch.operations? {
            attributes.apply(operation);
        }
        let former = GroupKeys::of(self, &group);
        let group = Group { id: group.id.clone(), attributes, meta: group.meta.touched(stamp) };
        let keys = GroupKeys::of(self, &group);
        keys.check(self, Some(position)).map_err(ApiError::Conflict)?;
        former.release(self, position);
        keys.claim(self, position);
        let group = Arc::new(group);
        self.groups.replace(position, group.clone());
        Ok(Outcome::GroupUpdated(group))
    }

    /// Removes a group and its memberships. Source: AWS API_DeleteGroup, idempotent; Huawei
    /// DeleteGroup, which is not.
    ///
    /// # Errors
    /// `NotFound` unless idempotent; `Conflict` where the revision is another.
    pub(super) fn delete_group(
        &mut self,
        id: &GroupId,
        deletion: Deletion,
    ) -> Result<Outcome, ApiError> {
        let (position, group) = match self.group(id) {
            Ok(found) => found,
            Err(_) if deletion.idempotent => return Ok(Outcome::Done),
            Err(error) => return Err(error),
        };
        check_revision(&group.meta, deletion.revision)?;
        GroupKeys::of(self, &group).release(self, position);
        self.groups.remove(id.as_str());
        self.forget_memberships(Owner::Group(position));
        Ok(Outcome::Done)
    }

    pub(super) fn list_groups(&self, filter: Option<&ListFilter>, page: PageRequest) -> Outcome {
        Outcome::Groups(match filter {
            None => self.groups.page(page, |_| true),
            Some(ListFilter::Equals(_, value)) => {
                let holder = self.group_with(Attribute::DisplayName, &self.key(value));
                let seen = |position: &u64| page.after.is_none_or(|after| *position > after);
                let found = holder.filter(seen).and_then(|position| self.groups.at(position));
                Page { items: found.cloned().into_iter().collect(), next: None }
            }
            Some(ListFilter::Contains(attribute, part)) => {
                let part = part.to_lowercase();
                self.groups.page(page, |group| {
                    let text = group.attributes.text(*attribute).unwrap_or_default();
                    text.to_lowercase().contains(&part)
                })
            }
        })
    }

    /// The id of a group by display name or external id. Source: AWS API_GetGroupId; Huawei GetGroupId.
    ///
    /// # Errors
    /// `NotFound`.
    pub(super) fn get_group_id(
        &self,
        alternate: &AlternateIdentifier,
    ) -> Result<Outcome, ApiError> {
        let holder = match alternate {
            AlternateIdentifier::ExternalId { issuer, id } => {
                self.group_with(Attribute::ExternalIds, &external_key(issuer, id))
            }
            AlternateIdentifier::UniqueAttribute(_, name) => {
                self.group_with(Attribute::DisplayName, &self.key(name))
            }
        };
        let group = holder.and_then(|position| self.groups.at(position)).ok_or(
            ApiError::NotFound(NotFound {
                kind: ResourceKind::Group,
                looked_up_by: LookedUpBy::AlternateIdentifier,
            }),
        )?;
        Ok(Outcome::GroupId(group.id.clone()))
    }

    /// A group and its position; a pointer is copied.
    pub(super) fn group(&self, id: &GroupId) -> Result<(u64, Arc<Group>), ApiError> {
        let found = self.groups.find(id.as_str());
        let found = found.map(|(position, group)| (position, group.clone()));
        found.ok_or_else(|| ApiError::not_found(ResourceKind::Group, id.as_str()))
    }

    /// The position of the group that has this key of one of its unique attributes.
    fn group_with(&self, attribute: Attribute, key: &str) -> Option<u64> {
        let group = |position| self.groups.at(position);
        match attribute {
            Attribute::DisplayName => self.group_names.find(key, |position| {
                let name = group(position).and_then(|group| group.display_name());
                name.is_some_and(|name| self.is_key(key, name))
            }),
            Attribute::ExternalIds => self.group_external_ids.find(key, |position| {
                group(position).is_some_and(|group| has_external_key(&group.attributes, key))
            }),
            _ => None, // Not one of our enums' variants to list: only these two are unique.
        }
    }
}

/// What is unique of a group, as keys of the indexes.
struct GroupKeys {
    name: Option<Box<str>>,
    external_ids: Vec<Box<str>>,
}

impl GroupKeys {
    fn of(store: &IdentityStore, group: &Group) -> Self {
        Self {
            name: group.display_name().map(|name| store.key(name)),
            external_ids: IdentityStore::external_keys(&group.attributes),
        }
    }

    fn check(&self, store: &IdentityStore, position: Option<u64>) -> Result<(), Conflict> {
        let columns = [
            (self.name.as_slice(), Attribute::DisplayName),
            (&self.external_ids, Attribute::ExternalIds),
        ];
        for (keys, attribute) in columns {
            let mut holders = keys.iter().filter_map(|key| store.group_with(attribute, key));
            if holders.any(|holder| Some(holder) != position) {
                return Err(Conflict::Duplicate(ResourceKind::Group, attribute));
            }
        }
        Ok(())
    }

    fn claim(&self, store: &mut IdentityStore, position: u64) {
        self.name.iter().for_each(|key| store.group_names.insert(&**key, position));
        self.external_ids.iter().for_each(|key| store.group_external_ids.insert(&**key, position));
    }

    fn release(&self, store: &mut IdentityStore, position: u64) {
        self.name.iter().for_each(|key| store.group_names.remove(&**key, position));
        self.external_ids.iter().for_each(|key| store.group_external_ids.remove(&**key, position));
    }
}
