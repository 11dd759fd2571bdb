//! Shapes: a resource as one dialect spells it, one row a member, in the vendor's order.
//!
//! One codec decodes, checks, encodes and resolves patch paths by these rows, so that a new attribute
//! is a row and no code.

use serde_json::{Map, Value as Json};

use crate::domain::{
    Attribute, AttributePath, AttributeValue, Attributes, AttributesRef, Constraint, JsonType,
    ValueRef,
};

use super::args::{Args, Notes, Place, check_size};
use super::json::{Key, Object};
use super::limit::Limit;

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
    /// As spelled on the wire.
    pub name: &'static str,
    key: Key,
    /// What it is in the directory.
    pub attribute: Attribute,
    /// What it holds.
    pub kind: MemberKind,
    /// Whether it has to be there.
    pub presence: Presence,
    /// When it shows.
    pub access: Access,
}

/// What a member holds.
#[derive(Debug)]
pub enum MemberKind {
    /// A text within bounds.
    Text(&'static Limit),
    /// One of these texts.
    Choice(&'static [&'static str]),
    /// A boolean.
    Flag,
    /// A structure.
    Record(&'static Shape),
    /// One to so many structures.
    List(&'static Shape, usize),
    /// One to so many texts within bounds.
    Texts(&'static Limit, usize),
}

/// Whether a member has to be there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Presence {
    /// It may be absent.
    Optional,
    /// The model requires it: its absence is a breach.
    Required,
    /// The service demands it beyond its model: it cannot be removed, and a create that asks what is
    /// `missing` refuses its absence.
    Demanded,
}

/// When a member shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// Written on create and update, shown on read.
    Full,
    /// Shown on read, never written through this dialect.
    ReadOnly,
    /// Written on create, neither updated nor shown.
    CreateOnly,
}

/// A structure of these members.
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

/// How strictly a structure is read.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// How its keys are compared.
    pub keys: Keys,
    /// What happens to keys that no row has.
    pub unknown: Unknown,
    /// What a null is.
    pub nulls: Nulls,
}

/// How keys are compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Keys {
    /// As spelled.
    Exact,
    /// The first letter in either case.
    EitherCase,
}

/// What happens to keys that no row has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unknown {
    /// They are passed over: clients may know more than we do.
    Ignored,
    /// They are breaches.
    Refused,
}

/// What a null is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Nulls {
    /// The same as absence.
    Absent,
    /// A breach.
    Refused,
}

/// Where a patch path leads.
#[derive(Debug)]
pub enum Resolved {
    /// To a member.
    Member(AttributePath, &'static Member),
    /// Into a list, which can only be replaced whole; the list's row.
    IntoList(&'static Member),
    /// Nowhere.
    Nowhere,
}

impl Shape {
    /// Accepts and drops these keys.
    #[must_use]
    pub const fn ignoring(mut self, keys: &'static [&'static str]) -> Self {
        self.ignored = keys;
        self
    }

    /// The attributes among the arguments of a request; breaches are noted there.
    pub fn read(&self, args: &Args<'_>, rules: Rules) -> Attributes {
        args.notes().ask_shape(args.place(), self);
        let decode = |record| self.decode(record, args.place(), args.notes(), rules);
        args.record().map(decode).unwrap_or_default()
    }

    /// The attributes in `record`; breaches go to `notes`.
    pub fn decode(
        &self,
        record: &Map<String, Json>,
        place: &Place<'_>,
        notes: &Notes,
        rules: Rules,
    ) -> Attributes {
        let mut attributes = Vec::new();
        for member in self.members.iter().filter(|member| member.access != Access::ReadOnly) {
            let place = place.member(member.name);
            match rules.find(record, member.name) {
                Some(found) if !found.is_null() => {
                    if let Some(value) = member.decode(found, &place, notes, rules) {
                        attributes.push((member.attribute, value));
                    }
                }
                Some(_)
                    if rules.nulls == Nulls::Refused && member.presence != Presence::Required =>
                {
                    notes.breach(&place, Constraint::NotNull);
                }
                Some(_) | None if member.presence == Presence::Required => {
                    notes.breach(&place, Constraint::Required);
                }
                Some(_) | None => {}
            }
        }
        if rules.unknown == Unknown::Refused {
            let is_unknown =
                |key: &str| self.find(key, rules.keys).is_none() && !self.ignored.contains(&key);
            for key in record.keys().filter(|key| is_unknown(key)) {
                notes.breach(&place.member(key), Constraint::Unknown);
            }
        }
        attributes.into_iter().collect()
    }

    /// Writes those of `attributes` that this shape shows, in the order of its rows.
    pub fn encode(&self, attributes: &Attributes, object: &mut Object<'_>) {
        self.encode_record(attributes.view(), object);
    }

    fn encode_record(&self, attributes: AttributesRef<'_>, object: &mut Object<'_>) {
        let attributes = attributes.indexed();
        for member in self.members.iter().filter(|member| member.access != Access::CreateOnly) {
            let Some(value) = attributes.get(member.attribute) else { continue };
            match (value, &member.kind) {
                // A text that this dialect could not have written: Huawei's empty description.
                (ValueRef::Text(text), MemberKind::Text(limit))
                    if text.is_empty() && limit.min > 0 => {}
                (ValueRef::Text(text), _) => object.text(&member.key, text),
                (ValueRef::Texts(texts), _) => object.texts(&member.key, texts.iter()),
                (ValueRef::Flag(flag), _) => object.flag(&member.key, flag),
                (ValueRef::Record(record), MemberKind::Record(shape)) => {
                    object.object(&member.key, |object| shape.encode_record(record, object));
                }
                (ValueRef::List(list), MemberKind::List(shape, _)) => {
                    object.list(&member.key, list.iter(), |object, item| {
                        shape.encode_record(item, object);
                    });
                }
                // tests/model.rs holds every attribute to one kind in all dialects.
                (ValueRef::Record(_) | ValueRef::List(_), _) => {}
            }
        }
    }

    /// Whether this shape shows any of `attributes`.
    pub fn shows(&self, attributes: &Attributes) -> bool {
        self.members.iter().any(|member| attributes.get(member.attribute).is_some())
    }

    /// What the service demands and `attributes` lacks, outermost first. An empty structure counts
    /// as absent.
    pub fn missing(&self, attributes: &Attributes) -> Vec<Attribute> {
        self.missing_in(attributes.view())
    }

    fn missing_in(&self, attributes: AttributesRef<'_>) -> Vec<Attribute> {
        let mut missing = Vec::new();
        for member in self.members.iter().filter(|member| member.presence == Presence::Demanded) {
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

    /// Where a path leads: names with dots between them, each compared with a row's by `same`.
    pub fn resolve(&'static self, path: &str, same: fn(&str, &str) -> bool) -> Resolved {
        self.resolve_from(None, path, same)
    }

    fn resolve_from(
        &'static self,
        outer: Option<AttributePath>,
        path: &str,
        same: fn(&str, &str) -> bool,
    ) -> Resolved {
        let (first, rest) = match path.bytes().position(|byte| byte == b'.') {
            Some(dot) => (&path[..dot], Some(&path[dot + 1..])),
            None => (path, None),
        };
        let full = |member: &&Member| member.access == Access::Full && same(member.name, first);
        let Some(member) = self.members.iter().find(full) else { return Resolved::Nowhere };
        let here = match outer {
            Some(outer) => outer.to(member.attribute),
            None => Some(AttributePath::new(member.attribute)),
        };
        let (Some(here), Some(rest)) = (here, rest) else {
            return here.map_or(Resolved::Nowhere, |here| Resolved::Member(here, member));
        };
        match &member.kind {
            MemberKind::Record(shape) => shape.resolve_from(Some(here), rest, same),
            MemberKind::List(..) => Resolved::IntoList(member),
            MemberKind::Text(_)
            | MemberKind::Choice(_)
            | MemberKind::Flag
            | MemberKind::Texts(..) => Resolved::Nowhere,
        }
    }

    /// The row of that name.
    pub fn find(&self, name: &str, keys: Keys) -> Option<&'static Member> {
        self.members.iter().find(|member| keys.same(member.name, name))
    }

    /// The row of that attribute.
    pub fn row(&self, attribute: Attribute) -> Option<&'static Member> {
        self.members.iter().find(|member| member.attribute == attribute)
    }
}

impl Member {
    const fn new(name: &'static str, attribute: Attribute, kind: MemberKind) -> Self {
        let (presence, access) = (Presence::Optional, Access::Full);
        Self { name, key: Key::new(name), attribute, kind, presence, access }
    }

    /// The model requires it.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.presence = Presence::Required;
        self
    }

    /// The service demands it, beyond its model.
    #[must_use]
    pub const fn demanded(mut self) -> Self {
        self.presence = Presence::Demanded;
        self
    }

    /// It is never written through this dialect.
    #[must_use]
    pub const fn read_only(mut self) -> Self {
        self.access = Access::ReadOnly;
        self
    }

    /// It is written on create only.
    #[must_use]
    pub const fn create_only(mut self) -> Self {
        self.access = Access::CreateOnly;
        self
    }

    /// Whether a patch may remove it.
    pub fn removable(&self) -> bool {
        self.presence == Presence::Optional
    }

    /// The value of a member; breaches go to `notes`. Not for nulls.
    pub fn decode(
        &self,
        found: &Json,
        place: &Place<'_>,
        notes: &Notes,
        rules: Rules,
    ) -> Option<AttributeValue> {
        match (&self.kind, found) {
            (MemberKind::Text(limit), Json::String(text)) => {
                notes.check(place, limit, text);
                Some(AttributeValue::Text(text.as_str().into()))
            }
            (MemberKind::Choice(choices), Json::String(text)) => {
                if !choices.contains(&text.as_str()) {
                    let told = Some(text.clone());
                    notes.breach_of(place, told, false, Constraint::OneOf(choices));
                }
                Some(AttributeValue::Text(text.as_str().into()))
            }
            (MemberKind::Flag, Json::Bool(flag)) => Some(AttributeValue::Flag(*flag)),
            (MemberKind::Record(shape), Json::Object(record)) => {
                Some(AttributeValue::Record(shape.decode(record, place, notes, rules)))
            }
            (MemberKind::List(shape, max), Json::Array(elements)) => {
                check_size(notes, place, elements.len(), &(1..=*max));
                let mut list = Vec::with_capacity(elements.len().min(*max));
                for (at, element) in elements.iter().enumerate() {
                    let place = place.index(at);
                    match element {
                        Json::Object(record) => {
                            list.push(shape.decode(record, &place, notes, rules));
                        }
                        Json::Null => notes.breach(&place, Constraint::NotNull),
                        other => notes.wrong_kind(&place, JsonType::Object, other),
                    }
                }
                if list.iter().filter(|element| is_primary(element)).count() > 1 {
                    notes.breach(place, Constraint::OnePrimary);
                }
                Some(AttributeValue::List(list))
            }
            (MemberKind::Texts(limit, max), Json::Array(elements)) => {
                check_size(notes, place, elements.len(), &(1..=*max));
                let mut texts = Vec::with_capacity(elements.len().min(*max));
                for (at, element) in elements.iter().enumerate() {
                    let place = place.index(at);
                    match element {
                        Json::String(text) => {
                            notes.check(&place, limit, text);
                            texts.push(text.as_str().into());
                        }
                        Json::Null => notes.breach(&place, Constraint::NotNull),
                        other => notes.wrong_kind(&place, JsonType::String, other),
                    }
                }
                Some(AttributeValue::Texts(texts))
            }
            (kind, other) => {
                notes.wrong_kind(place, kind.json(), other);
                None
            }
        }
    }
}

fn is_primary(element: &Attributes) -> bool {
    matches!(element.get(Attribute::Primary), Some(ValueRef::Flag(true)))
}

impl MemberKind {
    /// The JSON kind of its values.
    pub fn json(&self) -> JsonType {
        match self {
            Self::Text(_) | Self::Choice(_) => JsonType::String,
            Self::Flag => JsonType::Boolean,
            Self::Record(_) => JsonType::Object,
            Self::List(..) | Self::Texts(..) => JsonType::Array,
        }
    }
}

impl Rules {
    fn find<'a>(self, record: &'a Map<String, Json>, name: &str) -> Option<&'a Json> {
        match self.keys {
            Keys::Exact => record.get(name),
            Keys::EitherCase => {
                record.iter().find(|(key, _)| self.keys.same(name, key)).map(|(_, value)| value)
            }
        }
    }
}

impl Keys {
    /// Whether a row's name and a key are the same.
    pub fn same(self, name: &str, key: &str) -> bool {
        match self {
            Self::Exact => name == key,
            Self::EitherCase => {
                name.len() == key.len()
                    && name[..1].eq_ignore_ascii_case(key.get(..1).unwrap_or_default())
                    && key.get(1..) == name.get(1..)
            }
        }
    }
}
