//! The differences between the SCIM profiles: one row for each profile.

use crate::dialect::Shape;
use crate::domain::{AttributeCheck, Operation, TenantKind, UnknownMembers};

use super::ScimProfile;
use super::filter::FilterRules;
use super::shapes::{AWS_USER, HUAWEI_USER, RFC_USER, check_aws, check_huawei, check_rfc};

/// The behaviour of one SCIM profile.
#[derive(Debug)]
pub struct Profile {
    /// The operations that it has.
    pub operations: &'static [Operation],
    /// Whether the tokens of the tenant are issued by the store.
    pub issues_tokens: bool,
    /// The content type of responses.
    pub content_type: &'static str,
    /// The header with the request id.
    pub request_id_header: &'static str,
    /// The form of an error's body.
    pub error_form: ErrorForm,
    /// Whether responses have a `Location` header and resources have `meta.location`.
    pub has_locations: bool,
    /// Whether clients can read the members of a group.
    pub shows_members: bool,
    /// The shape of a user.
    pub user: &'static Shape,
    /// Checks all attributes of a user.
    pub check_user: AttributeCheck,
    /// Whether a resource must name its schemas.
    pub requires_schemas: bool,
    /// Whether the only e-mail address must be the primary one.
    pub primary_email: bool,
    /// The attributes that are rejected if they are set.
    pub unsupported: &'static [&'static str],
    /// How lists are divided into pages.
    pub paging: Paging,
    /// Which filters are supported.
    pub filters: &'static FilterRules,
    /// Which patches are supported.
    pub patches: &'static PatchRules,
    /// What happens to new members of a group that do not exist.
    pub unknown_members: UnknownMembers,
    /// The maximum number of members that a request adds to or removes from a group.
    pub members_max: usize,
    /// The type of the authentication scheme in ServiceProviderConfig.
    pub scheme_type: &'static str,
}

/// The form of an error's body.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ErrorForm {
    /// With `schema`, `exceptionRequestId` and `timeStamp`; the text is general.
    Aws,
    /// With a text `schema`, a number `status` and `timeStamp`; the text is general.
    Huawei,
    /// The form of RFC 7644 §3.12.
    Rfc,
}

/// How lists are divided into pages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Paging {
    /// `count` and `cursor`.
    Cursor,
    /// The first 50.
    Fixed,
    /// `startIndex` and `count`.
    Offset,
}

impl Profile {
    /// The profile of a tenant: the form of its id decides.
    pub fn of_tenant(tenant: &str, of_stores: ScimProfile) -> &'static Self {
        match (TenantKind::of_id(tenant), of_stores) {
            (TenantKind::Issued, _) => &HUAWEI,
            (TenantKind::Aws, ScimProfile::Aws) => &AWS,
            (TenantKind::Aws, ScimProfile::Rfc) | (TenantKind::Rfc, _) => &RFC,
        }
    }
}

const AWS_OPERATIONS: &[Operation] = &[
    Operation::CreateUser,
    Operation::ListUsers,
    Operation::GetUser,
    Operation::PutUser,
    Operation::PatchUser,
    Operation::DeleteUser,
    Operation::CreateGroup,
    Operation::ListGroups,
    Operation::GetGroup,
    Operation::PatchGroup,
    Operation::DeleteGroup,
    Operation::ServiceProviderConfig,
    Operation::ListResourceTypes,
    Operation::ListSchemas,
    Operation::GetSchema,
];

/// Those of AWS without the last three: resource types and schemas.
const HUAWEI_OPERATIONS: &[Operation] = AWS_OPERATIONS.split_at(AWS_OPERATIONS.len() - 3).0;

/// As AWS IAM Identity Center.
pub static AWS: Profile = Profile {
    operations: AWS_OPERATIONS,
    issues_tokens: false,
    content_type: "application/json",
    request_id_header: "x-amzn-requestid",
    error_form: ErrorForm::Aws,
    has_locations: false,
    shows_members: false,
    user: &AWS_USER,
    check_user: AttributeCheck(check_aws),
    requires_schemas: false,
    primary_email: true,
    unsupported: UNSUPPORTED,
    paging: Paging::Cursor,
    filters: &super::filter::AWS,
    patches: &CLOUD_PATCHES,
    unknown_members: UnknownMembers::Rejected,
    members_max: 100,
    scheme_type: "oauthbearertoken",
};

/// As Huawei Cloud IAM Identity Center.
pub static HUAWEI: Profile = Profile {
    operations: HUAWEI_OPERATIONS,
    issues_tokens: true,
    content_type: "application/json",
    request_id_header: "x-request-id",
    error_form: ErrorForm::Huawei,
    has_locations: false,
    shows_members: false,
    user: &HUAWEI_USER,
    check_user: AttributeCheck(check_huawei),
    requires_schemas: true,
    primary_email: true,
    unsupported: UNSUPPORTED,
    paging: Paging::Fixed,
    filters: &super::filter::HUAWEI,
    patches: &CLOUD_PATCHES,
    unknown_members: UnknownMembers::Rejected,
    members_max: 100,
    // Source: Huawei ServiceProviderConfig.
    scheme_type: "Bearer Token",
};

/// As RFC 7643 and RFC 7644.
pub static RFC: Profile = Profile {
    operations: &[
        Operation::CreateUser,
        Operation::ListUsers,
        Operation::GetUser,
        Operation::PutUser,
        Operation::PatchUser,
        Operation::DeleteUser,
        Operation::CreateGroup,
        Operation::ListGroups,
        Operation::GetGroup,
        Operation::PutGroup,
        Operation::PatchGroup,
        Operation::DeleteGroup,
        Operation::Search,
        Operation::SearchUsers,
        Operation::SearchGroups,
        Operation::ServiceProviderConfig,
        Operation::ListResourceTypes,
        Operation::GetResourceType,
        Operation::ListSchemas,
        Operation::GetSchema,
    ],
    issues_tokens: false,
    content_type: "application/scim+json",
    request_id_header: "x-request-id",
    error_form: ErrorForm::Rfc,
    has_locations: true,
    shows_members: true,
    user: &RFC_USER,
    check_user: AttributeCheck(check_rfc),
    requires_schemas: false,
    primary_email: false,
    unsupported: &[],
    paging: Paging::Offset,
    filters: &super::filter::RFC,
    patches: &RFC_PATCHES,
    // The RFC leaves it to the server; testers add members that do not exist.
    unknown_members: UnknownMembers::Ignored,
    members_max: usize::MAX,
    scheme_type: "oauthbearertoken",
};

/// Source: developer guide, Limitations. Assumed: a request with one of them is rejected.
const UNSUPPORTED: &[&str] =
    &["groups", "password", "photos", "ims", "entitlements", "x509Certificates"];

/// The patches of a profile.
#[derive(Debug)]
pub struct PatchRules {
    /// Whether an operation without a path can change several attributes.
    pub several_attributes: bool,
    /// Whether replacing an attribute by null removes it. Otherwise a null is no value.
    pub null_removes: bool,
    /// Whether all members of a group can be replaced or removed.
    pub replaces_members: bool,
    /// Whether a filter in a path can use the whole grammar, not only `eq` and `and`.
    pub whole_grammar: bool,
    /// The attributes that a patch can change only once and cannot remove.
    pub once: &'static [&'static str],
}

/// Patches of the clouds. Source: developer guide, PatchUser: filters only compare with `eq`.
static CLOUD_PATCHES: PatchRules = PatchRules {
    several_attributes: false,
    null_removes: false,
    replaces_members: false,
    whole_grammar: false,
    once: &["userName", "active"],
};

/// Patches of the RFC.
static RFC_PATCHES: PatchRules = PatchRules {
    several_attributes: true,
    null_removes: true,
    replaces_members: true,
    whole_grammar: true,
    once: &[],
};
