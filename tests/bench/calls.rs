//! The measured calls, sent straight into the service without sockets. The directory holds enough users for a
//! page of 100, the journal is on, and one fault rule that matches no user is loaded.

use std::hint::black_box;

use bytes::Bytes;
use idouble::Emulator;
use idouble::internal::dialect::{Request, Response};
use idouble::internal::faults::parse_json;
use idouble::internal::fixture::{Format, Generate, generate};
use idouble::internal::service::Service;
use tokio::runtime::Runtime;

const STORE: &str = "d-1234567890";

/// More than a page.
const PEOPLE: u32 = 120;

/// Name of the user that is created and deleted, and prefix of the one that is updated and read.
const PASSING: &str = "bench-passing";

/// Every call there is, by name.
pub const CALLS: [&str; 10] = [
    "aws-update",
    "aws-describe",
    "aws-id",
    "aws-list",
    "aws-create-delete",
    "huawei-update",
    "huawei-describe",
    "huawei-id",
    "huawei-list",
    "huawei-create-delete",
];

/// A service with one user in its directory.
pub struct Bench {
    service: Service,
    runtime: Runtime,
    user: String,
}

impl Bench {
    /// With this number of fault rules that select the measured operation and other users.
    pub fn new(rules: usize) -> Self {
        let people = Generate { users: PEOPLE, groups: 0, seed: 7 };
        let builder = Emulator::builder().fixture_text(generate(&people, STORE, Format::Json));
        let service = builder.service().expect("a service");
        let unknown = r#"{"on":{"op":"*","user":"unknown"},"do":"throttle"}"#.to_owned();
        let other =
            |n| format!(r#"{{"on":{{"op":"*:UpdateUser","user":"other-{n}"}},"do":"throttle"}}"#);
        let texts: Vec<_> = std::iter::once(unknown).chain((0..rules).map(other)).collect();
        let faults = service.faults();
        let read = parse_json("rules", &format!("[{}]", texts.join(",")), faults.catalog());
        faults.add(read.expect("rules"), service.clock().now()).expect("not too many");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let runtime = runtime.expect("a runtime");
        let mut bench = Self { service, runtime, user: String::new() };
        bench.user = bench.id(aws_create("bench"));
        bench
    }

    /// The requests of a call. Those that answer with an id are followed by one about that id.
    pub fn request(&self, call: &str) -> Request {
        let user = &self.user;
        match call {
            "aws-update" => aws(
                "UpdateUser",
                &format!(
                    r#""UserId":"{user}","Operations":[{{"AttributePath":"title","AttributeValue":"Engineer"}}]"#
                ),
            ),
            "aws-describe" => aws("DescribeUser", &format!(r#""UserId":"{user}""#)),
            "aws-id" => aws(
                "GetUserId",
                r#""AlternateIdentifier":{"UniqueAttribute":{"AttributePath":"userName","AttributeValue":"bench"}}"#,
            ),
            "aws-list" => aws("ListUsers", r#""MaxResults":100"#),
            "aws-create-delete" => aws_create(PASSING),
            "huawei-update" => huawei(
                "PUT",
                &format!("/users/{user}"),
                r#"{"operations":[{"attribute_path":"title","attribute_value":"Engineer"}]}"#,
            ),
            "huawei-describe" => huawei("GET", &format!("/users/{user}"), ""),
            "huawei-id" => huawei(
                "POST",
                "/users/retrieve-user-id",
                r#"{"alternate_identifier":{"unique_attribute":{"attribute_path":"user_name","attribute_value":"bench"}}}"#,
            ),
            "huawei-list" => huawei("GET", "/users?limit=100", ""),
            "huawei-create-delete" => huawei(
                "POST",
                "/users",
                &format!(
                    r#"{{"user_name":"{PASSING}","display_name":"B","name":{{"given_name":"B","family_name":"B"}},"emails":[{{"value":"{PASSING}@example.com","type":"work","primary":true}}],"password_mode":"OTP"}}"#
                ),
            ),
            other => panic!("no call {other}: {CALLS:?}"),
        }
    }

    /// The delete request for the resource that the first request of a pair created.
    pub fn second<'a>(&self, call: &str, id: impl FnOnce() -> &'a str) -> Option<Request> {
        match call {
            "aws-create-delete" => Some(aws("DeleteUser", &format!(r#""UserId":"{}""#, id()))),
            "huawei-create-delete" => Some(huawei("DELETE", &format!("/users/{}", id()), "")),
            _ => None,
        }
    }

    /// The answer to a request; it is a success.
    pub fn answer(&self, request: Request) -> Response {
        let response = self.runtime.block_on(self.service.respond(&request)).expect("no fault");
        assert!(response.status().is_success(), "{response:?}");
        response
    }

    /// A call: one request, or two.
    pub fn call(&self, call: &str) {
        let answer = self.answer(self.request(call));
        if let Some(second) = self.second(call, || id_in(&answer)) {
            self.answer(second);
        }
    }

    /// The requests of a call, without sending them.
    #[allow(dead_code)] // The test builds them outside of the measured part.
    pub fn make(&self, call: &str) {
        black_box(self.request(call));
        black_box(self.second(call, || &self.user));
    }

    fn id(&self, create: Request) -> String {
        id_in(&self.answer(create)).to_owned()
    }
}

/// The id that an answer to `CreateUser` gives, in either spelling.
pub fn id_in(answer: &Response) -> &str {
    let text = std::str::from_utf8(answer.body()).expect("JSON");
    let marks = [r#""UserId":""#, r#""user_id":""#];
    let rest = marks.iter().find_map(|mark| text.split_once(mark)).expect("an id").1;
    rest.split_once('"').expect("a text ends").0
}

fn aws_create(name: &str) -> Request {
    aws(
        "CreateUser",
        &format!(
            r#""UserName":"{name}","DisplayName":"B","Name":{{"GivenName":"B","FamilyName":"B"}},"Emails":[{{"Value":"{name}@example.com","Type":"work","Primary":true}}]"#
        ),
    )
}

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
