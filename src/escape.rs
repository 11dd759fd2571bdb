//! Escapes control characters, which could give commands to the terminal.

use std::borrow::Cow;

/// Replaces control characters, C0 and C1, as Rust writes them: `\n`, `\u{1b}`.
pub fn escape_control(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() {
            escaped.extend(c.escape_default());
        } else {
            escaped.push(c);
        }
    }
    escaped
}

/// Replaces control characters, C0 and C1, with `\u00xx`, as JSON writes them.
pub fn escape_control_as_json<'a>(text: &'a str, allowed: &[char]) -> Cow<'a, str> {
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
        assert_eq!(escape_control_as_json("a\n\tb é", &['\n', '\t']), "a\n\tb é");
        let text = "\u{1b}]0;x\u{7}\r\n\u{9b}";
        assert_eq!(escape_control_as_json(text, &[]), r"\u001b]0;x\u0007\u000d\u000a\u009b");
        assert_eq!(escape_control(text), r"\u{1b}]0;x\u{7}\r\n\u{9b}");
    }
}
