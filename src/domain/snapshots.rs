//! Named snapshots of all stores.
//!
//! A snapshot has pointers to stores, so the size of the stores does not matter.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::lock::Mutex;
use super::model::Timestamp;

use super::store::IdentityStore;

/// The greatest number of snapshots.
pub const SNAPSHOTS_MAX: usize = 64;

/// The greatest length of a name, in bytes.
pub const NAME_BYTES_MAX: usize = 64;

/// Every store at one time.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// When it was taken.
    pub at: Timestamp,
    /// The stores, in order of creation.
    pub stores: Vec<Arc<IdentityStore>>,
    /// The number of store ids that were generated before.
    pub generated_ids: u64,
}

/// Snapshots by name.
#[derive(Default, Debug)]
pub struct Snapshots(Mutex<BTreeMap<String, Arc<Snapshot>>>);

/// Why a snapshot is not saved.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The name is invalid.
    #[error(
        "{0:?} is not a valid name: use 1 to {NAME_BYTES_MAX} letters, digits, dots, dashes and underscores"
    )]
    Name(String),
    /// There is no snapshot of this name.
    #[error("there is no snapshot {0:?}")]
    Unknown(String),
    /// There is no room for another one.
    #[error("limit of {SNAPSHOTS_MAX} snapshots reached")]
    TooMany,
}

impl Snapshots {
    /// Saves a snapshot under a name and replaces a former one. Returns whether the name is new.
    ///
    /// # Errors
    /// `Name`, `TooMany`.
    pub fn save(&self, name: &str, snapshot: Snapshot) -> Result<bool, SnapshotError> {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
        if name.is_empty() || name.len() > NAME_BYTES_MAX || !name.bytes().all(is_allowed) {
            return Err(SnapshotError::Name(name.to_owned()));
        }
        let mut named = self.0.lock();
        if named.len() >= SNAPSHOTS_MAX && !named.contains_key(name) {
            return Err(SnapshotError::TooMany);
        }
        Ok(named.insert(name.to_owned(), Arc::new(snapshot)).is_none())
    }

    /// The snapshot with this name.
    pub fn get(&self, name: &str) -> Option<Arc<Snapshot>> {
        self.0.lock().get(name).cloned()
    }

    /// All snapshots, in order of their names.
    pub fn list(&self) -> Vec<(String, Arc<Snapshot>)> {
        self.0.lock().iter().map(|(name, snapshot)| (name.clone(), snapshot.clone())).collect()
    }

    /// Removes a snapshot. Returns whether it existed.
    pub fn remove(&self, name: &str) -> bool {
        self.0.lock().remove(name).is_some()
    }
}
