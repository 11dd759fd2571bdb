//! What of a body may be shown. Done when an entry is read, never when it is written.
//!
//! Hidden are the members that hold an attribute which any vendor's model calls sensitive, values in
//! patches and look-ups, and, whatever the settings say, passwords, secrets and tokens.

use std::collections::HashSet;

use serde_json::Value as Json;

use crate::dialect::{Dialect, Member, MemberKind, Shape};
use crate::domain::Attribute;

use super::Bodies;

/// What stands in the place of what is hidden.
pub const HIDDEN: &str = "…";

/// The ends of names whose values are never shown.
const SECRETS: &[&str] = &["password", "passcode", "secret", "token", "authorization"];

/// The members of one dialect that are hidden.
#[derive(Debug)]
pub(super) struct Hidden {
    members: HashSet<&'static str>,
}

impl Hidden {
    /// For each of these dialects, in their order.
    pub(super) fn of(dialects: &[Box<dyn Dialect>]) -> Vec<Self> {
        // A person's e-mail address is as private through the other cloud, whose model has no mark.
        let mut sensitive: HashSet<Attribute> = HashSet::new();
        for dialect in dialects {
            for shape in dialect.shapes() {
                each_member(shape, &mut |member| {
                    if is_sensitive(member) {
                        sensitive.insert(member.attribute);
                    }
                });
            }
        }
        let hidden = dialects.iter().map(|dialect| {
            let mut members: HashSet<_> = dialect.value_members().iter().copied().collect();
            for shape in dialect.shapes() {
                each_member(shape, &mut |member| {
                    if is_leaf(member) && sensitive.contains(&member.attribute) {
                        members.insert(member.name);
                    }
                });
            }
            Self { members }
        });
        hidden.collect()
    }

    /// A body as it may be shown: JSON where it is, else how long it is; null where there is none.
    pub(super) fn body(&self, body: &[u8], bodies: Bodies) -> Json {
        if body.is_empty() || bodies == Bodies::Off {
            return Json::Null;
        }
        match serde_json::from_slice(body) {
            Ok(mut json) => {
                self.hide(&mut json, bodies);
                json
            }
            // A secret cannot be found in what is no JSON.
            Err(_) => format!("({} bytes, not JSON)", body.len()).into(),
        }
    }

    /// Path and query as they may be shown.
    pub(super) fn target(&self, target: &str, bodies: Bodies) -> String {
        let Some((path, query)) = target.split_once('?') else { return escaped(target) };
        let pairs = query.split('&').map(|pair| match pair.split_once('=') {
            Some((name, value)) if !value.is_empty() && self.hides(name, bodies) => {
                format!("{name}={HIDDEN}")
            }
            Some(_) | None => pair.to_owned(),
        });
        escaped(&format!("{path}?{}", pairs.collect::<Vec<_>>().join("&")))
    }

    fn hide(&self, json: &mut Json, bodies: Bodies) {
        match json {
            Json::Object(members) => {
                for (name, value) in members {
                    if !value.is_null() && self.hides(name, bodies) {
                        *value = HIDDEN.into();
                    } else {
                        self.hide(value, bodies);
                    }
                }
            }
            Json::Array(items) => items.iter_mut().for_each(|item| self.hide(item, bodies)),
            // JSON itself escapes those below.
            Json::String(text) if text.contains(|c: char| c.is_control() && c >= '\u{7f}') => {
                *text = escaped(text);
            }
            Json::String(_) | Json::Null | Json::Bool(_) | Json::Number(_) => {}
        }
    }

    fn hides(&self, name: &str, bodies: Bodies) -> bool {
        (bodies != Bodies::Full && self.members.contains(name)) || is_secret(name)
    }
}

fn is_secret(name: &str) -> bool {
    let letters = |c: char| c.is_ascii_alphanumeric().then(|| c.to_ascii_lowercase());
    let name: String = name.chars().filter_map(letters).collect();
    SECRETS.iter().any(|end| name.ends_with(end))
}

fn each_member(shape: &'static Shape, see: &mut dyn FnMut(&'static Member)) {
    for member in shape.members {
        see(member);
        match member.kind {
            MemberKind::Record(shape) | MemberKind::List(shape, _) => each_member(shape, see),
            MemberKind::Text(_)
            | MemberKind::Choice(_)
            | MemberKind::Flag
            | MemberKind::Texts(..) => {}
        }
    }
}

fn is_leaf(member: &Member) -> bool {
    !matches!(member.kind, MemberKind::Record(_) | MemberKind::List(..))
}

fn is_sensitive(member: &Member) -> bool {
    match member.kind {
        MemberKind::Text(limit) | MemberKind::Texts(limit, _) => limit.sensitive,
        MemberKind::Choice(_) | MemberKind::Flag | MemberKind::Record(_) | MemberKind::List(..) => {
            false
        }
    }
}

/// A text whose control characters are spelled out, so that no terminal obeys them.
pub(super) fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_told_by_the_end_of_their_name() {
        for name in ["password", "NewPassword", "x-auth-token", "client_secret", "NextToken"] {
            assert!(is_secret(name), "{name}");
        }
        for name in ["password_mode", "UserName", "secretary"] {
            assert!(!is_secret(name), "{name}");
        }
    }

    #[test]
    fn control_characters_are_spelled_out() {
        assert_eq!(escaped("a\u{1b}[31m\nb\u{9b}é"), "a\\u{1b}[31m\\nb\\u{9b}é");
    }
}
