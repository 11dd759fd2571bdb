//! Reads the arguments of a request. Getters never fail: they record a violation and return an empty
//! value, so that one error can report all violations at once.

use std::any::Any;
use std::borrow::Cow;
use std::cell::RefCell;
use std::ops::RangeInclusive;

use serde_json::{Value, json};

use crate::domain::{Attributes, Constraint, JsonType};

use super::json::{self, Json, JsonObject};
use super::limit::Limit;
use super::request_schema::RequestSchema;
use super::schema::of_limit;
use super::shape::{DecodeRules, Shape};
use super::violations::{FieldPath, Violations};

/// Parameters of path and query, decoded: those of the path first, then those of the query, as sent.
pub type Params<'r> = Vec<(Cow<'r, str>, Cow<'r, str>)>;

/// The first parameter of a name, from the path or else from the query.
pub fn param<'a>(params: &'a [(Cow<'_, str>, Cow<'_, str>)], name: &str) -> Option<&'a str> {
    params.iter().find(|(key, _)| key == name).map(|(_, value)| &**value)
}

/// The arguments in one structure of a request, and the parameters of its path and query. A null
/// member counts as absent.
#[derive(Clone, Copy, Debug)]
pub struct Args<'a> {
    object: Option<&'a JsonObject<'a>>,
    params: &'a [(Cow<'a, str>, Cow<'a, str>)],
    path: &'a FieldPath<'a>,
    violations: &'a Violations,
    context: Option<&'a dyn Any>,
    /// Set while a decoder runs only to describe what it reads.
    schema: Option<&'a RefCell<RequestSchema>>,
}

impl<'a> Args<'a> {
    /// The arguments of a whole request.
    pub fn new(
        body: &'a Json<'a>,
        params: &'a [(Cow<'a, str>, Cow<'a, str>)],
        violations: &'a Violations,
    ) -> Self {
        let object = body.as_object();
        Self { object, params, path: &FieldPath::ROOT, violations, context: None, schema: None }
    }

    /// Runs a decoder on an empty request and returns the schema of what it reads.
    pub fn describe<T>(decode: impl FnOnce(&Args<'_>) -> T) -> RequestSchema {
        let (violations, schema) = (Violations::new(), RefCell::default());
        let args = Args { schema: Some(&schema), ..Args::new(&Json::Null, &[], &violations) };
        decode(&args);
        schema.into_inner()
    }

    /// Sets what [`Args::context`] returns.
    #[must_use]
    pub fn in_context(self, context: &'a dyn Any) -> Self {
        Self { context: Some(context), ..self }
    }

    /// What the dialect passes to its decoders besides the request. `None` if they run only to
    /// describe what they read.
    pub fn context<T: Any>(&self) -> Option<&'a T> {
        self.context?.downcast_ref()
    }

    /// Whether the decoder runs only to describe what it reads.
    pub fn is_describing(&self) -> bool {
        self.schema.is_some()
    }

    /// The violations of the request.
    pub fn violations(&self) -> &'a Violations {
        self.violations
    }

    /// The path of this structure.
    pub fn path(&self) -> &'a FieldPath<'a> {
        self.path
    }

    /// The structure itself. `None` if the request has no body.
    pub fn object(&self) -> Option<&'a JsonObject<'a>> {
        self.object
    }

    /// A member as sent. Null counts as absent.
    pub fn raw(&self, name: &str) -> Option<&'a Json<'a>> {
        json::member(self.object?, name).filter(|value| !value.is_null())
    }

    /// Adds a violation if a member is absent.
    pub fn require(&self, name: &str) {
        self.describe_required(name);
        if self.raw(name).is_none() {
            self.violations.add(&self.path.member(name), Constraint::Required);
        }
    }

    /// A required text.
    pub fn required_text(&self, name: &str, limit: &Limit) -> &'a str {
        let found = self.optional_text(name, limit);
        self.require(name);
        found.unwrap_or_default()
    }

    /// An optional text.
    pub fn optional_text(&self, name: &str, limit: &Limit) -> Option<&'a str> {
        self.describe_member(name, || of_limit(limit));
        let path = self.path.member(name);
        match self.raw(name)? {
            Json::Str(text) => {
                self.violations.check_text(&path, limit, text);
                Some(text)
            }
            other => {
                self.violations.add_wrong_kind(&path, JsonType::String, other);
                None
            }
        }
    }

    /// An optional text out of a few.
    pub fn optional_choice(&self, name: &str, choices: &'static [&'static str]) -> Option<&'a str> {
        self.describe_member(name, || json!({ "enum": choices }));
        let path = self.path.member(name);
        let found = self.raw(name)?;
        let Some(text) = found.as_str() else {
            self.violations.add_wrong_kind(&path, JsonType::String, found);
            return None;
        };
        if !choices.contains(&text) {
            let value = Some(text.to_owned());
            self.violations.add_with_value(&path, value, false, Constraint::OneOf(choices));
        }
        Some(text)
    }

    /// An optional integer. A fraction is cut, as the AWS front end does.
    pub fn optional_integer(&self, name: &str, range: &RangeInclusive<i64>) -> Option<i64> {
        self.describe_member(name, || of_range(range));
        let path = self.path.member(name);
        let found = self.raw(name)?;
        let Json::Number(number) = found else {
            self.violations.add_wrong_kind(&path, JsonType::Number, found);
            return None;
        };
        #[allow(clippy::cast_possible_truncation)] // Saturates, and is then out of range.
        let value = number.as_i64().unwrap_or_else(|| number.as_f64().unwrap_or(f64::MAX) as i64);
        self.violations.check_range(&path, value, range);
        Some(value)
    }

    /// An optional integer. A fraction is a violation.
    pub fn optional_whole_number(&self, name: &str, range: &RangeInclusive<i64>) -> Option<i64> {
        let number = self.raw(name).and_then(Json::as_f64);
        if number.is_some_and(|number| number.fract() != 0.0) {
            self.violations.add(&self.path.member(name), Constraint::Whole);
            return None;
        }
        self.optional_integer(name, range)
    }

    /// An optional boolean.
    pub fn optional_flag(&self, name: &str) -> Option<bool> {
        self.describe_member(name, || json!({ "type": "boolean" }));
        let found = self.raw(name)?;
        let Json::Bool(flag) = found else {
            self.violations.add_wrong_kind(&self.path.member(name), JsonType::Boolean, found);
            return None;
        };
        Some(*flag)
    }

    /// An optional structure, read by `read`.
    pub fn optional_record<T>(&self, name: &str, read: impl FnOnce(&Args<'_>) -> T) -> Option<T> {
        let path = self.path.member(name);
        if self.is_describing() {
            self.describe_member(name, || json!({ "type": "object" }));
            return Some(read(&Args { object: None, path: &path, ..*self }));
        }
        let found = self.raw(name)?;
        let Json::Object(object) = found else {
            self.violations.add_wrong_kind(&path, JsonType::Object, found);
            return None;
        };
        Some(read(&Args { object: Some(object), path: &path, ..*self }))
    }

    /// A required structure, read by `read`.
    pub fn required_record<T>(&self, name: &str, read: impl FnOnce(&Args<'_>) -> T) -> Option<T> {
        self.require(name);
        self.optional_record(name, read)
    }

    /// The first of these members that is present. Adds a violation unless it is the only one.
    pub fn exactly_one(&self, members: &'static [&'static str]) -> Option<&'static str> {
        let mut present = members.iter().copied().filter(|name| self.raw(name).is_some());
        let first = present.next();
        if first.is_none() || present.next().is_some() {
            self.violations.add(self.path, Constraint::ExactlyOne(members));
        }
        first
    }

    /// The structure that exactly one of these members holds. `read` gets its name.
    pub fn one_record_of<T>(
        &self,
        members: &'static [&'static str],
        mut read: impl FnMut(&str, &Args<'_>) -> T,
    ) -> Option<T> {
        if self.is_describing() {
            let sets: Vec<_> = members.iter().map(std::slice::from_ref).collect();
            self.describe_one_of(&sets);
            let all = members.iter();
            return all
                .filter_map(|name| self.optional_record(name, |args| read(name, args)))
                .last();
        }
        let name = self.exactly_one(members)?;
        self.optional_record(name, |args| read(name, args))
    }

    /// An optional list of texts.
    pub fn optional_texts(
        &self,
        name: &str,
        size: &RangeInclusive<usize>,
        limit: &Limit,
    ) -> Option<Vec<&'a str>> {
        self.describe_member(name, || of_list(size, &of_limit(limit)));
        self.optional_elements(name, size, |path, element| match element {
            Json::Str(text) => {
                self.violations.check_text(path, limit, text);
                Some(&**text)
            }
            other => {
                self.add_wrong_element(path, JsonType::String, other);
                None
            }
        })
    }

    /// An optional list of structures, each read by `read`.
    pub fn optional_records<T>(
        &self,
        name: &str,
        size: &RangeInclusive<usize>,
        mut read: impl FnMut(&Args<'_>) -> T,
    ) -> Option<Vec<T>> {
        if self.is_describing() {
            self.describe_member(name, || of_list(size, &json!({ "type": "object" })));
            let list = self.path.member(name);
            let path = list.index(0);
            return Some(vec![read(&Args { object: None, path: &path, ..*self })]);
        }
        self.optional_elements(name, size, |path, element| match element {
            Json::Object(object) => Some(read(&Args { object: Some(object), path, ..*self })),
            other => {
                self.add_wrong_element(path, JsonType::Object, other);
                None
            }
        })
    }

    fn optional_elements<T>(
        &self,
        name: &str,
        size: &RangeInclusive<usize>,
        mut read: impl FnMut(&FieldPath<'_>, &'a Json<'a>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let path = self.path.member(name);
        let found = self.raw(name)?;
        let Json::Array(elements) = found else {
            self.violations.add_wrong_kind(&path, JsonType::Array, found);
            return None;
        };
        self.violations.check_size(&path, elements.len(), size);
        let read = |(index, element)| read(&path.index(index), element);
        Some(elements.iter().enumerate().filter_map(read).collect())
    }

    fn add_wrong_element(&self, path: &FieldPath<'_>, expected: JsonType, element: &Json<'_>) {
        match element {
            Json::Null => self.violations.add(path, Constraint::Required),
            other => self.violations.add_wrong_kind(path, expected, other),
        }
    }

    /// The attributes of a resource, read from the members of this structure.
    pub fn attributes(&self, shape: &Shape, rules: DecodeRules) -> Attributes {
        if let Some(schema) = self.schema {
            schema.borrow_mut().shape(self.path, shape);
        }
        match self.object {
            Some(object) => shape.decode(object, self.path, self.violations, rules),
            None => Attributes::default(),
        }
    }

    /// A required parameter of path or query.
    pub fn required_param(&self, name: &str, limit: &Limit) -> &'a str {
        self.describe_param(name, true, || of_limit(limit));
        let found = self.check_param(name, limit);
        if found.is_none() {
            self.violations.add(&self.path.member(name), Constraint::Required);
        }
        found.unwrap_or_default()
    }

    /// An optional parameter of path or query.
    pub fn optional_param(&self, name: &str, limit: &Limit) -> Option<&'a str> {
        self.describe_param(name, false, || of_limit(limit));
        self.check_param(name, limit)
    }

    /// An optional integer in path or query.
    pub fn optional_integer_param(&self, name: &str, range: &RangeInclusive<i64>) -> Option<i64> {
        self.describe_param(name, false, || of_range(range));
        let path = self.path.member(name);
        let text = param(self.params, name)?;
        // `parse` accepts a plus sign, which JSON does not have.
        let Some(number) = text.parse().ok().filter(|_| !text.starts_with('+')) else {
            self.violations.add_wrong_kind(&path, JsonType::Number, &Json::from(text));
            return None;
        };
        self.violations.check_range(&path, number, range);
        Some(number)
    }

    fn check_param(&self, name: &str, limit: &Limit) -> Option<&'a str> {
        let text = param(self.params, name)?;
        self.violations.check_text(&self.path.member(name), limit, text);
        Some(text)
    }

    /// Describes that the members of exactly one of these sets are required.
    pub fn describe_one_of(&self, sets: &[&[&str]]) {
        if let Some(schema) = self.schema {
            schema.borrow_mut().one_of(self.path, sets);
        }
    }

    fn describe_member(&self, name: &str, member: impl FnOnce() -> Value) {
        if let Some(schema) = self.schema {
            schema.borrow_mut().member(self.path, name, member());
        }
    }

    fn describe_required(&self, name: &str) {
        if let Some(schema) = self.schema {
            schema.borrow_mut().require(self.path, name);
        }
    }

    fn describe_param(&self, name: &str, required: bool, param: impl FnOnce() -> Value) {
        if let Some(schema) = self.schema {
            schema.borrow_mut().parameter(name, required, param());
        }
    }
}

fn of_range(range: &RangeInclusive<i64>) -> Value {
    json!({ "type": "integer", "minimum": range.start(), "maximum": range.end() })
}

fn of_list(size: &RangeInclusive<usize>, items: &Value) -> Value {
    json!({ "type": "array", "minItems": size.start(), "maxItems": size.end(), "items": items })
}
