//! The fuzz targets. Each is a function that panics if an input breaks a promise.

pub mod checks;
#[path = "../world/mod.rs"]
mod world;
