//! The binary: arguments, configuration, run.

fn main() {}
