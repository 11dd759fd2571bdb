//! The discovery documents: ServiceProviderConfig, ResourceTypes and Schemas, from the rows of the shapes.

use crate::dialect::shape::{MemberAccess, Presence};
use crate::dialect::{Matched, Member, MemberKind, ObjectWriter, Shape};
use crate::domain::Operation;

use super::filter::ResourceType;
use super::limits::RFC_PAGE_MAX;
use super::profile::{Paging, Profile};
use super::shapes::{ENTERPRISE, ENTERPRISE_URN, GROUP, GROUP_URN, LIST_URN, USER_URN};

/// The schemas that are described.
pub const URNS: [&str; 3] = [USER_URN, ENTERPRISE_URN, GROUP_URN];

const RESOURCE_TYPES: [ResourceType; 2] = [ResourceType::User, ResourceType::Group];

const USER_GUIDE: &str = "https://docs.aws.amazon.com/singlesignon/latest/userguide";

/// Writes the document that a request asks for. `base` is the address of the tenant.
pub fn write(object: &mut ObjectWriter<'_>, profile: &Profile, matched: &Matched<'_>, base: &str) {
    let id = matched.param("id").unwrap_or_default();
    match matched.route.operation {
        Operation::ListResourceTypes => list(object, &RESOURCE_TYPES, |object, resource| {
            resource_type(object, profile, base, *resource);
        }),
        Operation::GetResourceType => {
            if let Some(resource) = ResourceType::find(id) {
                resource_type(object, profile, base, resource);
            }
        }
        Operation::ListSchemas => {
            list(object, &URNS, |object, urn| schema(object, profile, base, urn));
        }
        Operation::GetSchema => schema(object, profile, base, id),
        _ => config(object, profile, base),
    }
}

fn list<T>(
    object: &mut ObjectWriter<'_>,
    items: &[T],
    mut write: impl FnMut(&mut ObjectWriter<'_>, &T),
) {
    let count = i64::try_from(items.len()).unwrap_or(i64::MAX);
    object.integer("totalResults", count);
    object.integer("itemsPerPage", count);
    object.integer("startIndex", 1);
    object.texts("schemas", [LIST_URN]);
    object.list("Resources", items, |object, item| write(object, item));
}

fn config(object: &mut ObjectWriter<'_>, profile: &Profile, base: &str) {
    object.texts("schemas", ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"]);
    let uri = format!("{USER_GUIDE}/manage-your-identity-source-idp.html");
    object.text("documentationUri", &uri);
    object.list("authenticationSchemes", [()], |object, ()| {
        object.text("type", profile.scheme_type);
        object.text("name", "OAuth Bearer Token");
        let text = "Authentication scheme using the OAuth Bearer Token Standard";
        object.text("description", text);
        object.text("specUri", "https://www.rfc-editor.org/info/rfc6750");
        object.text("documentationUri", &format!("{USER_GUIDE}/provision-automatically.html"));
        object.flag("primary", true);
    });
    let supported = |object: &mut ObjectWriter<'_>, name: &'static str, is_supported: bool| {
        object.object(name, |object| object.flag("supported", is_supported));
    };
    supported(object, "patch", true);
    object.object("bulk", |object| {
        object.flag("supported", false);
        object.integer("maxOperations", 1);
        object.integer("maxPayloadSize", 1_048_576);
    });
    let page = match profile.paging {
        Paging::Cursor | Paging::Fixed => 50,
        Paging::Offset => i64::try_from(RFC_PAGE_MAX).unwrap_or(i64::MAX),
    };
    object.object("filter", |object| {
        object.flag("supported", true);
        object.integer("maxResults", page);
    });
    supported(object, "changePassword", false);
    supported(object, "sort", false);
    supported(object, "etag", false);
    if profile.has_locations {
        meta(object, "ServiceProviderConfig", &format!("{base}/ServiceProviderConfig"));
    }
}

fn meta(object: &mut ObjectWriter<'_>, resource: &str, location: &str) {
    object.object("meta", |object| {
        object.text("location", location);
        object.text("resourceType", resource);
    });
}

fn resource_type(
    object: &mut ObjectWriter<'_>,
    profile: &Profile,
    base: &str,
    resource: ResourceType,
) {
    let name = resource.name();
    object.texts("schemas", ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"]);
    object.text("id", name);
    object.text("name", name);
    object.text("description", &format!("{name} resource"));
    object.text("endpoint", &format!("/{name}s"));
    object.text("schema", resource.urn());
    if resource == ResourceType::User {
        object.list("schemaExtensions", [()], |object, ()| {
            object.text("schema", ENTERPRISE_URN);
            // Source: developer guide, ListResourceTypes, although users without it are accepted.
            object.flag("required", profile.paging != Paging::Offset);
        });
    }
    meta(object, "ResourceType", &format!("{base}/ResourceTypes/{name}"));
}

fn schema(object: &mut ObjectWriter<'_>, profile: &Profile, base: &str, urn: &str) {
    let (name, description, shape) = match urn {
        USER_URN => ("User", "User Account", profile.user),
        GROUP_URN => ("Group", "Group", &GROUP),
        _ => ("EnterpriseUser", "Enterprise User", &ENTERPRISE),
    };
    object.texts("schemas", ["urn:ietf:params:scim:schemas:core:2.0:Schema"]);
    object.text("id", urn);
    object.text("name", name);
    object.text("description", description);
    let mut attributes: Vec<_> = attributes_of(shape);
    match urn {
        // A patch cannot remove it.
        USER_URN => attributes.push(AttributeRow {
            is_required: profile.paging == Paging::Offset,
            ..AttributeRow::flag("active", "Whether the user is active")
        }),
        GROUP_URN => attributes.push(members_row()),
        _ => {}
    }
    object.list("attributes", &attributes, |object, row| row.write(object));
    meta(object, "Schema", &format!("{base}/Schemas/{urn}"));
}

/// An attribute of a schema. Source: RFC 7643 §7.
struct AttributeRow {
    name: &'static str,
    kind: &'static str,
    is_list: bool,
    description: String,
    is_required: bool,
    mutability: &'static str,
    uniqueness: &'static str,
    choices: &'static [&'static str],
    parts: Vec<AttributeRow>,
}

impl AttributeRow {
    fn new(name: &'static str, kind: &'static str) -> Self {
        Self {
            name,
            kind,
            is_list: false,
            description: name.to_owned(),
            is_required: false,
            mutability: "readWrite",
            uniqueness: "none",
            choices: &[],
            parts: Vec::new(),
        }
    }

    fn flag(name: &'static str, description: &str) -> Self {
        Self { description: description.to_owned(), ..Self::new(name, "boolean") }
    }

    fn from_member(member: &Member) -> Self {
        let (kind, is_list, parts) = match &member.kind {
            MemberKind::Text(_) | MemberKind::Choice(_) => ("string", false, Vec::new()),
            MemberKind::Texts(..) => ("string", true, Vec::new()),
            MemberKind::Flag => ("boolean", false, Vec::new()),
            MemberKind::Record(shape) => ("complex", false, attributes_of(shape)),
            MemberKind::List(shape, _) => ("complex", true, attributes_of(shape)),
        };
        Self {
            is_list,
            is_required: member.presence != Presence::Optional,
            uniqueness: if member.name == "userName" { "server" } else { "none" },
            parts,
            ..Self::new(member.name, kind)
        }
    }

    fn write(&self, object: &mut ObjectWriter<'_>) {
        object.text("name", self.name);
        object.text("type", self.kind);
        object.flag("multiValued", self.is_list);
        object.text("description", &self.description);
        object.flag("required", self.is_required);
        if self.kind == "reference" {
            object.texts("referenceTypes", ["User"]);
        }
        if !self.choices.is_empty() {
            object.texts("canonicalValues", self.choices.iter().copied());
        }
        object.flag("caseExact", self.kind == "reference");
        object.text("mutability", self.mutability);
        object.text("returned", "default");
        object.text("uniqueness", self.uniqueness);
        if !self.parts.is_empty() {
            object.list("subAttributes", &self.parts, |object, part| part.write(object));
        }
    }
}

fn attributes_of(shape: &'static Shape) -> Vec<AttributeRow> {
    let members = shape.members.iter().filter(|member| member.access == MemberAccess::Full);
    members.map(AttributeRow::from_member).collect()
}

fn members_row() -> AttributeRow {
    let immutable =
        |name, kind| AttributeRow { mutability: "immutable", ..AttributeRow::new(name, kind) };
    let parts = vec![
        immutable("value", "string"),
        immutable("$ref", "reference"),
        AttributeRow { choices: &["User"], ..immutable("type", "string") },
    ];
    AttributeRow { is_list: true, parts, ..AttributeRow::new("members", "complex") }
}
