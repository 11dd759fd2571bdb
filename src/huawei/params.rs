//! Decodes parameters that several operations share.

use crate::dialect::{Args, DecodeRules, KeyCase, Nulls, UnknownKeys, ValueTypes, page_token};
use crate::domain::{
    AlternateIdentifier, ApiError, Attribute, CertificateId, Deletion, GroupId, IdentityStoreId,
    MemberId, Operation as Op, PageRequest, Rejection, UserId,
};

use super::limits::{
    ANY_ID, ATTRIBUTE_PATH, BODY_ID, EXTERNAL_ID, EXTERNAL_ID_ISSUER, IDENTITY_STORE_ID, IDS,
    LIMIT, MARKER, PATH_ID, UNIQUE_VALUE,
};

/// The store id of the path.
pub fn store(args: &Args<'_>) -> IdentityStoreId {
    args.required_param("identity_store_id", &IDENTITY_STORE_ID).into()
}

/// The user id of the path.
pub fn user(args: &Args<'_>) -> UserId {
    args.required_param("user_id", &PATH_ID).into()
}

/// The group id of the path.
pub fn group(args: &Args<'_>) -> GroupId {
    args.required_param("group_id", &PATH_ID).into()
}

/// The group id of the body.
pub fn body_group(args: &Args<'_>) -> GroupId {
    args.required_text("group_id", &BODY_ID).into()
}

/// The member of the body; an empty user id if it is missing, which is a violation.
pub fn member(args: &Args<'_>) -> MemberId {
    let user = args
        .required_record("member_id", |args| UserId::from(args.required_text("user_id", &BODY_ID)));
    MemberId::User(user.unwrap_or_else(|| "".into()))
}

/// A required list of ids in the body.
pub fn ids<'a>(args: &Args<'a>, name: &str) -> Vec<&'a str> {
    args.require(name);
    args.optional_texts(name, &IDS, &BODY_ID).unwrap_or_default()
}

/// Identifies the list that a marker belongs to, by operation, store, and group or user (`owner`).
/// Assumed: the marker of another list is invalid, as on AWS.
pub fn list_scope(operation: Op, store: Option<&str>, owner: &str) -> String {
    format!("huawei {} {}{owner}", operation.name(), store.unwrap_or_default())
}

/// The requested page.
pub fn page(args: &Args<'_>, scope: &str) -> PageRequest {
    let limit = args.optional_integer_param("limit", &LIMIT).unwrap_or(*LIMIT.end());
    let after = args.optional_param("marker", &MARKER).and_then(|marker| {
        let position = page_token::decode(scope, &marker.to_ascii_lowercase());
        if position.is_none() {
            args.violations().reject(ApiError::Rejected(Rejection::InvalidToken));
        }
        position
    });
    PageRequest { limit: usize::try_from(limit).unwrap_or(1), after }
}

/// The alternate identifier of the body: an external id, or the unique attribute of the resource type.
pub fn alternate(args: &Args<'_>, unique: (&str, Attribute)) -> AlternateIdentifier {
    let found = args.required_record("alternate_identifier", |args| {
        args.one_record_of(&["external_id", "unique_attribute"], |which, args| match which {
            "external_id" => AlternateIdentifier::ExternalId {
                issuer: args.required_text("issuer", &EXTERNAL_ID_ISSUER).to_owned(),
                id: args.required_text("id", &EXTERNAL_ID).to_owned(),
            },
            _ => {
                let path = args.required_text("attribute_path", &ATTRIBUTE_PATH);
                if path != unique.0 {
                    args.violations()
                        .reject(ApiError::Rejected(Rejection::NotUnique(path.to_owned())));
                }
                let value = args.required_text("attribute_value", &UNIQUE_VALUE).to_owned();
                AlternateIdentifier::UniqueAttribute(unique.1, value)
            }
        })
    });
    let placeholder = AlternateIdentifier::UniqueAttribute(unique.1, String::new());
    found.flatten().unwrap_or(placeholder)
}

/// Rules for request bodies: unknown members are ignored and null means absent.
pub const BODY: DecodeRules = DecodeRules {
    keys: KeyCase::Exact,
    unknown: UnknownKeys::Ignored,
    nulls: Nulls::Absent,
    values: ValueTypes::Exact,
};

/// Deleting an absent resource returns 404. Source: API reference, DeleteUser and DeleteGroup.
pub const DELETION: Deletion = Deletion { revision: None, idempotent: false };

/// The certificate id of the path.
pub fn certificate_id(args: &Args<'_>) -> CertificateId {
    args.required_param("certificate_id", &ANY_ID).into()
}
