//! What the control API shows of rules: as they are, and whether they did what was expected.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::domain::Timestamp;

use super::active::Active;

/// A rule in force, for the control API.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "RuleInForce")]
pub struct View {
    /// What it is called.
    pub id: String,
    /// Which requests, as written.
    pub on: Json,
    /// Which of them, as written.
    pub when: Json,
    /// What happens, as written.
    #[serde(rename = "do")]
    pub effect: Json,
    /// How long it lives, as written.
    #[serde(rename = "for", default, skip_serializing_if = "Option::is_none")]
    pub life: Option<Json>,
    /// How often it has to fire for a run to pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<String>,
    /// How many requests matched while it lived and no earlier rule hit them.
    pub matched: u64,
    /// How many of them it hit.
    pub fired: u64,
    /// Whether it may still fire: `false` once its `for` is over.
    pub live: bool,
}

/// What became of one rule.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "RuleVerdict")]
pub struct Verdict {
    /// What it is called.
    pub id: String,
    /// How many requests matched.
    pub matched: u64,
    /// How many of them it hit.
    pub fired: u64,
    /// How often it had to fire, as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// Whether it fired as often as expected. A rule without an expectation is met if it matched.
    pub met: bool,
}

pub(super) fn view(active: &Active, now: Timestamp) -> View {
    let (matched, fired) = active.counts();
    let written = active.rule.written.clone();
    View {
        id: active.id.clone(),
        on: written.on,
        when: written.when,
        effect: written.effect,
        life: written.life,
        expect: active.rule.expect.as_ref().map(|expected| expected.text.clone()),
        matched,
        fired,
        live: active.lives(now),
    }
}

pub(super) fn verdict(active: &Active) -> Verdict {
    let (matched, fired) = active.counts();
    let expected = active.rule.expect.as_ref();
    Verdict {
        id: active.id.clone(),
        matched,
        fired,
        expected: expected.map(|expected| expected.text.clone()),
        met: match expected {
            Some(expected) => expected.range.contains(&fired),
            None => matched > 0,
        },
    }
}
