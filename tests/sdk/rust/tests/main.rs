//! AWS's own Rust SDKs against the built binary: every operation, every paginator of Identity Store, errors as
//! their modelled types, retries.

mod auth;
mod errors;
mod groups;
mod memberships;
mod retries;
mod revisions;
mod server;
mod services;
mod stores;
mod users;
