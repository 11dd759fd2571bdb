//! Decodes parameters that several operations share.

use crate::dialect::json::{self, Json};
use crate::dialect::{
    Args, DecodeRules, FieldPath, KeyCase, Matched, Nulls, UnknownKeys, ValueTypes, page_token,
};
use crate::domain::{
    AlternateIdentifier, ApiError, Attribute, Attributes, Constraint, Deletion, GroupId,
    IdentityStoreId, JsonType, ListFilter, MemberId, Operation as Op, PageRequest, Rejection,
    Revision, UserId,
};

use super::arn::resource_id;
use super::limits::{
    ATTRIBUTE_PATH, EXTENSION_NAME, EXTENSION_NAMES, EXTERNAL_ID_IDENTIFIER, EXTERNAL_ID_ISSUER,
    FILTERS, IDENTITY_STORE_ID, MAX_RESULTS, NEXT_TOKEN, RESOURCE_ID, REVISION, SENSITIVE_STRING,
};
use super::patch::{self, EXTENSION};
use super::shapes::EXTENSIONS;

/// Rules for structures of the model: unknown members are ignored and null means absent.
/// Source: docs/aws-protocol.md, "Request".
pub const MODELLED: DecodeRules = DecodeRules {
    keys: KeyCase::Exact,
    unknown: UnknownKeys::Ignored,
    nulls: Nulls::Absent,
    values: ValueTypes::Exact,
};

/// The id of the store. `Aws::decode` rejects an ARN of another account after decoding.
pub fn store(args: &Args<'_>) -> IdentityStoreId {
    let text = args.required_text("IdentityStoreId", &IDENTITY_STORE_ID);
    text.rsplit('/').next().unwrap_or(text).into()
}

pub fn user(args: &Args<'_>) -> UserId {
    resource(args, "UserId", "user").into()
}

pub fn group(args: &Args<'_>) -> GroupId {
    resource(args, "GroupId", "group").into()
}

pub fn resource<'a>(args: &Args<'a>, name: &str, kind: &str) -> &'a str {
    resource_id(args.required_text(name, &RESOURCE_ID), kind)
}

pub fn member(args: &Args<'_>) -> MemberId {
    let user = args.required_record("MemberId", |args| {
        args.exactly_one(&["UserId"]);
        UserId::from(resource_id(
            args.optional_text("UserId", &RESOURCE_ID).unwrap_or_default(),
            "user",
        ))
    });
    MemberId::User(user.unwrap_or_else(|| "".into()))
}

/// The revision. It is ignored under the older model, which has no such member.
pub fn revision(args: &Args<'_>) -> Option<Revision> {
    if args.violations().is_older_model() {
        return None;
    }
    let text = args.optional_text("Revision", &REVISION)?;
    // Revisions are opaque. A text that the emulator never returned, such as `007`, matches none.
    let number = text.parse().ok().filter(|number: &u64| number.to_string() == text);
    Some(Revision(number.unwrap_or(u64::MAX)))
}

/// Assumed: deleting an absent resource with a revision succeeds (docs/aws-behaviour.md §6).
pub fn deletion(args: &Args<'_>) -> Deletion {
    Deletion { revision: revision(args), idempotent: true }
}

/// Identifies the list that a page token belongs to, by operation, store, and group or user (`owner`).
pub fn list_scope(operation: Op, store: Option<&str>, owner: &str) -> String {
    format!("aws {} {}{owner}", operation.name(), store.unwrap_or_default())
}

/// Assumed: lists are in order of creation (docs/aws-behaviour.md §12).
pub fn page(args: &Args<'_>, scope: &str) -> PageRequest {
    let limit = args.optional_integer("MaxResults", &MAX_RESULTS).unwrap_or(*MAX_RESULTS.end());
    let after = args.optional_text("NextToken", &NEXT_TOKEN).and_then(|token| {
        let position = page_token::decode(scope, token);
        if position.is_none() {
            args.violations().reject(ApiError::Rejected(Rejection::InvalidToken));
        }
        position
    });
    PageRequest { limit: usize::try_from(limit).unwrap_or(1), after }
}

pub fn filter(args: &Args<'_>, path: &str, attribute: Attribute) -> Option<ListFilter> {
    let filters = args.optional_records("Filters", &FILTERS, |args| {
        let found = args.required_text("AttributePath", &ATTRIBUTE_PATH);
        // Assumed: either case, as for GetUserId (docs/aws-behaviour.md §2).
        if !found.eq_ignore_ascii_case(path) {
            args.violations()
                .reject(ApiError::Rejected(Rejection::UnsupportedFilter(found.to_owned())));
        }
        ListFilter::Equals(
            attribute,
            args.required_text("AttributeValue", &SENSITIVE_STRING).to_owned(),
        )
    });
    filters?.into_iter().next()
}

pub fn alternate(args: &Args<'_>, unique: &[(&str, Attribute)]) -> AlternateIdentifier {
    let found = args.required_record("AlternateIdentifier", |args| {
        args.one_record_of(&["ExternalId", "UniqueAttribute"], |member, args| match member {
            "ExternalId" => AlternateIdentifier::ExternalId {
                issuer: args.required_text("Issuer", &EXTERNAL_ID_ISSUER).to_owned(),
                id: args.required_text("Id", &EXTERNAL_ID_IDENTIFIER).to_owned(),
            },
            _ => by_attribute(args, unique),
        })
    });
    found
        .flatten()
        .unwrap_or(AlternateIdentifier::ExternalId { issuer: String::new(), id: String::new() })
}

fn by_attribute(args: &Args<'_>, unique: &[(&str, Attribute)]) -> AlternateIdentifier {
    let path = args.required_text("AttributePath", &ATTRIBUTE_PATH);
    let row = unique.iter().find(|(name, _)| name.eq_ignore_ascii_case(path));
    if row.is_none() {
        args.violations().reject(ApiError::Rejected(Rejection::NotUnique(path.to_owned())));
    }
    let value = match args.object().and_then(|record| json::member(record, "AttributeValue")) {
        Some(Json::Str(text)) => text.to_string(),
        Some(Json::Null) => String::new(),
        Some(other) => {
            let path = FieldPath::ROOT.member(path);
            let violations = args.violations().of_value();
            violations.add_wrong_kind(&path, JsonType::String, other);
            // Values of type document are checked by the service, after the front end.
            if let Err(error) = violations.finish(true, ()) {
                args.violations().reject(error);
            }
            return AlternateIdentifier::UniqueAttribute(Attribute::UserName, String::new());
        }
        None => {
            args.require("AttributeValue");
            String::new()
        }
    };
    if value.is_empty() {
        args.violations().reject(ApiError::Rejected(Rejection::EmptyLookup));
    }
    let attribute = row.map_or(Attribute::UserName, |(_, attribute)| *attribute);
    AlternateIdentifier::UniqueAttribute(attribute, value)
}

/// Validates the names of the extensions to return. See [`shows_extension`].
pub fn extension_names(args: &Args<'_>) {
    let names = args.optional_texts("Extensions", &EXTENSION_NAMES, &EXTENSION_NAME);
    for name in names.iter().flatten() {
        check_extension_name(args, name);
    }
}

/// Returns whether the request names the extension, so that its attributes are returned.
pub fn shows_extension(matched: &Matched<'_>) -> bool {
    let names = matched.member("Extensions").and_then(Json::as_array);
    let mut names = names.into_iter().flatten();
    names.any(|name| name.as_str() == Some(EXTENSION))
}

fn check_extension_name(args: &Args<'_>, name: &str) {
    if EXTENSIONS.find(name, KeyCase::Exact).is_none() {
        let name = name.to_owned();
        args.violations().reject(ApiError::Rejected(Rejection::UnknownExtension(name)));
    }
}

/// Decodes `Extensions`, a map from extension name to document.
pub fn extensions(args: &Args<'_>, attributes: &mut Attributes) {
    let Some(found) = args.raw("Extensions") else { return };
    let path = args.path().member("Extensions");
    let Some(object) = found.as_object() else {
        return args.violations().add_wrong_kind(&path, JsonType::Map, found);
    };
    let map = json::members(object);
    if map.is_empty() {
        let value = Some("{}".to_owned());
        let constraint = Constraint::LengthMin(*EXTENSION_NAMES.start());
        args.violations().add_with_value(&path, value, false, constraint);
    }
    args.violations().check_size(&path, map.len(), &(0..=*EXTENSION_NAMES.end()));
    for name in map.keys() {
        args.violations().check_text(&path.key(name), &EXTENSION_NAME, name);
        check_extension_name(args, name);
    }
    let values = args.violations().of_value();
    let found = EXTENSIONS.decode(object, &FieldPath::ROOT, &values, patch::DOCUMENT);
    for (attribute, value) in found.iter() {
        attributes.set(attribute, value.into());
    }
    if let Err(error) = values.finish(true, ()) {
        args.violations().reject(error);
    }
}
