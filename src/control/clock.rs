//! The clock of the emulator.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::{Clock, ClockSetting, Timestamp};
use crate::faults::TimeSpan;

use super::error::ControlError;
use super::reply::Json;
use super::route::ControlCall;

/// The most by which one call advances the clock: a hundred years, in milliseconds.
const ADVANCE_MAX_MS: u64 = 36_525 * 86_400_000;

/// A change of the clock. The members apply in this order; at least one is needed.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("minProperties" = 1))]
pub struct ClockRequest {
    /// Sets the time, such as `2030-01-01T00:00:00Z`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub set: Option<String>,
    /// Advances the time, such as `5m` or `200ms`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advance: Option<TimeSpan>,
    /// Freezes the clock, or lets it run from the time that it shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub freeze: Option<bool>,
}

/// The time of the emulator.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClockReply {
    /// The time.
    #[schemars(extend("format" = "date-time"))]
    pub now: String,
    /// Whether the clock is frozen.
    pub frozen: bool,
}

/// Returns the time.
pub(super) fn get(call: &ControlCall<'_>) -> Result<Json<ClockReply>, ControlError> {
    let clock = call.service.clock();
    Ok(Json::ok(current(clock)))
}

/// Sets the clock: the whole request applies, or nothing of it.
pub(super) fn put(
    call: &ControlCall<'_>,
    request: ClockRequest,
) -> Result<Json<ClockReply>, ControlError> {
    if request == ClockRequest::default() {
        return Err(ControlError::bad_request("nothing to set; expected set, advance or freeze"));
    }
    let setting = ClockSetting {
        set: request.set.as_deref().map(parse_time).transpose()?,
        advance_ms: request.advance.map(advance_ms).transpose()?.unwrap_or(0),
        freeze: request.freeze,
    };
    let clock = call.service.clock();
    let out_of_range =
        || ControlError::bad_request("the new time is before 1970 or after 9999-12-31");
    let now = clock.set(setting).ok_or_else(out_of_range)?;
    Ok(Json::ok(ClockReply { now: now.to_string(), frozen: clock.is_frozen() }))
}

fn parse_time(text: &str) -> Result<Timestamp, ControlError> {
    let time = text.parse::<Timestamp>().ok();
    let time = time.filter(|time| (Timestamp(0)..=Timestamp::MAX).contains(time));
    time.ok_or_else(|| {
        let expected = "a time such as 2030-01-01T00:00:00Z, from 1970 to 9999";
        ControlError::bad_request(format!("/set: invalid time {text:?}; expected {expected}"))
    })
}

fn advance_ms(time: TimeSpan) -> Result<u64, ControlError> {
    let ms = Some(time.as_millis()).filter(|ms| *ms <= ADVANCE_MAX_MS);
    ms.ok_or_else(|| ControlError::bad_request("/advance: the clock advances by at most 36525d"))
}

/// The state of the clock as a reply.
pub(super) fn current(clock: &Clock) -> ClockReply {
    ClockReply { now: clock.now().to_string(), frozen: clock.is_frozen() }
}
