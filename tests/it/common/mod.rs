//! An HTTP client for tests. It sends the given bytes unchanged, and reports the received bytes and how the
//! connection ended.

#![allow(dead_code)] // Each test file uses its own part of this.

pub mod echo;

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Time limit of every wait. Only a failing test reaches it.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// How a connection ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// The server closed it (FIN).
    Closed,
    /// The server reset it (RST).
    Reset,
}

/// A complete response.
#[derive(Clone, PartialEq, Debug)]
pub struct Reply {
    /// `HTTP/1.1`
    pub version: String,
    /// The status.
    pub status: u16,
    /// The reason phrase.
    pub reason: String,
    /// Names in lower case, in the order of the wire.
    pub headers: Vec<(String, String)>,
    /// The body, its chunks joined.
    pub body: Vec<u8>,
}

impl Reply {
    /// The first header of that name, in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    #[track_caller]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("the body is text")
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// One connection.
pub struct Client {
    stream: TcpStream,
    host: String,
    unread: Vec<u8>,
}

impl Client {
    /// Connects.
    #[track_caller]
    pub fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("the server takes connections");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout can be set");
        stream.set_nodelay(true).expect("the option is set");
        Self { stream, host: address.to_string(), unread: Vec::new() }
    }

    /// Connects to what `http://127.0.0.1:PORT` names.
    #[track_caller]
    pub fn of(endpoint: &str) -> Self {
        let address = endpoint.strip_prefix("http://").expect("an endpoint starts with http://");
        Self::connect(address.parse().expect("an endpoint has an address and a port"))
    }

    /// The socket itself.
    pub fn stream(&self) -> &TcpStream {
        &self.stream
    }

    /// Sends these bytes. Errors are ignored, because reading the response reports them.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.stream.write_all(bytes.as_ref());
    }

    /// Sends a request with `Host` and, if it has a body, `Content-Length`.
    pub fn send_request(&mut self, start: &str, headers: &[(&str, &str)], body: &[u8]) {
        let mut text = format!("{start} HTTP/1.1\r\nHost: {}\r\n", self.host);
        for (name, value) in headers {
            text += &format!("{name}: {value}\r\n");
        }
        if !body.is_empty() {
            text += &format!("Content-Length: {}\r\n", body.len());
        }
        text += "\r\n";
        let mut bytes = text.into_bytes();
        bytes.extend_from_slice(body);
        self.send(bytes);
    }

    /// Sends a request (`GET /path`) and returns the response.
    #[track_caller]
    pub fn request(&mut self, start: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        self.send_request(start, headers, body);
        self.reply()
    }

    /// Calls the control API, with a JSON body unless it is empty.
    #[track_caller]
    pub fn control(&mut self, start: &str, body: &str) -> Reply {
        let (method, path) = start.split_once(' ').expect("a call is a method and a path");
        let headers: &[_] =
            if body.is_empty() { &[] } else { &[("Content-Type", "application/json")] };
        self.request(&format!("{method} /_idouble{path}"), headers, body.as_bytes())
    }

    /// The next response.
    #[track_caller]
    pub fn reply(&mut self) -> Reply {
        self.try_reply().expect("the server answers")
    }

    /// The next response, or how the connection ended instead.
    pub fn try_reply(&mut self) -> Result<Reply, End> {
        let end = loop {
            if let Some(at) = find(&self.unread, b"\r\n\r\n") {
                break at;
            }
            self.fill()?;
        };
        let head = String::from_utf8(self.unread[..end].to_vec()).expect("a head is text");
        self.unread.drain(..end + 4);
        let mut lines = head.split("\r\n");
        let mut start = lines.next().unwrap_or_default().splitn(3, ' ');
        let version = start.next().unwrap_or_default().to_owned();
        let status = start.next().and_then(|text| text.parse().ok()).expect("a status is a number");
        let reason = start.next().unwrap_or_default().to_owned();
        let headers = lines
            .map(|line| line.split_once(':').expect("a header has a colon"))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        let mut reply = Reply { version, status, reason, headers, body: Vec::new() };
        let chunked = reply.header("transfer-encoding") == Some("chunked");
        let length = reply.header("content-length").map(|text| text.parse().expect("a number"));
        reply.body = match (chunked, length) {
            (true, _) => self.chunks()?,
            (false, Some(length)) => self.take(length)?,
            (false, None) if status < 200 || status == 204 => Vec::new(),
            (false, None) => self.rest().0,
        };
        Ok(reply)
    }

    /// All bytes until the connection ends, and how it ended.
    #[track_caller]
    pub fn rest(&mut self) -> (Vec<u8>, End) {
        loop {
            if let Err(end) = self.fill() {
                return (std::mem::take(&mut self.unread), end);
            }
        }
    }

    /// The text up to and including `mark`.
    #[track_caller]
    pub fn until(&mut self, mark: &str) -> String {
        loop {
            if let Some(at) = find(&self.unread, mark.as_bytes()) {
                let found: Vec<_> = self.unread.drain(..at + mark.len()).collect();
                return String::from_utf8(found).expect("text");
            }
            self.fill().expect("the server sends more");
        }
    }

    /// How the connection ends. No more bytes may arrive.
    #[track_caller]
    pub fn end(&mut self) -> End {
        let (rest, end) = self.rest();
        assert!(rest.is_empty(), "nothing should follow: {:?}", String::from_utf8_lossy(&rest));
        end
    }

    fn chunks(&mut self) -> Result<Vec<u8>, End> {
        let mut body = Vec::new();
        loop {
            let line = loop {
                if let Some(at) = find(&self.unread, b"\r\n") {
                    break self.unread.drain(..at + 2).collect::<Vec<_>>();
                }
                self.fill()?;
            };
            let line = String::from_utf8_lossy(&line);
            let length = usize::from_str_radix(line.trim(), 16).expect("a chunk has a length");
            body.extend(self.take(length)?);
            self.take(2)?;
            if length == 0 {
                return Ok(body);
            }
        }
    }

    fn take(&mut self, length: usize) -> Result<Vec<u8>, End> {
        while self.unread.len() < length {
            self.fill()?;
        }
        Ok(self.unread.drain(..length).collect())
    }

    fn fill(&mut self) -> Result<(), End> {
        let mut buffer = [0; 16 * 1024];
        match self.stream.read(&mut buffer) {
            Ok(0) => Err(End::Closed),
            Ok(count) => {
                self.unread.extend_from_slice(&buffer[..count]);
                Ok(())
            }
            // A read with a timeout ends at a signal; the caller reads again.
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(()),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => Err(End::Reset),
            Err(error) => panic!("nothing came from the server: {error}"),
        }
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

/// Whether this process, and so each server that it starts, ignores SIGHUP.
pub fn is_hangup_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .is_some_and(|mask| mask & 1 == 1)
}
