//! What the grammar takes and what it refuses, each with its place.

use super::*;
use crate::faults::{Per, Rate};

use super::super::glob::Glob;
use super::super::rule::Delay;

/// Two dialects; `huawei` serves everything, `aws` no `EnableUser` and the like.
fn known() -> Known {
    let only_huawei = |op: &Operation| {
        use Operation as O;
        !matches!(op, O::EnableUser | O::DisableUser | O::ResetPwdMode | O::VerifyEmail)
    };
    let aws = Operation::all().filter(only_huawei).map(|op| ("aws", op));
    Known::new(aws.chain(Operation::all().map(|op| ("huawei", op))))
}

fn json(text: &str) -> Result<Vec<Rule>, FileError> {
    parse_json("rules.json", text, &known())
}

fn toml(text: &str) -> Result<Vec<Rule>, FileError> {
    let document = Document::toml("rules.toml", text)?;
    document.read(|node| {
        let list = node.entries().find(|(key, _)| key.name == "fault").expect("a list").1;
        read_rules(list, &known())
    })
}

fn spec(text: &str) -> Result<Rule, FileError> {
    parse_spec("--fault", text, &known())
}

/// The first mistake of a rule with these words, without its place.
fn message(words: &str) -> String {
    let text = format!("{{ {words} }}");
    match json(&text) {
        Ok(_) => "fine".to_owned(),
        Err(error) => error.mistakes()[0].message.clone(),
    }
}

fn one(words: &str) -> Rule {
    let mut rules = json(&format!("{{ {words} }}")).expect("a rule");
    assert_eq!(rules.len(), 1, "{words}");
    rules.remove(0)
}

#[test]
fn toml_json_and_one_line_give_the_same_rule() {
    let toml = toml(
        "[[fault]]\non = '*:UpdateUser'\nwhen = { p = 0.33 }\ndo = 'commit+conflict'\nfor = '3x'\n",
    );
    let json = json(
        r#"{"on": "*:UpdateUser", "when": {"p": 0.33}, "do": "commit+conflict", "for": "3x"}"#,
    );
    let same = |rule: &Rule| {
        let Rule { on, when, effect, life, .. } = rule;
        format!("{on:?} {when:?} {effect:?} {life:?}")
    };
    let spec = spec("*:UpdateUser=commit+conflict@0.33,3x").expect("a rule");
    let (toml, json) = (toml.expect("rules"), json.expect("rules"));
    assert_eq!(same(&toml[0]), same(&json[0]));
    assert_eq!(same(&toml[0]), same(&spec));
    assert_eq!(spec.when.p, Some(0.33));
    assert_eq!(spec.life, Life { times: Some(3), ..Life::default() });
    assert!(spec.effect.commit);
    assert_eq!(spec.written.when, Json::from("0.33"));
}

#[test]
fn every_mistake_of_a_file_is_told_with_its_place() {
    let text = "\
[[fault]]
id   = \"slow\"
on   = \"aws:UpdteUser\"
when = { probabilty = 0.0 }
do   = \"throtle\"

[[fault]]
id   = \"slow\"
on   = [\"aws:DescribeUser\", \"write\"]
when = { p = 50 }
do   = { error = \"quota\", wires = \"reset\" }
for  = \"3\"
";
    let expected = "\
rules.toml:3:9: no operation is called `aws:UpdteUser`
  |
3 | on   = \"aws:UpdteUser\"
  |         ^^^^^^^^^^^^^
  = help: near: `aws:UpdateUser`, `huawei:UpdateUser`
rules.toml:4:10: unknown key `probabilty`
  |
4 | when = { probabilty = 0.0 }
  |          ^^^^^^^^^^
  = help: known here: p, share, first, nth, every, skip, pattern, over, burst, window, per
rules.toml:5:9: unknown class `throtle`
  |
5 | do   = \"throtle\"
  |         ^^^^^^^
  = help: did you mean `throttle`? classes: throttle, conflict, quota, not-found, invalid, denied, \
expired-token, bad-signature, clock-skew, unknown-operation, internal, unavailable; on the wire: reset, close, hang, garbage
rules.toml:8:8: two rules are called `slow`
  |
8 | id   = \"slow\"
  |        ^^^^^^
rules.toml:9:10: `aws:DescribeUser` cannot answer `quota`
  |
9 | on   = [\"aws:DescribeUser\", \"write\"]
  |          ^^^^^^^^^^^^^^^^
  = help: these can: CreateUser, UpdateUser, CreateGroup, UpdateGroup, CreateGroupMembership, \
RegisterMfaDeviceForUser, ImportExternalIdPCertificate, CreateSpCertificate, \
CreateProvisioningTenant, CreateBearerToken; \
or set force = true in `do`
rules.toml:10:14: a chance is a number from 0 to 1
   |
10 | when = { p = 50 }
   |              ^^
   = help: write 0.5 for 50 %
rules.toml:11:27: unknown key `wires`
   |
11 | do   = { error = \"quota\", wires = \"reset\" }
   |                           ^^^^^
   = help: did you mean `wire`? known here: error, reason, code, status, message, fields, \
retry-after, commit, delay, wire, stale, force, content-type, cut, drip
rules.toml:12:9: expected a time such as 200ms, 2s, 5m or 1h, found \"3\"
   |
12 | for  = \"3\"
   |         ^";
    let told = toml(text).expect_err("mistakes").to_string();
    assert_eq!(told, expected, "\n{told}\n");
}

#[test]
fn a_line_shows_its_mistakes_too() {
    let told = spec("aws:UpdateUser=throtle@50,0x").expect_err("mistakes").to_string();
    let expected = "\
--fault:1:16: unknown class `throtle`
  |
1 | aws:UpdateUser=throtle@50,0x
  |                ^^^^^^^
  = help: did you mean `throttle`? classes: throttle, conflict, quota, not-found, invalid, denied, \
expired-token, bad-signature, clock-skew, unknown-operation, internal, unavailable; on the wire: reset, close, hang, garbage
--fault:1:24: a chance is a number from 0 to 1
  |
1 | aws:UpdateUser=throtle@50,0x
  |                        ^^
  = help: write 0.5 for 50 %
--fault:1:27: expected an integer from 1 to 4294967295, found \"0\"
  |
1 | aws:UpdateUser=throtle@50,0x
  |                           ^";
    assert_eq!(told, expected, "\n{told}\n");
    for odd in ["", "aws:UpdateUser", "=throttle", "aws:UpdateUser=", "read=throttle@", "read=x,"] {
        assert!(spec(odd).is_err(), "{odd}");
    }
}

#[test]
fn one_line_knows_chance_pattern_conditions_and_life() {
    let when = |text: &str| spec(text).expect("a rule").when;
    assert_eq!(when("aws:UpdateUser=throttle"), When::default());
    assert_eq!(when("aws:UpdateUser=throttle@always"), When::default());
    assert_eq!(when("read=throttle@xx.").pattern, [true, true, false]);
    let both = when("read=throttle@p=0.5,per=session,2m");
    assert_eq!((both.p, both.per), (Some(0.5), Per::Session));
    let first = spec("read=throttle@first=2,per=user,5x").expect("a rule");
    assert_eq!((first.when.first, first.when.per), (Some(2), Per::User));
    assert_eq!(first.life.times, Some(5));
    assert_eq!(spec("read=throttle,2m").expect("a rule").life.time_ms, Some(120_000));
}

#[test]
fn on_takes_patterns_lists_and_tables() {
    let on = |words: &str| one(&format!(r#""on": {words}, "do": "throttle""#)).on;
    let list = on(r#"["aws:UpdateUser", "huawei:ListUsers"]"#).operations;
    assert!(list.contains("aws", Operation::UpdateUser));
    assert!(list.contains("huawei", Operation::ListUsers));
    assert!(!list.contains("aws", Operation::ListUsers));
    let table = on(
        r#"{"op": ["read"], "store": "d-*", "user": "u", "group": "g", "session": "t1", "attempt": "<=2"}"#,
    );
    assert_eq!(table.store, Some(Glob::new("d-*")));
    assert_eq!(table.group, Some(Glob::new("g")));
    assert_eq!(table.attempt, Some(0..=2));
    assert!(table.operations.contains("aws", Operation::ListUsers));
    assert_eq!(on(r#"{"attempt": 2}"#).attempt, Some(2..=2));
    let all = on(r#"{"session": "t1"}"#).operations;
    assert!(all.contains("aws", Operation::CreateUser));
}

#[test]
fn what_on_refuses() {
    let message = |words: &str| message(&format!(r#""on": {words}, "do": "throttle""#));
    assert_eq!(message(r#""UpdateUser""#), "no operation is called `UpdateUser`");
    assert_eq!(message(r#""aws:EnableUser""#), "no operation is called `aws:EnableUser`");
    assert_eq!(message(r#"["read", "azure:*"]"#), "no operation is called `azure:*`");
    assert_eq!(message("[]"), "this list is empty");
    assert_eq!(message("7"), "expected a string, found 7");
    assert_eq!(message(r#""""#), "this is empty");
    assert_eq!(message(r#"{"sesion": "t"}"#), "unknown key `sesion`");
    assert_eq!(message(r#"{"attempt": 0}"#), "expected an integer from 1 to 4294967295, found 0");
    let attempt = "expected a count such as 2, <=2, >=3 or 2..4, found \"two\"";
    assert_eq!(message(r#"{"attempt": "two"}"#), attempt);
    assert_eq!(message(&format!("\"{}\"", "a".repeat(1025))), "this is longer than 1024 bytes");
    assert_eq!(super::super::RULES_MAX, 2_000);
    let many =
        format!("[{}]", r#"{"on": "read", "do": "throttle"},"#.repeat(2_001).trim_end_matches(','));
    let error = json(&many).expect_err("too many");
    assert_eq!(error.mistakes()[0].message, "this list has 2001 entries; at most 2000 may be");
}

#[test]
fn when_takes_texts_and_tables() {
    let when =
        |words: &str| one(&format!(r#""on": "read", "do": "throttle", "when": {words}"#)).when;
    let table = when(
        r#"{"p": 1, "first": 9, "nth": [1, 3], "every": 2, "skip": 0, "pattern": "x.", "per": "op",
            "share": 0.5, "over": "5/s", "burst": 10, "window": "1s..2s"}"#,
    );
    let expected = When {
        p: Some(1.0),
        first: Some(9),
        nth: vec![1, 3],
        every: Some(2),
        skip: 0,
        pattern: vec![true, false],
        share: Some(0.5),
        over: Some(Rate { count: 5, period_ms: 1_000, burst: 10 }),
        window_ms: Some((1_000, 2_000)),
        per: Per::Op,
    };
    assert_eq!(table, expected);
    assert_eq!(when(r#"{"nth": 3}"#).nth, [3]);
    assert_eq!(when(r#"{"p": 0}"#).p, Some(0.0));
    assert_eq!(when(r#""always""#), When::default());
    assert_eq!(when(r#""p=0.5,first=2""#), when(r#"{"p": 0.5, "first": 2}"#));
}

#[test]
fn what_when_refuses() {
    let message =
        |words: &str| message(&format!(r#""on": "read", "do": "throttle", "when": {words}"#));
    let pattern = "expected \"always\", a pattern of x (hit) and . (not), or conditions, found";
    assert_eq!(message(r#""sometimes""#), format!("{pattern} \"sometimes\""));
    assert_eq!(message(r#""..""#), "this pattern never hits");
    let chance = "a chance is a number from 0 to 1";
    assert_eq!(message(r#"{"p": 50}"#), chance);
    assert_eq!(message(r#"{"p": -0.1}"#), chance);
    assert_eq!(message(r#"{"p": "NaN"}"#), chance);
    assert_eq!(message(r#"{"p": true}"#), "expected a number, found true");
    let count = "expected an integer from 1 to 4294967295, found";
    assert_eq!(message(r#"{"first": 0}"#), format!("{count} 0"));
    assert_eq!(message(r#"{"every": 1.5}"#), format!("{count} 1.5"));
    assert_eq!(message(r#"{"nth": []}"#), "this list is empty");
    let pers = "expected one of rule, session, store, user, op, invocation, connection, found";
    assert_eq!(message(r#"{"per": "users"}"#), format!("{pers} \"users\""));
    assert_eq!(message(r#""p=0.5,frist=2""#), "unknown key `frist`");
    assert_eq!(message(r#""p=0.5,share=2""#), chance);
    let share = "`share` needs `per`: it is a share of the keys that this names";
    assert_eq!(message(r#"{"share": 0.5}"#), share);
    assert_eq!(message(r#""share=0.5""#), share);
    assert_eq!(message(r#"{"burst": 5}"#), "`burst` needs `over`");
    let rate = "expected a rate such as 5/s or 100/5m, found \"5\"";
    assert_eq!(message(r#"{"over": "5"}"#), rate);
    assert_eq!(message(r#"{"over": "0/s"}"#), format!("{count} \"0\""));
    assert_eq!(message(r#"{"window": "2s..1s"}"#), "this window is empty");
    assert_eq!(message("[]"), "expected a string or a table, found a list");
}

#[test]
fn do_takes_texts_and_tables() {
    let effect = |words: &str| one(&format!(r#""on": "write", "do": {words}"#)).effect;
    for class in crate::faults::CLASSES {
        let told = effect(&format!(r#""{}""#, class.name)).error.expect("an error");
        assert_eq!((told.class.name, told.reason.name), (class.name, class.reasons[0].name));
        assert!(effect(&format!(r#""commit+{}""#, class.name)).commit, "{}", class.name);
    }
    let table = effect(
        r#"{"error": "throttle", "commit": true, "delay": "50ms..2s", "retry-after": "1s", "status": 503}"#,
    );
    assert_eq!(table.delay, Some(Delay::Between { min_ms: 50, max_ms: 2_000 }));
    assert_eq!((table.commit, table.retry_after_ms, table.status), (true, Some(1_000), Some(503)));
    let taken = effect(r#"{"error": "conflict", "reason": "duplicate"}"#);
    assert_eq!(taken.error.map(|told| told.reason.name), Some("duplicate"));
    let slow = effect(r#"{"delay": "0ms"}"#);
    assert!(slow.error.is_none() && slow.delay == Some(Delay::Between { min_ms: 0, max_ms: 0 }));
}

#[test]
fn what_do_refuses() {
    let message = |words: &str| message(&format!(r#""on": "write", "do": {words}"#));
    assert_eq!(message(r#""commit""#), "unknown class `commit`");
    assert_eq!(message(r#""commit+commit+throttle""#), "unknown class `commit+throttle`");
    assert_eq!(message(r#""commit+reest""#), "unknown class `reest`");
    assert_eq!(message("{}"), "this does nothing: name an `error`, a `delay` or a `wire`");
    let commit = "`commit` needs an `error`, or a `wire` that loses the answer";
    assert_eq!(message(r#"{"commit": true, "delay": "1s"}"#), commit);
    assert_eq!(message(r#"{"commit": true, "cut": "50%"}"#), commit);
    let seen = "nobody sees this `error`: `wire` loses the answer; `cut` sends a part of it";
    assert_eq!(message(r#"{"error": "denied", "wire": "reset"}"#), seen);
    let wire = "unknown effect `rest`";
    assert_eq!(message(r#"{"wire": "rest"}"#), wire);
    assert_eq!(message(r#"{"cut": "100%"}"#), "expected an integer from 0 to 99, found \"100\"");
    assert_eq!(
        message(r#"{"drip": "16"}"#),
        "expected bytes and an interval, such as 16/100ms, found \"16\""
    );
    assert_eq!(
        message(r#"{"content-type": "text\n"}"#),
        "expected a content type such as text/html, found \"text\\n\""
    );
    assert_eq!(message(r#"{"stale": "2m"}"#), "this is longer than 1m");
    assert_eq!(message(r#"{"stale": "1s"}"#), "`write` cannot answer `stale`");
    assert_eq!(message(r#"{"code": "Odd"}"#), "`code` needs an `error`");
    assert_eq!(message(r#"{"reason": "duplicate"}"#), "`reason` needs an `error`");
    assert_eq!(
        message(r#"{"error": "throttle", "reason": "duplicate"}"#),
        "unknown reason `duplicate`"
    );
    assert_eq!(
        message(r#"{"error": "denied", "retry-after": "1s"}"#),
        "`denied` tells no time; throttle, internal, unavailable do"
    );
    assert_eq!(
        message(r#"{"error": "denied", "status": 200}"#),
        "expected an integer from 400 to 599, found 200"
    );
    assert_eq!(message(r#"{"delay": "2s..1s"}"#), "this range is empty");
    assert_eq!(message(r#"{"delay": "6m"}"#), "this is longer than 5m");
    assert_eq!(message(r#"{"delay": {}}"#), "`median` is missing");
    assert_eq!(message(r#"{"delay": {"median": "80ms"}}"#), "`p99` is missing");
    let order = "a median is at least 1ms, and a p99 is not below it";
    assert_eq!(message(r#"{"delay": {"median": "2s", "p99": "1s"}}"#), order);
    assert_eq!(message(r#"{"delay": 5}"#), "expected a string, found 5");
}

#[test]
fn life_id_and_expect() {
    let life =
        |words: &str| one(&format!(r#""on": "read", "do": "throttle", "for": {words}"#)).life;
    assert_eq!(life(r#""3x""#), Life { times: Some(3), ..Life::default() });
    assert_eq!(life(r#""2m""#), Life { time_ms: Some(120_000), ..Life::default() });
    let both = Life { times: Some(3), time_ms: Some(1_000), lease_ms: None };
    assert_eq!(life(r#"{"times": 3, "time": "1s"}"#), both);
    let rule = one(r#""id": "a-1", "on": "read", "do": "throttle", "expect": ">=1""#);
    assert_eq!(
        (rule.id.as_deref(), rule.expect.map(|expected| expected.text).as_deref()),
        (Some("a-1"), Some(">=1"))
    );
    let message = |words: &str| message(&format!(r#""on": "read", "do": "throttle", {words}"#));
    assert_eq!(message(r#""id": "header""#), "no rule can be called `header`");
    assert_eq!(message(r#""id": "a b""#), "an id is at most 64 letters, digits, `.`, `_` and `-`");
    let count = "expected a count such as 2, <=2, >=3 or 2..4, found \"often\"";
    assert_eq!(message(r#""expect": "often""#), count);
    assert_eq!(message(r#""for": 3"#), "expected a string or a table, found 3");
    assert_eq!(message(r#""if": 3"#), "unknown key `if`");
    assert_eq!(
        json(r#"{"on": "read"}"#).expect_err("no do").mistakes()[0].message,
        "`do` is missing"
    );
    assert!(json("[]").expect("no rules").is_empty());
}

#[test]
fn an_error_that_the_model_does_not_list_is_refused_unless_forced() {
    let refused = message(r#""on": "aws:DescribeUser", "do": "quota""#);
    assert_eq!(refused, "`aws:DescribeUser` cannot answer `quota`");
    let refused = message(r#""on": "read", "do": "conflict""#);
    assert_eq!(refused, "`read` cannot answer `conflict`");
    let refused =
        message(r#""on": "*:Delete*", "do": {"error": "conflict", "reason": "duplicate"}"#);
    assert_eq!(refused, "`*:Delete*` cannot answer `conflict`");
    let forced = one(r#""on": "aws:DescribeUser", "do": {"error": "quota", "force": true}"#);
    assert!(forced.on.operations.contains("aws", Operation::DescribeUser));
    let some = one(r#""on": "aws:*", "do": "quota""#).on.operations;
    assert!(some.contains("aws", Operation::CreateUser));
    assert!(!some.contains("aws", Operation::DescribeUser));
    let error = spec("aws:ListUsers=quota").expect_err("refused");
    assert_eq!(error.mistakes()[0].message, "`aws:ListUsers` cannot answer `quota`");
}

#[test]
fn whatever_is_written_there_is_a_rule_or_a_mistake() {
    use proptest::prelude::*;
    let texts = "(aws:UpdateUser|read|throttle|commit\\+denied|always|xx\\.|p=0\\.5|3x|2m|<=2|1s\\.\\.2s|rule|[a-z0-9@=,.<>x+ü]{0,6})";
    let word = prop_oneof![
        texts.prop_map(Json::from),
        (-1_i64..4).prop_map(Json::from),
        (0.0..2.0_f64).prop_map(Json::from),
        any::<bool>().prop_map(Json::from),
        Just(Json::Null),
    ];
    let keys = [
        names(RULE),
        names(FOR),
        vec![
            "op",
            "attempt",
            "p",
            "nth",
            "per",
            "error",
            "delay",
            "status",
            "p99",
            "wire",
            "cut",
            "over",
            "stale",
            "attribute",
        ],
    ];
    let table = proptest::collection::btree_map(
        proptest::sample::select(keys.concat()).prop_map(str::to_owned),
        word.clone(),
        0..3,
    );
    let value = prop_oneof![
        word.clone(),
        proptest::collection::vec(word, 0..3).prop_map(Json::from),
        table.prop_map(|table| Json::from(table.into_iter().collect::<serde_json::Map<_, _>>())),
    ];
    let words = proptest::array::uniform4(proptest::option::of(value));
    proptest!(|(words in words, line in "[a-zA-Z:*=@,.0-9x+ü]{0,24}")| {
        let named = ["on", "do", "when", "for"].iter().zip(&words);
        let rule: serde_json::Map<_, _> = named
            .filter_map(|(name, value)| Some(((*name).to_owned(), value.clone()?)))
            .collect();
        if let Ok(rules) = json(&Json::from(rule).to_string()) {
            prop_assert_eq!(rules.len(), 1, "neither rule nor mistake");
        }
        // A line that is no rule is told why.
        if let Err(error) = spec(&line) {
            prop_assert_ne!(&error.mistakes()[0].message, "this is no rule");
        }
    });
}
