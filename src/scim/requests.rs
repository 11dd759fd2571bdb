//! Decodes requests into commands.

use crate::dialect::Args;
use crate::domain::{
    ApiError, Attribute, AttributeCheck, AttributeOperation, AttributePath, AttributeValue,
    Attributes, Change, Command, Constraint, Edit, EditStep, FindPage, GroupId, ProvisioningChange,
    ProvisioningQuery, ProvisioningRejection, Query, UnknownOperation, UserId,
};

use super::filter::ResourceType;
use super::limits::NEW_USER_NAME;
use super::params::{
    Context, DELETION, RESOURCE, check_id, check_ignored, external_id, external_id_limit,
    external_id_steps, filter, flag_of, id, is_filled, member_key, page, reject, search_filters,
};
use super::profile::ErrorForm;
use super::shapes::{ENTERPRISE, ENTERPRISE_URN, GROUP, check_group};
use super::{AbsentActive, UnsupportedAttributes, patch, schemas};

pub fn create_user(args: &Args<'_>) -> Command {
    let context = Context::from_args(args);
    let user = user(args, &context);
    if let Some(name) = user.attributes.text(Attribute::UserName)
        && context.profile.error_form == ErrorForm::Aws
    {
        args.violations().check_text(&args.path().member("userName"), &NEW_USER_NAME, name);
    }
    let mut attributes = user.attributes;
    if let Some(id) = user.external_id {
        attributes
            .set(Attribute::ExternalIds, AttributeValue::List(vec![external_id(&context, id)]));
    }
    check(args, context.profile.check_user, &attributes);
    let absent = context.settings.absent_active;
    let is_rfc = context.profile.error_form == ErrorForm::Rfc;
    let enabled = user.active.unwrap_or(is_rfc || absent != AbsentActive::Disabled);
    change(&context, ProvisioningChange::CreateUser { attributes, enabled })
}

pub fn list_users(args: &Args<'_>) -> Command {
    let context = Context::from_args(args);
    let page = page(args, &context, ResourceType::User);
    let (filter, _) = filter(args, &context, ResourceType::User);
    query(&context, ProvisioningQuery::FindUsers { filter, page })
}

pub fn get_user(args: &Args<'_>) -> Command {
    let context = Context::from_args(args);
    Command::Query(context.store, Query::DescribeUser(UserId::from(id(args))))
}

pub fn put_user(args: &Args<'_>) -> Command {
    let context = Context::from_args(args);
    let id = id(args);
    let new = user(args, &context);
    if let Some(own) = args.raw(member_key(args, "id")) {
        check_id(args, own);
    }
    check(args, context.profile.check_user, &new.attributes);
    let mut steps = Vec::new();
    let shape = context.profile.user;
    let owned = shape.members.iter().map(|member| member.attribute);
    for attribute in owned.chain([Attribute::Enterprise]) {
        let value = new.attributes.get(attribute).map(AttributeValue::from);
        let path = AttributePath::new(attribute);
        steps.push(EditStep::Attribute(AttributeOperation { path, value }));
    }
    steps.extend(external_id_steps(&context, new.external_id));
    let absent = context.settings.absent_active;
    let is_rfc = context.profile.error_form == ErrorForm::Rfc;
    steps.push(EditStep::SetEnabled(
        new.active.unwrap_or(is_rfc || absent == AbsentActive::Enabled),
    ));
    let edit = Edit { steps, check: context.profile.check_user };
    change(&context, ProvisioningChange::EditUser { user: id.into(), edit })
}

pub fn patch_user(args: &Args<'_>) -> Command {
    let context = Context::from_args(args);
    let user = id(args).into();
    let edit = Edit { steps: patch::of_user(args, &context), check: context.profile.check_user };
    change(&context, ProvisioningChange::EditUser { user, edit })
}

pub fn delete_user(args: &Args<'_>) -> Command {
    let context = Context::from_args(args);
    let user = id(args).into();
    Command::Change(context.store, Change::DeleteUser(user, DELETION))
}

pub fn create_group(args: &Args<'_>) -> Command {
    let context = Context::from_args(args);
    let new = group(args, &context);
    let mut attributes = new.attributes;
    if let Some(id) = new.external_id {
        attributes
            .set(Attribute::ExternalIds, AttributeValue::List(vec![external_id(&context, id)]));
    }
    check(args, AttributeCheck(check_group), &attributes);
    let (members, with_members) = (new.members, context.profile.shows_members);
    let unknown = context.profile.unknown_members;
    change(&context, ProvisioningChange::CreateGroup { attributes, members, unknown, with_members })
}

pub fn list_groups(args: &Args<'_>) -> Command {
    let context = Context::from_args(args);
    let page = page(args, &context, ResourceType::Group);
    let (filter, member) = filter(args, &context, ResourceType::Group);
    let with_members = context.profile.shows_members;
    query(&context, ProvisioningQuery::FindGroups { filter, page, member, with_members })
}

pub fn get_group(args: &Args<'_>) -> Command {
    let context = Context::from_args(args);
    let group = GroupId::from(id(args));
    let with_members = context.profile.shows_members;
    query(&context, ProvisioningQuery::DescribeGroup { group, with_members })
}

pub fn put_group(args: &Args<'_>) -> Command {
    let context = Context::from_args(args);
    let id = id(args);
    let new = group(args, &context);
    if let Some(own) = args.raw(member_key(args, "id")) {
        check_id(args, own);
    }
    check(args, AttributeCheck(check_group), &new.attributes);
    let path = AttributePath::new(Attribute::DisplayName);
    let value = new.attributes.get(Attribute::DisplayName).map(AttributeValue::from);
    let mut steps = vec![EditStep::Attribute(AttributeOperation { path, value })];
    steps.extend(external_id_steps(&context, new.external_id));
    steps.push(EditStep::ReplaceMembers(new.members));
    edit_group(&context, id.into(), steps)
}

pub fn patch_group(args: &Args<'_>) -> Command {
    let context = Context::from_args(args);
    let group = id(args).into();
    let steps = patch::of_group(args, &context);
    edit_group(&context, group, steps)
}

/// Searches users and groups. A type without the attributes of the filter has no match.
/// Source: RFC 7644 §3.4.3.
pub fn search(args: &Args<'_>) -> Command {
    let context = Context::from_args(args);
    describe_search(args);
    let page = page(args, &context, ResourceType::User);
    let (skip, limit) = match page {
        FindPage::Offset { skip, limit } => (skip, limit),
        FindPage::After(page) => (0, page.limit),
    };
    let (user_filter, group_filter) = search_filters(args, &context);
    query(&context, ProvisioningQuery::FindResources { user_filter, group_filter, skip, limit })
}

pub fn search_users(args: &Args<'_>) -> Command {
    describe_search(args);
    list_users(args)
}

pub fn search_groups(args: &Args<'_>) -> Command {
    describe_search(args);
    list_groups(args)
}

/// Describes the body. [`super::search_params`] has turned its members into parameters.
fn describe_search(args: &Args<'_>) {
    if args.is_describing() {
        args.optional_text("filter", &super::limits::ANY_TEXT);
        args.optional_integer("startIndex", &(i64::MIN..=i64::MAX));
        args.optional_integer("count", &(i64::MIN..=i64::MAX));
        for name in ["attributes", "excludedAttributes"] {
            args.optional_texts(name, &(0..=usize::MAX), &super::limits::ANY_TEXT);
        }
    }
}

pub fn delete_group(args: &Args<'_>) -> Command {
    let context = Context::from_args(args);
    let group = id(args).into();
    Command::Change(context.store, Change::DeleteGroup(group, DELETION))
}

/// Returns a discovery document. It does not depend on the store.
pub fn discover(args: &Args<'_>) -> Command {
    args.required_param("tenant", &super::limits::ANY_TEXT);
    Command::DescribeAccount
}

pub fn get_resource_type(args: &Args<'_>) -> Command {
    let name = id(args);
    if ResourceType::find(name).is_none() && !args.is_describing() {
        args.violations().reject(unknown_document(name));
    }
    Command::DescribeAccount
}

pub fn get_schema(args: &Args<'_>) -> Command {
    let urn = id(args);
    if !schemas::URNS.contains(&urn) && !args.is_describing() {
        args.violations().reject(unknown_document(urn));
    }
    Command::DescribeAccount
}

fn unknown_document(name: &str) -> ApiError {
    let (method, path) = ("GET".to_owned(), name.to_owned());
    ApiError::UnknownOperation(UnknownOperation::Path { method, path })
}

fn edit_group(context: &Context, group: GroupId, steps: Vec<EditStep>) -> Command {
    let edit = Edit { steps, check: AttributeCheck(check_group) };
    let (lag_ms, with_members) = (context.settings.lag_ms, context.profile.shows_members);
    let unknown = context.profile.unknown_members;
    change(context, ProvisioningChange::EditGroup { group, edit, unknown, lag_ms, with_members })
}

/// A user as a client writes it.
struct UserRequest<'a> {
    attributes: Attributes,
    external_id: Option<&'a str>,
    active: Option<bool>,
}

fn user<'a>(args: &Args<'a>, context: &Context) -> UserRequest<'a> {
    check_schemas(args, context);
    let mut attributes = args.attributes(context.profile.user, RESOURCE);
    if let Some(user) = args.object() {
        check_ignored(args, context, args.path(), context.profile.user, user);
    }
    let enterprise = args.optional_record(member_key(args, ENTERPRISE_URN), |args| {
        if let Some(enterprise) = args.object() {
            check_ignored(args, context, args.path(), &ENTERPRISE, enterprise);
        }
        args.attributes(&ENTERPRISE, RESOURCE)
    });
    if let Some(enterprise) = enterprise.filter(|enterprise| !enterprise.is_empty()) {
        attributes.set(Attribute::Enterprise, AttributeValue::Record(enterprise));
    }
    if context.settings.unsupported == UnsupportedAttributes::Refuse {
        for name in context.profile.unsupported {
            let value = args.raw(member_key(args, name));
            // Empty texts are rejected in every attribute.
            if value.is_some_and(|value| is_filled(value) || value.as_str().is_some()) {
                let text = format!("{name} is not supported");
                reject(args, ProvisioningRejection::InvalidValue, text);
            }
        }
    }
    UserRequest { attributes, external_id: external_id_of(args, context), active: active(args) }
}

/// A group as a client writes it.
struct GroupRequest<'a> {
    attributes: Attributes,
    external_id: Option<&'a str>,
    members: Vec<UserId>,
}

fn group<'a>(args: &Args<'a>, context: &Context) -> GroupRequest<'a> {
    check_schemas(args, context);
    let attributes = args.attributes(&GROUP, RESOURCE);
    let members = args.raw(member_key(args, "members"));
    let members = members.map(|members| patch::members(args, members)).unwrap_or_default();
    if members.len() > context.profile.members_max {
        reject(args, ProvisioningRejection::InvalidValue, "List attribute members is too long");
    }
    GroupRequest { attributes, external_id: external_id_of(args, context), members }
}

fn check_schemas(args: &Args<'_>, context: &Context) {
    args.required_param("tenant", &super::limits::ANY_TEXT);
    let schemas = args.raw(member_key(args, "schemas"));
    if context.profile.requires_schemas && !schemas.is_some_and(is_filled) {
        args.violations().add(&args.path().member("schemas"), Constraint::Required);
    }
}

fn check(args: &Args<'_>, check: AttributeCheck, attributes: &Attributes) {
    if !args.is_describing()
        && let Err(error) = (check.0)(attributes)
    {
        args.violations().reject(error);
    }
}

/// `active`: a boolean, or a text such as `False`. Source: developer guide, PatchUser; Entra ID.
fn active(args: &Args<'_>) -> Option<bool> {
    if args.is_describing() {
        return args.optional_flag("active");
    }
    let key = member_key(args, "active");
    match args.raw(key).map(flag_of) {
        None => None,
        Some(Some(flag)) => Some(flag),
        // Adds the violation.
        Some(None) => args.optional_flag(key),
    }
}

fn external_id_of<'a>(args: &Args<'a>, context: &Context) -> Option<&'a str> {
    args.optional_text(member_key(args, "externalId"), external_id_limit(context))
}

fn query(context: &Context, query: ProvisioningQuery) -> Command {
    Command::Query(context.store.clone(), Query::Provisioning(query))
}

fn change(context: &Context, change: ProvisioningChange) -> Command {
    Command::Change(context.store.clone(), Change::Provisioning(change))
}
