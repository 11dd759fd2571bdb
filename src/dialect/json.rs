//! The JSON of request bodies. Texts without escapes are borrowed from the body.
//!
//! An object keeps all members that were sent, also several with the same name. The last of them counts, so
//! members are read with the functions of this file.

use std::collections::BTreeMap;

pub use serde_json_borrow::{ObjectAsVec as JsonObject, Value as Json};

/// Parses a body.
///
/// # Errors
/// The body is not JSON.
pub fn parse(body: &[u8]) -> serde_json::Result<Json<'_>> {
    match str::from_utf8(body) {
        // Each text would be checked by itself otherwise.
        Ok(text) => serde_json::from_str(text),
        // The error names the place.
        Err(_) => serde_json::from_slice(body),
    }
}

/// The last member with this name.
pub fn member<'a>(object: &'a JsonObject<'a>, name: &str) -> Option<&'a Json<'a>> {
    find_member(object, |key| key == name)
}

/// The last member whose name satisfies a condition.
pub fn find_member<'a>(
    object: &'a JsonObject<'a>,
    is_match: impl Fn(&str) -> bool,
) -> Option<&'a Json<'a>> {
    let mut members = object.as_vec().iter().rev();
    members.find(|(key, _)| is_match(key)).map(|(_, value)| value)
}

/// All members, sorted by name. Of several with the same name, the last one.
pub fn members<'a>(object: &'a JsonObject<'a>) -> BTreeMap<&'a str, &'a Json<'a>> {
    object.as_vec().iter().map(|(key, value)| (&**key, value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parse_rejects_invalid_utf_8() {
        for body in
            [&b"{\"a\":\"\xff\"}"[..], b"{}\xff", b"\xef\xbb\xbf{}", b"{\"a\":\"\xed\xa0\x80\"}"]
        {
            assert!(parse(body).is_err(), "{body:?}");
        }
        let error = parse(b"{\"a\":\n\"b\xff\"}").expect_err("invalid UTF-8");
        assert_eq!(error.to_string(), "invalid unicode code point at line 2 column 3");
    }

    #[test]
    fn last_of_several_members_with_the_same_name_counts() {
        let text = r#"{"b":1,"a":2,"\u0062":[],"A":3}"#;
        let Json::Object(object) = serde_json::from_str(text).expect("JSON") else {
            panic!("an object")
        };
        assert_eq!(member(&object, "b"), Some(&Json::Array(Vec::new())));
        assert_eq!(member(&object, "c"), None);
        let in_any_case = find_member(&object, |key| key.eq_ignore_ascii_case("a"));
        assert_eq!(in_any_case, Some(&Json::from(3_u64)));
        let members = members(&object);
        assert_eq!(members.keys().copied().collect::<Vec<_>>(), ["A", "a", "b"]);
        assert_eq!(members["b"], &Json::Array(Vec::new()));
    }

    #[test]
    fn texts_without_escapes_are_borrowed() {
        use std::borrow::Cow;

        let text = r#"["plain","esc\u0061ped"]"#;
        let Json::Array(texts) = serde_json::from_slice(text.as_bytes()).expect("JSON") else {
            panic!("a list")
        };
        assert!(matches!(&texts[0], Json::Str(Cow::Borrowed("plain"))));
        assert!(matches!(&texts[1], Json::Str(Cow::Owned(text)) if text == "escaped"));
    }
}
