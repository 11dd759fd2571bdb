//! SCIM provisioning tenants and their bearer tokens.

use super::id::{TenantId, TokenId};
use super::meta::Timestamp;

/// The greatest number of tenants of a store. Assumed: provisioning is either on or off.
pub const TENANTS_MAX: u64 = 1;
/// The greatest number of tokens of a tenant. Assumed: two, as on AWS, so that tokens can be rotated.
pub const TOKENS_MAX: u64 = 2;

/// A SCIM provisioning endpoint of an identity provider.
#[derive(Clone, PartialEq, Debug)]
pub struct Tenant {
    /// The id.
    pub id: TenantId,
    /// The time of creation.
    pub created: Timestamp,
}

/// A bearer token of a tenant. The secret is returned once and not stored.
#[derive(Clone, PartialEq, Debug)]
pub struct BearerToken {
    /// The id.
    pub id: TokenId,
    /// The time of creation.
    pub created: Timestamp,
    /// The time at which it expires.
    pub expires: Timestamp,
}
