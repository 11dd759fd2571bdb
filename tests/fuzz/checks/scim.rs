//! SCIM: filters, and paths of patches.

use idouble::internal::scim::{check_filter, check_path};

/// No text panics, and what is parsed is the same after it was printed and parsed again.
pub fn check(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    check_filter(text);
    check_path(text);
}
