//! `drip`: the body is sent in small pieces, with a pause before each but the first.

use std::fmt::{self, Display};
use std::str::FromStr;
use std::time::Duration;

use super::super::form::{TextForm, TextValue, text_value};
use super::super::values::{TIME_SPAN_TO_1M, TimeSpan};

/// A body sent in pieces of `bytes`, with a pause of `interval` between two pieces: `16/100ms`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct Drip {
    pub bytes: usize,
    pub interval: Duration,
}

static FORM: TextForm = TextForm::new(
    &["[1-9][0-9]{0,8}/", TIME_SPAN_TO_1M],
    "bytes and an interval of at most 1m, such as 16/100ms",
);

impl FromStr for Drip {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        FORM.captures(text)?;
        let (bytes, interval) = text.split_once('/').unwrap_or((text, ""));
        let bytes = bytes.parse().map_err(|_| FORM.mismatch(text))?;
        Ok(Self { bytes, interval: interval.parse::<TimeSpan>()?.into() })
    }
}

impl Display for Drip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.bytes, TimeSpan::from(self.interval))
    }
}

impl TextValue for Drip {
    const FORM: &'static TextForm = &FORM;
}

text_value!(Drip);
