//! The classes of error that a rule can name: one row each. A new class is a row here.
//!
//! A row says which operations may answer so, and what the error is in the domain's terms. How it
//! looks on the wire is each dialect's matter. Source of which operation may answer what: the
//! `errors` lists of the AWS model; Huawei's documents list statuses only, which agree.

use crate::dialect::FaultSubject;
use crate::domain::{
    ApiError, Attribute, Conflict, DEVICES_MAX, Denial, LookedUpBy, NotFound, Operation, Rejection,
    ResourceKind, SP_CERTIFICATES_MAX, StoreRules, TENANTS_MAX, TOKENS_MAX, Unauthenticated,
    UnknownOperation,
};

/// What an error may be made of.
#[derive(Debug)]
pub struct Ask<'a> {
    /// The operation.
    pub operation: Operation,
    /// What the request names.
    pub subject: &'a FaultSubject<'a>,
    /// The id of the membership that it names.
    pub membership: Option<&'a str>,
    /// When to come back, in milliseconds.
    pub retry_after_ms: Option<u64>,
    /// The quotas, for the error that tells of one.
    pub quotas: StoreRules,
}

/// A class of error.
#[derive(Debug)]
pub struct Class {
    /// What `do` calls it.
    pub name: &'static str,
    /// What it stands for, in a few words.
    pub doc: &'static str,
    /// Its reasons; the first is meant where none is named. One without a name has no others.
    pub reasons: &'static [Reason],
    /// Whether it can tell when to come back.
    pub retry_after: bool,
}

/// One kind of a class.
#[derive(Debug)]
pub struct Reason {
    /// What `reason` calls it; empty where the class has no kinds.
    pub name: &'static str,
    /// Whether an operation may answer so.
    pub may: fn(Operation) -> bool,
    /// The error.
    pub error: fn(&Ask<'_>) -> ApiError,
}

/// Every class.
pub static CLASSES: &[Class] = &[
    telling("throttle", "too many requests", &[plain(any, throttle)]),
    class(
        "conflict",
        "somebody else is writing, or the value is taken",
        &[reason("concurrent", write, concurrent), reason("duplicate", names, duplicate)],
    ),
    class("quota", "the store is full", &[plain(grows, quota)]),
    class("not-found", "what the request names is not there", &[plain(looks, not_found)]),
    class("invalid", "the request breaks a rule", &[plain(any, invalid)]),
    class("denied", "the caller may not", &[plain(any, denied)]),
    class("expired-token", "the credentials have run out", &[plain(any, expired_token)]),
    class("bad-signature", "the signature does not match", &[plain(any, bad_signature)]),
    class("clock-skew", "the signature is too old or too young", &[plain(any, clock_skew)]),
    class(
        "unknown-operation",
        "the service does not have the operation",
        &[plain(any, unknown_operation)],
    ),
    telling("internal", "the service failed", &[plain(any, internal)]),
    telling("unavailable", "the service is not there for the moment", &[plain(any, unavailable)]),
];

/// The class of that name.
pub fn find(name: &str) -> Option<&'static Class> {
    CLASSES.iter().find(|class| class.name == name)
}

const fn class(name: &'static str, doc: &'static str, reasons: &'static [Reason]) -> Class {
    Class { name, doc, reasons, retry_after: false }
}

/// The same, and it can tell when to come back.
const fn telling(name: &'static str, doc: &'static str, reasons: &'static [Reason]) -> Class {
    Class { name, doc, reasons, retry_after: true }
}

const fn reason(
    name: &'static str,
    may: fn(Operation) -> bool,
    error: fn(&Ask<'_>) -> ApiError,
) -> Reason {
    Reason { name, may, error }
}

const fn plain(may: fn(Operation) -> bool, error: fn(&Ask<'_>) -> ApiError) -> Reason {
    reason("", may, error)
}

fn any(_: Operation) -> bool {
    true
}

fn write(operation: Operation) -> bool {
    !operation.is_read()
}

/// Sets a unique value.
fn names(operation: Operation) -> bool {
    use Operation as O;
    matches!(
        operation,
        O::CreateUser
            | O::UpdateUser
            | O::CreateGroup
            | O::UpdateGroup
            | O::CreateGroupMembership
            | O::CreateExternalIdPConfigurationForDirectory
            | O::CreateProvisioningTenant
    )
}

/// May meet a quota: by the AWS model creates, and updates as well.
fn grows(operation: Operation) -> bool {
    use Operation as O;
    matches!(
        operation,
        O::CreateUser
            | O::UpdateUser
            | O::CreateGroup
            | O::UpdateGroup
            | O::CreateGroupMembership
            | O::RegisterMfaDeviceForUser
            | O::ImportExternalIdPCertificate
            | O::CreateSpCertificate
            | O::CreateProvisioningTenant
            | O::CreateBearerToken
    )
}

/// Names something that may be missing, if only its store.
fn looks(operation: Operation) -> bool {
    use Operation as O;
    !matches!(
        operation,
        O::ListIdentityStores
            | O::ListInstances
            | O::KeystoneListProjects
            | O::KeystoneListAuthDomains
            | O::GetCallerIdentity
            | O::DescribeRegisteredRegions
            | O::GetIdentityCenterServiceStatus
    )
}

fn throttle(ask: &Ask<'_>) -> ApiError {
    ApiError::Throttled { retry_after_ms: ask.retry_after_ms }
}

fn concurrent(_: &Ask<'_>) -> ApiError {
    ApiError::Conflict(Conflict::Concurrent)
}

fn duplicate(ask: &Ask<'_>) -> ApiError {
    ApiError::Conflict(match ask.operation.resource() {
        kind @ ResourceKind::Group => Conflict::Duplicate(kind, Attribute::DisplayName),
        ResourceKind::GroupMembership => Conflict::DuplicateMembership,
        ResourceKind::IdentityProvider => Conflict::ProviderExists,
        ResourceKind::ProvisioningTenant => Conflict::TenantExists,
        ResourceKind::User
        | ResourceKind::IdentityStore
        | ResourceKind::Instance
        | ResourceKind::MfaDevice
        | ResourceKind::Session
        | ResourceKind::Certificate
        | ResourceKind::BearerToken => Conflict::Duplicate(ResourceKind::User, Attribute::UserName),
    })
}

fn quota(ask: &Ask<'_>) -> ApiError {
    let (kind, limit) = match ask.operation.resource() {
        kind @ ResourceKind::Group => (kind, ask.quotas.groups_max),
        // Assumed: neither vendor tells of a quota that a membership meets at the store; a user may
        // be in 1,000 groups. Source: Huawei quota page; AWS counts as many for permissions.
        kind @ ResourceKind::GroupMembership => (kind, 1_000),
        kind @ ResourceKind::MfaDevice => (kind, DEVICES_MAX),
        kind @ ResourceKind::Certificate => (kind, SP_CERTIFICATES_MAX),
        kind @ ResourceKind::ProvisioningTenant => (kind, TENANTS_MAX),
        kind @ ResourceKind::BearerToken => (kind, TOKENS_MAX),
        ResourceKind::User
        | ResourceKind::IdentityStore
        | ResourceKind::Instance
        | ResourceKind::Session
        | ResourceKind::IdentityProvider => (ResourceKind::User, ask.quotas.users_max),
    };
    ApiError::QuotaExceeded { kind, limit }
}

/// What the request names most closely: by its id where it has one, else the store.
fn not_found(ask: &Ask<'_>) -> ApiError {
    use Operation as O;
    let (user, group) = (ask.subject.user, ask.subject.group);
    let by_id = |id: &str| LookedUpBy::Id(id.to_owned());
    let as_member = |id: &str| LookedUpBy::MemberId(id.to_owned());
    let found = match ask.operation {
        O::GetUserId => Some((ResourceKind::User, LookedUpBy::AlternateIdentifier)),
        O::GetGroupId => Some((ResourceKind::Group, LookedUpBy::AlternateIdentifier)),
        O::GetGroupMembershipId | O::DescribeGroupMembership | O::DeleteGroupMembership => {
            let looked_up_by = ask.membership.map_or(LookedUpBy::AlternateIdentifier, by_id);
            Some((ResourceKind::GroupMembership, looked_up_by))
        }
        O::CreateGroupMembership => user
            .map(|id| (ResourceKind::User, as_member(id)))
            .or_else(|| group.map(|id| (ResourceKind::Group, as_member(id)))),
        O::UpdateMfaDeviceForUser | O::DeleteMfaDeviceForUser => {
            Some((ResourceKind::MfaDevice, LookedUpBy::AlternateIdentifier))
        }
        O::UpdateExternalIdPConfigurationForDirectory
        | O::DeleteExternalIdPConfigurationForDirectory
        | O::EnableExternalIdPConfigurationForDirectory
        | O::DisableExternalIdPConfigurationForDirectory
        | O::ImportExternalIdPCertificate
        | O::ListExternalIdPCertificates => {
            Some((ResourceKind::IdentityProvider, LookedUpBy::AlternateIdentifier))
        }
        O::DeleteExternalIdPCertificate | O::UpdateSpActiveCertificate | O::DeleteSpCertificate => {
            Some((ResourceKind::Certificate, LookedUpBy::AlternateIdentifier))
        }
        O::DeleteProvisioningTenant | O::CreateBearerToken | O::ListBearerTokens => {
            Some((ResourceKind::ProvisioningTenant, LookedUpBy::AlternateIdentifier))
        }
        O::ListIdentityStoreAssociation => {
            Some((ResourceKind::Instance, LookedUpBy::AlternateIdentifier))
        }
        O::DeleteBearerToken => Some((ResourceKind::BearerToken, LookedUpBy::AlternateIdentifier)),
        _ => user
            .map(|id| (ResourceKind::User, by_id(id)))
            .or_else(|| group.map(|id| (ResourceKind::Group, by_id(id)))),
    };
    let store = ask.subject.store.unwrap_or_default();
    let store = || (ResourceKind::IdentityStore, LookedUpBy::ForcedByFault(store.to_owned()));
    let (kind, looked_up_by) = found.unwrap_or_else(store);
    ApiError::NotFound(NotFound { kind, looked_up_by })
}

fn invalid(_: &Ask<'_>) -> ApiError {
    ApiError::Rejected(Rejection::ForcedByFault)
}

fn denied(ask: &Ask<'_>) -> ApiError {
    let subject = ask.subject;
    ApiError::AccessDenied(Denial {
        operation: ask.operation.name(),
        store: subject.store.map(str::to_owned),
        group: subject.group.map(str::to_owned),
        user: subject.user.map(str::to_owned),
        membership: ask.membership.map(str::to_owned),
    })
}

fn expired_token(_: &Ask<'_>) -> ApiError {
    ApiError::Unauthenticated(Unauthenticated::ExpiredToken)
}

fn bad_signature(_: &Ask<'_>) -> ApiError {
    ApiError::Unauthenticated(Unauthenticated::BadSignature)
}

fn clock_skew(_: &Ask<'_>) -> ApiError {
    ApiError::Unauthenticated(Unauthenticated::ClockSkew)
}

fn unknown_operation(_: &Ask<'_>) -> ApiError {
    ApiError::UnknownOperation(UnknownOperation::Name)
}

fn internal(ask: &Ask<'_>) -> ApiError {
    ApiError::Internal { retry_after_ms: ask.retry_after_ms }
}

fn unavailable(ask: &Ask<'_>) -> ApiError {
    ApiError::Unavailable { retry_after_ms: ask.retry_after_ms }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(
        class: &str,
        reason: usize,
        operation: Operation,
        subject: &FaultSubject<'_>,
    ) -> ApiError {
        let quotas = StoreRules::default();
        let membership = Some("m-1").filter(|_| operation == Operation::DescribeGroupMembership);
        let ask = Ask { operation, subject, membership, retry_after_ms: Some(5), quotas };
        let class = find(class).expect("a class");
        (class.reasons[reason].error)(&ask)
    }

    #[test]
    fn names_are_unique_and_every_class_has_a_reason() {
        for (at, class) in CLASSES.iter().enumerate() {
            assert!(CLASSES[..at].iter().all(|other| other.name != class.name), "{}", class.name);
            assert!(!class.reasons.is_empty() && !class.doc.is_empty(), "{}", class.name);
        }
    }

    #[test]
    fn each_class_is_an_error_of_the_domain() {
        use Operation as O;
        let subject =
            FaultSubject { store: Some("d-1"), user: Some("u-1"), ..FaultSubject::default() };
        let told = |class, reason, operation| error(class, reason, operation, &subject);
        let (kind, after) = (ResourceKind::User, Some(5));
        let rows = [
            (told("throttle", 0, O::ListUsers), ApiError::Throttled { retry_after_ms: after }),
            (told("conflict", 0, O::UpdateUser), ApiError::Conflict(Conflict::Concurrent)),
            (
                told("conflict", 1, O::UpdateUser),
                ApiError::Conflict(Conflict::Duplicate(kind, Attribute::UserName)),
            ),
            (
                told("conflict", 1, O::CreateGroup),
                ApiError::Conflict(Conflict::Duplicate(
                    ResourceKind::Group,
                    Attribute::DisplayName,
                )),
            ),
            (
                told("conflict", 1, O::CreateGroupMembership),
                ApiError::Conflict(Conflict::DuplicateMembership),
            ),
            (told("quota", 0, O::CreateUser), ApiError::QuotaExceeded { kind, limit: 200_000 }),
            (
                told("not-found", 0, O::UpdateUser),
                ApiError::NotFound(NotFound { kind, looked_up_by: LookedUpBy::Id("u-1".into()) }),
            ),
            (
                told("not-found", 0, O::GetUserId),
                ApiError::NotFound(NotFound {
                    kind,
                    looked_up_by: LookedUpBy::AlternateIdentifier,
                }),
            ),
            (
                told("conflict", 1, O::CreateExternalIdPConfigurationForDirectory),
                ApiError::Conflict(Conflict::ProviderExists),
            ),
            (
                told("quota", 0, O::CreateBearerToken),
                ApiError::QuotaExceeded { kind: ResourceKind::BearerToken, limit: 2 },
            ),
            (
                told("not-found", 0, O::EnableExternalIdPConfigurationForDirectory),
                ApiError::NotFound(NotFound {
                    kind: ResourceKind::IdentityProvider,
                    looked_up_by: LookedUpBy::AlternateIdentifier,
                }),
            ),
            (told("invalid", 0, O::GetUserId), ApiError::Rejected(Rejection::ForcedByFault)),
            (
                told("denied", 0, O::GetUserId),
                ApiError::AccessDenied(Denial {
                    operation: "GetUserId",
                    store: Some("d-1".into()),
                    user: Some("u-1".into()),
                    ..Denial::default()
                }),
            ),
            (told("internal", 0, O::GetUserId), ApiError::Internal { retry_after_ms: after }),
            (told("unavailable", 0, O::GetUserId), ApiError::Unavailable { retry_after_ms: after }),
        ];
        for (told, expected) in rows {
            assert_eq!(told, expected);
        }
    }

    #[test]
    fn unknown_operation_is_an_error_of_the_protocol() {
        let told = error("unknown-operation", 0, Operation::ListUsers, &FaultSubject::default());
        assert_eq!(told, ApiError::UnknownOperation(UnknownOperation::Name));
    }

    #[test]
    fn the_gate_has_three_classes() {
        let subject = FaultSubject::default();
        for (class, reason) in [
            ("expired-token", Unauthenticated::ExpiredToken),
            ("bad-signature", Unauthenticated::BadSignature),
            ("clock-skew", Unauthenticated::ClockSkew),
        ] {
            let told = error(class, 0, Operation::ListUsers, &subject);
            assert_eq!(told, ApiError::Unauthenticated(reason));
        }
    }

    #[test]
    fn what_names_only_its_store_misses_the_store() {
        let subject = FaultSubject { store: Some("d-1"), ..FaultSubject::default() };
        let looked_up_by = LookedUpBy::ForcedByFault("d-1".into());
        let expected =
            ApiError::NotFound(NotFound { kind: ResourceKind::IdentityStore, looked_up_by });
        assert_eq!(error("not-found", 0, Operation::CreateUser, &subject), expected);
    }

    #[test]
    fn a_membership_is_missed_by_its_id() {
        let looked_up_by = LookedUpBy::Id("m-1".into());
        let kind = ResourceKind::GroupMembership;
        let expected = ApiError::NotFound(NotFound { kind, looked_up_by });
        let operation = Operation::DescribeGroupMembership;
        assert_eq!(error("not-found", 0, operation, &FaultSubject::default()), expected);
    }

    #[test]
    fn conflict_and_quota_only_where_the_model_lists_them() {
        let may =
            |class: &str, operation| (find(class).expect("a class").reasons[0].may)(operation);
        assert!(may("conflict", Operation::DeleteUser) && !may("conflict", Operation::ListUsers));
        assert!(may("quota", Operation::CreateGroupMembership));
        assert!(!may("quota", Operation::DescribeUser) && !may("quota", Operation::DeleteUser));
    }
}
