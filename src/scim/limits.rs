//! Limits of SCIM texts and numbers.

use crate::dialect::Limit;

/// A limit that reports two violations for an empty text: pattern and length. Source: AWS user guide, the
/// examples of CloudTrail events for SCIM.
const fn limit(name: &'static str, min: usize, max: usize, pattern: &'static str) -> Limit {
    let limit = crate::dialect::limit(name, min, max, pattern);
    if min > 0 { limit.match_empty_text() } else { limit }
}

/// Any text. Source: CloudTrail examples of the user guide for the pattern; the limits of the identity
/// stores for the length.
pub static TEXT: Limit =
    limit("text", 1, 1024, "[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}\\t\\n\\r \u{a0}\u{3000}]+");

/// A user name on AWS. PUT accepts spaces, POST does not. Source: developer guide, CreateUser and PutUser.
pub static USER_NAME: Limit = limit("userName", 1, 128, "[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P} \u{a0}]+");

/// A user name in a POST on AWS, in addition to [`USER_NAME`].
pub static NEW_USER_NAME: Limit = limit("userName", 0, usize::MAX, r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+");

/// A user name on Huawei. `\w` is Unicode.
pub static HUAWEI_USER_NAME: Limit = limit("userName", 1, 128, r"[\w+=,.@-]+");

/// An external id. Source: the identity stores.
pub static EXTERNAL_ID: Limit = limit("externalId", 1, 256, r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+");

/// An external id of a client that follows the RFC. A fixture accepts the same texts.
pub static RFC_EXTERNAL_ID: Limit =
    limit("externalId", 1, 256, "[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}\\t\\n\\r \u{a0}\u{3000}]+");

/// Any text that is not empty. Its member is ignored.
pub static FILLED_TEXT: Limit = limit("text", 1, usize::MAX, "");

/// Any text that is only compared.
pub static ANY_TEXT: Limit = limit("text", 0, usize::MAX, "");

/// The maximum number of elements of a list in the RFC profile.
pub const LIST_MAX: usize = 100;

/// The maximum size of a page in the RFC profile.
pub const RFC_PAGE_MAX: usize = 200;

/// The size of a page on Huawei.
pub const HUAWEI_PAGE: usize = 50;

/// The number of operations of a patch.
pub const OPERATIONS: std::ops::RangeInclusive<usize> = 1..=1_000;
