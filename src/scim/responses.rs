//! Encodes successful responses.

use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderName, HeaderValue};
use serde_json::Value as Json;

use crate::dialect::request::base_url;
use crate::dialect::response::respond;
use crate::dialect::{Matched, ObjectWriter, Response, json_writer};
use crate::domain::{
    Attribute, ListRef, Meta, Operation, Outcome, Page, ProvisionedGroup, ProvisioningOutcome,
    Timestamp, User,
};

use super::filter::ResourceType;
use super::params::next_cursor;
use super::profile::{ErrorForm, Paging, Profile};
use super::shapes::{ENTERPRISE, ENTERPRISE_URN, GROUP, GROUP_URN, LIST_URN, USER_URN};
use super::{PutStatus, ScimSettings, schemas};

/// Encodes an outcome.
pub fn encode(
    profile: &Profile,
    settings: &ScimSettings,
    headers: [(HeaderName, HeaderValue); 2],
    matched: &Matched<'_>,
    outcome: &Outcome,
) -> Response {
    let operation = matched.route.operation;
    let status = status(profile, settings, operation, matched.route.status);
    if status == 204 {
        let headers = headers.into_iter().filter(|(name, _)| *name != CONTENT_TYPE);
        return respond(status, headers, Vec::new());
    }
    let writer = ScimWriter { profile, matched };
    let body = json_writer::object(|object| writer.write(object, outcome));
    let body = if profile.has_locations { select(matched, body) } else { body };
    let location = writer.location_of(outcome).filter(|_| profile.has_locations);
    let location = location.and_then(|location| HeaderValue::from_str(&location).ok());
    let location = location.map(|location| (LOCATION, location));
    respond(status, headers.into_iter().chain(location), body)
}

fn status(profile: &Profile, settings: &ScimSettings, operation: Operation, of_route: u16) -> u16 {
    match (operation, profile.error_form) {
        (Operation::PutUser, ErrorForm::Aws) if settings.put_status == PutStatus::Created => 201,
        (Operation::PatchGroup, ErrorForm::Rfc) => 200,
        _ => of_route,
    }
}

/// One result of a search over all types.
enum SearchResult<'a> {
    User(&'a User),
    Group(&'a ProvisionedGroup),
}

struct ScimWriter<'a> {
    profile: &'a Profile,
    matched: &'a Matched<'a>,
}

impl ScimWriter<'_> {
    fn write(&self, object: &mut ObjectWriter<'_>, outcome: &Outcome) {
        match outcome {
            Outcome::UserCreated { user, .. } | Outcome::User(user) => self.user(object, user),
            Outcome::Account(_) => schemas::write(object, self.profile, self.matched, &self.base()),
            Outcome::Provisioning(outcome) => match &**outcome {
                ProvisioningOutcome::Users { page, total } => {
                    self.list(object, ResourceType::User, page, *total, |object, user| {
                        self.user(object, user);
                    });
                }
                ProvisioningOutcome::Groups { page, total } => {
                    self.list(object, ResourceType::Group, page, *total, |object, group| {
                        self.group(object, group, true);
                    });
                }
                ProvisioningOutcome::Resources { users, groups, total } => {
                    let users = users.iter().map(|user| SearchResult::User(user));
                    let items = users.chain(groups.iter().map(SearchResult::Group)).collect();
                    let page = Page { items, next: None };
                    self.list(object, ResourceType::User, &page, Some(*total), |object, found| {
                        match found {
                            SearchResult::User(user) => self.user(object, user),
                            SearchResult::Group(group) => self.group(object, group, true),
                        }
                    });
                }
                ProvisioningOutcome::Group(group) => self.group(object, group, false),
            },
            // Outcomes of operations that SCIM does not have.
            Outcome::Done
            | Outcome::UserUpdated(_)
            | Outcome::Password(_)
            | Outcome::Users(_)
            | Outcome::UsersById(_)
            | Outcome::UserId(_)
            | Outcome::GroupCreated(_)
            | Outcome::GroupUpdated(_)
            | Outcome::Group(_)
            | Outcome::Groups(_)
            | Outcome::GroupsById(_)
            | Outcome::GroupId(_)
            | Outcome::MembershipId(_)
            | Outcome::Membership(_)
            | Outcome::Memberships(_)
            | Outcome::MembershipsExist { .. }
            | Outcome::IdentityStore(_)
            | Outcome::IdentityStores(_)
            | Outcome::Summary(_)
            | Outcome::Admin(_)
            | Outcome::Project { .. }
            | Outcome::Instance(_)
            | Outcome::Access(_)
            | Outcome::Organization(_) => {}
        }
    }

    fn list<T>(
        &self,
        object: &mut ObjectWriter<'_>,
        resource: ResourceType,
        page: &Page<T>,
        total: Option<usize>,
        mut write: impl FnMut(&mut ObjectWriter<'_>, &T),
    ) {
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let shown = page.items.len();
        let has_cursor = self.matched.param("cursor").is_some();
        if self.profile.paging == Paging::Cursor && has_cursor {
            object.integer("itemsPerPage", number(shown));
            let next = page.next.map(|next| next_cursor(self.matched, resource, next));
            object.optional_text("nextCursor", next.as_deref());
        } else {
            object.integer("totalResults", number(total.unwrap_or(shown)));
            // Source: Huawei's document has texts for users.
            if self.profile.paging == Paging::Fixed && resource == ResourceType::User {
                object.integer_text("itemsPerPage", shown as u64);
                object.integer_text("startIndex", 1);
            } else {
                let start = self.matched.param("startIndex").and_then(|text| text.parse().ok());
                let start = start.filter(|_| self.profile.paging == Paging::Offset);
                object.integer("itemsPerPage", number(shown));
                object.integer("startIndex", start.unwrap_or(1).max(1));
            }
        }
        object.texts("schemas", [LIST_URN]);
        object.reserve(shown);
        object.list("Resources", &page.items, |object, item| write(object, item));
    }

    fn user(&self, object: &mut ObjectWriter<'_>, user: &User) {
        object.text("id", user.id.as_str());
        self.external_id(object, user.attributes.list(Attribute::ExternalIds));
        self.meta(object, ResourceType::User, user.id.as_str(), &user.meta);
        let enterprise = user.attributes.record(Attribute::Enterprise);
        let enterprise = enterprise.filter(|record| !record.is_empty());
        let urns = [Some(USER_URN), enterprise.map(|_| ENTERPRISE_URN)];
        object.texts("schemas", urns.into_iter().flatten());
        self.profile.user.encode_around("emails", &user.attributes, object, |object| {
            object.flag("active", user.enabled);
        });
        if let Some(enterprise) = enterprise {
            object.object(ENTERPRISE_URN, |object| ENTERPRISE.encode_record(enterprise, object));
        }
    }

    /// `in_list`: AWS writes an empty list of members in lists, and none elsewhere.
    fn group(&self, object: &mut ObjectWriter<'_>, group: &ProvisionedGroup, in_list: bool) {
        let ProvisionedGroup { group, members } = group;
        object.text("id", group.id.as_str());
        self.external_id(object, group.attributes.list(Attribute::ExternalIds));
        self.meta(object, ResourceType::Group, group.id.as_str(), &group.meta);
        object.texts("schemas", [GROUP_URN]);
        GROUP.encode(&group.attributes, object);
        let shows_empty = match self.profile.error_form {
            ErrorForm::Aws => in_list,
            ErrorForm::Huawei => true,
            ErrorForm::Rfc => false,
        };
        if shows_empty || !members.is_empty() {
            object.list("members", members, |object, member| {
                object.text("value", member.as_str());
                object.text("$ref", &self.location(ResourceType::User, member.as_str()));
                object.text("type", "User");
            });
        }
    }

    fn external_id(&self, object: &mut ObjectWriter<'_>, ids: ListRef<'_>) {
        let issuer = self.matched.tenant.as_ref().map(|tenant| &*tenant.issuer);
        let mut own = ids.iter().filter(|id| id.text(Attribute::Issuer) == issuer);
        object.optional_text("externalId", own.next().and_then(|id| id.text(Attribute::Id)));
    }

    fn meta(&self, object: &mut ObjectWriter<'_>, resource: ResourceType, id: &str, meta: &Meta) {
        object.object("meta", |object| {
            object.text("resourceType", resource.name());
            object.text("created", &seconds(meta.created.at));
            object.text("lastModified", &seconds(meta.updated.at));
            if self.profile.has_locations {
                object.text("location", &self.location(resource, id));
            }
        });
    }

    fn location_of(&self, outcome: &Outcome) -> Option<String> {
        match outcome {
            Outcome::UserCreated { user, .. } | Outcome::User(user) => {
                Some(self.location(ResourceType::User, user.id.as_str()))
            }
            Outcome::Provisioning(outcome) => match &**outcome {
                ProvisioningOutcome::Group(group) => {
                    Some(self.location(ResourceType::Group, group.group.id.as_str()))
                }
                _ => None,
            },
            _ => None,
        }
    }

    fn location(&self, resource: ResourceType, id: &str) -> String {
        format!("{}/{}s/{id}", self.base(), resource.name())
    }

    /// The address of the tenant.
    fn base(&self) -> String {
        let tenant = self.matched.param("tenant").unwrap_or_default();
        format!("{}/{tenant}/scim/v2", base_url(self.matched.head))
    }
}

/// A time in whole seconds.
fn seconds(at: Timestamp) -> String {
    Timestamp(at.0.div_euclid(1000) * 1000).to_string()
}

/// Keeps the attributes that `attributes` names, or removes those that `excludedAttributes` names.
/// Source: RFC 7644 §3.9.
fn select(matched: &Matched<'_>, body: Vec<u8>) -> Vec<u8> {
    let names = |parameter: &str| -> Option<Vec<String>> {
        let names = matched.param(parameter)?.split(',').map(|name| {
            let name = name.trim();
            let core = [USER_URN, GROUP_URN].iter().find_map(|urn| name.strip_prefix(*urn));
            core.and_then(|rest| rest.strip_prefix(':')).unwrap_or(name).to_lowercase()
        });
        let names: Vec<_> = names.filter(|name| !name.is_empty()).collect();
        (!names.is_empty()).then_some(names)
    };
    let (kept, excluded) = (names("attributes"), names("excludedAttributes"));
    if kept.is_none() && excluded.is_none() {
        return body;
    }
    let Ok(mut json) = serde_json::from_slice::<Json>(&body) else { return body };
    let resources = match json.get_mut("Resources").and_then(Json::as_array_mut) {
        Some(resources) => resources.iter_mut().collect(),
        None => vec![&mut json],
    };
    for resource in resources {
        select_in(resource, "", kept.as_deref(), excluded.as_deref());
    }
    serde_json::to_vec(&json).unwrap_or(body)
}

/// `parent` is the path of the structure, with its separator.
fn select_in(value: &mut Json, parent: &str, kept: Option<&[String]>, excluded: Option<&[String]>) {
    match value {
        Json::Array(elements) => {
            elements.iter_mut().for_each(|element| select_in(element, parent, kept, excluded));
        }
        Json::Object(members) => members.retain(|key, value| {
            let path = format!("{parent}{}", key.to_lowercase());
            let is_always_returned = parent.is_empty() && matches!(path.as_str(), "id" | "schemas");
            if is_always_returned {
                return true;
            }
            let separator = if key.contains(':') { ':' } else { '.' };
            let inner = format!("{path}{separator}");
            if excluded.is_some_and(|names| names.contains(&path)) {
                return false;
            }
            let is_kept = kept.is_none_or(|names| names.contains(&path));
            let has_parts = |names: Option<&[String]>| {
                names.is_some_and(|names| names.iter().any(|name| name.starts_with(&inner)))
            };
            match (is_kept, has_parts(kept), has_parts(excluded)) {
                (true, _, false) => true,
                (true, _, true) => {
                    select_in(value, &inner, None, excluded);
                    true
                }
                (false, true, _) => {
                    select_in(value, &inner, kept, excluded);
                    true
                }
                (false, false, _) => false,
            }
        }),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}
