//! The command line about faults: a running server's rules, presets, and a command under a verdict.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Output, Stdio};

use idouble::Emulator;

fn idouble(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_idouble"));
    command.env_clear().args(arguments).output().expect("the binary runs")
}

/// Its exit code, and what it prints.
fn told(arguments: &[&str]) -> (Option<i32>, String) {
    let output = idouble(arguments);
    (output.status.code(), String::from_utf8(output.stdout).expect("text"))
}

fn complaint(arguments: &[&str]) -> (Option<i32>, String) {
    let output = idouble(arguments);
    (output.status.code(), String::from_utf8(output.stderr).expect("text"))
}

#[test]
fn rules_of_a_running_server_are_added_seen_foreseen_judged_and_removed() {
    let emulator = Emulator::builder().start().expect("an emulator");
    let at = ["--url", emulator.endpoint()];
    let on = |words: &[&str]| told(&[&["fault"], words, &at].concat());
    let rule = ["add", "aws:UpdateUser", "throttle", "--when", "xx.", "--for", "9x", "--id", "t"];
    assert_eq!(on(&[&rule[..], &["--expect", "1"]].concat()), (Some(0), "t\n".to_owned()));
    let line = "t: aws:UpdateUser = throttle when xx., for 9x; matched 0, fired 0\n";
    assert_eq!(on(&["list"]), (Some(0), line.to_owned()));
    assert_eq!(on(&["preview", "t", "-n", "7"]), (Some(0), "xx.xx.x\n".to_owned()));
    let line = "t: unmet: matched 0, fired 0, expected 1\n";
    assert_eq!(on(&["verdict"]), (Some(4), line.to_owned()));
    assert_eq!(on(&["remove", "t"]).0, Some(0));
    assert_eq!(on(&["remove", "t"]).0, Some(2));
    assert_eq!(on(&["verdict"]).0, Some(0));
    let half = [r#"{"op":"read","store":"d-1*"}"#, r#"{"cut":"50%"}"#];
    assert_eq!(on(&["add", half[0], half[1]]), (Some(0), "fault-1\n".to_owned()));
    let list = r#"["aws:ListUsers","huawei:ListUsers"]"#;
    assert_eq!(on(&["add", list, "hang", "--id", "h"]), (Some(0), "h\n".to_owned()));
    assert_eq!(on(&["use", "third-try-works"]).1, "third-try-aws\nthird-try-huawei\n");
    assert_eq!(on(&["remove"]).0, Some(2), "which one, or --all");
    assert_eq!(on(&["remove", "fault-1"]), (Some(0), "removed: fault-1\n".to_owned()));
    assert_eq!(on(&["remove", "--all"]), (Some(0), "removed: 3 rules\n".to_owned()));
    let (code, text) = complaint(&[&["fault", "add", "aws:UpdtUser", "throtle"], &at[..]].concat());
    assert_eq!(code, Some(2));
    assert!(text.contains("did you mean `throttle`?") && text.contains("aws:UpdateUser"), "{text}");
}

#[test]
fn presets_are_listed_printed_and_started_with() {
    let (code, text) = told(&["fault", "presets"]);
    assert_eq!(code, Some(0));
    for preset in idouble::faults::PRESETS {
        assert!(text.contains(preset.name), "{text}");
        let printed = told(&["fault", "presets", preset.name]);
        assert_eq!(printed, (Some(0), preset.text.to_owned()));
        let (code, text) = told(&["check", "--preset", preset.name]);
        assert!(code == Some(0) && text.contains("fault rules: ok"), "{text}");
    }
    let (code, text) = complaint(&["check", "--preset", "aws-limit"]);
    assert!(code == Some(2) && text.contains("known: aws-limits,"), "{text}");
}

#[test]
fn every_example_of_the_language_is_taken() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/faults.toml");
    let (code, text) = told(&["check", "--config", file]);
    assert!(code == Some(0) && text.contains("fault rules: ok, 6 rules"), "{text}");
}

#[test]
fn a_command_runs_beside_a_server_and_its_rules_are_judged() {
    let sh = |flags: &[&str], script: &str| {
        complaint(&[&["run"], flags, &["--", "/bin/sh", "-c", script]].concat())
    };
    let finds = r#"[ "$AWS_ENDPOINT_URL_IDENTITYSTORE" = "http://127.0.0.1:$IDOUBLE_PORT" ]"#;
    assert_eq!(sh(&[], finds).0, Some(0));
    assert_eq!(sh(&["--verdict"], "exit 7").0, Some(7));
    assert_eq!(sh(&[], "kill -9 $$").0, Some(137));
    let (code, text) = sh(&["--verdict", "--fault", "aws:ListUsers=throttle"], "exit 0");
    assert_eq!(code, Some(4));
    assert!(text.starts_with("fault-1: never matched: matched 0, fired 0\n"), "{text}");
    // The same rule on a running server gets the same verdict.
    let emulator =
        Emulator::builder().fault("aws:ListUsers=throttle").start().expect("an emulator");
    let (code, text) = told(&["fault", "verdict", "--url", emulator.endpoint()]);
    assert_eq!((code, &*text), (Some(4), "fault-1: never matched: matched 0, fired 0\n"));
    let list = format!("{} healthcheck", env!("CARGO_BIN_EXE_idouble"));
    assert_eq!(sh(&["--verdict"], &list).0, Some(0), "what runs finds the server by its port");
}

#[test]
fn a_command_beside_a_server_is_told_to_end_and_may_tidy_up() {
    let script = "trap 'echo tidied; exit 3' TERM; echo up; while :; do sleep 0.05; done";
    let mut command = Command::new(env!("CARGO_BIN_EXE_idouble"));
    let command = command.env_clear().args(["run", "--", "/bin/sh", "-c", script]);
    let mut run = command.stdout(Stdio::piped()).spawn().expect("the binary runs");
    let mut lines = BufReader::new(run.stdout.take().expect("its output is ours")).lines();
    assert_eq!(lines.next().expect("a line").expect("text"), "up");
    let sent = Command::new("kill").args(["-s", "TERM", &run.id().to_string()]).status();
    assert!(sent.expect("kill can be run").success());
    let more: Vec<_> = lines.map(|line| line.expect("text")).collect();
    assert_eq!(more, ["tidied"]);
    assert_eq!(run.wait().expect("it ends").code(), Some(3));
}

#[test]
fn rules_of_a_file_are_counted() {
    let folder = std::env::temp_dir().join(format!("idouble-presets-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join("idouble.toml");
    let of = |text: &str, words: &[&str]| {
        std::fs::write(&file, text).expect("a file");
        let config = ["--config", file.to_str().expect("text")];
        let words = [words, &config].concat();
        let (code, error) = complaint(&words);
        (code, told(&words).1 + &error)
    };
    let rules = "[[fault]]\non = \"read\"\ndo = \"throttle\"\n".repeat(2);
    let (code, said) = of(&rules, &["config", "show"]);
    assert_eq!(code, Some(0), "{said}");
    let line = said.lines().find(|line| line.starts_with("# [[fault]] tables: 2"));
    assert!(line.is_some_and(|line| line.ends_with("idouble.toml")), "{said}");
    std::fs::remove_dir_all(&folder).expect("removed");
}
