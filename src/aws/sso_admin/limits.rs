//! The limits of sso-admin, one row per type. Source: sso-admin 2020-07-20 (botocore 1.44);
//! `tests/model.rs` compares them.

use std::ops::RangeInclusive;

use crate::aws::limits::limit;
use crate::dialect::Limit;

/// The ARN of an instance.
pub static INSTANCE_ARN: Limit = limit(
    "InstanceArn",
    10,
    1224,
    r"arn:aws(-[a-z]{1,5}){0,3}:sso:::instance/(sso)?ins-[a-zA-Z0-9-.]{16}",
);

/// The ARN of a permission set.
pub static PERMISSION_SET_ARN: Limit = limit(
    "PermissionSetArn",
    10,
    1224,
    r"arn:aws(-[a-z]{1,5}){0,3}:sso:::permissionSet/(sso)?ins-[a-zA-Z0-9-.]{16}/ps-[a-zA-Z0-9-./]{16}",
);

/// The ARN of something that has tags.
pub static TAGGABLE_RESOURCE_ARN: Limit = limit(
    "TaggableResourceArn",
    10,
    2048,
    r"arn:aws(-[a-z]{1,5}){0,3}:sso::((:instance/(sso)?ins-[a-zA-Z0-9-.]{16})|(:permissionSet/(sso)?ins-[a-zA-Z0-9-.]{16}/ps-[a-zA-Z0-9-./]{16})|(\d{12}:application/(sso)?ins-[a-zA-Z0-9-.]{16}/apl-[a-zA-Z0-9]{16})|(\d{12}:trustedTokenIssuer/(sso)?ins-[a-zA-Z0-9-.]{16}/tti-[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}))",
);

/// An account id.
pub static ACCOUNT_ID: Limit = limit("AccountId", 12, 12, r"\d{12}");

/// An account id as the target of an assignment.
pub static TARGET_ID: Limit = limit("TargetId", 12, 12, r"\d{12}");

/// The id of a user or group.
pub static PRINCIPAL_ID: Limit = limit(
    "PrincipalId",
    1,
    47,
    "([0-9a-f]{10}-|)[A-Fa-f0-9]{8}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{12}",
);

/// The id of a request to create or delete an assignment.
pub static REQUEST_ID: Limit =
    limit("UUId", 36, 36, r"\b[0-9a-f]{8}\b-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-\b[0-9a-f]{12}\b");

/// A page token.
pub static TOKEN: Limit = limit("Token", 0, 2048, "[-a-zA-Z0-9+=/_]*");

/// The number of items on a page.
pub const MAX_RESULTS: RangeInclusive<i64> = 1..=100;

/// The most instances on a page. Source: the model, `InstanceList`.
pub const INSTANCES_MAX: usize = 10;

/// Which Regions' instances are listed.
pub const REGION_SCOPES: &[&str] = &["CURRENT_REGION", "ALL_REGIONS"];

/// The kinds of principals.
pub const PRINCIPAL_TYPES: &[&str] = &["USER", "GROUP"];

/// The kinds of targets.
pub const TARGET_TYPES: &[&str] = &["AWS_ACCOUNT"];

/// Whether the newest version of a permission set is in an account.
pub const PROVISIONING_STATUSES: &[&str] =
    &["LATEST_PERMISSION_SET_PROVISIONED", "LATEST_PERMISSION_SET_NOT_PROVISIONED"];
