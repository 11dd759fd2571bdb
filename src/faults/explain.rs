//! Why a rule hit a past request, or why not: each condition of the rule with what the request had.

use std::fmt::Display;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::Timestamp;

use super::active::{ActiveRule, DRAWS_MAX, Draw};
use super::selector::RequestFacts;
use super::trigger::{Miss, Trigger};

/// A past request.
#[derive(Clone, Copy)]
pub struct PastRequest<'a> {
    /// What is known of it.
    pub facts: RequestFacts<'a>,
    /// Time of arrival.
    pub at: Timestamp,
    /// The id of the rule that fired.
    pub fault: Option<&'a str>,
}

/// Why a rule hit a request, or why not.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Explanation {
    /// Whether the rule hit it.
    pub fired: bool,
    /// The first condition that did not hold, in one line; what is not known, if all others held.
    pub reason: String,
    /// Every condition, in the order of evaluation.
    pub conditions: Vec<RuleCondition>,
}

/// A condition of a rule, and whether a request fulfilled it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleCondition {
    /// The part of the rule, such as `on.user`, `when.p` or `for.times`. `added`, `paused` and `order` are about
    /// the rule as a whole.
    pub path: String,
    /// What the rule expects.
    pub expected: String,
    /// What the request had; null if it had nothing, or if that is not known.
    pub found: Option<String>,
    /// Whether the condition held; null if that is not known.
    pub holds: Option<bool>,
}

/// Collects conditions.
#[derive(Default)]
struct Conditions(Vec<RuleCondition>);

impl Conditions {
    fn add(
        &mut self,
        path: impl Into<String>,
        expected: impl Display,
        found: Option<String>,
        holds: Option<bool>,
    ) {
        let expected = expected.to_string();
        self.0.push(RuleCondition { path: path.into(), expected, found, holds });
    }
}

impl ActiveRule {
    pub(super) fn explain(&self, request: &PastRequest<'_>) -> Explanation {
        let fired = request.fault == Some(&*self.id);
        let mut conditions = Conditions::default();
        self.explain_selector(&request.facts, &mut conditions);
        let is_selected = conditions.0.iter().all(|condition| condition.holds != Some(false));
        let request_id = request.facts.request_id;
        let draw = self.draws().into_iter().find(|draw| draw.request_id == request_id);
        self.explain_rule(request, is_selected, draw.is_some(), &mut conditions);
        let is_evaluated = is_selected && draw.is_some();
        self.explain_trigger(draw.filter(|_| is_evaluated), &mut conditions);
        let conditions = conditions.0;
        let failed = conditions.iter().find(|condition| condition.holds == Some(false));
        let reason = match failed {
            _ if fired => "the rule fired".to_owned(),
            Some(RuleCondition { path, expected, found, .. }) => {
                let found = found.as_deref().unwrap_or("nothing");
                format!("{path}: expected {expected}, found {found}")
            }
            None if draw.is_none() => format!(
                "not known: the request is not among the last {DRAWS_MAX} matches of the rule"
            ),
            None => "not known".to_owned(),
        };
        Explanation { fired, reason, conditions }
    }

    fn explain_selector(&self, facts: &RequestFacts<'_>, conditions: &mut Conditions) {
        let (on, matcher, subject) = (&self.rule.on, &self.matcher, facts.subject);
        let operation = subject.operation.map(|operation| (subject.dialect, operation));
        let name = operation.map(|(dialect, operation)| format!("{dialect}:{}", operation.name()));
        let is_contained =
            operation.is_some_and(|(dialect, it)| matcher.operations.contains(dialect, it));
        let expected = match on.op.is_empty() {
            true => "any operation that can have the effect".to_owned(),
            false => on.op.join(", "),
        };
        conditions.add("on.op", expected, name, Some(is_contained));
        for (path, glob, found) in [
            ("on.store", &on.store, subject.store),
            ("on.user", &on.user, subject.user),
            ("on.group", &on.group, subject.group),
            ("on.session", &on.session, subject.session),
        ] {
            if let Some(glob) = glob {
                let holds = found.is_some_and(|found| glob.matches(found));
                conditions.add(path, glob.as_str(), found.map(str::to_owned), Some(holds));
            }
        }
        if let (Some(range), Some(attempt)) = (on.attempt, subject.attempt) {
            let holds = range.contains(attempt.into());
            conditions.add("on.attempt", range, Some(attempt.to_string()), Some(holds));
        }
        if let (Some(path), Some(attribute)) = (&on.attribute, &matcher.attribute) {
            let found = facts.parsed.map(|parsed| parsed.attribute_paths().join(", "));
            let holds = facts.parsed.map(|_| facts.names_attribute(attribute));
            conditions.add("on.attribute", path, found.filter(|it| !it.is_empty()), holds);
        }
        for (name, glob) in &matcher.headers {
            // Headers are not recorded.
            let holds = facts.headers.map(|_| facts.has_header(name, glob));
            conditions.add(format!("on.header.{name}"), glob.as_str(), None, holds);
        }
    }

    /// The conditions of the rule as a whole. A request that is among the draws has fulfilled all of them.
    fn explain_rule(
        &self,
        request: &PastRequest<'_>,
        is_selected: bool,
        is_drawn: bool,
        conditions: &mut Conditions,
    ) {
        let since = self.since();
        let is_older = request.at < since;
        conditions.add(
            "added",
            format_args!("a request since {since}"),
            Some(request.at.to_string()),
            Some(!is_older),
        );
        // A rule that was evaluated and did not hit may be followed by one that did.
        if let Some(other) = request.fault.filter(|fault| **fault != *self.id && !is_drawn) {
            let found = match other {
                "header" => "the fault of the request's own header".to_owned(),
                rule => format!("the rule {rule:?} fired"),
            };
            conditions.add("order", "no earlier fault", Some(found), Some(false));
        }
        let (_, fired) = self.counts();
        if let Some(times) = self.rule.life.times {
            let is_over = !is_drawn && fired >= times.into();
            let holds = if is_over { Some(false) } else { is_drawn.then_some(true) };
            let found = format!("{fired} so far");
            conditions.add(
                "for.times",
                format_args!("fewer than {times} hits"),
                Some(found),
                holds,
            );
        }
        let age_ms = u64::try_from(request.at.0.saturating_sub(since.0)).unwrap_or(0);
        if let Some(time) = self.rule.life.time {
            let holds = age_ms < time.as_millis();
            conditions.add(
                "for.time",
                format_args!("a rule younger than {time}"),
                Some(format!("{age_ms}ms")),
                Some(holds),
            );
        }
        if self.is_paused() && is_selected && !is_drawn {
            // It may have been paused after the request.
            conditions.add("paused", "a rule that is not paused", Some("paused now".into()), None);
        }
    }

    fn explain_trigger(&self, draw: Option<Draw>, conditions: &mut Conditions) {
        let n = draw.map(|draw| draw.n);
        let miss = draw.and_then(|draw| draw.result.err());
        // Conditions are evaluated in this order, up to the first that does not hold.
        let mut is_evaluated = draw.is_some();
        for (name, expected) in expected_conditions(&self.rule.when) {
            let is_failed = miss.is_some_and(|miss| condition_name(miss) == name);
            let holds = is_evaluated.then_some(!is_failed);
            let found = match miss {
                Some(Miss::Window(age_ms)) if is_failed => Some(format!("{age_ms}ms")),
                Some(Miss::Share(drawn) | Miss::Chance(drawn)) if is_failed => {
                    Some(format!("{drawn:.4}"))
                }
                Some(Miss::Over) if is_failed => Some("a rate that is not exceeded".to_owned()),
                _ if is_evaluated && COUNTED.contains(&name) => n.map(|n| format!("match {n}")),
                _ => None,
            };
            conditions.add(format!("when.{name}"), expected, found, holds);
            is_evaluated &= !is_failed;
        }
        if let (Some(range), Some(Miss::Attempt), Some(n)) = (self.rule.on.attempt, miss, n) {
            let found = format!("match {n}, and the request does not name its attempt");
            conditions.add("on.attempt", range, Some(found), Some(false));
        }
    }
}

/// The conditions on the ordinal of a match.
const COUNTED: &[&str] = &["skip", "first", "nth", "every", "pattern"];

/// The conditions that a trigger sets, in the order of evaluation, each with what it expects.
fn expected_conditions(when: &Trigger) -> Vec<(&'static str, String)> {
    let nth = when.nth.iter().map(|n| format!("match {n}")).collect::<Vec<_>>().join(" or ");
    let conditions = [
        ("over", when.over.map(|rate| format!("more than {rate}"))),
        ("window", when.window.map(|window| format!("the age of the rule in {window}"))),
        ("share", when.share.map(|share| format!("a draw of the key below {share}"))),
        ("skip", when.skip.map(|skip| format!("a match after the first {skip}"))),
        ("first", when.first.map(|first| format!("one of the first {first}"))),
        ("nth", (!when.nth.is_empty()).then_some(nth)),
        ("every", when.every.map(|every| format!("every match divisible by {every}"))),
        ("pattern", when.pattern.as_ref().map(|pattern| format!("an x in {pattern}"))),
        ("p", when.p.map(|p| format!("a draw below {p}"))),
    ];
    let set = conditions.into_iter().filter_map(|(name, expected)| Some((name, expected?)));
    set.collect()
}

fn condition_name(miss: Miss) -> &'static str {
    match miss {
        Miss::Over => "over",
        Miss::Window(_) => "window",
        Miss::Share(_) => "share",
        Miss::Skip => "skip",
        Miss::First => "first",
        Miss::Nth => "nth",
        Miss::Every => "every",
        Miss::Pattern => "pattern",
        Miss::Chance(_) => "p",
        Miss::Attempt => "attempt",
    }
}
