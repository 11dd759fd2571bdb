//! Lays JSON out over several lines and back, without changing a token: order, escapes and numbers stay.

/// Maximum length of JSON on one line, in characters.
pub const WIDTH: usize = 100;

/// Compact JSON over several lines; any other text, and short JSON, unchanged.
pub fn pretty(text: &str) -> String {
    let is_json = serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
    if !is_json || text.len() <= WIDTH || compact(text) != text {
        return text.to_owned();
    }
    let mut out = String::new();
    write(text, 0, &mut out);
    out
}

/// Writes one value that begins `text`.
fn write(text: &str, indent: usize, out: &mut String) {
    let is_container = text.starts_with(['{', '[']);
    if !is_container || indent + text.len() <= WIDTH {
        out.push_str(text);
        return;
    }
    let (open, close) = (&text[..1], &text[text.len() - 1..]);
    let inner = " ".repeat(indent + 2);
    out.push_str(open);
    let items = split(&text[1..text.len() - 1]);
    for (at, item) in items.iter().enumerate() {
        out.push('\n');
        out.push_str(&inner);
        let value_at = if open == "{" { value_start(item) } else { 0 };
        let (key, value) = item.split_at(value_at);
        out.push_str(key);
        if !key.is_empty() {
            out.push(' ');
        }
        write(value, indent + 2, out);
        if at + 1 < items.len() {
            out.push(',');
        }
    }
    out.push('\n');
    out.push_str(&" ".repeat(indent));
    out.push_str(close);
}

/// Splits the inside of a container at its own commas.
fn split(inside: &str) -> Vec<&str> {
    let mut items = Vec::new();
    let (mut depth, mut start) = (0_usize, 0);
    for (at, c) in outside_strings(inside) {
        match c {
            '{' | '[' => depth += 1,
            '}' | ']' => depth -= 1,
            ',' if depth == 0 => {
                items.push(&inside[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    items.push(&inside[start..]);
    items
}

/// Where the value of `"key":value` begins.
fn value_start(item: &str) -> usize {
    outside_strings(item).find(|(_, c)| *c == ':').map_or(0, |(at, _)| at + 1)
}

/// Removes all white space between tokens.
pub fn compact(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut end = 0;
    for (at, c) in outside_strings(text) {
        if c.is_ascii_whitespace() {
            kept.push_str(&text[end..at]);
            end = at + 1;
        }
    }
    kept.push_str(&text[end..]);
    kept
}

/// The characters of a JSON text that are not inside a string.
fn outside_strings(text: &str) -> impl Iterator<Item = (usize, char)> {
    let (mut inside, mut escaped) = (false, false);
    text.char_indices().filter(move |(_, c)| {
        let was_inside = inside;
        match c {
            '"' if !escaped => inside = !inside,
            _ => {}
        }
        escaped = inside && *c == '\\' && !escaped;
        !was_inside && *c != '"'
    })
}
