//! A fixed number of calls through the service, without sockets: what `valgrind` counts instructions of.
//!
//! `pipeline CALL COUNT [RULES]`; the difference between two counts, divided, is the cost of one call.
//! With so many fault rules, each about the same operation and another user, it prints the nanoseconds
//! that a call takes.

use bytes::Bytes;
use idouble::Emulator;
use idouble::faults::parse_json;
use idouble::wire::Request;

const STORE: &str = "d-1234567890";

fn aws(operation: &str, body: &str) -> Request {
    let head = http::Request::post("/")
        .header("host", "127.0.0.1:4747")
        .header("content-type", "application/x-amz-json-1.1")
        .header("x-amz-target", format!("AWSIdentityStore.{operation}"))
        .body(());
    request(head, format!(r#"{{"IdentityStoreId":"{STORE}",{body}}}"#))
}

fn huawei(method: &str, path: &str, body: &str) -> Request {
    let head = http::Request::builder()
        .method(method)
        .uri(format!("/v1/identity-stores/{STORE}{path}"))
        .header("host", "127.0.0.1:4747")
        .header("content-type", "application/json")
        .body(());
    request(head, body.to_owned())
}

fn request(head: Result<http::Request<()>, http::Error>, body: String) -> Request {
    let (head, ()) = head.expect("a request").into_parts();
    Request::new(head, Bytes::from(body))
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let call = arguments.next().unwrap_or_else(|| "aws-update".to_owned());
    let count: usize = arguments.next().and_then(|count| count.parse().ok()).unwrap_or(1000);
    let service = Emulator::builder().service().expect("a service");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.expect("a runtime");
    let made = runtime.block_on(service.answer(aws(
        "CreateUser",
        r#""UserName":"bench","DisplayName":"B","Name":{"GivenName":"B","FamilyName":"B"}"#,
    )));
    let made = made.expect("no fault");
    let made: serde_json::Value = serde_json::from_slice(made.body()).expect("JSON");
    let user = made["UserId"].as_str().expect("an id");
    let rules: Option<usize> = arguments.next().and_then(|rules| rules.parse().ok());
    let on = |n| format!(r#"{{"on":{{"op":"*:UpdateUser","user":"other-{n}"}},"do":"throttle"}}"#);
    let texts: Vec<_> = (0..rules.unwrap_or(0)).map(on).collect();
    let faults = service.faults();
    let read = parse_json("rules", &format!("[{}]", texts.join(",")), faults.known());
    faults.add(read.expect("rules"), service.clock().now()).expect("not too many");
    let start = std::time::Instant::now();
    for _ in 0..count {
        let request = match call.as_str() {
            "aws-update" => aws(
                "UpdateUser",
                &format!(
                    r#""UserId":"{user}","Operations":[{{"AttributePath":"title","AttributeValue":"Engineer"}}]"#
                ),
            ),
            "aws-describe" => aws("DescribeUser", &format!(r#""UserId":"{user}""#)),
            "huawei-update" => huawei(
                "PUT",
                &format!("/users/{user}"),
                r#"{"operations":[{"attribute_path":"title","attribute_value":"Engineer"}]}"#,
            ),
            "huawei-describe" => huawei("GET", &format!("/users/{user}"), ""),
            other => panic!("no call {other}"),
        };
        let response = runtime.block_on(service.answer(request)).expect("no fault");
        assert_eq!(response.status(), 200, "{:?}", response.body());
    }
    if rules.is_some() {
        println!("{}", start.elapsed().as_nanos() / count.max(1) as u128);
    }
}
