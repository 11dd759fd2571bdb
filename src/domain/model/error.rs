//! What can go wrong, in neutral terms. Each dialect has one exhaustive match from here to its
//! status, code and words; nothing here is spelled for a vendor.

use super::attribute::Attribute;

/// Why a request was refused, or failed.
#[derive(Clone, PartialEq, Debug)]
pub enum ApiError {
    /// The body cannot be read as a JSON object, or is missing.
    Malformed(String),
    /// No operation answers here.
    UnknownOperation(UnknownOperation),
    /// Part of the request is larger than the server takes.
    TooLarge(TooLarge),
    /// The body did not arrive in time.
    BodyTimeout,
    /// A web page of another origin sends the request; the message says how to allow it.
    ForeignOrigin(&'static str),
    /// Who asks could not be established.
    Unauthenticated(Unauthenticated),
    /// Who asks may not.
    AccessDenied(Denial),
    /// The request breaks the shapes or limits of the operation; every breach of it, in order.
    Invalid(Invalid),
    /// The request is well formed, but asks for what the service does not do.
    Rejected(Rejection),
    /// What it names is not there.
    NotFound(NotFound),
    /// It collides with what is there.
    Conflict(Conflict),
    /// The store is full.
    QuotaExceeded {
        /// Of what.
        kind: ResourceKind,
        /// How many there may be.
        limit: u64,
    },
    /// Too many requests.
    Throttled {
        /// When to come back, in milliseconds.
        retry_after_ms: Option<u64>,
    },
    /// The service failed.
    Internal {
        /// When to come back, in milliseconds.
        retry_after_ms: Option<u64>,
    },
    /// The service is not there for the moment.
    Unavailable {
        /// When to come back, in milliseconds.
        retry_after_ms: Option<u64>,
    },
}

impl ApiError {
    /// No resource of this kind has this id.
    pub fn not_found(kind: ResourceKind, id: &str) -> Self {
        Self::NotFound(NotFound { kind, looked_up_by: LookedUpBy::Id(id.to_owned()) })
    }

    /// What the journal calls it, whatever a vendor does.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "malformed",
            Self::UnknownOperation(_) => "unknown_operation",
            Self::TooLarge(_) => "too_large",
            Self::BodyTimeout => "body_timeout",
            Self::ForeignOrigin(_) => "foreign_origin",
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

/// Why no operation answers.
#[derive(Clone, PartialEq, Debug)]
pub enum UnknownOperation {
    /// The right door, but the name of the operation is missing or unknown.
    Name,
    /// The content type is that of another protocol.
    ContentType,
    /// Neither name nor content type: nothing says which service is meant.
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
    /// The name in journal, log and metrics, such as `sso-admin:ListInstances`.
    pub fn name(&self) -> String {
        format!("{}:{}", self.service, self.operation)
    }
}

/// What is too large.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum TooLarge {
    Body,
    Uri,
}

/// Why the caller could not be established.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unauthenticated {
    /// The temporary credentials have run out.
    ExpiredToken,
    /// The signature does not match.
    BadSignature,
    /// The signature is older or younger than the server allows.
    ClockSkew,
}

/// What the caller has no permission for: the operation, and the ids that the request names.
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
}

/// The breaches of one request.
#[derive(Clone, PartialEq, Debug)]
pub struct Invalid {
    /// In the order of the request's members.
    pub violations: Vec<Violation>,
    /// Whether they lie in a free-form value (a document, JSON within a string), which the service
    /// judges itself, rather than in the request's own members, which its front end judges.
    pub in_value: bool,
}

/// One breach of a shape or limit.
#[derive(Clone, PartialEq, Debug)]
pub struct Violation {
    /// The member, outermost step first.
    pub path: Vec<PathSegment>,
    /// What was there, as text; `None` where it is absent or must not be told.
    pub value: Option<String>,
    /// Whether the value must not be told.
    pub sensitive: bool,
    /// What it breaks.
    pub constraint: Constraint,
}

/// A step to a member.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PathSegment {
    /// A member of a structure, as the request's dialect spells it.
    Member(String),
    /// An element of a list, from 0.
    Index(usize),
    /// A key of a map, as sent.
    Key(String),
}

/// A bound that a value can break.
#[derive(Clone, PartialEq, Debug)]
pub enum Constraint {
    /// It has to be there.
    Required,
    /// A text or list of at least so many characters or elements.
    LengthMin(usize),
    /// A text of at most so many characters.
    LengthMax(usize),
    /// A number of at least this.
    RangeMin(i64),
    /// A number of at most this.
    RangeMax(i64),
    /// A number without a fraction.
    Whole,
    /// A text that matches, as a whole, this regular expression.
    Pattern(&'static str),
    /// One of these.
    OneOf(&'static [&'static str]),
    /// A list of at most so many elements.
    ListMax(usize),
    /// It has to be of another kind.
    JsonType {
        /// The kind it has to be.
        expected: JsonType,
        /// The kind it is.
        found: JsonType,
    },
    /// No member of that name exists.
    Unknown,
    /// Null is no value here.
    NotNull,
    /// Exactly one of these members has to be set.
    ExactlyOne(&'static [&'static str]),
    /// A text that holds JSON was expected, and it does not.
    NotJson,
    /// A calendar date, YYYY-MM-DD.
    Date,
    /// A list in which at most one element has `primary` true.
    OnePrimary,
    /// One X.509 certificate in PEM.
    Certificate,
    /// SAML metadata of an identity provider, with where it signs in and its certificates.
    SamlMetadata,
}

/// The kind of a value, in JSON's terms.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum JsonType {
    Null,
    Boolean,
    Number,
    String,
    Array,
    Object,
    /// A record whose keys are data. Expected, never found.
    Map,
}

/// What the service does not do, or not so.
#[derive(Clone, PartialEq, Debug)]
pub enum Rejection {
    /// A patch may not touch this path. The text is as the caller spelled it.
    UnsupportedPath(String),
    /// A patch may not reach into a list; the text is the list's name as the caller spelled it.
    ListPath(String),
    /// These have to be there and may not be removed.
    RequiredByService(Vec<Attribute>),
    /// Nothing can be looked up by this path.
    NotUnique(String),
    /// The value to look up is missing or empty.
    EmptyLookup,
    /// Lists take no filters here.
    DeprecatedFilter,
    /// A list cannot be filtered by this path.
    UnsupportedFilter(String),
    /// No such extension exists.
    UnknownExtension(String),
    /// The continuation token was not given out for this list.
    InvalidToken,
    /// A name that the service keeps for itself.
    Reserved(Attribute, String),
    /// There is no e-mail address that could be verified.
    NoEmailAddress,
    /// A fault asked for a refusal of what is otherwise fine.
    ForcedByFault,
    /// The body names another store than the path.
    StoreMismatch(String),
    /// The rule in the request's own fault header is wrong; the text says what would be right.
    FaultHeader(String),
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

/// What is not there.
#[derive(Clone, PartialEq, Debug)]
pub struct NotFound {
    /// Of which kind.
    pub kind: ResourceKind,
    /// How it was looked for.
    pub looked_up_by: LookedUpBy,
}

/// How something was looked for.
#[derive(Clone, PartialEq, Debug)]
pub enum LookedUpBy {
    /// By its id, as the thing the call is about.
    Id(String),
    /// By its id, as the member or the group of a membership to be made.
    MemberId(String),
    /// By another identifier.
    AlternateIdentifier,
    /// Not at all: a fault says of the store, by its id, that what the request is about is not there.
    ForcedByFault(String),
}

/// What it collides with.
#[derive(Clone, PartialEq, Debug)]
pub enum Conflict {
    /// Another resource of this kind has that value of a unique attribute.
    Duplicate(ResourceKind, Attribute),
    /// That membership exists.
    DuplicateMembership,
    /// The resource is not at the revision that the caller believes in.
    RevisionMismatch,
    /// Somebody else is writing.
    Concurrent,
    /// The store has an external identity provider, and may have but one.
    ProviderExists,
    /// The external identity provider is switched on (or off), and must not be for this.
    ProviderStatus {
        /// Whether it is switched on.
        enabled: bool,
    },
    /// The store has no external identity provider, and needs one for this.
    NoProvider,
    /// The store has a provisioning tenant, and may have but one.
    TenantExists,
    /// No valid certificate of the identity provider would be left.
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
    /// What they have in common.
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
