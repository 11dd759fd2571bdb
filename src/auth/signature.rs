//! The parts of signatures that both clouds share: hashes, and the canonical form of a request.

use hmac::digest::core_api::BlockSizeUser;
use hmac::digest::{Digest, FixedOutputReset, Update};
use hmac::{Mac, SimpleHmac};
use http::HeaderName;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};
use subtle::ConstantTimeEq;

use crate::domain::Timestamp;

/// The head of a request: method, target, headers.
type Head = http::request::Parts;

/// All but the characters that RFC 3986 calls unreserved.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The secret to check for an unknown key, so that known and unknown keys take the same time.
pub const NO_SECRET: &str = "0000000000000000000000000000000000000000";

/// The hash of a text, in lower-case hex.
pub fn hex_digest<D: Digest>(bytes: impl AsRef<[u8]>) -> String {
    hex(&D::digest(bytes))
}

/// The keyed hash of a text.
pub fn hmac<D>(key: &[u8], text: impl AsRef<[u8]>) -> Vec<u8>
where
    D: Digest + BlockSizeUser + FixedOutputReset + Update + Clone,
{
    let mut mac = SimpleHmac::<D>::new_from_slice(key)
        .unwrap_or_else(|_| unreachable!("any length is valid"));
    Mac::update(&mut mac, text.as_ref());
    mac.finalize().into_bytes().to_vec()
}

/// Bytes as lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        for digit in [byte >> 4, byte & 0xf] {
            text.push(char::from(b"0123456789abcdef"[usize::from(digit)]));
        }
    }
    text
}

/// Whether two texts are equal, in a time that depends on their lengths only.
pub fn equals(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

/// Percent-encodes all but unreserved characters.
pub fn encoded(text: &[u8]) -> String {
    percent_encode(text, RESERVED).to_string()
}

/// The query with its parameters decoded, encoded again and sorted. `is_left_out` gets the decoded name of a
/// parameter and returns whether to omit it.
pub fn canonical_query(query: &str, is_left_out: impl Fn(&str) -> bool) -> String {
    let mut pairs: Vec<(String, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .filter(|(name, _)| !is_left_out(&percent_decode_str(name).decode_utf8_lossy()))
        .map(|(name, value)| (recoded(name), recoded(value)))
        .collect();
    pairs.sort();
    let pairs = pairs.into_iter().map(|(name, value)| format!("{name}={value}"));
    pairs.collect::<Vec<_>>().join("&")
}

/// The text percent-decoded and encoded again, so that equivalent texts become equal.
fn recoded(text: &str) -> String {
    encoded(&percent_decode_str(text).collect::<Vec<_>>())
}

/// The lines of the signed headers, each with its end: `name:value`. Values of one name are joined by
/// commas. `None` if a header is missing or is not text.
///
/// The first text is signed. The second one is for error messages: security tokens are hidden.
pub fn canonical_headers(
    head: &Head,
    names: &str,
    value: impl Fn(&str) -> String,
) -> Option<(String, String)> {
    let (mut lines, mut shown) = (String::new(), String::new());
    for name in names.split(';') {
        let key = HeaderName::from_bytes(name.as_bytes()).ok()?;
        let mut values = head.headers.get_all(&key).iter().peekable();
        values.peek()?;
        let values: Option<Vec<_>> =
            values.map(|text| Some(value(std::str::from_utf8(text.as_bytes()).ok()?))).collect();
        let line = format!("{name}:{}\n", values?.join(","));
        shown += &match name.ends_with("-security-token") {
            true => format!("{name}:(hidden)\n"),
            false => line.clone(),
        };
        lines += &line;
    }
    Some((lines, shown))
}

/// A time as signatures write it: `20300101T000000Z`.
pub fn compact_time(time: Timestamp) -> String {
    let text = time.to_string();
    let seconds = text.split(['.', 'Z']).next().unwrap_or_default();
    seconds.chars().filter(|c| !matches!(c, '-' | ':')).chain(['Z']).collect()
}

/// The time in a text such as `20300101T000000Z`.
pub fn parse_compact_time(text: &str) -> Option<Timestamp> {
    let time = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", text).ok()?;
    let time = jiff::tz::Offset::UTC.to_timestamp(time).ok()?;
    Some(Timestamp(time.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use sha2::Sha256;

    use super::*;

    #[test]
    fn hmac_agrees_with_rfc_4231() {
        let mac = hmac::<Sha256>(b"Jefe", "what do ya want for nothing?");
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(hex(&mac), expected);
    }

    #[test]
    fn compact_times_are_read_as_they_are_written() {
        let time = parse_compact_time("20300102T030405Z").expect("a time");
        assert_eq!(time.to_string(), "2030-01-02T03:04:05Z");
        assert_eq!(compact_time(time), "20300102T030405Z");
        for odd in ["", "20300102T030405", "2030-01-02T03:04:05Z", "20301302T030405Z"] {
            assert_eq!(parse_compact_time(odd), None, "{odd}");
        }
    }

    #[test]
    fn queries_are_sorted_and_encoded_in_one_way() {
        let canonical = |query| canonical_query(query, |name| name == "X-Amz-Signature");
        assert_eq!(canonical("b=2&a=1&a=0&c"), "a=0&a=1&b=2&c=");
        assert_eq!(canonical("a=%7e%2a*&X-Amz-Signature=f"), "a=~%2A%2A");
        assert_eq!(canonical(""), "");
    }
}
