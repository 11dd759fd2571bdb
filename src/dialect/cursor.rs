//! Continuation tokens: a position in a list, sealed so that a changed or misplaced one is noticed.
//!
//! A token stays valid while others write, for positions are never used again. The seal is a check
//! against mistakes, not against an adversary: there is nothing here to protect.

use crate::domain::draw;

/// Seals a position for one list. `scope` names the list: store and operation.
pub fn seal(scope: &str, position: u64) -> String {
    let hidden = position ^ draw(0, scope, 0);
    format!("{hidden:016x}{:08x}", check(scope, position))
}

/// The position that was sealed for this list; `None` for anything else.
pub fn unseal(scope: &str, token: &str) -> Option<u64> {
    // Exactly as sealed: the parser would take capitals too.
    let fits = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if token.len() != 24 || !token.bytes().all(fits) {
        return None;
    }
    let hidden = u64::from_str_radix(&token[..16], 16).ok()?;
    let found = u32::from_str_radix(&token[16..], 16).ok()?;
    let position = hidden ^ draw(0, scope, 0);
    (found == check(scope, position)).then_some(position)
}

#[allow(clippy::cast_possible_truncation)] // Half of the bits are check enough.
fn check(scope: &str, position: u64) -> u32 {
    draw(1, scope, position) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_opens_for_its_own_list_only() {
        let token = seal("d-1 ListUsers", 41);
        assert_eq!(token.len(), 24);
        assert_eq!(unseal("d-1 ListUsers", &token), Some(41));
        assert_eq!(unseal("d-2 ListUsers", &token), None);
        let tampered = format!("{}0", &token[..23]);
        let other = format!("{}1", &token[..23]);
        assert!(
            unseal("d-1 ListUsers", &tampered).is_none()
                || unseal("d-1 ListUsers", &other).is_none()
        );
        assert_eq!(unseal("d-1 ListUsers", "garbage"), None);
        assert_eq!(unseal("d-1 ListUsers", &token.to_ascii_uppercase()), None);
    }
}
