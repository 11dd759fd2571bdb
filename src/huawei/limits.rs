//! Limits of Huawei texts, lists and numbers.
//!
//! Source: API Explorer definitions of IdentityCenterStore, July 2026. `tests/model.rs` compares them.

use crate::dialect::limit::{is_plain_address, is_store_id, is_uuid};
use crate::dialect::{Limit, limit};

/// An identity store id, in the path.
pub static IDENTITY_STORE_ID: Limit =
    limit("identity_store_id", 12, 12, "^d-[0-9a-f]{10}$").fast_check(is_store_id);

/// The id of a user, group or membership, in path or query.
pub static PATH_ID: Limit = limit("path id", 1, 64, "^[a-zA-Z0-9-]{1,64}$").fast_check(is_uuid);

/// The id of a user, group or membership, in a body.
pub static BODY_ID: Limit = limit(
    "id",
    1,
    47,
    "([0-9a-f]{10}-|)[A-Fa-f0-9]{8}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{12}",
)
.fast_check(is_uuid);

/// A user name. `\w` is Unicode: the example in the API reference is Chinese.
pub static USER_NAME: Limit = limit("user_name", 2, 128, r"[\w+=,.@-]+");

/// Any other text. Assumed: U+00A0 and U+3000 are allowed, as on AWS.
pub static TEXT: Limit =
    limit("TEXT", 1, 1024, "[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}\\t\\n\\r \u{a0}\u{3000}]+");

/// A group description, which may be empty.
pub static DESCRIPTION: Limit =
    limit("TEXT*", 0, 1024, "[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}\\t\\n\\r \u{a0}\u{3000}]*");

/// An e-mail address.
pub static EMAIL: Limit = limit("EMAIL", 1, 1024, EMAIL_PATTERN).fast_check(is_plain_address);

/// An attribute path.
pub static ATTRIBUTE_PATH: Limit = limit("attribute_path", 1, 255, "");

/// An attribute value in a patch. The limit of the attribute applies to it as well.
pub static ATTRIBUTE_VALUE: Limit = limit("attribute_value", 0, usize::MAX, "");

/// The value of a unique attribute in a lookup.
pub static UNIQUE_VALUE: Limit = limit("attribute_value", 1, 255, "");

/// The issuer of an external id.
pub static EXTERNAL_ID_ISSUER: Limit = limit("issuer", 1, 100, "");

/// An external id.
pub static EXTERNAL_ID: Limit = limit("id", 1, 256, r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+");

/// A page token.
pub static MARKER: Limit = limit("marker", 24, 24, "[a-fA-F0-9]{24}");

/// The filter of a list. Assumed: the maximum length is that of the attribute.
pub static FILTER: Limit = limit("filter", 0, 1024, "");

/// Bounds of `limit`. The default is the upper bound.
pub const LIMIT: std::ops::RangeInclusive<i64> = 1..=100;

/// Number of operations in an update.
pub const OPERATIONS: std::ops::RangeInclusive<usize> = 1..=100;

/// Number of ids in a batch query.
pub const IDS: std::ops::RangeInclusive<usize> = 1..=100;

/// Values of `password_mode`.
pub const PASSWORD_MODES: &[&str] = &["OTP", "EMAIL"];

/// Values of `verification_status`.
pub const VERIFICATION: &[&str] = &["NOT_VERIFIED", "VERIFIED"];

/// The pattern of e-mail addresses, as documented.
pub const EMAIL_PATTERN: &str = r"^((([A-Za-z]|\d|[!#\$%&'\*\+\-\/=\?\^_`{\|}~]|[\u00A0-\uD7FF\uF900-\uFDCF\uFDF0-\uFFEF])+(\.([A-Za-z]|\d|[!#\$%&'\*\+\-\/=\?\^_`{\|}~]|[\u00A0-\uD7FF\uF900-\uFDCF\uFDF0-\uFFEF])+)*)|((\x22)((((\x20|\x09)*(\x0d\x0a))?(\x20|\x09)+)?(([\x01-\x08\x0b\x0c\x0e-\x1f\x7f]|\x21|[\x23-\x5b]|[\x5d-\x7e]|[\u00A0-\uD7FF\uF900-\uFDCF\uFDF0-\uFFEF])|(\\([\x01-\x09\x0b\x0c\x0d-\x7f]|[\u00A0-\uD7FF\uF900-\uFDCF\uFDF0-\uFFEF]))))*(((\x20|\x09)*(\x0d\x0a))?(\x20|\x09)+)?(\x22)))@((([A-Za-z]|\d|[\u00A0-\uD7FF\uF900-\uFDCF\uFDF0-\uFFEF])|(([A-Za-z]|\d|[\u00A0-\uD7FF\uF900-\uFDCF\uFDF0-\uFFEF])([A-Za-z]|\d|-|_|~|[\u00A0-\uD7FF\uF900-\uFDCF\uFDF0-\uFFEF])*([A-Za-z]|\d|[\u00A0-\uD7FF\uF900-\uFDCF\uFDF0-\uFFEF])))\.)+(([A-Za-z]|[\u00A0-\uD7FF\uF900-\uFDCF\uFDF0-\uFFEF])|(([A-Za-z]|[\u00A0-\uD7FF\uF900-\uFDCF\uFDF0-\uFFEF])([A-Za-z]|\d|-|_|~|[\u00A0-\uD7FF\uF900-\uFDCF\uFDF0-\uFFEF])*([A-Za-z]|[\u00A0-\uD7FF\uF900-\uFDCF\uFDF0-\uFFEF])))$";

// Admin resources. Most of their limits are undocumented and assumed.

/// The id of an admin resource. Assumed: the length of path ids.
pub static ANY_ID: Limit = limit("id", 1, 64, "");

/// Number of ids in a body list of users or sessions. Assumed: as in batch queries.
pub const BODY_IDS: std::ops::RangeInclusive<usize> = 0..=100;

/// A certificate in PEM. Assumed: the maximum.
pub static PEM: Limit = limit("PEM", 0, 65_536, "");

/// SAML metadata. Assumed: the maximum of AWS. It also bounds the time of the parser, which is quadratic
/// in the number of attributes of an element.
pub static SAML_METADATA: Limit = limit("idp_saml_metadata", 0, 75_000, "");

/// The entity id of a SAML party. Source: SAML 2.0 core §8.3.6, at most 1,024 characters.
pub static ENTITY_ID: Limit = limit("entity_id", 1, 1024, "");

/// The sign-in URL of a provider. Assumed: the maximum.
pub static LOGIN_URL: Limit = limit("login_url", 1, 2048, "");

/// Values of `certificate_use`.
pub const CERTIFICATE_USES: &[&str] = &["SIGNING"];

/// Bounds of `minimum_password_length`, in characters.
pub const PASSWORD_LENGTH: std::ops::RangeInclusive<i64> = 8..=128;

/// Bounds of `max_password_age`, in days.
pub const PASSWORD_AGE: std::ops::RangeInclusive<i64> = 1..=1095;

/// Bounds of `password_reuse_prevention`, in former passwords.
pub const PASSWORD_REUSE: std::ops::RangeInclusive<i64> = 1..=1;

/// A project name, which is the region id. Source: Huawei IAM, KeystoneCreateProject.
pub static PROJECT_NAME: Limit = limit("name", 1, 64, "");
