//! MFA devices and portal sessions of a user.

use std::sync::Arc;

use crate::dialect::request::base_url;
use crate::dialect::{Matched, ObjectWriter};
use crate::domain::{MfaDevice, Session, UserId};

use super::store;

/// The registration link of a device. It points to this server, not to the cloud. Assumed: its path.
pub fn registration(
    object: &mut ObjectWriter<'_>,
    matched: &Matched<'_>,
    user: &UserId,
    work_flow: &str,
) {
    store(object, matched);
    object.text("user_id", user.as_str());
    object.text("work_flow", work_flow);
    let url = base_url(matched.head);
    object.text("redirect_url", &format!("{url}/mfa/register?user_id={user}"));
}

pub fn entries(
    object: &mut ObjectWriter<'_>,
    matched: &Matched<'_>,
    entries: &[(UserId, Vec<Arc<MfaDevice>>)],
) {
    object.list("user_mfa_devices_entry_list", entries, |object, (user, devices)| {
        object.list("mfa_devices", devices, |object, device| {
            object.text("device_id", device.id.as_str());
            object.text("device_name", &device.name);
            object.text("display_name", &device.display_name);
            // Assumed: the only kind of device that needs no hardware.
            object.text("mfa_type", "TOTP");
            object.integer("registered_date", device.registered.0);
        });
        object.object("user", |object| {
            store(object, matched);
            object.text("user_id", user.as_str());
        });
    });
}

pub fn sessions(object: &mut ObjectWriter<'_>, user: &UserId, sessions: &[Arc<Session>]) {
    object.list("session_list", sessions, |object, session| {
        object.integer("creation_time", session.created.0);
        object.optional_text("ip_address", session.ip_address.as_deref());
        object.text("session_id", session.id.as_str());
        object.integer("session_not_valid_after", session.not_after.0);
        object.optional_text("user_agent", session.user_agent.as_deref());
        object.text("user_id", user.as_str());
    });
}
