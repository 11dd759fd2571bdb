//! What shares is as good as what does not: each map against the standard library's, and what a write
//! to a copy copies.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{BLOCK, CHUNK, FANOUT, Index, LEAF, Links, Places, Rows, Set};
use crate::domain::random::draw;

/// Numbers that repeat, and that lie both close together and far apart.
fn numbers(count: u64, below: u64) -> impl Iterator<Item = u64> {
    (0..count).map(move |n| draw(7, "number", n) % below)
}

#[test]
fn rows_are_an_ordered_map() {
    for below in [10, 300, 3 * BLOCK, 1 << 38] {
        let (mut rows, mut model) = (Rows::default(), BTreeMap::new());
        for (n, at) in numbers(3_000, below).enumerate() {
            if n % 3 == 2 {
                assert_eq!(rows.remove(at), model.remove(&at).map(Arc::new));
            } else {
                rows.insert(at, Arc::new(n));
                model.insert(at, n);
            }
            assert_eq!(
                (rows.get(at).map(|n| **n), rows.len()),
                (model.get(&at).copied(), model.len())
            );
        }
        for from in [0, 1, below / 2, below - 1, below].into_iter().chain(numbers(20, below)) {
            let found: Vec<_> = rows.range(from).map(|(at, n)| (at, **n)).collect();
            let expected: Vec<_> = model.range(from..).map(|(at, n)| (*at, *n)).collect();
            assert_eq!(found, expected, "from {from} of {below}");
        }
    }
}

#[test]
fn rows_that_are_gone_leave_nothing_behind() {
    let mut rows = Rows::default();
    for at in 0..20 * BLOCK {
        rows.insert(at, Arc::new(at));
        rows.remove(at.wrapping_sub(3));
    }
    assert_eq!((rows.len(), rows.blocks.len()), (3, 1));
}

#[test]
fn a_set_is_an_ordered_set() {
    for below in [50, 5_000, 1 << 50, u64::MAX] {
        let (mut set, mut model) = (Set::default(), BTreeSet::new());
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
        assert!(set.is_empty(), "branches go with what was on them");
    }
}

#[test]
fn an_index_finds_what_the_rows_say_it_does() {
    let keys: Vec<_> = (0..5_000).map(|n| format!("key {}", n / 2)).collect();
    let mut index = Index::default();
    (0..).zip(&keys).for_each(|(position, key)| index.insert(key.as_str(), position));
    let holders = |index: &Index, key: &str| {
        let mut found = Vec::new();
        let is = |position: u64| {
            found.push(position);
            false
        };
        assert_eq!(index.find(key, is), None);
        found.retain(|position| keys[*position as usize] == key);
        found
    };
    assert_eq!(holders(&index, "key 70"), [140, 141]);
    let keyed = || keys.iter().map(String::as_str).zip(0..);
    let at_once = Index::of(keyed(), |_, _| false).expect("no two are the same");
    assert_eq!(holders(&at_once, "key 70"), [140, 141]);
    let same = |one: u64, other: u64| keys[one as usize] == keys[other as usize];
    assert!(Index::of(keyed(), same).is_none());
    let even = || keyed().step_by(2);
    assert!(Index::of(even().chain(even()), same).is_some(), "a row may have a key twice");
    index.remove("key 70", 140);
    assert_eq!(holders(&index, "key 70"), [141]);
    assert!(holders(&index, "another").is_empty());
}

#[test]
fn links_tell_each_owner_its_own_in_order() {
    let mut links = Links::default();
    for position in 0..10_000 {
        links.insert(position % 7, position);
    }
    let at_once = Links::all((0..10_000).rev().map(|position| (position % 7, position)));
    assert!(at_once.of(3, 0).eq(links.of(3, 0)));
    links.remove(3, 10);
    let of = |owner, from| links.of(owner, from).collect::<Vec<_>>();
    assert_eq!(of(3, 0)[..3], [3, 17, 24]);
    assert_eq!(of(3, 9_990), [9_992, 9_999]);
    assert_eq!(of(6, 0).len(), 1_428);
    assert!(of(7, 0).is_empty());
    assert!(of(3, u64::MAX).is_empty());
}

/// How many of `items` are not shared with the same place of `others`.
fn apart<T>(items: &Places<T>, others: &Places<T>) -> usize {
    let same = |(one, other): &(&Option<Arc<T>>, &Option<Arc<T>>)| match (one, other) {
        (Some(one), Some(other)) => Arc::ptr_eq(one, other),
        (one, other) => one.is_none() && other.is_none(),
    };
    items.iter().zip(others).filter(|pair| !same(pair)).count()
}

#[test]
fn a_write_to_a_copy_copies_one_chunk_of_one_block() {
    let mut rows = Rows::default();
    (0..30 * BLOCK).for_each(|at| rows.insert(at, Arc::new(at)));
    let copy = rows.clone();
    assert!(Arc::ptr_eq(&rows.blocks, &copy.blocks));
    rows.insert(5 * BLOCK + 3 * CHUNK + 1, Arc::new(0));
    *rows.get_mut(5 * BLOCK + 3 * CHUNK + 2).expect("a row") = Arc::new(0);
    let mut chunks = 0;
    for (one, other) in rows.blocks.values().zip(copy.blocks.values()) {
        chunks += if Arc::ptr_eq(one, other) { 0 } else { apart(one, other) };
    }
    assert_eq!(chunks, 1);
    let chunk = |rows: &Rows<u64>| rows.blocks[&5][3].clone().expect("a chunk");
    assert_eq!(apart(&chunk(&rows), &chunk(&copy)), 2);
}

/// How many nodes of a set are not another's too, and how many there are.
fn nodes_apart(one: &Set, other: &Set) -> (usize, usize) {
    match (one, other) {
        (Set::Leaf(one), Set::Leaf(other)) => (usize::from(!Arc::ptr_eq(one, other)), 1),
        (Set::Branch(one), Set::Branch(other)) => {
            let below = one.iter().zip(other.iter()).map(|(one, other)| nodes_apart(one, other));
            let own = (usize::from(!Arc::ptr_eq(one, other)), 1);
            below.fold(own, |sum, part| (sum.0 + part.0, sum.1 + part.1))
        }
        (Set::Leaf(_), Set::Branch(_)) | (Set::Branch(_), Set::Leaf(_)) => (1, 1),
    }
}

#[test]
fn a_write_to_a_copy_of_a_set_copies_the_nodes_on_its_way() {
    let mut set = Set::default();
    numbers(200_000, u64::MAX).for_each(|entry| set.insert(entry));
    let copy = set.clone();
    assert_eq!(nodes_apart(&set, &copy).0, 0);
    set.insert(draw(7, "one more", 0));
    let (apart, all) = nodes_apart(&set, &copy);
    // 16 to the fourth is less than what fills 64 each.
    assert!(apart <= 5 && all > 200_000 / LEAF + FANOUT, "{apart} of {all}");
}
