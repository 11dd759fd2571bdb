//! `aws-sdk-identitystore`, AWS's own Rust SDK, against the built binary: every operation, every
//! paginator, errors as its modelled types, its retries.

mod errors;
mod groups;
mod memberships;
mod retries;
mod revisions;
mod server;
mod stores;
mod users;
