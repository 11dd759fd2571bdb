//! Encodes successful Huawei responses. Timestamps are in milliseconds.
//!
//! Assumed: absent members are omitted, as in the newer documented examples; older ones have null. A user
//! created through AWS may have no `emails`, which Huawei documents as required.

mod certificate;
mod devices;
mod discovery;
mod password_policy;
mod providers;
mod provisioning;
mod service_provider;

use std::sync::{Arc, LazyLock};

use bytes::Bytes;

use crate::dialect::request::base_url;
use crate::dialect::response::SuccessHeaders;
use crate::dialect::{Matched, ObjectWriter, Response, json_writer, page_token};
use crate::domain::{
    AdminOutcome, Attribute, Group, GroupId, GroupMembership, MemberId, Meta, Operation, Outcome,
    Page, Summary, User,
};

use super::headers;
use super::params::list_scope;
use super::shapes::{GROUP, USER};

static HEADERS: LazyLock<SuccessHeaders> = LazyLock::new(|| SuccessHeaders::new(headers("")));

/// Encodes an outcome. `account` is the Huawei account id that owns the directory.
pub fn encode(
    account: &str,
    request_id: String,
    matched: &Matched<'_>,
    outcome: &Outcome,
) -> Response {
    let body = match outcome {
        Outcome::Done | Outcome::UserUpdated(_) | Outcome::GroupUpdated(_) => Bytes::new(),
        Outcome::Admin(outcome) => encode_admin(matched, outcome).into(),
        Outcome::Account(account) => discovery::account(account, matched).into(),
        outcome => json_writer::object(|object| write(object, account, matched, outcome)).into(),
    };
    HEADERS.respond(matched.route.status, request_id, body)
}

fn write(object: &mut ObjectWriter<'_>, account: &str, matched: &Matched<'_>, outcome: &Outcome) {
    match outcome {
        // Outcomes of operations that Huawei does not have.
        Outcome::Done
        | Outcome::UserUpdated(_)
        | Outcome::GroupUpdated(_)
        | Outcome::IdentityStore(_)
        | Outcome::Account(_)
        | Outcome::Access(_)
        | Outcome::Provisioning(_)
        | Outcome::Organization(_)
        | Outcome::Admin(_) => {}
        Outcome::IdentityStores(page) => {
            object.list("instances", &page.items, discovery::instance);
            page_info(object, matched, page);
        }
        Outcome::Instance(instance) => discovery::associations(object, instance),
        Outcome::Project { id, name } => discovery::project(object, id, name),
        Outcome::UserCreated { user, password } => {
            store(object, matched);
            object.text("user_id", user.id.as_str());
            object.optional_text("password", password.as_deref());
        }
        Outcome::Password(password) => object.optional_text("password", password.as_deref()),
        Outcome::User(user) => one_user(object, account, matched, user),
        Outcome::UsersById(users) => {
            object.list("users", users, |object, user| one_user(object, account, matched, user));
        }
        Outcome::Users(page) => {
            object.reserve(page.items.len());
            object.list("users", &page.items, |object, user| {
                listed_user(object, account, matched, user)
            });
            page_info(object, matched, page);
        }
        Outcome::UserId(user) => {
            object.text("user_id", user.as_str());
            store(object, matched);
        }
        Outcome::GroupCreated(group) => group_id(object, matched, &group.id),
        Outcome::Group(group) => one_group(object, account, matched, group),
        Outcome::GroupsById(groups) => {
            object
                .list("groups", groups, |object, group| one_group(object, account, matched, group));
        }
        Outcome::Groups(page) => {
            object.list("groups", &page.items, |object, group| {
                one_group(object, account, matched, group)
            });
            page_info(object, matched, page);
        }
        Outcome::GroupId(group) => group_id(object, matched, group),
        Outcome::MembershipId(membership) => {
            object.text("membership_id", membership.as_str());
            store(object, matched);
        }
        Outcome::Membership(item) => membership(object, matched, item),
        Outcome::Memberships(page) => memberships(object, matched, page),
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

fn memberships(
    object: &mut ObjectWriter<'_>,
    matched: &Matched<'_>,
    page: &Page<Arc<GroupMembership>>,
) {
    object.list("group_memberships", &page.items, |o, item| membership(o, matched, item));
    let by_user = matched.route.operation == Operation::ListGroupMembershipsForMember;
    page_info_of(object, matched, page, page.owner_id(by_user));
}

fn counts(object: &mut ObjectWriter<'_>, summary: &Summary) {
    let number = |count| i64::try_from(count).unwrap_or(i64::MAX);
    object.integer("users", number(summary.users));
    object.integer("users_quota", number(summary.users_quota));
    object.integer("groups", number(summary.groups));
    object.integer("groups_quota", number(summary.groups_quota));
}

/// Encodes a user with all members.
fn one_user(object: &mut ObjectWriter<'_>, account: &str, matched: &Matched<'_>, user: &User) {
    listed_user(object, account, matched, user);
    object.flag("email_verified", user.email_verified());
}

/// Encodes a user of a list, which has no `email_verified`.
fn listed_user(object: &mut ObjectWriter<'_>, account: &str, matched: &Matched<'_>, user: &User) {
    store(object, matched);
    object.text("user_id", user.id.as_str());
    USER.encode(&user.attributes, object);
    external_id(object, user.attributes.list(Attribute::ExternalIds));
    object.flag("enabled", user.enabled);
    stamps(object, account, &user.meta);
}

fn one_group(object: &mut ObjectWriter<'_>, account: &str, matched: &Matched<'_>, group: &Group) {
    object.text("group_id", group.id.as_str());
    store(object, matched);
    GROUP.encode(&group.attributes, object);
    external_id(object, group.attributes.list(Attribute::ExternalIds));
    stamps(object, account, &group.meta);
}

fn group_id(object: &mut ObjectWriter<'_>, matched: &Matched<'_>, group: &GroupId) {
    object.text("group_id", group.as_str());
    store(object, matched);
}

/// Encodes the first external id again, in the older member `external_id`.
fn external_id(object: &mut ObjectWriter<'_>, ids: crate::domain::ListRef<'_>) {
    object.optional_text("external_id", ids.first().and_then(|id| id.text(Attribute::Id)));
}

fn membership(object: &mut ObjectWriter<'_>, matched: &Matched<'_>, membership: &GroupMembership) {
    store(object, matched);
    object.text("membership_id", membership.id.as_str());
    object.text("group_id", membership.group.as_str());
    member_id(object, &membership.member);
}

fn member_id(object: &mut ObjectWriter<'_>, member: &MemberId) {
    let MemberId::User(user) = member;
    object.object("member_id", |object| object.text("user_id", user.as_str()));
}

pub(super) fn store(object: &mut ObjectWriter<'_>, matched: &Matched<'_>) {
    object.optional_text("identity_store_id", matched.store());
}

fn stamps(object: &mut ObjectWriter<'_>, account: &str, meta: &Meta) {
    object.integer("created_at", meta.created.at.0);
    object.text("created_by", author(account, &meta.created.by));
    object.integer("updated_at", meta.updated.at.0);
    object.text("updated_by", author(account, &meta.updated.by));
}

/// The author of a change: 32 hex digits or `SCIM/…`. Source: docs/huawei-behaviour.md §2. Assumed: an AWS
/// account id of 12 digits is shown as the Huawei account id.
fn author<'a>(account: &'a str, by: &'a str) -> &'a str {
    const AWS_ACCOUNT_DIGITS: usize = 12;
    let of_aws = by.len() == AWS_ACCOUNT_DIGITS && by.bytes().all(|byte| byte.is_ascii_digit());
    if of_aws { account } else { by }
}

fn page_info<T>(object: &mut ObjectWriter<'_>, matched: &Matched<'_>, page: &Page<T>) {
    page_info_of(object, matched, page, "");
}

/// Encodes `page_info`. `next_marker` is null on the last page.
fn page_info_of<T>(
    object: &mut ObjectWriter<'_>,
    matched: &Matched<'_>,
    page: &Page<T>,
    owner: &str,
) {
    let scope = list_scope(matched.route.operation, matched.store(), owner);
    object.object("page_info", |object| {
        match page.next {
            Some(position) => object.text("next_marker", &page_token::encode(&scope, position)),
            None => object.null("next_marker"),
        }
        object.integer("current_count", i64::try_from(page.items.len()).unwrap_or(i64::MAX));
    });
}

/// Encodes the body of an admin response.
fn encode_admin(matched: &Matched<'_>, outcome: &AdminOutcome) -> Vec<u8> {
    use AdminOutcome as O;
    if let O::SpCertificates { certificates, now } = outcome {
        // The only response whose body is a JSON array.
        return json_writer::list(certificates, |object, one| {
            service_provider::certificate(object, one, *now);
        });
    }
    json_writer::object(|object| match outcome {
        O::MfaRegistration { user, work_flow } => {
            devices::registration(object, matched, user, work_flow);
        }
        O::MfaDevices(entries) => devices::entries(object, matched, entries),
        O::Sessions { user, sessions } => devices::sessions(object, user, sessions),
        O::PasswordPolicy(policy) => password_policy::policy(object, policy),
        O::ProviderCreated { provider, certificates, service } => {
            providers::created(object, matched, provider, certificates, service);
        }
        O::IdentityProviders { providers, now } => providers::providers(object, providers, *now),
        O::IdpCertificates(certificates) => providers::certificates(object, certificates),
        O::IdpCertificateImported(id) => object.text("certificate_id", id.as_str()),
        O::SpCertificateCreated { certificate, now } => {
            service_provider::certificate(object, certificate, *now);
        }
        O::SpCertificates { .. } => {}
        O::ServiceProvider(service) => service_provider::configuration(object, matched, service),
        O::TenantCreated(tenant) => {
            provisioning::tenant(object, &base_url(matched.head), tenant);
        }
        O::Tenants(tenants) => {
            provisioning::tenants(object, &base_url(matched.head), tenants);
        }
        O::TokenCreated { token, secret } => provisioning::created(object, token, secret),
        O::BearerTokens(tokens) => provisioning::tokens(object, tokens),
    })
}
