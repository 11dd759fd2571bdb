//! `idouble fault` against a running server, and presets.

use idouble::Emulator;

use super::{failure, folder, idouble, output};

/// The exit code of a command, and what it prints.
fn run(args: &[&str]) -> (i32, String) {
    let output = output(idouble(folder(&[]).path(), args));
    (output.code, output.stdout)
}

#[test]
fn rules_are_added_listed_previewed_judged_and_removed() {
    let emulator = Emulator::builder().start().expect("an emulator");
    let at = ["--url", emulator.endpoint()];
    let on = |words: &[&str]| run(&[&["fault"], words, &at].concat());
    let rule = ["add", "aws:UpdateUser", "throttle", "--when", "xx.", "--for", "9x", "--id", "t"];
    assert_eq!(on(&[&rule[..], &["--expect", "1"]].concat()), (0, "t\n".to_owned()));
    let line = "t: aws:UpdateUser = throttle when xx., for 9x; matched 0, fired 0\n";
    assert_eq!(on(&["list"]), (0, line.to_owned()));
    assert_eq!(on(&["preview", "t", "-n", "7"]), (0, "xx.xx.x\n".to_owned()));
    let line = "t: unmet: matched 0, fired 0, expected 1\n";
    assert_eq!(on(&["verdict"]), (4, line.to_owned()));
    assert_eq!(on(&["remove", "t"]).0, 0);
    assert_eq!(on(&["remove", "t"]).0, 2);
    assert_eq!(on(&["verdict"]).0, 0);
    let half = [r#"{"op":"read","store":"d-1*"}"#, r#"{"cut":"50%"}"#];
    assert_eq!(on(&["add", half[0], half[1]]), (0, "fault-1\n".to_owned()));
    let list = r#"["aws:ListUsers","huawei:ListUsers"]"#;
    assert_eq!(on(&["add", list, "hang", "--id", "h"]), (0, "h\n".to_owned()));
    assert_eq!(on(&["use", "third-try-works"]).1, "third-try-aws\nthird-try-huawei\n");
    assert_eq!(on(&["remove"]).0, 2, "which one, or --all");
    assert_eq!(on(&["remove", "fault-1"]), (0, "removed: fault-1\n".to_owned()));
    assert_eq!(on(&["remove", "--all"]), (0, "removed: 3 rules\n".to_owned()));
    for (rule, expected) in [
        (
            ["aws:UpdateUser", "throtle"],
            "/do: unknown fault class \"throtle\"; did you mean \"throttle\"?",
        ),
        (
            ["aws:UpdtUser", "throttle"],
            "/on: no operation matches \"aws:UpdtUser\"; did you mean \"aws:UpdateUser\"",
        ),
    ] {
        let invalid = [&["fault", "add"], &rule[..], &at[..]].concat();
        let text = failure(folder(&[]).path(), &invalid, 2);
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn rules_are_paused_resumed_and_explained() {
    let (emulator, _client) = super::journal::emulator_with_requests();
    let at = ["--url", emulator.endpoint()];
    let on = |words: &[&str]| run(&[&["fault"], words, &at].concat());
    assert_eq!(on(&["add", "huawei:ListUsers", "throttle", "--id", "t"]).0, 0);
    assert_eq!(on(&["pause", "t"]), (0, "paused: t\n".to_owned()));
    let line = "t (paused): huawei:ListUsers = throttle when always; matched 0, fired 0\n";
    assert_eq!(on(&["list"]), (0, line.to_owned()));
    assert_eq!(on(&["resume", "t"]), (0, "resumed: t\n".to_owned()));
    let (code, text) = on(&["explain", "t", "2"]);
    assert_eq!(code, 0);
    let reason = "on.op: expected huawei:ListUsers, found huawei:DescribeUser\n  \
                  on.op: no: expected huawei:ListUsers, found huawei:DescribeUser\n";
    assert!(text.starts_with(reason), "{text}");
    assert_eq!(on(&["explain", "t", "9"]).0, 2);
    assert_eq!(on(&["explain", "x", "1"]).0, 2);
    assert_eq!(on(&["pause", "x"]).0, 2);
}

#[test]
fn presets_are_listed_printed_and_used() {
    let (code, text) = run(&["fault", "presets"]);
    assert_eq!(code, 0);
    for preset in idouble::internal::faults::PRESETS {
        assert!(text.contains(preset.name), "{text}");
        let printed = run(&["fault", "presets", preset.name]);
        assert_eq!(printed, (0, preset.text.to_owned()));
        let (code, text) = run(&["check", "--preset", preset.name]);
        assert!(code == 0 && text.contains("fault rules: ok"), "{text}");
    }
    let text = failure(folder(&[]).path(), &["check", "--preset", "aws-limit"], 2);
    assert!(text.contains("known: aws-limits,"), "{text}");
}

#[test]
fn the_example_rules_are_valid() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/faults.toml");
    let (code, text) = run(&["check", "--config", file]);
    assert!(code == 0 && text.contains("fault rules: ok, 6 rules"), "{text}");
}

#[test]
fn rules_of_a_file_are_counted() {
    let rules = "[[fault]]\non = \"read\"\ndo = \"throttle\"\n".repeat(2);
    let folder = folder(&[("idouble.toml", &rules)]);
    let shown = super::success(folder.path(), &["config", "show"]);
    let flags = shown.lines().find(|line| line.starts_with("# --fault [] "));
    assert!(flags.is_some_and(|line| line.ends_with("# default")), "{shown}");
    let line = shown.lines().find(|line| line.starts_with("# [[fault]] tables: 2 "));
    assert!(line.is_some_and(|line| line.ends_with("# idouble.toml")), "{shown}");
}
