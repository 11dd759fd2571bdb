//! Fault rules as clients of either cloud see them: selectors, lifetimes, overrides and stale reads.

use crate::world::{AwsClient, Client, HuaweiClient, NOW_MS, STORE, Why, World, request};
use idouble::internal::dialect::Response;
use idouble::internal::domain::{Operation, Timestamp};
use idouble::internal::faults::{DialectCatalog, Preset, Rule, parse_json, parse_toml};
use serde_json::{Value, json};

const NOW: Timestamp = Timestamp(NOW_MS);

fn after(ms: i64) -> Timestamp {
    Timestamp(NOW_MS + ms)
}

fn inject(world: &World, rule: Value) {
    let catalog = DialectCatalog::from_dialects(world.service.dialects());
    let rules = parse_json("rule", &rule.to_string(), &catalog).expect("a rule");
    world.service.faults().add(rules, NOW).expect("a rule that fits the others");
}

/// The error message of an invalid rule.
fn refused(rule: Value) -> String {
    let world = World::new();
    let catalog = DialectCatalog::from_dialects(world.service.dialects());
    parse_json("rule", &rule.to_string(), &catalog).expect_err("refused").to_string()
}

#[test]
fn examples_of_the_documented_keys_are_valid() {
    let world = World::new();
    let catalog = DialectCatalog::from_dialects(world.service.dialects());
    let mut part = "";
    let mut count = 0;
    for line in include_str!("../../../docs/faults.md").lines() {
        part = match line {
            "| key | example | matches |" => "on",
            "| key | example | fires |" => "when",
            "| key | example | effect |" => "do",
            _ if line.starts_with('|') => part,
            _ => "",
        };
        let cells: Vec<_> = line.split(" | ").collect();
        let ([keys, examples, _], false) =
            (&cells[..], part.is_empty() || line.contains("example"))
        else {
            continue;
        };
        let quoted = |text: &str| text.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        let (keys, examples): (Vec<String>, Vec<String>) = (quoted(keys), quoted(examples));
        for (index, example) in examples.iter().enumerate() {
            let key = keys.get(index).unwrap_or(&keys[0]).replace(".<name>", "");
            let on = match key.as_str() {
                "op" => "",
                "stale" => "op = 'read'\n",
                _ => "op = '*:CreateUser'\n",
            };
            let other = match key.as_str() {
                "burst" => "over = '1/s'\n",
                "share" => "per = 'user'\n",
                _ => "",
            };
            let error = match key.as_str() {
                "error" | "delay" | "wire" | "cut" | "drip" | "content-type" | "stale" => "",
                "reason" => "error = 'conflict'\n",
                _ => "error = 'internal'\n",
            };
            let of = |name: &str| {
                if part == name { format!("{key} = {example}\n") } else { String::new() }
            };
            let rule = format!(
                "[[fault]]\n[fault.on]\n{on}{}[fault.when]\n{other}{}[fault.do]\n{error}{}",
                of("on"),
                of("when"),
                of("do")
            );
            if let Err(error) = parse_toml("example", &rule, &catalog) {
                panic!("{rule}{error}");
            }
            count += 1;
        }
    }
    assert!(count > 35, "{count} examples");
}

fn body(response: &Response) -> Value {
    serde_json::from_slice(response.body()).unwrap_or_default()
}

/// Sends UpdateUser to AWS with these paths.
fn aws_update(world: &World, user: &str, paths: &[&str], headers: &[(&str, &str)]) -> Response {
    let mut all = vec![
        ("x-amz-target", "AWSIdentityStore.UpdateUser"),
        ("content-type", "application/x-amz-json-1.1"),
    ];
    all.extend(headers);
    let steps: Vec<_> =
        paths.iter().map(|path| json!({"AttributePath": path, "AttributeValue": "x"})).collect();
    let body = json!({"IdentityStoreId": STORE, "UserId": user, "Operations": steps});
    world.send(request("POST", "/", &all, body.to_string()))
}

fn huawei_update(world: &World, user: &str, paths: &[&str]) -> Response {
    let steps: Vec<_> =
        paths.iter().map(|path| json!({"attribute_path": path, "attribute_value": "x"})).collect();
    let path = format!("/v1/identity-stores/{STORE}/users/{user}");
    let headers = [("content-type", "application/json")];
    world.send(request("PUT", &path, &headers, json!({"operations": steps}).to_string()))
}

fn is_hit(response: &Response) -> bool {
    response.headers().contains_key("x-idouble-fault")
}

#[test]
fn attribute_selectors_match_both_spellings_and_parts() {
    let world = World::new();
    let user = AwsClient(&world).create_user("alice").expect("made");
    let hits = |attribute: &str, paths: &[&str], huawei_paths: &[&str]| {
        world.service.faults().clear();
        let on = json!({"op": "*:UpdateUser", "attribute": attribute});
        inject(&world, json!({"on": on, "do": "throttle"}));
        let aws = is_hit(&aws_update(&world, &user, paths, &[]));
        (aws, is_hit(&huawei_update(&world, &user, huawei_paths)))
    };
    assert_eq!(hits("displayName", &["title", "displayName"], &["display_name"]), (true, true));
    assert_eq!(hits("display_name", &["displayName"], &["title"]), (true, false));
    assert_eq!(hits("name", &["name.givenName"], &["name"]), (true, true));
    assert_eq!(hits("name.given_name", &["name.familyName"], &["name"]), (false, true));
    assert_eq!(hits("emails", &["title"], &["emails"]), (false, true));
    let department = "aws:identitystore:enterprise.department";
    assert_eq!(hits("enterprise.department", &[department], &["enterprise"]), (true, true));
    let odd = refused(json!({"on": {"attribute": "emial"}, "do": "throttle"}));
    assert!(odd.contains("no user or group has an attribute \"emial\""), "{odd}");
}

#[test]
fn groups_and_headers_are_matched() {
    let world = World::new();
    let aws = AwsClient(&world);
    let (user, group) = (aws.create_user("alice"), aws.create_group("crew"));
    let (user, group) = (user.expect("made"), group.expect("made"));
    inject(&world, json!({"on": {"group": group}, "do": "internal"}));
    assert_eq!(aws.join(&group, &user), Err(Why::Other));
    assert!(aws.title(&user).is_ok());
    assert_eq!(HuaweiClient(&world).members(&group), Err(Why::Other));
    world.service.faults().clear();
    let on = json!({"op": "write", "header": {"user-agent": "*terraform*", "x-team": "red"}});
    inject(&world, json!({"on": on, "do": "denied"}));
    let hit = |headers| is_hit(&aws_update(&world, &user, &["title"], headers));
    assert!(hit(&[("user-agent", "hashicorp terraform/1"), ("x-team", "red")]));
    assert!(!hit(&[("user-agent", "hashicorp terraform/1")]));
    assert!(!hit(&[("user-agent", "boto3"), ("x-team", "red")]));
}

#[test]
fn rates_are_measured_per_store() {
    let world = World::new();
    let when = json!({"over": "5/s", "burst": 3, "per": "store"});
    inject(&world, json!({"on": "write", "when": when, "do": "throttle"}));
    let aws = AwsClient(&world);
    let made: Vec<_> = (0..5).map(|n| aws.create_user(&format!("u{n}")).is_ok()).collect();
    assert_eq!(made, [true, true, true, false, false]);
    let other = json!({"IdentityStoreId": crate::world::OTHER_STORE, "DisplayName": "crew"});
    assert!(world.aws("CreateGroup", other).is_ok(), "another store has a bucket of its own");
}

#[test]
fn shares_select_the_same_users_each_time() {
    let world = World::new();
    let aws = AwsClient(&world);
    let users: Vec<_> = (0..40).map(|n| aws.create_user(&format!("u{n}")).expect("made")).collect();
    let hit = |share: f64| -> Vec<bool> {
        world.service.faults().clear();
        let when = json!({"share": share, "per": "user"});
        inject(&world, json!({"on": "*:DescribeUser", "when": when, "do": "not-found"}));
        let once = || users.iter().map(|user| aws.title(user).is_err()).collect::<Vec<_>>();
        let first = once();
        assert_eq!(first, once(), "sticky");
        first
    };
    let (tenth, half) = (hit(0.1), hit(0.5));
    assert!(half.contains(&true) && half.contains(&false));
    assert!(tenth.iter().zip(&half).all(|(tenth, half)| !tenth || *half));
}

#[test]
fn rules_override_message_and_members_of_errors() {
    let world = World::new();
    let user = AwsClient(&world).create_user("alice").expect("made");
    inject(
        &world,
        json!({"on": "*:UpdateUser", "do": {"error": "invalid", "code": "OddException",
            "status": 418, "message": "not today", "fields": {"Reason": "TEAPOT", "Hints": [1]}}}),
    );
    let aws = aws_update(&world, &user, &["title"], &[]);
    assert_eq!(
        (aws.status().as_u16(), &aws.headers()["x-amzn-errortype"]),
        (418, &"OddException".parse().expect("a value"))
    );
    let error = body(&aws);
    assert_eq!(
        (&error["__type"], &error["Message"]),
        (&json!("OddException"), &json!("not today"))
    );
    assert_eq!((&error["Reason"], &error["Hints"]), (&json!("TEAPOT"), &json!([1])));
    assert!(error["RequestId"].is_string(), "the rest is the vendor's");
    let huawei = huawei_update(&world, &user, &["title"]);
    let error = body(&huawei);
    assert_eq!(huawei.status(), 418);
    assert_eq!(
        (&error["error_code"], &error["error_msg"]),
        (&json!("OddException"), &json!("not today"))
    );
}

#[test]
fn commit_keeps_the_message_of_a_failed_operation() {
    let world = World::new();
    let effect = json!({"error": "internal", "commit": true, "status": 599, "message": "x"});
    inject(&world, json!({"on": "aws:UpdateUser", "do": effect}));
    let missing = "00000000-0000-7000-8000-000000000000";
    let response = aws_update(&world, missing, &["title"], &[]);
    assert_eq!(
        (response.status().as_u16(), &body(&response)["__type"]),
        (400, &json!("ResourceNotFoundException"))
    );
}

fn stale_in(client: impl Fn(&World) -> Box<dyn Client + '_>) {
    let world = World::new();
    let client = client(&world);
    let alice = client.create_user("alice").expect("made");
    inject(&world, json!({"on": "*:DescribeUser", "do": {"stale": "2s"}}));
    client.set_title(&alice, Some("Pilot")).expect("written");
    assert_eq!(client.title(&alice), Ok(None), "it is read as it was");
    let bob = client.create_user("bob").expect("made");
    assert_eq!(client.title(&bob), Err(Why::NotFound), "as if it had not been made");
    assert_eq!(client.find_user("bob"), Ok(bob.clone()), "other reads see it");
    assert_eq!(client.create_user("bob"), Err(Why::Conflict), "writes are never stale");
    world.service.faults().clear();
    assert_eq!(client.title(&alice), Ok(Some("Pilot".to_owned())), "nothing was lost");
}

#[test]
fn stale_reads_return_the_former_version() {
    stale_in(|world| Box::new(AwsClient(world)));
    stale_in(|world| Box::new(HuaweiClient(world)));
}

#[test]
fn eventual_consistency_affects_all_reads_of_half_of_the_users() {
    let world = World::new();
    let catalog = DialectCatalog::from_dialects(world.service.dialects());
    let preset = Preset::find("eventual-consistency").expect("a preset");
    let rules = preset.rules(&catalog).expect("valid rules");
    // Each operation is either a read or a write.
    for dialect in world.service.dialects() {
        for operation in dialect.routes().iter().map(|route| route.operation) {
            let about = |rule: &&Rule| {
                let mut sets = rule.on.op.iter().map(|pattern| catalog.matching(pattern));
                sets.any(|set| set.is_ok_and(|set| set.contains(dialect.name(), operation)))
            };
            let expected = usize::from(operation.is_read());
            assert_eq!(rules.iter().filter(about).count(), expected, "{}", operation.name());
        }
    }
    let client = AwsClient(&world);
    let users: Vec<_> =
        (0..20).map(|n| client.create_user(&format!("u{n}")).expect("made")).collect();
    world.service.faults().add(rules, NOW).expect("rules that fit the others");
    for user in &users {
        client.set_title(user, Some("Pilot")).expect("written");
    }
    let stale = users.iter().filter(|user| {
        let seen: Vec<_> = (0..5).map(|_| client.title(user)).collect();
        assert!(seen.windows(2).all(|two| two[0] == two[1]), "always or never: {seen:?}");
        seen[0] == Ok(None)
    });
    assert!((5..=15).contains(&stale.count()));
}

#[test]
fn leases_end_unless_the_rule_is_read() {
    let world = World::new();
    inject(&world, json!({"id": "mine", "on": "read", "do": "throttle", "for": {"lease": "30s"}}));
    let faults = world.service.faults();
    assert!(faults.renew("mine", after(29_000)).is_some(), "renewed");
    assert!(faults.list(after(58_000)).iter().any(|rule| rule.live));
    assert!(faults.list(after(59_000)).is_empty(), "gone");
    assert!(faults.renew("mine", after(59_000)).is_none(), "and not to be had back");
    assert!(faults.get("mine", after(58_000)).is_some());
}

#[test]
fn verdict_reports_every_rule() {
    let world = World::new();
    let rule = |id: &str, on: &str, expect: Value| json!({"id": id, "on": on, "do": "throttle", "for": "1x", "expect": expect});
    inject(&world, rule("once", "aws:ListUsers", json!(1)));
    inject(&world, rule("never", "aws:ListGroups", json!(">=1")));
    inject(&world, json!({"id": "free", "on": "read", "do": {"delay": "0ms"}}));
    let _ = AwsClient(&world).list_users(5, None);
    let _ = AwsClient(&world).list_users(5, None);
    let verdict = world.service.faults().verdict(None, NOW);
    let seen: Vec<_> = verdict.iter().map(|v| (v.id.as_str(), v.matched, v.fired, v.met)).collect();
    assert_eq!(seen, [("once", 1, 1, true), ("never", 0, 0, false), ("free", 1, 1, true)]);
}

#[test]
fn preview_equals_the_later_hits() {
    for when in [
        json!({"p": 0.4}),
        json!("xx."),
        json!({"over": "3/s", "burst": 2}),
        json!({"nth": [2, 5], "skip": 1}),
    ] {
        let world = World::new();
        inject(
            &world,
            json!({"id": "r", "on": "aws:ListUsers", "when": when, "do": "throttle", "for": "5x"}),
        );
        let faults = world.service.faults();
        let list = || AwsClient(&world).list_users(5, None).is_err();
        list();
        let foreseen = faults.preview("r", "", 20, NOW).expect("the rule is there");
        assert_eq!(foreseen, faults.preview("r", "", 20, NOW).expect("there"), "it counts nothing");
        let seen: Vec<_> = (0..20).map(|_| list()).collect();
        assert_eq!(foreseen, seen, "{when}");
    }
}

#[test]
fn log_normal_delays_have_median_and_p99() {
    use idouble::internal::domain::draw;
    use idouble::internal::faults::Delay;
    let delay = r#"{"median": "80ms", "p99": "2s", "max": "5s"}"#;
    let delay: Delay = serde_json::from_str(delay).expect("a delay");
    let mut seen: Vec<_> = (0..10_000_u64)
        .map(|n| delay.sample(|which| draw(7 + which, "delay", n)).as_millis())
        .collect();
    seen.sort_unstable();
    assert!((75..86).contains(&seen[5_000]), "median {}", seen[5_000]);
    assert!((1_600..2_500).contains(&seen[9_900]), "p99 {}", seen[9_900]);
    assert!(seen[9_999] <= 5_000, "max {}", seen[9_999]);
}

#[test]
fn eight_threads_get_the_same_draws_for_each_key_as_one() {
    let run = |threads: usize| {
        let world = World::new();
        let users: Vec<_> = (0..8)
            .map(|n| AwsClient(&world).create_user(&format!("u{n}")).expect("made"))
            .collect();
        let when = json!({"p": 0.5, "per": "user"});
        inject(&world, json!({"on": "*:DescribeUser", "when": when, "do": "throttle"}));
        let mut seen = vec![Vec::new(); users.len()];
        std::thread::scope(|scope| {
            for (part, seen) in
                users.chunks(users.len() / threads).zip(seen.chunks_mut(users.len() / threads))
            {
                let world = &world;
                scope.spawn(move || {
                    for _ in 0..40 {
                        for (user, seen) in part.iter().zip(seen.iter_mut()) {
                            seen.push(AwsClient(world).title(user).is_ok());
                        }
                    }
                });
            }
        });
        seen
    };
    let alone = run(1);
    assert!(alone.iter().flatten().any(|ok| *ok) && alone.iter().flatten().any(|ok| !ok));
    assert_eq!(run(8), alone);
    assert_eq!(run(4), alone);
}

#[test]
fn versions_for_stale_reads_are_limited() {
    use idouble::internal::domain::VERSIONS_MAX;
    let world = World::new();
    let client = AwsClient(&world);
    let alice = client.create_user("alice").expect("made");
    inject(&world, json!({"on": "*:DescribeUser", "do": {"stale": "1m"}}));
    for n in 0..=VERSIONS_MAX {
        client.set_title(&alice, Some(&format!("{n}"))).expect("written");
    }
    // The version without a title was evicted.
    assert_eq!(client.title(&alice), Ok(Some("0".to_owned())));
}

#[test]
fn attribute_selectors_match_filters_and_alternate_identifiers() {
    let world = World::new();
    inject(&world, json!({"on": {"op": "*", "attribute": "display_name"}, "do": "throttle"}));
    let unique =
        |path: &str| json!({"UniqueAttribute": {"AttributePath": path, "AttributeValue": "x"}});
    let filter = |path: &str| json!([{"AttributePath": path, "AttributeValue": "x"}]);
    let fails = |operation: &str, input: Value| {
        world.aws(operation, input).is_err_and(|error| error.code == "ThrottlingException")
    };
    assert!(fails("GetGroupId", json!({"AlternateIdentifier": unique("displayName")})));
    assert!(fails("ListGroups", json!({"Filters": filter("DisplayName")})));
    assert!(!fails("GetUserId", json!({"AlternateIdentifier": unique("userName")})));
    assert!(!fails("ListUsers", json!({"Filters": filter("UserName")})));
    let body = json!({"alternate_identifier": {"unique_attribute":
        {"attribute_path": "display_name", "attribute_value": "x"}}});
    let huawei = world.huawei("POST", "/groups/retrieve-group-id", Some(body));
    assert_eq!(huawei.expect_err("throttled").status, 429);
}

#[test]
fn active_directory_preset_rejects_writes() {
    let world = World::new();
    let catalog = DialectCatalog::from_dialects(world.service.dialects());
    let preset = Preset::find("ad-synced").expect("a preset");
    let rules = preset.rules(&catalog).expect("valid rules");
    world.service.faults().add(rules, NOW).expect("rules that fit");
    let create =
        json!({"UserName": "a", "DisplayName": "A", "Name": {"GivenName": "A", "FamilyName": "B"}});
    let error = world.aws("CreateUser", create).expect_err("an unknown operation");
    assert_eq!(error.body, json!({"__type": "UnknownOperationException"}));
    assert!(world.aws("ListUsers", json!({})).is_ok());
}

#[test]
fn selectors_name_services_of_aws() {
    let world = World::new();
    let catalog = DialectCatalog::from_dialects(world.service.dialects());
    let matches = |pattern: &str, dialect, operation| {
        catalog.matching(pattern).expect("a pattern").contains(dialect, operation)
    };
    assert!(matches("sso-admin:ListInstances", "aws", Operation::ListInstances));
    assert!(!matches("sso-admin:*", "huawei", Operation::ListInstances));
    assert!(!matches("sso-admin:*", "aws", Operation::ListUsers));
    assert!(matches("identitystore:read", "aws", Operation::ListUsers));
    assert!(!matches("identitystore:read", "aws", Operation::ListAccounts));
    assert!(matches("sts:*", "aws", Operation::GetCallerIdentity));
    assert!(matches("aws:*", "aws", Operation::DescribeOrganization));
}
