//! The commands at the terminal: what speaks to a running server, and what writes files.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use idouble::Emulator;
use idouble::config::Config;
use idouble::fixture::{self, Generate, Options, Source};
use idouble::server::Limits;
use serde_json::Value;

const STORE: &str = "d-1234567890";

/// A folder of this test's own; gone with it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("idouble-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a folder can be made");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Runs a command, in a folder and without this machine's settings: exit code, output, errors.
fn run(folder: &Path, args: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_idouble"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("IDOUBLE_") {
            command.env_remove(name);
        }
    }
    let output = command.args(args).current_dir(folder).output().expect("the binary runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

#[track_caller]
fn fine(folder: &Path, args: &[&str]) -> String {
    let (code, out, err) = run(folder, args);
    assert_eq!((code, &*err), (0, ""), "{args:?}");
    out
}

#[test]
fn a_running_server_is_spoken_to() {
    let folder = Folder::new("remote");
    let builder = Emulator::builder().seed(7).clock_frozen("2026-01-02T03:04:05Z");
    let emulator = builder.start().expect("an emulator starts");
    let on = |args: &[&str]| {
        let args = [args, &["--url", emulator.endpoint()]].concat();
        run(&folder.0, &args)
    };
    let told = |args: &[&str]| {
        let (code, out, err) = on(args);
        assert_eq!((code, &*err), (0, ""), "{args:?}");
        out
    };
    assert_eq!(told(&["stores"]), "d-1234567890  12 users, 4 groups, 15 memberships\n");
    let made = told(&["stores", "create", "--copy", STORE]);
    assert_eq!(told(&["snapshot", "save", "two"]), "saved: two, 2 stores\n");
    assert_eq!(told(&["stores", "delete", made.trim()]), format!("deleted: {made}"));
    assert_eq!(told(&["stores", "list"]).lines().count(), 1);
    assert_eq!(told(&["snapshot", "restore", "two"]), "restored: two, 2 stores\n");
    assert_eq!(told(&["snapshot", "list"]), "two\n");
    assert_eq!(told(&["stores"]).lines().count(), 2);
    assert_eq!(told(&["snapshot", "delete", "two"]), "deleted: two\n");
    let users = told(&["users", "list", "--store", STORE]);
    assert_eq!(users.lines().count(), 12);
    let alice = users.lines().find(|line| line.contains("  alice  ")).expect("alice is there");
    assert!(alice.starts_with("d-1234567890  ") && alice.ends_with("  Alice Martin"), "{alice}");
    assert_eq!(told(&["users", "list"]).lines().count(), 24);
    assert_eq!(told(&["clock"]), "2026-01-02T03:04:05Z (frozen)\n");
    assert_eq!(told(&["clock", "--advance", "5m"]), "2026-01-02T03:09:05Z (frozen)\n");
    let exported = told(&["export", "--store", STORE]);
    told(&["export", "--output", "all.toml"]);
    assert_eq!(told(&["reset", "--store", STORE]), "reset: 1 store, 12 users\n");
    assert_eq!(told(&["reset"]), "reset: 1 store, 12 users\n");
    assert_eq!(told(&["stores"]).lines().count(), 1);
    assert_eq!(told(&["import", "all.toml"]), "imported: 2 stores, 24 users\n");
    assert_eq!(told(&["stores"]).lines().count(), 2);
    assert_eq!(told(&["export", "--store", STORE]), exported);
    // What the server refuses is told with all that it says; what is no fixture, before it is sent.
    let (code, _, err) = on(&["clock", "--advance", "5 parsecs"]);
    assert_eq!(code, 2);
    assert!(err.contains("expected a time such as 200ms, 2s, 5m or 1h"), "{err}");
    assert_eq!(on(&["snapshot", "restore", "none"]).0, 2);
    fs::write(folder.0.join("bad.toml"), "[[store]]\nid = 1\n").expect("a file is written");
    let (code, _, err) = on(&["import", "bad.toml"]);
    assert_eq!(code, 3);
    assert!(err.contains("bad.toml:2:6: expected a string, found 1"), "{err}");
}

#[test]
fn what_is_generated_is_a_fixture_and_follows_from_the_seed() {
    let folder = Folder::new("generate");
    let args = ["generate", "--users", "300", "--groups", "20", "--seed", "9"];
    let json = fine(&folder.0, &args);
    assert_eq!(json, fine(&folder.0, &args));
    assert_ne!(json, fine(&folder.0, &[&args[..5], &["--seed", "8"]].concat()));
    let read = |name: &str, text: String| {
        let stores = fixture::load(&[Source::text(name, text)], &Options::default());
        let stores: Vec<_> = stores.expect("it is a fixture").into_iter().map(Into::into).collect();
        fixture::export_json(&stores)
    };
    let loaded = read("a.json", json.clone());
    let told: Value = serde_json::from_str(&loaded).expect("an export is JSON");
    let count = |list: &str| told["store"][0][list].as_array().map_or(0, Vec::len);
    assert_eq!((count("user"), count("group")), (300, 20));
    assert!((300..900).contains(&count("membership")));
    let args = [&args[..], &["--store", "d-00000000aa", "--output", "a.toml"]].concat();
    fine(&folder.0, &args);
    let toml = fs::read_to_string(folder.0.join("a.toml")).expect("it was written");
    assert!(toml.starts_with("[[store]]\nid = \"d-00000000aa\"\n"));
    read("a.toml", toml);
    // Many, and none.
    for users in [0, 20_000] {
        let asked = Generate { users, groups: 0, seed: 1 };
        let json = fixture::generate(&asked, STORE);
        let stores = fixture::load(&[Source::text("a.json", json)], &Options::default());
        let stores = stores.expect("it is a fixture");
        assert_eq!(stores[0].users().count(), users as usize);
    }
}

#[test]
fn what_could_not_be_printed_is_a_failure_unless_nobody_reads_it() {
    let generate = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_idouble"));
        command.args(["generate", "--users", "2000"]).stderr(Stdio::piped());
        command
    };
    let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("it can be opened");
    let done = generate().stdout(full).output().expect("the binary runs");
    assert_eq!(done.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&done.stderr).starts_with("error: standard output: "));
    let mut unread = generate().stdout(Stdio::piped()).spawn().expect("the binary runs");
    drop(unread.stdout.take());
    assert_eq!(unread.wait().expect("it ends").code(), Some(0));
}

#[test]
fn starter_files_are_right_and_overwrite_nothing() {
    let folder = Folder::new("init");
    let told = fine(&folder.0, &["init"]);
    assert_eq!(told, "./idouble.toml\n./fixture.toml\n");
    // Nothing changes until the file is edited.
    let checked = fine(&folder.0, &["check"]);
    assert!(checked.contains("1 store, 12 users in the built-in fixture"), "{checked}");
    let text = fs::read_to_string(folder.0.join("idouble.toml")).expect("it was written");
    assert!(text.lines().all(|line| line.is_empty() || line.starts_with('#')), "{text}");
    // Every setting is valid once its comment sign is removed.
    let setting = |line: &str| line.contains(" = ") && !line.contains("\"…\"");
    let lines =
        text.lines().map(|line| line.strip_prefix("# ").filter(|l| setting(l)).unwrap_or(line));
    let text: String = lines.map(|line| line.replace("# [[", "[[") + "\n").collect();
    fs::write(folder.0.join("idouble.toml"), text).expect("a file is written");
    let checked = fine(&folder.0, &["check"]);
    assert!(checked.contains("1 store, 2 users in fixture.toml"), "{checked}");
    assert!(checked.contains("fault rules: ok, 1 rule"), "{checked}");
    fs::remove_file(folder.0.join("fixture.toml")).expect("it is there");
    let (code, out, err) = run(&folder.0, &["init"]);
    assert_eq!((code, &*out), (2, ""));
    assert!(err.contains("./idouble.toml exists; nothing was written"), "{err}");
    assert!(!folder.0.join("fixture.toml").exists());
}

#[test]
fn what_is_too_large_to_be_put_into_a_running_server_is_told_with_the_way_in() {
    let folder = Folder::new("large");
    let limits = Limits { control_body_bytes_max: 2 << 20, ..Limits::default() };
    let emulator = Emulator::builder().limits(limits).start().expect("an emulator starts");
    let url = emulator.endpoint();
    // Twice as much as is taken, and more than the sockets in between hold.
    fine(&folder.0, &["generate", "--users", "8000", "--output", "large.json"]);
    let (code, _, err) = run(&folder.0, &["import", "large.json", "--url", url]);
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("larger than the 2 MiB") && err.contains("--fixture FILE"), "{err}");
    assert_eq!(emulator.directory().size(), (1, 12));
    fine(&folder.0, &["generate", "--users", "800", "--output", "small.json"]);
    fine(&folder.0, &["import", "small.json", "--url", url]);
    assert_eq!(emulator.directory().size(), (1, 800));
}

#[test]
fn schemas_come_from_the_rows() {
    let folder = Folder::new("schema");
    let schema = |of: &str| -> Value {
        serde_json::from_str(&fine(&folder.0, &["schema", of])).expect("a schema is JSON")
    };
    let config = schema("config");
    assert_eq!(config["properties"]["port"]["default"], 4747);
    let fixture = schema("fixture");
    let user = &fixture["properties"]["store"]["items"]["properties"]["user"]["items"];
    assert_eq!(user["properties"]["user_name"]["maxLength"], 128);
    assert_eq!(user["required"], serde_json::json!(["user_name"]));
}

#[test]
fn shells_and_readers_are_served() {
    let folder = Folder::new("man");
    for shell in ["bash", "zsh", "fish"] {
        assert!(fine(&folder.0, &["completions", shell]).contains("healthcheck"), "{shell}");
    }
    let page = fine(&folder.0, &["man"]);
    assert!(page.contains(".TH idouble") && page.contains("idouble\\-generate"), "{page}");
}

#[test]
fn a_state_file_keeps_the_stores_and_a_damaged_one_is_refused() {
    let folder = Folder::new("state");
    for name in ["state.json", "state.toml"] {
        let file = folder.0.join(name);
        let config = || Config { port: 0, state: Some(file.clone()), ..Config::default() };
        let start = || Emulator::builder().config(config()).start();
        let emulator = start().expect("there is no state yet, so fixtures are served");
        let mut client = crate::common::Client::of(emulator.endpoint());
        assert_eq!(client.control("POST /stores", r#"{"id":"d-00000000aa"}"#).status, 201);
        let before = client.control("GET /stores?format=json", "").body;
        assert_eq!(client.control("POST /state/save", "").json(), serde_json::json!({"saved": 2}));
        drop((client, emulator));
        let again = start().expect("what was saved is loaded");
        let mut client = crate::common::Client::of(again.endpoint());
        assert_eq!(client.control("GET /stores?format=json", "").body, before, "{name}");
        drop((client, again));
        // Half of it.
        let text = fs::read(&file).expect("it was written");
        fs::write(&file, &text[..text.len() / 2]).expect("a file is written");
        let error = start().err().expect("a damaged file is refused").to_string();
        assert!(error.contains(name), "{error}");
    }
    let left = fs::read_dir(&folder.0).expect("a folder").count();
    assert_eq!(left, 2, "nothing lies beside the files");
    let emulator = Emulator::builder().start().expect("an emulator starts");
    let mut client = crate::common::Client::of(emulator.endpoint());
    assert_eq!(client.control("POST /state/save", "").status, 409);
}

#[test]
fn a_state_file_that_cannot_be_whole_is_refused_before_anything_is_served() {
    let folder = Folder::new("whole");
    let refused = |name: &str, why: &str| {
        let (code, _, error) = run(&folder.0, &["check", "--state", name]);
        assert_eq!(code, 3, "{error}");
        assert!(error.contains(name) && error.contains(why), "{error}");
    };
    // Nothing could be kept there at the end.
    refused("nowhere/state.toml", "the folder of this state file is not there");
    let file = folder.0.join("state.toml");
    let config = Config { port: 0, state: Some(file.clone()), ..Config::default() };
    let emulator = Emulator::builder().config(config).start().expect("the folder is there");
    assert!(matches!(emulator.service().save(), Ok(Some(1))));
    let said = fine(&folder.0, &["check", "--state", "state.toml"]);
    assert!(said.contains("1 store, 12 users in state.toml"), "{said}");
    // Cut off between two tables it is a fixture still, but of fewer people.
    let text = fs::read_to_string(&file).expect("it was written");
    let cut = text.rfind("[[store.membership]]").expect("there are memberships");
    fs::write(&file, &text[..cut]).expect("written");
    refused("state.toml", "the end of this state file is missing");
    fs::write(&file, "\n").expect("written");
    refused("state.toml", "there is nothing in this state file");
    // What somebody else wrote promises no end.
    fs::write(&file, "[[store]]\nid = \"d-00000000aa\"\n").expect("written");
    fine(&folder.0, &["check", "--state", "state.toml"]);
}

/// `None` ends standard input.
#[cfg(unix)]
#[test]
fn state_is_saved_however_the_server_is_stopped() {
    // A server that inherits an ignored SIGHUP, as under `nohup`, keeps ignoring it.
    let hangup = (!crate::common::is_hangup_ignored()).then_some(Some("HUP"));
    for signal in [None, Some("TERM"), Some("INT")].into_iter().chain(hangup) {
        let folder = Folder::new("saved");
        let mut command = Command::new(env!("CARGO_BIN_EXE_idouble"));
        let args = ["serve", "--port", "0", "--exit-with-stdin", "--state", "state.json"];
        let process = command.args(args).current_dir(&folder.0).stdin(Stdio::piped());
        let mut process = process.stdout(Stdio::piped()).spawn().expect("the binary runs");
        let mut line = String::new();
        let out = process.stdout.take().expect("its output is ours");
        BufReader::new(out).read_line(&mut line).expect("it gets ready");
        let stdin = process.stdin.take();
        match signal {
            None => drop(stdin),
            Some(signal) => {
                let pid = process.id().to_string();
                let sent = Command::new("kill").args(["-s", signal, &pid]).status();
                assert!(sent.expect("kill can be run").success());
            }
        }
        assert!(process.wait().expect("it ends").success(), "{signal:?}");
        let text = fs::read_to_string(folder.0.join("state.json")).expect("it was written");
        assert!(text.starts_with("{\"store\":[{\"id\":\"d-1234567890\""), "{signal:?}");
    }
}

#[test]
fn a_fixture_that_has_changed_is_loaded_again_and_a_wrong_one_is_told_of() {
    let folder = Folder::new("watch");
    let write = |text: &str| {
        fs::write(folder.0.join("new"), text).expect("a file is written");
        fs::rename(folder.0.join("new"), folder.0.join("a.toml")).expect("it is renamed");
    };
    write("[[store]]\nid = \"d-00000000aa\"\n");
    let mut command = Command::new(env!("CARGO_BIN_EXE_idouble"));
    let args = ["serve", "--port", "0", "--exit-with-stdin", "--fixture", "a.toml", "--watch"];
    let process = command.args(args).current_dir(&folder.0).stdin(Stdio::piped());
    let mut process =
        process.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs");
    let mut line = String::new();
    let out = process.stdout.take().expect("its output is ours");
    BufReader::new(out).read_line(&mut line).expect("it gets ready");
    let url = line.trim().rsplit(' ').next().expect("a URL").to_owned();
    let mut told = BufReader::new(process.stderr.take().expect("its log is ours")).lines();
    // The log says when it is done: no waiting for time to pass.
    let mut wait_for = |words: &str| {
        let found = told.by_ref().map_while(Result::ok).find(|line| line.contains(words));
        assert!(found.is_some(), "{words}");
    };
    let ids = || {
        let told = crate::common::Client::of(&url).control("GET /stores", "").json();
        told["stores"].as_array().map_or(0, Vec::len)
    };
    assert_eq!(ids(), 1);
    write("[[store]]\nid = \"d-00000000aa\"\n[[store]]\nid = \"d-00000000bb\"\n");
    wait_for("fixtures reloaded");
    assert_eq!(ids(), 2);
    write("[[store]]\nid = \"d\"\n");
    wait_for("a.toml:2:6");
    assert_eq!(ids(), 2);
    drop(process.stdin.take());
    assert!(process.wait().expect("it ends").success());
}

/// It loads for as long as the pipe is held that its fixture comes through.
#[cfg(unix)]
#[test]
fn a_server_that_is_still_loading_ends_with_a_signal_and_with_its_standard_input() {
    for by_signal in [true, false] {
        let folder = Folder::new(if by_signal { "signal" } else { "stdin" });
        let pipe = folder.0.join("slow.json");
        assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo runs").success());
        let mut command = Command::new(env!("CARGO_BIN_EXE_idouble"));
        let args = ["serve", "--port", "0", "--exit-with-stdin", "--fixture", "slow.json"];
        let process = command.args(args).current_dir(&folder.0).stdin(Stdio::piped());
        let mut process = process.spawn().expect("the binary runs");
        // Opened once the other side reads.
        let held = fs::OpenOptions::new().write(true).open(&pipe).expect("it is read");
        let stdin = process.stdin.take();
        if by_signal {
            let sent =
                Command::new("kill").args(["-s", "TERM", &process.id().to_string()]).status();
            assert!(sent.expect("kill can be run").success());
        } else {
            drop(stdin);
        }
        let begun = Instant::now();
        while process.try_wait().expect("a process").is_none()
            && begun.elapsed() < crate::common::PATIENCE
        {
            std::thread::sleep(Duration::from_millis(5));
        }
        let status = process.try_wait().expect("a process");
        let _ = process.kill().and_then(|()| process.wait());
        assert_eq!(status.and_then(|status| status.code()), Some(0), "by signal: {by_signal}");
        drop(held);
    }
}
