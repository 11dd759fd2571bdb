//! Patterns in which `*` matches any text. They are not regular expressions: matching never backtracks.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// The greatest length of a pattern, in characters.
pub const PATTERN_CHARS_MAX: usize = 1024;

/// A pattern that matches whole texts. `*` is any number of characters.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize, Serialize)]
#[serde(transparent)]
pub struct Glob(Box<str>);

impl JsonSchema for Glob {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Glob".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "minLength": 1, "maxLength": PATTERN_CHARS_MAX })
    }
}

impl Glob {
    /// Creates a pattern from its text.
    pub fn new(pattern: &str) -> Self {
        Self(pattern.into())
    }

    /// The pattern as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The only text that it matches, if it has no `*`.
    pub fn exact(&self) -> Option<&str> {
        (!self.0.contains('*')).then_some(&self.0)
    }

    /// Whether the whole of `text` matches.
    pub fn matches(&self, text: &str) -> bool {
        let Some((start, rest)) = self.0.split_once('*') else { return *self.0 == *text };
        let Some(text) = text.strip_prefix(start) else { return false };
        let (middle, end) = rest.rsplit_once('*').unwrap_or(("", rest));
        let Some(mut text) = text.strip_suffix(end) else { return false };
        // The leftmost occurrence leaves the most text for the parts that follow.
        for part in middle.split('*') {
            let Some(at) = text.find(part) else { return false };
            text = &text[at + part.len()..];
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_match_any_text_and_other_characters_themselves() {
        let yes = [
            ("aws:UpdateUser", "aws:UpdateUser"),
            ("*:Delete*", "aws:DeleteUser"),
            ("*", ""),
            ("*", "anything"),
            ("d-*", "d-"),
            ("*ab*ab", "abxabab"),
            ("a*b*c", "a-bb-c"),
            ("**a", "a"),
            ("ü*", "üx"),
        ];
        for (pattern, text) in yes {
            assert!(Glob::new(pattern).matches(text), "{pattern} {text}");
        }
        let no =
            [("aws:*", "huawei:ListUsers"), ("a", "ab"), ("*a", "ab"), ("", "a"), ("ab*ba", "aba")];
        for (pattern, text) in no {
            assert!(!Glob::new(pattern).matches(text), "{pattern} {text}");
        }
    }

    #[test]
    fn globs_agree_with_regular_expressions() {
        use proptest::prelude::*;
        use proptest::test_runner::RngSeed;
        let rng_seed = RngSeed::Fixed(7);
        let config =
            ProptestConfig { rng_seed, failure_persistence: None, ..ProptestConfig::default() };
        proptest!(config, |(pattern in "[ab*]{0,6}", text in "[ab]{0,8}")| {
            let regex = format!("^{}$", pattern.replace('*', ".*"));
            let regex = regex::Regex::new(&regex).expect("a regex");
            prop_assert_eq!(Glob::new(&pattern).matches(&text), regex.is_match(&text));
        });
    }
}
