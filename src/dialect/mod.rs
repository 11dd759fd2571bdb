//! What all dialects share. Knows the domain, and no vendor.
//!
//! Each file imports only from those before it:
//! `json`, `json_writer`, `limit`, `page_token` ← `violations` ← `shape` ← `schema` ← `request_schema` ← `args`
//! ← `route` ← `router` ← this file.

pub mod args;
pub mod export_format;
pub mod fault_subject;
pub mod json;
pub mod json_writer;
pub mod limit;
pub mod page_token;
pub mod request;
pub mod request_schema;
pub mod response;
pub mod route;
pub mod router;
pub mod schema;
pub mod shape;
pub mod violations;

use std::collections::HashMap;
use std::sync::Arc;

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::auth::{AccessKey, Keyring};
use crate::domain::{
    ApiError, Command, Operation, Outcome, ResourceKind, TenantAccess, Timestamp, Unauthenticated,
};

pub use args::{Args, Params};
pub use export_format::{CloudExportFormat, StampMembers};
pub use fault_subject::FaultSubject;
pub use json::{Json, JsonObject};
pub use json_writer::ObjectWriter;
pub use limit::{Limit, limit};
pub use request::{Head, Request};
pub use request_schema::RequestSchema;
pub use response::{ErrorMembers, Response};
pub use route::{Location, Locations, Matched, Route, Step, route};
pub use router::Router;
pub use shape::{
    DecodeRules, KeyCase, Member, MemberKind, Nulls, ResolvedPath, Shape, UnknownKeys, ValueTypes,
    shape,
};
pub use violations::{FieldPath, Violations};

/// One vendor's protocol. Holds settings at most, never state.
pub trait Dialect: Send + Sync {
    /// The name in fault rules and in the journal, such as `aws`.
    fn name(&self) -> &'static str;

    /// Its operations.
    fn routes(&self) -> &'static [Route];

    /// The name of an operation's service, which fault rules accept instead of the dialect's name, such as
    /// `sso-admin`.
    fn service_name(&self, _route: &Route) -> &'static str {
        self.name()
    }

    /// The shapes of its resources.
    fn shapes(&self) -> Vec<&'static Shape>;

    /// Whether a request is of this dialect. Looks at the head only, because the body may have been
    /// rejected.
    fn recognizes(&self, head: &Head) -> bool;

    /// Finds the route of a request and parses its body.
    ///
    /// # Errors
    /// `UnknownOperation` if there is no route; `Malformed` if the body is not a JSON object, or has the wrong
    /// content type.
    fn route<'r>(&self, request: &'r Request) -> Result<Matched<'r>, ApiError>;

    /// The headers that a recorded request of a route needs besides those of HTTP, to be sent again. `None` if it
    /// needs credentials, which are not recorded.
    fn replay_headers(&self, _route: &Route) -> Option<HeaderMap> {
        let json = HeaderValue::from_static("application/json");
        Some(HeaderMap::from_iter([(CONTENT_TYPE, json)]))
    }

    /// The operation that a head names, even if the request is otherwise malformed.
    fn operation_of(&self, _head: &Head) -> Option<Operation> {
        None
    }

    /// The tenant that a head names, and the token that should open it. `None` if the dialect has no
    /// tenants.
    fn tenant_access<'r>(&'r self, _head: &'r Head) -> Option<TenantAccess<'r>> {
        None
    }

    /// Reads the arguments of a request.
    ///
    /// # Errors
    /// `Invalid` with all violations at once; `Rejected` for what is well formed but not supported.
    fn decode(&self, matched: &Matched<'_>) -> Result<Command, ApiError> {
        matched.decode(Violations::new())
    }

    /// Changes the body of a request for a user or group so that the response has all attributes.
    fn request_all_attributes(&self, _body: &mut Json<'_>) {}

    /// Verifies the signature of a request. Returns the access key that signed it; `None` if requests of
    /// this dialect are not signed.
    ///
    /// # Errors
    /// What is wrong with the signature.
    fn authenticate(
        &self,
        _keys: Keyring<'_>,
        _request: &Request,
        _now: Timestamp,
    ) -> Result<Option<Arc<AccessKey>>, Unauthenticated> {
        Ok(None)
    }

    /// Whether the signature of a request is verified before its body is parsed. The order decides which error
    /// a request with an invalid signature and an invalid body gets.
    fn authenticates_before_parsing(&self) -> bool {
        false
    }

    /// The name of a call in the vendor's policies, such as `identitystore:DescribeUser`.
    fn action(&self, route: &Route) -> String {
        format!("{}:{}", self.name(), route.operation.name())
    }

    /// The id in a text that is an id or, if the dialect has them, an ARN.
    fn plain_id<'a>(&self, _kind: ResourceKind, text: &'a str) -> &'a str {
        text
    }

    /// The account that is recorded as the author of changes.
    fn account(&self) -> &Arc<str>;

    /// Writes a success, with the request id in the vendor's header.
    fn encode(&self, request_id: u128, matched: &Matched<'_>, outcome: &Outcome) -> Response;

    /// Writes an error, with the request id in the vendor's header. The head identifies the vendor's service
    /// that the request is for.
    fn encode_error(
        &self,
        request_id: u128,
        now: Timestamp,
        head: &Head,
        error: &ApiError,
    ) -> Response;

    /// A request id as the vendor writes it.
    fn request_id(&self, id: u128) -> String {
        Uuid::from_u128(id).simple().encode_lower(&mut Uuid::encode_buffer()).to_owned()
    }

    /// The names of the parts of an error's body.
    fn error_members(&self) -> ErrorMembers {
        ErrorMembers { code: "code", code_header: "", message: &["message"], bare_codes: &[] }
    }

    /// Members that hold the value of any attribute: in patches, filters and lookups. The journal
    /// redacts them.
    fn value_members(&self) -> &'static [&'static str] {
        &[]
    }

    /// How the cloud prints lists of its resources. `None` if they cannot be loaded as fixtures.
    fn cloud_export_format(&self) -> Option<&'static CloudExportFormat> {
        None
    }

    /// The schemas of its responses, if the vendor publishes them.
    fn response_schemas(&self) -> Option<ResponseSchemas> {
        None
    }
}

/// The JSON Schemas of a dialect's responses.
#[derive(Clone, PartialEq, Debug)]
pub struct ResponseSchemas {
    /// Successes by operation; null if the body is empty.
    pub successes: HashMap<Operation, Value>,
    /// The statuses of successes that depend on settings or the tenant, in addition to those of the routes.
    pub other_statuses: &'static [(Operation, u16)],
    /// The media types of bodies.
    pub media_types: &'static [&'static str],
    /// An error.
    pub error: Value,
    /// The schemas that those refer to, as `#/components/schemas/NAME`.
    pub components: Map<String, Value>,
}
