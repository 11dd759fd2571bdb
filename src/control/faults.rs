//! The calls about fault rules.

use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use crate::faults::{PREVIEW_MAX, Rule, RuleError, parse_json};

use super::calls::{ok, read, refused};
use super::{Answer, Call, Refusal};

/// Every fault rule in force, in order, with its counts.
pub(super) fn list_faults(call: &Call<'_>) -> Result<Answer, Refusal> {
    let now = call.service.clock().now();
    ok(json!({ "faults": call.service.faults().list(now) }))
}

/// Adds one rule or a list of them, all or none.
pub(super) fn add_faults(call: &Call<'_>) -> Result<Answer, Refusal> {
    let ids = call.service.faults().add(rules(call)?, call.service.clock().now());
    let ids = ids.map_err(|error| clash(&error))?;
    Ok(Answer::json(StatusCode::CREATED, &json!({ "ids": ids })))
}

/// Puts these rules in the place of all others, in one step.
pub(super) fn replace_faults(call: &Call<'_>) -> Result<Answer, Refusal> {
    let ids = call.service.faults().replace(rules(call)?, call.service.clock().now());
    ok(json!({ "ids": ids.map_err(|error| clash(&error))? }))
}

/// Puts a rule in the place of the one of that id; its counters begin anew.
pub(super) fn put_fault(call: &Call<'_>) -> Result<Answer, Refusal> {
    let mut rules = rules(call)?;
    let (Some(rule), true) = (rules.pop(), rules.is_empty()) else {
        return Err(Refusal::new(StatusCode::BAD_REQUEST, "this call takes one rule"));
    };
    let put = call.service.faults().put(&call.id, rule, call.service.clock().now());
    put.map_err(|error| clash(&error))?;
    ok(json!({ "ids": [call.id] }))
}

/// What became of each rule; 409 where one did not fire as often as it had to.
pub(super) fn verdict(call: &Call<'_>) -> Result<Answer, Refusal> {
    let rules = call.service.faults().verdict(call.service.clock().now());
    let met = rules.iter().all(|rule| rule.met);
    let status = if met { StatusCode::OK } else { StatusCode::CONFLICT };
    Ok(Answer::json(status, &json!({ "met": met, "rules": rules })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ahead {
    id: Option<String>,
    rule: Option<Json>,
    n: usize,
    #[serde(default)]
    key: String,
}

/// Which of the next `n` matches of a `key` of `per` would be hit, if all came now: by the rule of an
/// `id`, or by a `rule` that is not in force. No earlier rule is reckoned with.
pub(super) fn preview(call: &Call<'_>) -> Result<Answer, Refusal> {
    let ahead: Ahead = read(call.body)?;
    let (faults, now) = (call.service.faults(), call.service.clock().now());
    let wrong = |text: String| Refusal::new(StatusCode::BAD_REQUEST, text);
    if !(1..=PREVIEW_MAX).contains(&ahead.n) {
        return Err(wrong(format!("n is from 1 to {PREVIEW_MAX}")));
    }
    let hits = match (&ahead.id, &ahead.rule) {
        (Some(id), None) => {
            faults.preview(id, &ahead.key, ahead.n, now).ok_or_else(|| no_such_rule(id))?
        }
        (None, Some(rule)) => {
            let rules = parse_json("rule", &rule.to_string(), faults.known());
            let mut rules = rules.map_err(|error| refused(&error))?;
            let (Some(rule), true) = (rules.pop(), rules.is_empty()) else {
                return Err(wrong("this call takes one rule".to_owned()));
            };
            faults.preview_of(rule, &ahead.key, ahead.n, now)
        }
        (Some(_), Some(_)) | (None, None) => {
            return Err(wrong("name either the id of a rule, or a rule".to_owned()));
        }
    };
    let pattern: String = hits.iter().map(|hit| if *hit { 'x' } else { '.' }).collect();
    let nth: Vec<_> =
        hits.iter().zip(1..).filter(|(hit, _)| **hit).map(|(_, n)| n).collect::<Vec<usize>>();
    ok(json!({ "pattern": pattern, "hits": nth }))
}

fn rules(call: &Call<'_>) -> Result<Vec<Rule>, Refusal> {
    let text = std::str::from_utf8(call.body)
        .map_err(|error| Refusal::new(StatusCode::BAD_REQUEST, format!("the body: {error}")))?;
    parse_json("body", text, call.service.faults().known()).map_err(|error| refused(&error))
}

fn clash(error: &RuleError) -> Refusal {
    let status = match error {
        RuleError::Duplicate(_) => StatusCode::CONFLICT,
        RuleError::Unknown(_) => StatusCode::NOT_FOUND,
        RuleError::OtherId { .. } | RuleError::TooMany(_) => StatusCode::BAD_REQUEST,
    };
    Refusal::new(status, error.to_string())
}

/// Removes every rule.
pub(super) fn clear_faults(call: &Call<'_>) -> Result<Answer, Refusal> {
    ok(json!({ "removed": call.service.faults().clear() }))
}

/// One rule. Its lease begins anew: whoever asks for it still wants it.
pub(super) fn get_fault(call: &Call<'_>) -> Result<Answer, Refusal> {
    match call.service.faults().renew(&call.id, call.service.clock().now()) {
        Some(rule) => ok(json!(rule)),
        None => Err(no_such_rule(&call.id)),
    }
}

/// Removes one rule.
pub(super) fn remove_fault(call: &Call<'_>) -> Result<Answer, Refusal> {
    if call.service.faults().remove(&call.id) {
        ok(json!({ "removed": 1 }))
    } else {
        Err(no_such_rule(&call.id))
    }
}

fn no_such_rule(id: &str) -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, format!("there is no rule `{id}`"))
}
