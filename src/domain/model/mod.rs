//! Plain data: resources, commands, outcomes and errors. No behaviour of a store is here.

mod access;
mod admin;
mod attribute;
mod attributes;
mod certificate;
mod command;
mod device;
mod error;
mod group;
mod id;
mod identity_provider;
mod membership;
mod meta;
mod operation;
mod outcome;
mod page;
mod password_policy;
mod provisioning;
mod service_provider;
mod tenant;
mod update;
mod user;

pub use access::{
    AccessChange, AccessOutcome, AccessQuery, Account, AccountAssignment, AssignmentAction,
    AssignmentFailure, AssignmentRequest, AssignmentStatus, CustomerManagedPolicy, InstanceRef,
    Organization, OrganizationOutcome, OrganizationQuery, PermissionSet, Principal,
};
pub use admin::{AdminChange, AdminOutcome, AdminQuery, Provider};
pub use attribute::{Attribute, AttributePath, PATH_STEPS_MAX};
pub use attributes::{
    AttributeOperation, AttributeValue, Attributes, AttributesRef, IndexedRef, ListRef, StringsRef,
    ValueRef,
};
pub use certificate::Certificate;
pub use command::{AlternateIdentifier, Call, Change, Command, Deletion, ListFilter, Patch, Query};
pub use device::{DEVICES_MAX, MfaDevice, SESSIONS_MAX, Session};
pub use error::{
    ApiError, Conflict, Constraint, Denial, DuplicateResource, ForeignCall, ForeignProtocol,
    Invalid, JsonType, LookedUpBy, NotFound, PathSegment, ProvisioningRejection, Rejection,
    ResourceKind, ResourceList, SignedText, TimeDifference, TooLarge, Unauthenticated,
    UniqueProperty, UnknownOperation, Violation,
};
pub use group::Group;
pub use id::{
    AccountId, AssignmentRequestId, CertificateId, DeviceId, GroupId, IdentityProviderId,
    IdentityStoreId, MembershipId, PermissionSetId, SessionId, TenantId, TokenId, UserId,
};
pub use identity_provider::{
    IDP_CERTIFICATES_MAX, IdentityProvider, IdpCertificate, NewIdentityProvider,
};
pub use membership::{GroupMembership, MemberId};
pub use meta::{InvalidTimestamp, Meta, Revision, Stamp, Timestamp};
pub use operation::Operation;
pub use outcome::{Instance, Outcome, Summary};
pub use page::{Page, PageRequest};
pub use password_policy::PasswordPolicy;
pub use provisioning::{
    AcceptedTokens, AttributeCheck, Comparison, Edit, EditStep, ElementChange, Filter,
    FilterSubject, FindPage, OpenTenant, Operator, ProvisionedGroup, ProvisioningChange,
    ProvisioningOutcome, ProvisioningQuery, TenantAccess, UnknownMembers,
};
pub use service_provider::{SP_CERTIFICATES_MAX, ServiceProvider, SpCertificate};
pub use tenant::{BearerToken, TENANTS_MAX, TOKENS_MAX, Tenant};
pub use update::ResourceUpdate;
pub use user::User;
