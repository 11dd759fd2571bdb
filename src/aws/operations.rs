//! AWS's operations, one row each, and the readers of their arguments.
//!
//! A row is the whole registration: the target is the operation's name. Readers take the members in
//! the model's order, which is that of the breaches that a refusal names.

use http::Method;
use serde_json::Value as Json;

use crate::dialect::Location::Body;
use crate::dialect::{
    Args, DecodeRules, FieldPath, KeyCase, Location, Locations, Nulls, Route, UnknownKeys,
    page_token, route,
};
use crate::domain::Operation as Op;
use crate::domain::{
    AlternateIdentifier, ApiError, Attribute, Attributes, Change, Command, Constraint, Deletion,
    GroupId, IdentityStoreId, JsonType, ListFilter, MemberId, PageRequest, Patch, Query, Rejection,
    Revision, UserId,
};

use super::arn::resource_id;
use super::limits::{
    ATTRIBUTE_PATH, EXTENSION_NAME, EXTENSION_NAMES, EXTERNAL_ID_IDENTIFIER, EXTERNAL_ID_ISSUER,
    FILTERS, GROUP_IDS, IDENTITY_STORE_ID, MAX_RESULTS, NEXT_TOKEN, RESOURCE_ID, REVISION,
    SENSITIVE_STRING,
};
use super::patch::{self, EXTENSION};
use super::shapes::{EXTENSIONS, GROUP, IDENTITY_STORE, USER};
use super::{Model, SERVICE};

/// The operations that only the current model has. They are the last rows of [`ROUTES`].
const NEWER_OPERATIONS: usize = 3;

/// The operations of a model.
pub fn routes(model: Model) -> &'static [Route] {
    match model {
        Model::Current => ROUTES,
        Model::Nineteen => &ROUTES[..ROUTES.len() - NEWER_OPERATIONS],
    }
}

const STORE: Locations = Locations::NONE.store(Body("IdentityStoreId"));
const ONE_USER: Locations = STORE.user(Body("UserId"));
const ONE_GROUP: Locations = STORE.group(Body("GroupId"));
const MEMBER: Locations = STORE.user(Body("MemberId.UserId"));
const BOTH_ENDS: Locations = MEMBER.group(Body("GroupId"));
const MEMBERSHIP: Locations = STORE.membership(Body("MembershipId"));
const PATCH: &[Location] = &[Body("Operations[].AttributePath")];
const FILTER: &[Location] = &[Body("Filters[].AttributePath")];
const LOOKUP: &[Location] = &[Body("AlternateIdentifier.UniqueAttribute.AttributePath")];

/// Every operation of the current model.
pub static ROUTES: &[Route] = &[
    row(Op::CreateUser, STORE, create_user),
    row(Op::DescribeUser, ONE_USER, describe_user),
    row(Op::UpdateUser, ONE_USER.attribute_paths(PATCH), update_user),
    row(Op::DeleteUser, ONE_USER, delete_user),
    row(Op::ListUsers, STORE.attribute_paths(FILTER), list_users),
    row(Op::GetUserId, STORE.attribute_paths(LOOKUP), get_user_id),
    row(Op::CreateGroup, STORE, create_group),
    row(Op::DescribeGroup, ONE_GROUP, describe_group),
    row(Op::UpdateGroup, ONE_GROUP.attribute_paths(PATCH), update_group),
    row(Op::DeleteGroup, ONE_GROUP, delete_group),
    row(Op::ListGroups, STORE.attribute_paths(FILTER), list_groups),
    row(Op::GetGroupId, STORE.attribute_paths(LOOKUP), get_group_id),
    row(Op::CreateGroupMembership, BOTH_ENDS, create_group_membership),
    row(Op::DescribeGroupMembership, MEMBERSHIP, describe_group_membership),
    row(Op::DeleteGroupMembership, MEMBERSHIP, delete_group_membership),
    row(Op::ListGroupMemberships, ONE_GROUP, list_group_memberships),
    row(Op::ListGroupMembershipsForMember, MEMBER, list_group_memberships_for_member),
    row(Op::GetGroupMembershipId, BOTH_ENDS, get_group_membership_id),
    row(Op::IsMemberInGroups, MEMBER, is_member_in_groups),
    // Not in the older model.
    row(Op::DescribeIdentityStore, STORE, describe_identity_store),
    row(Op::ListIdentityStores, Locations::NONE, list_identity_stores),
    row(Op::UpdateIdentityStore, STORE, update_identity_store),
];

const fn row(operation: Op, locations: Locations, decode: fn(&Args<'_>) -> Command) -> Route {
    route(operation, SERVICE, Method::POST, "/", 200, locations, decode)
}

/// The request's own structures: unknown members are ignored, a null counts as absent.
/// Source: protocol.md, "Request".
const MODELLED: DecodeRules =
    DecodeRules { keys: KeyCase::Exact, unknown: UnknownKeys::Ignored, nulls: Nulls::Absent };

fn create_user(args: &Args<'_>) -> Command {
    let store = store(args);
    let mut attributes = args.attributes(&USER, MODELLED);
    extensions(args, &mut attributes);
    let missing = USER.missing(&attributes);
    if !missing.is_empty() {
        args.violations().reject(ApiError::Rejected(Rejection::RequiredByService(missing)));
    }
    let name = attributes.text(Attribute::UserName).unwrap_or_default();
    patch::refuse_reserved(args.violations(), Attribute::UserName, name);
    Command::Change(store, Change::CreateUser(attributes))
}

fn describe_user(args: &Args<'_>) -> Command {
    let (store, user) = (store(args), user(args));
    let extensions = wants_extensions(args);
    Command::Query(store, Query::DescribeUser { user, extensions })
}

fn update_user(args: &Args<'_>) -> Command {
    let store = store(args);
    let user = user(args);
    let operations = patch::read(args, &patch::USERS);
    let patch = Patch { operations, revision: revision(args) };
    Command::Change(store, Change::UpdateUser(user, patch))
}

fn delete_user(args: &Args<'_>) -> Command {
    let (store, user) = (store(args), user(args));
    Command::Change(store, Change::DeleteUser(user, deletion(args)))
}

fn list_users(args: &Args<'_>) -> Command {
    let store = store(args);
    let extensions = wants_extensions(args);
    let page = page(args, &list_scope(Op::ListUsers, Some(store.as_str()), ""));
    let filter = filter(args, "UserName", Attribute::UserName);
    Command::Query(store, Query::ListUsers { filter, page, extensions })
}

fn get_user_id(args: &Args<'_>) -> Command {
    // Either spelling: the documentation says camelCase, Terraform's tests send PascalCase.
    let unique = [("userName", Attribute::UserName), ("emails.value", Attribute::Emails)];
    Command::Query(store(args), Query::GetUserId(alternate(args, &unique)))
}

/// Assumed: a group may be made without a name, as the model allows (behaviour.md §11).
fn create_group(args: &Args<'_>) -> Command {
    let store = store(args);
    let attributes = args.attributes(&GROUP, MODELLED);
    let name = attributes.text(Attribute::DisplayName).unwrap_or_default();
    patch::refuse_reserved(args.violations(), Attribute::DisplayName, name);
    Command::Change(store, Change::CreateGroup(attributes))
}

fn describe_group(args: &Args<'_>) -> Command {
    Command::Query(store(args), Query::DescribeGroup(group(args)))
}

fn update_group(args: &Args<'_>) -> Command {
    let store = store(args);
    let group = group(args);
    let operations = patch::read(args, &patch::GROUPS);
    let patch = Patch { operations, revision: revision(args) };
    Command::Change(store, Change::UpdateGroup(group, patch))
}

fn delete_group(args: &Args<'_>) -> Command {
    let (store, group) = (store(args), group(args));
    Command::Change(store, Change::DeleteGroup(group, deletion(args)))
}

fn list_groups(args: &Args<'_>) -> Command {
    let store = store(args);
    let page = page(args, &list_scope(Op::ListGroups, Some(store.as_str()), ""));
    let filter = filter(args, "DisplayName", Attribute::DisplayName);
    Command::Query(store, Query::ListGroups { filter, page })
}

fn get_group_id(args: &Args<'_>) -> Command {
    let unique = [("displayName", Attribute::DisplayName)];
    Command::Query(store(args), Query::GetGroupId(alternate(args, &unique)))
}

fn create_group_membership(args: &Args<'_>) -> Command {
    let (store, group, member) = (store(args), group(args), member(args));
    Command::Change(store, Change::CreateGroupMembership { group, member })
}

fn describe_group_membership(args: &Args<'_>) -> Command {
    let store = store(args);
    let membership = resource(args, "MembershipId", "membership").into();
    Command::Query(store, Query::DescribeGroupMembership(membership))
}

fn delete_group_membership(args: &Args<'_>) -> Command {
    let store = store(args);
    let membership = resource(args, "MembershipId", "membership").into();
    let deletion = Deletion { revision: None, idempotent: true };
    Command::Change(store, Change::DeleteGroupMembership(membership, deletion))
}

/// Assumed: an unknown group is not found, nor is an unknown member (behaviour.md §7).
fn list_group_memberships(args: &Args<'_>) -> Command {
    let (store, group) = (store(args), group(args));
    let page =
        page(args, &list_scope(Op::ListGroupMemberships, Some(store.as_str()), group.as_str()));
    Command::Query(store, Query::ListGroupMemberships { group, page })
}

fn list_group_memberships_for_member(args: &Args<'_>) -> Command {
    let (store, member) = (store(args), member(args));
    let MemberId::User(user) = &member;
    let page = page(
        args,
        &list_scope(Op::ListGroupMembershipsForMember, Some(store.as_str()), user.as_str()),
    );
    Command::Query(store, Query::ListGroupMembershipsForMember { member, page })
}

fn get_group_membership_id(args: &Args<'_>) -> Command {
    let (store, group, member) = (store(args), group(args), member(args));
    Command::Query(store, Query::GetGroupMembershipId { group, member })
}

fn is_member_in_groups(args: &Args<'_>) -> Command {
    let (store, member) = (store(args), member(args));
    args.require("GroupIds");
    let ids = args.optional_texts("GroupIds", &GROUP_IDS, &RESOURCE_ID).unwrap_or_default();
    let groups = ids.iter().map(|id| resource_id(id, "group").into()).collect();
    Command::Query(store, Query::IsMemberInGroups { member, groups })
}

fn describe_identity_store(args: &Args<'_>) -> Command {
    Command::Query(store(args), Query::DescribeIdentityStore)
}

fn list_identity_stores(args: &Args<'_>) -> Command {
    Command::ListIdentityStores(page(args, &list_scope(Op::ListIdentityStores, None, "")))
}

fn update_identity_store(args: &Args<'_>) -> Command {
    let store = store(args);
    let attributes = args.attributes(&IDENTITY_STORE, MODELLED);
    let attributes = (!attributes.is_empty()).then_some(attributes);
    Command::Change(store, Change::UpdateIdentityStore(attributes))
}

/// The dialect rejects an ARN of another account when the whole request has been read.
fn store(args: &Args<'_>) -> IdentityStoreId {
    let text = args.required_text("IdentityStoreId", &IDENTITY_STORE_ID);
    text.rsplit('/').next().unwrap_or(text).into()
}

fn user(args: &Args<'_>) -> UserId {
    resource(args, "UserId", "user").into()
}

fn group(args: &Args<'_>) -> GroupId {
    resource(args, "GroupId", "group").into()
}

fn resource<'a>(args: &Args<'a>, name: &str, kind: &str) -> &'a str {
    resource_id(args.required_text(name, &RESOURCE_ID), kind)
}

fn member(args: &Args<'_>) -> MemberId {
    let user = args.required_record("MemberId", |args| {
        args.exactly_one(&["UserId"]);
        UserId::from(resource_id(
            args.optional_text("UserId", &RESOURCE_ID).unwrap_or_default(),
            "user",
        ))
    });
    MemberId::User(user.unwrap_or_else(|| "".into()))
}

/// The older model has no such member, so it is ignored.
fn revision(args: &Args<'_>) -> Option<Revision> {
    if args.violations().is_older_model() {
        return None;
    }
    let text = args.optional_text("Revision", &REVISION)?;
    // Opaque: what is not written as we write it is nobody's revision, nor is a number beyond ours.
    let told = text.parse().ok().filter(|number: &u64| number.to_string() == text);
    Some(Revision(told.unwrap_or(u64::MAX)))
}

/// Assumed: a revision of what is not there is no conflict (behaviour.md §6).
fn deletion(args: &Args<'_>) -> Deletion {
    Deletion { revision: revision(args), idempotent: true }
}

/// The list that a page token belongs to: of one operation, store, and group or user (`owner`).
pub fn list_scope(operation: Op, store: Option<&str>, owner: &str) -> String {
    format!("aws {} {}{owner}", operation.name(), store.unwrap_or_default())
}

/// Assumed: lists go in order of creation (behaviour.md §12).
fn page(args: &Args<'_>, scope: &str) -> PageRequest {
    let most = args.optional_integer("MaxResults", &MAX_RESULTS).unwrap_or(*MAX_RESULTS.end());
    let after = args.optional_text("NextToken", &NEXT_TOKEN).and_then(|token| {
        let position = page_token::decode(scope, token);
        if position.is_none() {
            args.violations().reject(ApiError::Rejected(Rejection::InvalidToken));
        }
        position
    });
    PageRequest { limit: usize::try_from(most).unwrap_or(1), after }
}

fn filter(args: &Args<'_>, path: &str, attribute: Attribute) -> Option<ListFilter> {
    let filters = args.optional_records("Filters", &FILTERS, |args| {
        let found = args.required_text("AttributePath", &ATTRIBUTE_PATH);
        // Assumed: either case, as for GetUserId (behaviour.md §2).
        if !found.eq_ignore_ascii_case(path) {
            args.violations()
                .reject(ApiError::Rejected(Rejection::UnsupportedFilter(found.to_owned())));
        }
        ListFilter::Equals(
            attribute,
            args.required_text("AttributeValue", &SENSITIVE_STRING).to_owned(),
        )
    });
    filters?.into_iter().next()
}

fn alternate(args: &Args<'_>, unique: &[(&str, Attribute)]) -> AlternateIdentifier {
    let found = args.required_record("AlternateIdentifier", |args| {
        args.one_record_of(&["ExternalId", "UniqueAttribute"], |member, args| match member {
            "ExternalId" => AlternateIdentifier::ExternalId {
                issuer: args.required_text("Issuer", &EXTERNAL_ID_ISSUER).to_owned(),
                id: args.required_text("Id", &EXTERNAL_ID_IDENTIFIER).to_owned(),
            },
            _ => by_attribute(args, unique),
        })
    });
    found
        .flatten()
        .unwrap_or(AlternateIdentifier::ExternalId { issuer: String::new(), id: String::new() })
}

fn by_attribute(args: &Args<'_>, unique: &[(&str, Attribute)]) -> AlternateIdentifier {
    let path = args.required_text("AttributePath", &ATTRIBUTE_PATH);
    let row = unique.iter().find(|(name, _)| name.eq_ignore_ascii_case(path));
    if row.is_none() {
        args.violations().reject(ApiError::Rejected(Rejection::NotUnique(path.to_owned())));
    }
    let value = match args.object().and_then(|record| record.get("AttributeValue")) {
        Some(Json::String(text)) => text.clone(),
        Some(Json::Null) => String::new(),
        Some(other) => {
            let place = FieldPath::ROOT.member(path);
            let violations = args.violations().of_value();
            violations.add_wrong_kind(&place, JsonType::String, other);
            // A document: the service judges it, not the front end.
            if let Err(error) = violations.finish(true, ()) {
                args.violations().reject(error);
            }
            return AlternateIdentifier::UniqueAttribute(Attribute::UserName, String::new());
        }
        None => {
            args.require("AttributeValue");
            String::new()
        }
    };
    if value.is_empty() {
        args.violations().reject(ApiError::Rejected(Rejection::EmptyLookup));
    }
    let attribute = row.map_or(Attribute::UserName, |(_, attribute)| *attribute);
    AlternateIdentifier::UniqueAttribute(attribute, value)
}

/// Whether the request asks for extension attributes by name.
fn wants_extensions(args: &Args<'_>) -> bool {
    let names = args.optional_texts("Extensions", &EXTENSION_NAMES, &EXTENSION_NAME);
    for name in names.iter().flatten() {
        known_extension(args, name);
    }
    names.is_some_and(|names| names.contains(&EXTENSION))
}

fn known_extension(args: &Args<'_>, name: &str) {
    if EXTENSIONS.find(name, KeyCase::Exact).is_none() {
        let name = name.to_owned();
        args.violations().reject(ApiError::Rejected(Rejection::UnknownExtension(name)));
    }
}

/// Reads the map of extensions: names are the model's, values are documents.
fn extensions(args: &Args<'_>, attributes: &mut Attributes) {
    let Some(found) = args.raw("Extensions") else { return };
    let place = args.path().member("Extensions");
    let Some(map) = found.as_object() else {
        return args.violations().add_wrong_kind(&place, JsonType::Map, found);
    };
    if map.is_empty() {
        let told = Some("{}".to_owned());
        let constraint = Constraint::LengthMin(*EXTENSION_NAMES.start());
        args.violations().add_with_value(&place, told, false, constraint);
    }
    args.violations().check_size(&place, map.len(), &(0..=*EXTENSION_NAMES.end()));
    for name in map.keys() {
        args.violations().check_text(&place.key(name), &EXTENSION_NAME, name);
        known_extension(args, name);
    }
    let values = args.violations().of_value();
    let found = EXTENSIONS.decode(map, &FieldPath::ROOT, &values, patch::DOCUMENT);
    for (attribute, value) in found.iter() {
        attributes.set(attribute, value.into());
    }
    if let Err(error) = values.finish(true, ()) {
        args.violations().reject(error);
    }
}
