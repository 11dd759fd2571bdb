//! Clients that send a request and do not read the response: each loses its connection.

use std::sync::Arc;
use std::time::Duration;

use crate::common::Client;
use idouble::Emulator;
use idouble::internal::config::{BoundedU64, Config};
use idouble::internal::server::Limits;

const SHORT: Duration = Duration::from_millis(200);

/// Size of a response in bytes, more than sockets buffer.
const LARGE_BYTES: usize = 10 * 1024 * 1024;

const STORE: &str = "[[store]]\nid = \"d-1234567890\"\n";

/// An emulator with this number of connections.
fn emulator(connections_max: u64, fixture: &str) -> Emulator {
    let limits = Limits { write_timeout: SHORT, ..Limits::default() };
    let connections_max = BoundedU64::new(connections_max);
    let config = Config { port: 0, connections_max, ..Config::default() };
    let builder = Emulator::builder().config(config).fixture_text(fixture).limits(limits);
    builder.start().expect("an emulator starts")
}

/// Sends one request with a body of this size.
fn send_body(client: &mut Client, bytes: usize) {
    let body = format!(r#"{{"display_name":"{}"}}"#, "x".repeat(bytes));
    let headers = [("Content-Type", "application/json")];
    let reply =
        client.request("POST /v1/identity-stores/d-1234567890/groups", &headers, body.as_bytes());
    assert_eq!(reply.status, 400);
}

/// Waits until the only connection has ended, which makes room for another one.
#[track_caller]
fn assert_ends(emulator: &Emulator, stalled: &mut Client) {
    let health = Client::of(emulator.endpoint()).control("GET /health", "");
    assert_eq!(health.status, 200);
    let (received, _) = stalled.rest();
    assert!(received.len() < LARGE_BYTES, "{} bytes", received.len());
}

#[test]
fn client_that_does_not_read_an_export_is_disconnected() {
    let description = "d".repeat(1000);
    let groups = (0..LARGE_BYTES / description.len()).map(|number| {
        format!("[[store.group]]\ndisplay_name = \"g{number}\"\ndescription = \"{description}\"\n")
    });
    let emulator = emulator(1, &format!("{STORE}{}", groups.collect::<String>()));
    for start in ["/stores/d-1234567890", "/stores?format=toml"] {
        let mut stalled = Client::of(emulator.endpoint());
        stalled.send_request(&format!("GET /_idouble{start}"), &[], b"");
        assert_ends(&emulator, &mut stalled);
    }
}

#[test]
fn client_that_does_not_read_the_journal_is_disconnected() {
    let emulator = emulator(1, STORE);
    let mut client = Client::of(emulator.endpoint());
    for _ in 0..12 {
        send_body(&mut client, 1_000_000);
    }
    drop(client);
    let mut stalled = Client::of(emulator.endpoint());
    stalled.send_request("GET /_idouble/journal?limit=1000", &[], b"");
    assert_ends(&emulator, &mut stalled);
}

#[test]
fn client_that_does_not_read_events_is_disconnected_and_frees_its_queue() {
    let emulator = emulator(2, STORE);
    let mut stalled = Client::of(emulator.endpoint());
    stalled.send_request("GET /_idouble/events", &[], b"");
    // Now it is subscribed, and it reads no more.
    stalled.until(": idouble events\n\n");
    let mut client = Client::of(emulator.endpoint());
    for _ in 0..250 {
        send_body(&mut client, 50_000);
    }
    let journal = emulator.service().journal();
    let last = journal.entries().last().map(Arc::downgrade).expect("the last request");
    journal.clear();
    assert_ends(&emulator, &mut stalled);
    assert!(last.upgrade().is_none(), "its queue is freed with the connection");
}
