//! Texts with `*` (any run of characters) and `?` (any one character). No regular expressions: a rule
//! file cannot make a match slow.

/// A pattern; it matches a text as a whole.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Glob(Box<str>);

impl Glob {
    /// The pattern as written.
    pub fn new(pattern: &str) -> Self {
        Self(pattern.into())
    }

    /// Whether the whole of `text` matches.
    pub fn matches(&self, text: &str) -> bool {
        let (pattern, text) = (self.0.as_bytes(), text.as_bytes());
        let (mut at, mut from) = (0, 0);
        // Where to go on when a guess fails: after the last star, one byte further in the text.
        let mut last: Option<(usize, usize)> = None;
        while from < text.len() {
            match pattern.get(at) {
                Some(b'*') => {
                    last = Some((at + 1, from));
                    at += 1;
                }
                Some(b'?') => {
                    at += 1;
                    from = after_character(text, from);
                }
                Some(byte) if *byte == text[from] => (at, from) = (at + 1, from + 1),
                _ => match last {
                    None => return false,
                    Some((star, guess)) => {
                        last = Some((star, guess + 1));
                        (at, from) = (star, guess + 1);
                    }
                },
            }
        }
        pattern[at..].iter().all(|byte| *byte == b'*')
    }
}

/// The place after the character that begins at `from`.
fn after_character(text: &[u8], from: usize) -> usize {
    let inside = text[from + 1..].iter().take_while(|byte| **byte & 0xc0 == 0x80);
    from + 1 + inside.count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_marks_match_as_a_whole() {
        let yes = [
            ("aws:UpdateUser", "aws:UpdateUser"),
            ("*:Delete*", "aws:DeleteUser"),
            ("*", ""),
            ("*", "anything"),
            ("d-??", "d-12"),
            ("?", "ü"),
            ("*ab*ab", "abxabab"),
            ("**a", "a"),
        ];
        for (pattern, text) in yes {
            assert!(Glob::new(pattern).matches(text), "{pattern} {text}");
        }
        let no = [("aws:*", "huawei:ListUsers"), ("a", "ab"), ("?", ""), ("*a", "ab"), ("", "a")];
        for (pattern, text) in no {
            assert!(!Glob::new(pattern).matches(text), "{pattern} {text}");
        }
    }
}
