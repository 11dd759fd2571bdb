//! `cut`: the head and the first part of the body are sent, then the connection is closed.
//! `Content-Length` is that of the whole body, so that a client can notice.
//!
//! An empty body cannot be cut: all of it is sent.

use std::fmt::{self, Display};
use std::str::FromStr;

use super::super::form::{TextForm, TextValue, text_value};
use super::{FaultedResponse, SentPart, Tail};

/// The part of a body that is sent: `50%`, or a number of bytes.
///
/// ```
/// use idouble::{Cut, Fault};
///
/// let half = Fault::on("aws:ListUsers").cut(Cut::Percent(50));
/// let header_only = Fault::on("aws:ListUsers").cut(Cut::Bytes(0));
/// assert_ne!(half, header_only);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Cut {
    /// This part of the body, below 100 %.
    Percent(u8),
    /// This number of bytes.
    Bytes(u32),
}

static FORM: TextForm = TextForm::new(
    &["[0-9]{1,2}%|[0-9]{1,9}"],
    "a part below 100 % such as \"50%\", or a number of bytes",
);

impl Cut {
    /// Sends only this part of the body.
    #[doc(hidden)]
    pub fn apply(self, faulted: &mut FaultedResponse) {
        let whole = faulted.response.body().len();
        let part = match self {
            Self::Percent(percent) => whole * usize::from(percent) / 100,
            Self::Bytes(bytes) => usize::try_from(bytes).unwrap_or(usize::MAX).min(whole),
        };
        faulted.sent = SentPart::Part(part);
        if part < whole {
            faulted.tail = Tail::Close;
        }
    }
}

impl FromStr for Cut {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        FORM.captures(text)?;
        let cut = match text.strip_suffix('%') {
            Some(percent) => percent.parse().map(Self::Percent).ok(),
            None => text.parse().map(Self::Bytes).ok(),
        };
        cut.ok_or_else(|| FORM.mismatch(text))
    }
}

impl Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Percent(percent) => write!(f, "{percent}%"),
            Self::Bytes(bytes) => write!(f, "{bytes}"),
        }
    }
}

impl TextValue for Cut {
    const FORM: &'static TextForm = &FORM;
    const ACCEPTS_INTEGER: bool = true;
}

text_value!(Cut);
