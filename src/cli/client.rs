//! HTTP client for the control API of a running server.

use std::fmt;
use std::io::{self, BufReader, Read};
use std::time::Duration;

use http::{Method, Request, Response, StatusCode};
use idouble::internal::config::{Config, Secret};
use idouble::internal::control::VERSION_HEADER;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use ureq::{Agent, AsSendBody, Body};

use super::exit::{Exit, Failure};
use super::settings::{ServeArgs, TOKEN_VARIABLE, URL_VARIABLE, load};

/// Time limit for connecting.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// Time limit for a call that reads or changes something small.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);

/// Time limit for `idouble healthcheck`.
pub(super) const HEALTH_TIMEOUT: Duration = Duration::from_secs(3);

/// Time limit for a call that sends or receives a whole directory.
const TRANSFER_TIMEOUT: Duration = Duration::from_secs(60);

/// Maximum length of a response that is kept in memory.
const BODY_BYTES_MAX: u64 = 1024 * 1024 * 1024;

/// A request body from this length on is sent only after the server has agreed to receive it, so that
/// a rejection is not lost while the body is still being sent.
const EXPECT_CONTINUE_BYTES: usize = 64 * 1024;

/// The address of a running server. Without an option it is `IDOUBLE_URL`, or the address at which
/// `idouble serve` listens with the same variables and configuration file.
#[derive(clap::Args, Debug)]
#[command(next_help_heading = "Server address")]
pub(super) struct ServerAddress {
    /// Port of a server on this machine
    #[arg(long, value_name = "N", conflicts_with = "url")]
    port: Option<u16>,
    /// URL of a server, such as http://127.0.0.1:4747
    #[arg(long, value_name = "URL")]
    url: Option<String>,
}

impl ServerAddress {
    pub(super) fn url(&self) -> Result<String, Failure> {
        match self.named_url() {
            Some(url) => Ok(url),
            None => configured_url(&load(&ServeArgs::without_flags()?)?),
        }
    }

    /// The URL of `--url`, `--port` or `IDOUBLE_URL`.
    fn named_url(&self) -> Option<String> {
        let url = match (&self.url, self.port) {
            (Some(url), _) => url.clone(),
            (None, Some(port)) => format!("http://127.0.0.1:{port}"),
            (None, None) => variable(URL_VARIABLE)?,
        };
        Some(url.trim_end_matches('/').to_owned())
    }

    /// A client with the token of the control API: that of the variable or, for the server that the
    /// configuration file describes, that of the file.
    pub(super) fn client(&self) -> Result<Client, Failure> {
        let Some(url) = self.named_url() else {
            let config = load(&ServeArgs::without_flags()?)?;
            return Client::new(configured_url(&config)?, config.control_token);
        };
        let token = variable(TOKEN_VARIABLE).map(|token| token.parse()).transpose();
        let invalid =
            |problem| Failure::new(Exit::Usage, format_args!("{TOKEN_VARIABLE}: {problem}"));
        Client::new(url, token.map_err(|problem: String| invalid(problem))?)
    }
}

/// The value of a variable. An empty one counts as not set.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The URL at which a server with this configuration listens.
fn configured_url(config: &Config) -> Result<String, Failure> {
    let port = configured_port(config)?;
    let host = match config.host {
        ip if ip.is_unspecified() && ip.is_ipv6() => "[::1]".to_owned(),
        ip if ip.is_unspecified() => "127.0.0.1".to_owned(),
        ip if ip.is_ipv6() => format!("[{ip}]"),
        ip => ip.to_string(),
    };
    Ok(format!("http://{host}:{port}"))
}

/// The configured port. For port 0, it is read from the port file that the server wrote.
fn configured_port(config: &Config) -> Result<u16, Failure> {
    let Some(file) = config.port_file.as_ref().filter(|_| config.port == 0) else {
        return Ok(config.port);
    };
    let file_name = file.display();
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::new(Exit::Internal, format_args!("{file_name}: {error}")))?;
    let port = text.trim().parse();
    port.map_err(|_| Failure::new(Exit::Internal, format_args!("{file_name}: not a port number")))
}

/// Client of one server.
pub(super) struct Client {
    url: String,
    /// The token of the control API.
    token: Option<Secret>,
    agent: Agent,
}

impl Client {
    /// # Errors
    /// Exit code 2 for a URL of another form than `http://HOST[:PORT]`.
    pub(super) fn new(url: String, token: Option<Secret>) -> Result<Self, Failure> {
        let is_authority = |rest: &str| {
            !rest.is_empty()
                && !rest.contains(['/', '?', '#', '@'])
                && !rest.contains(char::is_control)
                && rest.parse::<http::uri::Authority>().is_ok()
        };
        if !url.strip_prefix("http://").is_some_and(is_authority) {
            let message = format!("invalid URL {url:?}; expected one like http://127.0.0.1:4747");
            return Err(Failure::new(Exit::Usage, message));
        }
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            // Never through a proxy: the server is on this machine or near it.
            .proxy(None)
            .user_agent(concat!("idouble/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(CONNECT_TIMEOUT));
        Ok(Self { url, token, agent: config.build().into() })
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// An error about this server, exit code 1.
    pub(super) fn failure(&self, message: impl fmt::Display) -> Failure {
        Failure::new(Exit::Internal, format_args!("{}: {message}", self.url))
    }

    /// # Errors
    /// If the response is incomplete, or its status is not a success.
    pub(super) fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        self.successful(Method::GET, path, None)
    }

    /// # Errors
    /// As [`Client::get`].
    pub(super) fn post<T: DeserializeOwned>(&self, path: &str, body: &Json) -> Result<T, Failure> {
        self.successful(Method::POST, path, Some(body))
    }

    /// # Errors
    /// As [`Client::get`].
    pub(super) fn put<T: DeserializeOwned>(&self, path: &str, body: &Json) -> Result<T, Failure> {
        self.successful(Method::PUT, path, Some(body))
    }

    /// # Errors
    /// As [`Client::get`].
    pub(super) fn patch<T: DeserializeOwned>(&self, path: &str, body: &Json) -> Result<T, Failure> {
        self.successful(Method::PATCH, path, Some(body))
    }

    /// Deletes what is at `path`, and returns the number of deleted things.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub(super) fn delete(&self, path: &str) -> Result<u64, Failure> {
        #[derive(Deserialize)]
        struct RemovedBody {
            removed: u64,
        }
        let body: RemovedBody = self.successful(Method::DELETE, path, None)?;
        Ok(body.removed)
    }

    /// Replaces what is at `path` with a store, as JSON text.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub(super) fn upload<T: DeserializeOwned>(&self, path: &str, text: &str) -> Result<T, Failure> {
        let response = self.send(Method::PUT, path, Some(text), Some(TRANSFER_TIMEOUT))?;
        let (status, body) = self.read(response)?;
        let body = self.parse(&body)?;
        if status.is_success() { self.convert(body) } else { Err(rejection(status, &body)) }
    }

    /// Status and body of a response, whatever its status.
    ///
    /// # Errors
    /// If no complete response of an idouble server is received.
    pub(super) fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Json>,
    ) -> Result<(StatusCode, Json), Failure> {
        self.call_within(CALL_TIMEOUT, method, path, body)
    }

    /// # Errors
    /// As [`Client::call`].
    pub(super) fn call_within(
        &self,
        timeout: Duration,
        method: Method,
        path: &str,
        body: Option<&Json>,
    ) -> Result<(StatusCode, Json), Failure> {
        let text = body.map(Json::to_string);
        let response = self.send(method, path, text.as_deref(), Some(timeout))?;
        let (status, body) = self.read(response)?;
        Ok((status, self.parse(&body)?))
    }

    /// The body of a response of any length. Reading from it fails if the server stops early.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub(super) fn download(&self, path: &str) -> Result<impl Read + use<>, Failure> {
        self.open(path, Some(TRANSFER_TIMEOUT))
    }

    /// The body of a response that does not end by itself.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub(super) fn stream(&self, path: &str) -> Result<BufReader<impl Read + use<>>, Failure> {
        self.open(path, None).map(BufReader::new)
    }

    fn open(&self, path: &str, timeout: Option<Duration>) -> Result<impl Read + use<>, Failure> {
        let response = self.send(Method::GET, path, None, timeout)?;
        if response.status().is_success() {
            return Ok(response.into_body().into_reader());
        }
        let (status, body) = self.read(response)?;
        Err(rejection(status, &self.parse(&body)?))
    }

    fn successful<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&Json>,
    ) -> Result<T, Failure> {
        let (status, body) = self.call(method, path, body)?;
        if status.is_success() { self.convert(body) } else { Err(rejection(status, &body)) }
    }

    /// # Errors
    /// If the text is not JSON.
    pub(super) fn parse(&self, text: &str) -> Result<Json, Failure> {
        serde_json::from_str(text).map_err(|error| self.unexpected(&error))
    }

    /// # Errors
    /// If a member is missing or of another type.
    pub(super) fn convert<T: DeserializeOwned>(&self, body: Json) -> Result<T, Failure> {
        serde_json::from_value(body).map_err(|error| self.unexpected(&error))
    }

    /// The error of a response that is not what this program expects.
    pub(super) fn unexpected(&self, error: &dyn fmt::Display) -> Failure {
        self.failure(format_args!("unexpected response: {error}"))
    }

    /// Sends a request and receives the head of the response.
    fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&str>,
        timeout: Option<Duration>,
    ) -> Result<Response<Body>, Failure> {
        let url = format!("{}/_idouble{path}", self.url);
        let mut request = Request::builder().method(method).uri(url);
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {}", token.text()));
        }
        match body {
            None => self.run(request, (), timeout),
            Some(text) => {
                let mut request = request.header("content-type", "application/json");
                if text.len() >= EXPECT_CONTINUE_BYTES {
                    request = request.header("expect", "100-continue");
                }
                self.run(request, text, timeout)
            }
        }
    }

    fn run(
        &self,
        request: http::request::Builder,
        body: impl AsSendBody,
        timeout: Option<Duration>,
    ) -> Result<Response<Body>, Failure> {
        let request = request.body(body).map_err(|error| self.failure(error))?;
        let request = self.agent.configure_request(request).timeout_global(timeout).build();
        let response = self.agent.run(request).map_err(|error| self.connection_failure(&error))?;
        if !response.headers().contains_key(VERSION_HEADER) {
            let message = format!("{} is not an idouble server", self.url);
            return Err(Failure::new(Exit::Internal, message));
        }
        Ok(response)
    }

    fn read(&self, response: Response<Body>) -> Result<(StatusCode, String), Failure> {
        let (status, mut body) = (response.status(), response.into_body());
        let text = body.with_config().limit(BODY_BYTES_MAX).read_to_string();
        let text = text.map_err(|error| self.connection_failure(&error))?;
        Ok((status, text))
    }

    fn connection_failure(&self, error: &ureq::Error) -> Failure {
        match error {
            ureq::Error::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                let message = format!("no idouble at {}; start it with `idouble`", self.url);
                Failure::new(Exit::Internal, message)
            }
            ureq::Error::Protocol(_) | ureq::Error::LargeResponseHeader(..) => {
                Failure::new(Exit::Internal, format_args!("{} is not an HTTP server", self.url))
            }
            error => self.failure(error),
        }
    }
}

/// The error of a response that is not a success: its message and details, one a line.
pub(super) fn rejection(status: StatusCode, body: &Json) -> Failure {
    let error = match body["error"].as_str() {
        Some(error) => error.to_owned(),
        None => format!("status {status}"),
    };
    let details = body["details"].as_array().into_iter().flatten().filter_map(Json::as_str);
    let details = details.filter(|line| *line != error).map(|line| format!("\n  {line}"));
    let exit = if status.is_client_error() { Exit::Usage } else { Exit::Internal };
    Failure::new(exit, format_args!("{error}{}", details.collect::<String>()))
}

/// A name as a segment of a path. The names that the server accepts need no escapes.
pub(super) fn path_segment(name: &str) -> Result<&str, Failure> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    if name.is_empty() || !name.bytes().all(is_plain) {
        let expected = "expected letters, digits, dots, dashes and underscores";
        return Err(Failure::new(Exit::Usage, format_args!("invalid name {name:?}; {expected}")));
    }
    Ok(name)
}
