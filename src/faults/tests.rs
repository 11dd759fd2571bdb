//! Rules in force: who is hit, what happens, what is counted.

use std::pin::pin;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;

use super::*;
use crate::dialect::{ErrorMembers, FaultSubject, Response};
use crate::domain::{Conflict, Operation, Outcome};

const NOW: Timestamp = Timestamp(1_000_000);

fn catalog() -> DialectCatalog {
    let both = ["aws", "huawei"];
    DialectCatalog::new(both.iter().flat_map(|name| Operation::all().map(|op| (*name, op))))
}

fn settings() -> FaultSettings {
    FaultSettings { seed: 7, catalog: catalog(), ..FaultSettings::default() }
}

fn rules(specs: &[&str]) -> Vec<Rule> {
    let rule = |spec: &&str| parse_spec("--fault", spec, &catalog()).expect("a rule");
    specs.iter().map(rule).collect()
}

fn json(text: &str) -> Vec<Rule> {
    parse_json("rules", text, &catalog()).expect("rules")
}

fn faults(rules: Vec<Rule>) -> Faults {
    Faults::new(settings(), rules, NOW).expect("rules that fit each other")
}

fn update<'a>(user: &'a str) -> FaultSubject<'a> {
    FaultSubject {
        dialect: "aws",
        operation: Some(Operation::UpdateUser),
        store: Some("d-1"),
        user: Some(user),
        ..FaultSubject::default()
    }
}

fn list_users() -> FaultSubject<'static> {
    FaultSubject { operation: Some(Operation::ListUsers), user: None, ..update("") }
}

/// The id of the rule that hits, `-` where none does.
fn hit(faults: &Faults, subject: &FaultSubject<'_>) -> String {
    hit_at(faults, subject, NOW)
}

fn hit_at(faults: &Faults, subject: &FaultSubject<'_>, now: Timestamp) -> String {
    let plan = faults.plan(&RequestFacts::new(subject), None, now).expect("no header");
    plan.rule().unwrap_or("-").to_owned()
}

fn plan(faults: &Faults) -> Plan {
    faults.plan(&RequestFacts::new(&update("u")), None, NOW).expect("no header")
}

fn success() -> Result<Outcome, ApiError> {
    Ok(Outcome::Done)
}

/// What leaves, whatever leaves of it.
fn sent(plan: &Plan, response: Response) -> Response {
    let spelling =
        ErrorMembers { code: "code", code_header: "", message: &["message"], bare_codes: &[] };
    plan.apply_wire_effects(response, &spelling).unwrap_or_else(|faulted| faulted.response)
}

fn throttled() -> ApiError {
    ApiError::Throttled { retry_after_ms: None }
}

fn id(view: &RuleView) -> String {
    view.rule.id.clone().expect("an id")
}

fn counts(faults: &Faults) -> Vec<(String, u64, u64)> {
    faults.list(NOW).into_iter().map(|view| (id(&view), view.matched, view.fired)).collect()
}

#[test]
fn plan_is_empty_without_rules() {
    let plan = plan(&Faults::default());
    assert_eq!(plan.rule(), None);
    assert_eq!(plan.admit(), Ok(()));
    assert!(plan.overrule(success()).is_ok());
    assert!(sent(&plan, Response::new(Bytes::new())).headers().is_empty());
}

#[test]
fn first_rule_that_fires_wins_and_later_rules_do_not_count() {
    let faults = faults(rules(&[
        "aws:UpdateUser=throttle@first=1",
        "*:Update*=internal@first=1",
        "write=denied",
    ]));
    let seen: Vec<_> = (0..4).map(|_| hit(&faults, &update("u"))).collect();
    assert_eq!(seen, ["fault-1", "fault-2", "fault-3", "fault-3"]);
    assert_eq!(hit(&faults, &list_users()), "-");
    let expected = [("fault-1", 4, 1), ("fault-2", 3, 1), ("fault-3", 2, 2)];
    assert_eq!(
        counts(&faults),
        expected.map(|(id, matched, fired)| (id.to_owned(), matched, fired))
    );
}

#[test]
fn errors_precede_the_operation_unless_commit_is_set() {
    let refused = plan(&faults(rules(&["write=throttle"])));
    assert_eq!(refused.admit(), Err(throttled()));
    let committed = plan(&faults(rules(&["write=commit+throttle"])));
    assert_eq!(committed.admit(), Ok(()));
    assert_eq!(committed.overrule(success()).err(), Some(throttled()));
    let own = ApiError::Conflict(Conflict::RevisionMismatch);
    assert_eq!(committed.overrule(Err(own.clone())).err(), Some(own), "its own refusal stands");
}

#[test]
fn responses_name_the_rule_unless_wire_pure_is_set() {
    let answer = || Response::new(Bytes::from_static(b"body"));
    let named = sent(&plan(&faults(rules(&["write=throttle"]))), answer());
    assert_eq!(named.headers()[FAULT_HEADER], "fault-1");
    assert_eq!(named.body(), "body");
    let settings = FaultSettings { wire_pure: true, ..settings() };
    let pure = Faults::new(settings, rules(&["write=throttle"]), NOW).expect("rules");
    assert!(sent(&plan(&pure), answer()).headers().is_empty());
}

#[test]
fn status_override_applies_to_the_fault_only() {
    let faults = faults(json(
        r#"{"on": "write", "do": {"error": "throttle", "commit": true, "status": 503}}"#,
    ));
    let answer = || Response::new(Bytes::new());
    let failed = plan(&faults);
    assert!(failed.overrule(Err(throttled())).is_err());
    assert_eq!(sent(&failed, answer()).status(), 200);
    let succeeded = plan(&faults);
    assert!(succeeded.overrule(success()).is_err());
    assert_eq!(sent(&succeeded, answer()).status(), 503);
}

#[test]
fn a_rule_without_a_delay_does_not_wait() {
    let plan = plan(&faults(json(r#"{"on": "write", "do": {"delay": "0ms"}}"#)));
    assert_eq!((plan.rule(), plan.admit()), (Some("fault-1"), Ok(())));
    let mut context = Context::from_waker(Waker::noop());
    // Outside of a runtime a sleep would panic, even one of zero.
    assert_eq!(pin!(plan.wait()).poll(&mut context), Poll::Ready(()));
}

#[tokio::test]
async fn a_delay_without_an_error_lets_the_request_succeed() {
    let faults = faults(json(r#"{"on": "write", "do": {"delay": "10ms..20ms"}}"#));
    let plan = plan(&faults);
    let mut context = Context::from_waker(Waker::noop());
    assert_eq!(pin!(plan.wait()).poll(&mut context), Poll::Pending);
    plan.wait().await;
    assert!(plan.admit().is_ok() && plan.overrule(success()).is_ok());
}

#[test]
fn a_ranged_delay_is_drawn_within_its_bounds() {
    let delay: Delay = "50ms..52ms".parse().expect("a delay");
    let mut seen: Vec<_> = (0..60).map(|n| delay.sample(|_| draw(7, "d", n)).as_millis()).collect();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen, [50, 51, 52]);
}

#[test]
fn lifetime_limits_hits_and_emulator_time() {
    let faults =
        faults(json(r#"{"on": "write", "do": "throttle", "for": {"times": 2, "time": "1s"}}"#));
    let at = |ms: i64| hit_at(&faults, &update("u"), Timestamp(NOW.0 + ms));
    assert_eq!([at(0), at(999), at(999)], ["fault-1", "fault-1", "-"], "two times");
    assert!(!faults.list(NOW)[0].live);
    faults.reset(NOW);
    assert_eq!([at(0), at(1_000)], ["fault-1", "-"], "one second");
    assert!(faults.get("fault-1", NOW).is_some_and(|view| view.live));
    assert!(faults.list(Timestamp(NOW.0 + 1_000)).iter().all(|view| !view.live));
    assert_eq!(counts(&faults), [("fault-1".to_owned(), 1, 1)]);
}

#[test]
fn attempts_are_those_of_the_sdk_or_else_counted() {
    let faults = faults(json(
        r#"{"on": {"op": "*:UpdateUser", "attempt": "<=2"}, "when": {"per": "user"}, "do": "internal"}"#,
    ));
    let sdk = |attempt| hit(&faults, &FaultSubject { attempt: Some(attempt), ..update("u") });
    assert_eq!([sdk(1), sdk(2), sdk(3), sdk(1)], ["fault-1", "fault-1", "-", "fault-1"]);
    let none = || hit(&faults, &FaultSubject { dialect: "huawei", ..update("v") });
    assert_eq!([none(), none(), none()], ["fault-1", "fault-1", "-"]);
}

#[test]
fn each_key_has_a_count_of_its_own() {
    let faults = faults(rules(&["write=throttle@first=1,per=user"]));
    let seen: Vec<_> = ["u", "v", "u", "v"].map(|user| hit(&faults, &update(user))).into();
    assert_eq!(seen, ["fault-1", "fault-1", "-", "-"]);
}

#[test]
fn fault_header_precedes_all_rules_and_is_not_counted() {
    let faults = faults(rules(&["write=internal"]));
    let with = |text: &str| faults.plan(&RequestFacts::new(&update("u")), Some(text), NOW);
    let plan = with("throttle").expect("a class");
    assert_eq!((plan.rule(), plan.admit()), (Some("header"), Err(throttled())));
    let plan = with("commit+conflict").expect("a class");
    let concurrent = ApiError::Conflict(Conflict::Concurrent);
    assert_eq!(plan.overrule(success()).err(), Some(concurrent));
    assert_eq!(counts(&faults), [("fault-1".to_owned(), 0, 0)]);
}

#[test]
fn an_invalid_header_is_rejected_with_what_would_be_right() {
    let refused = |text: &str, subject: &FaultSubject<'_>| match Faults::default().plan(
        &RequestFacts::new(subject),
        Some(text),
        NOW,
    ) {
        Err(ApiError::Rejected(Rejection::FaultHeader(text))) => text,
        other => panic!("{other:?}"),
    };
    let names: Vec<_> = CLASSES.iter().map(|class| class.name).collect();
    let names = names.join(", ");
    assert_eq!(
        refused("throtle", &update("u")),
        format!(
            "unknown fault class \"throtle\"; did you mean \"throttle\"? (known: {names}, reset, close, \
             hang, garbage)"
        )
    );
    assert!(refused("rset", &update("u")).contains("did you mean \"reset\"?"));
    assert!(refused("quota", &list_users()).starts_with("\"ListUsers\" never answers `quota`; "));
    assert!(refused("", &update("u")).starts_with("unknown fault class \"\" (known: "));
}

#[test]
fn rules_are_added_put_removed_and_reset() {
    let faults = faults(rules(&["write=throttle"]));
    assert_eq!(faults.add(rules(&["read=internal"]), NOW), Ok(vec!["fault-2".to_owned()]));
    let named = || {
        json(
            r#"[{"id": "mine", "on": "read", "do": "denied"}, {"id": "fault-3", "on": "read", "do": "denied"}]"#,
        )
    };
    faults.add(named(), NOW).expect("ids that are free");
    assert_eq!(faults.add(rules(&["read=internal"]), NOW), Ok(vec!["fault-4".to_owned()]));
    assert_eq!(faults.add(named(), NOW), Err(RuleError::Duplicate("mine".into())));
    assert_eq!(faults.list(NOW).len(), 5, "all or none");

    assert_eq!(faults.replace_rule("mine", rules(&["write=quota"]).remove(0), NOW), Ok(()));
    let view = faults.get("mine", NOW).expect("still there");
    assert_eq!(view.rule.on, Selector::operations(["write"]));
    assert_eq!(view.rule.effect, "quota".parse().expect("a class"));
    let unknown = faults.replace_rule("other", rules(&["write=quota"]).remove(0), NOW);
    assert_eq!(unknown, Err(RuleError::Unknown("other".into())));
    let other = RuleError::OtherId { replaced: "fault-1".into(), found: "mine".into() };
    assert_eq!(faults.replace_rule("fault-1", named().remove(0), NOW), Err(other));

    assert!(faults.remove("mine") && !faults.remove("mine"));
    assert_eq!(faults.clear(), 4);
    assert!(faults.list(NOW).is_empty());
    faults.reset(NOW);
    assert_eq!(counts(&faults), [("fault-1".to_owned(), 0, 0)]);
    let replaced = faults.replace(named(), NOW).expect("ids that are free");
    assert_eq!(replaced, ["mine", "fault-3"]);
}

#[test]
fn number_of_rules_is_limited() {
    let full = faults(rules(&["write=throttle"; RULES_MAX]));
    let more = full.add(rules(&["read=internal"]), NOW);
    assert_eq!(more, Err(RuleError::TooMany(RULES_MAX + 1)));
    assert_eq!(full.list(NOW).len(), RULES_MAX);
}

#[test]
fn a_view_shows_the_rule_as_it_was_written() {
    let text = r#"{"id":"a","on":"read","when":{"p":0.5},"do":"throttle","for":"3x","expect":"1"}"#;
    let faults = faults(json(text));
    hit(&faults, &list_users());
    let view = serde_json::to_string(&faults.list(NOW)[0]).expect("JSON");
    let fired = counts(&faults)[0].2;
    let counted = format!(
        r#","matched":1,"fired":{fired},"live":true,"paused":false,"met":{},"draws":"{}"}}"#,
        fired == 1,
        if fired == 1 { "x" } else { "." },
    );
    assert_eq!(view, text.trim_end_matches('}').to_owned() + &counted);
}

#[test]
fn nth_match_does_not_depend_on_interleaving() {
    const THREADS: usize = 8;
    const MATCHES: usize = 200;
    let specs = &["write=throttle@p=0.3,per=user", "write=internal@p=0.5,per=user"];
    let run = |faults: &Faults, user: usize| -> Vec<String> {
        let user = format!("u-{user}");
        (0..MATCHES).map(|_| hit(faults, &update(&user))).collect()
    };
    let alone = faults(rules(specs));
    let expected: Vec<_> = (0..THREADS).map(|user| run(&alone, user)).collect();
    for _ in 0..5 {
        let shared = faults(rules(specs));
        let start = std::sync::Barrier::new(THREADS);
        let together: Vec<_> = std::thread::scope(|scope| {
            let thread = |user| {
                let (shared, start) = (&shared, &start);
                scope.spawn(move || {
                    start.wait();
                    run(shared, user)
                })
            };
            let threads: Vec<_> = (0..THREADS).map(thread).collect();
            threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
        });
        assert_eq!(together, expected);
        assert_eq!(counts(&shared), counts(&alone));
    }
    assert_ne!(expected[0], expected[1], "each key has draws of its own");
}

#[test]
fn one_key_shared_by_threads_fires_for_the_same_matches() {
    let faults = faults(rules(&["write=throttle@0.3"]));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..125).for_each(|_| drop(hit(&faults, &update("u")))));
        }
    });
    let expected = (1..=1_000).filter(|n| trigger::fraction(draw(7, "fault-1/", *n)) < 0.3).count();
    assert_eq!(counts(&faults), [("fault-1".to_owned(), 1_000, expected as u64)]);
}

#[test]
fn probability_is_the_share_of_hits() {
    for (p, least, most) in
        [(0.5, 4_850, 5_150), (0.1, 910, 1_090), (0.0, 0, 0), (1.0, 10_000, 10_000)]
    {
        let faults = faults(rules(&[&format!("write=throttle@{p}")]));
        let fired = (0..10_000).filter(|_| hit(&faults, &update("u")) != "-").count();
        assert!((least..=most).contains(&fired), "{p}: {fired}");
    }
}

#[test]
fn another_seed_draws_otherwise() {
    let seen = |seed| {
        let settings = FaultSettings { seed, ..settings() };
        let faults = Faults::new(settings, rules(&["write=throttle@0.5"]), NOW).expect("rules");
        (0..64).map(|_| hit(&faults, &update("u")) != "-").collect::<Vec<_>>()
    };
    assert_eq!(seen(7), seen(7));
    assert_ne!(seen(7), seen(8));
}

#[test]
fn rules_are_swapped_whole() {
    let set = |name: &str| {
        json(&format!(
            r#"[{{"id": "{name}-1", "on": "write", "do": "throttle", "when": {{"every": 2}}}},
                {{"id": "{name}-2", "on": "write", "do": "internal"}}]"#
        ))
    };
    let faults = faults(set("a"));
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = || {
            while !done.load(Ordering::Relaxed) {
                // Some rule of a set always fires: a gap between two sets would show as none.
                assert_ne!(hit(&faults, &update("u")), "-");
                let ids: Vec<_> = faults.list(NOW).into_iter().map(|view| id(&view)).collect();
                assert!(ids == ["a-1", "a-2"] || ids == ["b-1", "b-2"], "{ids:?}");
            }
        };
        let readers: Vec<_> = (0..4).map(|_| scope.spawn(reader)).collect();
        for n in 0..500 {
            faults.replace(set(if n % 2 == 0 { "b" } else { "a" }), NOW).expect("rules");
        }
        done.store(true, Ordering::Relaxed);
        readers.into_iter().for_each(|reader| reader.join().expect("no panic"));
    });
}
