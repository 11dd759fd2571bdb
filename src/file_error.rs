//! Errors in text files: the file, line and column, the source line with a caret, and what would be right.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{DeserializeOwned, DeserializeSeed};
use serde_path_to_error::Segment;
use strsim::osa_distance;

/// A byte range of a text.
pub type Span = Range<usize>;

/// How much of a long line is shown, in characters: before the caret, and in all.
const SHOWN_BEFORE: usize = 60;
const SHOWN_MAX: usize = 120;

/// One thing that is wrong.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mistake {
    /// Where: bytes of the file's text.
    pub span: Span,
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub help: Option<String>,
}

impl Mistake {
    /// A mistake without advice.
    pub fn new(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), help: None }
    }
}

/// What is wrong with a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FileError {
    name: Arc<str>,
    text: Arc<str>,
    mistake: Mistake,
}

impl FileError {
    /// An error in this text.
    pub fn new(name: impl Into<Arc<str>>, text: impl Into<Arc<str>>, mistake: Mistake) -> Self {
        Self { name: name.into(), text: text.into(), mistake }
    }

    /// One error in this text.
    pub fn at(name: &str, text: &str, span: Span, message: impl Into<String>) -> Self {
        Self::new(name, text, Mistake::new(span, message))
    }

    /// The error of the TOML parser, or of a type that was deserialized from TOML. A misspelt key or
    /// value gets a suggestion.
    pub fn toml(name: &str, text: &str, error: &toml::de::Error) -> Self {
        let (message, help) = with_suggestion(error.message());
        let mistake = Mistake { span: error.span().unwrap_or(0..0), message, help };
        Self::new(name, text, mistake)
    }

    /// The error of the JSON parser, or of a type that was deserialized from JSON.
    pub fn json(name: &str, text: &str, error: &serde_json::Error) -> Self {
        let full = error.to_string();
        let position = format!(" at line {} column {}", error.line(), error.column());
        let (message, help) = with_suggestion(full.strip_suffix(&position).unwrap_or(&full));
        let line_start = text.split_inclusive('\n').take(error.line().saturating_sub(1));
        let line_start: usize = line_start.map(str::len).sum();
        // The column counts bytes, and names the last one that was read.
        let end = line_start + error.column();
        let mistake = Mistake { span: end.saturating_sub(1)..end, message, help };
        Self::new(name, text, mistake)
    }

    /// An error without a position in the text, such as a missing file.
    pub fn whole(name: &str, message: impl Into<String>) -> Self {
        Self::new(name, "", Mistake::new(0..0, message))
    }

    /// What the file is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its text; empty where it could not be read.
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// What would be right.
    pub fn help(&self) -> Option<&str> {
        self.mistake.help.as_deref()
    }

    /// `file:line:column: message`, without the excerpt. Lines and columns count from 1, columns in
    /// characters.
    pub fn headline(&self) -> String {
        let (name, message) = (printable(&self.name), printable_lines(&self.mistake.message));
        if self.text.is_empty() {
            return format!("{name}: {message}");
        }
        let position = self.position(&self.mistake.span);
        format!("{name}:{}:{}: {message}", position.line, position.before.chars().count() + 1)
    }

    fn position(&self, span: &Span) -> ErrorPosition<'_> {
        let start = floor(&self.text, span.start);
        let end = floor(&self.text, span.end).max(start);
        let line_start = self.text[..start].rfind('\n').map_or(0, |at| at + 1);
        let rest = &self.text[start..];
        let line_end = start + rest.find('\n').unwrap_or(rest.len());
        let line_end = start + self.text[start..line_end].trim_end_matches('\r').len();
        let marked_end = end.min(line_end);
        ErrorPosition {
            line: self.text.as_bytes()[..start].iter().filter(|byte| **byte == b'\n').count() + 1,
            before: &self.text[line_start..start],
            marked: &self.text[start..marked_end],
            after: &self.text[marked_end..line_end],
        }
    }

    fn excerpt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let position = self.position(&self.mistake.span);
        let skipped = position.before.chars().count().saturating_sub(SHOWN_BEFORE);
        let before: String = position.before.chars().skip(skipped).collect();
        let room = SHOWN_MAX - before.chars().count();
        let shown: String =
            position.marked.chars().chain(position.after.chars()).take(room).collect();
        let whole = position.marked.chars().chain(position.after.chars()).nth(room).is_none();
        let (head, tail) = (if skipped > 0 { "…" } else { "" }, if whole { "" } else { "…" });
        let carets = position.marked.chars().take(room).count().max(1);
        let indent: String = head.chars().chain(before.chars()).map(blank).collect();
        let gutter = position.line.to_string();
        let margin = " ".repeat(gutter.len());
        writeln!(f, "{margin} |")?;
        writeln!(f, "{gutter} | {head}{}{}{tail}", escaped(&before), escaped(&shown))?;
        write!(f, "{margin} | {indent}{}", "^".repeat(carets))?;
        if let Some(help) = &self.mistake.help {
            write!(f, "\n{margin} = help: {}", printable_lines(help))?;
        }
        Ok(())
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.headline())?;
        if self.text.is_empty() {
            return Ok(());
        }
        f.write_str("\n")?;
        self.excerpt(f)
    }
}

impl std::error::Error for FileError {}

/// Deserializes JSON that is no file, such as the body of a request. `name` is what errors call the whole
/// text.
///
/// # Errors
/// The first error. It names the invalid part by its JSON pointer, such as `/do/delay`.
pub fn from_json<'a, T: Deserialize<'a>>(name: &str, text: &'a [u8]) -> Result<T, FileError> {
    from_json_seed(name, text, PhantomData)
}

/// The same for a value that a seed reads.
///
/// # Errors
/// As [`from_json`].
pub fn from_json_seed<'a, S: DeserializeSeed<'a>>(
    name: &str,
    text: &'a [u8],
    seed: S,
) -> Result<S::Value, FileError> {
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let mut track = serde_path_to_error::Track::new();
    let value =
        seed.deserialize(serde_path_to_error::Deserializer::new(&mut deserializer, &mut track));
    let value = value.map_err(|error| {
        let pointer = json_pointer(&track.path());
        let message = serde_message(&error);
        // Text that is not JSON has a position instead of a part that is invalid.
        let has_part = error.is_data() && !pointer.is_empty();
        FileError::whole(if has_part { &pointer } else { name }, message)
    })?;
    deserializer.end().map_err(|error| FileError::whole(name, serde_message(&error)))?;
    Ok(value)
}

/// Deserializes a JSON value.
///
/// # Errors
/// The message of the first error.
pub fn from_json_value<T: DeserializeOwned>(value: serde_json::Value) -> Result<T, String> {
    serde_json::from_value(value).map_err(|error| serde_message(&error))
}

/// The error's message with a suggestion, and with its position only if the text is not JSON.
fn serde_message(error: &serde_json::Error) -> String {
    let full = error.to_string();
    let position = format!(" at line {} column {}", error.line(), error.column());
    let message = if error.is_data() { full.strip_suffix(&position) } else { None };
    match with_suggestion(message.unwrap_or(&full)) {
        (message, Some(help)) => format!("{message}; {help}"),
        (message, None) => message,
    }
}

fn json_pointer(path: &serde_path_to_error::Path) -> String {
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key } => {
                pointer.push('/');
                pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
            }
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    pointer
}

/// serde's message, and a suggestion if it names an unknown field or variant that is nearly a known one.
fn with_suggestion(message: &str) -> (String, Option<String>) {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let is_unknown = message.starts_with("unknown field") || message.starts_with("unknown variant");
    let suggestion = match quoted.next() {
        Some(word) if is_unknown => nearest(word, &quoted.collect::<Vec<_>>()),
        Some(_) | None => None,
    };
    let help = suggestion.map(|name| format!("did you mean `{name}`?"));
    let message = message.replacen("unknown field", "unknown key", 1);
    (message, help)
}

/// The candidate that is most similar to `word`, if one is similar enough to be what was meant.
pub fn nearest<'a>(word: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let normalized = |text: &str| text.to_lowercase().replace('-', "_");
    let word = normalized(word);
    let length = word.chars().count();
    // A longer word is not a misspelt name, and comparing it takes time.
    if length > 64 {
        return None;
    }
    let distances = candidates.iter().map(|name| (osa_distance(&word, &normalized(name)), *name));
    let near = distances
        .filter(|(distance, _)| *distance < length.max(1) && distance * 3 <= length.max(3));
    near.min_by_key(|(distance, _)| *distance).map(|(_, name)| name)
}

/// A position in a text, with its line split into three parts.
struct ErrorPosition<'a> {
    line: usize,
    before: &'a str,
    marked: &'a str,
    after: &'a str,
}

/// The last character boundary at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// A blank as wide as `letter`, so that the caret stands under what it means.
fn blank(letter: char) -> char {
    match letter {
        '\t' => '\t',
        // East Asian letters take two columns, as does the ideographic space.
        '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' => '\u{3000}',
        '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ff60}' => '\u{3000}',
        _ => ' ',
    }
}

/// Escapes the control characters of a text: names from a file must not control a terminal.
pub(crate) fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_control() {
            printable.extend(letter.escape_unicode());
        } else {
            printable.push(letter);
        }
    }
    printable
}

/// The same for a message, which may have several lines.
fn printable_lines(text: &str) -> String {
    text.split('\n').map(printable).collect::<Vec<_>>().join("\n")
}

/// Control characters must not reach a terminal.
fn escaped(text: &str) -> String {
    let safe =
        |letter: char| if letter.is_control() && letter != '\t' { '\u{fffd}' } else { letter };
    text.chars().map(safe).collect()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize, Debug)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Settings {
        port: u16,
    }

    #[test]
    fn toml_errors_show_the_line_and_a_suggestion() {
        let text = "# settings\nprot = 1\n";
        let error = toml::from_str::<Settings>(text).expect_err("the key is misspelt");
        let expected = "a.toml:2:1: unknown key `prot`, expected `port`\n  |\n2 | prot = 1\n  | ^^^^\n  \
                        = help: did you mean `port`?";
        assert_eq!(FileError::toml("a.toml", text, &error).to_string(), expected);
    }

    #[test]
    fn control_characters_are_escaped() {
        let text = "\"\\u001b]0;x\" = 1\n";
        let error = toml::from_str::<Settings>(text).expect_err("the key is unknown");
        let shown = FileError::toml("a\u{7}.toml", text, &error).to_string();
        let start = "a\\u{7}.toml:1:1: unknown key `\\u{1b}]0;x`, expected `port`\n";
        assert!(shown.starts_with(start), "{shown}");
    }

    #[test]
    fn json_errors_show_the_line() {
        let text = "{\n  \"port\": \"x\"\n}";
        let error = serde_json::from_str::<Settings>(text).expect_err("the value is no number");
        let shown = FileError::json("a.json", text, &error).to_string();
        assert!(
            shown.starts_with("a.json:2:13: invalid type: string \"x\", expected u16\n"),
            "{shown}"
        );
    }

    #[test]
    fn errors_in_json_input_name_the_pointer() {
        let error = |text: &str| {
            let read = from_json::<Vec<Settings>>("body", text.as_bytes());
            read.expect_err("the text is invalid").to_string()
        };
        let suggestion = "/1/prot: unknown key `prot`, expected `port`; did you mean `port`?";
        assert_eq!(error(r#"[{"port": 1}, {"prot": 1}]"#), suggestion);
        let kind = "/0/port: invalid type: string \"x\", expected u16";
        assert_eq!(error(r#"[{"port": "x"}]"#), kind);
        assert_eq!(error(r#"[{}]"#), "/0: missing field `port`");
        assert_eq!(error("{}"), "body: invalid type: map, expected a sequence");
        assert_eq!(error("[] x"), "body: trailing characters at line 1 column 4");
        assert_eq!(error("[{]"), "body: key must be a string at line 1 column 3");
    }
}
