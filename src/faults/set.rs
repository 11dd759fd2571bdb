//! The rules in force as one set, swapped whole: in order, and by the operations that they are about,
//! so that a request looks only at rules that may be about it.

use std::collections::HashSet;
use std::sync::Arc;

use crate::domain::{Operation, Timestamp};

use super::RULES_MAX;
use super::RuleError;
use super::active::Active;
use super::rule::Rule;

/// The rules in force.
#[derive(Default, Debug)]
pub(super) struct Set {
    all: Vec<Arc<Active>>,
    /// Per dialect, and in that per operation, the places of the rules about it, in order.
    places: Vec<(&'static str, Vec<Vec<usize>>)>,
    stale_ms_max: u64,
}

impl Set {
    pub(super) fn new(all: Vec<Arc<Active>>) -> Self {
        let mut places: Vec<(&'static str, Vec<Vec<usize>>)> = Vec::new();
        for (at, active) in all.iter().enumerate() {
            for (dialect, operation) in active.rule.on.operations.pairs() {
                let found = places.iter().position(|(name, _)| *name == dialect);
                let found = found.unwrap_or_else(|| {
                    places.push((dialect, vec![Vec::new(); Operation::all().count()]));
                    places.len() - 1
                });
                if let Some(list) = places[found].1.get_mut(operation as usize) {
                    list.push(at);
                }
            }
        }
        let stale_ms_max = all.iter().filter_map(|active| active.rule.effect.stale_ms).max();
        Self { all, places, stale_ms_max: stale_ms_max.unwrap_or(0) }
    }

    pub(super) fn all(&self) -> &[Arc<Active>] {
        &self.all
    }

    /// Those that may be about this operation of this dialect, in order.
    pub(super) fn about(
        &self,
        dialect: &str,
        operation: Option<Operation>,
    ) -> impl Iterator<Item = &Active> {
        let lists = self.places.iter().find(|(name, _)| *name == dialect).map(|(_, lists)| lists);
        let places = operation.and_then(|operation| lists?.get(operation as usize));
        places.into_iter().flatten().filter_map(|at| self.all.get(*at).map(AsRef::as_ref))
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
