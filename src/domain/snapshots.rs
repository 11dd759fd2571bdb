//! States of the directory by name, to come back to.
//!
//! A state is pointers to stores, so taking one and returning to it costs the same however many people
//! are in them. Its lock is held for a look-up only.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::lock::Mutex;

use super::store::IdentityStore;

/// How many states may have a name.
pub const SNAPSHOTS_MAX: usize = 64;

/// How long a name may be, in bytes.
pub const NAME_BYTES_MAX: usize = 64;

/// Every store at one time.
#[derive(Clone, Default, Debug)]
pub struct Snapshot {
    /// The stores, in order of making.
    pub stores: Vec<Arc<IdentityStore>>,
    /// How many ids of stores had been minted.
    pub minted: u64,
}

/// States by name.
#[derive(Default, Debug)]
pub struct Snapshots(Mutex<BTreeMap<String, Arc<Snapshot>>>);

/// Why a state gets no name.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The name is invalid.
    #[error(
        "{0:?} is no name: 1 to {NAME_BYTES_MAX} letters, digits, dots, dashes and underscores"
    )]
    Name(String),
    /// There is no snapshot of this name.
    #[error("there is no snapshot {0:?}")]
    Unknown(String),
    /// There is no room for another one.
    #[error("there are {SNAPSHOTS_MAX} snapshots, which is as many as there may be")]
    TooMany,
}

impl Snapshots {
    /// Names a state; one that had the name loses it. Tells whether the name is new.
    ///
    /// # Errors
    /// `Name`, `TooMany`.
    pub fn put(&self, name: &str, snapshot: Snapshot) -> Result<bool, SnapshotError> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
        if name.is_empty() || name.len() > NAME_BYTES_MAX || !name.bytes().all(plain) {
            return Err(SnapshotError::Name(name.to_owned()));
        }
        let mut named = self.0.lock();
        if named.len() >= SNAPSHOTS_MAX && !named.contains_key(name) {
            return Err(SnapshotError::TooMany);
        }
        Ok(named.insert(name.to_owned(), Arc::new(snapshot)).is_none())
    }

    /// The state of that name.
    pub fn get(&self, name: &str) -> Option<Arc<Snapshot>> {
        self.0.lock().get(name).cloned()
    }

    /// Every state, by name.
    pub fn list(&self) -> Vec<(String, Arc<Snapshot>)> {
        self.0.lock().iter().map(|(name, snapshot)| (name.clone(), snapshot.clone())).collect()
    }

    /// Forgets a state; `false` where none has that name.
    pub fn remove(&self, name: &str) -> bool {
        self.0.lock().remove(name).is_some()
    }
}
