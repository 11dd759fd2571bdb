//! Behaviour tests, in one binary. Each starts its own server on a free port, or its own service.

#[path = "../world/mod.rs"]
mod world;

mod auth;
mod cli;
mod cloud_export;
mod common;
mod config;
mod control;
mod control_token;
mod directory;
mod emulator;
mod events;
mod faults;
mod fixtures;
mod groups;
mod huawei_admin;
mod journal;
mod journal_entry;
mod linearizability;
mod paging;
mod read_back;
mod response_schemas;
mod schemas;
mod scim;
mod server;
mod stalled_clients;
mod state_file;
mod stores;
#[cfg(feature = "tls")]
mod tls;
mod users;
