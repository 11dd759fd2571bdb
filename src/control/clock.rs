//! The clock: what time it is here, and what time it is to be.

use http::StatusCode;
use serde_json::json;

use crate::document::Node;
use crate::domain::{ClockSetting, Timestamp};
use crate::faults::time_ms;

use super::calls::{ok, read_body};
use super::{Answer, Call, Refusal};

/// How far one call may move time on: a hundred years.
const ADVANCE_MAX_MS: u64 = 36_525 * 86_400_000;

/// What time it is.
pub(super) fn get(call: &Call<'_>) -> Result<Answer, Refusal> {
    let clock = call.service.clock();
    tell(clock.now(), clock.is_frozen())
}

/// Sets the clock, all of it or nothing.
pub(super) fn put(call: &Call<'_>) -> Result<Answer, Refusal> {
    let setting = read_body(call, read)?;
    let clock = call.service.clock();
    let too_far = || Refusal::new(StatusCode::BAD_REQUEST, "that is before 1970 or after 9999");
    let now = clock.set(setting).ok_or_else(too_far)?;
    tell(now, clock.is_frozen())
}

fn read(root: Node<'_>) -> Option<ClockSetting> {
    let table = root.table(&["set", "advance", "freeze"])?;
    if root.entries().next().is_none() {
        root.note_with("this sets nothing", "set, advance, freeze: one of them or several");
    }
    Some(ClockSetting {
        set: table.get("set").and_then(time),
        advance_ms: table
            .get("advance")
            .and_then(|node| time_ms(node, ADVANCE_MAX_MS))
            .unwrap_or(0),
        freeze: table.get("freeze").and_then(|node| node.flag()),
    })
}

fn time(node: Node<'_>) -> Option<Timestamp> {
    let at = node.text()?.parse::<Timestamp>().ok();
    let at = at.filter(|at| (Timestamp(0)..=Timestamp::MAX).contains(at));
    if at.is_none() {
        node.expected("a time such as 2030-01-01T00:00:00Z, from 1970 to 9999");
    }
    at
}

fn tell(now: Timestamp, frozen: bool) -> Result<Answer, Refusal> {
    ok(json!({ "now": now.to_string(), "frozen": frozen }))
}
