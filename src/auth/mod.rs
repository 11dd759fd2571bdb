//! Who may call: access keys with their permissions, and what signatures are made of.
//!
//! Each dialect verifies its own signatures with what is here.

mod access_key;
mod access_keys;
mod permission;
pub mod signature;

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use access_key::{AccessKey, AccessKeyError, AccessKeyView, Cloud, ENV_KEY};
pub use access_keys::{ACCESS_KEYS_MAX, AccessKeys};
pub use permission::{Access, Permission};

use crate::domain::lock::Mutex;

/// Whether signatures and permissions are checked.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "lowercase")]
pub enum AuthMode {
    /// Any access key and any signature is accepted.
    #[default]
    Off,
    /// As `off`, but log and journal say what `strict` would have rejected.
    Soft,
    /// Requests are rejected as the cloud rejects them.
    Strict,
}

/// The mode and the access keys of an emulator.
#[derive(Debug)]
pub struct Auth {
    keys: AccessKeys,
    region: Option<String>,
    initial_mode: AuthMode,
    mode: Mutex<AuthMode>,
}

impl Auth {
    /// The initial mode and access keys. With a Region, AWS signatures must be for that one.
    pub fn new(mode: AuthMode, keys: Vec<AccessKey>, region: Option<String>) -> Self {
        Self { keys: AccessKeys::new(keys), region, initial_mode: mode, mode: Mutex::new(mode) }
    }

    /// The access keys.
    pub fn keys(&self) -> &AccessKeys {
        &self.keys
    }

    /// The Region that AWS signatures must be for; `None` if any.
    pub fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }

    /// The mode in force.
    pub fn mode(&self) -> AuthMode {
        *self.mode.lock()
    }

    /// Changes the mode.
    pub fn set_mode(&self, mode: AuthMode) {
        *self.mode.lock() = mode;
    }

    /// Returns to the initial mode and access keys.
    pub fn reset(&self) {
        self.keys.reset();
        self.set_mode(self.initial_mode);
    }

    /// The access key of this id, if it is one of this cloud.
    pub fn key(&self, id: &str, cloud: Cloud) -> Option<Arc<AccessKey>> {
        self.keys.get(id).filter(|key| key.cloud.is_none_or(|of| of == cloud))
    }
}
