//! A log that cannot be written: requests are still answered, and the state is still saved.
#![cfg(unix)]

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::common::Client;

/// A server that saves its state, with this standard error. Killed when dropped.
struct Server {
    child: Child,
    folder: TempDir,
    endpoint: String,
}

impl Server {
    #[track_caller]
    fn start(stderr: impl Into<Stdio>) -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let mut command = Command::new(env!("CARGO_BIN_EXE_idouble"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("IDOUBLE_") {
                command.env_remove(name);
            }
        }
        command
            .args(["serve", "--port", "0", "--state", "state.toml", "--log", "debug"])
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(stderr);
        let mut child = command.spawn().expect("the binary can be run");
        let mut ready = String::new();
        let stdout = child.stdout.take().expect("it is piped");
        BufReader::new(stdout).read_line(&mut ready).expect("it prints text");
        let endpoint = ready.trim().strip_prefix("idouble ready on ").expect("a ready line");
        Self { endpoint: endpoint.to_owned(), child, folder }
    }

    /// Creates users, stops the server with SIGTERM, and returns its exit code.
    #[track_caller]
    fn create_users_and_stop(&mut self, count: usize) -> Option<i32> {
        let mut client = Client::of(&self.endpoint);
        for number in 0..count {
            let body = format!(
                r#"{{"IdentityStoreId":"d-1234567890","UserName":"u{number}","DisplayName":"d",
                "Name":{{"GivenName":"a","FamilyName":"b"}}}}"#
            );
            let headers = [
                ("X-Amz-Target", "AWSIdentityStore.CreateUser"),
                ("Content-Type", "application/x-amz-json-1.1"),
            ];
            let reply = client.request("POST /", &headers, body.as_bytes());
            assert_eq!(reply.status, 200, "{}", reply.text());
        }
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", "TERM", &pid]).status();
        assert!(sent.expect("kill can be run").success());
        self.child.wait().expect("it can be waited for").code()
    }

    /// Whether the state file has this user.
    fn has_saved(&self, user: &str) -> bool {
        let state = fs::read_to_string(self.folder.path().join("state.toml"));
        state.expect("the state was saved").contains(&format!("user_name = {user:?}"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn closed_stderr_stops_neither_requests_nor_the_state_file() {
    let mut server = Server::start(Stdio::piped());
    drop(server.child.stderr.take());
    assert_eq!(server.create_users_and_stop(3), Some(0));
    assert!(server.has_saved("u2"));
}

#[cfg(target_os = "linux")]
#[test]
fn stderr_on_a_full_disk_stops_neither_requests_nor_the_state_file() {
    let full = File::options().write(true).open("/dev/full").expect("Linux has one");
    let mut server = Server::start(full);
    assert_eq!(server.create_users_and_stop(3), Some(0));
    assert!(server.has_saved("u2"));
}

#[test]
fn unread_stderr_stops_neither_requests_nor_the_state_file() {
    let mut server = Server::start(Stdio::piped());
    // Each writes a line of some 150 bytes, and a pipe holds 64 KiB.
    assert_eq!(server.create_users_and_stop(1000), Some(0));
    assert!(server.has_saved("u999"));
}

#[test]
fn tls_on_the_plain_port_is_logged() {
    let mut server = Server::start(Stdio::piped());
    let mut client = Client::of(&server.endpoint);
    // The start of a ClientHello.
    client.send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03");
    client.rest();
    let log = BufReader::new(server.child.stderr.take().expect("it is piped"));
    let found = log.lines().map_while(Result::ok).any(|line| line.contains("a client speaks TLS"));
    assert!(found);
}
