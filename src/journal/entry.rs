//! One request that was seen, as raw facts: nothing is formatted, parsed or hidden before it is read.

use std::time::Duration;

use bytes::Bytes;
use http::Method;

use crate::dialect::{Head, Response, Subject};
use crate::domain::{ApiError, Operation, Timestamp};

/// A request as it came in.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// When, by the service's clock.
    pub at: Timestamp,
    /// What its answer calls it.
    pub request_id: u128,
    /// Method and target; no header is kept.
    pub head: &'a Head,
    /// The body, whole; empty where it did not arrive.
    pub body: &'a [u8],
    /// What the dialect saw in it.
    pub subject: &'a Subject<'a>,
}

/// What became of it.
#[derive(Clone, Copy, Default, Debug)]
pub struct Answered<'a> {
    /// The response; `None` where none was sent.
    pub response: Option<&'a Response>,
    /// Why it was refused.
    pub error: Option<&'a ApiError>,
    /// The rule that fired.
    pub fault: Option<&'a str>,
    /// How long it took, by the machine's clock.
    pub took: Duration,
}

/// What `error` says of a request that got no answer: its client left before, or a fault ended the
/// connection.
pub const ABANDONED: &str = "abandoned";

/// Texts of an entry, in the order in which they lie in one piece of memory.
#[derive(Clone, Copy, Debug)]
enum Part {
    Store,
    User,
    Group,
    Session,
    Fault,
    Target,
    Body,
}

const PARTS: usize = 7;

/// What an entry costs beside its texts: itself, its place in the ring, what the allocator adds.
const OVERHEAD_BYTES: usize = 256;

/// A request that was seen. Costs two allocations; the response's body is shared with what was sent.
#[derive(Debug)]
pub struct Entry {
    pub(super) seq: u64,
    at: Timestamp,
    dialect: &'static str,
    operation: Option<Operation>,
    attempt: Option<u32>,
    request_id: u128,
    method: Method,
    status: Option<u16>,
    kind: Option<&'static str>,
    took: Duration,
    /// A copy: a slice of what the connection has read would keep all of that alive.
    texts: Box<[u8]>,
    ends: [usize; PARTS],
    response: Bytes,
    /// Whether the bodies were too large to be kept.
    pub(super) stripped: bool,
}

impl Entry {
    /// The facts, with bodies or without.
    pub(super) fn of(seen: &Seen<'_>, answered: &Answered<'_>, bodies: bool) -> Self {
        let subject = seen.subject;
        let target = seen.head.uri.path_and_query().map_or("", |target| target.as_str());
        let body = if bodies { seen.body } else { &[] };
        let parts: [&[u8]; PARTS] = [
            subject.store.unwrap_or_default().as_bytes(),
            subject.user.unwrap_or_default().as_bytes(),
            subject.group.unwrap_or_default().as_bytes(),
            subject.session.unwrap_or_default().as_bytes(),
            answered.fault.unwrap_or_default().as_bytes(),
            target.as_bytes(),
            body,
        ];
        let size = parts.iter().map(|part| part.len()).sum();
        let mut texts = Vec::with_capacity(size);
        let mut ends = [0; PARTS];
        for (part, end) in parts.iter().zip(&mut ends) {
            texts.extend_from_slice(part);
            *end = texts.len();
        }
        let left = answered.response.is_none().then_some(ABANDONED);
        // A refusal's body is kept in any case: the vendor's code is read from it.
        let response = answered.response.filter(|_| bodies || answered.error.is_some());
        Self {
            seq: 0,
            at: seen.at,
            dialect: subject.dialect,
            operation: subject.operation,
            attempt: subject.attempt,
            request_id: seen.request_id,
            method: seen.head.method.clone(),
            status: answered.response.map(|response| response.status().as_u16()),
            kind: answered.error.map(ApiError::name).or(left),
            took: answered.took,
            texts: texts.into_boxed_slice(),
            ends,
            response: response.map(|response| response.body().clone()).unwrap_or_default(),
            stripped: false,
        }
    }

    /// The same without its bodies.
    pub(super) fn strip(&mut self) {
        let end = self.end(Part::Target);
        self.texts = self.texts[..end].into();
        self.ends[Part::Body as usize] = end;
        self.response = Bytes::new();
        self.stripped = true;
    }

    /// How many bytes it keeps from being freed, at most: a response's body may lie in a piece of
    /// memory twice its size.
    pub(super) fn bytes(&self) -> usize {
        OVERHEAD_BYTES + self.texts.len() + self.response.len() * 2
    }

    /// Its number, from 1; later ones are greater.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// When it came, by the service's clock.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// The dialect's name.
    pub fn dialect(&self) -> &'static str {
        self.dialect
    }

    /// The operation; `None` where none was recognised.
    pub fn operation(&self) -> Option<Operation> {
        self.operation
    }

    /// The id of the store that it names.
    pub fn store(&self) -> Option<&str> {
        self.text(Part::Store)
    }

    /// The id of the user that it names.
    pub fn user(&self) -> Option<&str> {
        self.text(Part::User)
    }

    /// The id of the group that it names.
    pub fn group(&self) -> Option<&str> {
        self.text(Part::Group)
    }

    /// Who sent it: `x-idouble-session`, else the access key id.
    pub fn session(&self) -> Option<&str> {
        self.text(Part::Session)
    }

    /// The attempt that the SDK counted, from 1.
    pub fn attempt(&self) -> Option<u32> {
        self.attempt
    }

    /// What the answer calls it; each dialect writes it in its own way.
    pub fn request_id(&self) -> u128 {
        self.request_id
    }

    /// The method.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// Path and query as sent. May hold what must not be told; see [`super::Journal::show`].
    pub(super) fn target(&self) -> &str {
        self.text(Part::Target).unwrap_or_default()
    }

    /// The status of the answer; `None` where none was sent.
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// Why it was refused, in neutral terms: the name of the [`ApiError`], or [`ABANDONED`].
    pub fn kind(&self) -> Option<&'static str> {
        self.kind
    }

    /// The id of the fault rule that fired.
    pub fn fault(&self) -> Option<&str> {
        self.text(Part::Fault)
    }

    /// How long it took, by the machine's clock.
    pub fn took(&self) -> Duration {
        self.took
    }

    /// The request's body as it came.
    pub(super) fn request(&self) -> &[u8] {
        &self.texts[self.end(Part::Target)..self.end(Part::Body)]
    }

    /// The response's body as it was sent.
    pub(super) fn response(&self) -> &[u8] {
        &self.response
    }

    fn end(&self, part: Part) -> usize {
        self.ends[part as usize]
    }

    fn text(&self, part: Part) -> Option<&str> {
        let at = part as usize;
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        let text = std::str::from_utf8(&self.texts[start..self.ends[at]]).unwrap_or_default();
        (!text.is_empty()).then_some(text)
    }
}
