//! A TOML or JSON file as one tree that knows the place of every key and value.
//!
//! Config, fixtures, fault rules and control bodies are all read through [`Node`], a strict cursor:
//! its getters never fail but note a [`Mistake`], so that one [`FileError`] shows all that is wrong
//! with a file, each with line, column and a caret. Large files can be read a part at a time first, for
//! they are nearly always right: [`Loose`], [`Sections`]. Knows nothing of what the files are about.

mod loose;
mod node;
mod sections;
mod source;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use crate::file_error::Mistakes;
pub use crate::file_error::{FileError, Mistake, Span, nearest};
pub use loose::{KeySeed, Loose, LooseSeed};
use node::{Item, Notes, Value};
pub use node::{Key, Kind, Node, Step, Table};
pub use sections::Sections;

/// No file may be larger: a million users take some 600 MB as TOML.
pub const FILE_BYTES_MAX: u64 = 1024 * 1024 * 1024;

/// No text may be longer of which each place is to be known: that takes ten to thirty times as much.
const TREE_BYTES_MAX: usize = 512 * 1024 * 1024;

/// A file that was read, and not parsed yet.
#[derive(Debug)]
pub struct SourceText {
    name: String,
    text: String,
    json: bool,
}

impl SourceText {
    /// Reads a file: JSON where the name ends so, else TOML.
    ///
    /// # Errors
    /// What the machine says; not UTF-8.
    pub fn open(path: &Path) -> Result<Self, FileError> {
        let name = path.display().to_string();
        let bytes = read(path)
            .map_err(|error| FileError::whole(&name, format!("cannot read this file: {error}")))?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            FileError::whole(&name, format!("this file is not UTF-8: see byte {at}"))
        })?;
        let json = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("json"));
        Ok(Self { name, text, json })
    }

    /// A file in memory: JSON where it starts with a brace, else TOML. `name` is what messages call it.
    pub fn memory(name: &str, text: &str) -> Self {
        let json = text.trim_start_matches('\u{feff}').trim_start().starts_with('{');
        Self { name: name.to_owned(), text: text.to_owned(), json }
    }

    /// What messages call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether that is to be JSON, and not TOML.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// Parses it.
    ///
    /// # Errors
    /// As [`Document::toml`] and [`Document::json`]; too large a file.
    pub fn parse(self) -> Result<Document, FileError> {
        let Self { name, text, json } = self;
        if text.len() > TREE_BYTES_MAX {
            let message = format!(
                "something in this file is wrong, or in another order than in an export; what, can be \
                 told of files of up to {TREE_BYTES_MAX} bytes: try it in parts"
            );
            return Err(FileError::whole(&name, message));
        }
        if json { Document::json(&name, text) } else { Document::toml(&name, text) }
    }
}

/// A file that parsed.
#[derive(Debug)]
pub struct Document {
    name: Arc<str>,
    text: Arc<str>,
    root: Item<'static>,
}

impl Document {
    /// Reads and parses a file: JSON where the name ends so, else TOML.
    ///
    /// # Errors
    /// What the machine says; not UTF-8; as [`Document::toml`].
    pub fn open(path: &Path) -> Result<Self, FileError> {
        SourceText::open(path)?.parse()
    }

    /// Parses TOML. `name` is what messages call it. Dates and times become texts.
    ///
    /// # Errors
    /// Every breach of the grammar.
    pub fn toml(name: &str, text: impl Into<Arc<str>>) -> Result<Self, FileError> {
        Self::parse(name, text.into(), source::toml)
    }

    /// Parses JSON, by the letter: no comments, no trailing commas, no key twice.
    ///
    /// # Errors
    /// The first breach of the grammar, or every key that is there twice.
    pub fn json(name: &str, text: impl Into<Arc<str>>) -> Result<Self, FileError> {
        Self::parse(name, text.into(), source::json)
    }

    /// A document that is one text, such as an argument of the command line.
    pub fn line(name: &str, text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        let root = Item { span: 0..text.len(), value: Value::Text(text.to_string().into()) };
        Self { name: name.into(), text, root }
    }

    /// A document that is a list of texts, such as an argument given several times.
    pub fn lines(name: &str, texts: &[String]) -> Self {
        let mut items = Vec::with_capacity(texts.len());
        let mut at = 0;
        for text in texts {
            items.push(Item { span: at..at + text.len(), value: Value::Text(text.clone().into()) });
            at += text.len() + 1;
        }
        let text: Arc<str> = texts.join("\n").into();
        let root = Item { span: 0..text.len(), value: Value::List(items) };
        Self { name: name.into(), text, root }
    }

    /// A document that is one integer or boolean, or a text where it is neither.
    pub fn word(name: &str, text: &str) -> Self {
        let mut document = Self::line(name, text);
        let flag = text.parse().map(Value::Flag).ok();
        if let Some(value) = flag.or_else(|| text.parse().map(Value::Integer).ok()) {
            document.root.value = value;
        }
        document
    }

    /// What messages call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text it was parsed from.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Reads it from its root on.
    ///
    /// # Errors
    /// Every mistake that `read` noted.
    pub fn read<T>(&self, read: impl FnOnce(Node<'_>) -> T) -> Result<T, FileError> {
        let notes = Notes::new(&self.text);
        let value = read(Node::new(&self.root, &notes));
        let mistakes = notes.into_inner();
        if mistakes.is_empty() { Ok(value) } else { Err(self.refuse(mistakes)) }
    }

    fn parse(
        name: &str,
        text: Arc<str>,
        parse: fn(&str, &mut Mistakes) -> Item<'static>,
    ) -> Result<Self, FileError> {
        // Some editors begin a file with a byte order mark.
        let text = text.strip_prefix('\u{feff}').map_or_else(|| text.clone(), Arc::from);
        let mut mistakes = Mistakes::default();
        let root = parse(&text, &mut mistakes);
        let document = Self { name: name.into(), text, root };
        if mistakes.is_empty() { Ok(document) } else { Err(document.refuse(mistakes)) }
    }

    fn refuse(&self, mistakes: Mistakes) -> FileError {
        FileError::of(self.name.clone(), self.text.clone(), mistakes)
    }
}

/// A text as a TOML file has it, in quotes.
pub fn quoted(text: &str) -> String {
    use std::fmt::Write as _;
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            control if control.is_control() => {
                // A write into memory cannot fail.
                let _ = write!(quoted, "\\u{:04X}", u32::from(control));
            }
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    use std::io::Read as _;
    let file = std::fs::File::open(path)?;
    // Of a pipe no length is known; a file may grow meanwhile.
    let length = file.metadata()?.len().min(FILE_BYTES_MAX);
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0) + 1);
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        let message = format!("it is larger than {FILE_BYTES_MAX} bytes");
        return Err(std::io::Error::new(std::io::ErrorKind::FileTooLarge, message));
    }
    Ok(bytes)
}
