//! A test double for cloud identity stores: AWS Identity Store and Huawei Cloud IAM Identity Center on
//! one port, over one in-memory directory.

pub mod aws;
pub mod config;
pub mod control;
pub mod document;
pub mod domain;
pub mod emulator;
pub mod faults;
pub mod fixture;
pub mod huawei;
pub mod server;
pub mod service;
pub mod wire;

pub use emulator::{Builder, Emulator, Injected, StartError};
