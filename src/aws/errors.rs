//! Encodes errors: status, exception type and message of every `ApiError`.
//!
//! Errors of the service have `Message` and `RequestId`; errors of its front end have only `message`.
//! Source: docs/aws-behaviour.md §5; docs/aws-protocol.md, "Errors".

mod services;
mod violations;

use http::{HeaderName, HeaderValue};

use crate::auth::signature::compact_time;
use crate::dialect::response::respond;
use crate::dialect::{Head, Member, MemberKind, ObjectWriter, Response, Shape, json_writer};
use crate::domain::{
    ApiError, Attribute, Conflict, Denial, ForeignCall, ForeignProtocol, LookedUpBy, NotFound,
    Rejection, ResourceKind, SignedText, TimeDifference, Timestamp, TooLarge, Unauthenticated,
    UnknownOperation,
};

use super::arn::{RESOURCE_PREFIX, store_arn};
use super::responses::CONTENT;
use super::service::AwsService;
use super::shapes::{EXTENSIONS, GROUP, USER};
use super::sso_admin::arn::instance_arn;
use super::{AwsSettings, headers};

/// Encodes an error.
pub fn encode(settings: &AwsSettings, request_id: &str, head: &Head, error: &ApiError) -> Response {
    let service = match error {
        ApiError::UnknownOperation(UnknownOperation::Name) => AwsService::of_head(head),
        // The front end rejects the request before it knows the service.
        ApiError::UnknownOperation(_) => AwsService::IdentityStore,
        _ => AwsService::of_head(head),
    };
    match error_body(settings, service, error) {
        AwsErrorBody::Json(json) => match service {
            AwsService::IdentityStore => json.write(request_id),
            AwsService::SsoAdmin => services::sso_admin(json, head, error).write(request_id),
            AwsService::Organizations => services::organizations(json, error).write(request_id),
            AwsService::Sts => services::sts(json, request_id),
        },
        AwsErrorBody::QueryError { code, message } => {
            let body = format!(
                "<ErrorResponse xmlns=\"{FAULT_NAMESPACE}\"><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>"
            );
            respond(400, headers(request_id, "text/xml"), body)
        }
        AwsErrorBody::RestXmlError { code, message } => {
            let body = format!(
                "<Error><Code>{code}</Code><Message>{message}</Message><RequestId>{request_id}</RequestId></Error>"
            );
            respond(400, headers(request_id, "text/xml"), body)
        }
        AwsErrorBody::Bare(status, content, body) => {
            let [id, content_type] = headers(request_id, content);
            let content_type = (!content.is_empty()).then_some(content_type);
            respond(status, std::iter::once(id).chain(content_type), body)
        }
    }
}

/// The XML namespace of errors that belong to no service. Source: the response to an unknown action.
const FAULT_NAMESPACE: &str = "http://webservices.amazon.com/AWSFault/2005-15-09";

/// The body of an error response.
enum AwsErrorBody {
    Json(JsonError),
    /// An error of the query protocol, with status 400.
    QueryError {
        code: &'static str,
        message: String,
    },
    /// An error of a service without operation names, with status 400.
    RestXmlError {
        code: &'static str,
        message: String,
    },
    /// Status, content type (none if empty) and body of an error from outside the protocol.
    Bare(u16, &'static str, &'static str),
}

struct JsonError {
    status: u16,
    kind: &'static str,
    message: Message,
    reason: Option<&'static str>,
    resource: Option<(&'static str, Option<String>)>,
    retry_after_ms: Option<u64>,
}

enum Message {
    None,
    /// An error of the front end, with the member `message`.
    FrontEnd(String),
    /// An error of another service, with the member `Message` alone.
    Modelled(String),
    /// An error of the service, with the member `Message`. Assumed: `RequestId` is there too, as documented
    /// (docs/aws-behaviour.md §5, §12).
    Service(String),
}

impl JsonError {
    fn new(status: u16, kind: &'static str, message: Message) -> Self {
        Self { status, kind, message, reason: None, resource: None, retry_after_ms: None }
    }

    fn write(self, request_id: &str) -> Response {
        let body = json_writer::object(|object| self.members(object, request_id));
        let [id, content_type] = headers(request_id, CONTENT);
        let kind =
            (HeaderName::from_static("x-amzn-errortype"), HeaderValue::from_static(self.kind));
        let retry_after = self
            .retry_after_ms
            .map(|ms| (HeaderName::from_static("x-amz-retry-after"), HeaderValue::from(ms)));
        respond(self.status, [id, kind, content_type].into_iter().chain(retry_after), body)
    }

    fn members(&self, object: &mut ObjectWriter<'_>, request_id: &str) {
        object.text("__type", self.kind);
        match &self.message {
            Message::None => {}
            Message::FrontEnd(text) => object.text("message", text),
            Message::Modelled(text) => object.text("Message", text),
            Message::Service(text) => {
                object.text("Message", text);
                object.text("RequestId", request_id);
            }
        }
        object.optional_text("Reason", self.reason);
        if let Some((kind, id)) = &self.resource {
            object.text("ResourceType", kind);
            object.optional_text("ResourceId", id.as_deref());
        }
        if let Some(ms) = self.retry_after_ms {
            object
                .integer("RetryAfterSeconds", i64::try_from(ms.div_ceil(1000)).unwrap_or(i64::MAX));
        }
    }
}

fn error_body(settings: &AwsSettings, service: AwsService, error: &ApiError) -> AwsErrorBody {
    let rejection = |kind, text: String| JsonError::new(400, kind, Message::Service(text));
    AwsErrorBody::Json(match error {
        ApiError::Malformed(_) => JsonError::new(400, "SerializationException", Message::None),
        ApiError::UnknownOperation(unknown) => return unknown_operation(unknown),
        ApiError::TooLarge(TooLarge::Body) => return AwsErrorBody::Bare(413, "", ""),
        ApiError::TooLarge(TooLarge::Uri) => return AwsErrorBody::Bare(414, "", ""),
        ApiError::BodyTimeout => JsonError::new(
            408,
            "RequestTimeoutException",
            Message::FrontEnd("The request body did not arrive in time".to_owned()),
        ),
        // The real service has no such error: the emulator rejects foreign hosts and browser origins.
        ApiError::Foreign(message) => {
            JsonError::new(403, "AccessDeniedException", Message::FrontEnd(message.clone()))
        }
        ApiError::Unauthenticated(why) => unauthenticated(why),
        ApiError::AccessDenied(denial) => {
            rejection("AccessDeniedException", access_denied_message(settings, service, denial))
        }
        ApiError::Invalid(invalid) => violations::validation_error(invalid),
        ApiError::Rejected(cause) => rejection("ValidationException", rejection_message(cause)),
        ApiError::NotFound(not_found) => self::not_found(not_found),
        ApiError::Conflict(conflict) => {
            let (reason, text) = conflict_reason_and_message(conflict);
            let error = rejection("ConflictException", text.to_owned());
            JsonError { reason: Some(reason), ..error }
        }
        ApiError::QuotaExceeded { kind, limit } => {
            // Assumed: the message (docs/aws-behaviour.md §12).
            let resources = plural(*kind);
            let text = format!(
                "The maximum number of {resources} ({limit}) in the identity store has been reached"
            );
            rejection("ServiceQuotaExceededException", text)
        }
        ApiError::Throttled { retry_after_ms } => JsonError {
            retry_after_ms: *retry_after_ms,
            ..JsonError::new(
                400,
                "ThrottlingException",
                Message::FrontEnd("Rate exceeded".to_owned()),
            )
        },
        ApiError::Internal { retry_after_ms } => JsonError {
            retry_after_ms: *retry_after_ms,
            ..JsonError::new(
                500,
                "InternalServerException",
                Message::Service("Internal server error".to_owned()),
            )
        },
        ApiError::Unavailable { retry_after_ms } => JsonError {
            retry_after_ms: *retry_after_ms,
            ..JsonError::new(
                503,
                "ServiceUnavailableException",
                Message::FrontEnd("Service is unavailable".to_owned()),
            )
        },
    })
}

/// Source: docs/aws-protocol.md, "Malformed requests".
fn unknown_operation(unknown: &UnknownOperation) -> AwsErrorBody {
    match unknown {
        UnknownOperation::Name => {
            AwsErrorBody::Json(JsonError::new(400, "UnknownOperationException", Message::None))
        }
        UnknownOperation::NotServed(call) => not_served(call),
        UnknownOperation::ContentType => {
            AwsErrorBody::Bare(404, "application/xml", "<UnknownOperationException/>\n")
        }
        UnknownOperation::Unnamed | UnknownOperation::Path { .. } => AwsErrorBody::Bare(
            403,
            "application/xml",
            "<AccessDeniedException>\n  <Message>Unable to determine service/operation name to be authorized</Message>\n</AccessDeniedException>\n",
        ),
    }
}

/// The error code is the one that the protocol has for an unknown operation. Assumed: the message.
fn not_served(call: &ForeignCall) -> AwsErrorBody {
    let message = format!("{} {} is not served by idouble", call.service, call.operation);
    match call.protocol {
        ForeignProtocol::Json | ForeignProtocol::RestJson => AwsErrorBody::Json(JsonError::new(
            400,
            "UnknownOperationException",
            Message::Service(message),
        )),
        ForeignProtocol::Query => AwsErrorBody::QueryError { code: "InvalidAction", message },
        ForeignProtocol::RestXml => {
            AwsErrorBody::RestXmlError { code: "UnknownOperationException", message }
        }
    }
}

/// Source: the responses of the service. Assumed: status 400 for all of them, as for a missing token
/// (docs/aws-protocol.md).
fn unauthenticated(why: &Unauthenticated) -> JsonError {
    let (kind, text) = match why {
        Unauthenticated::MissingToken => {
            ("MissingAuthenticationTokenException", "Missing Authentication Token".to_owned())
        }
        Unauthenticated::Incomplete(text) => ("IncompleteSignatureException", text.clone()),
        Unauthenticated::WrongScope(text) => ("InvalidSignatureException", text.clone()),
        Unauthenticated::UnknownKey(_) | Unauthenticated::InvalidToken => (
            "UnrecognizedClientException",
            "The security token included in the request is invalid.".to_owned(),
        ),
        Unauthenticated::ExpiredToken => (
            "ExpiredTokenException",
            "The security token included in the request is expired".to_owned(),
        ),
        Unauthenticated::BadSignature(signed) => {
            ("InvalidSignatureException", bad_signature_message(signed.as_deref()))
        }
        Unauthenticated::ClockSkew(difference) => {
            ("InvalidSignatureException", clock_skew_message(difference.as_ref()))
        }
    };
    JsonError::new(400, kind, Message::FrontEnd(text))
}

fn bad_signature_message(signed: Option<&SignedText>) -> String {
    let signed = signed.map(|signed| {
        format!(
            "\n\nThe Canonical String for this request should have been\n'{}'\n\nThe String-to-Sign should have been\n'{}'\n",
            signed.canonical_request, signed.string_to_sign
        )
    });
    format!(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.{}",
        signed.unwrap_or_default()
    )
}

fn clock_skew_message(difference: Option<&TimeDifference>) -> String {
    let Some(TimeDifference { signed_at, valid_ms, now }) = difference else {
        return "Signature expired: the time of the request is not within 5 minutes of the time of the server".to_owned();
    };
    let minutes = valid_ms / 60_000;
    let [signed, server] = [signed_at, now].map(|time| compact_time(*time));
    if signed_at < now {
        let earliest = compact_time(Timestamp(now.0 - valid_ms));
        format!(
            "Signature expired: {signed} is now earlier than {earliest} ({server} - {minutes} min.)"
        )
    } else {
        let latest = compact_time(Timestamp(now.0 + valid_ms));
        format!(
            "Signature not yet current: {signed} is still later than {latest} ({server} + {minutes} min.)"
        )
    }
}

/// One sentence per resource that the service checks: group, user, membership, store.
///
/// Source: docs/aws-behaviour.md §10a. Assumed: the order for operations other than DescribeUser,
/// DescribeGroup and CreateGroupMembership, and the ARN of a membership.
fn access_denied_message(settings: &AwsSettings, service: AwsService, denial: &Denial) -> String {
    let account = denial.account.as_ref().unwrap_or(&settings.account_id);
    let action = format!("{}:{}", service.action_prefix(), denial.operation);
    let reason = match denial.is_explicit {
        true => "with an explicit deny in an identity-based policy".to_owned(),
        false => format!("because no identity-based policy allows the {action} action"),
    };
    let ids =
        [("group", &denial.group), ("user", &denial.user), ("membership", &denial.membership)];
    let resources = ids
        .into_iter()
        .filter_map(|(kind, id)| Some(format!("{RESOURCE_PREFIX}{kind}/{}", id.as_deref()?)));
    let store = match (service, denial.store.as_deref()) {
        (_, Some(arn)) if arn.starts_with("arn:") => arn.to_owned(),
        (AwsService::IdentityStore, store) => store_arn(account, store.unwrap_or("*")),
        (AwsService::SsoAdmin, Some(store)) => instance_arn(&store.into()),
        (AwsService::SsoAdmin | AwsService::Organizations | AwsService::Sts, _) => "*".to_owned(),
    };
    let sentences = resources.chain([store]).map(|resource| {
        format!(
            "User: arn:aws:iam::{account}:user/idouble is not authorized to perform: {action} on resource: {resource} {reason}"
        )
    });
    sentences.collect::<Vec<_>>().join(", ")
}

fn conflict_reason_and_message(conflict: &Conflict) -> (&'static str, &'static str) {
    const UNIQUENESS: &str = "UNIQUENESS_CONSTRAINT_VIOLATION";
    const CONCURRENT: &str = "CONCURRENT_MODIFICATION";
    match conflict {
        Conflict::Duplicate(ResourceKind::Group, Attribute::DisplayName) => {
            (UNIQUENESS, "Duplicate GroupDisplayName")
        }
        Conflict::Duplicate(_, Attribute::UserName) => (UNIQUENESS, "Duplicate UserName"),
        // Assumed: the message (docs/aws-behaviour.md §12).
        Conflict::Duplicate(_, Attribute::Emails) => (UNIQUENESS, "Duplicate Email"),
        Conflict::Duplicate(_, _) => (UNIQUENESS, "Duplicate ExternalId"),
        Conflict::DuplicateMembership => {
            (UNIQUENESS, "Member and Group relationship already exists")
        }
        // Assumed: the message (docs/aws-behaviour.md §12).
        Conflict::RevisionMismatch => {
            (CONCURRENT, "The Revision does not match the current revision of the resource")
        }
        // No operation of this dialect returns these, but fault rules may.
        Conflict::ProviderExists
        | Conflict::ProviderStatus { .. }
        | Conflict::NoProvider
        | Conflict::TenantExists
        | Conflict::LastCertificate => {
            (CONCURRENT, "The resource is not in a state that allows this")
        }
        Conflict::Concurrent => (CONCURRENT, "The resource is being modified by another request"),
    }
}

fn not_found(not_found: &NotFound) -> JsonError {
    if let Some(text) = access_not_found_message(not_found) {
        return JsonError::new(400, "ResourceNotFoundException", Message::Service(text));
    }
    let (kind, noun) = match not_found.kind {
        ResourceKind::IdentityStore => ("IDENTITY_STORE", "IdentityStore"),
        ResourceKind::User => ("USER", "User"),
        ResourceKind::Group => ("GROUP", "Group"),
        ResourceKind::GroupMembership => ("GROUP_MEMBERSHIP", "GroupMembership"),
        // No operation of this dialect looks up these kinds.
        ResourceKind::Instance
        | ResourceKind::PermissionSet
        | ResourceKind::AssignmentRequest
        | ResourceKind::Account
        | ResourceKind::OrganizationParent
        | ResourceKind::MfaDevice
        | ResourceKind::Session
        | ResourceKind::IdentityProvider
        | ResourceKind::Certificate
        | ResourceKind::ProvisioningTenant
        | ResourceKind::BearerToken => ("RESOURCE", "Resource"),
    };
    let (text, id) = match (&not_found.looked_up_by, not_found.kind) {
        (LookedUpBy::Id(id) | LookedUpBy::ForcedByFault(id), ResourceKind::IdentityStore) => {
            (format!("IdentityStore not present for IdentityStoreId: {id}"), Some(id.clone()))
        }
        (LookedUpBy::Id(id) | LookedUpBy::ForcedByFault(id), _) => {
            (format!("{noun} not found"), Some(id.clone()))
        }
        (LookedUpBy::MemberId(id), ResourceKind::User) => {
            ("Member does not exist".to_owned(), Some(id.clone()))
        }
        (LookedUpBy::MemberId(id), _) => (format!("{noun} does not exist"), Some(id.clone())),
        (LookedUpBy::AlternateIdentifier, ResourceKind::GroupMembership) => {
            ("Group membership not found for given Pool/Group/Member.".to_owned(), None)
        }
        (LookedUpBy::AlternateIdentifier, _) => (format!("{kind} not found."), None),
    };
    let error = JsonError::new(400, "ResourceNotFoundException", Message::Service(text));
    JsonError { resource: Some((kind, id)), ..error }
}

/// The message of sso-admin. Source for permission sets: moto. Assumed: the same form for the others.
fn access_not_found_message(not_found: &NotFound) -> Option<String> {
    let noun = match not_found.kind {
        ResourceKind::Instance => "Instance",
        ResourceKind::PermissionSet => "PermissionSet",
        ResourceKind::AssignmentRequest => "AccountAssignment request",
        _ => return None,
    };
    Some(match &not_found.looked_up_by {
        LookedUpBy::Id(id) | LookedUpBy::MemberId(id) | LookedUpBy::ForcedByFault(id) => {
            format!("Could not find {noun} with id {id}")
        }
        LookedUpBy::AlternateIdentifier => format!("Could not find {noun}"),
    })
}

fn rejection_message(rejection: &Rejection) -> String {
    match rejection {
        Rejection::UnsupportedPath(path) => {
            format!("Updates for AttributePath: {path} is not supported")
        }
        Rejection::ListPath(list) => format!(
            "Unsupported update operation on multi-value attribute {list}, please provide full replacement of Multi-Value attribute types"
        ),
        Rejection::RequiredByService(missing) => required_message(missing),
        Rejection::NotUnique(path) => format!("The attribute {path} is not a unique attribute"),
        Rejection::EmptyLookup => {
            "attribute value cannot be empty or null for attribute path".to_owned()
        }
        // Source: docs/aws-behaviour.md §10a.
        Rejection::DeprecatedFilter => {
            "Filter is deprecated, please remove filter from request.".to_owned()
        }
        // Assumed: the messages from here on (docs/aws-behaviour.md §11, §12).
        Rejection::UnsupportedFilter(path) => {
            format!("Filtering by AttributePath: {path} is not supported")
        }
        Rejection::UnknownExtension(name) => format!("The extension {name} does not exist"),
        Rejection::InvalidToken => "The NextToken is invalid".to_owned(),
        Rejection::Reserved(attribute, name) => {
            format!("The {} {name} is reserved", member_name(*attribute))
        }
        Rejection::NoEmailAddress => "The user has no email address".to_owned(),
        Rejection::StoreMismatch(id) => format!("The IdentityStoreId {id} is another"),
        Rejection::ForcedByFault => "The request is not valid".to_owned(),
        Rejection::FaultHeader(text) => format!("x-idouble-fault: {text}"),
        // No operation of this dialect has it.
        Rejection::Provisioning(_, text) => text.clone(),
    }
}

/// Source: docs/aws-behaviour.md §5, the tests of moto.
fn required_message(missing: &[Attribute]) -> String {
    if missing.contains(&Attribute::UserName) {
        return "userName is a required attribute".to_owned();
    }
    let mut messages: Vec<_> = missing
        .iter()
        .map(|attribute| {
            let name = member_name(*attribute).to_lowercase();
            format!("{name}: The attribute {name} is required")
        })
        .collect();
    messages.sort();
    messages.join(", ")
}

/// The member name of an attribute.
fn member_name(attribute: Attribute) -> &'static str {
    fn within(shape: &'static Shape, attribute: Attribute) -> Option<&'static str> {
        let nested = |member: &'static Member| match &member.kind {
            MemberKind::Record(shape) | MemberKind::List(shape, _) => within(shape, attribute),
            MemberKind::Text(_)
            | MemberKind::Choice(_)
            | MemberKind::Flag
            | MemberKind::Texts(..) => None,
        };
        let own = shape.member_of(attribute).map(|member| member.name);
        own.or_else(|| shape.members.iter().find_map(nested))
    }
    let shapes = [&USER, &GROUP, &EXTENSIONS];
    shapes.into_iter().find_map(|shape| within(shape, attribute)).unwrap_or("attribute")
}

fn plural(kind: ResourceKind) -> &'static str {
    match kind {
        ResourceKind::IdentityStore => "identity stores",
        ResourceKind::Instance => "instances",
        ResourceKind::PermissionSet => "permission sets",
        ResourceKind::AssignmentRequest => "account assignment requests",
        ResourceKind::Account => "accounts",
        ResourceKind::OrganizationParent => "organizational units",
        ResourceKind::User => "users",
        ResourceKind::Group => "groups",
        ResourceKind::GroupMembership => "group memberships",
        ResourceKind::MfaDevice => "MFA devices",
        ResourceKind::Session => "sessions",
        ResourceKind::IdentityProvider => "identity providers",
        ResourceKind::Certificate => "certificates",
        ResourceKind::ProvisioningTenant => "provisioning tenants",
        ResourceKind::BearerToken => "bearer tokens",
    }
}
