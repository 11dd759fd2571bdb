//! The client of the control API: every command rejects what is not a response of idouble.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use serde_json::{Value, json};

use super::journal::emulator_with_requests;
use super::{idouble, output};

/// The result of a command against a server: exit code, output and errors.
fn run(args: &[&str]) -> (i32, String, String) {
    let folder = super::folder(&[]);
    let output = output(idouble(folder.path(), args));
    (output.code, output.stdout, output.stderr)
}

/// A web server that gives the same response to each of its connections.
fn web_server(response: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let mut request = [0; 4096];
            let _ = stream.read(&mut request);
            let _ = stream.write_all(response.as_bytes());
        }
    });
    url
}

/// A server that gives each of its connections this response of idouble.
fn json_server(status: &str, body: &Value) -> String {
    let body = body.to_string();
    let head = "X-Idouble-Version: 0\r\nConnection: close";
    let response =
        format!("HTTP/1.1 {status}\r\n{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    web_server(response.leak())
}

/// Every command that reports something about a server, or changes it.
const REMOTE: &[&[&str]] = &[
    &["healthcheck"],
    &["reset"],
    &["stores"],
    &["stores", "create"],
    &["stores", "delete", "d-1234567890"],
    &["users", "list"],
    &["export"],
    &["snapshot", "save", "a"],
    &["snapshot", "list"],
    &["clock"],
    &["fault", "list"],
    &["fault", "add", "read", "throttle"],
    &["fault", "remove", "a"],
    &["fault", "preview", "a"],
    &["fault", "verdict"],
    &["fault", "pause", "a"],
    &["fault", "resume", "a"],
    &["fault", "explain", "a", "1"],
    &["journal", "--replay", "1"],
    &["journal"],
    &["journal", "--count"],
    &["journal", "--clear"],
    &["journal", "--expect", "1"],
    &["events"],
];

#[test]
fn a_missing_server_is_reported() {
    for command in ["journal", "events"] {
        let url = "http://127.0.0.1:1";
        let (code, out, error) = run(&[command, "--url", url]);
        assert_eq!((code, out.as_str()), (1, ""), "{error}");
        assert_eq!(error, format!("error: no idouble at {url}; start it with `idouble`\n"));
        assert_eq!(run(&[command, "--url", "ftp://x"]).0, 2);
    }
}

#[test]
fn a_response_of_another_server_is_an_error() {
    let page = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
    let other = web_server(page);
    let nonsense = web_server("220 mail.example.com ESMTP\r\n");
    for command in REMOTE {
        for (url, what) in [(&other, "idouble"), (&nonsense, "HTTP")] {
            let (code, out, error) = run(&[command, &["--url", url][..]].concat());
            assert_eq!((code, &*out), (1, ""), "{command:?}: {error}");
            let article = if what == "HTTP" { "an HTTP" } else { "an idouble" };
            assert_eq!(error, format!("error: {url} is not {article} server\n"), "{command:?}");
        }
    }
}

/// ESC, BEL and the one-byte form of CSI.
const ESCAPES: &str = "\u{1b}]0;x\u{7}\u{9b}31m";

/// Asserts that a text names `ESCAPES` and contains no control character.
#[track_caller]
fn assert_escaped(text: &str) {
    assert!(text.contains(r"]0;x") && text.contains("31m"), "{text:?}");
    assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
}

#[test]
fn control_characters_of_a_server_are_escaped() {
    let name = json!(ESCAPES);
    let entry = json!({
        "seq": 1, "time": ESCAPES, "dialect": "aws", "operation": ESCAPES, "store": ESCAPES,
        "user": ESCAPES, "group": null, "session": ESCAPES, "attempt": null, "request_id": ESCAPES,
        "method": ESCAPES, "path": ESCAPES, "status": 200, "error": ESCAPES, "kind": null,
        "fault": ESCAPES, "duration_us": 1, "request": ESCAPES, "response": ESCAPES,
    });
    let stores = json!({
        "stores": [{
            "id": name, "users": 1, "groups": 1, "memberships": 1, "scim_path": name,
            "scim_rfc_path": name,
        }],
        "scim_token": name,
    });
    let user = json!({ "id": name, "user_name": name, "display_name": name });
    let users = json!({ "users": [user], "next_after": null });
    let rule = json!({ "id": name, "on": name, "when": name, "do": name, "for": name });
    let counts = json!({ "matched": 1, "fired": 1, "live": true });
    let (Value::Object(mut rule), Value::Object(counts)) = (rule, counts) else { unreachable!() };
    rule.extend(counts);
    let verdict = json!({ "id": name, "matched": 1, "fired": 1, "expected": "1", "met": true });
    let journal = json!({ "entries": [entry], "next_before": null });
    let responses: [(&[&str], Value); 9] = [
        (&["stores", "list"], stores),
        (&["stores", "create"], json!({ "id": name })),
        (&["users", "list", "--store", "d-1234567890"], users),
        (&["fault", "list"], json!({ "faults": [rule] })),
        (&["fault", "add", "read", "throttle"], json!({ "ids": [name] })),
        (&["fault", "verdict"], json!({ "rules": [verdict], "met": true })),
        (&["snapshot", "list"], json!({ "snapshots": [{ "name": name, "stores": 1 }] })),
        (&["journal"], journal.clone()),
        (&["journal", "--json"], journal),
    ];
    for (command, body) in responses {
        let url = json_server("200 OK", &body);
        let (code, out, error) = run(&[command, &["--url", &url]].concat());
        assert_eq!(code, 0, "{command:?}: {error}");
        assert_escaped(&out);
    }
    let url = json_server("400 Bad Request", &json!({ "error": name, "details": [name] }));
    for command in REMOTE.iter().filter(|command| **command != ["healthcheck"]) {
        let (code, out, error) = run(&[command, &["--url", &url][..]].concat());
        assert_eq!((code, &*out), (2, ""), "{command:?}: {error}");
        assert_escaped(&error);
    }
}

#[test]
fn control_characters_of_arguments_are_escaped() {
    let commands: [&[&str]; 6] = [
        &[ESCAPES],
        &["serve", "--seed", ESCAPES],
        &["serve", "--fault", ESCAPES],
        &["stores", "--url", ESCAPES],
        &["snapshot", "save", ESCAPES],
        &["fault", "remove", ESCAPES],
    ];
    for command in commands {
        let (code, out, error) = run(command);
        assert_eq!((code, &*out), (2, ""), "{command:?}: {error}");
        // clap removes whole escape sequences.
        assert!(error.contains("31m"), "{error:?}");
        assert!(!error.contains(|c: char| c.is_control() && c != '\n'), "{error:?}");
    }
}

#[test]
fn a_response_that_is_cut_off_or_incomplete_is_an_error() {
    let version = "HTTP/1.1 200 OK\r\nX-Idouble-Version: 0\r\nConnection: close\r\n";
    let responses = [
        (format!("{version}Content-Length: 99\r\n\r\n{{}}"), "Peer disconnected"),
        (format!("{version}Transfer-Encoding: chunked\r\n\r\n9\r\n{{"), "Peer disconnected"),
        (format!("{version}Content-Length: 2\r\n\r\n[]"), "unexpected response"),
        (format!("{version}Content-Length: 3\r\n\r\n<p>"), "unexpected response"),
    ];
    for (response, message) in responses {
        let url = web_server(response.leak());
        // An export is printed as it comes, whatever it is.
        let commands =
            REMOTE.iter().filter(|command| command[0] != "export" && command[0] != "events");
        for command in commands {
            let (code, _, error) = run(&[command, &["--url", &url][..]].concat());
            assert_eq!(code, 1, "{command:?}: {error}");
        }
        let (_, _, error) = run(&["journal", "--count", "--url", &url]);
        assert!(error.contains(message), "{error}");
    }
}

#[test]
fn localhost_is_reached_at_either_of_its_addresses() {
    let (emulator, _client) = emulator_with_requests();
    let url = format!("http://localhost:{}", emulator.port());
    assert_eq!(run(&["journal", "--count", "--url", &url]), (0, "3\n".to_owned(), String::new()));
}

#[test]
fn healthcheck_exits_0_only_if_the_server_is_ready() {
    let (emulator, client) = emulator_with_requests();
    drop(client);
    let port = emulator.port().to_string();
    let (code, out, _) = run(&["healthcheck", "--port", &port]);
    assert!(code == 0 && out.contains("\"ready\":true"), "{out}");
    assert_eq!(run(&["healthcheck", "--url", emulator.endpoint()]).0, 0);
    // For port 0, the port file names the port.
    let files = [("idouble.toml", "port = 0\nport_file = \"port\"\n"), ("port", &port)];
    let folder = super::folder(&files);
    assert_eq!(output(idouble(folder.path(), &["healthcheck"])).code, 0);
    drop(emulator);
    let (code, out, error) = run(&["healthcheck", "--port", &port]);
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(error.contains(&port), "{error}");
}

#[test]
fn healthcheck_gives_up_on_a_server_that_does_not_respond() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port can be had");
    let port = listener.local_addr().expect("it has an address").port().to_string();
    // The connection waits to be accepted.
    let (code, _, error) = run(&["healthcheck", "--port", &port]);
    assert!(code == 1 && error.contains("timeout"), "{error}");
}
