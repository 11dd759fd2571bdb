//! SCIM provisioning tenants and their bearer tokens.

use super::id::{TenantId, TokenId};
use super::meta::Timestamp;

/// The number of tenants that a store may have. Assumed: provisioning is either on or off.
pub const TENANTS_MAX: u64 = 1;
/// How many tokens a tenant may have, so that one can be changed for another. Assumed: two, as of the
/// AWS twin.
pub const TOKENS_MAX: u64 = 2;

/// Where an identity provider writes users and groups to.
#[derive(Clone, PartialEq, Debug)]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// When it was made.
    pub created: Timestamp,
}

/// What opens a tenant. The secret itself is told once and not kept: it follows from the seed.
#[derive(Clone, PartialEq, Debug)]
pub struct BearerToken {
    /// Its id.
    pub id: TokenId,
    /// When it was made.
    pub created: Timestamp,
    /// Until when it opens.
    pub expires: Timestamp,
}
