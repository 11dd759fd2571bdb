//! Users, through either cloud.

use std::sync::Arc;
use std::thread;

use crate::world::{AwsClient, Client, HuaweiClient, Why, World, WorldSettings, in_both};
use idouble::internal::domain::UnknownStorePolicy;
use serde_json::json;

const UNKNOWN_ID: &str = "11111111-2222-3333-4444-555555555555";

#[test]
fn created_user_can_be_read_found_listed_and_deleted() {
    in_both(|client| {
        let id = client.create_user("alice").expect("made");
        assert_eq!(client.user_name(&id).as_deref(), Ok("alice"));
        assert_eq!(client.find_user("alice").as_ref(), Ok(&id));
        assert_eq!(client.list_users(10, None), Ok((vec!["alice".to_owned()], None)));
        assert_eq!(client.delete_user(&id), Ok(()));
        assert_eq!(client.user_name(&id), Err(Why::NotFound));
        assert_eq!(client.find_user("alice"), Err(Why::NotFound));
    });
}

#[test]
fn unknown_user_is_not_found() {
    in_both(|client| {
        assert_eq!(client.user_name(UNKNOWN_ID), Err(Why::NotFound));
        assert_eq!(client.set_title(UNKNOWN_ID, Some("Engineer")), Err(Why::NotFound));
        let deleted = client.delete_user(UNKNOWN_ID);
        assert_eq!(deleted.is_ok(), client.deletes_twice());
    });
}

#[test]
fn names_and_addresses_are_unique_and_a_rename_frees_the_old_name_at_once() {
    in_both(|client| {
        let alice = client.create_user("alice").expect("made");
        let bob = client.create_user("bob").expect("made");
        assert_eq!(client.create_user("alice"), Err(Why::Conflict));
        assert_eq!(client.rename(&bob, "alice"), Err(Why::Conflict));
        assert_eq!(client.user_name(&bob).as_deref(), Ok("bob"));
        assert_eq!(client.rename(&alice, "alice"), Ok(()), "one's own name is free");
        assert_eq!(client.rename(&alice, "carol"), Ok(()));
        assert_eq!(client.rename(&bob, "alice"), Ok(()));
        assert_eq!(client.find_user("alice"), Ok(bob));
        assert_eq!(client.find_user("carol"), Ok(alice));
    });
}

#[test]
fn recreated_user_gets_a_new_id() {
    in_both(|client| {
        let first = client.create_user("alice").expect("made");
        client.delete_user(&first).expect("deleted");
        assert_ne!(client.create_user("alice"), Ok(first));
    });
}

#[test]
fn update_applies_all_operations_or_none() {
    in_both(|client| {
        let id = client.create_user("alice").expect("made");
        assert_eq!(client.set_title_and_break(&id, "Engineer"), Err(Why::Invalid));
        assert_eq!(client.title(&id), Ok(None));
        assert_eq!(client.set_title(&id, Some("Engineer")), Ok(()));
        assert_eq!(client.title(&id), Ok(Some("Engineer".to_owned())));
        assert_eq!(client.set_title(&id, None), Ok(()));
        assert_eq!(client.title(&id), Ok(None));
        assert_eq!(client.set_title(&id, None), Ok(()), "removing what is not there is fine");
    });
}

#[test]
fn writes_of_one_cloud_are_read_by_the_other() {
    let world = World::new();
    let (aws, huawei) = (AwsClient(&world), HuaweiClient(&world));
    let pairs: [(&dyn Client, &dyn Client); 2] = [(&aws, &huawei), (&huawei, &aws)];
    for (at, (one, other)) in pairs.into_iter().enumerate() {
        let name = format!("user{at}");
        let id = one.create_user(&name).expect("made");
        assert_eq!(other.user_name(&id).as_ref(), Ok(&name));
        assert_eq!(other.create_user(&name), Err(Why::Conflict));
        assert_eq!(one.set_title(&id, Some("Engineer")), Ok(()));
        assert_eq!(other.title(&id), Ok(Some("Engineer".to_owned())));
        assert_eq!(other.rename(&id, &format!("new{at}")), Ok(()));
        assert_eq!(one.find_user(&format!("new{at}")).as_ref(), Ok(&id));
        assert_eq!(other.delete_user(&id), Ok(()));
        assert_eq!(one.user_name(&id), Err(Why::NotFound));
    }
}

#[test]
fn updates_keep_attributes_that_only_the_other_cloud_has() {
    let world = World::new();
    let huawei = HuaweiClient(&world);
    let made = world.aws(
        "CreateUser",
        json!({
            "UserName": "alice", "DisplayName": "Alice",
            "Name": {"GivenName": "A", "FamilyName": "B"},
            "Emails": [{"Value": "alice@example.com", "Type": "work", "Primary": true}],
            "Photos": [{"Value": "https://example.com/a.png"}],
            "Roles": [{"Value": "admin"}], "Website": "https://example.com", "Birthdate": "1990-02-28",
        }),
    );
    let id = made.expect("made")["UserId"].as_str().expect("an id").to_owned();
    huawei.set_title(&id, Some("Engineer")).expect("updated");
    world.huawei("POST", &format!("/users/{id}/verify-email"), None).expect("verified");
    let user = world.aws("DescribeUser", json!({"UserId": id})).expect("there");
    assert_eq!(user["Photos"], json!([{"Value": "https://example.com/a.png"}]));
    assert_eq!(user["Birthdate"], "1990-02-28");
    assert_eq!(user["Title"], "Engineer");

    // An update through AWS, which has no such member, keeps the address verified.
    let email = json!([{"value": "alice@example.com", "type": "home", "primary": true}]);
    let steps = json!([{"AttributePath": "emails", "AttributeValue": email}]);
    world.aws("UpdateUser", json!({"UserId": id, "Operations": steps})).expect("updated");
    let user = world.huawei("GET", &format!("/users/{id}"), None).expect("there");
    assert_eq!(user["email_verified"], json!(true));
    assert_eq!(user["emails"][0]["type"], "home");

    // Another address is not verified.
    let email = json!([{"value": "other@example.com", "type": "home", "primary": true}]);
    let steps = json!([{"AttributePath": "emails", "AttributeValue": email}]);
    world.aws("UpdateUser", json!({"UserId": id, "Operations": steps})).expect("updated");
    let user = world.huawei("GET", &format!("/users/{id}"), None).expect("there");
    assert_eq!(user["email_verified"], json!(false));
}

#[test]
fn verify_email_is_idempotent_and_requires_an_address() {
    let world = World::new();
    let id = HuaweiClient(&world).create_user("alice").expect("made");
    let verify = || world.huawei("POST", &format!("/users/{id}/verify-email"), None);
    let verified = || world.huawei("GET", &format!("/users/{id}"), None).expect("there");
    for _ in 0..2 {
        verify().expect("verified");
        assert_eq!(verified()["email_verified"], json!(true));
    }
    for emails in [json!(null), json!([{"type": "work"}])] {
        let steps = json!([{"AttributePath": "emails", "AttributeValue": emails}]);
        world.aws("UpdateUser", json!({"UserId": id, "Operations": steps})).expect("updated");
        let refused = verify().expect_err("no address");
        assert_eq!((refused.status, refused.code.as_str()), (400, "IIC.400"));
        assert_eq!(refused.message, "Bad Request: the user has no e-mail address.");
        assert_eq!(verified()["email_verified"], json!(false));
    }
}

#[test]
fn authors_have_the_account_id_of_each_cloud() {
    let world = World::new();
    let (aws, huawei) = (AwsClient(&world), HuaweiClient(&world));
    let clients: [&dyn Client; 2] = [&aws, &huawei];
    for (at, client) in clients.into_iter().enumerate() {
        let id = client.create_user(&format!("user{at}")).expect("made");
        aws.set_title(&id, Some("Engineer")).expect("updated");
        let user = world.huawei("GET", &format!("/users/{id}"), None).expect("there");
        for by in ["created_by", "updated_by"] {
            assert_eq!(user[by], "5f2b1c0d9e8a4736b5c4d3e2f1a09b8c");
        }
        let user = world.aws("DescribeUser", json!({"UserId": id})).expect("there");
        assert_eq!(user["UpdatedBy"], "123456789012");
    }
}

#[test]
fn fifty_creates_of_one_name_at_once_give_exactly_one_success() {
    let world = Arc::new(World::new());
    let threads = (0..50).map(|at| {
        let world = world.clone();
        thread::spawn(move || match at % 2 {
            0 => AwsClient(&world).create_user("alice").is_ok(),
            _ => HuaweiClient(&world).create_user("alice").is_ok(),
        })
    });
    let threads: Vec<_> = threads.collect();
    let made = threads.into_iter().map(|thread| thread.join().expect("no panic"));
    assert_eq!(made.filter(|made| *made).count(), 1);
}

#[test]
fn concurrent_updates_of_one_user_lose_nothing() {
    let world = Arc::new(World::new());
    let id = AwsClient(&world).create_user("alice").expect("made");
    let paths = ["title", "locale", "timezone", "userType", "nickName", "profileUrl", "website"];
    let threads: Vec<_> = paths
        .into_iter()
        .map(|path| {
            let (world, id) = (world.clone(), id.clone());
            thread::spawn(move || {
                for n in 0..20 {
                    let value = format!("{path}{n}");
                    let steps = json!([{"AttributePath": path, "AttributeValue": value}]);
                    let input = json!({"UserId": id, "Operations": steps});
                    world.aws("UpdateUser", input).expect("updated");
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().expect("no panic"));
    let user = world.aws("DescribeUser", json!({"UserId": id})).expect("there");
    for (member, path) in
        ["Title", "Locale", "Timezone", "UserType", "NickName", "ProfileUrl", "Website"]
            .into_iter()
            .zip(paths)
    {
        assert_eq!(user[member], format!("{path}19"));
    }
}

#[test]
fn first_successful_write_creates_an_unknown_store() {
    let settings =
        WorldSettings { unknown: UnknownStorePolicy::Create, ..WorldSettings::default() };
    let world = World::with(settings);
    let stores =
        || world.aws("ListIdentityStores", json!({})).expect("listed")["IdentityStores"].clone();
    let before = stores();
    let id = "d-00000000aa";
    let steps = json!([{"AttributePath": "title", "AttributeValue": "x"}]);
    let update = json!({"IdentityStoreId": id, "UserId": UNKNOWN_ID, "Operations": steps});
    let refused = world.aws("UpdateUser", update).expect_err("an unknown user");
    assert_eq!((refused.why(), refused.message.as_str()), (Why::NotFound, "User not found"));
    let read = world.aws("ListUsers", json!({"IdentityStoreId": id})).expect("an empty store");
    assert_eq!(read, json!({"Users": []}));
    assert_eq!(stores(), before, "neither has made it");
    let group = json!({"IdentityStoreId": id, "DisplayName": "Engineers"});
    world.aws("CreateGroup", group.clone()).expect("made, with its store");
    assert_eq!(world.aws("CreateGroup", group).expect_err("taken").why(), Why::Conflict);
    assert_eq!(stores().as_array().map(Vec::len), before.as_array().map(|all| all.len() + 1));
}
