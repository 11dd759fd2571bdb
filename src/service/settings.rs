//! The settings of an emulator, as they are shown.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::journal::HIDDEN;

/// Parts of the keys of secrets.
const SECRETS: [&str; 3] = ["token", "secret", "password"];

/// A setting, its value and where that comes from.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// The key in the configuration file, such as `journal.entries`.
    pub key: String,
    /// The value; null if it is not set.
    pub value: Value,
    /// `default`, a flag such as `--port`, a variable such as `IDOUBLE_PORT`, the name of the configuration file, or
    /// `builder` for a setting of the Rust API.
    pub source: String,
}

impl Setting {
    /// A setting. The value of a secret is hidden.
    pub fn new(key: impl Into<String>, value: Value, source: impl Into<String>) -> Self {
        let (key, source) = (key.into(), source.into());
        let is_secret = SECRETS.iter().any(|part| key.contains(part)) && !value.is_null();
        let value = if is_secret { HIDDEN.into() } else { value };
        Self { key, value, source }
    }
}
