//! What a user signs in with and is signed in by: MFA devices and portal sessions. Both go with the user.

use std::sync::Arc;

use super::Sequence;
use crate::domain::model::{
    AdminOutcome, ApiError, DEVICES_MAX, DeviceId, MfaDevice, Outcome, ResourceKind, SESSIONS_MAX,
    Session, SessionId, Stamp, Timestamp, UserId,
};
use crate::domain::store::IdentityStore;

/// How long a session holds. Assumed: eight hours, what the console offers first.
const SESSION_MS: i64 = 8 * 60 * 60 * 1000;

impl IdentityStore {
    /// Registers an MFA device. Source: Huawei RegisterMfaDeviceForUser, which answers a link for the
    /// user to follow. Assumed: the link is followed at once, for nobody is here to do it.
    ///
    /// # Errors
    /// `NotFound` where the user is unknown; `QuotaExceeded` where it has as many as it may.
    pub(super) fn register_mfa_device(
        &mut self,
        stamp: &Stamp,
        user: UserId,
    ) -> Result<Outcome, ApiError> {
        let (position, _) = self.user(&user)?;
        let held = self.admin.devices.of(position).len();
        Self::room(ResourceKind::MfaDevice, held, DEVICES_MAX)?;
        let n = self.made(Sequence::MfaDevice);
        let id = self.next_id(Sequence::MfaDevice);
        let name = device_name(&id);
        let work_flow = self.secret("mfa work flow", n);
        let display_name = name.clone();
        let device = MfaDevice { id: id.into(), name, display_name, registered: stamp.at };
        self.admin.devices.push(position, Arc::new(device));
        Ok(AdminOutcome::MfaRegistration { user, work_flow }.into())
    }

    /// Gives a device another display name. Source: Huawei UpdateMfaDeviceForUser.
    ///
    /// # Errors
    /// `NotFound`, user first.
    pub(super) fn rename_mfa_device(
        &mut self,
        user: &UserId,
        device: &DeviceId,
        display_name: String,
    ) -> Result<Outcome, ApiError> {
        let (position, _) = self.user(user)?;
        let found = self.admin.devices.find(position, |one| one.id == *device);
        let found =
            found.ok_or_else(|| ApiError::not_found(ResourceKind::MfaDevice, device.as_str()))?;
        Arc::make_mut(found).display_name = display_name;
        Ok(Outcome::Done)
    }

    /// Removes a device. Source: Huawei DeleteMfaDeviceForUser.
    ///
    /// # Errors
    /// `NotFound`, user first.
    pub(super) fn delete_mfa_device(
        &mut self,
        user: &UserId,
        device: &DeviceId,
    ) -> Result<Outcome, ApiError> {
        let (position, _) = self.user(user)?;
        match self.admin.devices.retain(position, |one| one.id != *device) {
            0 => Err(ApiError::not_found(ResourceKind::MfaDevice, device.as_str())),
            _ => Ok(Outcome::Done),
        }
    }

    /// Assumed: an unknown user is one without devices, for the list promises an entry for each.
    pub(super) fn mfa_devices(&self, users: Vec<UserId>) -> Outcome {
        let devices = |user: &UserId| match self.user(user) {
            Ok((position, _)) => self.admin.devices.of(position).to_vec(),
            Err(_) => Vec::new(),
        };
        let entries = users.into_iter().map(|user| (user.clone(), devices(&user))).collect();
        AdminOutcome::MfaDevices(entries).into()
    }

    /// Opens a session, as a sign-in would. No operation does: there is no portal here.
    ///
    /// # Errors
    /// `NotFound` where the user is unknown; `QuotaExceeded` where it has too many open.
    pub(super) fn open_session(
        &mut self,
        stamp: &Stamp,
        user: UserId,
        ip_address: Option<String>,
        user_agent: Option<String>,
    ) -> Result<Outcome, ApiError> {
        let (position, _) = self.user(&user)?;
        self.admin.sessions.retain(position, |one| one.not_after > stamp.at);
        let held = self.admin.sessions.of(position).len();
        Self::room(ResourceKind::Session, held, SESSIONS_MAX)?;
        let session = Arc::new(Session {
            id: self.next_id(Sequence::Session).into(),
            created: stamp.at,
            not_after: Timestamp(stamp.at.0.saturating_add(SESSION_MS)),
            ip_address,
            user_agent,
        });
        self.admin.sessions.push(position, session.clone());
        Ok(AdminOutcome::Sessions { user, sessions: vec![session] }.into())
    }

    /// A user's sessions that still hold. Source: Huawei ListSessions.
    ///
    /// # Errors
    /// `NotFound` where the user is unknown.
    pub(super) fn sessions(&self, now: Timestamp, user: UserId) -> Result<Outcome, ApiError> {
        let (position, _) = self.user(&user)?;
        let open = self.admin.sessions.of(position).iter().filter(|one| one.not_after > now);
        Ok(AdminOutcome::Sessions { user, sessions: open.cloned().collect() }.into())
    }

    /// Ends sessions. Source: Huawei BatchDeleteSessions. Assumed: ids that are no session of the
    /// user's are passed over, for what they ask for is so already.
    ///
    /// # Errors
    /// `NotFound` where the user is unknown.
    pub(super) fn end_sessions(
        &mut self,
        user: &UserId,
        sessions: &[SessionId],
    ) -> Result<Outcome, ApiError> {
        let (position, _) = self.user(user)?;
        self.admin.sessions.retain(position, |one| !sessions.contains(&one.id));
        Ok(Outcome::Done)
    }
}

/// The name that a new device gets: the first 8 characters of its id, or all of a shorter one.
fn device_name(id: &str) -> String {
    format!("mfa-{}", id.get(..8).unwrap_or(id))
}

#[cfg(test)]
mod tests {
    use super::device_name;

    #[test]
    fn device_name_takes_an_id_of_any_length() {
        assert_eq!(device_name("12345678-84d1-7085-af72-177fb24da2e7"), "mfa-12345678");
        assert_eq!(device_name("1234"), "mfa-1234");
        assert_eq!(device_name(""), "mfa-");
        assert_eq!(device_name("1234567\u{e9}"), "mfa-1234567\u{e9}");
    }
}
