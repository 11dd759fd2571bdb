//! MFA devices and portal sessions of users.

use super::id::{DeviceId, SessionId};
use super::meta::Timestamp;

/// The greatest number of MFA devices of a user. Source: Huawei quota page.
pub const DEVICES_MAX: u64 = 2;
/// The greatest number of open sessions of a user. Assumed: no document has a limit.
pub const SESSIONS_MAX: u64 = 100;

/// An MFA device of a user.
#[derive(Clone, PartialEq, Debug)]
pub struct MfaDevice {
    /// The id.
    pub id: DeviceId,
    /// The name that the service gives it.
    pub name: String,
    /// The name that the user gives it.
    pub display_name: String,
    /// The time of registration.
    pub registered: Timestamp,
}

impl MfaDevice {
    /// The name that the service gives to a device: `mfa-` and the first 8 characters of its id, or all of a
    /// shorter one. Assumed.
    pub fn default_name(id: &str) -> String {
        format!("mfa-{}", id.get(..8).unwrap_or(id))
    }
}

/// A portal session of a user.
#[derive(Clone, PartialEq, Debug)]
pub struct Session {
    /// The id.
    pub id: SessionId,
    /// The time of the sign-in.
    pub created: Timestamp,
    /// The time at which it expires.
    pub not_after: Timestamp,
    /// The IP address of the user.
    pub ip_address: Option<String>,
    /// The user agent of the browser.
    pub user_agent: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::MfaDevice;

    #[test]
    fn default_name_takes_an_id_of_any_length() {
        assert_eq!(MfaDevice::default_name("12345678-84d1-7085-af72-177fb24da2e7"), "mfa-12345678");
        assert_eq!(MfaDevice::default_name("1234"), "mfa-1234");
        assert_eq!(MfaDevice::default_name(""), "mfa-");
        assert_eq!(MfaDevice::default_name("1234567\u{e9}"), "mfa-1234567\u{e9}");
    }
}
