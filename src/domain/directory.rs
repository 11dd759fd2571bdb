//! Every store, one lock each.
//!
//! The map's own guard is let go before a store's lock is taken, so there are never two; nothing
//! waits under either.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwap;
use dashmap::DashMap;
use parking_lot::RwLock;

use super::command::{Call, Command, PageRequest};
use super::error::{ApiError, ResourceKind};
use super::outcome::{Outcome, Page};
use super::resource::{IdentityStoreId, Stamp, Timestamp};
use super::source::uuid;
use super::store::{IdentityStore, StoreRules, not_found};
use super::table::page_of;

/// What to do about a store that nobody made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UnknownStore {
    /// Refuse, as the services do.
    Refuse,
    /// Make it on the first write: for those who come from moto.
    Create,
}

/// How many former versions of a store are kept at most; each write makes one while any are kept.
pub const VERSIONS_MAX: usize = 256;

/// How far back a call looks, and how far back later ones may want to.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Lag {
    /// A query sees what was there so many milliseconds ago; a change is made to what is there now.
    pub read_ms: u64,
    /// What a change replaces is kept for so many milliseconds.
    pub keep_ms: u64,
}

/// Every store. `ArcSwap` makes a reset one step: a request has the old stores, or the new ones.
#[derive(Debug)]
pub struct Directory {
    stores: ArcSwap<Stores>,
    /// The stores as they were loaded: what a reset goes back to. Copying one copies a pointer.
    baseline: Vec<Arc<IdentityStore>>,
    seed: u64,
    rules: StoreRules,
    unknown: UnknownStore,
}

#[derive(Default, Debug)]
struct Stores {
    map: DashMap<IdentityStoreId, Arc<Shelf>>,
    made: AtomicU64,
}

/// A store behind its lock. The inner `Arc` is shared with the baseline until the first write, which
/// then copies the tables once.
#[derive(Debug)]
struct Shelf {
    /// How manieth store this is: lists go by it.
    position: u64,
    store: RwLock<Versions>,
}

/// A store as it is, and as it was.
#[derive(Debug)]
struct Versions {
    current: Arc<IdentityStore>,
    /// Oldest first, each with the time at which it ended.
    former: VecDeque<(Timestamp, Arc<IdentityStore>)>,
}

impl Versions {
    fn of(current: Arc<IdentityStore>) -> Self {
        Self { current, former: VecDeque::new() }
    }

    /// The store as it was so long ago, or as it is where that is longer than anybody remembers.
    fn at(&self, now: Timestamp, lag_ms: u64) -> &Arc<IdentityStore> {
        if lag_ms == 0 {
            return &self.current;
        }
        let then = before(now, lag_ms);
        // A version that ended exactly then was over.
        let version = self.former.iter().find(|(ended, _)| *ended > then);
        version.map_or(&self.current, |(_, version)| version)
    }

    /// Remembers what the store is, for a change is about to end it.
    fn keep(&mut self, now: Timestamp, keep_ms: u64) {
        let since = before(now, keep_ms);
        let is_old = |version: &(Timestamp, _)| version.0 <= since;
        while self.former.front().is_some_and(is_old) || self.former.len() >= VERSIONS_MAX {
            self.former.pop_front();
        }
        if keep_ms > 0 {
            self.former.push_back((now, self.current.clone()));
        }
    }
}

fn before(now: Timestamp, ms: u64) -> Timestamp {
    Timestamp(now.0.saturating_sub(i64::try_from(ms).unwrap_or(i64::MAX)))
}

impl Directory {
    /// A directory of these stores.
    pub fn new(
        stores: Vec<IdentityStore>,
        seed: u64,
        rules: StoreRules,
        unknown: UnknownStore,
    ) -> Self {
        let baseline: Vec<_> = stores.into_iter().map(Arc::new).collect();
        let stores = ArcSwap::from_pointee(Stores::of(&baseline));
        Self { stores, baseline, seed, rules, unknown }
    }

    /// Runs one command, atomically.
    ///
    /// # Errors
    /// `NotFound` where the store is unknown; else as the command's own.
    pub fn execute(&self, now: Timestamp, call: Call) -> Result<Outcome, ApiError> {
        self.execute_with(now, call, Lag::default())
    }

    /// The same, seeing what was there some time ago.
    ///
    /// # Errors
    /// As `execute`.
    pub fn execute_with(&self, now: Timestamp, call: Call, lag: Lag) -> Result<Outcome, ApiError> {
        match call.command {
            Command::Query(store, query) => {
                self.shelf(&store)?.store.read().at(now, lag.read_ms).query(query)
            }
            Command::Admin(store, query) => {
                self.shelf(&store)?.store.read().at(now, lag.read_ms).admin_query(now, query)
            }
            Command::Change(store, change) => {
                let shelf = self.shelf_to_write(&store)?;
                let stamp = Stamp { at: now, by: call.by };
                let mut store = shelf.store.write();
                store.keep(now, lag.keep_ms);
                Arc::make_mut(&mut store.current).change(stamp, change)
            }
            Command::ListIdentityStores(page) => Ok(Outcome::IdentityStores(self.list(page))),
            Command::FindProject(name) => {
                let id = uuid(self.seed, &format!("project {name}"), 0).replace('-', "");
                Ok(Outcome::Project { id, name })
            }
        }
    }

    /// Every store as it was loaded, in one step: a reply that is on its way is wholly old or wholly new.
    pub fn reset(&self) {
        self.stores.store(Arc::new(Stores::of(&self.baseline)));
    }

    /// Puts one store back as it was loaded; `false` where it was not among those.
    pub fn reset_store(&self, id: &IdentityStoreId) -> bool {
        let Some(former) = self.baseline.iter().find(|store| store.id() == id) else {
            return false;
        };
        self.stores.load().put(former.clone());
        true
    }

    /// How many stores and users there are.
    pub fn size(&self) -> (usize, u64) {
        let stores = self.stores.load();
        let shelves: Vec<_> = stores.map.iter().map(|entry| entry.value().clone()).collect();
        let users = shelves.iter().map(|shelf| shelf.store.read().current.summary().users).sum();
        (shelves.len(), users)
    }

    /// Every store as it is now, in order of making; each is whole, but not all of one moment.
    pub fn snapshot(&self) -> Vec<Arc<IdentityStore>> {
        let stores = self.stores.load();
        let mut shelves: Vec<_> = stores.map.iter().map(|entry| entry.value().clone()).collect();
        shelves.sort_by_key(|shelf| shelf.position);
        shelves.iter().map(|shelf| shelf.store.read().current.clone()).collect()
    }

    fn list(&self, page: PageRequest) -> Page<IdentityStoreId> {
        let stores = self.stores.load();
        let from = page.after.map_or(0, |after| after.saturating_add(1));
        let entries = stores.map.iter();
        let mut found: Vec<_> =
            entries.map(|entry| (entry.value().position, entry.key().clone())).collect();
        found.retain(|(position, _)| *position >= from);
        found.sort();
        page_of(page.limit, found.into_iter())
    }

    fn shelf(&self, id: &IdentityStoreId) -> Result<Arc<Shelf>, ApiError> {
        let stores = self.stores.load();
        let found = stores.map.get(id).map(|entry| entry.value().clone());
        found.ok_or_else(|| not_found(ResourceKind::IdentityStore, id.as_str()))
    }

    fn shelf_to_write(&self, id: &IdentityStoreId) -> Result<Arc<Shelf>, ApiError> {
        match (self.shelf(id), self.unknown) {
            (Err(_), UnknownStore::Create) => {
                let store = IdentityStore::new(id.clone(), self.seed, self.rules);
                let stores = self.stores.load();
                let entry = stores.map.entry(id.clone());
                Ok(entry.or_insert_with(|| stores.shelve(Arc::new(store))).value().clone())
            }
            (found, UnknownStore::Create | UnknownStore::Refuse) => found,
        }
    }
}

impl Stores {
    fn of(baseline: &[Arc<IdentityStore>]) -> Self {
        let stores = Self::default();
        baseline.iter().for_each(|store| stores.put(store.clone()));
        stores
    }

    /// Adds a store, or puts it in the place of its former self.
    fn put(&self, store: Arc<IdentityStore>) {
        let id = store.id().clone();
        let former = self.map.get(&id).map(|entry| entry.value().clone());
        match former {
            Some(shelf) => *shelf.store.write() = Versions::of(store),
            None => {
                self.map.insert(id, self.shelve(store));
            }
        }
    }

    fn shelve(&self, store: Arc<IdentityStore>) -> Arc<Shelf> {
        let position = self.made.fetch_add(1, Ordering::Relaxed);
        Arc::new(Shelf { position, store: RwLock::new(Versions::of(store)) })
    }
}
