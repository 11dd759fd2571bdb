//! The request journal.

use std::collections::BTreeMap;
use std::iter::once;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, ready};
use http::StatusCode;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, json};

use crate::faults::{CountRange, TIME_SPAN_TO_1M, TimeSpan};
use crate::journal::{
    EntryFilter, EntryView, ExpectationResult, ExpectedCount, Journal, JournalEntry, names,
};

use crate::service::Service;

use super::ControlResponse;
use super::error::ControlError;
use super::reply::{JSON, Json, Removed, Reply, stream_response};
use super::route::{ControlCall, QueryParameter, integer_schema};
use super::stream;

/// The default number of entries on a page.
const PAGE: usize = 100;

/// The greatest number of entries on a page.
const PAGE_MAX: usize = 1_000;

/// Limit of the time for which an expectation waits.
const WITHIN_MAX: TimeSpan = TimeSpan::from_millis(60_000);

/// The query parameters of a page.
pub(super) const PAGING: &[QueryParameter] = &[
    QueryParameter {
        name: "limit",
        description: "The number of entries on the page",
        schema: || integer_schema(1, PAGE_MAX),
    },
    QueryParameter {
        name: "before",
        description: "Only entries with a smaller number",
        schema: || json!({ "type": "integer", "minimum": 0 }),
    },
];

/// A page of entries.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JournalPage {
    /// Newest first.
    pub entries: Vec<EntryView>,
    /// The value of `before` for the next page; null on the last page.
    pub next_before: Option<u64>,
}

/// A number of entries.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JournalCount {
    /// The number.
    pub count: usize,
}

/// A request that is expected, and how often.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpectationRequest {
    /// The values of fields, which all must match.
    #[serde(default, rename = "match")]
    #[schemars(schema_with = "conditions_schema")]
    pub conditions: BTreeMap<String, FieldValue>,
    /// The expected number of requests: `2`, `">=1"`, `"<=3"` or `"2..4"`. At least one by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<CountRange>,
    /// Only entries with a greater number count.
    #[serde(default)]
    pub after: u64,
    /// The time to wait for the expectation to be met, such as `2s`, by the machine's clock; at most one
    /// minute. It is checked once if not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("pattern" = format!("^{TIME_SPAN_TO_1M}$")))]
    pub within: Option<TimeSpan>,
}

/// The value of a field. Null, like an empty text, means that the entry has no such field.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected a text, a number or null")]
#[schemars(inline)]
pub enum FieldValue {
    /// A number.
    Number(u64),
    /// A text.
    Text(String),
    /// No value.
    Null,
}

impl FieldValue {
    fn into_text(self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text,
            Self::Null => String::new(),
        }
    }
}

/// The result of an expectation.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpectationReply {
    /// Whether the expectation is met.
    pub met: bool,
    /// The expected number of requests, such as `at least 1 time`.
    pub expected: String,
    /// The number of requests that match.
    pub matched: usize,
    /// The number of all requests.
    pub seen: usize,
    /// Whether the journal was full and has dropped some of the requests.
    pub forgotten: bool,
    /// If too few match, the request that came nearest.
    pub closest: Option<ClosestRequest>,
    /// That the expectation is not met.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The report as text, if the expectation is not met.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<String>,
}

/// The request that came nearest to an expectation.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClosestRequest {
    /// The request.
    pub entry: EntryView,
    /// The fields in which it differs; `count` if only the number of requests is wrong.
    pub differs: Vec<FieldDifference>,
}

/// The difference between a request and an expectation.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FieldDifference {
    /// The field.
    pub field: String,
    /// The expected value.
    pub expected: String,
    /// The value of the request.
    pub found: Option<String>,
}

/// Lists entries, newest first.
pub(super) fn list(call: &ControlCall<'_>) -> Result<PageReply, ControlError> {
    let filter = filter(call)?;
    let limit = call.integer("limit", 1..=PAGE_MAX as u64)?.map_or(PAGE, |limit| limit as usize);
    let before = call.integer("before", 0..=u64::MAX)?.unwrap_or(u64::MAX);
    Ok(PageReply { service: call.service.clone(), filter, limit, before })
}

/// Counts entries.
pub(super) fn count(call: &ControlCall<'_>) -> Result<Json<JournalCount>, ControlError> {
    let filter = filter(call)?;
    Ok(Json::ok(JournalCount { count: call.service.journal().find(&filter).len() }))
}

/// Removes all entries.
pub(super) fn clear(call: &ControlCall<'_>) -> Result<Json<Removed>, ControlError> {
    Ok(Json::ok(Removed { removed: call.service.journal().clear() }))
}

/// Checks that a request came as often as expected, or waits for it: 409 with a report if it did not come.
pub(super) fn expect(
    call: &ControlCall<'_>,
    request: ExpectationRequest,
) -> Result<BoxFuture<'static, Json<ExpectationReply>>, ControlError> {
    let conditions = request.conditions.into_iter();
    let conditions: Vec<_> = conditions.map(|(name, value)| (name, value.into_text())).collect();
    let journal = call.service.journal();
    let pairs = conditions.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let filter = journal.filter(pairs)?;
    let count = request.count.map(expected_count).unwrap_or_default();
    let within = request.within.unwrap_or_default();
    if within > WITHIN_MAX {
        let error = format!("/within: invalid time {within}; expected at most {WITHIN_MAX}");
        return Err(ControlError::bad_request(error));
    }
    let result = journal.check(filter.clone(), count, request.after);
    if result.is_met() || within == TimeSpan::default() {
        return Ok(ready(expectation_reply(journal, &result)).boxed());
    }
    let journal = journal.clone();
    let wait = async move {
        let waiting = journal.clone().check_within(filter, count, request.after, within.into());
        expectation_reply(&journal, &waiting.await)
    };
    Ok(wait.boxed())
}

/// An entry as it is shown, with the names that its user and its group have now.
pub(super) fn show(service: &Service, entry: &JournalEntry) -> EntryView {
    let mut view = service.journal().show(entry);
    let store = entry.store().and_then(|id| service.directory().get(&id.into()));
    if let Some(store) = store {
        let user = entry.user().and_then(|id| store.find_user(id));
        view.user_name = user.map(|(_, user)| user.user_name().to_owned());
        let group = entry.group().and_then(|id| store.find_group(id));
        view.group_name = group.and_then(|(_, group)| group.display_name().map(str::to_owned));
    }
    view
}

fn expected_count(range: CountRange) -> ExpectedCount {
    let max = (range.max != u32::MAX).then_some(range.max as usize);
    ExpectedCount { min: range.min as usize, max }
}

fn expectation_reply(journal: &Journal, result: &ExpectationResult) -> Json<ExpectationReply> {
    let status = if result.is_met() { StatusCode::OK } else { StatusCode::CONFLICT };
    Json::new(status, expectation_body(journal, result))
}

fn expectation_body(journal: &Journal, result: &ExpectationResult) -> ExpectationReply {
    let closest = result.nearest.as_ref().map(|nearest| {
        let differences = nearest.differences.iter().map(|difference| FieldDifference {
            field: difference.field.to_owned(),
            expected: difference.expected.clone(),
            found: difference.found.clone(),
        });
        let mut differs: Vec<_> = differences.collect();
        if differs.is_empty() {
            let (field, expected) = ("count".to_owned(), result.count.to_string());
            let found = Some(result.matched.len().to_string());
            differs.push(FieldDifference { field, expected, found });
        }
        ClosestRequest { entry: journal.show(&nearest.entry), differs }
    });
    let met = result.is_met();
    ExpectationReply {
        met,
        expected: result.count.to_string(),
        matched: result.matched.len(),
        seen: result.seen.len(),
        forgotten: result.incomplete,
        closest,
        error: (!met).then(|| "the expectation is not met".to_owned()),
        report: (!met).then(|| result.report(journal)),
    }
}

/// The filter in the query. The route has rejected parameters that are neither a field nor its own.
pub(super) fn filter(call: &ControlCall<'_>) -> Result<EntryFilter, ControlError> {
    let fields = names();
    let pairs: Vec<_> = form_urlencoded::parse(call.query.as_bytes())
        .filter(|(name, _)| fields.contains(&&**name))
        .collect();
    let conditions = pairs.iter().map(|(name, value)| (&**name, &**value));
    Ok(call.service.journal().filter(conditions)?)
}

/// The object of `match`: a member for each field.
fn conditions_schema(generator: &mut SchemaGenerator) -> Schema {
    let value = generator.subschema_for::<FieldValue>();
    let fields: Map<_, _> =
        names().into_iter().map(|name| (name.to_owned(), value.clone().to_value())).collect();
    json_schema!({ "type": "object", "additionalProperties": false, "properties": fields })
}

/// A page of entries, which are searched while it is sent.
pub(super) struct PageReply {
    service: Arc<Service>,
    filter: EntryFilter,
    limit: usize,
    before: u64,
}

impl Reply for PageReply {
    fn into_response(self) -> ControlResponse {
        let Self { service, filter, limit, before } = self;
        let journal = service.journal().clone();
        let entries = journal.entries();
        let mut matching = entries
            .into_iter()
            .rev()
            .filter(move |entry| entry.seq < before)
            .filter(move |entry: &Arc<JournalEntry>| filter.matches(&journal, entry));
        let (mut written, mut last, mut is_complete) = (0, None, false);
        let pieces = std::iter::from_fn(move || {
            if is_complete {
                return None;
            }
            match matching.next() {
                Some(entry) if written < limit => {
                    let separator = if written == 0 { "" } else { "," };
                    written += 1;
                    last = Some(entry.seq);
                    let json = serde_json::to_string(&show(&service, &entry)).unwrap_or_default();
                    Some(format!("{separator}{json}").into_bytes())
                }
                // Only an entry that is left over makes another page.
                left_over => {
                    is_complete = true;
                    Some(page_end(left_over.and(last)))
                }
            }
        });
        let pieces = once(br#"{"entries":["#.to_vec()).chain(pieces);
        stream_response(JSON, stream::off_thread(pieces))
    }

    fn content(generator: &mut SchemaGenerator) -> Vec<(&'static str, Schema)> {
        vec![(JSON, generator.subschema_for::<JournalPage>())]
    }
}

fn page_end(next_before: Option<u64>) -> Vec<u8> {
    let next_before = next_before.map_or_else(|| "null".to_owned(), |seq| seq.to_string());
    format!("],\"next_before\":{next_before}}}\n").into_bytes()
}
