//! Escapes control characters, which could give commands to the terminal.

use std::borrow::Cow;

/// Replaces control characters except line ends and tabs.
pub(super) fn escape_control(text: &str) -> Cow<'_, str> {
    escape_control_except(text, &['\n', '\t'])
}

/// Replaces control characters, C0 and C1, with `\u00xx`, as JSON writes them.
pub(super) fn escape_control_except<'a>(text: &'a str, allowed: &[char]) -> Cow<'a, str> {
    let is_unsafe = |c: char| c.is_control() && !allowed.contains(&c);
    if !text.contains(is_unsafe) {
        return text.into();
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_unsafe(c) {
            escaped += &format!("\\u{:04x}", u32::from(c));
        } else {
            escaped.push(c);
        }
    }
    escaped.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_escaped() {
        assert_eq!(escape_control("a\n\tb é"), "a\n\tb é");
        assert_eq!(escape_control("\u{1b}]0;x\u{7}\r\u{9b}"), r"\u001b]0;x\u0007\u000d\u009b");
    }
}
