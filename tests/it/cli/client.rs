//! The client of the control API: every command rejects what is not a response of idouble.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

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
fn localhost_is_reached_whichever_address_it_stands_for() {
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
