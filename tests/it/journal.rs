//! The journal: recorded requests, redaction, expectations and subscribers.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use crate::world::{AwsClient, Client, HuaweiClient, STORE, World, WorldSettings, request};
use idouble::internal::faults::{DialectCatalog, parse_spec};
use idouble::internal::journal::{
    Bodies, Difference, EVENT_BYTES_MAX, EntryFilter, ExpectedCount, Journal, JournalEvent,
    JournalSettings, QUEUE_ENTRIES_MAX, SUBSCRIBERS_MAX, Subscription, SubscriptionStart,
};
use idouble::internal::service::Service;
use serde_json::{Value, json};

/// A world whose journal has these settings.
fn with(journal: JournalSettings) -> World {
    World::with(WorldSettings { journal, ..WorldSettings::default() })
}

fn journal(world: &World) -> &Arc<Journal> {
    Service::journal(&world.service)
}

fn shown(world: &World) -> Vec<Value> {
    let journal = journal(world);
    journal
        .entries()
        .iter()
        .map(|entry| serde_json::to_value(journal.show(entry)).expect("JSON"))
        .collect()
}

fn count(world: &World, fields: &[(&str, &str)]) -> usize {
    let filter = fields.iter().fold(EntryFilter::new(), |filter, (name, value)| {
        filter.with(name, *value).expect("a field")
    });
    journal(world).find(&filter).len()
}

#[test]
fn requests_of_both_clouds_are_recorded_with_their_ids() {
    let world = World::new();
    let user = AwsClient(&world).create_user("alice").expect("made");
    HuaweiClient(&world).user_name(&user).expect("there");
    let _ = HuaweiClient(&world).user_name("nobody");
    let entries = shown(&world);
    assert_eq!(entries.len(), 3);
    let values = |at: usize, names: &[&str]| -> Vec<Value> {
        names.iter().map(|name| entries[at][*name].clone()).collect()
    };
    let names = ["seq", "dialect", "operation", "store", "user", "status", "error", "kind"];
    assert_eq!(
        values(0, &names),
        [
            json!(1),
            json!("aws"),
            json!("CreateUser"),
            json!(STORE),
            Value::Null,
            json!(200),
            Value::Null,
            Value::Null
        ]
    );
    assert_eq!(
        values(1, &["dialect", "user", "method"]),
        [json!("huawei"), json!(user), json!("GET")]
    );
    let missing = [json!("nobody"), json!(404), json!("IIC.404"), json!("not_found")];
    assert_eq!(values(2, &["user", "status", "error", "kind"]), missing);
    assert_eq!(entries[0]["time"], "2026-01-02T03:04:05.678Z");
    assert_eq!(entries[0]["path"], "/");
}

#[test]
fn malformed_request_is_recorded_with_the_operation_of_its_head() {
    let world = World::new();
    let target = ("x-amz-target", "AWSIdentityStore.UpdateUser");
    let aws = [target, ("content-type", "application/x-amz-json-1.1")];
    world.send(request("POST", "/", &aws, "{".into()));
    world.send(request("POST", "/", &[aws[1]], "{".into()));
    let json = [("content-type", "application/json")];
    for path in ["users", "%75sers", "nowhere"] {
        let path = format!("/v1/identity-stores/{STORE}/{path}");
        world.send(request("POST", &path, &json, "{".into()));
    }
    let (head, ()) =
        http::Request::post("/").header(target.0, target.1).body(()).expect("one").into_parts();
    world.service.reject(&head, &idouble::internal::domain::ApiError::BodyTimeout);
    let operations: Vec<_> = shown(&world).iter().map(|one| one["operation"].clone()).collect();
    let (update, create) = (json!("UpdateUser"), json!("CreateUser"));
    let none = Value::Null;
    assert_eq!(operations, [update.clone(), none.clone(), create.clone(), create, none, update]);
    assert_eq!(count(&world, &[("operation", "CreateUser"), ("status", "400")]), 2);
}

/// Calls `operation` of another AWS service, as the SDKs do.
fn call_sso_admin(world: &World, operation: &str) {
    let target = format!("SWBExternalService.{operation}");
    let headers =
        [("x-amz-target", target.as_str()), ("content-type", "application/x-amz-json-1.1")];
    world.send(request("POST", "/", &headers, "{}".into()));
}

#[test]
fn calls_of_services_that_are_not_served_are_named() {
    let world = World::new();
    let expected = journal(&world).expect_request("aws:sts:AssumeRole").times(1);
    call_sso_admin(&world, "CreateInstance");
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let body = "Action=AssumeRole&Version=2011-06-15";
    world.send(request("POST", "/", &form, body.into()));
    let operations: Vec<_> = shown(&world).iter().map(|one| one["operation"].clone()).collect();
    assert_eq!(operations, ["sso-admin:CreateInstance", "sts:AssumeRole"]);
    assert_eq!(count(&world, &[("operation", "sso-admin:CreateInstance"), ("status", "400")]), 1);
    assert!(journal(&world).line(&journal(&world).entries()[1]).contains("aws:sts:AssumeR"));
    expected.verify().expect("it came");
    for wrong in [("operation", "aws:UpdateUser"), ("operation", "ListInstance")] {
        assert!(journal(&world).filter([wrong]).is_err(), "{wrong:?}");
    }
}

#[test]
fn metrics_name_a_limited_number_of_calls_that_are_not_served() {
    let world = World::new();
    for number in 0..=256 {
        call_sso_admin(&world, &format!("Operation{number}"));
    }
    call_sso_admin(&world, "Operation0");
    let mut registry = prometheus_client::registry::Registry::default();
    world.service.metrics().register(&mut registry);
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, &registry).expect("text");
    let count = |operation: &str| {
        let labels = format!(r#"{{dialect="aws",operation="{operation}",status="400"}} "#);
        text.split_once(&labels).map(|(_, rest)| rest.split_whitespace().next().expect("a count"))
    };
    assert_eq!(count("sso-admin:Operation0"), Some("2"));
    assert_eq!(count("sso-admin:Operation255"), Some("1"));
    assert_eq!(count("sso-admin:Operation256"), None);
    assert_eq!(count("other"), Some("1"));
}

#[test]
fn unknown_operations_and_incomplete_requests_are_recorded() {
    let world = World::new();
    world.send(request("GET", "/nowhere?a=b", &[], String::new()));
    world.send(request("POST", "/", &[("x-amz-target", "AWSIdentityStore.Nothing")], "{}".into()));
    let (head, ()) = http::Request::post("/").body(()).expect("a request").into_parts();
    world.service.reject(&head, &idouble::internal::domain::ApiError::BodyTimeout);
    let entries = shown(&world);
    let of = |name: &str| -> Vec<Value> { entries.iter().map(|one| one[name].clone()).collect() };
    assert_eq!(of("dialect"), ["huawei", "aws", "aws"]);
    assert_eq!(of("operation"), [Value::Null, Value::Null, Value::Null]);
    assert_eq!(of("kind"), ["unknown_operation", "unknown_operation", "body_timeout"]);
    assert_eq!(entries[0]["path"], "/nowhere?a=b");
}

#[test]
fn filters_match_every_field() {
    let world = World::new();
    let catalog = DialectCatalog::from_dialects(world.service.dialects());
    let rule = parse_spec("rule", "aws:DeleteUser=throttle", &catalog).expect("a rule");
    let now = world.service.clock().now();
    let ids = world.service.faults().add(vec![rule], now).expect("taken");
    let user = AwsClient(&world).create_user("alice").expect("made");
    let group = AwsClient(&world).create_group("staff").expect("made");
    AwsClient(&world).join(&group, &user).expect("joined");
    let _ = AwsClient(&world).delete_user(&user);
    let headers = [
        ("x-idouble-session", "test-7"),
        ("content-type", "application/x-amz-json-1.1"),
        ("x-amz-target", "AWSIdentityStore.ListUsers"),
        ("amz-sdk-request", "attempt=2; max=3"),
    ];
    world.send(request("POST", "/", &headers, json!({"IdentityStoreId": STORE}).to_string()));
    HuaweiClient(&world).user_name(&user).expect("there");
    for (field, value, expected) in [
        ("dialect", "aws", 5),
        ("operation", "DeleteUser", 1),
        ("store", STORE, 6),
        ("user", user.as_str(), 3),
        ("group", &group, 1),
        ("session", "test-7", 1),
        ("session", "", 5),
        ("attempt", "2", 1),
        ("method", "GET", 1),
        ("path", "/", 5),
        ("status", "400", 1),
        ("status", "2xx", 5),
        ("error", "ThrottlingException", 1),
        ("error", "throttled", 1),
        ("error", "", 5),
        ("fault", &ids[0], 1),
        ("request_id", "nothing", 0),
    ] {
        assert_eq!(count(&world, &[(field, value)]), expected, "{field}={value}");
    }
    assert_eq!(count(&world, &[("dialect", "aws"), ("user", &user)]), 2);
    let error = EntryFilter::new().with("users", "x").expect_err("no such field").to_string();
    assert!(error.contains("dialect, operation, store"), "{error}");
}

#[test]
fn sensitive_members_are_hidden_if_set_and_secrets_always() {
    let secret = "Correct-Horse";
    for (bodies, is_shown) in
        [(Bodies::Redacted, false), (Bodies::Full, true), (Bodies::Off, false)]
    {
        let world = with(JournalSettings { bodies, ..JournalSettings::default() });
        let user = AwsClient(&world).create_user("alice-the-great").expect("made");
        AwsClient(&world).set_title(&user, Some("alice-the-great")).expect("set");
        HuaweiClient(&world).set_title(&user, Some("alice-the-great")).expect("set");
        let _ = HuaweiClient(&world).user_name(&user);
        let path = format!("/v1/identity-stores/{STORE}/users?user_name=alice-the-great&limit=5");
        world.send(request("GET", &path, &[], String::new()));
        let body = json!({"mode": "OTP", "new_password": secret}).to_string();
        let path = format!("/v1/identity-stores/{STORE}/users/{user}/reset-password");
        world.send(request("POST", &path, &[("authorization", "Basic Y2xlYXI=")], body));
        world.send(request("POST", &path, &[], format!("password={secret}")));
        for entry in shown(&world) {
            let text = entry.to_string();
            let named = text.contains("alice-the-great");
            assert!(is_shown || !named, "{bodies:?}: {text}");
            assert!(!text.contains(secret) && !text.contains("Y2xlYXI="), "{text}");
            assert_eq!(
                entry["request"].is_null(),
                bodies == Bodies::Off || entry["method"] == "GET"
            );
        }
        let reset = &shown(&world)[5];
        if bodies != Bodies::Off {
            assert_eq!(reset["request"], json!({"mode": "OTP", "new_password": "…"}));
            assert_eq!(reset["response"]["password"], "…");
        }
    }
}

#[test]
fn control_characters_are_escaped() {
    let world = World::new();
    let headers = [("x-idouble-session", "a\tb")];
    world.send(request("GET", "/nowhere", &headers, String::new()));
    assert_eq!(shown(&world)[0]["session"], "a\\tb");
}

#[test]
fn journal_is_bounded_by_entries_and_bytes() {
    let few = with(JournalSettings { entries: 3, ..JournalSettings::default() });
    for at in 0..5 {
        AwsClient(&few).create_user(&format!("user-{at}")).expect("made");
    }
    let numbers: Vec<_> = journal(&few).entries().iter().map(|entry| entry.seq).collect();
    assert_eq!(numbers, [3, 4, 5]);

    let small = with(JournalSettings { bytes: 20_000, ..JournalSettings::default() });
    let title = "t".repeat(1000);
    let user = AwsClient(&small).create_user("alice").expect("made");
    for _ in 0..100 {
        AwsClient(&small).set_title(&user, Some(&title)).expect("set");
        assert!(journal(&small).size().1 <= 20_000);
    }
    let (entries, bytes) = journal(&small).size();
    assert!(entries > 5 && bytes > 15_000, "{entries} entries of {bytes} bytes");
    // An entry that is large for this limit is kept without its bodies.
    let path = format!("/v1/identity-stores/{STORE}/groups");
    send_large_group(&small, &path);
    let last = shown(&small).pop().expect("kept");
    assert_eq!((&last["stripped"], &last["request"]), (&json!(true), &Value::Null));
    assert!(journal(&small).size().0 > 5);

    let none = with(JournalSettings { entries: 0, ..JournalSettings::default() });
    AwsClient(&none).create_user("alice").expect("made");
    assert_eq!((journal(&none).size(), journal(&none).last()), ((0, 0), 1));
}

fn send_large_group(world: &World, path: &str) {
    world.send(request("POST", path, &[], json!({"description": "x".repeat(6_000)}).to_string()));
}

#[test]
fn reset_clears_the_journal_and_numbers_go_on() {
    let world = World::new();
    AwsClient(&world).create_user("alice").expect("made");
    world.service.reset();
    assert_eq!(journal(&world).size(), (0, 0));
    AwsClient(&world).create_user("alice").expect("made");
    assert_eq!(journal(&world).entries()[0].seq, 2);
    assert_eq!(journal(&world).clear(), 1);
    assert_eq!(journal(&world).size(), (0, 0));
}

#[test]
fn request_of_a_client_that_leaves_is_recorded() {
    let world = World::new();
    let catalog = DialectCatalog::from_dialects(world.service.dialects());
    let rule = r#"{"id": "slow", "on": "*:*", "do": {"delay": "25s"}}"#;
    let rules = idouble::internal::faults::parse_json("rule", rule, &catalog).expect("a rule");
    let now = world.service.clock().now();
    world.service.faults().add(rules, now).expect("accepted");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    runtime.expect("a runtime").block_on(async {
        let path = format!("/v1/identity-stores/{STORE}/users");
        let request = request("GET", &path, &[], String::new());
        let mut response = std::pin::pin!(world.service.respond(&request));
        // Polled once and then dropped.
        tokio::select! {
            biased;
            _ = &mut response => panic!("it is delayed"),
            () = std::future::ready(()) => {}
        }
    });
    let entries = shown(&world);
    assert_eq!(entries.len(), 1);
    let values = ["status", "error", "fault", "operation"].map(|name| entries[0][name].clone());
    assert_eq!(values, [Value::Null, json!("abandoned"), json!("slow"), json!("ListUsers")]);
}

#[test]
fn expectation_reports_the_nearest_request() {
    let world = World::new();
    let user = AwsClient(&world).create_user("alice").expect("made");
    HuaweiClient(&world).set_title(&user, Some("t")).expect("set");
    AwsClient(&world).set_title(&user, Some("t")).expect("set");
    AwsClient(&world).create_group("staff").expect("made");
    let filter = journal(&world).filter_for("aws:UpdateUser").expect("an operation");
    let filter =
        filter.with("user", "somebody").expect("a field").with("status", "200").expect("a field");
    let result = journal(&world).check(filter.clone(), ExpectedCount::default(), 0);
    assert!(!result.is_met());
    assert_eq!((result.matched.len(), result.seen.len()), (0, 4));
    let nearest = result.nearest.expect("there are requests");
    assert_eq!(nearest.entry.seq, 3);
    let (expected, found) = ("somebody".to_owned(), Some(user));
    assert_eq!(nearest.differences, [Difference { field: "user", expected, found }]);
    // Only later requests count.
    let later = journal(&world).check(filter, ExpectedCount::default(), 3);
    assert_eq!(later.nearest.expect("there is one").entry.seq, 4);
}

#[test]
fn unmet_expectation_has_a_readable_report() {
    let world = World::new();
    let expected = journal(&world).expect_request("aws:UpdateUser").with("user", "u-2").times(1);
    let user = AwsClient(&world).create_user("alice").expect("made");
    AwsClient(&world).set_title(&user, Some("t")).expect("set");
    assert_eq!(expected.count(), 0);
    let report = expected.verify().expect_err("it did not come");
    let expected = format!(
        "expected 1 time: dialect=aws operation=UpdateUser user=u-2\n\
         it came 0 times, among 2 requests\n\
         nearest: #2 aws:UpdateUser store={STORE} user={user} -> 200\n  \
         user: expected \"u-2\", found \"{user}\"\n\
         requests:\n  \
         #1 aws:CreateUser store={STORE} -> 200\n  \
         #2 aws:UpdateUser store={STORE} user={user} -> 200\n"
    );
    assert_eq!(report, expected);
}

#[test]
fn report_says_so_if_only_the_count_differs() {
    let world = World::new();
    let twice = journal(&world).expect_request("aws:CreateUser").times(2);
    let more = journal(&world).expect_request("aws:CreateUser").at_least(3);
    AwsClient(&world).create_user("alice").expect("made");
    let report = twice.verify().expect_err("it came once");
    let nearest = format!("nearest: #1 aws:CreateUser store={STORE} -> 200\n");
    let lines = format!("{nearest}  came 1 time, expected 2\n");
    assert!(report.contains(&lines), "{report}");
    assert!(report.contains("it came 1 time, among 1 request\n"), "{report}");
    let report = more.verify().expect_err("it came once");
    let lines = format!("{nearest}  came 1 time, expected at least 3\n");
    assert!(report.contains(&lines), "{report}");
}

#[test]
fn expectation_is_checked_when_it_is_dropped() {
    let world = World::new();
    {
        let _made = journal(&world).expect_request("aws:CreateUser").times(1);
        let _none = journal(&world).expect_request("huawei:*").never();
        let _some = journal(&world).expect_request("CreateUser").at_least(1);
        let _most = journal(&world).expect_request("*:CreateUser").at_most(1);
        AwsClient(&world).create_user("alice").expect("made");
    }
    let failed = std::panic::catch_unwind(AssertUnwindSafe(|| {
        let _never = journal(&world).expect_request("aws:CreateUser").never();
        AwsClient(&world).create_user("bob").expect("made");
    }));
    let report = failed.expect_err("it came").downcast::<String>().expect("a text");
    assert!(report.contains("expected never: dialect=aws operation=CreateUser"), "{report}");
    assert!(report.contains("it came 1 time,"), "{report}");
    assert!(report.contains("expectation at tests/it/journal.rs:"), "{report}");
    for wrong in ["azure:CreateUser", "aws:CreateUsr"] {
        assert!(journal(&world).filter_for(wrong).is_err(), "{wrong}");
    }
}

/// The result if the future is ready.
fn now<F: Future>(future: F) -> Option<F::Output> {
    let mut context = Context::from_waker(Waker::noop());
    match std::pin::pin!(future).poll(&mut context) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

fn record_malformed(world: &World) {
    let (head, ()) = http::Request::post("/").body(()).expect("a request").into_parts();
    world.service.reject(&head, &idouble::internal::domain::ApiError::BodyTimeout);
}

/// What a subscriber receives at once: the number of an entry, or `Err` with the number of lost ones.
fn received(subscription: &mut Subscription) -> Option<Result<u64, u64>> {
    match now(subscription.next())?.expect("the journal is open") {
        JournalEvent::Entry(entry) => Some(Ok(entry.seq)),
        JournalEvent::Lost(count) => Some(Err(count)),
    }
}

fn start_after(after: Option<u64>) -> SubscriptionStart {
    SubscriptionStart { after, ..SubscriptionStart::default() }
}

#[test]
fn slow_subscriber_loses_the_oldest_entries_and_learns_how_many() {
    let world = World::new();
    let subscribe = || journal(&world).subscribe(start_after(None)).expect("there is room");
    let (mut slow, mut fast) = (subscribe(), subscribe());
    assert_eq!(received(&mut slow), None);
    for seq in 1..=QUEUE_ENTRIES_MAX as u64 {
        record_malformed(&world);
        assert_eq!(received(&mut fast), Some(Ok(seq)));
    }
    assert_eq!(received(&mut slow), Some(Ok(1)));
    record_malformed(&world);
    record_malformed(&world);
    assert_eq!(received(&mut slow), Some(Err(1)));
    assert_eq!(received(&mut slow), Some(Ok(3)));
    assert_eq!(received(&mut fast), Some(Ok(1025)));
}

#[test]
fn subscriber_resumes_from_the_journal_and_learns_what_it_dropped() {
    let world = with(JournalSettings { entries: 3, ..JournalSettings::default() });
    for _ in 0..6 {
        record_malformed(&world);
    }
    let resume = |after| journal(&world).subscribe(start_after(Some(after))).expect("room");
    let all = |mut subscription: Subscription| {
        std::iter::from_fn(move || received(&mut subscription)).collect::<Vec<_>>()
    };
    assert_eq!(all(resume(4)), [Ok(5), Ok(6)]);
    assert_eq!(all(resume(3)), [Ok(4), Ok(5), Ok(6)]);
    assert_eq!(all(resume(1)), [Err(2), Ok(4), Ok(5), Ok(6)]);
    assert_eq!(all(resume(99)), []);
    let mut later = resume(5);
    record_malformed(&world);
    assert_eq!([received(&mut later), received(&mut later)], [Some(Ok(6)), Some(Ok(7))]);
}

#[test]
fn subscriber_with_a_rate_receives_the_newest_entries() {
    let world = World::new();
    for _ in 0..10 {
        record_malformed(&world);
    }
    let start = SubscriptionStart { rate: Some(3), ..start_after(Some(0)) };
    let mut subscription = journal(&world).subscribe(start).expect("there is room");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    let mut next = || {
        runtime.block_on(async {
            match subscription.next().await.expect("the journal is open") {
                JournalEvent::Entry(entry) => Ok(entry.seq),
                JournalEvent::Lost(count) => Err(count),
            }
        })
    };
    assert_eq!([next(), next(), next(), next()], [Err(7), Ok(8), Ok(9), Ok(10)]);
    for _ in 0..2_000 {
        record_malformed(&world);
    }
    // The next second begins.
    assert_eq!([next(), next(), next(), next()], [Err(1_997), Ok(2_008), Ok(2_009), Ok(2_010)]);
    journal(&world).close();
    runtime.block_on(async {
        assert!(subscription.next().await.is_err());
    });
}

#[test]
fn dropped_subscriber_frees_its_queue() {
    let world = World::new();
    let subscription = journal(&world).subscribe(start_after(None)).expect("there is room");
    record_malformed(&world);
    let entry = journal(&world).entries().pop().expect("it is recorded");
    journal(&world).clear();
    assert_eq!(Arc::strong_count(&entry), 2);
    drop(subscription);
    assert_eq!(Arc::strong_count(&entry), 1);
}

#[test]
fn large_entries_reach_subscribers_without_their_bodies() {
    let world = World::new();
    let mut subscription = journal(&world).subscribe(start_after(None)).expect("there is room");
    let path = format!("/v1/identity-stores/{STORE}/groups");
    let body = json!({"description": "x".repeat(EVENT_BYTES_MAX)}).to_string();
    world.send(request("POST", &path, &[], body));
    let Some(Ok(JournalEvent::Entry(event))) = now(subscription.next()) else { panic!("an entry") };
    let event = journal(&world).show(&event);
    assert!(event.stripped && event.request.is_null(), "{event:?}");
    assert_eq!(shown(&world)[0]["request"]["description"].as_str().map(str::len), Some(65_536));
}

#[test]
fn journal_without_entries_still_has_subscribers() {
    let world = with(JournalSettings { entries: 0, ..JournalSettings::default() });
    let mut subscription = journal(&world).subscribe(start_after(None)).expect("there is room");
    record_malformed(&world);
    assert_eq!(received(&mut subscription), Some(Ok(1)));
    assert_eq!(journal(&world).size(), (0, 0));
}

#[test]
fn subscribers_are_limited_and_end_with_the_journal() {
    let world = World::new();
    let subscribe = || journal(&world).subscribe(start_after(None));
    let mut listeners: Vec<_> = (0..SUBSCRIBERS_MAX).map_while(|_| subscribe()).collect();
    assert_eq!(listeners.len(), SUBSCRIBERS_MAX);
    assert!(subscribe().is_none());
    listeners.pop();
    let mut last = subscribe().expect("there is room");
    record_malformed(&world);
    journal(&world).close();
    assert!(now(last.next()).expect("ready").is_ok());
    assert!(now(last.next()).expect("ready").is_err());
    assert!(subscribe().is_none());
}

#[test]
fn a_waiting_expectation_ends_when_the_journal_is_closed() {
    let world = World::new();
    let journal = world.service.journal().clone();
    let filter = journal.filter_for("aws:ListUsers").expect("a filter");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let waiting = async {
        let hour = std::time::Duration::from_secs(3600);
        let waiting = journal.clone().check_within(filter, ExpectedCount::exactly(1), 0, hour);
        tokio::join!(waiting, async { journal.close() }).0
    };
    assert!(!runtime.expect("a runtime").block_on(waiting).is_met());
}
