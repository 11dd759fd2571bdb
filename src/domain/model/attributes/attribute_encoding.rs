//! The encoding of attributes in one string.
//!
//! A record is a head and the texts of its values. The head has the number of values, their
//! attributes in ascending order, their kinds, and the end of each value. A list is a head with the
//! number of elements and their ends, and the elements. Every byte of a head is below 128, so the whole
//! encoding is UTF-8, and reading a value needs no validation.

use std::fmt;

use super::super::attribute::Attribute;
use super::{AttributeValue, Attributes};

/// The number of bytes of an end or a count, with seven bits each: up to 256 MiB.
const END: usize = 4;

/// The number of bytes of a head for each value: attribute, kind, end.
const ROW: usize = 2 + END;

/// The greatest number of bytes of a record. The limits of the dialects are far below; a longer value
/// is in a request that is rejected, and is encoded as an empty one.
const BYTES_MAX: usize = (1 << (7 * END)) - 1;

const TEXT: u8 = b't';
const TRUE: u8 = b'1';
const FALSE: u8 = b'0';
const RECORD: u8 = b'r';
const LIST: u8 = b'l';
const TEXTS: u8 = b's';

fn kind<T>(value: &AttributeValue<T>) -> u8 {
    match value {
        AttributeValue::Text(_) => TEXT,
        AttributeValue::Flag(true) => TRUE,
        AttributeValue::Flag(false) => FALSE,
        AttributeValue::Record(_) => RECORD,
        AttributeValue::List(_) => LIST,
        AttributeValue::Texts(_) => TEXTS,
    }
}

/// The number of bytes of a value; 0 if it has more than `room`.
fn length<T: AsRef<str>>(value: &AttributeValue<T>, room: usize) -> usize {
    let list = |count, bytes: usize| END * (count + 1) + bytes;
    let length = match value {
        AttributeValue::Text(text) => text.as_ref().len(),
        AttributeValue::Flag(_) => 0,
        AttributeValue::Record(record) => record.view().0.len(),
        AttributeValue::List(items) => {
            list(items.len(), items.iter().map(|item| item.view().0.len()).sum())
        }
        AttributeValue::Texts(texts) => {
            list(texts.len(), texts.iter().map(|text| text.as_ref().len()).sum())
        }
    };
    if length > room { 0 } else { length }
}

/// Writes a value of this length.
fn write<T: AsRef<str>>(packed: &mut String, value: &AttributeValue<T>, length: usize) {
    match value {
        _ if length == 0 => {}
        AttributeValue::Text(text) => packed.push_str(text.as_ref()),
        AttributeValue::Flag(_) => {}
        AttributeValue::Record(record) => packed.push_str(record.view().0),
        AttributeValue::List(items) => write_list(packed, items.iter().map(|item| item.view().0)),
        AttributeValue::Texts(texts) => write_list(packed, texts.iter().map(AsRef::as_ref)),
    }
}

fn write_list<'a>(packed: &mut String, items: impl ExactSizeIterator<Item = &'a str> + Clone) {
    write_end(packed, items.len());
    let mut end = 0;
    for item in items.clone() {
        end += item.len();
        write_end(packed, end);
    }
    items.for_each(|item| packed.push_str(item));
}

fn write_end(packed: &mut String, end: usize) {
    #[allow(clippy::cast_possible_truncation)] // `ascii` takes seven bits.
    for part in (0..END).rev() {
        packed.push(ascii((end >> (7 * part)) as u8));
    }
}

/// A byte of a head, which is below 128; the mask lets the compiler know.
fn ascii(byte: u8) -> char {
    char::from(byte & 127)
}

#[inline]
fn end_at(packed: &str, at: usize) -> usize {
    let bytes = packed.as_bytes().get(at..at + END).and_then(|bytes| bytes.first_chunk());
    let word = bytes.map_or(0, |bytes: &[u8; END]| u32::from_be_bytes(*bytes));
    // Seven bits of each byte, two bytes at a time.
    let pairs = word & 0x007f_007f | (word & 0x7f00_7f00) >> 1;
    (pairs & 0x3fff | pairs >> 16 << 14) as usize
}

/// Encodes values in any order. Of several values of an attribute, the last one counts. Returns `None`
/// if there are no values.
pub(super) fn pack<T: AsRef<str>>(
    mut values: Vec<(Attribute, AttributeValue<T>)>,
) -> Option<Box<str>> {
    values.reverse();
    values.sort_by_key(|(attribute, _)| *attribute);
    values.dedup_by_key(|(attribute, _)| *attribute);
    let mut room = BYTES_MAX;
    let lengths = values.iter().map(|(_, value)| {
        let length = length(value, room);
        room -= length;
        length
    });
    let lengths: Vec<_> = lengths.collect();
    let mut packed = String::with_capacity(1 + ROW * values.len() + BYTES_MAX - room);
    // There are fewer than 64 attributes.
    packed.push(ascii(u8::try_from(values.len()).ok().filter(|count| *count > 0)?));
    packed.extend(values.iter().map(|(attribute, _)| ascii(attribute.byte())));
    packed.extend(values.iter().map(|(_, value)| ascii(kind(value))));
    let mut end = 0;
    for length in &lengths {
        end += length;
        write_end(&mut packed, end);
    }
    for ((_, value), length) in values.iter().zip(lengths) {
        write(&mut packed, value, length);
    }
    Some(packed.into())
}

/// Encodes a record with another value of one attribute, or without it. Copies the encoding of the
/// other values.
pub(super) fn with_value(
    from: AttributesRef<'_>,
    attribute: Attribute,
    value: Option<&AttributeValue>,
) -> Option<Box<str>> {
    let [attributes, kinds, ends] = from.head();
    let (count, byte) = (attributes.len(), attribute.byte());
    let at = attributes.bytes().take_while(|one| *one < byte).count();
    let behind = at + usize::from(attributes.as_bytes().get(at) == Some(&byte));
    let (start, end, all) = (from.end(at), from.end(behind), from.end(count));
    let others = all - (end - start);
    let new = value.map_or(0, |value| length(value, BYTES_MAX - others));
    let left = count - (behind - at) + usize::from(value.is_some());
    let mut packed = String::with_capacity(1 + ROW * left + others + new);
    packed.push(ascii(u8::try_from(left).ok().filter(|left| *left > 0)?));
    let mut splice = |old: &str, new: Option<u8>| {
        packed.push_str(&old[..at]);
        packed.extend(new.map(ascii));
        packed.push_str(&old[behind..]);
    };
    splice(attributes, value.map(|_| byte));
    splice(kinds, value.map(kind));
    packed.push_str(&ends[..END * at]);
    if value.is_some() {
        write_end(&mut packed, start + new);
    }
    if start + new == end {
        packed.push_str(&ends[END * behind..]);
    } else {
        for later in behind + 1..=count {
            write_end(&mut packed, from.end(later) - end + start + new);
        }
    }
    packed.push_str(from.part(0, start));
    if let Some(value) = value {
        write(&mut packed, value, new);
    }
    packed.push_str(from.part(end, all));
    Some(packed.into())
}

/// A reference to attributes.
#[derive(Clone, Copy, PartialEq)]
pub struct AttributesRef<'a>(&'a str);

/// A reference to the value of an attribute.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum ValueRef<'a> {
    /// A string.
    Text(&'a str),
    /// A boolean.
    Flag(bool),
    /// A structure.
    Record(AttributesRef<'a>),
    /// A list of structures.
    List(ListRef<'a>),
    /// A list of strings.
    Texts(StringsRef<'a>),
}

/// A reference to a list of structures.
#[derive(Clone, Copy, Default, PartialEq)]
pub struct ListRef<'a>(&'a str);

/// A reference to a list of strings.
#[derive(Clone, Copy, Default, PartialEq)]
pub struct StringsRef<'a>(&'a str);

impl<'a> AttributesRef<'a> {
    pub(super) fn new(packed: &'a str) -> Self {
        Self(packed)
    }

    pub(super) fn packed(self) -> &'a str {
        self.0
    }

    /// Whether no attribute is set.
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// The number of values.
    #[inline]
    fn count(self) -> usize {
        self.0.as_bytes().first().map_or(0, |count| usize::from(*count))
    }

    /// The attributes that are set, in order.
    #[inline]
    fn attributes(self) -> &'a [u8] {
        self.0.as_bytes().get(1..1 + self.count()).unwrap_or_default()
    }

    /// The attributes that are set, their kinds, and the ends of their values.
    fn head(self) -> [&'a str; 3] {
        let count = self.count();
        let rows = self.0.get(1..1 + ROW * count).unwrap_or_default();
        let (attributes, rest) = rows.split_at_checked(count).unwrap_or_default();
        let (kinds, ends) = rest.split_at_checked(count).unwrap_or_default();
        [attributes, kinds, ends]
    }

    /// The end of the first `count` values.
    #[inline]
    fn end(self, count: usize) -> usize {
        if count == 0 { 0 } else { end_at(self.0, 1 + 2 * self.count() + END * (count - 1)) }
    }

    /// The texts of the values from `start` to `end`.
    #[inline]
    fn part(self, start: usize, end: usize) -> &'a str {
        let head = 1 + ROW * self.count();
        self.0.get(head + start..head + end).unwrap_or_default()
    }

    /// The kind and the text of a value.
    #[inline]
    fn value(self, at: usize) -> (u8, &'a str) {
        let count = self.count();
        let (head, ends) = (1 + ROW * count, 1 + 2 * count);
        let start = if at == 0 { 0 } else { end_at(self.0, ends + END * (at - 1)) };
        let end = end_at(self.0, ends + END * at);
        let kind = self.0.as_bytes().get(1 + count + at).map_or(FALSE, |kind| *kind);
        (kind, self.0.get(head + start..head + end).unwrap_or_default())
    }

    /// The kind and the text of an attribute.
    fn find(self, attribute: Attribute) -> Option<(u8, &'a str)> {
        let at = self.attributes().iter().position(|one| *one == attribute.byte())?;
        Some(self.value(at))
    }

    /// The attributes with an index, for reading many of them.
    #[inline]
    pub fn indexed(self) -> IndexedRef<'a> {
        // There are at most 64 attributes.
        let set = self.attributes().iter().fold(0_u64, |set, one| set | 1 << (one & 63));
        IndexedRef { view: self, set }
    }

    /// The value of `attribute`, if set.
    pub fn get(self, attribute: Attribute) -> Option<ValueRef<'a>> {
        self.find(attribute).map(|(kind, packed)| ValueRef::decode(kind, packed))
    }

    /// The text of `attribute`; `None` if it is unset or of another kind.
    pub fn text(self, attribute: Attribute) -> Option<&'a str> {
        self.find(attribute).filter(|(kind, _)| *kind == TEXT).map(|(_, text)| text)
    }

    /// The structure of `attribute`; `None` if it is unset or of another kind.
    pub fn record(self, attribute: Attribute) -> Option<AttributesRef<'a>> {
        self.find(attribute).filter(|(kind, _)| *kind == RECORD).map(|(_, packed)| Self(packed))
    }

    /// The elements of `attribute`; empty if it is unset or of another kind.
    pub fn list(self, attribute: Attribute) -> ListRef<'a> {
        let found = self.find(attribute).filter(|(kind, _)| *kind == LIST);
        found.map(|(_, packed)| ListRef(packed)).unwrap_or_default()
    }

    /// Each attribute that is set, in the order of [`Attribute`].
    pub fn iter(self) -> impl Iterator<Item = (Attribute, ValueRef<'a>)> {
        self.attributes().iter().enumerate().filter_map(move |(at, attribute)| {
            let (kind, packed) = self.value(at);
            Some((Attribute::from_byte(*attribute)?, ValueRef::decode(kind, packed)))
        })
    }
}

/// A reference to attributes with a bit for each attribute that is set.
#[derive(Clone, Copy, Debug)]
pub struct IndexedRef<'a> {
    view: AttributesRef<'a>,
    set: u64,
}

impl<'a> IndexedRef<'a> {
    /// The value of `attribute`, if set.
    #[inline]
    pub fn get(self, attribute: Attribute) -> Option<ValueRef<'a>> {
        let bit = 1_u64 << (attribute.byte() & 63);
        if self.set & bit == 0 {
            return None;
        }
        let (kind, packed) = self.view.value((self.set & (bit - 1)).count_ones() as usize);
        Some(ValueRef::decode(kind, packed))
    }
}

impl<'a> ValueRef<'a> {
    #[inline]
    fn decode(kind: u8, packed: &'a str) -> Self {
        match kind {
            TRUE => Self::Flag(true),
            FALSE => Self::Flag(false),
            RECORD => Self::Record(AttributesRef(packed)),
            LIST => Self::List(ListRef(packed)),
            TEXTS => Self::Texts(StringsRef(packed)),
            _ => Self::Text(packed), // `TEXT`.
        }
    }
}

impl From<ValueRef<'_>> for AttributeValue {
    fn from(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Text(text) => Self::Text(text.into()),
            ValueRef::Flag(flag) => Self::Flag(flag),
            ValueRef::Record(record) => Self::Record(record.into()),
            ValueRef::List(list) => Self::List(list.to_vec()),
            ValueRef::Texts(texts) => Self::Texts(texts.iter().map(Into::into).collect()),
        }
    }
}

/// The elements of an encoded list.
fn elements(packed: &str) -> impl Iterator<Item = &str> {
    let count = end_at(packed, 0);
    let mut start = 0;
    (1..=count).map(move |at| {
        let end = end_at(packed, END * at);
        let head = END * (count + 1);
        let element = packed.get(head + start..head + end).unwrap_or_default();
        start = end;
        element
    })
}

impl<'a> ListRef<'a> {
    /// The elements, in order.
    pub fn iter(self) -> impl Iterator<Item = AttributesRef<'a>> {
        elements(self.0).map(AttributesRef)
    }

    /// The first element.
    pub fn first(self) -> Option<AttributesRef<'a>> {
        self.iter().next()
    }

    /// Copies of the elements, for changing them.
    pub fn to_vec(self) -> Vec<Attributes> {
        self.iter().map(Attributes::from).collect()
    }
}

impl<'a> StringsRef<'a> {
    /// The strings, in order.
    pub fn iter(self) -> impl Iterator<Item = &'a str> {
        elements(self.0)
    }
}

impl fmt::Debug for AttributesRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl fmt::Debug for ListRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl fmt::Debug for StringsRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
