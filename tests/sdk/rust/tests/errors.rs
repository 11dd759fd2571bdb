//! Refusals arrive as the SDK's modelled types, with their members.

use aws_sdk_identitystore::operation::RequestId;
use aws_sdk_identitystore::types::{AttributeOperation, ConflictExceptionReason, ResourceType};

use crate::server::{MISSING, STORE, Server, conflict, fresh, invalid, not_found, person, user};

fn title(value: &str) -> AttributeOperation {
    let operation = AttributeOperation::builder().attribute_path("title");
    operation.attribute_value(value.into()).build().expect("it has a path")
}

#[tokio::test]
async fn missing_user_error_has_type_id_and_request_id() {
    let server = Server::start(&[]);
    let query = server.client().describe_user().identity_store_id(STORE).user_id(MISSING).send();
    let error = query.await.expect_err("there is none");
    assert_eq!(error.raw_response().map(|raw| raw.status().as_u16()), Some(400));
    let header = error.request_id().expect("a request id").to_owned();
    let error = not_found(error);
    assert_eq!(error.message(), Some("User not found"));
    assert_eq!(error.resource_type(), Some(&ResourceType::User));
    assert_eq!(error.resource_id(), Some(MISSING));
    assert_eq!(error.request_id.as_deref(), Some(&*header));
}

#[tokio::test]
async fn missing_store_is_not_found() {
    let server = Server::start(&[]);
    let query = server.client().list_users().identity_store_id("d-ffffffffff").send();
    let error = query.await.expect_err("there is none");
    let error = not_found(error);
    let text = "IdentityStore not present for IdentityStoreId: d-ffffffffff";
    assert_eq!(error.message(), Some(text));
    assert_eq!(error.resource_type(), Some(&ResourceType::IdentityStore));
    assert_eq!(error.resource_id(), Some("d-ffffffffff"));
}

#[tokio::test]
async fn a_taken_name_is_a_uniqueness_violation() {
    let server = Server::start(&[]);
    let aws = server.client();
    let name = fresh("taken");
    person(&aws, &name).send().await.expect("a user is made");
    let error = person(&aws, &name).send().await.expect_err("it is taken");
    let error = conflict(error);
    assert_eq!(error.reason(), Some(&ConflictExceptionReason::UniquenessConstraintViolation));
    assert_eq!(error.message(), Some("Duplicate UserName"));
    assert!(error.request_id.is_some());
}

#[tokio::test]
async fn an_old_revision_is_a_conflict_and_changes_nothing() {
    let server = Server::start(&[]);
    let aws = server.client();
    let made = person(&aws, &fresh("locked")).send().await.expect("a user is made");
    let update = |value| {
        let update = aws.update_user().identity_store_id(STORE).user_id(&made.user_id);
        update.operations(title(value)).revision(&made.revision).send()
    };
    let first = update("first").await.expect("the revision is the current one");
    let error = update("second").await.expect_err("it is old now");
    let error = conflict(error);
    assert_eq!(error.reason(), Some(&ConflictExceptionReason::ConcurrentModification));
    let delete = aws.delete_user().identity_store_id(STORE).user_id(&made.user_id);
    let error = delete.revision(&made.revision).send().await.expect_err("it is old");
    assert!(error.into_service_error().is_conflict_exception());

    let shown = aws.describe_user().identity_store_id(STORE).user_id(&made.user_id).send().await;
    let shown = shown.expect("it is there");
    assert_eq!((shown.title(), &shown.revision), (Some("first"), &first.revision));
}

#[tokio::test]
async fn an_unsupported_path_and_a_broken_constraint_are_invalid() {
    let server = Server::start(&[]);
    let aws = server.client();
    let user = user(&aws).await;
    let refuse = async |path: &str| {
        let operation = AttributeOperation::builder().attribute_path(path);
        let operation = operation.attribute_value("x".into()).build().expect("it has a path");
        let update = aws.update_user().identity_store_id(STORE).user_id(&user);
        invalid(update.operations(operation).send().await.expect_err("it is refused"))
    };
    let unsupported = refuse("userStatus").await;
    let text = "Updates for AttributePath: userStatus is not supported";
    assert_eq!(unsupported.message(), Some(text));
    assert!(unsupported.request_id.is_some());
    let broken = refuse("emails[0]").await;
    let text = broken.message().unwrap_or_default();
    assert!(text.contains("'operations.1.member.attributePath' failed to satisfy"), "{text}");
}

#[tokio::test]
async fn a_full_store_is_a_quota_error() {
    let server = Server::start(&["--quota-users", "1"]);
    let aws = server.client();
    let _ = person(&aws, &fresh("first")).send().await; // The store may be full before it.
    let error = person(&aws, &fresh("more")).send().await.expect_err("it is full");
    assert!(error.into_service_error().is_service_quota_exceeded_exception());
}

#[tokio::test]
async fn injected_errors_are_modelled_too() {
    let faults = ["--fault", "aws:DeleteUser=denied", "--fault", "aws:ListUsers=internal"];
    let server = Server::start(&faults);
    let aws = server.client();
    let denied = aws.delete_user().identity_store_id(STORE).user_id(MISSING).send();
    let denied = denied.await.expect_err("it is denied").into_service_error();
    assert!(denied.is_access_denied_exception(), "{denied:?}");
    let failed = aws.list_users().identity_store_id(STORE).send();
    let failed = failed.await.expect_err("it fails").into_service_error();
    assert!(failed.is_internal_server_exception(), "{failed:?}");
}
