//! The commands that write something and need no server: `generate`, `init`, `schema`, `completions` and
//! `man`.

use std::fs;
use std::process::Stdio;

use idouble::internal::fixture::{self, Format, Generate, Options, Source};
use serde_json::Value;

use super::{command, failure, folder, success};

#[test]
fn a_generated_directory_is_a_fixture_and_follows_from_the_seed() {
    let folder = folder(&[]);
    let generate = |args: &[&str]| success(folder.path(), &[&["generate"], args].concat());
    let args = ["--users", "300", "--groups", "20", "--seed", "9"];
    let json = generate(&args);
    assert_eq!(json, generate(&args));
    assert_ne!(json, generate(&[&args[..4], &["--seed", "8"]].concat()));
    let read = |name: &str, text: String| {
        let stores = fixture::load(&[Source::text(name, text)], &Options::default());
        let stores: Vec<_> = stores.expect("it is a fixture").into_iter().map(Into::into).collect();
        fixture::export_json(&stores)
    };
    let loaded: Value = serde_json::from_str(&read("a.json", json)).expect("an export is JSON");
    let count = |list: &str| loaded["store"][0][list].as_array().map_or(0, Vec::len);
    assert_eq!((count("user"), count("group")), (300, 20));
    assert!((300..900).contains(&count("membership")));
    generate(&[&args[..], &["--store", "d-00000000aa", "--output", "a.toml"]].concat());
    let toml = fs::read_to_string(folder.path().join("a.toml")).expect("it was written");
    assert!(toml.starts_with("[[store]]\nid = \"d-00000000aa\"\n"));
    read("a.toml", toml);
    // Many, and none.
    for users in [0, 20_000] {
        let json = fixture::generate(
            &Generate { users, groups: 0, seed: 1 },
            "d-1234567890",
            Format::Json,
        );
        let stores = fixture::load(&[Source::text("a.json", json)], &Options::default());
        assert_eq!(stores.expect("it is a fixture")[0].users().count(), users as usize);
    }
}

#[test]
fn generate_rejects_an_invalid_store_id() {
    let error = failure(folder(&[]).path(), &["generate", "--store", "x"], 2);
    assert!(error.contains("expected an id such as d-1234567890"), "{error}");
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_an_error_unless_its_reader_has_gone() {
    let folder = folder(&[]);
    let generate = || {
        let mut command = command(folder.path(), &["generate", "--users", "2000"]);
        command.stderr(Stdio::piped());
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
fn starter_files_change_nothing_until_edited_and_overwrite_nothing() {
    let folder = folder(&[]);
    let path = folder.path();
    assert_eq!(success(path, &["init"]), "./idouble.toml\n./fixture.toml\n");
    let checked = success(path, &["check"]);
    assert!(checked.contains("1 store, 12 users in the built-in fixture"), "{checked}");
    // Both files are valid once they are used.
    let config = fs::read_to_string(path.join("idouble.toml")).expect("it was written");
    let edited = config.replace("# fixtures =", "fixtures =").replace("# [[fault]]", "[[fault]]");
    let edited = edited.replace("# on =", "on =").replace("# do =", "do =");
    fs::write(path.join("idouble.toml"), edited).expect("a file is written");
    let checked = success(path, &["check"]);
    assert!(checked.contains("1 store, 2 users in fixture.toml"), "{checked}");
    assert!(checked.contains("fault rules: ok, 1 rule\n"), "{checked}");
    fs::remove_file(path.join("fixture.toml")).expect("it exists");
    let error = failure(path, &["init"], 2);
    assert_eq!(error, "./idouble.toml exists; nothing was written");
    assert!(!path.join("fixture.toml").exists());
}

#[test]
fn schemas_have_bounds_and_required_members() {
    let schema = |kind: &str| -> Value {
        let schema = success(folder(&[]).path(), &["schema", kind]);
        serde_json::from_str(&schema).expect("a schema is JSON")
    };
    let port = &schema("config")["properties"]["port"];
    assert_eq!((&port["default"], &port["maximum"]), (&4747.into(), &65535.into()));
    let fixture = schema("fixture");
    let user = &fixture["properties"]["store"]["items"]["properties"]["user"]["items"];
    assert_eq!(user["properties"]["user_name"]["maxLength"], 128);
    assert_eq!(user["required"], serde_json::json!(["user_name"]));
}

#[test]
fn completions_and_manual_page_have_every_command() {
    let folder = folder(&[]);
    for shell in ["bash", "zsh", "fish"] {
        let script = success(folder.path(), &["completions", shell]);
        assert!(script.contains("healthcheck"), "{shell}");
    }
    let page = success(folder.path(), &["man"]);
    assert!(page.contains(".TH idouble") && page.contains("idouble\\-generate"), "{page}");
}

#[test]
fn short_help_fits_a_screen_and_long_help_names_every_command() {
    let folder = folder(&[]);
    let short = success(folder.path(), &["-h"]);
    assert!(short.lines().count() <= 30, "{short}");
    assert!(short.contains("\n  ca        Print the CA"), "{short}");
    let help = success(folder.path(), &["--help"]);
    for command in ["healthcheck", "generate", "schema", "completions", "man", "serve"] {
        assert!(help.contains(&format!("  {command} ")), "{command}: {help}");
    }
}
