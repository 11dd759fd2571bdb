//! The settings described for others: a JSON Schema of the file, and a file to begin with. Both come
//! from the rows.

use std::fmt::Write as _;

use serde_json::{Map, Value as Json, json};

use crate::document::Document;

use super::settings::Form;
use super::{Config, SETTINGS, Setting};

/// The JSON Schema of the configuration file, draft 2020-12. `rule`: that of a fault rule, of which
/// nothing is known here.
pub fn schema(rule: Json) -> Json {
    let mut top = Map::new();
    for setting in SETTINGS.iter().filter(|setting| !setting.key.is_empty()) {
        let described = describe(setting);
        match setting.key.split_once('.') {
            None => {
                top.insert(setting.key.to_owned(), described);
            }
            Some((section, key)) => {
                let table = top.entry(section).or_insert_with(
                    || json!({ "type": "object", "additionalProperties": false, "properties": {} }),
                );
                table["properties"][key] = described;
            }
        }
    }
    let rules = json!({
        "type": "array",
        "description": "Fault rules",
        "items": { "$ref": "#/$defs/rule" },
    });
    top.insert("fault".to_owned(), rules);
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The configuration of idouble",
        "type": "object",
        "additionalProperties": false,
        "properties": top,
        "$defs": { "rule": rule },
    })
}

fn describe(setting: &Setting) -> Json {
    let mut described = match setting.form {
        Form::Text(_) => json!({ "type": "string" }),
        Form::Number(_) => json!({ "type": "integer", "minimum": 0 }),
        Form::Switch => json!({ "type": "boolean" }),
        Form::Many(_) => json!({ "type": "array", "items": { "type": "string" } }),
    };
    described["description"] = setting.help.into();
    if let Some(default) = default(setting) {
        described["default"] = default;
    }
    described
}

fn default(setting: &Setting) -> Option<Json> {
    let shown = (setting.show)(&Config::default());
    // Rows show values as a TOML file has them.
    let document = Document::toml("default", format!("value = {shown}")).ok()?;
    document.read(|root| root.to_json()["value"].clone()).ok()
}

/// A configuration file to begin with: every setting with its default, in a comment.
pub fn starter() -> String {
    let mut text = String::from(
        "# Settings of idouble. Every line is a comment: remove the `#` of a setting to change it. A flag or\n\
         # a variable takes precedence. `idouble config show` prints the result, `idouble check` validates it.\n",
    );
    let defaults = Config::default();
    for setting in SETTINGS.iter().filter(|setting| !setting.key.is_empty()) {
        let shown = (setting.show)(&defaults);
        let value = if shown.is_empty() { "\"…\"" } else { &shown };
        let value = if setting.key == "fixtures" { "[\"fixture.toml\"]" } else { value };
        // A write into memory cannot fail.
        let _ = write!(text, "\n# {}\n# {} = {value}\n", setting.help, setting.key);
    }
    text.push_str(
        "\n# A fault: a third of all updates are throttled.\n# [[fault]]\n# on = \"*:UpdateUser\"\n\
         # when = { p = 0.3 }\n# do = \"throttle\"\n",
    );
    text
}
