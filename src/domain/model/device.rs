//! MFA devices and portal sessions of users.

use super::id::{DeviceId, SessionId};
use super::meta::Timestamp;

/// How many MFA devices a user may have. Source: Huawei quota page.
pub const DEVICES_MAX: u64 = 2;
/// How many sessions a user may have open; as with every list here, there has to be a bound.
pub const SESSIONS_MAX: u64 = 100;

/// A second factor of a user.
#[derive(Clone, PartialEq, Debug)]
pub struct MfaDevice {
    /// Its id.
    pub id: DeviceId,
    /// What the service calls it.
    pub name: String,
    /// What the user calls it.
    pub display_name: String,
    /// When it was registered.
    pub registered: Timestamp,
}

/// A user's being signed in at the portal.
#[derive(Clone, PartialEq, Debug)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// When it was opened.
    pub created: Timestamp,
    /// When it ends by itself.
    pub not_after: Timestamp,
    /// From where the user came.
    pub ip_address: Option<String>,
    /// With what the user came.
    pub user_agent: Option<String>,
}
