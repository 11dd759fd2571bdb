//! Each collection against the standard library's, and what a write to a clone copies.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{
    BLOCK_ROWS, FANOUT, HashIndex, LEAF_MAX, PAGE_ROWS, PagedRows, PositionMultimap, Slots, U64Set,
};
use crate::domain::random::draw;

/// Numbers with repetitions, both close together and far apart.
fn numbers(count: u64, below: u64) -> impl Iterator<Item = u64> {
    (0..count).map(move |n| draw(7, "number", n) % below)
}

#[test]
fn paged_rows_are_an_ordered_map() {
    for below in [10, 300, 3 * BLOCK_ROWS, 1 << 38] {
        let (mut rows, mut model) = (PagedRows::default(), BTreeMap::new());
        for (n, row) in numbers(3_000, below).enumerate() {
            if n % 3 == 2 {
                assert_eq!(rows.remove(row), model.remove(&row).map(Arc::new));
            } else {
                rows.insert(row, Arc::new(n));
                model.insert(row, n);
            }
            assert_eq!(
                (rows.get(row).map(|n| **n), rows.len()),
                (model.get(&row).copied(), model.len())
            );
        }
        for from in [0, 1, below / 2, below - 1, below].into_iter().chain(numbers(20, below)) {
            let found: Vec<_> = rows.range(from).map(|(row, n)| (row, **n)).collect();
            let expected: Vec<_> = model.range(from..).map(|(row, n)| (*row, *n)).collect();
            assert_eq!(found, expected, "from {from} of {below}");
        }
    }
}

#[test]
fn removed_rows_free_their_blocks() {
    let mut rows = PagedRows::default();
    for row in 0..20 * BLOCK_ROWS {
        rows.insert(row, Arc::new(row));
        rows.remove(row.wrapping_sub(3));
    }
    assert_eq!((rows.len(), rows.blocks.len()), (3, 1));
}

#[test]
fn u64_set_is_an_ordered_set() {
    for below in [50, 5_000, 1 << 50, u64::MAX] {
        let (mut set, mut model) = (U64Set::default(), BTreeSet::new());
        for (n, entry) in numbers(6_000, below).enumerate() {
            if n % 3 == 2 {
                set.remove(entry);
                model.remove(&entry);
            } else {
                set.insert(entry);
                model.insert(entry);
            }
        }
        for from in [0, below / 3, below - 1].into_iter().chain(numbers(20, below)) {
            let to = from.saturating_add(below / 5).min(u64::MAX - 1);
            let found: Vec<_> = set.range(from..=to).collect();
            let expected: Vec<_> = model.range(from..=to).copied().collect();
            assert_eq!(found, expected, "from {from} of {below}");
        }
        model.iter().for_each(|entry| set.remove(*entry));
        assert!(set.is_empty(), "empty branches become a leaf");
    }
}

#[test]
fn hash_index_finds_the_rows_with_a_key() {
    let keys: Vec<_> = (0..5_000).map(|n| format!("key {}", n / 2)).collect();
    let mut index = HashIndex::default();
    (0..).zip(&keys).for_each(|(position, key)| index.insert(key.as_str(), position));
    let holders = |index: &HashIndex, key: &str| {
        let mut found = Vec::new();
        let has_key = |position: u64| {
            found.push(position);
            false
        };
        assert_eq!(index.find(key, has_key), None);
        found.retain(|position| keys[*position as usize] == key);
        found
    };
    assert_eq!(holders(&index, "key 70"), [140, 141]);
    let keyed = || keys.iter().map(String::as_str).zip(0..);
    let built = HashIndex::build(keyed(), |_, _| false).expect("no two are the same");
    assert_eq!(holders(&built, "key 70"), [140, 141]);
    index.remove("key 70", 140);
    assert_eq!(holders(&index, "key 70"), [141]);
    assert!(holders(&index, "another").is_empty());
}

#[test]
fn building_a_hash_index_reports_the_first_duplicate() {
    let keys: Vec<_> = (0..5_000).map(|n| format!("key {n}")).collect();
    let keyed = |positions: &[u64]| {
        let keys: Vec<_> = positions.iter().map(|n| (keys[*n as usize].clone(), *n)).collect();
        keys.into_iter()
    };
    let all: Vec<_> = (0..5_000).collect();
    let same = |one: u64, other: u64| one % 1_000 == other % 1_000;
    assert!(HashIndex::build(keyed(&all), |_, _| false).is_ok());
    assert!(HashIndex::build(keyed(&[7, 8, 7]), same).is_ok(), "a row may have a key twice");
    let positions = (0..5_000).map(|n: u64| (n % 1_000, n));
    assert_eq!(HashIndex::build(positions, same).err(), Some((0, 1_000)));
}

#[test]
fn position_multimap_lists_the_positions_of_each_owner_in_order() {
    let mut map = PositionMultimap::default();
    for position in 0..10_000 {
        map.insert(position % 7, position);
    }
    let built = PositionMultimap::build((0..10_000).rev().map(|position| (position % 7, position)));
    assert!(built.range(3, 0).eq(map.range(3, 0)));
    map.remove(3, 10);
    let range = |owner, from| map.range(owner, from).collect::<Vec<_>>();
    assert_eq!(range(3, 0)[..3], [3, 17, 24]);
    assert_eq!(range(3, 9_990), [9_992, 9_999]);
    assert_eq!(range(6, 0).len(), 1_428);
    assert!(range(7, 0).is_empty());
    assert!(range(3, u64::MAX).is_empty());
}

/// The number of slots that two nodes do not share.
fn unshared<T>(one: &Slots<T>, other: &Slots<T>) -> usize {
    let is_shared = |(one, other): &(&Option<Arc<T>>, &Option<Arc<T>>)| match (one, other) {
        (Some(one), Some(other)) => Arc::ptr_eq(one, other),
        (one, other) => one.is_none() && other.is_none(),
    };
    one.iter().zip(other).filter(|pair| !is_shared(pair)).count()
}

#[test]
fn write_to_a_clone_copies_one_page_of_one_block() {
    let mut rows = PagedRows::default();
    (0..30 * BLOCK_ROWS).for_each(|row| rows.insert(row, Arc::new(row)));
    let copy = rows.clone();
    assert!(Arc::ptr_eq(&rows.blocks, &copy.blocks));
    rows.insert(5 * BLOCK_ROWS + 3 * PAGE_ROWS + 1, Arc::new(0));
    *rows.get_mut(5 * BLOCK_ROWS + 3 * PAGE_ROWS + 2).expect("a row") = Arc::new(0);
    let mut pages = 0;
    for (one, other) in rows.blocks.values().zip(copy.blocks.values()) {
        pages += if Arc::ptr_eq(one, other) { 0 } else { unshared(one, other) };
    }
    assert_eq!(pages, 1);
    let page = |rows: &PagedRows<u64>| rows.blocks[&5][3].clone().expect("a page");
    assert_eq!(unshared(&page(&rows), &page(&copy)), 2);
}

/// The number of nodes that two sets do not share, and of all nodes.
fn unshared_nodes(one: &U64Set, other: &U64Set) -> (usize, usize) {
    match (one, other) {
        (U64Set::Leaf(one), U64Set::Leaf(other)) => (usize::from(!Arc::ptr_eq(one, other)), 1),
        (U64Set::Branch(one), U64Set::Branch(other)) => {
            let below = one.iter().zip(other.iter()).map(|(one, other)| unshared_nodes(one, other));
            let own = (usize::from(!Arc::ptr_eq(one, other)), 1);
            below.fold(own, |sum, part| (sum.0 + part.0, sum.1 + part.1))
        }
        (U64Set::Leaf(_), U64Set::Branch(_)) | (U64Set::Branch(_), U64Set::Leaf(_)) => (1, 1),
    }
}

#[test]
fn write_to_a_clone_of_a_set_copies_the_nodes_on_its_path() {
    let mut set = U64Set::default();
    numbers(200_000, u64::MAX).for_each(|entry| set.insert(entry));
    let copy = set.clone();
    assert_eq!(unshared_nodes(&set, &copy).0, 0);
    set.insert(draw(7, "one more", 0));
    let (unshared, all) = unshared_nodes(&set, &copy);
    // Four branches of 16 children and leaves of up to 64 entries hold 200,000.
    assert!(unshared <= 5 && all > 200_000 / LEAF_MAX + FANOUT, "{unshared} of {all}");
}
