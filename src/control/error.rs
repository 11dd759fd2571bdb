//! Errors of the control API.

use bytes::Bytes;
use http::header::ALLOW;
use http::{HeaderValue, Method, StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::{
    ApiError, Conflict, LookedUpBy, NotFound, ResourceKind, SnapshotError, StoreError,
};
use crate::faults::RuleError;
use crate::file_error::FileError;
use crate::fixture;
use crate::journal::FilterError;

use super::ControlResponse;
use super::reply::{Json, Reply as _};

/// The body of an error response.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Error")]
pub struct ErrorReply {
    /// What is wrong.
    pub error: String,
    /// Each invalid part, with what would be right.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
    /// The error again, if the server rejects the request before the control API: the vendors' SDKs look
    /// here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// Why a call is rejected.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct ControlError {
    status: StatusCode,
    error: String,
    details: Vec<String>,
}

impl ControlError {
    pub(super) fn new(status: StatusCode, error: impl Into<String>) -> Self {
        Self { status, error: error.into(), details: Vec::new() }
    }

    /// Invalid input. The error is also the one detail.
    pub(super) fn bad_request(error: impl Into<String>) -> Self {
        let error = error.into();
        Self { status: StatusCode::BAD_REQUEST, details: vec![error.clone()], error }
    }

    /// A body with these invalid parts.
    fn invalid_body(details: Vec<String>) -> Self {
        let error = "invalid body".to_owned();
        Self { status: StatusCode::BAD_REQUEST, error, details }
    }

    pub(super) fn not_found(error: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, error)
    }

    pub(super) fn unavailable(error: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, error)
    }

    pub(super) fn with_details(self, details: Vec<String>) -> Self {
        Self { details, ..self }
    }

    pub(super) fn into_response(self) -> ControlResponse {
        let Self { status, error, details } = self;
        Json::new(status, ErrorReply { error, details, message: None }).into_response()
    }
}

/// The response to a known path with another method.
pub(super) fn method_not_allowed<'a>(allowed: impl Iterator<Item = &'a Method>) -> ControlResponse {
    let allowed = allowed.map(Method::as_str).collect::<Vec<_>>().join(", ");
    let error = format!("method not allowed; this path supports {allowed}");
    let mut response = ControlError::new(StatusCode::METHOD_NOT_ALLOWED, error).into_response();
    if let Ok(allowed) = HeaderValue::from_maybe_shared(Bytes::from(allowed)) {
        response.headers_mut().insert(ALLOW, allowed);
    }
    response
}

impl From<FileError> for ControlError {
    fn from(error: FileError) -> Self {
        Self::invalid_body(vec![error.summary()])
    }
}

impl From<FilterError> for ControlError {
    fn from(error: FilterError) -> Self {
        Self::bad_request(error.to_string())
    }
}

impl From<StoreError> for ControlError {
    fn from(error: StoreError) -> Self {
        let status = match error {
            StoreError::Exists(_) => StatusCode::CONFLICT,
            StoreError::Unknown(_) => StatusCode::NOT_FOUND,
            StoreError::TooMany => StatusCode::INSUFFICIENT_STORAGE,
        };
        Self::new(status, error.to_string())
    }
}

impl From<SnapshotError> for ControlError {
    fn from(error: SnapshotError) -> Self {
        match error {
            SnapshotError::Name(_) => Self::bad_request(error.to_string()),
            SnapshotError::Unknown(_) => Self::not_found(error.to_string()),
            SnapshotError::TooMany => {
                Self::new(StatusCode::INSUFFICIENT_STORAGE, error.to_string())
            }
        }
    }
}

impl From<ApiError> for ControlError {
    fn from(error: ApiError) -> Self {
        match error {
            ApiError::NotFound(NotFound { kind, looked_up_by }) => {
                let kind = kind_name(kind);
                match looked_up_by {
                    LookedUpBy::Id(id) | LookedUpBy::MemberId(id) => {
                        Self::not_found(format!("unknown {kind} {id:?}"))
                    }
                    LookedUpBy::AlternateIdentifier | LookedUpBy::ForcedByFault(_) => {
                        Self::not_found(format!("unknown {kind}"))
                    }
                }
            }
            ApiError::Conflict(conflict) => {
                let error = match conflict {
                    Conflict::Duplicate(kind, attribute) => {
                        let shape = match kind {
                            ResourceKind::User => &fixture::USER,
                            _ => &fixture::GROUP,
                        };
                        let name = shape.member_of(attribute).map_or("value", |member| member.name);
                        format!("another {} has the same {name}", kind_name(kind))
                    }
                    Conflict::DuplicateMembership => "the membership exists".to_owned(),
                    Conflict::RevisionMismatch => "the revision differs; read it again".to_owned(),
                    other => format!("the change is in conflict with the store: {other:?}"),
                };
                Self::new(StatusCode::CONFLICT, error)
            }
            ApiError::QuotaExceeded { kind, limit } => {
                let error = format!("limit of {limit} {}s reached", kind_name(kind));
                Self::new(StatusCode::INSUFFICIENT_STORAGE, error)
            }
            other => Self::bad_request(format!("rejected: {}", other.name())),
        }
    }
}

fn kind_name(kind: ResourceKind) -> &'static str {
    match kind {
        ResourceKind::IdentityStore => "store",
        ResourceKind::User => "user",
        ResourceKind::Group => "group",
        ResourceKind::GroupMembership => "membership",
        _ => "resource",
    }
}

impl From<RuleError> for ControlError {
    fn from(error: RuleError) -> Self {
        let text = error.to_string();
        match error {
            RuleError::Duplicate(_) => Self::new(StatusCode::CONFLICT, text),
            RuleError::Unknown(_) => Self::not_found(text),
            RuleError::OtherId { .. } | RuleError::TooMany(_) => Self::bad_request(text),
            RuleError::Invalid(_) => Self::invalid_body(vec![text]),
        }
    }
}
