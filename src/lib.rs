//! A test double for cloud identity stores: **AWS Identity Store** and **Huawei Cloud IAM Identity
//! Center** on one port, over one in-memory directory, seeded from fixtures, with faults that fire
//! exactly when a test asks for them.
//!
//! As a library, start with [`Emulator`]. What follows is the map for whoever reads the code.
//!
//! # Bird's eye
//! ```text
//! bytes → server → service::pipeline → dialect.route → faults → dialect.decode → directory → dialect.encode → bytes
//!                └ control (/_idouble/)                                            one lock a store
//! ```
//! A request is answered by one plain function, `service/pipeline.rs`; its order is the behaviour. A
//! dialect turns bytes into a neutral [`domain::Command`] and an [`domain::Outcome`] back into bytes,
//! by rows: routes, shapes, limits. The domain holds the rules of identity and knows no wire.
//!
//! # Rooms, each importing only from those above it
//! | room | what lives there |
//! |---|---|
//! | [`file_error`] | an error in a text file, with line, column and caret |
//! | [`config`] | every setting once: default, flag, variable, key, help |
//! | [`domain`] | users, groups, memberships, stores, and what stands beside them (`admin`); commands, outcomes, errors; clock and ids |
//! | [`dialect`] | what dialects share: routes, the cursor over arguments, limits, shapes, JSON out |
//! | [`aws`], [`huawei`] | one vendor each: routes, params, requests, patch, shapes, limits, responses, errors |
//! | [`faults`] | rules, triggers, effects; the plan for one request |
//! | [`journal`] | the requests that were seen: a bounded ring, filters, expectations, listeners |
//! | [`fixture`] | the file format of a directory: load, export; what the clouds print, by a dialect's `listing` |
//! | [`service`] | all state, and the life of a request |
//! | [`control`] | `/_idouble/`: health, reset, stores, snapshots, clock, state, fault rules, journal, metrics, OpenAPI |
//! | [`server`] | sockets, limits, guards, drain |
//! | [`emulator`] | the in-process API, through which the binary goes too |
//!
//! `tests/architecture.rs` checks this table.
//!
//! # Invariants
//! - No JSON gets past `dialect::args` and `dialect::shape` on the way in: a command is well formed.
//! - A refusal changes nothing. A patch is applied to a copy, which is then swapped in.
//! - Never two locks at once, and nothing waits under one.
//! - Resources are replaced whole behind an `Arc`; readers encode after the lock is gone.
//! - Nothing in `domain` asks the machine for time or chance: same seed, same requests, same bytes.
//! - A dialect does not know the other. What one cannot say, it does not lose.
//! - Every request gets an answer in the form of the dialect that it speaks, a panic included.
//! - Everything has a bound, and the bound has a name.

pub mod aws;
pub mod config;
pub mod control;
pub mod dialect;
pub mod domain;
pub mod emulator;
pub mod faults;
pub mod file_error;
pub mod fixture;
pub mod huawei;
pub mod journal;
pub mod server;
pub mod service;

pub use emulator::{Builder, Emulator, EmulatorClock, Injected, IsolatedStore, StartError};
