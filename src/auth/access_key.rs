//! Access keys.

use std::fmt;
use std::time::SystemTime;

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::domain::Timestamp;
use crate::glob::Glob;

use super::permission::{Access, Permission};

/// Id and secret of the access key that `idouble env` sets.
pub const ENV_KEY: &str = "idouble";

/// The maximum length of an id, a secret, or a session token, in bytes.
const TEXT_MAX: usize = 4096;

/// The visible ASCII characters that an id cannot have, because they end it in an `Authorization` header.
const ID_DELIMITERS: &str = "/,=\"'\\";

/// The maximum number of entries of `allow` and of `deny`.
const PERMISSIONS_MAX: usize = 100;

/// A cloud that verifies signatures.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
#[non_exhaustive]
pub enum Cloud {
    Aws,
    Huawei,
}

/// An access key: what a client signs with, and what it may call.
#[derive(Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct AccessKey {
    /// The id, such as `AKIAIOSFODNN7EXAMPLE`: visible ASCII characters except `/ , = " ' \`.
    #[schemars(length(min = 1, max = 4096))]
    pub id: String,
    /// The secret that signatures are made with. It is never shown.
    #[serde(deserialize_with = "secret")]
    #[schemars(length(min = 1, max = 4096))]
    pub secret: String,
    /// The cloud that it is for; both if it is left out.
    #[serde(default)]
    pub(super) cloud: Option<Cloud>,
    /// The token that requests must carry, if the key is a temporary one. It is never shown.
    #[serde(default, deserialize_with = "secret")]
    pub session_token: Option<String>,
    /// The account of the caller; the account of the cloud's settings if it is left out.
    #[serde(default)]
    pub account_id: Option<String>,
    /// When it expires, such as `2030-01-01T00:00:00Z`, by the emulator's clock.
    #[serde(default, deserialize_with = "time")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    expires: Option<Timestamp>,
    /// What it may call; everything if it is left out.
    #[serde(default)]
    allow: Option<Vec<Permission>>,
    /// What it may not call, whatever `allow` says.
    #[serde(default)]
    deny: Vec<Permission>,
}

/// What is wrong with an access key.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("access key {id:?}: {member}: {problem}")]
pub struct AccessKeyError {
    /// The id of the key.
    pub id: String,
    /// The member that is wrong.
    pub member: &'static str,
    /// What is wrong with it.
    pub problem: String,
}

impl AccessKey {
    /// A key for both clouds that may call everything.
    pub fn new(id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            secret: secret.into(),
            cloud: None,
            session_token: None,
            account_id: None,
            expires: None,
            allow: None,
            deny: Vec::new(),
        }
    }

    /// The key that `idouble env` sets. A server without access keys of its own accepts it.
    pub fn of_env() -> Self {
        Self::new(ENV_KEY, ENV_KEY)
    }

    /// Accepts the key for one cloud only.
    #[must_use]
    pub fn cloud(mut self, cloud: Cloud) -> Self {
        self.cloud = Some(cloud);
        self
    }

    /// Sets when the key expires, by the emulator's clock.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    ///
    /// use idouble::{AccessKey, Cloud};
    ///
    /// let in_an_hour = SystemTime::now() + Duration::from_secs(3600);
    /// let key = AccessKey::new("AKIASHORT", "secret").cloud(Cloud::Aws).expires(in_an_hour);
    /// assert!(key.check().is_ok());
    /// ```
    #[must_use]
    pub fn expires(mut self, at: SystemTime) -> Self {
        let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let ms = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
        self.expires = Some(Timestamp(ms).min(Timestamp::MAX));
        self
    }

    /// Allows operations, such as `identitystore:Describe*`. Without any, everything is allowed.
    ///
    /// ```
    /// use idouble::AccessKey;
    ///
    /// let reader = AccessKey::new("AKIAREADER", "secret")
    ///     .allow("identitystore:Describe*")
    ///     .allow("identitystore:List*")
    ///     .deny("identitystore:ListGroups");
    /// assert!(reader.check().is_ok());
    /// assert_eq!(AccessKey::of_env().id, "idouble");
    /// ```
    #[must_use]
    pub fn allow(mut self, pattern: &str) -> Self {
        let permission = Permission::Action(Glob::new(pattern));
        self.allow.get_or_insert_default().push(permission);
        self
    }

    /// Denies operations, whatever is allowed.
    #[must_use]
    pub fn deny(mut self, pattern: &str) -> Self {
        self.deny.push(Permission::Action(Glob::new(pattern)));
        self
    }

    /// Checks the lengths and characters of the members.
    ///
    /// # Errors
    /// The first member that is wrong.
    pub fn check(&self) -> Result<(), AccessKeyError> {
        let error =
            |member, problem: String| Err(AccessKeyError { id: self.id.clone(), member, problem });
        let is_id = |c: char| c.is_ascii_graphic() && !ID_DELIMITERS.contains(c);
        if !(1..=TEXT_MAX).contains(&self.id.len()) || !self.id.chars().all(is_id) {
            let delimiters: Vec<_> = ID_DELIMITERS.chars().map(String::from).collect();
            let delimiters = delimiters.join(" ");
            let expected =
                format!("expected 1 to 4096 visible ASCII characters except {delimiters}");
            return error("id", expected);
        }
        let token = self.session_token.as_deref().unwrap_or("-");
        for (member, text) in [("secret", self.secret.as_str()), ("session_token", token)] {
            let is_graphic = text.bytes().all(|byte| byte.is_ascii_graphic());
            if !(1..=TEXT_MAX).contains(&text.len()) || !is_graphic {
                // The message does not contain the text, which is secret.
                return error(member, "expected 1 to 4096 visible ASCII characters".to_owned());
            }
        }
        if let Some(account) = &self.account_id {
            let is_aws = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
            let is_huawei =
                account.len() == 32 && account.bytes().all(|byte| byte.is_ascii_hexdigit());
            if !is_aws && !is_huawei {
                let expected = "expected 12 digits (AWS) or 32 hexadecimal digits (Huawei)";
                return error("account_id", format!("{expected}, found {account:?}"));
            }
        }
        for (member, permissions) in
            [("allow", self.allow.as_deref().unwrap_or_default()), ("deny", &self.deny)]
        {
            if permissions.len() > PERMISSIONS_MAX {
                return error(member, format!("more than {PERMISSIONS_MAX} entries"));
            }
        }
        Ok(())
    }

    /// Whether it has expired at this time.
    #[doc(hidden)]
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }

    /// Whether it may call an operation, which has these names, in this store.
    #[doc(hidden)]
    pub fn access(&self, names: &[&str], store: Option<&str>) -> Access {
        if self.deny.iter().any(|permission| permission.applies(names, store)) {
            return Access::Denied;
        }
        match &self.allow {
            None => Access::Allowed,
            Some(allow) if allow.iter().any(|permission| permission.applies(names, store)) => {
                Access::Allowed
            }
            Some(_) => Access::NotAllowed,
        }
    }

    /// Its members without the secret and the token.
    #[doc(hidden)]
    pub fn view(&self) -> AccessKeyView {
        AccessKeyView {
            id: self.id.clone(),
            cloud: self.cloud,
            temporary: self.session_token.is_some(),
            account_id: self.account_id.clone(),
            expires: self.expires.map(|expires| expires.to_string()),
            allow: self.allow.clone(),
            deny: self.deny.clone(),
        }
    }
}

/// Reads a secret. Its value is in no error message, even if it has another type.
fn secret<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    T::deserialize(deserializer).map_err(|_| D::Error::custom("expected a text"))
}

/// Reads a time such as `2030-01-01T00:00:00Z`.
fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    let expected = || format!("expected a time such as 2030-01-01T00:00:00Z, found {text:?}");
    text.parse().map(Some).map_err(|_| D::Error::custom(expected()))
}

/// The secret and the token are left out, so that they appear in no log.
impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What is shown of an access key: all but the secret and the token.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessKeyView {
    /// The id.
    pub id: String,
    /// The cloud that it is for; both if null.
    pub cloud: Option<Cloud>,
    /// Whether requests must carry its session token.
    pub temporary: bool,
    /// The account of the caller; that of the cloud's settings if null.
    pub account_id: Option<String>,
    /// When it expires; never if null.
    pub expires: Option<String>,
    /// What it may call; everything if null.
    pub allow: Option<Vec<Permission>>,
    /// What it may not call.
    pub deny: Vec<Permission>,
}
