//! Expectations: was it called, how often, and if not, which call came nearest and what differed.

use std::fmt;

use serde_json::{Value as Json, json};

use super::{Difference, Entry, Filter, Journal};
use std::sync::Arc;

/// How many of the requests that came a report lists.
const LISTED_MAX: usize = 20;

/// How often a request has to come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Times {
    /// At least.
    pub min: usize,
    /// At most; `None` where any number will do.
    pub max: Option<usize>,
}

impl Default for Times {
    fn default() -> Self {
        Self { min: 1, max: None }
    }
}

impl Times {
    /// Exactly so often.
    pub const fn exactly(times: usize) -> Self {
        Self { min: times, max: Some(times) }
    }

    /// Whether that is often enough and not too often.
    pub fn takes(&self, count: usize) -> bool {
        count >= self.min && self.max.is_none_or(|max| count <= max)
    }

    /// From `3`, `"3"`, `">=1"`, `"<=2"` or `"2..4"`, both ends included.
    pub fn read(json: &Json) -> Option<Self> {
        let number = |text: &str| text.trim().parse().ok();
        if let Some(times) = json.as_u64() {
            return usize::try_from(times).ok().map(Self::exactly);
        }
        let text = json.as_str()?;
        if let Some(min) = text.strip_prefix(">=") {
            return Some(Self { min: number(min)?, max: None });
        }
        if let Some(max) = text.strip_prefix("<=") {
            return Some(Self { min: 0, max: Some(number(max)?) });
        }
        if let Some((min, max)) = text.split_once("..") {
            let (min, max) = (number(min)?, number(max)?);
            return (min <= max).then_some(Self { min, max: Some(max) });
        }
        number(text).map(Self::exactly)
    }
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.min, self.max) {
            (0, Some(0)) => f.write_str("never"),
            (min, Some(max)) if min == max => write!(f, "{min} times"),
            (0, Some(max)) => write!(f, "at most {max} times"),
            (min, Some(max)) => write!(f, "{min} to {max} times"),
            (min, None) => write!(f, "at least {min} times"),
        }
    }
}

/// What came of an expectation.
#[derive(Debug)]
pub struct Verdict {
    /// What was expected.
    pub filter: Filter,
    /// How often.
    pub times: Times,
    /// What was like that, oldest first.
    pub matched: Vec<Arc<Entry>>,
    /// Everything that came, oldest first.
    pub came: Vec<Arc<Entry>>,
    /// Whether requests were forgotten meanwhile, the journal being full.
    pub forgotten: bool,
    /// Where it came too seldom: which of the others came nearest, and what differed.
    pub nearest: Option<(Arc<Entry>, Vec<Difference>)>,
}

impl Verdict {
    /// Judges what came after the entry of number `after`.
    pub(super) fn of(journal: &Journal, filter: Filter, times: Times, after: u64) -> Self {
        let (came, forgotten) = journal.after(after);
        let (matched, others): (Vec<_>, Vec<_>) =
            came.iter().cloned().partition(|entry| filter.takes(journal, entry));
        let seldom = matched.len() < times.min;
        // The fewest differences; the operation outweighs all else, and the later one wins.
        let distance = |differences: &[Difference]| {
            let other = differences.iter().any(|one| one.field == "operation");
            (other, differences.len())
        };
        let unlike = others.into_iter().filter(|_| seldom).map(|entry| {
            let differences = filter.differences(journal, &entry);
            (entry, differences)
        });
        let nearest = unlike.min_by_key(|(entry, differences)| {
            (distance(differences), std::cmp::Reverse(entry.seq()))
        });
        Self { filter, times, matched, came, forgotten, nearest }
    }

    /// Whether it came as often as it should.
    pub fn is_met(&self) -> bool {
        self.times.takes(self.matched.len())
    }

    /// The same for machines.
    pub fn json(&self, journal: &Journal) -> Json {
        let nearest = self.nearest.as_ref().map(|(entry, differences)| {
            let differences: Vec<_> = differences
                .iter()
                .map(|one| json!({ "field": one.field, "expected": one.expected, "found": one.found }))
                .collect();
            json!({ "entry": journal.show(entry), "differs": differences })
        });
        json!({
            "met": self.is_met(),
            "expected": self.times.to_string(),
            "matched": self.matched.len(),
            "seen": self.came.len(),
            "forgotten": self.forgotten,
            "closest": nearest,
        })
    }

    /// The same for people: what was expected, what came, the nearest.
    pub fn report(&self, journal: &Journal) -> String {
        let mut text = format!("expected {}: {}\n", self.times, self.filter);
        let (matched, came) = (self.matched.len(), self.came.len());
        text += &format!("it came {matched} times, among {came} requests");
        text += if self.forgotten { "; older ones are forgotten\n" } else { "\n" };
        if let Some((entry, differences)) = &self.nearest {
            text += &format!("nearest: {}\n", journal.line(entry));
            for one in differences {
                let found = one.found.as_deref().map_or("none".to_owned(), |v| format!("{v:?}"));
                text += &format!("  {}: expected {:?}, found {found}\n", one.field, one.expected);
            }
        }
        let listed = if self.matched.len() > self.times.min { &self.matched } else { &self.came };
        if !listed.is_empty() {
            text += "what came:\n";
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

/// Something that has to come while this lives. When it is dropped and it has not, the test fails
/// with a report; [`Expected::check`] tells earlier.
#[must_use = "it is checked when this is dropped"]
#[derive(Debug)]
pub struct Expected {
    journal: Arc<Journal>,
    filter: Filter,
    times: Times,
    after: u64,
    open: bool,
}

impl Expected {
    pub(super) fn new(journal: Arc<Journal>, filter: Filter) -> Self {
        let after = journal.last();
        Self { journal, filter, times: Times::default(), after, open: true }
    }

    /// With this value of a field too: see [`super::FIELDS`].
    ///
    /// # Panics
    /// Where there is no such field.
    pub fn with(mut self, field: &str, value: impl Into<String>) -> Self {
        match std::mem::take(&mut self.filter).with(field, value) {
            Ok(filter) => self.filter = filter,
            Err(error) => self.give_up(&error.to_string()),
        }
        self
    }

    /// Exactly so often. Otherwise it is at least once.
    pub fn times(mut self, times: usize) -> Self {
        self.times = Times::exactly(times);
        self
    }

    /// At least so often.
    pub fn at_least(mut self, times: usize) -> Self {
        self.times = Times { min: times, max: None };
        self
    }

    /// At most so often.
    pub fn at_most(mut self, times: usize) -> Self {
        self.times = Times { min: 0, max: Some(times) };
        self
    }

    /// Not once.
    pub fn never(self) -> Self {
        self.times(0)
    }

    /// How often it has come so far.
    pub fn count(&self) -> usize {
        self.verdict().matched.len()
    }

    /// Checks it now, and no more when dropped.
    ///
    /// # Errors
    /// The report.
    pub fn check(mut self) -> Result<(), String> {
        self.open = false;
        let verdict = self.verdict();
        if verdict.is_met() { Ok(()) } else { Err(verdict.report(&self.journal)) }
    }

    fn verdict(&self) -> Verdict {
        Verdict::of(&self.journal, self.filter.clone(), self.times, self.after)
    }

    fn give_up(&mut self, why: &str) -> ! {
        self.open = false;
        panic!("{why}");
    }
}

impl Drop for Expected {
    fn drop(&mut self) {
        // A test that fails already has said why.
        if !self.open || std::thread::panicking() {
            return;
        }
        let verdict = self.verdict();
        assert!(verdict.is_met(), "\n{}", verdict.report(&self.journal));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_and_told() {
        let told = |json: Json| Times::read(&json).map(|times| times.to_string());
        assert_eq!(told(json!(2)).as_deref(), Some("2 times"));
        assert_eq!(told(json!("0")).as_deref(), Some("never"));
        assert_eq!(told(json!(">=1")).as_deref(), Some("at least 1 times"));
        assert_eq!(told(json!("<=3")).as_deref(), Some("at most 3 times"));
        assert_eq!(told(json!("2..4")).as_deref(), Some("2 to 4 times"));
        for wrong in [json!(-1), json!("x"), json!("4..2"), json!(1.5), json!([])] {
            assert_eq!(told(wrong.clone()), None, "{wrong}");
        }
    }
}
