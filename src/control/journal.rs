//! The calls about requests that were seen: the journal, what is expected of it, and its entries as
//! they come.

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::poll_fn;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

use crate::journal::{Filter, Times};

use super::calls::{ok, read};
use super::{Answer, Call, Refusal};

/// How many entries a page has where it is not said.
const PAGE: usize = 100;

/// How many it has at most.
pub(super) const PAGE_MAX: usize = 1_000;

/// The query parameters of a page.
pub(super) const PAGING: &[&str] = &["limit", "before"];

/// Entries, newest first.
pub(super) fn list(call: &Call<'_>) -> Result<Answer, Refusal> {
    let (filter, mut limit, mut before) = (filter(call)?, PAGE, u64::MAX);
    if let Some(text) = call.param("limit") {
        let read = text.parse().ok().filter(|limit| (1..=PAGE_MAX).contains(limit));
        limit = read.ok_or_else(|| bad(format!("limit is from 1 to {PAGE_MAX}, not {text:?}")))?;
    }
    if let Some(text) = call.param("before") {
        let read = text.parse().ok();
        before =
            read.ok_or_else(|| bad(format!("before is a number of an entry, not {text:?}")))?;
    }
    let journal = call.service.journal();
    let entries = journal.entries();
    let found = entries.iter().rev().filter(|entry| entry.seq() < before);
    let mut page: Vec<_> =
        found.filter(|entry| filter.takes(journal, entry)).take(limit + 1).collect();
    let more = page.len() > limit;
    page.truncate(limit);
    let next = page.last().filter(|_| more).map(|entry| entry.seq());
    let shown: Vec<_> = page.iter().map(|entry| journal.show(entry)).collect();
    ok(json!({ "entries": shown, "next_before": next }))
}

/// How many entries there are.
pub(super) fn count(call: &Call<'_>) -> Result<Answer, Refusal> {
    let filter = filter(call)?;
    ok(json!({ "count": call.service.journal().find(&filter).len() }))
}

/// Forgets everything.
pub(super) fn clear(call: &Call<'_>) -> Result<Answer, Refusal> {
    ok(json!({ "removed": call.service.journal().clear() }))
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expectation {
    #[serde(default, rename = "match")]
    fields: Map<String, Json>,
    count: Option<Json>,
    #[serde(default)]
    after: u64,
}

/// Whether a request came as often as it should; if not, which came nearest, and what differed.
pub(super) fn expect(call: &Call<'_>) -> Result<Answer, Refusal> {
    let asked: Expectation = read(call.body)?;
    let mut filter = Filter::new();
    for (name, value) in asked.fields {
        let text = match value {
            Json::String(text) => text,
            Json::Number(number) => number.to_string(),
            Json::Null => String::new(),
            Json::Bool(_) | Json::Array(_) | Json::Object(_) => {
                return Err(bad(format!("{name} is a text, a number or null")));
            }
        };
        filter = filter.with(&name, text).map_err(|error| bad(error.to_string()))?;
    }
    let filter = spoken(call, filter)?;
    let times = asked.count.map(|count| {
        let help = || bad(r#"count is a number, or a text such as "2", ">=1", "<=3" or "2..4""#);
        Times::read(&count).ok_or_else(help)
    });
    let times = times.transpose()?.unwrap_or_default();
    let journal = call.service.journal();
    let verdict = journal.judge(filter, times, asked.after);
    let mut body = verdict.json(journal);
    let status = if verdict.is_met() { StatusCode::OK } else { StatusCode::CONFLICT };
    if !verdict.is_met() {
        body["error"] = "the expectation is not met".into();
        body["report"] = verdict.report(journal).into();
    }
    Ok(Answer::json(status, &body))
}

/// Entries as they come.
pub(super) fn events(call: &Call<'_>) -> Result<Answer, Refusal> {
    filter(call).and_then(|filter| {
        let full = "as many listen as may, or the server is about to end";
        let events = call.service.journal().subscribe(filter);
        let mut events =
            events.ok_or_else(|| Refusal::new(StatusCode::SERVICE_UNAVAILABLE, full))?;
        let stream =
            poll_fn(move |context| events.poll_event(context).map(|it| it.map(Bytes::from)));
        Ok(Answer::follow("text/event-stream", stream.boxed()))
    })
}

/// The filter in the query.
fn filter(call: &Call<'_>) -> Result<Filter, Refusal> {
    let mut filter = Filter::new();
    for (name, value) in form_urlencoded::parse(call.query.as_bytes()) {
        if !PAGING.contains(&name.as_ref()) {
            filter = filter.with(&name, value).map_err(|error| bad(error.to_string()))?;
        }
    }
    spoken(call, filter)
}

/// The filter, where it asks for dialects only that are spoken here.
fn spoken(call: &Call<'_>, filter: Filter) -> Result<Filter, Refusal> {
    let names: Vec<_> = call.service.dialects().map(|dialect| dialect.name()).collect();
    let strange = filter
        .wanted()
        .find(|(field, value)| *field == "dialect" && !value.is_empty() && !names.contains(value));
    match strange {
        Some((_, value)) => Err(bad(format!("dialect is {}, not {value:?}", names.join(" or ")))),
        None => Ok(filter),
    }
}

fn bad(error: impl Into<String>) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, error)
}
