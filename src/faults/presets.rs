//! Rules for what happens often, embedded as the ordinary rule files that they are. A new one is a file
//! in `presets/` and a row here.

use crate::document::{Document, FileError};

use super::on::Known;
use super::read::read_rules;
use super::rule::Rule;

/// A file of rules in the binary.
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    /// What it is called.
    pub name: &'static str,
    /// What it is like, in one line.
    pub doc: &'static str,
    /// The file, TOML.
    pub text: &'static str,
}

/// Every preset.
pub static PRESETS: &[Preset] = &[
    Preset {
        name: "aws-limits",
        doc: "AWS throttles beyond 20 requests a second for each API of each store",
        text: include_str!("presets/aws-limits.toml"),
    },
    Preset {
        name: "huawei-limits",
        doc: "Huawei throttles beyond 200 requests a second for each API",
        text: include_str!("presets/huawei-limits.toml"),
    },
    Preset {
        name: "flaky-network",
        doc: "some calls are lost, before or after they were done, cut or slow",
        text: include_str!("presets/flaky-network.toml"),
    },
    Preset {
        name: "eventual-consistency",
        doc: "for two seconds, half of what is read is what was there before the last write",
        text: include_str!("presets/eventual-consistency.toml"),
    },
    Preset {
        name: "lost-replies",
        doc: "one write in ten is done, and the client never hears of it",
        text: include_str!("presets/lost-replies.toml"),
    },
    Preset {
        name: "third-try-works",
        doc: "each call fails twice, then works",
        text: include_str!("presets/third-try-works.toml"),
    },
    Preset {
        name: "ad-synced",
        doc: "a store in front of Active Directory: writes, memberships and id look-ups are unknown operations",
        text: include_str!("presets/ad-synced.toml"),
    },
];

/// Rejects a name that no preset has.
///
/// # Errors
/// A message that lists the presets.
pub fn check_preset(name: &str) -> Result<(), String> {
    let known: Vec<_> = PRESETS.iter().map(|preset| preset.name).collect();
    if known.contains(&name) {
        return Ok(());
    }
    Err(format!("unknown preset {name:?}; known: {}", known.join(", ")))
}

/// The rules of a preset. `what` is what messages call the place of the name.
///
/// # Errors
/// There is none of that name.
pub fn preset(what: &str, name: &str, known: &Known) -> Result<Vec<Rule>, FileError> {
    let document = document(what, name)?;
    document.read(|root| {
        let faults = root.entries().find(|(key, _)| key.name == "fault");
        faults.map(|(_, node)| read_rules(node, known)).unwrap_or_default()
    })
}

/// The rules of a preset as the control API takes them.
///
/// # Errors
/// There is none of that name.
pub fn preset_json(what: &str, name: &str) -> Result<serde_json::Value, FileError> {
    document(what, name)?.read(|root| root.to_json()["fault"].clone())
}

fn document(what: &str, name: &str) -> Result<Document, FileError> {
    check_preset(name).map_err(|message| FileError::whole(what, message))?;
    let preset = PRESETS.iter().find(|preset| preset.name == name);
    Document::toml(&format!("{name}.toml"), preset.map_or("", |preset| preset.text))
}
