//! `on`: which requests a rule is about.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use http::{HeaderMap, HeaderName};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use crate::dialect::{FaultSubject, Matched};
use crate::glob::Glob;

use super::catalog::{DialectCatalog, NormalizedPath, OperationSet};
use super::form::{
    InvalidRule, LIST_MAX, check_text, deserialize_list, one_or_list, one_or_list_schema,
    text_schema,
};
use super::values::CountRange;

/// Which requests a rule is about. Everything that is set must match.
///
/// Written as a pattern of operations, as a list of patterns, or as a table.
#[derive(Clone, PartialEq, Default, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Selector {
    /// Operations: `aws:UpdateUser`, `*:Delete*`, `read`, `write`, or a list of such patterns. Every
    /// operation if there is none.
    #[serde(default, with = "one_or_list", skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "patterns_schema")]
    pub op: Vec<String>,
    /// The id of the store, in which `*` is any text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store: Option<Glob>,
    /// The id of the user, in which `*` is any text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<Glob>,
    /// The id of the group, in which `*` is any text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<Glob>,
    /// An attribute that the request updates, filters by or looks up by, in the spelling of any dialect.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1024))]
    pub attribute: Option<String>,
    /// The session: the header `x-idouble-session`, or else the access key id. `*` is any text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<Glob>,
    /// The attempt of an SDK's call, from 1. A request that does not name its attempt counts as the
    /// ordinal of the match.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempt: Option<CountRange>,
    /// Headers and their values, in which `*` is any text. All of them must be present.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "headers_schema")]
    pub header: BTreeMap<String, Glob>,
}

fn patterns_schema(_: &mut SchemaGenerator) -> Schema {
    one_or_list_schema(&text_schema())
}

fn headers_schema(generator: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "propertyNames": { "pattern": "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$" },
        "additionalProperties": generator.subschema_for::<Glob>(),
        "maxProperties": LIST_MAX,
    })
}

impl Selector {
    /// The requests for the operations that match these patterns.
    pub fn operations<P: Into<String>>(patterns: impl IntoIterator<Item = P>) -> Self {
        Self { op: patterns.into_iter().map(Into::into).collect(), ..Self::default() }
    }

    /// Resolves names, once for each rule. `is_possible` says which operations can have the rule's
    /// effect.
    ///
    /// # Errors
    /// A name is unknown, or no operation that a pattern matches can have the effect.
    pub(super) fn compile(
        &self,
        catalog: &DialectCatalog,
        is_possible: impl Fn(crate::domain::Operation) -> bool,
        impossible: impl Fn(&str) -> String,
    ) -> Result<RequestMatcher, InvalidRule> {
        let mut operations = OperationSet::default();
        for (index, pattern) in self.op.iter().enumerate() {
            let path = format!("/on/op/{index}");
            let found = catalog.matching(pattern);
            let mut found = found.map_err(|message| InvalidRule::new(path.as_str(), message))?;
            found.retain(&is_possible);
            if found.is_empty() {
                return Err(InvalidRule::new(path, impossible(pattern)));
            }
            operations.extend(&found);
        }
        if self.op.is_empty() {
            for (dialect, operation) in catalog.operations() {
                if is_possible(operation) {
                    operations.insert(dialect, operation);
                }
            }
        }
        let names = [
            ("/on/store", &self.store),
            ("/on/user", &self.user),
            ("/on/group", &self.group),
            ("/on/session", &self.session),
        ];
        for (path, glob) in names {
            if let Some(glob) = glob {
                check_text(path, glob.as_str())?;
            }
        }
        if self.attempt.is_some_and(|range| range.max == 0) {
            return Err(InvalidRule::new("/on/attempt", "attempts count from 1"));
        }
        let attribute = self.attribute.as_deref().map(|path| {
            check_text("/on/attribute", path)?;
            let path = catalog.attribute(path);
            path.map_err(|message| InvalidRule::new("/on/attribute", message))
        });
        Ok(RequestMatcher {
            operations,
            store: self.store.clone(),
            user: self.user.clone(),
            group: self.group.clone(),
            session: self.session.clone(),
            attempt: self.attempt,
            attribute: attribute.transpose()?,
            headers: self.compile_headers()?,
        })
    }

    fn compile_headers(&self) -> Result<Vec<(HeaderName, Glob)>, InvalidRule> {
        if self.header.len() > LIST_MAX {
            let message = format!("at most {LIST_MAX} headers are allowed");
            return Err(InvalidRule::new("/on/header", message));
        }
        let mut headers = Vec::with_capacity(self.header.len());
        for (name, value) in &self.header {
            let path = format!("/on/header/{name}");
            check_text(&path, value.as_str())?;
            let valid = HeaderName::from_bytes(name.as_bytes());
            let invalid = |_| InvalidRule::new(path, format!("{name:?} is not a header name"));
            headers.push((valid.map_err(invalid)?, value.clone()));
        }
        Ok(headers)
    }

    /// Whether it selects requests of this store alone.
    pub fn is_about_store(&self, id: &str) -> bool {
        self.store.as_ref().and_then(Glob::exact) == Some(id)
    }

    /// Whether it selects requests of this session alone.
    pub fn is_about_session(&self, session: &str) -> bool {
        self.session.as_ref().and_then(Glob::exact) == Some(session)
    }

    /// Whether the selector is nothing but patterns.
    fn has_only_patterns(&self) -> bool {
        !self.op.is_empty() && *self == Self { op: self.op.clone(), ..Self::default() }
    }
}

impl FromStr for Selector {
    type Err = String;

    fn from_str(pattern: &str) -> Result<Self, String> {
        Ok(Self::operations([pattern]))
    }
}

/// serde of `on`: a pattern, a list of patterns, or the table.
pub mod form {
    use super::{
        Deserialize, Deserializer, Error, MapAccess, MapAccessDeserializer, Schema,
        SchemaGenerator, Selector, SeqAccess, Serialize, Serializer, Visitor, deserialize_list,
        fmt, json_schema, one_or_list, patterns_schema,
    };

    struct SelectorVisitor;

    impl<'de> Visitor<'de> for SelectorVisitor {
        type Value = Selector;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string, a list of strings or a table")
        }

        fn visit_str<E: Error>(self, pattern: &str) -> Result<Selector, E> {
            Ok(Selector::operations([pattern]))
        }

        fn visit_seq<A: SeqAccess<'de>>(self, patterns: A) -> Result<Selector, A::Error> {
            Ok(Selector::operations(deserialize_list::<A, String>(patterns)?))
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Selector, A::Error> {
            Selector::deserialize(MapAccessDeserializer::new(map))
        }
    }

    /// Deserializes any of the forms.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Selector, D::Error> {
        deserializer.deserialize_any(SelectorVisitor)
    }

    /// Serializes the shortest form.
    pub fn serialize<S: Serializer>(on: &Selector, serializer: S) -> Result<S::Ok, S::Error> {
        if on.has_only_patterns() {
            one_or_list::serialize(&on.op, serializer)
        } else {
            on.serialize(serializer)
        }
    }

    /// The JSON Schema of all forms.
    pub fn schema(generator: &mut SchemaGenerator) -> Schema {
        let table = generator.subschema_for::<Selector>();
        json_schema!({ "anyOf": [patterns_schema(generator), table] })
    }
}

/// A request as rules see it.
#[derive(Clone, Copy)]
pub struct RequestFacts<'a> {
    /// What the request names.
    pub subject: &'a FaultSubject<'a>,
    /// Its headers, if it has any.
    pub headers: Option<&'a HeaderMap>,
    /// The parsed request, if it could be parsed.
    pub parsed: Option<&'a Matched<'a>>,
    /// The number of its connection.
    pub connection: u64,
    /// Its request id.
    pub request_id: u128,
}

impl<'a> RequestFacts<'a> {
    /// A request of which nothing else is known.
    pub fn new(subject: &'a FaultSubject<'a>) -> Self {
        Self { subject, headers: None, parsed: None, connection: 0, request_id: 0 }
    }

    pub(super) fn names_attribute(&self, attribute: &NormalizedPath) -> bool {
        let Some(parsed) = self.parsed else { return false };
        parsed.attribute_paths().iter().any(|path| attribute.overlaps(path))
    }

    pub(super) fn has_header(&self, name: &HeaderName, value: &Glob) -> bool {
        let Some(headers) = self.headers else { return false };
        headers.get_all(name).iter().any(|found| found.to_str().is_ok_and(|it| value.matches(it)))
    }
}

/// A [`Selector`] whose names are resolved.
#[derive(Clone, Debug)]
pub(super) struct RequestMatcher {
    pub(super) operations: OperationSet,
    pub(super) store: Option<Glob>,
    pub(super) user: Option<Glob>,
    pub(super) group: Option<Glob>,
    pub(super) session: Option<Glob>,
    pub(super) attempt: Option<CountRange>,
    pub(super) attribute: Option<NormalizedPath>,
    pub(super) headers: Vec<(HeaderName, Glob)>,
}

impl RequestMatcher {
    /// Whether a request matches. An attempt that the request does not name is not compared; see
    /// [`Self::accepts_attempt`].
    pub(super) fn matches(&self, facts: &RequestFacts<'_>) -> bool {
        let subject = facts.subject;
        let is_named = |glob: &Option<Glob>, name: Option<&str>| {
            glob.as_ref().is_none_or(|glob| name.is_some_and(|name| glob.matches(name)))
        };
        subject.operation.is_some_and(|op| self.operations.contains(subject.dialect, op))
            && is_named(&self.store, subject.store)
            && is_named(&self.user, subject.user)
            && is_named(&self.group, subject.group)
            && is_named(&self.session, subject.session)
            && subject.attempt.is_none_or(|attempt| self.accepts_attempt(u64::from(attempt)))
            && self.headers.iter().all(|(name, value)| facts.has_header(name, value))
            && self.attribute.as_ref().is_none_or(|path| facts.names_attribute(path))
    }

    /// Whether this attempt, from 1, is selected.
    pub(super) fn accepts_attempt(&self, attempt: u64) -> bool {
        self.attempt.is_none_or(|range| range.contains(attempt))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Operation;

    #[test]
    fn everything_that_is_set_must_match() {
        let selector = Selector {
            store: Some(Glob::new("d-1*")),
            user: Some(Glob::new("u-1")),
            session: Some(Glob::new("t*1")),
            attempt: Some(CountRange { min: 1, max: 2 }),
            ..Selector::operations(["aws:UpdateUser"])
        };
        let catalog = DialectCatalog::new([
            ("aws", Operation::UpdateUser),
            ("huawei", Operation::UpdateUser),
        ]);
        let matcher = selector.compile(&catalog, |_| true, |_| String::new()).expect("valid");
        let subject = FaultSubject {
            dialect: "aws",
            operation: Some(Operation::UpdateUser),
            store: Some("d-12"),
            user: Some("u-1"),
            session: Some("t1"),
            attempt: Some(2),
            ..FaultSubject::default()
        };
        assert!(matcher.matches(&RequestFacts::new(&subject)));
        assert!(
            matcher.matches(&RequestFacts::new(&FaultSubject { attempt: None, ..subject.clone() }))
        );
        for other in [
            FaultSubject { attempt: Some(3), ..subject.clone() },
            FaultSubject { store: None, ..subject.clone() },
            FaultSubject { user: Some("u-2"), ..subject.clone() },
            FaultSubject { session: Some("t12"), ..subject.clone() },
            FaultSubject { dialect: "huawei", ..subject.clone() },
            FaultSubject { operation: None, ..subject.clone() },
        ] {
            assert!(!matcher.matches(&RequestFacts::new(&other)), "{other:?}");
        }
    }
}
