//! One entry of the journal: what its request changed, the request again, and why a fault rule hit it or not.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use http::StatusCode;
use http::header::HOST;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::dialect::request::base_url;
use crate::dialect::{Head, Request};
use crate::domain::ResourceUpdate;
use crate::faults::{Explanation, PastRequest, RequestFacts, RuleCondition};
use crate::fixture;
use crate::journal::{Bodies, EntryView, HIDDEN, JournalEntry};

use super::error::ControlError;
use super::journal::show;
use super::reply::Json;
use super::resource::attribute_map;
use super::route::ControlCall;

/// An entry with what its request changed.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JournalDetail {
    /// The entry.
    pub entry: EntryView,
    /// What an update changed of a user or group, by attribute; none for other requests.
    pub changes: Vec<AttributeChange>,
    /// Whether the request can be sent again.
    pub replayable: bool,
    /// Why it cannot.
    pub reason: Option<String>,
    /// The request as a command of a shell, without what is hidden; null if it cannot be written so.
    pub curl: Option<String>,
}

/// The change of an attribute.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AttributeChange {
    /// The path of the attribute as fixtures spell it, such as `name.given_name`; lists are whole.
    pub attribute: String,
    /// The former value; null if it was not set.
    pub before: Value,
    /// The new value; null if it was removed.
    pub after: Value,
}

/// The body of a replay, which has no members.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplayRequest {}

/// The result of a replay.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplayReply {
    /// The number of the original entry.
    pub replayed: u64,
    /// The entry of the new request; null if the journal has dropped it already.
    pub entry: Option<EntryView>,
}

/// An entry and a fault rule.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExplainRequest {
    /// The number of the entry.
    pub seq: u64,
    /// The id of the rule.
    pub id: String,
}

/// Why a rule hit a request, or why not.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExplainReply {
    /// The number of the entry.
    pub seq: u64,
    /// The id of the rule.
    pub id: String,
    /// Whether the rule hit it.
    pub fired: bool,
    /// The first condition that did not hold, in one line.
    pub reason: String,
    /// Every condition, in the order of evaluation.
    pub conditions: Vec<RuleCondition>,
}

/// Returns one entry.
pub(super) fn get(call: &ControlCall<'_>) -> Result<Json<JournalDetail>, ControlError> {
    let entry = find(call, parse_seq(&call.id)?)?;
    let journal = call.service.journal();
    let changes = entry.update().map(changes).unwrap_or_default();
    let changes = changes.into_iter().map(|change| match journal.bodies() {
        Bodies::Full => change,
        Bodies::Redacted | Bodies::Off => redacted(change),
    });
    let view = show(call.service, &entry);
    let request = journal.replay_request(&entry, None);
    let curl = request.as_ref().ok().and_then(|request| curl(&view, call.head, request));
    let rejection = request.err();
    Ok(Json::ok(JournalDetail {
        entry: view,
        changes: changes.collect(),
        replayable: rejection.is_none(),
        reason: rejection.map(|rejection| rejection.to_string()),
        curl,
    }))
}

/// Sends a recorded request again, through the whole pipeline.
pub(super) fn replay(
    call: &ControlCall<'_>,
    _request: ReplayRequest,
) -> Result<BoxFuture<'static, Json<ReplayReply>>, ControlError> {
    let seq = parse_seq(&call.id)?;
    let entry = find(call, seq)?;
    let request = call.service.journal().replay_request(&entry, call.head.headers.get(HOST));
    let request = request.map_err(|rejection| {
        let error = format!("request {seq} cannot be sent again: {rejection}");
        ControlError::new(StatusCode::CONFLICT, error)
    })?;
    let service = call.service.clone();
    let replay = async move {
        let request_id = service.replay(&request).await;
        let entry = service.journal().find_request(request_id);
        let entry = entry.map(|entry| show(&service, &entry));
        Json::ok(ReplayReply { replayed: seq, entry })
    };
    Ok(replay.boxed())
}

/// Explains why a fault rule hit a recorded request, or why not.
pub(super) fn explain(
    call: &ControlCall<'_>,
    request: ExplainRequest,
) -> Result<Json<ExplainReply>, ControlError> {
    let ExplainRequest { seq, id } = request;
    let entry = find(call, seq)?;
    let journal = call.service.journal();
    let recorded = journal.replay_request(&entry, None).ok();
    let dialect = journal.dialect_of(&entry);
    let parsed = dialect.zip(recorded.as_ref());
    let parsed = parsed.and_then(|(dialect, request)| dialect.route(request).ok());
    let subject = entry.subject();
    let facts = RequestFacts {
        parsed: parsed.as_ref(),
        request_id: entry.request_id,
        ..RequestFacts::new(&subject)
    };
    let past = PastRequest { facts, at: entry.at, fault: entry.fault() };
    let explanation = call.service.faults().explain(&id, &past, call.service.clock().now());
    let explanation = explanation.ok_or_else(|| super::faults::unknown(&id))?;
    let Explanation { fired, reason, conditions } = explanation;
    Ok(Json::ok(ExplainReply { seq, id, fired, reason, conditions }))
}

fn parse_seq(text: &str) -> Result<u64, ControlError> {
    let error = || format!("invalid entry {text:?}; expected its number");
    text.parse().map_err(|_| ControlError::bad_request(error()))
}

fn find(call: &ControlCall<'_>, seq: u64) -> Result<Arc<JournalEntry>, ControlError> {
    let error = || format!("the journal has no entry {seq}; it may have dropped it");
    call.service.journal().get(seq).ok_or_else(|| ControlError::not_found(error()))
}

/// A request as a command of a shell. Secrets stay hidden.
fn curl(view: &EntryView, head: &Head, request: &Request) -> Option<String> {
    let mut command =
        format!("curl {}", quoted(&format!("{}{}", base_url(head), view.path.as_ref()?)));
    if view.method != "GET" {
        command += &format!(" -X {}", view.method);
    }
    for (name, value) in &request.head.headers {
        command += &format!(" \\\n  -H {}", quoted(&format!("{name}: {}", value.to_str().ok()?)));
    }
    match &view.request {
        Value::Null => {}
        body @ (Value::Object(_) | Value::Array(_)) => {
            command += &format!(" \\\n  --data-raw {}", quoted(&body.to_string()));
        }
        // A body that is not JSON is not shown.
        _ => return None,
    }
    Some(command)
}

/// A word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn redacted(change: AttributeChange) -> AttributeChange {
    let hide = |value: Value| if value.is_null() { value } else { HIDDEN.into() };
    AttributeChange { before: hide(change.before), after: hide(change.after), ..change }
}

/// The differences between two versions of a user or group.
fn changes(update: &ResourceUpdate) -> Vec<AttributeChange> {
    let (former, current) = update.attributes();
    let shape = match update {
        ResourceUpdate::User { .. } => &fixture::USER,
        ResourceUpdate::Group { .. } => &fixture::GROUP,
    };
    let members = |attributes| Map::from_iter(attribute_map(shape, attributes));
    let mut changes = Vec::new();
    compare("", &members(former), &members(current), &mut changes);
    if let ResourceUpdate::User { former, current } = update
        && former.enabled != current.enabled
    {
        changes.push(AttributeChange {
            attribute: "enabled".to_owned(),
            before: former.enabled.into(),
            after: current.enabled.into(),
        });
    }
    changes
}

fn compare(
    prefix: &str,
    former: &Map<String, Value>,
    current: &Map<String, Value>,
    changes: &mut Vec<AttributeChange>,
) {
    let names: BTreeSet<_> = former.keys().chain(current.keys()).collect();
    for name in names {
        let attribute = format!("{prefix}{name}");
        let value = |members: &Map<String, Value>| members.get(name).cloned().unwrap_or_default();
        let (before, after) = (value(former), value(current));
        match (&before, &after) {
            (before, after) if before == after => {}
            (Value::Object(before), Value::Object(after)) => {
                compare(&format!("{attribute}."), before, after, changes);
            }
            (Value::Object(before), Value::Null) => {
                compare(&format!("{attribute}."), before, &Map::new(), changes);
            }
            (Value::Null, Value::Object(after)) => {
                compare(&format!("{attribute}."), &Map::new(), after, changes);
            }
            _ => changes.push(AttributeChange { attribute, before, after }),
        }
    }
}
