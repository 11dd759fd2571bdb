//! `idouble schema faults` and `idouble schema config`: every example and preset fits, and an invalid form
//! does not.

use std::fs;
use std::path::Path;

use idouble::internal::config;
use idouble::internal::faults::{PRESETS, schema};
use jsonschema::Validator;
use serde_json::{Value as Json, json};

fn validator(schema: &Json) -> Validator {
    jsonschema::draft202012::new(schema).expect("a valid schema")
}

/// A TOML text as the JSON that an editor validates.
fn toml(text: &str) -> Json {
    toml::from_str(text).expect("TOML")
}

/// The TOML blocks of a page that contain `part`.
fn toml_blocks(page: &str, part: &str) -> Vec<String> {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(page));
    let page = page.expect("a page of the documentation");
    let blocks = page.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.filter(|block| block.contains(part)).map(str::to_owned).collect()
}

/// Reports what of a file does not fit.
fn assert_fits(schema: &Json, name: &str, text: &str) {
    let file = toml(text);
    let errors: Vec<_> = validator(schema)
        .iter_errors(&file)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{name}: {errors:#?}");
}

#[test]
fn examples_of_the_language_fit() {
    assert_fits(&schema(), "faults.toml", include_str!("../examples/faults.toml"));
}

#[test]
fn presets_fit() {
    for preset in PRESETS {
        assert_fits(&schema(), preset.name, preset.text);
    }
}

#[test]
fn rules_of_the_documentation_fit() {
    let pages = ["README.md", "docs/faults.md"];
    let blocks: Vec<_> = pages.iter().flat_map(|page| toml_blocks(page, "[[fault]]")).collect();
    assert!(blocks.len() > 5);
    for block in blocks {
        assert_fits(&schema(), "the documentation", &block);
    }
}

#[test]
fn configurations_have_rules_of_the_same_schema() {
    let schema = config::schema();
    assert_fits(&schema, "a rule", "[[fault]]\non = \"read\"\ndo = \"throttle\"\n");
    let validator = validator(&schema);
    for invalid in ["do = \"throtle\"", "", "do = \"throttle\"\nwhen = { probabilty = 0 }"] {
        let file = toml(&format!("[[fault]]\non = \"read\"\n{invalid}\n"));
        assert!(!validator.is_valid(&file), "{invalid}");
    }
}

#[test]
fn rules_of_an_invalid_form_do_not_fit() {
    let validator = validator(&schema());
    let valid = json!({ "on": "read", "do": "throttle" });
    assert!(validator.is_valid(&valid) && validator.is_valid(&json!([valid])));
    assert!(validator.is_valid(&json!({ "seed": 7, "fault": [valid] })));
    for (key, value) in [
        ("do", json!("throtle")),
        ("do", json!({ "error": "throttle", "statsu": 400 })),
        ("do", json!({ "error": "throttle", "code": "é" })),
        ("do", json!({ "error": "throttle", "code": "a\tb" })),
        ("do", json!({ "error": "throttle", "status": 200 })),
        ("do", json!({ "cut": "100%" })),
        ("do", json!({ "wire": "rest" })),
        ("do", json!({ "delay": { "median": "1s" } })),
        ("do", json!({ "delay": "6m" })),
        ("do", json!({ "stale": "61s" })),
        ("do", json!({ "reason": "duplicate" })),
        ("when", json!({ "probabilty": 0 })),
        ("when", json!({ "p": 50 })),
        ("when", json!({ "per": "users" })),
        ("when", json!("sometimes")),
        ("when", json!({ "burst": 5 })),
        ("for", json!("3")),
        ("for", json!({ "lease": 30 })),
        ("on", json!([])),
        ("id", json!("a b")),
        ("id", json!("verdict")),
        ("expect", json!("often")),
        ("if", json!(true)),
    ] {
        let mut rule = valid.clone();
        rule[key] = value;
        assert!(!validator.is_valid(&rule), "{rule}");
    }
}
