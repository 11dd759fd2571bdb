//! The identity stores and the commands on them.
//!
//! This module knows no HTTP, no JSON and no tokio. Time, seed and caller are parameters, so the same
//! commands give the same stores, byte for byte.
//!
//! `model` is plain data; `store` is one identity store and the commands on it; the other modules
//! manage all stores.

mod clock;
mod directory;
mod ids;
pub mod lock;
mod model;
mod organization;
mod random;
mod snapshots;
mod store;
mod versions;

pub use clock::{CLOCK_START, CLOCK_STEP_MS, Clock, ClockSetting};
pub use directory::{Directory, STORES_MAX, StoreError, UnknownStorePolicy};
pub use ids::{
    RequestIds, TenantKind, aws_tenant_id, is_minted_store_id, rfc_tenant_id, scim_token, store_id,
    uuid,
};
pub use model::{
    AcceptedTokens, AccessChange, AccessOutcome, AccessQuery, Account, AccountAssignment,
    AccountId, AdminChange, AdminOutcome, AdminQuery, AlternateIdentifier, ApiError,
    AssignmentAction, AssignmentFailure, AssignmentRequest, AssignmentRequestId, AssignmentStatus,
    Attribute, AttributeCheck, AttributeOperation, AttributePath, AttributeValue, Attributes,
    AttributesRef, BearerToken, Call, Certificate, CertificateId, Change, Command, Comparison,
    Conflict, Constraint, CustomerManagedPolicy, DEVICES_MAX, Deletion, Denial, DeviceId,
    DuplicateResource, Edit, EditStep, ElementChange, Filter, FilterSubject, FindPage, ForeignCall,
    ForeignProtocol, Group, GroupId, GroupMembership, IDP_CERTIFICATES_MAX, IdentityProvider,
    IdentityProviderId, IdentityStoreId, IdpCertificate, IndexedRef, Instance, InstanceRef,
    Invalid, InvalidTimestamp, JsonType, ListFilter, ListRef, LookedUpBy, MemberId, MembershipId,
    Meta, MfaDevice, NewIdentityProvider, NotFound, OpenTenant, Operation, Operator, Organization,
    OrganizationOutcome, OrganizationQuery, Outcome, PATH_STEPS_MAX, Page, PageRequest,
    PasswordPolicy, Patch, PathSegment, PermissionSet, PermissionSetId, Principal, Provider,
    ProvisionedGroup, ProvisioningChange, ProvisioningOutcome, ProvisioningQuery,
    ProvisioningRejection, Query, Rejection, ResourceKind, ResourceList, ResourceUpdate, Revision,
    SESSIONS_MAX, SP_CERTIFICATES_MAX, ServiceProvider, Session, SessionId, SignedText,
    SpCertificate, Stamp, StringsRef, Summary, TENANTS_MAX, TOKENS_MAX, Tenant, TenantAccess,
    TenantId, TimeDifference, Timestamp, TokenId, TooLarge, Unauthenticated, UniqueProperty,
    UnknownMembers, UnknownOperation, User, UserId, ValueRef, Violation,
};
pub use random::draw;
pub use snapshots::{SNAPSHOTS_MAX, Snapshot, SnapshotError, Snapshots};
pub use store::{
    AdminKind, AdminResource, IdentityStore, IndexedStoreLoader, MembershipRef, RestoreError,
    StoreLoader, StoreRules,
};
pub use versions::{Staleness, VERSIONS_MAX};
