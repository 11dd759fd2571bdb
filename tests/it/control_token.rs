//! The token of the control API.

use idouble::Emulator;
use idouble::internal::config::Config;

use crate::cli::process::Process;
use crate::cli::{command, folder};
use crate::common::{Client, Reply};

const TOKEN: &str = "s3cret;token%";

fn config() -> Config {
    let token = TOKEN.parse().expect("a token");
    Config { port: 0, control_token: Some(token), ..Config::default() }
}

fn emulator() -> (Emulator, Client) {
    let emulator = Emulator::builder().config(config()).start().expect("an emulator starts");
    let client = Client::of(emulator.endpoint());
    (emulator, client)
}

fn call(client: &mut Client, start: &str, header: (&str, &str)) -> Reply {
    client.request(start, &[header, ("Connection", "keep-alive")], b"")
}

#[test]
fn every_call_but_health_and_ca_needs_the_token() {
    let (emulator, mut client) = emulator();
    let bearer = format!("Bearer {TOKEN}");
    let index = call(&mut client, "GET /_idouble/", ("Authorization", &bearer)).json();
    let calls = index["calls"].as_array().expect("the calls");
    assert!(calls.len() > 40, "{index}");
    for entry in calls {
        let path =
            entry["path"].as_str().expect("a path").replace("{id}", "x").replace("{item}", "x");
        let start = format!("{} {path}", entry["method"].as_str().expect("a method"));
        let reply = call(&mut Client::of(emulator.endpoint()), &start, ("X-No", "token"));
        if ["GET /_idouble/health", "GET /_idouble/ca.pem"].contains(&&*start) {
            assert_ne!(reply.status, 401, "{start}");
            continue;
        }
        assert_eq!(reply.status, 401, "{start}");
        assert_eq!(reply.header("www-authenticate"), Some("Bearer"), "{start}");
        let error = reply.json()["error"].as_str().expect("an error").to_owned();
        assert!(error.contains("set IDOUBLE_CONTROL_TOKEN"), "{error}");
    }
    // Unknown paths do not say that they are unknown.
    assert_eq!(client.control("GET /unknown", "").status, 401);
}

#[test]
fn token_is_accepted_as_bearer_or_cookie_and_compared_whole() {
    let (emulator, _) = emulator();
    let status = |name, value: &str| {
        let mut client = Client::of(emulator.endpoint());
        call(&mut client, "GET /_idouble/stores", (name, value)).status
    };
    let escaped = "s3cret%3Btoken%25";
    let accepted = [
        ("Authorization", format!("Bearer {TOKEN}")),
        ("Authorization", format!("bearer  {TOKEN}")),
        ("Cookie", format!("idouble-control-token={escaped}")),
        ("Cookie", format!("a=b; idouble-control-token={escaped}; c=d")),
    ];
    for (name, value) in accepted {
        assert_eq!(status(name, &value), 200, "{name}: {value}");
    }
    let rejected = [
        ("Authorization", TOKEN.to_owned()),
        ("Authorization", format!("Basic {TOKEN}")),
        ("Authorization", format!("Bearer {}", TOKEN.to_uppercase())),
        ("Authorization", format!("Bearer {TOKEN}x")),
        ("Authorization", "Bearer s3cret".to_owned()),
        ("Authorization", "Bearer ".to_owned()),
        ("Cookie", format!("idouble-control-token={TOKEN}")),
        ("Cookie", "idouble-control-token=".to_owned()),
        ("Cookie", format!("other-idouble-control-token={escaped}")),
        ("X-Control-Token", TOKEN.to_owned()),
    ];
    for (name, value) in rejected {
        assert_eq!(status(name, &value), 401, "{name}: {value}");
    }
}

#[test]
fn clouds_and_the_files_of_the_console_need_no_token() {
    let (_emulator, mut client) = emulator();
    for page in ["", "app.js"] {
        assert_eq!(client.control(&format!("GET /console/{page}"), "").status, 200, "{page}");
    }
    let headers = [
        ("X-Amz-Target", "AWSIdentityStore.ListUsers"),
        ("Content-Type", "application/x-amz-json-1.1"),
    ];
    let body = br#"{"IdentityStoreId":"d-1234567890"}"#;
    assert_eq!(client.request("POST /", &headers, body).status, 200);
}

#[test]
fn token_is_shown_nowhere() {
    let folder =
        folder(&[("idouble.toml", &format!("control_token = '{TOKEN}'\nlog = 'trace'\n"))]);
    let path = folder.path().to_owned();
    let output = command(&path, &["config", "show"]).output().expect("the binary can be run");
    let shown = String::from_utf8(output.stdout).expect("text");
    assert!(shown.contains("# control_token ="), "{shown}");
    let mut process = Process::start_in(folder, &[]);
    let bearer = format!("Bearer {TOKEN}");
    let mut seen = shown;
    for path in ["/config", "/journal", "/stores?format=toml", "/metrics", "/openapi.json"] {
        let start = format!("GET /_idouble{path}");
        let reply = call(&mut process.client(), &start, ("Authorization", &bearer));
        assert_eq!(reply.status, 200, "{path}");
        seen += reply.text();
    }
    // A client may send it to a cloud by mistake.
    let target = "GET /v1/identity-stores/d-1234567890/users";
    call(&mut process.client(), target, ("Authorization", &bearer));
    let journal = call(&mut process.client(), "GET /_idouble/journal", ("Authorization", &bearer));
    seen += journal.text();
    process.signal("TERM");
    seen += &process.log();
    seen += &format!("{:?} {:?}", config(), Emulator::builder().config(config()));
    assert!(!seen.contains("s3cret"), "{seen}");
}

#[test]
fn no_error_shows_an_invalid_secret() {
    let key = "[[access_key]]\nid = 'A'\nsecert = 'S3cr3t'";
    for (flag, variable, file) in [
        ("--control-token=S3cr3t y", "", ""),
        ("--scim-token=S3cr3t y", "", ""),
        ("", "IDOUBLE_CONTROL_TOKEN", ""),
        ("", "IDOUBLE_SCIM_TOKEN", ""),
        ("", "", "control_tokn = 'S3cr3t'"),
        ("", "", "[scim]\ntoken = ['S3cr3t']"),
        ("", "", "[scim]\ntoken = 7351973519"),
        ("", "", key),
    ] {
        let folder = folder(&[("idouble.toml", file)]);
        let mut command = command(folder.path(), &["check"]);
        if !flag.is_empty() {
            command.arg(flag);
        }
        if !variable.is_empty() {
            command.env(variable, "S3cr3t\n");
        }
        let output = command.output().expect("the binary can be run");
        let error = String::from_utf8([output.stdout, output.stderr].concat()).expect("text");
        assert!(!output.status.success(), "{flag} {variable} {file}: {error}");
        assert!(!error.contains("S3cr3t") && !error.contains("7351973519"), "{error}");
    }
}

#[test]
fn host_beyond_this_machine_needs_a_token() {
    let folder = folder(&[]);
    for command_name in ["serve", "check"] {
        let mut command = command(folder.path(), &[command_name, "--host=0.0.0.0", "--port=0"]);
        let output = command.output().expect("the binary can be run");
        assert_eq!(output.status.code(), Some(2));
        let error = String::from_utf8(output.stderr).expect("text");
        assert!(error.contains("set --control-token or the variable"), "{error}");
    }
}

#[test]
fn commands_take_the_token_from_the_variable_or_the_file() {
    let file = format!("control_token = '{TOKEN}'\nport = 0\nport_file = 'port'\n");
    let process = Process::start_in(folder(&[("idouble.toml", &file)]), &[]);
    let elsewhere = folder(&[]);
    let run = |here: &std::path::Path, args: &[&str], token: &str| {
        let mut command = command(here, args);
        if !token.is_empty() {
            command.env("IDOUBLE_CONTROL_TOKEN", token);
        }
        let output = command.output().expect("the binary can be run");
        let text = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(text).expect("text"))
    };
    let url = process.endpoint();
    let list = ["stores", "list", "--url", url];
    assert_eq!(run(elsewhere.path(), &list, TOKEN).0, Some(0));
    assert_eq!(run(process.folder(), &["stores", "list"], "").0, Some(0), "of the file");
    for token in ["", "wrong"] {
        let (code, text) = run(elsewhere.path(), &list, token);
        assert_eq!(code, Some(2), "{text}");
        assert!(text.contains("set IDOUBLE_CONTROL_TOKEN"), "{text}");
    }
    assert_eq!(run(elsewhere.path(), &["healthcheck", "--url", url], "").0, Some(0));
    // The token of a file is for the server of that file only.
    assert_eq!(run(process.folder(), &list, "").0, Some(2));
    // A command that `run` starts gets it.
    let nested = format!("{} stores list", env!("CARGO_BIN_EXE_idouble"));
    let args = ["run", "--control-token", TOKEN, "--", "sh", "-c", &nested];
    let (code, text) = run(elsewhere.path(), &args, "");
    assert_eq!(code, Some(0), "{text}");
}
