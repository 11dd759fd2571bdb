//! Formats distinguished names as in RFC 4514.

use std::fmt::Write as _;

use const_oid::db::DB;
use der::asn1::{
    AnyRef, Ia5StringRef, ObjectIdentifier, PrintableStringRef, SetOfVec, TeletexStringRef,
    Utf8StringRef,
};
use der::{Decode as _, Encode as _, Result, SliceReader, Tag, Tagged as _};

/// Decodes a name, and formats it with its last part first.
pub(super) fn distinguished_name(reader: &mut SliceReader<'_>) -> Result<String> {
    let mut parts = Vec::<SetOfVec<AnyRef<'_>>>::decode(reader)?;
    parts.reverse();
    let parts: Vec<String> = parts.iter().map(part).collect::<Result<_>>()?;
    Ok(parts.join(","))
}

/// Formats one part of a name; it has several attributes if it is multi-valued.
fn part(attributes: &SetOfVec<AnyRef<'_>>) -> Result<String> {
    let attributes: Vec<String> = attributes.iter().map(attribute).collect::<Result<_>>()?;
    Ok(attributes.join("+"))
}

/// Formats `CN=name`, or `1.2.3=#hex` with the DER of the value if the attribute has no short name or the
/// value is no text.
fn attribute(attribute: &AnyRef<'_>) -> Result<String> {
    let (oid, value) = attribute.sequence(|reader| {
        Ok::<_, der::Error>((ObjectIdentifier::decode(reader)?, AnyRef::decode(reader)?))
    })?;
    // Some attributes have a long name, too.
    let name = DB.find_names_for_oid(oid).min_by_key(|name| name.len());
    if let (Some(name), Some(text)) = (name, text(value)) {
        return Ok(format!("{}={}", name.to_ascii_uppercase(), escaped(text)));
    }
    let mut attribute = format!("{oid}=#");
    for byte in value.to_der()? {
        let _ = write!(attribute, "{byte:02x}");
    }
    Ok(attribute)
}

/// Returns the text of a value, if its type is a string of ASCII or UTF-8.
fn text(value: AnyRef<'_>) -> Option<&str> {
    match value.tag() {
        Tag::Utf8String => value.decode_as::<Utf8StringRef<'_>>().ok().map(|text| text.as_str()),
        Tag::PrintableString => {
            value.decode_as::<PrintableStringRef<'_>>().ok().map(|text| text.as_str())
        }
        Tag::Ia5String => value.decode_as::<Ia5StringRef<'_>>().ok().map(|text| text.as_str()),
        Tag::TeletexString => {
            value.decode_as::<TeletexStringRef<'_>>().ok().map(|text| text.as_str())
        }
        _ => None,
    }
}

/// Escapes the characters that RFC 4514 §2.4 names, and control characters as hex.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for (index, character) in text.char_indices() {
        let is_first = index == 0;
        let is_last = index + character.len_utf8() == text.len();
        match character {
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => escaped.extend(['\\', character]),
            '#' if is_first => escaped.push_str("\\#"),
            ' ' if is_first || is_last => escaped.push_str("\\ "),
            control if control.is_ascii_control() => {
                let _ = write!(escaped, "\\{:02x}", u32::from(control));
            }
            _ => escaped.push(character),
        }
    }
    escaped
}
