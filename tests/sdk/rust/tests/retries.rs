//! The SDK's own retries get through a throttle that ends, and give up on one that does not.

use aws_sdk_identitystore::error::SdkError;

use crate::server::{STORE, Server, fresh, person, user};

/// Two throttles, then an answer.
const TWICE: &[&str] = &["--fault", "aws:CreateUser=throttle@xx."];

#[tokio::test]
async fn two_throttles_and_the_third_try_works() {
    let server = Server::start(TWICE);
    let aws = server.patient(3);
    let made = user(&aws).await;
    let shown = aws.describe_user().identity_store_id(STORE).user_id(&made).send().await;
    assert_eq!(shown.expect("it was made once").user_id, made);
}

#[tokio::test]
async fn two_tries_are_too_few() {
    let server = Server::start(TWICE);
    let error = person(&server.patient(2), &fresh("never")).send().await.expect_err("throttled");
    let error = error.into_service_error();
    assert!(error.is_throttling_exception(), "{error:?}");
    assert_eq!(error.to_string(), "ThrottlingException: Rate exceeded");
}

#[tokio::test]
async fn latest_behavior_version_retries_by_default() {
    let server = Server::start(&["--fault", "aws:CreateUser=internal@x."]);
    let made = user(&server.configured(|config| config)).await;
    assert!(!made.is_empty());
}

#[tokio::test]
async fn retried_create_conflicts_with_its_first_attempt() {
    let server = Server::start(&["--fault", "aws:CreateUser=commit+reset@x."]);
    let error = person(&server.patient(3), &fresh("twice")).send().await.expect_err("it is there");
    let SdkError::ServiceError(error) = error else { panic!("{error:?}") };
    assert!(error.err().is_conflict_exception(), "{error:?}");
}

#[tokio::test]
async fn reset_connection_is_retried() {
    let server = Server::start(&["--fault", "aws:CreateUser=reset@xx."]);
    assert!(!user(&server.patient(3)).await.is_empty());
    let error = person(&server.patient(2), &fresh("never")).send().await.expect_err("reset twice");
    assert!(matches!(error, SdkError::DispatchFailure(_)), "{error:?}");
}
