//! A test double for cloud identity stores: **AWS Identity Store** and **Huawei Cloud IAM Identity
//! Center** on one port, over one in-memory directory, seeded from fixtures, with faults that fire
//! exactly when a test asks for them.
//!
//! As a library, start with [`Emulator`]. The rest of this page is a map of the code.
//!
//! # Overview
//! ```text
//! bytes → server → service::pipeline → dialect.route → faults → dialect.decode → directory → dialect.encode → bytes
//!                └ control (/_idouble/)                                          one lock per store
//! ```
//! `service/pipeline.rs` handles a request in one function. The order of its steps is part of the
//! behaviour. A dialect decodes a request into a `domain::Command` and encodes a `domain::Outcome`,
//! driven by tables of routes, shapes and limits. The domain has the rules of the directory and does not
//! depend on HTTP or JSON.
//!
//! # Modules
//! Each module imports only from those above it. `tests/architecture.rs` checks this.
//!
//! | module | content |
//! |---|---|
//! | `escape` | control characters, escaped |
//! | `file_error` | an error in a text file, with line, column and caret |
//! | `domain` | stores with users, groups, memberships and admin resources; commands, outcomes, errors; clock and ids |
//! | `glob` | patterns with `*` |
//! | `auth` | access keys with permissions, and what signatures are made of |
//! | `dialect` | code that the dialects share: routes, arguments, limits, shapes, JSON output |
//! | `aws`, `huawei`, `scim` | one protocol each: routes, params, requests, patch, shapes, limits, responses, errors |
//! | `faults` | fault rules: selectors, triggers, effects; the fault plan of a request |
//! | `journal` | recorded requests, with filters, expectations and subscriptions |
//! | `fixture` | the file format of a directory: load and export; lists that the clouds print |
//! | `config` | every setting, with default, flag, variable, key and help text |
//! | `service` | all state of an emulator, and the request pipeline |
//! | `console` | pages for a browser, under `/_idouble/console/` |
//! | `control` | the control API under `/_idouble/` |
//! | `server` | connections, limits, guards, shutdown |
//! | `emulator` | the in-process API, which the binary uses as well |
//!
//! # Glossary
//! | term | meaning |
//! |---|---|
//! | identity store, store | one tenancy (`d-…`) |
//! | directory | all stores of an emulator |
//! | admin resource | anything in a store besides users, groups and memberships, such as an MFA device |
//! | attribute | a property of a user or group, such as `name` |
//! | attribute path | the path of an attribute or of a part of it, such as `name.givenName` |
//! | attribute operation | one step of an update: an attribute path with the new value, if any |
//! | operation, command, outcome | the name of a call; the call with its arguments; its result |
//! | dialect | a protocol: aws, huawei or scim |
//! | tenant, profile | what a SCIM client addresses, part of a store; whether it is served as aws, huawei or rfc |
//! | route | the row of an operation in a dialect's table |
//! | shape, member, limit | the row table of a structure; one row; the constraints of a text |
//! | violation | one broken constraint of a request |
//! | rejection | a well-formed request that the service does not accept |
//! | fault rule | a selector (`on`), a trigger (`when`), an effect (`do`) and a lifetime (`for`) |
//! | fault plan | the faults that one request gets |
//! | journal, entry | the recorded requests; one of them |
//! | filter, expectation | a condition on entries; the number of matching entries that a test requires |
//! | session | the requests of one test, recognized by access key id or header |
//! | snapshot | a named copy of all stores |
//! | version | a former state of a store, for stale reads |
//! | baseline | the state of a store after loading, to which a reset returns |
//! | page token | `NextToken` on AWS, `marker` on Huawei |
//! | fixture, state file | a file with initial stores; the file that keeps the stores between runs |
//!
//! # Invariants
//! - A command is well formed: `dialect::args` and `dialect::shape` validate all input.
//! - An error changes nothing. A patch is applied to a copy, which then replaces the resource.
//! - A thread holds at most one lock, and never waits while it holds one.
//! - Resources are immutable behind an `Arc`, so that responses are encoded without a lock.
//! - The domain uses only the given clock and seed: equal requests give equal bytes.
//! - Dialects do not depend on each other. An update through one keeps the attributes that only the other
//!   has.
//! - Every response has the form of the dialect of its request, even after a panic.
//! - Every collection has a named limit.

mod auth;
mod aws;
mod config;
mod console;
mod control;
mod dialect;
mod domain;
mod emulator;
mod escape;
mod faults;
mod file_error;
mod fixture;
mod glob;
mod huawei;
mod journal;
mod scim;
mod server;
mod service;

pub use auth::{AccessKey, AuthMode, Cloud};
pub use emulator::{
    Builder, Emulator, EmulatorClock, EmulatorJournal, Error, FaultGuard, StoreGuard,
};
pub use faults::{CountRange, Cut, Fault, Per};
pub use journal::{EntryView, Expectation};

/// What the binary and the tests of this crate use beyond the public API. It changes without notice.
#[doc(hidden)]
pub mod internal {
    pub mod auth {
        pub use crate::auth::*;
    }
    pub mod aws {
        pub use crate::aws::*;
    }
    pub mod config {
        pub use crate::config::*;
    }
    pub mod console {
        pub use crate::console::*;
    }
    pub mod control {
        pub use crate::control::*;
    }
    pub mod dialect {
        pub use crate::dialect::*;
    }
    pub mod domain {
        pub use crate::domain::*;
    }
    pub mod emulator {
        pub use crate::emulator::*;
    }
    pub mod escape {
        pub use crate::escape::*;
    }
    pub mod faults {
        pub use crate::faults::*;
    }
    pub mod file_error {
        pub use crate::file_error::*;
    }
    pub mod fixture {
        pub use crate::fixture::*;
    }
    pub mod glob {
        pub use crate::glob::*;
    }
    pub mod huawei {
        pub use crate::huawei::*;
    }
    pub mod journal {
        pub use crate::journal::*;
    }
    pub mod scim {
        pub use crate::scim::*;
    }
    pub mod server {
        pub use crate::server::*;
    }
    pub mod service {
        pub use crate::service::*;
    }
}

/// Runs the Rust snippet of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
