//! Filters, and the paths of patches, which may have one. Source: RFC 7644 §3.4.2.2 and §3.5.2.
//!
//! A recursive parser with limits of depth and length reads the text into an [`Expression`]; the rows of
//! the shapes then resolve its names. The crates `scim-filter` and `scim_proto` were rejected: neither
//! limits the depth, and neither reads the paths of patches.

use std::fmt;

use crate::dialect::{KeyCase, Member, MemberKind, Shape};
use crate::domain::{Attribute, Comparison, Filter, FilterSubject, Operator, Timestamp, UserId};

use super::shapes::{ENTERPRISE, ENTERPRISE_URN, GROUP, GROUP_URN, USER_URN};

/// The maximum length of a filter or path, in bytes.
pub const FILTER_BYTES_MAX: usize = 8_192;

/// The maximum depth of parentheses and brackets.
pub const DEPTH_MAX: usize = 32;

/// The filters of a profile.
#[derive(Debug)]
pub struct FilterRules {
    /// The sets of attributes that a filter of users may compare, all with `eq` and joined by `and`;
    /// `None` for the whole grammar.
    pub users: Option<&'static [&'static [&'static str]]>,
    /// Those of groups.
    pub groups: Option<&'static [&'static [&'static str]]>,
    /// Whether a member that a filter of groups names must exist.
    pub requires_member: bool,
}

/// Source: developer guide, ListUsers and ListGroups.
pub static AWS: FilterRules = FilterRules {
    users: Some(&[&["userName"], &["externalId"], &["groups.value"], &["id"], &["id", "manager"]]),
    groups: Some(&[
        &["displayName"],
        &["externalId"],
        &["members.value"],
        &["id"],
        &["id", "member"],
    ]),
    requires_member: true,
};

/// Source: Huawei SCIM ListUsers and ListGroups.
pub static HUAWEI: FilterRules = FilterRules {
    users: Some(&[&["userName"], &["id"]]),
    groups: Some(&[&["displayName"], &["id"]]),
    requires_member: false,
};

/// The whole grammar of the RFC.
pub static RFC: FilterRules = FilterRules { users: None, groups: None, requires_member: false };

/// A type of resource.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ResourceType {
    /// A user.
    User,
    /// A group.
    Group,
}

impl ResourceType {
    /// Its name, which is also its id.
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
        }
    }

    /// Its schema.
    pub const fn urn(self) -> &'static str {
        match self {
            Self::User => USER_URN,
            Self::Group => GROUP_URN,
        }
    }

    /// The type of this name.
    pub fn find(name: &str) -> Option<Self> {
        [Self::User, Self::Group].into_iter().find(|resource| resource.name() == name)
    }
}

/// A filter as it is written.
#[derive(Clone, PartialEq, Debug)]
pub enum Expression {
    /// All of these.
    And(Vec<Expression>),
    /// Any of these.
    Or(Vec<Expression>),
    /// Not this.
    Not(Box<Expression>),
    /// The attribute has a value.
    Present(AttributeName),
    /// A comparison of the attribute with a value.
    Compare(AttributeName, Operator, Literal),
    /// An element of the list meets the filter.
    Element(AttributeName, Box<Expression>),
}

/// The name of an attribute, as it is written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AttributeName {
    /// The schema.
    pub urn: Option<String>,
    /// The attribute; empty if the name is a schema alone.
    pub name: String,
    /// A part of the attribute.
    pub part: Option<String>,
}

/// A value in a filter.
#[derive(Clone, PartialEq, Debug)]
pub enum Literal {
    /// A string.
    Text(String),
    /// `true` or `false`.
    Flag(bool),
    /// A number, as it is written.
    Number(String),
    /// `null`.
    Null,
}

/// The path of a patch.
#[derive(Clone, PartialEq, Debug)]
pub struct PatchPath {
    /// The attribute.
    pub attribute: AttributeName,
    /// The filter that selects elements of the list.
    pub filter: Option<Expression>,
    /// The part of the elements.
    pub part: Option<String>,
}

const OPERATORS: [(&str, Operator); 9] = [
    ("eq", Operator::Equal),
    ("ne", Operator::NotEqual),
    ("co", Operator::Contains),
    ("sw", Operator::StartsWith),
    ("ew", Operator::EndsWith),
    ("gt", Operator::Greater),
    ("ge", Operator::GreaterOrEqual),
    ("lt", Operator::Less),
    ("le", Operator::LessOrEqual),
];

/// Parses a filter.
///
/// # Errors
/// What is wrong with it.
pub fn parse(text: &str) -> Result<Expression, String> {
    let mut parser = Parser::new(text)?;
    let expression = parser.or()?;
    parser.end()?;
    Ok(expression)
}

/// Parses the path of a patch.
///
/// # Errors
/// What is wrong with it.
pub fn parse_path(text: &str) -> Result<PatchPath, String> {
    let mut parser = Parser::new(text)?;
    let attribute = parser.attribute()?;
    let mut path = PatchPath { attribute, filter: None, part: None };
    if parser.consume('[') {
        path.filter = Some(parser.or()?);
        parser.expect(']')?;
        if parser.consume('.') {
            path.part = Some(parser.word().to_owned());
        }
    } else {
        path.part = path.attribute.part.take();
    }
    if path.part.as_deref() == Some("") {
        return Err("the name of a part is missing".to_owned());
    }
    parser.end()?;
    Ok(path)
}

/// Parses a text as a filter, prints it, parses it again, and resolves it in every profile: a check for
/// tests. Returns whether it is a filter.
///
/// # Panics
/// If the printed filter is another one.
pub fn check(text: &str) -> bool {
    let Ok(expression) = parse(text) else { return false };
    for rules in [&AWS, &HUAWEI, &RFC] {
        for resource in [ResourceType::User, ResourceType::Group] {
            // Whether the profile supports it does not matter.
            let _ = decode(text, rules, resource, &super::shapes::RFC_USER, "issuer");
        }
    }
    assert_eq!(parse(&expression.to_string()).as_ref(), Ok(&expression), "{text:?}");
    true
}

/// As [`check`], for the path of a patch.
///
/// # Panics
/// If the printed path is another one.
pub fn check_path(text: &str) -> bool {
    let Ok(path) = parse_path(text) else { return false };
    assert_eq!(parse_path(&path.to_string()).as_ref(), Ok(&path), "{text:?}");
    true
}

struct Parser<'t> {
    rest: &'t str,
    depth: usize,
}

impl<'t> Parser<'t> {
    fn new(text: &'t str) -> Result<Self, String> {
        match text.len() > FILTER_BYTES_MAX {
            true => Err(format!("longer than {FILTER_BYTES_MAX} bytes")),
            false => Ok(Self { rest: text, depth: 0 }),
        }
    }

    fn or(&mut self) -> Result<Expression, String> {
        if self.depth > DEPTH_MAX {
            return Err(format!("nested deeper than {DEPTH_MAX}"));
        }
        self.depth += 1;
        let mut any = vec![self.and()?];
        while self.consume_word("or") {
            any.push(self.and()?);
        }
        self.depth -= 1;
        Ok(one_or(any, Expression::Or))
    }

    fn and(&mut self) -> Result<Expression, String> {
        let mut all = vec![self.unary()?];
        while self.consume_word("and") {
            all.push(self.unary()?);
        }
        Ok(one_or(all, Expression::And))
    }

    fn unary(&mut self) -> Result<Expression, String> {
        let before = self.rest;
        let is_negated = self.consume_word("not");
        self.skip_space();
        if self.consume('(') {
            let inner = self.or()?;
            self.skip_space();
            self.expect(')')?;
            return Ok(if is_negated { Expression::Not(Box::new(inner)) } else { inner });
        }
        // An attribute may be called `not`.
        self.rest = before;
        self.comparison()
    }

    fn comparison(&mut self) -> Result<Expression, String> {
        self.skip_space();
        let attribute = self.attribute()?;
        if self.consume('[') {
            let inner = self.or()?;
            self.skip_space();
            self.expect(']')?;
            return Ok(Expression::Element(attribute, Box::new(inner)));
        }
        self.skip_space();
        let operator = self.word();
        if operator.eq_ignore_ascii_case("pr") {
            return Ok(Expression::Present(attribute));
        }
        let known = OPERATORS.iter().find(|(name, _)| name.eq_ignore_ascii_case(operator));
        let (_, known) = known.ok_or_else(|| format!("unknown operator {operator:?}"))?;
        self.skip_space();
        Ok(Expression::Compare(attribute, *known, self.literal()?))
    }

    fn attribute(&mut self) -> Result<AttributeName, String> {
        let is_part =
            |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '$' | '.' | ':');
        let end = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
        let (text, rest) = self.rest.split_at(end);
        self.rest = rest;
        let name = attribute_name(text);
        name.ok_or_else(|| format!("expected the name of an attribute at {:?}", start(text, rest)))
    }

    fn literal(&mut self) -> Result<Literal, String> {
        if self.rest.starts_with('"') {
            let mut is_escaped = false;
            let end = self.rest[1..].find(|c| {
                let ends = c == '"' && !is_escaped;
                is_escaped = c == '\\' && !is_escaped;
                ends
            });
            let end = end.ok_or("a string has no end")? + 2;
            let (quoted, rest) = self.rest.split_at(end);
            self.rest = rest;
            let text = serde_json::from_str(quoted);
            return text.map(Literal::Text).map_err(|_| format!("invalid string {quoted}"));
        }
        let end = self.rest.find(|c: char| c.is_whitespace() || matches!(c, ')' | ']'));
        let (word, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        match word {
            "true" | "True" => Ok(Literal::Flag(true)),
            "false" | "False" => Ok(Literal::Flag(false)),
            "null" => Ok(Literal::Null),
            _ if serde_json::from_str::<serde_json::Number>(word).is_ok() => {
                Ok(Literal::Number(word.to_owned()))
            }
            _ => Err(format!("expected a value at {:?}", start(word, rest))),
        }
    }

    fn word(&mut self) -> &'t str {
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '$');
        let end = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    /// Consumes a keyword and the white space before it, if the keyword is next.
    fn consume_word(&mut self, keyword: &str) -> bool {
        let before = self.rest;
        self.skip_space();
        let is_next = self.word().eq_ignore_ascii_case(keyword)
            && self.rest.starts_with([' ', '\t', '(', '\n', '\r']);
        if !is_next {
            self.rest = before;
        }
        is_next
    }

    fn consume(&mut self, expected: char) -> bool {
        match self.rest.strip_prefix(expected) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, expected: char) -> Result<(), String> {
        self.skip_space();
        match self.consume(expected) {
            true => Ok(()),
            false => Err(format!("expected {expected:?} at {:?}", start(self.rest, ""))),
        }
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn end(&mut self) -> Result<(), String> {
        self.skip_space();
        match self.rest.is_empty() {
            true => Ok(()),
            false => Err(format!("unexpected {:?}", start(self.rest, ""))),
        }
    }
}

/// The beginning of a text, for an error.
fn start(text: &str, rest: &str) -> String {
    text.chars().chain(rest.chars()).take(20).collect()
}

fn one_or(mut all: Vec<Expression>, many: fn(Vec<Expression>) -> Expression) -> Expression {
    match all.len() {
        1 => all.remove(0),
        _ => many(all),
    }
}

/// The schemas of attributes.
const URNS: [&str; 3] = [USER_URN, GROUP_URN, ENTERPRISE_URN];

/// `name`, `name.part`, `urn:…:name`, `urn:…:name.part`, or a known schema alone.
fn attribute_name(text: &str) -> Option<AttributeName> {
    let is_urn = text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("urn:"));
    if is_urn && URNS.iter().any(|urn| urn.eq_ignore_ascii_case(text)) {
        return Some(AttributeName { urn: Some(text.to_owned()), name: String::new(), part: None });
    }
    let (urn, path) = match text.rsplit_once(':') {
        Some((urn, path)) if is_urn => (Some(urn.to_owned()), path),
        Some(_) => return None,
        None => (None, text),
    };
    let (name, part) = match path.split_once('.') {
        Some((name, part)) => (name, Some(part)),
        None => (path, None),
    };
    let is_name = |name: &str| {
        !name.is_empty() && !name.contains('.') && !name.starts_with(|c: char| c.is_ascii_digit())
    };
    let is_valid = is_name(name) && part.is_none_or(is_name);
    let part = part.map(str::to_owned);
    is_valid.then(|| AttributeName { urn, name: name.to_owned(), part })
}

impl fmt::Display for AttributeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.urn {
            Some(urn) if self.name.is_empty() => f.write_str(urn)?,
            Some(urn) => write!(f, "{urn}:{}", self.name)?,
            None => f.write_str(&self.name)?,
        }
        self.part.as_ref().map_or(Ok(()), |part| write!(f, ".{part}"))
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{}", serde_json::Value::from(text.as_str())),
            Self::Flag(flag) => flag.fmt(f),
            Self::Number(number) => f.write_str(number),
            Self::Null => f.write_str("null"),
        }
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let join = |f: &mut fmt::Formatter<'_>, all: &[Self], word: &str| {
            for (at, one) in all.iter().enumerate() {
                if at > 0 {
                    write!(f, " {word} ")?;
                }
                match one {
                    Self::And(_) | Self::Or(_) => write!(f, "({one})")?,
                    _ => one.fmt(f)?,
                }
            }
            Ok(())
        };
        match self {
            Self::And(all) => join(f, all, "and"),
            Self::Or(any) => join(f, any, "or"),
            Self::Not(inner) => write!(f, "not ({inner})"),
            Self::Present(name) => write!(f, "{name} pr"),
            Self::Compare(name, operator, literal) => {
                let known = OPERATORS.iter().find(|(_, known)| known == operator);
                write!(f, "{name} {} {literal}", known.map_or("eq", |(name, _)| name))
            }
            Self::Element(name, inner) => write!(f, "{name}[{inner}]"),
        }
    }
}

impl fmt::Display for PatchPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.attribute.fmt(f)?;
        if let Some(filter) = &self.filter {
            write!(f, "[{filter}]")?;
        }
        self.part.as_ref().map_or(Ok(()), |part| write!(f, ".{part}"))
    }
}

/// Parses and resolves a filter. Returns the member that it requires to exist, too.
///
/// # Errors
/// What is wrong with it, or not supported.
pub fn decode(
    text: &str,
    rules: &FilterRules,
    resource: ResourceType,
    user: &'static Shape,
    issuer: &str,
) -> Result<(Filter, Option<UserId>), String> {
    let expression = parse(text)?;
    let sets = match resource {
        ResourceType::User => rules.users,
        ResourceType::Group => rules.groups,
    };
    let exact = sets.is_some();
    if let Some(sets) = sets {
        check_set(&expression, sets)?;
    }
    let scope = Scope::Resource { resource, user, issuer };
    let filter = resolve(&expression, &scope, exact)?;
    let member = (rules.requires_member && resource == ResourceType::Group)
        .then(|| linked_id(&filter).map(UserId::from))
        .flatten();
    Ok((filter, member))
}

/// The id that a filter compares with the members of a group.
fn linked_id(filter: &Filter) -> Option<&str> {
    match filter {
        Filter::And(all) => all.iter().find_map(linked_id),
        Filter::Compare(FilterSubject::Linked, Comparison::Text { value, .. }) => Some(value),
        _ => None,
    }
}

/// Checks that a filter compares one of these sets of attributes, with `eq` and `and` alone.
fn check_set(expression: &Expression, sets: &[&[&str]]) -> Result<(), String> {
    let all = match expression {
        Expression::And(all) => all.as_slice(),
        one => std::slice::from_ref(one),
    };
    let mut names = Vec::new();
    for one in all {
        match one {
            Expression::Compare(name, Operator::Equal, Literal::Text(_)) => {
                names.push(set_name(name, all.len()));
            }
            other => return Err(format!("{other} is not supported")),
        }
    }
    let is_set = |set: &&[&str]| {
        set.len() == names.len()
            && set.iter().all(|name| names.iter().any(|own| own.eq_ignore_ascii_case(name)))
    };
    match sets.iter().any(is_set) {
        true => Ok(()),
        false => Err(format!("no filter by {} is supported", names.join(" and "))),
    }
}

/// The name of an attribute in a set of `len`. Clients spell the second one of a pair in several ways.
fn set_name(name: &AttributeName, len: usize) -> String {
    let spelled = AttributeName { urn: None, ..name.clone() }.to_string().to_lowercase();
    let own_urn = name
        .urn
        .as_ref()
        .is_none_or(|urn| URNS.iter().any(|known| known.eq_ignore_ascii_case(urn)));
    match spelled.as_str() {
        _ if !own_urn => name.to_string(),
        "manager" | "manager.value" if len > 1 => "manager".to_owned(),
        "member" | "members" | "members.value" if len > 1 => "member".to_owned(),
        _ => spelled,
    }
}

/// What the names of a filter refer to.
enum Scope<'a> {
    Resource {
        resource: ResourceType,
        user: &'static Shape,
        issuer: &'a str,
    },
    /// An element of a list.
    Element(&'static Shape),
    /// A member of a group.
    Member,
}

/// The kind of a value in a comparison.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ValueKind {
    Text,
    /// A text whose case counts.
    ExactText,
    Flag,
    Time,
    /// A structure or list, which is set or not.
    Container,
}

fn resolve(expression: &Expression, scope: &Scope<'_>, exact: bool) -> Result<Filter, String> {
    let each = |all: &[Expression]| -> Result<Vec<_>, String> {
        all.iter().map(|one| resolve(one, scope, exact)).collect()
    };
    Ok(match expression {
        Expression::And(all) => Filter::And(each(all)?),
        Expression::Or(any) => Filter::Or(each(any)?),
        Expression::Not(inner) => Filter::Not(Box::new(resolve(inner, scope, exact)?)),
        Expression::Present(name) => {
            Filter::Compare(scope.subject(name, true)?.0, Comparison::Present)
        }
        Expression::Compare(name, operator, literal) => {
            let (subject, kind) = scope.subject(name, false)?;
            let exact = exact || kind == ValueKind::ExactText;
            Filter::Compare(subject, comparison(kind, *operator, literal, exact)?)
        }
        Expression::Element(name, inner) => match scope.list(name)? {
            Some((list, shape)) => {
                let inner = resolve(inner, &Scope::Element(shape), exact)?;
                Filter::Element(list, Box::new(inner))
            }
            None => resolve(inner, &Scope::Member, exact)?,
        },
    })
}

/// Resolves the filter of a patch on the elements of a list.
///
/// # Errors
/// What is wrong with it.
pub fn resolve_element(expression: &Expression, shape: &'static Shape) -> Result<Filter, String> {
    resolve(expression, &Scope::Element(shape), false)
}

/// Whether a filter consists of `eq` comparisons that are joined by `and`.
pub fn is_equality(expression: &Expression) -> bool {
    match expression {
        Expression::And(all) => all.iter().all(is_equality),
        Expression::Compare(_, operator, _) => *operator == Operator::Equal,
        Expression::Or(_)
        | Expression::Not(_)
        | Expression::Present(_)
        | Expression::Element(..) => false,
    }
}

/// The attributes that a filter requires to be equal to a value, with the value.
pub fn equalities(filter: &Filter) -> Vec<(Attribute, crate::domain::AttributeValue)> {
    use crate::domain::AttributeValue;
    match filter {
        Filter::And(all) => all.iter().flat_map(equalities).collect(),
        Filter::Compare(FilterSubject::Attribute(path), comparison) => {
            let value = match comparison {
                Comparison::Text { operator: Operator::Equal, value, .. } => {
                    AttributeValue::Text(value.as_str().into())
                }
                Comparison::Flag { operator: Operator::Equal, value } => {
                    AttributeValue::Flag(*value)
                }
                _ => return Vec::new(),
            };
            path.first().map(|name| (*name, value)).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

fn comparison(
    kind: ValueKind,
    operator: Operator,
    literal: &Literal,
    exact: bool,
) -> Result<Comparison, String> {
    let unsupported = || Err("the operator does not fit the attribute".to_owned());
    let is_equality = matches!(operator, Operator::Equal | Operator::NotEqual);
    match (kind, literal) {
        (_, Literal::Null) => match operator {
            Operator::Equal => Ok(Comparison::Absent),
            Operator::NotEqual => Ok(Comparison::Present),
            _ => unsupported(),
        },
        (ValueKind::Text | ValueKind::ExactText, Literal::Text(text)) => {
            Ok(Comparison::Text { operator, value: text.clone(), exact })
        }
        (ValueKind::Flag, Literal::Flag(value)) if is_equality => {
            Ok(Comparison::Flag { operator, value: *value })
        }
        (ValueKind::Flag, Literal::Text(text)) if is_equality => {
            match text.to_ascii_lowercase().as_str() {
                "true" => Ok(Comparison::Flag { operator, value: true }),
                "false" => Ok(Comparison::Flag { operator, value: false }),
                _ => Err(format!("{text:?} is not a boolean")),
            }
        }
        (ValueKind::Time, Literal::Text(text)) => {
            let value: Timestamp = text.parse().map_err(|_| format!("{text:?} is not a time"))?;
            match operator {
                Operator::Contains | Operator::StartsWith | Operator::EndsWith => unsupported(),
                _ => Ok(Comparison::Time { operator, value }),
            }
        }
        (ValueKind::Flag, _) if !is_equality => unsupported(),
        _ => Err(format!("{literal} does not fit the attribute")),
    }
}

/// An equality with a text.
pub fn equals(value: &str, exact: bool) -> Comparison {
    Comparison::Text { operator: Operator::Equal, value: value.to_owned(), exact }
}

impl Scope<'_> {
    /// The value that a name refers to. `allow_complex` accepts structures and lists.
    fn subject(
        &self,
        name: &AttributeName,
        allow_complex: bool,
    ) -> Result<(FilterSubject, ValueKind), String> {
        let unknown = || format!("unknown attribute {name}");
        match self {
            Self::Element(shape) => {
                let (path, kind) = path_in(shape, &name.name, name.part.as_deref(), allow_complex)
                    .filter(|_| name.urn.is_none())
                    .ok_or_else(unknown)?;
                Ok((FilterSubject::Attribute(path), kind))
            }
            Self::Member => match name.name.to_ascii_lowercase().as_str() {
                "value" => Ok((FilterSubject::Linked, ValueKind::ExactText)),
                "type" => Ok((FilterSubject::Constant(vec!["User".to_owned()]), ValueKind::Text)),
                _ => Err(unknown()),
            },
            Self::Resource { resource, user, issuer } => {
                resource_subject(*resource, user, issuer, name, allow_complex).ok_or_else(unknown)
            }
        }
    }

    /// The list that a name refers to, with the shape of its elements; `None` for the members of a
    /// group.
    fn list(&self, name: &AttributeName) -> Result<Option<(Attribute, &'static Shape)>, String> {
        let unknown = || format!("{name} is not a list of structures");
        let Self::Resource { resource, user, .. } = self else { return Err(unknown()) };
        let is_plain = name.part.is_none();
        match resource {
            ResourceType::Group if name.name.eq_ignore_ascii_case("members") && is_plain => {
                Ok(None)
            }
            ResourceType::Group => Err(unknown()),
            ResourceType::User => match user.find(&name.name, KeyCase::Any) {
                Some(Member { attribute, kind: MemberKind::List(shape, _), .. }) if is_plain => {
                    Ok(Some((*attribute, shape)))
                }
                _ => Err(unknown()),
            },
        }
    }
}

fn resource_subject(
    resource: ResourceType,
    user: &'static Shape,
    issuer: &str,
    name: &AttributeName,
    allow_complex: bool,
) -> Option<(FilterSubject, ValueKind)> {
    let is_user = resource == ResourceType::User;
    let is_enterprise = match &name.urn {
        None => false,
        Some(urn) if urn.eq_ignore_ascii_case(resource.urn()) => false,
        Some(urn) if urn.eq_ignore_ascii_case(ENTERPRISE_URN) && is_user => true,
        Some(_) => return None,
    };
    let part = name.part.as_ref().map(|part| part.to_ascii_lowercase());
    let lower = name.name.to_ascii_lowercase();
    if is_enterprise || is_user && lower == "manager" {
        let (path, kind) = path_in(&ENTERPRISE, &name.name, name.part.as_deref(), allow_complex)?;
        let path = [&[Attribute::Enterprise], path.as_slice()].concat();
        return Some((FilterSubject::Attribute(path), kind));
    }
    let text = |text: &str| FilterSubject::Constant(vec![text.to_owned()]);
    Some(match (lower.as_str(), part.as_deref()) {
        ("id", None) => (FilterSubject::Id, ValueKind::ExactText),
        ("externalid", None) => (FilterSubject::ExternalId(issuer.into()), ValueKind::ExactText),
        ("active", None) if is_user => (FilterSubject::Enabled, ValueKind::Flag),
        ("meta", Some("created")) => (FilterSubject::Created, ValueKind::Time),
        ("meta", Some("lastmodified")) => (FilterSubject::Updated, ValueKind::Time),
        ("meta", Some("resourcetype")) => (text(resource.name()), ValueKind::Text),
        ("meta", None) if allow_complex => (text(resource.name()), ValueKind::Container),
        ("schemas", None) => (text(resource.urn()), ValueKind::Text),
        ("groups", None | Some("value")) if is_user => {
            (FilterSubject::Linked, ValueKind::ExactText)
        }
        ("members" | "member", None | Some("value")) if !is_user => {
            (FilterSubject::Linked, ValueKind::ExactText)
        }
        _ => {
            let shape = if is_user { user } else { &GROUP };
            let (path, kind) = path_in(shape, &name.name, name.part.as_deref(), allow_complex)?;
            (FilterSubject::Attribute(path), kind)
        }
    })
}

/// The path of a member of a shape. A structure or list stands for its `value`.
fn path_in(
    shape: &'static Shape,
    name: &str,
    part: Option<&str>,
    allow_complex: bool,
) -> Option<(Vec<Attribute>, ValueKind)> {
    let member = shape.find(name, KeyCase::Any)?;
    let inner = match &member.kind {
        MemberKind::Text(_) | MemberKind::Choice(_) | MemberKind::Texts(..) => {
            return part.is_none().then(|| (vec![member.attribute], ValueKind::Text));
        }
        MemberKind::Flag => {
            return part.is_none().then(|| (vec![member.attribute], ValueKind::Flag));
        }
        MemberKind::Record(inner) | MemberKind::List(inner, _) => inner,
    };
    if part.is_none() && allow_complex {
        return Some((vec![member.attribute], ValueKind::Container));
    }
    let (path, kind) = path_in(inner, part.unwrap_or("value"), None, allow_complex)?;
    Some(([&[member.attribute], path.as_slice()].concat(), kind))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    use super::*;

    #[test]
    fn filters_of_the_rfc_are_parsed() {
        // Source: RFC 7644, figure 2 and the examples of §3.4.2.2.
        for text in [
            r#"userName eq "bjensen""#,
            r#"name.familyName co "O'Malley""#,
            r#"userName sw "J""#,
            r#"urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J""#,
            "title pr",
            r#"meta.lastModified gt "2011-05-13T04:42:34Z""#,
            r#"title pr and userType eq "Employee""#,
            r#"title pr or userType eq "Intern""#,
            r#"schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User""#,
            r#"userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")"#,
            r#"userType ne "Employee" and not (emails co "example.com" or emails.value co "example.org")"#,
            r#"userType eq "Employee" and (emails.type eq "work")"#,
            r#"userType eq "Employee" and emails[type eq "work" and value co "@example.com"]"#,
            r#"emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]"#,
            r#"active eq true"#,
            r#"a eq "say \"so\" \\""#,
        ] {
            assert!(check(text), "{text}: {:?}", parse(text));
        }
    }

    #[test]
    fn invalid_filters_are_rejected() {
        for text in [
            "",
            "userName",
            "userName eq",
            "userName eq \"x",
            "userName xx \"x\"",
            "(a pr",
            "a pr)",
            "a pr and",
            "eq \"x\"",
            "a eq b",
            "emails[type eq \"x\"",
            "a..b pr",
            ".a pr",
            "1a pr",
            "a pr b pr",
            "not a pr b",
            "a eq \"\\x\"",
            "a:b pr",
            "not",
            "and pr and",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn depth_and_length_are_limited() {
        let nested = |depth: usize| format!("{}a pr{}", "(".repeat(depth), ")".repeat(depth));
        assert!(parse(&nested(DEPTH_MAX)).is_ok());
        assert!(parse(&nested(DEPTH_MAX + 1)).is_err());
        assert!(parse(&nested(4_000)).is_err());
        assert!(parse(&format!("a eq \"{}\"", "x".repeat(FILTER_BYTES_MAX))).is_err());
    }

    #[test]
    fn paths_of_patches_are_parsed() {
        for text in [
            "title",
            "name.familyName",
            "emails",
            r#"emails[type eq "work"]"#,
            r#"emails[type eq "work"].value"#,
            "emails[primary eq true].value",
            "urn:ietf:params:scim:schemas:core:2.0:User:userName",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
            r#"members[value eq "2819c223"]"#,
        ] {
            assert!(check_path(text), "{text}: {:?}", parse_path(text));
        }
        for text in ["", "a.", "a[", "a[b pr].", "a[b pr]c", "a b", "a.b.c", "a[b pr].c.d"] {
            assert!(parse_path(text).is_err(), "{text}");
        }
    }

    fn expression() -> impl Strategy<Value = Expression> {
        let name = ("[a-z][a-zA-Z]{0,6}", proptest::option::of("[a-z]{1,5}"));
        let name = name.prop_map(|(name, part)| AttributeName { urn: None, name, part });
        let literal = prop_oneof![
            any::<String>().prop_map(Literal::Text),
            any::<bool>().prop_map(Literal::Flag),
            any::<i64>().prop_map(|number| Literal::Number(number.to_string())),
            Just(Literal::Null),
        ];
        let operator = (0..OPERATORS.len()).prop_map(|at| OPERATORS[at].1);
        let leaf = prop_oneof![
            name.clone().prop_map(Expression::Present),
            (name.clone(), operator, literal)
                .prop_map(|(name, operator, value)| Expression::Compare(name, operator, value)),
        ];
        leaf.prop_recursive(4, 24, 3, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 2..4).prop_map(Expression::And),
                prop::collection::vec(inner.clone(), 2..4).prop_map(Expression::Or),
                inner.clone().prop_map(|inner| Expression::Not(Box::new(inner))),
                (name.clone(), inner)
                    .prop_map(|(name, inner)| Expression::Element(name, Box::new(inner))),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            rng_seed: RngSeed::Fixed(7),
            failure_persistence: None,
            ..ProptestConfig::with_cases(200)
        })]

        /// Every expression is parsed from its own text.
        #[test]
        fn printed_filters_are_parsed_back(expression in expression()) {
            prop_assert_eq!(parse(&expression.to_string()), Ok(expression));
        }

        /// No text panics.
        #[test]
        fn any_text_is_parsed_or_rejected(text in "[a-z\\[\\]()\" .:\\\\]{0,60}") {
            check(&text);
            check_path(&text);
        }
    }
}
