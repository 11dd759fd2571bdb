//! HTTPS: the certificate, the handshake, and what a connection does after it.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use idouble::internal::config::Config;
use idouble::internal::server::Limits;
use idouble::{AuthMode, Builder, Cut, Emulator, Error, Fault};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::cli;
use crate::common::{Client, End, PATIENCE};

const LIST_USERS: &str = r#"{"IdentityStoreId":"d-1234567890"}"#;

fn address(emulator: &Emulator) -> SocketAddr {
    let url = emulator.tls_endpoint().expect("HTTPS is served");
    let address = url.strip_prefix("https://").expect("an address of HTTPS");
    address.parse().expect("an address and a port")
}

/// A connection that trusts only these certificates.
struct TlsClient(StreamOwned<ClientConnection, TcpStream>);

impl TlsClient {
    fn connect(address: SocketAddr, name: &str, trusted: &str) -> Self {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(trusted.as_bytes()) {
            roots.add(certificate.expect("PEM")).expect("a certificate to trust");
        }
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let mut config = config
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let name = ServerName::try_from(name.to_owned()).expect("a name");
        let connection = ClientConnection::new(Arc::new(config), name).expect("a connection");
        let stream = TcpStream::connect(address).expect("the server takes connections");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout can be set");
        Self(StreamOwned::new(connection, stream))
    }

    /// Connects to this emulator, which it trusts.
    fn of(emulator: &Emulator) -> Self {
        let trusted = emulator.ca_pem().expect("HTTPS is served");
        Self::connect(address(emulator), "localhost", trusted)
    }

    /// Sends a request on a connection that it ends, and reads all that comes. An error is how the
    /// connection ended instead of being closed.
    fn send(&mut self, start: &str, headers: &str, body: &str) -> (String, Option<ErrorKind>) {
        let length = body.len();
        let request = format!(
            "{start} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n\
             {headers}\r\n{body}"
        );
        let mut received = Vec::new();
        let sent = self.0.write_all(request.as_bytes()).and_then(|()| self.0.flush());
        let ended = sent.and_then(|()| self.0.read_to_end(&mut received).map(drop));
        (String::from_utf8_lossy(&received).into_owned(), ended.err().map(|error| error.kind()))
    }

    fn list_users(&mut self) -> (String, Option<ErrorKind>) {
        let headers = "X-Amz-Target: AWSIdentityStore.ListUsers\r\nContent-Type: application/x-amz-json-1.1\r\n";
        self.send("POST /", headers, LIST_USERS)
    }
}

fn started(builder: Builder) -> Emulator {
    builder.tls().start().expect("an emulator starts")
}

#[test]
fn certificate_is_valid_for_the_names_of_this_machine_and_the_named_ones() {
    let mut config = Config { port: 0, ..Config::default() };
    config.tls.names = vec!["idouble".to_owned(), "192.0.2.1".to_owned()];
    let emulator = started(Emulator::builder().config(config));
    let trusted = emulator.ca_pem().expect("HTTPS is served").to_owned();
    for name in
        ["localhost", "a.localhost", "a.b.localhost", "127.0.0.1", "::1", "idouble", "192.0.2.1"]
    {
        let mut client = TlsClient::connect(address(&emulator), name, &trusted);
        let (reply, error) = client.list_users();
        assert!(reply.starts_with("HTTP/1.1 200 OK\r\n"), "{name}: {reply} {error:?}");
        assert_eq!(client.0.conn.alpn_protocol(), Some(&b"http/1.1"[..]));
    }
    for name in ["example.com", "alocalhost", "192.0.2.2"] {
        let (reply, error) = TlsClient::connect(address(&emulator), name, &trusted).list_users();
        assert_eq!((reply.as_str(), error), ("", Some(ErrorKind::InvalidData)), "{name}");
    }
    let other = started(Emulator::builder());
    let other_ca = other.ca_pem().expect("HTTPS is served");
    let (_, error) = TlsClient::connect(address(&emulator), "localhost", other_ca).list_users();
    assert_eq!(error, Some(ErrorKind::InvalidData), "each start makes a CA of its own");
    // A named name is one that requests may use.
    let mut client = TlsClient::of(&emulator);
    let request = "GET /_idouble/health HTTP/1.1\r\nHost: idouble:1\r\nConnection: close\r\n\r\n";
    client.0.write_all(request.as_bytes()).expect("sent");
    let mut reply = String::new();
    client.0.read_to_string(&mut reply).expect("a reply");
    assert!(reply.starts_with("HTTP/1.1 200 OK\r\n"), "{reply}");
}

#[test]
fn ca_is_served_on_both_ports_if_there_is_one() {
    let emulator = started(Emulator::builder());
    let reply = Client::of(emulator.endpoint()).control("GET /ca.pem", "");
    assert_eq!((reply.status, Some(reply.text())), (200, emulator.ca_pem()));
    assert_eq!(reply.header("content-type"), Some("application/x-pem-file"));
    let (reply, _) = TlsClient::of(&emulator).send("GET /_idouble/ca.pem", "", "");
    assert!(reply.ends_with(emulator.ca_pem().expect("a CA")), "{reply}");

    let plain = Emulator::start().expect("an emulator starts");
    let reply = Client::of(plain.endpoint()).control("GET /ca.pem", "");
    assert_eq!(reply.status, 404);
    assert!(reply.text().contains("start idouble with --tls"), "{}", reply.text());
    assert_eq!((plain.tls_endpoint(), plain.ca_pem()), (None, None));
}

#[test]
fn each_port_answers_the_protocol_of_the_other() {
    let emulator = started(Emulator::builder());
    let tls = address(&emulator);
    let mut client = Client::connect(tls);
    let reply = client.request("GET /_idouble/health", &[], b"");
    assert_eq!(reply.status, 400);
    assert_eq!(
        reply.text(),
        format!("this port speaks TLS: use https://localhost:{}\n", tls.port())
    );
    assert_eq!(client.end(), End::Closed);

    let trusted = emulator.ca_pem().expect("a CA");
    let without_tls = Emulator::start().expect("an emulator starts");
    for (emulator, hint) in [
        (&emulator, format!("https://localhost:{}", tls.port())),
        (&without_tls, "start idouble with --tls for HTTPS".to_owned()),
    ] {
        let plain = emulator.endpoint().strip_prefix("http://").expect("HTTP");
        let plain: SocketAddr = plain.parse().expect("an address");
        let (reply, error) = TlsClient::connect(plain, "localhost", trusted).list_users();
        assert_eq!((reply.as_str(), error), ("", Some(ErrorKind::InvalidData)));
        let mut client = Client::connect(plain);
        // The start of a handshake.
        client.send([0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0]);
        let reply = client.reply();
        assert_eq!(reply.status, 400);
        let port = plain.port();
        let expected =
            format!("this port speaks plain HTTP: use http://localhost:{port}, or {hint}\n");
        assert_eq!(reply.text(), expected);
        assert_eq!(client.end(), End::Closed);
    }
}

#[test]
fn faults_change_responses_over_tls() {
    let fault = || Fault::on("aws:ListUsers");
    let cases = [
        ("reset", fault().reset(), Some(ErrorKind::ConnectionReset)),
        ("commit and reset", fault().commit().reset(), Some(ErrorKind::ConnectionReset)),
        ("close", fault().close(), None),
        ("garbage", fault().garbage(), None),
        ("cut", fault().cut(Cut::Bytes(200)), None),
        ("drip", fault().drip(100, Duration::from_millis(1)), None),
    ];
    for (effect, fault, expected) in cases {
        let emulator = started(Emulator::builder());
        let body = |(reply, error): (String, Option<ErrorKind>)| {
            let body = reply.split_once("\r\n\r\n").map(|(_, body)| body.to_owned());
            (body.unwrap_or_default(), error)
        };
        let (whole, _) = body(TlsClient::of(&emulator).list_users());
        let _guard = emulator.inject(fault).expect("a rule");
        let (part, error) = body(TlsClient::of(&emulator).list_users());
        assert_eq!(error, expected, "{effect}: {part}");
        match effect {
            "drip" => assert_eq!(part, whole),
            "cut" => assert!(whole.starts_with(&part) && part.len() == 200, "{part}"),
            "garbage" => assert!(!part.is_empty() && part != whole, "{part}"),
            _ => assert_eq!(part, "", "{effect}"),
        }
    }
}

#[test]
fn hanging_response_ends_with_the_server() {
    let emulator = started(Emulator::builder().fault("aws:ListUsers=hang"));
    let mut client = TlsClient::of(&emulator);
    let waiting = std::thread::spawn(move || client.list_users());
    while emulator.journal().requests().is_empty() {
        std::thread::yield_now();
    }
    assert!(emulator.join(), "it stops in time");
    assert_eq!(waiting.join().expect("no panic").0, "");
}

#[test]
fn pages_of_the_same_origin_are_those_of_https() {
    let emulator = started(Emulator::builder());
    let reset = |origin: &str| {
        let headers = format!("Origin: {origin}\r\nContent-Type: application/json\r\n");
        TlsClient::of(&emulator).send("POST /_idouble/reset", &headers, "{}").0
    };
    assert!(reset("https://localhost").starts_with("HTTP/1.1 200 "));
    assert!(reset("http://localhost").starts_with("HTTP/1.1 403 "));
    let plain = |origin: &str| {
        let headers = [("Origin", origin), ("Content-Type", "application/json")];
        Client::of(emulator.endpoint()).request("POST /_idouble/reset", &headers, b"{}").status
    };
    let own = emulator.endpoint();
    assert_eq!((plain(own), plain(&own.replace("http:", "https:"))), (200, 403));
    // Links have the address that the client uses.
    let (reply, _) = TlsClient::of(&emulator).send("GET /v3/auth/domains", "", "");
    assert!(reply.contains("\"https://localhost/v3/auth/domains\""), "{reply}");
}

#[test]
fn silent_client_loses_its_connection_after_the_handshake_timeout() {
    let limits = Limits { handshake_timeout: Duration::from_millis(50), ..Limits::default() };
    let mut config = Config { port: 0, ..Config::default() };
    config.connections_max = idouble::internal::config::BoundedU64::new(1);
    let emulator = started(Emulator::builder().config(config).limits(limits));
    let mut silent = Client::connect(address(&emulator));
    // Waits for the only slot.
    let (reply, _) = TlsClient::of(&emulator).list_users();
    assert!(reply.starts_with("HTTP/1.1 200 OK\r\n"), "{reply}");
    assert_eq!(silent.end(), End::Closed);
}

#[test]
fn unfinished_handshake_does_not_delay_the_stop() {
    let limits = Limits { handshake_timeout: PATIENCE, drain: PATIENCE, ..Limits::default() };
    let emulator = started(Emulator::builder().limits(limits));
    let mut silent = Client::connect(address(&emulator));
    silent.send([0x16, 3, 1]);
    let metrics = || Client::of(emulator.endpoint()).control("GET /metrics", "").text().to_owned();
    while !metrics().contains("idouble_connections 2") {
        std::thread::yield_now();
    }
    assert!(emulator.join());
    assert_eq!(silent.end(), End::Closed);
}

/// Writes the files of a certificate of another emulator's CA, and returns its text.
fn write(folder: &Path, certificate: &str, key: &str) -> Config {
    std::fs::write(folder.join("cert.pem"), certificate).expect("a file");
    std::fs::write(folder.join("key.pem"), key).expect("a file");
    let mut config = Config { port: 0, ..Config::default() };
    config.tls.cert = Some(folder.join("cert.pem"));
    config.tls.key = Some(folder.join("key.pem"));
    config
}

#[test]
fn given_certificate_is_used_or_rejected_with_its_file() {
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let base64 = |der: &[u8]| {
        use base64ct::Encoding as _;
        base64ct::Base64::encode_string(der)
    };
    let pem = |label: &str, der: &[u8]| {
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", base64(der))
    };
    let certificate = pem("CERTIFICATE", own.cert.der());
    let key = pem("PRIVATE KEY", own.signing_key.serialized_der());
    let folder = cli::folder(&[]);

    let config = write(folder.path(), &format!("{key}{certificate}"), &key);
    let emulator = Emulator::builder().config(config).start().expect("an emulator starts");
    let (reply, _) = TlsClient::of(&emulator).list_users();
    assert!(reply.starts_with("HTTP/1.1 200 OK\r\n"), "{reply}");
    let trusted = emulator.ca_pem().expect("a certificate");
    assert!(!trusted.contains("PRIVATE"), "the key is not shown");

    let other = rcgen::KeyPair::generate().expect("a key");
    let other = pem("PRIVATE KEY", other.serialized_der());
    let unparsable = pem("PRIVATE KEY", b"no key");
    for (certificate, key, expected) in [
        (
            certificate.as_str(),
            other.as_str(),
            "key.pem: this private key does not belong to the certificate ",
        ),
        (certificate.as_str(), other.as_str(), "cert.pem"),
        (certificate.as_str(), unparsable.as_str(), "cert.pem and "),
        (certificate.as_str(), unparsable.as_str(), "key.pem cannot be used: "),
        (certificate.as_str(), "nothing", "key.pem: expected a private key in PEM"),
        ("nothing", key.as_str(), "cert.pem: expected certificates in PEM"),
    ] {
        let config = write(folder.path(), certificate, key);
        let error = Emulator::builder().config(config).start().expect_err("it is rejected");
        assert!(matches!(error, Error::Tls(_)), "{error}");
        assert!(error.to_string().contains(expected), "{error}");
    }
    let mut config = write(folder.path(), &certificate, &key);
    config.tls.key = None;
    let error = Emulator::builder().config(config).start().expect_err("it is rejected");
    assert!(error.to_string().contains("set both --tls-cert and --tls-key"), "{error}");
}

#[test]
fn credentials_folder_lives_as_long_as_the_emulator() {
    let directory = cli::folder(&[]);
    let start = |port: Option<u16>| {
        let mut config = Config { port: 0, ..Config::default() };
        config.tls.port = port;
        let builder = Emulator::builder().config(config).auth(AuthMode::Strict);
        builder.credentials_dir(directory.path().join("deep")).start().expect("an emulator starts")
    };
    let mut emulator = start(None);
    let port = address(&emulator).port();
    let folder = directory.path().join("deep").join(port.to_string());
    assert_eq!(emulator.credentials_folder(), Some(&*folder));
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect(name);
    assert_eq!(Some(read("ca.pem").as_str()), emulator.ca_pem());
    let (config, credentials) = (read("config"), read("credentials"));
    assert!(config.contains(&format!("endpoint_url = https://127.0.0.1:{port}\n")), "{config}");
    assert!(
        config.contains(&format!("ca_bundle = {}\n", folder.join("ca.pem").display())),
        "{config}"
    );
    assert!(credentials.starts_with("[default]\naws_access_key_id = AKIA"), "{credentials}");
    assert_eq!(credentials, read("emulator_credentials"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| std::fs::metadata(path).expect("it exists").permissions().mode();
        assert_eq!(mode(&folder) & 0o777, 0o700);
        for file in std::fs::read_dir(&folder).expect("a folder") {
            let path = file.expect("a file").path();
            assert_eq!(mode(&path) & 0o777, 0o600, "{}", path.display());
        }
    }
    let keys = Client::of(emulator.endpoint()).control("GET /access-keys", "").json();
    assert_eq!(keys["access_keys"].as_array().map(Vec::len), Some(1), "{keys}");
    emulator.stop();
    assert!(!folder.exists(), "its key is valid no more");
    drop(emulator);

    // Files of an emulator that was killed are replaced. Other files stay.
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("credentials"), "old").expect("a file");
    std::fs::write(folder.join("notes"), "mine").expect("a file");
    let emulator = start(Some(port));
    let fresh = read("credentials");
    assert!(fresh.contains("AKIA") && fresh != credentials, "each start has a key of its own");
    drop(emulator);
    let names =
        std::fs::read_dir(&folder).expect("a folder").map(|file| file.expect("a file").file_name());
    assert_eq!(names.collect::<Vec<_>>(), ["notes"]);
}

#[test]
fn credentials_folder_needs_https_and_a_place_to_write() {
    let folder = cli::folder(&[("file", "")]);
    let error = |enabled: bool, path: &str| {
        let mut config = Config { port: 0, ..Config::default() };
        config.tls.enabled = enabled;
        config.tls.credentials_dir = Some(folder.path().join(path));
        Emulator::builder().config(config).start().expect_err("it is rejected").to_string()
    };
    assert!(error(false, "a").contains("--credentials-dir needs --tls"));
    assert!(error(true, "file").contains("cannot write the credentials to"));
}

#[test]
fn command_line_serves_https_and_prints_the_ca() {
    let process = cli::process::Process::start(&["--tls", "--log", "warn"]);
    let (plain, tls) = process.endpoint().split_once(" and ").expect("two addresses");
    let address = tls.strip_prefix("https://").expect("HTTPS").parse().expect("an address");
    let mut command = cli::command(process.folder(), &["ca", "--url", plain]);
    let output = command.output().expect("the binary can be run");
    assert!(output.status.success());
    let ca = String::from_utf8(output.stdout).expect("text");
    let (reply, _) = TlsClient::connect(address, "localhost", &ca).list_users();
    assert!(reply.starts_with("HTTP/1.1 200 OK\r\n"), "{reply}");

    let plain_server = cli::process::Process::start(&[]);
    let mut command =
        cli::command(plain_server.folder(), &["ca", "--url", plain_server.endpoint()]);
    let output = command.output().expect("the binary can be run");
    assert_eq!(output.status.code(), Some(2));
    let error = String::from_utf8(output.stderr).expect("text");
    assert!(error.contains("start idouble with --tls"), "{error}");
}
