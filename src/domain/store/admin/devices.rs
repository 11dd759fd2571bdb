//! MFA devices and portal sessions. They are deleted with their user.

use std::sync::Arc;

use super::super::{IdentityStore, check_quota};
use crate::domain::model::{
    AdminOutcome, ApiError, DEVICES_MAX, DeviceId, MfaDevice, Outcome, ResourceKind, SESSIONS_MAX,
    Session, SessionId, Stamp, Timestamp, UserId,
};

/// How long a session lasts. Assumed: eight hours, the default of the console.
const SESSION_MS: i64 = 8 * 60 * 60 * 1000;

impl IdentityStore {
    /// Registers an MFA device. Source: Huawei RegisterMfaDeviceForUser, which returns a link for the
    /// user to follow. Assumed: the device is registered at once, because the link leads nowhere.
    ///
    /// # Errors
    /// `NotFound` if the user is unknown. `QuotaExceeded` if the user has [`DEVICES_MAX`] devices.
    pub(super) fn register_mfa_device(
        &mut self,
        stamp: &Stamp,
        user: UserId,
    ) -> Result<Outcome, ApiError> {
        let (position, _) = self.user(&user)?;
        let count = self.admin.devices.of(position).count();
        check_quota(ResourceKind::MfaDevice, count, DEVICES_MAX)?;
        let new = self.admin.devices.next_id(self.seed);
        let name = MfaDevice::default_name(&new.id);
        let work_flow = self.secret("mfa work flow", new.number);
        let display_name = name.clone();
        let device = MfaDevice { id: new.id.into(), name, display_name, registered: stamp.at };
        self.admin.devices.push(position, Arc::new(device));
        Ok(AdminOutcome::MfaRegistration { user, work_flow }.into())
    }

    /// Changes the display name of a device. Source: Huawei UpdateMfaDeviceForUser.
    ///
    /// # Errors
    /// `NotFound`, user first.
    pub(super) fn rename_mfa_device(
        &mut self,
        user: &UserId,
        device: &DeviceId,
        display_name: String,
    ) -> Result<Outcome, ApiError> {
        let (owner, _) = self.user(user)?;
        let Some((position, found)) = self.admin.devices.find(owner, device.as_str()) else {
            return Err(ApiError::not_found(ResourceKind::MfaDevice, device.as_str()));
        };
        let renamed = MfaDevice { display_name, ..(**found).clone() };
        self.admin.devices.replace(owner, position, Arc::new(renamed));
        Ok(Outcome::Done)
    }

    /// Deletes a device. Source: Huawei DeleteMfaDeviceForUser.
    ///
    /// # Errors
    /// `NotFound`, user first.
    pub(super) fn delete_mfa_device(
        &mut self,
        user: &UserId,
        device: &DeviceId,
    ) -> Result<Outcome, ApiError> {
        let (position, _) = self.user(user)?;
        match self.admin.devices.remove(position, device.as_str()) {
            true => Ok(Outcome::Done),
            false => Err(ApiError::not_found(ResourceKind::MfaDevice, device.as_str())),
        }
    }

    /// The devices of each of these users. Source: Huawei BatchListMfaDevicesForUser. Assumed: an
    /// unknown user has no devices, because the response has an entry for each user.
    pub(super) fn mfa_devices(&self, users: Vec<UserId>) -> Outcome {
        let devices = |user: &UserId| match self.user(user) {
            Ok((position, _)) => self.admin.devices.of(position).cloned().collect(),
            Err(_) => Vec::new(),
        };
        let entries = users.into_iter().map(|user| (user.clone(), devices(&user))).collect();
        AdminOutcome::MfaDevices(entries).into()
    }

    /// Opens a session, as a sign-in at the portal would. No operation of a vendor does this.
    ///
    /// # Errors
    /// `NotFound` if the user is unknown. `QuotaExceeded` if the user has [`SESSIONS_MAX`] sessions.
    pub(super) fn open_session(
        &mut self,
        stamp: &Stamp,
        user: UserId,
        ip_address: Option<String>,
        user_agent: Option<String>,
    ) -> Result<Outcome, ApiError> {
        let (position, _) = self.user(&user)?;
        let open = self.admin.sessions.of(position).filter(|one| one.not_after > stamp.at).count();
        check_quota(ResourceKind::Session, open, SESSIONS_MAX)?;
        self.admin.sessions.retain(position, |one| one.not_after > stamp.at);
        let session = Arc::new(Session {
            id: self.admin.sessions.next_id(self.seed).id.into(),
            created: stamp.at,
            not_after: Timestamp(stamp.at.0.saturating_add(SESSION_MS)),
            ip_address,
            user_agent,
        });
        self.admin.sessions.push(position, session.clone());
        Ok(AdminOutcome::Sessions { user, sessions: vec![session] }.into())
    }

    /// The sessions of a user that have not expired. Source: Huawei ListSessions.
    ///
    /// # Errors
    /// `NotFound` if the user is unknown.
    pub(super) fn sessions(&self, now: Timestamp, user: UserId) -> Result<Outcome, ApiError> {
        let (position, _) = self.user(&user)?;
        let open = self.admin.sessions.of(position).filter(|one| one.not_after > now);
        let sessions = open.cloned().collect();
        Ok(AdminOutcome::Sessions { user, sessions }.into())
    }

    /// Ends sessions. Source: Huawei BatchDeleteSessions. Assumed: unknown ids are ignored.
    ///
    /// # Errors
    /// `NotFound` if the user is unknown.
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
