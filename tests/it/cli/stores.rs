//! The commands that read or change the stores of a running server: `stores`, `users`, `export`, `import`,
//! `snapshot`, `clock` and `reset`.

use std::path::Path;

use idouble::Emulator;
use idouble::internal::server::Limits;

use super::{failure, folder, success};
use crate::common::Client;

const STORE: &str = "d-1234567890";

fn emulator() -> Emulator {
    let builder = Emulator::builder().seed(7).clock_frozen("2026-01-02T03:04:05Z");
    builder.start().expect("an emulator starts")
}

/// Runs a command against a server.
#[track_caller]
fn remote(folder: &Path, emulator: &Emulator, args: &[&str]) -> String {
    success(folder, &[args, &["--url", emulator.endpoint()]].concat())
}

#[test]
fn stores_are_listed_created_copied_and_deleted() {
    let (folder, emulator) = (folder(&[]), emulator());
    let run = |args: &[&str]| remote(folder.path(), &emulator, args);
    let line = run(&["stores"]);
    let counts = "d-1234567890  12 users, 4 groups, 15 memberships";
    let listed = Client::of(emulator.endpoint()).control("GET /stores", "").json();
    let path = listed["stores"][0]["scim_path"].as_str().expect("a path");
    assert_eq!(line, format!("{counts}  {}{path}\n", emulator.endpoint()));
    assert_eq!(run(&["stores", "list"]), line);
    let copy = run(&["stores", "create", "--copy", STORE]);
    assert_eq!(run(&["stores", "create", "--id", "d-00000000aa"]), "d-00000000aa\n");
    assert!(
        run(&["stores"])
            .contains("\nd-00000000aa  0 users, 0 groups, 0 memberships  http://127.0.0.1:")
    );
    assert_eq!(run(&["stores", "delete", copy.trim()]), format!("deleted: {copy}"));
    assert_eq!(run(&["stores"]).lines().count(), 2);
}

#[test]
fn users_are_listed() {
    let (folder, emulator) = (folder(&[]), emulator());
    let run = |args: &[&str]| remote(folder.path(), &emulator, args);
    run(&["stores", "create", "--copy", STORE]);
    let users = run(&["users", "list", "--store", STORE]);
    assert_eq!(users.lines().count(), 12);
    let alice = users.lines().find(|line| line.contains("  alice  ")).expect("alice is listed");
    assert!(alice.starts_with("d-1234567890  ") && alice.ends_with("  Alice Martin"), "{alice}");
    assert_eq!(run(&["users", "list"]).lines().count(), 24);
    assert_eq!(run(&["users", "list", "ALICE@", "--store", STORE]), format!("{alice}\n"));
    assert_eq!(run(&["users", "list", "nobody at all"]), "");
    let url = ["--url", emulator.endpoint()];
    let missing = [&["users", "list", "--store", "d-00000000ff"][..], &url].concat();
    failure(folder.path(), &missing, 2);
}

#[test]
fn snapshots_are_saved_restored_listed_and_deleted() {
    let (folder, emulator) = (folder(&[]), emulator());
    let run = |args: &[&str]| remote(folder.path(), &emulator, args);
    assert_eq!(run(&["snapshot", "save", "one"]), "saved: one, 1 store\n");
    run(&["stores", "create"]);
    assert_eq!(run(&["snapshot", "save", "two"]), "saved: two, 2 stores\n");
    assert_eq!(run(&["snapshot", "list"]), "one\ntwo\n");
    assert_eq!(run(&["snapshot", "restore", "one"]), "restored: one, 1 store\n");
    assert_eq!(run(&["stores"]).lines().count(), 1);
    assert_eq!(run(&["snapshot", "delete", "one"]), "deleted: one\n");
    let url = ["--url", emulator.endpoint()];
    failure(folder.path(), &[&["snapshot", "restore", "one"][..], &url].concat(), 2);
    let invalid = failure(folder.path(), &[&["snapshot", "save", "a/b"][..], &url].concat(), 2);
    assert!(invalid.starts_with("invalid name \"a/b\""), "{invalid}");
}

#[test]
fn the_clock_is_shown_and_set() {
    let (folder, emulator) = (folder(&[]), emulator());
    let run = |args: &[&str]| remote(folder.path(), &emulator, args);
    assert_eq!(run(&["clock"]), "2026-01-02T03:04:05Z (frozen)\n");
    assert_eq!(run(&["clock", "--advance", "5m"]), "2026-01-02T03:09:05Z (frozen)\n");
    assert_eq!(run(&["clock", "--set", "2030-01-01T00:00:00Z"]), "2030-01-01T00:00:00Z (frozen)\n");
    assert!(!run(&["clock", "--unfreeze"]).contains("frozen"));
    let invalid = ["clock", "--advance", "5 parsecs", "--url", emulator.endpoint()];
    let error = failure(folder.path(), &invalid, 2);
    assert!(error.contains("200ms"), "{error}");
}

#[test]
fn an_export_can_be_imported_again() {
    let (folder, emulator) = (folder(&[("bad.toml", "[[store]]\nid = 1\n")]), emulator());
    let run = |args: &[&str]| remote(folder.path(), &emulator, args);
    run(&["stores", "create", "--copy", STORE]);
    let exported = run(&["export", "--store", STORE]);
    run(&["export", "--output", "all.toml"]);
    assert_eq!(run(&["reset", "--store", STORE]), "reset: 1 store, 12 users\n");
    assert_eq!(run(&["reset"]), "reset: 1 store, 12 users\n");
    assert_eq!(run(&["stores"]).lines().count(), 1);
    assert_eq!(run(&["import", "all.toml"]), "imported: 2 stores, 24 users\n");
    assert_eq!(run(&["stores"]).lines().count(), 2);
    assert_eq!(run(&["export", "--store", STORE]), exported);
    // Nothing is sent before all files are known to be valid.
    let invalid = ["import", "all.toml", "bad.toml", "--url", emulator.endpoint()];
    let error = failure(folder.path(), &invalid, 3);
    assert!(error.contains("bad.toml:2:6: "), "{error}");
}

#[test]
fn an_import_that_is_too_large_is_rejected_with_advice() {
    let folder = folder(&[]);
    let limits = Limits { control_body_bytes_max: 2 << 20, ..Limits::default() };
    let emulator = Emulator::builder().limits(limits).start().expect("an emulator starts");
    let url = emulator.endpoint();
    // Twice the limit, and more than the buffers of both sockets hold.
    success(folder.path(), &["generate", "--users", "8000", "--output", "large.json"]);
    let error = failure(folder.path(), &["import", "large.json", "--url", url], 2);
    assert!(error.contains("larger than the 2 MiB") && error.contains("--fixture FILE"), "{error}");
    assert_eq!(emulator.directory().size(), (1, 12));
    success(folder.path(), &["generate", "--users", "800", "--output", "small.json"]);
    let imported = success(folder.path(), &["import", "small.json", "--url", url]);
    assert_eq!(imported, "imported: 1 store, 800 users\n");
    assert_eq!(emulator.directory().size(), (1, 800));
}
