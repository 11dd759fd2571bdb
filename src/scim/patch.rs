//! Decodes the patches of users and groups into steps. Source: RFC 7644 §3.5.2; developer guide,
//! PatchUser and PatchGroup.
//!
//! Assumed: a value filter that no element meets creates one; a structure is merged, not replaced.

use std::borrow::Cow;

use crate::dialect::json::{self, Json, JsonObject};
use crate::dialect::{Args, FieldPath, KeyCase, Member, MemberKind, Shape};
use crate::domain::{
    Attribute, AttributeOperation, AttributePath, AttributeValue, Attributes, EditStep,
    ElementChange, Filter, FilterSubject, ProvisioningRejection as Why, UserId,
};

use super::filter::{
    PatchPath, ResourceType, equalities, is_equality, parse_path, resolve_element,
};
use super::limits::{ANY_TEXT, OPERATIONS};
use super::params::{
    Context, RESOURCE, check_id, check_ignored, check_ignored_in, external_id_limit,
    external_id_steps, flag_of, is_filled, key_of, member_key, reject,
};
use super::shapes::{ENTERPRISE, ENTERPRISE_URN, GROUP, GROUP_URN, USER_URN};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Op {
    Add,
    Replace,
    Remove,
}

/// The steps of a patch of a user.
pub fn of_user(args: &Args<'_>, context: &Context) -> Vec<EditStep> {
    let mut patch = PatchReader::new(args, context, ResourceType::User);
    patch.read();
    patch.steps
}

/// The steps of a patch of a group.
pub fn of_group(args: &Args<'_>, context: &Context) -> Vec<EditStep> {
    let mut patch = PatchReader::new(args, context, ResourceType::Group);
    patch.read();
    if patch.members > context.profile.members_max {
        reject(args, Why::InvalidValue, "List attribute members is too long");
    }
    patch.steps
}

/// The ids in a list of members, or in one member.
pub fn members(args: &Args<'_>, value: &Json<'_>) -> Vec<UserId> {
    let elements = match value {
        Json::Array(elements) => elements.as_slice(),
        one => std::slice::from_ref(one),
    };
    let mut ids = Vec::new();
    for element in elements {
        let id = match element {
            Json::Object(member) => key_of(member, "value")
                .and_then(|key| json::member(member, key))
                .and_then(Json::as_str),
            other => other.as_str(),
        };
        match id.filter(|id| !id.is_empty()) {
            Some(id) => ids.push(UserId::from(id)),
            None => reject(args, Why::InvalidValue, "a member has no value"),
        }
    }
    ids
}

struct PatchReader<'p, 'a> {
    args: &'p Args<'a>,
    context: &'p Context,
    resource: ResourceType,
    steps: Vec<EditStep>,
    /// The number of members that are added and removed.
    members: usize,
    /// The attributes of [`super::profile::PatchRules::once`] that were changed.
    changed: Vec<&'static str>,
}

impl<'p, 'a> PatchReader<'p, 'a> {
    fn new(args: &'p Args<'a>, context: &'p Context, resource: ResourceType) -> Self {
        let (steps, changed) = (Vec::new(), Vec::new());
        Self { args, context, resource, steps, members: 0, changed }
    }

    fn reject(&self, why: Why, text: impl Into<String>) {
        reject(self.args, why, text);
    }

    fn read(&mut self) {
        let args = self.args;
        if args.is_describing() {
            args.require("Operations");
            args.optional_records("Operations", &OPERATIONS, |args| {
                args.required_text("op", &ANY_TEXT);
                args.optional_text("path", &ANY_TEXT);
            });
            return;
        }
        let key = member_key(args, "Operations");
        args.require(key);
        args.optional_records(key, &OPERATIONS, |args| self.operation(args));
    }

    fn operation(&mut self, args: &Args<'_>) {
        let op = args.required_text(member_key(args, "op"), &ANY_TEXT);
        let op = match op.to_ascii_lowercase().as_str() {
            "add" => Op::Add,
            "replace" => Op::Replace,
            "remove" => Op::Remove,
            _ => return self.reject(Why::InvalidSyntax, format!("unknown op {op:?}")),
        };
        let path = args.optional_text(member_key(args, "path"), &ANY_TEXT);
        let value =
            args.object().and_then(|object| json::member(object, member_key(args, "value")));
        if !self.has_value(op, value) {
            return self.reject(Why::InvalidValue, "an operation has no value");
        }
        match path {
            Some(path) if !path.is_empty() => match parse_path(path) {
                Ok(path) if is_core(&path) && op != Op::Remove => self.attributes(op, value),
                Ok(path) => self.apply(op, &path, value),
                Err(why) => self.reject(Why::InvalidPath, format!("invalid path {path:?}: {why}")),
            },
            _ if op == Op::Remove => {
                self.reject(Why::InvalidPath, "Missing path in PATCH request");
            }
            _ => {
                let written = value.and_then(Json::as_object).map(json::members);
                let written = written.into_iter().flatten();
                let count = written.filter(|(name, _)| !is_read_only(name)).count();
                if count != 1 && !self.context.profile.patches.several_attributes {
                    let text = "Current PATCH support allows omitting \"path\" attribute only for Add and Replace operations modifying a single attribute.";
                    return self.reject(Why::SeveralAttributes, text);
                }
                self.attributes(op, value);
            }
        }
    }

    /// Whether an operation has the value that it needs.
    fn has_value(&self, op: Op, value: Option<&Json<'_>>) -> bool {
        match (op, value) {
            (Op::Remove, _) => true,
            (Op::Replace, Some(Json::Null)) => self.context.profile.patches.null_removes,
            (Op::Add | Op::Replace, value) => value.is_some_and(|value| !value.is_null()),
        }
    }

    /// Applies each member of a value as if its name was the path of the operation.
    fn attributes(&mut self, op: Op, value: Option<&Json<'_>>) {
        let Some(Json::Object(members)) = value else {
            return self.reject(Why::InvalidValue, "the value is not an object");
        };
        for (name, value) in json::members(members) {
            if is_read_only(name) {
                if name.eq_ignore_ascii_case("id") {
                    check_id(self.args, value);
                }
                continue;
            }
            if !self.has_value(op, Some(value)) {
                // RFC 7643 §2.5: a null member is an absent one.
                if !self.context.profile.patches.null_removes {
                    self.reject(Why::InvalidValue, format!("{name} has no value"));
                }
                continue;
            }
            match parse_path(name) {
                Ok(path) => self.apply(op, &path, Some(value)),
                Err(why) => self.reject(Why::InvalidPath, format!("invalid path {name:?}: {why}")),
            }
        }
    }

    /// Applies an operation with a path, if the profile supports the path's filter. Replacing by null
    /// removes.
    fn apply(&mut self, op: Op, path: &PatchPath, value: Option<&Json<'_>>) {
        let value = value.filter(|value| !value.is_null());
        let op = if value.is_none() { Op::Remove } else { op };
        let is_supported = self.context.profile.patches.whole_grammar
            || path.filter.as_ref().is_none_or(is_equality);
        if !is_supported {
            let text = format!("the filter of {path} is not supported");
            return self.reject(Why::InvalidFilter, text);
        }
        match self.resource {
            ResourceType::User => self.change_user(op, path, value),
            ResourceType::Group => self.change_group(op, path, value),
        }
    }

    fn change_user(&mut self, op: Op, path: &PatchPath, value: Option<&Json<'_>>) {
        let urn = path.attribute.urn.as_deref();
        let is = |name: &str| path.attribute.name.eq_ignore_ascii_case(name);
        let is_extension = urn.is_some_and(|urn| urn.eq_ignore_ascii_case(ENTERPRISE_URN));
        if urn.is_some_and(|urn| !urn.eq_ignore_ascii_case(USER_URN)) && !is_extension {
            return self.unknown(path);
        }
        if is_extension && path.attribute.name.is_empty() || urn.is_none() && is("enterprise") {
            return match &path.part {
                None => self.whole_record(op, &[Attribute::Enterprise], &ENTERPRISE, value),
                Some(part) => self.enterprise_part(op, path, part, None, value),
            };
        }
        if is_extension || urn.is_none() && is("manager") {
            let (name, part) = (&path.attribute.name, path.part.as_deref());
            return self.enterprise_part(op, path, name, part, value);
        }
        let is_plain = path.part.is_none() && path.filter.is_none();
        if !is_plain && (is("active") || is("externalId")) {
            return self.unknown(path);
        }
        for once in self.context.profile.patches.once {
            if is(once) {
                if op == Op::Remove {
                    return self.reject(Why::Mutability, format!("{once} cannot be removed"));
                }
                if self.changed.contains(once) {
                    return self
                        .reject(Why::InvalidSyntax, format!("{once} can be changed only once"));
                }
                self.changed.push(once);
            }
        }
        if is("active") {
            return self.active(op, value);
        }
        if is("externalId") {
            return self.external_id(op, value);
        }
        if is_read_only(&path.attribute.name) || is("groups") {
            return self.reject(Why::Mutability, format!("{} is read-only", path.attribute.name));
        }
        match self.context.profile.user.find(&path.attribute.name, KeyCase::Any) {
            Some(member) => self.member(op, path, member, value),
            None => self.unknown(path),
        }
    }

    fn unknown(&self, path: &PatchPath) {
        self.reject(Why::InvalidPath, format!("unknown attribute {path}"));
    }

    fn active(&mut self, op: Op, value: Option<&Json<'_>>) {
        match (op, value) {
            // A user without `active` is enabled; see `requests.rs`.
            (Op::Remove, _) => self.steps.push(EditStep::SetEnabled(true)),
            (_, Some(value)) if flag_of(value).is_some() => {
                self.steps.extend(flag_of(value).map(EditStep::SetEnabled));
            }
            _ => self.reject(Why::InvalidValue, "active is not a boolean"),
        }
    }

    fn external_id(&mut self, op: Op, value: Option<&Json<'_>>) {
        let id = match (op, value) {
            (Op::Remove, _) => None,
            (_, Some(Json::Str(id))) => {
                let path = FieldPath::ROOT.member("externalId");
                self.args.violations().check_text(&path, external_id_limit(self.context), id);
                Some(&**id)
            }
            _ => return self.reject(Why::InvalidValue, "externalId is not a text"),
        };
        self.steps.extend(external_id_steps(self.context, id));
    }

    /// A part of the enterprise extension. The manager may be a text.
    fn enterprise_part(
        &mut self,
        op: Op,
        path: &PatchPath,
        name: &str,
        part: Option<&str>,
        value: Option<&Json<'_>>,
    ) {
        let Some(member) = ENTERPRISE.find(name, KeyCase::Any) else { return self.unknown(path) };
        let parents = [Attribute::Enterprise, member.attribute];
        match &member.kind {
            MemberKind::Record(shape) => match (part, value) {
                (Some(part), _) => self.part(op, path, &parents, shape, part, value),
                (None, Some(Json::Str(_))) if op != Op::Remove => {
                    self.part(op, path, &parents, shape, "value", value);
                }
                (None, _) => self.whole_record(op, &parents, shape, value),
            },
            _ if part.is_some() => self.unknown(path),
            _ => self.part(op, path, &[Attribute::Enterprise], &ENTERPRISE, name, value),
        }
    }

    /// A member of the user.
    fn member(
        &mut self,
        op: Op,
        path: &PatchPath,
        member: &'static Member,
        value: Option<&Json<'_>>,
    ) {
        match &member.kind {
            MemberKind::List(shape, _) => self.list(op, path, member, shape, value),
            _ if path.filter.is_some() => self.unknown(path),
            MemberKind::Record(shape) => match &path.part {
                Some(part) => self.part(op, path, &[member.attribute], shape, part, value),
                None => self.whole_record(op, &[member.attribute], shape, value),
            },
            MemberKind::Text(_)
            | MemberKind::Choice(_)
            | MemberKind::Flag
            | MemberKind::Texts(..) => match path.part {
                Some(_) => self.unknown(path),
                None => self.set(op, &[], member, value),
            },
        }
    }

    /// A part of a structure.
    fn part(
        &mut self,
        op: Op,
        path: &PatchPath,
        parents: &[Attribute],
        shape: &'static Shape,
        part: &str,
        value: Option<&Json<'_>>,
    ) {
        match shape.find(part, KeyCase::Any) {
            Some(member) => self.set(op, parents, member, value),
            None => self.unknown(path),
        }
    }

    /// A structure. Sets the members that the value has and keeps the others.
    fn whole_record(
        &mut self,
        op: Op,
        parents: &[Attribute],
        shape: &'static Shape,
        value: Option<&Json<'_>>,
    ) {
        match (op, value) {
            (Op::Remove, _) => self.step(parents, None),
            (_, Some(Json::Object(record))) => {
                let values = self.decode_record(shape, record);
                for (attribute, value) in values.iter() {
                    self.step(&[parents, &[attribute]].concat(), Some(value.into()));
                }
            }
            _ => self.reject(Why::InvalidValue, "the value is not an object"),
        }
    }

    /// A structure's members. A manager may be a text.
    fn decode_record(&self, shape: &'static Shape, record: &JsonObject<'_>) -> Attributes {
        check_ignored(self.args, self.context, &FieldPath::ROOT, shape, record);
        let is_record = |key| {
            let member = shape.find(key, KeyCase::Any);
            member.is_some_and(|member| matches!(member.kind, MemberKind::Record(_)))
        };
        let members = json::members(record).into_iter().map(|(key, value)| match value {
            Json::Str(text) if is_record(key) => {
                let value = Json::Str(Cow::Borrowed(text));
                (key, Json::Object(JsonObject::from_iter([("value", value)])))
            }
            other => (key, other.clone()),
        });
        let record: JsonObject<'_> = members.collect();
        shape.decode(&record, &FieldPath::ROOT, self.args.violations(), RESOURCE)
    }

    fn set(
        &mut self,
        op: Op,
        parents: &[Attribute],
        member: &'static Member,
        value: Option<&Json<'_>>,
    ) {
        let steps = [parents, &[member.attribute]].concat();
        match value.filter(|_| op != Op::Remove) {
            None => self.step(&steps, None),
            Some(value) => {
                let path = FieldPath::ROOT.member(member.name);
                let value = member.decode(value, &path, self.args.violations(), RESOURCE);
                if let Some(value) = value {
                    self.step(&steps, Some(value));
                }
            }
        }
    }

    fn step(&mut self, steps: &[Attribute], value: Option<AttributeValue>) {
        let Some((first, rest)) = steps.split_first() else { return };
        let mut path = Some(AttributePath::new(*first));
        for part in rest {
            path = path.and_then(|path| path.to(*part));
        }
        // The shapes are not nested deeper than a path can be.
        if let Some(path) = path {
            self.steps.push(EditStep::Attribute(AttributeOperation { path, value }));
        }
    }

    fn list(
        &mut self,
        op: Op,
        path: &PatchPath,
        member: &'static Member,
        shape: &'static Shape,
        value: Option<&Json<'_>>,
    ) {
        let list = member.attribute;
        let matching = match path.filter.as_ref().map(|filter| resolve_element(filter, shape)) {
            None => None,
            Some(Ok(filter)) => Some(filter),
            Some(Err(why)) => return self.reject(Why::InvalidFilter, why),
        };
        let change = match (&path.part, op, value) {
            (None, Op::Remove, _) if matching.is_some() => ElementChange::Remove,
            (None, _, _) if matching.is_none() => return self.whole_list(op, member, value),
            (None, _, Some(Json::Object(element))) => {
                let attributes = self.decode_record(shape, element);
                ElementChange::Set { attributes, otherwise: self.template(list, shape, &matching) }
            }
            (None, _, _) => return self.reject(Why::InvalidValue, "the value is not an object"),
            (Some(part), _, _) => {
                let Some(part) = shape.find(part, KeyCase::Any) else { return self.unknown(path) };
                match value.filter(|_| op != Op::Remove) {
                    None => ElementChange::RemovePart(part.attribute),
                    Some(value) => {
                        let field = FieldPath::ROOT.member(member.name);
                        let field = field.member(part.name);
                        let value = part.decode(value, &field, self.args.violations(), RESOURCE);
                        let Some(value) = value else { return };
                        let attributes = [(part.attribute, value)].into_iter().collect();
                        ElementChange::Set {
                            attributes,
                            otherwise: self.template(list, shape, &matching),
                        }
                    }
                }
            }
        };
        self.steps.push(EditStep::Elements { list, matching, change });
    }

    /// The element that is added if no element meets the filter.
    fn template(
        &self,
        list: Attribute,
        shape: &'static Shape,
        matching: &Option<Filter>,
    ) -> Attributes {
        let mut template: Attributes =
            matching.iter().flat_map(equalities).collect::<Vec<_>>().into_iter().collect();
        for member in shape.members {
            if let (MemberKind::Text(limit), Some(text)) =
                (&member.kind, template.text(member.attribute))
            {
                let path = FieldPath::ROOT.member(member.name);
                self.args.violations().check_text(&path, limit, text);
            }
        }
        if list == Attribute::Emails && self.context.profile.primary_email {
            template.set(Attribute::Primary, AttributeValue::Flag(true));
        }
        template
    }

    /// A list, or one element. Elements without a member that is kept count as absent.
    fn whole_list(&mut self, op: Op, member: &'static Member, value: Option<&Json<'_>>) {
        let elements = match value.filter(|_| op != Op::Remove) {
            None => return self.step(&[member.attribute], None),
            Some(Json::Array(elements)) => elements.clone(),
            Some(one) => vec![one.clone()],
        };
        let mut decoded = Vec::new();
        if !elements.is_empty() {
            let (path, violations) = (FieldPath::ROOT.member(member.name), self.args.violations());
            let elements = Json::Array(elements);
            check_ignored_in(self.args, self.context, &path, member, &elements);
            let value = member.decode(&elements, &path, violations, RESOURCE);
            let Some(AttributeValue::List(elements)) = value else { return };
            decoded = elements;
        }
        decoded.retain(|element| !element.is_empty());
        match op {
            Op::Add if decoded.is_empty() => {}
            Op::Add => self.steps.push(EditStep::Append(member.attribute, decoded)),
            Op::Replace | Op::Remove => {
                let list = (!decoded.is_empty()).then_some(AttributeValue::List(decoded));
                self.step(&[member.attribute], list);
            }
        }
    }

    fn change_group(&mut self, op: Op, path: &PatchPath, value: Option<&Json<'_>>) {
        let is = |name: &str| path.attribute.name.eq_ignore_ascii_case(name);
        let own_urn =
            path.attribute.urn.as_ref().is_none_or(|urn| urn.eq_ignore_ascii_case(GROUP_URN));
        let is_plain = path.part.is_none() && path.filter.is_none();
        match own_urn {
            true if is("members") || is("member") => self.group_members(op, path, value),
            true if is("externalId") && is_plain => self.external_id(op, value),
            true if is("displayName") && is_plain => {
                if let Some(member) = GROUP.find("displayName", KeyCase::Exact) {
                    self.set(op, &[], member, value);
                }
            }
            true if is_read_only(&path.attribute.name) => {
                let text = format!("{} is read-only", path.attribute.name);
                self.reject(Why::Mutability, text);
            }
            _ => self.unknown(path),
        }
    }

    fn group_members(&mut self, op: Op, path: &PatchPath, value: Option<&Json<'_>>) {
        if path.part.as_ref().is_some_and(|part| !part.eq_ignore_ascii_case("value")) {
            return self.unknown(path);
        }
        let replaces = self.context.profile.patches.replaces_members;
        let step = match (op, &path.filter, value) {
            (Op::Remove, Some(filter), _) => {
                let found = resolve_element(filter, &MEMBER);
                let equal = found.map(|found| member_ids(&found));
                match equal {
                    Ok(Some(ids)) => EditStep::RemoveMembers(ids),
                    Ok(None) | Err(_) => {
                        let text = format!("the filter of {path} is not supported");
                        return self.reject(Why::InvalidFilter, text);
                    }
                }
            }
            (_, Some(_), _) => {
                return self.reject(Why::InvalidPath, format!("{path} cannot be changed"));
            }
            (Op::Add, None, Some(value)) => EditStep::AddMembers(members(self.args, value)),
            (Op::Remove, None, Some(value)) if is_filled(value) || !replaces => {
                EditStep::RemoveMembers(members(self.args, value))
            }
            (Op::Replace, None, Some(value)) if replaces => {
                EditStep::ReplaceMembers(members(self.args, value))
            }
            (Op::Remove, None, _) if replaces => EditStep::ReplaceMembers(Vec::new()),
            (Op::Remove | Op::Replace, None, _) => {
                return self.reject(Why::InvalidValue, "all members cannot be replaced or removed");
            }
            (Op::Add, None, None) => {
                return self.reject(Why::InvalidValue, "an operation has no value");
            }
        };
        if let EditStep::AddMembers(ids)
        | EditStep::RemoveMembers(ids)
        | EditStep::ReplaceMembers(ids) = &step
        {
            self.members += ids.len();
        }
        self.steps.push(step);
    }
}

/// A member of a group, for the filters of patches.
static MEMBER: Shape = crate::dialect::shape(
    "member",
    &[crate::dialect::shape::text("value", Attribute::Value, &ANY_TEXT)],
);

/// The ids of a filter that compares ids for equality alone.
fn member_ids(filter: &Filter) -> Option<Vec<UserId>> {
    use crate::domain::{Comparison, Operator};
    match filter {
        Filter::Or(any) => Some(any.iter().map(member_ids).collect::<Option<Vec<_>>>()?.concat()),
        Filter::Compare(
            FilterSubject::Attribute(_),
            Comparison::Text { operator: Operator::Equal, value, .. },
        ) => Some(vec![UserId::from(value.as_str())]),
        _ => None,
    }
}

/// Whether a path is the schema of users or groups alone.
fn is_core(path: &PatchPath) -> bool {
    let urn = path.attribute.urn.as_deref().filter(|_| path.attribute.name.is_empty());
    urn.is_some_and(|urn| [USER_URN, GROUP_URN].iter().any(|core| core.eq_ignore_ascii_case(urn)))
}

fn is_read_only(name: &str) -> bool {
    ["id", "schemas", "meta"].iter().any(|known| known.eq_ignore_ascii_case(name))
}
