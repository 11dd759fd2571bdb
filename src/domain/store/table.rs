//! A table of resources in order of creation, and the unique indexes over it.

use std::borrow::Cow;
use std::sync::Arc;

use super::persistent::{Index, Rows};
use crate::domain::model::{
    Group, IdentityProvider, Page, PageRequest, SpCertificate, Tenant, User, page_of,
};

/// What a table holds: something with an id of its own, unique in its table.
pub(super) trait Row {
    /// Its id.
    fn id(&self) -> Cow<'_, str>;

    /// Whether that is its id.
    fn is(&self, id: &str) -> bool;
}

macro_rules! rows {
    ($($name:ty),*) => {
        $(impl Row for $name {
            fn id(&self) -> Cow<'_, str> {
                self.id.as_str().into()
            }

            fn is(&self, id: &str) -> bool {
                self.id.as_str() == id
            }
        })*
    };
}

rows!(User, Group, IdentityProvider, Tenant, SpCertificate);

/// Resources in order of creation, found by id and by position. A position is never used again, so
/// that a page can go on from one whatever was deleted meanwhile. A clone shares all rows.
#[derive(Debug)]
pub(super) struct Table<T> {
    rows: Rows<T>,
    ids: Index,
    next: u64,
}

impl<T> Clone for Table<T> {
    fn clone(&self) -> Self {
        Self { rows: self.rows.clone(), ids: self.ids.clone(), next: self.next }
    }
}

impl<T: Row> Table<T> {
    pub(super) fn new() -> Self {
        Self { rows: Rows::default(), ids: Index::default(), next: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The position that the next row will have; counts rows ever made.
    pub(super) fn next_position(&self) -> u64 {
        self.next
    }

    pub(super) fn find(&self, id: &str) -> Option<(u64, &Arc<T>)> {
        let mut found = None;
        let position = self.ids.find(id, |position| {
            found = self.rows.get(position).filter(|row| row.is(id));
            found.is_some()
        });
        Some((position?, found?))
    }

    pub(super) fn at(&self, position: u64) -> Option<&Arc<T>> {
        self.rows.get(position)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<T>> {
        self.range(0).map(|(_, row)| row)
    }

    /// The rows from a position on, in order.
    pub(super) fn range(&self, from: u64) -> impl Iterator<Item = (u64, &Arc<T>)> {
        self.rows.range(from)
    }

    /// Adds a row at the end and tells its position.
    pub(super) fn push(&mut self, id: &str, row: Arc<T>) -> u64 {
        self.ids.insert(id, self.next);
        self.push_unseen(row)
    }

    /// The same, but the row is not found by its id until `ids` are replaced.
    pub(super) fn push_unseen(&mut self, row: Arc<T>) -> u64 {
        let position = self.next;
        self.next += 1;
        self.rows.insert(position, row);
        position
    }

    /// An index of the ids of all rows; `None` where two have the same.
    pub(super) fn index_ids(&self) -> Option<Index> {
        let ids = self.range(0).map(|(position, row)| (row.id(), position));
        let same = |one, other| match (self.at(one), self.at(other)) {
            (Some(one), Some(other)) => one.is(&other.id()),
            _ => false,
        };
        Index::of(ids, same)
    }

    /// Replaces the index of ids.
    pub(super) fn set_ids(&mut self, ids: Index) {
        self.ids = ids;
    }

    pub(super) fn replace(&mut self, position: u64, row: Arc<T>) {
        self.rows.insert(position, row);
    }

    pub(super) fn remove(&mut self, id: &str) -> Option<(u64, Arc<T>)> {
        let (position, _) = self.find(id)?;
        self.ids.remove(id, position);
        Some((position, self.rows.remove(position)?))
    }

    /// The rows after a position that `show` lets through.
    pub(super) fn page(&self, page: PageRequest, show: impl Fn(&T) -> bool) -> Page<Arc<T>> {
        let from = page.after.map_or(0, |after| after.saturating_add(1));
        let rows = self.range(from).filter(|(_, row)| show(row));
        page_of(page.limit, rows.map(|(position, row)| (position, row.clone())))
    }
}

/// What belongs to something else, by the position of its owner: few to each, oldest first. How many
/// were ever made is counted, so that the n-th of them has its own id.
#[derive(Debug)]
pub(super) struct Owned<T> {
    by_owner: Rows<Vec<Arc<T>>>,
    made: u64,
}

impl<T> Clone for Owned<T> {
    fn clone(&self) -> Self {
        Self { by_owner: self.by_owner.clone(), made: self.made }
    }
}

impl<T> Owned<T> {
    pub(super) fn new() -> Self {
        Self { by_owner: Rows::default(), made: 0 }
    }

    /// How many were ever made.
    pub(super) fn made(&self) -> u64 {
        self.made
    }

    pub(super) fn of(&self, owner: u64) -> &[Arc<T>] {
        self.by_owner.get(owner).map(|items| items.as_slice()).unwrap_or_default()
    }

    pub(super) fn push(&mut self, owner: u64, item: Arc<T>) {
        self.made += 1;
        match self.by_owner.get_mut(owner) {
            Some(items) => Arc::make_mut(items).push(item),
            None => self.by_owner.insert(owner, Arc::new(vec![item])),
        }
    }

    /// The place of what `wanted` knows; `None` where there is no such thing.
    pub(super) fn find(&mut self, owner: u64, wanted: impl Fn(&T) -> bool) -> Option<&mut Arc<T>> {
        let items = Arc::make_mut(self.by_owner.get_mut(owner)?);
        items.iter_mut().find(|item| wanted(item))
    }

    /// Keeps what `keep` says, and tells how many went.
    pub(super) fn retain(&mut self, owner: u64, keep: impl Fn(&T) -> bool) -> usize {
        let Some(items) = self.by_owner.get_mut(owner) else { return 0 };
        let items = Arc::make_mut(items);
        let before = items.len();
        items.retain(|item| keep(item));
        let gone = before - items.len();
        if items.is_empty() {
            self.by_owner.remove(owner);
        }
        gone
    }

    /// Removes all that belongs to an owner that is no more.
    pub(super) fn forget(&mut self, owner: u64) {
        self.by_owner.remove(owner);
    }
}
