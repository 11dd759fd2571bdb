//! Shapes of Huawei users and groups: one row per member, in the order of the API reference.
//!
//! Ids, timestamps and states are not attributes; `responses` writes them.

use crate::dialect::shape::{choice, flag, list, record, shape, text};
use crate::dialect::{CloudExportFormat, Shape, StampMembers};
use crate::domain::Attribute::{
    Addresses, CostCenter, Country, Department, Description, DisplayName, Division, Emails,
    EmployeeNumber, Enterprise, ExternalIds, FamilyName, Formatted, GivenName, HonorificPrefix,
    HonorificSuffix, Id, Issuer, Locale, Locality, Manager, MiddleName, Name, NickName,
    Organization, PasswordMode, PhoneNumbers, PostalCode, PreferredLanguage, Primary, ProfileUrl,
    Region, StreetAddress, Timezone, Title, Type, UserName, UserType, Value, VerificationStatus,
};

use super::limits::{
    self, DESCRIPTION, EXTERNAL_ID_ISSUER, PASSWORD_MODES, TEXT, USER_NAME, VERIFICATION,
};

/// The responses of ListUsers, ListGroups and ListGroupMemberships.
pub static CLOUD_EXPORT: CloudExportFormat = CloudExportFormat {
    lists: ["users", "groups", "group_memberships"],
    page: &["page_info"],
    store: "identity_store_id",
    ids: ["user_id", "group_id", "membership_id"],
    member: "member_id",
    stamps: StampMembers {
        names: ["created_at", "created_by", "updated_at", "updated_by", "revision"],
        unit_ms: 1,
    },
    enabled: ("enabled", None),
    derived: &["external_id", "email_verified"],
    shapes: [&USER, &GROUP],
    extensions: None,
};

/// A user.
pub static USER: Shape = shape(
    "User",
    &[
        list("addresses", Addresses, &ADDRESS, 1),
        text("display_name", DisplayName, &TEXT).required_by_model(),
        list("emails", Emails, &EMAIL, 1).required_by_model(),
        list("external_ids", ExternalIds, &EXTERNAL_ID, 10).read_only(),
        text("locale", Locale, &TEXT),
        record("name", Name, &NAME).required_by_model(),
        text("nickname", NickName, &TEXT),
        list("phone_numbers", PhoneNumbers, &PHONE_NUMBER, 1),
        text("preferred_language", PreferredLanguage, &TEXT),
        text("profile_url", ProfileUrl, &TEXT),
        text("timezone", Timezone, &TEXT),
        text("title", Title, &TEXT),
        text("user_name", UserName, &USER_NAME).required_by_model(),
        text("user_type", UserType, &TEXT),
        choice("password_mode", PasswordMode, PASSWORD_MODES).required_by_model().create_only(),
        record("enterprise", Enterprise, &ENTERPRISE),
    ],
);

/// A name.
pub static NAME: Shape = shape(
    "NameDto",
    &[
        text("family_name", FamilyName, &TEXT).required_by_model(),
        text("formatted", Formatted, &TEXT),
        text("given_name", GivenName, &TEXT).required_by_model(),
        text("honorific_prefix", HonorificPrefix, &TEXT),
        text("honorific_suffix", HonorificSuffix, &TEXT),
        text("middle_name", MiddleName, &TEXT),
    ],
);

/// An e-mail address.
pub static EMAIL: Shape = shape(
    "EmailDto",
    &[
        flag("primary", Primary).required_by_model(),
        text("type", Type, &TEXT).required_by_model(),
        text("value", Value, &limits::EMAIL).required_by_model(),
        choice("verification_status", VerificationStatus, VERIFICATION),
    ],
);

/// A postal address.
pub static ADDRESS: Shape = shape(
    "AddressDto",
    &[
        text("country", Country, &TEXT),
        text("formatted", Formatted, &TEXT),
        text("locality", Locality, &TEXT),
        text("postal_code", PostalCode, &TEXT),
        flag("primary", Primary),
        text("region", Region, &TEXT),
        text("street_address", StreetAddress, &TEXT),
        text("type", Type, &TEXT),
    ],
);

/// A phone number.
pub static PHONE_NUMBER: Shape = shape(
    "PhoneNumberDto",
    &[flag("primary", Primary), text("type", Type, &TEXT), text("value", Value, &TEXT)],
);

/// The enterprise attributes of a user.
pub static ENTERPRISE: Shape = shape(
    "EnterpriseDto",
    &[
        text("cost_center", CostCenter, &TEXT),
        text("department", Department, &TEXT),
        text("division", Division, &TEXT),
        text("employee_number", EmployeeNumber, &TEXT),
        record("manager", Manager, &MANAGER),
        text("organization", Organization, &TEXT),
    ],
);

/// A manager.
pub static MANAGER: Shape = shape("ManagerDto", &[text("value", Value, &TEXT)]);

/// An identifier issued by an external identity provider.
pub static EXTERNAL_ID: Shape = shape(
    "ExternalIdDto",
    &[
        text("id", Id, &limits::EXTERNAL_ID).required_by_model(),
        text("issuer", Issuer, &EXTERNAL_ID_ISSUER).required_by_model(),
    ],
);

/// A group.
pub static GROUP: Shape = shape(
    "Group",
    &[
        text("description", Description, &DESCRIPTION),
        text("display_name", DisplayName, &TEXT).required_by_model(),
        list("external_ids", ExternalIds, &EXTERNAL_ID, 10).read_only(),
    ],
);
