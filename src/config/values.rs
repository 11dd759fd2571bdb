//! The values of settings that need a check of their own. Flags, variables and files share the parsers.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::domain::Timestamp;

/// An integer from `MIN` to `MAX`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(transparent)]
pub struct BoundedU64<const MIN: u64, const MAX: u64>(u64);

impl<const MIN: u64, const MAX: u64> BoundedU64<MIN, MAX> {
    /// # Panics
    /// If the value is out of bounds.
    pub const fn new(value: u64) -> Self {
        assert!(MIN <= value && value <= MAX, "out of bounds");
        Self(value)
    }

    /// The value.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The value as a size in memory.
    pub fn size(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }

    fn checked(value: u64) -> Result<Self, String> {
        let in_bounds = (MIN..=MAX).contains(&value);
        in_bounds.then_some(Self(value)).ok_or_else(|| format!("expected {MIN} to {MAX}"))
    }
}

impl<const MIN: u64, const MAX: u64> FromStr for BoundedU64<MIN, MAX> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let value = text.parse().map_err(|_| format!("expected an integer from {MIN} to {MAX}"))?;
        Self::checked(value)
    }
}

impl<'de, const MIN: u64, const MAX: u64> Deserialize<'de> for BoundedU64<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::checked(u64::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl<const MIN: u64, const MAX: u64> JsonSchema for BoundedU64<MIN, MAX> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "BoundedU64".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": MIN, "maximum": MAX })
    }
}

/// A secret text of visible ASCII characters. It is sent in headers, and never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The text.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The text.
    #[cfg(feature = "cli")]
    pub(super) fn into_text(self) -> String {
        self.0
    }
}

impl FromStr for Secret {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        parse_token(text).map(Self)
    }
}

#[cfg(feature = "cli")]
impl clap::builder::ValueParserFactory for Secret {
    type Parser = SecretParser;

    fn value_parser() -> SecretParser {
        SecretParser
    }
}

/// Parses a secret of the command line. The errors of clap's own parsers show the value.
#[cfg(feature = "cli")]
#[derive(Clone)]
pub struct SecretParser;

#[cfg(feature = "cli")]
impl clap::builder::TypedValueParser for SecretParser {
    type Value = Secret;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<Secret, clap::Error> {
        value.to_str().unwrap_or_default().parse().map_err(|problem| {
            let name = argument.map(ToString::to_string).unwrap_or_default();
            let message = format!("invalid value for '{name}': {problem}\n");
            clap::Error::raw(clap::error::ErrorKind::ValueValidation, message).with_cmd(command)
        })
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The error message of serde would show a value of another type.
        let text = String::deserialize(deserializer);
        text.map_err(|_| D::Error::custom("expected a text"))?.parse().map_err(D::Error::custom)
    }
}

impl JsonSchema for Secret {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Secret".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[!-~]+$" })
    }
}

/// What the clock shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ClockMode {
    /// The time of the machine.
    #[default]
    System,
    /// A fixed start, advanced by each request of a cloud.
    Stepping,
    /// Always the same time.
    Frozen(Timestamp),
}

/// What is expected of the setting `clock`.
const CLOCK: &str = "stepping, system, or a time such as 2030-01-01T00:00:00Z";

impl FromStr for ClockMode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "system" => Ok(Self::System),
            "stepping" => Ok(Self::Stepping),
            time => {
                let time = time.parse::<jiff::Timestamp>().ok();
                let time = time.map(|time| Timestamp(time.as_millisecond()));
                let time = time.filter(|time| (Timestamp(0)..=Timestamp::MAX).contains(time));
                time.map(Self::Frozen).ok_or_else(|| format!("expected {CLOCK}"))
            }
        }
    }
}

impl fmt::Display for ClockMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System => f.write_str("system"),
            Self::Stepping => f.write_str("stepping"),
            Self::Frozen(time) => match jiff::Timestamp::from_millisecond(time.0) {
                Ok(time) => time.fmt(f),
                Err(_) => Err(fmt::Error),
            },
        }
    }
}

impl Serialize for ClockMode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ClockMode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ClockModeVisitor;

        impl<'de> Visitor<'de> for ClockModeVisitor {
            type Value = ClockMode;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(CLOCK)
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<ClockMode, E> {
                text.parse().map_err(E::custom)
            }

            /// A date and time of TOML, without quotes.
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ClockMode, A::Error> {
                let time = toml::value::Datetime::deserialize(MapAccessDeserializer::new(map))?;
                self.visit_str(&time.to_string())
            }
        }

        deserializer.deserialize_any(ClockModeVisitor)
    }
}

impl JsonSchema for ClockMode {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ClockMode".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "enum": ["system", "stepping"] },
                { "type": "string", "format": "date-time" },
            ],
        })
    }
}

/// An address to listen on. `localhost` is the only name: no other is looked up.
pub(super) fn parse_host(text: &str) -> Result<IpAddr, String> {
    match text {
        "localhost" => Ok(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        text => text.parse().map_err(|_| "expected an IP address, or localhost".to_owned()),
    }
}

/// A host name, in lower case.
pub(super) fn parse_host_name(text: &str) -> Result<String, String> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
    if text.is_empty() || !text.bytes().all(is_plain) {
        return Err("expected a host name".to_owned());
    }
    Ok(text.to_ascii_lowercase())
}

/// A name or address of a certificate, in lower case.
pub(super) fn parse_tls_name(text: &str) -> Result<String, String> {
    let is_label = |label: &str| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        !label.is_empty() && label.len() < 64 && label.bytes().all(is_plain)
    };
    let is_name = text.len() <= 253 && text.split('.').all(is_label);
    match is_name || text.parse::<IpAddr>().is_ok() {
        true => Ok(text.to_ascii_lowercase()),
        false => Err("expected a host name or an IP address".to_owned()),
    }
}

/// An origin as browsers write it, in lower case. `*` is not one.
pub(super) fn parse_origin(text: &str) -> Result<String, String> {
    let is_scheme = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
    let is_origin = text.split_once("://").is_some_and(|(scheme, host)| {
        !scheme.is_empty()
            && scheme.bytes().all(is_scheme)
            && !host.is_empty()
            && host.bytes().all(is_host)
    });
    match is_origin {
        true => Ok(text.to_ascii_lowercase()),
        false => Err("expected an origin such as http://localhost:3000".to_owned()),
    }
}

pub(super) fn parse_aws_account_id(text: &str) -> Result<String, String> {
    match text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        true => Ok(text.to_owned()),
        false => Err("expected 12 digits".to_owned()),
    }
}

pub(super) fn parse_huawei_account_id(text: &str) -> Result<String, String> {
    match text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        true => Ok(text.to_owned()),
        false => Err("expected 32 hexadecimal digits".to_owned()),
    }
}

/// A bearer token: visible ASCII characters, because it is sent in a header.
fn parse_token(text: &str) -> Result<String, String> {
    match !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        true => Ok(text.to_owned()),
        false => Err("expected visible ASCII characters without spaces".to_owned()),
    }
}

fn parsed<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    parse: fn(&str) -> Result<T, String>,
) -> Result<T, D::Error> {
    parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}

pub(super) fn host<'de, D: Deserializer<'de>>(deserializer: D) -> Result<IpAddr, D::Error> {
    parsed(deserializer, parse_host)
}

pub(super) fn aws_account_id<'de, D: Deserializer<'de>>(d: D) -> Result<String, D::Error> {
    parsed(d, parse_aws_account_id)
}

pub(super) fn huawei_account_id<'de, D: Deserializer<'de>>(d: D) -> Result<String, D::Error> {
    parsed(d, parse_huawei_account_id)
}

pub(super) fn token<'de, D: Deserializer<'de>>(d: D) -> Result<Option<String>, D::Error> {
    Secret::deserialize(d).map(|secret| Some(secret.0))
}

// Each list has a type for its elements, so that an error has the position of the invalid element.

pub(super) fn host_names<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    struct HostName(#[serde(deserialize_with = "host_name")] String);

    fn host_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
        parsed(deserializer, parse_host_name)
    }

    let names = Vec::<HostName>::deserialize(d)?;
    Ok(names.into_iter().map(|name| name.0).collect())
}

pub(super) fn tls_names<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    struct TlsName(#[serde(deserialize_with = "tls_name")] String);

    fn tls_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
        parsed(deserializer, parse_tls_name)
    }

    let names = Vec::<TlsName>::deserialize(d)?;
    Ok(names.into_iter().map(|name| name.0).collect())
}

pub(super) fn origins<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    struct AllowedOrigin(#[serde(deserialize_with = "origin")] String);

    fn origin<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
        parsed(deserializer, parse_origin)
    }

    let origins = Vec::<AllowedOrigin>::deserialize(d)?;
    Ok(origins.into_iter().map(|origin| origin.0).collect())
}
