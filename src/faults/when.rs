//! `when`: which of the matching requests a rule hits. A pure function of how manieth match it is, of
//! a draw and of time; what has to be kept for that is one [`Entry`] a key, in `active.rs`.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::domain::draw;

use super::on::Seen;

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
    /// These keys, always: so large a part of them, in 0..=1.
    pub share: Option<f64>,
    /// What exceeds this rate.
    pub over: Option<Rate>,
    /// From so many milliseconds of the rule's age on, and up to so many.
    pub window_ms: Option<(u64, u64)>,
    /// What has a count and draws of its own.
    pub per: Per,
}

/// So many requests in a time, and so many at once: a token bucket.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rate {
    /// How many.
    pub count: u64,
    /// In so many milliseconds.
    pub period_ms: u64,
    /// How many may come at once.
    pub burst: u64,
}

/// What is kept for one key.
#[derive(Clone, Copy, Default, Debug)]
pub struct Entry {
    /// How many matches there were.
    pub count: u64,
    /// What is in the bucket, in parts of which a request takes `period_ms`, and when that was so.
    bucket: Option<(u64, i64)>,
}

impl Entry {
    /// Takes one request out of the bucket; `false` where there is none left.
    fn take(&mut self, rate: Rate, now_ms: i64) -> bool {
        let full = rate.burst.saturating_mul(rate.period_ms);
        let (level, since) = self.bucket.unwrap_or((full, now_ms));
        let passed = u64::try_from(now_ms.saturating_sub(since)).unwrap_or(0);
        let level = level.saturating_add(passed.saturating_mul(rate.count)).min(full);
        let left = level.checked_sub(rate.period_ms);
        self.bucket = Some((left.unwrap_or(level), now_ms));
        left.is_some()
    }
}

/// What a match is judged by, beside its count.
#[derive(Clone, Copy, Debug)]
pub struct Judged<'a> {
    /// What draws are drawn from.
    pub seed: u64,
    /// The key of `per`.
    pub key: &'a str,
    /// Rule and key: what draws are drawn by.
    pub scope: &'a str,
    /// The time.
    pub now_ms: i64,
    /// How long the rule has been in force, in milliseconds.
    pub age_ms: u64,
}

impl When {
    /// Whether the next match of a key is hit. Counts it.
    pub fn judge(&self, entry: &mut Entry, by: &Judged<'_>) -> bool {
        entry.count += 1;
        let is_over = self.over.is_none_or(|rate| !entry.take(rate, by.now_ms));
        // A share is of the keys alone: the same half of the users, whichever rule it is.
        let shared = || fraction(draw(by.seed, &format!("share/{}", by.key), 0));
        is_over
            && self.window_ms.is_none_or(|(from, to)| (from..to).contains(&by.age_ms))
            && self.share.is_none_or(|share| shared() < share)
            && self.fires(entry.count, || draw(by.seed, by.scope, entry.count))
    }

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
    /// Each connection.
    Connection,
}

/// What `per` calls them.
pub static PERS: &[(&str, Per)] = &[
    ("rule", Per::Rule),
    ("session", Per::Session),
    ("store", Per::Store),
    ("user", Per::User),
    ("op", Per::Op),
    ("invocation", Per::Invocation),
    ("connection", Per::Connection),
];

impl Per {
    /// Which count a request goes to. Requests that do not name what it goes by share one.
    pub fn key<'a>(self, seen: &Seen<'a>) -> Cow<'a, str> {
        let subject = seen.subject;
        match self {
            Self::Connection => Cow::Owned(seen.connection.to_string()),
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
        use crate::dialect::FaultSubject;
        use crate::domain::Operation;
        let subject = FaultSubject {
            dialect: "aws",
            operation: Some(Operation::UpdateUser),
            store: Some("d-1"),
            user: Some("u-1"),
            session: Some("t1"),
            invocation: Some("i-1"),
            ..FaultSubject::default()
        };
        let keys: Vec<_> = PERS.iter().map(|(_, per)| per.key(&Seen::of(&subject))).collect();
        assert_eq!(keys, ["", "t1", "d-1", "d-1:u-1", "aws:UpdateUser", "i-1", "0"]);
    }

    fn by(key: &str, now_ms: i64) -> Judged<'_> {
        Judged { seed: 7, key, scope: key, now_ms, age_ms: now_ms.unsigned_abs() }
    }

    #[test]
    fn a_rate_lets_a_burst_through_and_then_as_many_as_time_allows() {
        let rate = Rate { count: 5, period_ms: 1_000, burst: 3 };
        let when = When { over: Some(rate), ..When::default() };
        let mut entry = Entry::default();
        let mut hits = |now: i64, many: usize| -> Vec<bool> {
            (0..many).map(|_| when.judge(&mut entry, &by("", now))).collect()
        };
        assert_eq!(hits(0, 5), [false, false, false, true, true]);
        assert_eq!(hits(199, 1), [true], "one more comes each 200 ms");
        assert_eq!(hits(200, 2), [false, true]);
        assert_eq!(hits(100, 1), [true], "a clock that goes back gives nothing");
        assert_eq!(hits(60_000, 4), [false, false, false, true], "never more than the burst");
    }

    #[test]
    fn a_share_is_sticky_and_the_tenth_lies_within_the_half() {
        let hit = |share: f64, key: &str| {
            let when = When { share: Some(share), ..When::default() };
            let mut entry = Entry::default();
            let seen = [(); 3].map(|()| when.judge(&mut entry, &by(key, 0)));
            assert!(seen.iter().all(|hit| *hit == seen[0]), "always or never");
            seen[0]
        };
        let keys: Vec<_> = (0..1_000).map(|n| format!("u-{n}")).collect();
        let count = |share| keys.iter().filter(|key| hit(share, key)).count();
        assert!((60..140).contains(&count(0.1)) && (430..570).contains(&count(0.5)));
        assert!(keys.iter().all(|key| !hit(0.1, key) || hit(0.5, key)));
        assert_eq!((count(0.0), count(1.0)), (0, 1_000));
    }

    #[test]
    fn a_window_is_of_the_rule_s_age() {
        let when = When { window_ms: Some((10, 20)), ..When::default() };
        let seen = [0, 9, 10, 19, 20].map(|at| when.judge(&mut Entry::default(), &by("", at)));
        assert_eq!(seen, [false, false, true, true, false]);
    }
}
