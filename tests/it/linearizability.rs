//! Concurrent calls through both dialects: each recorded history must be explained by some order in which the
//! calls took effect one at a time.

use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Barrier, Mutex};
use std::thread;

use crate::world::{AwsClient, Client, HuaweiClient, Why, World};

const THREADS: usize = 16;
const NAMES: usize = 8;
/// 48 calls a round fit the bit set of the search.
const CALLS_PER_THREAD: usize = 3;
const ROUNDS: u64 = 200;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Call {
    Create(usize),
    Rename(String, usize),
    Delete(String),
    Find(usize),
    ReadName(String),
}

/// One call of a history. `began` and `ended` come from one counter, so they order all calls.
#[derive(Debug)]
struct Record {
    began: u64,
    ended: u64,
    call: Call,
    /// Deleting an unknown user succeeds in this dialect.
    deletes_twice: bool,
    result: Result<String, Why>,
}

/// Names and e-mail addresses of the users, by id. An e-mail address keeps the first name of its user.
type State = BTreeMap<String, (usize, usize)>;

fn name(n: usize) -> String {
    format!("user{n}")
}

fn perform(client: &dyn Client, call: &Call) -> Result<String, Why> {
    match call {
        Call::Create(n) => client.create_user(&name(*n)),
        Call::Rename(id, n) => client.rename(id, &name(*n)).map(|()| String::new()),
        Call::Delete(id) => client.delete_user(id).map(|()| String::new()),
        Call::Find(n) => client.find_user(&name(*n)),
        Call::ReadName(id) => client.user_name(id),
    }
}

/// The state after `record` if its result is right in `state`, else `None`.
fn apply(state: &State, record: &Record) -> Option<State> {
    let mut next = state.clone();
    let holder = |n: usize| state.iter().find(|(_, user)| user.0 == n).map(|(id, _)| id.clone());
    let expected = match &record.call {
        Call::Create(n) if state.values().any(|user| user.0 == *n || user.1 == *n) => {
            Err(Why::Conflict)
        }
        Call::Create(n) => {
            // The id is the store's choice; it must be new.
            let id = record.result.clone().ok()?;
            if next.insert(id.clone(), (*n, *n)).is_some() {
                return None;
            }
            Ok(id)
        }
        Call::Rename(id, n) => match next.get_mut(id) {
            None => Err(Why::NotFound),
            Some(_) if holder(*n).is_some_and(|other| other != *id) => Err(Why::Conflict),
            Some(user) => {
                user.0 = *n;
                Ok(String::new())
            }
        },
        Call::Delete(id) => match next.remove(id) {
            None if !record.deletes_twice => Err(Why::NotFound),
            _ => Ok(String::new()),
        },
        Call::Find(n) => holder(*n).ok_or(Why::NotFound),
        Call::ReadName(id) => state.get(id).map(|user| name(user.0)).ok_or(Why::NotFound),
    };
    (expected == record.result).then_some(next)
}

/// Searches an order of `history` that respects time, explains every result and ends in `last`.
fn is_linearizable(history: &[Record], first: &State, last: &State) -> bool {
    let all = (1_u64 << history.len()) - 1;
    let mut visited = HashSet::new();
    let mut open = vec![(0_u64, first.clone())];
    while let Some((done, state)) = open.pop() {
        if done == all {
            if state == *last {
                return true;
            }
            continue;
        }
        let waiting = || (0..history.len()).filter(move |at| done & (1 << at) == 0);
        let earliest_end = waiting().map(|at| history[at].ended).min().unwrap_or(u64::MAX);
        for at in waiting().filter(|at| history[*at].began < earliest_end) {
            if let Some(next) = apply(&state, &history[at]) {
                let step = (done | (1 << at), next);
                if visited.insert(step.clone()) {
                    open.push(step);
                }
            }
        }
    }
    false
}

/// A pseudo-random choice below `bound`, the same in every run.
fn choose(random: &mut u64, bound: usize) -> usize {
    *random =
        random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*random >> 33) as usize % bound
}

fn choose_call(random: &mut u64, ids: &[String]) -> Call {
    let n = choose(random, NAMES);
    let kind = if ids.is_empty() { 0 } else { choose(random, 6) };
    let mut id = || ids[choose(random, ids.len())].clone();
    match kind {
        0 | 1 => Call::Create(n),
        2 => Call::Rename(id(), n),
        3 => Call::Delete(id()),
        4 => Call::Find(n),
        _ => Call::ReadName(id()),
    }
}

/// Runs one round of concurrent calls and returns what each thread saw.
fn run_round(world: &World, seed: u64, ids: &[String]) -> Vec<Record> {
    let clock = AtomicU64::new(0);
    let history = Mutex::new(Vec::new());
    let start = Barrier::new(THREADS);
    thread::scope(|scope| {
        for at in 0..THREADS {
            let (clock, history, start) = (&clock, &history, &start);
            scope.spawn(move || {
                let mut random = seed * THREADS as u64 + at as u64;
                let client: &dyn Client =
                    if at % 2 == 0 { &AwsClient(world) } else { &HuaweiClient(world) };
                start.wait();
                for _ in 0..CALLS_PER_THREAD {
                    let call = choose_call(&mut random, ids);
                    let began = clock.fetch_add(1, Ordering::SeqCst);
                    let result = perform(client, &call);
                    let ended = clock.fetch_add(1, Ordering::SeqCst);
                    let deletes_twice = client.deletes_twice();
                    let record = Record { began, ended, call, deletes_twice, result };
                    history.lock().expect("no thread panicked").push(record);
                }
            });
        }
    });
    history.into_inner().expect("no thread panicked")
}

/// The users now. E-mail addresses follow from the history: a user keeps its own for life.
fn read_state(world: &World, emails: &BTreeMap<String, usize>) -> State {
    let client = AwsClient(world);
    let mut state = State::new();
    for n in 0..NAMES {
        if let Ok(id) = client.find_user(&name(n)) {
            state.insert(id.clone(), (n, emails[&id]));
        }
    }
    state
}

#[test]
fn concurrent_calls_are_linearizable() {
    let world = World::new();
    let mut emails = BTreeMap::new();
    let mut state = State::new();
    for round in 0..ROUNDS {
        // Ids of deleted users stay in the pool, so that calls on them are tried too.
        let known: Vec<String> = emails.keys().rev().take(2 * NAMES).cloned().collect();
        let history = run_round(&world, round, &known);
        for record in &history {
            if let (Call::Create(n), Ok(id)) = (&record.call, &record.result) {
                emails.insert(id.clone(), *n);
            }
        }
        let last = read_state(&world, &emails);
        assert!(
            is_linearizable(&history, &state, &last),
            "round {round}: no order explains this history from {state:?} to {last:?}: {history:#?}",
        );
        state = last;
    }
}

#[test]
fn a_lost_update_is_not_linearizable() {
    let create = |began, ended, id: &str| Record {
        began,
        ended,
        call: Call::Create(1),
        deletes_twice: true,
        result: Ok(id.to_owned()),
    };
    let last = State::from([("a".to_owned(), (1, 1))]);
    assert!(is_linearizable(&[create(0, 1, "a")], &State::new(), &last));
    // Two users of one name cannot both be created.
    assert!(!is_linearizable(&[create(0, 3, "a"), create(1, 2, "b")], &State::new(), &last));
}
