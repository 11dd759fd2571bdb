//! Errors in text files: the file, line and column, the source line with a caret, and what would be right.

mod excerpt;

use std::fmt;
use std::io::{Cursor, Read, Seek};
use std::marker::PhantomData;
use std::ops::Range;

use serde::Deserialize;
use serde::de::{DeserializeOwned, DeserializeSeed};
use serde_path_to_error::Segment;
use strsim::osa_distance;

use crate::escape::escape_control;

use excerpt::Excerpt;

/// An error in a file or another text. Displays as `file:line:column: message`, followed by the source line
/// with a caret, and by what would be right.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FileError(Box<Details>);

#[derive(Clone, PartialEq, Eq, Debug)]
struct Details {
    name: String,
    excerpt: Option<Excerpt>,
    message: String,
    help: Option<String>,
}

impl FileError {
    /// An error without a position, such as a file that cannot be read. `name` is what the error calls the
    /// file or the text.
    pub fn whole(name: &str, message: impl Into<String>) -> Self {
        Self::new(name, None, message.into(), None)
    }

    /// An error at a byte range of a text.
    pub fn at(name: &str, text: &str, range: Range<usize>, message: impl Into<String>) -> Self {
        let range = range.start as u64..range.end as u64;
        Self::in_input(name, Cursor::new(text), range, message, None)
    }

    /// An error at a byte range of an input that need not be in memory, and what would be right.
    pub fn in_input(
        name: &str,
        input: impl Read + Seek,
        range: Range<u64>,
        message: impl Into<String>,
        help: Option<String>,
    ) -> Self {
        // Without the excerpt the error message is still useful.
        let mut shown = Excerpt::read(input, range).ok();
        // The value of a misspelt name may be a secret.
        if help.as_deref().is_some_and(excerpt::names_secret) {
            shown = shown.map(Excerpt::hidden);
        }
        Self::new(name, shown, message.into(), help)
    }

    /// The error of the TOML parser, or of a type that was deserialized from TOML. A misspelt key or
    /// value gets a suggestion.
    pub fn toml(name: &str, text: &str, error: &toml::de::Error) -> Self {
        let (message, help) = with_suggestion(error.message());
        let range = error.span().unwrap_or(0..0);
        let range = range.start as u64..range.end as u64;
        Self::in_input(name, Cursor::new(text), range, message, help)
    }

    fn new(name: &str, excerpt: Option<Excerpt>, message: String, help: Option<String>) -> Self {
        Self(Box::new(Details { name: name.to_owned(), excerpt, message, help }))
    }

    /// The error in one line: `file:line:column: message; help`. Lines and columns count from 1, columns in
    /// characters.
    pub fn summary(&self) -> String {
        let help = self.0.help.as_deref().map(|help| format!("; {}", escape_control(help)));
        format!("{}{}", self.headline(), help.unwrap_or_default())
    }

    /// The line, from 1, if the error has a position.
    pub fn line(&self) -> Option<u64> {
        self.0.excerpt.as_ref().map(|excerpt| excerpt.line)
    }

    fn headline(&self) -> String {
        let position = match &self.0.excerpt {
            Some(excerpt) => format!("{}:{}: ", excerpt.line, excerpt.column),
            None => " ".to_owned(),
        };
        format!("{}:{position}{}", escape_control(&self.0.name), escape_control(&self.0.message))
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.headline())?;
        let excerpt = self.0.excerpt.as_ref();
        if let Some(excerpt) = excerpt {
            write!(f, "\n{excerpt}")?;
        }
        match &self.0.help {
            Some(help) => {
                let margin = excerpt.map(Excerpt::margin).unwrap_or_default();
                write!(f, "\n{margin} = help: {}", escape_control(help))
            }
            None => Ok(()),
        }
    }
}

impl std::error::Error for FileError {}

/// Deserializes JSON that is no file, such as the body of a request. `name` is what errors call the whole
/// text: a word, or the JSON pointer of the text in another one.
///
/// # Errors
/// The first error. It names the invalid part by its JSON pointer, such as `/do/delay`.
pub fn from_json<'a, T: Deserialize<'a>>(name: &str, text: &'a [u8]) -> Result<T, FileError> {
    deserialize(text, PhantomData).map_err(|(path, error)| {
        // If an enum has a number instead of a name, serde_json reports that the text is not JSON.
        let json = if error.is_data() { None } else { serde_json::from_slice(text).ok() };
        let mistake = json.and_then(|json: serde_json::Value| {
            let mut track = serde_path_to_error::Track::new();
            let value = T::deserialize(serde_path_to_error::Deserializer::new(json, &mut track));
            value.err().map(|error| json_error(name, &track.path(), &error))
        });
        mistake.unwrap_or_else(|| json_error(name, &path, &error))
    })
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
    deserialize(text, seed).map_err(|(path, error)| json_error(name, &path, &error))
}

/// Deserializes the whole text. The error has the path at which it is.
fn deserialize<'a, S: DeserializeSeed<'a>>(
    text: &'a [u8],
    seed: S,
) -> Result<S::Value, (serde_path_to_error::Path, serde_json::Error)> {
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let mut track = serde_path_to_error::Track::new();
    let value =
        seed.deserialize(serde_path_to_error::Deserializer::new(&mut deserializer, &mut track));
    value
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|error| (track.path(), error))
}

fn json_error(
    name: &str,
    path: &serde_path_to_error::Path,
    error: &serde_json::Error,
) -> FileError {
    // Text that is not JSON has a position instead of a part that is invalid.
    let pointer = if error.is_data() { json_pointer(path) } else { String::new() };
    FileError::whole(&part_name(name, &pointer), serde_message(error))
}

/// What errors call the part of a text at a JSON pointer.
pub fn part_name(name: &str, pointer: &str) -> String {
    match name.starts_with('/') {
        true => format!("{name}{pointer}"),
        false if pointer.is_empty() => name.to_owned(),
        false => pointer.to_owned(),
    }
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

    #[test]
    fn value_in_the_place_of_a_name_is_an_invalid_value() {
        #[derive(Deserialize, Debug)]
        enum Mode {
            Off,
        }
        let read = |name: &str, text: &str| from_json::<Vec<Mode>>(name, text.as_bytes());
        let error =
            |name: &str, text: &str| read(name, text).expect_err("the text is invalid").to_string();
        assert!(matches!(read("body", r#"["Off"]"#).as_deref(), Ok([Mode::Off])));
        let expected = "/0: invalid type: integer `5`, expected string or map";
        assert_eq!(error("body", "[5]"), expected);
        assert_eq!(error("/modes", "[5]"), format!("/modes{expected}"));
        assert_eq!(error("body", "[null]"), "/0: invalid type: null, expected string or map");
        assert_eq!(error("body", "[5"), "body: expected value at line 1 column 2");
        assert_eq!(
            error("body", r#"["Of", 5]"#),
            "/0: unknown variant `Of`, expected `Off`; did you mean `Off`?"
        );
    }

    #[test]
    fn control_characters_of_names_are_escaped() {
        let error = FileError::whole("a\u{1b}]0;x\u{7}.toml", "unknown key `\u{9b}`");
        assert_eq!(error.to_string(), "a\\u{1b}]0;x\\u{7}.toml: unknown key `\\u{9b}`");
    }
}
