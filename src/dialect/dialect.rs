//! A dialect: one vendor's way of asking and answering.

use std::borrow::Cow;
use std::collections::HashMap;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde_json::{Map, Value as Json};

use crate::domain::{ApiError, Call, Command, IdentityStoreId, Operation, Outcome};

use super::args::{Args, Notes};
use super::asked::Asked;
use super::shape::Shape;

/// The head of a request: method, target, headers.
pub type Head = http::request::Parts;

/// A request whose body has arrived.
#[derive(Debug)]
pub struct Request {
    /// Method, target, headers.
    pub head: Head,
    /// The body, whole; within the server's bound.
    pub body: Bytes,
    /// Which connection it came through; requests of one number came through one.
    pub connection: u64,
}

impl Request {
    /// A request that came through no connection.
    pub fn new(head: Head, body: Bytes) -> Self {
        Self { head, body, connection: 0 }
    }
}

/// A response, whole.
pub type Response = http::Response<Bytes>;

/// One operation of one dialect. The row is the whole registration.
#[derive(Debug)]
pub struct Route {
    /// What it does.
    pub operation: Operation,
    /// The method that it answers to.
    pub method: Method,
    /// The path, with `{name}` for each parameter.
    pub path: &'static str,
    /// The status of success.
    pub status: u16,
    /// Reads the arguments.
    pub read: fn(&mut Args<'_>) -> Command,
}

impl Route {
    /// What its reader asks for.
    pub fn asked(&'static self) -> Asked {
        let matched = Matched { route: self, body: Json::Null, params: Vec::new() };
        let notes = Notes::asking();
        (self.read)(&mut Args::new(&matched, &notes));
        notes.asked()
    }
}

/// What a dialect answers, as JSON Schema.
#[derive(Clone, PartialEq, Debug)]
pub struct AnswerSchemas {
    /// Successes by operation; null where the body is empty.
    pub successes: HashMap<Operation, Json>,
    /// A refusal.
    pub refusal: Json,
    /// What those refer to, as `#/components/schemas/NAME`.
    pub components: Map<String, Json>,
}

/// A row of a dialect's table of routes.
pub const fn route(
    operation: Operation,
    method: Method,
    path: &'static str,
    status: u16,
    read: fn(&mut Args<'_>) -> Command,
) -> Route {
    Route { operation, method, path, status, read }
}

/// A request whose operation is known and whose body is JSON. Borrows from the request.
#[derive(Debug)]
pub struct Matched<'r> {
    /// Its row.
    pub route: &'static Route,
    /// The body; `Null` where there is none.
    pub body: Json,
    /// Parameters of path and query, decoded, in the order of the request; path first.
    pub params: Vec<(Cow<'r, str>, Cow<'r, str>)>,
}

impl Matched<'_> {
    /// The first parameter of that name, from the path or else from the query.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(key, _)| key == name).map(|(_, value)| &**value)
    }
}

/// How a cloud prints lists of users, groups and memberships: the names of everything that is not an
/// attribute.
#[derive(Debug)]
pub struct CloudExportFormat {
    /// The keys of the lists of users, groups and memberships.
    pub lists: [&'static str; 3],
    /// Keys beside the lists, such as a page token. They are ignored.
    pub page: &'static [&'static str],
    /// The id of the store, in every element.
    pub store: &'static str,
    /// The ids of a user, a group and a membership. A membership has the first two as well.
    pub ids: [&'static str; 3],
    /// The structure in a membership that holds the user's id.
    pub member: &'static str,
    /// Stamps and revision.
    pub stamps: Stamps,
    /// Whether a user is enabled: the key, and the texts for yes and no if it holds a text.
    pub enabled: (&'static str, Option<[&'static str; 2]>),
    /// Keys of an element that follow from the rest, such as an ARN. They are ignored.
    pub derived: &'static [&'static str],
    /// The shapes of a user and a group.
    pub shapes: [&'static Shape; 2],
    /// A structure of more attributes in a user: its key and shape.
    pub extensions: Option<(&'static str, &'static Shape)>,
}

/// How a resource spells its stamps and its revision.
#[derive(Debug)]
pub struct Stamps {
    /// When and by whom it was created, when and by whom it was updated, and the revision.
    pub names: [&'static str; 5],
    /// The number of milliseconds that a time counts, if it is a number.
    pub unit_ms: i64,
}

/// What came of a call, with the row that it came through.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The row.
    pub route: &'static Route,
    /// The store, where the call had one.
    pub store: Option<IdentityStoreId>,
    /// The result.
    pub outcome: Outcome,
}

/// What rules and the journal may know about a request. Read by a peek that never fails: what is not
/// there, or of the wrong kind, is `None`.
#[derive(Clone, Default, PartialEq, Debug)]
pub struct Subject<'a> {
    /// The dialect's name.
    pub dialect: &'static str,
    /// The operation; `None` where none was recognised.
    pub operation: Option<Operation>,
    /// The id of the store it names, without ARN prefix.
    pub store: Option<&'a str>,
    /// The id of the user it names, without ARN prefix.
    pub user: Option<&'a str>,
    /// The id of the group it names, without ARN prefix.
    pub group: Option<&'a str>,
    /// `x-idouble-session` if sent, else the access key id in `Authorization`.
    pub session: Option<&'a str>,
    /// From `amz-sdk-request: attempt=N`, from 1; Huawei's SDK sends none.
    pub attempt: Option<u32>,
    /// From `amz-sdk-invocation-id`.
    pub invocation: Option<&'a str>,
}

/// How a dialect spells the parts of an error's body that a fault rule may say itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ErrorSpelling {
    /// The member with the code.
    pub code: &'static str,
    /// The header with the code; empty where there is none.
    pub code_header: &'static str,
    /// The members that may hold the words; the one that is there does, else the first.
    pub message: &'static [&'static str],
    /// The codes of errors whose body has no member but the code.
    pub bare_codes: &'static [&'static str],
}

/// One vendor's way of asking and answering. Holds settings at most; never state.
pub trait Dialect: Send + Sync {
    /// `aws` or `huawei`: what rules and the journal call it.
    fn name(&self) -> &'static str;

    /// Its operations.
    fn routes(&self) -> &'static [Route];

    /// Its resources, as it spells them; for tests over all dialects.
    fn shapes(&self) -> Vec<&'static Shape>;

    /// How the cloud prints lists of its resources; `None` if such lists cannot be loaded as fixtures.
    fn cloud_export_format(&self) -> Option<&'static CloudExportFormat> {
        None
    }

    /// Whether a request speaks this dialect. Looks at the head only: it is also asked about requests
    /// whose body was refused.
    fn claims(&self, head: &Head) -> bool;

    /// Finds the row and parses the body, once.
    ///
    /// # Errors
    /// `UnknownOperation` where no row fits; `Malformed` where the body is not what it has to be.
    fn route<'r>(&self, request: &'r Request) -> Result<Matched<'r>, ApiError>;

    /// The operation that a head names, whatever its body: for the journal, where a request did not
    /// get so far that it was understood.
    fn named(&self, _head: &Head) -> Option<Operation> {
        None
    }

    /// What rules may match on. `matched` is `None` where the request was not understood.
    fn subject<'a>(&self, matched: Option<&'a Matched<'a>>, head: &'a Head) -> Subject<'a>;

    /// Reads the arguments.
    ///
    /// # Errors
    /// `Invalid` with every breach at once; `Refused` for what is well formed but not served.
    fn decode(&self, matched: &Matched<'_>) -> Result<Call, ApiError>;

    /// The paths that an update touches, as it spells them. Never fails: what is of the wrong kind is
    /// left out.
    fn touched<'a>(&self, _matched: &'a Matched<'a>) -> Vec<&'a str> {
        Vec::new()
    }

    /// What it answers, where it can be told.
    fn answers(&self) -> Option<AnswerSchemas> {
        None
    }

    /// The id of the membership that a request names, without ARN prefix. Never fails, as `touched`.
    fn membership<'a>(&self, _matched: &'a Matched) -> Option<&'a str> {
        None
    }

    /// How it spells the parts of an error's body.
    fn error_spelling(&self) -> ErrorSpelling {
        ErrorSpelling { code: "code", code_header: "", message: &["message"], bare_codes: &[] }
    }

    /// A request id as the vendor writes it.
    fn request_id(&self, id: u128) -> String {
        format!("{id:032x}")
    }

    /// Members whose value is one of whatever attribute stands beside them: in patches, filters and
    /// look-ups. The journal hides them, for they may hold anything.
    fn value_members(&self) -> &'static [&'static str] {
        &[]
    }

    /// Writes the answer, with the request id in the vendor's header.
    fn encode(&self, request_id: u128, result: Result<&Reply, &ApiError>) -> Response;
}

/// A response of these headers and this body: nothing in it is parsed anew for each request.
pub fn respond(
    status: u16,
    headers: impl IntoIterator<Item = (HeaderName, HeaderValue)>,
    body: impl Into<Bytes>,
) -> Response {
    let mut response = Response::new(body.into());
    // Every status is a constant of ours, or one that a rule was checked for.
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    response.headers_mut().extend(headers);
    response
}

/// The headers of every success of one dialect, put together once: to find each its place anew takes a
/// twentieth of what a small answer does.
#[derive(Debug)]
pub struct SuccessHeaders {
    all: HeaderMap,
    request_id: HeaderName,
}

impl SuccessHeaders {
    /// These, of which the first one tells the request id.
    pub fn new<const N: usize>(headers: [(HeaderName, HeaderValue); N]) -> Self {
        let request_id = headers.first().map(|(name, _)| name.clone());
        let all = headers.into_iter().collect();
        Self { all, request_id: request_id.unwrap_or(CONTENT_TYPE) }
    }

    /// A response of this request id and this body.
    pub fn respond(&self, status: u16, request_id: &str, body: impl Into<Bytes>) -> Response {
        let mut headers = self.all.clone();
        let id = headers.iter_mut().find(|(name, _)| **name == self.request_id);
        // A request id is of digits and dashes, so always a header's value.
        if let (Some((_, value)), Ok(id)) = (id, HeaderValue::from_str(request_id)) {
            *value = id;
        }
        let mut response = respond(status, [], body);
        *response.headers_mut() = headers;
        response
    }
}

/// 32 hex digits.
pub fn hex(id: u128) -> [u8; 32] {
    let mut digits = [0; 32];
    for (pair, byte) in digits.chunks_exact_mut(2).zip(id.to_be_bytes()) {
        pair[0] = HEX_DIGITS[usize::from(byte >> 4)];
        pair[1] = HEX_DIGITS[usize::from(byte & 15)];
    }
    digits
}

const HEX_DIGITS: &[u8; 16] = b"0123456789abcdef";

/// A header as text. By a constant name, which spares reading the name anew for each request.
pub fn header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// Names the session that a request belongs to: a test's own, in place of its access key.
const SESSION: HeaderName = HeaderName::from_static("x-idouble-session");

/// By which AWS's SDKs tell one call's attempts from those of another.
pub const INVOCATION: HeaderName = HeaderName::from_static("amz-sdk-invocation-id");

/// Who a request says it is from: the header for tests, else the access key id of either cloud's
/// `Authorization`.
pub fn session(headers: &HeaderMap) -> Option<&str> {
    header(headers, &SESSION).or_else(|| access_key(headers.get(AUTHORIZATION)?.as_bytes()))
}

/// What follows the name of the parameter, if it is the one with the key.
fn key_in(parameter: &[u8]) -> Option<&[u8]> {
    let parameter = parameter.trim_ascii_start();
    parameter.strip_prefix(b"Credential=").or_else(|| parameter.strip_prefix(b"Access="))
}

/// The access key id in `Credential=AKID/…` (AWS, Huawei V11) or `Access=AK,` (Huawei).
fn access_key(authorization: &[u8]) -> Option<&str> {
    let scheme_end = authorization.iter().position(|byte| *byte == b' ')?;
    let parameters = &authorization[scheme_end..];
    // Every SDK has it first; others may order the parameters as they like.
    let mut others = parameters.split(|byte| *byte == b',');
    let rest = key_in(parameters).or_else(|| others.find_map(key_in))?;
    let end = rest.iter().position(|byte| matches!(byte, b'/' | b',' | b' '));
    let end = end.unwrap_or(rest.len());
    str::from_utf8(&rest[..end]).ok().filter(|key| !key.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_access_key_is_found_in_every_signature() {
        let access_key = |text: &'static str| access_key(text.as_bytes());
        let aws = "AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/identitystore/aws4_request, SignedHeaders=host, Signature=0";
        assert_eq!(access_key(aws), Some("AKID"));
        let huawei = "SDK-HMAC-SHA256 Access=HWAK, SignedHeaders=host, Signature=0";
        assert_eq!(access_key(huawei), Some("HWAK"));
        let turned = "AWS4-HMAC-SHA256 SignedHeaders=host,Signature=0, Credential=AKID";
        assert_eq!(access_key(turned), Some("AKID"));
        for none in ["Bearer token", "AWS4-HMAC-SHA256 Credential=/x", "AWS4-HMAC-SHA256", ""] {
            assert_eq!(access_key(none), None, "{none}");
        }
    }
}
