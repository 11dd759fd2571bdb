//! Automatic provisioning: SCIM tenants of a store, and the bearer tokens that open them.

use std::sync::Arc;

use super::Sequence;
use crate::domain::model::{
    AdminOutcome, ApiError, BearerToken, Conflict, Instance, Outcome, ResourceKind, Stamp,
    TENANTS_MAX, TOKENS_MAX, Tenant, TenantId, Timestamp, TokenId,
};
use crate::domain::store::IdentityStore;

/// How long a token holds. Assumed: a year, as of the AWS twin.
const TOKEN_MS: i64 = 365 * 24 * 60 * 60 * 1000;

impl IdentityStore {
    /// Adds a tenant. Source: Huawei CreateProvisioningTenant.
    ///
    /// # Errors
    /// As `check_new_tenant`.
    pub(super) fn create_tenant(&mut self, stamp: &Stamp) -> Result<Outcome, ApiError> {
        self.check_new_tenant()?;
        let id = TenantId::from(self.next_id(Sequence::Tenant));
        let tenant = Arc::new(Tenant { id: id.clone(), created: stamp.at });
        self.admin.tenants.push(tenant.id.as_str(), tenant.clone());
        Ok(AdminOutcome::TenantCreated(tenant).into())
    }

    /// The instance of this store.
    pub fn instance(&self) -> Instance {
        Instance {
            store: self.id().clone(),
            has_external_provider: self.admin.providers.iter().any(|provider| provider.enabled),
            has_provisioning: self.admin.tenants.iter().next().is_some(),
        }
    }

    /// Whether a tenant may be added.
    ///
    /// Source: the user manual, automatic provisioning needs an external identity provider. Assumed:
    /// both errors.
    ///
    /// # Errors
    /// `Conflict` if the store has no external identity provider, or has a tenant.
    fn check_new_tenant(&self) -> Result<(), ApiError> {
        if self.admin.providers.len() == 0 {
            return Err(ApiError::Conflict(Conflict::NoProvider));
        }
        if self.admin.tenants.len() as u64 >= TENANTS_MAX {
            return Err(ApiError::Conflict(Conflict::TenantExists));
        }
        Ok(())
    }

    /// Source: Huawei ListProvisioningTenants.
    pub(super) fn tenants(&self) -> Outcome {
        AdminOutcome::Tenants(self.admin.tenants.iter().cloned().collect()).into()
    }

    /// Removes a tenant and its tokens. Source: Huawei DeleteProvisioningTenant.
    ///
    /// # Errors
    /// `NotFound`.
    pub(super) fn delete_tenant(&mut self, id: &TenantId) -> Result<Outcome, ApiError> {
        let position = self.tenant(id)?;
        self.admin.tenants.remove(id.as_str());
        self.admin.tokens.forget(position);
        Ok(Outcome::Done)
    }

    /// Makes a token. Its secret is in the answer, and nowhere else. Source: Huawei CreateBearerToken.
    ///
    /// # Errors
    /// `NotFound` where the tenant is unknown; `QuotaExceeded` where it has as many as it may.
    pub(super) fn create_bearer_token(
        &mut self,
        stamp: &Stamp,
        tenant: &TenantId,
    ) -> Result<Outcome, ApiError> {
        let position = self.tenant(tenant)?;
        let held = self.admin.tokens.of(position).len();
        Self::room(ResourceKind::BearerToken, held, TOKENS_MAX)?;
        let n = self.made(Sequence::BearerToken);
        let token = Arc::new(BearerToken {
            id: self.next_id(Sequence::BearerToken).into(),
            created: stamp.at,
            expires: Timestamp(stamp.at.0.saturating_add(TOKEN_MS)),
        });
        self.admin.tokens.push(position, token.clone());
        let secret = self.secret("bearer token secret", n);
        Ok(AdminOutcome::TokenCreated { token, secret }.into())
    }

    /// Source: Huawei ListBearerTokens.
    ///
    /// # Errors
    /// `NotFound` where the tenant is unknown.
    pub(super) fn bearer_tokens(&self, tenant: &TenantId) -> Result<Outcome, ApiError> {
        let position = self.tenant(tenant)?;
        Ok(AdminOutcome::BearerTokens(self.admin.tokens.of(position).to_vec()).into())
    }

    /// Source: Huawei DeleteBearerToken.
    ///
    /// # Errors
    /// `NotFound`, tenant first.
    pub(super) fn delete_bearer_token(
        &mut self,
        tenant: &TenantId,
        token: &TokenId,
    ) -> Result<Outcome, ApiError> {
        let position = self.tenant(tenant)?;
        match self.admin.tokens.retain(position, |one| one.id != *token) {
            0 => Err(ApiError::not_found(ResourceKind::BearerToken, token.as_str())),
            _ => Ok(Outcome::Done),
        }
    }

    pub(super) fn tenant(&self, id: &TenantId) -> Result<u64, ApiError> {
        let found = self.admin.tenants.find(id.as_str()).map(|(position, _)| position);
        found.ok_or_else(|| ApiError::not_found(ResourceKind::ProvisioningTenant, id.as_str()))
    }
}
