//! When and by whom a resource was created and updated, and its revision.

use std::sync::Arc;

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Timestamp(pub i64);

/// Grows with each change of a resource; the documented examples look like epoch milliseconds.
/// Source: AWS API_UpdateGroup (2026).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Revision(pub u64);

/// When something happened and by whose hand.
#[derive(Clone, PartialEq, Debug)]
pub struct Stamp {
    /// When.
    pub at: Timestamp,
    /// The caller's account or user id, as the vendor that wrote it spells it.
    pub by: Arc<str>,
}

/// What the store itself notes about a resource.
#[derive(Clone, PartialEq, Debug)]
pub struct Meta {
    /// When and by whom it was made.
    pub created: Stamp,
    /// When and by whom it was last written; equal to `created` at first.
    pub updated: Stamp,
    /// The optimistic lock.
    pub revision: Revision,
}

impl Meta {
    /// The stamps of something made now.
    pub fn new(stamp: Stamp) -> Self {
        let revision = Revision(u64::try_from(stamp.at.0).unwrap_or(0).max(1));
        Self { created: stamp.clone(), updated: stamp, revision }
    }

    /// The stamps after a write: a revision never stands still, even within one millisecond.
    #[must_use]
    pub fn touched(&self, stamp: Stamp) -> Self {
        let now = u64::try_from(stamp.at.0).unwrap_or(0);
        Self {
            created: self.created.clone(),
            updated: stamp,
            revision: Revision(now.max(self.revision.0 + 1)),
        }
    }
}
