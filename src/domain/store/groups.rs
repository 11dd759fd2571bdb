//! The commands on groups.

use std::sync::Arc;

use super::indexed_table::external_id;
use super::memberships::Owner;
use super::{ID_BYTES_MIN, IdentityStore, check_quota, check_revision, contains_text};
use crate::domain::model::{
    AlternateIdentifier, ApiError, Attribute, Attributes, Conflict, Deletion, Group, GroupId,
    ListFilter, LookedUpBy, Meta, NotFound, Outcome, Page, PageRequest, Patch, ResourceKind,
    ResourceUpdate, Stamp,
};

impl IdentityStore {
    /// Creates a group. Source: AWS API_CreateGroup; Huawei CreateGroup.
    ///
    /// # Errors
    /// `QuotaExceeded` if the store is full. `Conflict` if another group has the display name or an
    /// external id, in that order.
    pub(super) fn create_group(
        &mut self,
        stamp: Stamp,
        attributes: Attributes,
    ) -> Result<Outcome, ApiError> {
        check_quota(ResourceKind::Group, self.groups.len(), self.rules.groups_max)?;
        let id = GroupId::from(self.groups.next_id(self.seed).id);
        let group = Arc::new(Group { id, attributes, meta: Meta::new(stamp) });
        self.groups.push(group.clone()).map_err(duplicate)?;
        Ok(Outcome::GroupCreated(group))
    }

    /// Whether a group has this id.
    pub fn has_group(&self, id: &str) -> bool {
        id.len() >= ID_BYTES_MIN && self.groups.find(id).is_some()
    }

    /// The group with this id, or else with this display name, and its position.
    pub fn find_group(&self, id_or_name: &str) -> Option<(u64, &Arc<Group>)> {
        let by_id = (id_or_name.len() >= ID_BYTES_MIN).then(|| self.groups.find(id_or_name));
        by_id.flatten().or_else(|| self.groups.find_by(Attribute::DisplayName, id_or_name))
    }

    pub(super) fn describe_group(&self, id: &GroupId) -> Result<Outcome, ApiError> {
        Ok(Outcome::Group(self.group(id)?.1))
    }

    /// The groups with these ids, in the order of the ids. Source: Huawei DescribeGroups. Assumed: as
    /// for users.
    pub(super) fn describe_groups(&self, ids: &[GroupId]) -> Outcome {
        let groups = ids.iter().filter_map(|id| self.groups.find(id.as_str()));
        Outcome::GroupsById(groups.map(|(_, group)| group.clone()).collect())
    }

    /// Applies all operations of a patch to a group, in order, or none. Source: AWS API_UpdateGroup;
    /// Huawei UpdateGroup.
    ///
    /// # Errors
    /// `NotFound`. `Conflict` if the revision differs or another group has a unique value. The error
    /// inside the patch.
    pub(super) fn update_group(
        &mut self,
        stamp: Stamp,
        id: &GroupId,
        patch: Patch,
        update: &mut Option<ResourceUpdate>,
    ) -> Result<Outcome, ApiError> {
        let (position, group) = self.group(id)?;
        check_revision(&group.meta, patch.revision)?;
        let mut attributes = group.attributes.clone();
        for operation in patch.operations? {
            attributes.apply(operation);
        }
        let meta = group.meta.after_update(stamp);
        let patched = Group { id: group.id.clone(), attributes, meta };
        Ok(Outcome::GroupUpdated(self.replace_group(position, patched, group, update)?))
    }

    /// Replaces the group at a position.
    ///
    /// # Errors
    /// `Conflict` if another group has a unique value.
    pub(super) fn replace_group(
        &mut self,
        position: u64,
        group: Group,
        former: Arc<Group>,
        update: &mut Option<ResourceUpdate>,
    ) -> Result<Arc<Group>, ApiError> {
        let group = Arc::new(group);
        self.groups.replace(position, group.clone()).map_err(duplicate)?;
        *update = Some(ResourceUpdate::Group { former, current: group.clone() });
        Ok(group)
    }

    /// Deletes a group and its memberships. Source: AWS API_DeleteGroup, which is idempotent; Huawei
    /// DeleteGroup, which is not.
    ///
    /// # Errors
    /// `NotFound` unless the deletion is idempotent. `Conflict` if the revision differs.
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
        self.groups.remove(id.as_str());
        self.memberships.forget(Owner::Group(position));
        Ok(Outcome::Done)
    }

    pub(super) fn list_groups(&self, filter: Option<&ListFilter>, page: PageRequest) -> Outcome {
        Outcome::Groups(match filter {
            None => self.groups.page(page, |_| true),
            Some(ListFilter::Equals(attribute, value)) => {
                Page::of_one(page, self.groups.find_by(*attribute, value))
            }
            Some(ListFilter::Contains(attribute, part)) => {
                let part = part.to_lowercase();
                self.groups.page(page, |group| contains_text(&group.attributes, *attribute, &part))
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
        let found = match alternate {
            AlternateIdentifier::ExternalId { issuer, id } => {
                self.groups.find_by(Attribute::ExternalIds, &external_id(issuer, id))
            }
            AlternateIdentifier::UniqueAttribute(attribute, value) => {
                self.groups.find_by(*attribute, value)
            }
        };
        let (_, group) = found.ok_or(ApiError::NotFound(NotFound {
            kind: ResourceKind::Group,
            looked_up_by: LookedUpBy::AlternateIdentifier,
        }))?;
        Ok(Outcome::GroupId(group.id.clone()))
    }

    /// A group and its position.
    pub(super) fn group(&self, id: &GroupId) -> Result<(u64, Arc<Group>), ApiError> {
        match self.groups.find(id.as_str()) {
            Some((position, group)) => Ok((position, group.clone())),
            None => Err(ApiError::not_found(ResourceKind::Group, id.as_str())),
        }
    }
}

fn duplicate(attribute: Attribute) -> ApiError {
    ApiError::Conflict(Conflict::Duplicate(ResourceKind::Group, attribute))
}
