//! Escapes control characters, which could give commands to the terminal.

use std::borrow::Cow;

/// Replaces all control characters; see [`escape_control_except`].
pub fn escape_control(text: &str) -> String {
    escape_control_except(text, &[]).into_owned()
}

/// Replaces control characters, C0 and C1, with `\u00xx`, as JSON writes them.
pub fn escape_control_except<'a>(text: &'a str, allowed: &[char]) -> Cow<'a, str> {
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
        assert_eq!(escape_control_except("a\n\tb é", &['\n', '\t']), "a\n\tb é");
        assert_eq!(escape_control("\u{1b}]0;x\u{7}\r\u{9b}"), r"\u001b]0;x\u0007\u000d\u009b");
    }
}
