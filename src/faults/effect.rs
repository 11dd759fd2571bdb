//! `do`: what happens to a request that a rule hits. Everything that is set happens.

use std::fmt::{self, Display};
use std::str::FromStr;
use std::time::Duration;

use http::HeaderValue;
use http::header::CONTENT_TYPE;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value as Json, json};

use crate::domain::Operation;

use super::classes::{CLASSES, Class, Reason};
use super::effects::{Cut, Drip, FaultedResponse, WireEffect};
use super::form::{
    HasShortForm, InvalidRule, LIST_MAX, TextForm, check_text, text_or_table, unknown_name,
};
use super::trigger::fraction;
use super::values::{TIME_SPAN_TO_1M, TIME_SPAN_TO_5M, TimeSpan};

/// The longest delay, in milliseconds.
pub const DELAY_MS_MAX: u64 = 300_000;

/// The longest lag of stale reads, in milliseconds. Versions of a store are kept for this time.
pub const STALE_MS_MAX: u64 = 60_000;

/// Regular expression of a text that is sent in a header: printable ASCII.
const HEADER_TEXT: &str = "^[ -~]{1,256}$";

/// What happens to a request that a rule hits. Everything that is set happens.
///
/// Written as a class of error or an effect on the connection, with or without `commit+` before it, or
/// as a table.
#[derive(Clone, PartialEq, Default, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(transform = require_an_effect)]
pub struct Effect {
    /// The class of the error that the client gets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<&'static Class>,
    /// The kind of the error, if its class has several.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = reasons()))]
    pub reason: Option<String>,
    /// The code of the error instead of the vendor's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = HEADER_TEXT))]
    pub code: Option<String>,
    /// The HTTP status of the error instead of the vendor's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 400, max = 599))]
    pub status: Option<u16>,
    /// The message of the error instead of the vendor's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1024))]
    pub message: Option<String>,
    /// Members of the error's body, besides the vendor's or instead of them.
    #[serde(default, deserialize_with = "fields", skip_serializing_if = "Map::is_empty")]
    #[schemars(extend("maxProperties" = LIST_MAX))]
    pub fields: Map<String, Json>,
    /// When the client may retry, for classes that have this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<TimeSpan>,
    /// Whether the operation runs before the client gets the fault.
    #[serde(default, skip_serializing_if = "is_false")]
    pub commit: bool,
    /// How long the request waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay: Option<Delay>,
    /// How the connection ends instead of a response.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wire: Option<&'static WireEffect>,
    /// The part of the body that is sent: `50%`, or a number of bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cut: Option<Cut>,
    /// The body is sent in pieces: `16/100ms` is 16 bytes every 100 ms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drip: Option<Drip>,
    /// The content type of the response instead of the vendor's, such as `text/html`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = HEADER_TEXT))]
    pub content_type: Option<String>,
    /// Reads see the newest version older than this, at most one minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("pattern" = format!("^{TIME_SPAN_TO_1M}$")))]
    pub stale: Option<TimeSpan>,
    /// Whether operations get errors that the vendor's model does not list for them.
    #[serde(default, skip_serializing_if = "is_false")]
    pub force: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // As serde calls it.
fn is_false(flag: &bool) -> bool {
    !flag
}

/// The members of an error. TOML has dates, JSON has not: a date becomes its text.
fn fields<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Map<String, Json>, D::Error> {
    let mut fields = Map::<String, Json>::deserialize(deserializer)?;
    fields.values_mut().for_each(dates_to_text);
    Ok(fields)
}

fn dates_to_text(value: &mut Json) {
    match value {
        Json::Object(members) => match members.get(TOML_DATE_KEY) {
            Some(date) => *value = date.clone(),
            None => members.values_mut().for_each(dates_to_text),
        },
        Json::Array(items) => items.iter_mut().for_each(dates_to_text),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

/// The key of the only member of a TOML date, which the `toml` crate presents to other types as a map.
const TOML_DATE_KEY: &str = "$__toml_private_datetime";

/// The valid values of `reason`.
fn reasons() -> Vec<Json> {
    let reasons = CLASSES.iter().flat_map(|class| class.reasons).map(|reason| reason.name);
    reasons.filter(|name| !name.is_empty()).map(Json::from).chain([Json::Null]).collect()
}

/// The members that describe an error, so that `error` must be set.
const ERROR_MEMBERS: &[&str] =
    &["reason", "code", "status", "message", "fields", "retry-after", "force"];

/// The members of which one must be set.
const EFFECT_MEMBERS: &[&str] = &["error", "delay", "wire", "cut", "drip", "content-type", "stale"];

fn require_an_effect(schema: &mut Schema) {
    // A member with one of these values counts as not set.
    let unset = json!([null, false, {}]);
    let needs_error = ERROR_MEMBERS.iter().map(|name| {
        let is_unset = json!({ "properties": { *name: { "enum": unset } } });
        ((*name).to_owned(), json!({ "anyOf": [{ "required": ["error"] }, is_unset] }))
    });
    schema.insert("dependentSchemas".to_owned(), needs_error.collect::<Map<_, _>>().into());
    let one_of: Vec<_> = EFFECT_MEMBERS.iter().map(|name| json!({ "required": [name] })).collect();
    schema.insert("anyOf".to_owned(), one_of.into());
}

impl Effect {
    /// The kind of the error that is sent.
    pub(super) fn error_reason(&self) -> Option<&'static Reason> {
        let reasons = self.error?.reasons;
        match &self.reason {
            Some(name) => reasons.iter().find(|reason| reason.name == *name),
            None => reasons.first(),
        }
    }

    /// Whether the client gets no part of a response, so that no operation has to run for it.
    pub(super) fn loses_response(&self) -> bool {
        self.wire.is_some() && self.cut.is_none()
    }

    /// Whether an operation can have this effect.
    pub(super) fn is_possible_for(&self, operation: Operation) -> bool {
        let is_listed = |reason: &Reason| self.force || (reason.is_modelled)(operation);
        self.error_reason().is_none_or(is_listed) && (self.stale.is_none() || operation.is_read())
    }

    /// The error of a pattern whose operations cannot have this effect.
    pub(super) fn impossible(&self, pattern: &str) -> String {
        let possible: Vec<_> = Operation::all()
            .filter(|operation| self.is_possible_for(*operation))
            .map(Operation::name)
            .collect();
        let possible = possible.join(", ");
        match self.error {
            Some(class) if self.stale.is_none() => format!(
                "{pattern:?} never answers `{}`; these operations do: {possible}; to force it, set \
                 `force = true` in `do`",
                class.name
            ),
            Some(_) | None => format!("{pattern:?} is never `stale`; reads are: {possible}"),
        }
    }

    /// Rejects values out of range, and members that do not fit each other.
    pub(super) fn check(&self) -> Result<(), InvalidRule> {
        let invalid =
            |member: &str, message: String| Err(InvalidRule::new(format!("/do/{member}"), message));
        self.check_values()?;
        let is_set = |member: &str| match member {
            "reason" => self.reason.is_some(),
            "code" => self.code.is_some(),
            "status" => self.status.is_some(),
            "message" => self.message.is_some(),
            "fields" => !self.fields.is_empty(),
            "retry-after" => self.retry_after.is_some(),
            _ => self.force,
        };
        let of_error = ERROR_MEMBERS.iter().find(|member| is_set(member));
        if let (None, Some(member)) = (self.error, of_error) {
            return invalid(member, format!("`{member}` needs `error`"));
        }
        if let (Some(class), Some(reason)) = (self.error, &self.reason)
            && self.error_reason().is_none()
        {
            let names: Vec<_> = class.reasons.iter().map(|reason| reason.name).collect();
            return match names.as_slice() {
                [""] => invalid("reason", format!("`{}` has no reasons", class.name)),
                names => invalid("reason", unknown_name("reason", reason, names)),
            };
        }
        let loses_response = self.loses_response();
        if self.commit && self.error.is_none() && !loses_response {
            let message = "`commit` needs `error`, or a `wire` that loses the response";
            return invalid("commit", message.to_owned());
        }
        if self.error.is_some() && loses_response {
            let message = "`error` is never sent, because `wire` loses the response; `cut` sends a \
                           part of it";
            return invalid("error", message.to_owned());
        }
        if self.stale.is_some() && (self.error.is_some() || loses_response) {
            let message = "`stale` needs a response of the operation, which is not sent";
            return invalid("stale", message.to_owned());
        }
        if let Some(class) = self.error.filter(|class| !class.has_retry_after)
            && self.retry_after.is_some()
        {
            let names = CLASSES.iter().filter(|class| class.has_retry_after);
            let names: Vec<_> = names.map(|class| class.name).collect();
            let message = format!(
                "`retry-after` is not supported by `{}`; use it with {}",
                class.name,
                names.join(", ")
            );
            return invalid("retry-after", message);
        }
        let does_nothing = self.error.is_none()
            && self.delay.is_none()
            && self.stale.is_none()
            && !self.changes_response();
        if does_nothing {
            let message = "this does nothing; set `error`, `delay`, `stale` or `wire`";
            return Err(InvalidRule::new("/do", message));
        }
        Ok(())
    }

    fn check_values(&self) -> Result<(), InvalidRule> {
        let header_texts = [("/do/code", &self.code), ("/do/content-type", &self.content_type)];
        for (path, text) in header_texts {
            if let Some(text) = text
                && header_text(text).is_none()
            {
                let message =
                    format!("expected 1 to 256 printable ASCII characters, found {text:?}");
                return Err(InvalidRule::new(path, message));
            }
        }
        if let Some(message) = &self.message {
            check_text("/do/message", message)?;
        }
        if self.fields.len() > LIST_MAX {
            let message = format!("at most {LIST_MAX} members are allowed");
            return Err(InvalidRule::new("/do/fields", message));
        }
        if let Some(status) = self.status.filter(|status| !(400..=599).contains(status)) {
            let message = format!("expected a status from 400 to 599, found {status}");
            return Err(InvalidRule::new("/do/status", message));
        }
        if self.stale.is_some_and(|stale| stale.as_millis() > STALE_MS_MAX) {
            return Err(InvalidRule::new("/do/stale", "the lag of stale reads is at most 1m"));
        }
        self.delay.map_or(Ok(()), Delay::check)
    }

    /// Whether the response leaves in another way, besides the error in it.
    pub(super) fn changes_response(&self) -> bool {
        self.wire.is_some()
            || self.cut.is_some()
            || self.drip.is_some()
            || self.content_type.is_some()
    }

    /// Changes how a response leaves.
    pub(super) fn apply_to(&self, faulted: &mut FaultedResponse) {
        // A content type that is no header value was rejected when the rule was checked.
        if let Some(content_type) = self.content_type.as_deref().and_then(header_text) {
            faulted.response.headers_mut().insert(CONTENT_TYPE, content_type);
        }
        if let Some(cut) = self.cut {
            cut.apply(faulted);
        }
        if let Some(drip) = self.drip {
            faulted.drip = Some(drip);
        }
        if let Some(wire) = self.wire {
            wire.apply(faulted);
        }
    }
}

/// The value of a header, if the text is of the form [`HEADER_TEXT`].
pub(super) fn header_text(text: &str) -> Option<HeaderValue> {
    let is_printable = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    let value = HeaderValue::from_str(text).ok();
    value.filter(|_| is_printable && (1..=256).contains(&text.len()))
}

impl FromStr for Effect {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let name = text.strip_prefix("commit+");
        let commit = name.is_some();
        let name = name.unwrap_or(text);
        if let Ok(wire) = WireEffect::find(name) {
            return Ok(Self { wire: Some(wire), commit, ..Self::default() });
        }
        if let Some(class) = CLASSES.iter().find(|class| class.name == name) {
            return Ok(Self { error: Some(class), commit, ..Self::default() });
        }
        Err(unknown_name("fault class", name, &names().collect::<Vec<_>>()))
    }
}

/// The names that the short form of `do` can have.
fn names() -> impl Iterator<Item = &'static str> {
    CLASSES.iter().map(|class| class.name).chain(WireEffect::names())
}

impl HasShortForm for Effect {
    fn short(&self) -> Option<Json> {
        let Self { error, wire, commit, .. } = self;
        let name = error.map(|class| class.name).or(wire.map(|wire| wire.name))?;
        let text = if *commit { format!("commit+{name}") } else { name.to_owned() };
        let rest = Self { error: *error, wire: *wire, commit: *commit, ..Self::default() };
        (*self == rest && (error.is_none() || wire.is_none())).then(|| text.into())
    }

    fn short_schema() -> Schema {
        let names = names().collect::<Vec<_>>().join("|");
        json_schema!({ "type": "string", "pattern": format!(r"^(commit\+)?({names})$") })
    }
}

/// How long a request waits.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Delay {
    /// Equally likely between the bounds, both included: `200ms`, `50ms..2s`.
    Between {
        /// The shortest delay.
        min: TimeSpan,
        /// The longest delay.
        max: TimeSpan,
    },
    /// As the delays of services are.
    LogNormal(LogNormal),
}

/// A log-normal delay: half are below the median, one in a hundred is above the p99.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogNormal {
    /// The median, at least one millisecond.
    #[schemars(extend("pattern" = format!("^{TIME_SPAN_TO_5M}$")))]
    pub median: TimeSpan,
    /// The 99th percentile, not below the median.
    #[schemars(extend("pattern" = format!("^{TIME_SPAN_TO_5M}$")))]
    pub p99: TimeSpan,
    /// The longest delay; five minutes if not set.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("pattern" = format!("^{TIME_SPAN_TO_5M}$")))]
    pub max: Option<TimeSpan>,
}

static DELAY_FORM: TextForm = TextForm::new(
    &[TIME_SPAN_TO_5M, r"(\.\.", TIME_SPAN_TO_5M, ")?"],
    "a delay of at most 5m, such as 200ms or 50ms..2s",
);

/// The number of standard deviations between the median of a normal distribution and its p99.
const P99_DEVIATIONS: f64 = 2.3263;

impl Delay {
    fn check(self) -> Result<(), InvalidRule> {
        let times = match self {
            Self::Between { min, max } => vec![("/do/delay", min), ("/do/delay", max)],
            Self::LogNormal(LogNormal { median, p99, max }) => {
                let max = max.unwrap_or(p99);
                vec![("/do/delay/median", median), ("/do/delay/p99", p99), ("/do/delay/max", max)]
            }
        };
        for (path, time) in times {
            if time.as_millis() > DELAY_MS_MAX {
                return Err(InvalidRule::new(path, "a delay is at most 5m"));
            }
        }
        match self {
            Self::Between { min, max } if min > max => {
                Err(InvalidRule::new("/do/delay", "this range is empty"))
            }
            Self::LogNormal(LogNormal { median, p99, .. })
                if median.as_millis() == 0 || p99 < median =>
            {
                let message = "`median` is at least 1ms, and `p99` is not below it";
                Err(InvalidRule::new("/do/delay", message))
            }
            Self::Between { .. } | Self::LogNormal(_) => Ok(()),
        }
    }

    /// The delay for up to two draws of 64 random bits.
    pub fn sample(self, draw: impl Fn(u64) -> u64) -> Duration {
        match self {
            Self::Between { min, max } => {
                let width = max.as_millis().saturating_sub(min.as_millis()) + 1;
                let extra = if width > 1 { draw(0) % width } else { 0 };
                Duration::from_millis(min.as_millis() + extra)
            }
            Self::LogNormal(LogNormal { median, p99, max }) => {
                // Box-Muller transform. 1 - x is never zero, so the logarithm is defined.
                let (radius, angle) = (1.0 - fraction(draw(0)), fraction(draw(1)));
                let normal = (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos();
                #[allow(clippy::cast_precision_loss)] // A delay is at most five minutes.
                let ms = |time: TimeSpan| time.as_millis() as f64;
                let sigma = (ms(p99) / ms(median)).ln() / P99_DEVIATIONS;
                let max = max.unwrap_or(TimeSpan::from_millis(DELAY_MS_MAX));
                let delay_ms = (ms(median) * (sigma * normal).exp()).min(ms(max));
                Duration::from_secs_f64(delay_ms / 1000.0)
            }
        }
    }
}

impl From<LogNormal> for Delay {
    fn from(delay: LogNormal) -> Self {
        Self::LogNormal(delay)
    }
}

impl FromStr for Delay {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        DELAY_FORM.captures(text)?;
        let (min, max) = text.split_once("..").unwrap_or((text, text));
        let (min, max) = (min.parse()?, max.parse()?);
        if min > max {
            return Err(format!("the range {text:?} is empty"));
        }
        Ok(Self::Between { min, max })
    }
}

impl Display for Delay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Between { min, max } if min == max => write!(f, "{min}"),
            Self::Between { min, max } => write!(f, "{min}..{max}"),
            Self::LogNormal(LogNormal { median, p99, .. }) => {
                write!(f, "median {median}, p99 {p99}")
            }
        }
    }
}

impl<'de> Deserialize<'de> for Delay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text_or_table::<D, Self, LogNormal>(deserializer)
    }
}

impl Serialize for Delay {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Between { .. } => serializer.collect_str(self),
            Self::LogNormal(delay) => delay.serialize(serializer),
        }
    }
}

impl JsonSchema for Delay {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Delay".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let text = json_schema!({ "type": "string", "pattern": DELAY_FORM.pattern() });
        json_schema!({ "anyOf": [text, generator.subschema_for::<LogNormal>()] })
    }
}
