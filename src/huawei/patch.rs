//! `operations`: Huawei's patch language. Source: docs/huawei-behaviour.md §3.
//!
//! A value is a string, which holds JSON text for structures and lists. Assumed, as for AWS: paths are
//! judged before the resource is looked for, values after; all steps are done or none, in order, and
//! the last one on a path wins. Assumed besides: `user_name` and a group's `display_name` may be
//! changed; a structure is replaced whole, not merged; a value that is no string is refused.

use serde_json::Value as Json;

use crate::dialect::{
    Args, DecodeRules, FieldPath, KeyCase, Member, MemberKind, Nulls, ResolvedPath, Shape,
    UnknownKeys, Violations,
};
use crate::domain::{ApiError, AttributeOperation, Constraint, Patch, Rejection};

use super::limits::{ATTRIBUTE_PATH, ATTRIBUTE_VALUE, OPERATIONS};

/// JSON within a string: null members mean absent ones (Terraform sends them); nothing unknown.
const JSON_TEXT: DecodeRules =
    DecodeRules { keys: KeyCase::Exact, unknown: UnknownKeys::Rejected, nulls: Nulls::Absent };

/// Reads `operations`.
pub fn read(args: &Args<'_>, shape: &'static Shape) -> Patch {
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
    // Assumed: no path leads into an attribute; the whole has to be given.
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
            let json = json(values, member, path, text)?;
            Some(member.decode(&json, &FieldPath::ROOT.member(path), values, JSON_TEXT)?)
        }
    };
    Some(AttributeOperation { path: attribute_path, value })
}

/// The value as JSON: a text as it is, anything else parsed from its text. Assumed: the text `null`
/// is a wrong value, for what removes is to send none.
fn json(values: &Violations, member: &Member, path: &str, text: &str) -> Option<Json> {
    match member.kind {
        MemberKind::Text(_) | MemberKind::Choice(_) => Some(Json::String(text.to_owned())),
        MemberKind::Flag | MemberKind::Record(_) | MemberKind::List(..) | MemberKind::Texts(..) => {
            let parsed = serde_json::from_str(text);
            if parsed.is_err() {
                values.add(&FieldPath::ROOT.member(path), Constraint::NotJson);
            }
            parsed.ok()
        }
    }
}
