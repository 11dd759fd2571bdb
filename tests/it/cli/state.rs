//! `--state` and starting up, as a process.

use std::fs;
use std::process::{Command, Stdio};

use idouble::Emulator;
use idouble::internal::config::Config;

use super::process::Process;
use super::{command, failure, folder, success};
use crate::common::Client;

#[test]
fn a_state_file_keeps_the_stores_and_a_damaged_one_is_rejected() {
    let folder = folder(&[]);
    for name in ["state.json", "state.toml"] {
        let file = folder.path().join(name);
        let config = || Config { port: 0, state: Some(file.clone()), ..Config::default() };
        let start = || Emulator::builder().config(config()).start();
        let emulator = start().expect("without a state, fixtures are served");
        let mut client = Client::of(emulator.endpoint());
        assert_eq!(client.control("POST /stores", r#"{"id":"d-00000000aa"}"#).status, 201);
        let before = client.control("GET /stores?format=json", "").body;
        assert_eq!(client.control("POST /state/save", "").json(), serde_json::json!({"saved": 2}));
        drop((client, emulator));
        let again = start().expect("what was saved is loaded");
        let mut client = Client::of(again.endpoint());
        assert_eq!(client.control("GET /stores?format=json", "").body, before, "{name}");
        drop((client, again));
        // Half of it.
        let text = fs::read(&file).expect("it was written");
        fs::write(&file, &text[..text.len() / 2]).expect("a file is written");
        let error = start().expect_err("a damaged file is rejected").to_string();
        assert!(error.contains(name), "{error}");
    }
    let left = fs::read_dir(folder.path()).expect("a folder").count();
    assert_eq!(left, 4, "only the two files and their locks are left");
    let emulator = Emulator::builder().start().expect("an emulator starts");
    let mut client = Client::of(emulator.endpoint());
    assert_eq!(client.control("POST /state/save", "").status, 409);
}

#[test]
fn an_incomplete_state_file_is_rejected_before_the_server_starts() {
    let folder = folder(&[]);
    let rejected = |name: &str, why: &str| {
        let error = failure(folder.path(), &["check", "--state", name], 3);
        assert!(error.contains(name) && error.contains(why), "{error}");
    };
    // The state could not be saved there.
    rejected("nowhere/state.toml", "the folder of this state file does not exist");
    let file = folder.path().join("state.toml");
    let config = Config { port: 0, state: Some(file.clone()), ..Config::default() };
    let emulator = Emulator::builder().config(config).start().expect("the folder is there");
    assert!(matches!(emulator.service().save(), Ok(Some(1))));
    // Unlike a server, a check does not lock the file.
    let error = failure(folder.path(), &["serve", "--port", "0", "--state", "state.toml"], 3);
    assert!(error.contains("state.toml: another server uses this state file"), "{error}");
    let checked = success(folder.path(), &["check", "--state", "state.toml"]);
    assert!(checked.contains("1 store, 12 users in state.toml"), "{checked}");
    // Cut off between two tables it is still a fixture, with fewer members.
    let text = fs::read_to_string(&file).expect("it was written");
    let cut = text.rfind("[[store.membership]]").expect("there are memberships");
    fs::write(&file, &text[..cut]).expect("written");
    rejected("state.toml", "the end of this file is missing");
    fs::write(&file, "\n").expect("written");
    rejected("state.toml", "this state file has no stores");
    // A file written by hand needs no end line.
    fs::write(&file, "[[store]]\nid = \"d-00000000aa\"\n").expect("written");
    success(folder.path(), &["check", "--state", "state.toml"]);
}

/// A new file that a save would have renamed is left if the server is killed before.
#[cfg(unix)]
#[test]
fn a_killed_server_leaves_its_last_save_and_no_new_files() {
    let mut process = Process::start(&["--state", "state.toml"]);
    let file = process.folder().join("state.toml");
    let mut client = process.client();
    assert_eq!(client.control("POST /state/save", "").status, 200);
    let saved = fs::read(&file).expect("it was saved");
    let leftover = process.folder().join(".state.toml.Ab3xY9.tmp");
    fs::write(&leftover, &saved[..saved.len() / 2]).expect("a file is written");
    let folder = process.killed();
    assert_eq!(fs::read(&file).expect("it is there"), saved);
    let again = Process::start_in(folder, &["--state", "state.toml"]);
    assert!(!leftover.exists());
    assert_eq!(again.client().control("GET /health", "").status, 200);
}

/// A file that is mounted by itself cannot be renamed over. `unshare` makes the mount for the server
/// alone; where the system does not allow that, a unit test of the error is left.
#[cfg(target_os = "linux")]
#[test]
fn a_state_file_that_is_a_mount_point_is_reported() {
    let namespace = ["--user", "--map-root-user", "--mount", "sh", "-c"];
    let can_mount = |folder: &std::path::Path| {
        let mut command = Command::new("unshare");
        let script = "mount --bind mounted.toml state.toml";
        command.args(namespace).arg(script).current_dir(folder).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    let folder = folder(&[("mounted.toml", ""), ("state.toml", "")]);
    let state = "[[store]]\nid = \"d-00000000aa\"\n";
    fs::write(folder.path().join("mounted.toml"), state).expect("a file is written");
    if !can_mount(folder.path()) {
        return;
    }
    let mut server = Command::new("unshare");
    let script =
        "mount --bind mounted.toml state.toml && exec \"$0\" serve --port 0 --state state.toml";
    server.args(namespace).args([script, super::BINARY]).current_dir(folder.path());
    let process = Process::start_with(server, folder);
    let response = process.client().control("POST /state/save", "");
    assert_eq!(response.status, 409, "{}", response.text());
    let error = response.json()["error"].as_str().expect("an error").to_owned();
    assert!(
        error.contains("state.toml is a mount point and cannot be replaced; mount a folder"),
        "{error}"
    );
    let mounted = process.folder().join("mounted.toml");
    assert_eq!(fs::read_to_string(mounted).expect("it is there"), state);
    let names = fs::read_dir(process.folder()).expect("a folder").map(|file| file.expect("a file"));
    let is_new = |name: &std::ffi::OsString| name.to_string_lossy().ends_with(".tmp");
    assert!(!names.map(|file| file.file_name()).any(|name| is_new(&name)));
}

/// `None` ends standard input.
#[cfg(unix)]
#[test]
fn state_is_saved_however_the_server_is_stopped() {
    // A server that inherits an ignored SIGHUP, as under `nohup`, keeps ignoring it.
    let hangup = (!crate::common::is_hangup_ignored()).then_some(Some("HUP"));
    for signal in [None, Some("TERM"), Some("INT")].into_iter().chain(hangup) {
        let mut process = Process::start(&["--exit-with-stdin", "--state", "state.json"]);
        match signal {
            None => process.close_stdin(),
            Some(signal) => process.signal(signal),
        }
        assert_eq!(process.ended().0, 0, "{signal:?}");
        let text = fs::read_to_string(process.folder().join("state.json")).expect("it was saved");
        assert!(text.contains("\"store\":[{\"id\":\"d-1234567890\""), "{signal:?}");
    }
}

/// The server loads for as long as the test holds the pipe that its fixture comes through.
#[cfg(unix)]
#[test]
fn a_server_that_is_loading_ends_with_a_signal_and_with_its_standard_input() {
    for by_signal in [true, false] {
        let folder = folder(&[]);
        let pipe = folder.path().join("slow.json");
        assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo runs").success());
        let args = ["serve", "--port", "0", "--exit-with-stdin", "--fixture", "slow.json"];
        let mut command = command(folder.path(), &args);
        let mut child = command.stdin(Stdio::piped()).spawn().expect("the binary runs");
        // Opened once the other side reads.
        let held = fs::OpenOptions::new().write(true).open(&pipe).expect("it is read");
        let stdin = child.stdin.take();
        if by_signal {
            let pid = child.id().to_string();
            let sent = Command::new("kill").args(["-s", "TERM", &pid]).status();
            assert!(sent.expect("kill can be run").success());
        } else {
            drop(stdin);
        }
        let status = child.wait().expect("it ends");
        assert_eq!(status.code(), Some(0), "by signal: {by_signal}");
        drop(held);
    }
}
