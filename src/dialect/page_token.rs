//! Page tokens: a position in a list, encoded so that a changed token, or a token of another list, is
//! detected.
//!
//! A token stays valid while others write, because positions are never reused. The check protects
//! against mistakes, not against an attacker.

use crate::domain::draw;

/// Encodes a position in the list that `list_scope` names, such as its store and operation.
pub fn encode(list_scope: &str, position: u64) -> String {
    let masked = position ^ draw(0, list_scope, 0);
    format!("{masked:016x}{:08x}", checksum(list_scope, position))
}

/// Decodes a token of this list. Returns `None` for any other text.
pub fn decode(list_scope: &str, token: &str) -> Option<u64> {
    // Exactly as encoded: `from_str_radix` also accepts capitals.
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if token.len() != 24 || !token.bytes().all(is_digit) {
        return None;
    }
    let masked = u64::from_str_radix(&token[..16], 16).ok()?;
    let found = u32::from_str_radix(&token[16..], 16).ok()?;
    let position = masked ^ draw(0, list_scope, 0);
    (found == checksum(list_scope, position)).then_some(position)
}

#[allow(clippy::cast_possible_truncation)] // Half of the bits are enough for a checksum.
fn checksum(list_scope: &str, position: u64) -> u32 {
    draw(1, list_scope, position) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_is_valid_for_its_own_list_only() {
        let token = encode("d-1 ListUsers", 41);
        assert_eq!(token.len(), 24);
        assert_eq!(decode("d-1 ListUsers", &token), Some(41));
        assert_eq!(decode("d-2 ListUsers", &token), None);
        let last = if token.ends_with('0') { '1' } else { '0' };
        assert_eq!(decode("d-1 ListUsers", &format!("{}{last}", &token[..23])), None);
        assert_eq!(decode("d-1 ListUsers", "garbage"), None);
        assert_eq!(decode("d-1 ListUsers", &token.to_ascii_uppercase()), None);
    }
}
