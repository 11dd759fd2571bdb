//! The classes of error that a rule can name: one row each. A new class is a row here.
//!
//! A row says which operations can have the error, and what the error is in the domain's terms. Each
//! dialect knows its form on the wire. Source for the operations: the `errors` lists of the AWS model.
//! Huawei's documents list statuses only, which agree.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::dialect::FaultSubject;
use crate::domain::{
    ApiError, Attribute, Conflict, DEVICES_MAX, LookedUpBy, NotFound, Operation, Rejection,
    ResourceKind, SP_CERTIFICATES_MAX, StoreRules, TENANTS_MAX, TOKENS_MAX, Unauthenticated,
    UnknownOperation,
};

use super::form::{deserialize_name, unknown_name};

/// What an error is made of.
#[derive(Debug)]
pub struct ErrorContext<'a> {
    /// The operation.
    pub operation: Operation,
    /// What the request names.
    pub subject: &'a FaultSubject<'a>,
    /// When the client may retry, in milliseconds.
    pub retry_after_ms: Option<u64>,
    /// The quotas, for the error that names one.
    pub quotas: StoreRules,
}

/// A class of error.
#[derive(Debug)]
pub struct Class {
    /// Its name in `do` and `error`.
    pub name: &'static str,
    /// What it means, in a few words.
    pub description: &'static str,
    /// Its reasons; the first is the default. A class without reasons has one without a name.
    pub reasons: &'static [Reason],
    /// Whether the error can say when to retry.
    pub has_retry_after: bool,
}

/// A variant of a class.
#[derive(Debug)]
pub struct Reason {
    /// Its name in `reason`; empty if the class has no reasons.
    pub name: &'static str,
    /// Whether the vendor's model lists the error for an operation.
    pub is_modelled: fn(Operation) -> bool,
    /// Makes the error.
    pub error: fn(&ErrorContext<'_>) -> ApiError,
}

/// Every class.
pub static CLASSES: &[Class] = &[
    with_retry_after("throttle", "too many requests", &[only(any, throttle)]),
    class(
        "conflict",
        "another request writes at the same time, or the value is taken",
        &[reason("concurrent", write, concurrent), reason("duplicate", sets_name, duplicate)],
    ),
    class("quota", "the store is full", &[only(meets_quota, quota)]),
    class("not-found", "what the request names does not exist", &[only(names_resource, not_found)]),
    class("invalid", "the request breaks a rule", &[only(any, invalid)]),
    class("denied", "the caller has no permission", &[only(any, denied)]),
    class("expired-token", "the credentials have expired", &[only(any, expired_token)]),
    class("bad-signature", "the signature does not match", &[only(any, bad_signature)]),
    class("clock-skew", "the signature is too old or too new", &[only(any, clock_skew)]),
    class(
        "unknown-operation",
        "the service does not have the operation",
        &[only(any, unknown_operation)],
    ),
    with_retry_after("internal", "the service failed", &[only(any, internal)]),
    with_retry_after("unavailable", "the service is unavailable", &[only(any, unavailable)]),
];

impl Class {
    /// The class of that name.
    ///
    /// # Errors
    /// There is none; the message lists them.
    pub fn find(name: &str) -> Result<&'static Self, String> {
        let names = || CLASSES.iter().map(|class| class.name).collect::<Vec<_>>();
        let found = CLASSES.iter().find(|class| class.name == name);
        found.ok_or_else(|| unknown_name("fault class", name, &names()))
    }
}

impl PartialEq for Class {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl<'de> Deserialize<'de> for &'static Class {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize_name(deserializer, "a class of error", Class::find)
    }
}

impl Serialize for Class {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name)
    }
}

impl JsonSchema for Class {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Class".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "enum": CLASSES.iter().map(|class| class.name).collect::<Vec<_>>() })
    }
}

const fn class(name: &'static str, description: &'static str, reasons: &'static [Reason]) -> Class {
    Class { name, description, reasons, has_retry_after: false }
}

/// A class whose error can say when to retry.
const fn with_retry_after(
    name: &'static str,
    description: &'static str,
    reasons: &'static [Reason],
) -> Class {
    Class { name, description, reasons, has_retry_after: true }
}

const fn reason(
    name: &'static str,
    is_modelled: fn(Operation) -> bool,
    error: fn(&ErrorContext<'_>) -> ApiError,
) -> Reason {
    Reason { name, is_modelled, error }
}

/// The reason of a class that has no others.
const fn only(
    is_modelled: fn(Operation) -> bool,
    error: fn(&ErrorContext<'_>) -> ApiError,
) -> Reason {
    reason("", is_modelled, error)
}

fn any(_: Operation) -> bool {
    true
}

fn write(operation: Operation) -> bool {
    !operation.is_read()
}

/// Whether an operation sets a unique value.
fn sets_name(operation: Operation) -> bool {
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
            | O::PutUser
            | O::PatchUser
            | O::PutGroup
            | O::PatchGroup
    )
}

/// Whether an operation can exceed a quota. Source: the AWS model, which lists creates and updates.
fn meets_quota(operation: Operation) -> bool {
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
            | O::CreateAccountAssignment
    )
}

/// Whether an operation names something that may be missing, at least its store.
fn names_resource(operation: Operation) -> bool {
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
            | O::ListAccounts
            | O::DescribeOrganization
            | O::ListRoots
    )
}

fn throttle(context: &ErrorContext<'_>) -> ApiError {
    ApiError::Throttled { retry_after_ms: context.retry_after_ms }
}

fn concurrent(_: &ErrorContext<'_>) -> ApiError {
    ApiError::Conflict(Conflict::Concurrent)
}

fn duplicate(context: &ErrorContext<'_>) -> ApiError {
    ApiError::Conflict(match context.operation.resource() {
        kind @ ResourceKind::Group => Conflict::Duplicate(kind, Attribute::DisplayName),
        ResourceKind::GroupMembership => Conflict::DuplicateMembership,
        ResourceKind::IdentityProvider => Conflict::ProviderExists,
        ResourceKind::ProvisioningTenant => Conflict::TenantExists,
        ResourceKind::User
        | ResourceKind::IdentityStore
        | ResourceKind::Instance
        | ResourceKind::PermissionSet
        | ResourceKind::AssignmentRequest
        | ResourceKind::Account
        | ResourceKind::OrganizationParent
        | ResourceKind::MfaDevice
        | ResourceKind::Session
        | ResourceKind::Certificate
        | ResourceKind::BearerToken => Conflict::Duplicate(ResourceKind::User, Attribute::UserName),
    })
}

fn quota(context: &ErrorContext<'_>) -> ApiError {
    let (kind, limit) = match context.operation.resource() {
        kind @ ResourceKind::Group => (kind, context.quotas.groups_max),
        // Assumed: neither vendor documents a quota of memberships of a store. A user can be in 1,000
        // groups. Source: Huawei quota page; AWS has the same limit for permissions.
        kind @ ResourceKind::GroupMembership => (kind, 1_000),
        kind @ ResourceKind::MfaDevice => (kind, DEVICES_MAX),
        kind @ ResourceKind::Certificate => (kind, SP_CERTIFICATES_MAX),
        kind @ ResourceKind::ProvisioningTenant => (kind, TENANTS_MAX),
        kind @ ResourceKind::BearerToken => (kind, TOKENS_MAX),
        // Assumed: the limit. Source for the error: API_CreateAccountAssignment.
        kind @ ResourceKind::PermissionSet => (kind, 2_000),
        ResourceKind::User
        | ResourceKind::IdentityStore
        | ResourceKind::Instance
        | ResourceKind::AssignmentRequest
        | ResourceKind::Account
        | ResourceKind::OrganizationParent
        | ResourceKind::Session
        | ResourceKind::IdentityProvider => (ResourceKind::User, context.quotas.users_max),
    };
    ApiError::QuotaExceeded { kind, limit }
}

/// The resource that the request names by its id, or else the store.
fn not_found(context: &ErrorContext<'_>) -> ApiError {
    use Operation as O;
    let (user, group) = (context.subject.user, context.subject.group);
    let by_id = |id: &str| LookedUpBy::Id(id.to_owned());
    let as_member = |id: &str| LookedUpBy::MemberId(id.to_owned());
    let found = match context.operation {
        O::GetUserId => Some((ResourceKind::User, LookedUpBy::AlternateIdentifier)),
        O::GetGroupId => Some((ResourceKind::Group, LookedUpBy::AlternateIdentifier)),
        O::GetGroupMembershipId | O::DescribeGroupMembership | O::DeleteGroupMembership => {
            let membership = context.subject.membership;
            let looked_up_by = membership.map_or(LookedUpBy::AlternateIdentifier, by_id);
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
        O::ListIdentityStoreAssociation
        | O::DescribeInstance
        | O::ListPermissionSets
        | O::ListPermissionSetsProvisionedToAccount
        | O::ListAccountAssignmentsForPrincipal => {
            Some((ResourceKind::Instance, LookedUpBy::AlternateIdentifier))
        }
        O::DescribePermissionSet
        | O::ListAccountsForProvisionedPermissionSet
        | O::ListAccountAssignments
        | O::CreateAccountAssignment
        | O::DeleteAccountAssignment
        | O::ListTagsForResource
        | O::GetInlinePolicyForPermissionSet
        | O::ListManagedPoliciesInPermissionSet
        | O::ListCustomerManagedPolicyReferencesInPermissionSet => {
            Some((ResourceKind::PermissionSet, LookedUpBy::AlternateIdentifier))
        }
        O::DescribeAccountAssignmentCreationStatus | O::DescribeAccountAssignmentDeletionStatus => {
            Some((ResourceKind::AssignmentRequest, LookedUpBy::AlternateIdentifier))
        }
        O::ListAccounts | O::DescribeAccount | O::DescribeOrganization => {
            Some((ResourceKind::Account, LookedUpBy::AlternateIdentifier))
        }
        O::ListRoots | O::ListOrganizationalUnitsForParent => {
            Some((ResourceKind::OrganizationParent, LookedUpBy::AlternateIdentifier))
        }
        O::DeleteBearerToken => Some((ResourceKind::BearerToken, LookedUpBy::AlternateIdentifier)),
        _ => user
            .map(|id| (ResourceKind::User, by_id(id)))
            .or_else(|| group.map(|id| (ResourceKind::Group, by_id(id)))),
    };
    let store = context.subject.store.unwrap_or_default();
    let store = || (ResourceKind::IdentityStore, LookedUpBy::ForcedByFault(store.to_owned()));
    let (kind, looked_up_by) = found.unwrap_or_else(store);
    ApiError::NotFound(NotFound { kind, looked_up_by })
}

fn invalid(_: &ErrorContext<'_>) -> ApiError {
    ApiError::Rejected(Rejection::ForcedByFault)
}

fn denied(context: &ErrorContext<'_>) -> ApiError {
    ApiError::AccessDenied(Box::new(context.subject.denial(context.operation)))
}

fn expired_token(_: &ErrorContext<'_>) -> ApiError {
    ApiError::Unauthenticated(Unauthenticated::ExpiredToken)
}

fn bad_signature(_: &ErrorContext<'_>) -> ApiError {
    ApiError::Unauthenticated(Unauthenticated::BadSignature(None))
}

fn clock_skew(_: &ErrorContext<'_>) -> ApiError {
    ApiError::Unauthenticated(Unauthenticated::ClockSkew(None))
}

fn unknown_operation(_: &ErrorContext<'_>) -> ApiError {
    ApiError::UnknownOperation(UnknownOperation::Name)
}

fn internal(context: &ErrorContext<'_>) -> ApiError {
    ApiError::Internal { retry_after_ms: context.retry_after_ms }
}

fn unavailable(context: &ErrorContext<'_>) -> ApiError {
    ApiError::Unavailable { retry_after_ms: context.retry_after_ms }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Denial;

    fn error(
        class: &str,
        reason: usize,
        operation: Operation,
        subject: &FaultSubject<'_>,
    ) -> ApiError {
        let quotas = StoreRules::default();
        let membership = Some("m-1").filter(|_| operation == Operation::DescribeGroupMembership);
        let subject = FaultSubject { membership, ..subject.clone() };
        let context =
            ErrorContext { operation, subject: &subject, retry_after_ms: Some(5), quotas };
        let class = Class::find(class).expect("a class");
        (class.reasons[reason].error)(&context)
    }

    #[test]
    fn names_are_unique_and_every_class_has_a_reason() {
        for (at, class) in CLASSES.iter().enumerate() {
            assert!(CLASSES[..at].iter().all(|other| other.name != class.name), "{}", class.name);
            assert!(!class.reasons.is_empty() && !class.description.is_empty(), "{}", class.name);
        }
    }

    #[test]
    fn classes_make_errors_of_the_domain() {
        use Operation as O;
        let subject =
            FaultSubject { store: Some("d-1"), user: Some("u-1"), ..FaultSubject::default() };
        let sent = |class, reason, operation| error(class, reason, operation, &subject);
        let (kind, after) = (ResourceKind::User, Some(5));
        let rows = [
            (sent("throttle", 0, O::ListUsers), ApiError::Throttled { retry_after_ms: after }),
            (sent("conflict", 0, O::UpdateUser), ApiError::Conflict(Conflict::Concurrent)),
            (
                sent("conflict", 1, O::UpdateUser),
                ApiError::Conflict(Conflict::Duplicate(kind, Attribute::UserName)),
            ),
            (
                sent("conflict", 1, O::CreateGroup),
                ApiError::Conflict(Conflict::Duplicate(
                    ResourceKind::Group,
                    Attribute::DisplayName,
                )),
            ),
            (
                sent("conflict", 1, O::CreateGroupMembership),
                ApiError::Conflict(Conflict::DuplicateMembership),
            ),
            (sent("quota", 0, O::CreateUser), ApiError::QuotaExceeded { kind, limit: 200_000 }),
            (
                sent("not-found", 0, O::UpdateUser),
                ApiError::NotFound(NotFound { kind, looked_up_by: LookedUpBy::Id("u-1".into()) }),
            ),
            (
                sent("not-found", 0, O::GetUserId),
                ApiError::NotFound(NotFound {
                    kind,
                    looked_up_by: LookedUpBy::AlternateIdentifier,
                }),
            ),
            (
                sent("conflict", 1, O::CreateExternalIdPConfigurationForDirectory),
                ApiError::Conflict(Conflict::ProviderExists),
            ),
            (
                sent("quota", 0, O::CreateBearerToken),
                ApiError::QuotaExceeded { kind: ResourceKind::BearerToken, limit: 2 },
            ),
            (
                sent("not-found", 0, O::EnableExternalIdPConfigurationForDirectory),
                ApiError::NotFound(NotFound {
                    kind: ResourceKind::IdentityProvider,
                    looked_up_by: LookedUpBy::AlternateIdentifier,
                }),
            ),
            (sent("invalid", 0, O::GetUserId), ApiError::Rejected(Rejection::ForcedByFault)),
            (
                sent("denied", 0, O::GetUserId),
                ApiError::AccessDenied(Box::new(Denial {
                    operation: "GetUserId",
                    store: Some("d-1".into()),
                    user: Some("u-1".into()),
                    ..Denial::default()
                })),
            ),
            (sent("internal", 0, O::GetUserId), ApiError::Internal { retry_after_ms: after }),
            (sent("unavailable", 0, O::GetUserId), ApiError::Unavailable { retry_after_ms: after }),
        ];
        for (sent, expected) in rows {
            assert_eq!(sent, expected);
        }
    }

    #[test]
    fn unknown_operation_is_an_error_of_the_protocol() {
        let sent = error("unknown-operation", 0, Operation::ListUsers, &FaultSubject::default());
        assert_eq!(sent, ApiError::UnknownOperation(UnknownOperation::Name));
    }

    #[test]
    fn three_classes_are_errors_of_authentication() {
        let subject = FaultSubject::default();
        for (class, reason) in [
            ("expired-token", Unauthenticated::ExpiredToken),
            ("bad-signature", Unauthenticated::BadSignature(None)),
            ("clock-skew", Unauthenticated::ClockSkew(None)),
        ] {
            let sent = error(class, 0, Operation::ListUsers, &subject);
            assert_eq!(sent, ApiError::Unauthenticated(reason));
        }
    }

    #[test]
    fn requests_without_ids_miss_their_store() {
        let subject = FaultSubject { store: Some("d-1"), ..FaultSubject::default() };
        let looked_up_by = LookedUpBy::ForcedByFault("d-1".into());
        let expected =
            ApiError::NotFound(NotFound { kind: ResourceKind::IdentityStore, looked_up_by });
        assert_eq!(error("not-found", 0, Operation::CreateUser, &subject), expected);
    }

    #[test]
    fn requests_with_a_membership_id_miss_the_membership() {
        let looked_up_by = LookedUpBy::Id("m-1".into());
        let kind = ResourceKind::GroupMembership;
        let expected = ApiError::NotFound(NotFound { kind, looked_up_by });
        let operation = Operation::DescribeGroupMembership;
        assert_eq!(error("not-found", 0, operation, &FaultSubject::default()), expected);
    }

    #[test]
    fn conflict_and_quota_are_modelled_for_some_operations() {
        let may = |class: &str, operation| {
            (Class::find(class).expect("a class").reasons[0].is_modelled)(operation)
        };
        assert!(may("conflict", Operation::DeleteUser) && !may("conflict", Operation::ListUsers));
        assert!(may("quota", Operation::CreateGroupMembership));
        assert!(!may("quota", Operation::DescribeUser) && !may("quota", Operation::DeleteUser));
    }
}
