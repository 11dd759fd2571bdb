//! MFA devices and portal sessions of a user.

use std::sync::Arc;

use crate::dialect::request::base_url;
use crate::dialect::{Args, Matched, ObjectWriter};
use crate::domain::{
    AdminChange, AdminQuery, ApiError, Command, DeviceId, Rejection, SessionId, UserId,
};
use crate::domain::{MfaDevice, Session};

use super::super::limits::{ANY_ID, LISTED, TEXT};
use super::super::operations::{store, user};
use super::{ask, change};

pub fn list(args: &Args<'_>) -> Command {
    args.require("user_list");
    let here = store(args);
    let users = args.optional_records("user_list", &LISTED, |args| {
        let store = args.required_text("identity_store_id", &ANY_ID);
        if store != here.as_str() {
            args.violations()
                .reject(ApiError::Rejected(Rejection::StoreMismatch(store.to_owned())));
        }
        UserId::from(args.required_text("user_id", &ANY_ID))
    });
    ask(args, AdminQuery::MfaDevices(users.unwrap_or_default()))
}

pub fn register(args: &Args<'_>) -> Command {
    change(args, AdminChange::RegisterMfaDevice(user(args)))
}

pub fn rename(args: &Args<'_>) -> Command {
    let (user, device) = (user(args), device(args));
    let display_name = args.required_text("display_name", &TEXT).to_owned();
    change(args, AdminChange::RenameMfaDevice { user, device, display_name })
}

pub fn delete(args: &Args<'_>) -> Command {
    change(args, AdminChange::DeleteMfaDevice { user: user(args), device: device(args) })
}

pub fn list_sessions(args: &Args<'_>) -> Command {
    ask(args, AdminQuery::Sessions(user(args)))
}

pub fn end_sessions(args: &Args<'_>) -> Command {
    let user = user(args);
    args.require("session_ids");
    let sessions = args.optional_texts("session_ids", &LISTED, &ANY_ID).unwrap_or_default();
    let sessions = sessions.into_iter().map(SessionId::from).collect();
    change(args, AdminChange::EndSessions { user, sessions })
}

fn device(args: &Args<'_>) -> DeviceId {
    args.required_param("device_id", &ANY_ID).into()
}

/// Assumed: the path of the link. It names this server, so that no client follows it to the cloud.
pub fn registration(
    object: &mut ObjectWriter<'_>,
    matched: &Matched<'_>,
    user: &UserId,
    work_flow: &str,
) {
    super::super::outcomes::store(object, matched);
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
            // Assumed: the only kind that can be had without hardware.
            object.text("mfa_type", "TOTP");
            object.integer("registered_date", device.registered.0);
        });
        object.object("user", |object| {
            super::super::outcomes::store(object, matched);
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
