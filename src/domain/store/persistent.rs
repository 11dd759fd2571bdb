//! Persistent collections: a clone copies one pointer, and the first write after it copies only the
//! nodes on the path to the entry.
//!
//! They make a reset, a snapshot, a copy of a store and a stale read cheap for a million users. The
//! collections of `imbl` have the same shape. For a million entries they need more memory per entry
//! and more time per lookup, because they are made for keys of any type; these hold numbers only.

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, Hash, RandomState};
use std::ops::RangeInclusive;
use std::sync::Arc;

/// The number of rows of a page, and of pages of a block. A write copies at most one of each.
const SLOTS: usize = 64;
const PAGE_ROWS: u64 = SLOTS as u64;

/// The number of rows of a block.
const BLOCK_ROWS: u64 = PAGE_ROWS * PAGE_ROWS;

/// Values by row number, for numbers that are given one after the other. Empty pages are dropped.
#[derive(Debug)]
pub(super) struct PagedRows<T> {
    blocks: Arc<BTreeMap<u64, Arc<Block<T>>>>,
    len: usize,
}

type Block<T> = Slots<Page<T>>;
type Page<T> = Slots<T>;

/// An array instead of a vector saves one pointer, and with it a cache miss, per level.
type Slots<T> = [Option<Arc<T>>; SLOTS];

fn empty_slots<T>() -> Arc<Slots<T>> {
    Arc::new([const { None }; SLOTS])
}

impl<T> Clone for PagedRows<T> {
    fn clone(&self) -> Self {
        Self { blocks: self.blocks.clone(), len: self.len }
    }
}

impl<T> Default for PagedRows<T> {
    fn default() -> Self {
        Self { blocks: Arc::default(), len: 0 }
    }
}

/// The block of a row, its page in the block and its slot in the page.
fn path(row: u64) -> (u64, usize, usize) {
    let slot = |number: u64| usize::try_from(number % PAGE_ROWS).unwrap_or(0); // Below 64.
    (row / BLOCK_ROWS, slot(row / PAGE_ROWS), slot(row))
}

impl<T> PagedRows<T> {
    /// The number of values.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn get(&self, row: u64) -> Option<&Arc<T>> {
        let (block, page, slot) = path(row);
        self.blocks.get(&block)?[page].as_ref()?[slot].as_ref()
    }

    pub(super) fn get_mut(&mut self, row: u64) -> Option<&mut Arc<T>> {
        self.get(row)?; // A missing row must not copy nodes.
        let (block, page, slot) = path(row);
        let block = Arc::make_mut(Arc::make_mut(&mut self.blocks).get_mut(&block)?);
        Arc::make_mut(block[page].as_mut()?)[slot].as_mut()
    }

    /// Sets the value of a row and replaces a former one.
    pub(super) fn insert(&mut self, row: u64, value: Arc<T>) {
        let (block, page, slot) = path(row);
        let block = Arc::make_mut(&mut self.blocks).entry(block).or_insert_with(empty_slots);
        let page = Arc::make_mut(block)[page].get_or_insert_with(empty_slots);
        let former = Arc::make_mut(page)[slot].replace(value);
        self.len += usize::from(former.is_none());
    }

    pub(super) fn remove(&mut self, row: u64) -> Option<Arc<T>> {
        let removed = self.get_mut(row)?.clone();
        let (block, page, slot) = path(row);
        let blocks = Arc::make_mut(&mut self.blocks);
        let pages = Arc::make_mut(blocks.get_mut(&block)?);
        let rows = Arc::make_mut(pages[page].as_mut()?);
        rows[slot] = None;
        self.len -= 1;
        if rows.iter().all(Option::is_none) {
            pages[page] = None;
            if pages.iter().all(Option::is_none) {
                blocks.remove(&block);
            }
        }
        Some(removed)
    }

    /// The rows from a number on, in order.
    pub(super) fn range(&self, from: u64) -> impl Iterator<Item = (u64, &Arc<T>)> {
        let (first_block, first_page, first_slot) = path(from);
        self.blocks.range(first_block..).flat_map(move |(block, pages)| {
            let skipped = if *block == first_block { first_page } else { 0 };
            let pages = (0..).zip(pages.iter()).skip(skipped);
            pages.filter_map(|(page, rows)| Some((page, rows.as_ref()?))).flat_map(
                move |(page, rows)| {
                    let start = block * BLOCK_ROWS + page * PAGE_ROWS;
                    let skipped = if start < from { first_slot } else { 0 };
                    let rows = (start..).zip(rows.iter()).skip(skipped);
                    rows.filter_map(|(row, value)| Some((row, value.as_ref()?)))
                },
            )
        })
    }
}

/// The greatest number of entries of a leaf. A write copies one leaf.
const LEAF_MAX: usize = 64;

/// The number of children of a branch: one for each value of the next `BRANCH_BITS` bits.
const FANOUT: usize = 1 << BRANCH_BITS;
const BRANCH_BITS: u32 = 4;

/// An ordered set of numbers: a tree over their bits, the highest bits first.
#[derive(Clone, Debug)]
pub(super) enum U64Set {
    Leaf(Arc<[u64]>),
    Branch(Arc<[U64Set; FANOUT]>),
}

impl Default for U64Set {
    fn default() -> Self {
        Self::Leaf(Arc::default())
    }
}

impl U64Set {
    /// Builds a set from ascending numbers.
    fn from_sorted(entries: &[u64]) -> Self {
        Self::from_sorted_at(entries, 0)
    }

    /// The entries are equal in the bits above `depth`.
    fn from_sorted_at(entries: &[u64], depth: u32) -> Self {
        if entries.len() <= LEAF_MAX {
            return Self::Leaf(entries.into());
        }
        let mut rest = entries;
        Self::Branch(Arc::new(std::array::from_fn(|at| {
            let end = rest.partition_point(|entry| child(*entry, depth) <= at);
            let (own, others) = rest.split_at(end);
            rest = others;
            Self::from_sorted_at(own, depth + 1)
        })))
    }

    /// Adds a number if it is missing.
    pub(super) fn insert(&mut self, entry: u64) {
        self.insert_at(entry, 0);
    }

    fn insert_at(&mut self, entry: u64, depth: u32) {
        match self {
            Self::Branch(children) => {
                Arc::make_mut(children)[child(entry, depth)].insert_at(entry, depth + 1);
            }
            Self::Leaf(entries) => {
                let Err(at) = entries.binary_search(&entry) else { return };
                let mut with = [entry; LEAF_MAX + 1];
                with[..at].copy_from_slice(&entries[..at]);
                with[at + 1..=entries.len()].copy_from_slice(&entries[at..]);
                *self = Self::from_sorted_at(&with[..=entries.len()], depth);
            }
        }
    }

    /// Removes a number if it is present.
    pub(super) fn remove(&mut self, entry: u64) {
        self.remove_at(entry, 0);
    }

    fn remove_at(&mut self, entry: u64, depth: u32) {
        match self {
            Self::Branch(children) => {
                let children = Arc::make_mut(children);
                let own = &mut children[child(entry, depth)];
                own.remove_at(entry, depth + 1);
                if own.is_empty() && children.iter().all(Self::is_empty) {
                    *self = Self::default();
                }
            }
            Self::Leaf(entries) => {
                let Ok(at) = entries.binary_search(&entry) else { return };
                *entries = entries[..at].iter().chain(&entries[at + 1..]).copied().collect();
            }
        }
    }

    /// Whether this is an empty leaf. A branch is never empty.
    fn is_empty(&self) -> bool {
        matches!(self, Self::Leaf(entries) if entries.is_empty())
    }

    /// The entries within a range, in order. A set never holds `u64::MAX`.
    pub(super) fn range(&self, range: RangeInclusive<u64>) -> impl Iterator<Item = u64> {
        let (mut from, to) = range.into_inner();
        let mut leaf: &[u64] = &[];
        std::iter::from_fn(move || {
            if leaf.is_empty() {
                leaf = self.first_leaf(from, to, 0);
            }
            let (first, rest) = leaf.split_first().filter(|(first, _)| **first <= to)?;
            (leaf, from) = (rest, first + 1);
            Some(*first)
        })
    }

    /// The entries from `from` on in the first leaf that has any. Skips leaves whose entries are all
    /// above `to`.
    fn first_leaf(&self, from: u64, to: u64, depth: u32) -> &[u64] {
        match self {
            Self::Leaf(entries) => &entries[entries.partition_point(|entry| *entry < from)..],
            Self::Branch(children) => {
                let (first, last) = (child(from, depth), child(to, depth));
                let mut leaves = (first..=last).map(|at| {
                    let from = if at == first { from } else { 0 };
                    let to = if at == last { to } else { u64::MAX };
                    children[at].first_leaf(from, to, depth + 1)
                });
                leaves.find(|leaf| !leaf.is_empty()).unwrap_or_default()
            }
        }
    }
}

fn child(entry: u64, depth: u32) -> usize {
    let shift = (64 - BRANCH_BITS).saturating_sub(depth * BRANCH_BITS);
    usize::try_from(entry >> shift).unwrap_or(0) % FANOUT // Below `FANOUT`.
}

/// The number of low bits of an index entry that hold a row position; the other bits are a prefix.
/// A store would need 10^12 writes to reach the end.
const POSITION_BITS: u32 = 40;

/// The greatest position that an index takes.
const POSITION_MAX: u64 = (1 << POSITION_BITS) - 2;

/// The positions of the entries with a prefix, from a position on.
fn positions(set: &U64Set, prefix: u64, from: u64) -> impl Iterator<Item = u64> {
    let start = prefix << POSITION_BITS;
    let entries = set.range(start | from.min(POSITION_MAX + 1)..=start | POSITION_MAX);
    entries.map(position)
}

fn entry(prefix: u64, position: u64) -> u64 {
    assert!(position <= POSITION_MAX, "a store has at most 2^40 row positions");
    prefix << POSITION_BITS | position
}

fn position(entry: u64) -> u64 {
    entry & ((1 << POSITION_BITS) - 1)
}

/// The entries in ascending order, without duplicates.
fn sorted(entries: impl Iterator<Item = u64>) -> Vec<u64> {
    let mut entries: Vec<_> = entries.collect();
    entries.sort_unstable();
    entries.dedup();
    entries
}

/// Row positions by key. The keys are in the rows: an entry is a part of the key's hash and a
/// position. Clients choose the keys, so the hash has a random state.
#[derive(Clone, Default, Debug)]
pub(super) struct HashIndex {
    state: RandomState,
    entries: U64Set,
}

/// Two positions whose rows have the same key, the lower one first.
pub(super) type DuplicatePositions = (u64, u64);

impl HashIndex {
    /// Builds an index of all keys at once, which is faster than inserting them one by one.
    /// `is_same` compares the keys of the rows at two positions. A row may have a key twice.
    ///
    /// # Errors
    /// The pair of positions with the same key whose higher position is the lowest.
    pub(super) fn build<K: Hash>(
        keys: impl Iterator<Item = (K, u64)>,
        is_same: impl Fn(u64, u64) -> bool,
    ) -> Result<Self, DuplicatePositions> {
        let mut index = Self::default();
        let entries = sorted(keys.map(|(key, position)| entry(index.prefix(&key), position)));
        let mut duplicate: Option<DuplicatePositions> = None;
        let same_prefix =
            entries.chunk_by(|one, other| one >> POSITION_BITS == other >> POSITION_BITS);
        for group in same_prefix {
            for (at, later) in group.iter().map(|entry| position(*entry)).enumerate().skip(1) {
                let mut earlier = group[..at].iter().map(|entry| position(*entry));
                if let Some(earlier) = earlier.find(|earlier| is_same(*earlier, later))
                    && duplicate.is_none_or(|(_, lowest)| later < lowest)
                {
                    duplicate = Some((earlier, later));
                }
            }
        }
        if let Some(duplicate) = duplicate {
            return Err(duplicate);
        }
        index.entries = U64Set::from_sorted(&entries);
        Ok(index)
    }

    /// The position of the row with a key. `has_key` checks the row at a position.
    pub(super) fn find<K: Hash + ?Sized>(
        &self,
        key: &K,
        mut has_key: impl FnMut(u64) -> bool,
    ) -> Option<u64> {
        self.candidates(key).find(|position| has_key(*position))
    }

    /// The positions of the rows that may have a key, in order. The caller must check each row.
    pub(super) fn candidates<'a, K: Hash + ?Sized>(
        &'a self,
        key: &K,
    ) -> impl Iterator<Item = u64> + use<'a, K> {
        positions(&self.entries, self.prefix(key), 0)
    }

    pub(super) fn insert<K: Hash + ?Sized>(&mut self, key: &K, position: u64) {
        self.entries.insert(entry(self.prefix(key), position));
    }

    pub(super) fn remove<K: Hash + ?Sized>(&mut self, key: &K, position: u64) {
        self.entries.remove(entry(self.prefix(key), position));
    }

    /// The part of a key's hash that its entries hold. Different keys may share it.
    pub(super) fn prefix<K: Hash + ?Sized>(&self, key: &K) -> u64 {
        self.state.hash_one(key) >> POSITION_BITS
    }
}

/// Row positions by the position of their owner, in order. An entry holds only the low 24 bits of the
/// owner, so the caller must check the owner of each row.
#[derive(Clone, Default, Debug)]
pub(super) struct PositionMultimap(U64Set);

impl PositionMultimap {
    /// Builds a map from pairs of owner and position.
    pub(super) fn build(pairs: impl Iterator<Item = (u64, u64)>) -> Self {
        let entries = pairs.map(|(owner, position)| entry(Self::prefix(owner), position));
        Self(U64Set::from_sorted(&sorted(entries)))
    }

    /// The positions of an owner, from a position on.
    pub(super) fn range(&self, owner: u64, from: u64) -> impl Iterator<Item = u64> {
        positions(&self.0, Self::prefix(owner), from)
    }

    pub(super) fn insert(&mut self, owner: u64, position: u64) {
        self.0.insert(entry(Self::prefix(owner), position));
    }

    pub(super) fn remove(&mut self, owner: u64, position: u64) {
        self.0.remove(entry(Self::prefix(owner), position));
    }

    fn prefix(owner: u64) -> u64 {
        owner & (u64::MAX >> POSITION_BITS)
    }
}

#[cfg(test)]
mod tests;
