//! Validates Huawei responses against the vendor's schemas: each successful wire case has the documented
//! status and members. Each operation has a case of success and one of an error.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value as Json;

fn text<'a>(found: &'a Json, key: &str) -> &'a str {
    found[key].as_str().unwrap_or_else(|| panic!("{key} in {found}"))
}

fn each(found: &Json) -> &[Json] {
    found.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// One exchange of a wire case.
struct Exchange {
    case: String,
    method: String,
    path: String,
    status: u64,
    body: String,
}

fn exchanges() -> Vec<Exchange> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wire/huawei");
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder of cases").flatten() {
        let case = entry.file_name().to_string_lossy().into_owned();
        let written = fs::read_to_string(entry.path()).expect("a case");
        let notes = written.lines().take_while(|line| line.starts_with('#'));
        let written = &written[notes.map(|line| line.len() + 1).sum()..];
        for exchange in written.split("\n===\n") {
            let (request, answer) = exchange.split_once("\n---\n").expect("an answer");
            let (head, body) = answer.split_once("\n\n").expect("a body");
            let target = request.lines().next().expect("a request line");
            let (method, target) = target.split_once(' ').expect("a method");
            found.push(Exchange {
                case: case.clone(),
                method: method.to_owned(),
                path: target.split('?').next().unwrap_or_default().to_owned(),
                status: head.lines().next().and_then(|line| line.parse().ok()).expect("a status"),
                body: body.trim().to_owned(),
            });
        }
    }
    found
}

/// Whether a path matches a pattern, in which `{name}` stands for one segment.
fn matches_pattern(pattern: &str, path: &str) -> bool {
    let (pattern, path) = (pattern.split('/'), path.split('/'));
    pattern.clone().count() == path.clone().count()
        && pattern.zip(path).all(|(known, step)| known.starts_with('{') || known == step)
}

/// Checks a value against a type: the name of a schema, `list[…]`, or a Python scalar type.
fn check(model: &Json, place: &str, of: &str, value: &Json) {
    if let Some(inner) = of.strip_prefix("list[").and_then(|rest| rest.strip_suffix(']')) {
        let elements = value.as_array().unwrap_or_else(|| panic!("{place} is no list"));
        elements.iter().for_each(|element| check(model, &format!("{place}[]"), inner, element));
        return;
    }
    let fine = match of {
        "str" => value.is_string(),
        "int" => value.is_i64(),
        "float" => value.is_number(),
        "bool" => value.is_boolean(),
        schema => {
            let members = each(&model["schemas"][schema]);
            assert!(!members.is_empty(), "{place}: the schema {schema} is there");
            record(model, place, members, value);
            true
        }
    };
    assert!(fine, "{place} is no {of}: {value}");
}

fn record(model: &Json, place: &str, members: &[Json], value: &Json) {
    let found = value.as_object().unwrap_or_else(|| panic!("{place} is no object"));
    for member in members {
        let name = text(member, "name");
        let Some(value) = found.get(name) else {
            assert!(member["required"] == false, "{place}.{name} is promised");
            continue;
        };
        // The only nullable member: it is null on the last page.
        if name == "next_marker" && value.is_null() {
            continue;
        }
        let place = format!("{place}.{name}");
        check(model, &place, text(member, "type"), value);
        let choices = each(&member["enum"]);
        assert!(choices.is_empty() || choices.contains(value), "{place}: {value}");
    }
    for name in found.keys() {
        let known = members.iter().any(|member| text(member, "name") == name);
        assert!(known, "{place}.{name} is not in the schema");
    }
}

#[test]
fn responses_match_the_vendor_schemas() {
    let model: Json =
        serde_json::from_str(include_str!("../../src/huawei/response_schemas.json")).expect("JSON");
    let operations = each(&model["operations"]);
    assert_eq!(operations.len(), 61);
    let mut seen: BTreeMap<&str, [bool; 2]> = BTreeMap::new();
    for exchange in exchanges() {
        // A path without parameters takes precedence over one with parameters.
        let fit = operations.iter().filter(|operation| {
            text(operation, "method") == exchange.method
                && matches_pattern(text(operation, "path"), &exchange.path)
        });
        let first = fit.min_by_key(|operation| text(operation, "path").matches('{').count());
        let Some(operation) = first else { continue };
        let (name, place) = (text(operation, "name"), &exchange.case);
        let succeeded = exchange.status < 300;
        seen.entry(name).or_default()[usize::from(succeeded)] = true;
        if !succeeded {
            continue;
        }
        let place = format!("{place}: {name}");
        assert_eq!(Some(exchange.status), operation["status"].as_u64(), "{place}");
        match operation["body"].as_str() {
            None => assert_eq!(exchange.body, "", "{place}"),
            Some(of) => {
                let body = serde_json::from_str(&exchange.body);
                check(&model, &place, of, &body.expect("JSON"));
            }
        }
    }
    let lacking = operations.iter().map(|operation| text(operation, "name"));
    let lacking = lacking.filter(|name| seen.get(name) != Some(&[true, true]));
    let lacking: Vec<_> = lacking.collect();
    assert!(lacking.is_empty(), "without a case of success or one of refusal: {lacking:?}");
}
