//! Which values of a request may be shown. Entries are redacted when they are read, not when they are
//! recorded.
//!
//! Passwords, tokens, other secrets and signatures are always hidden. `Bodies::Redacted` also hides the
//! attributes that any vendor's model calls sensitive, and the values in patches and look-ups.

use std::collections::HashSet;

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value as Json};

use crate::dialect::{Dialect, Member, MemberKind, Shape};
use crate::domain::Attribute;
use crate::escape::escape_control;

use super::Bodies;

/// Stands in the place of a hidden value.
pub const HIDDEN: &str = "…";

/// Endings of the names of secrets: lower case, letters and digits only, singular.
const SECRET_ENDINGS: &[&str] = &[
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "passcode",
    "otp",
    "secret",
    "token",
    "signature",
    "authorization",
    "key",
];

/// Names with such an ending that are no secrets: they continue a list, or make a request idempotent.
const NOT_SECRET: &[&str] = &["nexttoken", "pagetoken", "previoustoken", "clienttoken"];

/// The members of one dialect that `Bodies::Redacted` hides.
#[derive(Debug)]
pub(super) struct Redactor {
    /// Members that hold a sensitive attribute.
    sensitive: HashSet<&'static str>,
    /// Members that hold the value of whatever attribute another member names.
    values: &'static [&'static str],
}

impl Redactor {
    /// One for each dialect, in order.
    pub(super) fn for_dialects(dialects: &[Box<dyn Dialect>]) -> Vec<Self> {
        // An attribute that one vendor's model calls sensitive is hidden in every dialect.
        let mut attributes: HashSet<Attribute> = HashSet::new();
        for dialect in dialects {
            for shape in dialect.shapes() {
                for_each_member(shape, &mut |member| {
                    if is_sensitive(member) {
                        attributes.insert(member.attribute);
                    }
                });
            }
        }
        let redactors = dialects.iter().map(|dialect| {
            let mut sensitive = HashSet::new();
            for shape in dialect.shapes() {
                for_each_member(shape, &mut |member| {
                    if is_leaf(member) && attributes.contains(&member.attribute) {
                        sensitive.insert(member.name);
                    }
                });
            }
            Self { sensitive, values: dialect.value_members() }
        });
        redactors.collect()
    }

    /// A body as it may be shown: redacted JSON, or its size if it is not JSON; null if it is empty.
    pub(super) fn body(&self, body: &[u8], bodies: Bodies) -> Json {
        if body.is_empty() || bodies == Bodies::Off {
            return Json::Null;
        }
        match serde_json::from_slice(body) {
            Ok(mut json) => {
                self.redact(&mut json, bodies);
                json
            }
            // Secrets cannot be located in other formats.
            Err(_) => format!("({} bytes, not JSON)", body.len()).into(),
        }
    }

    /// Path and query as they may be shown.
    pub(super) fn target(&self, target: &str, bodies: Bodies) -> String {
        let Some((path, query)) = target.split_once('?') else { return escape_control(target) };
        let pairs = query.split('&').map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let decoded = percent_decode_str(name).decode_utf8_lossy();
            match !value.is_empty() && self.hides(&decoded, bodies) {
                true => format!("{name}={HIDDEN}"),
                false => pair.to_owned(),
            }
        });
        escape_control(&format!("{path}?{}", pairs.collect::<Vec<_>>().join("&")))
    }

    fn redact(&self, json: &mut Json, bodies: Bodies) {
        match json {
            Json::Object(members) => {
                let names_secret = names_secret(members);
                for (name, value) in members {
                    let is_value = self.values.contains(&name.as_str());
                    if self.hides(name, bodies) || (names_secret && is_value) {
                        self.hide(value, bodies);
                    } else {
                        self.redact(value, bodies);
                    }
                }
            }
            Json::Array(items) => items.iter_mut().for_each(|item| self.redact(item, bodies)),
            // JSON escapes the control characters below this one.
            Json::String(text) if text.contains(|c: char| c.is_control() && c >= '\u{7f}') => {
                *text = escape_control(text);
            }
            Json::String(_) | Json::Null | Json::Bool(_) | Json::Number(_) => {}
        }
    }

    /// Hides a value. In a list of structures, such as `bearer_tokens`, the members decide.
    fn hide(&self, value: &mut Json, bodies: Bodies) {
        match value {
            Json::Null => {}
            Json::Array(items) => {
                for item in items {
                    match item {
                        Json::Object(_) => self.redact(item, bodies),
                        _ => self.hide(item, bodies),
                    }
                }
            }
            Json::Object(_) | Json::String(_) | Json::Bool(_) | Json::Number(_) => {
                *value = HIDDEN.into();
            }
        }
    }

    /// Whether the value of the member or parameter `name` is hidden.
    fn hides(&self, name: &str, bodies: Bodies) -> bool {
        let redacted = bodies != Bodies::Full
            && (self.sensitive.contains(name) || self.values.contains(&name));
        redacted || is_secret(name)
    }
}

/// Whether `name` is the name of a secret, in any spelling: `NewPassword`, `x-auth-token`, `api_keys`.
fn is_secret(name: &str) -> bool {
    let letters = |c: char| c.is_ascii_alphanumeric().then(|| c.to_ascii_lowercase());
    let name: String = name.chars().filter_map(letters).collect();
    let singular = name.strip_suffix('s').unwrap_or(&name);
    let is_secret = |name: &str| SECRET_ENDINGS.iter().any(|ending| name.ends_with(ending));
    (is_secret(&name) || is_secret(singular)) && !NOT_SECRET.contains(&name.as_str())
}

/// Whether another member of a patch or look-up names a secret: `{"AttributePath": "password", …}`.
fn names_secret(members: &Map<String, Json>) -> bool {
    members.values().filter_map(Json::as_str).any(is_secret)
}

fn for_each_member(shape: &'static Shape, visit: &mut dyn FnMut(&'static Member)) {
    for member in shape.members {
        visit(member);
        match member.kind {
            MemberKind::Record(shape) | MemberKind::List(shape, _) => for_each_member(shape, visit),
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const REDACTOR: fn() -> Redactor =
        || Redactor { sensitive: HashSet::from(["UserName"]), values: &["AttributeValue"] };

    #[test]
    fn secrets_are_known_by_the_end_of_their_name() {
        for name in [
            "password",
            "NewPassword",
            "passwords",
            "passwd",
            "db_pwd",
            "passphrase",
            "otp",
            "TOTP",
            "x-auth-token",
            "client_secret",
            "Secrets",
            "Signature",
            "X-Amz-Signature",
            "X-Sdk-Signature",
            "X-Amz-Security-Token",
            "Authorization",
            "SecretAccessKey",
            "private_key",
            "api_key",
            "apiKeys",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in [
            "password_mode",
            "max_password_age",
            "UserName",
            "secretary",
            "X-Amz-Credential",
            "AccessKeyId",
            "token_id",
            "NextToken",
            "marker",
            "keyword",
        ] {
            assert!(!is_secret(name), "{name}");
        }
    }

    #[test]
    fn secrets_in_query_strings_are_hidden_after_decoding_their_names() {
        let show = |query: &str| REDACTOR().target(&format!("/a?{query}"), Bodies::Full);
        for name in [
            "X-Amz-Signature",
            "Signature",
            "X-Sdk-Signature",
            "X-Amz-Security-Token",
            "X-Amz-%53ignature",
            "%70assword",
            "pass%77d",
        ] {
            assert_eq!(show(&format!("b=1&{name}=s3cret&c=2")), format!("/a?b=1&{name}=…&c=2"));
        }
        for shown in ["X-Amz-Credential=AKID/20300101", "next-token=abc", "flag", "UserName=ann"] {
            assert_eq!(show(shown), format!("/a?{shown}"));
        }
        let redacted = REDACTOR().target("/a?UserName=ann", Bodies::Redacted);
        assert_eq!(redacted, "/a?UserName=…");
    }

    #[test]
    fn secrets_in_bodies_are_hidden_in_every_mode() {
        let show = |json: Json, bodies| REDACTOR().body(json.to_string().as_bytes(), bodies);
        let body = json!({
            "passwd": "s3cret",
            "otp": 123_456,
            "passwords": ["s3cret", "s3cret"],
            "SecretAccessKey": "s3cret",
            "nested": [{ "private_key": { "pem": "s3cret" }, "api_key": null }],
            "bearer_tokens": [{ "token_id": "t-1", "token": "s3cret" }],
            "Operations": [{ "AttributePath": "password", "AttributeValue": "s3cret" }],
            "UserName": "ann",
        });
        let shown = json!({
            "passwd": "…",
            "otp": "…",
            "passwords": ["…", "…"],
            "SecretAccessKey": "…",
            "nested": [{ "private_key": "…", "api_key": null }],
            "bearer_tokens": [{ "token_id": "t-1", "token": "…" }],
            "Operations": [{ "AttributePath": "password", "AttributeValue": "…" }],
            "UserName": "ann",
        });
        assert_eq!(show(body.clone(), Bodies::Full), shown);
        let mut redacted = shown;
        redacted["UserName"] = "…".into();
        assert_eq!(show(body.clone(), Bodies::Redacted), redacted);
        assert_eq!(show(body, Bodies::Off), Json::Null);
        let title = json!({ "AttributePath": "title", "AttributeValue": "Dr" });
        assert_eq!(show(title.clone(), Bodies::Full), title);
        let hidden = json!({ "AttributePath": "title", "AttributeValue": "…" });
        assert_eq!(show(title, Bodies::Redacted), hidden);
    }
}
