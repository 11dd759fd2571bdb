//! Encodes errors: status and text of every `ApiError`, in the form of the profile.
//!
//! Source: captured responses of AWS; Huawei API reference, SCIM; RFC 7644 §3.12. The clouds send one
//! general text for each status. The log has the details.

use http::header::{ALLOW, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue};

use crate::dialect::response::respond;
use crate::dialect::{Response, json_writer};
use crate::domain::{
    ApiError, Attribute, Conflict, Constraint, Invalid, PathSegment, ProvisioningRejection,
    Rejection, ResourceKind, Timestamp, TooLarge, Unauthenticated, UnknownOperation,
};

use super::profile::{ErrorForm, Profile};

/// The schema of errors.
pub const ERROR_URN: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// The values of an error response that do not follow from the error.
pub struct ScimErrorContext<'a> {
    /// The profile of the tenant.
    pub profile: &'a Profile,
    /// Whether the response says what is wrong.
    pub verbose: bool,
    /// The request id.
    pub request_id: &'a str,
    /// The time of the request.
    pub now: Timestamp,
    /// The methods that the profile serves on the path.
    pub methods: Vec<&'static str>,
}

/// An error in the terms of SCIM.
struct ScimError {
    status: u16,
    scim_type: Option<&'static str>,
    /// The text that the clouds send.
    general: String,
    /// What is wrong.
    detail: String,
    retry_after_ms: Option<u64>,
}

/// Encodes an error.
pub fn encode(
    context: &ScimErrorContext<'_>,
    headers: [(HeaderName, HeaderValue); 2],
    error: &ApiError,
) -> Response {
    let mut found = scim_error(error);
    let form = context.profile.error_form;
    let mut allow = None;
    // Assumed: the clouds return 404 for a method that a path does not support.
    if let ApiError::UnknownOperation(UnknownOperation::Path { method, .. }) = error
        && form == ErrorForm::Rfc
        && !context.methods.is_empty()
        && !context.methods.contains(&method.as_str())
    {
        found = plain(405, "The endpoint does not support the method.");
        allow = HeaderValue::from_str(&context.methods.join(", ")).ok();
    }
    if found.detail != found.general {
        tracing::info!(status = found.status, detail = found.detail, "a SCIM request was rejected");
    }
    let is_detailed = context.verbose || form == ErrorForm::Rfc;
    let detail = if is_detailed { &found.detail } else { &found.general };
    let body = json_writer::object(|object| match form {
        ErrorForm::Aws => {
            object.texts("schema", [ERROR_URN]);
            object.texts("schemas", [ERROR_URN]);
            object.text("detail", detail);
            object.text("status", &found.status.to_string());
            object.text("exceptionRequestId", context.request_id);
            object.text("timeStamp", &time_stamp(context.now));
        }
        ErrorForm::Huawei => {
            object.text("schema", ERROR_URN);
            object.texts("schemas", [ERROR_URN]);
            object.text("detail", detail);
            object.integer("status", found.status.into());
            object.text("timeStamp", &time_stamp(context.now));
        }
        ErrorForm::Rfc => {
            object.texts("schemas", [ERROR_URN]);
            object.text("status", &found.status.to_string());
            object.optional_text("scimType", found.scim_type);
            object.text("detail", detail);
        }
    });
    let retry_after =
        found.retry_after_ms.map(|ms| (RETRY_AFTER, HeaderValue::from(ms.div_ceil(1000))));
    let allow = allow.map(|methods| (ALLOW, methods));
    // Assumed: the clouds send no `WWW-Authenticate`.
    let scheme = (found.status == 401 && form == ErrorForm::Rfc)
        .then_some((WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")));
    let more = retry_after.into_iter().chain(allow).chain(scheme);
    respond(found.status, headers.into_iter().chain(more), body)
}

/// `2024-04-05 06:32:12.227`, in UTC.
fn time_stamp(now: Timestamp) -> String {
    format!("{now:.3}").replace('T', " ").trim_end_matches('Z').to_owned()
}

const INVALID: &str = "Request is unparsable, syntactically incorrect, or violates schema.";

fn plain(status: u16, text: &str) -> ScimError {
    let text = text.to_owned();
    ScimError { status, scim_type: None, general: text.clone(), detail: text, retry_after_ms: None }
}

fn invalid(scim_type: &'static str, detail: String) -> ScimError {
    let scim_type = Some(scim_type);
    ScimError { status: 400, scim_type, general: INVALID.to_owned(), detail, retry_after_ms: None }
}

fn scim_error(error: &ApiError) -> ScimError {
    match error {
        ApiError::Malformed(detail) => invalid("invalidSyntax", detail.clone()),
        ApiError::UnknownOperation(
            UnknownOperation::Path { .. }
            | UnknownOperation::Name
            | UnknownOperation::ContentType
            | UnknownOperation::NotServed(_)
            | UnknownOperation::Unnamed,
        ) => plain(404, "Specified resource (e.g., User) or endpoint does not exist."),
        ApiError::TooLarge(TooLarge::Body) => plain(413, "The request body is too large."),
        ApiError::TooLarge(TooLarge::Uri) => plain(414, "The request URI is too long."),
        ApiError::BodyTimeout => plain(408, "The request body did not arrive in time."),
        ApiError::Foreign(message) => plain(403, message),
        ApiError::Unauthenticated(why) => {
            let detail = match why {
                Unauthenticated::ExpiredToken => "The bearer token has expired.",
                Unauthenticated::InvalidToken => "The bearer token does not open the tenant.",
                Unauthenticated::MissingToken
                | Unauthenticated::Incomplete(_)
                | Unauthenticated::WrongScope(_)
                | Unauthenticated::UnknownKey(_)
                | Unauthenticated::BadSignature(_)
                | Unauthenticated::ClockSkew(_) => "The bearer token is invalid.",
            };
            let general = "Authorization failure. The authorization header is invalid or missing.";
            ScimError { detail: detail.to_owned(), ..plain(401, general) }
        }
        ApiError::AccessDenied(_) => {
            plain(403, "Operation is not permitted based on the supplied authorization.")
        }
        ApiError::Invalid(violations) => invalid("invalidValue", violations_text(violations)),
        ApiError::Rejected(rejection) => rejected(rejection),
        ApiError::NotFound(not_found) => {
            plain(404, &format!("{} does not exist.", noun(not_found.kind)))
        }
        ApiError::Conflict(conflict) => {
            let detail = match conflict {
                Conflict::Duplicate(ResourceKind::Group, Attribute::DisplayName) => {
                    "Duplicate GroupDisplayName"
                }
                Conflict::Duplicate(_, Attribute::UserName) => "Duplicate userName",
                Conflict::Duplicate(_, Attribute::Emails) => "Duplicate emails.value",
                Conflict::Duplicate(_, _) => "Duplicate externalId",
                Conflict::DuplicateMembership => "Duplicate member",
                Conflict::RevisionMismatch
                | Conflict::Concurrent
                | Conflict::ProviderExists
                | Conflict::ProviderStatus { .. }
                | Conflict::NoProvider
                | Conflict::TenantExists
                | Conflict::LastCertificate => "Another request changes the resource",
            };
            ScimError {
                scim_type: Some("uniqueness"),
                detail: detail.to_owned(),
                ..plain(409, "Refused to create a new, duplicate resource.")
            }
        }
        // Assumed: the clouds document no status for it.
        ApiError::QuotaExceeded { kind, limit } => {
            invalid("tooMany", format!("{} quota of {limit} exceeded", noun(*kind)))
        }
        ApiError::Throttled { retry_after_ms } => {
            ScimError { retry_after_ms: *retry_after_ms, ..plain(429, "Rate exceeded") }
        }
        ApiError::Internal { retry_after_ms } => {
            ScimError { retry_after_ms: *retry_after_ms, ..plain(500, "Internal server error") }
        }
        ApiError::Unavailable { retry_after_ms } => {
            ScimError { retry_after_ms: *retry_after_ms, ..plain(503, "Service unavailable") }
        }
    }
}

/// The noun of a kind in errors. Source: a capture of `TENANT does not exist.`; the others are assumed.
fn noun(kind: ResourceKind) -> &'static str {
    match kind {
        ResourceKind::User => "USER",
        ResourceKind::Group => "GROUP",
        ResourceKind::GroupMembership => "MEMBER",
        ResourceKind::ProvisioningTenant => "TENANT",
        ResourceKind::BearerToken => "TOKEN",
        ResourceKind::IdentityStore
        | ResourceKind::Instance
        | ResourceKind::PermissionSet
        | ResourceKind::AssignmentRequest
        | ResourceKind::Account
        | ResourceKind::OrganizationParent
        | ResourceKind::MfaDevice
        | ResourceKind::Session
        | ResourceKind::IdentityProvider
        | ResourceKind::Certificate => "RESOURCE",
    }
}

fn rejected(rejection: &Rejection) -> ScimError {
    match rejection {
        Rejection::Provisioning(why, text) => match why {
            // The clouds send this text.
            ProvisioningRejection::SeveralAttributes => {
                ScimError { scim_type: Some("invalidPath"), ..plain(400, text) }
            }
            ProvisioningRejection::InvalidFilter => invalid("invalidFilter", text.clone()),
            ProvisioningRejection::InvalidPath => invalid("invalidPath", text.clone()),
            ProvisioningRejection::InvalidSyntax => invalid("invalidSyntax", text.clone()),
            ProvisioningRejection::InvalidValue => invalid("invalidValue", text.clone()),
            ProvisioningRejection::Mutability => invalid("mutability", text.clone()),
        },
        Rejection::FaultHeader(text) => plain(400, &format!("x-idouble-fault: {text}")),
        Rejection::RequiredByService(missing) => {
            let names = missing.iter().map(|attribute| required_name(*attribute));
            let names = names.collect::<Vec<_>>().join(", ");
            invalid("invalidValue", format!("Missing required attributes: {names}"))
        }
        Rejection::ForcedByFault => invalid("invalidValue", "a fault rule".to_owned()),
        // Rejections of other dialects.
        Rejection::UnsupportedPath(_)
        | Rejection::ListPath(_)
        | Rejection::NotUnique(_)
        | Rejection::EmptyLookup
        | Rejection::DeprecatedFilter
        | Rejection::UnsupportedFilter(_)
        | Rejection::UnknownExtension(_)
        | Rejection::InvalidToken
        | Rejection::Reserved(..)
        | Rejection::NoEmailAddress
        | Rejection::StoreMismatch(_) => invalid("invalidValue", INVALID.to_owned()),
    }
}

/// The name of a required attribute.
fn required_name(attribute: Attribute) -> &'static str {
    match attribute {
        Attribute::UserName => "userName",
        Attribute::Name => "name",
        Attribute::FamilyName => "name.familyName",
        Attribute::GivenName => "name.givenName",
        Attribute::DisplayName => "displayName",
        Attribute::Emails => "emails",
        _ => "attribute",
    }
}

/// All violations, in the format of CloudTrail: with "errors" even for one. A single violation of a list's
/// length has no count before it. Source: CloudTrail examples of the user guide, which have the text
/// `1 validation errors detected: Value at 'name.familyName' failed to satisfy constraint: …`.
fn violations_text(invalid: &Invalid) -> String {
    let texts = invalid.violations.iter().map(|violation| {
        let path = PathSegment::dotted(&violation.path);
        match &violation.constraint {
            Constraint::ListMax(max) => {
                format!("List attribute {path} exceeds allowed limit of {max}")
            }
            Constraint::Required => format!("{path} is required"),
            other => {
                let member = constraint_text(other);
                format!("Value at '{path}' failed to satisfy constraint: Member must {member}")
            }
        }
    });
    let texts: Vec<_> = texts.collect();
    if let ([violation], [text]) = (invalid.violations.as_slice(), texts.as_slice())
        && matches!(violation.constraint, Constraint::ListMax(_))
    {
        return text.clone();
    }
    format!("{} validation errors detected: {}", texts.len(), texts.join("; "))
}

fn constraint_text(constraint: &Constraint) -> String {
    match constraint {
        Constraint::Pattern(pattern) => {
            format!("satisfy regular expression pattern: {pattern}")
        }
        Constraint::LengthMin(min) => format!("have length greater than or equal to {min}"),
        Constraint::LengthMax(max) => format!("have length less than or equal to {max}"),
        Constraint::RangeMin(min) => format!("have value greater than or equal to {min}"),
        Constraint::RangeMax(max) => format!("have value less than or equal to {max}"),
        Constraint::JsonType { expected, found } => format!("be {expected:?}, not {found:?}"),
        Constraint::OnePrimary => "have at most one primary value".to_owned(),
        Constraint::OneOf(choices) => format!("be one of {}", choices.join(", ")),
        Constraint::Whole => "be an integer".to_owned(),
        Constraint::NotNull => "not be null".to_owned(),
        Constraint::ExactlyOne(members) => format!("have one of {}", members.join(", ")),
        Constraint::Required
        | Constraint::ListMax(_)
        | Constraint::Unknown
        | Constraint::NotJson
        | Constraint::Date
        | Constraint::Certificate
        | Constraint::SamlMetadata => "be valid".to_owned(),
    }
}
