//! What is wrong with a file, and how it is shown.

use std::fmt;
use std::sync::Arc;

use super::Span;

/// A file with more mistakes than this is told the first so many, and how many more there are.
pub const MISTAKES_MAX: usize = 100;

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

/// Mistakes as they are found. A hostile file can have millions, so only some are kept.
#[derive(Default, Debug)]
pub(super) struct Mistakes {
    kept: Vec<Mistake>,
    more: usize,
}

impl Mistakes {
    pub(super) fn push(&mut self, mistake: Mistake) {
        // They are found nearly in the order of the file, so some more than are shown will do.
        if self.kept.len() < MISTAKES_MAX * 10 {
            self.kept.push(mistake);
        } else {
            self.more += 1;
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Whether there are so many that nobody will read advice on another.
    pub(super) fn are_many(&self) -> bool {
        self.kept.len() > MISTAKES_MAX
    }
}

/// Everything that is wrong with one file, in the order of the file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FileError {
    name: Arc<str>,
    text: Arc<str>,
    mistakes: Vec<Mistake>,
    more: usize,
}

impl FileError {
    /// These mistakes in this text; those beyond `MISTAKES_MAX` are only counted.
    pub fn new(name: Arc<str>, text: Arc<str>, mistakes: Vec<Mistake>) -> Self {
        Self::of(name, text, Mistakes { kept: mistakes, more: 0 })
    }

    pub(super) fn of(name: Arc<str>, text: Arc<str>, found: Mistakes) -> Self {
        let Mistakes { kept: mut mistakes, mut more } = found;
        mistakes.sort_by_key(|mistake| mistake.span.start);
        more += mistakes.len().saturating_sub(MISTAKES_MAX);
        mistakes.truncate(MISTAKES_MAX);
        Self { name, text, mistakes, more }
    }

    /// A mistake that has no place in the text, such as a file that is not there.
    pub fn whole(name: &str, message: impl Into<String>) -> Self {
        Self::new(name.into(), "".into(), vec![Mistake::new(0..0, message)])
    }

    /// What the file is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its text; empty where it could not be read.
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// What is wrong, in the order of the file, at most `MISTAKES_MAX`.
    pub fn mistakes(&self) -> &[Mistake] {
        &self.mistakes
    }

    /// How many mistakes there are beyond those listed.
    pub fn more(&self) -> usize {
        self.more
    }

    /// Line and column of a mistake, both from 1; columns count characters.
    pub fn position(&self, mistake: &Mistake) -> (usize, usize) {
        let place = self.place(&mistake.span);
        (place.line, place.before.chars().count() + 1)
    }

    /// `file:line:column: message`, without the excerpt.
    pub fn headline(&self, mistake: &Mistake) -> String {
        if self.text.is_empty() {
            return format!("{}: {}", self.name, mistake.message);
        }
        let (line, column) = self.position(mistake);
        format!("{}:{line}:{column}: {}", self.name, mistake.message)
    }

    fn place(&self, span: &Span) -> Place<'_> {
        let start = floor(&self.text, span.start);
        let end = floor(&self.text, span.end).max(start);
        let line_start = self.text[..start].rfind('\n').map_or(0, |at| at + 1);
        let rest = &self.text[start..];
        let line_end = start + rest.find('\n').unwrap_or(rest.len());
        let line_end = start + self.text[start..line_end].trim_end_matches('\r').len();
        let marked_end = end.min(line_end);
        Place {
            line: self.text.as_bytes()[..start].iter().filter(|byte| **byte == b'\n').count() + 1,
            before: &self.text[line_start..start],
            marked: &self.text[start..marked_end],
            after: &self.text[marked_end..line_end],
        }
    }

    fn excerpt(&self, f: &mut fmt::Formatter<'_>, mistake: &Mistake) -> fmt::Result {
        let place = self.place(&mistake.span);
        let skipped = place.before.chars().count().saturating_sub(SHOWN_BEFORE);
        let before: String = place.before.chars().skip(skipped).collect();
        let room = SHOWN_MAX - before.chars().count();
        let shown: String = place.marked.chars().chain(place.after.chars()).take(room).collect();
        let whole = place.marked.chars().chain(place.after.chars()).nth(room).is_none();
        let (head, tail) = (if skipped > 0 { "…" } else { "" }, if whole { "" } else { "…" });
        let carets = place.marked.chars().take(room).count().max(1);
        let indent: String = head.chars().chain(before.chars()).map(blank).collect();
        let gutter = place.line.to_string();
        let margin = " ".repeat(gutter.len());
        writeln!(f, "{margin} |")?;
        writeln!(f, "{gutter} | {head}{}{}{tail}", escaped(&before), escaped(&shown))?;
        write!(f, "{margin} | {indent}{}", "^".repeat(carets))?;
        if let Some(help) = &mistake.help {
            write!(f, "\n{margin} = help: {help}")?;
        }
        Ok(())
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, mistake) in self.mistakes.iter().enumerate() {
            if at > 0 {
                f.write_str("\n")?;
            }
            f.write_str(&self.headline(mistake))?;
            if !self.text.is_empty() {
                f.write_str("\n")?;
                self.excerpt(f, mistake)?;
            }
        }
        if self.more > 0 {
            write!(f, "\n{}: and {} more mistakes", self.name, self.more)?;
        }
        Ok(())
    }
}

impl std::error::Error for FileError {}

/// A place in a text: its line cut in three.
struct Place<'a> {
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

/// Control characters must not reach a terminal.
fn escaped(text: &str) -> String {
    let safe =
        |letter: char| if letter.is_control() && letter != '\t' { '\u{fffd}' } else { letter };
    text.chars().map(safe).collect()
}
