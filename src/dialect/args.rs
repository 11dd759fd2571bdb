//! A cursor over a request's arguments. Getters never fail: they note what is wrong and return an
//! empty value, so that one refusal can name every breach at once.

use std::cell::RefCell;
use std::ops::RangeInclusive;

use serde_json::{Map, Value as Json, json};

use crate::domain::{ApiError, Constraint, Invalid, JsonType, PathSegment, Violation};

use super::asked::Asked;
use super::dialect::Matched;
use super::limit::Limit;
use super::schema::{Look, of_limit, of_shape};
use super::shape::{Access, Presence, Shape};

/// How many breaches of one request are noted. A body of 1 MiB can hold 300,000.
pub const BREACHES_MAX: usize = 1_000;

/// What was found wrong so far.
#[derive(Default, Debug)]
pub struct Notes {
    violations: RefCell<Vec<Violation>>,
    refusal: RefCell<Option<ApiError>>,
    /// Where nothing is read, and what would be is noted instead.
    asked: Option<Box<RefCell<Asked>>>,
    /// Whether the limits of the vendor's older model apply.
    older_model: bool,
}

impl Notes {
    /// Nothing wrong so far.
    pub fn new() -> Self {
        Self::default()
    }

    /// Nothing wrong so far, judged by the vendor's older model if `older` is true.
    pub fn of_model(older: bool) -> Self {
        Self { older_model: older, ..Self::default() }
    }

    /// Notes of their own for a value inside the same request.
    pub fn of_value(&self) -> Self {
        Self::of_model(self.older_model)
    }

    /// Whether the vendor's older model applies.
    pub fn is_older_model(&self) -> bool {
        self.older_model
    }

    /// For a reader that is to say what it reads.
    pub fn asking() -> Self {
        Self { asked: Some(Box::default()), ..Self::default() }
    }

    /// Whether that is what they are for.
    pub fn is_asking(&self) -> bool {
        self.asked.is_some()
    }

    /// What was asked for; nothing where that was not noted.
    pub fn asked(self) -> Asked {
        self.asked.map(|asked| asked.into_inner()).unwrap_or_default()
    }

    /// Notes what is asked for, where that is noted. A request pays for one look.
    #[inline]
    fn ask(&self, note: impl FnOnce(&mut Asked)) {
        #[cold]
        #[inline(never)]
        fn noted(asked: &RefCell<Asked>, note: impl FnOnce(&mut Asked)) {
            note(&mut asked.borrow_mut());
        }
        if let Some(asked) = &self.asked {
            noted(asked, note);
        }
    }

    /// Notes that a parameter of path or query is asked for.
    pub fn ask_parameter(&self, name: &str, required: bool, limit: &Limit) {
        self.ask(|asked| asked.parameter(name, required, of_limit(limit)));
    }

    /// The same for a number.
    pub fn ask_number(&self, name: &str, range: &RangeInclusive<i64>) {
        self.ask(|asked| asked.parameter(name, false, of_range(range)));
    }

    /// Notes that a structure of this shape is asked for at `place`.
    pub fn ask_shape(&self, place: &Place<'_>, shape: &Shape) {
        const WRITTEN: Look = Look {
            has: |member| member.access != Access::ReadOnly,
            needs: |member| member.presence != Presence::Optional,
            closed: false,
        };
        self.ask(|asked| asked.members(&place.segments(), &of_shape(shape, WRITTEN)));
    }

    /// Notes that of these sets of members one has to be there, and no other.
    pub fn ask_one_of(&self, place: &Place<'_>, sets: &[&[&str]]) {
        self.ask(|asked| asked.one_of(&place.segments(), sets));
    }

    /// Notes a breach at `place`.
    pub fn breach(&self, place: &Place<'_>, constraint: Constraint) {
        self.breach_of(place, None, false, constraint);
    }

    /// Notes a breach by a value that may be told.
    pub fn breach_of(
        &self,
        place: &Place<'_>,
        value: Option<String>,
        sensitive: bool,
        constraint: Constraint,
    ) {
        let mut violations = self.violations.borrow_mut();
        if violations.len() < BREACHES_MAX {
            violations.push(Violation { path: place.segments(), value, sensitive, constraint });
        }
    }

    /// Notes whatever `text` breaks of `limit`.
    pub fn check(&self, place: &Place<'_>, limit: &Limit, text: &str) {
        let limit = if self.older_model { limit.in_older_model() } else { limit };
        if limit.surely_takes(text) {
            return;
        }
        for constraint in limit.breaches(text) {
            let value = (!limit.sensitive).then(|| text.to_owned());
            self.breach_of(place, value, limit.sensitive, constraint);
        }
    }

    /// Notes that `found` is of another kind than it has to be.
    pub fn wrong_kind(&self, place: &Place<'_>, expected: JsonType, found: &Json) {
        self.breach(place, Constraint::JsonType { expected, found: kind(found) });
    }

    /// Notes a refusal for what is well formed but not served. The first one stands.
    pub fn refuse(&self, error: ApiError) {
        self.refusal.borrow_mut().get_or_insert(error);
    }

    /// `value`, if nothing was wrong. `in_value`: as in [`Invalid`].
    ///
    /// # Errors
    /// `Invalid` with every breach, of [`BREACHES_MAX`] at most; else the first refusal.
    pub fn finish<T>(self, in_value: bool, value: T) -> Result<T, ApiError> {
        let violations = self.violations.into_inner();
        if !violations.is_empty() {
            return Err(ApiError::Invalid(Invalid { violations, in_value }));
        }
        self.refusal.into_inner().map_or(Ok(value), Err)
    }
}

/// Where in a request a value stands: a chain of steps back to the top, made without allocating.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    parent: Option<&'a Place<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Step<'a> {
    Top,
    Member(&'a str),
    Index(usize),
    Key(&'a str),
}

impl<'a> Place<'a> {
    /// The request itself.
    pub const TOP: Place<'static> = Place { parent: None, step: Step::Top };

    /// A member of what stands here.
    pub const fn member(&'a self, name: &'a str) -> Place<'a> {
        Place { parent: Some(self), step: Step::Member(name) }
    }

    /// An element of the list that stands here, from 0.
    pub const fn index(&'a self, at: usize) -> Place<'a> {
        Place { parent: Some(self), step: Step::Index(at) }
    }

    /// A key of the map that stands here.
    pub const fn key(&'a self, key: &'a str) -> Place<'a> {
        Place { parent: Some(self), step: Step::Key(key) }
    }

    fn segments(&self) -> Vec<PathSegment> {
        let mut segments = self.parent.map(Place::segments).unwrap_or_default();
        match self.step {
            Step::Top => {}
            Step::Member(name) => segments.push(PathSegment::Member(name.to_owned())),
            Step::Index(at) => segments.push(PathSegment::Index(at)),
            Step::Key(key) => segments.push(PathSegment::Key(key.to_owned())),
        }
        segments
    }
}

/// The kind of a JSON value.
pub fn kind(value: &Json) -> JsonType {
    match value {
        Json::Null => JsonType::Null,
        Json::Bool(_) => JsonType::Boolean,
        Json::Number(_) => JsonType::Number,
        Json::String(_) => JsonType::String,
        Json::Array(_) => JsonType::Array,
        Json::Object(_) => JsonType::Object,
    }
}

/// A cursor over one structure of a request. A null member is an absent one.
#[derive(Clone, Copy, Debug)]
pub struct Args<'a> {
    record: Option<&'a Map<String, Json>>,
    place: &'a Place<'a>,
    notes: &'a Notes,
    matched: &'a Matched<'a>,
}

impl<'a> Args<'a> {
    /// The arguments of a whole request.
    pub fn new(matched: &'a Matched<'a>, notes: &'a Notes) -> Self {
        Self { record: matched.body.as_object(), place: &Place::TOP, notes, matched }
    }

    /// Where breaches are noted.
    pub fn notes(&self) -> &'a Notes {
        self.notes
    }

    /// Where this structure stands.
    pub fn place(&self) -> &'a Place<'a> {
        self.place
    }

    /// The structure itself; `None` where there was no body.
    pub fn record(&self) -> Option<&'a Map<String, Json>> {
        self.record
    }

    /// The request, for what stands outside the body.
    pub fn matched(&self) -> &'a Matched<'a> {
        self.matched
    }

    /// Notes that a member is asked for, where that is noted.
    fn ask(&self, name: &str, schema: impl FnOnce() -> Json) {
        self.notes.ask(|asked| asked.member(&self.place.segments(), name, schema()));
    }

    /// The same of its having to be there.
    fn ask_required(&self, name: &str) {
        self.notes.ask(|asked| asked.require(&self.place.member(name).segments()));
    }

    /// A member as it came; null counts as absent.
    pub fn document(&self, name: &str) -> Option<&'a Json> {
        self.record?.get(name).filter(|value| !value.is_null())
    }

    /// A text that has to be there.
    pub fn text(&self, name: &str, limit: &Limit) -> &'a str {
        let found = self.maybe_text(name, limit);
        self.ask_required(name);
        if found.is_none() && self.document(name).is_none() {
            self.notes.breach(&self.place.member(name), Constraint::Required);
        }
        found.unwrap_or_default()
    }

    /// A text that may be absent.
    pub fn maybe_text(&self, name: &str, limit: &Limit) -> Option<&'a str> {
        self.ask(name, || of_limit(limit));
        let place = self.place.member(name);
        match self.document(name)? {
            Json::String(text) => {
                self.notes.check(&place, limit, text);
                Some(text)
            }
            other => {
                self.notes.wrong_kind(&place, JsonType::String, other);
                None
            }
        }
    }

    /// One of a few texts, that may be absent.
    pub fn maybe_choice(&self, name: &str, choices: &'static [&'static str]) -> Option<&'a str> {
        self.ask(name, || json!({ "enum": choices }));
        let place = self.place.member(name);
        let found = self.document(name)?;
        match found.as_str() {
            Some(text) if choices.contains(&text) => {}
            Some(text) => {
                let told = Some(text.to_owned());
                self.notes.breach_of(&place, told, false, Constraint::OneOf(choices));
            }
            None => self.notes.wrong_kind(&place, JsonType::String, found),
        }
        found.as_str()
    }

    /// An integer that may be absent; a fraction is cut, as the AWS front end does.
    pub fn maybe_integer(&self, name: &str, range: &RangeInclusive<i64>) -> Option<i64> {
        self.ask(name, || of_range(range));
        let place = self.place.member(name);
        let found = self.document(name)?;
        let Json::Number(number) = found else {
            self.notes.wrong_kind(&place, JsonType::Number, found);
            return None;
        };
        #[allow(clippy::cast_possible_truncation)] // Saturates, and is then out of range.
        let value = number.as_i64().unwrap_or_else(|| number.as_f64().unwrap_or(f64::MAX) as i64);
        self.check_range(&place, value, range);
        Some(value)
    }

    /// The same, but a fraction is a breach.
    pub fn maybe_whole(&self, name: &str, range: &RangeInclusive<i64>) -> Option<i64> {
        let fraction =
            |number: &serde_json::Number| number.as_f64().is_some_and(|n| n.fract() != 0.0);
        if matches!(self.document(name), Some(Json::Number(number)) if fraction(number)) {
            self.notes.breach(&self.place.member(name), Constraint::Whole);
            return None;
        }
        self.maybe_integer(name, range)
    }

    /// A boolean that may be absent.
    pub fn maybe_flag(&self, name: &str) -> Option<bool> {
        self.ask(name, || json!({ "type": "boolean" }));
        let found = self.document(name)?;
        let Json::Bool(flag) = found else {
            self.notes.wrong_kind(&self.place.member(name), JsonType::Boolean, found);
            return None;
        };
        Some(*flag)
    }

    /// Notes a number out of range.
    pub fn check_range(&self, place: &Place<'_>, value: i64, range: &RangeInclusive<i64>) {
        let told = Some(value.to_string());
        if value < *range.start() {
            self.notes.breach_of(place, told, false, Constraint::RangeMin(*range.start()));
        } else if value > *range.end() {
            self.notes.breach_of(place, told, false, Constraint::RangeMax(*range.end()));
        }
    }

    /// A structure that may be absent, through a cursor of its own.
    pub fn maybe_record<T>(&self, name: &str, read: impl FnOnce(&Args<'_>) -> T) -> Option<T> {
        let place = self.place.member(name);
        if self.notes.is_asking() {
            self.ask(name, || json!({ "type": "object" }));
            return Some(read(&Args { record: None, place: &place, ..*self }));
        }
        let found = self.document(name)?;
        match found {
            Json::Object(record) => {
                Some(read(&Args { record: Some(record), place: &place, ..*self }))
            }
            other => {
                self.notes.wrong_kind(&place, JsonType::Object, other);
                None
            }
        }
    }

    /// A structure that has to be there.
    pub fn record_of<T>(&self, name: &str, read: impl FnOnce(&Args<'_>) -> T) -> Option<T> {
        self.require(name);
        self.maybe_record(name, read)
    }

    /// Notes a breach where a member is absent.
    pub fn require(&self, name: &str) {
        self.ask_required(name);
        if self.document(name).is_none() {
            self.notes.breach(&self.place.member(name), Constraint::Required);
        }
    }

    /// One of these structures and no other, through a cursor of its own.
    pub fn one_of<T>(
        &self,
        members: &'static [&'static str],
        mut read: impl FnMut(&str, &Args<'_>) -> T,
    ) -> Option<T> {
        if self.notes.is_asking() {
            let sets: Vec<_> = members.iter().map(std::slice::from_ref).collect();
            self.notes.ask_one_of(self.place, &sets);
            return members
                .iter()
                .filter_map(|name| self.maybe_record(name, |args| read(name, args)))
                .last();
        }
        let mut given = members.iter().filter(|name| self.document(name).is_some());
        let first = given.next();
        if first.is_none() || given.next().is_some() {
            self.notes.breach(self.place, Constraint::ExactlyOne(members));
        }
        first.and_then(|name| self.maybe_record(name, |args| read(name, args)))
    }

    /// A list of texts that may be absent.
    pub fn maybe_texts(
        &self,
        name: &str,
        size: &RangeInclusive<usize>,
        limit: &Limit,
    ) -> Option<Vec<&'a str>> {
        self.ask(name, || of_list(size, &of_limit(limit)));
        self.maybe_elements(name, size, |place, element| match element {
            Json::String(text) => {
                self.notes.check(place, limit, text);
                Some(text.as_str())
            }
            Json::Null => {
                self.notes.breach(place, Constraint::Required);
                None
            }
            other => {
                self.notes.wrong_kind(place, JsonType::String, other);
                None
            }
        })
    }

    /// A list of structures that may be absent, each through a cursor of its own.
    pub fn maybe_list<T>(
        &self,
        name: &str,
        size: &RangeInclusive<usize>,
        mut read: impl FnMut(&Args<'_>) -> T,
    ) -> Option<Vec<T>> {
        if self.notes.is_asking() {
            self.ask(name, || of_list(size, &json!({ "type": "object" })));
            let (place, notes) = (self.place.member(name), self.notes);
            let place = place.index(0);
            return Some(vec![read(&Args { record: None, place: &place, notes, ..*self })]);
        }
        self.maybe_elements(name, size, |place, element| match element {
            Json::Object(record) => Some(read(&Args { record: Some(record), place, ..*self })),
            Json::Null => {
                self.notes.breach(place, Constraint::Required);
                None
            }
            other => {
                self.notes.wrong_kind(place, JsonType::Object, other);
                None
            }
        })
    }

    fn maybe_elements<T>(
        &self,
        name: &str,
        size: &RangeInclusive<usize>,
        mut read: impl FnMut(&Place<'_>, &'a Json) -> Option<T>,
    ) -> Option<Vec<T>> {
        let place = self.place.member(name);
        let found = self.document(name)?;
        let Json::Array(elements) = found else {
            self.notes.wrong_kind(&place, JsonType::Array, found);
            return None;
        };
        check_size(self.notes, &place, elements.len(), size);
        let read = |(at, element)| read(&place.index(at), element);
        Some(elements.iter().enumerate().filter_map(read).collect())
    }
}

fn of_range(range: &RangeInclusive<i64>) -> Json {
    json!({ "type": "integer", "minimum": range.start(), "maximum": range.end() })
}

fn of_list(size: &RangeInclusive<usize>, items: &Json) -> Json {
    json!({ "type": "array", "minItems": size.start(), "maxItems": size.end(), "items": items })
}

/// Notes a list that is too short or too long. Only an empty list is told: others may hold what must
/// not be.
pub fn check_size(notes: &Notes, place: &Place<'_>, len: usize, size: &RangeInclusive<usize>) {
    if len < *size.start() {
        let told = (len == 0).then(|| "[]".to_owned());
        let hidden = told.is_none();
        notes.breach_of(place, told, hidden, Constraint::LengthMin(*size.start()));
    } else if len > *size.end() {
        notes.breach_of(place, None, true, Constraint::ListMax(*size.end()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_of_breaches_only_is_noted_up_to_a_bound() {
        let notes = Notes::new();
        for at in 0..BREACHES_MAX * 3 {
            notes.breach(&Place::TOP.member("Operations").index(at), Constraint::Required);
        }
        let Err(ApiError::Invalid(invalid)) = notes.finish(false, ()) else { panic!("breaches") };
        assert_eq!(invalid.violations.len(), BREACHES_MAX);
        let first = [PathSegment::Member("Operations".to_owned()), PathSegment::Index(0)];
        assert_eq!(invalid.violations[0].path, first);
    }
}
