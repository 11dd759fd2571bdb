//! The commands on users.

use std::sync::Arc;

use super::indexed_table::external_id;
use super::memberships::Owner;
use super::{ID_BYTES_MIN, IdentityStore, check_quota, check_revision, contains_text};
use crate::domain::model::{
    AlternateIdentifier, ApiError, Attribute, AttributeValue, Attributes, Conflict, Deletion,
    ListFilter, LookedUpBy, Meta, NotFound, Outcome, Page, PageRequest, Patch, Rejection,
    ResourceKind, ResourceUpdate, Stamp, User, UserId,
};

impl IdentityStore {
    /// Creates a user. Source: AWS API_CreateUser; Huawei CreateUser.
    ///
    /// # Errors
    /// `QuotaExceeded` if the store is full. `Conflict` if another user has the user name, an e-mail
    /// address or an external id, in that order.
    pub(super) fn create_user(
        &mut self,
        stamp: Stamp,
        attributes: Attributes,
    ) -> Result<Outcome, ApiError> {
        self.insert_user(stamp, attributes, true)
    }

    /// Creates a user that is enabled or not; as [`IdentityStore::create_user`].
    pub(super) fn insert_user(
        &mut self,
        stamp: Stamp,
        attributes: Attributes,
        enabled: bool,
    ) -> Result<Outcome, ApiError> {
        check_quota(ResourceKind::User, self.users.len(), self.rules.users_max)?;
        let new = self.users.next_id(self.seed);
        let is_one_time = attributes.text(Attribute::PasswordMode) == Some("OTP");
        let password = is_one_time.then(|| self.one_time_password(new.number));
        let id = UserId::from(new.id);
        let user = Arc::new(User { id, attributes, enabled, meta: Meta::new(stamp) });
        self.users.push(user.clone()).map_err(duplicate)?;
        Ok(Outcome::UserCreated { user, password })
    }

    /// Whether a user has this id.
    pub fn has_user(&self, id: &str) -> bool {
        id.len() >= ID_BYTES_MIN && self.users.find(id).is_some()
    }

    /// The user with this id, or else with this user name, and its position.
    pub fn find_user(&self, id_or_name: &str) -> Option<(u64, &Arc<User>)> {
        let by_id = (id_or_name.len() >= ID_BYTES_MIN).then(|| self.users.find(id_or_name));
        by_id.flatten().or_else(|| self.users.find_by(Attribute::UserName, id_or_name))
    }

    pub(super) fn describe_user(&self, id: &UserId) -> Result<Outcome, ApiError> {
        let (_, user) = self.user(id)?;
        Ok(Outcome::User(user))
    }

    /// The users with these ids, in the order of the ids. Source: Huawei DescribeUsers. Assumed:
    /// unknown ids are omitted; an id that is given twice is returned twice.
    pub(super) fn describe_users(&self, ids: &[UserId]) -> Outcome {
        let users = ids.iter().filter_map(|id| self.users.find(id.as_str()));
        Outcome::UsersById(users.map(|(_, user)| user.clone()).collect())
    }

    /// Applies all operations of a patch to a user, in order, or none. Source: AWS API_UpdateUser;
    /// Huawei UpdateUser.
    ///
    /// # Errors
    /// `NotFound`. `Conflict` if the revision differs or another user has a unique value. The error
    /// inside the patch.
    pub(super) fn update_user(
        &mut self,
        stamp: Stamp,
        id: &UserId,
        patch: Patch,
        update: &mut Option<ResourceUpdate>,
    ) -> Result<Outcome, ApiError> {
        let (position, user) = self.user(id)?;
        check_revision(&user.meta, patch.revision)?;
        let mut attributes = user.attributes.clone();
        for operation in patch.operations? {
            attributes.apply(operation);
        }
        keep_verification(&user.attributes, &mut attributes);
        let patched = User {
            id: user.id.clone(),
            attributes,
            enabled: user.enabled,
            meta: user.meta.after_update(stamp),
        };
        Ok(Outcome::UserUpdated(self.replace_user(position, patched, user, update)?))
    }

    /// Deletes a user with its memberships, devices and sessions. Source: AWS API_DeleteUser, which is
    /// idempotent; Huawei DeleteUser, which is not.
    ///
    /// # Errors
    /// `NotFound` unless the deletion is idempotent. `Conflict` if the revision differs.
    pub(super) fn delete_user(
        &mut self,
        id: &UserId,
        deletion: Deletion,
    ) -> Result<Outcome, ApiError> {
        let (position, user) = match self.user(id) {
            Ok(found) => found,
            Err(_) if deletion.idempotent => return Ok(Outcome::Done),
            Err(error) => return Err(error),
        };
        check_revision(&user.meta, deletion.revision)?;
        self.users.remove(id.as_str());
        self.memberships.forget(Owner::User(position));
        self.admin.forget_user(position);
        Ok(Outcome::Done)
    }

    /// Enables or disables a user. Source: Huawei EnableUser, DisableUser.
    pub(super) fn set_enabled(
        &mut self,
        stamp: Stamp,
        id: &UserId,
        enabled: bool,
        update: &mut Option<ResourceUpdate>,
    ) -> Result<Outcome, ApiError> {
        let (position, user) = self.user(id)?;
        let meta = user.meta.after_update(stamp);
        let changed = User { enabled, meta, ..(*user).clone() };
        self.replace_user(position, changed, user, update)?;
        Ok(Outcome::Done)
    }

    /// Resets the password of a user. Source: Huawei ResetPwdMode.
    pub(super) fn reset_password(
        &mut self,
        stamp: Stamp,
        id: &UserId,
        mode: &str,
        update: &mut Option<ResourceUpdate>,
    ) -> Result<Outcome, ApiError> {
        let (position, user) = self.user(id)?;
        let meta = user.meta.after_update(stamp);
        // Each reset has a new revision, so it gives a new password.
        let password = (mode == "OTP").then(|| self.one_time_password(meta.revision.0 ^ position));
        let mut attributes = user.attributes.clone();
        attributes.set(Attribute::PasswordMode, AttributeValue::Text(mode.into()));
        let changed = User { attributes, meta, ..(*user).clone() };
        self.replace_user(position, changed, user, update)?;
        Ok(Outcome::Password(password))
    }

    /// Marks the e-mail addresses of a user as verified. Source: Huawei VerifyEmail. Assumed: a second
    /// call succeeds. A user without an address, which only AWS can create, is rejected.
    ///
    /// # Errors
    /// `NotFound`. `Rejected` if no e-mail has an address.
    pub(super) fn verify_email(
        &mut self,
        stamp: Stamp,
        id: &UserId,
        update: &mut Option<ResourceUpdate>,
    ) -> Result<Outcome, ApiError> {
        let (position, user) = self.user(id)?;
        let mut emails = user.attributes.list(Attribute::Emails).to_vec();
        if !emails.iter().any(|email| email.text(Attribute::Value).is_some()) {
            return Err(ApiError::Rejected(Rejection::NoEmailAddress));
        }
        for email in &mut emails {
            email.set(Attribute::VerificationStatus, AttributeValue::Text("VERIFIED".into()));
        }
        let mut attributes = user.attributes.clone();
        attributes.set(Attribute::Emails, AttributeValue::List(emails));
        let meta = user.meta.after_update(stamp);
        let changed = User { attributes, meta, ..(*user).clone() };
        self.replace_user(position, changed, user, update)?;
        Ok(Outcome::Done)
    }

    pub(super) fn list_users(&self, filter: Option<&ListFilter>, page: PageRequest) -> Outcome {
        let page = match filter {
            None => self.users.page(page, |_| true),
            Some(ListFilter::Equals(attribute, value)) => {
                Page::of_one(page, self.users.find_by(*attribute, value))
            }
            Some(ListFilter::Contains(attribute, part)) => {
                let part = part.to_lowercase();
                self.users.page(page, |user| contains_text(&user.attributes, *attribute, &part))
            }
        };
        Outcome::Users(page)
    }

    /// The id of a user by user name, e-mail address or external id. Source: AWS API_GetUserId; Huawei
    /// GetUserId.
    ///
    /// # Errors
    /// `NotFound`.
    pub(super) fn get_user_id(&self, alternate: &AlternateIdentifier) -> Result<Outcome, ApiError> {
        let found = match alternate {
            AlternateIdentifier::ExternalId { issuer, id } => {
                self.users.find_by(Attribute::ExternalIds, &external_id(issuer, id))
            }
            AlternateIdentifier::UniqueAttribute(attribute, value) => {
                self.users.find_by(*attribute, value)
            }
        };
        let (_, user) = found.ok_or(ApiError::NotFound(NotFound {
            kind: ResourceKind::User,
            looked_up_by: LookedUpBy::AlternateIdentifier,
        }))?;
        Ok(Outcome::UserId(user.id.clone()))
    }

    /// A user and its position.
    pub(super) fn user(&self, id: &UserId) -> Result<(u64, Arc<User>), ApiError> {
        match self.users.find(id.as_str()) {
            Some((position, user)) => Ok((position, user.clone())),
            None => Err(ApiError::not_found(ResourceKind::User, id.as_str())),
        }
    }

    /// Replaces the user at a position.
    ///
    /// # Errors
    /// `Conflict` if another user has a unique value.
    pub(super) fn replace_user(
        &mut self,
        position: u64,
        user: User,
        former: Arc<User>,
        update: &mut Option<ResourceUpdate>,
    ) -> Result<Arc<User>, ApiError> {
        let user = Arc::new(user);
        self.users.replace(position, user.clone()).map_err(duplicate)?;
        *update = Some(ResourceUpdate::User { former, current: user.clone() });
        Ok(user)
    }
}

pub(super) fn duplicate(attribute: Attribute) -> ApiError {
    ApiError::Conflict(Conflict::Duplicate(ResourceKind::User, attribute))
}

/// Copies the verification status of an address to its replacement if that has none. AWS has no such
/// member, and an update through AWS must not lose it.
pub(super) fn keep_verification(former: &Attributes, attributes: &mut Attributes) {
    if former.list(Attribute::Emails) == attributes.list(Attribute::Emails) {
        return;
    }
    let verified = former.list(Attribute::Emails).iter().filter_map(|email| {
        Some((email.text(Attribute::Value)?, email.get(Attribute::VerificationStatus)?))
    });
    let verified: Vec<_> = verified.collect();
    let mut emails = attributes.list(Attribute::Emails).to_vec();
    for email in
        emails.iter_mut().filter(|email| email.get(Attribute::VerificationStatus).is_none())
    {
        let address = email.text(Attribute::Value);
        if let Some((_, status)) = verified.iter().find(|(known, _)| Some(*known) == address) {
            email.set(Attribute::VerificationStatus, (*status).into());
        }
    }
    if !emails.is_empty() {
        attributes.set(Attribute::Emails, AttributeValue::List(emails));
    }
}
