//! The commands on users.

use std::sync::Arc;

use super::admin::Sequence;
use super::memberships::Owner;
use super::{ID_BYTES_MIN, IdentityStore, check_revision, external_key, has_external_key};
use crate::domain::model::{
    AlternateIdentifier, ApiError, Attribute, AttributeValue, Attributes, Conflict, Deletion,
    ListFilter, LookedUpBy, Meta, NotFound, Outcome, Page, PageRequest, Patch, Rejection,
    ResourceKind, Stamp, User, UserId,
};

impl IdentityStore {
    /// Adds a user. Source: AWS API_CreateUser; Huawei CreateUser.
    ///
    /// # Errors
    /// `QuotaExceeded` where the store is full; `Conflict` where user name, e-mail or external id is
    /// taken, in that order.
    pub(super) fn create_user(
        &mut self,
        stamp: Stamp,
        attributes: Attributes,
    ) -> Result<Outcome, ApiError> {
        if self.users.len() as u64 >= self.rules.users_max {
            let limit = self.rules.users_max;
            return Err(ApiError::QuotaExceeded { kind: ResourceKind::User, limit });
        }
        let n = self.made(Sequence::User);
        let one_time = attributes.text(Attribute::PasswordMode) == Some("OTP");
        let id = self.next_user_id();
        let user = User { id, attributes, enabled: true, meta: Meta::new(stamp) };
        let user = self.insert_user(user).map_err(ApiError::Conflict)?;
        Ok(Outcome::UserCreated { user, password: one_time.then(|| self.one_time_password(n)) })
    }

    /// Adds a user as it is, with the id and stamps that it has: for fixtures.
    ///
    /// # Errors
    /// `Conflict` where user name, e-mail or external id is taken, in that order.
    pub fn insert_user(&mut self, user: User) -> Result<Arc<User>, Conflict> {
        let keys = UserKeys::of(self, &user);
        keys.check(self, None)?;
        let user = Arc::new(user);
        let position = self.users.push(user.id.as_str(), user.clone());
        keys.claim(self, position);
        Ok(user)
    }

    /// The id that the next user gets, unless it brings its own.
    pub fn next_user_id(&self) -> UserId {
        let taken = |id: &str| self.users.find(id).is_some();
        self.mint("user", self.made(Sequence::User), taken).into()
    }

    /// Whether a user has this id.
    pub fn has_user(&self, id: &str) -> bool {
        id.len() >= ID_BYTES_MIN && self.users.find(id).is_some()
    }

    /// The position of the user that has this id, or else this user name.
    pub fn find_user(&self, text: &str) -> Option<u64> {
        let of_id = (text.len() >= ID_BYTES_MIN).then(|| self.users.find(text)).flatten();
        let position = of_id.map(|(position, _)| position);
        position.or_else(|| self.user_with(Attribute::UserName, &self.key(text)))
    }

    pub(super) fn describe_user(&self, id: &UserId) -> Result<Outcome, ApiError> {
        let (_, user) = self.user(id)?;
        Ok(Outcome::User(user.clone()))
    }

    /// Users by id, in the order asked. Source: Huawei DescribeUsers. Assumed: who is not there is left
    /// out, and whoever is named twice comes twice.
    pub(super) fn describe_users(&self, ids: &[UserId]) -> Outcome {
        let found =
            ids.iter().filter_map(|id| self.users.find(id.as_str())).map(|(_, user)| user.clone());
        Outcome::UsersById(found.collect())
    }

    /// Patches a user: all steps, in order, or none. Source: AWS API_UpdateUser; Huawei UpdateUser.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` where the revision is another or a unique value is taken; the refusal
    /// kept back in the patch.
    pub(super) fn update_user(
        &mut self,
        stamp: Stamp,
        id: &UserId,
        patch: Patch,
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
            meta: user.meta.touched(stamp),
        };
        Ok(Outcome::UserUpdated(self.replace_user(position, &user, patched)?))
    }

    /// Removes a user with its memberships, devices and sessions. Source: AWS API_DeleteUser, idempotent; Huawei DeleteUser,
    /// which is not.
    ///
    /// # Errors
    /// `NotFound` unless idempotent; `Conflict` where the revision is another.
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
        UserKeys::of(self, &user).release(self, position);
        self.users.remove(id.as_str());
        self.forget_memberships(Owner::User(position));
        self.admin.forget_user(position);
        Ok(Outcome::Done)
    }

    /// Sets whether a user may sign in. Source: Huawei EnableUser, DisableUser.
    pub(super) fn set_enabled(
        &mut self,
        stamp: Stamp,
        id: &UserId,
        enabled: bool,
    ) -> Result<Outcome, ApiError> {
        let (position, user) = self.user(id)?;
        let meta = user.meta.touched(stamp);
        self.replace_user(position, &user, User { enabled, meta, ..(*user).clone() })?;
        Ok(Outcome::Done)
    }

    /// Resets a user's password. Source: Huawei ResetPwdMode.
    pub(super) fn reset_password(
        &mut self,
        stamp: Stamp,
        id: &UserId,
        mode: &str,
    ) -> Result<Outcome, ApiError> {
        let (position, user) = self.user(id)?;
        let meta = user.meta.touched(stamp);
        // The revision is new with each reset, and so is the password.
        let password = (mode == "OTP").then(|| self.one_time_password(meta.revision.0 ^ position));
        let mut attributes = user.attributes.clone();
        attributes.set(Attribute::PasswordMode, AttributeValue::Text(mode.into()));
        self.replace_user(position, &user, User { attributes, meta, ..(*user).clone() })?;
        Ok(Outcome::Password(password))
    }

    /// Marks a user's e-mail addresses as verified. Source: Huawei VerifyEmail. Assumed: once more is
    /// fine, and a user without an address, whom only AWS can make, is refused.
    ///
    /// # Errors
    /// `NotFound`; `Refused` where no e-mail has an address.
    pub(super) fn verify_email(&mut self, stamp: Stamp, id: &UserId) -> Result<Outcome, ApiError> {
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
        let meta = user.meta.touched(stamp);
        self.replace_user(position, &user, User { attributes, meta, ..(*user).clone() })?;
        Ok(Outcome::Done)
    }

    pub(super) fn list_users(&self, filter: Option<&ListFilter>, page: PageRequest) -> Outcome {
        let page = match filter {
            None => self.users.page(page, |_| true),
            Some(ListFilter::Equals(attribute, value)) => {
                let holder = self.user_with(*attribute, &self.key(value));
                let seen = |position: &u64| page.after.is_none_or(|after| *position > after);
                let found = holder.filter(seen).and_then(|position| self.users.at(position));
                Page { items: found.cloned().into_iter().collect(), next: None }
            }
            Some(ListFilter::Contains(attribute, part)) => {
                let part = part.to_lowercase();
                self.users.page(page, |user| {
                    let text = user.attributes.text(*attribute).unwrap_or_default();
                    text.to_lowercase().contains(&part)
                })
            }
        };
        Outcome::Users(page)
    }

    /// The id of a user by user name, e-mail or external id. Source: AWS API_GetUserId; Huawei
    /// GetUserId.
    ///
    /// # Errors
    /// `NotFound`.
    pub(super) fn get_user_id(&self, alternate: &AlternateIdentifier) -> Result<Outcome, ApiError> {
        let holder = match alternate {
            AlternateIdentifier::ExternalId { issuer, id } => {
                self.user_with(Attribute::ExternalIds, &external_key(issuer, id))
            }
            AlternateIdentifier::UniqueAttribute(attribute, value) => {
                self.user_with(*attribute, &self.key(value))
            }
        };
        let user = holder.and_then(|position| self.users.at(position)).ok_or(
            ApiError::NotFound(NotFound {
                kind: ResourceKind::User,
                looked_up_by: LookedUpBy::AlternateIdentifier,
            }),
        )?;
        Ok(Outcome::UserId(user.id.clone()))
    }

    /// A user and its position; a pointer is copied, so that the store can be written to meanwhile.
    pub(super) fn user(&self, id: &UserId) -> Result<(u64, Arc<User>), ApiError> {
        let found = self.users.find(id.as_str());
        let found = found.map(|(position, user)| (position, user.clone()));
        found.ok_or_else(|| ApiError::not_found(ResourceKind::User, id.as_str()))
    }

    /// The position of the user that has this key of one of its unique attributes.
    fn user_with(&self, attribute: Attribute, key: &str) -> Option<u64> {
        let user = |position| self.users.at(position);
        match attribute {
            Attribute::UserName => self.user_names.find(key, |position| {
                user(position).is_some_and(|user| self.is_key(key, user.user_name()))
            }),
            Attribute::Emails => self.user_emails.find(key, |position| {
                user(position).is_some_and(|user| user.emails().any(|own| self.is_key(key, own)))
            }),
            Attribute::ExternalIds => self.user_external_ids.find(key, |position| {
                user(position).is_some_and(|user| has_external_key(&user.attributes, key))
            }),
            _ => None, // Not one of our enums' variants to list: only these three are unique.
        }
    }

    /// Puts a user in the place of its former self, claiming what is unique of it.
    fn replace_user(
        &mut self,
        position: u64,
        former: &User,
        user: User,
    ) -> Result<Arc<User>, ApiError> {
        // Most updates touch nothing unique: then the indexes stay as they are.
        if !same_keys(former, &user) {
            let keys = UserKeys::of(self, &user);
            keys.check(self, Some(position)).map_err(ApiError::Conflict)?;
            UserKeys::of(self, former).release(self, position);
            keys.claim(self, position);
        }
        let user = Arc::new(user);
        self.users.replace(position, user.clone());
        Ok(user)
    }
}

fn same_keys(former: &User, user: &User) -> bool {
    const UNIQUE: [Attribute; 3] = [Attribute::UserName, Attribute::Emails, Attribute::ExternalIds];
    UNIQUE.iter().all(|unique| former.attributes.get(*unique) == user.attributes.get(*unique))
}

/// A verified address stays verified where a replacement has the same address and does not say: AWS
/// cannot say, and must not lose it.
fn keep_verification(former: &Attributes, attributes: &mut Attributes) {
    let verified = former.list(Attribute::Emails).iter().filter_map(|email| {
        Some((email.text(Attribute::Value)?, email.get(Attribute::VerificationStatus)?))
    });
    let verified: Vec<_> = verified.collect();
    if verified.is_empty() || former.list(Attribute::Emails) == attributes.list(Attribute::Emails) {
        return;
    }
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

/// What is unique of a user, as keys of the indexes.
struct UserKeys {
    name: Option<Box<str>>,
    emails: Vec<Box<str>>,
    external_ids: Vec<Box<str>>,
}

impl UserKeys {
    fn of(store: &IdentityStore, user: &User) -> Self {
        Self {
            name: user.attributes.text(Attribute::UserName).map(|name| store.key(name)),
            emails: user.emails().map(|email| store.key(email)).collect(),
            external_ids: IdentityStore::external_keys(&user.attributes),
        }
    }

    fn check(&self, store: &IdentityStore, position: Option<u64>) -> Result<(), Conflict> {
        let columns = [
            (self.name.as_slice(), Attribute::UserName),
            (&self.emails, Attribute::Emails),
            (&self.external_ids, Attribute::ExternalIds),
        ];
        for (keys, attribute) in columns {
            let mut holders = keys.iter().filter_map(|key| store.user_with(attribute, key));
            if holders.any(|holder| Some(holder) != position) {
                return Err(Conflict::Duplicate(ResourceKind::User, attribute));
            }
        }
        Ok(())
    }

    fn claim(&self, store: &mut IdentityStore, position: u64) {
        self.name.iter().for_each(|key| store.user_names.insert(&**key, position));
        self.emails.iter().for_each(|key| store.user_emails.insert(&**key, position));
        self.external_ids.iter().for_each(|key| store.user_external_ids.insert(&**key, position));
    }

    fn release(&self, store: &mut IdentityStore, position: u64) {
        self.name.iter().for_each(|key| store.user_names.remove(&**key, position));
        self.emails.iter().for_each(|key| store.user_emails.remove(&**key, position));
        self.external_ids.iter().for_each(|key| store.user_external_ids.remove(&**key, position));
    }
}
