//! JSON read quickly, a part at a time, without places: for large files that are nearly always right.
//!
//! It has no way to say what is wrong. Whoever reads so gives up at the first mistake, and reads the
//! whole file again as a [`super::Document`], which knows. So it has to refuse whatever that one
//! refuses, and may refuse more.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::Span;
use super::node::{Entry, Item, Node, Notes, Value};

/// Nothing has a place here.
const NOWHERE: Span = 0..0;

/// A value without a place; made by [`LooseSeed`].
#[derive(Debug)]
pub struct Loose<'t>(Item<'t>);

impl<'t> Loose<'t> {
    /// A table of one entry.
    #[must_use]
    pub fn table(key: &'static str, value: Self) -> Self {
        let entry = Entry { key: key.into(), key_span: NOWHERE, item: value.0 };
        Self(Item { span: NOWHERE, value: Value::Table(vec![entry]) })
    }

    /// Reads it; `None` where `read` notes a mistake.
    pub fn read<T>(&self, read: impl FnOnce(Node<'_>) -> T) -> Option<T> {
        let notes = Notes::new("");
        let value = read(Node::new(&self.0, &notes));
        notes.into_inner().is_empty().then_some(value)
    }
}

/// Reads one value. These are keys that come often: where a key is read from a file it need not be
/// copied then.
#[derive(Clone, Copy, Debug)]
pub struct LooseSeed(pub &'static [&'static str]);

impl<'de> DeserializeSeed<'de> for LooseSeed {
    type Value = Loose<'de>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Loose<'de>, D::Error> {
        Seed(self.0).deserialize(from).map(Loose)
    }
}

#[derive(Clone, Copy)]
struct Seed(&'static [&'static str]);

impl<'de> DeserializeSeed<'de> for Seed {
    type Value = Item<'de>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Item<'de>, D::Error> {
        Ok(Item { span: NOWHERE, value: from.deserialize_any(self)? })
    }
}

impl<'de> Visitor<'de> for Seed {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value<'de>, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Value<'de>, E> {
        Ok(Value::Flag(flag))
    }

    fn visit_i64<E: Error>(self, integer: i64) -> Result<Value<'de>, E> {
        Ok(Value::Integer(integer.into()))
    }

    fn visit_u64<E: Error>(self, integer: u64) -> Result<Value<'de>, E> {
        Ok(Value::Integer(integer.into()))
    }

    fn visit_f64<E: Error>(self, float: f64) -> Result<Value<'de>, E> {
        // It may have been an integer: a long one, or a zero with a sign.
        #[allow(clippy::cast_precision_loss)] // It need not be exact.
        match float.abs() >= i64::MAX as f64 || float == 0.0 {
            true => Err(E::custom("an integer, perhaps")),
            false => Ok(Value::Float(float)),
        }
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Value<'de>, E> {
        Ok(Value::Text(text.into()))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value<'de>, E> {
        Ok(Value::Text(text.to_owned().into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value<'de>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element_seed(self)? {
            items.push(item);
        }
        Ok(Value::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value<'de>, A::Error> {
        let mut entries: Vec<Entry<'de>> = Vec::with_capacity(8);
        while let Some(key) = map.next_key_seed(KeySeed(self.0))? {
            let item = map.next_value_seed(self)?;
            if entries.len() >= KEYS_MAX || entries.iter().any(|entry| entry.key == key) {
                return Err(A::Error::custom("a key twice, or very many keys"));
            }
            entries.push(Entry { key, key_span: NOWHERE, item });
        }
        Ok(Value::Table(entries))
    }
}

/// More keys than any table of ours has: each is compared with all before it.
const KEYS_MAX: usize = 64;

/// Reads a key; as [`LooseSeed`].
#[derive(Clone, Copy, Debug)]
pub struct KeySeed(pub &'static [&'static str]);

impl<'de> DeserializeSeed<'de> for KeySeed {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Cow<'de, str>, D::Error> {
        from.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for KeySeed {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(text.into())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Cow<'de, str>, E> {
        let known = self.0.iter().find(|known| **known == text);
        Ok(known.map_or_else(|| text.to_owned().into(), |known| Cow::Borrowed(*known)))
    }
}
