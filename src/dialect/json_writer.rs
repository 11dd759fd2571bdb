//! Writes JSON objects and lists directly to bytes, members in the order of the calls.

/// The approximate length of a resource in a list.
const RESOURCE_BYTES: usize = 640;

/// Writes one JSON object. Dropping it closes the object.
pub struct ObjectWriter<'a> {
    bytes: &'a mut Vec<u8>,
    /// Where the object begins. Every member writes a comma first; the first comma becomes the brace.
    start: usize,
}

/// The name of a member: a text, or a [`EncodedName`].
pub trait WriteName {
    /// Writes a comma, the name in quotes and a colon.
    fn write(self, bytes: &mut Vec<u8>);
}

/// The name of a member, encoded at compile time. It is copied as one block of constant size, then
/// truncated.
#[derive(Debug)]
pub struct EncodedName {
    written: [u8; NAME_BYTES],
    length: usize,
}

/// The length of the longest name, with its comma, quotes and colon.
const NAME_BYTES: usize = 40;

impl EncodedName {
    /// Encodes a name. A name that is too long does not compile.
    pub const fn new(name: &str) -> Self {
        let name = name.as_bytes();
        let mut written = [0; NAME_BYTES];
        (written[0], written[1]) = (b',', b'"');
        let mut at = 0;
        while at < name.len() {
            written[2 + at] = name[at];
            at += 1;
        }
        (written[2 + at], written[3 + at]) = (b'"', b':');
        Self { written, length: at + 4 }
    }
}

impl WriteName for &EncodedName {
    #[inline]
    fn write(self, bytes: &mut Vec<u8>) {
        let end = bytes.len() + self.length;
        bytes.extend_from_slice(&self.written);
        bytes.truncate(end);
    }
}

impl WriteName for &str {
    /// Names are constants without characters to escape.
    #[inline]
    fn write(self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(b",\"");
        bytes.extend_from_slice(self.as_bytes());
        bytes.extend_from_slice(b"\":");
    }
}

/// Writes one object.
pub fn object(write: impl FnOnce(&mut ObjectWriter<'_>)) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(512);
    write(&mut ObjectWriter::open(&mut bytes));
    bytes
}

/// Writes one list of objects.
pub fn list<T>(
    items: impl IntoIterator<Item = T>,
    mut write: impl FnMut(&mut ObjectWriter<'_>, T),
) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(512);
    elements(&mut bytes, items, &mut write);
    bytes
}

fn elements<T>(
    bytes: &mut Vec<u8>,
    items: impl IntoIterator<Item = T>,
    write: &mut impl FnMut(&mut ObjectWriter<'_>, T),
) {
    bytes.push(b'[');
    for (at, item) in items.into_iter().enumerate() {
        if at > 0 {
            bytes.push(b',');
        }
        write(&mut ObjectWriter::open(bytes), item);
    }
    bytes.push(b']');
}

impl<'a> ObjectWriter<'a> {
    fn open(bytes: &'a mut Vec<u8>) -> Self {
        let start = bytes.len();
        Self { bytes, start }
    }

    /// Reserves space for a page of this number of resources.
    pub fn reserve(&mut self, resources: usize) {
        self.bytes.reserve(resources * RESOURCE_BYTES);
    }

    /// A text.
    #[inline]
    pub fn text(&mut self, name: impl WriteName, value: &str) {
        self.bytes.reserve(NAME_BYTES + value.len() + 2);
        name.write(self.bytes);
        write_text(self.bytes, value);
    }

    /// A text in two parts: a prefix and an id.
    pub fn joined(&mut self, name: impl WriteName, before: &str, id: &str) {
        name.write(self.bytes);
        self.bytes.push(b'"');
        write_inner(self.bytes, before);
        write_inner(self.bytes, id);
        self.bytes.push(b'"');
    }

    /// A text, if there is one.
    pub fn optional_text(&mut self, name: impl WriteName, value: Option<&str>) {
        if let Some(value) = value {
            self.text(name, value);
        }
    }

    /// A boolean.
    pub fn flag(&mut self, name: impl WriteName, value: bool) {
        name.write(self.bytes);
        self.bytes.extend_from_slice(if value { b"true" } else { b"false" });
    }

    /// An integer.
    pub fn integer(&mut self, name: impl WriteName, value: i64) {
        name.write(self.bytes);
        self.digits(value);
    }

    /// An integer as a text.
    pub fn integer_text(&mut self, name: impl WriteName, value: u64) {
        name.write(self.bytes);
        self.bytes.push(b'"');
        self.digits(value);
        self.bytes.push(b'"');
    }

    /// A null, if the vendor writes one.
    pub fn null(&mut self, name: impl WriteName) {
        name.write(self.bytes);
        self.bytes.extend_from_slice(b"null");
    }

    /// Milliseconds as seconds with up to three decimals, trailing zeros cut: `1641817106.37`.
    pub fn seconds(&mut self, name: impl WriteName, ms: i64) {
        name.write(self.bytes);
        if ms < 0 {
            self.bytes.push(b'-');
        }
        let ms = ms.unsigned_abs();
        self.digits(ms / 1000);
        // Adding 1000 keeps the leading zeros.
        let mut buffer = itoa::Buffer::new();
        let fraction = buffer.format(ms % 1000 + 1000)[1..].trim_end_matches('0');
        if !fraction.is_empty() {
            self.bytes.push(b'.');
            self.bytes.extend_from_slice(fraction.as_bytes());
        }
    }

    /// A value of any kind.
    pub fn value(&mut self, name: impl WriteName, value: &serde_json::Value) {
        name.write(self.bytes);
        // Writing a JSON value to memory cannot fail.
        let _ = serde_json::to_writer(&mut *self.bytes, value);
    }

    /// An object.
    pub fn object(&mut self, name: impl WriteName, write: impl FnOnce(&mut ObjectWriter<'_>)) {
        name.write(self.bytes);
        write(&mut ObjectWriter::open(self.bytes));
    }

    /// A list of objects.
    pub fn list<T>(
        &mut self,
        name: impl WriteName,
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut ObjectWriter<'_>, T),
    ) {
        name.write(self.bytes);
        elements(self.bytes, items, &mut write);
    }

    /// A list of texts.
    pub fn texts<'t>(&mut self, name: impl WriteName, items: impl IntoIterator<Item = &'t str>) {
        name.write(self.bytes);
        self.bytes.push(b'[');
        for (at, item) in items.into_iter().enumerate() {
            if at > 0 {
                self.bytes.push(b',');
            }
            write_text(self.bytes, item);
        }
        self.bytes.push(b']');
    }

    fn digits(&mut self, value: impl itoa::Integer) {
        self.bytes.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
    }
}

impl Drop for ObjectWriter<'_> {
    fn drop(&mut self) {
        match self.bytes.get_mut(self.start) {
            Some(comma) => *comma = b'{',
            None => self.bytes.push(b'{'),
        }
        self.bytes.push(b'}');
    }
}

fn write_text(bytes: &mut Vec<u8>, text: &str) {
    bytes.reserve(text.len() + 2);
    bytes.push(b'"');
    write_inner(bytes, text);
    bytes.push(b'"');
}

/// A text without its quotes.
#[inline]
fn write_inner(bytes: &mut Vec<u8>, text: &str) {
    if !needs_escape(text.as_bytes()) {
        return bytes.extend_from_slice(text.as_bytes());
    }
    // Writing to memory cannot fail.
    let from = bytes.len();
    let _ = serde_json::to_writer(&mut *bytes, text);
    bytes.pop();
    bytes.remove(from);
}

/// Whether a byte of a text is a control character, a quote or a backslash. Looks at every byte, so
/// that the compiler can compare many at once.
#[inline]
fn needs_escape(text: &[u8]) -> bool {
    let escaped = |byte: u8| (byte < b' ') | (byte == b'"') | (byte == b'\\');
    text.iter().fold(false, |found, byte| found | escaped(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_have_up_to_three_decimals() {
        let written = |ms| {
            let bytes = object(|o| o.seconds("t", ms));
            String::from_utf8(bytes).expect("JSON is UTF-8")
        };
        assert_eq!(written(1_641_817_106_370), r#"{"t":1641817106.37}"#);
        assert_eq!(written(1_641_817_106_000), r#"{"t":1641817106}"#);
        assert_eq!(written(1_641_817_106_007), r#"{"t":1641817106.007}"#);
        assert_eq!(written(-1_500), r#"{"t":-1.5}"#);
    }

    #[test]
    fn texts_with_special_characters_are_escaped() {
        let texts = [
            "",
            "plain",
            "say \"so\"",
            "\\",
            "a\nb\u{1}",
            "Zoë \u{7f} 名",
            "12345678\n",
            "\t2345678",
            "éééé ü!é",
        ];
        for (text, id) in texts.into_iter().flat_map(|text| texts.map(|id| (text, id))) {
            let bytes = object(|o| {
                o.text("text", text);
                o.joined("joined", text, id);
                o.integer_text("n", 7);
            });
            let read: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
            let joined = format!("{text}{id}");
            assert_eq!(read, serde_json::json!({"text": text, "joined": joined, "n": "7"}));
        }
    }
}
