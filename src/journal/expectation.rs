//! Expectations: whether a request came, how often, and if not, which request came nearest.

use std::cmp::Reverse;
use std::fmt;
use std::panic::Location;
use std::sync::Arc;

use super::{Difference, EntryFilter, Journal, JournalEntry};

/// The number of requests that a report lists.
const LISTED_MAX: usize = 20;

/// A range of counts, both ends included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ExpectedCount {
    /// The least count.
    pub min: usize,
    /// The greatest count; `None` for any.
    pub max: Option<usize>,
}

/// At least once.
impl Default for ExpectedCount {
    fn default() -> Self {
        Self { min: 1, max: None }
    }
}

impl ExpectedCount {
    /// This count alone.
    pub const fn exactly(count: usize) -> Self {
        Self { min: count, max: Some(count) }
    }

    /// Whether the range has this count.
    pub fn contains(&self, count: usize) -> bool {
        count >= self.min && self.max.is_none_or(|max| count <= max)
    }

    /// The range without its unit: `2`, `at least 1`, `2 to 4`.
    fn bounds(&self) -> String {
        match (self.min, self.max) {
            (min, Some(max)) if min == max => min.to_string(),
            (0, Some(max)) => format!("at most {max}"),
            (min, Some(max)) => format!("{min} to {max}"),
            (min, None) => format!("at least {min}"),
        }
    }
}

/// `2 times`, `at least 1 time`, `never`.
impl fmt::Display for ExpectedCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::exactly(0) {
            return f.write_str("never");
        }
        let unit = if self.max.unwrap_or(self.min) == 1 { "time" } else { "times" };
        write!(f, "{} {unit}", self.bounds())
    }
}

/// A count of requests, with its unit.
fn times(count: usize) -> String {
    format!("{count} time{}", if count == 1 { "" } else { "s" })
}

/// The result of an expectation.
#[derive(Debug)]
pub struct ExpectationResult {
    /// The expected requests.
    pub filter: EntryFilter,
    /// The expected number of them.
    pub count: ExpectedCount,
    /// The requests that match, oldest first.
    pub matched: Vec<Arc<JournalEntry>>,
    /// All requests, oldest first.
    pub seen: Vec<Arc<JournalEntry>>,
    /// Whether the journal was full and has dropped some of the requests.
    pub incomplete: bool,
    /// If too few match, the request that came nearest.
    pub nearest: Option<Nearest>,
}

/// The request that came nearest to an expectation that is not met.
#[derive(Debug)]
pub struct Nearest {
    /// The request.
    pub entry: Arc<JournalEntry>,
    /// The fields in which it differs; none if only the number of requests is wrong.
    pub differences: Vec<Difference>,
}

impl ExpectationResult {
    /// Checks the requests after the entry with number `after`.
    pub(super) fn of(
        journal: &Journal,
        filter: EntryFilter,
        count: ExpectedCount,
        after: u64,
    ) -> Self {
        let (seen, incomplete) = journal.entries_after(after);
        let (matched, others): (Vec<_>, Vec<_>) =
            seen.iter().cloned().partition(|entry| filter.matches(journal, entry));
        let too_few = matched.len() < count.min;
        let nearest = match matched.last() {
            _ if !too_few => None,
            Some(entry) => Some(Nearest { entry: entry.clone(), differences: Vec::new() }),
            None => nearest(journal, &filter, others),
        };
        Self { filter, count, matched, seen, incomplete, nearest }
    }

    /// Whether the number of matching requests is as expected.
    pub fn is_met(&self) -> bool {
        self.count.contains(self.matched.len())
    }

    /// What was expected, what came, and the nearest request.
    pub fn report(&self, journal: &Journal) -> String {
        let (matched, seen) = (self.matched.len(), self.seen.len());
        let requests = if seen == 1 { "request" } else { "requests" };
        let mut text = format!("expected {}: {}\n", self.count, self.filter);
        text += &format!("it came {}, among {seen} {requests}", times(matched));
        text += if self.incomplete { "; older requests were dropped\n" } else { "\n" };
        if let Some(nearest) = &self.nearest {
            text += &format!("nearest: {}\n", journal.line(&nearest.entry));
            if nearest.differences.is_empty() {
                text += &format!("  came {}, expected {}\n", times(matched), self.count.bounds());
            }
            for difference in &nearest.differences {
                let Difference { field, expected, found } = difference;
                let found =
                    found.as_deref().map_or("none".to_owned(), |found| format!("{found:?}"));
                text += &format!("  {field}: expected {expected:?}, found {found}\n");
            }
        }
        let listed = if matched > self.count.min { &self.matched } else { &self.seen };
        if !listed.is_empty() {
            text += "requests:\n";
        }
        for entry in listed.iter().take(LISTED_MAX) {
            text += &format!("  {}\n", journal.line(entry));
        }
        if listed.len() > LISTED_MAX {
            text += &format!("  and {} more\n", listed.len() - LISTED_MAX);
        }
        text
    }
}

/// The entry with the fewest differences. The operation outweighs all other fields; of equals, the later
/// entry wins.
fn nearest(
    journal: &Journal,
    filter: &EntryFilter,
    entries: Vec<Arc<JournalEntry>>,
) -> Option<Nearest> {
    let candidates = entries.into_iter().map(|entry| {
        let differences = filter.differences(journal, &entry);
        Nearest { entry, differences }
    });
    candidates.min_by_key(|candidate| {
        let differences = &candidate.differences;
        let other_operation = differences.iter().any(|one| one.field == "operation");
        (other_operation, differences.len(), Reverse(candidate.entry.seq))
    })
}

/// An expectation of the requests from now on: at least one, unless a count is set.
///
/// If it is not met when it is dropped, the test panics with a report and the place of the expectation. A
/// test that returns errors calls [`Expectation::verify`]: a panic while it returns an error hides that error.
///
/// ```
/// let emulator = idouble::Emulator::start()?;
/// let journal = emulator.journal();
/// let retries = journal.expect_request("aws:UpdateUser").with("status", "400").at_most(2);
/// let lists = journal.expect_request("*:ListUsers").times(0);
/// let deletes = journal.expect_request("*:DeleteUser").never();
/// // The tested code calls `emulator.endpoint()`.
/// assert_eq!(retries.count(), 0);
/// retries.verify()?;
/// let report = journal.expect_request("aws:UpdateUser").at_least(3).verify().unwrap_err();
/// assert!(report.starts_with("expected at least 3 times: "), "{report}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "the expectation is checked when this is dropped"]
#[derive(Debug)]
pub struct Expectation {
    journal: Arc<Journal>,
    filter: EntryFilter,
    count: ExpectedCount,
    after: u64,
    location: &'static Location<'static>,
    is_checked_on_drop: bool,
}

impl Expectation {
    #[track_caller]
    pub(super) fn new(journal: Arc<Journal>, filter: EntryFilter) -> Self {
        let after = journal.last();
        let (count, location) = (ExpectedCount::default(), Location::caller());
        Self { journal, filter, count, after, location, is_checked_on_drop: true }
    }

    /// Expects this value of a field, too. [`super::FIELDS`] lists the fields.
    ///
    /// # Panics
    /// If there is no such field, or if it cannot have this value.
    #[track_caller]
    pub fn with(mut self, field: &str, value: impl Into<String>) -> Self {
        let filter = std::mem::take(&mut self.filter);
        match self.journal.add_condition(filter, field, &value.into()) {
            Ok(filter) => self.filter = filter,
            Err(error) => {
                self.is_checked_on_drop = false;
                panic!("{error}");
            }
        }
        self
    }

    /// Expects exactly this number of requests.
    pub fn times(mut self, count: usize) -> Self {
        self.count = ExpectedCount::exactly(count);
        self
    }

    /// Expects this number of requests or more.
    pub fn at_least(mut self, count: usize) -> Self {
        self.count = ExpectedCount { min: count, max: None };
        self
    }

    /// Expects this number of requests or fewer.
    pub fn at_most(mut self, count: usize) -> Self {
        self.count = ExpectedCount { min: 0, max: Some(count) };
        self
    }

    /// Expects no such request.
    pub fn never(self) -> Self {
        self.times(0)
    }

    /// The number of matching requests so far.
    pub fn count(&self) -> usize {
        self.result().matched.len()
    }

    /// Checks the expectation now instead of when it is dropped.
    ///
    /// # Errors
    /// The report, if the expectation is not met.
    pub fn verify(mut self) -> Result<(), String> {
        self.is_checked_on_drop = false;
        let result = self.result();
        if result.is_met() { Ok(()) } else { Err(result.report(&self.journal)) }
    }

    fn result(&self) -> ExpectationResult {
        ExpectationResult::of(&self.journal, self.filter.clone(), self.count, self.after)
    }
}

impl Drop for Expectation {
    fn drop(&mut self) {
        // A second panic would abort the test and hide the first.
        if !self.is_checked_on_drop || std::thread::panicking() {
            return;
        }
        let result = self.result();
        let report = || format!("\n{}", result.report(&self.journal));
        assert!(
            result.is_met(),
            "expectation at {} is not met; if the test returned an error, `verify` shows it:{}",
            self.location,
            report(),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_displayed_with_their_unit() {
        let display = |min, max| ExpectedCount { min, max }.to_string();
        assert_eq!(display(2, Some(2)), "2 times");
        assert_eq!(display(1, Some(1)), "1 time");
        assert_eq!(display(0, Some(0)), "never");
        assert_eq!(display(1, None), "at least 1 time");
        assert_eq!(display(0, Some(3)), "at most 3 times");
        assert_eq!(display(2, Some(4)), "2 to 4 times");
    }
}
