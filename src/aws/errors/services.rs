//! Errors of the services other than Identity Store: the same errors with the names and members of each
//! service's model.

use crate::aws::query::{self, element};
use crate::aws::{TARGET, headers, sts};
use crate::dialect::request::header;
use crate::dialect::response::respond;
use crate::dialect::{Head, Response};
use crate::domain::{ApiError, Constraint, Invalid, NotFound, Rejection, ResourceKind};

use super::{JsonError, Message};

/// The error as sso-admin has it: `Message` alone.
///
/// Assumed: DescribeInstance, whose model has no `ResourceNotFoundException`, denies access to an unknown
/// instance.
pub(super) fn sso_admin(error: JsonError, head: &Head, cause: &ApiError) -> JsonError {
    let operation = header(&head.headers, &TARGET).and_then(|target| target.split('.').nth(1));
    let is_not_found = matches!(cause, ApiError::NotFound(_));
    let error = if is_not_found && operation == Some("DescribeInstance") {
        JsonError { kind: "AccessDeniedException", ..error }
    } else {
        error
    };
    modelled(error)
}

/// The error as Organizations has it. Source: the model's errors and their documentation.
pub(super) fn organizations(error: JsonError, cause: &ApiError) -> JsonError {
    let service = |kind, text: &str| JsonError::new(400, kind, Message::Modelled(text.to_owned()));
    match cause {
        ApiError::Invalid(invalid) if error.kind == "ValidationException" => invalid_input(invalid),
        ApiError::Rejected(Rejection::InvalidToken) => JsonError {
            reason: Some("INVALID_NEXT_TOKEN"),
            ..service("InvalidInputException", "The NextToken is invalid")
        },
        ApiError::Rejected(_) => modelled(JsonError { kind: "InvalidInputException", ..error }),
        ApiError::NotFound(NotFound { kind: ResourceKind::OrganizationParent, .. }) => {
            service("ParentNotFoundException", "You specified parent that doesn't exist.")
        }
        ApiError::NotFound(_) => {
            service("AccountNotFoundException", "You specified an account that doesn't exist.")
        }
        ApiError::Conflict(_) => service(
            "ConcurrentModificationException",
            "The target of the operation is currently being modified by a different request.",
        ),
        ApiError::Throttled { retry_after_ms } => JsonError {
            retry_after_ms: *retry_after_ms,
            ..service("TooManyRequestsException", "Rate exceeded")
        },
        ApiError::Internal { .. } => modelled(JsonError { kind: "ServiceException", ..error }),
        _ => modelled(error),
    }
}

/// Source: API_ListAccounts, InvalidInputException, whose reasons these are. Assumed: the messages.
fn invalid_input(invalid: &Invalid) -> JsonError {
    let constraint = invalid.violations.first().map(|violation| &violation.constraint);
    let (reason, text) = match constraint {
        Some(Constraint::Required) => {
            ("INPUT_REQUIRED", "You must include a value for all required parameters.")
        }
        Some(Constraint::LengthMax(_)) => {
            ("MAX_LENGTH_EXCEEDED", "You provided a string parameter that is longer than allowed.")
        }
        Some(Constraint::RangeMin(_)) => (
            "MIN_VALUE_EXCEEDED",
            "You provided a numeric parameter that has a smaller value than allowed.",
        ),
        Some(Constraint::RangeMax(_)) => (
            "MAX_VALUE_EXCEEDED",
            "You provided a numeric parameter that has a larger value than allowed.",
        ),
        Some(_) | None => {
            ("INVALID_PATTERN", "You provided a value that doesn't match the required pattern.")
        }
    };
    let message = Message::Modelled(text.to_owned());
    JsonError { reason: Some(reason), ..JsonError::new(400, "InvalidInputException", message) }
}

/// The error with the members that every model has.
fn modelled(error: JsonError) -> JsonError {
    let message = match error.message {
        Message::Service(text) => Message::Modelled(text),
        Message::None | Message::FrontEnd(_) | Message::Modelled(_) => error.message,
    };
    JsonError { message, reason: None, resource: None, ..error }
}

/// The error in the query protocol. Source: STS's common errors. A signature or a token that is wrong
/// is 403.
pub(super) fn sts(error: JsonError, request_id: &str) -> Response {
    let (status, code) = match error.kind {
        "AccessDeniedException" => (403, "AccessDenied"),
        "ExpiredTokenException" => (403, "ExpiredToken"),
        "InvalidSignatureException" => (403, "SignatureDoesNotMatch"),
        "MissingAuthenticationTokenException" => (403, "MissingAuthenticationToken"),
        "IncompleteSignatureException" => (400, "IncompleteSignature"),
        "UnrecognizedClientException" => (403, "InvalidClientTokenId"),
        "ThrottlingException" => (400, "Throttling"),
        "InternalServerException" => (500, "InternalFailure"),
        "ServiceUnavailableException" => (503, "ServiceUnavailable"),
        "ValidationException" => (400, "ValidationError"),
        "UnknownOperationException" => (400, "InvalidAction"),
        other => (error.status, other),
    };
    let kind = element("Type", if status < 500 { "Sender" } else { "Receiver" });
    let code = element("Code", code);
    let message = match &error.message {
        Message::Service(text) | Message::FrontEnd(text) | Message::Modelled(text) => text,
        Message::None => "",
    };
    let message = element("Message", message);
    let id = element("RequestId", request_id);
    let body = format!(
        "<ErrorResponse xmlns=\"{}\"><Error>{kind}{code}{message}</Error>{id}</ErrorResponse>",
        sts::NAMESPACE
    );
    respond(status, headers(request_id, query::CONTENT), body)
}
