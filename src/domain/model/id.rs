//! Ids: opaque text, compared exactly, cheap to copy.

use std::fmt;
use std::sync::Arc;

use crate::domain::random::draw;

/// Defines an id type.
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
    /// The id of an identity store: `d-` and ten hex digits, or a UUID.
    IdentityStoreId
}
id! {
    /// The id of a user, unique within its store.
    UserId
}
id! {
    /// The id of a group, unique within its store.
    GroupId
}
id! {
    /// The id of a group membership, unique within its store.
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

id! {
    /// The id of an AWS account: 12 digits.
    AccountId
}
id! {
    /// The end of a permission set's ARN, unique within its instance.
    PermissionSetId
}
id! {
    /// The id of a request to create or delete an account assignment.
    AssignmentRequestId
}

impl IdentityStoreId {
    /// The number in the id of the store's instance. Each store has its own instance.
    pub fn instance_number(&self) -> u64 {
        draw(0, self.as_str(), 0)
    }
}
