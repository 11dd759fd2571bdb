//! Decodes `Operations`, the patch of UpdateUser and UpdateGroup. Source: docs/aws-behaviour.md §2.
//!
//! The service checks constraints, then paths, then whether the resource exists, then values. An
//! unsupported path is therefore an error of decoding, and an invalid value is an error in the patch.

use crate::dialect::json::{self, Json};
use crate::dialect::{
    Args, DecodeRules, FieldPath, KeyCase, Member, Nulls, ResolvedPath, Shape, UnknownKeys,
    ValueTypes, Violations,
};
use crate::domain::{ApiError, Attribute, AttributeOperation, AttributeValue, Rejection};

use super::limits::{ATTRIBUTE_PATH, OPERATIONS};
use super::shapes::{EXTENSIONS, GROUP, USER};

/// The only extension.
pub const EXTENSION: &str = "aws:identitystore:enterprise";

/// Rules for JSON document values. The first letter of a key may have either case; unknown keys and
/// nulls are rejected. Assumed: empty texts and lists are rejected by their limits
/// (docs/aws-behaviour.md §12).
pub const DOCUMENT: DecodeRules = DecodeRules {
    keys: KeyCase::EitherFirstLetter,
    unknown: UnknownKeys::Rejected,
    nulls: Nulls::Rejected,
    values: ValueTypes::Exact,
};

/// Compares the name of a member with one step of a path.
type NameMatcher = fn(&str, &str) -> bool;

/// For users: exact camelCase. The service accepts `userName` and rejects `UserName`.
const CAMEL_CASE: NameMatcher = |name, step| {
    step.len() == name.len()
        && step.starts_with(|first: char| first.is_ascii_lowercase())
        && name[..1].eq_ignore_ascii_case(&step[..1])
        && name[1..] == step[1..]
};

/// For groups: either case. AWS's own CloudFormation handler sends PascalCase.
const ANY_CASE: NameMatcher = |name, step| name.eq_ignore_ascii_case(step);

/// The attributes that updates of one kind of resource may change.
#[derive(Debug)]
pub struct PatchSchema {
    shape: &'static Shape,
    /// The extensions whose attributes a path may name.
    extensions: Option<&'static Shape>,
    matches_name: NameMatcher,
    /// The attribute for which the service reserves some values.
    name: Attribute,
}

/// The attributes of users.
pub static USERS: PatchSchema = PatchSchema {
    shape: &USER,
    extensions: Some(&EXTENSIONS),
    matches_name: CAMEL_CASE,
    name: Attribute::UserName,
};

/// The attributes of groups.
pub static GROUPS: PatchSchema = PatchSchema {
    shape: &GROUP,
    extensions: None,
    matches_name: ANY_CASE,
    name: Attribute::DisplayName,
};

/// Decodes `Operations` in order. Assumed: the last operation on a path wins (docs/aws-behaviour.md §12).
///
/// # Errors
/// The errors of values, which the service reports only if the resource exists.
pub fn decode(args: &Args<'_>, schema: &PatchSchema) -> Result<Vec<AttributeOperation>, ApiError> {
    let values = args.violations().of_value();
    args.require("Operations");
    let mut operations = Vec::new();
    args.optional_records("Operations", &OPERATIONS, |args| {
        let path = args.required_text("AttributePath", &ATTRIBUTE_PATH);
        let value = args.object().and_then(|record| json::member(record, "AttributeValue"));
        let step = operation(args.violations(), &values, schema.resolve(path), path, value);
        if let Some(AttributeOperation { path, value: Some(AttributeValue::Text(text)) }) = &step
            && path.steps() == [schema.name]
        {
            reject_reserved(&values, schema.name, text);
        }
        operations.extend(step);
    });
    values.finish(true, operations)
}

/// Rejects a name that the service reserves.
///
/// Source: API reference, CreateUser `UserName` and CreateGroup `DisplayName`. Assumed: the comparison
/// ignores case; the error message.
pub fn reject_reserved(violations: &Violations, attribute: Attribute, name: &str) {
    const RESERVED: [&str; 2] = ["Administrator", "AWSAdministrators"];
    if RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(name)) {
        violations.reject(ApiError::Rejected(Rejection::Reserved(attribute, name.to_owned())));
    }
}

impl PatchSchema {
    fn resolve(&self, path: &str) -> ResolvedPath {
        // An extension name has colons and no dots. A path must name an attribute in the extension.
        if path.contains(':') {
            let within = self.extensions.filter(|_| path.contains('.'));
            let resolve = |within: &'static Shape| within.resolve(path, |name, step| name == step);
            return within.map_or(ResolvedPath::Nowhere, resolve);
        }
        self.shape.resolve(path, self.matches_name)
    }
}

fn operation(
    paths: &Violations,
    values: &Violations,
    resolved: ResolvedPath,
    path: &str,
    value: Option<&Json<'_>>,
) -> Option<AttributeOperation> {
    match resolved {
        ResolvedPath::Nowhere => {
            paths.reject(ApiError::Rejected(Rejection::UnsupportedPath(path.to_owned())));
            None
        }
        ResolvedPath::IntoList(_) => {
            let list = path.split('.').next().unwrap_or_default().to_owned();
            paths.reject(ApiError::Rejected(Rejection::ListPath(list)));
            None
        }
        ResolvedPath::Member(attribute_path, member) => {
            let value = match value {
                None | Some(Json::Null) => {
                    // Assumed: the error message is that of create, and removing an absent
                    // attribute succeeds (docs/aws-behaviour.md §2, §12).
                    if !member.is_removable() {
                        reject_missing(values, vec![member.attribute]);
                    }
                    None
                }
                Some(value) => Some(decode_value(values, member, path, value)?),
            };
            Some(AttributeOperation { path: attribute_path, value })
        }
    }
}

fn decode_value(
    values: &Violations,
    member: &Member,
    path: &str,
    value: &Json<'_>,
) -> Option<AttributeValue> {
    let value = member.decode(value, &FieldPath::ROOT.member(path), values, DOCUMENT)?;
    // Assumed: a structure replaces the whole attribute, so it must have the members that the service
    // requires (docs/aws-behaviour.md §12).
    if let (AttributeValue::Record(record), crate::dialect::MemberKind::Record(shape)) =
        (&value, &member.kind)
    {
        let missing = shape.missing(record);
        if !missing.is_empty() {
            reject_missing(values, missing);
        }
    }
    Some(value)
}

fn reject_missing(values: &Violations, missing: Vec<Attribute>) {
    values.reject(ApiError::Rejected(Rejection::RequiredByService(missing)));
}
