//! The service: all state, and the life of a request through it.
//!
//! Knows no socket: a request comes in whole and a response goes out whole.

mod pipeline;

use crate::domain::{Clock, Directory, Ids};
use crate::faults::Faults;
use crate::fixture::Options;
use crate::wire::Dialect;

/// All state of one emulator.
pub struct Service {
    dialects: Vec<Box<dyn Dialect>>,
    directory: Directory,
    faults: Faults,
    clock: Clock,
    ids: Ids,
    fixtures: Options,
}

impl Service {
    /// A service that speaks `dialects`, asked in that order which of them a request is in; the last
    /// one takes what no other claims.
    pub fn new(
        dialects: Vec<Box<dyn Dialect>>,
        directory: Directory,
        faults: Faults,
        clock: Clock,
        ids: Ids,
    ) -> Self {
        assert!(!dialects.is_empty(), "a service speaks at least one dialect");
        let (seed, rules) = (directory.seed(), directory.rules());
        let fixtures = Options { seed, rules, ..Options::default() };
        Self { dialects, directory, faults, clock, ids, fixtures }
    }

    /// The same, with these options for fixtures that are loaded later.
    #[must_use]
    pub fn with_fixtures(self, fixtures: Options) -> Self {
        Self { fixtures, ..self }
    }

    /// What fixtures that are loaded later leave open.
    pub fn fixtures(&self) -> &Options {
        &self.fixtures
    }

    /// The dialects, in the order in which they are asked.
    pub fn dialects(&self) -> impl Iterator<Item = &dyn Dialect> {
        self.dialects.iter().map(AsRef::as_ref)
    }

    /// Puts stores, clock, rules and ids back as they were at the start. Each of them in one step: a
    /// reply on its way is wholly of before or wholly of after.
    pub fn reset(&self) {
        self.clock.reset();
        self.directory.reset();
        self.faults.reset(self.clock.now());
        self.ids.restart();
    }

    /// Every store.
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// The fault rules in force.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// The time it is here.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Where ids come from.
    pub fn ids(&self) -> &Ids {
        &self.ids
    }
}
