//! Which rules are accepted in which form, and where errors are reported.

use serde_json::{Map, Value as Json, json};

use super::*;
use crate::domain::Operation;
use crate::faults::{
    CLASSES, CountRange, Delay, Life, Per, RULES_MAX, TimeSpan, Trigger, WireEffect,
};
use crate::glob::Glob;

/// Two dialects. `huawei` serves every operation, `aws` some.
fn catalog() -> DialectCatalog {
    let is_aws = |operation: &Operation| {
        use Operation as O;
        !matches!(operation, O::EnableUser | O::DisableUser | O::ResetPwdMode | O::VerifyEmail)
    };
    let aws = Operation::all().filter(is_aws).map(|operation| ("aws", operation));
    let huawei = Operation::all().map(|operation| ("huawei", operation));
    DialectCatalog::new(aws.chain(huawei))
}

fn from_text(text: &str) -> Result<Vec<Rule>, FileError> {
    parse_json("body", text, &catalog())
}

fn spec(text: &str) -> Result<Rule, FileError> {
    parse_spec("--fault", text, &catalog())
}

/// A rule of these members, besides an `on` and a `do` that are valid.
fn with(members: Json) -> Result<Rule, FileError> {
    let mut rule = json!({ "on": "read", "do": "throttle" });
    for (name, value) in members.as_object().expect("members") {
        rule[name] = value.clone();
    }
    from_text(&rule.to_string()).map(|mut rules| rules.remove(0))
}

fn accepted(members: Json) -> Rule {
    with(members).unwrap_or_else(|error| panic!("{error}"))
}

fn error(members: Json) -> String {
    with(members).expect_err("an invalid rule").to_string()
}

fn span(text: &str) -> TimeSpan {
    text.parse().expect("a time")
}

#[test]
fn toml_json_and_one_line_give_the_same_rule() {
    let toml =
        "[[fault]]\non = '*:UpdateUser'\nwhen = { p = 0.33 }\ndo = 'commit+conflict'\nfor = '3x'\n";
    let toml = parse_toml("rules.toml", toml, &catalog()).expect("rules");
    let json =
        r#"{"on": "*:UpdateUser", "when": {"p": 0.33}, "do": "commit+conflict", "for": "3x"}"#;
    let spec = spec("*:UpdateUser=commit+conflict@0.33,3x").expect("a rule");
    assert_eq!(toml, std::slice::from_ref(&spec));
    assert_eq!(from_text(json).expect("rules"), std::slice::from_ref(&spec));
    assert_eq!(spec.on, Selector::operations(["*:UpdateUser"]));
    assert_eq!(spec.when.p, Some(0.33));
    assert!(spec.effect.commit);
    assert_eq!(spec.life, Life { times: Some(3), ..Life::default() });
}

#[test]
fn toml_errors_show_the_line_of_the_first_error() {
    let error = |text: &str| {
        parse_toml("rules.toml", text, &catalog()).expect_err("an invalid rule").to_string()
    };
    let valid = "[[fault]]\non = \"read\"\ndo = \"throttle\"\n\n";
    let names = "throttle, conflict, quota, not-found, invalid, denied, expired-token, bad-signature, \
                 clock-skew, unknown-operation, internal, unavailable";
    assert_eq!(
        error(&format!("{valid}[[fault]]\non = \"read\"\ndo = \"throtle\"\n")),
        format!(
            "rules.toml:7:6: unknown fault class \"throtle\"; did you mean \"throttle\"? (known: \
             {names}, reset, close, hang, garbage)\n  |\n7 | do = \"throtle\"\n  |      ^^^^^^^^^"
        )
    );
    let keys = "`p`, `share`, `first`, `nth`, `every`, `skip`, `pattern`, `over`, `burst`, `window`, \
                `per`";
    assert_eq!(
        error("[[fault]]\non = \"read\"\nwhen = { shaer = 0.5 }\ndo = \"throttle\"\n"),
        format!(
            "rules.toml:3:10: unknown key `shaer`, expected one of {keys}\n  |\n\
             3 | when = {{ shaer = 0.5 }}\n  |          ^^^^^\n  = help: did you mean `share`?"
        )
    );
    assert_eq!(
        error("[[fault]]\non = [\"read\", \"aws:UpdteUser\"]\ndo = \"throttle\"\n"),
        "rules.toml:2:15: no operation matches \"aws:UpdteUser\"; did you mean \"aws:UpdateUser\" or \
         \"huawei:UpdateUser\"?\n  |\n2 | on = [\"read\", \"aws:UpdteUser\"]\n  |               \
         ^^^^^^^^^^^^^^^"
    );
    assert_eq!(
        error("[[fault]]\non = \"read\"\nwhen = { p = 50 }\ndo = \"throttle\"\n"),
        "rules.toml:3:14: a chance is a number from 0 to 1, found 50; for 50 % write 0.5\n  |\n\
         3 | when = { p = 50 }\n  |              ^^"
    );
    assert_eq!(
        error(&format!("{valid}[[fault]]\non = \"read\"\n")),
        "rules.toml:5:1: missing field `do`\n  |\n5 | [[fault]]\n  | ^^^^^^^^^"
    );
    let twice = "[[fault]]\nid = \"a\"\non = \"read\"\ndo = \"throttle\"\n".repeat(2);
    assert_eq!(
        error(&twice),
        "rules.toml:6:6: two rules have the id \"a\"\n  |\n6 | id = \"a\"\n  |      ^^^"
    );
    assert!(
        error("[[fault]]\non = \"read\"\nfor = \"3\"\ndo = \"reset\"\n")
            .starts_with("rules.toml:3:7: expected a life such as 3x or 2m, found \"3\"\n")
    );
    assert!(error("fault = 3").starts_with("rules.toml:1:9: invalid type: integer `3`"));
}

#[test]
fn toml_files_may_have_other_settings() {
    let text = "seed = 7\n[[fault]]\non = \"read\"\ndo = \"throttle\"\n[journal]\nentries = 1\n";
    assert_eq!(parse_toml("idouble.toml", text, &catalog()).map(|rules| rules.len()), Ok(1));
    assert_eq!(parse_toml("idouble.toml", "seed = 7", &catalog()), Ok(Vec::new()));
}

#[test]
fn json_errors_name_the_pointer() {
    let error = |text: &str| from_text(text).expect_err("an invalid rule").to_string();
    assert_eq!(error(r#"{"on": "read"}"#), "body: missing field `do`");
    assert_eq!(
        error(r#"{"on": "read", "do": {"delay": "soon"}}"#),
        "/do/delay: expected a delay of at most 5m, such as 200ms or 50ms..2s, found \"soon\""
    );
    assert_eq!(
        error(r#"[{"on": "read", "do": "reset"}, {"on": "read", "do": {"stale": "2m"}}]"#),
        "/1/do/stale: the lag of stale reads is at most 1m"
    );
    // The text form of `when` has no member `p`.
    assert!(
        error(r#"{"on": "read", "do": "reset", "when": "p=2"}"#).starts_with("/when: a chance")
    );
    let on = r#"{"on": ["read", "azure:*"], "do": "reset"}"#;
    assert!(error(on).starts_with("/on/1: no operation matches \"azure:*\"; "));
    let key = error(r#"{"on": "read", "do": {"eror": "throttle"}}"#);
    assert!(key.starts_with("/do/eror: unknown key `eror`, expected one of `error`, "), "{key}");
    assert!(key.ends_with("; did you mean `error`?"), "{key}");
    assert_eq!(error("7"), "body: invalid type: integer `7`, expected a rule or a list of rules");
    assert!(error("[{]").starts_with("body: key must be a string at line 1 column 3"));
    assert!(from_text("[]").expect("no rules").is_empty());
}

#[test]
fn errors_of_one_line_show_the_line() {
    let error = |text: &str| spec(text).expect_err("an invalid rule").to_string();
    assert!(error("aws:UpdateUser=throtle@50,0x").starts_with(
        "--fault \"aws:UpdateUser=throtle@50,0x\": unknown fault class \"throtle\"; did you mean"
    ));
    assert_eq!(
        error("read=throttle@50"),
        "--fault \"read=throttle@50\": a chance is a number from 0 to 1, found 50; for 50 % write 0.5"
    );
    assert_eq!(
        error("aws:UpdateUser"),
        "--fault \"aws:UpdateUser\": expected ON=DO[@WHEN][,FOR], such as aws:UpdateUser=throttle@0.3,3x"
    );
    assert!(error("read=\u{1b}[31m").contains(r"\u{1b}[31m"), "control characters are escaped");
    for invalid in ["", "=throttle", "aws:UpdateUser=", "read=throttle@", "read=throttle,"] {
        assert!(spec(invalid).is_err(), "{invalid}");
    }
}

#[test]
fn one_line_accepts_chance_pattern_conditions_and_life() {
    let when = |text: &str| spec(text).expect("a rule").when;
    assert_eq!(when("aws:UpdateUser=throttle"), Trigger::default());
    assert_eq!(when("aws:UpdateUser=throttle@always"), Trigger::default());
    assert_eq!(when("read=throttle@xx.").pattern, Some("xx.".parse().expect("a pattern")));
    let both = when("read=throttle@p=0.5,per=session,2m");
    assert_eq!((both.p, both.per), (Some(0.5), Per::Session));
    let first = spec("read=throttle@first=2,per=user,5x").expect("a rule");
    assert_eq!((first.when.first, first.when.per), (Some(2), Per::User));
    assert_eq!(first.life.times, Some(5));
    assert_eq!(spec("read=throttle,2m").expect("a rule").life.time, Some(span("2m")));
}

#[test]
fn on_accepts_patterns_lists_and_tables() {
    let on = |on: Json| accepted(json!({ "on": on })).on;
    assert_eq!(on(json!("write")), Selector::operations(["write"]));
    let list = on(json!(["aws:UpdateUser", "huawei:ListUsers"]));
    assert_eq!(list, Selector::operations(["aws:UpdateUser", "huawei:ListUsers"]));
    let table = on(json!({
        "op": "read", "store": "d-*", "user": "u", "group": "g", "session": "t1", "attempt": "<=2",
        "attribute": "title", "header": { "x-team": "red" },
    }));
    assert_eq!((table.store, table.group), (Some(Glob::new("d-*")), Some(Glob::new("g"))));
    assert_eq!(table.attempt, Some(CountRange { min: 0, max: 2 }));
    assert_eq!(table.header["x-team"], Glob::new("red"));
    assert_eq!(on(json!({ "attempt": 2 })).attempt, Some(2.into()));
}

#[test]
fn on_rejects_unknown_names_and_empty_values() {
    for (on, expected) in [
        (json!("aws:EnableUser"), "/on: no operation matches \"aws:EnableUser\"; did you mean"),
        (json!([]), "/on: this list is empty"),
        (json!({ "op": [] }), "/on/op: this list is empty"),
        (
            json!(7),
            "/on: invalid type: integer `7`, expected a string, a list of strings or a table",
        ),
        (json!(""), "/on: no operation matches \"\"; "),
        (json!({ "sesion": "t" }), "/on/sesion: unknown key `sesion`, expected one of `op`, "),
        (json!({ "session": "" }), "/on/session: expected a text, found an empty one"),
        (json!({ "store": "a".repeat(1025) }), "/on/store: a text has at most 1024 characters"),
        (json!({ "attempt": 0 }), "/on/attempt: attempts count from 1"),
        (
            json!({ "attempt": "two" }),
            "/on/attempt: expected a count such as 2, <=2, >=3 or 2..4, found \"two\"",
        ),
        (json!({ "header": { "a b": "x" } }), "/on/header/a b: \"a b\" is not a header name"),
    ] {
        let error = error(json!({ "on": on }));
        assert!(error.starts_with(expected), "{error}");
    }
    let patterns = error(json!({ "on": vec!["read"; 101] }));
    assert_eq!(patterns, "/on: this list has 101 elements; at most 100 are allowed");
}

#[test]
fn when_accepts_texts_and_tables() {
    let when = |when: Json| accepted(json!({ "when": when })).when;
    let table = when(json!({
        "p": 1, "first": 9, "nth": [1, 3], "every": 2, "skip": 0, "pattern": "x.", "per": "op",
        "share": 0.5, "over": "5/s", "burst": 10, "window": "1s..2s",
    }));
    let expected = Trigger {
        p: Some(1.0),
        share: Some(0.5),
        first: Some(9),
        nth: vec![1, 3],
        every: Some(2),
        skip: Some(0),
        pattern: Some("x.".parse().expect("a pattern")),
        over: Some("5/s".parse().expect("a rate")),
        burst: Some(10),
        window: Some("1s..2s".parse().expect("a window")),
        per: Per::Op,
    };
    assert_eq!(table, expected);
    let text = "p=1,first=9,nth=1,every=2,skip=0,pattern=x.,per=op,share=.5,over=5/s,burst=10,\
                window=1s..2s";
    assert_eq!(when(json!(text)), Trigger { nth: vec![1], ..expected });
    assert_eq!(when(json!({ "nth": 3 })).nth, [3]);
    assert_eq!(when(json!("always")), Trigger::default());
    assert_eq!(when(json!("p=0.5,first=2")), when(json!({ "p": 0.5, "first": 2 })));
}

#[test]
fn when_rejects_invalid_conditions() {
    let forms = "expected \"always\", a chance such as 0.3, a pattern such as \"xx.\", or conditions \
                 such as \"p=0.3,per=user\", found";
    for (when, expected) in [
        (json!("sometimes"), &*format!("/when: {forms} \"sometimes\"")),
        (json!(".."), &*format!("/when: {forms} \"..\"")),
        (json!("0e1"), &*format!("/when: {forms} \"0e1\"")),
        (
            json!({ "p": 50 }),
            "/when/p: a chance is a number from 0 to 1, found 50; for 50 % write 0.5",
        ),
        (json!({ "p": -0.1 }), "/when/p: a chance is a number from 0 to 1, found -0.1"),
        (json!({ "p": "half" }), "/when/p: invalid type: string \"half\", expected f64"),
        (json!("p=nan"), "/when: invalid type: string \"nan\", expected f64"),
        (json!("p=0.1,p=0.2"), "/when: `p` is set twice"),
        (json!("p=0.5,frist=2"), "/when: unknown key `frist`, expected one of "),
        (json!("p=0.5,share=2"), "/when: a chance is a number from 0 to 1, found 2"),
        (json!("p=0.5,first"), "/when: expected conditions such as \"p=0.3,per=user\""),
        (json!({ "first": 0 }), "/when/first: expected an integer from 1 to 999999999, found 0"),
        (json!({ "every": 1.5 }), "/when/every: invalid type: floating point `1.5`, expected u32"),
        (json!({ "nth": [] }), "/when/nth: this list is empty"),
        (json!({ "nth": [1, 0] }), "/when/nth/1: expected an integer from 1 to 999999999, found 0"),
        (
            json!({ "per": "users" }),
            "/when/per: unknown variant `users`, expected one of `rule`, `session`, `store`, `user`, `op`, \
             `invocation`, `connection`; did you mean `user`?",
        ),
        (json!({ "share": 0.5 }), "/when/share: `share` needs `per`, such as per = \"user\""),
        (json!("share=0.5"), "/when: `share` needs `per`, such as per = \"user\""),
        (json!({ "burst": 5 }), "/when/burst: `burst` needs `over`"),
        (json!({ "over": "5" }), "/when/over: expected a rate such as 5/s or 100/5m, found \"5\""),
        (json!({ "over": "0/s" }), "/when/over: expected a rate such as"),
        (json!({ "over": "5/0s" }), "/when/over: expected a rate such as"),
        (json!({ "window": "2s..1s" }), "/when/window: the window \"2s..1s\" is empty"),
        (json!([]), "/when: invalid type: sequence, expected a string or a table"),
    ] {
        let error = error(json!({ "when": when }));
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn do_accepts_texts_and_tables() {
    let effect = |effect: Json| accepted(json!({ "on": "write", "do": effect })).effect;
    for class in CLASSES {
        assert_eq!(effect(json!(class.name)).error, Some(class));
        let committed = effect(json!(format!("commit+{}", class.name)));
        assert!(committed.commit && committed.error == Some(class), "{}", class.name);
    }
    for name in WireEffect::names() {
        assert_eq!(effect(json!(name)).wire.map(|wire| wire.name), Some(name));
    }
    let table = effect(json!({
        "error": "throttle", "commit": true, "delay": "50ms..2s", "retry-after": "1s", "status": 503,
        "cut": 10, "drip": "16/100ms", "content-type": "text/html",
    }));
    assert_eq!(table.delay, Some(Delay::Between { min: span("50ms"), max: span("2s") }));
    assert_eq!((table.retry_after, table.status), (Some(span("1s")), Some(503)));
    let slow = effect(json!({ "delay": "0ms" }));
    assert!(slow.error.is_none() && slow.delay.is_some());
}

#[test]
fn do_rejects_what_cannot_happen() {
    let delay = "expected a delay of at most 5m, such as 200ms or 50ms..2s, found";
    let lost = "/do/error: `error` is never sent, because `wire` loses the response";
    let header = "expected 1 to 256 printable ASCII characters, found";
    for (effect, expected) in [
        (json!("commit"), "/do: unknown fault class \"commit\" (known: throttle, "),
        (json!("commit+commit+throttle"), "/do: unknown fault class \"commit+throttle\" (known: "),
        (json!("commit+reest"), "/do: unknown fault class \"reest\"; did you mean \"reset\"?"),
        (json!({}), "/do: this does nothing; set `error`, `delay`, `stale` or `wire`"),
        (json!({ "commit": false }), "/do: this does nothing"),
        (
            json!({ "commit": true, "delay": "1s" }),
            "/do/commit: `commit` needs `error`, or a `wire` that loses the response",
        ),
        (json!({ "commit": true, "cut": "50%" }), "/do/commit: `commit` needs `error`"),
        (json!({ "error": "denied", "wire": "reset" }), lost),
        (
            json!({ "wire": "rest" }),
            "/do/wire: unknown wire effect \"rest\"; did you mean \"reset\"? (known: reset, close, hang, \
             garbage)",
        ),
        (
            json!({ "cut": "100%" }),
            "/do/cut: expected a part below 100 % such as \"50%\", or a number",
        ),
        (json!({ "cut": -1 }), "/do/cut: expected a part below 100 %"),
        (
            json!({ "drip": "16" }),
            "/do/drip: expected bytes and an interval of at most 1m, such as 16/",
        ),
        (json!({ "drip": "16/2m" }), "/do/drip: expected bytes and an interval of at most 1m"),
        (json!({ "content-type": "text\t" }), &*format!("/do/content-type: {header} \"text\\t\"")),
        (json!({ "stale": "2m" }), "/do/stale: the lag of stale reads is at most 1m"),
        (json!({ "stale": "1s" }), "/on: \"write\" is never `stale`; reads are: DescribeUser, "),
        (json!({ "stale": "1s", "error": "denied" }), "/do/stale: `stale` needs a response"),
        (json!({ "code": "Odd" }), "/do/code: `code` needs `error`"),
        (json!({ "reason": "duplicate" }), "/do/reason: `reason` needs `error`"),
        (
            json!({ "error": "conflict", "reason": "duplicat" }),
            "/do/reason: unknown reason \"duplicat\"; did you mean \"duplicate\"? (known: concurrent, \
             duplicate)",
        ),
        (
            json!({ "error": "throttle", "reason": "duplicate" }),
            "/do/reason: `throttle` has no reasons",
        ),
        (
            json!({ "error": "denied", "retry-after": "1s" }),
            "/do/retry-after: `retry-after` is not supported by `denied`; use it with throttle, internal, \
             unavailable",
        ),
        (
            json!({ "error": "denied", "status": 200 }),
            "/do/status: expected a status from 400 to 599",
        ),
        (json!({ "error": "denied", "status": -1 }), "/do/status: invalid value: integer `-1`"),
        (json!({ "error": "denied", "message": "" }), "/do/message: expected a text"),
        (json!({ "delay": "2s..1s" }), "/do/delay: the range \"2s..1s\" is empty"),
        (json!({ "delay": "6m" }), &*format!("/do/delay: {delay} \"6m\"")),
        (json!({ "delay": {} }), "/do/delay: missing field `median`"),
        (json!({ "delay": { "median": "80ms" } }), "/do/delay: missing field `p99`"),
        (
            json!({ "delay": { "median": "2s", "p99": "1s" } }),
            "/do/delay: `median` is at least 1ms, and `p99` is not below it",
        ),
        (
            json!({ "delay": { "median": "2s", "p99": "6m" } }),
            "/do/delay/p99: a delay is at most 5m",
        ),
        (
            json!({ "delay": 5 }),
            "/do/delay: invalid type: integer `5`, expected a string or a table",
        ),
    ] {
        let error = error(json!({ "on": "write", "do": effect }));
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn codes_are_printable_ascii() {
    let with_code = |code: &str| with(json!({ "do": { "error": "throttle", "code": code } }));
    for valid in ["OddException", "com.amazon#Odd", "APIGW.0308", "a b"] {
        assert!(with_code(valid).is_ok(), "{valid}");
    }
    for invalid in ["", "é", "a\tb", "a\r\nx: y", "\u{7f}", "a\0", &"x".repeat(257)] {
        assert!(with_code(invalid).is_err(), "{invalid:?}");
    }
}

#[test]
fn dates_in_error_members_become_text() {
    let toml = "[[fault]]\non = \"read\"\n[fault.do]\nerror = \"throttle\"\nfields = { at = 2026-01-02, \
                more = [{ at = 2026-01-02T03:04:05Z }] }\n";
    let rules = parse_toml("rules.toml", toml, &catalog()).expect("rules");
    let fields = Json::Object(rules[0].effect.fields.clone());
    assert_eq!(fields, json!({ "at": "2026-01-02", "more": [{ "at": "2026-01-02T03:04:05Z" }] }));
}

#[test]
fn life_id_and_expect_are_checked() {
    let life = |life: Json| accepted(json!({ "for": life })).life;
    assert_eq!(life(json!("3x")), Life { times: Some(3), ..Life::default() });
    assert_eq!(life(json!("2m")), Life { time: Some(span("2m")), ..Life::default() });
    let all = life(json!({ "times": 3, "time": "1s", "lease": "30s" }));
    let (time, lease) = (Some(span("1s")), Some(span("30s")));
    assert_eq!(all, Life { times: Some(3), time, lease });
    let rule = accepted(json!({ "id": "a-1", "expect": ">=1" }));
    assert_eq!(rule.id.as_deref(), Some("a-1"));
    assert_eq!(rule.expect, Some(CountRange { min: 1, max: u32::MAX }));
    assert_eq!(accepted(json!({ "expect": 2 })).expect, Some(2.into()));
    for (members, expected) in [
        (json!({ "id": "header" }), "/id: the id \"header\" is reserved"),
        (json!({ "id": "a b" }), "/id: an id has 1 to 64 letters, digits, `.`, `_` and `-`"),
        (json!({ "expect": "often" }), "/expect: expected a count such as 2, <=2, >=3 or 2..4"),
        (json!({ "for": 3 }), "/for: invalid type: integer `3`, expected a string or a table"),
        (json!({ "for": { "times": 0 } }), "/for/times: expected an integer from 1 to"),
        (
            json!({ "if": 3 }),
            "/if: unknown key `if`, expected one of `id`, `on`, `when`, `do`, `for`",
        ),
    ] {
        let error = error(members);
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn errors_that_the_model_does_not_list_need_force() {
    let error = |on: &str, effect: Json| error(json!({ "on": on, "do": effect }));
    let quota = error("aws:DescribeUser", json!("quota"));
    assert!(
        quota.starts_with("/on: \"aws:DescribeUser\" never answers `quota`; these operations do: ")
    );
    assert!(quota.ends_with("to force it, set `force = true` in `do`"), "{quota}");
    assert!(error("read", json!("conflict")).starts_with("/on: \"read\" never answers `conflict`"));
    let duplicate = json!({ "error": "conflict", "reason": "duplicate" });
    assert!(error("*:Delete*", duplicate).starts_with("/on: \"*:Delete*\" never answers"));
    let matched = |on: &str, effect: Json| {
        let rule = accepted(json!({ "on": on, "do": effect }));
        rule.compile(&catalog()).expect("a valid rule").operations
    };
    let forced = matched("aws:DescribeUser", json!({ "error": "quota", "force": true }));
    assert!(forced.contains("aws", Operation::DescribeUser));
    let some = matched("aws:*", json!("quota"));
    assert!(some.contains("aws", Operation::CreateUser));
    assert!(!some.contains("aws", Operation::DescribeUser));
}

#[test]
fn rules_serialize_to_the_form_that_a_user_writes() {
    let rules = [
        json!({ "on": "aws:UpdateUser", "when": "always", "do": "throttle" }),
        json!({ "on": ["read", "write"], "when": "xx.", "do": "commit+reset", "for": "3x" }),
        json!({ "on": { "session": "t1" }, "when": { "p": 0.5, "per": "user" }, "do": "hang", "for": "2m" }),
        json!({
            "id": "a",
            "on": { "op": "read", "attempt": "<=2", "header": { "x-team": "red" } },
            "when": { "over": "5/s", "burst": 10, "nth": [1, 2], "window": "10s..1m" },
            "do": {
                "error": "throttle", "retry-after": "1500ms", "fields": { "a": [1] }, "cut": "50%",
                "delay": { "median": "80ms", "p99": "2s" }, "drip": "16/100ms",
            },
            "for": { "times": 2, "lease": "30s" },
            "expect": "2..4",
        }),
        json!({ "on": "read", "when": { "every": 4 }, "do": { "stale": "2s", "delay": "50ms..2s" } }),
    ];
    for rule in rules {
        let parsed = from_text(&rule.to_string()).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(serde_json::to_value(&parsed[0]).expect("JSON"), rule);
    }
    // A long form is shortened.
    let long = accepted(json!({ "on": { "op": ["read"] }, "do": { "error": "throttle" } }));
    assert_eq!(serde_json::to_value(&long).expect("JSON")["on"], "read");
    assert_eq!(serde_json::to_value(&long).expect("JSON")["do"], "throttle");
}

#[test]
fn more_rules_than_the_limit_are_parsed_and_not_added() {
    let rule = r#"{"on": "read", "do": "throttle"}"#;
    let rules = from_text(&format!("[{}]", vec![rule; RULES_MAX + 1].join(",")));
    assert_eq!(rules.expect("rules").len(), RULES_MAX + 1);
}

mod agreement {
    //! The JSON Schema accepts what serde accepts.

    use proptest::collection::{btree_map, vec};
    use proptest::prelude::*;
    use proptest::sample::select;
    use proptest::test_runner::RngSeed;

    use super::*;

    fn scalar() -> impl Strategy<Value = Json> {
        let texts = select(vec![
            "",
            "always",
            "xx.",
            "..",
            "x",
            "0.5",
            ".5",
            "1",
            "1.",
            "2",
            "0",
            "007",
            "p=0.5",
            "p=0.5,per=user",
            "p=2",
            "first=2,first=3",
            "first=02",
            "nth=0",
            "over=5/s,burst=3",
            "window=1s..2s",
            "read",
            "aws:UpdateUser",
            "throttle",
            "commit+denied",
            "throtle",
            "reset",
            "commit+reset",
            "rest",
            "3x",
            "0x",
            "2m",
            "05s",
            "200ms",
            "50ms..2s",
            "300000ms",
            "300001ms",
            "60000ms",
            "60001ms",
            "61s",
            "301s",
            "5m",
            "6m",
            "0h",
            "1h",
            "1d",
            "1000000000s",
            "<=2",
            "<0",
            "4..2",
            "2..4",
            ">=3",
            "1s..2s",
            "2s..1s",
            "rule",
            "user",
            "users",
            "50%",
            "100%",
            "0%",
            "16/100ms",
            "0/1s",
            "16/2m",
            "5/s",
            "5/2m",
            "0/s",
            "5/0s",
            "duplicate",
            "concurrent",
            "Odd",
            "é",
            "tab\t",
            "text/html",
            "a-1",
            "a b",
            "header",
            "userName",
        ]);
        prop_oneof![
            8 => texts.prop_map(Json::from),
            1 => "[a-z0-9@=,.<>x+%/]{0,6}".prop_map(Json::from),
            2 => (-1_i64..700).prop_map(Json::from),
            1 => select(vec![999_999_999_i64, 1_000_000_000]).prop_map(Json::from),
            1 => (0.01..1.5_f64).prop_map(Json::from),
            1 => any::<bool>().prop_map(Json::from),
        ]
    }

    fn table(keys: &'static [&'static str], value: BoxedStrategy<Json>) -> BoxedStrategy<Json> {
        let key = select(keys).prop_map(str::to_owned);
        let members = btree_map(key, value, 0..4);
        members.prop_map(|members| Json::Object(members.into_iter().collect())).boxed()
    }

    fn value(tables: Vec<BoxedStrategy<Json>>) -> BoxedStrategy<Json> {
        let mut all = vec![(3, scalar().boxed()), (1, list())];
        all.extend(tables.into_iter().map(|table| (3, table)));
        proptest::strategy::Union::new_weighted(all).boxed()
    }

    fn list() -> BoxedStrategy<Json> {
        vec(scalar(), 0..3).prop_map(Json::from).boxed()
    }

    fn any_rule() -> impl Strategy<Value = Json> {
        let header = table(&["x-team", "a b", ""], scalar().boxed());
        let on = table(
            &["op", "store", "user", "group", "attribute", "session", "attempt", "header", "odd"],
            value(vec![header]),
        );
        let when = table(
            &[
                "p", "share", "first", "nth", "every", "skip", "pattern", "over", "burst",
                "window", "per", "odd",
            ],
            value(vec![]),
        );
        let delay = table(&["median", "p99", "max", "odd"], scalar().boxed());
        let effect = table(
            &[
                "error",
                "reason",
                "code",
                "status",
                "message",
                "fields",
                "retry-after",
                "commit",
                "delay",
                "wire",
                "cut",
                "drip",
                "content-type",
                "stale",
                "force",
                "odd",
            ],
            value(vec![delay]),
        );
        let life = table(&["times", "time", "lease", "odd"], scalar().boxed());
        let id = prop_oneof![3 => Just(None), 1 => scalar().prop_map(Some)];
        let expect = prop_oneof![3 => Just(None), 1 => scalar().prop_map(Some)];
        let optional = |strategy: BoxedStrategy<Json>| proptest::option::of(strategy);
        (
            prop_oneof![2 => Just(json!("read")).boxed(), 1 => value(vec![on])],
            prop_oneof![2 => Just(json!("throttle")).boxed(), 3 => value(vec![effect])],
            optional(value(vec![when])),
            optional(value(vec![life])),
            id,
            expect,
        )
            .prop_map(|(on, effect, when, life, id, expect)| {
                let members = [
                    ("on", Some(on)),
                    ("do", Some(effect)),
                    ("when", when),
                    ("for", life),
                    ("id", id),
                    ("expect", expect),
                ];
                let members = members.into_iter().filter_map(|(name, value)| Some((name, value?)));
                Json::Object(members.map(|(name, value)| (name.to_owned(), value)).collect())
            })
    }

    fn config(cases: u32) -> ProptestConfig {
        ProptestConfig {
            cases,
            rng_seed: RngSeed::Fixed(7),
            failure_persistence: None,
            ..ProptestConfig::default()
        }
    }

    #[test]
    fn the_schema_and_the_loader_accept_the_same_rules() {
        let schema = jsonschema::validator_for(&rule_schema()).expect("a schema");
        let catalog = catalog();
        proptest!(config(1_000), |(rule in any_rule())| {
            let read = serde_json::from_value::<Rule>(rule.clone());
            let is_valid = schema.is_valid(&rule);
            match read {
                // What is invalid by its form does not fit.
                Err(error) => prop_assert!(!is_valid || is_empty_range(&error), "{rule}: {error}"),
                // What fits by its form can still be invalid by its meaning.
                Ok(read) => {
                    let is_rule = read.check(&catalog).is_ok();
                    prop_assert!(is_valid || !is_rule, "{rule}");
                    if is_rule {
                        let written = serde_json::to_value(&read).expect("JSON");
                        let again = serde_json::from_value::<Rule>(written.clone());
                        prop_assert_eq!(again.expect("its own form"), read, "{}", written);
                    }
                }
            }
        });
    }

    #[test]
    fn null_is_an_absent_member() {
        let schema = jsonschema::validator_for(&rule_schema()).expect("a schema");
        let nulls = json!({
            "id": null,
            "on": { "store": null, "attribute": null, "attempt": null },
            "when": { "p": null, "first": null, "pattern": null, "over": null },
            "do": { "error": "throttle", "reason": null, "stale": null, "delay": null, "cut": null },
            "for": { "times": null, "time": null },
            "expect": null,
        });
        assert!(schema.is_valid(&nulls));
        let rule = serde_json::from_value::<Rule>(nulls).expect("a rule");
        let absent = json!({ "on": {}, "do": { "error": "throttle" } });
        assert_eq!(rule, serde_json::from_value::<Rule>(absent).expect("a rule"));
    }

    #[test]
    fn members_of_an_error_may_be_unset_without_an_error() {
        let schema = jsonschema::validator_for(&rule_schema()).expect("a schema");
        for (member, unset, set) in [
            ("fields", json!({}), json!({ "a": 1 })),
            ("force", json!(false), json!(true)),
            ("status", json!(null), json!(500)),
        ] {
            let is_accepted = |value: &Json| {
                let rule = json!({ "on": "read", "do": { "delay": "1s", member: value } });
                let read =
                    serde_json::from_value::<Rule>(rule.clone()).expect("a rule by its form");
                let is_rule = read.check(&catalog()).is_ok();
                assert_eq!(schema.is_valid(&rule), is_rule, "{rule}");
                is_rule
            };
            assert!(is_accepted(&unset) && !is_accepted(&set), "{member}");
        }
    }

    /// Whether the order of two bounds is wrong, or a condition is set twice: no pattern can say this.
    fn is_empty_range(error: &serde_json::Error) -> bool {
        let error = error.to_string();
        error.contains(" is empty") || error.contains(" is set twice")
    }

    #[test]
    fn every_line_is_a_rule_or_an_error() {
        proptest!(config(256), |(line in "[a-zA-Z:*=@,.0-9x+ü]{0,24}")| {
            if let Err(error) = spec(&line) {
                prop_assert!(error.to_string().starts_with("--fault "));
            }
        });
    }

    #[test]
    fn names_in_the_schema_are_those_of_the_tables() {
        let schema = rule_schema().to_string();
        for class in CLASSES {
            assert!(schema.contains(&format!("\"{}\"", class.name)), "{}", class.name);
        }
    }

    #[test]
    fn members_of_the_schema_have_descriptions() {
        fn check(path: &str, schema: &Json) {
            let empty = Map::new();
            let members = schema["properties"].as_object().unwrap_or(&empty);
            for (name, member) in members {
                let path = format!("{path}/{name}");
                assert!(member["description"].is_string(), "{path}: {member}");
                check(&path, member);
                for form in member["anyOf"].as_array().into_iter().flatten() {
                    check(&path, form);
                }
            }
        }
        check("", &rule_schema());
    }
}
