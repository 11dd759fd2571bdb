//! Shapes: a resource as one dialect spells it, one row per member, in the vendor's order.
//!
//! One codec decodes, validates, encodes and resolves patch paths by these rows, so a new attribute is
//! a row and no code.

use crate::domain::{
    Attribute, AttributePath, AttributeValue, Attributes, AttributesRef, Constraint, JsonType,
    ValueRef,
};

use super::json::{self, Json, JsonObject};
use super::json_writer::{EncodedName, ObjectWriter};
use super::limit::Limit;
use super::violations::{FieldPath, Violations};

/// A structure as a dialect spells it.
#[derive(Debug)]
pub struct Shape {
    /// The vendor's name for it.
    pub name: &'static str,
    /// Its members, in the vendor's order.
    pub members: &'static [Member],
    /// Keys that are accepted and dropped.
    pub ignored: &'static [&'static str],
}

/// A member of a structure.
#[derive(Debug)]
pub struct Member {
    /// The name on the wire.
    pub name: &'static str,
    encoded_name: EncodedName,
    /// The attribute of the directory.
    pub attribute: Attribute,
    /// The type of its value.
    pub kind: MemberKind,
    /// Whether it is required.
    pub presence: Presence,
    /// Whether it is written and shown.
    pub access: MemberAccess,
}

/// The type of a member's value.
#[derive(Debug)]
pub enum MemberKind {
    /// A text within a limit.
    Text(&'static Limit),
    /// One of these texts.
    Choice(&'static [&'static str]),
    /// A boolean.
    Flag,
    /// A structure.
    Record(&'static Shape),
    /// A list of one structure up to this number.
    List(&'static Shape, usize),
    /// A list of one text up to this number, each within a limit.
    Texts(&'static Limit, usize),
}

/// Whether a member is required.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Presence {
    /// It can be absent.
    Optional,
    /// The model requires it: its absence is a violation.
    RequiredByModel,
    /// The service requires it, although its model does not: it cannot be removed, and an operation
    /// that checks [`Shape::missing`] rejects its absence.
    RequiredByService,
}

/// Whether a member is written and shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MemberAccess {
    /// Written on create and update, shown on read.
    Full,
    /// Shown on read, never written through this dialect.
    ReadOnly,
    /// Written on create, neither updated nor shown.
    CreateOnly,
}

/// A structure with these members.
pub const fn shape(name: &'static str, members: &'static [Member]) -> Shape {
    Shape { name, members, ignored: &[] }
}

/// A text member.
pub const fn text(name: &'static str, attribute: Attribute, limit: &'static Limit) -> Member {
    Member::new(name, attribute, MemberKind::Text(limit))
}

/// A member that holds one of a few texts.
pub const fn choice(
    name: &'static str,
    attribute: Attribute,
    choices: &'static [&'static str],
) -> Member {
    Member::new(name, attribute, MemberKind::Choice(choices))
}

/// A boolean member.
pub const fn flag(name: &'static str, attribute: Attribute) -> Member {
    Member::new(name, attribute, MemberKind::Flag)
}

/// A member that is a structure.
pub const fn record(name: &'static str, attribute: Attribute, shape: &'static Shape) -> Member {
    Member::new(name, attribute, MemberKind::Record(shape))
}

/// A member that is a list of one to `max` structures.
pub const fn list(
    name: &'static str,
    attribute: Attribute,
    shape: &'static Shape,
    max: usize,
) -> Member {
    Member::new(name, attribute, MemberKind::List(shape, max))
}

/// A member that is a list of one to `max` texts.
pub const fn texts(
    name: &'static str,
    attribute: Attribute,
    limit: &'static Limit,
    max: usize,
) -> Member {
    Member::new(name, attribute, MemberKind::Texts(limit, max))
}

/// How a structure is decoded.
#[derive(Clone, Copy, Debug)]
pub struct DecodeRules {
    /// How keys are compared with the names of members.
    pub keys: KeyCase,
    /// How a key that names no member is handled.
    pub unknown: UnknownKeys,
    /// How a null is handled.
    pub nulls: Nulls,
    /// How strict the types of values are.
    pub values: ValueTypes,
}

/// How strict the types of values are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ValueTypes {
    /// Each value has the type of its member.
    Exact,
    /// The texts `true` and `false`, in any case, are booleans too, and an empty list is absent.
    Lenient,
}

/// How keys are compared with the names of members.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyCase {
    /// Byte by byte.
    Exact,
    /// In any case; of several such keys, the one that is spelled as the member counts.
    Any,
    /// The first letter in either case. Assumed: if an object has both keys, the one that is spelled
    /// as the member counts.
    EitherFirstLetter,
}

/// How a key that names no member is handled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UnknownKeys {
    /// Ignored: a client may know a newer model.
    Ignored,
    /// A violation.
    Rejected,
}

/// How a null is handled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Nulls {
    /// It counts as absent.
    Absent,
    /// A violation.
    Rejected,
}

/// What a patch path leads to.
#[derive(Debug)]
pub enum ResolvedPath {
    /// A member.
    Member(AttributePath, &'static Member),
    /// Something within this list, which can only be replaced as a whole.
    IntoList(&'static Member),
    /// Nothing.
    Nowhere,
}

impl Shape {
    /// Accepts and drops these keys.
    #[must_use]
    pub const fn ignoring(mut self, keys: &'static [&'static str]) -> Self {
        self.ignored = keys;
        self
    }

    /// The attributes in `record`, which is at `path`.
    pub fn decode(
        &self,
        record: &JsonObject<'_>,
        path: &FieldPath<'_>,
        violations: &Violations,
        rules: DecodeRules,
    ) -> Attributes {
        let mut attributes = Vec::new();
        for member in self.members.iter().filter(|member| member.access != MemberAccess::ReadOnly) {
            let path = path.member(member.name);
            match rules.find(record, member.name) {
                Some(found) if !rules.is_absent(found) => {
                    if let Some(value) = member.decode(found, &path, violations, rules) {
                        attributes.push((member.attribute, value));
                    }
                }
                Some(found)
                    if found.is_null()
                        && rules.nulls == Nulls::Rejected
                        && member.presence != Presence::RequiredByModel =>
                {
                    violations.add(&path, Constraint::NotNull);
                }
                Some(_) | None if member.presence == Presence::RequiredByModel => {
                    violations.add(&path, Constraint::Required);
                }
                Some(_) | None => {}
            }
        }
        if rules.unknown == UnknownKeys::Rejected {
            let is_unknown =
                |key: &str| self.find(key, rules.keys).is_none() && !self.ignored.contains(&key);
            if record.keys().any(is_unknown) {
                for key in json::members(record).into_keys().filter(|key| is_unknown(key)) {
                    violations.add(&path.member(key), Constraint::Unknown);
                }
            }
        }
        attributes.into_iter().collect()
    }

    /// Writes the attributes that this shape shows, in the order of its members.
    pub fn encode(&self, attributes: &Attributes, object: &mut ObjectWriter<'_>) {
        self.encode_record(attributes.view(), object);
    }

    /// Writes the attributes of a structure within a resource.
    pub fn encode_record(&self, attributes: AttributesRef<'_>, object: &mut ObjectWriter<'_>) {
        encode_members(self.members, attributes, object);
    }

    /// Writes the members before the one of this name, then calls `write`, then writes the others.
    pub fn encode_around(
        &self,
        name: &str,
        attributes: &Attributes,
        object: &mut ObjectWriter<'_>,
        write: impl FnOnce(&mut ObjectWriter<'_>),
    ) {
        let at = self.members.iter().position(|member| member.name == name);
        let (before, after) = self.members.split_at(at.unwrap_or(self.members.len()));
        encode_members(before, attributes.view(), object);
        write(object);
        encode_members(after, attributes.view(), object);
    }
}

fn encode_members(
    members: &[Member],
    attributes: AttributesRef<'_>,
    object: &mut ObjectWriter<'_>,
) {
    let attributes = attributes.indexed();
    for member in members.iter().filter(|member| member.access != MemberAccess::CreateOnly) {
        let Some(value) = attributes.get(member.attribute) else { continue };
        let name = &member.encoded_name;
        match (value, &member.kind) {
            // A text that this dialect could not have written, such as Huawei's empty description.
            (ValueRef::Text(text), MemberKind::Text(limit)) if text.is_empty() && limit.min > 0 => {
            }
            (ValueRef::Text(text), _) => object.text(name, text),
            (ValueRef::Texts(texts), _) => object.texts(name, texts.iter()),
            (ValueRef::Flag(flag), _) => object.flag(name, flag),
            (ValueRef::Record(record), MemberKind::Record(shape)) => {
                object.object(name, |object| shape.encode_record(record, object));
            }
            (ValueRef::List(list), MemberKind::List(shape, _)) => {
                object.list(name, list.iter(), |object, item| {
                    shape.encode_record(item, object);
                });
            }
            // Cannot happen: a test checks that all dialects give an attribute the same type.
            (ValueRef::Record(_) | ValueRef::List(_), _) => {}
        }
    }
}

impl Shape {
    /// Whether this shape shows any of `attributes`.
    pub fn shows(&self, attributes: &Attributes) -> bool {
        self.members.iter().any(|member| attributes.get(member.attribute).is_some())
    }

    /// The attributes that the service requires and that are missing, outermost first. An empty
    /// structure counts as missing.
    pub fn missing(&self, attributes: &Attributes) -> Vec<Attribute> {
        self.missing_in(attributes.view())
    }

    fn missing_in(&self, attributes: AttributesRef<'_>) -> Vec<Attribute> {
        let mut missing = Vec::new();
        let is_required = |member: &&Member| member.presence == Presence::RequiredByService;
        for member in self.members.iter().filter(is_required) {
            match (attributes.get(member.attribute), &member.kind) {
                (None, _) => missing.push(member.attribute),
                (Some(ValueRef::Record(record)), _) if record.is_empty() => {
                    missing.push(member.attribute);
                }
                (Some(ValueRef::Record(record)), MemberKind::Record(shape)) => {
                    missing.extend(shape.missing_in(record));
                }
                (Some(_), _) => {}
            }
        }
        missing
    }

    /// Resolves a path: names separated by dots, each compared with a member's name by `key_matches`.
    pub fn resolve(&'static self, path: &str, key_matches: fn(&str, &str) -> bool) -> ResolvedPath {
        self.resolve_from(None, path, key_matches)
    }

    fn resolve_from(
        &'static self,
        parent: Option<AttributePath>,
        path: &str,
        key_matches: fn(&str, &str) -> bool,
    ) -> ResolvedPath {
        let (first, rest) = match path.split_once('.') {
            Some((first, rest)) => (first, Some(rest)),
            None => (path, None),
        };
        let is_named = |member: &&Member| {
            member.access == MemberAccess::Full && key_matches(member.name, first)
        };
        let Some(member) = self.members.iter().find(is_named) else {
            return ResolvedPath::Nowhere;
        };
        let resolved = match parent {
            Some(parent) => parent.to(member.attribute),
            None => Some(AttributePath::new(member.attribute)),
        };
        let Some(resolved) = resolved else { return ResolvedPath::Nowhere };
        let Some(rest) = rest else { return ResolvedPath::Member(resolved, member) };
        match &member.kind {
            MemberKind::Record(shape) => shape.resolve_from(Some(resolved), rest, key_matches),
            MemberKind::List(..) => ResolvedPath::IntoList(member),
            MemberKind::Text(_)
            | MemberKind::Choice(_)
            | MemberKind::Flag
            | MemberKind::Texts(..) => ResolvedPath::Nowhere,
        }
    }

    /// The member of that name.
    pub fn find(&self, name: &str, keys: KeyCase) -> Option<&'static Member> {
        self.members.iter().find(|member| keys.matches(member.name, name))
    }

    /// The member that holds that attribute.
    pub fn member_of(&self, attribute: Attribute) -> Option<&'static Member> {
        self.members.iter().find(|member| member.attribute == attribute)
    }
}

impl Member {
    const fn new(name: &'static str, attribute: Attribute, kind: MemberKind) -> Self {
        let (presence, access) = (Presence::Optional, MemberAccess::Full);
        Self { name, encoded_name: EncodedName::new(name), attribute, kind, presence, access }
    }

    /// The model requires it.
    #[must_use]
    pub const fn required_by_model(mut self) -> Self {
        self.presence = Presence::RequiredByModel;
        self
    }

    /// The service requires it, although its model does not.
    #[must_use]
    pub const fn required_by_service(mut self) -> Self {
        self.presence = Presence::RequiredByService;
        self
    }

    /// It is never written through this dialect.
    #[must_use]
    pub const fn read_only(mut self) -> Self {
        self.access = MemberAccess::ReadOnly;
        self
    }

    /// It is written on create only.
    #[must_use]
    pub const fn create_only(mut self) -> Self {
        self.access = MemberAccess::CreateOnly;
        self
    }

    /// Whether a patch can remove it.
    pub fn is_removable(&self) -> bool {
        self.presence == Presence::Optional
    }

    /// The value of this member, which is at `path`. Not for nulls.
    pub fn decode(
        &self,
        found: &Json<'_>,
        path: &FieldPath<'_>,
        violations: &Violations,
        rules: DecodeRules,
    ) -> Option<AttributeValue> {
        match (&self.kind, found) {
            (MemberKind::Text(limit), Json::Str(text)) => {
                violations.check_text(path, limit, text);
                Some(AttributeValue::Text((&**text).into()))
            }
            (MemberKind::Choice(choices), Json::Str(text)) => {
                if !choices.contains(&&**text) {
                    let value = Some(text.to_string());
                    violations.add_with_value(path, value, false, Constraint::OneOf(choices));
                }
                Some(AttributeValue::Text((&**text).into()))
            }
            (MemberKind::Flag, Json::Bool(flag)) => Some(AttributeValue::Flag(*flag)),
            (MemberKind::Flag, Json::Str(text)) if rules.flag(text).is_some() => {
                rules.flag(text).map(AttributeValue::Flag)
            }
            (MemberKind::Record(shape), Json::Object(record)) => {
                Some(AttributeValue::Record(shape.decode(record, path, violations, rules)))
            }
            (MemberKind::List(shape, max), Json::Array(elements)) => {
                violations.check_size(path, elements.len(), &(1..=*max));
                let mut list = Vec::with_capacity(elements.len().min(*max));
                for (index, element) in elements.iter().enumerate() {
                    let path = path.index(index);
                    match element {
                        Json::Object(record) => {
                            list.push(shape.decode(record, &path, violations, rules));
                        }
                        Json::Null => violations.add(&path, Constraint::NotNull),
                        other => violations.add_wrong_kind(&path, JsonType::Object, other),
                    }
                }
                if list.iter().filter(|element| is_primary(element)).count() > 1 {
                    violations.add(path, Constraint::OnePrimary);
                }
                Some(AttributeValue::List(list))
            }
            (MemberKind::Texts(limit, max), Json::Array(elements)) => {
                violations.check_size(path, elements.len(), &(1..=*max));
                let mut texts = Vec::with_capacity(elements.len().min(*max));
                for (index, element) in elements.iter().enumerate() {
                    let path = path.index(index);
                    match element {
                        Json::Str(text) => {
                            violations.check_text(&path, limit, text);
                            texts.push((&**text).into());
                        }
                        Json::Null => violations.add(&path, Constraint::NotNull),
                        other => violations.add_wrong_kind(&path, JsonType::String, other),
                    }
                }
                Some(AttributeValue::Texts(texts))
            }
            (kind, other) => {
                violations.add_wrong_kind(path, kind.json_kind(), other);
                None
            }
        }
    }
}

fn is_primary(element: &Attributes) -> bool {
    matches!(element.get(Attribute::Primary), Some(ValueRef::Flag(true)))
}

impl MemberKind {
    /// The JSON type of its values.
    pub fn json_kind(&self) -> JsonType {
        match self {
            Self::Text(_) | Self::Choice(_) => JsonType::String,
            Self::Flag => JsonType::Boolean,
            Self::Record(_) => JsonType::Object,
            Self::List(..) | Self::Texts(..) => JsonType::Array,
        }
    }
}

impl DecodeRules {
    fn is_absent(self, found: &Json<'_>) -> bool {
        let is_empty = found.as_array().is_some_and(<[_]>::is_empty);
        found.is_null() || is_empty && self.values == ValueTypes::Lenient
    }

    /// The boolean in a text.
    fn flag(self, text: &str) -> Option<bool> {
        let flag = [("true", true), ("false", false)];
        let found = flag.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
        found.filter(|_| self.values == ValueTypes::Lenient).map(|(_, flag)| *flag)
    }

    fn find<'a>(self, record: &'a JsonObject<'a>, name: &str) -> Option<&'a Json<'a>> {
        let exact = json::member(record, name);
        match self.keys {
            KeyCase::Exact => exact,
            KeyCase::Any | KeyCase::EitherFirstLetter => {
                exact.or_else(|| json::find_member(record, |key| self.keys.matches(name, key)))
            }
        }
    }
}

impl KeyCase {
    /// Whether a key is the name of a member.
    pub fn matches(self, name: &str, key: &str) -> bool {
        match self {
            Self::Exact => name == key,
            Self::Any => name.eq_ignore_ascii_case(key),
            Self::EitherFirstLetter => {
                name.len() == key.len()
                    && name[..1].eq_ignore_ascii_case(key.get(..1).unwrap_or_default())
                    && key.get(1..) == name.get(1..)
            }
        }
    }
}
