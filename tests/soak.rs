//! Memory does not grow with the number of requests: a few in `make test`, a million in `make soak`.

#[path = "it/common/mod.rs"]
mod common;

use common::Client;
use idouble::Emulator;
use idouble::internal::config::{Bounded, Config, JournalConfig};

/// Number of requests if `IDOUBLE_SOAK` is not set.
const REQUESTS: u64 = 6_000;

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

#[test]
fn memory_is_flat_with_the_journal_on() {
    let setting = std::env::var("IDOUBLE_SOAK").ok().and_then(|text| text.parse().ok());
    let requests: u64 = setting.unwrap_or(REQUESTS);
    let journal = JournalConfig {
        entries: Bounded::new(ENTRIES as u64),
        bytes: Bounded::new(BYTES as u64),
        ..JournalConfig::default()
    };
    let config = Config { port: 0, journal, ..Config::default() };
    let emulator = Emulator::builder().config(config).start().expect("an emulator starts");
    let mut client = Client::of(emulator.endpoint());
    let store = "/v1/identity-stores/d-1234567890";
    let mut full = None;
    let (mut sent, mut most) = (0, (0, 0));
    while sent < requests {
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
        let (entries, bytes) = emulator.journal().size();
        most = (entries.max(most.0), bytes.max(most.1));
        if sent >= requests / 4 && full.is_none() {
            full = resident();
        }
    }
    assert!(most.0 <= ENTRIES && most.1 <= BYTES, "{most:?}");
    assert!(most.0 > ENTRIES / 4, "{most:?}");
    assert_eq!(emulator.journal().last(), sent);
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
