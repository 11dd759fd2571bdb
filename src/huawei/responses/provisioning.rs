//! Provisioning tenants and their bearer tokens.

use std::sync::Arc;

use crate::dialect::ObjectWriter;
use crate::domain::{BearerToken, Tenant};

/// Encodes a tenant, with times in milliseconds. The SCIM endpoint is an address of this server, because
/// clients send their token to it.
///
/// Source: Terraform divides times by 1,000; API reference, CreateProvisioningTenant, for the path.
pub fn tenant(object: &mut ObjectWriter<'_>, base_url: &str, tenant: &Tenant) {
    object.integer("creation_time", tenant.created.0);
    object.text("scim_endpoint", &format!("{base_url}/{}/scim/v2/", tenant.id));
    object.text("tenant_id", tenant.id.as_str());
}

pub fn tenants(object: &mut ObjectWriter<'_>, base_url: &str, tenants: &[Arc<Tenant>]) {
    object.list("provisioning_tenants", tenants, |object, one| tenant(object, base_url, one));
}

pub fn created(object: &mut ObjectWriter<'_>, token: &BearerToken, secret: &str) {
    times(object, token);
    object.text("token", secret);
    object.text("token_id", token.id.as_str());
}

pub fn tokens(object: &mut ObjectWriter<'_>, tokens: &[Arc<BearerToken>]) {
    object.list("bearer_tokens", tokens, |object, token| {
        times(object, token);
        object.text("token_id", token.id.as_str());
    });
}

fn times(object: &mut ObjectWriter<'_>, token: &BearerToken) {
    object.integer("creation_time", token.created.0);
    object.integer("expiration_time", token.expires.0);
}
