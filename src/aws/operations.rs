//! AWS's operations, one row each, and the readers of their arguments.
//!
//! A row is the whole registration: the target is the operation's name. Readers take the members in
//! the model's order, which is that of the breaches that a refusal names.

use http::Method;

use serde_json::Value as Json;

use crate::dialect::{Args, Keys, Nulls, Place, Route, Rules, Unknown, cursor, route};
use crate::domain::Operation as Op;
use crate::domain::{
    AlternateIdentifier, ApiError, Attribute, Change, Command, Constraint, Deletion, GroupId,
    IdentityStoreId, ListFilter, MemberId, PageRequest, Patch, Query, Rejection, Revision, UserId,
};

use super::Model;
use super::arn::resource_id;
use super::limits::{
    ATTRIBUTE_PATH, EXTENSION_NAME, EXTENSION_NAMES, EXTERNAL_ID_IDENTIFIER, EXTERNAL_ID_ISSUER,
    FILTERS, GROUP_IDS, IDENTITY_STORE_ID, MAX_RESULTS, NEXT_TOKEN, RESOURCE_ID, REVISION,
    SENSITIVE_STRING,
};
use super::patch::{self, EXTENSION};
use super::shapes::{EXTENSIONS, GROUP, IDENTITY_STORE, USER};

/// The operations that only the current model has. They are the last rows of [`ROUTES`].
const NEWER_OPERATIONS: usize = 3;

/// The operations of a model.
pub fn routes(model: Model) -> &'static [Route] {
    match model {
        Model::Current => ROUTES,
        Model::Nineteen => &ROUTES[..ROUTES.len() - NEWER_OPERATIONS],
    }
}

/// Every operation of the current model.
pub static ROUTES: &[Route] = &[
    row(Op::CreateUser, create_user),
    row(Op::DescribeUser, describe_user),
    row(Op::UpdateUser, update_user),
    row(Op::DeleteUser, delete_user),
    row(Op::ListUsers, list_users),
    row(Op::GetUserId, get_user_id),
    row(Op::CreateGroup, create_group),
    row(Op::DescribeGroup, describe_group),
    row(Op::UpdateGroup, update_group),
    row(Op::DeleteGroup, delete_group),
    row(Op::ListGroups, list_groups),
    row(Op::GetGroupId, get_group_id),
    row(Op::CreateGroupMembership, create_group_membership),
    row(Op::DescribeGroupMembership, describe_group_membership),
    row(Op::DeleteGroupMembership, delete_group_membership),
    row(Op::ListGroupMemberships, list_group_memberships),
    row(Op::ListGroupMembershipsForMember, list_group_memberships_for_member),
    row(Op::GetGroupMembershipId, get_group_membership_id),
    row(Op::IsMemberInGroups, is_member_in_groups),
    // Not in the older model.
    row(Op::DescribeIdentityStore, describe_identity_store),
    row(Op::ListIdentityStores, list_identity_stores),
    row(Op::UpdateIdentityStore, update_identity_store),
];

const fn row(operation: Op, read: fn(&mut Args<'_>) -> Command) -> Route {
    route(operation, Method::POST, "/", 200, read)
}

/// The request's own structures: unknown members are passed over, a null is an absent member.
/// Source: protocol.md, "Request".
const MODELLED: Rules =
    Rules { keys: Keys::Exact, unknown: Unknown::Ignored, nulls: Nulls::Absent };

fn create_user(args: &mut Args<'_>) -> Command {
    let store = store(args);
    let mut attributes = USER.read(args, MODELLED);
    extensions(args, &mut attributes);
    let missing = USER.missing(&attributes);
    if !missing.is_empty() {
        args.notes().refuse(ApiError::Rejected(Rejection::RequiredByService(missing)));
    }
    let name = attributes.text(Attribute::UserName).unwrap_or_default();
    patch::refuse_reserved(args.notes(), Attribute::UserName, name);
    Command::Change(store, Change::CreateUser(attributes))
}

fn describe_user(args: &mut Args<'_>) -> Command {
    let (store, user) = (store(args), user(args));
    let extensions = wants_extensions(args);
    Command::Query(store, Query::DescribeUser { user, extensions })
}

fn update_user(args: &mut Args<'_>) -> Command {
    let store = store(args);
    let user = user(args);
    let operations = patch::read(args, &patch::USERS);
    let patch = Patch { operations, revision: revision(args) };
    Command::Change(store, Change::UpdateUser(user, patch))
}

fn delete_user(args: &mut Args<'_>) -> Command {
    let (store, user) = (store(args), user(args));
    Command::Change(store, Change::DeleteUser(user, deletion(args)))
}

fn list_users(args: &mut Args<'_>) -> Command {
    let store = store(args);
    let extensions = wants_extensions(args);
    let page = page(args, &scope(Op::ListUsers, Some(&store), ""));
    let filter = filter(args, "UserName", Attribute::UserName);
    Command::Query(store, Query::ListUsers { filter, page, extensions })
}

fn get_user_id(args: &mut Args<'_>) -> Command {
    // Either spelling: the documentation says camelCase, Terraform's tests send PascalCase.
    let unique = [("userName", Attribute::UserName), ("emails.value", Attribute::Emails)];
    Command::Query(store(args), Query::GetUserId(alternate(args, &unique)))
}

/// Assumed: a group may be made without a name, as the model allows (behaviour.md §11).
fn create_group(args: &mut Args<'_>) -> Command {
    let store = store(args);
    let attributes = GROUP.read(args, MODELLED);
    let name = attributes.text(Attribute::DisplayName).unwrap_or_default();
    patch::refuse_reserved(args.notes(), Attribute::DisplayName, name);
    Command::Change(store, Change::CreateGroup(attributes))
}

fn describe_group(args: &mut Args<'_>) -> Command {
    Command::Query(store(args), Query::DescribeGroup(group(args)))
}

fn update_group(args: &mut Args<'_>) -> Command {
    let store = store(args);
    let group = group(args);
    let operations = patch::read(args, &patch::GROUPS);
    let patch = Patch { operations, revision: revision(args) };
    Command::Change(store, Change::UpdateGroup(group, patch))
}

fn delete_group(args: &mut Args<'_>) -> Command {
    let (store, group) = (store(args), group(args));
    Command::Change(store, Change::DeleteGroup(group, deletion(args)))
}

fn list_groups(args: &mut Args<'_>) -> Command {
    let store = store(args);
    let page = page(args, &scope(Op::ListGroups, Some(&store), ""));
    let filter = filter(args, "DisplayName", Attribute::DisplayName);
    Command::Query(store, Query::ListGroups { filter, page })
}

fn get_group_id(args: &mut Args<'_>) -> Command {
    let unique = [("displayName", Attribute::DisplayName)];
    Command::Query(store(args), Query::GetGroupId(alternate(args, &unique)))
}

fn create_group_membership(args: &mut Args<'_>) -> Command {
    let (store, group, member) = (store(args), group(args), member(args));
    Command::Change(store, Change::CreateGroupMembership { group, member })
}

fn describe_group_membership(args: &mut Args<'_>) -> Command {
    let store = store(args);
    let membership = resource(args, "MembershipId", "membership").into();
    Command::Query(store, Query::DescribeGroupMembership(membership))
}

fn delete_group_membership(args: &mut Args<'_>) -> Command {
    let store = store(args);
    let membership = resource(args, "MembershipId", "membership").into();
    let deletion = Deletion { revision: None, idempotent: true };
    Command::Change(store, Change::DeleteGroupMembership(membership, deletion))
}

/// Assumed: an unknown group is not found, nor is an unknown member (behaviour.md §7).
fn list_group_memberships(args: &mut Args<'_>) -> Command {
    let (store, group) = (store(args), group(args));
    let page = page(args, &scope(Op::ListGroupMemberships, Some(&store), group.as_str()));
    Command::Query(store, Query::ListGroupMemberships { group, page })
}

fn list_group_memberships_for_member(args: &mut Args<'_>) -> Command {
    let (store, member) = (store(args), member(args));
    let MemberId::User(user) = &member;
    let page = page(args, &scope(Op::ListGroupMembershipsForMember, Some(&store), user.as_str()));
    Command::Query(store, Query::ListGroupMembershipsForMember { member, page })
}

fn get_group_membership_id(args: &mut Args<'_>) -> Command {
    let (store, group, member) = (store(args), group(args), member(args));
    Command::Query(store, Query::GetGroupMembershipId { group, member })
}

fn is_member_in_groups(args: &mut Args<'_>) -> Command {
    let (store, member) = (store(args), member(args));
    args.require("GroupIds");
    let ids = args.maybe_texts("GroupIds", &GROUP_IDS, &RESOURCE_ID).unwrap_or_default();
    let groups = ids.iter().map(|id| resource_id(id, "group").into()).collect();
    Command::Query(store, Query::IsMemberInGroups { member, groups })
}

fn describe_identity_store(args: &mut Args<'_>) -> Command {
    Command::Query(store(args), Query::DescribeIdentityStore)
}

fn list_identity_stores(args: &mut Args<'_>) -> Command {
    Command::ListIdentityStores(page(args, &scope(Op::ListIdentityStores, None, "")))
}

fn update_identity_store(args: &mut Args<'_>) -> Command {
    let store = store(args);
    let attributes = IDENTITY_STORE.read(args, MODELLED);
    let attributes = (!attributes.is_empty()).then_some(attributes);
    Command::Change(store, Change::UpdateIdentityStore(attributes))
}

/// The dialect rejects an ARN of another account when the whole request has been read.
fn store(args: &Args<'_>) -> IdentityStoreId {
    let text = args.text("IdentityStoreId", &IDENTITY_STORE_ID);
    text.rsplit('/').next().unwrap_or(text).into()
}

fn user(args: &Args<'_>) -> UserId {
    resource(args, "UserId", "user").into()
}

fn group(args: &Args<'_>) -> GroupId {
    resource(args, "GroupId", "group").into()
}

fn resource<'a>(args: &Args<'a>, name: &str, kind: &str) -> &'a str {
    resource_id(args.text(name, &RESOURCE_ID), kind)
}

fn member(args: &Args<'_>) -> MemberId {
    let user = args.record_of("MemberId", |args| {
        exactly_one(args, &["UserId"]);
        UserId::from(resource_id(
            args.maybe_text("UserId", &RESOURCE_ID).unwrap_or_default(),
            "user",
        ))
    });
    MemberId::User(user.unwrap_or_else(|| "".into()))
}

/// Notes a union with no member set, or more than one.
fn exactly_one(args: &Args<'_>, members: &'static [&'static str]) {
    if members.iter().filter(|name| args.document(name).is_some()).count() != 1 {
        args.notes().breach(args.place(), Constraint::ExactlyOne(members));
    }
}

/// The older model has no such member, so it is ignored.
fn revision(args: &Args<'_>) -> Option<Revision> {
    if args.notes().is_older_model() {
        return None;
    }
    let text = args.maybe_text("Revision", &REVISION)?;
    // Opaque: what is not written as we write it is nobody's revision, nor is a number beyond ours.
    let told = text.parse().ok().filter(|number: &u64| number.to_string() == text);
    Some(Revision(told.unwrap_or(u64::MAX)))
}

/// Assumed: a revision of what is not there is no conflict (behaviour.md §6).
fn deletion(args: &Args<'_>) -> Deletion {
    Deletion { revision: revision(args), idempotent: true }
}

/// What seals a token: it belongs to one list of one store, `of` the group or user whose it is.
pub fn scope(operation: Op, store: Option<&IdentityStoreId>, of: &str) -> String {
    format!("aws {} {}{of}", operation.name(), store.map_or("", IdentityStoreId::as_str))
}

/// Assumed: lists go in order of creation (behaviour.md §12).
fn page(args: &Args<'_>, scope: &str) -> PageRequest {
    let most = args.maybe_integer("MaxResults", &MAX_RESULTS).unwrap_or(*MAX_RESULTS.end());
    let after = args.maybe_text("NextToken", &NEXT_TOKEN).and_then(|token| {
        let position = cursor::unseal(scope, token);
        if position.is_none() {
            args.notes().refuse(ApiError::Rejected(Rejection::InvalidToken));
        }
        position
    });
    PageRequest { limit: usize::try_from(most).unwrap_or(1), after }
}

fn filter(args: &Args<'_>, path: &str, attribute: Attribute) -> Option<ListFilter> {
    let filters = args.maybe_list("Filters", &FILTERS, |args| {
        let found = args.text("AttributePath", &ATTRIBUTE_PATH);
        // Assumed: either case, as for GetUserId (behaviour.md §2).
        if !found.eq_ignore_ascii_case(path) {
            args.notes().refuse(ApiError::Rejected(Rejection::UnsupportedFilter(found.to_owned())));
        }
        ListFilter::Equals(attribute, args.text("AttributeValue", &SENSITIVE_STRING).to_owned())
    });
    filters?.into_iter().next()
}

fn alternate(args: &Args<'_>, unique: &[(&str, Attribute)]) -> AlternateIdentifier {
    let found = args.record_of("AlternateIdentifier", |args| {
        exactly_one(args, &["ExternalId", "UniqueAttribute"]);
        let external = args.maybe_record("ExternalId", |args| AlternateIdentifier::ExternalId {
            issuer: args.text("Issuer", &EXTERNAL_ID_ISSUER).to_owned(),
            id: args.text("Id", &EXTERNAL_ID_IDENTIFIER).to_owned(),
        });
        external.or_else(|| args.maybe_record("UniqueAttribute", |args| by_attribute(args, unique)))
    });
    found
        .flatten()
        .unwrap_or(AlternateIdentifier::ExternalId { issuer: String::new(), id: String::new() })
}

fn by_attribute(args: &Args<'_>, unique: &[(&str, Attribute)]) -> AlternateIdentifier {
    let path = args.text("AttributePath", &ATTRIBUTE_PATH);
    let row = unique.iter().find(|(name, _)| name.eq_ignore_ascii_case(path));
    if row.is_none() {
        args.notes().refuse(ApiError::Rejected(Rejection::NotUnique(path.to_owned())));
    }
    let value = match args.record().and_then(|record| record.get("AttributeValue")) {
        Some(Json::String(text)) => text.clone(),
        Some(Json::Null) => String::new(),
        Some(other) => {
            let place = Place::TOP.member(path);
            let notes = args.notes().of_value();
            notes.wrong_kind(&place, crate::domain::JsonType::String, other);
            // A document: the service judges it, not the front end.
            if let Err(error) = notes.finish(true, ()) {
                args.notes().refuse(error);
            }
            return AlternateIdentifier::UniqueAttribute(Attribute::UserName, String::new());
        }
        None => {
            args.require("AttributeValue");
            String::new()
        }
    };
    if value.is_empty() {
        args.notes().refuse(ApiError::Rejected(Rejection::EmptyLookup));
    }
    let attribute = row.map_or(Attribute::UserName, |(_, attribute)| *attribute);
    AlternateIdentifier::UniqueAttribute(attribute, value)
}

/// Whether the request asks for extension attributes by name.
fn wants_extensions(args: &Args<'_>) -> bool {
    let names = args.maybe_texts("Extensions", &EXTENSION_NAMES, &EXTENSION_NAME);
    for name in names.iter().flatten() {
        known_extension(args, name);
    }
    names.is_some_and(|names| names.contains(&EXTENSION))
}

fn known_extension(args: &Args<'_>, name: &str) {
    if EXTENSIONS.find(name, Keys::Exact).is_none() {
        let name = name.to_owned();
        args.notes().refuse(ApiError::Rejected(Rejection::UnknownExtension(name)));
    }
}

/// Reads the map of extensions: names are the model's, values are documents.
fn extensions(args: &Args<'_>, attributes: &mut crate::domain::Attributes) {
    let Some(found) = args.document("Extensions") else { return };
    let place = args.place().member("Extensions");
    let Some(map) = found.as_object() else {
        return args.notes().wrong_kind(&place, crate::domain::JsonType::Map, found);
    };
    if map.is_empty() {
        let told = Some("{}".to_owned());
        let constraint = Constraint::LengthMin(*EXTENSION_NAMES.start());
        args.notes().breach_of(&place, told, false, constraint);
    }
    crate::dialect::args::check_size(
        args.notes(),
        &place,
        map.len(),
        &(0..=*EXTENSION_NAMES.end()),
    );
    for name in map.keys() {
        args.notes().check(&place.key(name), &EXTENSION_NAME, name);
        known_extension(args, name);
    }
    let values = args.notes().of_value();
    let found = EXTENSIONS.decode(map, &Place::TOP, &values, patch::DOCUMENT);
    for (attribute, value) in found.iter() {
        attributes.set(attribute, value.into());
    }
    if let Err(error) = values.finish(true, ()) {
        args.notes().refuse(error);
    }
}
