//! Every store, one lock each.
//!
//! The map's own guard is let go before a store's lock is taken, so there are never two; nothing
//! waits under either.

use std::collections::BinaryHeap;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use super::lock::RwLock;
use super::model::{
    Account, ApiError, Call, Change, Command, IdentityStoreId, InstanceRef, Outcome, Page,
    PageRequest, ResourceKind, Stamp, Timestamp,
};
use super::organization;
use ahash::RandomState;
use arc_swap::ArcSwap;
use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ids::{store_id, uuid};
use super::snapshots::{Snapshot, Snapshots};
use super::store::{IdentityStore, StoreRules};
use super::versions::{Staleness, Versions};

/// How many stores may be added to those that were loaded.
pub const STORES_MAX: usize = 10_000;

/// What to do about a store that nobody made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "lowercase")]
pub enum UnknownStorePolicy {
    /// Refuse, as the services do.
    #[serde(rename = "refuse")]
    #[cfg_attr(feature = "cli", value(name = "refuse"))]
    Reject,
    /// Make it on the first write: for those who come from moto.
    Create,
}

/// Why a store is not added.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum StoreError {
    /// There is one of that id.
    #[error("there is a store {0} already")]
    Exists(IdentityStoreId),
    /// There is none of that id.
    #[error("there is no store {0:?}")]
    Unknown(String),
    /// There are as many as there may be.
    #[error("there are {STORES_MAX} stores beside those loaded, which is as many as there may be")]
    TooMany,
}

/// Every store. `ArcSwap` makes a reset one step: a request has the old stores, or the new ones.
#[derive(Debug)]
pub struct Directory {
    stores: ArcSwap<Stores>,
    /// The stores as they were loaded: what a reset goes back to. Copying one copies a pointer.
    baseline: ArcSwap<Vec<Arc<IdentityStore>>>,
    /// States by name. They outlive a reset.
    snapshots: Snapshots,
    seed: u64,
    rules: StoreRules,
    unknown: UnknownStorePolicy,
}

#[derive(Debug)]
struct Stores {
    map: DashMap<IdentityStoreId, Arc<Shelf>, RandomState>,
    /// How many stores were ever put here.
    made: AtomicU64,
    /// How many ids of stores were minted here, beside those before.
    minted: AtomicU64,
    /// How many more stores may be added. Counted apart, for the map's own count is of many shards.
    room: AtomicUsize,
}

/// A store behind its lock. The inner `Arc` is shared with the baseline until the first write, which
/// then copies pointers to tables; of those, it and each later write copy the part that they touch.
#[derive(Debug)]
struct Shelf {
    /// How manieth store this is: lists go by it.
    position: u64,
    store: RwLock<Versions>,
}

impl Shelf {
    /// The store of a time, to look at without its lock.
    fn at(&self, now: Timestamp, lag_ms: u64) -> Arc<IdentityStore> {
        self.store.read().at(now, lag_ms).clone()
    }
}

impl Directory {
    /// A directory of these stores.
    pub fn new(
        stores: Vec<IdentityStore>,
        seed: u64,
        rules: StoreRules,
        unknown: UnknownStorePolicy,
    ) -> Self {
        let baseline: Vec<_> = stores.into_iter().map(Arc::new).collect();
        let stores = ArcSwap::from_pointee(Stores::of(&baseline));
        let (baseline, snapshots) = (ArcSwap::from_pointee(baseline), Snapshots::default());
        Self { stores, baseline, snapshots, seed, rules, unknown }
    }

    /// What ids are drawn from.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// What holds for every store.
    pub fn rules(&self) -> StoreRules {
        self.rules
    }

    /// Runs one command, atomically.
    ///
    /// # Errors
    /// `NotFound` where the store is unknown; else as the command's own.
    pub fn execute(&self, now: Timestamp, call: Call) -> Result<Outcome, ApiError> {
        self.execute_with(now, call, Staleness::default())
    }

    /// The same, seeing what was there some time ago.
    ///
    /// # Errors
    /// As `execute`.
    pub fn execute_with(
        &self,
        now: Timestamp,
        call: Call,
        lag: Staleness,
    ) -> Result<Outcome, ApiError> {
        match call.command {
            Command::Query(store, query) if query.scans() => {
                self.shelf(&store)?.at(now, lag.read_ms).query(query)
            }
            Command::Query(store, query) => {
                self.shelf(&store)?.store.read().at(now, lag.read_ms).query(query)
            }
            Command::Admin(store, query) => {
                self.shelf(&store)?.store.read().at(now, lag.read_ms).admin_query(now, query)
            }
            Command::Change(store, change) => {
                let stamp = Stamp { at: now, by: call.by };
                match (self.shelf(&store), self.unknown) {
                    (Err(_), UnknownStorePolicy::Create) => {
                        self.first_write(&store, stamp, change, lag)
                    }
                    (found, UnknownStorePolicy::Create | UnknownStorePolicy::Reject) => {
                        found?.change(stamp, change, lag)
                    }
                }
            }
            Command::ListIdentityStores(page) => Ok(Outcome::IdentityStores(self.list(page))),
            Command::FindProject(name) => {
                let id = uuid(self.seed, &format!("project {name}"), 0).replace('-', "");
                Ok(Outcome::Project { id, name })
            }
            Command::DescribeAccount => Ok(Outcome::Account),
            Command::Access(instance, query) => {
                let shelf = self.instance(&instance)?;
                shelf.store.read().at(now, lag.read_ms).access_query(now, query)
            }
            Command::ChangeAccess(instance, change) => {
                let stamp = Stamp { at: now, by: call.by };
                self.instance(&instance)?.change(stamp, Change::Access(change), lag)
            }
            Command::Organization(query) => {
                let outcome = organization::query(&call.by, &self.accounts(), query)?;
                Ok(Outcome::Organization(Box::new(outcome)))
            }
        }
    }

    /// Every store as it was loaded, in one step: a reply that is on its way is wholly old or wholly
    /// new. Stores that were added are gone.
    pub fn reset(&self) {
        self.stores.store(Arc::new(Stores::of(&self.baseline.load())));
    }

    /// Puts one store back as it was loaded; `false` where it was not among those.
    pub fn reset_store(&self, id: &IdentityStoreId) -> bool {
        let baseline = self.baseline.load();
        let Some(former) = baseline.iter().find(|store| store.id() == id) else {
            return false;
        };
        // A store that was loaded has room, also where it was removed meanwhile.
        self.stores.load().put(former.clone()).is_ok()
    }

    /// Number of stores that were added, written to or removed since they were loaded or reset.
    pub fn changed_stores(&self) -> usize {
        let baseline = self.baseline.load();
        let mut loaded: HashMap<_, _> = baseline.iter().map(|store| (store.id(), store)).collect();
        let current = self.current_stores();
        // A store is shared with the baseline until the first write.
        let is_unchanged = |loaded: Option<&Arc<IdentityStore>>, store| {
            loaded.is_some_and(|loaded| Arc::ptr_eq(loaded, store))
        };
        let written =
            current.iter().filter(|store| !is_unchanged(loaded.remove(store.id()), store)).count();
        written + loaded.len()
    }

    /// Takes these stores for those that were loaded, and goes back to them.
    pub fn set_baseline(&self, stores: Vec<IdentityStore>) {
        self.baseline.store(Arc::new(stores.into_iter().map(Arc::new).collect()));
        self.reset();
    }

    /// The next id of a store: the n-th of a seed is the same in every run. One that is in use is
    /// passed over.
    pub fn next_store_id(&self) -> IdentityStoreId {
        let stores = self.stores.load();
        loop {
            let n = stores.minted.fetch_add(1, Ordering::Relaxed);
            let id = IdentityStoreId::from(store_id(self.seed, n));
            if !stores.map.contains_key(&id) {
                return id;
            }
        }
    }

    /// Takes back an id that was minted and came to nothing, unless another was minted since.
    pub fn unmint(&self, id: &IdentityStoreId) {
        let stores = self.stores.load();
        let order = Ordering::Relaxed;
        let n = stores.minted.load(order);
        if n.checked_sub(1).is_some_and(|last| store_id(self.seed, last) == id.as_str()) {
            let _ = stores.minted.compare_exchange(n, n - 1, order, order);
        }
    }

    /// An empty store of this id, for the directory to take or not.
    pub fn new_store(&self, id: IdentityStoreId) -> IdentityStore {
        IdentityStore::new(id, self.seed, self.rules)
    }

    /// Adds a store.
    ///
    /// # Errors
    /// `Exists`, `TooMany`.
    pub fn insert(&self, store: IdentityStore) -> Result<(), StoreError> {
        let stores = self.stores.load();
        match stores.map.entry(store.id().clone()) {
            Entry::Occupied(entry) => Err(StoreError::Exists(entry.key().clone())),
            Entry::Vacant(entry) => {
                stores.take_room()?;
                entry.insert(stores.shelve(Arc::new(store)));
                Ok(())
            }
        }
    }

    /// Puts a store in the place of its former self, in one step, or adds it. Tells whether it is new.
    ///
    /// # Errors
    /// `TooMany`.
    pub fn replace(&self, store: IdentityStore) -> Result<bool, StoreError> {
        self.stores.load().put(Arc::new(store))
    }

    /// Adds a copy of a store: its people are shared until one of both is written to. What it mints
    /// from then on follows from its own id.
    ///
    /// # Errors
    /// `Unknown`, `Exists`, `TooMany`.
    pub fn copy(&self, of: &IdentityStoreId, id: IdentityStoreId) -> Result<(), StoreError> {
        let original = self.get(of).ok_or_else(|| StoreError::Unknown(of.to_string()))?;
        self.insert(original.copied(id, self.seed))
    }

    /// Removes a store and all that is in it; `false` where there is none of that id. Only a reset
    /// brings it back, if it was loaded.
    pub fn remove(&self, id: &IdentityStoreId) -> bool {
        let stores = self.stores.load();
        let removed = stores.map.remove(id).is_some();
        if removed {
            stores.room.fetch_add(1, Ordering::Relaxed);
        }
        removed
    }

    /// A store as it is now.
    pub fn get(&self, id: &IdentityStoreId) -> Option<Arc<IdentityStore>> {
        self.shelf(id).ok().map(|shelf| shelf.store.read().current.clone())
    }

    /// States by name.
    pub fn snapshots(&self) -> &Snapshots {
        &self.snapshots
    }

    /// All stores as they are now, to come back to. Copies pointers; each store is whole, but they are
    /// not all of one moment.
    pub fn snapshot(&self) -> Snapshot {
        let stores = self.stores.load();
        Snapshot { minted: stores.minted.load(Ordering::Relaxed), stores: stores.all() }
    }

    /// Goes back to a state, in one step: stores that were added since are gone.
    pub fn restore(&self, snapshot: &Snapshot) {
        let loaded = self.baseline.load().len();
        let stores = Stores::with(&snapshot.stores, loaded);
        stores.minted.store(snapshot.minted, Ordering::Relaxed);
        self.stores.store(Arc::new(stores));
    }

    /// How many stores and users there are.
    pub fn size(&self) -> (usize, u64) {
        let stores = self.stores.load();
        let shelves: Vec<_> = stores.map.iter().map(|entry| entry.value().clone()).collect();
        let users = shelves.iter().map(|shelf| shelf.store.read().current.summary().users).sum();
        (shelves.len(), users)
    }

    /// Every store as it is now, in order of making; each is whole, but not all of one moment.
    pub fn current_stores(&self) -> Vec<Arc<IdentityStore>> {
        self.stores.load().all()
    }

    fn list(&self, page: PageRequest) -> Page<IdentityStoreId> {
        let stores = self.stores.load();
        let from = page.start();
        // The first ones of the page, and one that tells whether more follow: of thousands of stores
        // most are passed over at a glance.
        let most = page.limit.saturating_add(1);
        let mut first = BinaryHeap::new();
        for entry in &stores.map {
            let position = entry.value().position;
            let fits = first.len() < most || first.peek().is_none_or(|(last, _)| position < *last);
            if position >= from && fits {
                first.push((position, entry.key().clone()));
                if first.len() > most {
                    first.pop();
                }
            }
        }
        Page::first(page.limit, first.into_sorted_vec().into_iter())
    }

    /// The accounts of all stores' instances, which are in one organization, in order of the stores.
    fn accounts(&self) -> Vec<Arc<Account>> {
        let mut accounts: Vec<Arc<Account>> = Vec::new();
        let mut last: Option<Arc<Vec<Arc<Account>>>> = None;
        for store in self.current_stores() {
            // The stores of a fixture share their accounts.
            if last.as_ref().is_some_and(|last| Arc::ptr_eq(last, store.accounts())) {
                continue;
            }
            for account in store.accounts().iter() {
                if accounts.iter().all(|known| known.id != account.id) {
                    accounts.push(account.clone());
                }
            }
            last = Some(store.accounts().clone());
        }
        accounts
    }

    /// The id of the store whose instance has this number.
    pub fn store_of_instance(&self, number: u64) -> Option<IdentityStoreId> {
        let stores = self.stores.load();
        let found = stores.map.iter().find(|entry| entry.key().instance_number() == number);
        found.map(|entry| entry.key().clone())
    }

    fn instance(&self, instance: &InstanceRef) -> Result<Arc<Shelf>, ApiError> {
        let store = self.store_of_instance(instance.number);
        let unknown = || ApiError::not_found(ResourceKind::Instance, &instance.text);
        self.shelf(&store.ok_or_else(unknown)?)
    }

    fn shelf(&self, id: &IdentityStoreId) -> Result<Arc<Shelf>, ApiError> {
        let stores = self.stores.load();
        let found = stores.map.get(id).map(|entry| entry.value().clone());
        found.ok_or_else(|| ApiError::not_found(ResourceKind::IdentityStore, id.as_str()))
    }

    /// The first write to a store that nobody made, which makes it; a write that is refused makes none.
    fn first_write(
        &self,
        id: &IdentityStoreId,
        stamp: Stamp,
        change: Change,
        lag: Staleness,
    ) -> Result<Outcome, ApiError> {
        let mut store = self.new_store(id.clone());
        let outcome = store.change(stamp.clone(), change.clone())?;
        match self.insert(store) {
            Ok(()) => Ok(outcome),
            // Somebody else has just made it. Where there is no room, it stays unknown.
            Err(_) => self.shelf(id)?.change(stamp, change, lag),
        }
    }
}

impl Shelf {
    fn change(&self, stamp: Stamp, change: Change, lag: Staleness) -> Result<Outcome, ApiError> {
        let mut store = self.store.write();
        store.retain(stamp.at, lag.retain_ms);
        Arc::make_mut(&mut store.current).change(stamp, change)
    }
}

impl Stores {
    fn of(baseline: &[Arc<IdentityStore>]) -> Self {
        Self::with(baseline, baseline.len())
    }

    /// These stores, of which so many were loaded.
    fn with(all: &[Arc<IdentityStore>], loaded: usize) -> Self {
        let stores = Self {
            map: DashMap::default(),
            made: AtomicU64::new(0),
            minted: AtomicU64::new(0),
            room: AtomicUsize::new((STORES_MAX + loaded).saturating_sub(all.len())),
        };
        for store in all {
            stores.map.insert(store.id().clone(), stores.shelve(store.clone()));
        }
        stores
    }

    /// Adds a store, or puts it in the place of its former self, whose shelf is replaced: a write that
    /// has found that one is wholly of before.
    fn put(&self, store: Arc<IdentityStore>) -> Result<bool, StoreError> {
        let former = match self.map.entry(store.id().clone()) {
            Entry::Occupied(mut entry) => {
                let position = entry.get().position;
                let store = RwLock::new(Versions::of(store));
                Some(entry.insert(Arc::new(Shelf { position, store })))
            }
            Entry::Vacant(entry) => {
                self.take_room()?;
                entry.insert(self.shelve(store));
                None
            }
        };
        // It is dropped here, and not under the guard of the map: there may be a million in it.
        Ok(former.is_none())
    }

    /// Room for one more store.
    fn take_room(&self) -> Result<(), StoreError> {
        let order = Ordering::Relaxed;
        let taken = self.room.fetch_update(order, order, |room| room.checked_sub(1));
        taken.map(|_| ()).map_err(|_| StoreError::TooMany)
    }

    /// Every store, in order of making.
    fn all(&self) -> Vec<Arc<IdentityStore>> {
        let mut shelves: Vec<_> = self.map.iter().map(|entry| entry.value().clone()).collect();
        shelves.sort_by_key(|shelf| shelf.position);
        shelves.iter().map(|shelf| shelf.store.read().current.clone()).collect()
    }

    fn shelve(&self, store: Arc<IdentityStore>) -> Arc<Shelf> {
        let position = self.made.fetch_add(1, Ordering::Relaxed);
        Arc::new(Shelf { position, store: RwLock::new(Versions::of(store)) })
    }
}
