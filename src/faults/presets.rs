//! Rule files for frequent needs, embedded in the binary. A new one is a file in `presets/` and a row here.

use crate::file_error::FileError;

use super::catalog::DialectCatalog;
use super::form::unknown_name;
use super::load::{deserialize_toml, parse_toml};
use super::rule::Rule;

/// A rule file in the binary.
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    /// Its name.
    pub name: &'static str,
    /// What it does, in one line.
    pub description: &'static str,
    /// The file, in TOML.
    pub text: &'static str,
}

/// Every preset.
pub static PRESETS: &[Preset] = &[
    Preset {
        name: "aws-limits",
        description: "AWS throttles beyond 20 requests a second for each API of each store",
        text: include_str!("presets/aws-limits.toml"),
    },
    Preset {
        name: "huawei-limits",
        description: "Huawei throttles beyond 200 requests a second for each API",
        text: include_str!("presets/huawei-limits.toml"),
    },
    Preset {
        name: "flaky-network",
        description: "Some requests are lost, before or after they ran, cut or slow",
        text: include_str!("presets/flaky-network.toml"),
    },
    Preset {
        name: "eventual-consistency",
        description: "For two seconds after a write, half of the reads see the former state",
        text: include_str!("presets/eventual-consistency.toml"),
    },
    Preset {
        name: "lost-replies",
        description: "One write in ten runs, but its response is lost",
        text: include_str!("presets/lost-replies.toml"),
    },
    Preset {
        name: "third-try-works",
        description: "Each call fails twice, then works",
        text: include_str!("presets/third-try-works.toml"),
    },
    Preset {
        name: "ad-synced",
        description: "A store in front of Active Directory: writes, memberships and id look-ups are \
                      unknown operations",
        text: include_str!("presets/ad-synced.toml"),
    },
];

impl Preset {
    /// The preset of that name.
    ///
    /// # Errors
    /// There is none; the message lists them.
    pub fn find(name: &str) -> Result<&'static Self, String> {
        let names = || PRESETS.iter().map(|preset| preset.name).collect::<Vec<_>>();
        let found = PRESETS.iter().find(|preset| preset.name == name);
        found.ok_or_else(|| unknown_name("preset", name, &names()))
    }

    /// The rules of the preset.
    ///
    /// # Errors
    /// The catalog lacks an operation that a rule names.
    pub fn rules(&self, catalog: &DialectCatalog) -> Result<Vec<Rule>, FileError> {
        parse_toml(&self.file_name(), self.text, catalog)
    }

    /// The rules of the preset as JSON, as the control API receives them.
    ///
    /// # Errors
    /// None: a test checks every preset.
    pub fn to_json(&self) -> Result<serde_json::Value, FileError> {
        let rules = deserialize_toml(&self.file_name(), self.text)?;
        serde_json::to_value(rules)
            .map_err(|error| FileError::whole(&self.file_name(), error.to_string()))
    }

    fn file_name(&self) -> String {
        format!("{}.toml", self.name)
    }
}
