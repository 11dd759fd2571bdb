//! A store that lives as long as its guard.

use std::fmt;
use std::sync::Arc;

use crate::domain::{IdentityStore, IdentityStoreId, StoreError};
use crate::fixture;
use crate::service::Service;

/// A store of one test. Dropping it removes the store.
///
/// ```
/// let emulator = idouble::Emulator::builder().start()?;
/// let store = emulator.copy_store("d-1234567890")?;
/// // A client of this URL that names `store.id()` sees this store and no other.
/// assert_eq!(store.endpoint(), emulator.endpoint());
/// assert!(store.id().starts_with("d-"));
/// let directory: serde_json::Value = serde_json::from_str(&store.export()?)?;
/// assert_eq!(directory["store"][0]["user"][0]["user_name"], "alice");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "the store is removed when this is dropped"]
pub struct StoreGuard {
    pub(super) service: Arc<Service>,
    pub(super) endpoint: String,
    pub(super) id: IdentityStoreId,
}

impl StoreGuard {
    /// The id of the store: `d-` and ten hexadecimal digits, or the id that its fixture gives.
    pub fn id(&self) -> &str {
        self.id.as_str()
    }

    /// The URL of the emulator, which serves all stores: `http://127.0.0.1:PORT`.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The store as a fixture, in JSON.
    ///
    /// # Errors
    /// [`Error::Store`](crate::Error::Store) if something else removed the store, such as a reset.
    pub fn export(&self) -> Result<String, crate::Error> {
        let store = self.service.directory().get(&self.id);
        let store = store.ok_or_else(|| StoreError::Unknown(self.id.as_str().to_owned()))?;
        Ok(fixture::export_json(&[store]))
    }

    /// The store itself; `None` if something else removed it.
    #[doc(hidden)]
    pub fn content(&self) -> Option<Arc<IdentityStore>> {
        self.service.directory().get(&self.id)
    }
}

impl fmt::Debug for StoreGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreGuard")
            .field("id", &self.id)
            .field("endpoint", &self.endpoint)
            .finish()
    }
}

impl Drop for StoreGuard {
    fn drop(&mut self) {
        self.service.delete_store(&self.id);
    }
}
