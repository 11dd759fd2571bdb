//! The sockets: who is listened to, for how long, and how much of it.
//!
//! hyper reads and writes HTTP/1; what it lets through and should not is refused here, in front of
//! the service. Knows no operation, and no vendor: the service answers in the vendor's form.

mod answer;
mod body;
mod cors;
mod framing;
mod guard;
mod listener;
mod seats;
mod socket;
mod workers;

pub use guard::Refusal;
pub use listener::{Ended, Server};
pub use workers::Workers;

use std::time::Duration;

/// How much a server takes, and how long it waits.
#[derive(Clone, PartialEq, Debug)]
pub struct Limits {
    /// How many connections there may be. One more waits until one ends: where all are idle, the one
    /// that has been so for longest is ended for it.
    pub connections_max: usize,
    /// How large a head may be. Source: CONVENTIONS, 64 KiB.
    pub head_bytes_max: usize,
    /// How many headers there may be.
    pub headers_max: usize,
    /// How long a request target may be.
    pub uri_bytes_max: usize,
    /// How large the body of a request may be.
    pub body_bytes_max: usize,
    /// How large the body of a call to the control API may be: it may be a whole directory.
    pub control_body_bytes_max: usize,
    /// How long a head may take, from its first byte, or from the connection's start for the first.
    pub head_timeout: Duration,
    /// How long a body may take.
    pub body_timeout: Duration,
    /// How long a connection may be idle, at least; at most twice that. Longer than any SDK keeps
    /// one, so that it is the client who closes: the other way round, requests get lost.
    pub idle_timeout: Duration,
    /// How long a connection may be idle while another waits for its place.
    pub yield_after: Duration,
    /// How long a connection whose request was refused half read is still read from.
    pub linger: Duration,
    /// How long requests under way may take to end when the server stops.
    pub drain: Duration,
    /// Names of this machine, beside the loopback ones.
    pub allowed_hosts: Vec<String>,
    /// Origins whose pages may read what the vendors' operations answer.
    pub cors_origins: Vec<String>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: 512,
            head_bytes_max: 64 * 1024,
            headers_max: 100,
            uri_bytes_max: 16 * 1024,
            body_bytes_max: 1024 * 1024,
            control_body_bytes_max: 64 * 1024 * 1024,
            head_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(120),
            yield_after: Duration::from_secs(1),
            linger: Duration::from_secs(1),
            drain: Duration::from_secs(5),
            allowed_hosts: Vec::new(),
            cors_origins: Vec::new(),
        }
    }
}
