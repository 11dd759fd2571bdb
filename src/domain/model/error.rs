//! Errors in neutral terms. Each dialect has one exhaustive match from here to its status, code and
//! message; nothing here is spelled for a vendor.

use super::attribute::Attribute;
use super::meta::Timestamp;

/// Why a request was rejected, or failed.
#[derive(Clone, PartialEq, Debug)]
pub enum ApiError {
    /// The body is missing or is not a JSON object.
    Malformed(String),
    /// No operation has this name or path.
    UnknownOperation(UnknownOperation),
    /// Part of the request is larger than the limit.
    TooLarge(TooLarge),
    /// The body did not arrive in time.
    BodyTimeout,
    /// The request is for another host, or a web page of another origin sends it; the message says how to
    /// allow it.
    Foreign(String),
    /// The caller could not be authenticated.
    Unauthenticated(Unauthenticated),
    /// The caller is not allowed to call the operation.
    AccessDenied(Box<Denial>),
    /// The request violates the shapes or limits of the operation.
    Invalid(Invalid),
    /// The request is well formed, but the service does not support it.
    Rejected(Rejection),
    /// A resource that the request names does not exist.
    NotFound(NotFound),
    /// The request is in conflict with the state of the store.
    Conflict(Conflict),
    /// The store is full.
    QuotaExceeded {
        /// The kind of resource.
        kind: ResourceKind,
        /// The greatest number of them.
        limit: u64,
    },
    /// Too many requests.
    Throttled {
        /// When to retry, in milliseconds.
        retry_after_ms: Option<u64>,
    },
    /// The service failed.
    Internal {
        /// When to retry, in milliseconds.
        retry_after_ms: Option<u64>,
    },
    /// The service is temporarily unavailable.
    Unavailable {
        /// When to retry, in milliseconds.
        retry_after_ms: Option<u64>,
    },
}

impl ApiError {
    /// No resource of this kind has this id.
    pub fn not_found(kind: ResourceKind, id: &str) -> Self {
        Self::NotFound(NotFound { kind, looked_up_by: LookedUpBy::Id(id.to_owned()) })
    }

    /// The name of the error in the journal, for every dialect.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "malformed",
            Self::UnknownOperation(_) => "unknown_operation",
            Self::TooLarge(_) => "too_large",
            Self::BodyTimeout => "body_timeout",
            Self::Foreign(_) => "foreign",
            Self::Unauthenticated(_) => "unauthenticated",
            Self::AccessDenied(_) => "access_denied",
            Self::Invalid(_) => "invalid",
            Self::Rejected(_) => "refused",
            Self::NotFound(_) => "not_found",
            Self::Conflict(_) => "conflict",
            Self::QuotaExceeded { .. } => "quota_exceeded",
            Self::Throttled { .. } => "throttled",
            Self::Internal { .. } => "internal",
            Self::Unavailable { .. } => "unavailable",
        }
    }

    /// The call, if it is one of a service that is not served.
    pub fn foreign_call(&self) -> Option<&ForeignCall> {
        match self {
            Self::UnknownOperation(UnknownOperation::NotServed(call)) => Some(call),
            _ => None,
        }
    }
}

/// Why no operation was found.
#[derive(Clone, PartialEq, Debug)]
pub enum UnknownOperation {
    /// The request is one of this protocol, but the name of the operation is missing or unknown.
    Name,
    /// The content type is that of another protocol.
    ContentType,
    /// Neither an operation name nor a content type says which service is meant.
    Unnamed,
    /// A call of a service that is not served.
    NotServed(ForeignCall),
    /// No route for this method and path.
    Path {
        /// The method.
        method: String,
        /// The path, percent-encoded as sent.
        path: String,
    },
}

/// A call of another service of the vendor.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ForeignCall {
    /// The service, as the vendor's command line names it, such as `sso-admin`.
    pub service: String,
    /// The operation, such as `ListInstances`; the method if the protocol has no names.
    pub operation: String,
    /// The protocol that the caller speaks, which decides the form of the error.
    pub protocol: ForeignProtocol,
}

/// The protocol of a [`ForeignCall`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ForeignProtocol {
    /// JSON with the operation in a header.
    Json,
    /// A form with the operation in `Action`; responses are XML.
    Query,
    /// Method and path instead of an operation's name; responses are JSON.
    RestJson,
    /// Method and path instead of an operation's name; responses are XML.
    RestXml,
}

impl ForeignCall {
    /// The name in journal, log and metrics, such as `sso-admin:CreateInstance`.
    pub fn name(&self) -> String {
        format!("{}:{}", self.service, self.operation)
    }
}

/// The part of a request that is too large.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum TooLarge {
    Body,
    Uri,
}

/// Why the caller could not be authenticated.
#[derive(Clone, PartialEq, Debug)]
pub enum Unauthenticated {
    /// The request is not signed.
    MissingToken,
    /// Parts of the signature are missing or cannot be read. The text says which, in the vendor's words.
    Incomplete(String),
    /// The signature is for another service, Region or day. The text says which, in the vendor's words.
    WrongScope(String),
    /// No access key has this id.
    UnknownKey(String),
    /// The session token is missing, or not that of the access key.
    InvalidToken,
    /// The access key, or the temporary credentials, have expired.
    ExpiredToken,
    /// The signature does not match. A fault rule does not say what was signed.
    BadSignature(Option<Box<SignedText>>),
    /// The signature is older or younger than the server allows. A fault rule does not say by how much.
    ClockSkew(Option<TimeDifference>),
}

/// What a signature should have been made of. Security tokens are hidden.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignedText {
    /// The canonical form of the request.
    pub canonical_request: String,
    /// The text whose keyed hash is the signature.
    pub string_to_sign: String,
}

/// The time of a signature and that of the server.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TimeDifference {
    /// When the request was signed.
    pub signed_at: Timestamp,
    /// How long the signature is valid.
    pub valid_ms: i64,
    /// The time of the server.
    pub now: Timestamp,
}

impl Unauthenticated {
    /// What differs, for the journal and the log.
    pub fn explanation(&self) -> String {
        match self {
            Self::MissingToken => "the request is not signed".to_owned(),
            Self::Incomplete(text) | Self::WrongScope(text) => text.clone(),
            Self::UnknownKey(id) => format!("there is no access key {id:?}"),
            Self::InvalidToken => "the session token is not that of the access key".to_owned(),
            Self::ExpiredToken => "the access key has expired".to_owned(),
            Self::BadSignature(None) => "the signature does not match".to_owned(),
            Self::BadSignature(Some(signed)) => format!(
                "the signature does not match; canonical request:\n{}\nstring to sign:\n{}",
                signed.canonical_request, signed.string_to_sign
            ),
            Self::ClockSkew(None) => "the signature is too old or too new".to_owned(),
            Self::ClockSkew(Some(difference)) => format!(
                "signed at {} and received at {}; valid for {} s",
                difference.signed_at,
                difference.now,
                difference.valid_ms / 1000
            ),
        }
    }
}

/// A denied call: the operation, and the ids that the request names.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Denial {
    /// The operation's name.
    pub operation: &'static str,
    /// The id of the store.
    pub store: Option<String>,
    /// The id of the group.
    pub group: Option<String>,
    /// The id of the user.
    pub user: Option<String>,
    /// The id of the membership.
    pub membership: Option<String>,
    /// Whether a permission denies the call; else none allows it.
    pub is_explicit: bool,
    /// The account of the caller; `None` if it is that of the dialect's settings.
    pub account: Option<String>,
}

/// The violations of one request.
#[derive(Clone, PartialEq, Debug)]
pub struct Invalid {
    /// In the order of the request's members.
    pub violations: Vec<Violation>,
    /// Whether they are in a free-form value, such as a document or JSON within a string. The service
    /// validates such a value itself; its front end validates the members of the request.
    pub in_value: bool,
}

/// One violation of a shape or limit.
#[derive(Clone, PartialEq, Debug)]
pub struct Violation {
    /// The path of the member, outermost first.
    pub path: Vec<PathSegment>,
    /// The value as text; `None` if it is absent or sensitive.
    pub value: Option<String>,
    /// Whether error messages must not show the value.
    pub sensitive: bool,
    /// The constraint that is violated.
    pub constraint: Constraint,
}

/// A segment of the path to a member.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PathSegment {
    /// A member of a structure, as the request's dialect spells it.
    Member(String),
    /// An element of a list, from 0.
    Index(usize),
    /// A key of a map, as sent.
    Key(String),
}

impl PathSegment {
    /// A path as one text, such as `emails[0].value`.
    pub fn dotted(path: &[Self]) -> String {
        let mut text = String::new();
        for segment in path {
            match segment {
                Self::Member(name) | Self::Key(name) => {
                    if !text.is_empty() {
                        text.push('.');
                    }
                    text.push_str(name);
                }
                Self::Index(index) => text.push_str(&format!("[{index}]")),
            }
        }
        text
    }
}

/// A constraint that a value can violate.
#[derive(Clone, PartialEq, Debug)]
pub enum Constraint {
    /// The member is required.
    Required,
    /// The least number of characters of a text, or of elements of a list.
    LengthMin(usize),
    /// The greatest number of characters of a text.
    LengthMax(usize),
    /// The least value of a number.
    RangeMin(i64),
    /// The greatest value of a number.
    RangeMax(i64),
    /// The number must be an integer.
    Whole,
    /// The whole text must match this regular expression.
    Pattern(&'static str),
    /// The text must be one of these.
    OneOf(&'static [&'static str]),
    /// The greatest number of elements of a list.
    ListMax(usize),
    /// The value has another type.
    JsonType {
        /// The required type.
        expected: JsonType,
        /// The type of the value.
        found: JsonType,
    },
    /// No member has this name.
    Unknown,
    /// The value must not be null.
    NotNull,
    /// Exactly one of these members must be set.
    ExactlyOne(&'static [&'static str]),
    /// The text must be JSON.
    NotJson,
    /// The text must be a calendar date, YYYY-MM-DD.
    Date,
    /// At most one element of the list may have `primary` true.
    OnePrimary,
    /// The text must be one X.509 certificate in PEM.
    Certificate,
    /// The text must be SAML metadata of an identity provider, with its login URL and certificates.
    SamlMetadata,
}

/// A type of JSON value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum JsonType {
    Null,
    Boolean,
    Number,
    String,
    Array,
    Object,
    /// An object whose keys are data. Expected, never found.
    Map,
}

/// Why the service rejects a well-formed request.
#[derive(Clone, PartialEq, Debug)]
pub enum Rejection {
    /// A patch may not change this path, which is spelled as in the request.
    UnsupportedPath(String),
    /// A patch may not change part of a list, whose name is spelled as in the request.
    ListPath(String),
    /// These attributes are required and may not be removed.
    RequiredByService(Vec<Attribute>),
    /// This attribute is not unique, so nothing can be looked up by it.
    NotUnique(String),
    /// The value to look up is missing or empty.
    EmptyLookup,
    /// The list does not support filters.
    DeprecatedFilter,
    /// A list cannot be filtered by this path.
    UnsupportedFilter(String),
    /// No such extension exists.
    UnknownExtension(String),
    /// The page token belongs to another list.
    InvalidToken,
    /// The name is reserved by the service.
    Reserved(Attribute, String),
    /// The user has no e-mail address to verify.
    NoEmailAddress,
    /// A fault rule demands a rejection.
    ForcedByFault,
    /// The body names another store than the path.
    StoreMismatch(String),
    /// The rule in the fault header of the request is invalid; the text says why.
    FaultHeader(String),
    /// A SCIM request is rejected; the text says why.
    Provisioning(ProvisioningRejection, String),
}

/// Why a SCIM request is rejected. Source: RFC 7644 §3.12, `scimType`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum ProvisioningRejection {
    InvalidFilter,
    InvalidPath,
    InvalidSyntax,
    InvalidValue,
    Mutability,
    /// A patch without path changes several attributes, which AWS does not support.
    SeveralAttributes,
}

/// A kind of resource.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(missing_docs)]
pub enum ResourceKind {
    IdentityStore,
    Instance,
    PermissionSet,
    AssignmentRequest,
    Account,
    OrganizationParent,
    User,
    Group,
    GroupMembership,
    MfaDevice,
    Session,
    IdentityProvider,
    Certificate,
    ProvisioningTenant,
    BearerToken,
}

/// A resource that does not exist.
#[derive(Clone, PartialEq, Debug)]
pub struct NotFound {
    /// The kind of resource.
    pub kind: ResourceKind,
    /// How it was looked up.
    pub looked_up_by: LookedUpBy,
}

/// How a resource was looked up.
#[derive(Clone, PartialEq, Debug)]
pub enum LookedUpBy {
    /// By its id, as the subject of the call.
    Id(String),
    /// By its id, as the member or group of a new membership.
    MemberId(String),
    /// By another identifier.
    AlternateIdentifier,
    /// Not at all: a fault rule demands the error for the subject of the call. The id is the store's.
    ForcedByFault(String),
}

/// Why a change is in conflict with the state of a store.
#[derive(Clone, PartialEq, Debug)]
pub enum Conflict {
    /// Another resource of this kind has the same value of a unique attribute.
    Duplicate(ResourceKind, Attribute),
    /// The membership exists.
    DuplicateMembership,
    /// The resource has another revision than the caller expects.
    RevisionMismatch,
    /// Another request changes the resource at the same time.
    Concurrent,
    /// The store has an external identity provider, and may have only one.
    ProviderExists,
    /// The external identity provider is enabled, or disabled, and must not be.
    ProviderStatus {
        /// Whether it is enabled.
        enabled: bool,
    },
    /// The store has no external identity provider, and needs one.
    NoProvider,
    /// The store has a provisioning tenant, and may have only one.
    TenantExists,
    /// No valid certificate of the identity provider would remain.
    LastCertificate,
}

/// The users, groups or memberships of a store.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum ResourceList {
    Users,
    Groups,
    Memberships,
}

/// Two resources of a load have the same value of a unique property.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DuplicateResource {
    /// The list that has both resources.
    pub list: ResourceList,
    /// The property that both share.
    pub unique: UniqueProperty,
    /// The position of the later resource.
    pub position: u64,
    /// The position of the earlier resource.
    pub earlier: u64,
    /// The index of the value in the later resource, if the attribute is a list; else 0.
    pub element: usize,
}

impl DuplicateResource {
    /// `positions`: of the earlier and the later resource.
    pub(in crate::domain) fn new(
        list: ResourceList,
        unique: UniqueProperty,
        (earlier, position): (u64, u64),
    ) -> Self {
        Self { list, unique, position, earlier, element: 0 }
    }
}

/// A property that no two resources of a kind share.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UniqueProperty {
    /// The id.
    Id,
    /// The value of an attribute, such as the user name.
    Attribute(Attribute),
    /// The group and the user of a membership.
    GroupAndUser,
}
