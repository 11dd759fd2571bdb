//! `idouble serve --watch`.

use std::fs;

use super::folder;
use super::process::Process;

const ONE_STORE: &str = "[[store]]\nid = \"d-00000000aa\"\n";
const TWO_STORES: &str = "[[store]]\nid = \"d-00000000aa\"\n[[store]]\nid = \"d-00000000bb\"\n";

fn start(log: &[&str]) -> Process {
    let args = [&["--fixture", "a.toml", "--watch", "--log", "info"], log].concat();
    Process::start_in(folder(&[("a.toml", ONE_STORE)]), &args)
}

fn write(process: &Process, text: &str) {
    let folder = process.folder();
    fs::write(folder.join("new"), text).expect("a file is written");
    fs::rename(folder.join("new"), folder.join("a.toml")).expect("it is renamed");
}

fn stores(process: &Process) -> usize {
    let body = process.client().control("GET /stores", "").json();
    body["stores"].as_array().map_or(0, Vec::len)
}

#[test]
fn a_changed_fixture_replaces_the_stores() {
    let mut process = start(&[]);
    assert_eq!(stores(&process), 1);
    write(&process, TWO_STORES);
    let log = process.log_until("fixtures reloaded");
    assert!(log.ends_with("fixtures reloaded stores=2\n"), "{log}");
    assert_eq!(stores(&process), 2);
}

#[test]
fn a_reload_reports_the_writes_that_it_discards() {
    let mut process = start(&[]);
    let users = "/v1/identity-stores/d-00000000aa/users";
    let user = r#"{"user_name":"ab","password_mode":"OTP","display_name":"A","name":{"given_name":"A","family_name":"B"},
        "emails":[{"value":"a@example.com","type":"work","primary":true}]}"#;
    let created = process.client().request(
        &format!("POST {users}"),
        &[("Content-Type", "application/json")],
        user.as_bytes(),
    );
    assert_eq!(created.status, 201, "{}", created.text());
    write(&process, TWO_STORES);
    let log = process.log_until("fixtures reloaded");
    assert!(log.contains("WARN fixtures reloaded; all writes to 1 store are lost"), "{log}");
    assert_eq!(
        process.client().request(&format!("GET {users}"), &[], b"").json()["users"],
        serde_json::json!([])
    );
}

#[test]
fn an_invalid_fixture_is_shown_with_its_line_and_changes_nothing() {
    let mut process = start(&[]);
    write(&process, "[[store]]\nid = \"d\"\n");
    process.log_until("ERROR fixtures changed but are invalid; the stores are unchanged");
    let log = process.log_until("^^^");
    let lines: Vec<_> = log.lines().filter_map(|line| line.split_once("ERROR ")).collect();
    let lines: Vec<_> = lines.into_iter().map(|(_, line)| line).collect();
    assert!(lines[0].starts_with("a.toml:2:6: "), "{log}");
    assert_eq!(lines[1..], ["  |", "2 | id = \"d\"", "  |      ^^^"]);
    assert_eq!(stores(&process), 1);
}

#[test]
fn an_invalid_fixture_is_one_event_in_json() {
    let mut process = start(&["--log-format", "json"]);
    write(&process, "[[store]]\nid = \"d\"\n");
    let log = process.log_until("invalid");
    let event = log.lines().last().expect("a line");
    let event: serde_json::Value = serde_json::from_str(event).expect("an event is JSON");
    let error = event["error"].as_str().expect("the error");
    assert!(error.starts_with("a.toml:2:6: ") && error.contains("\n  |      ^^^"), "{error}");
}
