//! Encodes successful AWS responses. Timestamps are in seconds; absent members are omitted.

use std::sync::{Arc, LazyLock};

use crate::dialect::response::{SuccessHeaders, respond};
use crate::dialect::{Matched, ObjectWriter, Response, json_writer, page_token};
use crate::domain::{
    Group, GroupMembership, IdentityStoreId, MemberId, Meta, Operation, Outcome, Page, User,
};

use super::arn::{store_arn, store_id};
use super::params::{list_scope, shows_extension};
use super::service::AwsService;
use super::shapes::{EXTENSIONS, GROUP, IDENTITY_STORE, USER};
use super::{AwsSettings, Model, headers, organizations, query, sso_admin, sts};

/// The content type of every body of this protocol.
pub const CONTENT: &str = "application/x-amz-json-1.1";

static HEADERS: LazyLock<SuccessHeaders> =
    LazyLock::new(|| SuccessHeaders::new(headers("", CONTENT)));

/// Encodes an outcome.
pub fn encode(
    settings: &AwsSettings,
    request_id: String,
    matched: &Matched<'_>,
    outcome: &Outcome,
) -> Response {
    if matched.route.service == AwsService::Sts.route_name() {
        let account = match outcome {
            Outcome::Account(account) => account.as_ref(),
            _ => &settings.account_id,
        };
        let body = sts::caller_identity(settings, account, &request_id, matched.head);
        return respond(matched.route.status, headers(&request_id, query::CONTENT), body);
    }
    let store = matched.store().and_then(|text| store_id(text, &settings.account_id));
    let shows_extension = shows_extension(matched);
    let writer = Writer { settings, matched, store, shows_extension };
    let body = json_writer::object(|object| writer.write(object, outcome));
    HEADERS.respond(matched.route.status, request_id, body)
}

struct Writer<'a> {
    settings: &'a AwsSettings,
    matched: &'a Matched<'a>,
    store: Option<&'a str>,
    shows_extension: bool,
}

impl Writer<'_> {
    fn identity_stores(&self, object: &mut ObjectWriter<'_>, page: &Page<IdentityStoreId>) {
        object.list("IdentityStores", &page.items, |object, store| {
            self.identity_store(object, store.as_str());
        });
        self.next(object, page);
    }

    fn write(&self, object: &mut ObjectWriter<'_>, outcome: &Outcome) {
        match outcome {
            // Outcomes of operations that AWS does not have.
            Outcome::Done
            | Outcome::Password(_)
            | Outcome::UsersById(_)
            | Outcome::GroupsById(_)
            | Outcome::Summary(_)
            | Outcome::Admin(_)
            | Outcome::Provisioning(_)
            | Outcome::Project { .. }
            | Outcome::Account(_) => {}
            Outcome::Instance(instance) => {
                sso_admin::responses::instance(object, self.settings, self.matched, instance);
            }
            Outcome::Access(outcome) => sso_admin::responses::access(object, self.matched, outcome),
            Outcome::Organization(outcome) => {
                organizations::write(object, self.matched.route.operation, outcome);
            }
            Outcome::UserUpdated(_) | Outcome::GroupUpdated(_)
                if self.settings.model == Model::Nineteen => {}
            Outcome::UserCreated { user, .. } | Outcome::UserUpdated(user) => {
                self.store(object);
                self.user_id(object, user.id.as_str());
                self.revision(object, &user.meta);
            }
            Outcome::UserId(user) => {
                self.store(object);
                self.user_id(object, user.as_str());
            }
            Outcome::User(user) => self.user(object, user),
            Outcome::Users(page) => {
                object.reserve(page.items.len());
                object.list("Users", &page.items, |object, user| self.user(object, user));
                self.next(object, page);
            }
            Outcome::GroupCreated(group) | Outcome::GroupUpdated(group) => {
                self.store(object);
                self.group_id(object, group.id.as_str());
                self.revision(object, &group.meta);
            }
            Outcome::GroupId(group) => {
                self.store(object);
                self.group_id(object, group.as_str());
            }
            Outcome::Group(group) => self.group(object, group),
            Outcome::Groups(page) => {
                object.list("Groups", &page.items, |object, group| self.group(object, group));
                self.next(object, page);
            }
            Outcome::MembershipId(membership) => {
                self.store(object);
                self.membership_id(object, membership.as_str());
            }
            Outcome::Membership(membership) => self.membership(object, membership),
            Outcome::Memberships(page) => self.memberships(object, page),
            Outcome::MembershipsExist { member, groups } => {
                object.list("Results", groups, |object, (group, exists)| {
                    object.text("GroupId", group.as_str());
                    self.member(object, member);
                    object.flag("MembershipExists", *exists);
                });
            }
            Outcome::IdentityStore(attributes) => {
                if let Some(store) = self.store {
                    self.identity_store(object, store);
                }
                if self.matched.route.operation.is_read() {
                    IDENTITY_STORE.encode(attributes, object);
                }
            }
            Outcome::IdentityStores(page)
                if self.matched.route.operation == Operation::ListInstances =>
            {
                sso_admin::responses::instances(object, self.settings, self.matched, page);
            }
            Outcome::IdentityStores(page) => self.identity_stores(object, page),
        }
    }

    fn user(&self, object: &mut ObjectWriter<'_>, user: &User) {
        self.store(object);
        self.user_id(object, user.id.as_str());
        USER.encode(&user.attributes, object);
        object.text("UserStatus", if user.enabled { "ENABLED" } else { "DISABLED" });
        stamps(object, &user.meta);
        self.revision(object, &user.meta);
        if self.shows_extension && EXTENSIONS.shows(&user.attributes) {
            object.object("Extensions", |object| EXTENSIONS.encode(&user.attributes, object));
        }
    }

    fn group(&self, object: &mut ObjectWriter<'_>, group: &Group) {
        self.store(object);
        self.group_id(object, group.id.as_str());
        GROUP.encode(&group.attributes, object);
        stamps(object, &group.meta);
        self.revision(object, &group.meta);
    }

    fn membership(&self, object: &mut ObjectWriter<'_>, membership: &GroupMembership) {
        self.store(object);
        self.membership_id(object, membership.id.as_str());
        object.text("GroupId", membership.group.as_str());
        self.member(object, &membership.member);
        stamps(object, &membership.meta);
    }

    fn memberships(&self, object: &mut ObjectWriter<'_>, page: &Page<Arc<GroupMembership>>) {
        object.list("GroupMemberships", &page.items, |o, item| self.membership(o, item));
        let by_user = self.matched.route.operation == Operation::ListGroupMembershipsForMember;
        self.next_of(object, page, page.owner_id(by_user));
    }

    fn member(&self, object: &mut ObjectWriter<'_>, member: &MemberId) {
        let MemberId::User(user) = member;
        object.object("MemberId", |object| object.text("UserId", user.as_str()));
    }

    fn store(&self, object: &mut ObjectWriter<'_>) {
        object.optional_text("IdentityStoreId", self.store);
    }

    fn identity_store(&self, object: &mut ObjectWriter<'_>, store: &str) {
        object.text("IdentityStoreId", store);
        object.text("IdentityStoreArn", &store_arn(&self.settings.account_id, store));
    }

    fn user_id(&self, object: &mut ObjectWriter<'_>, id: &str) {
        self.id(object, "UserId", "UserArn", "arn:aws:identitystore:::user/", id);
    }

    fn group_id(&self, object: &mut ObjectWriter<'_>, id: &str) {
        self.id(object, "GroupId", "GroupArn", "arn:aws:identitystore:::group/", id);
    }

    fn membership_id(&self, object: &mut ObjectWriter<'_>, id: &str) {
        const ARN: &str = "arn:aws:identitystore:::membership/";
        self.id(object, "MembershipId", "MembershipArn", ARN, id);
    }

    fn id(&self, object: &mut ObjectWriter<'_>, name: &str, arn_name: &str, arn: &str, id: &str) {
        object.text(name, id);
        if self.settings.model == Model::Current {
            object.joined(arn_name, arn, id);
        }
    }

    fn revision(&self, object: &mut ObjectWriter<'_>, meta: &Meta) {
        if self.settings.model == Model::Current {
            object.integer_text("Revision", meta.revision.0);
        }
    }

    fn next<T>(&self, object: &mut ObjectWriter<'_>, page: &Page<T>) {
        self.next_of(object, page, "");
    }

    fn next_of<T>(&self, object: &mut ObjectWriter<'_>, page: &Page<T>, owner: &str) {
        let scope = list_scope(self.matched.route.operation, self.store, owner);
        object.optional_text(
            "NextToken",
            page.next.map(|at| page_token::encode(&scope, at)).as_deref(),
        );
    }
}

fn stamps(object: &mut ObjectWriter<'_>, meta: &Meta) {
    object.seconds("CreatedAt", meta.created.at.0);
    object.text("CreatedBy", &meta.created.by);
    object.seconds("UpdatedAt", meta.updated.at.0);
    object.text("UpdatedBy", &meta.updated.by);
}
