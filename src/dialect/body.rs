//! JSON on the way in: a request's body as a tree that borrows from its bytes.
//!
//! A text is copied only where it holds an escape. All that the tree is made of lies in one arena, and
//! is let go of with it at once. Measured against `serde_json::Value`, which owns every text and sorts
//! every structure into a tree of its own: a fifth of the instructions.

use std::fmt;

use bumpalo::Bump;
use bumpalo::collections::Vec as ArenaVec;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Number;

/// Where a request's tree lies.
pub type Arena = Bump;

/// An arena for the tree of a body. For a usual one it has room at once, and fetches memory no more.
pub fn arena(body: &[u8]) -> Arena {
    // A member takes about so many times what its text does.
    const TREE: usize = 4;
    const USUAL: usize = 4096;
    Arena::with_capacity((body.len() * TREE).min(USUAL))
}

/// A JSON value.
#[derive(Clone, PartialEq, Debug)]
pub enum Json<'a> {
    /// `null`.
    Null,
    /// A boolean.
    Flag(bool),
    /// A number.
    Number(Number),
    /// A string.
    Text(&'a str),
    /// An array.
    List(&'a [Json<'a>]),
    /// An object.
    Record(Record<'a>),
}

/// A JSON object: its members in order of their keys, each key once. Of a key that was sent twice,
/// the last one counts.
#[derive(Clone, Copy, Default, PartialEq, Debug)]
pub struct Record<'a>(&'a [(&'a str, Json<'a>)]);

/// Few enough members to be looked through one by one.
const FEW: usize = 8;

impl<'a> Json<'a> {
    /// Reads one value. Nested more than 128 levels deep it is refused.
    ///
    /// # Errors
    /// In words, with line and column: what is no JSON, or not UTF-8.
    pub fn parse(bytes: &'a [u8], arena: &'a Arena) -> Result<Self, String> {
        // Checked as a whole, which is quicker than text by text. What is no UTF-8 is left to the
        // parser, which tells where.
        let parsed = match std::str::from_utf8(bytes) {
            Ok(text) => whole(serde_json::Deserializer::from_str(text), arena),
            Err(_) => whole(serde_json::Deserializer::from_slice(bytes), arena),
        };
        parsed.map_err(|error| error.to_string())
    }

    /// Whether it is `null`.
    pub fn is_null(&self) -> bool {
        *self == Self::Null
    }

    /// The text; `None` where it is none.
    pub fn as_text(&self) -> Option<&'a str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Null | Self::Flag(_) | Self::Number(_) | Self::List(_) | Self::Record(_) => None,
        }
    }

    /// The elements; none where it is no list.
    pub fn elements(&self) -> &'a [Json<'a>] {
        match self {
            Self::List(elements) => elements,
            Self::Null | Self::Flag(_) | Self::Number(_) | Self::Text(_) | Self::Record(_) => &[],
        }
    }

    /// The structure; `None` where it is none.
    pub fn as_record(&self) -> Option<Record<'a>> {
        match self {
            Self::Record(record) => Some(*record),
            Self::Null | Self::Flag(_) | Self::Number(_) | Self::Text(_) | Self::List(_) => None,
        }
    }

    /// A member; `None` where it is not there, or this is no structure.
    pub fn get(&self, name: &str) -> Option<&'a Json<'a>> {
        self.as_record()?.get(name)
    }
}

impl<'a> Record<'a> {
    fn of(mut members: ArenaVec<'a, (&'a str, Json<'a>)>) -> Self {
        if !members.is_sorted_by(|(one, _), (other, _)| one < other) {
            // Stable, so of equal keys the last one sent is the last here.
            members.sort_by_key(|(key, _)| *key);
            members.dedup_by(|later, former| {
                let same = later.0 == former.0;
                if same {
                    std::mem::swap(later, former);
                }
                same
            });
        }
        Self(members.into_bump_slice())
    }

    /// How many members it has.
    pub fn len(self) -> usize {
        self.0.len()
    }

    /// Whether it has none.
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// The member of that name.
    pub fn get(self, name: &str) -> Option<&'a Json<'a>> {
        if self.0.len() <= FEW {
            return self.iter().find(|(key, _)| *key == name).map(|(_, value)| value);
        }
        let at = self.0.binary_search_by(|(key, _)| (*key).cmp(name)).ok()?;
        self.0.get(at).map(|(_, value)| value)
    }

    /// The same without the member of that name.
    #[must_use]
    pub fn without(self, name: &str, arena: &'a Arena) -> Self {
        let others = self.0.iter().filter(|(key, _)| *key != name).cloned();
        Self(ArenaVec::from_iter_in(others, arena).into_bump_slice())
    }

    /// Names and values, in order of the names.
    pub fn iter(self) -> impl Iterator<Item = (&'a str, &'a Json<'a>)> {
        self.0.iter().map(|(key, value)| (*key, value))
    }

    /// Names, in order.
    pub fn keys(self) -> impl Iterator<Item = &'a str> {
        self.iter().map(|(key, _)| key)
    }
}

/// All of a text as one value.
fn whole<'a>(
    mut from: serde_json::Deserializer<impl serde_json::de::Read<'a>>,
    arena: &'a Arena,
) -> serde_json::Result<Json<'a>> {
    let json = Tree(arena).deserialize(&mut from)?;
    from.end()?;
    Ok(json)
}

/// Builds the tree.
#[derive(Clone, Copy)]
struct Tree<'a>(&'a Arena);

impl<'a> DeserializeSeed<'a> for Tree<'a> {
    type Value = Json<'a>;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Json<'a>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Tree<'a> {
    type Value = Json<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json<'a>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Json<'a>, E> {
        Ok(Json::Flag(flag))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Json<'a>, E> {
        Ok(Json::Number(number.into()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Json<'a>, E> {
        Ok(Json::Number(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Json<'a>, E> {
        // Too large a number is refused by the parser, so this one is finite.
        Ok(Number::from_f64(number).map_or(Json::Null, Json::Number))
    }

    fn visit_borrowed_str<E>(self, text: &'a str) -> Result<Json<'a>, E> {
        Ok(Json::Text(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json<'a>, E> {
        Ok(Json::Text(self.0.alloc_str(text)))
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut list: A) -> Result<Json<'a>, A::Error> {
        let mut elements = ArenaVec::new_in(self.0);
        while let Some(element) = list.next_element_seed(self)? {
            elements.push(element);
        }
        Ok(Json::List(elements.into_bump_slice()))
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<Json<'a>, A::Error> {
        let mut members = ArenaVec::new_in(self.0);
        while let Some(key) = map.next_key_seed(Key(self.0))? {
            members.push((key, map.next_value_seed(self)?));
        }
        Ok(Json::Record(Record::of(members)))
    }
}

/// Reads a member's name.
struct Key<'a>(&'a Arena);

impl<'a> DeserializeSeed<'a> for Key<'a> {
    type Value = &'a str;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<&'a str, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'a> Visitor<'a> for Key<'a> {
    type Value = &'a str;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member's name")
    }

    fn visit_borrowed_str<E: Error>(self, name: &'a str) -> Result<&'a str, E> {
        Ok(name)
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<&'a str, E> {
        Ok(self.0.alloc_str(name))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    /// What serde_json's own tree has in it.
    fn same(json: &Json<'_>, value: &Value) -> bool {
        match (json, value) {
            (Json::Null, Value::Null) => true,
            (Json::Flag(one), Value::Bool(other)) => one == other,
            (Json::Number(one), Value::Number(other)) => one == other,
            (Json::Text(one), Value::String(other)) => one == other,
            (Json::List(one), Value::Array(other)) => {
                one.len() == other.len() && one.iter().zip(other).all(|(a, b)| same(a, b))
            }
            (Json::Record(one), Value::Object(other)) => {
                let mut members = one.iter().zip(other);
                one.len() == other.len() && members.all(|((a, x), (b, y))| a == b && same(x, y))
            }
            _ => false,
        }
    }

    #[track_caller]
    fn check(text: &[u8]) {
        let value = serde_json::from_slice::<Value>(text).map_err(|error| error.to_string());
        let arena = Arena::new();
        match (Json::parse(text, &arena), value) {
            (Ok(json), Ok(value)) => assert!(same(&json, &value), "{json:?} {value:?}"),
            (json, value) => assert_eq!(json.err(), value.err(), "{}", text.escape_ascii()),
        }
    }

    #[test]
    fn it_reads_and_refuses_what_the_library_does() {
        let deep = |depth| [vec![b'['; depth], vec![b']'; depth]].concat();
        let texts: [&[u8]; 32] = [
            b" { \"a\" : [ 1 , 20 , 0 ] , \"b\" : { } }\n",
            b"[1,]",
            b"[,1]",
            b"{\"a\":1,}",
            b"{\"a\" 1}",
            b"[01]",
            b"[-0,-1]",
            b"[999999999999999999,1000000000000000000,18446744073709551616]",
            b"[1.0,1e2,0.5,0e1]",
            b"truefalse",
            b"[true,falsey]",
            b"\"a",
            "\"\u{7f}Zo\u{eb}\"".as_bytes(),
            br#"{"b":1,"a":[true,null,-2,1.5],"b":{"c":"x"},"a":"last"}"#,
            br#""\u00e9 \ud83d\ude00 \n""#,
            br#"{"\u0061":1,"a":2}"#,
            b"{}",
            b"[]",
            b"",
            b"{",
            b"{\"a\"}",
            b"nul",
            b"1 2",
            b"1e400",
            b"123456789012345678901234567890",
            br#""\ud800""#,
            b"\"\xff\"",
            b"\"a\x01\"",
            br#"{"a":"\q"}"#,
            &deep(15),
            &deep(127),
            &deep(100_000),
        ];
        texts.into_iter().for_each(check);
    }

    proptest! {
        #[test]
        fn whatever_is_sent_is_read_as_the_library_does(text in r#"[\[\]{}:,"a0-9.eE \\ntrufls-]{0,24}"#) {
            check(text.as_bytes());
        }

        #[test]
        fn members_are_found_however_many_there_are(names in proptest::collection::vec("[a-z]{1,2}", 0..40)) {
            let members = names.iter().enumerate().map(|(n, name)| format!("{name:?}:{n}"));
            let text = format!("{{{}}}", members.collect::<Vec<_>>().join(","));
            check(text.as_bytes());
            let arena = Arena::new();
            let json = Json::parse(text.as_bytes(), &arena).expect("JSON");
            for name in &names {
                let last = names.iter().rposition(|other| other == name).expect("it is there");
                prop_assert_eq!(json.get(name), Some(&Json::Number(last.into())));
            }
            prop_assert_eq!(json.get("A"), None);
        }
    }
}
