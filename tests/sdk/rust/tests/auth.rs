//! Mode `strict`: the SDK passes with the right secret, and fails with the cloud's error for each fault.

use aws_sdk_identitystore::Client;
use aws_sdk_identitystore::config::interceptors::BeforeTransmitInterceptorContextMut;
use aws_sdk_identitystore::config::retry::RetryConfig;
use aws_sdk_identitystore::config::{ConfigBag, Credentials, Intercept, RuntimeComponents};
use aws_sdk_identitystore::error::{BoxError, ProvideErrorMetadata as _};
use aws_sdk_identitystore::operation::list_users::builders::ListUsersFluentBuilder;

use crate::server::{STORE, Server};

/// The secret of every access key here.
const SECRET: &str = "right";

/// A server that checks signatures, with a key for good and a temporary one.
fn server() -> Server {
    let server = Server::start(&["--auth", "strict"]);
    for key in [
        r#"{"id": "AKIARIGHT", "secret": "right"}"#,
        r#"{"id": "ASIATEMPORARY", "secret": "right", "session_token": "token"}"#,
    ] {
        server.control("POST /access-keys", key);
    }
    server
}

fn credentials(id: &str, secret: &str, token: Option<&str>) -> Credentials {
    Credentials::new(id, secret, token.map(str::to_owned), None, "tests")
}

fn client(server: &Server, credentials: Credentials) -> Client {
    server.configured(|config| {
        config.credentials_provider(credentials).retry_config(RetryConfig::disabled())
    })
}

fn right_client(server: &Server) -> Client {
    client(server, credentials("AKIARIGHT", SECRET, None))
}

fn list(client: &Client) -> ListUsersFluentBuilder {
    client.list_users().identity_store_id(STORE)
}

/// Checks the code and the message of a call that has to fail.
async fn assert_rejected(fault: &str, client: &Client, code: &str, text: &str) {
    let error = list(client).send().await.expect_err(fault).into_service_error();
    assert_eq!(error.code(), Some(code), "{fault}: {error:?}");
    let message = error.message().unwrap_or_default();
    assert!(message.contains(text), "{fault}: {message}");
}

#[tokio::test]
async fn the_right_secret_is_accepted() {
    let server = server();
    for (id, token) in [("AKIARIGHT", None), ("ASIATEMPORARY", Some("token"))] {
        let client = client(&server, credentials(id, SECRET, token));
        let page = list(&client).send().await.expect("a signed request");
        assert!(!page.users().is_empty());
    }
}

#[tokio::test]
async fn wrong_credentials_are_rejected() {
    const INVALID: &str = "The security token included in the request is invalid";
    const NO_MATCH: &str = "does not match the signature you provided";
    let server = server();
    for (fault, id, secret, token, code, text) in [
        ("wrong secret", "AKIARIGHT", "wrong", None, "InvalidSignatureException", NO_MATCH),
        ("unknown key", "AKIAUNKNOWN", SECRET, None, "UnrecognizedClientException", INVALID),
        ("missing token", "ASIATEMPORARY", SECRET, None, "UnrecognizedClientException", INVALID),
        ("other token", "ASIATEMPORARY", SECRET, Some("x"), "UnrecognizedClientException", INVALID),
        ("needless token", "AKIARIGHT", SECRET, Some("x"), "UnrecognizedClientException", INVALID),
    ] {
        let client = client(&server, credentials(id, secret, token));
        assert_rejected(fault, &client, code, text).await;
    }
    let client = right_client(&server);
    list(&client).send().await.expect("the key is not revoked yet");
    server.control("DELETE /access-keys/AKIARIGHT", "");
    assert_rejected("revoked key", &client, "UnrecognizedClientException", INVALID).await;
}

/// Changes a request, before or after it is signed.
#[derive(Debug)]
struct Tamper {
    before_signing: bool,
    change: fn(&mut BeforeTransmitInterceptorContextMut<'_>),
}

impl Intercept for Tamper {
    fn name(&self) -> &'static str {
        "Tamper"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if self.before_signing {
            (self.change)(context);
        }
        Ok(())
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if !self.before_signing {
            (self.change)(context);
        }
        Ok(())
    }
}

fn set_target(context: &mut BeforeTransmitInterceptorContextMut<'_>, target: &'static str) {
    context.request_mut().headers_mut().insert("x-amz-target", target);
}

#[tokio::test]
async fn a_request_that_was_changed_after_signing_is_rejected() {
    let server = server();
    let body: fn(&mut BeforeTransmitInterceptorContextMut<'_>) = |context| {
        let body = br#"{"IdentityStoreId":"d-1234567891"}"#.to_vec();
        *context.request_mut().body_mut() = body.into();
    };
    for (fault, change) in [
        ("tampered body", body),
        ("tampered header", |context| set_target(context, "AWSIdentityStore.ListGroups")),
    ] {
        let client = server.configured(|config| {
            let config = config.credentials_provider(credentials("AKIARIGHT", SECRET, None));
            config.interceptor(Tamper { before_signing: false, change })
        });
        let text = "does not match the signature you provided";
        assert_rejected(fault, &client, "InvalidSignatureException", text).await;
    }
}

#[tokio::test]
async fn a_signature_for_another_service_is_rejected() {
    let server = server();
    // sso-admin signs for `sso`.
    let config = aws_sdk_ssoadmin::config::Builder::from(&server.sdk_config())
        .credentials_provider(credentials("AKIARIGHT", SECRET, None))
        .interceptor(Tamper {
            before_signing: true,
            change: |context| set_target(context, "AWSIdentityStore.ListIdentityStores"),
        });
    let client = aws_sdk_ssoadmin::Client::from_conf(config.build());
    let error = client.list_instances().send().await.expect_err("the scope is wrong");
    let error = error.into_service_error();
    assert_eq!(error.code(), Some("InvalidSignatureException"), "{error:?}");
    let message = error.message().unwrap_or_default();
    assert!(message.contains("correct service: 'identitystore'"), "{message}");
}

#[tokio::test]
async fn a_signature_that_is_too_old_or_too_new_is_rejected() {
    for (fault, clock, text) in [
        ("future date", "2020-01-01T00:00:00Z", "Signature not yet current"),
        ("old date", "2100-01-01T00:00:00Z", "Signature expired"),
    ] {
        let server = server();
        server.control("PUT /clock", &format!(r#"{{"set": "{clock}", "freeze": true}}"#));
        let client = right_client(&server);
        assert_rejected(fault, &client, "InvalidSignatureException", text).await;
        // With retries, the SDK corrects its clock by the `Date` of the response.
        let patient = server.configured(|config| {
            config.credentials_provider(credentials("AKIARIGHT", SECRET, None))
        });
        assert!(list(&patient).send().await.is_ok());
    }
}
