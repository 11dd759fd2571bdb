//! Locks that no panic poisons.
//!
//! They are the standard library's, which waits for a holder on another core by looking again, before
//! it asks the machine to be woken. Ours are held for a microsecond, so that is nearly always enough;
//! measured with `make bench`, two threads that update one user get a quarter more done than under
//! parking_lot's, which yield and then sleep.

use std::sync::PoisonError;

/// One at a time.
#[derive(Default, Debug)]
pub struct Mutex<T>(std::sync::Mutex<T>);

impl<T> Mutex<T> {
    /// Around this.
    pub const fn new(value: T) -> Self {
        Self(std::sync::Mutex::new(value))
    }

    /// Waits for it. What panicked while it held the lock has left it whole: see `directory`.
    pub fn lock(&self) -> std::sync::MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Many readers, or one writer.
#[derive(Default, Debug)]
pub struct RwLock<T>(std::sync::RwLock<T>);

impl<T> RwLock<T> {
    /// Around this.
    pub const fn new(value: T) -> Self {
        Self(std::sync::RwLock::new(value))
    }

    /// Waits to read.
    pub fn read(&self) -> std::sync::RwLockReadGuard<'_, T> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits to write. As [`Mutex::lock`].
    pub fn write(&self) -> std::sync::RwLockWriteGuard<'_, T> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}
