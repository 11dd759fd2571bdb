//! What a request may cost: how many pieces of memory the pipeline fetches for each call. Counted, so
//! that it is the same on every machine, however busy; `make bench-instructions` shows the history.

#[path = "bench/calls.rs"]
mod calls;

use idouble::domain::{
    Call, Command, Directory, Outcome, PageRequest, StoreRules, Timestamp, UnknownStore,
};

use calls::{Bench, CALLS, id_in};

/// Fetches by call, of one or both requests of a pair; making the request is not counted. The journal
/// is on and full. Set them to what the test prints (`-- --nocapture`) when they fall.
const FETCHES: [(&str, u64); 10] = [
    ("aws-update", 15),
    ("aws-describe", 10),
    ("aws-id", 11),
    ("aws-list", 25),
    ("aws-create-delete", 54),
    ("huawei-update", 14),
    ("huawei-describe", 10),
    ("huawei-id", 13),
    ("huawei-list", 23),
    ("huawei-create-delete", 57),
];

/// How much more is let through, in percent: a new compiler, another version of a library.
const SLACK: u64 = 10;

/// Calls before those that are counted: the journal is full then, of entries of this kind.
const BEFORE: u64 = 1_100;

/// Calls that are counted: growing a table counts for less than one in each.
const COUNTED: u64 = 100;

fn fetches(bench: &Bench, call: &str) -> u64 {
    for _ in 0..BEFORE {
        bench.call(call);
    }
    let mut total = 0;
    let mut answered = |request| {
        let mut answer = None;
        let counted = allocation_counter::measure(|| answer = Some(bench.answer(request)));
        total += counted.count_total;
        answer.expect("it was measured")
    };
    for _ in 0..COUNTED {
        let answer = answered(bench.request(call));
        if let Some(second) = bench.second(call, || id_in(&answer)) {
            answered(second);
        }
    }
    total / COUNTED
}

#[test]
fn no_call_fetches_more_memory_than_it_did() {
    let bench = Bench::new(0);
    let mut over = Vec::new();
    assert_eq!(FETCHES.map(|(call, _)| call), CALLS);
    for (call, bound) in FETCHES {
        let found = fetches(&bench, call);
        println!("{call}\t{found}");
        if found > bound + bound * SLACK / 100 {
            over.push(format!("{call}: {found} times, not {bound}"));
        }
    }
    assert!(over.is_empty(), "memory is fetched more often than it was:\n{}", over.join("\n"));
}

/// A page looks at every store, and copies those that it may have in it.
#[test]
fn a_page_of_ten_thousand_stores_takes_no_more_memory_than_the_page() {
    const STORES: usize = 10_000;
    const BYTES_MAX: u64 = 64 * 1024;
    let directory = Directory::new(Vec::new(), 7, StoreRules::default(), UnknownStore::Refuse);
    let ids: Vec<_> = (0..STORES).map(|_| directory.mint()).collect();
    for id in &ids {
        directory.insert(directory.empty(id.clone())).expect("there is room");
    }
    let list = |after| {
        let command = Command::ListIdentityStores(PageRequest { limit: 100, after });
        let call = Call { by: "somebody".into(), command };
        match directory.execute(Timestamp(0), call) {
            Ok(Outcome::IdentityStores(page)) => page,
            other => panic!("{other:?}"),
        }
    };
    let (mut listed, mut after) = (Vec::new(), None);
    loop {
        let mut page = None;
        let counted = allocation_counter::measure(|| page = Some(list(after)));
        assert!(counted.bytes_total < BYTES_MAX, "{} bytes", counted.bytes_total);
        let page = page.expect("it was measured");
        listed.extend(page.items);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(listed, ids);
}
