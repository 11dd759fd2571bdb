//! All stores, with one lock each.
//!
//! The guard of the map is released before the lock of a store is taken, so a thread never has two
//! locks. Nothing waits or does I/O under a lock.

use std::collections::BinaryHeap;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use super::lock::RwLock;
use super::model::{
    AcceptedTokens, Account, ApiError, Call, Change, Command, IdentityStoreId, InstanceRef,
    OpenTenant, Outcome, Page, PageRequest, ResourceKind, ResourceUpdate, Stamp, TenantAccess,
    Timestamp, Unauthenticated,
};
use super::organization;
use arc_swap::ArcSwap;
use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ids::{TenantKind, aws_tenant_id, rfc_tenant_id, scim_token, store_id, uuid};
use super::snapshots::{Snapshot, Snapshots};
use super::store::{IdentityStore, StoreRules, TenantStatus};
use super::versions::{Staleness, Versions};

/// The greatest number of stores that may be added to the loaded ones.
pub const STORES_MAX: usize = 10_000;

/// What happens to requests for a store that does not exist.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "lowercase")]
pub enum UnknownStorePolicy {
    /// Reject them, as the services do.
    #[serde(rename = "refuse")]
    #[cfg_attr(feature = "cli", value(name = "refuse"))]
    Reject,
    /// Create the store on the first write, as moto does.
    Create,
}

/// Why a store is not added or copied.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum StoreError {
    /// Another store has the id.
    #[error("store {0} already exists")]
    Exists(IdentityStoreId),
    /// No store has the id.
    #[error("unknown store {0:?}")]
    Unknown(String),
    /// [`STORES_MAX`] stores were added.
    #[error("limit of {STORES_MAX} stores besides the loaded ones reached")]
    TooMany,
}

/// All stores. `ArcSwap` makes a reset atomic: a request sees the old stores or the new ones.
#[derive(Debug)]
pub struct Directory {
    stores: ArcSwap<Stores>,
    /// The loaded stores, which a reset restores.
    baseline: ArcSwap<Vec<Arc<IdentityStore>>>,
    /// A reset does not change them.
    snapshots: Snapshots,
    /// Caches the store of each tenant that a request has named. The tenants of a store follow from the seed
    /// and its id, so an entry stays valid after the store is removed.
    tenants: DashMap<String, IdentityStoreId>,
    seed: u64,
    rules: StoreRules,
    unknown: UnknownStorePolicy,
}

#[derive(Debug)]
struct Stores {
    map: DashMap<IdentityStoreId, Arc<StoreSlot>>,
    /// The number of stores that were ever added.
    added: AtomicU64,
    /// The number of store ids that were generated.
    generated_ids: AtomicU64,
    /// The number of stores that may still be added. The map would have to count all its shards.
    room: AtomicUsize,
}

/// A store with its lock. The store is shared with the baseline until the first write, which copies
/// pointers to tables. Each write copies only the parts of the tables that it changes.
#[derive(Debug)]
struct StoreSlot {
    /// Creation order; lists are sorted by it.
    position: u64,
    store: RwLock<Versions>,
}

impl StoreSlot {
    /// The version of `lag_ms` before `now`, for reading without the lock.
    fn at(&self, now: Timestamp, lag_ms: u64) -> Arc<IdentityStore> {
        self.store.read().at(now, lag_ms).clone()
    }
}

impl Directory {
    /// Creates a directory with these stores as its baseline.
    pub fn new(
        stores: Vec<IdentityStore>,
        seed: u64,
        rules: StoreRules,
        unknown: UnknownStorePolicy,
    ) -> Self {
        let baseline: Vec<_> = stores.into_iter().map(Arc::new).collect();
        let stores = ArcSwap::from_pointee(Stores::loaded(&baseline));
        let (baseline, snapshots) = (ArcSwap::from_pointee(baseline), Snapshots::default());
        Self { stores, baseline, snapshots, tenants: DashMap::default(), seed, rules, unknown }
    }

    /// The seed of all ids.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The rules of every store.
    pub fn rules(&self) -> StoreRules {
        self.rules
    }

    /// Runs a command atomically.
    ///
    /// # Errors
    /// `NotFound` if the store is unknown, or the error of the command.
    pub fn execute(&self, now: Timestamp, call: Call) -> Result<Outcome, ApiError> {
        self.execute_with(now, call, Staleness::default())
    }

    /// Runs a command atomically; queries read a former version.
    ///
    /// # Errors
    /// See [`Directory::execute`].
    pub fn execute_with(
        &self,
        now: Timestamp,
        call: Call<'_>,
        lag: Staleness,
    ) -> Result<Outcome, ApiError> {
        self.execute_and_observe(now, call, lag, &mut None)
    }

    /// The same, and reports what the command updates.
    ///
    /// # Errors
    /// See [`Directory::execute`].
    pub fn execute_and_observe(
        &self,
        now: Timestamp,
        call: Call<'_>,
        lag: Staleness,
        update: &mut Option<ResourceUpdate>,
    ) -> Result<Outcome, ApiError> {
        match call.command {
            Command::Query(store, query) => match self.readable_slot(&store)? {
                Some(slot) if query.scans() => slot.at(now, lag.read_ms).query(query),
                Some(slot) => slot.store.read().at(now, lag.read_ms).query(query),
                None => self.new_store(store).query(query),
            },
            Command::Admin(store, query) => match self.readable_slot(&store)? {
                Some(slot) => slot.store.read().at(now, lag.read_ms).admin_query(now, query),
                None => self.new_store(store).admin_query(now, query),
            },
            Command::Change(store, change) => {
                let stamp = Stamp { at: now, by: call.by.clone() };
                match (self.slot(&store), self.unknown) {
                    (Err(_), UnknownStorePolicy::Create) => {
                        self.first_write(&store, stamp, change, lag, update)
                    }
                    (found, UnknownStorePolicy::Create | UnknownStorePolicy::Reject) => {
                        found?.change(stamp, change, lag, update)
                    }
                }
            }
            Command::ListIdentityStores(page) => Ok(Outcome::IdentityStores(self.list(page))),
            Command::FindProject(name) => {
                let id = uuid(self.seed, &format!("project {name}"), 0).replace('-', "");
                Ok(Outcome::Project { id, name })
            }
            Command::DescribeAccount => Ok(Outcome::Account(call.by.clone())),
            Command::Access(instance, query) => {
                let slot = self.instance(&instance)?;
                slot.store.read().at(now, lag.read_ms).access_query(now, query)
            }
            Command::ChangeAccess(instance, change) => {
                let stamp = Stamp { at: now, by: call.by.clone() };
                self.instance(&instance)?.change(stamp, Change::Access(change), lag, update)
            }
            Command::Organization(query) => {
                let outcome = organization::query(call.by, &self.accounts(), query)?;
                Ok(Outcome::Organization(Box::new(outcome)))
            }
        }
    }

    /// Restores the baseline in one step. Added stores are removed.
    pub fn reset(&self) {
        self.stores.store(Arc::new(Stores::loaded(&self.baseline.load())));
    }

    /// Restores a store of the baseline. Returns whether the baseline has it.
    pub fn reset_store(&self, id: &IdentityStoreId) -> bool {
        let baseline = self.baseline.load();
        let Some(former) = baseline.iter().find(|store| store.id() == id) else {
            return false;
        };
        // There is room for a loaded store, even if it was removed.
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

    /// Replaces the baseline, and restores it.
    pub fn set_baseline(&self, stores: Vec<IdentityStore>) {
        self.baseline.store(Arc::new(stores.into_iter().map(Arc::new).collect()));
        self.reset();
    }

    /// Generates an id for a new store. The n-th id of a seed is the same in every run; ids in use are
    /// skipped.
    pub fn next_store_id(&self) -> IdentityStoreId {
        let stores = self.stores.load();
        loop {
            let n = stores.generated_ids.fetch_add(1, Ordering::Relaxed);
            let id = IdentityStoreId::from(store_id(self.seed, n));
            if !stores.map.contains_key(&id) {
                return id;
            }
        }
    }

    /// Releases the last generated id, because no store was created with it. Does nothing if another id
    /// was generated since.
    pub fn release_store_id(&self, id: &IdentityStoreId) {
        let stores = self.stores.load();
        let order = Ordering::Relaxed;
        let n = stores.generated_ids.load(order);
        if n.checked_sub(1).is_some_and(|last| store_id(self.seed, last) == id.as_str()) {
            let _ = stores.generated_ids.compare_exchange(n, n - 1, order, order);
        }
    }

    /// Creates an empty store, which is not added.
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
                entry.insert(stores.new_slot(Arc::new(store)));
                Ok(())
            }
        }
    }

    /// Replaces the store with the same id in one step, or adds it. Returns whether it is new.
    ///
    /// # Errors
    /// `TooMany`.
    pub fn replace(&self, store: IdentityStore) -> Result<bool, StoreError> {
        self.stores.load().put(Arc::new(store))
    }

    /// Adds a copy of a store, which shares its resources until one of both changes. New ids of the copy
    /// depend on its own id.
    ///
    /// # Errors
    /// `Unknown`, `Exists`, `TooMany`.
    pub fn copy(&self, original: &IdentityStoreId, id: IdentityStoreId) -> Result<(), StoreError> {
        let unknown = || StoreError::Unknown(original.to_string());
        let original = self.get(original).ok_or_else(unknown)?;
        self.insert(original.copied(id, self.seed))
    }

    /// Removes a store. Returns whether it existed. A reset restores it if it was loaded.
    pub fn remove(&self, id: &IdentityStoreId) -> bool {
        let stores = self.stores.load();
        let removed = stores.map.remove(id).is_some();
        if removed {
            stores.room.fetch_add(1, Ordering::Relaxed);
        }
        removed
    }

    /// The current version of a store.
    pub fn get(&self, id: &IdentityStoreId) -> Option<Arc<IdentityStore>> {
        self.slot(id).ok().map(|slot| slot.store.read().current.clone())
    }

    /// The named snapshots.
    pub fn snapshots(&self) -> &Snapshots {
        &self.snapshots
    }

    /// Takes a snapshot of all stores. Each store is consistent, but a change of one store may be
    /// included and an earlier change of another one not.
    pub fn snapshot(&self, at: Timestamp) -> Snapshot {
        let stores = self.stores.load();
        Snapshot {
            at,
            generated_ids: stores.generated_ids.load(Ordering::Relaxed),
            stores: stores.all(),
        }
    }

    /// Restores a snapshot in one step. Stores that were added since are removed.
    pub fn restore(&self, snapshot: &Snapshot) {
        let loaded = self.baseline.load().len();
        let stores = Stores::with(&snapshot.stores, loaded);
        stores.generated_ids.store(snapshot.generated_ids, Ordering::Relaxed);
        self.stores.store(Arc::new(stores));
    }

    /// The numbers of stores and users.
    pub fn size(&self) -> (usize, u64) {
        let stores = self.stores.load();
        let slots: Vec<_> = stores.map.iter().map(|entry| entry.value().clone()).collect();
        let users = slots.iter().map(|slot| slot.store.read().current.summary().users).sum();
        (slots.len(), users)
    }

    /// The current versions of all stores, in order of creation. See [`Directory::snapshot`].
    pub fn current_stores(&self) -> Vec<Arc<IdentityStore>> {
        self.stores.load().all()
    }

    fn list(&self, page: PageRequest) -> Page<IdentityStoreId> {
        let stores = self.stores.load();
        let from = page.start();
        // The stores of the page, and one more that shows whether others follow.
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

    /// The SCIM tenant of a store that is served as AWS's.
    pub fn aws_tenant(&self, store: &IdentityStoreId) -> String {
        aws_tenant_id(self.seed, store.as_str())
    }

    /// The SCIM tenant of a store that follows the RFCs.
    pub fn rfc_tenant(&self, store: &IdentityStoreId) -> String {
        rfc_tenant_id(self.seed, store.as_str())
    }

    /// Opens a tenant with the token of a request.
    ///
    /// # Errors
    /// `Unauthenticated` if no store has the tenant, or if the token does not open it. `NotFound` if the
    /// tenant was deleted and its token has not expired.
    pub fn open_tenant(
        &self,
        now: Timestamp,
        access: &TenantAccess<'_>,
    ) -> Result<OpenTenant, ApiError> {
        let bearer = access.bearer.unwrap_or_default();
        let invalid = || ApiError::Unauthenticated(Unauthenticated::InvalidToken);
        if TenantKind::of_id(access.tenant) == TenantKind::Issued {
            let (store, status) = self.find_issued_tenant(access.tenant).ok_or_else(invalid)?;
            if access.accepts != AcceptedTokens::Any {
                let checked = store.check_token(now, access.tenant, bearer);
                checked.map_err(ApiError::Unauthenticated)?;
            }
            return match status {
                TenantStatus::Active => Ok(OpenTenant {
                    store: store.id().clone(),
                    issuer: format!("https://scim.myhuaweicloud.com/{}", access.tenant).into(),
                    author: format!("SCIM/{}", access.tenant).into(),
                }),
                TenantStatus::Deleted => {
                    Err(ApiError::not_found(ResourceKind::ProvisioningTenant, access.tenant))
                }
            };
        }
        let store = self.store_of_tenant(access.tenant).ok_or_else(invalid)?;
        let is_accepted = match access.accepts {
            AcceptedTokens::Any => true,
            AcceptedTokens::Fixed(Some(token)) => token == bearer,
            AcceptedTokens::Fixed(None) => scim_token(self.seed) == bearer,
            AcceptedTokens::Issued => false,
        };
        if !is_accepted {
            return Err(invalid());
        }
        // Both tenants of a store write external ids of one issuer.
        let tenant = self.aws_tenant(&store);
        let issuer = format!("https://scim.aws.com/{tenant}").into();
        let author = format!("SCIM/{}", &tenant[tenant.len().saturating_sub(36)..]).into();
        Ok(OpenTenant { store, issuer, author })
    }

    /// Finds the store that a tenant belongs to. Searches only the tenants that every store has.
    fn store_of_tenant(&self, tenant: &str) -> Option<IdentityStoreId> {
        let stores = self.stores.load();
        let known = self.tenants.get(tenant).map(|entry| entry.value().clone());
        if let Some(known) = known {
            return stores.map.contains_key(&known).then_some(known);
        }
        let has_tenant = |store: &IdentityStoreId| {
            [self.aws_tenant(store), self.rfc_tenant(store)].iter().any(|id| id == tenant)
        };
        let found = stores.map.iter().find(|entry| has_tenant(entry.key()));
        let found = found.map(|entry| entry.key().clone())?;
        // Entries of removed stores stay, so their number is limited.
        if self.tenants.len() >= 2 * STORES_MAX {
            self.tenants.clear();
        }
        self.tenants.insert(tenant.to_owned(), found.clone());
        Some(found)
    }

    /// The oldest store that has, or had, a tenant that it issued.
    fn find_issued_tenant(&self, tenant: &str) -> Option<(Arc<IdentityStore>, TenantStatus)> {
        let stores = self.stores.load().all();
        let mut statuses: Vec<_> = stores
            .into_iter()
            .filter_map(|store| store.tenant_status(tenant).map(|status| (store, status)))
            .collect();
        statuses.sort_by_key(|(_, status)| *status == TenantStatus::Deleted);
        statuses.into_iter().next()
    }

    fn instance(&self, instance: &InstanceRef) -> Result<Arc<StoreSlot>, ApiError> {
        let store = self.store_of_instance(instance.number);
        let unknown = || ApiError::not_found(ResourceKind::Instance, &instance.text);
        self.slot(&store.ok_or_else(unknown)?)
    }

    /// The store for a read. `None` if it does not exist, but a write would create it: a read sees an
    /// empty store then.
    fn readable_slot(&self, id: &IdentityStoreId) -> Result<Option<Arc<StoreSlot>>, ApiError> {
        match (self.slot(id), self.unknown) {
            (Ok(slot), _) => Ok(Some(slot)),
            (Err(_), UnknownStorePolicy::Create) => Ok(None),
            (Err(error), UnknownStorePolicy::Reject) => Err(error),
        }
    }

    fn slot(&self, id: &IdentityStoreId) -> Result<Arc<StoreSlot>, ApiError> {
        let stores = self.stores.load();
        let found = stores.map.get(id).map(|entry| entry.value().clone());
        found.ok_or_else(|| ApiError::not_found(ResourceKind::IdentityStore, id.as_str()))
    }

    /// Creates a store by its first write. A rejected write creates none.
    fn first_write(
        &self,
        id: &IdentityStoreId,
        stamp: Stamp,
        change: Change,
        lag: Staleness,
        update: &mut Option<ResourceUpdate>,
    ) -> Result<Outcome, ApiError> {
        let mut store = self.new_store(id.clone());
        let outcome = store.change(stamp.clone(), change.clone())?;
        match self.insert(store) {
            Ok(()) => Ok(outcome),
            // Another thread has created it, or there is no room and it stays unknown.
            Err(_) => self.slot(id)?.change(stamp, change, lag, update),
        }
    }
}

impl StoreSlot {
    fn change(
        &self,
        stamp: Stamp,
        change: Change,
        lag: Staleness,
        update: &mut Option<ResourceUpdate>,
    ) -> Result<Outcome, ApiError> {
        let mut store = self.store.write();
        store.retain(stamp.at, lag.retain_ms);
        Arc::make_mut(&mut store.current).change_and_observe(stamp, change, update)
    }
}

impl Stores {
    fn loaded(baseline: &[Arc<IdentityStore>]) -> Self {
        Self::with(baseline, baseline.len())
    }

    /// These stores; `loaded` is the number of stores of the baseline.
    fn with(all: &[Arc<IdentityStore>], loaded: usize) -> Self {
        let stores = Self {
            map: DashMap::default(),
            added: AtomicU64::new(0),
            generated_ids: AtomicU64::new(0),
            room: AtomicUsize::new((STORES_MAX + loaded).saturating_sub(all.len())),
        };
        for store in all {
            stores.map.insert(store.id().clone(), stores.new_slot(store.clone()));
        }
        stores
    }

    /// Adds a store, or replaces the slot of the store with the same id. A write that has found the old
    /// slot changes only the old store.
    fn put(&self, store: Arc<IdentityStore>) -> Result<bool, StoreError> {
        let former = match self.map.entry(store.id().clone()) {
            Entry::Occupied(mut entry) => {
                let position = entry.get().position;
                let store = RwLock::new(Versions::new(store));
                Some(entry.insert(Arc::new(StoreSlot { position, store })))
            }
            Entry::Vacant(entry) => {
                self.take_room()?;
                entry.insert(self.new_slot(store));
                None
            }
        };
        // A store of a million users takes long to drop, so it is not dropped under the guard of the map.
        Ok(former.is_none())
    }

    /// Reserves room for one more store.
    fn take_room(&self) -> Result<(), StoreError> {
        let order = Ordering::Relaxed;
        let taken = self.room.fetch_update(order, order, |room| room.checked_sub(1));
        taken.map(|_| ()).map_err(|_| StoreError::TooMany)
    }

    /// All stores, in order of creation.
    fn all(&self) -> Vec<Arc<IdentityStore>> {
        let mut slots: Vec<_> = self.map.iter().map(|entry| entry.value().clone()).collect();
        slots.sort_by_key(|slot| slot.position);
        slots.iter().map(|slot| slot.store.read().current.clone()).collect()
    }

    fn new_slot(&self, store: Arc<IdentityStore>) -> Arc<StoreSlot> {
        let position = self.added.fetch_add(1, Ordering::Relaxed);
        Arc::new(StoreSlot { position, store: RwLock::new(Versions::new(store)) })
    }
}
