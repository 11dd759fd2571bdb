//! The seven operations about who is in which group.

use aws_sdk_identitystore::types::{ConflictExceptionReason, ResourceType};

use crate::server::{MISSING, STORE, Server, conflict, group, join, member, not_found, user};

#[tokio::test]
async fn membership_can_be_created_described_found_listed_and_deleted() {
    let server = Server::start(&[]);
    let aws = server.client();
    let (who, user) = (group(&aws).await, user(&aws).await);
    let made = aws.create_group_membership().identity_store_id(STORE).group_id(&who);
    let made = made.member_id(member(&user)).send().await.expect("a membership is made");
    let id = &made.membership_id;
    assert_eq!(made.membership_arn, format!("arn:aws:identitystore:::membership/{id}"));

    let describe = || aws.describe_group_membership().identity_store_id(STORE).membership_id(id);
    let shown = describe().send().await.expect("it is described");
    assert_eq!((&shown.group_id, &shown.member_id), (&who, &Some(member(&user))));
    assert_eq!(shown.membership_arn, made.membership_arn);
    assert!(shown.created_at().is_some());

    let find = aws.get_group_membership_id().identity_store_id(STORE).group_id(&who);
    let found = find.member_id(member(&user)).send().await.expect("it is found");
    assert_eq!(&found.membership_id, id);

    let delete = || aws.delete_group_membership().identity_store_id(STORE).membership_id(id);
    delete().send().await.expect("it is deleted");
    let error = describe().send().await.expect_err("it is gone");
    assert_eq!(not_found(error).resource_type(), Some(&ResourceType::GroupMembership));
    delete().send().await.expect("deletes are idempotent");
}

#[tokio::test]
async fn memberships_are_paged_from_both_ends() {
    let server = Server::start(&[]);
    let aws = server.client();
    let (who, other) = (group(&aws).await, group(&aws).await);
    let mut users = Vec::new();
    for _ in 0..5 {
        users.push(user(&aws).await);
        join(&aws, &who, users.last().expect("one")).await;
    }
    join(&aws, &other, &users[0]).await;

    let pages = aws.list_group_memberships().identity_store_id(STORE).group_id(&who);
    let mut items = pages.into_paginator().page_size(2).items().send();
    let mut seen = Vec::new();
    while let Some(one) = items.next().await {
        seen.push(one.expect("a membership").member_id.expect("it has a member"));
    }
    assert_eq!(seen, users.iter().map(|user| member(user)).collect::<Vec<_>>());

    let pages = aws.list_group_memberships_for_member().identity_store_id(STORE);
    let mut items = pages.member_id(member(&users[0])).into_paginator().page_size(1).items().send();
    let mut seen = Vec::new();
    while let Some(one) = items.next().await {
        seen.push(one.expect("a membership").group_id.expect("it has a group"));
    }
    assert_eq!(seen, [who, other]);
}

#[tokio::test]
async fn is_member_in_groups_keeps_the_order_of_the_request() {
    let server = Server::start(&[]);
    let aws = server.client();
    let (inside, outside, user) = (group(&aws).await, group(&aws).await, user(&aws).await);
    join(&aws, &inside, &user).await;
    let request = aws.is_member_in_groups().identity_store_id(STORE).member_id(member(&user));
    let request = request.group_ids(&outside).group_ids(MISSING).group_ids(&inside).send();
    let output = request.await.expect("a response");
    let output: Vec<_> = output
        .results()
        .iter()
        .map(|one| (one.group_id().expect("a group"), one.membership_exists()))
        .collect();
    assert_eq!(output, [(&*outside, false), (MISSING, false), (&*inside, true)]);
}

#[tokio::test]
async fn a_second_membership_of_the_same_two_is_a_conflict() {
    let server = Server::start(&[]);
    let aws = server.client();
    let (who, user) = (group(&aws).await, user(&aws).await);
    join(&aws, &who, &user).await;
    let again = aws.create_group_membership().identity_store_id(STORE).group_id(&who);
    let error = again.member_id(member(&user)).send().await.expect_err("it is there");
    assert_eq!(
        conflict(error).reason(),
        Some(&ConflictExceptionReason::UniquenessConstraintViolation)
    );
}
