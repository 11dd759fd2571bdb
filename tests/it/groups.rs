//! Groups and memberships, through either cloud.

use crate::world::{AwsClient, Client, HuaweiClient, Why, World, in_both};

const UNKNOWN_ID: &str = "11111111-2222-3333-4444-555555555555";

#[test]
fn group_can_be_created_found_renamed_and_deleted() {
    in_both(|client| {
        let group = client.create_group("Engineers").expect("made");
        assert_eq!(client.create_group("Engineers"), Err(Why::Conflict));
        assert_eq!(client.rename_group(&group, "Builders"), Ok(()));
        assert_eq!(client.find_group("Builders").as_ref(), Ok(&group));
        assert_eq!(client.find_group("Engineers"), Err(Why::NotFound));
        assert!(client.create_group("Engineers").is_ok(), "the old name is free");
        assert_eq!(client.delete_group(&group), Ok(()));
        assert_eq!(client.rename_group(&group, "Ghosts"), Err(Why::NotFound));
        assert_eq!(client.delete_group(&group).is_ok(), client.deletes_twice());
    });
}

#[test]
fn a_user_joins_and_leaves_a_group() {
    in_both(|client| {
        let group = client.create_group("Engineers").expect("made");
        let user = client.create_user("alice").expect("made");
        let membership = client.join(&group, &user).expect("joined");
        assert_eq!(client.join(&group, &user), Err(Why::Conflict));
        assert_eq!(client.find_membership(&group, &user).as_ref(), Ok(&membership));
        assert_eq!(client.members(&group), Ok(vec![user.clone()]));
        assert_eq!(client.groups_of(&user), Ok(vec![group.clone()]));
        assert_eq!(client.leave(&membership), Ok(()));
        assert_eq!(client.find_membership(&group, &user), Err(Why::NotFound));
        assert_eq!(client.members(&group), Ok(vec![]));
        assert_eq!(client.leave(&membership).is_ok(), client.deletes_twice());
    });
}

#[test]
fn membership_of_unknown_user_or_group_is_not_found() {
    in_both(|client| {
        let group = client.create_group("Engineers").expect("made");
        let user = client.create_user("alice").expect("made");
        assert_eq!(client.join(&group, UNKNOWN_ID), Err(Why::NotFound));
        assert_eq!(client.join(UNKNOWN_ID, &user), Err(Why::NotFound));
        assert_eq!(client.members(UNKNOWN_ID), Err(Why::NotFound));
        assert_eq!(client.groups_of(UNKNOWN_ID), Err(Why::NotFound));
    });
}

#[test]
fn is_member_in_groups_keeps_the_order_and_reports_unknown_ids_as_false() {
    in_both(|client| {
        let user = client.create_user("alice").expect("made");
        let groups: Vec<_> =
            ["a", "b", "c"].map(|name| client.create_group(name).expect("made")).into();
        client.join(&groups[1], &user).expect("joined");
        let ids = [groups[2].as_str(), UNKNOWN_ID, groups[1].as_str(), groups[0].as_str()];
        assert_eq!(client.is_member(&user, &ids), Ok(vec![false, false, true, false]));
        assert_eq!(client.is_member(UNKNOWN_ID, &ids), Ok(vec![false; 4]));
    });
}

#[test]
fn memberships_are_deleted_with_their_group_or_user() {
    in_both(|client| {
        let (one, two) = (client.create_group("one").expect("made"), client.create_group("two"));
        let two = two.expect("made");
        let (alice, bob) = (client.create_user("alice").expect("made"), client.create_user("bob"));
        let bob = bob.expect("made");
        for group in [&one, &two] {
            for user in [&alice, &bob] {
                client.join(group, user).expect("joined");
            }
        }
        client.delete_user(&alice).expect("deleted");
        assert_eq!(client.members(&one), Ok(vec![bob.clone()]));
        client.delete_group(&one).expect("deleted");
        assert_eq!(client.groups_of(&bob), Ok(vec![two]));
    });
}

#[test]
fn writes_of_one_cloud_are_read_by_the_other() {
    let world = World::new();
    let (aws, huawei) = (AwsClient(&world), HuaweiClient(&world));
    let group = aws.create_group("Engineers").expect("made");
    let user = huawei.create_user("alice").expect("made");
    assert_eq!(huawei.find_group("Engineers").as_ref(), Ok(&group));
    let membership = huawei.join(&group, &user).expect("joined");
    assert_eq!(aws.members(&group), Ok(vec![user.clone()]));
    assert_eq!(aws.leave(&membership), Ok(()));
    assert_eq!(huawei.members(&group), Ok(vec![]));
}
