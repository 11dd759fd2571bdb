//! The access keys of an emulator.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;

use super::access_key::AccessKey;

/// The maximum number of access keys.
pub const ACCESS_KEYS_MAX: usize = 10_000;

type Keys = HashMap<String, Arc<AccessKey>>;

/// The access keys of an emulator. Reads take no lock.
#[derive(Debug)]
pub struct AccessKeys {
    configured: Vec<AccessKey>,
    initial: ArcSwap<Keys>,
    current: ArcSwap<Keys>,
}

impl AccessKeys {
    /// Accepts these keys. If there are none, accepts the one that `idouble env` sets.
    pub fn new(configured: Vec<AccessKey>) -> Self {
        let (initial, current) = (ArcSwap::default(), ArcSwap::default());
        let keys = Self { configured, initial, current };
        keys.set_fixture_keys(Vec::new());
        keys
    }

    /// Replaces all keys by the configured ones and those of fixtures. A reset returns to them. If both have
    /// a key with the same id, the configured one is used.
    pub fn set_fixture_keys(&self, mut keys: Vec<AccessKey>) {
        keys.extend_from_slice(&self.configured);
        if keys.is_empty() {
            keys.push(AccessKey::of_env());
        }
        let keys = keys.into_iter().map(|key| (key.id.clone(), Arc::new(key)));
        self.initial.store(Arc::new(keys.collect()));
        self.reset();
    }

    /// The key with this id.
    pub fn get(&self, id: &str) -> Option<Arc<AccessKey>> {
        self.current.load().get(id).cloned()
    }

    /// All keys, by id.
    pub fn list(&self) -> Vec<Arc<AccessKey>> {
        let mut keys: Vec<_> = self.current.load().values().cloned().collect();
        keys.sort_by(|a, b| a.id.cmp(&b.id));
        keys
    }

    /// Adds or replaces a key. Returns whether it is new; `None` if there are too many.
    pub fn insert(&self, key: AccessKey) -> Option<bool> {
        let key = Arc::new(key);
        let before = self.current.rcu(|keys| {
            let mut keys = Keys::clone(keys);
            if keys.len() < ACCESS_KEYS_MAX || keys.contains_key(&key.id) {
                keys.insert(key.id.clone(), key.clone());
            }
            keys
        });
        let is_new = !before.contains_key(&key.id);
        (!is_new || before.len() < ACCESS_KEYS_MAX).then_some(is_new)
    }

    /// Removes a key. Returns whether it existed.
    pub fn remove(&self, id: &str) -> bool {
        let before = self.current.rcu(|keys| {
            let mut keys = Keys::clone(keys);
            keys.remove(id);
            keys
        });
        before.contains_key(id)
    }

    /// Returns to the configured keys and those of fixtures.
    pub fn reset(&self) {
        self.current.store(self.initial.load_full());
    }
}
