//! Fault rules.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use http::StatusCode;

use crate::faults::{self, PREVIEW_MAX, Rule, parse_json};

use super::error::ControlError;
use super::reply::{Json, Removed};
use super::route::{ControlCall, QueryParameter};

/// The fault rules in force.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FaultList {
    /// In the order in which they are tried.
    pub faults: Vec<faults::RuleView>,
}

/// The ids of rules that were added or replaced.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FaultIds {
    /// In the order of the rules.
    pub ids: Vec<String>,
}

/// Whether each rule fired as often as it expects.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FaultVerdict {
    /// Whether all rules did.
    pub met: bool,
    /// Every rule.
    pub rules: Vec<faults::RuleVerdict>,
}

/// A preview of a rule: either of one in force, by its id, or of a rule in the request.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [{ "required": ["id"] }, { "required": ["rule"] }]))]
pub struct PreviewRequest {
    /// The id of a rule in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub id: Option<String>,
    /// A rule that is not in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "NewRule")]
    pub rule: Option<Value>,
    /// The number of requests to look ahead.
    #[schemars(range(min = 1, max = PREVIEW_MAX))]
    pub n: usize,
    /// The value by which the rule counts requests, if it has a `per`.
    #[serde(default)]
    pub key: String,
}

/// The requests that a rule would hit.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewReply {
    /// One character a request: `x` for a hit, `.` for none.
    #[schemars(regex(pattern = "^[x.]*$"))]
    pub pattern: String,
    /// The numbers of the requests that are hit, from 1.
    pub hits: Vec<usize>,
}

/// A change of a rule that keeps its counters.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleChange {
    /// Whether the rule is switched off.
    pub paused: bool,
}

/// A rule to write as TOML.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TomlRequest {
    /// The rule.
    #[schemars(with = "NewRule")]
    pub rule: Value,
}

/// A rule as TOML.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TomlReply {
    /// The `[[fault]]` table of a configuration file.
    pub toml: String,
}

/// The query parameter of the verdict.
pub(super) const VERDICT: &[QueryParameter] = &[QueryParameter {
    name: "session",
    description: "Only the rules that are about this session alone",
    schema: || json!({ "type": "string" }),
}];

/// Lists the rules in force, with their counts.
pub(super) fn list(call: &ControlCall<'_>) -> Result<Json<FaultList>, ControlError> {
    let faults = call.service.faults().list(call.service.clock().now());
    Ok(Json::ok(FaultList { faults }))
}

/// Adds rules, all or none.
pub(super) fn add(call: &ControlCall<'_>, body: &str) -> Result<Json<FaultIds>, ControlError> {
    let rules = parse_rules(call, "body", body)?;
    let ids = call.service.faults().add(rules, call.service.clock().now())?;
    Ok(Json::new(StatusCode::CREATED, FaultIds { ids }))
}

/// Replaces all rules, in one step.
pub(super) fn replace_all(
    call: &ControlCall<'_>,
    body: &str,
) -> Result<Json<FaultIds>, ControlError> {
    let rules = parse_rules(call, "body", body)?;
    let ids = call.service.faults().replace(rules, call.service.clock().now())?;
    Ok(Json::ok(FaultIds { ids }))
}

/// Replaces one rule. Its counters start at zero.
pub(super) fn replace(call: &ControlCall<'_>, body: &str) -> Result<Json<FaultIds>, ControlError> {
    let rule = single(parse_rules(call, "body", body)?)?;
    call.service.faults().replace_rule(&call.id, rule, call.service.clock().now())?;
    Ok(Json::ok(FaultIds { ids: vec![call.id.clone()] }))
}

/// Reports whether each rule fired as often as it expects: 409 if one did not.
pub(super) fn verdict(call: &ControlCall<'_>) -> Result<Json<FaultVerdict>, ControlError> {
    let session = call.parameter("session");
    let rules = call.service.faults().verdict(session.as_deref(), call.service.clock().now());
    let met = rules.iter().all(|rule| rule.met);
    let status = if met { StatusCode::OK } else { StatusCode::CONFLICT };
    Ok(Json::new(status, FaultVerdict { met, rules }))
}

/// Reports which of the next requests with one `key` a rule would hit if all came now. Earlier rules are
/// left out of account.
pub(super) fn preview(
    call: &ControlCall<'_>,
    request: PreviewRequest,
) -> Result<Json<PreviewReply>, ControlError> {
    let PreviewRequest { id, rule, n, key } = request;
    if !(1..=PREVIEW_MAX).contains(&n) {
        let error = format!("/n: invalid count {n}; expected 1 to {PREVIEW_MAX}");
        return Err(ControlError::bad_request(error));
    }
    let (faults, now) = (call.service.faults(), call.service.clock().now());
    let hits = match (id, rule) {
        (Some(id), None) => faults.preview(&id, &key, n, now).ok_or_else(|| unknown(&id))?,
        (None, Some(rule)) => {
            let rule = single(parse_rules(call, "/rule", &rule.to_string())?)?;
            faults.preview_of(rule, &key, n, now)?
        }
        (Some(_), Some(_)) | (None, None) => {
            return Err(ControlError::bad_request("expected either `id` or `rule`"));
        }
    };
    let pattern = hits.iter().map(|hit| if *hit { 'x' } else { '.' }).collect();
    let hits = (1..).zip(&hits).filter(|(_, hit)| **hit).map(|(number, _)| number);
    Ok(Json::ok(PreviewReply { pattern, hits: hits.collect() }))
}

/// Writes a rule as TOML, and adds nothing.
pub(super) fn toml(
    call: &ControlCall<'_>,
    request: TomlRequest,
) -> Result<Json<TomlReply>, ControlError> {
    let rules = parse_rules(call, "/rule", &request.rule.to_string())?;
    let rule = single(rules)?;
    let toml = faults::to_toml(vec![rule]).map_err(ControlError::bad_request)?;
    Ok(Json::ok(TomlReply { toml }))
}

/// Pauses or resumes a rule. Its counters stay.
pub(super) fn change(
    call: &ControlCall<'_>,
    change: RuleChange,
) -> Result<Json<faults::RuleView>, ControlError> {
    let now = call.service.clock().now();
    let rule = call.service.faults().set_paused(&call.id, change.paused, now);
    rule.map(Json::ok).ok_or_else(|| unknown(&call.id))
}

/// Removes all rules.
pub(super) fn clear(call: &ControlCall<'_>) -> Result<Json<Removed>, ControlError> {
    Ok(Json::ok(Removed { removed: call.service.faults().clear() }))
}

/// Returns one rule and renews its lease: a client that asks for a rule still wants it.
pub(super) fn get(call: &ControlCall<'_>) -> Result<Json<faults::RuleView>, ControlError> {
    let rule = call.service.faults().renew(&call.id, call.service.clock().now());
    rule.map(Json::ok).ok_or_else(|| unknown(&call.id))
}

/// Removes one rule.
pub(super) fn remove(call: &ControlCall<'_>) -> Result<Json<Removed>, ControlError> {
    match call.service.faults().remove(&call.id) {
        true => Ok(Json::ok(Removed { removed: 1 })),
        false => Err(unknown(&call.id)),
    }
}

pub(super) fn parse_rules(
    call: &ControlCall<'_>,
    name: &str,
    text: &str,
) -> Result<Vec<Rule>, ControlError> {
    Ok(parse_json(name, text, call.service.faults().catalog())?)
}

fn single(mut rules: Vec<Rule>) -> Result<Rule, ControlError> {
    match (rules.pop(), rules.is_empty()) {
        (Some(rule), true) => Ok(rule),
        (Some(_) | None, _) => Err(ControlError::bad_request("this call accepts one rule")),
    }
}

pub(super) fn unknown(id: &str) -> ControlError {
    ControlError::not_found(format!("there is no rule {id:?}"))
}

/// The schema of a fault rule.
pub(super) struct NewRule;

impl JsonSchema for NewRule {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Rule".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        Schema::try_from(faults::rule_schema()).unwrap_or_default()
    }
}

/// The schema of a fault rule or a list of them.
pub(super) struct NewRules;

impl JsonSchema for NewRules {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Rules".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let rule = generator.subschema_for::<NewRule>();
        json_schema!({ "anyOf": [rule, { "type": "array", "items": rule }] })
    }
}
