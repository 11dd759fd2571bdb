//! Users.

use super::attribute::Attribute;
use super::attributes::Attributes;
use super::id::UserId;
use super::meta::Meta;

/// A person in a store.
#[derive(Clone, PartialEq, Debug)]
pub struct User {
    /// The id.
    pub id: UserId,
    /// User name, names, e-mail addresses and all other attributes.
    pub attributes: Attributes,
    /// Whether the user may sign in: AWS `UserStatus`, Huawei `enabled`.
    pub enabled: bool,
    /// Stamps and revision.
    pub meta: Meta,
}

impl User {
    /// The user name; empty only for a user that a fixture left without one.
    pub fn user_name(&self) -> &str {
        self.attributes.text(Attribute::UserName).unwrap_or_default()
    }

    /// The e-mail addresses, in order.
    pub fn emails(&self) -> impl Iterator<Item = &str> {
        let emails = self.attributes.list(Attribute::Emails);
        emails.iter().filter_map(|email| email.text(Attribute::Value))
    }

    /// Whether the first e-mail address is marked as verified (Huawei `email_verified`).
    pub fn email_verified(&self) -> bool {
        let first = self.attributes.list(Attribute::Emails).first();
        first.and_then(|email| email.text(Attribute::VerificationStatus)) == Some("VERIFIED")
    }
}
