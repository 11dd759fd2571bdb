//! Load: memory does not grow with the number of requests, and mutated requests do not stop the server.
//! `make soak` runs these tests; `cargo test` leaves them out.

#[path = "it/common/mod.rs"]
mod common;

use std::net::Shutdown;

use common::Client;
use idouble::Emulator;
use idouble::internal::config::{BoundedU64, Config, JournalConfig};

/// Number of requests.
const REQUESTS: u64 = 1_000_000;

/// Number of concurrent requests.
const BATCH: u64 = 100;

const ENTRIES: usize = 500;
const BYTES: usize = 2 * 1024 * 1024;

/// Maximum growth in bytes once the journal is full. It allows for the allocator and for other threads.
const GROWTH_MAX: u64 = 32 * 1024 * 1024;

/// Resident memory in bytes; `None` if the system does not report it.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

/// An emulator with a small journal.
fn emulator() -> Emulator {
    let journal = JournalConfig {
        entries: BoundedU64::new(ENTRIES as u64),
        bytes: BoundedU64::new(BYTES as u64),
        ..JournalConfig::default()
    };
    let config = Config { port: 0, journal, ..Config::default() };
    Emulator::builder().config(config).start().expect("an emulator starts")
}

#[test]
#[ignore = "takes minutes; `make soak` runs it"]
fn memory_is_flat_with_the_journal_on() {
    let emulator = emulator();
    let mut client = Client::of(emulator.endpoint());
    let store = "/v1/identity-stores/d-1234567890";
    let mut full = None;
    let (mut sent, mut most) = (0, (0, 0));
    while sent < REQUESTS {
        for at in 0..BATCH {
            // Responses of different sizes, and an error.
            let path = match at % 3 {
                0 => format!("GET {store}/users?limit=1"),
                1 => format!("GET {store}/users?limit={}", at % 20 + 1),
                _ => format!("GET {store}/users/nobody-{sent}-{at}"),
            };
            client.send_request(&path, &[], b"");
        }
        for _ in 0..BATCH {
            assert!(matches!(client.reply().status, 200 | 404));
        }
        sent += BATCH;
        let (entries, bytes) = emulator.service().journal().size();
        most = (entries.max(most.0), bytes.max(most.1));
        if sent >= REQUESTS / 4 && full.is_none() {
            full = resident();
        }
    }
    assert!(most.0 <= ENTRIES && most.1 <= BYTES, "{most:?}");
    assert!(most.0 > ENTRIES / 4, "{most:?}");
    assert_eq!(emulator.service().journal().last(), sent);
    if let (Some(full), Some(now)) = (full, resident()) {
        let grown = now.saturating_sub(full);
        let kib = |bytes: u64| bytes / 1024;
        println!(
            "{sent} requests; the journal held at most {} entries and {} bytes; resident {} KiB after \
             a quarter, {} KiB at the end",
            most.0,
            most.1,
            kib(full),
            kib(now),
        );
        assert!(grown < GROWTH_MAX, "grown by {grown} bytes in {sent} requests");
    }
}

/// Number of mutated requests.
const MUTATED: u64 = 20_000;

/// Draws from a seed. Source: splitmix64.
struct Draws(u64);

impl Draws {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % end.max(1) as u64) as usize
    }
}

/// Valid requests, with both kinds of bodies.
fn requests(host: &str) -> Vec<Vec<u8>> {
    let user = r#"{"IdentityStoreId":"d-1234567890","UserName":"u","DisplayName":"U"}"#;
    let group = r#"{"display_name":"g","description":"d"}"#;
    let store = "/v1/identity-stores/d-1234567890";
    let aws =
        "X-Amz-Target: AWSIdentityStore.CreateUser\r\nContent-Type: application/x-amz-json-1.1";
    let json = "Content-Type: application/json";
    let texts = [
        format!(
            "POST / HTTP/1.1\r\nHost: {host}\r\n{aws}\r\nContent-Length: {}\r\n\r\n{user}",
            user.len()
        ),
        format!(
            "POST {store}/groups HTTP/1.1\r\nHost: {host}\r\n{json}\r\nContent-Length: {}\r\n\r\n{group}",
            group.len()
        ),
        format!(
            "POST {store}/groups HTTP/1.1\r\nHost: {host}\r\n{json}\r\nTransfer-Encoding: chunked\r\n\r\n\
             {:x}\r\n{group}\r\n0\r\n\r\n",
            group.len()
        ),
        format!("GET {store}/users?limit=3&marker= HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        format!("GET /_idouble/stores HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\n\r\n"),
        format!("GET / HTTP/1.0\r\nHost: {host}\r\nConnection: keep-alive\r\n\r\n"),
    ];
    texts.into_iter().map(String::into_bytes).collect()
}

/// Changes a request one to three times.
fn mutate(bytes: &mut Vec<u8>, others: &[Vec<u8>], draws: &mut Draws) {
    const BYTES: &[u8] = b"\0\r\n :;,%/?\"{}[]\\\x7f\x80\xff09afAF";
    for _ in 0..=draws.below(3) {
        let at = draws.below(bytes.len());
        let end = (at + 1 + draws.below(16)).min(bytes.len());
        match draws.below(7) {
            0 if !bytes.is_empty() => bytes[at] ^= 1 << draws.below(8),
            1 if !bytes.is_empty() => bytes[at] = BYTES[draws.below(BYTES.len())],
            2 => bytes.insert(at, BYTES[draws.below(BYTES.len())]),
            3 => drop(bytes.drain(at..end)),
            4 => {
                let copy = bytes[at..end].repeat(1 + draws.below(40));
                bytes.splice(at..at, copy);
            }
            5 => {
                let other = &others[draws.below(others.len())];
                let from = draws.below(other.len());
                bytes.splice(at.., other[from..].iter().copied());
            }
            _ => bytes.truncate(at.max(1)),
        }
    }
}

#[test]
#[ignore = "takes minutes; `make soak` runs it"]
fn mutated_requests_do_not_stop_the_server() {
    let emulator = emulator();
    let requests = requests(emulator.endpoint().trim_start_matches("http://"));
    let mut draws = Draws(7);
    let (mut answered, mut rejected) = (0, 0);
    for _ in 0..MUTATED {
        let mut bytes = requests[draws.below(requests.len())].clone();
        mutate(&mut bytes, &requests, &mut draws);
        let mut client = Client::of(emulator.endpoint());
        client.send(&bytes);
        // The server may have closed the connection already.
        let _ = client.stream().shutdown(Shutdown::Write);
        let (response, _) = client.rest();
        let sent = String::from_utf8_lossy(&bytes);
        let response = String::from_utf8_lossy(&response);
        assert!(!response.contains("HTTP/1.1 500"), "{sent:?}\n{response}");
        answered += u64::from(response.starts_with("HTTP/1."));
        rejected += u64::from(response.starts_with("HTTP/1.1 400"));
    }
    println!(
        "{MUTATED} mutated requests: {answered} have a response, {rejected} of these a status of 400"
    );
    assert!(answered > MUTATED / 2 && rejected > 0, "{answered} {rejected}");
    let health = Client::of(emulator.endpoint()).control("GET /health", "");
    assert_eq!(health.status, 200);
}
