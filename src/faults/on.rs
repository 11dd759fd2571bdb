//! `on`: which requests a rule is about.

use std::ops::RangeInclusive;

use http::{HeaderMap, HeaderName};

use crate::dialect::{Dialect, FaultSubject, Matched, MemberKind, Shape};
use crate::domain::Operation;

use super::glob::Glob;

/// Every operation that some dialect serves: what patterns are held against.
#[derive(Clone, Default, Debug)]
pub struct Known {
    pairs: Vec<(&'static str, Operation)>,
    /// The attributes of users and groups, as each dialect spells them.
    attributes: Vec<String>,
}

impl Known {
    /// These operations of these dialects.
    pub fn new(pairs: impl IntoIterator<Item = (&'static str, Operation)>) -> Self {
        Self { pairs: pairs.into_iter().collect(), attributes: Vec::new() }
    }

    /// What these dialects serve.
    pub fn of<'a>(dialects: impl IntoIterator<Item = &'a dyn Dialect>) -> Self {
        let mut known = Self::default();
        for dialect in dialects {
            let routes = dialect.routes().iter();
            known.pairs.extend(routes.map(|route| (dialect.name(), route.operation)));
            dialect.shapes().iter().for_each(|shape| spell("", shape, &mut known.attributes));
        }
        known
    }

    /// The attributes of users and groups, as each dialect spells them.
    pub fn attributes(&self) -> &[String] {
        &self.attributes
    }

    /// Dialect and operation, in the order of the dialects' routes.
    pub fn pairs(&self) -> impl Iterator<Item = (&'static str, Operation)> {
        self.pairs.iter().copied()
    }
}

/// The paths of a shape's members, below `parent`.
fn spell(parent: &str, shape: &Shape, into: &mut Vec<String>) {
    for member in shape.members {
        let path = if parent.is_empty() {
            member.name.to_owned()
        } else {
            format!("{parent}.{}", member.name)
        };
        if let MemberKind::Record(inner) | MemberKind::List(inner, _) = &member.kind {
            spell(&path, inner, into);
        }
        into.push(path);
    }
}

/// A path in the one spelling that all dialects' have in common: without namespace, indexes, capitals
/// and underscores.
pub fn plain_path(path: &str) -> String {
    let path = path.rsplit(':').next().unwrap_or(path);
    let mut inside = false;
    let mut plain = String::with_capacity(path.len());
    for letter in path.chars() {
        match letter {
            '[' => inside = true,
            ']' => inside = false,
            '_' => {}
            _ if inside => {}
            _ => plain.extend(letter.to_lowercase()),
        }
    }
    plain
}

/// Whether a change at one of two plain paths touches the other: they are the same, or one is part of
/// the other.
fn overlap(a: &str, b: &str) -> bool {
    let within = |outer: &str, inner: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    within(a, b) || within(b, a)
}

/// A request, as rules see it.
#[derive(Clone, Copy)]
pub struct Seen<'a> {
    /// What it names.
    pub subject: &'a FaultSubject<'a>,
    /// Its headers, where it has any.
    pub headers: Option<&'a HeaderMap>,
    /// The request, if it was understood.
    pub matched: Option<&'a Matched<'a>>,
    /// Which connection it came through.
    pub connection: u64,
}

impl<'a> Seen<'a> {
    /// A request of which no more is known.
    pub fn of(subject: &'a FaultSubject<'a>) -> Self {
        Self { subject, headers: None, matched: None, connection: 0 }
    }

    fn touches(&self, attribute: &str) -> bool {
        let paths = self.matched.map(Matched::attribute_paths);
        let plain = |path: &&str| overlap(&plain_path(path), attribute);
        paths.is_some_and(|paths| paths.iter().any(plain))
    }

    fn header(&self, name: &HeaderName, glob: &Glob) -> bool {
        let mut values = self.headers.into_iter().flat_map(|headers| headers.get_all(name));
        values.any(|value| value.to_str().is_ok_and(|value| glob.matches(value)))
    }
}

/// A set of operations, each of a dialect.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Operations {
    /// Per dialect a bit for each operation.
    by_dialect: Vec<(&'static str, u64)>,
}

// An operation has to fit into a bit of `Operations`.
const _: () = assert!((Operation::GetIdentityCenterServiceStatus as usize) < 64);

impl Operations {
    /// Those that `pattern` matches: a glob over `dialect:Operation`, or `read` or `write`, with a glob
    /// for the dialect before it or without.
    pub fn matching(pattern: &str, known: &Known) -> Self {
        let (dialect, word) = pattern.split_once(':').unwrap_or(("*", pattern));
        let dialect = Glob::new(dialect);
        let whole = Glob::new(pattern);
        let matches = |name: &str, operation: Operation| match word {
            "read" => dialect.matches(name) && operation.is_read(),
            "write" => dialect.matches(name) && !operation.is_read(),
            _ => whole.matches(&format!("{name}:{}", operation.name())),
        };
        let mut found = Self::default();
        for (name, operation) in known.pairs().filter(|(name, op)| matches(name, *op)) {
            found.insert(name, operation);
        }
        found
    }

    /// Adds one.
    pub fn insert(&mut self, dialect: &'static str, operation: Operation) {
        let bit = 1 << operation as usize;
        match self.by_dialect.iter_mut().find(|(name, _)| *name == dialect) {
            Some((_, bits)) => *bits |= bit,
            None => self.by_dialect.push((dialect, bit)),
        }
    }

    /// Each of them.
    pub fn pairs(&self) -> impl Iterator<Item = (&'static str, Operation)> {
        self.by_dialect.iter().flat_map(|(name, _)| {
            Operation::all().filter(|op| self.contains(name, *op)).map(|op| (*name, op))
        })
    }

    /// Adds all of `other`.
    pub fn extend(&mut self, other: &Self, known: &Known) {
        for (dialect, operation) in known.pairs().filter(|(name, op)| other.contains(name, *op)) {
            self.insert(dialect, operation);
        }
    }

    /// Keeps those that `keep` says.
    pub fn retain(&mut self, keep: impl Fn(Operation) -> bool) {
        for (_, bits) in &mut self.by_dialect {
            for operation in Operation::all().filter(|operation| !keep(*operation)) {
                *bits &= !(1 << operation as usize);
            }
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.by_dialect.iter().all(|(_, bits)| *bits == 0)
    }

    /// Whether it is one of them.
    pub fn contains(&self, dialect: &str, operation: Operation) -> bool {
        let found = self.by_dialect.iter().find(|(name, _)| *name == dialect);
        found.is_some_and(|(_, bits)| bits & (1 << operation as usize) != 0)
    }
}

/// Which requests a rule is about; everything that is set has to hold.
#[derive(Clone, PartialEq, Debug)]
pub struct On {
    /// The operations.
    pub operations: Operations,
    /// The store's id; a request that names none does not match.
    pub store: Option<Glob>,
    /// The user's id; likewise.
    pub user: Option<Glob>,
    /// The group's id; likewise.
    pub group: Option<Glob>,
    /// The session; likewise.
    pub session: Option<Glob>,
    /// The attempt, from 1. Where a request tells none, how manieth match of its key it is stands in.
    pub attempt: Option<RangeInclusive<u32>>,
    /// An attribute, as a plain path, that an update has to touch, or a part of it.
    pub attribute: Option<String>,
    /// Headers, each of which has to be there with such a value.
    pub headers: Vec<(HeaderName, Glob)>,
}

impl On {
    /// Every request for these operations.
    pub fn operations(operations: Operations) -> Self {
        Self {
            operations,
            store: None,
            user: None,
            group: None,
            session: None,
            attempt: None,
            attribute: None,
            headers: Vec::new(),
        }
    }

    /// Whether a request matches, as far as it tells by itself.
    pub fn matches(&self, seen: &Seen<'_>) -> bool {
        let subject = seen.subject;
        let holds = |glob: &Option<Glob>, text: Option<&str>| {
            glob.as_ref().is_none_or(|glob| text.is_some_and(|text| glob.matches(text)))
        };
        let known = |operation| self.operations.contains(subject.dialect, operation);
        subject.operation.is_some_and(known)
            && holds(&self.store, subject.store)
            && holds(&self.user, subject.user)
            && holds(&self.group, subject.group)
            && holds(&self.session, subject.session)
            && subject.attempt.is_none_or(|attempt| self.takes_attempt(attempt))
            && self.headers.iter().all(|(name, glob)| seen.header(name, glob))
            && self.attribute.as_ref().is_none_or(|attribute| seen.touches(attribute))
    }

    /// Whether this attempt is one of those meant.
    pub fn takes_attempt(&self, attempt: u32) -> bool {
        self.attempt.as_ref().is_none_or(|range| range.contains(&attempt))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Known {
        let both = ["aws", "huawei"];
        Known::new(both.iter().flat_map(|name| Operation::all().map(|op| (*name, op))))
    }

    #[test]
    fn patterns_name_sets_of_operations() {
        use Operation as O;
        let has = |pattern: &str, dialect: &str, operation| {
            Operations::matching(pattern, &known()).contains(dialect, operation)
        };
        assert!(has("aws:UpdateUser", "aws", O::UpdateUser));
        assert!(!has("aws:UpdateUser", "huawei", O::UpdateUser));
        assert!(!has("aws:UpdateUser", "aws", O::UpdateGroup));
        assert!(
            has("*:Delete*", "huawei", O::DeleteGroup) && !has("*:Delete*", "aws", O::ListUsers)
        );
        assert!(has("read", "huawei", O::ListUsers) && !has("read", "huawei", O::CreateUser));
        assert!(
            has("aws:write", "aws", O::CreateUser) && !has("aws:write", "huawei", O::CreateUser)
        );
        assert!(has("aws:*", "aws", O::ListUsers) && has("*", "huawei", O::ListUsers));
        assert!(Operations::matching("UpdateUser", &known()).is_empty());
    }

    #[test]
    fn a_path_is_the_same_in_either_spelling() {
        for (path, plain) in [
            ("userName", "username"),
            ("user_name", "username"),
            ("name.givenName", "name.givenname"),
            ("emails[0].value", "emails.value"),
            ("aws:identitystore:enterprise.department", "enterprise.department"),
        ] {
            assert_eq!(plain_path(path), plain);
        }
        assert!(overlap("emails", "emails.value") && overlap("name.givenname", "name"));
        assert!(!overlap("name", "namesake") && !overlap("name.givenname", "name.familyname"));
    }

    #[test]
    fn everything_that_is_set_has_to_hold() {
        let on = On {
            store: Some(Glob::new("d-1*")),
            user: Some(Glob::new("u-1")),
            session: Some(Glob::new("t*1")),
            attempt: Some(1..=2),
            ..On::operations(Operations::matching("aws:UpdateUser", &known()))
        };
        let subject = FaultSubject {
            dialect: "aws",
            operation: Some(Operation::UpdateUser),
            store: Some("d-12"),
            user: Some("u-1"),
            session: Some("t1"),
            attempt: Some(2),
            ..FaultSubject::default()
        };
        assert!(on.matches(&Seen::of(&subject)));
        assert!(on.matches(&Seen::of(&FaultSubject { attempt: None, ..subject.clone() })));
        for other in [
            FaultSubject { attempt: Some(3), ..subject.clone() },
            FaultSubject { store: None, ..subject.clone() },
            FaultSubject { user: Some("u-2"), ..subject.clone() },
            FaultSubject { session: Some("t12"), ..subject.clone() },
            FaultSubject { dialect: "huawei", ..subject.clone() },
            FaultSubject { operation: None, ..subject.clone() },
        ] {
            assert!(!on.matches(&Seen::of(&other)), "{other:?}");
        }
    }
}
