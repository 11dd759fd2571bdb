//! `idouble run`.
#![cfg(unix)]

use std::process::Command;

use idouble::Emulator;

use super::process::Process;
use super::{BINARY, Output, folder, idouble, output};

/// Runs a shell script with a server of its own.
fn run(flags: &[&str], script: &str) -> Output {
    let folder = folder(&[]);
    let args = [&["run"], flags, &["--", "/bin/sh", "-c", script]].concat();
    output(idouble(folder.path(), &args))
}

#[test]
fn the_command_finds_the_server_by_its_variables() {
    let script =
        r#"[ "$AWS_ENDPOINT_URL" = "http://127.0.0.1:$IDOUBLE_PORT" ] && "$0" healthcheck"#;
    let script = script.replace("$0", BINARY);
    let run = run(&["--verdict"], &script);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("\"ready\":true"), "{}", run.stdout);
    assert_eq!(self::run(&["--served-only"], r#"[ -z "$AWS_ENDPOINT_URL" ]"#).code, 0);
}

#[test]
fn the_exit_code_is_that_of_the_command() {
    assert_eq!(run(&["--verdict"], "exit 7").code, 7);
    assert_eq!(run(&[], "kill -9 $$").code, 137);
    let folder = folder(&[]);
    let missing = output(idouble(folder.path(), &["run", "--", "no-such-command"]));
    assert_eq!(missing.code, 1);
    assert!(missing.stderr.starts_with("error: no-such-command: "), "{}", missing.stderr);
}

#[test]
fn a_rule_that_never_matched_fails_the_verdict_as_on_a_running_server() {
    let rule = "aws:ListUsers=throttle";
    let run = run(&["--verdict", "--fault", rule], "exit 0");
    let line = "fault-1: never matched: matched 0, fired 0\n";
    assert_eq!(run.code, 4);
    assert!(run.stderr.starts_with(line), "{}", run.stderr);
    let emulator = Emulator::builder().fault(rule).start().expect("an emulator");
    let folder = folder(&[]);
    let verdict = ["fault", "verdict", "--url", emulator.endpoint()];
    let verdict = output(idouble(folder.path(), &verdict));
    assert_eq!((verdict.code, &*verdict.stdout), (4, line));
}

#[test]
fn sigterm_lets_the_command_clean_up() {
    let script = "trap 'echo cleaned; exit 3' TERM; echo up; while :; do sleep 0.05; done";
    let folder = folder(&[]);
    let mut command = Command::new(BINARY);
    command.args(["run", "--", "/bin/sh", "-c", script]).current_dir(folder.path());
    let mut process = Process::start_with(command, folder);
    assert_eq!(process.ready(), "up\n");
    process.signal("TERM");
    assert_eq!(process.ended(), (3, "cleaned\n".to_owned()));
}
