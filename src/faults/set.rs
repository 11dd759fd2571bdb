//! The rules in force as one set, swapped whole: in order, and by the operations that they are about,
//! so that a request looks only at rules that may be about it.

use std::cell::OnceCell;
use std::collections::HashSet;
use std::sync::Arc;

use crate::dialect::FaultSubject;
use crate::domain::draw;
use crate::domain::{Operation, Timestamp};

use super::RULES_MAX;
use super::RuleError;
use super::active::Active;
use super::glob::Glob;
use super::on::On;
use super::rule::Rule;

/// The rules in force.
#[derive(Default, Debug)]
pub(super) struct Set {
    all: Vec<Arc<Active>>,
    /// Per dialect, and in that per operation, the places of the rules about it, in order.
    places: Vec<(&'static str, Vec<Vec<Place>>)>,
    stale_ms_max: u64,
}

/// Where a rule is, and what a request has to name for it. A thousand of these are looked through in
/// the time that a few rules take.
#[derive(Clone, Copy, Debug)]
struct Place {
    at: usize,
    /// A name without `*` that the rule asks for, hashed; others may share the hash.
    only: Option<(Named, u64)>,
}

/// What a rule may ask for by name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Named {
    Session,
    User,
    Group,
    Store,
}

const NAMED: [Named; 4] = [Named::Session, Named::User, Named::Group, Named::Store];

impl Named {
    fn asked(self, on: &On) -> Option<&Glob> {
        match self {
            Self::Session => on.session.as_ref(),
            Self::User => on.user.as_ref(),
            Self::Group => on.group.as_ref(),
            Self::Store => on.store.as_ref(),
        }
    }

    fn told<'a>(self, subject: &FaultSubject<'a>) -> Option<&'a str> {
        match self {
            Self::Session => subject.session,
            Self::User => subject.user,
            Self::Group => subject.group,
            Self::Store => subject.store,
        }
    }
}

fn hash(name: &str) -> u64 {
    draw(0, name, 0)
}

fn only(on: &On) -> Option<(Named, u64)> {
    NAMED.iter().find_map(|named| Some((*named, hash(named.asked(on)?.exact()?))))
}

impl Set {
    pub(super) fn new(all: Vec<Arc<Active>>) -> Self {
        let mut places: Vec<(&'static str, Vec<Vec<Place>>)> = Vec::new();
        for (at, active) in all.iter().enumerate() {
            let place = Place { at, only: only(&active.rule.on) };
            for (dialect, operation) in active.rule.on.operations.pairs() {
                let found = places.iter().position(|(name, _)| *name == dialect);
                let found = found.unwrap_or_else(|| {
                    places.push((dialect, vec![Vec::new(); Operation::all().count()]));
                    places.len() - 1
                });
                if let Some(list) = places[found].1.get_mut(operation as usize) {
                    list.push(place);
                }
            }
        }
        let stale_ms_max = all.iter().filter_map(|active| active.rule.effect.stale_ms).max();
        Self { all, places, stale_ms_max: stale_ms_max.unwrap_or(0) }
    }

    pub(super) fn all(&self) -> &[Arc<Active>] {
        &self.all
    }

    /// Those that may be about a request, in order.
    pub(super) fn about(&self, subject: &FaultSubject<'_>) -> impl Iterator<Item = &Active> {
        let of = |(name, _): &&(&str, _)| *name == subject.dialect;
        let lists = self.places.iter().find(of).map(|(_, lists)| lists);
        let list = subject.operation.and_then(|operation| lists?.get(operation as usize));
        let hashes: [OnceCell<Option<u64>>; 4] = Default::default();
        let may = move |place: &&Place| {
            place.only.is_none_or(|(named, wanted)| {
                let told = || named.told(subject).map(hash);
                *hashes[named as usize].get_or_init(told) == Some(wanted)
            })
        };
        let places = list.into_iter().flatten().filter(may);
        places.filter_map(|place| self.all.get(place.at).map(AsRef::as_ref))
    }

    /// How far back any rule lets reads look, in milliseconds.
    pub(super) fn stale_ms_max(&self) -> u64 {
        self.stale_ms_max
    }
}

/// Adds rules to those there, minting ids that no other has.
pub(super) fn enlist(
    all: &mut Vec<Arc<Active>>,
    rules: Vec<Rule>,
    minted: &mut u64,
    now: Timestamp,
) -> Result<(), RuleError> {
    let count = all.len() + rules.len();
    if count > RULES_MAX {
        return Err(RuleError::TooMany(count));
    }
    let mut taken: HashSet<String> = all.iter().map(|rule| rule.id.clone()).collect();
    for id in rules.iter().filter_map(|rule| rule.id.as_ref()) {
        if !taken.insert(id.clone()) {
            return Err(RuleError::Duplicate(id.clone()));
        }
    }
    for rule in rules {
        let id = rule.id.clone().unwrap_or_else(|| mint(minted, &taken));
        all.push(Arc::new(Active::new(id, rule, now)));
    }
    Ok(())
}

fn mint(minted: &mut u64, taken: &HashSet<String>) -> String {
    loop {
        *minted += 1;
        let id = format!("fault-{minted}");
        if !taken.contains(&id) {
            return id;
        }
    }
}
