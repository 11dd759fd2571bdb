//! Shapes of SCIM users and groups: one row per member, in the order of AWS's developer guide.
//!
//! `active`, `externalId`, `id`, `meta` and `schemas` are not attributes; `responses` writes them.

use crate::dialect::shape::{Presence, flag, list, record, shape, text};
use crate::dialect::{Member, MemberKind, Shape};
use crate::domain::Attribute::{
    Addresses, CostCenter, Country, Department, DisplayName, Division, Emails, EmployeeNumber,
    FamilyName, Formatted, GivenName, HonorificPrefix, HonorificSuffix, Locale, Locality, Manager,
    MiddleName, Name, NickName, Organization, PhoneNumbers, PostalCode, PreferredLanguage, Primary,
    ProfileUrl, Region, Roles, StreetAddress, Timezone, Title, Type, UserName, UserType, Value,
};
use crate::domain::{ApiError, Attribute, Attributes, ProvisioningRejection, Rejection, ValueRef};

use super::limits::{HUAWEI_USER_NAME, LIST_MAX, TEXT, USER_NAME};

/// The schema of users.
pub const USER_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

/// The schema of groups.
pub const GROUP_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// The schema of the enterprise extension, and the name of its member.
pub const ENTERPRISE_URN: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// The schema of lists.
pub const LIST_URN: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/// A user on AWS.
pub static AWS_USER: Shape = shape("User", &AWS_USER_MEMBERS);
static AWS_USER_MEMBERS: [Member; 14] = [
    text("userName", UserName, &USER_NAME).required_by_service(),
    record("name", Name, &NAME).required_by_service(),
    text("displayName", DisplayName, &TEXT).required_by_service(),
    text("nickName", NickName, &TEXT),
    text("profileUrl", ProfileUrl, &TEXT),
    text("title", Title, &TEXT),
    text("userType", UserType, &TEXT),
    text("preferredLanguage", PreferredLanguage, &TEXT),
    text("locale", Locale, &TEXT),
    text("timezone", Timezone, &TEXT),
    list("emails", Emails, &ELEMENT, 1),
    list("addresses", Addresses, &ADDRESS, 1),
    list("phoneNumbers", PhoneNumbers, &ELEMENT, 1),
    list("roles", Roles, &ELEMENT, 1),
];

/// A user on Huawei.
pub static HUAWEI_USER: Shape = shape("User", &HUAWEI_USER_MEMBERS);
static HUAWEI_USER_MEMBERS: [Member; 13] = [
    text("userName", UserName, &HUAWEI_USER_NAME).required_by_service(),
    record("name", Name, &NAME).required_by_service(),
    text("displayName", DisplayName, &TEXT).required_by_service(),
    text("nickName", NickName, &TEXT),
    text("profileUrl", ProfileUrl, &TEXT),
    text("title", Title, &TEXT),
    text("userType", UserType, &TEXT),
    text("preferredLanguage", PreferredLanguage, &TEXT),
    text("locale", Locale, &TEXT),
    text("timezone", Timezone, &TEXT),
    list("emails", Emails, &HUAWEI_EMAIL, 1).required_by_service(),
    list("addresses", Addresses, &ADDRESS, 1),
    list("phoneNumbers", PhoneNumbers, &ELEMENT, 1),
];

/// A user of the RFC.
pub static RFC_USER: Shape = shape("User", &RFC_USER_MEMBERS);
static RFC_USER_MEMBERS: [Member; 14] = [
    text("userName", UserName, &USER_NAME).required_by_service(),
    record("name", Name, &RFC_NAME),
    text("displayName", DisplayName, &TEXT),
    text("nickName", NickName, &TEXT),
    text("profileUrl", ProfileUrl, &TEXT),
    text("title", Title, &TEXT),
    text("userType", UserType, &TEXT),
    text("preferredLanguage", PreferredLanguage, &TEXT),
    text("locale", Locale, &TEXT),
    text("timezone", Timezone, &TEXT),
    list("emails", Emails, &ELEMENT, LIST_MAX),
    list("addresses", Addresses, &ADDRESS, LIST_MAX),
    list("phoneNumbers", PhoneNumbers, &ELEMENT, LIST_MAX),
    list("roles", Roles, &ELEMENT, LIST_MAX),
];

/// A name.
pub static NAME: Shape = shape(
    "name",
    &[
        text("formatted", Formatted, &TEXT),
        text("familyName", FamilyName, &TEXT).required_by_service(),
        text("givenName", GivenName, &TEXT).required_by_service(),
        text("middleName", MiddleName, &TEXT),
        text("honorificPrefix", HonorificPrefix, &TEXT),
        text("honorificSuffix", HonorificSuffix, &TEXT),
    ],
);

/// A name of the RFC.
pub static RFC_NAME: Shape = shape(
    "name",
    &[
        text("formatted", Formatted, &TEXT),
        text("familyName", FamilyName, &TEXT),
        text("givenName", GivenName, &TEXT),
        text("middleName", MiddleName, &TEXT),
        text("honorificPrefix", HonorificPrefix, &TEXT),
        text("honorificSuffix", HonorificSuffix, &TEXT),
    ],
);

/// The members of a list's element that are accepted and not kept. Source: RFC 7643 §2.4.
const ELEMENT_IGNORED: &[&str] = &["display", "$ref"];

/// An e-mail address, a phone number or a role.
pub static ELEMENT: Shape = shape(
    "element",
    &[text("value", Value, &TEXT), text("type", Type, &TEXT), flag("primary", Primary)],
)
.ignoring(ELEMENT_IGNORED);

/// An e-mail address on Huawei.
pub static HUAWEI_EMAIL: Shape = shape(
    "email",
    &[
        text("value", Value, &TEXT).required_by_service(),
        text("type", Type, &TEXT).required_by_service(),
        flag("primary", Primary).required_by_service(),
    ],
)
.ignoring(ELEMENT_IGNORED);

/// A postal address.
pub static ADDRESS: Shape = shape(
    "address",
    &[
        text("formatted", Formatted, &TEXT),
        text("streetAddress", StreetAddress, &TEXT),
        text("locality", Locality, &TEXT),
        text("region", Region, &TEXT),
        text("postalCode", PostalCode, &TEXT),
        text("country", Country, &TEXT),
        text("type", Type, &TEXT),
        flag("primary", Primary),
    ],
)
.ignoring(ELEMENT_IGNORED);

/// The enterprise extension.
pub static ENTERPRISE: Shape = shape(
    "EnterpriseUser",
    &[
        text("employeeNumber", EmployeeNumber, &TEXT),
        text("costCenter", CostCenter, &TEXT),
        text("organization", Organization, &TEXT),
        text("division", Division, &TEXT),
        text("department", Department, &TEXT),
        record("manager", Manager, &MANAGER),
    ],
);

/// A manager. `$ref` is accepted and not kept.
pub static MANAGER: Shape = shape("manager", &[text("value", Value, &TEXT)]).ignoring(&["$ref"]);

/// A group.
pub static GROUP: Shape =
    shape("Group", &[text("displayName", DisplayName, &TEXT).required_by_service()]);

/// Checks a user on AWS. Source: developer guide, Limitations.
///
/// # Errors
/// A required attribute is missing, a list has several elements, or the e-mail address is not primary.
pub fn check_aws(attributes: &Attributes) -> Result<(), ApiError> {
    check(&AWS_USER, attributes)?;
    check_primary_email(attributes)
}

/// Checks a user on Huawei. Source: API reference, SCIM CreateUser.
///
/// # Errors
/// See [`check_aws`].
pub fn check_huawei(attributes: &Attributes) -> Result<(), ApiError> {
    check(&HUAWEI_USER, attributes)?;
    check_primary_email(attributes)
}

/// Checks a user of the RFC.
///
/// # Errors
/// A required attribute is missing, or a list is too long.
pub fn check_rfc(attributes: &Attributes) -> Result<(), ApiError> {
    check(&RFC_USER, attributes)
}

/// Checks a group.
///
/// # Errors
/// The display name is missing.
pub fn check_group(attributes: &Attributes) -> Result<(), ApiError> {
    check(&GROUP, attributes)
}

fn check(shape: &Shape, attributes: &Attributes) -> Result<(), ApiError> {
    let missing = shape.missing(attributes);
    if !missing.is_empty() {
        return Err(ApiError::Rejected(Rejection::RequiredByService(missing)));
    }
    for member in shape.members {
        let MemberKind::List(element, max) = &member.kind else { continue };
        let elements = attributes.list(member.attribute);
        if elements.iter().count() > *max {
            let text = format!("List attribute {} exceeds allowed limit of {max}", member.name);
            return Err(invalid(text));
        }
        let required = element.members.iter().filter(|part| part.presence != Presence::Optional);
        for part in required {
            if elements.iter().any(|element| element.get(part.attribute).is_none()) {
                return Err(invalid(format!("{}.{} is required", member.name, part.name)));
            }
        }
    }
    Ok(())
}

fn check_primary_email(attributes: &Attributes) -> Result<(), ApiError> {
    let mut emails = attributes.list(Attribute::Emails).iter();
    match emails.all(|email| email.get(Attribute::Primary) == Some(ValueRef::Flag(true))) {
        true => Ok(()),
        false => Err(invalid("the e-mail address must be the primary one".to_owned())),
    }
}

fn invalid(text: String) -> ApiError {
    ApiError::Rejected(Rejection::Provisioning(ProvisioningRejection::InvalidValue, text))
}
