//! Attributes as data: names, values, and the paths and operations that change them.
//!
//! A resource is a small tree of these, neutral between the vendors: each dialect spells and bounds
//! them by its own rows (`wire::shape`). Knows nothing of spelling, limits or JSON.

use std::sync::Arc;

/// The name of an attribute, of a user, of a group or of a part of either. No strings past the edge.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[allow(missing_docs)] // Each is the vendors' own member of that name.
pub enum Attribute {
    UserName,
    DisplayName,
    Description,
    Name,
    Formatted,
    FamilyName,
    GivenName,
    MiddleName,
    HonorificPrefix,
    HonorificSuffix,
    NickName,
    ProfileUrl,
    Emails,
    Addresses,
    PhoneNumbers,
    UserType,
    Title,
    PreferredLanguage,
    Locale,
    Timezone,
    Photos,
    Website,
    Birthdate,
    Roles,
    ExternalIds,
    Issuer,
    Id,
    Value,
    Type,
    Primary,
    Display,
    VerificationStatus,
    StreetAddress,
    Locality,
    Region,
    PostalCode,
    Country,
    Enterprise,
    EmployeeNumber,
    CostCenter,
    Organization,
    Division,
    Department,
    Manager,
    PasswordMode,
    NetworkConfiguration,
    VpceAccessRequired,
    ApiRestrictSourceVpcs,
    ApiAllowSourceIps,
    ScimAllowSourceIps,
}

/// What an attribute holds.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    /// A string, never empty where a limit forbids it. Shared: a patch copies its user under the
    /// lock, and most texts stay as they are.
    Text(Arc<str>),
    /// A boolean.
    Flag(bool),
    /// A structure, such as a name.
    Record(Attributes),
    /// A list of structures, such as e-mail addresses, in the order given.
    List(Vec<Attributes>),
    /// A list of strings, such as address ranges, in the order given.
    Texts(Vec<Arc<str>>),
}

/// Attributes with their values, each name at most once. Absent means absent: there is no null.
#[derive(Clone, Default, PartialEq, Debug)]
pub struct Attributes(Vec<(Attribute, Value)>);

impl Attributes {
    /// Nothing set.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Whether nothing is set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of `attribute`, if set.
    pub fn get(&self, attribute: Attribute) -> Option<&Value> {
        self.position(attribute).ok().map(|at| &self.0[at].1)
    }

    /// The text of `attribute`; `None` where it is unset or of another kind.
    pub fn text(&self, attribute: Attribute) -> Option<&str> {
        match self.get(attribute)? {
            Value::Text(text) => Some(text),
            Value::Flag(_) | Value::Record(_) | Value::List(_) | Value::Texts(_) => None,
        }
    }

    /// The structure of `attribute`; `None` where it is unset or of another kind.
    pub fn record(&self, attribute: Attribute) -> Option<&Attributes> {
        match self.get(attribute)? {
            Value::Record(record) => Some(record),
            Value::Text(_) | Value::Flag(_) | Value::List(_) | Value::Texts(_) => None,
        }
    }

    /// The elements of `attribute`; empty where it is unset or of another kind.
    pub fn list(&self, attribute: Attribute) -> &[Attributes] {
        match self.get(attribute) {
            Some(Value::List(list)) => list,
            Some(Value::Text(_) | Value::Flag(_) | Value::Record(_) | Value::Texts(_)) | None => {
                &[]
            }
        }
    }

    /// Sets `attribute`, replacing what was there.
    pub fn set(&mut self, attribute: Attribute, value: Value) {
        match self.position(attribute) {
            Ok(at) => self.0[at].1 = value,
            Err(at) => self.0.insert(at, (attribute, value)),
        }
    }

    /// Removes `attribute`; removing what is not there is fine.
    pub fn remove(&mut self, attribute: Attribute) -> Option<Value> {
        self.position(attribute).ok().map(|at| self.0.remove(at).1)
    }

    /// Each attribute that is set, in the order of [`Attribute`].
    pub fn iter(&self) -> impl Iterator<Item = (Attribute, &Value)> {
        self.0.iter().map(|(attribute, value)| (*attribute, value))
    }

    /// Applies one step of a patch. A list or structure is replaced whole; a step into a structure
    /// that is not there makes it, and one that empties it removes it.
    pub fn apply(&mut self, operation: AttributeOperation) {
        self.apply_at(operation.path.steps(), operation.value);
    }

    fn apply_at(&mut self, path: &[Attribute], value: Option<Value>) {
        match (path, value) {
            ([], _) => {}
            ([leaf], Some(value)) => self.set(*leaf, value),
            ([leaf], None) => {
                self.remove(*leaf);
            }
            ([head, rest @ ..], value) => {
                let mut record = match self.remove(*head) {
                    Some(Value::Record(record)) => record,
                    Some(Value::Text(_) | Value::Flag(_) | Value::List(_) | Value::Texts(_))
                    | None => Self::new(),
                };
                record.apply_at(rest, value);
                if !record.is_empty() {
                    self.set(*head, Value::Record(record));
                }
            }
        }
    }

    fn position(&self, attribute: Attribute) -> Result<usize, usize> {
        self.0.binary_search_by_key(&attribute, |(name, _)| *name)
    }
}

impl FromIterator<(Attribute, Value)> for Attributes {
    fn from_iter<I: IntoIterator<Item = (Attribute, Value)>>(items: I) -> Self {
        let mut attributes = Self::new();
        for (attribute, value) in items {
            attributes.set(attribute, value);
        }
        attributes
    }
}

/// How many steps a path has at most: no vendor's structures are nested deeper, and a test holds the
/// shapes to it.
pub const PATH_STEPS_MAX: usize = 3;

/// Where an attribute sits: `name.givenName` is `[Name, GivenName]`. Never empty; never into a list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AttributePath {
    /// The first `len` of these; the others are the first one again, so that equal paths are equal.
    steps: [Attribute; PATH_STEPS_MAX],
    len: u8,
}

impl AttributePath {
    /// The path to a whole attribute.
    pub const fn new(attribute: Attribute) -> Self {
        Self { steps: [attribute; PATH_STEPS_MAX], len: 1 }
    }

    /// The path to a part of what this one leads to; `None` where that would be too many steps.
    #[must_use]
    pub fn to(mut self, part: Attribute) -> Option<Self> {
        *self.steps.get_mut(usize::from(self.len))? = part;
        self.len += 1;
        Some(self)
    }

    /// The steps, outermost first.
    pub fn steps(&self) -> &[Attribute] {
        &self.steps[..usize::from(self.len)]
    }
}

/// One step of a patch: set `path` to `value`, or remove it where `value` is `None`.
#[derive(Clone, PartialEq, Debug)]
pub struct AttributeOperation {
    /// What to change.
    pub path: AttributePath,
    /// The new value; `None` removes.
    pub value: Option<Value>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(steps: &[Attribute], value: Option<&str>) -> AttributeOperation {
        let mut path = AttributePath::new(steps[0]);
        for part in &steps[1..] {
            path = path.to(*part).expect("few steps");
        }
        assert_eq!(path.steps(), steps);
        AttributeOperation { path, value: value.map(|text| Value::Text(text.into())) }
    }

    #[test]
    fn a_step_into_a_structure_makes_it_and_the_last_one_out_removes_it() {
        let mut attributes = Attributes::new();
        attributes.apply(step(&[Attribute::Enterprise, Attribute::Department], Some("Ops")));
        let enterprise = attributes.record(Attribute::Enterprise).expect("made");
        assert_eq!(enterprise.text(Attribute::Department), Some("Ops"));

        attributes.apply(step(&[Attribute::Enterprise, Attribute::Department], None));
        assert!(attributes.is_empty());
    }

    #[test]
    fn removing_what_is_not_there_changes_nothing() {
        let mut attributes = Attributes::new();
        attributes.apply(step(&[Attribute::Title], Some("Engineer")));
        let before = attributes.clone();
        attributes.apply(step(&[Attribute::Name, Attribute::MiddleName], None));
        assert_eq!(attributes, before);
    }
}
