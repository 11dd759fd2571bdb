//! `idouble schema faults`: every example of the language fits it, and so does every preset; what the
//! reader refuses for its form, it refuses too.

use std::fs;
use std::path::Path;

use idouble::config;
use idouble::document::Document;
use idouble::faults::{PRESETS, schema};
use regex::Regex;
use serde_json::{Value as Json, json};

/// Whether `value` fits `schema`; the part of JSON Schema that ours uses, strictly.
fn fits(root: &Json, schema: &Json, value: &Json) -> bool {
    let keywords = schema.as_object().expect("a schema is an object");
    keywords.iter().all(|(word, rule)| match word.as_str() {
        "$ref" => {
            let path = rule.as_str().expect("a reference").trim_start_matches('#');
            fits(root, root.pointer(path).expect("it leads somewhere"), value)
        }
        "anyOf" => list(rule).iter().any(|schema| fits(root, schema, value)),
        "not" => !fits(root, rule, value),
        "enum" => list(rule).contains(value),
        "type" => match rule.as_str() {
            Some("string") => value.is_string(),
            Some("integer") => value.is_i64() || value.is_u64(),
            Some("number") => value.is_number(),
            Some("boolean") => value.is_boolean(),
            Some("array") => value.is_array(),
            Some("object") => value.is_object(),
            other => panic!("no type {other:?}"),
        },
        "pattern" => value.as_str().is_none_or(|text| regex(rule).is_match(text)),
        "minLength" => value.as_str().is_none_or(|text| text.chars().count() as u64 >= count(rule)),
        "minimum" => value.as_f64().is_none_or(|number| number >= rule.as_f64().expect("a number")),
        "maximum" => value.as_f64().is_none_or(|number| number <= rule.as_f64().expect("a number")),
        "items" => value.as_array().is_none_or(|all| all.iter().all(|one| fits(root, rule, one))),
        "minItems" => value.as_array().is_none_or(|all| all.len() as u64 >= count(rule)),
        "maxItems" => value.as_array().is_none_or(|all| all.len() as u64 <= count(rule)),
        "maxProperties" => value.as_object().is_none_or(|all| all.len() as u64 <= count(rule)),
        "properties" => value.as_object().is_none_or(|all| {
            all.iter().all(|(name, one)| rule.get(name).is_none_or(|rule| fits(root, rule, one)))
        }),
        "required" => value.as_object().is_none_or(|all| {
            list(rule).iter().all(|name| all.contains_key(name.as_str().expect("a name")))
        }),
        "additionalProperties" => value.as_object().is_none_or(|all| {
            let known = schema.get("properties");
            let more = all.iter().filter(|(name, _)| known.is_none_or(|k| k.get(name).is_none()));
            more.into_iter().all(|(_, one)| rule != &json!(false) && fits(root, rule, one))
        }),
        "$schema" | "$defs" | "title" | "description" | "default" => true,
        other => panic!("the test does not know {other}"),
    })
}

fn list(rule: &Json) -> &Vec<Json> {
    rule.as_array().expect("a list")
}

fn count(rule: &Json) -> u64 {
    rule.as_u64().expect("a count")
}

fn regex(rule: &Json) -> Regex {
    Regex::new(rule.as_str().expect("a pattern")).expect("a regular expression")
}

fn toml(name: &str, text: &str) -> Json {
    Document::toml(name, text).expect("TOML").read(|root| root.to_json()).expect("no mistakes")
}

fn check(name: &str, text: &str) {
    let schema = schema();
    let file = toml(name, text);
    for rule in file["fault"].as_array().into_iter().flatten() {
        assert!(fits(&schema, &schema["$defs"]["rule"], rule), "{name}: {rule:#}");
    }
    assert!(fits(&schema, &schema, &file), "{name}");
}

#[test]
fn every_example_of_the_language_fits() {
    check("faults.toml", include_str!("../examples/faults.toml"));
}

#[test]
fn every_preset_fits() {
    for preset in PRESETS {
        check(preset.name, preset.text);
    }
}

#[test]
fn documented_rules_fit_the_schema() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/faults.md")).expect("docs/faults.md");
    let blocks = page.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next());
    let blocks: Vec<_> = blocks.filter(|block| block.contains("[[fault]]")).collect();
    assert!(!blocks.is_empty());
    blocks.iter().for_each(|block| check("docs/faults.md", block));
}

#[test]
fn a_configuration_has_rules_of_the_same_schema() {
    let schema = jsonschema::validator_for(&config::schema()).expect("a schema");
    let fits = |text: &str| schema.is_valid(&toml("idouble.toml", text));
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/cli.md"));
    let page = page.expect("docs/cli.md");
    let settings = page.split("```toml\n").find(|block| block.starts_with("port = 4747\n"));
    let settings = settings.and_then(|rest| rest.split("```").next()).expect("the settings");
    assert!(settings.contains("[[fault]]") && fits(settings), "{settings}");
    assert!(fits("[[fault]]\non = \"read\"\ndo = \"throttle\"\n"));
    for wrong in ["do = \"throtle\"", "", "do = \"throttle\"\nwhen = { probabilty = 0 }"] {
        assert!(!fits(&format!("[[fault]]\non = \"read\"\n{wrong}\n")), "{wrong}");
    }
}

#[test]
fn what_is_wrong_in_form_does_not_fit() {
    let schema = schema();
    let fine = json!({"on": "read", "do": "throttle"});
    assert!(fits(&schema, &schema, &fine) && fits(&schema, &schema, &json!([fine])));
    for (key, value) in [
        ("do", json!("throtle")),
        ("do", json!({"error": "throttle", "statsu": 400})),
        ("do", json!({"cut": "100%"})),
        ("do", json!({"wire": "rest"})),
        ("do", json!({"delay": {"median": "1s"}})),
        ("when", json!({"probabilty": 0})),
        ("when", json!({"p": 50})),
        ("when", json!({"per": "users"})),
        ("when", json!("sometimes")),
        ("for", json!("3")),
        ("for", json!({"lease": 30})),
        ("on", json!([])),
        ("id", json!("a b")),
        ("id", json!("verdict")),
        ("expect", json!("often")),
        ("if", json!(true)),
    ] {
        let mut rule = fine.clone();
        rule[key] = value;
        assert!(!fits(&schema, &schema, &rule), "{rule}");
    }
}
