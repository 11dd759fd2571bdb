//! `AttributeOperations`: AWS's patch language. Source: behaviour.md §2.
//!
//! Check order, seen at a real store: constraints, then paths, then whether the resource exists, then
//! values. So a refused path is told at once, and a refused value is kept in the patch.

use serde_json::Value as Json;

use crate::dialect::{
    Args, DecodeRules, FieldPath, KeyCase, Member, Nulls, ResolvedPath, Shape, UnknownKeys,
    Violations,
};
use crate::domain::{ApiError, Attribute, AttributeOperation, AttributeValue, Rejection};

use super::limits::{ATTRIBUTE_PATH, OPERATIONS};
use super::shapes::{EXTENSIONS, GROUP, USER};

/// The only extension.
pub const EXTENSION: &str = "aws:identitystore:enterprise";

/// A document: keys in either case of the first letter; nothing unknown, no null inside. Assumed: an
/// empty text or list breaks the bounds that it breaks elsewhere, and removes nothing (behaviour.md §12).
pub const DOCUMENT: DecodeRules = DecodeRules {
    keys: KeyCase::EitherFirstLetter,
    unknown: UnknownKeys::Rejected,
    nulls: Nulls::Rejected,
};

/// How a path's step is compared with a row's name.
type Spelling = fn(&str, &str) -> bool;

/// For users: camelCase, exact. `UserName` is refused by the real service, `userName` works.
const CAMEL_CASE: Spelling = |name, step| {
    step.len() == name.len()
        && step.starts_with(|first: char| first.is_ascii_lowercase())
        && name[..1].eq_ignore_ascii_case(&step[..1])
        && name[1..] == step[1..]
};

/// For groups: either case. AWS's own CloudFormation handler sends PascalCase.
const ANY_CASE: Spelling = |name, step| name.eq_ignore_ascii_case(step);

/// What the updates of one kind of resource may touch.
#[derive(Debug)]
pub struct Scope {
    shape: &'static Shape,
    /// The extensions that paths may lead into.
    extensions: Option<&'static Shape>,
    spelling: Spelling,
    /// The attribute that some values of are reserved.
    name: Attribute,
}

/// Users.
pub static USERS: Scope = Scope {
    shape: &USER,
    extensions: Some(&EXTENSIONS),
    spelling: CAMEL_CASE,
    name: Attribute::UserName,
};

/// Groups: they have no extensions.
pub static GROUPS: Scope =
    Scope { shape: &GROUP, extensions: None, spelling: ANY_CASE, name: Attribute::DisplayName };

/// Reads `Operations`, in order. Assumed: of two for one path the last wins (behaviour.md §12).
pub fn read(args: &Args<'_>, scope: &Scope) -> Result<Vec<AttributeOperation>, ApiError> {
    let values = args.violations().of_value();
    args.require("Operations");
    let mut operations = Vec::new();
    args.optional_records("Operations", &OPERATIONS, |args| {
        let path = args.required_text("AttributePath", &ATTRIBUTE_PATH);
        let value = args.object().and_then(|record| record.get("AttributeValue"));
        let step = operation(args.violations(), &values, scope.resolve(path), path, value);
        if let Some(AttributeOperation { path, value: Some(AttributeValue::Text(text)) }) = &step
            && path.steps() == [scope.name]
        {
            refuse_reserved(&values, scope.name, text);
        }
        operations.extend(step);
    });
    values.finish(true, operations)
}

/// Rejects a name that the service reserves.
///
/// Source: the model's text on UserName and on GroupDisplayName. Assumed: compared without case, and
/// the error message.
pub fn refuse_reserved(violations: &Violations, attribute: Attribute, name: &str) {
    const RESERVED: [&str; 2] = ["Administrator", "AWSAdministrators"];
    if RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(name)) {
        violations.reject(ApiError::Rejected(Rejection::Reserved(attribute, name.to_owned())));
    }
}

impl Scope {
    fn resolve(&self, path: &str) -> ResolvedPath {
        // An extension's name holds colons and no dots, so the first dot ends it. The extension
        // itself is no path: only what is in it.
        if path.contains(':') {
            let within = self.extensions.filter(|_| path.contains('.'));
            let resolve = |within: &'static Shape| within.resolve(path, |name, step| name == step);
            return within.map_or(ResolvedPath::Nowhere, resolve);
        }
        self.shape.resolve(path, self.spelling)
    }
}

fn operation(
    paths: &Violations,
    values: &Violations,
    resolved: ResolvedPath,
    path: &str,
    value: Option<&Json>,
) -> Option<AttributeOperation> {
    match resolved {
        ResolvedPath::Nowhere => {
            let refusal = Rejection::UnsupportedPath(path.to_owned());
            paths.reject(ApiError::Rejected(refusal));
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
                    // Assumed: in the words of create; and what is not there can be removed
                    // (behaviour.md §2, §12).
                    if !member.is_removable() {
                        refuse_missing(values, vec![member.attribute]);
                    }
                    None
                }
                Some(value) => Some(decode(values, member, path, value)?),
            };
            Some(AttributeOperation { path: attribute_path, value })
        }
    }
}

fn decode(
    values: &Violations,
    member: &Member,
    path: &str,
    value: &Json,
) -> Option<AttributeValue> {
    let value = member.decode(value, &FieldPath::ROOT.member(path), values, DOCUMENT)?;
    // Assumed: a structure replaces the whole, so what the service demands has to be in it
    // (behaviour.md §12).
    if let (AttributeValue::Record(record), crate::dialect::MemberKind::Record(shape)) =
        (&value, &member.kind)
    {
        let missing = shape.missing(record);
        if !missing.is_empty() {
            refuse_missing(values, missing);
        }
    }
    Some(value)
}

fn refuse_missing(values: &Violations, missing: Vec<Attribute>) {
    values.reject(ApiError::Rejected(Rejection::RequiredByService(missing)));
}
