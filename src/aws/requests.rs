//! Decodes requests into commands. Members are read in the model's order, which is the order in which
//! an error lists violations.

use crate::dialect::Args;
use crate::domain::{
    ApiError, Attribute, Change, Command, Deletion, MemberId, Operation as Op, Patch, Query,
    Rejection,
};

use super::arn::resource_id;
use super::limits::{GROUP_IDS, RESOURCE_ID};
use super::params::{
    MODELLED, alternate, deletion, extension_names, extensions, filter, group, list_scope, member,
    page, resource, revision, store, user,
};
use super::patch;
use super::shapes::{GROUP, IDENTITY_STORE, USER};

pub fn create_user(args: &Args<'_>) -> Command {
    let store = store(args);
    let mut attributes = args.attributes(&USER, MODELLED);
    extensions(args, &mut attributes);
    let missing = USER.missing(&attributes);
    if !missing.is_empty() {
        args.violations().reject(ApiError::Rejected(Rejection::RequiredByService(missing)));
    }
    let name = attributes.text(Attribute::UserName).unwrap_or_default();
    patch::reject_reserved(args.violations(), Attribute::UserName, name);
    Command::Change(store, Change::CreateUser(attributes))
}

pub fn describe_user(args: &Args<'_>) -> Command {
    let (store, user) = (store(args), user(args));
    extension_names(args);
    Command::Query(store, Query::DescribeUser(user))
}

pub fn update_user(args: &Args<'_>) -> Command {
    let store = store(args);
    let user = user(args);
    let operations = patch::decode(args, &patch::USERS);
    let patch = Patch { operations, revision: revision(args) };
    Command::Change(store, Change::UpdateUser(user, patch))
}

pub fn delete_user(args: &Args<'_>) -> Command {
    let (store, user) = (store(args), user(args));
    Command::Change(store, Change::DeleteUser(user, deletion(args)))
}

pub fn list_users(args: &Args<'_>) -> Command {
    let store = store(args);
    extension_names(args);
    let page = page(args, &list_scope(Op::ListUsers, Some(store.as_str()), ""));
    let filter = filter(args, "UserName", Attribute::UserName);
    Command::Query(store, Query::ListUsers { filter, page })
}

pub fn get_user_id(args: &Args<'_>) -> Command {
    // The case is ignored: the documentation says camelCase, Terraform sends PascalCase.
    let unique = [("userName", Attribute::UserName), ("emails.value", Attribute::Emails)];
    Command::Query(store(args), Query::GetUserId(alternate(args, &unique)))
}

/// Assumed: `DisplayName` is optional, as in the model (docs/aws-behaviour.md §11).
pub fn create_group(args: &Args<'_>) -> Command {
    let store = store(args);
    let attributes = args.attributes(&GROUP, MODELLED);
    let name = attributes.text(Attribute::DisplayName).unwrap_or_default();
    patch::reject_reserved(args.violations(), Attribute::DisplayName, name);
    Command::Change(store, Change::CreateGroup(attributes))
}

pub fn describe_group(args: &Args<'_>) -> Command {
    Command::Query(store(args), Query::DescribeGroup(group(args)))
}

pub fn update_group(args: &Args<'_>) -> Command {
    let store = store(args);
    let group = group(args);
    let operations = patch::decode(args, &patch::GROUPS);
    let patch = Patch { operations, revision: revision(args) };
    Command::Change(store, Change::UpdateGroup(group, patch))
}

pub fn delete_group(args: &Args<'_>) -> Command {
    let (store, group) = (store(args), group(args));
    Command::Change(store, Change::DeleteGroup(group, deletion(args)))
}

pub fn list_groups(args: &Args<'_>) -> Command {
    let store = store(args);
    let page = page(args, &list_scope(Op::ListGroups, Some(store.as_str()), ""));
    let filter = filter(args, "DisplayName", Attribute::DisplayName);
    Command::Query(store, Query::ListGroups { filter, page })
}

pub fn get_group_id(args: &Args<'_>) -> Command {
    let unique = [("displayName", Attribute::DisplayName)];
    Command::Query(store(args), Query::GetGroupId(alternate(args, &unique)))
}

pub fn create_group_membership(args: &Args<'_>) -> Command {
    let (store, group, member) = (store(args), group(args), member(args));
    Command::Change(store, Change::CreateGroupMembership { group, member })
}

pub fn describe_group_membership(args: &Args<'_>) -> Command {
    let store = store(args);
    let membership = resource(args, "MembershipId", "membership").into();
    Command::Query(store, Query::DescribeGroupMembership(membership))
}

pub fn delete_group_membership(args: &Args<'_>) -> Command {
    let store = store(args);
    let membership = resource(args, "MembershipId", "membership").into();
    let deletion = Deletion { revision: None, idempotent: true };
    Command::Change(store, Change::DeleteGroupMembership(membership, deletion))
}

/// Assumed: an unknown group or member is an error (docs/aws-behaviour.md §7).
pub fn list_group_memberships(args: &Args<'_>) -> Command {
    let (store, group) = (store(args), group(args));
    let page =
        page(args, &list_scope(Op::ListGroupMemberships, Some(store.as_str()), group.as_str()));
    Command::Query(store, Query::ListGroupMemberships { group, page })
}

pub fn list_group_memberships_for_member(args: &Args<'_>) -> Command {
    let (store, member) = (store(args), member(args));
    let MemberId::User(user) = &member;
    let page = page(
        args,
        &list_scope(Op::ListGroupMembershipsForMember, Some(store.as_str()), user.as_str()),
    );
    Command::Query(store, Query::ListGroupMembershipsForMember { member, page })
}

pub fn get_group_membership_id(args: &Args<'_>) -> Command {
    let (store, group, member) = (store(args), group(args), member(args));
    Command::Query(store, Query::GetGroupMembershipId { group, member })
}

pub fn is_member_in_groups(args: &Args<'_>) -> Command {
    let (store, member) = (store(args), member(args));
    args.require("GroupIds");
    let ids = args.optional_texts("GroupIds", &GROUP_IDS, &RESOURCE_ID).unwrap_or_default();
    let groups = ids.iter().map(|id| resource_id(id, "group").into()).collect();
    Command::Query(store, Query::IsMemberInGroups { member, groups })
}

pub fn describe_identity_store(args: &Args<'_>) -> Command {
    Command::Query(store(args), Query::DescribeIdentityStore)
}

pub fn list_identity_stores(args: &Args<'_>) -> Command {
    Command::ListIdentityStores(page(args, &list_scope(Op::ListIdentityStores, None, "")))
}

pub fn update_identity_store(args: &Args<'_>) -> Command {
    let store = store(args);
    let attributes = args.attributes(&IDENTITY_STORE, MODELLED);
    let attributes = (!attributes.is_empty()).then_some(attributes);
    Command::Change(store, Change::UpdateIdentityStore(attributes))
}
