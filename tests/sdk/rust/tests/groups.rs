//! CreateGroup, DescribeGroup, UpdateGroup, DeleteGroup, ListGroups, GetGroupId.

use aws_sdk_identitystore::types::{
    AlternateIdentifier, AttributeOperation, Filter, UniqueAttribute,
};

use crate::server::{MISSING, STORE, Server, fresh, group, not_found};

fn change(path: &str, value: &str) -> AttributeOperation {
    let operation = AttributeOperation::builder().attribute_path(path);
    operation.attribute_value(value.into()).build().expect("it has a path")
}

fn removal(path: &str) -> AttributeOperation {
    AttributeOperation::builder().attribute_path(path).build().expect("it has a path")
}

#[tokio::test]
async fn group_can_be_created_described_updated_found_and_deleted() {
    let server = Server::start(&[]);
    let aws = server.client();
    let name = fresh("Engineers");
    let made = aws.create_group().identity_store_id(STORE).display_name(&name);
    let made = made.description("They build").send().await.expect("a group is made");
    assert_eq!(made.identity_store_id, STORE);
    assert_eq!(made.group_arn, format!("arn:aws:identitystore:::group/{}", made.group_id));

    let describe = || aws.describe_group().identity_store_id(STORE).group_id(&made.group_id);
    let shown = describe().send().await.expect("it is described");
    assert_eq!(shown.display_name(), Some(&*name));
    assert_eq!(shown.description(), Some("They build"));
    assert_eq!((&shown.group_arn, &shown.revision), (&made.group_arn, &made.revision));
    assert!(shown.created_at().is_some() && shown.created_at() == shown.updated_at());

    let changed = aws
        .update_group()
        .identity_store_id(STORE)
        .group_id(&made.group_arn)
        .operations(change("displayName", "Builders"))
        .operations(removal("description"))
        .revision(&made.revision)
        .send()
        .await
        .expect("it is updated");
    assert_eq!((changed.group_id, changed.group_arn), (made.group_id.clone(), made.group_arn));
    assert_ne!(changed.revision, made.revision);
    let shown = describe().send().await.expect("it is described");
    assert_eq!((shown.display_name(), shown.description()), (Some("Builders"), None));
    assert_eq!(shown.revision, changed.revision);

    let unique = UniqueAttribute::builder().attribute_path("displayName");
    let unique = unique.attribute_value("Builders".into()).build().expect("it is whole");
    let found = aws.get_group_id().identity_store_id(STORE);
    let found = found.alternate_identifier(AlternateIdentifier::UniqueAttribute(unique));
    assert_eq!(found.send().await.expect("it is found").group_id, made.group_id);

    let delete = || aws.delete_group().identity_store_id(STORE).group_id(&made.group_id);
    delete().revision(&changed.revision).send().await.expect("it is deleted");
    not_found(describe().send().await.expect_err("it is gone"));
    delete().send().await.expect("deletes are idempotent");
}

#[tokio::test]
#[allow(deprecated)] // The filters are, by the model; scripts send them all the same.
async fn groups_are_paged_and_filtered() {
    let server = Server::start(&[]);
    let aws = server.client();
    let mut made = Vec::new();
    for _ in 0..5 {
        made.push(group(&aws).await);
    }
    let pages = aws.list_groups().identity_store_id(STORE).into_paginator().page_size(2);
    let mut groups = pages.items().send();
    let mut seen = Vec::new();
    while let Some(group) = groups.next().await {
        seen.push(group.expect("a group").group_id);
    }
    assert_eq!(seen[seen.len() - 5..], made);

    let name = fresh("Filtered");
    let new = aws.create_group().identity_store_id(STORE).display_name(&name).send();
    let new = new.await.expect("a group is made").group_id;
    let filter = Filter::builder().attribute_path("DisplayName").attribute_value(&name).build();
    let request = aws.list_groups().identity_store_id(STORE).filters(filter.expect("it is whole"));
    let found = request.send().await.expect("they are listed");
    assert_eq!(found.groups().iter().map(|one| one.group_id()).collect::<Vec<_>>(), [&*new]);
}

#[tokio::test]
async fn missing_group_is_not_found() {
    let server = Server::start(&[]);
    let aws = server.client();
    let update = aws.update_group().identity_store_id(STORE).group_id(MISSING);
    let update = update.operations(change("description", "x")).send();
    not_found(update.await.expect_err("there is none"));
}
