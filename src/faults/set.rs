//! The rules in force as one set, replaced whole: in order, and indexed by operation, so that a request
//! looks only at rules that can be about it.

use std::cell::OnceCell;
use std::collections::HashSet;
use std::sync::Arc;

use crate::dialect::FaultSubject;
use crate::domain::draw;
use crate::domain::{Operation, Timestamp};
use crate::glob::Glob;

use super::RULES_MAX;
use super::RuleError;
use super::active::ActiveRule;
use super::catalog::DialectCatalog;
use super::rule::Rule;
use super::selector::RequestMatcher;

/// The rules in force.
#[derive(Default, Debug)]
pub(super) struct RuleSet {
    rules: Vec<Arc<ActiveRule>>,
    /// Per dialect, and in that per operation, the rules about it, in order.
    index: Vec<(&'static str, Vec<Vec<IndexEntry>>)>,
    stale_ms_max: u64,
}

/// A rule, and a name that a request must have for it. Comparing hashes makes a thousand rules about
/// other users cost as much as a few.
#[derive(Clone, Copy, Debug)]
struct IndexEntry {
    rule: usize,
    /// The hash of a name without `*` that the rule selects. Another name may have the same hash.
    name: Option<(NameKind, u64)>,
}

/// What a name is of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum NameKind {
    Session,
    User,
    Group,
    Store,
}

const NAME_KINDS: [NameKind; 4] =
    [NameKind::Session, NameKind::User, NameKind::Group, NameKind::Store];

impl NameKind {
    fn of_matcher(self, matcher: &RequestMatcher) -> Option<&Glob> {
        match self {
            Self::Session => matcher.session.as_ref(),
            Self::User => matcher.user.as_ref(),
            Self::Group => matcher.group.as_ref(),
            Self::Store => matcher.store.as_ref(),
        }
    }

    fn of_request<'a>(self, subject: &FaultSubject<'a>) -> Option<&'a str> {
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

/// The first name without `*` that a rule selects.
fn selected_name(matcher: &RequestMatcher) -> Option<(NameKind, u64)> {
    NAME_KINDS.iter().find_map(|kind| {
        let name = kind.of_matcher(matcher)?.exact()?;
        Some((*kind, hash(name)))
    })
}

impl RuleSet {
    pub(super) fn new(rules: Vec<Arc<ActiveRule>>) -> Self {
        let mut set = Self::default();
        for (rule, active) in rules.iter().enumerate() {
            let entry = IndexEntry { rule, name: selected_name(&active.matcher) };
            for (dialect, operation) in active.matcher.operations.iter() {
                set.entries_of(dialect, operation).push(entry);
            }
            let stale_ms = active.effect.stale.map_or(0, |stale| stale.as_millis());
            set.stale_ms_max = set.stale_ms_max.max(stale_ms);
        }
        Self { rules, ..set }
    }

    fn entries_of(&mut self, dialect: &'static str, operation: Operation) -> &mut Vec<IndexEntry> {
        let found = self.index.iter().position(|(name, _)| *name == dialect);
        let found = found.unwrap_or_else(|| {
            self.index.push((dialect, vec![Vec::new(); Operation::all().count()]));
            self.index.len() - 1
        });
        &mut self.index[found].1[operation as usize]
    }

    pub(super) fn rules(&self) -> &[Arc<ActiveRule>] {
        &self.rules
    }

    /// The rules that can be about a request, in order.
    pub(super) fn candidates(
        &self,
        subject: &FaultSubject<'_>,
    ) -> impl Iterator<Item = &ActiveRule> {
        let lists = self.index.iter().find(|(name, _)| *name == subject.dialect);
        let lists = lists.map(|(_, lists)| lists);
        let list = subject.operation.and_then(|operation| lists?.get(operation as usize));
        let hashes: [OnceCell<Option<u64>>; NAME_KINDS.len()] = Default::default();
        let can_match = move |entry: &&IndexEntry| {
            entry.name.is_none_or(|(kind, wanted)| {
                let of_request = || kind.of_request(subject).map(hash);
                *hashes[kind as usize].get_or_init(of_request) == Some(wanted)
            })
        };
        let entries = list.into_iter().flatten().filter(can_match);
        entries.filter_map(|entry| self.rules.get(entry.rule).map(AsRef::as_ref))
    }

    /// The longest lag of a stale read that any rule causes, in milliseconds.
    pub(super) fn stale_ms_max(&self) -> u64 {
        self.stale_ms_max
    }
}

/// Appends rules to those in force. A rule without an id gets one that no other rule has.
pub(super) fn insert(
    all: &mut Vec<Arc<ActiveRule>>,
    rules: Vec<Rule>,
    catalog: &DialectCatalog,
    generated: &mut u64,
    now: Timestamp,
) -> Result<(), RuleError> {
    let count = all.len() + rules.len();
    if count > RULES_MAX {
        return Err(RuleError::TooMany(count));
    }
    let mut ids: HashSet<String> = all.iter().map(|rule| rule.id.to_string()).collect();
    for id in rules.iter().filter_map(|rule| rule.id.as_ref()) {
        if !ids.insert(id.clone()) {
            return Err(RuleError::Duplicate(id.clone()));
        }
    }
    for rule in rules {
        let id = rule.id.clone().unwrap_or_else(|| generate_id(generated, &ids));
        all.push(Arc::new(ActiveRule::new(&id, rule, catalog, now)?));
    }
    Ok(())
}

fn generate_id(generated: &mut u64, ids: &HashSet<String>) -> String {
    loop {
        *generated += 1;
        let id = format!("fault-{generated}");
        if !ids.contains(&id) {
            return id;
        }
    }
}
