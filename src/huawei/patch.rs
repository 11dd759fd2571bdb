//! Decodes `operations`, the patch of UpdateUser and UpdateGroup. Source: docs/huawei-behaviour.md §3.
//!
//! A value is a string, which contains JSON text for structures and lists. Assumed, as on AWS: paths are
//! checked before the resource is looked up, values afterwards; all operations are applied or none; the
//! last one on a path wins. Assumed: `user_name` and the `display_name` of a group can be changed; a
//! structure is replaced, not merged; a value that is not a string is rejected.

use crate::dialect::{
    Args, DecodeRules, FieldPath, Json, KeyCase, Member, MemberKind, Nulls, ResolvedPath, Shape,
    UnknownKeys, ValueTypes, Violations,
};
use crate::domain::{ApiError, AttributeOperation, Constraint, Patch, Rejection};

use super::limits::{ATTRIBUTE_PATH, ATTRIBUTE_VALUE, OPERATIONS};

/// Rules for JSON text in a value: null means absent, as Terraform sends it; unknown members are rejected.
const JSON_TEXT: DecodeRules = DecodeRules {
    keys: KeyCase::Exact,
    unknown: UnknownKeys::Rejected,
    nulls: Nulls::Absent,
    values: ValueTypes::Exact,
};

/// Decodes `operations` in order.
pub fn decode(args: &Args<'_>, shape: &'static Shape) -> Patch {
    let values = Violations::new();
    args.require("operations");
    let mut operations = Vec::new();
    args.optional_records("operations", &OPERATIONS, |args| {
        let path = args.required_text("attribute_path", &ATTRIBUTE_PATH);
        let value = args.optional_text("attribute_value", &ATTRIBUTE_VALUE);
        operations.extend(operation(args.violations(), &values, shape, path, value));
    });
    Patch { operations: values.finish(true, operations), revision: None }
}

fn operation(
    paths: &Violations,
    values: &Violations,
    shape: &'static Shape,
    path: &str,
    value: Option<&str>,
) -> Option<AttributeOperation> {
    // Assumed: a path names a whole attribute, never a part of it.
    if let Some((whole, _)) = path.split_once(['.', '['])
        && shape.find(whole, KeyCase::Exact).is_some()
    {
        paths.reject(ApiError::Rejected(Rejection::ListPath(whole.to_owned())));
        return None;
    }
    let ResolvedPath::Member(attribute_path, member) =
        shape.resolve(path, |name, step| name == step)
    else {
        paths.reject(ApiError::Rejected(Rejection::UnsupportedPath(path.to_owned())));
        return None;
    };
    let value = match value {
        None => {
            if !member.is_removable() {
                let missing = vec![member.attribute];
                values.reject(ApiError::Rejected(Rejection::RequiredByService(missing)));
            }
            None
        }
        Some(text) => {
            let json = parse_value(values, member, path, text)?;
            Some(member.decode(&json, &FieldPath::ROOT.member(path), values, JSON_TEXT)?)
        }
    };
    Some(AttributeOperation { path: attribute_path, value })
}

/// The value as JSON: the text itself for a text attribute, the parsed text otherwise. Assumed: the text
/// `null` is invalid; an attribute is removed by omitting the value.
fn parse_value<'a>(
    values: &Violations,
    member: &Member,
    path: &str,
    text: &'a str,
) -> Option<Json<'a>> {
    match member.kind {
        MemberKind::Text(_) | MemberKind::Choice(_) => Some(text.into()),
        MemberKind::Flag | MemberKind::Record(_) | MemberKind::List(..) | MemberKind::Texts(..) => {
            let parsed = serde_json::from_str(text);
            if parsed.is_err() {
                values.add(&FieldPath::ROOT.member(path), Constraint::NotJson);
            }
            parsed.ok()
        }
    }
}
