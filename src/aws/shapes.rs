//! Shapes of AWS users, groups and stores: one row per member, in the model's order.
//!
//! Ids, timestamps, revision and status are not attributes; `responses` writes them.

use crate::dialect::shape::{flag, list, record, shape, text, texts};
use crate::dialect::{CloudExportFormat, Shape, StampMembers};
use crate::domain::Attribute::{
    Addresses, ApiAllowSourceIps, ApiRestrictSourceVpcs, Birthdate, CostCenter, Country,
    Department, Description, Display, DisplayName, Division, Emails, EmployeeNumber, Enterprise,
    ExternalIds, FamilyName, Formatted, GivenName, HonorificPrefix, HonorificSuffix, Id, Issuer,
    Locale, Locality, Manager, MiddleName, Name, NetworkConfiguration, NickName, Organization,
    PhoneNumbers, Photos, PostalCode, PreferredLanguage, Primary, ProfileUrl, Region, Roles,
    ScimAllowSourceIps, StreetAddress, Timezone, Title, Type, UserName, UserType, Value,
    VpceAccessRequired, Website,
};

use super::limits::{
    BIRTHDATE, EXTERNAL_ID_IDENTIFIER, EXTERNAL_ID_ISSUER, GROUP_DISPLAY_NAME, IP_CIDR,
    SENSITIVE_STRING, USER_NAME, VPC_ARN,
};

/// The output of `aws identitystore list-users`, `list-groups` and `list-group-memberships`, and of
/// boto3.
pub static CLOUD_EXPORT: CloudExportFormat = CloudExportFormat {
    lists: ["Users", "Groups", "GroupMemberships"],
    page: &["NextToken", "ResponseMetadata"],
    store: "IdentityStoreId",
    ids: ["UserId", "GroupId", "MembershipId"],
    member: "MemberId",
    stamps: StampMembers {
        names: ["CreatedAt", "CreatedBy", "UpdatedAt", "UpdatedBy", "Revision"],
        unit_ms: 1_000,
    },
    enabled: ("UserStatus", Some(["ENABLED", "DISABLED"])),
    derived: &["IdentityStoreArn", "UserArn", "GroupArn", "MembershipArn"],
    shapes: [&USER, &GROUP],
    extensions: Some(("Extensions", &EXTENSIONS)),
};

/// A user. Members required beyond the model: docs/aws-behaviour.md §4.
pub static USER: Shape = shape(
    "User",
    &[
        text("UserName", UserName, &USER_NAME).required_by_service(),
        list("ExternalIds", ExternalIds, &EXTERNAL_ID, 10).read_only(),
        record("Name", Name, &NAME).required_by_service(),
        text("DisplayName", DisplayName, &SENSITIVE_STRING).required_by_service(),
        text("NickName", NickName, &SENSITIVE_STRING),
        text("ProfileUrl", ProfileUrl, &SENSITIVE_STRING),
        list("Emails", Emails, &EMAIL, 1),
        list("Addresses", Addresses, &ADDRESS, 1),
        list("PhoneNumbers", PhoneNumbers, &PHONE_NUMBER, 1),
        text("UserType", UserType, &SENSITIVE_STRING),
        text("Title", Title, &SENSITIVE_STRING),
        text("PreferredLanguage", PreferredLanguage, &SENSITIVE_STRING),
        text("Locale", Locale, &SENSITIVE_STRING),
        text("Timezone", Timezone, &SENSITIVE_STRING),
        list("Photos", Photos, &PHOTO, 3),
        text("Website", Website, &SENSITIVE_STRING),
        text("Birthdate", Birthdate, &BIRTHDATE),
        list("Roles", Roles, &ROLE, 1),
    ],
);

/// A name.
pub static NAME: Shape = shape(
    "Name",
    &[
        text("Formatted", Formatted, &SENSITIVE_STRING),
        text("FamilyName", FamilyName, &SENSITIVE_STRING).required_by_service(),
        text("GivenName", GivenName, &SENSITIVE_STRING).required_by_service(),
        text("MiddleName", MiddleName, &SENSITIVE_STRING),
        text("HonorificPrefix", HonorificPrefix, &SENSITIVE_STRING),
        text("HonorificSuffix", HonorificSuffix, &SENSITIVE_STRING),
    ],
);

/// An e-mail address.
pub static EMAIL: Shape = shape(
    "Email",
    &[
        text("Value", Value, &SENSITIVE_STRING),
        text("Type", Type, &SENSITIVE_STRING),
        flag("Primary", Primary),
    ],
);

/// A postal address.
pub static ADDRESS: Shape = shape(
    "Address",
    &[
        text("StreetAddress", StreetAddress, &SENSITIVE_STRING),
        text("Locality", Locality, &SENSITIVE_STRING),
        text("Region", Region, &SENSITIVE_STRING),
        text("PostalCode", PostalCode, &SENSITIVE_STRING),
        text("Country", Country, &SENSITIVE_STRING),
        text("Formatted", Formatted, &SENSITIVE_STRING),
        text("Type", Type, &SENSITIVE_STRING),
        flag("Primary", Primary),
    ],
);

/// A phone number.
pub static PHONE_NUMBER: Shape = shape(
    "PhoneNumber",
    &[
        text("Value", Value, &SENSITIVE_STRING),
        text("Type", Type, &SENSITIVE_STRING),
        flag("Primary", Primary),
    ],
);

/// A photo.
pub static PHOTO: Shape = shape(
    "Photo",
    &[
        text("Value", Value, &SENSITIVE_STRING).required_by_model(),
        text("Type", Type, &SENSITIVE_STRING),
        text("Display", Display, &SENSITIVE_STRING),
        flag("Primary", Primary),
    ],
);

/// A role.
pub static ROLE: Shape = shape(
    "Role",
    &[
        text("Value", Value, &SENSITIVE_STRING),
        text("Type", Type, &SENSITIVE_STRING),
        flag("Primary", Primary),
    ],
);

/// An identifier issued by an external identity provider.
pub static EXTERNAL_ID: Shape = shape(
    "ExternalId",
    &[
        text("Issuer", Issuer, &EXTERNAL_ID_ISSUER).required_by_model(),
        text("Id", Id, &EXTERNAL_ID_IDENTIFIER).required_by_model(),
    ],
);

/// The extensions by name. There is only one.
pub static EXTENSIONS: Shape =
    shape("Extensions", &[record("aws:identitystore:enterprise", Enterprise, &ENTERPRISE)]);

/// The enterprise extension, a JSON document with camelCase keys. Source: API reference, CreateUser
/// examples.
pub static ENTERPRISE: Shape = shape(
    "aws:identitystore:enterprise",
    &[
        text("employeeNumber", EmployeeNumber, &SENSITIVE_STRING),
        text("costCenter", CostCenter, &SENSITIVE_STRING),
        text("organization", Organization, &SENSITIVE_STRING),
        text("division", Division, &SENSITIVE_STRING),
        text("department", Department, &SENSITIVE_STRING),
        record("manager", Manager, &MANAGER),
    ],
);

/// A manager. Assumed: `$ref` is accepted and ignored, as in SCIM.
pub static MANAGER: Shape =
    shape("manager", &[text("value", Value, &SENSITIVE_STRING)]).ignoring(&["$ref"]);

/// A group. Assumed: `DisplayName` cannot be removed (docs/aws-behaviour.md §2).
pub static GROUP: Shape = shape(
    "Group",
    &[
        text("DisplayName", DisplayName, &GROUP_DISPLAY_NAME).required_by_service(),
        list("ExternalIds", ExternalIds, &EXTERNAL_ID, 10).read_only(),
        text("Description", Description, &SENSITIVE_STRING),
    ],
);

/// The attributes of an identity store.
pub static IDENTITY_STORE: Shape = shape(
    "IdentityStore",
    &[record("NetworkConfiguration", NetworkConfiguration, &NETWORK_CONFIGURATION)],
);

/// The network access rules of a store. They are stored and returned, not enforced.
pub static NETWORK_CONFIGURATION: Shape = shape(
    "NetworkConfiguration",
    &[
        flag("VpceAccessRequired", VpceAccessRequired).required_by_model(),
        texts("ApiRestrictSourceVpcs", ApiRestrictSourceVpcs, &VPC_ARN, 50),
        texts("ApiAllowSourceIps", ApiAllowSourceIps, &IP_CIDR, 50),
        texts("ScimAllowSourceIps", ScimAllowSourceIps, &IP_CIDR, 50),
    ],
);
