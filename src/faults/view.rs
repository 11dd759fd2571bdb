//! What the control API shows of the rules in force: each with its counters, and the verdict.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::Timestamp;

use super::active::ActiveRule;
use super::rule::Rule;
use super::values::CountRange;

/// A rule in force, with its counters.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct RuleView {
    /// The rule, with its id.
    #[serde(flatten)]
    pub rule: Rule,
    /// The number of requests that matched while it was live and that no earlier rule hit.
    pub matched: u64,
    /// The number of requests that it hit.
    pub fired: u64,
    /// Whether its `for` has not ended.
    pub live: bool,
    /// Whether it is switched off.
    pub paused: bool,
    /// Whether it hit as often as expected. A rule without an expectation is met if it matched.
    pub met: bool,
    /// The last matches, oldest first: `x` for a hit, `.` for none.
    #[schemars(regex(pattern = "^[x.]{0,50}$"))]
    pub draws: String,
}

/// Whether a rule did what was expected.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct RuleVerdict {
    /// The id of the rule.
    pub id: String,
    /// The number of requests that matched.
    pub matched: u64,
    /// The number of requests that it hit.
    pub fired: u64,
    /// How often it had to hit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<CountRange>,
    /// Whether it hit as often as expected. A rule without an expectation is met if it matched.
    pub met: bool,
}

impl ActiveRule {
    pub(super) fn view(&self, now: Timestamp) -> RuleView {
        let (matched, fired) = self.counts();
        let (live, paused) = (self.is_live(now), self.is_paused());
        let met = self.is_met(matched, fired);
        let draws = self.draws();
        let draws = draws.iter().map(|draw| if draw.result.is_ok() { 'x' } else { '.' }).collect();
        RuleView { rule: self.rule.clone(), matched, fired, live, paused, met, draws }
    }

    pub(super) fn verdict(&self) -> RuleVerdict {
        let (matched, fired) = self.counts();
        let (expected, met) = (self.rule.expect, self.is_met(matched, fired));
        RuleVerdict { id: self.id.to_string(), matched, fired, expected, met }
    }

    fn is_met(&self, matched: u64, fired: u64) -> bool {
        match self.rule.expect {
            Some(expected) => expected.contains(fired),
            None => matched > 0,
        }
    }
}
