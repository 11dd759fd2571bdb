//! Permissions of access keys. They are not a policy language: an operation is allowed or denied by its
//! name, in all stores or in one.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::glob::Glob;

/// Operations that are allowed or denied: a pattern of names, in all stores or in one.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "expected a pattern such as \"identitystore:Describe*\", or { action, store }"
)]
pub enum Permission {
    /// In all stores.
    Action(Glob),
    /// In the stores with an id that matches a pattern.
    InStore(ActionInStore),
}

/// A pattern of operations, and one of stores.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionInStore {
    /// The operations.
    pub action: Glob,
    /// The stores.
    pub store: Glob,
}

/// The result of a check of permissions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// The call is allowed.
    Allowed,
    /// No entry of `allow` applies.
    NotAllowed,
    /// An entry of `deny` applies.
    Denied,
}

impl Permission {
    /// Whether it applies to an operation, which has these names, in this store.
    pub(super) fn applies(&self, names: &[&str], store: Option<&str>) -> bool {
        let (action, in_store) = match self {
            Self::Action(action) => (action, true),
            Self::InStore(ActionInStore { action, store: pattern }) => {
                (action, store.is_some_and(|store| pattern.matches(store)))
            }
        };
        in_store && names.iter().any(|name| action.matches(name))
    }
}

impl JsonSchema for Permission {
    fn schema_name() -> Cow<'static, str> {
        "Permission".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Operations: a pattern such as identitystore:Describe*, in all stores or in one.",
            "anyOf": [
                { "type": "string" },
                {
                    "type": "object",
                    "properties": { "action": { "type": "string" }, "store": { "type": "string" } },
                    "required": ["action", "store"],
                    "additionalProperties": false,
                },
            ],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::AccessKey;
    use super::*;

    #[test]
    fn deny_wins_over_allow_and_a_missing_allow_allows_everything() {
        let key = |members: &str| -> AccessKey {
            toml::from_str(&format!("id = 'A'\nsecret = 's'\n{members}")).expect("a key")
        };
        let describe = ["identitystore:DescribeUser", "aws:DescribeUser"];
        let access = |members: &str, store| key(members).access(&describe, store);
        assert_eq!(access("", None), Access::Allowed);
        assert_eq!(access("allow = []", None), Access::NotAllowed);
        assert_eq!(access("allow = ['identitystore:Describe*']", None), Access::Allowed);
        assert_eq!(access("allow = ['aws:*']\ndeny = ['*:DescribeUser']", None), Access::Denied);
        let one_store = "allow = [{ action = '*', store = 'd-1' }]";
        assert_eq!(access(one_store, Some("d-1")), Access::Allowed);
        assert_eq!(access(one_store, Some("d-2")), Access::NotAllowed);
        assert_eq!(access(one_store, None), Access::NotAllowed);
    }
}
