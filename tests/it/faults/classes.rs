//! Error classes: the response of each cloud, and the state of the store afterwards.

use crate::world::{AwsClient, Client, HuaweiClient, NOW_MS, STORE, Why, World, request};
use idouble::internal::dialect::Response;
use idouble::internal::domain::Timestamp;
use idouble::internal::faults::{DialectCatalog, parse_json, parse_spec};
use serde_json::{Value, json};

const NOW: Timestamp = Timestamp(NOW_MS);

/// Adds a rule in one line, or in JSON.
fn inject(world: &World, rule: &str) {
    let catalog = DialectCatalog::from_dialects(world.service.dialects());
    let rules = match rule.starts_with('{') {
        true => parse_json("rule", rule, &catalog).expect("a rule"),
        false => vec![parse_spec("rule", rule, &catalog).expect("a rule")],
    };
    world.service.faults().add(rules, NOW).expect("a rule that fits the others");
}

/// A world with these rules and a user that was created before them.
fn with(
    client: fn(&World) -> Box<dyn Client + '_>,
    rules: &[&str],
    behaviour: &dyn Fn(&World, &dyn Client, &str),
) {
    let world = World::new();
    let client = client(&world);
    let user = client.create_user("alice").expect("made");
    rules.iter().for_each(|rule| inject(&world, rule));
    behaviour(&world, client.as_ref(), &user);
}

fn in_both(rules: &[&str], behaviour: impl Fn(&World, &dyn Client, &str)) {
    with(|world| Box::new(AwsClient(world)), rules, &behaviour);
    with(|world| Box::new(HuaweiClient(world)), rules, &behaviour);
}

/// An update of `user` by AWS, with more headers.
fn aws_update(world: &World, user: &str, more: &[(&str, &str)]) -> Response {
    let mut headers = vec![
        ("x-amz-target", "AWSIdentityStore.UpdateUser"),
        ("content-type", "application/x-amz-json-1.1"),
    ];
    headers.extend(more);
    let steps = json!([{"AttributePath": "title", "AttributeValue": "Engineer"}]);
    let body = json!({"IdentityStoreId": STORE, "UserId": user, "Operations": steps});
    world.send(request("POST", "/", &headers, body.to_string()))
}

/// The same by Huawei.
fn huawei_update(world: &World, user: &str, more: &[(&str, &str)]) -> Response {
    let mut headers = vec![("content-type", "application/json")];
    headers.extend(more);
    let steps = json!([{"attribute_path": "title", "attribute_value": "Engineer"}]);
    let path = format!("/v1/identity-stores/{STORE}/users/{user}");
    world.send(request("PUT", &path, &headers, json!({"operations": steps}).to_string()))
}

fn body(response: &Response) -> Value {
    serde_json::from_slice(response.body()).unwrap_or_default()
}

fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    response.headers().get(name).and_then(|value| value.to_str().ok())
}

#[test]
fn each_class_has_the_error_of_each_cloud() {
    // Source: docs/aws-behaviour.md §5, docs/huawei-behaviour.md §4 and §5.
    let rows = [
        ("throttle", 400, "ThrottlingException", 429, "APIGW.0308"),
        ("conflict", 400, "ConflictException", 409, "IIC.1006"),
        ("quota", 400, "ServiceQuotaExceededException", 400, "IIC.1350"),
        ("not-found", 400, "ResourceNotFoundException", 404, "IIC.404"),
        ("invalid", 400, "ValidationException", 400, "IIC.400"),
        ("denied", 400, "AccessDeniedException", 403, "IIC.1000"),
        ("expired-token", 400, "ExpiredTokenException", 401, "APIGW.0301"),
        ("bad-signature", 400, "InvalidSignatureException", 401, "APIGW.0301"),
        ("clock-skew", 400, "InvalidSignatureException", 401, "APIGW.0301"),
        ("unknown-operation", 400, "UnknownOperationException", 404, "APIGW.0101"),
        ("internal", 500, "InternalServerException", 500, "APIGW.0601"),
        ("unavailable", 503, "ServiceUnavailableException", 503, "APIGW.0613"),
    ];
    assert_eq!(rows.map(|row| row.0).to_vec(), classes(), "every class has its row");
    let world = World::new();
    let user = AwsClient(&world).create_user("alice").expect("made");
    for (class, aws_status, aws_type, huawei_status, huawei_code) in rows {
        world.service.faults().clear();
        inject(&world, &format!("*:UpdateUser={class}"));
        let aws = aws_update(&world, &user, &[]);
        assert_eq!((aws.status().as_u16(), &body(&aws)["__type"]), (aws_status, &json!(aws_type)));
        assert!(header(&aws, "x-idouble-fault").is_some(), "{class}");
        let huawei = huawei_update(&world, &user, &[]);
        let code = &body(&huawei)["error_code"];
        assert_eq!((huawei.status().as_u16(), code), (huawei_status, &json!(huawei_code)));
        assert!(header(&huawei, "x-idouble-fault").is_some(), "{class}");
    }
    assert_eq!(AwsClient(&world).title(&user), Ok(None), "none of them was done");
}

fn classes() -> Vec<&'static str> {
    idouble::internal::faults::CLASSES.iter().map(|class| class.name).collect()
}

#[test]
fn unknown_operation_of_a_rule_has_no_member_but_its_type() {
    let world = World::new();
    let user = AwsClient(&world).create_user("alice").expect("made");
    for rule in [
        "write=unknown-operation",
        r#"{"on": "write", "do": {"error": "denied", "code": "UnknownOperationException"}}"#,
    ] {
        world.service.faults().clear();
        inject(&world, rule);
        let response = aws_update(&world, &user, &[]);
        assert_eq!(response.status(), 400, "{rule}");
        assert_eq!(response.body(), r#"{"__type":"UnknownOperationException"}"#, "{rule}");
        assert_eq!(header(&response, "x-amzn-errortype"), Some("UnknownOperationException"));
    }
}

#[test]
fn not_found_names_the_membership() {
    let world = World::new();
    inject(&world, "*:*GroupMembership=not-found");
    let id = "11111111-2222-3333-4444-555555555555";
    for operation in ["DescribeGroupMembership", "DeleteGroupMembership"] {
        let body = world.aws(operation, json!({ "MembershipId": id })).expect_err("a fault").body;
        let named = (&body["Message"], &body["ResourceType"], &body["ResourceId"]);
        let expected = (json!("GroupMembership not found"), json!("GROUP_MEMBERSHIP"), json!(id));
        assert_eq!(named, (&expected.0, &expected.1, &expected.2), "{operation}");
    }
}

#[test]
fn errors_have_the_reason_resource_and_time_of_the_rule() {
    let world = World::new();
    let user = AwsClient(&world).create_user("alice").expect("made");
    let errors = |rule: &str| {
        world.service.faults().clear();
        inject(&world, rule);
        (aws_update(&world, &user, &[]), huawei_update(&world, &user, &[]))
    };
    let (aws, _) = errors("write=conflict");
    assert_eq!(body(&aws)["Reason"], "CONCURRENT_MODIFICATION");
    let (aws, huawei) =
        errors(r#"{"on": "*:UpdateUser", "do": {"error": "conflict", "reason": "duplicate"}}"#);
    assert_eq!(body(&aws)["Reason"], "UNIQUENESS_CONSTRAINT_VIOLATION");
    assert_eq!(body(&huawei)["error_code"], "IIC.1007");
    let (aws, _) = errors("write=not-found");
    assert_eq!(
        (&body(&aws)["ResourceType"], &body(&aws)["ResourceId"]),
        (&json!("USER"), &json!(user))
    );
    let (aws, huawei) = errors(
        r#"{"on": "write", "do": {"error": "throttle", "retry-after": "1500ms", "status": 503}}"#,
    );
    assert_eq!(header(&aws, "x-amz-retry-after"), Some("1500"));
    assert_eq!(body(&aws)["RetryAfterSeconds"], 2);
    assert_eq!(header(&huawei, "retry-after"), Some("2"));
    assert_eq!((aws.status().as_u16(), huawei.status().as_u16()), (503, 503));
}

#[test]
fn injected_errors_leave_the_store_unchanged() {
    in_both(&["write=internal"], |_, client, user| {
        assert_eq!(client.set_title(user, Some("Engineer")), Err(Why::Other));
        assert_eq!(client.title(user), Ok(None));
        assert_eq!(client.create_user("bob"), Err(Why::Other));
        assert_eq!(client.find_user("bob"), Err(Why::NotFound));
    });
}

#[test]
fn commit_with_an_error_executes_the_write() {
    in_both(&["*:CreateUser=commit+internal,1x"], |_, client, _| {
        assert_eq!(client.create_user("bob"), Err(Why::Other));
        assert!(client.find_user("bob").is_ok(), "it was made");
        assert_eq!(client.create_user("bob"), Err(Why::Conflict), "so the retry finds it taken");
    });
    in_both(&["*:UpdateUser=commit+conflict,1x"], |_, client, user| {
        assert_eq!(client.set_title(user, Some("Engineer")), Err(Why::Conflict));
        assert_eq!(client.title(user), Ok(Some("Engineer".to_owned())));
    });
}

#[test]
fn commit_keeps_the_error_of_the_operation() {
    in_both(&["*:CreateUser=commit+internal"], |world, client, _| {
        assert_eq!(client.create_user("alice"), Err(Why::Conflict));
        assert_eq!(world.service.faults().list(NOW)[0].fired, 1);
    });
}

#[test]
fn faults_come_after_the_protocol_and_before_validation() {
    let world = World::new();
    inject(&world, "*=denied");
    let bad = world.aws("UpdateUser", json!({})).expect_err("refused");
    assert_eq!(bad.code, "AccessDeniedException", "though members are missing");
    let unknown = world.aws("DropUser", json!({})).expect_err("refused");
    assert_eq!(unknown.code, "UnknownOperationException");
    assert_eq!(world.service.faults().list(NOW)[0].matched, 1);
}

#[test]
fn rules_of_one_cloud_do_not_affect_the_other() {
    let world = World::new();
    let user = AwsClient(&world).create_user("alice").expect("made");
    inject(&world, "aws:UpdateUser=throttle");
    assert_eq!(aws_update(&world, &user, &[]).status(), 400);
    let huawei = huawei_update(&world, &user, &[]);
    assert_eq!((huawei.status().as_u16(), header(&huawei, "x-idouble-fault")), (200, None));
}

#[test]
fn rules_select_one_session_or_attempt() {
    let world = World::new();
    let user = AwsClient(&world).create_user("alice").expect("made");
    inject(&world, r#"{"on": {"op": "*:UpdateUser", "session": "t1"}, "do": "throttle"}"#);
    let huawei = |session| huawei_update(&world, &user, &[("x-idouble-session", session)]).status();
    assert_eq!((huawei("t1").as_u16(), huawei("t2").as_u16()), (429, 200));
    let signed = "AWS4-HMAC-SHA256 Credential=t1/20260101/us-east-1/identitystore/aws4_request";
    assert_eq!(aws_update(&world, &user, &[("authorization", signed)]).status(), 400);

    world.service.faults().clear();
    inject(&world, r#"{"on": {"op": "aws:*", "attempt": "<=2"}, "do": "internal"}"#);
    let attempt = |n: u32| {
        let attempt = format!("attempt={n}; max=3");
        aws_update(&world, &user, &[("amz-sdk-request", &attempt)]).status().as_u16()
    };
    assert_eq!([attempt(1), attempt(2), attempt(3), attempt(1)], [500, 500, 200, 500]);
}

#[test]
fn fault_header_causes_an_error() {
    let world = World::new();
    let user = AwsClient(&world).create_user("alice").expect("made");
    for (fault, aws, huawei) in [("throttle", 400, 429), ("commit+unavailable", 503, 503)] {
        let headers = [("x-idouble-fault", fault)];
        let (a, h) = (aws_update(&world, &user, &headers), huawei_update(&world, &user, &headers));
        assert_eq!((a.status().as_u16(), h.status().as_u16()), (aws, huawei), "{fault}");
        assert_eq!(header(&a, "x-idouble-fault"), Some("header"));
    }
    assert_eq!(AwsClient(&world).title(&user), Ok(Some("Engineer".to_owned())));
    let wrong = aws_update(&world, &user, &[("x-idouble-fault", "throtle")]);
    assert_eq!(
        (wrong.status().as_u16(), &body(&wrong)["__type"]),
        (400, &json!("ValidationException"))
    );
    let text = body(&wrong)["Message"].to_string();
    let expected = r#"unknown fault class \"throtle\"; did you mean \"throttle\"?"#;
    assert!(text.contains(expected), "{text}");
    let wrong = huawei_update(&world, &user, &[("x-idouble-fault", "throtle")]);
    assert_eq!(wrong.status(), 400);
}

#[test]
fn retries_get_through_as_the_pattern_says() {
    in_both(&["*:UpdateUser=throttle@xx."], |_, client, user| {
        let seen = [(); 6].map(|()| client.set_title(user, Some("Engineer")).is_ok());
        assert_eq!(seen, [false, false, true, false, false, true]);
    });
}

#[test]
fn same_seed_and_requests_give_the_same_bytes() {
    let run = || {
        let world = World::new();
        let user = AwsClient(&world).create_user("alice").expect("made");
        inject(&world, "*:UpdateUser=throttle@0.5");
        let answers = (0..50).map(|n| match n % 2 {
            0 => aws_update(&world, &user, &[]),
            _ => huawei_update(&world, &user, &[]),
        });
        answers.map(|answer| format!("{answer:?}")).collect::<Vec<_>>()
    };
    assert_eq!(run(), run());
}
