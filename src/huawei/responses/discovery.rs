//! Responses of other services that clients call before those of a store.

use crate::dialect::request::base_url;
use crate::dialect::{Matched, ObjectWriter, json_writer};
use crate::domain::{IdentityStoreId, Instance, Operation, draw};

use super::super::REGION;

/// The name of the account and of the calling user.
const NAME: &str = "idouble";

/// Assumed: the alias is the store id, as on AWS.
pub fn instance(object: &mut ObjectWriter<'_>, store: &IdentityStoreId) {
    let id = format!("ins-{:016x}", store.instance_number());
    object.text("alias", store.as_str());
    object.text("identity_store_id", store.as_str());
    object.text("instance_id", &id);
    object.text("instance_urn", &format!("IdentityCenter:::instance:{id}"));
}

/// Source: the SDK, IdentityStoreDto. Assumed: the values.
pub fn associations(object: &mut ObjectWriter<'_>, instance: &Instance) {
    let authentication = if instance.has_external_provider { "SAML" } else { "PASSWORD" };
    let provisioning = if instance.has_provisioning { "SCIM" } else { "MANUAL" };
    object.list("identity_store_associations", [instance], |object, instance| {
        object.text("identity_store_id", instance.store.as_str());
        object.text("identity_store_type", "IdentityStore");
        object.text("authentication_type", authentication);
        object.texts("provisioning_type", [provisioning]);
        object.text("status", "ENABLED");
    });
}

/// The body of an operation that describes the account.
pub fn account(account: &str, matched: &Matched<'_>) -> Vec<u8> {
    json_writer::object(|object| match matched.route.operation {
        Operation::KeystoneListAuthDomains => domains(object, account, &base_url(matched.head)),
        Operation::GetCallerIdentity => caller(object, account),
        Operation::DescribeRegisteredRegions => {
            object.list("regions", [REGION], |object, region| object.text("region_id", region));
        }
        Operation::GetIdentityCenterServiceStatus => {
            // Source: the SDK's attribute map and Terraform, which waits for `enable`.
            object.text("serviceStatus", "enable");
            object.texts("serviceStatusReasons", []);
        }
        _ => {}
    })
}

/// Source: IAM KeystoneListAuthDomains. The SDK reads the id of the first domain.
fn domains(object: &mut ObjectWriter<'_>, account: &str, base_url: &str) {
    let link = |object: &mut ObjectWriter<'_>, path: &str| {
        object.object("links", |object| object.text("self", &format!("{base_url}{path}")));
    };
    object.list("domains", [account], |object, account| {
        object.text("description", "");
        object.flag("enabled", true);
        object.text("id", account);
        link(object, &format!("/v3/domains/{account}"));
        object.text("name", NAME);
    });
    link(object, "/v3/auth/domains");
}

/// Source: STS GetCallerIdentity. Assumed: the caller is a user of the account.
fn caller(object: &mut ObjectWriter<'_>, account: &str) {
    let id = format!("{:016x}{:016x}", draw(0, account, 0), draw(0, account, 1));
    object.text("account_id", account);
    object.text("principal_id", &id);
    object.text("principal_urn", &format!("iam::{account}:user:{NAME}"));
}

pub fn project(object: &mut ObjectWriter<'_>, id: &str, name: &str) {
    object.list("projects", [(id, name)], |object, (id, name)| {
        object.flag("enabled", true);
        object.text("id", id);
        object.text("name", name);
    });
}
