//! Signatures and permissions in the modes `strict` and `soft`.

use std::fmt::Write as _;

use idouble::{AccessKey, AuthMode, Emulator};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::cli;
use crate::common::{Client, Reply};

/// A signed request, made by a vendor's own signer.
#[derive(Clone, Deserialize)]
struct SignedRequest {
    name: String,
    method: String,
    target: String,
    headers: std::collections::BTreeMap<String, String>,
    body: String,
    id: String,
    secret: String,
    session_token: Option<String>,
}

#[derive(Deserialize)]
struct Vectors {
    vectors: Vec<SignedRequest>,
}

const AWS_TIME: &str = "2030-01-02T03:04:05Z";
const HUAWEI_TIME: &str = "2026-01-02T03:04:05Z";

fn aws_requests() -> Vec<SignedRequest> {
    let text = include_str!("../vectors/aws_signatures.json");
    serde_json::from_str::<Vectors>(text).expect("vectors").vectors
}

fn huawei_requests() -> Vec<SignedRequest> {
    let text = include_str!("../vectors/huawei_signatures.json");
    serde_json::from_str::<Vectors>(text).expect("vectors").vectors
}

fn all_requests() -> Vec<(&'static str, SignedRequest)> {
    let aws = aws_requests().into_iter().map(|request| (AWS_TIME, request));
    aws.chain(huawei_requests().into_iter().map(|request| (HUAWEI_TIME, request))).collect()
}

impl SignedRequest {
    fn named(name: &str) -> (&'static str, Self) {
        let found = all_requests().into_iter().find(|(_, request)| request.name == name);
        found.unwrap_or_else(|| panic!("no vector {name}"))
    }

    /// Sends it as it was signed, with the host that it was signed for.
    fn send(&self, client: &mut Client) -> Reply {
        let mut text = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
        for (name, value) in &self.headers {
            write!(text, "{name}: {value}\r\n").expect("a text");
        }
        write!(text, "Content-Length: {}\r\n\r\n{}", self.body.len(), self.body).expect("a text");
        client.send(text);
        client.reply()
    }

    fn key(&self) -> Value {
        let mut key = json!({ "id": self.id, "secret": self.secret });
        if let Some(token) = &self.session_token {
            key["session_token"] = json!(token);
        }
        key
    }
}

fn emulator(mode: AuthMode, time: &str) -> (Emulator, Client) {
    let other = AccessKey::new("AKIAOTHEROTHEROTHER1", "another-secret");
    let builder = Emulator::builder().auth(mode).access_key(other).clock_frozen(time);
    let emulator = builder.start().expect("an emulator starts");
    let client = Client::of(emulator.endpoint());
    (emulator, client)
}

fn add_key(client: &mut Client, key: &Value) {
    let reply = client.control("POST /access-keys", &key.to_string());
    assert!(matches!(reply.status, 200 | 201), "{}", reply.text());
}

/// The error code of a reply of either cloud.
fn code(reply: &Reply) -> String {
    let text = reply.text();
    let body: Value = serde_json::from_str(text).unwrap_or_default();
    let member = ["__type", "error_code"].into_iter().find_map(|name| body[name].as_str());
    let element = || text.split_once("<Code>")?.1.split('<').next();
    member.or_else(element).unwrap_or_default().to_owned()
}

#[test]
fn requests_signed_by_the_vendors_signers_are_accepted() {
    for (time, request) in all_requests() {
        let (_emulator, mut client) = emulator(AuthMode::Strict, time);
        add_key(&mut client, &request.key());
        let reply = request.send(&mut client);
        // The key may be right while the user does not exist.
        assert!(!matches!(reply.status, 401 | 403), "{}: {}", request.name, reply.text());
        let refused = ["Signature", "UnrecognizedClient", "Token", "APIGW.0301"];
        let code = code(&reply);
        assert!(refused.iter().all(|word| !code.contains(word)), "{}: {code}", request.name);
    }
}

#[test]
fn each_fault_of_a_signature_has_the_vendors_error() {
    struct Case {
        request: &'static str,
        fault: &'static str,
        change: fn(&mut SignedRequest, &mut Value),
        code: &'static str,
        text: &'static str,
    }
    let case = |request, fault, change, code, text| Case { request, fault, change, code, text };
    fn header(request: &mut SignedRequest, name: &str, value: &str) {
        request.headers.insert(name.to_owned(), value.to_owned());
    }
    let cases = [
        case(
            "json-list-users",
            "wrong secret",
            |_, key| key["secret"] = json!("x"),
            "InvalidSignatureException",
            "The Canonical String for this request should have been\n'POST\n/\n\n",
        ),
        case(
            "json-list-users",
            "malformed body, which AWS reads first",
            |request, _| request.body = "{".to_owned(),
            "SerializationException",
            "",
        ),
        case(
            "put-update-user",
            "malformed body, which Huawei reads last",
            |request, _| request.body = "{".to_owned(),
            "APIGW.0301",
            "verify aksk signature fail",
        ),
        case(
            "json-list-users",
            "unknown key",
            |_, key| key["id"] = json!("AKIAX"),
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
        ),
        case(
            "json-list-users",
            "key of the other cloud",
            |_, key| key["cloud"] = json!("huawei"),
            "UnrecognizedClientException",
            "is invalid.",
        ),
        case(
            "json-list-users",
            "tampered body",
            |request, _| request.body.push(' '),
            "InvalidSignatureException",
            "does not match the signature you provided",
        ),
        case(
            "json-list-users",
            "tampered header",
            |request, _| header(request, "X-Amz-Target", "AWSIdentityStore.DeleteUser"),
            "InvalidSignatureException",
            "does not match the signature you provided",
        ),
        case(
            "json-list-users",
            "no signature",
            |request, _| {
                request.headers.remove("Authorization");
            },
            "MissingAuthenticationTokenException",
            "Missing Authentication Token",
        ),
        case(
            "json-list-users",
            "incomplete",
            |request, _| {
                header(
                    request,
                    "Authorization",
                    "AWS4-HMAC-SHA256 Credential=A/20300102/r/identitystore/aws4_request",
                )
            },
            "IncompleteSignatureException",
            "Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter.",
        ),
        case(
            "json-list-users",
            "SigV4A",
            |request, _| {
                header(
                    request,
                    "Authorization",
                    "AWS4-ECDSA-P256-SHA256 Credential=A, SignedHeaders=host, Signature=0",
                )
            },
            "IncompleteSignatureException",
            "Signature Version 4A",
        ),
        case(
            "json-session-token",
            "missing session token",
            |request, _| {
                request.headers.remove("X-Amz-Security-Token");
            },
            "IncompleteSignatureException",
            "x-amz-security-token",
        ),
        case(
            "json-session-token",
            "another session token",
            |_, key| key["session_token"] = json!("other"),
            "UnrecognizedClientException",
            "is invalid.",
        ),
        case(
            "json-list-users",
            "key wants a session token",
            |_, key| key["session_token"] = json!("other"),
            "UnrecognizedClientException",
            "is invalid.",
        ),
        case(
            "json-list-users",
            "expired key",
            |_, key| key["expires"] = json!("2030-01-02T03:04:05Z"),
            "ExpiredTokenException",
            "expired",
        ),
        case(
            "sso-list-instances",
            "wrong service",
            |request, _| header(request, "X-Amz-Target", "AWSIdentityStore.ListIdentityStores"),
            "InvalidSignatureException",
            "Credential should be scoped to correct service: 'identitystore'.",
        ),
        case(
            "sts-presigned",
            "tampered query",
            |request, _| request.target.push_str("&x=y"),
            "SignatureDoesNotMatch",
            "does not match",
        ),
        case(
            "sts-form",
            "unknown key",
            |_, key| key["id"] = json!("AKIAX"),
            "InvalidClientTokenId",
            "is invalid.",
        ),
        case(
            "put-update-user",
            "wrong secret",
            |_, key| key["secret"] = json!("x"),
            "APIGW.0301",
            "Incorrect IAM authentication information: verify aksk signature fail",
        ),
        case(
            "put-update-user",
            "unknown key",
            |_, key| key["id"] = json!("OTHER"),
            "APIGW.0301",
            "Get secretKey failed,ak:AKIDEXAMPLE0000000000,err:ak not exist",
        ),
        case(
            "put-update-user",
            "tampered body",
            |request, _| request.body.push(' '),
            "APIGW.0301",
            "verify aksk signature fail",
        ),
        case(
            "put-update-user",
            "tampered header",
            |request, _| header(request, "User-Agent", "other"),
            "APIGW.0301",
            "verify aksk signature fail",
        ),
        case(
            "put-update-user",
            "no signature",
            |request, _| {
                request.headers.remove("Authorization");
            },
            "APIGW.0301",
            "x-auth-token not found",
        ),
        case(
            "post-enable-empty-body",
            "another security token",
            |_, key| key["session_token"] = json!("other"),
            "APIGW.0301",
            "decrypt token fail",
        ),
        case(
            "v11-derived-key",
            "another scope",
            |request, _| {
                let text = request.headers["Authorization"].replace("cn-north-4", "cn-north-1");
                header(request, "Authorization", &text);
            },
            "APIGW.0301",
            "verify aksk signature fail",
        ),
        case(
            "sm3",
            "other algorithm",
            |request, _| {
                let text = request.headers["Authorization"].replace("SM3", "SHA256");
                header(request, "Authorization", &text);
            },
            "APIGW.0301",
            "verify aksk signature fail",
        ),
    ];
    for Case { request: name, fault, change, code: expected, text } in cases {
        let (time, mut request) = SignedRequest::named(name);
        let mut key = request.key();
        change(&mut request, &mut key);
        let (_emulator, mut client) = emulator(AuthMode::Strict, time);
        add_key(&mut client, &key);
        let reply = request.send(&mut client);
        assert_eq!(code(&reply), expected, "{name}, {fault}: {}", reply.text());
        let shown = reply.text().replace("\\n", "\n").replace("&apos;", "'");
        assert!(shown.contains(text), "{name}, {fault}: {shown}");
        let entry = client.control("GET /journal", "").json()["entries"][0].clone();
        let is_parsed_first = expected == "SerializationException";
        assert_ne!(entry["auth"].is_string(), is_parsed_first, "{name}, {fault}: {entry}");
    }
}

#[test]
fn signatures_that_are_too_old_or_too_new_are_rejected() {
    for (name, before, after, code_expected, text) in [
        (
            "json-list-users",
            "2030-01-02T02:59:04Z",
            "2030-01-02T03:09:06Z",
            "InvalidSignatureException",
            [
                "Signature not yet current: 20300102T030405Z is still later than 20300102T030404Z (20300102T025904Z + 5 min.)",
                "Signature expired: 20300102T030405Z is now earlier than 20300102T030406Z (20300102T030906Z - 5 min.)",
            ],
        ),
        (
            "put-update-user",
            "2026-01-02T02:49:04Z",
            "2026-01-02T03:19:06Z",
            "APIGW.0301",
            ["signature expired", "signature expired"],
        ),
    ] {
        for (time, text) in [before, after].into_iter().zip(text) {
            let (_, request) = SignedRequest::named(name);
            let (_emulator, mut client) = emulator(AuthMode::Strict, time);
            add_key(&mut client, &request.key());
            let reply = request.send(&mut client);
            assert_eq!(code(&reply), code_expected, "{name}: {}", reply.text());
            assert!(reply.text().contains(text), "{name}: {}", reply.text());
        }
    }
    // The validity of a signature in the query is its own: 15 minutes.
    let (_, request) = SignedRequest::named("sts-presigned");
    for (time, status) in [("2030-01-02T03:19:04Z", 200), ("2030-01-02T03:19:06Z", 403)] {
        let (_emulator, mut client) = emulator(AuthMode::Strict, time);
        add_key(&mut client, &request.key());
        let reply = request.send(&mut client);
        assert_eq!(reply.status, status, "{}", reply.text());
    }
}

#[test]
fn a_revoked_key_is_rejected_at_once_and_a_reset_brings_back_the_initial_keys() {
    let (time, request) = SignedRequest::named("json-list-users");
    let key = AccessKey::new(&request.id, &request.secret);
    let builder = Emulator::builder().auth(AuthMode::Strict).access_key(key).clock_frozen(time);
    let emulator = builder.start().expect("an emulator starts");
    let mut client = Client::of(emulator.endpoint());
    assert_eq!(request.send(&mut client).status, 200);
    let revoked = client.control(&format!("DELETE /access-keys/{}", request.id), "");
    assert_eq!(revoked.json(), json!({ "removed": 1 }));
    assert_eq!(code(&request.send(&mut client)), "UnrecognizedClientException");
    client.control("POST /reset", "{}");
    assert_eq!(request.send(&mut client).status, 200);
}

#[test]
fn soft_accepts_everything_and_journals_what_strict_rejects() {
    let (time, request) = SignedRequest::named("json-list-users");
    let (_emulator, mut client) = emulator(AuthMode::Soft, time);
    assert_eq!(request.send(&mut client).status, 200);
    let entry = client.control("GET /journal", "").json()["entries"][0].clone();
    assert_eq!(entry["auth"], format!("there is no access key {:?}", request.id));
    let mode = client.control("PUT /auth", r#"{"mode": "strict"}"#);
    assert_eq!(mode.json(), json!({ "mode": "strict" }));
    assert_eq!(request.send(&mut client).status, 400);
    client.control("PUT /auth", r#"{"mode": "off"}"#);
    assert_eq!(request.send(&mut client).status, 200);
    let entry = client.control("GET /journal", "").json()["entries"][0].clone();
    assert_eq!(entry.get("auth"), None);
}

#[test]
fn permissions_name_every_resource_that_is_checked() {
    let (time, request) = SignedRequest::named("json-list-users");
    let mut key = request.key();
    key["allow"] =
        json!(["identitystore:Describe*", { "action": "sso:*", "store": "d-1234567890" }]);
    let (_emulator, mut client) = emulator(AuthMode::Strict, time);
    add_key(&mut client, &key);
    let reply = request.send(&mut client);
    assert_eq!((reply.status, code(&reply).as_str()), (400, "AccessDeniedException"));
    let text = "User: arn:aws:iam::123456789012:user/idouble is not authorized to perform: identitystore:ListUsers on resource: arn:aws:identitystore::123456789012:identitystore/d-1234567890 because no identity-based policy allows the identitystore:ListUsers action";
    assert_eq!(reply.json()["Message"].as_str().or(reply.json()["message"].as_str()), Some(text));
    key["deny"] = json!(["aws:ListUsers"]);
    key["account_id"] = json!("999999999999");
    add_key(&mut client, &key);
    let reply = request.send(&mut client);
    for text in
        ["arn:aws:iam::999999999999:user/", "with an explicit deny in an identity-based policy"]
    {
        assert!(reply.text().contains(text), "{}", reply.text());
    }
    let (time, request) = SignedRequest::named("put-update-user");
    let mut key = request.key();
    key["allow"] = json!(["IdentityCenter:user:list"]);
    let (_emulator, mut client) = emulator(AuthMode::Strict, time);
    add_key(&mut client, &key);
    let reply = request.send(&mut client);
    assert_eq!((reply.status, code(&reply).as_str()), (403, "IIC.1000"));
    assert_eq!(reply.json()["error_msg"], "No permission for action IdentityCenter:user:update.");
    assert!(reply.json()["encoded_authorization_message"].is_string());
}

#[cfg(unix)]
#[test]
fn secrets_and_tokens_are_never_shown() {
    let signed: Vec<_> = ["json-session-token", "sts-presigned-token", "post-enable-empty-body"]
        .map(|name| SignedRequest::named(name).1)
        .into();
    let SignedRequest { id, secret, session_token, .. } = &signed[0];
    let token = session_token.as_deref().expect("a token");
    let configured =
        format!("[[access_key]]\nid = '{id}'\nsecret = '{secret}'\nsession_token = '{token}'\n");
    let files = [
        ("idouble.toml", configured.as_str()),
        ("keys.toml", "[[access_key]]\nid = 'A'\nsecret = 'of-a-fixture'\n"),
        ("store.toml", "[[store]]\nid = 'd-1234567890'\n"),
    ];
    let folder = cli::folder(&files);
    let settings = ["--fixture", "store.toml", "--fixture", "keys.toml", "--state", "state.toml"];
    let args = ["--auth", "strict", "--clock", AWS_TIME, "--journal-bodies", "full"];
    let run = |args: &[&str]| {
        let output = cli::output(cli::idouble(folder.path(), args));
        output.stdout + &output.stderr
    };
    let mut shown = run(&[&["config", "show"], &settings[..], &args].concat());
    shown += &run(&[&["check", "--log", "trace"], &settings[..], &args].concat());
    let command = [&["serve", "--port", "0", "--log", "trace"], &settings[..], &args].concat();
    let command = cli::command(folder.path(), &command);
    let mut process = cli::process::Process::start_with(command, cli::folder(&[]));
    let mut client = process.client();
    let mut events = process.client();
    events.send_request("GET /_idouble/events", &[], b"");
    shown += &events.until(": idouble events\n\n");

    let new = json!({ "id": "B", "secret": "of-a-call", "session_token": "token-of-a-call" });
    let reply = client.control("POST /access-keys", &new.to_string());
    assert_eq!(reply.status, 201);
    shown += reply.text();
    let invalid = json!({ "id": "B", "secret": "of-a-call", "session_tokn": "token-of-a-call" });
    let reply = client.control("POST /access-keys", &invalid.to_string());
    assert_eq!(reply.status, 400);
    shown += reply.text();
    for request in &signed {
        let mut tampered = request.clone();
        tampered.body.push(' ');
        for request in [request, &tampered] {
            shown += request.send(&mut client).text();
        }
    }
    shown += &events.until("\"seq\":6");
    let journal = client.control("GET /journal", "").json();
    let entries = journal["entries"].as_array().expect("a list");
    let rejected = entries.iter().filter(|entry| entry["auth"].is_string()).count();
    assert_eq!(
        (entries.len(), rejected),
        (6, 4),
        "Huawei's request is for another time: {journal}"
    );

    let api = client.control("GET /openapi.json", "").json();
    let paths = api["paths"].as_object().expect("paths").iter();
    let read = paths.filter(|(path, calls)| calls["get"].is_object() && !path.contains('{'));
    let read = read.filter_map(|(path, _)| path.strip_prefix("/_idouble"));
    let read: Vec<_> = read.filter(|path| !matches!(*path, "/events" | "/ca.pem")).collect();
    assert!(["/access-keys", "/config", "/journal"].iter().all(|path| read.contains(path)));
    let one_key = format!("/access-keys/{id}");
    let more = [&one_key, "/journal/1", "/journal/2", "/stores?format=json", "/stores?format=toml"];
    for path in read.into_iter().chain(more) {
        let reply = client.control(&format!("GET {path}"), "");
        assert_eq!(reply.status, 200, "{path}: {}", reply.text());
        shown += reply.text();
    }
    let endpoint = process.endpoint().to_owned();
    for command in ["env", "export", "journal", "stores"] {
        shown += &run(&[command, "--url", &endpoint]);
    }
    process.signal("TERM");
    shown += &process.log();
    shown += &std::fs::read_to_string(folder.path().join("state.toml")).expect("a state file");
    let key: AccessKey =
        toml::from_str(&configured.replacen("[[access_key]]", "", 1)).expect("a key");
    shown += &format!("{key:?}");

    assert!(shown.contains(id), "the ids are shown: {shown}");
    let encoded = percent_encoding::utf8_percent_encode(token, percent_encoding::NON_ALPHANUMERIC);
    let encoded = encoded.to_string();
    let others = ["of-a-fixture", "of-a-call", "token-of-a-call", "sts-token+/="];
    for text in [secret.as_str(), token, &encoded].into_iter().chain(others) {
        let found = shown.lines().find(|line| line.contains(text));
        assert_eq!(found, None, "{text} is shown");
    }
}

#[test]
fn invalid_access_keys_are_rejected_with_the_member_that_is_wrong() {
    let (_emulator, mut client) = emulator(AuthMode::Strict, AWS_TIME);
    for (key, text) in [
        (json!({}), "id"),
        (json!({ "id": "A" }), "secret"),
        (json!({ "id": "", "secret": "s" }), "id:"),
        (
            json!({ "id": "A/B", "secret": "s" }),
            "id: expected 1 to 4096 visible ASCII characters except / , = \\\" ' \\\\",
        ),
        (json!({ "id": "A", "secret": "two words" }), "secret:"),
        (json!({ "id": "A", "secret": "s", "session_token": "" }), "session_token:"),
        (json!({ "id": "A", "secret": "s", "account_id": "12" }), "account_id:"),
        (json!({ "id": "A", "secret": "s", "expires": "soon" }), "soon"),
        (json!({ "id": "A", "secret": "s", "cloud": "azure" }), "azure"),
        (json!({ "id": "A", "secret": "s", "allow": [1] }), "identitystore:Describe*"),
        (json!({ "id": "A", "secret": "s", "alow": [] }), "alow"),
    ] {
        let reply = client.control("POST /access-keys", &key.to_string());
        assert_eq!(reply.status, 400, "{key}");
        assert!(reply.text().contains(text), "{key}: {}", reply.text());
        assert!(!reply.text().contains("two words"), "{}", reply.text());
    }
    let unusual = json!({ "id": "A_B@c+d", "secret": "s" });
    assert_eq!(client.control("POST /access-keys", &unusual.to_string()).status, 201);
    assert_eq!(client.control("POST /access-keys", &unusual.to_string()).status, 200, "replaced");
    assert_eq!(client.control("DELETE /access-keys/A_B@c+d", "").status, 200);
    assert_eq!(client.control("DELETE /access-keys/none", "").status, 404);
    assert_eq!(client.control("GET /access-keys/none", "").status, 404);
    let keys = client.control("GET /access-keys", "").json();
    assert_eq!(keys["access_keys"].as_array().map(Vec::len), Some(1));
}

#[test]
fn access_keys_of_settings_are_rejected_if_one_is_invalid_or_two_have_one_id() {
    let key = "[[access_key]]\nid = 'A'\nsecret = 's3cret'\n";
    let invalid = "[[access_key]]\nid = 'B'\nsecret = 'two words'\n";
    for (text, expected) in [
        (format!("{key}{key}"), "5:6: the access key A is in this file already, at line 2\n"),
        (format!("{key}{invalid}"), "5:6: secret: expected 1 to 4096 visible ASCII characters\n"),
    ] {
        let folder = cli::folder(&[("idouble.toml", &text)]);
        let output = cli::output(cli::idouble(folder.path(), &["check"]));
        assert_eq!(output.code, 3, "{}", output.stderr);
        assert!(output.stderr.contains(&format!("idouble.toml:{expected}")), "{}", output.stderr);
        assert!(!output.stderr.contains("s3cret"), "{}", output.stderr);
    }
    let key = |secret| AccessKey::new("A", secret);
    let error = Emulator::builder().access_key(key("one")).access_key(key("two")).start();
    let error = error.expect_err("two keys have one id").to_string();
    assert_eq!(error, "access key \"A\": id: another access key has this id");
}

/// A fixture with the access key of this request, and one store.
fn fixture(request: &SignedRequest, more: &str) -> String {
    let SignedRequest { id, secret, .. } = request;
    format!(
        "[[access_key]]\nid = '{id}'\nsecret = '{secret}'\n{more}\n[[store]]\nid = 'd-1234567890'\n"
    )
}

#[test]
fn fixtures_have_access_keys_that_no_export_has() {
    let (time, request) = SignedRequest::named("json-list-users");
    let folder = cli::folder(&[("fixture.toml", &fixture(&request, ""))]);
    let builder = || {
        let builder = Emulator::builder().auth(AuthMode::Strict).clock_frozen(time);
        builder.fixture(folder.path().join("fixture.toml"))
    };
    let emulator = builder().start().expect("an emulator starts");
    let mut client = Client::of(emulator.endpoint());
    assert_eq!(request.send(&mut client).status, 200);
    for format in ["toml", "json"] {
        let export = client.control(&format!("GET /stores?format={format}"), "");
        assert_eq!(export.status, 200);
        assert!(!export.text().contains(&request.id), "{}", export.text());
        assert!(!export.text().contains("access_key"), "{}", export.text());
    }
    // The key of `idouble env` is not accepted besides.
    let keys = client.control("GET /access-keys", "").json();
    assert_eq!(keys["access_keys"].as_array().map(Vec::len), Some(1), "{keys}");
    client.control(&format!("DELETE /access-keys/{}", request.id), "");
    client.control("POST /reset", "{}");
    assert_eq!(request.send(&mut client).status, 200, "a reset brings it back");

    // A changed fixture replaces the keys; one of the settings wins over one of the fixture.
    std::fs::write(folder.path().join("fixture.toml"), fixture(&request, "deny = ['*']"))
        .expect("a file");
    emulator.reload().expect("it loads");
    assert_eq!(code(&request.send(&mut client)), "AccessDeniedException");
    let key = AccessKey::new(&request.id, &request.secret);
    let emulator = builder().access_key(key).start().expect("an emulator starts");
    assert_eq!(request.send(&mut Client::of(emulator.endpoint())).status, 200);
}

#[test]
fn access_keys_of_fixtures_stay_with_a_state_file() {
    let (time, request) = SignedRequest::named("json-list-users");
    let folder = cli::folder(&[("fixture.toml", &fixture(&request, ""))]);
    let start = || {
        let mut config = idouble::internal::config::Config { port: 0, ..Default::default() };
        config.state = Some(folder.path().join("state.toml"));
        config.fixtures = vec![folder.path().join("fixture.toml")];
        let builder = Emulator::builder().config(config).auth(AuthMode::Strict).clock_frozen(time);
        builder.start().expect("an emulator starts")
    };
    let emulator = start();
    emulator.service().save().expect("it is saved");
    drop(emulator);
    let state = std::fs::read_to_string(folder.path().join("state.toml")).expect("a state file");
    assert!(!state.contains(&request.secret) && !state.contains(&request.id), "{state}");
    assert_eq!(request.send(&mut Client::of(start().endpoint())).status, 200);
}

#[test]
fn invalid_access_keys_of_fixtures_are_rejected_without_their_secret() {
    let load = |text: &str| {
        let emulator = Emulator::builder().fixture_text(text).start();
        emulator.expect_err("it is invalid").to_string()
    };
    let error = load("[[access_key]]\nid = 'A'\nsecret = 'two words'\n");
    assert!(error.contains("secret: expected 1 to 4096 visible ASCII characters"), "{error}");
    assert!(!error.contains("two words"), "{error}");
    let key = "[[access_key]]\nid = 'A'\nsecret = 's3cret'\n";
    let error = load(&format!("{key}{key}"));
    assert!(
        error.contains(":5:6: the access key A is in this file already, at line 2\n"),
        "{error}"
    );
    assert!(!error.contains("s3cret"), "{error}");
    let error = load("[[access_key]]\nid = 'A'\n");
    assert!(error.contains("missing field `secret`"), "{error}");
    for (line, expected) in [
        ("secret = 53023", "expected a text"),
        ("secret = 's'\nsession_token = 53023", "expected a text"),
        ("Secret = 's3cret'", "unknown key `Secret`"),
        ("secret = 's3cret", "invalid literal string"),
        ("secret = \"\"\"\n53023\ns3cret\\q\"\"\"", "escape"),
    ] {
        let text = format!("[[access_key]]\nid = 'A'\n{line}\n");
        let folder = cli::folder(&[("idouble.toml", &text)]);
        let output = cli::output(cli::idouble(folder.path(), &["check"]));
        for error in [load(&text), output.stderr] {
            assert!(error.contains(expected), "{error}");
            assert!(!error.contains("s3cret") && !error.contains("53023"), "{error}");
        }
    }

    let folder = cli::folder(&[("a.toml", key), ("b.toml", key)]);
    let [a, b] = ["a.toml", "b.toml"].map(|name| folder.path().join(name));
    let error = Emulator::builder().fixture(&a).fixture(&b).start().expect_err("it is invalid");
    let expected = format!("b.toml:2:6: the access key A is in {} already\n", a.display());
    assert!(error.to_string().contains(&expected), "{error}");

    // A store that the control API loads has none.
    let (_emulator, mut client) = emulator(AuthMode::Off, AWS_TIME);
    let body = json!({ "fixture": format!("{key}[[store]]\nid = 'd-00000000aa'\n") });
    for call in ["POST /stores", "POST /sessions"] {
        let reply = client.control(call, &body.to_string());
        assert_eq!(reply.status, 400, "{call}");
        assert!(reply.text().contains("POST /access-keys"), "{call}: {}", reply.text());
        assert!(!reply.text().contains("s3cret"), "{call}: {}", reply.text());
    }
}

#[test]
fn caller_identity_has_the_account_of_the_access_key() {
    for (name, account) in [("sts-presigned", "999999999999")] {
        let (time, request) = SignedRequest::named(name);
        let (_emulator, mut client) = emulator(AuthMode::Strict, time);
        let mut key = request.key();
        key["account_id"] = json!(account);
        add_key(&mut client, &key);
        let reply = request.send(&mut client);
        assert_eq!(reply.status, 200, "{}", reply.text());
        for text in [format!("<Account>{account}</Account>"), format!("arn:aws:iam::{account}:")] {
            assert!(reply.text().contains(&text), "{text}: {}", reply.text());
        }
    }
}

/// A place of a signed request at which one byte is changed.
#[derive(Clone, Debug)]
struct Mutation {
    place: prop::sample::Index,
    byte: u8,
}

/// All texts of a request that its signature covers, or that are the signature.
fn covered_texts(request: &mut SignedRequest) -> Vec<&mut String> {
    let SignedRequest { target, headers, body, .. } = request;
    let authorization = headers.get("Authorization").cloned().unwrap_or_default();
    let signed = authorization.split_once("SignedHeaders=").map_or("", |(_, rest)| rest);
    let signed: Vec<_> =
        signed.split(',').next().unwrap_or_default().split(';').map(str::to_owned).collect();
    let covered = headers.iter_mut().filter(|(name, _)| {
        *name == "Authorization" || signed.contains(&name.to_lowercase()) && *name != "Host"
    });
    let values = covered.map(|(_, value)| value);
    values.chain([target, body]).filter(|text| !text.is_empty()).collect()
}

/// Whether two requests are the same to their reader: spaces of headers and the encoding of the path and
/// the query do not count, nor does the case of hex digits there, nor a segment that `..` removes.
fn is_same(a: &SignedRequest, b: &SignedRequest) -> bool {
    let plain = |request: &SignedRequest| {
        let headers: Vec<_> =
            request.headers.values().map(|value| value.replace(' ', "")).collect();
        let target = percent_encoding::percent_decode_str(&request.target).decode_utf8_lossy();
        let mut segments = Vec::new();
        for segment in target.split('/').filter(|segment| !matches!(*segment, "" | ".")) {
            match segment {
                ".." => drop(segments.pop()),
                segment => segments.push(segment.to_owned()),
            }
        }
        (segments, headers, request.body.clone())
    };
    plain(a) == plain(b)
}

#[test]
fn no_mutation_of_a_signed_request_is_accepted() {
    let requests = all_requests();
    let emulators: Vec<_> =
        [AWS_TIME, HUAWEI_TIME].map(|time| emulator(AuthMode::Strict, time).0).into();
    let mutation = (any::<prop::sample::Index>(), b'!'..=b'~')
        .prop_map(|(place, byte)| Mutation { place, byte });
    let config = ProptestConfig {
        cases: 500,
        rng_seed: RngSeed::Fixed(7),
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    proptest!(config, |(at in 0..requests.len(), mutation in mutation)| {
        let (time, original) = &requests[at];
        let mut request = original.clone();
        let mut texts = covered_texts(&mut request);
        let length = texts.iter().map(|text| text.len()).sum();
        let mut place = mutation.place.index(length);
        for text in &mut texts {
            if place < text.len() {
                let mut bytes = std::mem::take(*text).into_bytes();
                bytes[place] = mutation.byte;
                **text = String::from_utf8_lossy(&bytes).into_owned();
                break;
            }
            place -= text.len();
        }
        prop_assume!(!is_same(original, &request));
        let emulator = &emulators[usize::from(*time == HUAWEI_TIME)];
        let mut client = Client::of(emulator.endpoint());
        add_key(&mut client, &original.key());
        let reply = request.send(&mut client);
        prop_assert!((400..500).contains(&reply.status), "{} {}", reply.status, reply.text());
        // It is rejected for what was changed, and not because of its content.
        prop_assert!(emulator.directory().current_stores().len() == 1);
    });
}
