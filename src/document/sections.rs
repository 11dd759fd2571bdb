//! TOML read quickly, a section at a time, for large files that are nearly always right: what is held
//! besides the text is one section.
//!
//! It takes one list of tables, each of which may have lists of tables: `[[store]]`, `[[store.user]]`.
//! serde sees what it would see in JSON, `{"store": [{…, "user": [{…}]}]}`. All else is refused, and
//! left to [`super::Document`], as with [`super::Loose`]. No section can be cut in two unseen: a line
//! that begins with a bracket within a text or a list leaves a section that does not parse.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::de::value::{BorrowedStrDeserializer, MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{DeserializeSeed, Error as _, IntoDeserializer as _, MapAccess, SeqAccess};
use toml::de::Error;
use toml::{Table, Value};

/// A document of one list of tables, as a map of that list.
pub struct Sections<'t> {
    /// What stands before the list.
    head: toml::map::IntoIter<String, Value>,
    place: Place<'t>,
    names: Names,
    /// What belongs to the key that was told; `None` where that is the list.
    value: Option<Value>,
}

/// What the list is called, and its tables' members in the order in which serde is to see them.
#[derive(Clone, Copy)]
struct Names {
    list: &'static str,
    members: &'static [&'static str],
}

impl<'t> Sections<'t> {
    /// A text as a list of that name, whose tables' members serde sees in this order. Counts in
    /// `bytes_read` as it goes.
    ///
    /// # Errors
    /// What stands before the list is no TOML.
    pub fn new(
        text: &'t str,
        list: &'static str,
        members: &'static [&'static str],
        bytes_read: &'t AtomicU64,
    ) -> Result<Self, Error> {
        let (head, rest) = if text.starts_with('[') { ("", text) } else { split(text) };
        let (place, names) = (Place { rest, bytes_read }, Names { list, members });
        let head = head.parse::<Table>()?.into_iter();
        Ok(Self { head, place, names, value: None })
    }
}

/// The text before the next line that begins with a bracket, and from there on.
fn split(text: &str) -> (&str, &str) {
    let next = memchr::memmem::find(text.as_bytes(), b"\n[");
    next.map_or((text, ""), |at| text.split_at(at + 1))
}

/// How far the text has been read: up to the head of a section, or its end.
struct Place<'t> {
    rest: &'t str,
    bytes_read: &'t AtomicU64,
}

impl<'t> Place<'t> {
    /// The name of the section that comes next; `None` at the end, and where it is no table of a list.
    fn name(&self) -> Option<&'t str> {
        let (name, _) = self.rest.strip_prefix("[[")?.split_once("]]")?;
        Some(name)
    }

    /// Whether the next section is one of the list `outer`, or of the list `inner` in it.
    fn is_at(&self, outer: &str, inner: Option<&str>) -> bool {
        let rest = self.name().and_then(|name| name.strip_prefix(outer));
        match inner {
            None => rest == Some(""),
            Some(inner) => rest.and_then(|rest| rest.strip_prefix('.')) == Some(inner),
        }
    }

    /// What the next section holds.
    fn take(&mut self) -> Result<&'t str, Error> {
        let (section, rest) = split(self.rest);
        self.rest = rest;
        self.bytes_read.fetch_add(section.len() as u64, Ordering::Relaxed);
        let (head, body) = section.split_once('\n').unwrap_or((section, ""));
        let head = head.strip_suffix('\r').unwrap_or(head);
        if head.ends_with("]]") { Ok(body) } else { Err(odd()) }
    }
}

/// What is to be read with care.
fn odd() -> Error {
    Error::custom("not as we write it")
}

fn name<'de, S: DeserializeSeed<'de>>(seed: S, name: &'static str) -> Result<S::Value, Error> {
    seed.deserialize(BorrowedStrDeserializer::new(name))
}

impl<'de> MapAccess<'de> for Sections<'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        if let Some((key, value)) = self.head.next() {
            self.value = Some(value);
            return seed.deserialize(key.into_deserializer()).map(Some);
        }
        if self.place.is_at(self.names.list, None) {
            return name(seed, self.names.list).map(Some);
        }
        if self.place.rest.is_empty() { Ok(None) } else { Err(odd()) }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        match self.value.take() {
            Some(value) => seed.deserialize(value.into_deserializer()),
            None => {
                let list = Outer { place: &mut self.place, names: self.names };
                seed.deserialize(SeqAccessDeserializer::new(list))
            }
        }
    }
}

/// The list.
struct Outer<'p, 't> {
    place: &'p mut Place<'t>,
    names: Names,
}

impl<'de> SeqAccess<'de> for Outer<'_, 'de> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        if !self.place.is_at(self.names.list, None) {
            return Ok(None);
        }
        let own = self.place.take()?.parse()?;
        let (place, names) = (&mut *self.place, self.names);
        let (list, due) = (names.list, names.members.iter());
        let table = OneTable { own, place, list, due, key: "", value: None };
        seed.deserialize(MapAccessDeserializer::new(table)).map(Some)
    }
}

/// A table of the list, with the lists in it.
struct OneTable<'p, 't> {
    /// What stands in its own section.
    own: Table,
    place: &'p mut Place<'t>,
    list: &'static str,
    due: std::slice::Iter<'static, &'static str>,
    /// The key that was told, and what belongs to it; `None` where that is a list of tables.
    key: &'static str,
    value: Option<Value>,
}

impl<'de> MapAccess<'de> for OneTable<'_, 'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        for key in self.due.by_ref().copied() {
            let listed = self.place.is_at(self.list, Some(key));
            (self.key, self.value) = (key, self.own.remove(key));
            match (&self.value, listed) {
                (Some(_), true) => return Err(odd()), // It is there twice.
                (None, false) => {}
                _ => return name(seed, key).map(Some),
            }
        }
        let all = self.place.rest.is_empty() || self.place.is_at(self.list, None);
        if self.own.is_empty() && all { Ok(None) } else { Err(odd()) }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        match self.value.take() {
            Some(value) => seed.deserialize(value.into_deserializer()),
            None => {
                let list = Inner { place: self.place, outer: self.list, inner: self.key };
                seed.deserialize(SeqAccessDeserializer::new(list))
            }
        }
    }
}

/// A list in a table of the list.
struct Inner<'p, 't> {
    place: &'p mut Place<'t>,
    outer: &'static str,
    inner: &'static str,
}

impl<'de> SeqAccess<'de> for Inner<'_, 'de> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        if !self.place.is_at(self.outer, Some(self.inner)) {
            return Ok(None);
        }
        seed.deserialize(toml::Deserializer::parse(self.place.take()?)?).map(Some)
    }
}
