//! `idouble serve` as a process: its output, its log, its exit codes, and its end.

use std::fs;
use std::net::TcpListener;
use std::process::Command;

use serde_json::Value;

use super::process::Process;
use super::{BINARY, command, failure, folder, success};
use crate::common::{Client, End};

/// A request that waits for the rest of its body.
fn half_sent(process: &Process) -> Client {
    let mut client = process.client();
    client.send("POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n");
    client.send("Content-Length: 2\r\n\r\n");
    assert_eq!(client.reply().status, 100);
    client
}

#[test]
fn a_request_right_after_the_ready_line_succeeds() {
    let mut process = Process::start(&[]);
    assert!(process.endpoint().starts_with("http://127.0.0.1:"), "{}", process.ready());
    let health = process.client().control("GET /health", "").json();
    assert_eq!((&health["status"], &health["ready"]), (&"ok".into(), &true.into()));
    process.signal("TERM");
    assert_eq!(process.ended(), (0, String::new()));
}

#[test]
fn serve_is_the_default_command() {
    let folder = folder(&[]);
    let command = command(folder.path(), &["--port=0", "--ready-json"]);
    let process = Process::start_with(command, folder);
    let ready: Value = serde_json::from_str(process.ready()).expect("JSON");
    let port = ready["port"].as_u64().expect("a port");
    assert_eq!(ready["ready"], true);
    assert_eq!(ready["url"], format!("http://127.0.0.1:{port}"));
    assert_eq!(ready["pid"], process.pid());
    let mut client = Client::of(ready["url"].as_str().expect("a URL"));
    assert_eq!(client.control("GET /health", "").status, 200);
}

#[test]
fn the_port_file_is_complete_when_the_server_is_ready() {
    let process = Process::start(&["--port-file", "port"]);
    let port = fs::read_to_string(process.folder().join("port")).expect("it exists once ready");
    assert!(process.endpoint().ends_with(&format!(":{}", port.trim())), "{port}");
    let files = fs::read_dir(process.folder()).expect("a folder").count();
    assert_eq!(files, 1, "no temporary file is left");
    let folder = folder(&[]);
    let error = failure(folder.path(), &["--port", "0", "--port-file", "no/port"], 1);
    assert!(error.starts_with("no/port: "), "{error}");
}

#[test]
fn signals_let_open_requests_finish() {
    // A server that inherits an ignored SIGHUP, as under `nohup`, keeps ignoring it.
    let hangup = (!crate::common::is_hangup_ignored()).then_some("HUP");
    for name in ["TERM", "INT"].into_iter().chain(hangup) {
        let mut process = Process::start(&[]);
        let mut idle = process.client();
        assert_eq!(idle.control("GET /health", "").status, 200);
        let mut busy = half_sent(&process);
        process.signal(name);
        assert_eq!(idle.end(), End::Closed);
        busy.send("{}");
        assert!(busy.reply().status >= 400, "no operation has such a body");
        assert_eq!(process.ended().0, 0);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_hangup_that_the_parent_ignores_does_not_stop_the_server() {
    let folder = folder(&[]);
    let mut command = Command::new("sh");
    // As `nohup` does.
    command.args(["-c", "trap '' HUP; exec \"$0\" --port 0", BINARY]).current_dir(folder.path());
    let mut process = Process::start_with(command, folder);
    process.signal("HUP");
    assert_eq!(process.client().control("GET /health", "").status, 200);
    process.signal("TERM");
    assert_eq!(process.ended().0, 0);
}

#[test]
fn a_second_signal_ends_the_process_at_once() {
    let mut process = Process::start(&["--log", "info"]);
    let _busy = half_sent(&process);
    process.signal("INT");
    process.log_until("stopping");
    process.signal("INT");
    assert_eq!(process.ended().0, 1, "it did not wait for the open request");
}

#[test]
fn the_end_of_standard_input_ends_the_process_only_with_the_flag() {
    let mut process = Process::start(&["--exit-with-stdin"]);
    let mut busy = half_sent(&process);
    process.close_stdin();
    assert_eq!(process.ended().0, 0);
    assert_eq!(busy.rest().0, b"", "it did not wait for the open request");

    let mut process = Process::start(&[]);
    process.close_stdin();
    assert_eq!(process.client().control("GET /health", "").status, 200);
}

#[test]
fn invalid_usage_exits_with_2_and_invalid_files_exit_with_3() {
    let rule = "[[fault]]\nid = \"twice\"\non = \"read\"\ndo = \"throttle\"\n";
    let folder = folder(&[
        ("bad.toml", "seed = 7\nprot = 1\n\n[[fault]]\non = \"aws:Nope\"\n"),
        ("rules.toml", "[[fault]]\non = \"aws:Nope\"\ndo = \"throttle\"\n"),
        ("twice.toml", &rule.repeat(2)),
    ]);
    let port = ["--port", "99999"];
    for args in [&["--nonsense"][..], &port, &["nonsense"], &["--fault", "aws:Nope=throttle"]] {
        failure(folder.path(), args, 2);
    }
    for command in ["serve", "check"] {
        let error = failure(folder.path(), &[command, "--config", "bad.toml"], 3);
        assert!(error.contains("bad.toml:2:1: ") && error.contains("2 | prot = 1"), "{error}");
        assert!(error.contains("^^^^"), "{error}");
    }
    let check = |file: &str| failure(folder.path(), &["check", "--config", file], 3);
    assert!(check("rules.toml").contains("rules.toml:2:"));
    assert!(check("twice.toml").contains("two rules have the id \"twice\""));
}

#[test]
fn a_port_in_use_exits_with_5_after_the_fixtures_were_checked() {
    let folder = folder(&[
        ("bad.toml", "[[store]]\nid = 1\n"),
        ("good.toml", "[[store]]\nid = \"d-00000000aa\"\n"),
    ]);
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port can be had");
    let port = taken.local_addr().expect("it has an address").port().to_string();
    for (file, code) in [("missing.toml", 3), ("bad.toml", 3), ("good.toml", 5)] {
        let error = failure(folder.path(), &["--port", &port, "--fixture", file], code);
        let expected = if code == 3 { file } else { &format!("127.0.0.1:{port}") };
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn an_ipv4_mapped_loopback_address_is_loopback() {
    let mut process = Process::start(&["--host", "::ffff:127.0.0.1"]);
    assert_eq!(process.client().control("GET /health", "").status, 200);
    process.signal("TERM");
    let log = process.log();
    assert!(!log.contains("WARN"), "{log}");
    assert_eq!(process.ended().0, 0);
}

#[test]
fn listening_beyond_this_machine_is_logged_as_a_warning() {
    let mut process = Process::start(&["--host", "0.0.0.0", "--control-token", "secret"]);
    process.log_until("WARN");
    assert_eq!(process.client().control("GET /health", "").status, 200);
    process.signal("TERM");
    assert_eq!(process.ended().0, 0);
}

#[test]
fn unknown_variables_are_logged_as_warnings() {
    let folder = folder(&[]);
    let mut command = command(folder.path(), &["--port=0"]);
    command.env("IDOUBLE_PROT", "1");
    Process::start_with(command, folder).log_until("did you mean IDOUBLE_PORT?");
}

#[test]
fn with_a_stepping_clock_the_same_requests_give_the_same_bytes() {
    let users = "/v1/identity-stores/d-1234567890/users";
    let group = br#"{"IdentityStoreId":"d-1234567890","DisplayName":"new"}"#;
    let headers = [
        ("X-Amz-Target", "AWSIdentityStore.CreateGroup"),
        ("Content-Type", "application/x-amz-json-1.1"),
    ];
    let replies = |process: &Process| {
        let mut client = process.client();
        vec![
            client.request("POST /", &headers, group),
            // Calls of the control API do not advance the clock.
            client.control("DELETE /journal", ""),
            client.request(&format!("GET {users}"), &[], b""),
            client.request("POST /", &headers, group),
            client.control("GET /stores?format=json", ""),
        ]
    };
    let (first, second) = (Process::start(&["--clock"]), Process::start(&["--clock"]));
    let expected = replies(&first);
    first.client().control("GET /health", "");
    let date = expected[0].header("date");
    assert_eq!((expected[0].status, date), (200, Some("Tue, 01 Jan 2030 00:00:00 GMT")));
    assert_eq!(replies(&second), expected);
}

#[test]
fn at_level_info_each_request_is_one_line() {
    let mut process = Process::start(&["--log", "info", "--fault", "huawei:ListUsers=throttle"]);
    let mut client = process.client();
    let users = "/v1/identity-stores/d-1234567890/users";
    let list = client.request(&format!("GET {users}"), &[("x-idouble-session", "s")], b"");
    assert_eq!(list.status, 429);
    let alice = "fc3b1a4e-0000-0000-0000-000000000000";
    client.request(&format!("GET {users}/{alice}"), &[], b"");
    client.control("GET /health", "");
    process.signal("TERM");
    let log = process.log();
    let lines: Vec<_> = log.lines().filter(|line| line.contains("request")).collect();
    assert_eq!(lines.len(), 2, "{log}");
    for part in [
        " INFO request dialect=\"huawei\" operation=\"ListUsers\" store=\"d-1234567890\" ",
        " session=\"s\" status=429 error=\"throttled\" fault=\"fault-1\" ms=",
    ] {
        assert!(lines[0].contains(part), "{log}");
    }
    assert!(
        lines[1].contains(&format!("user=\"{alice}\" status=404 error=\"not_found\"")),
        "{log}"
    );
}

#[test]
fn the_default_level_logs_no_requests() {
    let mut process = Process::start(&[]);
    process.client().request("GET /v1/identity-stores/d-1234567890/users", &[], b"");
    process.signal("TERM");
    assert_eq!(process.log(), "");
}

/// Sends requests that contain control characters, a signature, a token and a password.
fn send_secrets(process: &Process) {
    let headers = [
        ("X-Amz-Target", "AWSIdentityStore.CreateUser\u{9b}31m"),
        ("Content-Type", "application/x-amz-json-1.1"),
        ("Authorization", "AWS4-HMAC-SHA256 Credential=AKID/x, Signature=sig-secret"),
        ("X-Amz-Security-Token", "token-secret"),
        ("X-Idouble-Fault", "nonsense\u{9b}31m"),
    ];
    process.client().request("POST /", &headers, br#"{"Password":"body-secret\u001b[31m\n"}"#);
    process.client().request("GET /%1b%0a%0d", &headers[2..], b"");
    let mut client = process.client();
    client.send("GET /\u{1b}[31m HTTP/1.1\r\nHost: \u{1b}\r\n\r\n");
    client.rest();
}

#[test]
fn the_log_has_no_secrets_and_no_control_characters() {
    for format in ["text", "json"] {
        let mut process = Process::start(&["--log=trace", "--log-format", format]);
        send_secrets(&process);
        process.signal("TERM");
        let log = process.log();
        assert_eq!(process.ended().0, 0);
        assert!(!log.contains("secret"), "{log}");
        assert!(!log.chars().any(|letter| letter.is_control() && letter != '\n'), "{log:?}");
        assert!(log.contains("request"), "{log}");
        if format == "json" {
            for line in log.lines() {
                let event: Value = serde_json::from_str(line).expect(line);
                assert!(event["level"].is_string() && event["message"].is_string(), "{line}");
            }
        }
    }
}

#[test]
fn check_reports_what_it_checked() {
    let rule = "port = 1\n[[fault]]\non = \"aws:UpdateUser\"\ndo = \"throttle\"\n";
    let folder = folder(&[("idouble.toml", rule)]);
    let checked = success(folder.path(), &["check", "--fault", "read=internal@0.1"]);
    let expected = "configuration: ok\nfixtures: ok, 1 store, 12 users in the built-in fixture\n\
                    fault rules: ok, 2 rules\n";
    assert_eq!(checked, expected);
}

#[test]
fn control_characters_in_file_names_and_keys_are_escaped() {
    let fixture =
        r#"{"store":[{"id":"d-1234567890","user":[{"user_name":"a","\u001b]0;x\u0007":1}]}]}"#;
    let folder = folder(&[("esc.json", fixture)]);
    let name = "\u{1b}]0;x\u{7}\u{9b}";
    for args in [["--fixture", "esc.json"], ["--fixture", name], ["--config", name]] {
        let error = failure(folder.path(), &[&["check"][..], &args].concat(), 3);
        assert!(error.contains("]0;x"), "{error:?}");
        assert!(!error.contains(|c: char| c.is_control() && c != '\n'), "{error:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn running_out_of_files_is_survived() {
    // The number of open files depends on the machine's processors and on the parent process.
    let calm = Process::start(&[]);
    let open = fs::read_dir(format!("/proc/{}/fd", calm.pid())).map_or(60, Iterator::count);
    let folder = folder(&[]);
    let mut command = Command::new("sh");
    let script = format!("ulimit -n {}; exec \"$0\" --port 0", open + 4);
    command.args(["-c", &script, BINARY]).current_dir(folder.path());
    let mut process = Process::start_with(command, folder);
    let crowd: Vec<_> = (0..80).map(|_| process.client()).collect();
    process.log_until("cannot accept");
    drop(crowd);
    assert_eq!(process.client().control("GET /health", "").status, 200);
    process.signal("TERM");
    process.log();
    assert_eq!(process.ended().0, 0);
}

#[test]
fn ready_json_control_api_and_env_agree_on_scim_address_and_token() {
    for flags in [&["--scim-token", "secret"][..], &[]] {
        let folder = folder(&[]);
        let args = [&["--port=0", "--ready-json", "--scim-auth=token"], flags].concat();
        let process = Process::start_with(command(folder.path(), &args), folder);
        let ready: Value = serde_json::from_str(process.ready()).expect("JSON");
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        let url = text(&ready["url"]);
        let (address, token) = (text(&ready["scim"][0]["endpoint"]), text(&ready["scim_token"]));
        assert_eq!(ready["scim"][0]["store"], "d-1234567890");
        assert_eq!(token == "secret", !flags.is_empty(), "{token}");

        let mut client = Client::of(&url);
        let stores = client.control("GET /stores", "").json();
        assert_eq!(format!("{url}{}", text(&stores["stores"][0]["scim_path"])), address);
        assert_eq!(text(&stores["scim_token"]), token);
        let printed = success(process.folder(), &["env", "--url", &url]);
        for line in [format!("SCIM_ENDPOINT={address}"), format!("SCIM_TOKEN={token}")] {
            assert!(printed.contains(&format!("export {line}\n")), "{printed}");
        }
        let stores = success(process.folder(), &["stores", "--url", &url]);
        assert!(stores.ends_with(&format!("  {address}\n")), "{stores}");

        let path = address.strip_prefix(&url).expect("an address of the server");
        let request = format!("GET {path}ServiceProviderConfig");
        let bearer = format!("Bearer {token}");
        let opened = client.request(&request, &[("Authorization", &bearer)], b"");
        assert_eq!(opened.status, 200, "{opened:?}");
        assert_eq!(client.request(&request, &[], b"").status, 401);
    }
}

#[test]
fn reasons_that_scim_responses_hide_are_logged() {
    let mut process = Process::start(&["--log=info"]);
    let mut client = process.client();
    let stores = client.control("GET /stores", "").json();
    let path = stores["stores"][0]["scim_path"].as_str().expect("a path").to_owned();
    let refused = client.request(&format!("GET {path}Users?filter=title+eq+%22x%22"), &[], b"");
    assert_eq!(refused.status, 400);
    assert!(!refused.text().contains("title"), "{refused:?}");
    process.signal("TERM");
    let log = process.log();
    assert!(log.contains("Invalid Filter format: no filter by title is supported"), "{log}");
}
