//! Access keys with their permissions, and the parts of signatures that both clouds share.
//!
//! Each dialect verifies its own signatures with these.

mod access_key;
mod access_keys;
mod permission;
pub mod signature;

use std::sync::Arc;

use arc_swap::ArcSwap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use access_key::{AccessKey, AccessKeyError, AccessKeyView, Cloud, ENV_KEY};
pub use access_keys::{ACCESS_KEYS_MAX, AccessKeys};
pub use permission::{Access, ActionInStore, Permission};

/// Whether signatures and permissions are checked.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum AuthMode {
    /// Any access key and any signature is accepted.
    #[default]
    Off,
    /// As `off`, but log and journal say what `strict` would have rejected.
    Soft,
    /// Requests are rejected as the cloud rejects them.
    Strict,
}

/// The mode and the access keys of an emulator. Reads take no lock.
#[derive(Debug)]
pub struct Auth {
    keys: AccessKeys,
    region: Option<String>,
    initial_mode: AuthMode,
    mode: ArcSwap<AuthMode>,
}

impl Auth {
    /// The initial mode and access keys. With a Region, AWS signatures must be for that one.
    pub fn new(mode: AuthMode, keys: Vec<AccessKey>, region: Option<String>) -> Self {
        let keys = AccessKeys::new(keys);
        Self { keys, region, initial_mode: mode, mode: ArcSwap::from_pointee(mode) }
    }

    /// The access keys.
    pub fn keys(&self) -> &AccessKeys {
        &self.keys
    }

    /// The current mode.
    pub fn mode(&self) -> AuthMode {
        **self.mode.load()
    }

    /// Changes the mode.
    pub fn set_mode(&self, mode: AuthMode) {
        self.mode.store(Arc::new(mode));
    }

    /// Returns to the initial mode and access keys.
    pub fn reset(&self) {
        self.keys.reset();
        self.set_mode(self.initial_mode);
    }

    /// The access keys that signatures are verified with. `is_session` says whether a session has this access key id.
    pub fn keyring<'a>(&'a self, is_session: &'a dyn Fn(&str) -> bool) -> Keyring<'a> {
        Keyring { auth: self, is_session }
    }
}

/// The access keys that can sign a request: those of the emulator, and those of sessions.
#[derive(Clone, Copy)]
pub struct Keyring<'a> {
    auth: &'a Auth,
    is_session: &'a dyn Fn(&str) -> bool,
}

impl Keyring<'_> {
    /// The access key of this id, if it is one of this cloud. The secret of a session is that of `idouble
    /// env`.
    pub fn key(&self, id: &str, cloud: Cloud) -> Option<Arc<AccessKey>> {
        match self.auth.keys.get(id) {
            Some(key) => Some(key).filter(|key| key.cloud.is_none_or(|of| of == cloud)),
            None => (self.is_session)(id).then(|| Arc::new(AccessKey::new(id, ENV_KEY))),
        }
    }

    /// The Region that AWS signatures must be for. `None` accepts any Region.
    pub fn region(&self) -> Option<&str> {
        self.auth.region.as_deref()
    }
}
