//! Limits of AWS texts and lists, one constant per type of the model.
//!
//! Source: identitystore 2020-06-15, the model of 22 operations (botocore 1.44); `_OLDER`
//! constants are the values of the model of 19 operations (botocore 1.43) where they differ. `tests/model.rs` compares both.

use crate::dialect::Limit;
use crate::dialect::limit::{is_dotted_words, is_store_id, is_uuid};

/// A limit whose pattern also applies to an empty text, so that an empty text has two violations.
///
/// Source: docs/aws-behaviour.md §10a: "2 validation errors detected" for an empty `MemberId.UserId`.
pub const fn limit(name: &'static str, min: usize, max: usize, pattern: &'static str) -> Limit {
    crate::dialect::limit(name, min, max, pattern).match_empty_text()
}

/// An identity store id or ARN.
pub static IDENTITY_STORE_ID: Limit = limit(
    "IdentityStoreId",
    1,
    93,
    r"(arn:aws[a-z-]*:identitystore::\d{12}:identitystore/)?(d-[0-9a-f]{10}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})",
)
.fast_check(is_store_id)
.older(&IDENTITY_STORE_ID_OLDER)
.lenient(&IDENTITY_STORE_ID_LENIENT);

/// Also takes the ids of moto, `d-` and ten letters and digits.
static IDENTITY_STORE_ID_LENIENT: Limit = limit(
    "IdentityStoreId",
    1,
    93,
    r"(arn:aws[a-z-]*:identitystore::\d{12}:identitystore/)?(d-[0-9a-z]{10}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})",
)
.fast_check(is_store_id);

static IDENTITY_STORE_ID_OLDER: Limit = limit(
    "IdentityStoreId",
    1,
    36,
    "d-[0-9a-f]{10}$|^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
)
.fast_check(is_store_id)
.lenient(&IDENTITY_STORE_ID_OLDER_LENIENT);

static IDENTITY_STORE_ID_OLDER_LENIENT: Limit = limit(
    "IdentityStoreId",
    1,
    36,
    "d-[0-9a-z]{10}$|^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
)
.fast_check(is_store_id);

/// The id of a user, group or membership, or its ARN.
pub static RESOURCE_ID: Limit = limit(
    "ResourceId",
    1,
    100,
    r"(arn:aws[a-z-]*:identitystore:::(user|group|membership)/)?([0-9a-f]{10}-|)[A-Fa-f0-9]{8}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{12}",
)
.fast_check(is_uuid)
.older(&RESOURCE_ID_OLDER);

static RESOURCE_ID_OLDER: Limit = limit(
    "ResourceId",
    1,
    47,
    "([0-9a-f]{10}-|)[A-Fa-f0-9]{8}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{12}",
)
.fast_check(is_uuid);

/// The revision of an optimistic lock.
pub static REVISION: Limit = limit("ResourceRevision", 1, 64, "[0-9]+");

/// A user name, without white space.
pub static USER_NAME: Limit =
    limit("UserName", 1, 128, r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+").sensitive();

/// A group's display name.
pub static GROUP_DISPLAY_NAME: Limit =
    limit("GroupDisplayName", 1, 1024, TEXT).sensitive().older(&GROUP_DISPLAY_NAME_OLDER);

static GROUP_DISPLAY_NAME_OLDER: Limit =
    limit("GroupDisplayName", 1, 1024, "[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}\\t\\n\\r \u{a0}]+")
        .sensitive();

/// Any other text attribute of a user.
pub static SENSITIVE_STRING: Limit = limit("SensitiveStringType", 1, 1024, TEXT).sensitive();

/// A date of birth. The model says text. Assumed: it must be a real date, YYYY-MM-DD
/// (docs/aws-behaviour.md §12).
pub static BIRTHDATE: Limit = limit("SensitiveStringType", 1, 1024, TEXT).sensitive().date();

/// An attribute path: names joined by dots, optionally after an extension name.
pub static ATTRIBUTE_PATH: Limit = limit(
    "AttributePath",
    1,
    255,
    r"(?:\p{L}+:\p{L}+:\p{L}+(?:\.\p{L}+){0,3}|\p{L}+(?:\.\p{L}+){0,2})",
)
.fast_check(is_dotted_words);

/// The name of an extension.
pub static EXTENSION_NAME: Limit = limit("ExtensionName", 1, 50, "aws:identitystore:[a-z]{1,20}");

/// The issuer of an external id.
pub static EXTERNAL_ID_ISSUER: Limit =
    limit("ExternalIdIssuer", 1, 256, r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+").sensitive();

/// An external id.
pub static EXTERNAL_ID_IDENTIFIER: Limit =
    limit("ExternalIdIdentifier", 1, 256, r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+").sensitive();

/// A continuation token.
pub static NEXT_TOKEN: Limit = limit("NextToken", 1, 65535, "[-a-zA-Z0-9+=/:_]*");

/// A VPC id or ARN.
pub static VPC_ARN: Limit = limit(
    "VpcArn",
    12,
    128,
    r"(arn:aws(-[a-z]{1,5}){0,3}:ec2:[a-z]{2,4}(-[a-z]{1,10}){1,3}-[0-9]{1,2}:[0-9]{12}:vpc/)?vpc-([0-9a-f]){8}(([0-9a-f]){9})?",
);

/// An IP address or CIDR range.
pub static IP_CIDR: Limit = limit(
    "IpCidrType",
    2,
    43,
    r"((([0-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5])\.){3}([0-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5])(\/(3[0-2]|[1-2][0-9]|[0-9]))?|(([0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}|([0-9a-fA-F]{1,4}:){1,7}:|([0-9a-fA-F]{1,4}:){1,6}:[0-9a-fA-F]{1,4}|([0-9a-fA-F]{1,4}:){1,5}(:[0-9a-fA-F]{1,4}){1,2}|([0-9a-fA-F]{1,4}:){1,4}(:[0-9a-fA-F]{1,4}){1,3}|([0-9a-fA-F]{1,4}:){1,3}(:[0-9a-fA-F]{1,4}){1,4}|([0-9a-fA-F]{1,4}:){1,2}(:[0-9a-fA-F]{1,4}){1,5}|[0-9a-fA-F]{1,4}:(:[0-9a-fA-F]{1,4}){1,6}|:((:[0-9a-fA-F]{1,4}){1,7}|:))(\/(12[0-8]|1[0-1][0-9]|[1-9][0-9]|[0-9]))?)",
);

/// Letters, marks, symbols, numbers, punctuation and white space, including U+00A0 and U+3000.
const TEXT: &str = "[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}\\t\\n\\r \u{a0}\u{3000}]+";

/// Bounds of `MaxResults`. The default is the upper bound (docs/aws-behaviour.md §7). Assumed for lists
/// other than ListUsers.
pub const MAX_RESULTS: std::ops::RangeInclusive<i64> = 1..=100;

/// Number of operations in an update.
pub const OPERATIONS: std::ops::RangeInclusive<usize> = 1..=100;

/// Number of ids in `GroupIds`.
pub const GROUP_IDS: std::ops::RangeInclusive<usize> = 1..=100;

/// Number of extensions in a request.
pub const EXTENSION_NAMES: std::ops::RangeInclusive<usize> = 1..=10;

/// Number of filters of a list request.
pub const FILTERS: std::ops::RangeInclusive<usize> = 0..=1;
