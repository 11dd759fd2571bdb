//! The access keys of an emulator.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;

use super::access_key::AccessKey;

/// The greatest number of access keys.
pub const ACCESS_KEYS_MAX: usize = 10_000;

type Keys = HashMap<String, Arc<AccessKey>>;

/// The access keys of an emulator. Reads take no lock.
#[derive(Debug)]
pub struct AccessKeys {
    initial: Arc<Keys>,
    current: ArcSwap<Keys>,
}

impl AccessKeys {
    /// These keys, to which a reset returns. Of two with one id the later counts.
    pub fn new(keys: Vec<AccessKey>) -> Self {
        let keys = keys.into_iter().map(|key| (key.id.clone(), Arc::new(key)));
        let initial = Arc::new(keys.collect::<Keys>());
        Self { current: ArcSwap::new(initial.clone()), initial }
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
    pub fn put(&self, key: AccessKey) -> Option<bool> {
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

    /// Returns to the initial keys.
    pub fn reset(&self) {
        self.current.store(self.initial.clone());
    }
}
