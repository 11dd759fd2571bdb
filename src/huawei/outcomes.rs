//! What Huawei answers when all went well: milliseconds, absent members left out, empty bodies where
//! the document shows none. Assumed: left out, as in the newer example, where older ones have null;
//! so are the e-mails of a user whom AWS made without, though the document promises some.

use std::sync::{Arc, LazyLock};

use bytes::Bytes;

use crate::dialect::dialect::SuccessHeaders;
use crate::dialect::{Object, Reply, Response, cursor, json};
use crate::domain::{
    Attribute, Group, GroupId, GroupMembership, IdentityStoreId, MemberId, Meta, Operation,
    Outcome, Page, Summary, User,
};

use super::admin;
use super::headers;
use super::operations::scope;
use super::shapes::{GROUP, USER};

static HEADERS: LazyLock<SuccessHeaders> = LazyLock::new(|| SuccessHeaders::new(headers("")));

/// Writes one answer. `account`: whose directory this is, as this cloud numbers accounts.
pub fn encode(account: &str, request_id: &str, reply: &Reply) -> Response {
    let body = match &reply.outcome {
        Outcome::Done | Outcome::UserUpdated(_) | Outcome::GroupUpdated(_) => Bytes::new(),
        Outcome::Admin(outcome) => admin::encode(reply, outcome).into(),
        outcome => json::object(|object| write(object, account, reply, outcome)).into(),
    };
    HEADERS.respond(reply.route.status, request_id, body)
}

fn write(object: &mut Object<'_>, account: &str, reply: &Reply, outcome: &Outcome) {
    match outcome {
        // AWS's own outcomes, which no route here gives, have nothing to say in this dialect.
        Outcome::Done
        | Outcome::UserUpdated(_)
        | Outcome::GroupUpdated(_)
        | Outcome::IdentityStore(_)
        | Outcome::Admin(_) => {}
        Outcome::IdentityStores(page) => {
            object.list("instances", &page.items, admin::discovery::instance);
            page_info(object, reply, page);
        }
        Outcome::Project { id, name } => admin::discovery::project(object, id, name),
        Outcome::UserCreated { user, password } => {
            store(object, reply);
            object.text("user_id", user.id.as_str());
            object.maybe("password", password.as_deref());
        }
        Outcome::Password(password) => object.maybe("password", password.as_deref()),
        Outcome::User { user, .. } => one_user(object, account, reply, user),
        Outcome::UsersById(users) => {
            object.list("users", users, |object, user| one_user(object, account, reply, user));
        }
        Outcome::Users { page, .. } => {
            object.reserve(page.items.len());
            object.list("users", &page.items, |object, user| {
                listed_user(object, account, reply, user)
            });
            page_info(object, reply, page);
        }
        Outcome::UserId(user) => {
            object.text("user_id", user.as_str());
            store(object, reply);
        }
        Outcome::GroupCreated(group) => group_id(object, reply, &group.id),
        Outcome::Group(group) => one_group(object, account, reply, group),
        Outcome::GroupsById(groups) => {
            object.list("groups", groups, |object, group| one_group(object, account, reply, group));
        }
        Outcome::Groups(page) => {
            object.list("groups", &page.items, |object, group| {
                one_group(object, account, reply, group)
            });
            page_info(object, reply, page);
        }
        Outcome::GroupId(group) => group_id(object, reply, group),
        Outcome::MembershipId(membership) => {
            object.text("membership_id", membership.as_str());
            store(object, reply);
        }
        Outcome::Membership(item) => membership(object, reply, item),
        Outcome::Memberships(page) => memberships(object, reply, page),
        Outcome::MembershipsExist { member, groups } => {
            object.list("results", groups, |object, (group, exists)| {
                object.text("group_id", group.as_str());
                member_id(object, member);
                object.flag("membership_exists", *exists);
            });
        }
        Outcome::Summary(summary) => counts(object, summary),
    }
}

fn memberships(object: &mut Object<'_>, reply: &Reply, page: &Page<Arc<GroupMembership>>) {
    object.list("group_memberships", &page.items, |o, item| membership(o, reply, item));
    let by_user = reply.route.operation == Operation::ListGroupMembershipsForMember;
    page_info_of(object, reply, page, page.owner_id(by_user));
}

fn counts(object: &mut Object<'_>, summary: &Summary) {
    let number = |count| i64::try_from(count).unwrap_or(i64::MAX);
    object.integer("users", number(summary.users));
    object.integer("users_quota", number(summary.users_quota));
    object.integer("groups", number(summary.groups));
    object.integer("groups_quota", number(summary.groups_quota));
}

/// A user in full.
fn one_user(object: &mut Object<'_>, account: &str, reply: &Reply, user: &User) {
    listed_user(object, account, reply, user);
    object.flag("email_verified", user.email_verified());
}

/// A user as lists show it: without `email_verified`.
fn listed_user(object: &mut Object<'_>, account: &str, reply: &Reply, user: &User) {
    store(object, reply);
    object.text("user_id", user.id.as_str());
    USER.encode(&user.attributes, object);
    external_id(object, user.attributes.list(Attribute::ExternalIds));
    object.flag("enabled", user.enabled);
    stamps(object, account, &user.meta);
}

fn one_group(object: &mut Object<'_>, account: &str, reply: &Reply, group: &Group) {
    object.text("group_id", group.id.as_str());
    store(object, reply);
    GROUP.encode(&group.attributes, object);
    external_id(object, group.attributes.list(Attribute::ExternalIds));
    stamps(object, account, &group.meta);
}

fn group_id(object: &mut Object<'_>, reply: &Reply, group: &GroupId) {
    object.text("group_id", group.as_str());
    store(object, reply);
}

/// The first external id once more, in the older member.
fn external_id(object: &mut Object<'_>, ids: crate::domain::ListRef<'_>) {
    object.maybe("external_id", ids.first().and_then(|id| id.text(Attribute::Id)));
}

fn membership(object: &mut Object<'_>, reply: &Reply, membership: &GroupMembership) {
    store(object, reply);
    object.text("membership_id", membership.id.as_str());
    object.text("group_id", membership.group.as_str());
    member_id(object, &membership.member);
}

fn member_id(object: &mut Object<'_>, member: &MemberId) {
    let MemberId::User(user) = member;
    object.object("member_id", |object| object.text("user_id", user.as_str()));
}

pub(super) fn store(object: &mut Object<'_>, reply: &Reply) {
    object.maybe("identity_store_id", reply.store.as_ref().map(IdentityStoreId::as_str));
}

fn stamps(object: &mut Object<'_>, account: &str, meta: &Meta) {
    object.integer("created_at", meta.created.at.0);
    object.text("created_by", author(account, &meta.created.by));
    object.integer("updated_at", meta.updated.at.0);
    object.text("updated_by", author(account, &meta.updated.by));
}

/// Who did it. Source: behaviour.md §2, 32 hex digits or `SCIM/…`. Assumed: where it was the owner of
/// the directory through AWS, whose accounts have 12 digits, it is the owner here too.
fn author<'a>(account: &'a str, by: &'a str) -> &'a str {
    const AWS_ACCOUNT_DIGITS: usize = 12;
    let of_aws = by.len() == AWS_ACCOUNT_DIGITS && by.bytes().all(|byte| byte.is_ascii_digit());
    if of_aws { account } else { by }
}

fn page_info<T>(object: &mut Object<'_>, reply: &Reply, page: &Page<T>) {
    page_info_of(object, reply, page, "");
}

/// `next_marker` is always there, and null on the last page.
fn page_info_of<T>(object: &mut Object<'_>, reply: &Reply, page: &Page<T>, of: &str) {
    let scope = scope(reply.route.operation, reply.store.as_ref(), of);
    object.object("page_info", |object| {
        match page.next {
            Some(position) => object.text("next_marker", &cursor::seal(&scope, position)),
            None => object.null("next_marker"),
        }
        object.integer("current_count", i64::try_from(page.items.len()).unwrap_or(i64::MAX));
    });
}
