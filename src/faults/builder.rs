//! Fault rules in Rust code.

use std::time::Duration;

use crate::file_error::{FileError, from_json};
use crate::glob::Glob;

use super::classes::Class;
use super::effect::{Delay, Effect, LogNormal};
use super::effects::{Cut, Drip, WireEffect};
use super::load::deserialize_spec;
use super::rule::Rule;
use super::selector::Selector;
use super::trigger::Per;
use super::values::CountRange;

/// A fault rule for [`Emulator::inject`](crate::Emulator::inject): which requests it is about, which of
/// them it hits, what happens to those, and for how long.
///
/// ```
/// use idouble::Fault;
///
/// // The user is created, but the client sees a reset connection; once.
/// let lost = Fault::on("aws:CreateUser").commit().reset().times(1);
/// // A third of the updates of one store are throttled, by both clouds.
/// let throttled = Fault::on("*:UpdateUser").store("d-1234567890").probability(0.33).throttle();
/// // The same in text: one line, or JSON.
/// let text = Fault::from("aws:CreateUser=commit+reset,1x");
/// let json = Fault::from(r#"{"on": "aws:CreateUser", "do": "commit+reset", "for": "1x"}"#);
/// assert_eq!(lost, text);
/// assert_eq!(lost, json);
/// ```
///
/// What has no method here is set on a [`Rule`], which is a fault as well: `Fault::from(rule)`. Errors,
/// such as an operation that does not exist, are reported when the fault is injected.
#[derive(Clone, PartialEq, Debug)]
#[must_use = "a fault does nothing until it is injected"]
pub struct Fault(Result<Rule, FileError>);

impl From<Rule> for Fault {
    fn from(rule: Rule) -> Self {
        Self(Ok(rule))
    }
}

impl From<&str> for Fault {
    /// A rule in one line, such as `aws:UpdateUser=throttle@0.3,3x`, or as JSON.
    fn from(text: &str) -> Self {
        if text.trim_start().starts_with('{') {
            Self(from_json("rule", text.as_bytes()))
        } else {
            Self(deserialize_spec("rule", text))
        }
    }
}

impl From<&String> for Fault {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<String> for Fault {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl TryFrom<Fault> for Rule {
    type Error = FileError;

    fn try_from(fault: Fault) -> Result<Self, FileError> {
        fault.0
    }
}

impl Fault {
    /// A fault of the operations that match a pattern: `aws:UpdateUser`, `*:Delete*`, `read`, `write`.
    pub fn on(pattern: impl Into<String>) -> Self {
        Self(Ok(Rule::new(Selector::operations([pattern]), Effect::default())))
    }

    fn with(mut self, change: impl FnOnce(&mut Rule)) -> Self {
        if let Ok(rule) = &mut self.0 {
            change(rule);
        }
        self
    }

    /// Also for the operations that match this pattern.
    pub fn or_on(self, pattern: impl Into<String>) -> Self {
        self.with(|rule| rule.on.op.push(pattern.into()))
    }

    /// Only for this store; `*` is any text.
    ///
    /// ```
    /// use idouble::Fault;
    ///
    /// // A request has to meet all conditions of a rule.
    /// let titles = Fault::on("aws:UpdateUser").or_on("huawei:UpdateUser").attribute("title");
    /// let of_one = titles.store("d-1234567890").user("*").session("t42");
    /// let first_attempts = Fault::on("*:CreateGroupMembership").group("*").attempts_up_to(2);
    /// let of_a_team = Fault::on("write").header("x-team", "red");
    /// let emulator = idouble::Emulator::start()?;
    /// for fault in [of_one, first_attempts, of_a_team] {
    ///     let _guard = emulator.inject(fault.throttle())?;
    /// }
    /// # Ok::<(), idouble::Error>(())
    /// ```
    pub fn store(self, id: &str) -> Self {
        self.with(|rule| rule.on.store = Some(Glob::new(id)))
    }

    /// Only for this user; `*` is any text.
    pub fn user(self, id: &str) -> Self {
        self.with(|rule| rule.on.user = Some(Glob::new(id)))
    }

    /// Only for this group; `*` is any text.
    pub fn group(self, id: &str) -> Self {
        self.with(|rule| rule.on.group = Some(Glob::new(id)))
    }

    /// Only for requests that update, filter by or look up by this attribute, in any dialect's spelling.
    pub fn attribute(self, path: impl Into<String>) -> Self {
        self.with(|rule| rule.on.attribute = Some(path.into()))
    }

    /// Only for this session: the header `x-idouble-session`, or else the access key id. `*` is any text.
    pub fn session(self, name: &str) -> Self {
        self.with(|rule| rule.on.session = Some(Glob::new(name)))
    }

    /// Only for the first attempts of an SDK's call, up to this number.
    pub fn attempts_up_to(self, attempt: u32) -> Self {
        self.with(|rule| rule.on.attempt = Some(CountRange { min: 0, max: attempt }))
    }

    /// Only for requests with this header; `*` in the value is any text.
    pub fn header(self, name: impl Into<String>, value: &str) -> Self {
        self.with(|rule| {
            rule.on.header.insert(name.into(), Glob::new(value));
        })
    }

    /// Hits with this chance, from 0 to 1.
    pub fn probability(self, p: f64) -> Self {
        self.with(|rule| rule.when.p = Some(p))
    }

    /// Hits the first matches, up to this number.
    ///
    /// ```
    /// use idouble::{Fault, Per};
    ///
    /// let throttled = || Fault::on("write").throttle();
    /// let faults = [
    ///     throttled().first(2).per(Per::User),
    ///     throttled().skip(1).every(3),
    ///     throttled().probability(0.3),
    /// ];
    /// let _emulator = faults.into_iter().fold(idouble::Emulator::builder(), |all, one| all.fault(one)).start()?;
    /// # Ok::<(), idouble::Error>(())
    /// ```
    pub fn first(self, count: u32) -> Self {
        self.with(|rule| rule.when.first = Some(count))
    }

    /// Hits every n-th match.
    pub fn every(self, n: u32) -> Self {
        self.with(|rule| rule.when.every = Some(n))
    }

    /// Does not hit the first matches, up to this number.
    pub fn skip(self, count: u32) -> Self {
        self.with(|rule| rule.when.skip = Some(count))
    }

    /// Counts and draws for each of these on its own.
    pub fn per(self, per: Per) -> Self {
        self.with(|rule| rule.when.per = per)
    }

    /// The client gets an error of this class, such as `throttle`. [`CLASSES`](super::CLASSES) lists all.
    pub fn error(mut self, class: &str) -> Self {
        match Class::find(class) {
            Ok(class) => self.with(|rule| rule.effect.error = Some(class)),
            Err(message) => {
                self.0 = self.0.and_then(|_| Err(FileError::whole("fault", message)));
                self
            }
        }
    }

    /// The client gets the error of too many requests.
    ///
    /// ```
    /// use idouble::Fault;
    ///
    /// let emulator = idouble::Emulator::start()?;
    /// let create = || Fault::on("*:CreateUser");
    /// for fault in [
    ///     create().throttle(),
    ///     create().conflict(),
    ///     create().duplicate(),
    ///     create().quota(),
    ///     create().not_found(),
    ///     create().invalid(),
    ///     create().denied(),
    ///     create().expired_token(),
    ///     create().internal(),
    ///     create().unavailable(),
    /// ] {
    ///     let _guard = emulator.inject(fault)?;
    /// }
    /// # Ok::<(), idouble::Error>(())
    /// ```
    pub fn throttle(self) -> Self {
        self.error("throttle")
    }

    /// The client gets the error of a concurrent write.
    pub fn conflict(self) -> Self {
        self.error("conflict")
    }

    /// The client gets the error of a value that is taken.
    pub fn duplicate(self) -> Self {
        self.error("conflict").reason("duplicate")
    }

    /// The client gets the error of a full store.
    pub fn quota(self) -> Self {
        self.error("quota")
    }

    /// The client gets the error of a missing resource.
    pub fn not_found(self) -> Self {
        self.error("not-found")
    }

    /// The client gets the error of an invalid request.
    pub fn invalid(self) -> Self {
        self.error("invalid")
    }

    /// The client gets the error of a missing permission.
    pub fn denied(self) -> Self {
        self.error("denied")
    }

    /// The client gets the error of expired credentials.
    pub fn expired_token(self) -> Self {
        self.error("expired-token")
    }

    /// The client gets the error of a failed service.
    pub fn internal(self) -> Self {
        self.error("internal")
    }

    /// The client gets the error of an unavailable service.
    pub fn unavailable(self) -> Self {
        self.error("unavailable")
    }

    /// The kind of the error, if its class has several.
    pub fn reason(self, reason: impl Into<String>) -> Self {
        self.with(|rule| rule.effect.reason = Some(reason.into()))
    }

    /// The code of the error instead of the vendor's.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use idouble::Fault;
    ///
    /// let denied = Fault::on("aws:DeleteUser").denied().code("Odd").status(418).message("no tea");
    /// let later = Fault::on("write").error("throttle").retry_after(Duration::from_secs(2));
    /// let html = Fault::on("read").internal().content_type("text/html");
    /// let taken = Fault::on("*:CreateUser").conflict().reason("duplicate");
    /// let emulator = idouble::Emulator::start()?;
    /// for fault in [denied, later, html, taken] {
    ///     let _guard = emulator.inject(fault)?;
    /// }
    /// # Ok::<(), idouble::Error>(())
    /// ```
    pub fn code(self, code: impl Into<String>) -> Self {
        self.with(|rule| rule.effect.code = Some(code.into()))
    }

    /// The HTTP status of the error instead of the vendor's.
    pub fn status(self, status: u16) -> Self {
        self.with(|rule| rule.effect.status = Some(status))
    }

    /// The message of the error instead of the vendor's.
    pub fn message(self, message: impl Into<String>) -> Self {
        self.with(|rule| rule.effect.message = Some(message.into()))
    }

    /// When the client may retry, for classes that have this.
    pub fn retry_after(self, time: Duration) -> Self {
        self.with(|rule| rule.effect.retry_after = Some(time.into()))
    }

    /// The operation runs before the client gets the fault.
    pub fn commit(self) -> Self {
        self.with(|rule| rule.effect.commit = true)
    }

    /// The connection is reset (RST) instead of a response.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use idouble::{Cut, Fault};
    ///
    /// let list = || Fault::on("*:ListUsers");
    /// let slow = list().drip(16, Duration::from_millis(100));
    /// let emulator = idouble::Emulator::start()?;
    /// for fault in [
    ///     list().reset(),
    ///     list().close(),
    ///     list().hang(),
    ///     list().garbage(),
    ///     list().cut(Cut::Percent(50)),
    ///     slow,
    /// ] {
    ///     let _guard = emulator.inject(fault)?;
    /// }
    /// # Ok::<(), idouble::Error>(())
    /// ```
    pub fn reset(self) -> Self {
        self.wire("reset")
    }

    /// The connection is closed (FIN) instead of a response.
    pub fn close(self) -> Self {
        self.wire("close")
    }

    /// No response comes, and the connection stays open.
    pub fn hang(self) -> Self {
        self.wire("hang")
    }

    /// Bytes that are not HTTP come, then the connection is closed.
    pub fn garbage(self) -> Self {
        self.wire("garbage")
    }

    fn wire(self, name: &str) -> Self {
        let wire = WireEffect::find(name).ok();
        self.with(|rule| rule.effect.wire = wire)
    }

    /// The request waits for this time.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use idouble::Fault;
    ///
    /// let (read, ms) = (|| Fault::on("read"), Duration::from_millis);
    /// let emulator = idouble::Emulator::start()?;
    /// for fault in [
    ///     read().delay(ms(250)),
    ///     read().delay_between(ms(100), ms(500)),
    ///     read().delay_log_normal(ms(80), ms(2_000)),
    ///     read().stale(ms(5_000)),
    /// ] {
    ///     let _guard = emulator.inject(fault)?;
    /// }
    /// # Ok::<(), idouble::Error>(())
    /// ```
    pub fn delay(self, time: Duration) -> Self {
        self.delay_between(time, time)
    }

    /// The request waits for a time between these, both included.
    pub fn delay_between(self, min: Duration, max: Duration) -> Self {
        let delay = Delay::Between { min: min.into(), max: max.into() };
        self.with(|rule| rule.effect.delay = Some(delay))
    }

    /// The request waits as those of services do: half wait longer than `median`, one in a hundred longer
    /// than `p99`.
    pub fn delay_log_normal(self, median: Duration, p99: Duration) -> Self {
        let delay = LogNormal { median: median.into(), p99: p99.into(), max: None };
        self.with(|rule| rule.effect.delay = Some(delay.into()))
    }

    /// Only this part of the body is sent.
    pub fn cut(self, cut: Cut) -> Self {
        self.with(|rule| rule.effect.cut = Some(cut))
    }

    /// The body is sent in pieces of `bytes`, one every `interval`.
    pub fn drip(self, bytes: usize, interval: Duration) -> Self {
        self.with(|rule| rule.effect.drip = Some(Drip { bytes, interval }))
    }

    /// The content type of the response instead of the vendor's.
    pub fn content_type(self, content_type: impl Into<String>) -> Self {
        self.with(|rule| rule.effect.content_type = Some(content_type.into()))
    }

    /// Reads see the newest version older than `lag`.
    pub fn stale(self, lag: Duration) -> Self {
        self.with(|rule| rule.effect.stale = Some(lag.into()))
    }

    /// The rule ends after it hit this number of requests.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use idouble::Fault;
    ///
    /// let emulator = idouble::Emulator::start()?;
    /// let throttled = Fault::on("write").throttle().lasting(Duration::from_secs(60)).times(3);
    /// let throttled = emulator.inject(throttled.id("throttled").expect(3))?;
    /// assert_eq!(throttled.id(), "throttled");
    /// # Ok::<(), idouble::Error>(())
    /// ```
    pub fn times(self, count: u32) -> Self {
        self.with(|rule| rule.life.times = Some(count))
    }

    /// The rule ends after this time of the emulator's clock.
    pub fn lasting(self, time: Duration) -> Self {
        self.with(|rule| rule.life.time = Some(time.into()))
    }

    /// The name of the rule in responses and reports.
    pub fn id(self, id: impl Into<String>) -> Self {
        self.with(|rule| rule.id = Some(id.into()))
    }

    /// The verdict is met if the rule hit this number of requests.
    pub fn expect(self, range: impl Into<CountRange>) -> Self {
        self.with(|rule| rule.expect = Some(range.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_and_text_build_the_same_rule() {
        let ms = Duration::from_millis;
        let rows = [
            (Fault::on("read").error("throttle"), "read=throttle"),
            (Fault::on("read").throttle().probability(0.5), "read=throttle@0.5"),
            (
                Fault::on("write").conflict().first(2).per(Per::User),
                "write=conflict@first=2,per=user",
            ),
            (Fault::on("write").commit().reset().lasting(ms(120_000)), "write=commit+reset,2m"),
            (Fault::on("read").hang().every(3).skip(1), "read=hang@every=3,skip=1"),
        ];
        for (built, text) in rows {
            assert_eq!(built, Fault::from(text), "{text}");
        }
        let built = Fault::on("aws:UpdateUser")
            .or_on("huawei:UpdateUser")
            .store("d-1")
            .user("u-*")
            .group("g")
            .session("t1")
            .attribute("title")
            .attempts_up_to(2)
            .header("x-team", "red")
            .duplicate()
            .code("Odd")
            .status(418)
            .message("no")
            .delay_log_normal(ms(80), ms(2_000))
            .cut(Cut::Percent(50))
            .drip(16, ms(100))
            .content_type("text/html")
            .id("mine")
            .expect(1);
        let json = r#"{
            "id": "mine",
            "on": {"op": ["aws:UpdateUser", "huawei:UpdateUser"], "store": "d-1", "user": "u-*",
                "group": "g", "session": "t1", "attribute": "title", "attempt": "<=2",
                "header": {"x-team": "red"}},
            "do": {"error": "conflict", "reason": "duplicate", "code": "Odd", "status": 418,
                "message": "no", "delay": {"median": "80ms", "p99": "2s"}, "cut": "50%",
                "drip": "16/100ms", "content-type": "text/html"},
            "expect": 1
        }"#;
        assert_eq!(built, Fault::from(json));
    }

    #[test]
    fn every_named_error_and_wire_effect_exists() {
        let on = || Fault::on("write");
        let faults = [
            on().throttle(),
            on().conflict(),
            on().duplicate(),
            on().quota(),
            on().not_found(),
            on().invalid(),
            on().denied(),
            on().expired_token(),
            on().internal(),
            on().unavailable(),
            on().reset(),
            on().close(),
            on().hang(),
            on().garbage(),
        ];
        for fault in faults {
            let rule = Rule::try_from(fault).expect("a rule");
            assert!(rule.effect.error.is_some() || rule.effect.wire.is_some(), "{rule:?}");
        }
    }

    #[test]
    fn errors_are_kept_until_the_fault_is_used() {
        let error = |fault: Fault| Rule::try_from(fault).expect_err("an invalid fault").to_string();
        assert!(
            error(Fault::on("read").error("throtle").times(1))
                .starts_with("fault: unknown fault class \"throtle\"; did you mean \"throttle\"?")
        );
        assert!(error(Fault::from("read=throtle").times(1)).contains("\"read=throtle\""));
        assert!(error(Fault::from("{\"on\": 1}")).starts_with("/on: "));
    }
}
