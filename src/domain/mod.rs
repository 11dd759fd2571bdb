//! The identity rules: what a directory holds and what may be done to it.
//!
//! Knows no HTTP, no JSON and no tokio. Time, ids and the caller come in by parameter, so that the
//! same commands give the same directory, byte for byte.

pub mod admin;
pub mod attribute;
pub mod certificate;
pub mod command;
pub mod devices;
pub mod directory;
pub mod error;
mod groups;
pub mod kept;
pub mod lock;
mod many;
mod memberships;
pub mod outcome;
mod packed;
pub mod password_policy;
pub mod providers;
pub mod provisioning;
pub mod resource;
pub mod service_provider;
mod shared;
pub mod snapshots;
pub mod source;
pub mod store;
mod table;
mod users;

pub use admin::{AdminChange, AdminOutcome, AdminQuery};
pub use attribute::{
    Attribute, AttributeOperation, AttributePath, Attributes, Held, List, Many, Texts, Value, View,
};
pub use certificate::Certificate;
pub use command::{
    AlternateIdentifier, Call, Change, Command, Deletion, Filter, Operation, PageRequest, Patch,
    Query,
};
pub use directory::{Directory, Lag, STORES_MAX, StoreError, UnknownStore, VERSIONS_MAX};
pub use error::{
    ApiError, Conflict, Constraint, Denial, Invalid, Kind, Looked, NotFound, Refusal, ResourceKind,
    Segment, TooLarge, Unauthenticated, UnknownOperation, Violation,
};
pub use kept::{Kept, NotKept, Sequence};
pub use memberships::Joined;
pub use outcome::{Outcome, Page, Summary};
pub use password_policy::PasswordPolicy;
pub use providers::NewIdentityProvider;
pub use resource::{
    CertificateId, DeviceId, Group, GroupId, GroupMembership, IdentityProviderId, IdentityStoreId,
    MemberId, MembershipId, Meta, Revision, SessionId, Stamp, TenantId, Timestamp, TokenId, User,
    UserId,
};
pub use snapshots::{SNAPSHOTS_MAX, Snapshot, SnapshotError, Snapshots};
pub use source::{Clock, ClockSetting, Ids, TIME_MAX};
pub use store::{IdentityStore, StoreRules};
