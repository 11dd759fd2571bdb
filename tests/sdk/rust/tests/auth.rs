//! Mode `strict`: the SDK passes with the right secret, and fails with the cloud's errors.

use aws_sdk_identitystore::Client;
use aws_sdk_identitystore::config::interceptors::BeforeTransmitInterceptorContextMut;
use aws_sdk_identitystore::config::retry::RetryConfig;
use aws_sdk_identitystore::config::{ConfigBag, Credentials, Intercept, RuntimeComponents};
use aws_sdk_identitystore::error::{BoxError, ProvideErrorMetadata as _};
use aws_sdk_identitystore::operation::list_users::builders::ListUsersFluentBuilder;

use crate::server::{STORE, Server};

/// The access key that a server accepts if it is given no others.
const KEY: &str = "idouble";

fn client(server: &Server, id: &str, secret: &str, token: Option<&str>) -> Client {
    let credentials = Credentials::new(id, secret, token.map(str::to_owned), None, "tests");
    server.configured(|config| {
        config.credentials_provider(credentials).retry_config(RetryConfig::disabled())
    })
}

fn list(client: &Client) -> ListUsersFluentBuilder {
    client.list_users().identity_store_id(STORE)
}

/// The code and the message of a call that has to fail.
async fn rejection(call: ListUsersFluentBuilder) -> (String, String) {
    let error = call.send().await.expect_err("it is rejected").into_service_error();
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    (text(error.code()), text(error.message()))
}

#[tokio::test]
async fn the_right_secret_is_accepted_and_wrong_credentials_are_rejected() {
    let server = Server::start(&["--auth", "strict"]);
    let page = list(&client(&server, KEY, KEY, None)).send().await.expect("a signed request");
    assert!(!page.users().is_empty());
    for (id, secret, token, code) in [
        (KEY, "wrong", None, "InvalidSignatureException"),
        ("AKIAUNKNOWN", KEY, None, "UnrecognizedClientException"),
        (KEY, KEY, Some("token"), "UnrecognizedClientException"),
    ] {
        let (found, message) = rejection(list(&client(&server, id, secret, token))).await;
        assert_eq!(found, code, "{message}");
    }
}

/// Changes a request after it was signed.
#[derive(Debug)]
struct Tamper(Change);

type Change = fn(&mut BeforeTransmitInterceptorContextMut<'_>);

impl Intercept for Tamper {
    fn name(&self) -> &'static str {
        "Tamper"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        (self.0)(context);
        Ok(())
    }
}

#[tokio::test]
async fn a_request_that_was_changed_after_signing_is_rejected() {
    let server = Server::start(&["--auth", "strict"]);
    let changes: [Change; 2] = [
        |context| {
            let body = br#"{"IdentityStoreId":"d-1234567891"}"#.to_vec();
            *context.request_mut().body_mut() = body.into();
        },
        |context| {
            let headers = context.request_mut().headers_mut();
            headers.insert("x-amz-target", "AWSIdentityStore.ListGroups");
        },
    ];
    for change in changes {
        let client = server.configured(|config| {
            let credentials = Credentials::new(KEY, KEY, None, None, "tests");
            config.credentials_provider(credentials).interceptor(Tamper(change))
        });
        let (code, message) = rejection(list(&client)).await;
        assert_eq!(code, "InvalidSignatureException", "{message}");
    }
}

#[tokio::test]
async fn a_signature_that_is_too_old_or_too_new_is_rejected() {
    for (clock, text) in [
        ("2020-01-01T00:00:00Z", "Signature not yet current"),
        ("2100-01-01T00:00:00Z", "Signature expired"),
    ] {
        let server = Server::start(&["--auth", "strict", "--clock", clock]);
        let (code, message) = rejection(list(&client(&server, KEY, KEY, None))).await;
        assert_eq!(code, "InvalidSignatureException");
        assert!(message.starts_with(text), "{message}");
        // With retries, the SDK corrects its clock by the `Date` of the response.
        let credentials = Credentials::new(KEY, KEY, None, None, "tests");
        let patient = server.configured(|config| config.credentials_provider(credentials));
        assert!(list(&patient).send().await.is_ok());
    }
}
