//! Encodes errors: status, error code and message of every `ApiError`.
//!
//! Source: docs/huawei-behaviour.md §4 (the service, `IIC.NNN`) and §5 (the API gateway, `APIGW.NNNN`).

use http::HeaderValue;
use http::header::RETRY_AFTER;

use crate::dialect::response::respond;
use crate::dialect::{Response, json_writer};
use crate::domain::{
    ApiError, Attribute, Conflict, Constraint, Denial, Invalid, JsonType, LookedUpBy, NotFound,
    PathSegment, Rejection, ResourceKind, TooLarge, Unauthenticated, UnknownOperation, Violation,
};

use super::limits::EMAIL_PATTERN;
use super::shapes::{GROUP, USER};
use super::{HuaweiSettings, headers};

/// Encodes an error.
pub fn encode(settings: &HuaweiSettings, request_id: &str, error: &ApiError) -> Response {
    let body = error_body(error);
    let code = match body.code {
        ErrorCode::Service(number) => format!("{}.{number}", settings.error_prefix.as_str()),
        ErrorCode::Gateway(number) => format!("APIGW.{number}"),
    };
    let json = json_writer::object(|object| {
        object.text("error_code", &code);
        object.text("error_msg", &body.message);
        object.text("request_id", request_id);
        if body.status == 403 {
            object.text(
                "encoded_authorization_message",
                &encode_authorization_message(request_id, &body.message),
            );
        }
    });
    let retry_after =
        body.retry_after_ms.map(|ms| (RETRY_AFTER, HeaderValue::from(ms.div_ceil(1000))));
    respond(body.status, headers(request_id).into_iter().chain(retry_after), json)
}

struct HuaweiErrorBody {
    status: u16,
    code: ErrorCode,
    message: String,
    retry_after_ms: Option<u64>,
}

enum ErrorCode {
    /// A code of the service, without its prefix.
    Service(&'static str),
    /// A code of the API gateway, without `APIGW.`.
    Gateway(&'static str),
}

fn service(status: u16, number: &'static str, message: String) -> HuaweiErrorBody {
    HuaweiErrorBody { status, code: ErrorCode::Service(number), message, retry_after_ms: None }
}

fn gateway(status: u16, number: &'static str, message: &str) -> HuaweiErrorBody {
    let message = message.to_owned();
    HuaweiErrorBody { status, code: ErrorCode::Gateway(number), message, retry_after_ms: None }
}

fn bad_request(detail: &str) -> HuaweiErrorBody {
    service(400, "400", format!("Bad Request: {detail}."))
}

fn error_body(error: &ApiError) -> HuaweiErrorBody {
    match error {
        ApiError::Malformed(detail) => bad_request(detail),
        ApiError::UnknownOperation(
            UnknownOperation::Path { .. }
            | UnknownOperation::Name
            | UnknownOperation::ContentType
            | UnknownOperation::NotServed(_)
            | UnknownOperation::Unnamed,
        ) => gateway(
            404,
            "0101",
            "The API does not exist or has not been published in the environment",
        ),
        ApiError::TooLarge(TooLarge::Body) => gateway(413, "0201", "Request entity too large."),
        ApiError::TooLarge(TooLarge::Uri) => gateway(414, "0201", "Request URI too large."),
        ApiError::BodyTimeout => gateway(408, "0201", "API request error."),
        // The real service has no such error: the emulator rejects foreign hosts and browser origins.
        ApiError::Foreign(message) => service(403, "1000", message.clone()),
        ApiError::Unauthenticated(why) => gateway(401, "0301", &unauthenticated(why)),
        ApiError::AccessDenied(denial) => service(403, "1000", access_denied_message(denial)),
        ApiError::Invalid(invalid) => bad_request(&violations_message(invalid)),
        ApiError::Rejected(rejection) => bad_request(&rejection_message(rejection)),
        ApiError::NotFound(not_found) => self::not_found(not_found),
        ApiError::Conflict(conflict) => conflict_body(conflict),
        ApiError::QuotaExceeded { kind, limit } => quota(*kind, *limit),
        ApiError::Throttled { retry_after_ms } => HuaweiErrorBody {
            retry_after_ms: *retry_after_ms,
            ..gateway(
                429,
                "0308",
                "The throttling threshold has been reached: policy user over ratelimit,limit:200,time:1 second",
            )
        },
        ApiError::Internal { retry_after_ms } => HuaweiErrorBody {
            retry_after_ms: *retry_after_ms,
            ..gateway(500, "0601", "Internal server error.")
        },
        ApiError::Unavailable { retry_after_ms } => HuaweiErrorBody {
            retry_after_ms: *retry_after_ms,
            ..gateway(503, "0613", "IAM unavailable.")
        },
    }
}

/// Source: docs/huawei-behaviour.md §5. Assumed: the reason of a request without a signature, and what
/// follows "verify aksk signature fail".
fn unauthenticated(why: &Unauthenticated) -> String {
    let reason = match why {
        Unauthenticated::MissingToken => "x-auth-token not found".to_owned(),
        Unauthenticated::Incomplete(text) | Unauthenticated::WrongScope(text) => {
            format!("calc ak sk signature fail:{text}")
        }
        Unauthenticated::UnknownKey(id) => {
            format!("Get secretKey failed,ak:{id},err:ak not exist")
        }
        Unauthenticated::InvalidToken | Unauthenticated::ExpiredToken => {
            "decrypt token fail".to_owned()
        }
        Unauthenticated::BadSignature(None) => "verify aksk signature fail".to_owned(),
        Unauthenticated::BadSignature(Some(signed)) => {
            let request = signed.canonical_request.replace('\n', "|");
            format!("verify aksk signature fail, canonicalRequest:{request}")
        }
        Unauthenticated::ClockSkew(_) => "calc ak sk signature fail:signature expired".to_owned(),
    };
    format!("Incorrect IAM authentication information: {reason}")
}

fn access_denied_message(denial: &Denial) -> String {
    format!("No permission for action {}.", action(denial.operation))
}

/// The policy actions whose names do not follow the pattern of [`action`].
///
/// Source: docs/huawei-behaviour.md §4; the authorization tables of the API reference; `iam:users:getUser`
/// from the SDK. Assumed: the last three.
const ACTIONS: &[(&str, &str)] = &[
    ("IsMemberInGroups", "IdentityCenter:groupMembership:isMembershipInGroup"),
    ("GetIdentityStoreSummary", "IdentityCenter:identitystore:summary"),
    ("ListIdentityStoreAssociation", "IdentityCenter:instance:listIdentityStoreAssociations"),
    ("DescribeRegisteredRegions", "IdentityCenter:instance:describeRegisteredRegions"),
    ("KeystoneListAuthDomains", "iam:users:getUser"),
    ("KeystoneListProjects", "iam:projects:listProjects"),
    ("GetCallerIdentity", "sts::getCallerIdentity"),
    ("GetIdentityCenterServiceStatus", "IdentityCenter:instance:getIdentityCenterServiceStatus"),
];

/// The policy action of an operation, such as `IdentityCenter:user:list`.
///
/// Source: docs/huawei-behaviour.md §4 for create operations. Assumed: the same pattern for all others, with
/// the noun in the singular.
pub fn action(operation: &str) -> String {
    if let Some((_, action)) = ACTIONS.iter().find(|(name, _)| *name == operation) {
        return (*action).to_owned();
    }
    // Operation names are ASCII in PascalCase; the verb is the first word.
    let verb_end = operation.bytes().skip(1).take_while(u8::is_ascii_lowercase).count() + 1;
    let (verb, noun) = operation.split_at(verb_end.min(operation.len()));
    let noun = noun.strip_suffix('s').unwrap_or(noun);
    let (first, rest) = noun.split_at(noun.len().min(1));
    let (first, verb) = (first.to_ascii_lowercase(), verb.to_ascii_lowercase());
    format!("IdentityCenter:{first}{rest}:{verb}")
}

/// The authorization message in an encoded form, which is opaque to clients.
fn encode_authorization_message(request_id: &str, message: &str) -> String {
    let mut hex = String::from(request_id);
    for byte in message.bytes() {
        hex.push_str(&format!("{byte:02x}"));
    }
    hex
}

/// Assumed: the general code for users, groups and memberships, whose own codes are unknown; status 404
/// for an unknown store, for which 400 is documented too.
fn not_found(not_found: &NotFound) -> HuaweiErrorBody {
    let noun = match not_found.kind {
        // A fault's not-found error has the general code, not that of an unknown store.
        ResourceKind::IdentityStore
            if matches!(not_found.looked_up_by, LookedUpBy::ForcedByFault(_)) =>
        {
            "identity store"
        }
        ResourceKind::IdentityStore => {
            return service(404, "1308", "Identity store not found.".to_owned());
        }
        ResourceKind::User => "user",
        ResourceKind::Group => "group",
        ResourceKind::GroupMembership => "group membership",
        ResourceKind::IdentityProvider => {
            return service(404, "1330", "IdP configuration not found.".to_owned());
        }
        ResourceKind::MfaDevice => "MFA device",
        ResourceKind::Session => "session",
        ResourceKind::Certificate => "certificate",
        ResourceKind::ProvisioningTenant => "provisioning tenant",
        ResourceKind::BearerToken => "bearer token",
        ResourceKind::Instance => "instance",
        // No operation of this dialect looks for these.
        ResourceKind::PermissionSet
        | ResourceKind::AssignmentRequest
        | ResourceKind::Account
        | ResourceKind::OrganizationParent => "resource",
    };
    let detail = match &not_found.looked_up_by {
        LookedUpBy::Id(id) | LookedUpBy::MemberId(id) | LookedUpBy::ForcedByFault(id) => {
            format!("{noun} {id}")
        }
        LookedUpBy::AlternateIdentifier => noun.to_owned(),
    };
    service(404, "404", format!("Not Found: {detail}."))
}

/// Source: docs/huawei-behaviour.md §4 for the status of duplicate names. Assumed: the code, and that
/// duplicate e-mail addresses and memberships are rejected alike.
fn conflict_body(conflict: &Conflict) -> HuaweiErrorBody {
    let detail = match conflict {
        Conflict::Concurrent | Conflict::RevisionMismatch => {
            return service(409, "1006", "Concurrency conflicts. Try again later.".to_owned());
        }
        // Source: docs/huawei-behaviour.md §4; the first code is uncertain.
        Conflict::ProviderExists => {
            return service(400, "1328", "The IdP configuration already exists.".to_owned());
        }
        Conflict::ProviderStatus { enabled } => {
            let status = if *enabled { "enabled" } else { "disabled" };
            let text = format!("The status of the IdP configuration is incorrect: it is {status}.");
            return service(400, "1329", text);
        }
        Conflict::LastCertificate => {
            return bad_request("the only valid certificate of the IdP cannot be deleted");
        }
        // Assumed: status and code of this and the next.
        Conflict::NoProvider => {
            return bad_request("automatic provisioning needs an external identity provider");
        }
        Conflict::TenantExists => "automatic provisioning is already enabled".to_owned(),
        Conflict::DuplicateMembership => "the user is already in the group".to_owned(),
        Conflict::Duplicate(ResourceKind::Group, attribute) => {
            format!("the {} of another group is the same", member_name(*attribute))
        }
        Conflict::Duplicate(_, attribute) => {
            format!("the {} of another user is the same", member_name(*attribute))
        }
    };
    service(409, "1007", format!("Data modification failed. {detail}"))
}

/// Assumed: the codes.
fn quota(kind: ResourceKind, limit: u64) -> HuaweiErrorBody {
    let (number, noun) = match kind {
        ResourceKind::Group => ("1351", "groups"),
        ResourceKind::GroupMembership => ("1350", "groups of a user"),
        ResourceKind::User
        | ResourceKind::IdentityStore
        | ResourceKind::Instance
        | ResourceKind::PermissionSet
        | ResourceKind::AssignmentRequest
        | ResourceKind::Account
        | ResourceKind::OrganizationParent
        | ResourceKind::IdentityProvider => ("1350", "users"),
        ResourceKind::MfaDevice => return limit_reached("MFA devices of the user", limit),
        ResourceKind::Session => return limit_reached("sessions of the user", limit),
        ResourceKind::Certificate => return limit_reached("certificates", limit),
        ResourceKind::ProvisioningTenant => return limit_reached("provisioning tenants", limit),
        ResourceKind::BearerToken => return limit_reached("bearer tokens of the tenant", limit),
    };
    let text =
        format!("The number of {noun} in the identity store has reached its limit ({limit}).");
    service(400, number, text)
}

/// The error for limits without a code of their own. Assumed: the general code.
fn limit_reached(noun: &str, limit: u64) -> HuaweiErrorBody {
    bad_request(&format!("the number of {noun} has reached its limit ({limit})"))
}

fn rejection_message(rejection: &Rejection) -> String {
    match rejection {
        Rejection::UnsupportedPath(path) => format!("attribute_path {path} is not supported"),
        Rejection::ListPath(whole) => {
            format!("attribute_path cannot lead into {whole}: give the whole attribute")
        }
        Rejection::RequiredByService(missing) => {
            let names: Vec<_> = missing.iter().map(|attribute| member_name(*attribute)).collect();
            format!("{} is mandatory and cannot be removed", names.join(", "))
        }
        Rejection::NotUnique(path) => format!("attribute_path {path} is not a unique attribute"),
        Rejection::EmptyLookup => "attribute_value must not be empty".to_owned(),
        Rejection::DeprecatedFilter => "filters are deprecated".to_owned(),
        Rejection::UnsupportedFilter(path) => format!("the filter {path} is not supported"),
        Rejection::UnknownExtension(name) => format!("the extension {name} does not exist"),
        Rejection::InvalidToken => "marker is invalid".to_owned(),
        Rejection::Reserved(attribute, name) => {
            format!("{} {name} is reserved", member_name(*attribute))
        }
        Rejection::NoEmailAddress => "the user has no e-mail address".to_owned(),
        Rejection::StoreMismatch(id) => {
            format!("identity_store_id {id} is not the one in the path")
        }
        Rejection::ForcedByFault => "the request is not valid".to_owned(),
        Rejection::FaultHeader(text) => format!("x-idouble-fault: {text}"),
        // No operation of this dialect has it.
        Rejection::Provisioning(_, text) => text.clone(),
    }
}

/// The member name of an attribute.
fn member_name(attribute: Attribute) -> &'static str {
    let shapes = [&USER, &GROUP];
    let mut rows = shapes.into_iter().filter_map(|shape| shape.member_of(attribute));
    rows.next().map_or("attribute", |member| member.name)
}

fn violations_message(invalid: &Invalid) -> String {
    let sentences: Vec<_> = invalid.violations.iter().map(sentence).collect();
    sentences.join("; ")
}

fn sentence(violation: &Violation) -> String {
    let path = match &violation.path[..] {
        [] => "the request body".to_owned(),
        path => PathSegment::dotted(path),
    };
    let rule = match &violation.constraint {
        Constraint::Required => "is mandatory".to_owned(),
        Constraint::NotNull => "must not be null".to_owned(),
        Constraint::LengthMin(min) => format!("must have a length of at least {min}"),
        Constraint::LengthMax(max) => format!("must have a length of at most {max}"),
        Constraint::ListMax(max) => format!("must have at most {max} elements"),
        Constraint::RangeMin(min) => format!("must be at least {min}"),
        Constraint::RangeMax(max) => format!("must be at most {max}"),
        Constraint::Whole => "must be an integer".to_owned(),
        Constraint::Pattern(EMAIL_PATTERN) => "must be an e-mail address".to_owned(),
        Constraint::Pattern(pattern) => format!("must match {pattern}"),
        Constraint::OneOf(choices) => format!("must be one of {}", choices.join(", ")),
        Constraint::JsonType { expected, found } => {
            format!("must be {}, not {}", noun(*expected), noun(*found))
        }
        Constraint::Unknown => "does not exist".to_owned(),
        Constraint::ExactlyOne(members) => {
            format!("must have exactly one of {}", members.join(", "))
        }
        Constraint::NotJson => "must hold JSON text".to_owned(),
        Constraint::Certificate => "must be an X.509 certificate in PEM".to_owned(),
        Constraint::SamlMetadata => "must be SAML metadata of an identity provider".to_owned(),
        Constraint::Date => "must be a date of the form YYYY-MM-DD".to_owned(),
        Constraint::OnePrimary => "must have at most one primary element".to_owned(),
    };
    format!("{path} {rule}")
}

fn noun(kind: JsonType) -> &'static str {
    match kind {
        JsonType::Null => "null",
        JsonType::Boolean => "a boolean",
        JsonType::Number => "an integer",
        JsonType::String => "a string",
        JsonType::Array => "a list",
        JsonType::Object | JsonType::Map => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::action;

    #[test]
    fn action_names_noun_and_verb() {
        for (operation, named) in [
            ("CreateUser", "IdentityCenter:user:create"),
            ("UpdateUser", "IdentityCenter:user:update"),
            ("ListUsers", "IdentityCenter:user:list"),
            ("UpdateGroup", "IdentityCenter:group:update"),
            ("CreateGroupMembership", "IdentityCenter:groupMembership:create"),
            ("IsMemberInGroups", "IdentityCenter:groupMembership:isMembershipInGroup"),
            ("GetIdentityStoreSummary", "IdentityCenter:identitystore:summary"),
            ("KeystoneListAuthDomains", "iam:users:getUser"),
        ] {
            assert_eq!(action(operation), named);
        }
    }
}
