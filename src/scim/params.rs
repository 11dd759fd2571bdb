//! Decodes parameters that several operations share, and the context of all decoders.

use std::sync::Arc;

use crate::dialect::{
    Args, DecodeRules, FieldPath, Json, JsonObject, KeyCase, Limit, Matched, Member, MemberKind,
    Nulls, Shape, UnknownKeys, ValueTypes, json, page_token,
};
use crate::domain::{
    ApiError, Attribute, AttributeValue, Attributes, Deletion, EditStep, ElementChange, Filter,
    FilterSubject, FindPage, IdentityStoreId, OpenTenant, PageRequest, ProvisioningRejection,
    Rejection, UserId,
};

use super::filter::{ResourceType, equals};
use super::limits::{
    ANY_TEXT, EXTERNAL_ID, FILLED_TEXT, HUAWEI_PAGE, RFC_EXTERNAL_ID, RFC_PAGE_MAX,
};
use super::profile::{AWS, ErrorForm, Paging, Profile};
use super::{ScimSettings, UnsupportedAttributes};

/// The context of a request that decoders need besides its contents.
#[derive(Clone, Debug)]
pub struct Context {
    /// How the tenant is served.
    pub profile: &'static Profile,
    /// The settings of the dialect.
    pub settings: Arc<ScimSettings>,
    /// The store of the tenant.
    pub store: IdentityStoreId,
    /// The issuer of external ids.
    pub issuer: Arc<str>,
}

impl Context {
    /// The context of a request that has opened a tenant.
    pub fn new(
        profile: &'static Profile,
        settings: &Arc<ScimSettings>,
        tenant: Option<OpenTenant>,
    ) -> Self {
        let (store, issuer) = match tenant {
            Some(tenant) => (tenant.store, tenant.issuer),
            None => ("".into(), "".into()),
        };
        Self { profile, settings: settings.clone(), store, issuer }
    }

    /// The context of a decoder. A decoder that only describes the request gets that of AWS.
    pub fn from_args(args: &Args<'_>) -> Self {
        let of_aws = || Self::new(&AWS, &Arc::default(), None);
        args.context::<Self>().cloned().unwrap_or_else(of_aws)
    }
}

/// Rules for resources. Read-only and unknown members are ignored, and null means absent.
pub const RESOURCE: DecodeRules = DecodeRules {
    keys: KeyCase::Any,
    unknown: UnknownKeys::Ignored,
    nulls: Nulls::Absent,
    values: ValueTypes::Lenient,
};

/// Deleting an absent resource returns 404.
pub const DELETION: Deletion = Deletion { revision: None, idempotent: false };

/// The id in the path.
pub fn id<'a>(args: &Args<'a>) -> &'a str {
    args.required_param("tenant", &ANY_TEXT);
    args.required_param("id", &ANY_TEXT)
}

/// Rejects a request with an error message.
pub fn reject(args: &Args<'_>, why: ProvisioningRejection, text: impl Into<String>) {
    args.violations().reject(ApiError::Rejected(Rejection::Provisioning(why, text.into())));
}

/// Rejects an id in a body that is not that of the path.
pub fn check_id(args: &Args<'_>, own: &Json<'_>) {
    if is_filled(own) && own.as_str() != Some(id(args)) {
        reject(args, ProvisioningRejection::Mutability, "the id is not that of the path");
    }
}

/// Rejects empty texts in members that the clouds ignore, such as `display`, at any depth. The limits of
/// the other members reject them there.
pub fn check_ignored(
    args: &Args<'_>,
    context: &Context,
    path: &FieldPath<'_>,
    shape: &Shape,
    record: &JsonObject<'_>,
) {
    let refuses = context.settings.unsupported == UnsupportedAttributes::Refuse;
    if !refuses || context.profile.error_form == ErrorForm::Rfc {
        return;
    }
    let find = |name| key_of(record, name).and_then(|key| json::member(record, key));
    for name in shape.ignored {
        if let Some(Json::Str(text)) = find(name) {
            args.violations().check_text(&path.member(name), &FILLED_TEXT, text);
        }
    }
    for member in shape.members {
        if let Some(value) = find(member.name) {
            check_ignored_in(args, context, &path.member(member.name), member, value);
        }
    }
}

/// As [`check_ignored`], in the value of a member.
pub fn check_ignored_in(
    args: &Args<'_>,
    context: &Context,
    path: &FieldPath<'_>,
    member: &Member,
    value: &Json<'_>,
) {
    match (&member.kind, value) {
        (MemberKind::Record(shape), Json::Object(record)) => {
            check_ignored(args, context, path, shape, record);
        }
        (MemberKind::List(shape, _), Json::Array(elements)) => {
            for (index, element) in elements.iter().enumerate() {
                if let Json::Object(element) = element {
                    check_ignored(args, context, &path.index(index), shape, element);
                }
            }
        }
        _ => {}
    }
}

/// The filter of a list, and the member that it requires to exist.
pub fn filter(
    args: &Args<'_>,
    context: &Context,
    resource: ResourceType,
) -> (Option<Filter>, Option<UserId>) {
    let Some(text) = args.optional_param("filter", &ANY_TEXT) else { return (None, None) };
    let rules = context.profile.filters;
    match super::filter::decode(text, rules, resource, context.profile.user, &context.issuer) {
        Ok((filter, member)) => (Some(filter), member),
        Err(why) => {
            let text = format!("Invalid Filter format: {why}");
            reject(args, ProvisioningRejection::InvalidFilter, text);
            (None, None)
        }
    }
}

/// The filters of a search for users and for groups. A filter that fits one type alone finds none of the
/// other.
pub fn search_filters(args: &Args<'_>, context: &Context) -> (Option<Filter>, Option<Filter>) {
    let Some(text) = args.optional_param("filter", &ANY_TEXT) else { return (None, None) };
    let decode = |resource| {
        let Context { profile, issuer, .. } = context;
        let found = super::filter::decode(text, profile.filters, resource, profile.user, issuer);
        found.map(|(filter, _)| filter)
    };
    let (users, groups) = (decode(ResourceType::User), decode(ResourceType::Group));
    if let (Err(why), Err(_)) = (&users, &groups) {
        let text = format!("Invalid Filter format: {why}");
        reject(args, ProvisioningRejection::InvalidFilter, text);
    }
    let or_none = |filter: Result<Filter, _>| Some(filter.unwrap_or(Filter::Or(Vec::new())));
    (or_none(users), or_none(groups))
}

/// The requested page.
pub fn page(args: &Args<'_>, context: &Context, resource: ResourceType) -> FindPage {
    args.required_param("tenant", &ANY_TEXT);
    match context.profile.paging {
        Paging::Fixed => FindPage::After(PageRequest { limit: HUAWEI_PAGE, after: None }),
        Paging::Cursor => cursor_page(args, context, resource),
        Paging::Offset => {
            let count = number(args, "count").unwrap_or(RFC_PAGE_MAX);
            let start = number(args, "startIndex").unwrap_or(1);
            let skip = start.saturating_sub(1);
            FindPage::Offset { skip, limit: count.min(RFC_PAGE_MAX) }
        }
    }
}

fn cursor_page(args: &Args<'_>, context: &Context, resource: ResourceType) -> FindPage {
    let max = context.settings.page_max;
    let range = 1..=i64::try_from(max).unwrap_or(i64::MAX);
    let limit = args.optional_integer_param("count", &range);
    let limit = limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(max);
    let cursor = args.optional_param("cursor", &ANY_TEXT).filter(|cursor| !cursor.is_empty());
    let filter = args.optional_param("filter", &ANY_TEXT).unwrap_or_default();
    let scope = list_scope(context.store.as_str(), resource, filter);
    let after = cursor.and_then(|cursor| {
        let position = page_token::decode(&scope, cursor);
        if position.is_none() {
            reject(args, ProvisioningRejection::InvalidValue, "the cursor is invalid");
        }
        position
    });
    FindPage::After(PageRequest { limit, after })
}

/// Identifies the list that a cursor belongs to. A changed filter makes it another list.
fn list_scope(store: &str, resource: ResourceType, filter: &str) -> String {
    format!("scim {} {store} {filter}", resource.name())
}

/// The cursor of the page after a position, if the client asked for cursors.
pub fn next_cursor(matched: &Matched<'_>, resource: ResourceType, next: u64) -> String {
    let store = matched.tenant.as_ref().map_or("", |tenant| tenant.store.as_str());
    let filter = matched.param("filter").unwrap_or_default();
    page_token::encode(&list_scope(store, resource, filter), next)
}

/// A number of the query. A negative one counts as 0. Source: RFC 7644 §3.4.2.4.
fn number(args: &Args<'_>, name: &str) -> Option<usize> {
    let number = args.optional_integer_param(name, &(i64::MIN..=i64::MAX))?;
    Some(usize::try_from(number).unwrap_or(0))
}

/// The name of a member as the request spells it, in any case.
pub fn member_key<'a>(args: &Args<'a>, name: &'a str) -> &'a str {
    match args.object() {
        Some(object) => key_of(object, name).unwrap_or(name),
        None => name,
    }
}

/// The key of a member, in any case.
pub fn key_of<'a>(object: &'a JsonObject<'a>, name: &str) -> Option<&'a str> {
    let exact = object.keys().find(|key| *key == name);
    exact.or_else(|| object.keys().filter(|key| key.eq_ignore_ascii_case(name)).last())
}

/// Whether a value is neither null nor an empty list, structure or text.
pub fn is_filled(value: &Json<'_>) -> bool {
    match value {
        Json::Null => false,
        Json::Str(text) => !text.is_empty(),
        Json::Array(elements) => !elements.is_empty(),
        Json::Object(members) => !members.is_empty(),
        Json::Bool(_) | Json::Number(_) => true,
    }
}

/// A boolean, or a text that is one in any case.
pub fn flag_of(value: &Json<'_>) -> Option<bool> {
    match value {
        Json::Bool(flag) => Some(*flag),
        Json::Str(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Json::Str(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// The limit of external ids.
pub fn external_id_limit(context: &Context) -> &'static Limit {
    match context.profile.error_form {
        ErrorForm::Aws | ErrorForm::Huawei => &EXTERNAL_ID,
        ErrorForm::Rfc => &RFC_EXTERNAL_ID,
    }
}

/// An external id in the form of the identity stores.
pub fn external_id(context: &Context, id: &str) -> Attributes {
    let text = |text: &str| AttributeValue::Text(text.into());
    let parts = [(Attribute::Issuer, text(&context.issuer)), (Attribute::Id, text(id))];
    parts.into_iter().collect()
}

/// The steps that set or remove the external id of the tenant. Others stay.
pub fn external_id_steps(context: &Context, id: Option<&str>) -> Vec<EditStep> {
    let own = FilterSubject::Attribute(vec![Attribute::Issuer]);
    let own = Filter::Compare(own, equals(&context.issuer, true));
    let (list, change) = (Attribute::ExternalIds, ElementChange::Remove);
    let mut steps = vec![EditStep::Elements { list, matching: Some(own), change }];
    if let Some(id) = id {
        steps.push(EditStep::Append(list, vec![external_id(context, id)]));
    }
    steps
}
