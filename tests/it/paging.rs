//! Pagination: the pages form the whole list, even during writes.

use crate::world::{AwsClient, Client, Why, World, in_both};
use serde_json::{Value, json};

/// Lists all names page by page, and runs `between` after each page.
fn walk(client: &dyn Client, limit: usize, mut between: impl FnMut(usize)) -> Vec<String> {
    let (mut names, mut token) = (Vec::new(), None);
    for page in 0..100 {
        let (mut found, next) = client.list_users(limit, token.as_deref()).expect("a page");
        assert!(found.len() <= limit);
        names.append(&mut found);
        between(page);
        token = next;
        if token.is_none() {
            return names;
        }
    }
    panic!("pages without end");
}

#[test]
fn concatenated_pages_equal_the_list_in_order_of_creation() {
    in_both(|client| {
        let names: Vec<_> = (0..23).map(|n| format!("user{n:02}")).collect();
        names.iter().for_each(|name| drop(client.create_user(name).expect("made")));
        for limit in [1, 2, 5, 22, 23, 24, 100] {
            assert_eq!(walk(client, limit, |_| {}), names, "{limit} a page");
        }
    });
}

#[test]
fn a_token_stays_valid_while_others_write() {
    in_both(|client| {
        let made = (0..20).map(|n| format!("user{n:02}"));
        let ids: Vec<_> = made.map(|name| client.create_user(&name).expect("made")).collect();
        let seen = walk(client, 3, |page| {
            // Each page sees its own last row deleted, and a new row at the end.
            if page < 5 {
                client.delete_user(&ids[page * 3 + 2]).expect("deleted");
                client.create_user(&format!("late{page}")).expect("made");
            }
        });
        let mut unique = seen.clone();
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), seen.len(), "no item twice");
        for n in (0..20).filter(|n| n % 3 != 2) {
            assert!(seen.contains(&format!("user{n:02}")), "none lost that was there throughout");
        }
    });
}

#[test]
fn invalid_page_tokens_are_rejected() {
    in_both(|client| {
        for n in 0..3 {
            client.create_user(&format!("user{n}")).expect("made");
        }
        let (_, token) = client.list_users(1, None).expect("a page");
        let token = token.expect("more");
        let mut tampered = token.clone().into_bytes();
        tampered[3] = if tampered[3] == b'0' { b'1' } else { b'0' };
        let tampered = String::from_utf8(tampered).expect("text");
        assert_eq!(client.list_users(1, Some(&tampered)), Err(Why::Invalid));
        assert!(client.list_users(1, Some(&token)).is_ok());
        assert_eq!(client.list_users(0, None), Err(Why::Invalid));
        assert_eq!(client.list_users(101, None), Err(Why::Invalid));
    });
}

#[test]
fn page_tokens_of_another_store_or_list_are_rejected() {
    let world = World::new();
    for n in 0..3 {
        let name = format!("user{n}");
        let input = json!({"UserName": name, "DisplayName": "D", "Name": {"GivenName": "G", "FamilyName": "F"}});
        world.aws("CreateUser", input).expect("made");
    }
    let page = world.aws("ListUsers", json!({"MaxResults": 1})).expect("a page");
    let token = page["NextToken"].clone();
    for (operation, store) in
        [("ListGroups", crate::world::STORE), ("ListUsers", crate::world::OTHER_STORE)]
    {
        let input = json!({"IdentityStoreId": store, "NextToken": token});
        let refused = world.aws(operation, input).expect_err("refused");
        assert_eq!(refused.message, "The NextToken is invalid");
    }
}

#[test]
fn page_tokens_of_another_group_or_user_are_rejected() {
    let world = World::new();
    let client = AwsClient(&world);
    let users = ["alice", "bob"].map(|name| client.create_user(name).expect("made"));
    let groups = ["Engineers", "Builders"].map(|name| client.create_group(name).expect("made"));
    for (group, user) in groups.iter().flat_map(|group| users.iter().map(move |user| (group, user)))
    {
        client.join(group, user).expect("joined");
    }
    let lists = [
        ("ListGroupMemberships", groups.clone().map(|group| json!({"GroupId": group}))),
        (
            "ListGroupMembershipsForMember",
            users.clone().map(|user| json!({"MemberId": {"UserId": user}})),
        ),
    ];
    for (operation, inputs) in lists {
        let page = |input: &Value, token: Option<&Value>| {
            let mut input = input.clone();
            input["MaxResults"] = 1.into();
            input["NextToken"] = token.cloned().unwrap_or_default();
            world.aws(operation, input)
        };
        let first = page(&inputs[0], None).expect("a page");
        let last = page(&inputs[0], Some(&first["NextToken"])).expect("its own list");
        assert!(last.get("NextToken").is_none(), "{operation}: two are two pages");
        let refused = page(&inputs[1], Some(&first["NextToken"])).expect_err("another's list");
        assert_eq!(refused.message, "The NextToken is invalid", "{operation}");
    }
    let lists = [
        groups.map(|group| format!("/group-memberships?group_id={group}")),
        users.map(|user| format!("/group-memberships-for-member?user_id={user}")),
    ];
    for lists in lists {
        let page = |list: &str, marker: &str| {
            let path = format!("{list}&limit=1{marker}");
            world.huawei("GET", &path, None)
        };
        let first = page(&lists[0], "").expect("a page");
        let marker = first["page_info"]["next_marker"].as_str().expect("two are two pages");
        let marker = format!("&marker={marker}");
        let last = page(&lists[0], &marker).expect("its own list");
        assert!(last["page_info"]["next_marker"].is_null(), "{}", lists[0]);
        let refused = page(&lists[1], &marker).expect_err("another's list");
        assert!(refused.message.contains("marker is invalid"), "{}", refused.message);
    }
}
