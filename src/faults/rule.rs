//! A rule: `on`, `when`, `do`, `for`. It has no counters; see `active.rs`.

use std::str::FromStr;

use schemars::{JsonSchema, Schema, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::catalog::DialectCatalog;
use super::effect::Effect;
use super::form::{
    COUNT_MAX, HasShortForm, InvalidRule, ShortForm, TextForm, check_count, short_form,
};
use super::selector::{self, RequestMatcher, Selector};
use super::trigger::Trigger;
use super::values::{CountRange, TIME_SPAN, TimeSpan};

/// Length limit of the id of a rule, in bytes.
pub const ID_BYTES_MAX: usize = 64;

/// Regular expression of an id.
const ID_PATTERN: &str = "^[A-Za-z0-9._-]{1,64}$";

/// Ids with another meaning: the rule of a request's header, and paths of the control API.
const RESERVED_IDS: &[&str] = &["header", "preview", "verdict", "explain", "presets", "toml"];

/// A rule: which requests it is about, which of them it hits, what happens to those, and for how long.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The name of the rule, in responses, reports and the control API. Generated if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("pattern" = ID_PATTERN, "not" = { "enum": RESERVED_IDS }))]
    pub id: Option<String>,
    /// Which requests the rule is about.
    #[serde(with = "selector::form")]
    #[schemars(schema_with = "selector::form::schema")]
    pub on: Selector,
    /// Which of the matching requests it hits; all of them if not set.
    #[serde(default, with = "short_form")]
    #[schemars(with = "ShortForm<Trigger>")]
    pub when: Trigger,
    /// What happens to a request that it hits.
    #[serde(rename = "do", with = "short_form")]
    #[schemars(with = "ShortForm<Effect>")]
    pub effect: Effect,
    /// How long the rule lives; without end if not set.
    #[serde(
        rename = "for",
        default,
        with = "short_form",
        skip_serializing_if = "Life::is_endless"
    )]
    #[schemars(with = "ShortForm<Life>")]
    pub life: Life,
    /// How often the rule must hit for the verdict to be met.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expect: Option<CountRange>,
}

impl Rule {
    /// A rule that hits every request that `on` selects.
    pub fn new(on: Selector, effect: Effect) -> Self {
        let (when, life) = (Trigger::default(), Life::default());
        Self { id: None, on, when, effect, life, expect: None }
    }

    /// Rejects names that do not exist, values out of range, and parts that do not fit each other.
    ///
    /// # Errors
    /// The first invalid part.
    pub fn check(&self, catalog: &DialectCatalog) -> Result<(), InvalidRule> {
        self.compile(catalog).map(drop)
    }

    /// Checks the rule and resolves its selector. The rule is about those operations only that can have
    /// its effect.
    pub(super) fn compile(&self, catalog: &DialectCatalog) -> Result<RequestMatcher, InvalidRule> {
        if let Some(id) = &self.id {
            check_id(id)?;
        }
        self.when.check()?;
        self.effect.check()?;
        check_count("/for/times", 1, self.life.times)?;
        let is_possible = |operation| self.effect.is_possible_for(operation);
        self.on.compile(catalog, is_possible, |pattern| self.effect.impossible(pattern))
    }
}

fn check_id(id: &str) -> Result<(), InvalidRule> {
    let is_valid = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if !(1..=ID_BYTES_MAX).contains(&id.len()) || !id.bytes().all(is_valid) {
        let message = format!(
            "an id has 1 to {ID_BYTES_MAX} letters, digits, `.`, `_` and `-`, found {id:?}"
        );
        return Err(InvalidRule::new("/id", message));
    }
    if RESERVED_IDS.contains(&id) {
        return Err(InvalidRule::new("/id", format!("the id {id:?} is reserved")));
    }
    Ok(())
}

/// How long a rule lives. It ends when the first of these limits is reached.
///
/// Written as a number of hits such as `3x`, as a time such as `2m`, or as a table.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Life {
    /// The number of requests that it hits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = COUNT_MAX))]
    pub times: Option<u32>,
    /// The time since it was added, on the emulator's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<TimeSpan>,
    /// The time since it was added or last renewed, on the emulator's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lease: Option<TimeSpan>,
}

static LIFE_FORM: TextForm =
    TextForm::new(&["[1-9][0-9]{0,8}x|", TIME_SPAN], "a life such as 3x or 2m");

impl Life {
    fn is_endless(&self) -> bool {
        *self == Self::default()
    }
}

impl FromStr for Life {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        LIFE_FORM.captures(text)?;
        match text.strip_suffix('x') {
            Some(times) => {
                let times = times.parse().map_err(|_| LIFE_FORM.mismatch(text))?;
                Ok(Self { times: Some(times), ..Self::default() })
            }
            None => Ok(Self { time: Some(text.parse()?), ..Self::default() }),
        }
    }
}

impl HasShortForm for Life {
    fn short(&self) -> Option<Json> {
        match *self {
            Self { times: Some(times), time: None, lease: None } => {
                Some(format!("{times}x").into())
            }
            Self { times: None, time: Some(time), lease: None } => Some(time.to_string().into()),
            Self { .. } => None,
        }
    }

    fn short_schema() -> Schema {
        json_schema!({ "type": "string", "pattern": LIFE_FORM.pattern() })
    }
}
