//! The operations and attributes that the dialects serve: what a rule can name.

use crate::dialect::{Dialect, MemberKind, Shape};
use crate::domain::Operation;
use crate::file_error::nearest;
use crate::glob::Glob;

/// Every operation that some dialect serves, and the attributes of users and groups in every spelling.
#[derive(Clone, Default, Debug)]
pub struct DialectCatalog {
    operations: Vec<ServedOperation>,
    attributes: Vec<String>,
}

/// An operation of a dialect.
#[derive(Clone, Copy, Debug)]
struct ServedOperation {
    dialect: &'static str,
    /// The name of the service as patterns may spell it instead of the dialect.
    service: &'static str,
    operation: Operation,
}

impl DialectCatalog {
    /// These operations of these dialects, and no attributes.
    pub fn new(operations: impl IntoIterator<Item = (&'static str, Operation)>) -> Self {
        let served =
            |(dialect, operation)| ServedOperation { dialect, service: dialect, operation };
        Self { operations: operations.into_iter().map(served).collect(), attributes: Vec::new() }
    }

    /// What these dialects serve.
    pub fn from_dialects<'a>(dialects: impl IntoIterator<Item = &'a dyn Dialect>) -> Self {
        let mut catalog = Self::default();
        for dialect in dialects {
            for route in dialect.routes() {
                catalog.operations.push(ServedOperation {
                    dialect: dialect.name(),
                    service: dialect.service_name(route),
                    operation: route.operation,
                });
            }
            for shape in dialect.shapes() {
                add_paths("", shape, &mut catalog.attributes);
            }
        }
        catalog
    }

    /// Dialect and operation, in the order of the dialects' routes.
    pub fn operations(&self) -> impl Iterator<Item = (&'static str, Operation)> {
        self.operations.iter().map(|served| (served.dialect, served.operation))
    }

    /// The operations that match `pattern`: a glob over `dialect:Operation` or `service:Operation`, or
    /// `read` or `write`, which a glob over dialect or service may precede, as in `aws:read`.
    ///
    /// # Errors
    /// No operation matches; the message suggests some.
    pub fn matching(&self, pattern: &str) -> Result<OperationSet, String> {
        let (dialect, name) = pattern.split_once(':').unwrap_or(("*", pattern));
        let (dialect, whole) = (Glob::new(dialect), Glob::new(pattern));
        let matches = |served_by: &str, operation: Operation| match name {
            "read" => dialect.matches(served_by) && operation.is_read(),
            "write" => dialect.matches(served_by) && !operation.is_read(),
            _ => whole.matches(&format!("{served_by}:{}", operation.name())),
        };
        let mut found = OperationSet::default();
        for &ServedOperation { dialect, service, operation } in &self.operations {
            if matches(dialect, operation) || matches(service, operation) {
                found.insert(dialect, operation);
            }
        }
        if found.is_empty() { Err(self.unknown_operation(pattern)) } else { Ok(found) }
    }

    fn unknown_operation(&self, pattern: &str) -> String {
        let (dialect, name) = pattern.split_once(':').unwrap_or(("", pattern));
        let names: Vec<_> = self.operations().map(|(_, operation)| operation.name()).collect();
        let nearest = nearest(name, &names);
        let part = name.trim_matches('*').to_ascii_lowercase();
        let is_similar = |name: &str| {
            Some(name) == nearest || (part.len() > 2 && name.to_ascii_lowercase().contains(&part))
        };
        let mut similar: Vec<_> =
            self.operations().filter(|(_, operation)| is_similar(operation.name())).collect();
        similar.sort_by_key(|(served_by, operation)| {
            (*served_by != dialect, Some(operation.name()) != nearest)
        });
        similar.dedup();
        let similar: Vec<_> = similar
            .iter()
            .take(5)
            .map(|(served_by, operation)| format!("\"{served_by}:{}\"", operation.name()))
            .collect();
        let advice = if similar.is_empty() {
            "a pattern is such as \"aws:UpdateUser\", \"*:Delete*\", \"aws:*\", \"read\", \"write\""
                .to_owned()
        } else {
            format!("did you mean {}?", similar.join(" or "))
        };
        format!("no operation matches {pattern:?}; {advice}")
    }

    /// The path of an attribute, which may be in the spelling of any dialect.
    ///
    /// # Errors
    /// No user or group has it; the message suggests one.
    pub fn attribute(&self, path: &str) -> Result<NormalizedPath, String> {
        let normalized = NormalizedPath::new(path);
        let name = normalized.0.strip_prefix("enterprise.").unwrap_or(&normalized.0);
        let is_known = |path: &String| {
            let path = NormalizedPath::new(path);
            path == normalized || *path.0 == *name
        };
        if normalized.0.as_ref() == "enterprise"
            || self.attributes.is_empty()
            || self.attributes.iter().any(is_known)
        {
            return Ok(normalized);
        }
        let names: Vec<_> = self.attributes.iter().map(String::as_str).collect();
        let advice = match nearest(path, &names) {
            Some(name) => format!("did you mean {name:?}?"),
            None => "examples are userName, name.given_name and emails".to_owned(),
        };
        Err(format!("no user or group has an attribute {path:?}; {advice}"))
    }
}

/// Adds the paths of a shape's members, below `parent`.
fn add_paths(parent: &str, shape: &Shape, paths: &mut Vec<String>) {
    for member in shape.members {
        let path = if parent.is_empty() {
            member.name.to_owned()
        } else {
            format!("{parent}.{}", member.name)
        };
        if let MemberKind::Record(inner) | MemberKind::List(inner, _) = &member.kind {
            add_paths(&path, inner, paths);
        }
        paths.push(path);
    }
}

/// The path of an attribute in the one spelling that all dialects have in common: without namespace,
/// indexes, capitals and underscores.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NormalizedPath(Box<str>);

impl NormalizedPath {
    /// The path that a dialect spells so.
    pub fn new(spelled: &str) -> Self {
        Self(common_letters(spelled).collect())
    }

    /// Whether a path as a dialect spells it is this one, is below it, or contains it.
    pub fn overlaps(&self, spelled: &str) -> bool {
        let (mut own, mut other) = (self.0.chars(), common_letters(spelled));
        loop {
            match (own.next(), other.next()) {
                (Some(a), Some(b)) if a == b => {}
                (Some('.') | None, None) | (None, Some('.')) => return true,
                (Some(_) | None, _) => return false,
            }
        }
    }
}

/// The letters of a path in the common spelling.
fn common_letters(spelled: &str) -> impl Iterator<Item = char> {
    let path = spelled.rsplit(':').next().unwrap_or(spelled);
    let mut is_in_index = false;
    let outside = path.chars().filter(move |letter| {
        match letter {
            '[' => is_in_index = true,
            ']' => {
                is_in_index = false;
                return false;
            }
            _ => {}
        }
        !is_in_index && *letter != '_'
    });
    outside.flat_map(char::to_lowercase)
}

/// A set of operations, each of a dialect.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct OperationSet {
    /// Per dialect a bit for each operation.
    by_dialect: Vec<(&'static str, u128)>,
}

// Every operation up to the last one fits into a bit of `OperationSet`.
const _: () = assert!((Operation::GetSchema as usize) < 128);

impl OperationSet {
    /// Adds one.
    pub fn insert(&mut self, dialect: &'static str, operation: Operation) {
        let bit = 1_u128 << operation as usize;
        match self.by_dialect.iter_mut().find(|(name, _)| *name == dialect) {
            Some((_, bits)) => *bits |= bit,
            None => self.by_dialect.push((dialect, bit)),
        }
    }

    /// Adds all of `other`.
    pub fn extend(&mut self, other: &Self) {
        for (dialect, operation) in other.iter() {
            self.insert(dialect, operation);
        }
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, Operation)> {
        self.by_dialect.iter().flat_map(|(name, _)| {
            Operation::all().filter(|op| self.contains(name, *op)).map(|op| (*name, op))
        })
    }

    /// Keeps those for which `keep` is true.
    pub fn retain(&mut self, keep: impl Fn(Operation) -> bool) {
        for (_, bits) in &mut self.by_dialect {
            for operation in Operation::all().filter(|operation| !keep(*operation)) {
                *bits &= !(1_u128 << operation as usize);
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
        found.is_some_and(|(_, bits)| bits & (1_u128 << operation as usize) != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalog() -> DialectCatalog {
        let both = ["aws", "huawei"];
        DialectCatalog::new(both.iter().flat_map(|name| Operation::all().map(|op| (*name, op))))
    }

    #[test]
    fn patterns_name_sets_of_operations() {
        use Operation as O;
        let has = |pattern: &str, dialect: &str, operation| {
            catalog().matching(pattern).expect("some operation").contains(dialect, operation)
        };
        assert!(has("aws:UpdateUser", "aws", O::UpdateUser));
        assert!(!has("aws:UpdateUser", "huawei", O::UpdateUser));
        assert!(!has("aws:UpdateUser", "aws", O::UpdateGroup));
        assert!(has("*:Delete*", "huawei", O::DeleteGroup));
        assert!(!has("*:Delete*", "aws", O::ListUsers));
        assert!(has("read", "huawei", O::ListUsers) && !has("read", "huawei", O::CreateUser));
        assert!(has("aws:write", "aws", O::CreateUser));
        assert!(!has("aws:write", "huawei", O::CreateUser));
        assert!(has("aws:*", "aws", O::ListUsers) && has("*", "huawei", O::ListUsers));
    }

    #[test]
    fn unknown_operations_get_suggestions() {
        let error = |pattern: &str| catalog().matching(pattern).expect_err("no operation");
        let nearest = "did you mean \"aws:UpdateUser\" or \"huawei:UpdateUser\"?";
        assert_eq!(
            error("aws:UpdteUser"),
            format!("no operation matches \"aws:UpdteUser\"; {nearest}")
        );
        assert!(error("UpdateUser").ends_with(nearest));
        assert!(error("azure:*").contains("a pattern is such as \"aws:UpdateUser\""));
    }

    #[test]
    fn paths_are_equal_in_every_spelling() {
        for (path, common) in [
            ("userName", "username"),
            ("user_name", "username"),
            ("name.givenName", "name.givenname"),
            ("emails[0].value", "emails.value"),
            ("aws:identitystore:enterprise.department", "enterprise.department"),
        ] {
            assert_eq!(&*NormalizedPath::new(path).0, common);
        }
    }

    #[test]
    fn paths_overlap_if_one_is_part_of_the_other() {
        let overlap = |a: &str, b: &str| NormalizedPath::new(a).overlaps(b);
        assert!(overlap("emails", "Emails.Value") && overlap("name.givenname", "Name"));
        assert!(overlap("name.given_name", "name.givenName") && overlap("emails", "emails[0].x"));
        assert!(!overlap("name", "namesake") && !overlap("name.givenname", "name.familyname"));
        assert!(!overlap("namesake", "name") && !overlap("name", ""));
    }
}
