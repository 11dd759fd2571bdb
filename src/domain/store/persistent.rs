//! Maps and sets whose copies share what they have in common: to clone one copies a pointer, and the
//! first write after it copies the few small nodes on its way, never the whole.
//!
//! That is what makes a reset, a snapshot, a copied store and a read of an old version cheap in a
//! directory of a million. Own code, because the crates that have such maps are made for any key:
//! measured with a million entries, `imbl`'s ordered map takes 45 bytes a row, its hash map 110 bytes
//! an entry and `rpds`'s 127, where these take 9 and 11; a look-up takes 317, 159 and 715 ns there.

use std::collections::BTreeMap;
use std::hash::Hash;
use std::ops::RangeInclusive;
use std::sync::Arc;

use ahash::RandomState;

/// How many rows a chunk holds, and how many chunks a block; a write copies one of each at most.
const PLACES: usize = 64;
const CHUNK: u64 = PLACES as u64;

/// How many rows a block holds.
const BLOCK: u64 = CHUNK * CHUNK;

/// Values by number. Numbers that are given one after the other lie side by side; where all of a
/// chunk's are gone, it goes too.
#[derive(Debug)]
pub(super) struct Rows<T> {
    blocks: Arc<BTreeMap<u64, Arc<Block<T>>>>,
    len: usize,
}

/// Chunks by what is left of a number once its block and its place in the chunk are taken off.
type Block<T> = Places<Chunk<T>>;
type Chunk<T> = Places<T>;

/// An array, so that its own pointer leads to what is in it: whoever looks somebody up in a million has
/// nothing of the way at hand, and waits for each step.
type Places<T> = [Option<Arc<T>>; PLACES];

fn nothing<T>() -> Arc<Places<T>> {
    Arc::new([const { None }; PLACES])
}

impl<T> Clone for Rows<T> {
    fn clone(&self) -> Self {
        Self { blocks: self.blocks.clone(), len: self.len }
    }
}

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Self { blocks: Arc::default(), len: 0 }
    }
}

/// Block, chunk in the block, place in the chunk.
fn path(at: u64) -> (u64, usize, usize) {
    let part = |number: u64| usize::try_from(number % CHUNK).unwrap_or(0); // It is below 64.
    (at / BLOCK, part(at / CHUNK), part(at))
}

impl<T> Rows<T> {
    /// How many values there are.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn get(&self, at: u64) -> Option<&Arc<T>> {
        let (block, chunk, place) = path(at);
        self.blocks.get(&block)?[chunk].as_ref()?[place].as_ref()
    }

    pub(super) fn get_mut(&mut self, at: u64) -> Option<&mut Arc<T>> {
        self.get(at)?; // So that nothing is copied in vain.
        let (block, chunk, place) = path(at);
        let block = Arc::make_mut(Arc::make_mut(&mut self.blocks).get_mut(&block)?);
        Arc::make_mut(block[chunk].as_mut()?)[place].as_mut()
    }

    /// Puts a value at a number, in the place of what was there.
    pub(super) fn insert(&mut self, at: u64, value: Arc<T>) {
        let (block, chunk, place) = path(at);
        let block = Arc::make_mut(&mut self.blocks).entry(block).or_insert_with(nothing);
        let chunk = Arc::make_mut(block)[chunk].get_or_insert_with(nothing);
        let former = Arc::make_mut(chunk)[place].replace(value);
        self.len += usize::from(former.is_none());
    }

    pub(super) fn remove(&mut self, at: u64) -> Option<Arc<T>> {
        let removed = self.get_mut(at)?.clone();
        let (block, chunk, place) = path(at);
        let blocks = Arc::make_mut(&mut self.blocks);
        let held = Arc::make_mut(blocks.get_mut(&block)?);
        let rows = Arc::make_mut(held[chunk].as_mut()?);
        rows[place] = None;
        self.len -= 1;
        if rows.iter().all(Option::is_none) {
            held[chunk] = None;
            if held.iter().all(Option::is_none) {
                blocks.remove(&block);
            }
        }
        Some(removed)
    }

    /// The values from a number on, in order.
    pub(super) fn range(&self, from: u64) -> impl Iterator<Item = (u64, &Arc<T>)> {
        let (first, first_chunk, first_place) = path(from);
        self.blocks.range(first..).flat_map(move |(block, chunks)| {
            let skipped = if *block == first { first_chunk } else { 0 };
            let chunks = (0..).zip(chunks.iter()).skip(skipped);
            chunks.filter_map(|(at, chunk)| Some((at, chunk.as_ref()?))).flat_map(
                move |(chunk, rows)| {
                    let start = block * BLOCK + chunk * CHUNK;
                    let skipped = if start < from { first_place } else { 0 };
                    let rows = (start..).zip(rows.iter()).skip(skipped);
                    rows.filter_map(|(at, row)| Some((at, row.as_ref()?)))
                },
            )
        })
    }
}

/// How many numbers a leaf of a set holds; a write copies one leaf.
const LEAF: usize = 64;

/// How many children a branch of a set has: one for each value of the next `STEP` bits.
/// Measured with a million users: 64 children take a tenth more memory and save no time.
const FANOUT: usize = 1 << STEP;
const STEP: u32 = 4;

/// Numbers in order: a tree by their bits, the highest first. What lies in a leaf is exact, so sets of
/// a million small ones cost little more than the numbers.
#[derive(Clone, Debug)]
pub(super) enum Set {
    Leaf(Arc<[u64]>),
    Branch(Arc<[Set; FANOUT]>),
}

impl Default for Set {
    fn default() -> Self {
        Self::Leaf(Arc::default())
    }
}

impl Set {
    /// Adds a number, if it is not there.
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
                let mut with = [entry; LEAF + 1];
                with[..at].copy_from_slice(&entries[..at]);
                with[at + 1..=entries.len()].copy_from_slice(&entries[at..]);
                *self = Self::of(&with[..=entries.len()], depth);
            }
        }
    }

    /// Of numbers in order, each of them once, that differ only below `depth`.
    fn of(entries: &[u64], depth: u32) -> Self {
        if entries.len() <= LEAF {
            return Self::Leaf(entries.into());
        }
        let mut rest = entries;
        Self::Branch(Arc::new(std::array::from_fn(|at| {
            let end = rest.partition_point(|entry| child(*entry, depth) <= at);
            let (own, others) = rest.split_at(end);
            rest = others;
            Self::of(own, depth + 1)
        })))
    }

    /// Takes a number out, if it is there.
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

    /// Whether a leaf is; branches never are.
    fn is_empty(&self) -> bool {
        matches!(self, Self::Leaf(entries) if entries.is_empty())
    }

    /// What lies within a range, in order. No set holds `u64::MAX`.
    pub(super) fn range(&self, range: RangeInclusive<u64>) -> impl Iterator<Item = u64> {
        let (mut from, to) = range.into_inner();
        let mut leaf: &[u64] = &[];
        std::iter::from_fn(move || {
            if leaf.is_empty() {
                leaf = self.tail(from, to, 0);
            }
            let (first, rest) = leaf.split_first().filter(|(first, _)| **first <= to)?;
            (leaf, from) = (rest, first + 1);
            Some(*first)
        })
    }

    /// The numbers from `from` on in the first leaf that has any. Leaves that hold nothing up to `to`
    /// are not looked at: most look-ups while a directory is loaded are for what is not there.
    fn tail(&self, from: u64, to: u64, depth: u32) -> &[u64] {
        match self {
            Self::Leaf(entries) => &entries[entries.partition_point(|entry| *entry < from)..],
            Self::Branch(children) => {
                let (first, last) = (child(from, depth), child(to, depth));
                let mut tails = (first..=last).map(|at| {
                    let from = if at == first { from } else { 0 };
                    let to = if at == last { to } else { u64::MAX };
                    children[at].tail(from, to, depth + 1)
                });
                tails.find(|tail| !tail.is_empty()).unwrap_or_default()
            }
        }
    }
}

fn child(entry: u64, depth: u32) -> usize {
    let shift = (64 - STEP).saturating_sub(depth * STEP);
    usize::try_from(entry >> shift).unwrap_or(0) % FANOUT // It is below `FANOUT`.
}

/// How many bits of an entry of an index are a position. No store lives to see that many rows made.
const POSITION: u32 = 40;

/// The last position that an index takes.
const POSITION_MAX: u64 = (1 << POSITION) - 2;

/// Entries of one prefix, from a position on.
fn of_prefix(set: &Set, prefix: u64, from: u64) -> impl Iterator<Item = u64> {
    let start = prefix << POSITION;
    let positions = set.range(start | from.min(POSITION_MAX + 1)..=start | POSITION_MAX);
    positions.map(position)
}

fn entry(prefix: u64, position: u64) -> u64 {
    assert!(position <= POSITION_MAX, "more rows were made than a store numbers");
    prefix << POSITION | position
}

/// The position in an entry.
fn position(entry: u64) -> u64 {
    entry & ((1 << POSITION) - 1)
}

/// Entries in order, each of them once.
fn sorted(entries: impl Iterator<Item = u64>) -> Vec<u64> {
    let mut entries: Vec<_> = entries.collect();
    entries.sort_unstable();
    entries.dedup();
    entries
}

/// Positions by key, where the keys are in the rows themselves: what is kept is a part of the key's
/// hash with the position. Keys are chosen by clients, so the hash has a random state, which keeps
/// them from colliding on purpose.
#[derive(Clone, Default, Debug)]
pub(super) struct Index {
    state: RandomState,
    entries: Set,
}

impl Index {
    /// An index of all of these keys, each with its position: several times quicker than one after the
    /// other, for the tree is written once. `None` where two positions have the `same` key.
    pub(super) fn of<K: Hash>(
        keys: impl Iterator<Item = (K, u64)>,
        same: impl Fn(u64, u64) -> bool,
    ) -> Option<Self> {
        let mut index = Self::default();
        let entries = sorted(keys.map(|(key, position)| entry(index.prefix(&key), position)));
        let mut alike = entries.chunk_by(|one, other| one >> POSITION == other >> POSITION);
        let taken = alike.any(|alike| {
            (1..alike.len()).any(|at| {
                let (own, mut others) = (position(alike[at]), alike[..at].iter());
                others.any(|other| same(own, position(*other)))
            })
        });
        if taken {
            return None;
        }
        index.entries = Set::of(&entries, 0);
        Some(index)
    }

    /// The position of a key; `is` tells whether the row at a position has it.
    pub(super) fn find<K: Hash + ?Sized>(
        &self,
        key: &K,
        mut is: impl FnMut(u64) -> bool,
    ) -> Option<u64> {
        of_prefix(&self.entries, self.prefix(key), 0).find(|position| is(*position))
    }

    pub(super) fn insert<K: Hash + ?Sized>(&mut self, key: &K, position: u64) {
        self.entries.insert(entry(self.prefix(key), position));
    }

    pub(super) fn remove<K: Hash + ?Sized>(&mut self, key: &K, position: u64) {
        self.entries.remove(entry(self.prefix(key), position));
    }

    fn prefix<K: Hash + ?Sized>(&self, key: &K) -> u64 {
        self.state.hash_one(key) >> POSITION
    }
}

/// Positions by the position of their owner, in order. An owner's may come with those of another,
/// sixteen million further on: whoever reads them knows whose a row is.
#[derive(Clone, Default, Debug)]
pub(super) struct Links(Set);

impl Links {
    /// What belongs to whom, all at once.
    pub(super) fn all(pairs: impl Iterator<Item = (u64, u64)>) -> Self {
        let entries = pairs.map(|(owner, position)| entry(Self::prefix(owner), position));
        Self(Set::of(&sorted(entries), 0))
    }

    /// What belongs to an owner, from a position on.
    pub(super) fn of(&self, owner: u64, from: u64) -> impl Iterator<Item = u64> {
        of_prefix(&self.0, Self::prefix(owner), from)
    }

    pub(super) fn insert(&mut self, owner: u64, position: u64) {
        self.0.insert(entry(Self::prefix(owner), position));
    }

    pub(super) fn remove(&mut self, owner: u64, position: u64) {
        self.0.remove(entry(Self::prefix(owner), position));
    }

    fn prefix(owner: u64) -> u64 {
        owner & (u64::MAX >> POSITION)
    }
}

#[cfg(test)]
mod tests;
