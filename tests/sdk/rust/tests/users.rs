//! CreateUser, DescribeUser, UpdateUser, DeleteUser, ListUsers, GetUserId.

use std::collections::BTreeSet;

use aws_sdk_identitystore::primitives::DateTimeFormat;
use aws_sdk_identitystore::types::{
    Address, AlternateIdentifier, AttributeOperation, Email, ExternalId, Filter, Name, PhoneNumber,
    Photo, Role, UniqueAttribute, UserStatus,
};
use aws_smithy_types::{Document, Number};

use crate::server::{STORE, Server, fresh, not_found, person, user};

const EXTENSION: &str = "aws:identitystore:enterprise";

fn document(json: &serde_json::Value) -> Document {
    use serde_json::Value;
    match json {
        Value::Null => Document::Null,
        Value::Bool(flag) => Document::Bool(*flag),
        Value::Number(number) => {
            Document::Number(Number::PosInt(number.as_u64().expect("a small number")))
        }
        Value::String(text) => Document::String(text.clone()),
        Value::Array(items) => Document::Array(items.iter().map(document).collect()),
        Value::Object(members) => Document::Object(
            members.iter().map(|(name, value)| (name.clone(), document(value))).collect(),
        ),
    }
}

fn change(path: &str, value: serde_json::Value) -> AttributeOperation {
    let operation = AttributeOperation::builder().attribute_path(path);
    operation.attribute_value(document(&value)).build().expect("it has a path")
}

fn removal(path: &str) -> AttributeOperation {
    AttributeOperation::builder().attribute_path(path).build().expect("it has a path")
}

#[tokio::test]
async fn user_with_all_attributes_is_described_as_created() {
    let server = Server::start(&[]);
    let aws = server.client();
    let name = fresh("full");
    let email = Email::builder().value("full@example.com").r#type("work").primary(true).build();
    let phone = PhoneNumber::builder().value("+1 555 0100").r#type("work").primary(false).build();
    let address = Address::builder().street_address("1 Main St").country("NZ").build();
    let photo = Photo::builder().value("https://example.com/1.png").display("one").build();
    let photo = photo.expect("a photo has a value");
    let role = Role::builder().value("lead").primary(true).build();
    let enterprise = document(&serde_json::json!({"department": "Ops", "manager": {"value": "m"}}));
    let made = aws
        .create_user()
        .identity_store_id(STORE)
        .user_name(&name)
        .display_name("Full Person")
        .name(Name::builder().given_name("Full").family_name("Person").formatted("F. P.").build())
        .nick_name("Fully")
        .profile_url("https://example.com/full")
        .emails(email.clone())
        .phone_numbers(phone.clone())
        .addresses(address.clone())
        .user_type("Employee")
        .title("Engineer")
        .preferred_language("mi")
        .locale("mi-NZ")
        .timezone("Pacific/Auckland")
        .photos(photo.clone())
        .website("https://example.com")
        .birthdate("1990-02-28")
        .roles(role.clone())
        .extensions(EXTENSION, enterprise.clone())
        .send()
        .await
        .expect("a full user is made");
    assert_eq!(made.identity_store_id, STORE);
    assert_eq!(made.user_arn, format!("arn:aws:identitystore:::user/{}", made.user_id));
    assert!(!made.revision.is_empty());

    let request = aws.describe_user().identity_store_id(STORE).user_id(&made.user_id);
    let shown = request.extensions(EXTENSION).send().await.expect("it is described");
    assert_eq!(shown.user_name(), Some(&*name));
    assert_eq!(shown.display_name(), Some("Full Person"));
    assert_eq!(shown.name().and_then(Name::formatted), Some("F. P."));
    assert_eq!(shown.nick_name(), Some("Fully"));
    assert_eq!(shown.emails(), [email]);
    assert_eq!(shown.phone_numbers(), [phone]);
    assert_eq!(shown.addresses(), [address]);
    assert_eq!(shown.photos(), [photo]);
    assert_eq!(shown.roles(), [role]);
    assert_eq!(shown.birthdate(), Some("1990-02-28"));
    assert_eq!(shown.website(), Some("https://example.com"));
    assert_eq!(shown.user_status(), Some(&UserStatus::Enabled));
    assert_eq!(shown.extensions().and_then(|all| all.get(EXTENSION)), Some(&enterprise));
    assert_eq!((&shown.user_arn, &shown.revision), (&made.user_arn, &made.revision));
    let created = shown.created_at().expect("it has a time");
    assert_eq!(Some(created), shown.updated_at());
    assert!(created.fmt(DateTimeFormat::DateTime).is_ok());
}

#[tokio::test]
async fn update_sets_replaces_removes_and_returns_the_revision() {
    let server = Server::start(&[]);
    let aws = server.client();
    let made = person(&aws, &fresh("changing")).title("Old").send().await.expect("a user is made");
    let changed = aws
        .update_user()
        .identity_store_id(STORE)
        .user_id(&made.user_id)
        .operations(change("name.givenName", "New".into()))
        .operations(change("emails", serde_json::json!([{"value": "new@example.com"}])))
        .operations(change(&format!("{EXTENSION}.costCenter"), "42".into()))
        .operations(change("nickName", "Newt".into()))
        .operations(removal("title"))
        .revision(&made.revision)
        .send()
        .await
        .expect("it is updated");
    assert_eq!((&*changed.identity_store_id, &changed.user_id), (STORE, &made.user_id));
    assert_eq!(changed.user_arn, made.user_arn);
    assert_ne!(changed.revision, made.revision);

    let request = aws.describe_user().identity_store_id(STORE).user_id(&made.user_arn);
    let shown = request.extensions(EXTENSION).send().await.expect("it is described by its ARN");
    assert_eq!(shown.revision, changed.revision);
    assert_eq!(shown.name().and_then(Name::given_name), Some("New"));
    assert_eq!(shown.name().and_then(Name::family_name), Some("Son"));
    assert_eq!(shown.emails(), [Email::builder().value("new@example.com").build()]);
    assert_eq!((shown.nick_name(), shown.title()), (Some("Newt"), None));

    // A null removes as a missing value does.
    let null = change("nickName", serde_json::Value::Null);
    let update = aws.update_user().identity_store_id(STORE).user_id(&made.user_id);
    update.operations(null).send().await.expect("it is updated");
    let request = aws.describe_user().identity_store_id(STORE).user_id(&made.user_id);
    assert_eq!(request.send().await.expect("it is described").nick_name(), None);
}

#[tokio::test]
async fn delete_user_is_idempotent() {
    let server = Server::start(&[]);
    let aws = server.client();
    let who = user(&aws).await;
    let delete = || aws.delete_user().identity_store_id(STORE).user_id(&who);
    delete().send().await.expect("it is deleted");
    let request = aws.describe_user().identity_store_id(STORE).user_id(&who);
    not_found(request.send().await.expect_err("it is gone"));
    delete().send().await.expect("deletes are idempotent");
}

#[tokio::test]
async fn the_paginator_shows_every_user_once() {
    let server = Server::start(&[]);
    let aws = server.client();
    let mut made = BTreeSet::new();
    for _ in 0..7 {
        made.insert(user(&aws).await);
    }
    let pages = aws.list_users().identity_store_id(STORE).into_paginator().page_size(3);
    let mut pages = pages.send();
    let mut seen = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.expect("a page");
        assert!((1..=3).contains(&page.users().len()));
        seen.extend(page.users().iter().map(|user| user.user_id().to_owned()));
    }
    let every: BTreeSet<_> = seen.iter().cloned().collect();
    assert_eq!(every.len(), seen.len());
    assert!(every.is_superset(&made));

    let mut items = aws.list_users().identity_store_id(STORE).into_paginator().items().send();
    let mut again = Vec::new();
    while let Some(user) = items.next().await {
        again.push(user.expect("a user").user_id().to_owned());
    }
    assert_eq!(again, seen);
}

#[tokio::test]
#[allow(deprecated)] // The filters are, by the model; scripts send them all the same.
async fn a_filter_finds_the_exact_user_name() {
    let server = Server::start(&[]);
    let aws = server.client();
    let name = fresh("filtered");
    let made = person(&aws, &name).send().await.expect("a user is made").user_id;
    let filter = Filter::builder().attribute_path("UserName").attribute_value(&name).build();
    let request = aws.list_users().identity_store_id(STORE).filters(filter.expect("it is whole"));
    let found = request.send().await.expect("they are listed");
    let found: Vec<_> = found.users().iter().map(|user| user.user_id()).collect();
    assert_eq!(found, [&*made]);
}

#[tokio::test]
async fn a_user_is_found_by_name_and_by_email() {
    let server = Server::start(&[]);
    let aws = server.client();
    let name = fresh("found");
    let email = Email::builder().value("found@example.com").primary(true).build();
    let made = person(&aws, &name).emails(email).send().await.expect("a user is made");
    for (path, value) in [("userName", &*name), ("emails.value", "found@example.com")] {
        let unique = UniqueAttribute::builder().attribute_path(path).attribute_value(value.into());
        let unique = AlternateIdentifier::UniqueAttribute(unique.build().expect("it is whole"));
        let request = aws.get_user_id().identity_store_id(STORE).alternate_identifier(unique);
        let found = request.send().await.expect("it is found");
        assert_eq!((found.user_id, found.user_arn), (made.user_id.clone(), made.user_arn.clone()));
        assert_eq!(found.identity_store_id, STORE);
    }
    let external = ExternalId::builder().issuer("https://example.com").id("nobody").build();
    let external = AlternateIdentifier::ExternalId(external.expect("it is whole"));
    let request = aws.get_user_id().identity_store_id(STORE).alternate_identifier(external);
    not_found(request.send().await.expect_err("no user has it"));
}
