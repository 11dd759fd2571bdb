//! A fixed number of calls through the service, without sockets: `valgrind` counts their instructions.
//!
//! `pipeline CALL COUNT [RULES]`; the difference between two counts, divided, is the cost of one call
//! and of making its request; that of `make:CALL` is the cost of making it. With this number of fault rules, each
//! about the same operation and another user, it prints the nanoseconds that a call takes.

mod calls;

use calls::Bench;

/// As in the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let call = arguments.next().unwrap_or_else(|| "aws-update".to_owned());
    let count: usize = arguments.next().and_then(|count| count.parse().ok()).unwrap_or(1000);
    let rules: Option<usize> = arguments.next().and_then(|rules| rules.parse().ok());
    let bench = Bench::new(rules.unwrap_or(0));
    let start = std::time::Instant::now();
    for _ in 0..count {
        match call.strip_prefix("make:") {
            Some(call) => bench.make(call),
            None => bench.call(&call),
        }
    }
    if rules.is_some() {
        println!("{}", start.elapsed().as_nanos() / count.max(1) as u128);
    }
}
