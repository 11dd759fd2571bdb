//! SCIM provisioning: tenants and their bearer tokens.

use std::sync::Arc;

use super::super::{IdentityStore, check_quota};
use crate::domain::model::{
    AdminOutcome, ApiError, BearerToken, Conflict, Instance, Outcome, ResourceKind, Stamp,
    TENANTS_MAX, TOKENS_MAX, Tenant, TenantId, Timestamp, TokenId, Unauthenticated,
};

/// How long a token is valid. Assumed: a year, as in AWS IAM Identity Center.
const TOKEN_MS: i64 = 365 * 24 * 60 * 60 * 1000;

/// The number of deleted tenants that a store remembers.
const DELETED_TENANTS_MAX: usize = 16;

/// Whether a tenant exists.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::domain) enum TenantStatus {
    /// It exists.
    Active,
    /// It was deleted.
    Deleted,
}

impl IdentityStore {
    /// Creates a tenant. Source: Huawei CreateProvisioningTenant.
    ///
    /// # Errors
    /// See `check_new_tenant`.
    pub(super) fn create_tenant(&mut self, stamp: &Stamp) -> Result<Outcome, ApiError> {
        self.check_new_tenant()?;
        let id = TenantId::from(self.admin.tenants.next_id(self.seed).id);
        let tenant = Arc::new(Tenant { id, created: stamp.at });
        self.admin.tenants.push(tenant.clone());
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

    /// Checks whether a tenant can be created. Source: Huawei user guide, automatic provisioning needs
    /// an external identity provider. Assumed: both errors.
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

    /// The tenants. Source: Huawei ListProvisioningTenants.
    pub(super) fn tenants(&self) -> Outcome {
        AdminOutcome::Tenants(self.admin.tenants.iter().cloned().collect()).into()
    }

    /// Deletes a tenant and its tokens. Source: Huawei DeleteProvisioningTenant.
    ///
    /// # Errors
    /// `NotFound`.
    pub(super) fn delete_tenant(&mut self, id: &TenantId) -> Result<Outcome, ApiError> {
        let position = self.tenant(id)?;
        let tokens = self.admin.tokens.of(position).cloned().collect();
        self.admin.tenants.remove(id.as_str());
        self.admin.tokens.remove_all(position);
        if self.admin.deleted_tenants.len() >= DELETED_TENANTS_MAX {
            self.admin.deleted_tenants.remove(0);
        }
        self.admin.deleted_tenants.push((id.clone(), tokens));
        Ok(Outcome::Done)
    }

    /// Creates a token. Only this outcome has its secret. Source: Huawei CreateBearerToken.
    ///
    /// # Errors
    /// `NotFound` if the tenant is unknown. `QuotaExceeded` if it has [`TOKENS_MAX`] tokens.
    pub(super) fn create_bearer_token(
        &mut self,
        stamp: &Stamp,
        tenant: &TenantId,
    ) -> Result<Outcome, ApiError> {
        let position = self.tenant(tenant)?;
        let count = self.admin.tokens.of(position).count();
        check_quota(ResourceKind::BearerToken, count, TOKENS_MAX)?;
        let new = self.admin.tokens.next_id(self.seed);
        let token = Arc::new(BearerToken {
            id: new.id.into(),
            created: stamp.at,
            expires: Timestamp(stamp.at.0.saturating_add(TOKEN_MS)),
        });
        self.admin.tokens.push(position, token.clone());
        let secret = self.token_secret(&token.id);
        Ok(AdminOutcome::TokenCreated { token, secret }.into())
    }

    /// The tokens of a tenant. Source: Huawei ListBearerTokens.
    ///
    /// # Errors
    /// `NotFound` if the tenant is unknown.
    pub(super) fn bearer_tokens(&self, tenant: &TenantId) -> Result<Outcome, ApiError> {
        let position = self.tenant(tenant)?;
        let tokens = self.admin.tokens.of(position).cloned().collect();
        Ok(AdminOutcome::BearerTokens(tokens).into())
    }

    /// Deletes a token. Source: Huawei DeleteBearerToken.
    ///
    /// # Errors
    /// `NotFound`, tenant first.
    pub(super) fn delete_bearer_token(
        &mut self,
        tenant: &TenantId,
        token: &TokenId,
    ) -> Result<Outcome, ApiError> {
        let position = self.tenant(tenant)?;
        match self.admin.tokens.remove(position, token.as_str()) {
            true => Ok(Outcome::Done),
            false => Err(ApiError::not_found(ResourceKind::BearerToken, token.as_str())),
        }
    }

    /// The secret of a token. It follows from the id, so that a token of a state file opens its tenant.
    fn token_secret(&self, token: &TokenId) -> String {
        self.secret(&format!("bearer token {token}"), 0)
    }

    /// Whether the store has, or had, this tenant.
    pub(in crate::domain) fn tenant_status(&self, tenant: &str) -> Option<TenantStatus> {
        if self.admin.tenants.find(tenant).is_some() {
            return Some(TenantStatus::Active);
        }
        let mut deleted = self.admin.deleted_tenants.iter();
        deleted.any(|(id, _)| id.as_str() == tenant).then_some(TenantStatus::Deleted)
    }

    /// Checks a token of a tenant that the store has or had.
    ///
    /// # Errors
    /// The token has expired, or the tenant has no such token.
    pub(in crate::domain) fn check_token(
        &self,
        now: Timestamp,
        tenant: &str,
        secret: &str,
    ) -> Result<(), Unauthenticated> {
        let current = self.admin.tenants.find(tenant);
        let current = current.into_iter().flat_map(|(position, _)| self.admin.tokens.of(position));
        let deleted = self.admin.deleted_tenants.iter();
        let deleted =
            deleted.filter(|(id, _)| id.as_str() == tenant).flat_map(|(_, tokens)| tokens);
        match current.chain(deleted).find(|token| self.token_secret(&token.id) == secret) {
            Some(token) if now < token.expires => Ok(()),
            Some(_) => Err(Unauthenticated::ExpiredToken),
            None => Err(Unauthenticated::InvalidToken),
        }
    }

    /// The position of a tenant.
    fn tenant(&self, id: &TenantId) -> Result<u64, ApiError> {
        match self.admin.tenants.find(id.as_str()) {
            Some((position, _)) => Ok(position),
            None => Err(ApiError::not_found(ResourceKind::ProvisioningTenant, id.as_str())),
        }
    }
}
