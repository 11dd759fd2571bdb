//! Admin resources: everything in a store except users, groups and memberships. These are MFA devices,
//! sessions, the password policy, the external identity provider, certificates and provisioning
//! tenants.

mod devices;
mod providers;
mod restore;
mod service_provider;
mod tenants;

use std::sync::Arc;

use super::IdentityStore;
use super::table::{OwnedTable, Table};
use crate::domain::model::{
    AdminChange, AdminOutcome, AdminQuery, ApiError, BearerToken, IdentityProvider, IdpCertificate,
    MfaDevice, Outcome, PasswordPolicy, Session, SpCertificate, Stamp, Tenant, TenantId, Timestamp,
};

pub(in crate::domain) use tenants::TenantStatus;

pub use restore::{AdminKind, AdminResource, RestoreError};

/// The admin resources of a store.
#[derive(Clone, Default, Debug)]
pub(super) struct Admin {
    /// By the position of the user.
    devices: OwnedTable<MfaDevice>,
    /// By the position of the user.
    sessions: OwnedTable<Session>,
    policy: PasswordPolicy,
    providers: Table<IdentityProvider>,
    /// By the position of the provider.
    idp_certificates: OwnedTable<IdpCertificate>,
    sp_certificates: Table<SpCertificate>,
    tenants: Table<Tenant>,
    /// By the position of the tenant.
    tokens: OwnedTable<BearerToken>,
    /// The tenants that were deleted last, each with the tokens that it had.
    deleted_tenants: Vec<(TenantId, Vec<Arc<BearerToken>>)>,
}

impl Admin {
    /// Removes the devices and sessions of a deleted user.
    pub(super) fn forget_user(&mut self, position: u64) {
        self.devices.remove_all(position);
        self.sessions.remove_all(position);
    }
}

impl IdentityStore {
    pub(in crate::domain) fn admin_query(
        &self,
        now: Timestamp,
        query: AdminQuery,
    ) -> Result<Outcome, ApiError> {
        match query {
            AdminQuery::MfaDevices(users) => Ok(self.mfa_devices(users)),
            AdminQuery::Sessions(user) => self.sessions(now, user),
            AdminQuery::PasswordPolicy => {
                Ok(AdminOutcome::PasswordPolicy(self.admin.policy).into())
            }
            AdminQuery::IdentityProviders => Ok(self.identity_providers(now)),
            AdminQuery::IdpCertificates(provider) => self.idp_certificates(&provider),
            AdminQuery::SpCertificates => Ok(self.sp_certificates(now)),
            AdminQuery::ServiceProvider => {
                Ok(AdminOutcome::ServiceProvider(self.service_provider(now)).into())
            }
            AdminQuery::Tenants => Ok(self.tenants()),
            AdminQuery::BearerTokens(tenant) => self.bearer_tokens(&tenant),
        }
    }

    pub(super) fn admin_change(
        &mut self,
        stamp: &Stamp,
        change: AdminChange,
    ) -> Result<Outcome, ApiError> {
        use AdminChange as C;
        match change {
            C::RegisterMfaDevice(user) => self.register_mfa_device(stamp, user),
            C::RenameMfaDevice { user, device, display_name } => {
                self.rename_mfa_device(&user, &device, display_name)
            }
            C::DeleteMfaDevice { user, device } => self.delete_mfa_device(&user, &device),
            C::OpenSession { user, ip_address, user_agent } => {
                self.open_session(stamp, user, ip_address, user_agent)
            }
            C::EndSessions { user, sessions } => self.end_sessions(&user, &sessions),
            C::UpdatePasswordPolicy(policy) => {
                self.admin.policy = policy;
                Ok(Outcome::Done)
            }
            C::CreateIdentityProvider(new) => self.create_identity_provider(stamp, new),
            C::UpdateIdentityProvider { provider, entity_id, login_url } => {
                self.update_identity_provider(&provider, entity_id, login_url)
            }
            C::SetProviderEnabled { provider, enabled } => {
                self.set_provider_enabled(&provider, enabled)
            }
            C::DeleteIdentityProvider(provider) => self.delete_identity_provider(&provider),
            C::ImportIdpCertificate { provider, certificate } => {
                self.import_idp_certificate(&provider, *certificate)
            }
            C::DeleteIdpCertificate { provider, certificate } => {
                self.delete_idp_certificate(stamp, &provider, &certificate)
            }
            C::CreateSpCertificate => self.create_sp_certificate(stamp),
            C::ActivateSpCertificate(certificate) => self.activate_sp_certificate(&certificate),
            C::DeleteSpCertificate(certificate) => self.delete_sp_certificate(&certificate),
            C::CreateTenant => self.create_tenant(stamp),
            C::DeleteTenant(tenant) => self.delete_tenant(&tenant),
            C::CreateBearerToken(tenant) => self.create_bearer_token(stamp, &tenant),
            C::DeleteBearerToken { tenant, token } => self.delete_bearer_token(&tenant, &token),
        }
    }
}
