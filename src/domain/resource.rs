//! What a store holds: users, groups, memberships, with their ids and stamps.
//!
//! A resource is replaced whole behind its `Arc`, never changed in place.

use std::fmt;
use std::sync::Arc;

use super::attribute::{Attribute, Attributes};

/// An id: opaque text, compared exactly, cheap to copy.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl<T: Into<Arc<str>>> From<T> for $name {
            fn from(text: T) -> Self {
                Self(text.into())
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id! {
    /// One vendor tenancy: `d-` and ten hex digits, or a UUID.
    IdentityStoreId
}
id! {
    /// A user's id, unique within its store, never used again.
    UserId
}
id! {
    /// A group's id, unique within its store, never used again.
    GroupId
}
id! {
    /// The id of a user's being in a group.
    MembershipId
}

id! {
    /// The id of an MFA device, unique within its store.
    DeviceId
}
id! {
    /// The id of a portal session, unique within its store.
    SessionId
}
id! {
    /// The id of an external identity provider, unique within its store.
    IdentityProviderId
}
id! {
    /// The id of a certificate, unique among those of its kind in its store.
    CertificateId
}
id! {
    /// The id of a provisioning tenant, unique within its store.
    TenantId
}
id! {
    /// The id of a bearer token, which is not the token.
    TokenId
}

/// Who belongs to a group. Both vendors know users only, and both leave room for more.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum MemberId {
    /// A user of the same store.
    User(UserId),
}

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Timestamp(pub i64);

/// Grows with each change of a resource; the documented examples look like epoch milliseconds.
/// Source: AWS API_UpdateGroup (2026).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Revision(pub u64);

/// When something happened and by whose hand.
#[derive(Clone, PartialEq, Debug)]
pub struct Stamp {
    /// When.
    pub at: Timestamp,
    /// The caller's account or user id, as the vendor that wrote it spells it.
    pub by: Arc<str>,
}

/// What the store itself notes about a resource.
#[derive(Clone, PartialEq, Debug)]
pub struct Meta {
    /// When and by whom it was made.
    pub created: Stamp,
    /// When and by whom it was last written; equal to `created` at first.
    pub updated: Stamp,
    /// The optimistic lock.
    pub revision: Revision,
}

impl Meta {
    /// The stamps of something made now.
    pub fn new(stamp: Stamp) -> Self {
        let revision = Revision(u64::try_from(stamp.at.0).unwrap_or(0).max(1));
        Self { created: stamp.clone(), updated: stamp, revision }
    }

    /// The stamps after a write: a revision never stands still, even within one millisecond.
    #[must_use]
    pub fn touched(&self, stamp: Stamp) -> Self {
        let now = u64::try_from(stamp.at.0).unwrap_or(0);
        Self {
            created: self.created.clone(),
            updated: stamp,
            revision: Revision(now.max(self.revision.0 + 1)),
        }
    }
}

/// A person in a store.
#[derive(Clone, PartialEq, Debug)]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// Everything the dialects name.
    pub attributes: Attributes,
    /// AWS `UserStatus`, Huawei `enabled`: one truth.
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

/// A named set of users.
#[derive(Clone, PartialEq, Debug)]
pub struct Group {
    /// Its id.
    pub id: GroupId,
    /// Display name, description, external ids.
    pub attributes: Attributes,
    /// Stamps and revision.
    pub meta: Meta,
}

impl Group {
    /// The display name, where it has one.
    pub fn display_name(&self) -> Option<&str> {
        self.attributes.text(Attribute::DisplayName)
    }
}

/// A user's being in a group.
#[derive(Clone, PartialEq, Debug)]
pub struct GroupMembership {
    /// Its id.
    pub id: MembershipId,
    /// The group.
    pub group: GroupId,
    /// The member.
    pub member: MemberId,
    /// Stamps; the revision never changes, for a membership is never updated.
    pub meta: Meta,
}
