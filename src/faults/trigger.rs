//! `when`: which of the matching requests a rule hits. A pure function of the ordinal of the match, of a
//! draw and of time; the state for that is one [`KeyState`] per key, kept in `active.rs`.

use std::borrow::Cow;
use std::fmt::{self, Display};
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::domain::draw;

use super::form::{
    COUNT_MAX, HasShortForm, InvalidRule, LIST_MAX, TextForm, TextValue, check_count, one_or_list,
    one_or_list_schema, text_value,
};
use super::selector::RequestFacts;
use super::values::{TIME_SPAN, TimeSpan};

/// Which of the matching requests a rule hits. Every condition that is set must hold.
///
/// Written as `always`, as a chance such as `0.3`, as a pattern such as `xx.`, as conditions such as
/// `p=0.5,per=user`, or as a table.
#[derive(Clone, PartialEq, Default, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("dependentRequired" = { "burst": ["over"], "share": ["per"] }))]
pub struct Trigger {
    /// With this chance, from 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1))]
    pub p: Option<f64>,
    /// Always for this part of the keys of `per`, from 0 to 1, and never for the others.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1))]
    pub share: Option<f64>,
    /// The first matches, up to this number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = COUNT_MAX))]
    pub first: Option<u32>,
    /// These matches, from 1.
    #[serde(default, with = "one_or_list", skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "nth_schema")]
    pub nth: Vec<u32>,
    /// Every n-th match.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = COUNT_MAX))]
    pub every: Option<u32>,
    /// Not the first matches, up to this number. The other conditions count from after them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = COUNT_MAX))]
    pub skip: Option<u32>,
    /// One character for each match, repeated: `x` hits, `.` does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pattern: Option<HitPattern>,
    /// The matches that exceed this rate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub over: Option<Rate>,
    /// The number of requests at once that the rate allows; its count by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = COUNT_MAX))]
    pub burst: Option<u32>,
    /// While the age of the rule is in this range.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<AgeWindow>,
    /// What has a count, a rate and draws of its own.
    #[serde(default, skip_serializing_if = "Per::is_rule")]
    pub per: Per,
}

fn nth_schema(_: &mut SchemaGenerator) -> Schema {
    one_or_list_schema(&json_schema!({ "type": "integer", "minimum": 1, "maximum": COUNT_MAX }))
}

impl Trigger {
    /// Rejects values out of range and conditions that need another.
    pub(super) fn check(&self) -> Result<(), InvalidRule> {
        for (path, chance) in [("/when/p", self.p), ("/when/share", self.share)] {
            if let Some(chance) = chance {
                check_chance(path, chance)?;
            }
        }
        check_count("/when/first", 1, self.first)?;
        check_count("/when/every", 1, self.every)?;
        check_count("/when/skip", 0, self.skip)?;
        check_count("/when/burst", 1, self.burst)?;
        for (index, nth) in self.nth.iter().enumerate() {
            check_count(&format!("/when/nth/{index}"), 1, Some(*nth))?;
        }
        if self.nth.len() > LIST_MAX {
            return Err(InvalidRule::new("/when/nth", format!("at most {LIST_MAX} are allowed")));
        }
        if self.burst.is_some() && self.over.is_none() {
            return Err(InvalidRule::new("/when/burst", "`burst` needs `over`"));
        }
        if self.share.is_some() && self.per == Per::Rule {
            let message = "`share` needs `per`, such as per = \"user\": it is a part of the keys \
                           that `per` names; for a chance, use `p`";
            return Err(InvalidRule::new("/when/share", message));
        }
        Ok(())
    }

    /// Counts the next match of a key, and returns whether it is hit.
    ///
    /// # Errors
    /// The first condition that does not hold.
    pub(super) fn evaluate(
        &self,
        key_state: &mut KeyState,
        context: &TriggerContext<'_>,
    ) -> Result<(), Miss> {
        key_state.count += 1;
        if let Some(rate) = self.over
            && key_state.take(rate, self.burst.unwrap_or(rate.count), context.now_ms)
        {
            return Err(Miss::Over);
        }
        if self.window.is_some_and(|window| !window.contains(context.age_ms)) {
            return Err(Miss::Window(context.age_ms));
        }
        if let Some(share) = self.share {
            // A share depends on the key alone: every rule selects the same half of the users.
            let drawn = fraction(draw(context.seed, &format!("share/{}", context.key), 0));
            if drawn >= share {
                return Err(Miss::Share(drawn));
            }
        }
        self.check_match(key_state.count, || draw(context.seed, context.scope, key_state.count))
    }

    /// Whether the `n`-th match, from 1, is hit. `draw` returns 64 random bits.
    fn check_match(&self, n: u64, draw: impl FnOnce() -> u64) -> Result<(), Miss> {
        let n = n.saturating_sub(self.skip.unwrap_or(0).into());
        if n == 0 {
            return Err(Miss::Skip);
        }
        if self.first.is_some_and(|first| n > first.into()) {
            return Err(Miss::First);
        }
        if !self.nth.is_empty() && !self.nth.iter().any(|nth| u64::from(*nth) == n) {
            return Err(Miss::Nth);
        }
        if self.every.is_some_and(|every| !n.is_multiple_of(every.into())) {
            return Err(Miss::Every);
        }
        if self.pattern.as_ref().is_some_and(|pattern| !pattern.hits(n)) {
            return Err(Miss::Pattern);
        }
        if let Some(p) = self.p {
            let drawn = fraction(draw());
            if drawn >= p {
                return Err(Miss::Chance(drawn));
            }
        }
        Ok(())
    }
}

/// The condition because of which a match is not hit.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Miss {
    /// The rate was not exceeded.
    Over,
    /// The rule had another age, in milliseconds.
    Window(u64),
    /// The key is not of the share: its draw.
    Share(f64),
    Skip,
    First,
    Nth,
    Every,
    Pattern,
    /// The draw, which is not below the chance.
    Chance(f64),
    /// The attempt of `on`, for a request that does not name its own.
    Attempt,
}

fn check_chance(path: &str, chance: f64) -> Result<(), InvalidRule> {
    if (0.0..=1.0).contains(&chance) {
        return Ok(());
    }
    let mut message = format!("a chance is a number from 0 to 1, found {chance}");
    if (1.0..=100.0).contains(&chance) {
        message.push_str(&format!("; for {chance} % write {}", chance / 100.0));
    }
    Err(InvalidRule::new(path, message))
}

impl FromStr for Trigger {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "always" {
            return Ok(Self::default());
        }
        if text.contains('=') {
            return from_conditions(text);
        }
        if let Some(p) = number(text).and_then(|number| number.as_f64()) {
            return Ok(Self { p: Some(p), ..Self::default() });
        }
        match text.parse() {
            Ok(pattern) => Ok(Self { pattern: Some(pattern), ..Self::default() }),
            Err(_) => Err(format!(
                "expected \"always\", a chance such as 0.3, a pattern such as \"xx.\", or conditions \
                 such as \"p=0.3,per=user\", found {text:?}"
            )),
        }
    }
}

static NUMBER: TextForm = TextForm::new(&[r"(0|[1-9][0-9]{0,8})(\.[0-9]*)?|\.[0-9]+"], "a number");

/// The text as a number, if it is one.
fn number(text: &str) -> Option<Json> {
    NUMBER.captures(text).ok()?;
    let integer = text.parse::<u64>().map(Json::from).ok();
    integer.or_else(|| text.parse::<f64>().map(Json::from).ok())
}

/// Conditions in one string, such as `p=0.5,per=user`: the members of the table.
fn from_conditions(text: &str) -> Result<Trigger, String> {
    let mut table = Map::new();
    for condition in text.split(',') {
        let Some((key, value)) = condition.split_once('=') else {
            return Err(format!("expected conditions such as \"p=0.3,per=user\", found {text:?}"));
        };
        let value = number(value).unwrap_or_else(|| value.into());
        if table.insert(key.to_owned(), value).is_some() {
            return Err(format!("`{key}` is set twice"));
        }
    }
    crate::file_error::from_json_value(Json::Object(table))
}

impl HasShortForm for Trigger {
    fn short(&self) -> Option<Json> {
        if *self == Self::default() {
            return Some("always".into());
        }
        let pattern = self.pattern.clone()?;
        let text = pattern.to_string();
        (*self == Self { pattern: Some(pattern), ..Self::default() }).then(|| text.into())
    }

    fn short_schema() -> Schema {
        const CHANCE: &str = r"(0|1|0?\.[0-9]+|0\.[0-9]*|1\.0*)";
        let conditions = [
            ("p|share", CHANCE.to_owned()),
            ("first|every|burst|nth", "[1-9][0-9]{0,8}".to_owned()),
            ("skip", "0|[1-9][0-9]{0,8}".to_owned()),
            ("pattern", HIT_PATTERN.to_owned()),
            ("over", RATE.to_owned()),
            ("window", format!(r"{TIME_SPAN}\.\.{TIME_SPAN}")),
            ("per", "rule|session|store|user|op|invocation|connection".to_owned()),
        ];
        let conditions: Vec<_> =
            conditions.iter().map(|(keys, value)| format!("({keys})=({value})")).collect();
        let condition = format!("({})", conditions.join("|"));
        let pattern = format!("^(always|{CHANCE}|{HIT_PATTERN}|{condition}(,{condition})*)$");
        json_schema!({ "type": "string", "pattern": pattern })
    }
}

/// 64 random bits as a number in 0..1. It is below `p` in exactly that part of the cases.
#[allow(clippy::cast_precision_loss)] // 53 bits fit.
pub(super) fn fraction(draw: u64) -> f64 {
    (draw >> 11) as f64 / (1_u64 << 53) as f64
}

/// One character for each match: `x` hits, `.` does not.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HitPattern(Box<str>);

const HIT_PATTERN: &str = "[x.]*x[x.]*";

static HIT_PATTERN_FORM: TextForm =
    TextForm::new(&[HIT_PATTERN], "a pattern of x (hit) and . (no hit) with at least one x");

impl HitPattern {
    /// Whether the `n`-th match, from 1, is hit.
    fn hits(&self, n: u64) -> bool {
        let pattern = self.0.as_bytes();
        let index = (n - 1) % pattern.len() as u64;
        usize::try_from(index).is_ok_and(|index| pattern[index] == b'x')
    }
}

impl FromStr for HitPattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        HIT_PATTERN_FORM.captures(text)?;
        Ok(Self(text.into()))
    }
}

impl Display for HitPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TextValue for HitPattern {
    const FORM: &'static TextForm = &HIT_PATTERN_FORM;
}

text_value!(HitPattern);

/// `count` requests per `period`: `5/s`, `100/5m`. Measured by a token bucket.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rate {
    /// The number of requests, at least 1.
    pub count: u32,
    /// The time in which they are allowed, at least one millisecond.
    pub period: TimeSpan,
}

const RATE: &str = "[1-9][0-9]{0,8}/([1-9][0-9]{0,8})?(ms|s|m|h|d)";

static RATE_FORM: TextForm = TextForm::new(&[RATE], "a rate such as 5/s or 100/5m");

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        RATE_FORM.captures(text)?;
        let (count, period) = text.split_once('/').unwrap_or((text, ""));
        let count = count.parse().map_err(|_| RATE_FORM.mismatch(text))?;
        let period = if period.starts_with(|letter: char| letter.is_ascii_digit()) {
            period.parse()?
        } else {
            format!("1{period}").parse()?
        };
        Ok(Self { count, period })
    }
}

impl Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let period = self.period.to_string();
        let is_unit =
            period.starts_with('1') && !period[1..].starts_with(|c: char| c.is_ascii_digit());
        write!(f, "{}/{}", self.count, if is_unit { &period[1..] } else { &period })
    }
}

impl TextValue for Rate {
    const FORM: &'static TextForm = &RATE_FORM;
}

text_value!(Rate);

/// A range of the age of a rule: `10s..40s`, from the first age up to but not including the second.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AgeWindow {
    /// The first age.
    pub from: TimeSpan,
    /// The first age after the window.
    pub to: TimeSpan,
}

static WINDOW_FORM: TextForm =
    TextForm::new(&[TIME_SPAN, r"\.\.", TIME_SPAN], "a window such as 10s..40s");

impl AgeWindow {
    fn contains(self, age_ms: u64) -> bool {
        (self.from.as_millis()..self.to.as_millis()).contains(&age_ms)
    }
}

impl FromStr for AgeWindow {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        WINDOW_FORM.captures(text)?;
        let (from, to) = text.split_once("..").unwrap_or((text, ""));
        let (from, to) = (from.parse()?, to.parse()?);
        if from < to { Ok(Self { from, to }) } else { Err(format!("the window {text:?} is empty")) }
    }
}

impl Display for AgeWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.from, self.to)
    }
}

impl TextValue for AgeWindow {
    const FORM: &'static TextForm = &WINDOW_FORM;
}

text_value!(AgeWindow);

/// What has a count, a rate and draws of its own.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Per {
    /// The rule: one count for all requests.
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
    /// Each call of an AWS SDK; its retries share an id.
    Invocation,
    /// Each connection.
    Connection,
}

impl Per {
    fn is_rule(&self) -> bool {
        *self == Self::Rule
    }

    /// The key of a request. Requests that do not name what the key consists of share one.
    pub(super) fn key<'a>(self, facts: &RequestFacts<'a>) -> Cow<'a, str> {
        let subject = facts.subject;
        match self {
            Self::Connection => Cow::Owned(facts.connection.to_string()),
            Self::Rule => Cow::Borrowed(""),
            Self::Session => Cow::Borrowed(subject.session.unwrap_or_default()),
            Self::Store => Cow::Borrowed(subject.store.unwrap_or_default()),
            Self::Invocation => Cow::Borrowed(subject.invocation.unwrap_or_default()),
            Self::User => {
                let (store, user) = (subject.store, subject.user);
                let (store, user) = (store.unwrap_or_default(), user.unwrap_or_default());
                Cow::Owned(format!("{store}:{user}"))
            }
            Self::Op => {
                let operation = subject.operation.map_or("", |operation| operation.name());
                Cow::Owned(format!("{}:{operation}", subject.dialect))
            }
        }
    }
}

/// The state of one key.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct KeyState {
    /// The number of matches.
    pub(super) count: u64,
    bucket: Option<Bucket>,
}

/// The level of a token bucket at a time. A request costs as much as the rate's period has milliseconds.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    level: u64,
    at_ms: i64,
}

impl KeyState {
    /// Takes one request out of the bucket, and returns whether there was one left.
    fn take(&mut self, rate: Rate, burst: u32, now_ms: i64) -> bool {
        let cost = rate.period.as_millis();
        let full = u64::from(burst).saturating_mul(cost);
        let bucket = self.bucket.unwrap_or(Bucket { level: full, at_ms: now_ms });
        let passed_ms = u64::try_from(now_ms.saturating_sub(bucket.at_ms)).unwrap_or(0);
        let gained = passed_ms.saturating_mul(rate.count.into());
        let level = bucket.level.saturating_add(gained).min(full);
        let left = level.checked_sub(cost);
        self.bucket = Some(Bucket { level: left.unwrap_or(level), at_ms: now_ms });
        left.is_some()
    }
}

/// What a match is evaluated by, besides its count.
#[derive(Clone, Copy, Debug)]
pub(super) struct TriggerContext<'a> {
    pub(super) seed: u64,
    /// The key of `per`.
    pub(super) key: &'a str,
    /// Rule and key, the key of the draws.
    pub(super) scope: &'a str,
    pub(super) now_ms: i64,
    /// The age of the rule.
    pub(super) age_ms: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trigger(text: &str) -> Trigger {
        text.parse().expect("a trigger")
    }

    /// The first twelve matches, `x` if hit.
    fn hits(trigger: &Trigger) -> String {
        (1..=12).map(|n| if trigger.check_match(n, || 0).is_ok() { 'x' } else { '.' }).collect()
    }

    #[test]
    fn each_condition_selects_its_matches() {
        for (text, expected) in [
            ("always", "xxxxxxxxxxxx"),
            ("first=2", "xx.........."),
            ("nth=5", "....x......."),
            ("every=4", "...x...x...x"),
            ("skip=10", "..........xx"),
            ("xx.", "xx.xx.xx.xx."),
            ("skip=1,first=1", ".x.........."),
            ("pattern=xx.,every=2", ".x.x...x.x.."),
            ("p=0", "............"),
            ("p=0.1", "xxxxxxxxxxxx"),
        ] {
            assert_eq!(hits(&trigger(text)), expected, "{text}");
        }
        assert_eq!(hits(&Trigger { nth: vec![2, 5], ..Trigger::default() }), ".x..x.......");
    }

    #[test]
    fn a_chance_compares_the_draw() {
        let half = trigger("0.5");
        assert_eq!(half.check_match(1, || u64::MAX / 2 - 1023), Ok(()));
        assert!(matches!(half.check_match(1, || u64::MAX / 2 + 1), Err(Miss::Chance(_))));
        assert_eq!(trigger("1").check_match(1, || u64::MAX), Ok(()));
    }

    #[test]
    fn per_names_the_key() {
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
        for (per, key) in [
            (Per::Rule, ""),
            (Per::Session, "t1"),
            (Per::Store, "d-1"),
            (Per::User, "d-1:u-1"),
            (Per::Op, "aws:UpdateUser"),
            (Per::Invocation, "i-1"),
            (Per::Connection, "0"),
        ] {
            assert_eq!(per.key(&RequestFacts::new(&subject)), key);
        }
    }

    fn context(key: &str, now_ms: i64) -> TriggerContext<'_> {
        TriggerContext { seed: 7, key, scope: key, now_ms, age_ms: now_ms.unsigned_abs() }
    }

    #[test]
    fn a_rate_allows_a_burst_and_then_its_count_per_period() {
        let trigger = trigger("over=5/s,burst=3");
        let mut state = KeyState::default();
        let mut hits = |now_ms: i64, count: usize| -> Vec<bool> {
            (0..count).map(|_| trigger.evaluate(&mut state, &context("", now_ms)).is_ok()).collect()
        };
        assert_eq!(hits(0, 5), [false, false, false, true, true]);
        assert_eq!(hits(199, 1), [true], "one more is allowed every 200 ms");
        assert_eq!(hits(200, 2), [false, true]);
        assert_eq!(hits(100, 1), [true], "a clock that goes back adds nothing");
        assert_eq!(hits(60_000, 4), [false, false, false, true], "never more than the burst");
    }

    #[test]
    fn a_share_is_sticky_and_a_tenth_is_part_of_the_half() {
        let hit = |share: f64, key: &str| {
            let trigger = Trigger { share: Some(share), ..Trigger::default() };
            let mut state = KeyState::default();
            let hits = [(); 3].map(|()| trigger.evaluate(&mut state, &context(key, 0)).is_ok());
            assert!(hits.iter().all(|hit| *hit == hits[0]), "always or never");
            hits[0]
        };
        let keys: Vec<_> = (0..1_000).map(|n| format!("u-{n}")).collect();
        let count = |share| keys.iter().filter(|key| hit(share, key)).count();
        assert!((60..140).contains(&count(0.1)) && (430..570).contains(&count(0.5)));
        assert!(keys.iter().all(|key| !hit(0.1, key) || hit(0.5, key)));
        assert_eq!((count(0.0), count(1.0)), (0, 1_000));
    }

    #[test]
    fn a_window_is_a_range_of_the_age_of_the_rule() {
        let trigger = trigger("window=10ms..20ms");
        let hits = [0, 9, 10, 19, 20]
            .map(|age_ms| trigger.evaluate(&mut KeyState::default(), &context("", age_ms)).is_ok());
        assert_eq!(hits, [false, false, true, true, false]);
    }

    #[test]
    fn rates_and_windows_are_shown_as_written() {
        for text in ["5/s", "100/5m", "1/1500ms", "20/10s", "3/d"] {
            assert_eq!(text.parse::<Rate>().expect("a rate").to_string(), text);
        }
        assert_eq!("10s..1m".parse::<AgeWindow>().expect("a window").to_string(), "10s..1m");
        assert_eq!("7/1s".parse::<Rate>().expect("a rate").to_string(), "7/s");
    }
}
