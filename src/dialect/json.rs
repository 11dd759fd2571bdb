//! JSON on the way out: objects and lists written straight to bytes, members in the order told.

/// About how long a resource in a list is.
const RESOURCE_BYTES: usize = 640;

/// A JSON object being written. Closes itself when dropped.
pub struct Object<'a> {
    bytes: &'a mut Vec<u8>,
    /// Where it begins. Every member writes a comma before itself; the first one's becomes the brace.
    start: usize,
}

/// The name of a member, as text or made ready.
pub trait Name {
    /// Writes a comma, the name in quotes and a colon.
    fn write(self, bytes: &mut Vec<u8>);
}

/// A name that was made ready at compile time. It is written in one piece whose length the compiler
/// knows, and cut: a third of the instructions that its parts take.
#[derive(Debug)]
pub struct Key {
    written: [u8; KEY_BYTES],
    length: usize,
}

/// Room for the longest name, and what stands around it.
const KEY_BYTES: usize = 40;

impl Key {
    /// That name. Does not compile where it is too long.
    pub const fn new(name: &str) -> Self {
        let name = name.as_bytes();
        let mut written = [0; KEY_BYTES];
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

impl Name for &Key {
    #[inline]
    fn write(self, bytes: &mut Vec<u8>) {
        let end = bytes.len() + self.length;
        bytes.extend_from_slice(&self.written);
        bytes.truncate(end);
    }
}

impl Name for &str {
    /// Names are ours, and need no escape.
    #[inline]
    fn write(self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(b",\"");
        bytes.extend_from_slice(self.as_bytes());
        bytes.extend_from_slice(b"\":");
    }
}

/// Writes one object.
pub fn object(write: impl FnOnce(&mut Object<'_>)) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(512);
    write(&mut Object::open(&mut bytes));
    bytes
}

/// Writes one list of objects.
pub fn list<T>(
    items: impl IntoIterator<Item = T>,
    mut write: impl FnMut(&mut Object<'_>, T),
) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(512);
    elements(&mut bytes, items, &mut write);
    bytes
}

fn elements<T>(
    bytes: &mut Vec<u8>,
    items: impl IntoIterator<Item = T>,
    write: &mut impl FnMut(&mut Object<'_>, T),
) {
    bytes.push(b'[');
    for (at, item) in items.into_iter().enumerate() {
        if at > 0 {
            bytes.push(b',');
        }
        write(&mut Object::open(bytes), item);
    }
    bytes.push(b']');
}

impl<'a> Object<'a> {
    fn open(bytes: &'a mut Vec<u8>) -> Self {
        let start = bytes.len();
        Self { bytes, start }
    }

    /// Makes room for a page of so many resources at once, where it would be made many times.
    pub fn reserve(&mut self, resources: usize) {
        self.bytes.reserve(resources * RESOURCE_BYTES);
    }

    /// A text.
    #[inline]
    pub fn text(&mut self, name: impl Name, value: &str) {
        // Room for all of the member at once.
        self.bytes.reserve(KEY_BYTES + value.len() + 2);
        name.write(self.bytes);
        write_text(self.bytes, value);
    }

    /// A text in two parts: what stands before an id, and the id.
    pub fn joined(&mut self, name: impl Name, before: &str, id: &str) {
        name.write(self.bytes);
        self.bytes.push(b'"');
        write_inner(self.bytes, before);
        write_inner(self.bytes, id);
        self.bytes.push(b'"');
    }

    /// A text, or nothing.
    pub fn maybe(&mut self, name: impl Name, value: Option<&str>) {
        if let Some(value) = value {
            self.text(name, value);
        }
    }

    /// A boolean.
    pub fn flag(&mut self, name: impl Name, value: bool) {
        name.write(self.bytes);
        self.bytes.extend_from_slice(if value { b"true" } else { b"false" });
    }

    /// An integer.
    pub fn integer(&mut self, name: impl Name, value: i64) {
        name.write(self.bytes);
        self.digits(value);
    }

    /// An integer as a text.
    pub fn integer_text(&mut self, name: impl Name, value: u64) {
        name.write(self.bytes);
        self.bytes.push(b'"');
        self.digits(value);
        self.bytes.push(b'"');
    }

    /// A null, where the vendor's form demands one.
    pub fn null(&mut self, name: impl Name) {
        name.write(self.bytes);
        self.bytes.extend_from_slice(b"null");
    }

    /// Milliseconds as seconds with up to three decimals, trailing zeros cut: `1641817106.37`.
    pub fn seconds(&mut self, name: impl Name, ms: i64) {
        name.write(self.bytes);
        if ms < 0 {
            self.bytes.push(b'-');
        }
        let ms = ms.unsigned_abs();
        self.digits(ms / 1000);
        // What is added first keeps the zeros in front.
        let mut buffer = itoa::Buffer::new();
        let fraction = buffer.format(ms % 1000 + 1000)[1..].trim_end_matches('0');
        if !fraction.is_empty() {
            self.bytes.push(b'.');
            self.bytes.extend_from_slice(fraction.as_bytes());
        }
    }

    /// A value of any kind.
    pub fn value(&mut self, name: impl Name, value: &serde_json::Value) {
        name.write(self.bytes);
        // A JSON value has no key that is not a string, and memory does not fail.
        let _ = serde_json::to_writer(&mut *self.bytes, value);
    }

    /// An object.
    pub fn object(&mut self, name: impl Name, write: impl FnOnce(&mut Object<'_>)) {
        name.write(self.bytes);
        write(&mut Object::open(self.bytes));
    }

    /// A list of objects.
    pub fn list<T>(
        &mut self,
        name: impl Name,
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut Object<'_>, T),
    ) {
        name.write(self.bytes);
        elements(self.bytes, items, &mut write);
    }

    /// A list of texts.
    pub fn texts<'t>(&mut self, name: impl Name, items: impl IntoIterator<Item = &'t str>) {
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

impl Drop for Object<'_> {
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

/// A text without the quotes around it.
#[inline]
fn write_inner(bytes: &mut Vec<u8>, text: &str) {
    if !needs_escape(text.as_bytes()) {
        return bytes.extend_from_slice(text.as_bytes());
    }
    // serde_json escapes what has to be; memory does not fail.
    let from = bytes.len();
    let _ = serde_json::to_writer(&mut *bytes, text);
    bytes.pop();
    bytes.remove(from);
}

/// Whether a byte among these is a control, a quote or a backslash. Looks at eight at a time; the last
/// eight may overlap those before.
#[inline]
fn needs_escape(text: &[u8]) -> bool {
    let (eights, rest) = text.as_chunks::<8>();
    let mut found = eights.iter().fold(0, |found, eight| found | odd(*eight));
    match text.last_chunk::<8>() {
        Some(last) if !rest.is_empty() => found |= odd(*last),
        Some(_) => {}
        None => {
            let mut padded = [b' '; 8];
            padded.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
            found |= odd(padded);
        }
    }
    found != 0
}

/// Not zero where one of eight bytes has to be escaped: the top bit of each says so, from the lowest
/// such byte upwards.
#[inline]
fn odd(eight: [u8; 8]) -> u64 {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    let word = u64::from_le_bytes(eight);
    // The top bit of a byte is set where something was borrowed for it, unless it was set before.
    let below = |word: u64, bound: u8| word.wrapping_sub(ONES * u64::from(bound)) & !word;
    let is = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    (below(word, b' ') | is(b'"') | is(b'\\')) & (ONES << 7)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_keep_up_to_three_decimals() {
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
    fn texts_are_escaped_where_they_have_to_be() {
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
