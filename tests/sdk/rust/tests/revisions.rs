//! Optimistic locking: concurrent writers with revisions lose no update. A writer retries on conflict.

use aws_sdk_identitystore::Client;
use aws_sdk_identitystore::types::{AttributeOperation, ConflictExceptionReason};

use crate::server::{STORE, Server, conflict, user};

const WRITERS: usize = 8;

/// Increments the number in the title, retrying on conflict. Returns the number of attempts.
async fn count_up(aws: &Client, user: &str) -> usize {
    for tries in 1.. {
        let shown = aws.describe_user().identity_store_id(STORE).user_id(user).send().await;
        let shown = shown.expect("it is described");
        let count: usize = shown.title().map_or(0, |title| title.parse().expect("a number"));
        let operation = AttributeOperation::builder().attribute_path("title");
        let operation = operation.attribute_value((count + 1).to_string().into()).build();
        let update = aws.update_user().identity_store_id(STORE).user_id(user);
        let update = update.operations(operation.expect("it has a path"));
        match update.revision(&shown.revision).send().await {
            Ok(_) => return tries,
            Err(error) => assert_eq!(
                conflict(error).reason(),
                Some(&ConflictExceptionReason::ConcurrentModification)
            ),
        }
    }
    unreachable!("it was first at some time")
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_at_once_lose_no_update() {
    let server = Server::start(&[]);
    let aws = server.client();
    let user = user(&aws).await;
    let writers: Vec<_> = (0..WRITERS)
        .map(|_| {
            let (aws, user) = (aws.clone(), user.clone());
            tokio::spawn(async move {
                let mut tries = 0;
                for _ in 0..5 {
                    tries += count_up(&aws, &user).await;
                }
                tries
            })
        })
        .collect();
    let mut tries = 0;
    for writer in writers {
        tries += writer.await.expect("it ends");
    }
    let shown = aws.describe_user().identity_store_id(STORE).user_id(&user).send().await;
    let title = shown.expect("it is described").title.expect("a title");
    assert_eq!(title, (WRITERS * 5).to_string(), "after {tries} tries");
}
