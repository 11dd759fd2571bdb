//! What a test in Rust holds in its hands: a store of its own, and the clock.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::domain::{
    ClockSetting, IdentityStore, IdentityStoreId, SnapshotError, StoreError, Timestamp,
};
use crate::fixture;
use crate::service::Service;

use super::{Emulator, StartError};

/// A store that one test has for itself. It is gone when this is dropped.
///
/// ```
/// let emulator = idouble::Emulator::builder().start()?;
/// let store = emulator.store()?;
/// // A client of `store.endpoint()` that names `store.id()` sees this store and no other.
/// assert!(store.id().starts_with("d-"));
/// assert_eq!(emulator.directory().size().0, 2);
/// drop(store);
/// assert_eq!(emulator.directory().size().0, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "the store is removed when this is dropped"]
pub struct IsolatedStore {
    service: Arc<Service>,
    endpoint: String,
    id: IdentityStoreId,
}

impl IsolatedStore {
    /// What clients call it: `d-` and ten hexadecimal digits.
    pub fn id(&self) -> &str {
        self.id.as_str()
    }

    /// Where clients reach it: the emulator's own endpoint.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// What is in it now; `None` where it was removed by somebody else, as by a reset.
    pub fn content(&self) -> Option<Arc<IdentityStore>> {
        self.service.directory().get(&self.id)
    }
}

impl Drop for IsolatedStore {
    fn drop(&mut self) {
        self.service.delete_store(&self.id);
    }
}

/// The emulator's clock, in a test's hands.
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
///
/// let emulator = idouble::Emulator::builder().start()?;
/// let clock = emulator.clock();
/// let y2k = UNIX_EPOCH + Duration::from_secs(946_684_800);
/// assert!(clock.set(y2k) && clock.freeze());
/// assert!(clock.advance(Duration::from_secs(300)));
/// assert!(clock.now() < y2k + Duration::from_secs(310));
/// clock.unfreeze();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct EmulatorClock<'a>(&'a Service);

impl EmulatorClock<'_> {
    /// What time it is there, to the millisecond.
    pub fn now(&self) -> SystemTime {
        let ms = u64::try_from(self.0.clock().now().0).unwrap_or(0);
        SystemTime::UNIX_EPOCH + Duration::from_millis(ms)
    }

    /// Whether it stands still.
    pub fn is_frozen(&self) -> bool {
        self.0.clock().is_frozen()
    }

    /// Makes it stand still.
    pub fn freeze(&self) -> bool {
        self.change(ClockSetting { freeze: Some(true), ..ClockSetting::default() })
    }

    /// Lets it go on from where it stands.
    pub fn unfreeze(&self) -> bool {
        self.change(ClockSetting { freeze: Some(false), ..ClockSetting::default() })
    }

    /// Sets it; `false` before 1970 and after 9999, and then it is left as it was.
    pub fn set(&self, to: SystemTime) -> bool {
        let since = to.duration_since(SystemTime::UNIX_EPOCH).ok();
        let ms = since.and_then(|since| i64::try_from(since.as_millis()).ok());
        let set = |ms| ClockSetting { set: Some(Timestamp(ms)), ..ClockSetting::default() };
        ms.is_some_and(|ms| self.change(set(ms)))
    }

    /// Moves it on; `false` where that would be after 9999, and then it is left as it was.
    pub fn advance(&self, by: Duration) -> bool {
        let advance_ms = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self.change(ClockSetting { advance_ms, ..ClockSetting::default() })
    }

    fn change(&self, setting: ClockSetting) -> bool {
        self.0.clock().set(setting).is_some()
    }
}

impl Emulator {
    /// An empty store for one test.
    ///
    /// # Errors
    /// `Store`, where there are as many as there may be.
    pub fn store(&self) -> Result<IsolatedStore, StartError> {
        let directory = self.service.directory();
        let id = directory.next_store_id();
        self.isolate(id.clone(), directory.insert(directory.new_store(id)))
    }

    /// A store for one test that begins as a copy of another.
    ///
    /// # Errors
    /// `Store`, where there is no such store or no room.
    pub fn store_copy(&self, of: &str) -> Result<IsolatedStore, StartError> {
        let directory = self.service.directory();
        let id = directory.next_store_id();
        self.isolate(id.clone(), directory.copy(&of.into(), id))
    }

    /// A store for one test from a fixture of one store, TOML or JSON; its id is its own, where it
    /// has one.
    ///
    /// ```
    /// let emulator = idouble::Emulator::builder().start()?;
    /// let store = emulator.store_of(r#"{"user": [{"user_name": "ann"}]}"#)?;
    /// assert_eq!(store.content().map(|content| content.users().count()), Some(1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// `Fixture`; `Store`, where there is one of that id or no room.
    pub fn store_of(&self, text: &str) -> Result<IsolatedStore, StartError> {
        let directory = self.service.directory();
        let options = self.service.fixtures();
        let store =
            fixture::read_store("fixture", text, None, || directory.next_store_id(), options)?;
        self.isolate(store.id().clone(), directory.insert(store))
    }

    fn isolate(
        &self,
        id: IdentityStoreId,
        made: Result<(), StoreError>,
    ) -> Result<IsolatedStore, StartError> {
        made.map_err(StartError::Store)?;
        Ok(IsolatedStore { service: self.service.clone(), endpoint: self.endpoint.clone(), id })
    }

    /// Loads its fixtures again and puts all stores back as they say, in one step. Tells how many.
    ///
    /// # Errors
    /// `Fixture`; nothing has changed then.
    pub fn reload(&self) -> Result<usize, StartError> {
        let stores = self.builder.fixtures(self.service.fixtures())?;
        let count = stores.len();
        self.directory().set_baseline(stores);
        Ok(count)
    }

    /// Its clock, to freeze, set and move on.
    pub fn clock(&self) -> EmulatorClock<'_> {
        EmulatorClock(&self.service)
    }

    /// Names the state that all stores are in, to come back to with [`Emulator::restore`].
    ///
    /// ```
    /// let emulator = idouble::Emulator::builder().start()?;
    /// emulator.snapshot("seeded")?;
    /// let _store = emulator.store()?;
    /// assert!(emulator.restore("seeded"));
    /// assert_eq!(emulator.directory().size().0, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// `Name`, `TooMany`.
    pub fn snapshot(&self, name: &str) -> Result<(), SnapshotError> {
        let directory = self.service.directory();
        directory.snapshots().put(name, directory.snapshot()).map(|_| ())
    }

    /// Puts all stores back into the state of that name; `false` where none has it.
    pub fn restore(&self, name: &str) -> bool {
        let directory = self.service.directory();
        let snapshot = directory.snapshots().get(name);
        snapshot.inspect(|snapshot| directory.restore(snapshot)).is_some()
    }
}
