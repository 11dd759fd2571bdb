//! The emulator as a library: it runs in a thread of its own, on a port of its own, until it is dropped. The
//! binary uses it, too.

mod builder;
mod clock;
mod credentials;
mod error;
mod fault_guard;
mod journal;
mod store_guard;
mod thread;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use crate::auth::AccessKey;
use crate::domain::{Directory, IdentityStoreId, SnapshotError};
use crate::faults::{Fault, Rule};
use crate::fixture;
use crate::journal::EntryView;
use crate::server::{StopOutcome, Tls};
use crate::service::Service;

pub use builder::Builder;
use builder::invalid_rule;
pub use clock::EmulatorClock;
use credentials::CredentialsFolder;
pub use error::Error;
pub use fault_guard::FaultGuard;
pub use journal::EmulatorJournal;
pub use store_guard::StoreGuard;
use thread::Thread;

/// A running emulator. Dropping it stops it.
///
/// Requests under way get their responses within [`Builder::drain`], and idle connections are closed. A
/// drop outside of async code waits for this.
///
/// ```
/// use idouble::{Emulator, Fault};
///
/// let emulator = Emulator::builder().seed(7).start()?;
/// // Point a client at `emulator.endpoint()`. While this guard lives, each UpdateUser is throttled.
/// assert_eq!(emulator.endpoint(), format!("http://127.0.0.1:{}", emulator.port()));
/// let throttled = emulator.inject(Fault::on("*:UpdateUser").throttle())?;
/// assert_eq!(throttled.fired(), 0);
/// assert!(emulator.journal().requests().is_empty());
/// # Ok::<(), idouble::Error>(())
/// ```
pub struct Emulator {
    builder: Builder,
    endpoint: String,
    tls_endpoint: Option<String>,
    port: u16,
    service: Arc<Service>,
    credentials: Option<CredentialsFolder>,
    thread: Thread,
}

impl Emulator {
    /// The default settings: the built-in fixture on a free port of 127.0.0.1, without faults.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Starts an emulator with the default settings.
    ///
    /// ```
    /// let emulator = idouble::Emulator::start()?;
    /// assert_eq!(emulator.store_ids(), ["d-1234567890"]);
    /// # Ok::<(), idouble::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Builder::start`].
    pub fn start() -> Result<Self, Error> {
        Self::builder().start()
    }

    /// The URL for clients: `http://127.0.0.1:PORT`.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The URL for clients that use HTTPS, if it is served: `https://127.0.0.1:PORT`.
    ///
    /// ```
    /// let emulator = idouble::Emulator::start()?;
    /// assert_eq!((emulator.tls_endpoint(), emulator.ca_pem()), (None, None));
    /// # Ok::<(), idouble::Error>(())
    /// ```
    pub fn tls_endpoint(&self) -> Option<&str> {
        self.tls_endpoint.as_deref()
    }

    /// The CA that clients of HTTPS have to trust, in PEM, if HTTPS is served.
    pub fn ca_pem(&self) -> Option<&str> {
        self.service.ca_pem()
    }

    /// The port of the server.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// All state.
    #[doc(hidden)]
    pub fn service(&self) -> &Service {
        &self.service
    }

    /// The stores.
    #[doc(hidden)]
    pub fn directory(&self) -> &Directory {
        self.service.directory()
    }

    /// The ids of the stores, in the order in which they were made.
    pub fn store_ids(&self) -> Vec<String> {
        let stores = self.directory().current_stores();
        stores.iter().map(|store| store.id().as_str().to_owned()).collect()
    }

    /// The received requests, to read and to expect some.
    pub fn journal(&self) -> EmulatorJournal<'_> {
        EmulatorJournal(self.service.journal())
    }

    /// The received requests, oldest first, up to the limits of the journal. Secrets are hidden.
    ///
    /// ```
    /// let emulator = idouble::Emulator::start()?;
    /// // The tested code calls `emulator.endpoint()`.
    /// for request in emulator.received_requests() {
    ///     println!("{}: {}", request.operation.as_deref().unwrap_or("?"), request.request);
    /// }
    /// # Ok::<(), idouble::Error>(())
    /// ```
    pub fn received_requests(&self) -> Vec<EntryView> {
        self.journal().requests()
    }

    /// Resets stores, fault rules and ids to the state after the start, and clears the journal.
    ///
    /// ```
    /// let emulator = idouble::Emulator::start()?;
    /// let store = emulator.store()?;
    /// emulator.reset();
    /// assert!(store.export().is_err(), "the store is gone");
    /// # Ok::<(), idouble::Error>(())
    /// ```
    pub fn reset(&self) {
        self.service.reset();
    }

    /// Adds a fault rule that lives as long as the guard: a [`Fault`], or its text.
    ///
    /// ```
    /// use idouble::{Emulator, Fault};
    ///
    /// let emulator = Emulator::start()?;
    /// let throttled = emulator.inject("*:UpdateUser=throttle@0.5")?;
    /// assert_eq!((throttled.matched(), throttled.fired()), (0, 0));
    /// let lost = emulator.inject(Fault::on("write").commit().reset().id("lost"))?;
    /// assert_eq!(lost.id(), "lost");
    /// drop(lost); // The rule is removed; the other one stays.
    ///
    /// let error = emulator.inject(Fault::on("aws:UpdteUser").throttle()).err();
    /// let error = error.map(|error| error.to_string()).unwrap_or_default();
    /// assert!(error.contains("did you mean \"aws:UpdateUser\""), "{error}");
    /// # Ok::<(), idouble::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the rule is invalid.
    pub fn inject(&self, fault: impl Into<Fault>) -> Result<FaultGuard, Error> {
        let rule = Rule::try_from(fault.into()).map_err(Error::Fault)?;
        let ids = self.service.faults().add(vec![rule], self.service.clock().now());
        let id = ids.map_err(invalid_rule)?.into_iter().next().unwrap_or_default();
        Ok(FaultGuard { service: self.service.clone(), id })
    }

    /// Creates an empty store that lives as long as the guard.
    ///
    /// ```
    /// let emulator = idouble::Emulator::start()?;
    /// let store = emulator.store()?;
    /// assert_eq!(emulator.store_ids(), ["d-1234567890", store.id()]);
    /// drop(store);
    /// assert_eq!(emulator.store_ids(), ["d-1234567890"]);
    /// # Ok::<(), idouble::Error>(())
    /// ```
    ///
    /// # Errors
    /// If there is no room for another store.
    pub fn store(&self) -> Result<StoreGuard, Error> {
        let id = self.directory().next_store_id();
        self.directory().insert(self.directory().new_store(id.clone()))?;
        Ok(self.store_guard(id))
    }

    /// Creates a copy of a store. The copy lives as long as the guard.
    ///
    /// ```
    /// let emulator = idouble::Emulator::start()?;
    /// let store = emulator.copy_store("d-1234567890")?;
    /// assert!(store.export()?.contains("alice"));
    /// # Ok::<(), idouble::Error>(())
    /// ```
    ///
    /// # Errors
    /// If there is no such store, or no room for another one.
    pub fn copy_store(&self, id: &str) -> Result<StoreGuard, Error> {
        let copy = self.directory().next_store_id();
        self.directory().copy(&id.into(), copy.clone())?;
        Ok(self.store_guard(copy))
    }

    /// Creates a store from a fixture of one store, TOML or JSON. The store lives as long as the guard.
    ///
    /// ```
    /// let emulator = idouble::Emulator::start()?;
    /// let store = emulator.store_from(r#"{"user": [{"user_name": "ann"}]}"#)?;
    /// assert!(store.export()?.contains("ann"));
    /// # Ok::<(), idouble::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the fixture is invalid, if its id is taken, or if there is no room for another store.
    pub fn store_from(&self, fixture: &str) -> Result<StoreGuard, Error> {
        let next_id = || self.directory().next_store_id();
        let store = fixture::read_store("fixture", fixture, None, next_id, self.service.fixtures());
        let store = store.map_err(Error::Fixture)?;
        let id = store.id().clone();
        self.directory().insert(store)?;
        Ok(self.store_guard(id))
    }

    /// Writes the files that [`Builder::credentials_dir`] describes, if it was called.
    fn write_credentials(&mut self, key: &AccessKey, tls: &Tls, port: u16) -> Result<(), Error> {
        let (Some(directory), Some(url)) =
            (&self.builder.config.tls.credentials_dir, &self.tls_endpoint)
        else {
            return Ok(());
        };
        let written = CredentialsFolder::write(directory, port, url, key, tls);
        let written = written.map_err(|error| Error::Credentials(directory.clone(), error))?;
        self.credentials = Some(written);
        Ok(())
    }

    fn store_guard(&self, id: IdentityStoreId) -> StoreGuard {
        StoreGuard { service: self.service.clone(), endpoint: self.endpoint.clone(), id }
    }

    /// Loads the fixtures again and replaces all stores and access keys. Returns the number of stores.
    ///
    /// ```
    /// let emulator = idouble::Emulator::start()?;
    /// assert_eq!(emulator.reload()?, 1);
    /// # Ok::<(), idouble::Error>(())
    /// ```
    ///
    /// # Errors
    /// If a fixture is invalid. Nothing changes then.
    pub fn reload(&self) -> Result<usize, Error> {
        let fixtures = self.builder.fixtures(self.service.fixtures())?;
        let count = fixtures.stores.len();
        self.service.auth().keys().set_fixture_keys(fixtures.access_keys);
        self.directory().set_baseline(fixtures.stores);
        Ok(count)
    }

    /// The clock.
    ///
    /// ```
    /// let emulator = idouble::Emulator::start()?;
    /// assert!(emulator.clock().advance(std::time::Duration::from_secs(300)));
    /// # Ok::<(), idouble::Error>(())
    /// ```
    pub fn clock(&self) -> EmulatorClock<'_> {
        EmulatorClock(&self.service)
    }

    /// Saves the state of all stores under a name, for [`Emulator::restore`].
    ///
    /// ```
    /// let emulator = idouble::Emulator::start()?;
    /// emulator.snapshot("seeded")?;
    /// let _store = emulator.store()?;
    /// emulator.restore("seeded")?;
    /// assert_eq!(emulator.store_ids().len(), 1);
    /// # Ok::<(), idouble::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the name is invalid, or if there is no room for another snapshot.
    pub fn snapshot(&self, name: &str) -> Result<(), Error> {
        let snapshot = self.directory().snapshot(self.service.clock().now());
        self.directory().snapshots().save(name, snapshot)?;
        Ok(())
    }

    /// Restores the state that [`Emulator::snapshot`] saved under a name.
    ///
    /// # Errors
    /// If there is no snapshot of this name.
    pub fn restore(&self, name: &str) -> Result<(), Error> {
        let snapshot = self.directory().snapshots().get(name);
        let snapshot = snapshot.ok_or_else(|| SnapshotError::Unknown(name.to_owned()))?;
        self.directory().restore(&snapshot);
        Ok(())
    }

    /// The folder with the files that [`Builder::credentials_dir`] describes, if it was called.
    ///
    /// ```
    /// assert_eq!(idouble::Emulator::start()?.credentials_folder(), None);
    /// # Ok::<(), idouble::Error>(())
    /// ```
    pub fn credentials_folder(&self) -> Option<&Path> {
        self.credentials.as_ref().map(CredentialsFolder::path)
    }

    /// Begins to stop: the server accepts no more connections, and the files of its credentials are removed.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let mut emulator = idouble::Emulator::builder().start_async().await?;
    /// emulator.stop();
    /// emulator.stopped().await;
    /// assert!(emulator.is_stopped());
    /// # Ok::<(), idouble::Error>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn stop(&mut self) {
        drop(self.credentials.take());
        self.thread.stop();
    }

    /// Whether the emulator has stopped.
    pub fn is_stopped(&self) -> bool {
        self.thread.is_stopped()
    }

    /// Waits until the emulator has stopped.
    pub async fn stopped(&self) {
        self.thread.stopped().await;
    }

    /// Stops the emulator and waits until it has stopped. Returns whether every request got its response.
    ///
    /// ```
    /// assert!(idouble::Emulator::start()?.join());
    /// # Ok::<(), idouble::Error>(())
    /// ```
    pub fn join(mut self) -> bool {
        self.thread.end() == Some(StopOutcome::Drained)
    }
}

impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulator").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}
