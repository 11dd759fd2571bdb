//! The binary: arguments, configuration, run.

mod cli;

/// The journal frees on one thread what another one has allocated. For an update, glibc's allocator then
/// takes twice the CPU; measured with `make bench`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
