//! One recorded request, as raw facts. Nothing is parsed, redacted or formatted before it is read.

use std::time::{Duration, Instant};

use http::Method;

use crate::dialect::{FaultSubject, Head, Response};
use crate::domain::{ApiError, ForeignCall, Operation, ResourceUpdate, Timestamp};

/// A request, as the journal records it.
#[derive(Clone, Copy, Debug)]
pub struct RecordedRequest<'a> {
    /// Time of arrival, by the service's clock.
    pub at: Timestamp,
    /// Time of arrival, by the machine's clock.
    pub started: Instant,
    /// The request id in the response.
    pub request_id: u128,
    /// Method and target; headers are not recorded.
    pub head: &'a Head,
    /// The whole body; empty if it did not arrive.
    pub body: &'a [u8],
    /// What the dialect read from the request.
    pub subject: &'a FaultSubject<'a>,
}

/// The end of a request, as the journal records it.
#[derive(Clone, Copy, Default, Debug)]
pub struct RecordedResponse<'a> {
    /// The response; `None` if none was sent.
    pub response: Option<&'a Response>,
    /// The error that the operation reported.
    pub error: Option<&'a ApiError>,
    /// The id of the fault rule that fired.
    pub fault: Option<&'a str>,
    /// What the operation updated, even if the response is an error of a fault.
    pub update: Option<&'a ResourceUpdate>,
    /// Why the caller was rejected, or would have been in mode `strict`.
    pub auth: Option<&'a str>,
    /// Duration by the machine's clock.
    pub duration: Duration,
}

/// The `kind` of a request without a response: its client left, or a fault ended the connection.
pub const ABANDONED: &str = "abandoned";

/// Memory of an entry besides its texts, in bytes: the entry, its place in the ring, the allocator's share.
const OVERHEAD_BYTES: usize = 256;

/// Memory of a former version of a user or group besides its attributes, in bytes.
const UPDATE_BYTES: usize = 256;

/// A recorded request, in two allocations. The body of the response is a copy: if it were shared, the thread that
/// evicts the entry would often free what another thread has allocated.
#[derive(Clone, Debug)]
pub struct JournalEntry {
    /// Number of the entry, from 1; later entries have greater numbers.
    pub seq: u64,
    /// Time of arrival, by the service's clock.
    pub at: Timestamp,
    /// The dialect's name.
    pub dialect: &'static str,
    /// The operation; `None` if none was recognized.
    pub operation: Option<Operation>,
    /// The attempt that the SDK counted, from 1.
    pub attempt: Option<u32>,
    /// The request id in the response; each dialect writes it in its own form.
    pub request_id: u128,
    /// The method.
    pub method: Method,
    /// The status of the response; `None` if none was sent.
    pub status: Option<u16>,
    /// The name of the [`ApiError`], or [`ABANDONED`].
    pub kind: Option<&'static str>,
    /// Duration by the machine's clock.
    pub duration: Duration,
    /// Whether the bodies were left out because they are too large.
    pub stripped: bool,
    /// What the operation updated.
    update: Option<ResourceUpdate>,
    texts: PackedTexts,
    /// Memory of the entry, in bytes. Stored, so that evicting an entry does not read the user that it updated.
    bytes: usize,
}

impl JournalEntry {
    pub(super) fn new(
        request: &RecordedRequest<'_>,
        response: &RecordedResponse<'_>,
        keep_bodies: bool,
    ) -> Self {
        let subject = request.subject;
        let target = request.head.uri.path_and_query().map_or("", |target| target.as_str());
        let foreign = response.error.and_then(ApiError::foreign_call).map(ForeignCall::name);
        // The vendor's error code is read from the body of an error response.
        let keep_response = keep_bodies || response.error.is_some();
        let sent = response.response.filter(|_| keep_response);
        let texts = PackedTexts::new([
            subject.store.unwrap_or_default().as_bytes(),
            subject.user.unwrap_or_default().as_bytes(),
            subject.group.unwrap_or_default().as_bytes(),
            subject.session.unwrap_or_default().as_bytes(),
            response.fault.unwrap_or_default().as_bytes(),
            target.as_bytes(),
            foreign.as_deref().unwrap_or_default().as_bytes(),
            response.auth.unwrap_or_default().as_bytes(),
            if keep_bodies { request.body } else { &[] },
            sent.map_or(&[], |response| response.body()),
        ]);
        let abandoned = response.response.is_none().then_some(ABANDONED);
        let update = response.update.filter(|_| keep_bodies).cloned();
        // The store holds the current version, or the entry of a later update does as its former one.
        let former = update.as_ref().map(|update| update.attributes().0.size());
        let update_bytes = former.map_or(0, |bytes| UPDATE_BYTES + bytes);
        Self {
            seq: 0,
            at: request.at,
            dialect: subject.dialect,
            operation: subject.operation,
            attempt: subject.attempt,
            request_id: request.request_id,
            method: request.head.method.clone(),
            status: response.response.map(|response| response.status().as_u16()),
            kind: response.error.map(ApiError::name).or(abandoned),
            duration: response.duration,
            stripped: false,
            update,
            bytes: OVERHEAD_BYTES + texts.bytes.len() + update_bytes,
            texts,
        }
    }

    /// Drops the bodies.
    pub(super) fn strip(&mut self) {
        self.texts.clear_bodies();
        self.update = None;
        self.bytes = OVERHEAD_BYTES + self.texts.bytes.len();
        self.stripped = true;
    }

    /// Upper bound of the memory that the entry holds, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// What fault rules know about the request.
    pub fn subject(&self) -> FaultSubject<'_> {
        FaultSubject {
            dialect: self.dialect,
            operation: self.operation,
            store: self.store(),
            user: self.user(),
            group: self.group(),
            session: self.session(),
            attempt: self.attempt,
            ..FaultSubject::default()
        }
    }

    /// What the operation updated. May hold sensitive values.
    pub fn update(&self) -> Option<&ResourceUpdate> {
        self.update.as_ref()
    }

    /// The id of the store in the request.
    pub fn store(&self) -> Option<&str> {
        self.texts.text(EntryPart::Store)
    }

    /// The id of the user in the request.
    pub fn user(&self) -> Option<&str> {
        self.texts.text(EntryPart::User)
    }

    /// The id of the group in the request.
    pub fn group(&self) -> Option<&str> {
        self.texts.text(EntryPart::Group)
    }

    /// The sender: `x-idouble-session`, else the access key id.
    pub fn session(&self) -> Option<&str> {
        self.texts.text(EntryPart::Session)
    }

    /// The id of the fault rule that fired.
    pub fn fault(&self) -> Option<&str> {
        self.texts.text(EntryPart::Fault)
    }

    /// Why the caller was rejected, or would have been in mode `strict`.
    pub fn auth(&self) -> Option<&str> {
        self.texts.text(EntryPart::Auth)
    }

    /// The operation's name; for a call that is not served, service and name, such as
    /// `sso-admin:CreateInstance`.
    pub fn operation_name(&self) -> Option<&str> {
        self.operation.map(Operation::name).or_else(|| self.texts.text(EntryPart::ForeignCall))
    }

    /// Path and query as sent. May hold secrets; see [`super::Journal::show`].
    pub(super) fn target(&self) -> &str {
        self.texts.text(EntryPart::Target).unwrap_or_default()
    }

    /// The request's body as sent. May hold secrets.
    pub(super) fn request(&self) -> &[u8] {
        self.texts.part(EntryPart::Request)
    }

    /// The response's body as sent. May hold secrets.
    pub(super) fn response(&self) -> &[u8] {
        self.texts.part(EntryPart::Response)
    }
}

/// Texts of an entry in one allocation. They are copies: a slice of what the connection has read would keep
/// its whole buffer alive.
#[derive(Clone, Debug)]
struct PackedTexts {
    bytes: Box<[u8]>,
    /// The end of each part in `bytes`.
    ends: [usize; PARTS],
}

/// The parts of [`PackedTexts`], in order.
#[derive(Clone, Copy, Debug)]
enum EntryPart {
    Store,
    User,
    Group,
    Session,
    Fault,
    Target,
    ForeignCall,
    Auth,
    Request,
    Response,
}

const PARTS: usize = EntryPart::Response as usize + 1;

impl PackedTexts {
    fn new(parts: [&[u8]; PARTS]) -> Self {
        let mut bytes = Vec::with_capacity(parts.iter().map(|part| part.len()).sum());
        let mut ends = [0; PARTS];
        for (part, end) in parts.iter().zip(&mut ends) {
            bytes.extend_from_slice(part);
            *end = bytes.len();
        }
        Self { bytes: bytes.into_boxed_slice(), ends }
    }

    fn part(&self, part: EntryPart) -> &[u8] {
        let index = part as usize;
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.bytes[start..self.ends[index]]
    }

    /// A part that is text; `None` if it is empty.
    fn text(&self, part: EntryPart) -> Option<&str> {
        std::str::from_utf8(self.part(part)).ok().filter(|text| !text.is_empty())
    }

    /// Makes the bodies empty.
    fn clear_bodies(&mut self) {
        let end = self.ends[EntryPart::Request as usize - 1];
        self.bytes = self.bytes[..end].into();
        self.ends[EntryPart::Request as usize..].fill(end);
    }
}
