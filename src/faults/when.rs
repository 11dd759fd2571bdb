//! `when`: which of the matching requests a rule hits. A pure function of how manieth match it is and
//! of a draw; nothing is kept here.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::wire::Subject;

/// Which of the matches are hit; everything that is set has to hold.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct When {
    /// With this chance, in 0..=1.
    pub p: Option<f64>,
    /// The first so many.
    pub first: Option<u64>,
    /// These, from 1.
    pub nth: Vec<u64>,
    /// Each so manieth.
    pub every: Option<u64>,
    /// Not the first so many; the other conditions count from after them.
    pub skip: u64,
    /// One entry a match, `true` hits; repeats from the beginning. Empty takes all.
    pub pattern: Vec<bool>,
    /// What has a count and draws of its own.
    pub per: Per,
}

impl When {
    /// Whether the `n`-th match, from 1, is hit. `draw` gives 64 bits, equally likely.
    pub fn fires(&self, n: u64, draw: impl FnOnce() -> u64) -> bool {
        let n = n.saturating_sub(self.skip);
        n > 0
            && self.first.is_none_or(|first| n <= first)
            && (self.nth.is_empty() || self.nth.contains(&n))
            && self.every.is_none_or(|every| n.is_multiple_of(every))
            && self.at(n).unwrap_or(true)
            && self.p.is_none_or(|p| fraction(draw()) < p)
    }

    fn at(&self, n: u64) -> Option<bool> {
        let length = u64::try_from(self.pattern.len()).ok().filter(|length| *length > 0)?;
        let at = usize::try_from((n - 1) % length).ok()?;
        self.pattern.get(at).copied()
    }
}

/// 64 bits as a number in 0..1, equally spaced: it is below `p` in exactly that part of the cases.
#[allow(clippy::cast_precision_loss)] // 53 bits fit.
pub fn fraction(draw: u64) -> f64 {
    (draw >> 11) as f64 / (1_u64 << 53) as f64
}

/// What has a count and draws of its own.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Per {
    /// The rule: one count for all.
    #[default]
    Rule,
    /// Each session.
    Session,
    /// Each store.
    Store,
    /// Each user of each store.
    User,
    /// Each operation of each dialect.
    Op,
    /// Each call of an AWS SDK, whose retries share an id.
    Invocation,
}

/// What `per` calls them.
pub static PERS: &[(&str, Per)] = &[
    ("rule", Per::Rule),
    ("session", Per::Session),
    ("store", Per::Store),
    ("user", Per::User),
    ("op", Per::Op),
    ("invocation", Per::Invocation),
];

impl Per {
    /// Which count a request goes to. Requests that do not name what it goes by share one.
    pub fn key<'a>(self, subject: &'a Subject<'_>) -> Cow<'a, str> {
        match self {
            Self::Rule => Cow::Borrowed(""),
            Self::Session => Cow::Borrowed(subject.session.unwrap_or_default()),
            Self::Store => Cow::Borrowed(subject.store.unwrap_or_default()),
            Self::Invocation => Cow::Borrowed(subject.invocation.unwrap_or_default()),
            Self::User => pair(subject.store.unwrap_or_default(), subject.user.unwrap_or_default()),
            Self::Op => pair(subject.dialect, subject.operation.map_or("", |op| op.name())),
        }
    }
}

fn pair(first: &str, second: &str) -> Cow<'static, str> {
    let mut key = String::with_capacity(first.len() + second.len() + 1);
    // A write into memory cannot fail.
    let _ = write!(key, "{first}:{second}");
    Cow::Owned(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first twelve matches, `x` where hit.
    fn seen(when: &When) -> String {
        (1..=12).map(|n| if when.fires(n, || 0) { 'x' } else { '.' }).collect()
    }

    #[test]
    fn each_trigger_picks_its_matches() {
        let none = When::default();
        assert_eq!(seen(&none), "xxxxxxxxxxxx");
        assert_eq!(seen(&When { first: Some(2), ..none.clone() }), "xx..........");
        assert_eq!(seen(&When { nth: vec![2, 5], ..none.clone() }), ".x..x.......");
        assert_eq!(seen(&When { every: Some(4), ..none.clone() }), "...x...x...x");
        assert_eq!(seen(&When { skip: 10, ..none.clone() }), "..........xx");
        let pattern = vec![true, true, false];
        assert_eq!(seen(&When { pattern: pattern.clone(), ..none.clone() }), "xx.xx.xx.xx.");
        assert_eq!(seen(&When { skip: 1, first: Some(1), ..none.clone() }), ".x..........");
        let both = When { pattern, every: Some(2), ..none.clone() };
        assert_eq!(seen(&both), ".x.x...x.x..", "both have to hold");
        assert_eq!(seen(&When { p: Some(0.0), ..none.clone() }), "............");
        assert_eq!(seen(&When { p: Some(f64::MIN_POSITIVE), ..none }), "xxxxxxxxxxxx");
    }

    #[test]
    fn half_is_half() {
        let half = When { p: Some(0.5), ..When::default() };
        assert!(half.fires(1, || u64::MAX / 2 - 1023));
        assert!(!half.fires(1, || u64::MAX / 2 + 1));
        let all = When { p: Some(1.0), ..When::default() };
        assert!(all.fires(1, || u64::MAX));
    }

    #[test]
    fn a_key_is_what_per_says() {
        use crate::domain::Operation;
        let subject = Subject {
            dialect: "aws",
            operation: Some(Operation::UpdateUser),
            store: Some("d-1"),
            user: Some("u-1"),
            session: Some("t1"),
            invocation: Some("i-1"),
            ..Subject::default()
        };
        let keys: Vec<_> = PERS.iter().map(|(_, per)| per.key(&subject)).collect();
        assert_eq!(keys, ["", "t1", "d-1", "d-1:u-1", "aws:UpdateUser", "i-1"]);
    }
}
