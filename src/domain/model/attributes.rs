//! Attributes with their values, and the operations that change them.
//!
//! A resource is a small tree of attributes, neutral between the vendors. Each dialect has its own rows
//! for their spelling and limits (`dialect::shape`).

mod attribute_encoding;

use std::fmt;
use std::sync::Arc;

use super::attribute::{Attribute, AttributePath};
use attribute_encoding::{pack, with_value};

pub use attribute_encoding::{AttributesRef, IndexedRef, ListRef, StringsRef, ValueRef};

/// A value to set; [`ValueRef`] is a value that is set.
#[derive(Clone, PartialEq, Debug)]
pub enum AttributeValue<T = Arc<str>> {
    /// A string.
    Text(T),
    /// A boolean.
    Flag(bool),
    /// A structure, such as a name.
    Record(Attributes),
    /// A list of structures, such as e-mail addresses.
    List(Vec<Attributes>),
    /// A list of strings, such as address ranges.
    Texts(Vec<T>),
}

/// Attributes with their values, each name at most once. There is no null.
///
/// All values are in one allocation. See `attribute_encoding`.
#[derive(Clone, Default, PartialEq)]
pub struct Attributes(Option<Box<str>>);

impl Attributes {
    /// Creates a record without attributes.
    pub const fn new() -> Self {
        Self(None)
    }

    /// Encodes values in any order. Of several values of an attribute, the last one counts.
    pub fn encode<T: AsRef<str>>(values: Vec<(Attribute, AttributeValue<T>)>) -> Self {
        Self(pack(values))
    }

    /// A reference to the attributes, for reading.
    pub fn view(&self) -> AttributesRef<'_> {
        AttributesRef::new(self.0.as_deref().unwrap_or_default())
    }

    /// Whether no attribute is set.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The size in memory, in bytes.
    pub fn size(&self) -> usize {
        self.0.as_ref().map_or(0, |packed| packed.len())
    }

    /// The value of `attribute`, if set.
    pub fn get(&self, attribute: Attribute) -> Option<ValueRef<'_>> {
        self.view().get(attribute)
    }

    /// The text of `attribute`; `None` if it is unset or of another kind.
    pub fn text(&self, attribute: Attribute) -> Option<&str> {
        self.view().text(attribute)
    }

    /// The structure of `attribute`; `None` if it is unset or of another kind.
    pub fn record(&self, attribute: Attribute) -> Option<AttributesRef<'_>> {
        self.view().record(attribute)
    }

    /// The elements of `attribute`; empty if it is unset or of another kind.
    pub fn list(&self, attribute: Attribute) -> ListRef<'_> {
        self.view().list(attribute)
    }

    /// Each attribute that is set, in the order of [`Attribute`].
    pub fn iter(&self) -> impl Iterator<Item = (Attribute, ValueRef<'_>)> {
        self.view().iter()
    }

    /// Sets `attribute`, and replaces a former value.
    pub fn set(&mut self, attribute: Attribute, value: AttributeValue) {
        self.replace(attribute, Some(value));
    }

    /// Removes `attribute` if it is set.
    pub fn remove(&mut self, attribute: Attribute) {
        self.replace(attribute, None);
    }

    fn replace(&mut self, attribute: Attribute, value: Option<AttributeValue>) {
        self.0 = with_value(self.view(), attribute, value.as_ref());
    }

    /// Applies an operation of a patch. It replaces lists and structures as a whole. If its path goes
    /// into a missing structure, it creates the structure; if it removes the last attribute of a
    /// structure, it removes the structure.
    pub fn apply(&mut self, operation: AttributeOperation) {
        self.apply_at(operation.path.steps(), operation.value);
    }

    fn apply_at(&mut self, path: &[Attribute], value: Option<AttributeValue>) {
        match path {
            [] => {}
            [leaf] => self.replace(*leaf, value),
            [head, rest @ ..] => {
                let mut record = self.record(*head).map(Self::from).unwrap_or_default();
                record.apply_at(rest, value);
                self.replace(*head, (!record.is_empty()).then_some(AttributeValue::Record(record)));
            }
        }
    }
}

impl From<AttributesRef<'_>> for Attributes {
    fn from(record: AttributesRef<'_>) -> Self {
        let packed = record.packed();
        Self((!packed.is_empty()).then(|| packed.into()))
    }
}

impl fmt::Debug for Attributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.view().fmt(f)
    }
}

impl FromIterator<(Attribute, AttributeValue)> for Attributes {
    /// Of several values of an attribute, the last one counts.
    fn from_iter<I: IntoIterator<Item = (Attribute, AttributeValue)>>(items: I) -> Self {
        Self(pack(items.into_iter().collect()))
    }
}

/// One operation of a patch.
#[derive(Clone, PartialEq, Debug)]
pub struct AttributeOperation {
    /// The attribute to change.
    pub path: AttributePath,
    /// The new value; `None` removes.
    pub value: Option<AttributeValue>,
}

#[cfg(test)]
mod tests {
    use super::super::attribute::ALL;
    use super::*;

    fn step(steps: &[Attribute], value: Option<&str>) -> AttributeOperation {
        let mut path = AttributePath::new(steps[0]);
        for part in &steps[1..] {
            path = path.to(*part).expect("few steps");
        }
        assert_eq!(path.steps(), steps);
        AttributeOperation { path, value: value.map(|text| AttributeValue::Text(text.into())) }
    }

    #[test]
    fn operations_create_and_remove_structures() {
        let mut attributes = Attributes::new();
        attributes.apply(step(&[Attribute::Enterprise, Attribute::Department], Some("Ops")));
        let enterprise = attributes.record(Attribute::Enterprise).expect("made");
        assert_eq!(enterprise.text(Attribute::Department), Some("Ops"));

        attributes.apply(step(&[Attribute::Enterprise, Attribute::Department], None));
        assert!(attributes.is_empty());
    }

    /// Values of every kind, empty and not empty.
    fn values() -> Vec<AttributeValue> {
        let record = |text: &str| {
            [(Attribute::Value, AttributeValue::Text(text.into()))].into_iter().collect()
        };
        let nested = [
            (Attribute::Manager, AttributeValue::Record(record("ü"))),
            (Attribute::Primary, AttributeValue::Flag(true)),
        ];
        vec![
            AttributeValue::Text("".into()),
            AttributeValue::Text("\u{10ffff} x".into()),
            AttributeValue::Text("long ".repeat(5_000).into()),
            AttributeValue::Flag(true),
            AttributeValue::Flag(false),
            AttributeValue::Record(Attributes::new()),
            AttributeValue::Record(nested.into_iter().collect()),
            AttributeValue::List(Vec::new()),
            AttributeValue::List(vec![record("a"), Attributes::new(), record("日本")]),
            AttributeValue::Texts(Vec::new()),
            AttributeValue::Texts(vec!["".into(), "10.0.0.0/8".into()]),
        ]
    }

    #[test]
    fn attributes_are_an_ordered_map() {
        use crate::domain::draw;
        let values = values();
        let (mut attributes, mut model) = (Attributes::new(), std::collections::BTreeMap::new());
        let pick = |n, of: usize| usize::try_from(draw(7, "pick", n)).expect("64 bits") % of;
        for n in 0..3_000 {
            let attribute = ALL[pick(3 * n, ALL.len())];
            if pick(3 * n + 1, 3) == 0 {
                attributes.remove(attribute);
                model.remove(&attribute);
            } else {
                let value = values[pick(3 * n + 2, values.len())].clone();
                attributes.set(attribute, value.clone());
                model.insert(attribute, value);
            }
            let found: Vec<_> =
                attributes.iter().map(|(name, value)| (name, value.into())).collect();
            let expected: Vec<_> = model.clone().into_iter().collect();
            assert_eq!(found, expected);
            assert_eq!(
                attributes,
                expected.into_iter().rev().collect(),
                "encoded at once, in any order"
            );
            let indexed = attributes.view().indexed();
            assert!(ALL.iter().all(|name| indexed.get(*name) == attributes.get(*name)));
            assert_eq!(attributes.is_empty(), model.is_empty());
        }
    }

    #[test]
    fn last_value_of_an_attribute_counts_and_kinds_are_distinct() {
        let text = |text: &str| (Attribute::Title, AttributeValue::Text(text.into()));
        let attributes: Attributes = [text("a"), text("b"), text("c")].into_iter().collect();
        assert_eq!(attributes.text(Attribute::Title), Some("c"));
        assert_eq!(attributes.record(Attribute::Title), None);
        assert_eq!(attributes.list(Attribute::Title).iter().count(), 0);
        assert_eq!(format!("{attributes:?}"), r#"{Title: Text("c")}"#);
    }

    #[test]
    fn removing_an_unset_attribute_changes_nothing() {
        let mut attributes = Attributes::new();
        attributes.apply(step(&[Attribute::Title], Some("Engineer")));
        let before = attributes.clone();
        attributes.apply(step(&[Attribute::Name, Attribute::MiddleName], None));
        assert_eq!(attributes, before);
    }
}
