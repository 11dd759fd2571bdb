//! Provisioning tenants and their bearer tokens.

use crate::dialect::Args;
use crate::domain::{AdminChange, AdminQuery, Command, TenantId};

use super::super::limits::PATH_ID;
use super::{change, query};

pub fn create_tenant(args: &Args<'_>) -> Command {
    change(args, AdminChange::CreateTenant)
}

pub fn list_tenants(args: &Args<'_>) -> Command {
    query(args, AdminQuery::Tenants)
}

pub fn delete_tenant(args: &Args<'_>) -> Command {
    change(args, AdminChange::DeleteTenant(tenant_id(args)))
}

pub fn create_token(args: &Args<'_>) -> Command {
    change(args, AdminChange::CreateBearerToken(tenant_id(args)))
}

pub fn list_tokens(args: &Args<'_>) -> Command {
    query(args, AdminQuery::BearerTokens(tenant_id(args)))
}

pub fn delete_token(args: &Args<'_>) -> Command {
    let tenant = tenant_id(args);
    let token = args.required_param("token_id", &PATH_ID).into();
    change(args, AdminChange::DeleteBearerToken { tenant, token })
}

fn tenant_id(args: &Args<'_>) -> TenantId {
    args.required_param("tenant_id", &PATH_ID).into()
}
