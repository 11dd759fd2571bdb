//! The violations of one request, and the path of a value within it.

use std::cell::RefCell;
use std::ops::RangeInclusive;

use crate::domain::{ApiError, Constraint, Invalid, JsonType, PathSegment, Violation};

use super::json::Json;
use super::limit::Limit;

/// The largest number of violations that are recorded for one request. A body of 1 MiB could have
/// 300,000.
pub const VIOLATIONS_MAX: usize = 1_000;

/// Collects the violations of one request, so that one error can report all of them.
#[derive(Default, Debug)]
pub struct Violations {
    found: RefCell<Vec<Violation>>,
    rejection: RefCell<Option<ApiError>>,
    /// Whether the limits of the vendor's older model apply.
    older_model: bool,
    /// Whether ids of other emulators are accepted.
    lenient: bool,
}

impl Violations {
    /// No violations.
    pub fn new() -> Self {
        Self::default()
    }

    /// No violations, checked against the vendor's older model if `older` is true.
    pub fn of_model(older: bool) -> Self {
        Self { older_model: older, ..Self::default() }
    }

    /// No violations, for a value inside the same request.
    pub fn of_value(&self) -> Self {
        Self { older_model: self.older_model, lenient: self.lenient, ..Self::default() }
    }

    /// Accepts ids of other emulators if `lenient` is true.
    #[must_use]
    pub fn accepting_other_ids(self, lenient: bool) -> Self {
        Self { lenient, ..self }
    }

    /// Whether the vendor's older model applies.
    pub fn is_older_model(&self) -> bool {
        self.older_model
    }

    /// Adds a violation whose value is absent.
    pub fn add(&self, path: &FieldPath<'_>, constraint: Constraint) {
        self.add_with_value(path, None, false, constraint);
    }

    /// Adds a violation. `value` is what the error may show; a `sensitive` value is never shown.
    pub fn add_with_value(
        &self,
        path: &FieldPath<'_>,
        value: Option<String>,
        sensitive: bool,
        constraint: Constraint,
    ) {
        let mut found = self.found.borrow_mut();
        if found.len() < VIOLATIONS_MAX {
            found.push(Violation { path: path.segments(), value, sensitive, constraint });
        }
    }

    /// Adds a violation for a value of the wrong JSON type.
    pub fn add_wrong_kind(&self, path: &FieldPath<'_>, expected: JsonType, found: &Json<'_>) {
        self.add(path, Constraint::JsonType { expected, found: kind(found) });
    }

    /// Adds a violation for each constraint of `limit` that `text` breaks.
    pub fn check_text(&self, path: &FieldPath<'_>, limit: &Limit, text: &str) {
        let limit = if self.older_model { limit.in_older_model() } else { limit };
        let limit = if self.lenient { limit.if_lenient() } else { limit };
        if limit.accepts_quickly(text) {
            return;
        }
        for constraint in limit.broken_constraints(text) {
            let value = (!limit.sensitive).then(|| text.to_owned());
            self.add_with_value(path, value, limit.sensitive, constraint);
        }
    }

    /// Adds a violation if `value` is out of range.
    pub fn check_range(&self, path: &FieldPath<'_>, value: i64, range: &RangeInclusive<i64>) {
        let constraint = if value < *range.start() {
            Constraint::RangeMin(*range.start())
        } else if value > *range.end() {
            Constraint::RangeMax(*range.end())
        } else {
            return;
        };
        self.add_with_value(path, Some(value.to_string()), false, constraint);
    }

    /// Adds a violation if a list is too short or too long. The error shows an empty list; others may
    /// hold sensitive values.
    pub fn check_size(&self, path: &FieldPath<'_>, len: usize, size: &RangeInclusive<usize>) {
        if len < *size.start() {
            let value = (len == 0).then(|| "[]".to_owned());
            let sensitive = value.is_none();
            self.add_with_value(path, value, sensitive, Constraint::LengthMin(*size.start()));
        } else if len > *size.end() {
            self.add_with_value(path, None, true, Constraint::ListMax(*size.end()));
        }
    }

    /// Rejects a request that is well formed but not supported. The first rejection is reported, and
    /// only if there is no violation.
    pub fn reject(&self, error: ApiError) {
        self.rejection.borrow_mut().get_or_insert(error);
    }

    /// Returns `value` if nothing is wrong. `in_value` is that of [`Invalid`].
    ///
    /// # Errors
    /// `Invalid` with all violations, at most [`VIOLATIONS_MAX`]; else the first rejection.
    pub fn finish<T>(self, in_value: bool, value: T) -> Result<T, ApiError> {
        let violations = self.found.into_inner();
        if !violations.is_empty() {
            return Err(ApiError::Invalid(Invalid { violations, in_value }));
        }
        self.rejection.into_inner().map_or(Ok(value), Err)
    }
}

/// The path of a value within a request: a linked list of steps back to the root, without allocation.
#[derive(Clone, Copy, Debug)]
pub struct FieldPath<'a> {
    parent: Option<&'a FieldPath<'a>>,
    step: FieldStep<'a>,
}

#[derive(Clone, Copy, Debug)]
enum FieldStep<'a> {
    Root,
    Member(&'a str),
    Index(usize),
    Key(&'a str),
}

impl<'a> FieldPath<'a> {
    /// The request itself.
    pub const ROOT: FieldPath<'static> = FieldPath { parent: None, step: FieldStep::Root };

    /// A member of this structure.
    pub const fn member(&'a self, name: &'a str) -> FieldPath<'a> {
        FieldPath { parent: Some(self), step: FieldStep::Member(name) }
    }

    /// An element of this list, from 0.
    pub const fn index(&'a self, index: usize) -> FieldPath<'a> {
        FieldPath { parent: Some(self), step: FieldStep::Index(index) }
    }

    /// A key of this map.
    pub const fn key(&'a self, key: &'a str) -> FieldPath<'a> {
        FieldPath { parent: Some(self), step: FieldStep::Key(key) }
    }

    /// The steps from the root.
    pub fn segments(&self) -> Vec<PathSegment> {
        let mut segments = self.parent.map(FieldPath::segments).unwrap_or_default();
        match self.step {
            FieldStep::Root => {}
            FieldStep::Member(name) => segments.push(PathSegment::Member(name.to_owned())),
            FieldStep::Index(index) => segments.push(PathSegment::Index(index)),
            FieldStep::Key(key) => segments.push(PathSegment::Key(key.to_owned())),
        }
        segments
    }
}

fn kind(value: &Json<'_>) -> JsonType {
    match value {
        Json::Null => JsonType::Null,
        Json::Bool(_) => JsonType::Boolean,
        Json::Number(_) => JsonType::Number,
        Json::Str(_) => JsonType::String,
        Json::Array(_) => JsonType::Array,
        Json::Object(_) => JsonType::Object,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn violations_are_recorded_up_to_the_limit() {
        let violations = Violations::new();
        for index in 0..VIOLATIONS_MAX * 3 {
            violations
                .add(&FieldPath::ROOT.member("Operations").index(index), Constraint::Required);
        }
        let Err(ApiError::Invalid(invalid)) = violations.finish(false, ()) else {
            panic!("violations")
        };
        assert_eq!(invalid.violations.len(), VIOLATIONS_MAX);
        let first = [PathSegment::Member("Operations".to_owned()), PathSegment::Index(0)];
        assert_eq!(invalid.violations[0].path, first);
    }
}
