//! JSON on the way out: objects and lists written straight to bytes, members in the order told.

/// About how long a resource in a list is.
const RESOURCE_BYTES: usize = 512;

/// A JSON object being written. Closes itself when dropped.
pub struct Object<'a> {
    bytes: &'a mut Vec<u8>,
    first: bool,
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
        bytes.push(b'{');
        Self { bytes, first: true }
    }

    /// Makes room for a page of so many resources at once, where it would be made many times.
    pub fn reserve(&mut self, resources: usize) {
        self.bytes.reserve(resources * RESOURCE_BYTES);
    }

    /// A text.
    pub fn text(&mut self, name: &str, value: &str) {
        // Room for all of the member at once.
        self.bytes.reserve(name.len() + value.len() + 6);
        self.name(name);
        self.bytes.push(b'"');
        write_inner(self.bytes, value);
        self.bytes.push(b'"');
    }

    /// A text in two parts: what stands before an id, and the id.
    pub fn joined(&mut self, name: &str, before: &str, id: &str) {
        self.name(name);
        self.bytes.push(b'"');
        write_inner(self.bytes, before);
        write_inner(self.bytes, id);
        self.bytes.push(b'"');
    }

    /// A text, or nothing.
    pub fn maybe(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.text(name, value);
        }
    }

    /// A boolean.
    pub fn flag(&mut self, name: &str, value: bool) {
        self.name(name);
        self.bytes.extend_from_slice(if value { b"true" } else { b"false" });
    }

    /// An integer.
    pub fn integer(&mut self, name: &str, value: i64) {
        self.name(name);
        self.digits(value);
    }

    /// An integer as a text.
    pub fn integer_text(&mut self, name: &str, value: u64) {
        self.name(name);
        self.bytes.push(b'"');
        self.digits(value);
        self.bytes.push(b'"');
    }

    /// A null, where the vendor's form demands one.
    pub fn null(&mut self, name: &str) {
        self.name(name);
        self.bytes.extend_from_slice(b"null");
    }

    /// Milliseconds as seconds with up to three decimals, trailing zeros cut: `1641817106.37`.
    pub fn seconds(&mut self, name: &str, ms: i64) {
        self.name(name);
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
    pub fn value(&mut self, name: &str, value: &serde_json::Value) {
        self.name(name);
        // A JSON value has no key that is not a string, and memory does not fail.
        let _ = serde_json::to_writer(&mut *self.bytes, value);
    }

    /// An object.
    pub fn object(&mut self, name: &str, write: impl FnOnce(&mut Object<'_>)) {
        self.name(name);
        write(&mut Object::open(self.bytes));
    }

    /// A list of objects.
    pub fn list<T>(
        &mut self,
        name: &str,
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut Object<'_>, T),
    ) {
        self.name(name);
        elements(self.bytes, items, &mut write);
    }

    /// A list of texts.
    pub fn texts<'t>(&mut self, name: &str, items: impl IntoIterator<Item = &'t str>) {
        self.name(name);
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

    fn name(&mut self, name: &str) {
        if !self.first {
            self.bytes.push(b',');
        }
        self.first = false;
        // Names are ours, and need no escape.
        self.bytes.push(b'"');
        self.bytes.extend_from_slice(name.as_bytes());
        self.bytes.extend_from_slice(b"\":");
    }
}

impl Drop for Object<'_> {
    fn drop(&mut self) {
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
fn write_inner(bytes: &mut Vec<u8>, text: &str) {
    // Looks at every byte: without a way out the compiler looks at sixteen of them at a time.
    let odd = |byte: u8| (byte < b' ') | (byte == b'"') | (byte == b'\\');
    if !text.bytes().fold(false, |any, byte| any | odd(byte)) {
        return bytes.extend_from_slice(text.as_bytes());
    }
    // serde_json escapes what has to be; memory does not fail.
    let from = bytes.len();
    let _ = serde_json::to_writer(&mut *bytes, text);
    bytes.pop();
    bytes.remove(from);
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
        let texts = ["", "plain", "say \"so\"", "\\", "a\nb\u{1}", "Zoë \u{7f} 名"];
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
