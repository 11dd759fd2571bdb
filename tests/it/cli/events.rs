//! `idouble events` against a running server.
#![cfg(unix)]

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStdout, Command, Stdio};

use idouble::Emulator;
use serde_json::Value;
use tempfile::TempDir;

use super::command;
use super::journal::{DESCRIBE_UNKNOWN, LIST, emulator_with_requests};

/// A process that follows the events of a server; killed when this is dropped.
struct Follower {
    child: Child,
    stdout: BufReader<ChildStdout>,
    _folder: TempDir,
}

impl Follower {
    /// Returns when the process is subscribed.
    fn start(emulator: &Emulator, args: &[&str]) -> Self {
        let folder = super::folder(&[]);
        let args = [&["events"], args, &["--url", emulator.endpoint()]].concat();
        let mut command = command(folder.path(), &args);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("it runs");
        let mut line = String::new();
        let mut stderr = BufReader::new(child.stderr.take().expect("it is piped"));
        stderr.read_line(&mut line).expect("text");
        assert!(line.starts_with("following http://127.0.0.1:"), "{line}");
        let stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        Self { child, stdout, _folder: folder }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("text");
        line
    }

    /// Waits for the end; returns the exit code and the rest of the output.
    fn end(mut self) -> (Option<i32>, String) {
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).expect("text");
        (self.child.wait().expect("it ends").code(), rest)
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn events_are_printed_until_the_server_stops_or_the_user_interrupts() {
    let (emulator, mut client) = emulator_with_requests();
    let mut all = Follower::start(&emulator, &[]);
    let mut errors = Follower::start(&emulator, &["--status", "4xx", "--json"]);
    let one = Follower::start(&emulator, &["--limit", "1"]);
    for call in [LIST, DESCRIBE_UNKNOWN] {
        client.request(call, &[], b"");
    }
    assert!(all.line().contains("#4 huawei:ListUsers"));
    assert!(all.line().contains("#5 huawei:DescribeUser store=d-1234567890 user=unknown -> 404"));
    let entry: Value = serde_json::from_str(&errors.line()).expect("an entry of JSON a line");
    assert_eq!(entry["seq"], 5);
    let (code, line) = one.end();
    assert!(code == Some(0) && line.contains("#4 "), "{code:?} {line}");
    let pid = errors.child.id().to_string();
    assert!(Command::new("kill").args(["-s", "INT", &pid]).status().expect("kill runs").success());
    assert_eq!(errors.end(), (Some(0), String::new()));
    drop(client);
    assert!(emulator.join());
    assert_eq!(all.end(), (Some(0), String::new()));
}
