//! A table of resources in order of creation, and the unique indexes over it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::command::PageRequest;
use super::outcome::Page;

/// Resources in order of creation, found by id in O(1) and by position in O(log n). A position is
/// never used again, so that a page can go on from one whatever was deleted meanwhile.
#[derive(Clone, Debug)]
pub(super) struct Table<Id, T> {
    rows: BTreeMap<u64, Arc<T>>,
    positions: HashMap<Id, u64>,
    next: u64,
}

impl<Id: std::hash::Hash + Eq, T> Table<Id, T> {
    pub(super) fn new() -> Self {
        Self { rows: BTreeMap::new(), positions: HashMap::new(), next: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The position that the next row will have; counts rows ever made.
    pub(super) fn next_position(&self) -> u64 {
        self.next
    }

    pub(super) fn find<Q>(&self, id: &Q) -> Option<(u64, &Arc<T>)>
    where
        Id: std::borrow::Borrow<Q>,
        Q: std::hash::Hash + Eq + ?Sized,
    {
        let position = *self.positions.get(id)?;
        Some((position, self.rows.get(&position)?))
    }

    pub(super) fn at(&self, position: u64) -> Option<&Arc<T>> {
        self.rows.get(&position)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<T>> {
        self.rows.values()
    }

    /// Adds a row at the end and tells its position.
    pub(super) fn push(&mut self, id: Id, row: Arc<T>) -> u64 {
        let position = self.next;
        self.next += 1;
        self.positions.insert(id, position);
        self.rows.insert(position, row);
        position
    }

    pub(super) fn replace(&mut self, position: u64, row: Arc<T>) {
        self.rows.insert(position, row);
    }

    pub(super) fn remove(&mut self, id: &Id) -> Option<(u64, Arc<T>)> {
        let position = self.positions.remove(id)?;
        Some((position, self.rows.remove(&position)?))
    }

    /// The rows after a position that `show` lets through.
    pub(super) fn page(&self, page: PageRequest, show: impl Fn(&T) -> bool) -> Page<Arc<T>> {
        let from = page.after.map_or(0, |after| after.saturating_add(1));
        let rows = self.rows.range(from..).filter(|(_, row)| show(row));
        page_of(page.limit, rows.map(|(position, row)| (*position, row.clone())))
    }
}

/// The first `limit` of `items`, and whether more follow.
pub(super) fn page_of<T>(limit: usize, items: impl Iterator<Item = (u64, T)>) -> Page<T> {
    let mut items = items.peekable();
    let mut page = Page { items: Vec::new(), next: None };
    let mut last = None;
    for (position, item) in items.by_ref().take(limit) {
        page.items.push(item);
        last = Some(position);
    }
    page.next = items.peek().and(last);
    page
}

/// Which position holds a value that only one may have. Keys are chosen by clients, so the standard
/// map's random state is what keeps them from colliding on purpose.
#[derive(Clone, Default, Debug)]
pub(super) struct Unique(HashMap<Box<str>, u64>);

impl Unique {
    pub(super) fn holder(&self, key: &str) -> Option<u64> {
        self.0.get(key).copied()
    }

    /// Whether `position` may have `key`: nobody has it, or it itself does.
    pub(super) fn is_free_for(&self, key: &str, position: Option<u64>) -> bool {
        self.holder(key).is_none_or(|holder| Some(holder) == position)
    }

    pub(super) fn claim(&mut self, key: Box<str>, position: u64) {
        self.0.insert(key, position);
    }

    pub(super) fn release(&mut self, key: &str) {
        self.0.remove(key);
    }
}

/// What belongs to something else, by the position of its owner: few to each, oldest first. How many
/// were ever made is counted, so that the n-th of them has its own id.
#[derive(Clone, Debug)]
pub(super) struct Owned<T> {
    by_owner: HashMap<u64, Vec<Arc<T>>>,
    made: u64,
}

impl<T> Owned<T> {
    pub(super) fn new() -> Self {
        Self { by_owner: HashMap::new(), made: 0 }
    }

    /// How many were ever made.
    pub(super) fn made(&self) -> u64 {
        self.made
    }

    pub(super) fn of(&self, owner: u64) -> &[Arc<T>] {
        self.by_owner.get(&owner).map(Vec::as_slice).unwrap_or_default()
    }

    pub(super) fn push(&mut self, owner: u64, item: Arc<T>) {
        self.made += 1;
        self.by_owner.entry(owner).or_default().push(item);
    }

    /// The place of what `wanted` knows; `None` where there is no such thing.
    pub(super) fn find(&mut self, owner: u64, wanted: impl Fn(&T) -> bool) -> Option<&mut Arc<T>> {
        self.by_owner.get_mut(&owner)?.iter_mut().find(|item| wanted(item))
    }

    /// Keeps what `keep` says, and tells how many went.
    pub(super) fn retain(&mut self, owner: u64, keep: impl Fn(&T) -> bool) -> usize {
        let Some(items) = self.by_owner.get_mut(&owner) else { return 0 };
        let before = items.len();
        items.retain(|item| keep(item));
        let gone = before - items.len();
        if items.is_empty() {
            self.by_owner.remove(&owner);
        }
        gone
    }

    /// Removes all that belongs to an owner that is no more.
    pub(super) fn forget(&mut self, owner: u64) {
        self.by_owner.remove(&owner);
    }
}
