//! `drip`: the body is sent in small pieces, with a pause between two of them.

use std::sync::Arc;
use std::time::Duration;

use super::super::text::Word;
use super::{Drip, FaultedResponse, Form, Row, WireEffect};

/// The longest pause between two pieces.
const INTERVAL_MS_MAX: u64 = 60_000;

pub(super) const ROW: Row = Row {
    name: "drip",
    doc: "the body comes in pieces: \"16/100ms\" is 16 bytes each 100 ms",
    form: Form::Key("^[0-9]{1,10}/[0-9]+(ms|s|m)$"),
    read,
};

fn read(word: Word<'_>) -> Option<Arc<dyn WireEffect>> {
    let Some((bytes, interval)) = word.split_once("/") else {
        return word.expected("bytes and an interval, such as 16/100ms");
    };
    let (bytes, interval) =
        (bytes.integer(1..=u64::from(u32::MAX)), interval.time_ms(INTERVAL_MS_MAX));
    let bytes = usize::try_from(bytes?).ok()?;
    Some(Arc::new(Drip { bytes, interval: Duration::from_millis(interval?) }))
}

impl WireEffect for Drip {
    fn apply(&self, response: &mut FaultedResponse) {
        response.drip = Some(*self);
    }
}
