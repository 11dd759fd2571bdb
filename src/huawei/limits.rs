//! Huawei's bounds, one row a text. Source: API-Explorer definitions of IdentityCenterStore, July 2026.
//! `tests/model.rs` holds them to it.

use crate::dialect::limit::{is_plain_address, is_store_id, is_uuid, is_word};
use crate::dialect::{Limit, limit};

/// A store's id, in the path.
pub static IDENTITY_STORE_ID: Limit =
    limit("identity_store_id", 12, 12, "^d-[0-9a-f]{10}$").sure(is_store_id);

/// The id of a user, group or membership, in path or query.
pub static PATH_ID: Limit = limit("path id", 1, 64, "^[a-zA-Z0-9-]{1,64}$").sure(is_uuid);

/// The id of a user, group or membership, in a body.
pub static BODY_ID: Limit = limit(
    "id",
    1,
    47,
    "([0-9a-f]{10}-|)[A-Fa-f0-9]{8}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{12}",
)
.sure(is_uuid);

/// A user name. `\w` is Unicode: the document's own example is Chinese.
pub static USER_NAME: Limit = limit("user_name", 2, 128, r"[\w+=,.@-]+").sure(is_word);

/// A text. Assumed: with U+00A0 and U+3000, as in the AWS twin; the capture shows several spaces there.
pub static TEXT: Limit =
    limit("TEXT", 1, 1024, "[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}\\t\\n\\r \u{a0}\u{3000}]+");

/// A group's description: a text that may be empty.
pub static DESCRIPTION: Limit =
    limit("TEXT*", 0, 1024, "[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}\\t\\n\\r \u{a0}\u{3000}]*");

/// An e-mail address.
pub static EMAIL: Limit = limit("EMAIL", 1, 1024, EMAIL_PATTERN).sure(is_plain_address);

/// The path of an attribute.
pub static ATTRIBUTE_PATH: Limit = limit("attribute_path", 1, 255, "");

/// The value of an attribute in a patch: any text, which the attribute's own row judges.
pub static ATTRIBUTE_VALUE: Limit = limit("attribute_value", 0, usize::MAX, "");

/// The value to look something up by.
pub static UNIQUE_VALUE: Limit = limit("attribute_value", 1, 255, "");

/// Who gave out an external id.
pub static EXTERNAL_ID_ISSUER: Limit = limit("issuer", 1, 100, "");

/// An external id.
pub static EXTERNAL_ID: Limit = limit("id", 1, 256, r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+");

/// Where a page goes on from.
pub static MARKER: Limit = limit("marker", 24, 24, "[a-fA-F0-9]{24}");

/// What a list is filtered by. Assumed: no longer than the attribute.
pub static FILTER: Limit = limit("filter", 0, 1024, "");

/// How many a page holds; the most where it is not said.
pub const LIMIT: std::ops::RangeInclusive<i64> = 1..=100;

/// How many steps an update has.
pub const OPERATIONS: std::ops::RangeInclusive<usize> = 1..=100;

/// How many ids can be asked about.
pub const IDS: std::ops::RangeInclusive<usize> = 1..=100;

/// How a password is set.
pub const PASSWORD_MODES: &[&str] = &["OTP", "EMAIL"];

/// Whether an e-mail address was verified.
pub const VERIFICATION: &[&str] = &["NOT_VERIFIED", "VERIFIED"];

/// As documented.
pub const EMAIL_PATTERN: &str = r"^((([A-Za-z]|\d|[!#\$%&'\*\+\-\/=\?\^_`{\|}~]|[\u00A0-\uD7FF\uF900-\uFDCF\uFDF0-\uFFEF])+(\.([A-Za-z]|\d|[!#\$%&'\*\+\-\/=\?\^_`{\|}~]|[\u00A0-\uD7FF\uF900-\uFDCF\uFDF0-\uFFEF])+)*)|((\x22)((((\x20|\x09)*(\x0d\x0a))?(\x20|\x09)+)?(([\x01-\x08\x0b\x0c\x0e-\x1f\x7f]|\x21|[\x23-\x5b]|[\x5d-\x7e]|[\u00A0-\uD7FF\uF900-\uFDCF\uFDF0-\uFFEF])|(\\([\x01-\x09\x0b\x0c\x0d-\x7f]|[\u00A0-\uD7FF\uF900-\uFDCF\uFDF0-\uFFEF]))))*(((\x20|\x09)*(\x0d\x0a))?(\x20|\x09)+)?(\x22)))@((([A-Za-z]|\d|[\u00A0-\uD7FF\uF900-\uFDCF\uFDF0-\uFFEF])|(([A-Za-z]|\d|[\u00A0-\uD7FF\uF900-\uFDCF\uFDF0-\uFFEF])([A-Za-z]|\d|-|_|~|[\u00A0-\uD7FF\uF900-\uFDCF\uFDF0-\uFFEF])*([A-Za-z]|\d|[\u00A0-\uD7FF\uF900-\uFDCF\uFDF0-\uFFEF])))\.)+(([A-Za-z]|[\u00A0-\uD7FF\uF900-\uFDCF\uFDF0-\uFFEF])|(([A-Za-z]|[\u00A0-\uD7FF\uF900-\uFDCF\uFDF0-\uFFEF])([A-Za-z]|\d|-|_|~|[\u00A0-\uD7FF\uF900-\uFDCF\uFDF0-\uFFEF])*([A-Za-z]|[\u00A0-\uD7FF\uF900-\uFDCF\uFDF0-\uFFEF])))$";

// From here on: what stands beside the directory. The document bounds little of it; where it says
// nothing, the bound is ours, for everything has one.

/// An id that the document does not bound. Assumed: no longer than other ids.
pub static ANY_ID: Limit = limit("id", 1, 64, "");

/// How many users or sessions a list in a body names. Assumed: as the other lists of ids.
pub const LISTED: std::ops::RangeInclusive<usize> = 0..=100;

/// A certificate in PEM. Assumed: a few kilobytes, and room for the text around it.
pub static PEM: Limit = limit("PEM", 0, 65_536, "");

/// SAML metadata. Assumed: the bound of the AWS twin. It also bounds what the parser, which compares
/// every attribute of an element with every other, can be made to do.
pub static SAML_METADATA: Limit = limit("idp_saml_metadata", 0, 75_000, "");

/// How a SAML party calls itself. Source: SAML 2.0 core §8.3.6, at most 1,024 characters.
pub static ENTITY_ID: Limit = limit("entity_id", 1, 1024, "");

/// Where a provider signs people in. Assumed: the bound.
pub static LOGIN_URL: Limit = limit("login_url", 1, 2048, "");

/// What a certificate is for.
pub const CERTIFICATE_USES: &[&str] = &["SIGNING"];

/// How long a password has to be at least.
pub const PASSWORD_LENGTH: std::ops::RangeInclusive<i64> = 8..=128;

/// How old a password may become, in days.
pub const PASSWORD_AGE: std::ops::RangeInclusive<i64> = 1..=1095;

/// How many former passwords may not come again.
pub const PASSWORD_REUSE: std::ops::RangeInclusive<i64> = 1..=1;

/// A project's name, which is its region's. Source: Huawei IAM, KeystoneCreateProject.
pub static PROJECT_NAME: Limit = limit("name", 1, 64, "");
