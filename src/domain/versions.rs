//! The former versions of a store, for stale reads.

use std::collections::VecDeque;
use std::sync::Arc;

use super::model::Timestamp;
use super::store::IdentityStore;

/// How many former versions of a store are kept at most; each write makes one while any are kept.
pub const VERSIONS_MAX: usize = 256;

/// How far back a call looks, and how far back later ones may want to.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Staleness {
    /// A query sees what was there so many milliseconds ago; a change is made to what is there now.
    pub read_ms: u64,
    /// What a change replaces is kept for so many milliseconds.
    pub retain_ms: u64,
}

/// A store as it is, and as it was.
#[derive(Debug)]
pub(super) struct Versions {
    pub(super) current: Arc<IdentityStore>,
    /// Oldest first, each with the time at which it ended.
    former: VecDeque<(Timestamp, Arc<IdentityStore>)>,
}

impl Versions {
    pub(super) fn of(current: Arc<IdentityStore>) -> Self {
        Self { current, former: VecDeque::new() }
    }

    /// The store as it was so long ago, or as it is where that is longer than anybody remembers.
    pub(super) fn at(&self, now: Timestamp, lag_ms: u64) -> &Arc<IdentityStore> {
        if lag_ms == 0 {
            return &self.current;
        }
        let then = before(now, lag_ms);
        // A version that ended exactly then was over.
        let version = self.former.iter().find(|(ended, _)| *ended > then);
        version.map_or(&self.current, |(_, version)| version)
    }

    /// Remembers what the store is, for a change is about to end it.
    pub(super) fn retain(&mut self, now: Timestamp, retain_ms: u64) {
        let since = before(now, retain_ms);
        let is_old = |version: &(Timestamp, _)| version.0 <= since;
        while self.former.front().is_some_and(is_old) || self.former.len() >= VERSIONS_MAX {
            self.former.pop_front();
        }
        if retain_ms > 0 {
            self.former.push_back((now, self.current.clone()));
        }
    }
}

fn before(now: Timestamp, ms: u64) -> Timestamp {
    Timestamp(now.0.saturating_sub(i64::try_from(ms).unwrap_or(i64::MAX)))
}
