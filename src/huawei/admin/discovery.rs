//! What an SDK asks other services for on its way to a store: the instances of Identity Center, and the
//! project of its region in IAM.

use crate::dialect::{Args, ObjectWriter};
use crate::domain::draw;
use crate::domain::{Command, IdentityStoreId, Operation};

use super::super::limits::PROJECT_NAME;
use super::super::operations::{list_scope, page};

/// Every store is the one of an instance of its own. Source: behaviour.md §1, `GET /v1/instances`.
pub fn list_instances(args: &Args<'_>) -> Command {
    Command::ListIdentityStores(page(args, &list_scope(Operation::ListInstances, None, "")))
}

/// Source: behaviour.md §7, `GET /v3/projects?name=<region>`. Assumed: without a name, one region's.
pub fn find_project(args: &Args<'_>) -> Command {
    let name = args.optional_param("name", &PROJECT_NAME);
    Command::FindProject(name.unwrap_or("cn-north-4").to_owned())
}

/// Assumed: the alias is the store's id until somebody changes it, as of the AWS twin.
pub fn instance(object: &mut ObjectWriter<'_>, store: &IdentityStoreId) {
    let id = format!("ins-{:016x}", draw(0, store.as_str(), 0));
    object.text("alias", store.as_str());
    object.text("identity_store_id", store.as_str());
    object.text("instance_id", &id);
    object.text("instance_urn", &format!("IdentityCenter:::instance:{id}"));
}

pub fn project(object: &mut ObjectWriter<'_>, id: &str, name: &str) {
    object.list("projects", [(id, name)], |object, (id, name)| {
        object.flag("enabled", true);
        object.text("id", id);
        object.text("name", name);
    });
}
