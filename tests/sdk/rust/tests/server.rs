//! A running idouble, ended when it is dropped, and clients that point at it.

use std::env;
use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aws_sdk_identitystore::config::retry::RetryConfig;
use aws_sdk_identitystore::config::{
    BehaviorVersion, Builder, Credentials, Region, SharedCredentialsProvider,
};
use aws_sdk_identitystore::operation::create_user::builders::CreateUserFluentBuilder;
use aws_sdk_identitystore::types::error::{
    ConflictException, ResourceNotFoundException, ValidationException,
};
use aws_sdk_identitystore::types::{MemberId, Name};
use aws_sdk_identitystore::{Client, Config, Error};
use aws_types::SdkConfig;

/// The embedded default directory.
pub const STORE: &str = "d-1234567890";
/// A well-formed id of no resource.
pub const MISSING: &str = "00000000-0000-7000-8000-000000000000";

/// One idouble of a test's own.
pub struct Server {
    process: Child,
    url: String,
}

impl Server {
    /// Starts one with these arguments.
    pub fn start(arguments: &[&str]) -> Self {
        let mut process = Command::new(binary())
            .args(["serve", "--port", "0", "--exit-with-stdin", "--log", "off"])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut ready = String::new();
        let output = process.stdout.take().expect("its output is a pipe");
        BufReader::new(output).read_line(&mut ready).expect("it says that it is ready");
        let url =
            ready.trim().strip_prefix("idouble ready on ").expect("the ready line").to_owned();
        Self { process, url }
    }

    /// A call of the control API, which must succeed.
    pub fn control(&self, start: &str, body: &str) {
        let address = self.url.strip_prefix("http://").expect("plain HTTP");
        let (method, path) = start.split_once(' ').expect("a method and a path");
        let request = format!(
            "{method} /_idouble{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut stream = TcpStream::connect(address).expect("it accepts connections");
        stream.write_all(request.as_bytes()).expect("it reads");
        let mut response = String::new();
        stream.read_to_string(&mut response).expect("it responds");
        assert!(response.starts_with("HTTP/1.1 20"), "{response}");
    }

    /// A client that does not retry.
    pub fn client(&self) -> Client {
        self.configured(|config| config.retry_config(RetryConfig::disabled()))
    }

    /// The configuration of a client of any service, which does not retry.
    pub fn sdk_config(&self) -> SdkConfig {
        let credentials = Credentials::new("AKIDTEST", "secret", None, None, "tests");
        SdkConfig::builder()
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .endpoint_url(&self.url)
            .region(Region::new("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .retry_config(RetryConfig::disabled())
            .behavior_version(BehaviorVersion::latest())
            .build()
    }

    /// A client that tries so often in all, without waiting long in between.
    pub fn patient(&self, attempts: u32) -> Client {
        let retry = RetryConfig::standard()
            .with_max_attempts(attempts)
            .with_initial_backoff(Duration::from_millis(1));
        self.configured(|config| config.retry_config(retry))
    }

    /// A client set up by `change`; its defaults are the SDK's latest.
    pub fn configured(&self, change: impl FnOnce(Builder) -> Builder) -> Client {
        let http = aws_smithy_http_client::Builder::new().build_http();
        let config = Config::builder()
            .http_client(http)
            .endpoint_url(&self.url)
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new("AKIDTEST", "secret", None, None, "tests"));
        Client::from_conf(change(config).build())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.stdin.take()); // It ends with its standard input.
        self.process.wait().expect("it ends");
    }
}

/// The built binary: `IDOUBLE_BIN`, which `make test` sets, or the one that `cargo build` leaves.
fn binary() -> PathBuf {
    if let Some(named) = env::var_os("IDOUBLE_BIN") {
        return named.into();
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
    root.join(env::var_os("CARGO_TARGET_DIR").unwrap_or("target".into())).join("debug/idouble")
}

/// A name that no other test uses.
pub fn fresh(what: &str) -> String {
    static NUMBERS: AtomicUsize = AtomicUsize::new(1);
    format!("{what}-{}", NUMBERS.fetch_add(1, Ordering::Relaxed))
}

/// A CreateUser with all required members.
pub fn person(aws: &Client, user_name: &str) -> CreateUserFluentBuilder {
    aws.create_user()
        .identity_store_id(STORE)
        .user_name(user_name)
        .display_name("A Person")
        .name(Name::builder().given_name("Per").family_name("Son").build())
}

/// The id of a new user.
pub async fn user(aws: &Client) -> String {
    person(aws, &fresh("person")).send().await.expect("a user is made").user_id
}

/// The id of a new group.
pub async fn group(aws: &Client) -> String {
    let made = aws.create_group().identity_store_id(STORE).display_name(fresh("Group"));
    made.send().await.expect("a group is made").group_id
}

/// The id of a new membership.
pub async fn join(aws: &Client, group: &str, user: &str) -> String {
    let made = aws.create_group_membership().identity_store_id(STORE).group_id(group);
    let made = made.member_id(member(user)).send().await.expect("a membership is made");
    made.membership_id
}

/// A user as a member.
pub fn member(user: &str) -> MemberId {
    MemberId::UserId(user.to_owned())
}

/// The modelled error of a failed call.
pub fn not_found(error: impl Into<Error>) -> ResourceNotFoundException {
    match error.into() {
        Error::ResourceNotFoundException(error) => error,
        other => panic!("{other:?}"),
    }
}

/// The same of a conflict.
pub fn conflict(error: impl Into<Error>) -> ConflictException {
    match error.into() {
        Error::ConflictException(error) => error,
        other => panic!("{other:?}"),
    }
}

/// The same of a request that is invalid.
pub fn invalid(error: impl Into<Error>) -> ValidationException {
    match error.into() {
        Error::ValidationException(error) => error,
        other => panic!("{other:?}"),
    }
}
