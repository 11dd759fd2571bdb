//! Decodes requests into commands.

pub mod devices;
pub mod discovery;
pub mod password_policy;
pub mod providers;
pub mod provisioning;
pub mod service_provider;

use crate::dialect::Args;
use crate::domain::{
    AdminChange, AdminQuery, Attribute, Change, Command, GroupId, ListFilter, MemberId,
    Operation as Op, Query, UserId,
};

use super::limits::{FILTER, PASSWORD_MODES, PATH_ID};
use super::params::{
    BODY, DELETION, alternate, body_group, group, ids, list_scope, member, page, store, user,
};
use super::patch;
use super::shapes::{GROUP, USER};

pub fn create_user(args: &Args<'_>) -> Command {
    let store = store(args);
    Command::Change(store, Change::CreateUser(args.attributes(&USER, BODY)))
}

pub fn describe_user(args: &Args<'_>) -> Command {
    Command::Query(store(args), Query::DescribeUser(user(args)))
}

pub fn update_user(args: &Args<'_>) -> Command {
    let (store, user) = (store(args), user(args));
    Command::Change(store, Change::UpdateUser(user, patch::decode(args, &USER)))
}

pub fn delete_user(args: &Args<'_>) -> Command {
    Command::Change(store(args), Change::DeleteUser(user(args), DELETION))
}

pub fn list_users(args: &Args<'_>) -> Command {
    let store = store(args);
    // Assumed: the match is exact. It is undocumented.
    let filter = args.optional_param("user_name", &FILTER);
    let filter = filter.map(|name| ListFilter::Equals(Attribute::UserName, name.to_owned()));
    let page = page(args, &list_scope(Op::ListUsers, Some(store.as_str()), ""));
    Command::Query(store, Query::ListUsers { filter, page })
}

pub fn get_user_id(args: &Args<'_>) -> Command {
    let unique = ("user_name", Attribute::UserName);
    Command::Query(store(args), Query::GetUserId(alternate(args, unique)))
}

pub fn describe_users(args: &Args<'_>) -> Command {
    let (store, ids) = (store(args), ids(args, "user_ids"));
    Command::Query(store, Query::DescribeUsers(ids.into_iter().map(UserId::from).collect()))
}

pub fn enable_user(args: &Args<'_>) -> Command {
    Command::Change(store(args), Change::SetEnabled { user: user(args), enabled: true })
}

pub fn disable_user(args: &Args<'_>) -> Command {
    Command::Change(store(args), Change::SetEnabled { user: user(args), enabled: false })
}

pub fn reset_password(args: &Args<'_>) -> Command {
    let (store, user) = (store(args), user(args));
    args.require("mode");
    let mode = args.optional_choice("mode", PASSWORD_MODES).unwrap_or_default().to_owned();
    Command::Change(store, Change::ResetPassword { user, mode })
}

pub fn verify_email(args: &Args<'_>) -> Command {
    Command::Change(store(args), Change::VerifyEmail(user(args)))
}

pub fn create_group(args: &Args<'_>) -> Command {
    let store = store(args);
    Command::Change(store, Change::CreateGroup(args.attributes(&GROUP, BODY)))
}

pub fn describe_group(args: &Args<'_>) -> Command {
    Command::Query(store(args), Query::DescribeGroup(group(args)))
}

pub fn update_group(args: &Args<'_>) -> Command {
    let (store, group) = (store(args), group(args));
    Command::Change(store, Change::UpdateGroup(group, patch::decode(args, &GROUP)))
}

pub fn delete_group(args: &Args<'_>) -> Command {
    Command::Change(store(args), Change::DeleteGroup(group(args), DELETION))
}

pub fn list_groups(args: &Args<'_>) -> Command {
    let store = store(args);
    // Source: API reference, ListGroups: a fuzzy match. Assumed: part of the name, ignoring case.
    let filter = args.optional_param("display_name", &FILTER);
    let filter = filter.map(|name| ListFilter::Contains(Attribute::DisplayName, name.to_owned()));
    let page = page(args, &list_scope(Op::ListGroups, Some(store.as_str()), ""));
    Command::Query(store, Query::ListGroups { filter, page })
}

pub fn get_group_id(args: &Args<'_>) -> Command {
    let unique = ("display_name", Attribute::DisplayName);
    Command::Query(store(args), Query::GetGroupId(alternate(args, unique)))
}

pub fn describe_groups(args: &Args<'_>) -> Command {
    let (store, ids) = (store(args), ids(args, "group_ids"));
    Command::Query(store, Query::DescribeGroups(ids.into_iter().map(GroupId::from).collect()))
}

pub fn create_membership(args: &Args<'_>) -> Command {
    let (store, group, member) = (store(args), body_group(args), member(args));
    Command::Change(store, Change::CreateGroupMembership { group, member })
}

pub fn describe_membership(args: &Args<'_>) -> Command {
    let membership = args.required_param("membership_id", &PATH_ID).into();
    Command::Query(store(args), Query::DescribeGroupMembership(membership))
}

pub fn delete_membership(args: &Args<'_>) -> Command {
    let store = store(args);
    let membership = args.required_param("membership_id", &PATH_ID).into();
    Command::Change(store, Change::DeleteGroupMembership(membership, DELETION))
}

pub fn list_memberships(args: &Args<'_>) -> Command {
    let store = store(args);
    let group = GroupId::from(args.required_param("group_id", &PATH_ID));
    let page =
        page(args, &list_scope(Op::ListGroupMemberships, Some(store.as_str()), group.as_str()));
    Command::Query(store, Query::ListGroupMemberships { group, page })
}

pub fn list_memberships_for_member(args: &Args<'_>) -> Command {
    let store = store(args);
    let user = UserId::from(args.required_param("user_id", &PATH_ID));
    let page = page(
        args,
        &list_scope(Op::ListGroupMembershipsForMember, Some(store.as_str()), user.as_str()),
    );
    let member = MemberId::User(user);
    Command::Query(store, Query::ListGroupMembershipsForMember { member, page })
}

pub fn get_membership_id(args: &Args<'_>) -> Command {
    let (store, group, member) = (store(args), body_group(args), member(args));
    Command::Query(store, Query::GetGroupMembershipId { group, member })
}

pub fn is_member_in_groups(args: &Args<'_>) -> Command {
    let (store, member) = (store(args), member(args));
    let groups = ids(args, "group_ids").into_iter().map(GroupId::from).collect();
    Command::Query(store, Query::IsMemberInGroups { member, groups })
}

pub fn summary(args: &Args<'_>) -> Command {
    Command::Query(store(args), Query::Summary)
}

fn query(args: &Args<'_>, query: AdminQuery) -> Command {
    Command::Admin(store(args), query)
}

fn change(args: &Args<'_>, change: AdminChange) -> Command {
    Command::Change(store(args), Change::Admin(change))
}
