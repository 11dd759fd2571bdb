//! Texts with `*`, which is any run of characters. No regular expressions: a match takes time linear
//! in the text, whatever a rule file says.

/// A pattern; it matches a text as a whole.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Glob(Box<str>);

impl Glob {
    /// The pattern as written.
    pub fn new(pattern: &str) -> Self {
        Self(pattern.into())
    }

    /// The text, where it is one and has no `*`.
    pub fn exact(&self) -> Option<&str> {
        (!self.0.contains('*')).then_some(&self.0)
    }

    /// Whether the whole of `text` matches.
    pub fn matches(&self, text: &str) -> bool {
        let Some((start, rest)) = self.0.split_once('*') else { return *self.0 == *text };
        let Some(text) = text.strip_prefix(start) else { return false };
        let (middle, end) = rest.rsplit_once('*').unwrap_or(("", rest));
        let Some(mut text) = text.strip_suffix(end) else { return false };
        // The leftmost place leaves most to what follows, so there is no need to try another.
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
    fn stars_match_any_run_and_the_rest_itself() {
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
    fn it_agrees_with_a_regular_expression() {
        use proptest::prelude::*;
        proptest!(|(pattern in "[ab*]{0,6}", text in "[ab]{0,8}")| {
            let regex = format!("^{}$", pattern.replace('*', ".*"));
            let regex = regex::Regex::new(&regex).expect("a regex");
            prop_assert_eq!(Glob::new(&pattern).matches(&text), regex.is_match(&text));
        });
    }
}
