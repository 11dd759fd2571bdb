//! The presets: rule files for frequent needs.

use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::faults::{PRESETS, Preset, Rule};

use super::error::ControlError;
use super::faults::FaultIds;
use super::reply::Json;
use super::route::ControlCall;

/// Every preset.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PresetList {
    /// In the order of the documentation.
    pub presets: Vec<PresetView>,
}

/// A preset.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PresetView {
    /// Its name.
    pub name: String,
    /// What it does, in one line.
    pub description: String,
    /// The file, with comments.
    pub toml: String,
    /// Its rules.
    pub rules: Vec<Rule>,
}

/// Lists the presets.
pub(super) fn list(call: &ControlCall<'_>) -> Result<Json<PresetList>, ControlError> {
    let presets = PRESETS.iter().map(|preset| {
        Ok(PresetView {
            name: preset.name.to_owned(),
            description: preset.description.to_owned(),
            toml: preset.text.to_owned(),
            rules: preset.rules(call.service.faults().catalog())?,
        })
    });
    Ok(Json::ok(PresetList { presets: presets.collect::<Result<_, ControlError>>()? }))
}

/// Adds the rules of a preset after those in force, all or none.
pub(super) fn add(call: &ControlCall<'_>) -> Result<Json<FaultIds>, ControlError> {
    let (faults, now) = (call.service.faults(), call.service.clock().now());
    let preset = Preset::find(&call.id).map_err(ControlError::not_found)?;
    let ids = faults.add(preset.rules(faults.catalog())?, now)?;
    Ok(Json::new(StatusCode::CREATED, FaultIds { ids }))
}
