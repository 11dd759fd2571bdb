//! MFA devices and portal sessions of a user.

use crate::dialect::Args;
use crate::domain::{
    AdminChange, AdminQuery, ApiError, Command, DeviceId, Rejection, SessionId, UserId,
};

use super::super::limits::{ANY_ID, BODY_IDS, TEXT};
use super::super::params::{store, user};
use super::{change, query};

pub fn list(args: &Args<'_>) -> Command {
    args.require("user_list");
    let here = store(args);
    let users = args.optional_records("user_list", &BODY_IDS, |args| {
        let store = args.required_text("identity_store_id", &ANY_ID);
        if store != here.as_str() {
            args.violations()
                .reject(ApiError::Rejected(Rejection::StoreMismatch(store.to_owned())));
        }
        UserId::from(args.required_text("user_id", &ANY_ID))
    });
    query(args, AdminQuery::MfaDevices(users.unwrap_or_default()))
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
    query(args, AdminQuery::Sessions(user(args)))
}

pub fn end_sessions(args: &Args<'_>) -> Command {
    let user = user(args);
    args.require("session_ids");
    let sessions = args.optional_texts("session_ids", &BODY_IDS, &ANY_ID).unwrap_or_default();
    let sessions = sessions.into_iter().map(SessionId::from).collect();
    change(args, AdminChange::EndSessions { user, sessions })
}

fn device(args: &Args<'_>) -> DeviceId {
    args.required_param("device_id", &ANY_ID).into()
}
