//! What a store holds beside its directory: devices, sessions, policy, external identity providers,
//! certificates, provisioning tenants. Queries and changes on them, told apart here and done in the
//! files of their families.

mod devices;
mod providers;
mod restore;
mod service_provider;
mod tenants;

use std::collections::HashSet;
use std::sync::Arc;

use super::IdentityStore;
use super::table::{Owned, Table};
use crate::domain::model::{
    AdminChange, AdminOutcome, AdminQuery, ApiError, BearerToken, IdentityProvider, IdpCertificate,
    MfaDevice, Outcome, PasswordPolicy, ResourceKind, Session, SpCertificate, Stamp, Tenant,
    Timestamp,
};

pub use restore::{AdminResource, MADE_MAX, RestoreError, Sequence};

/// The state of it.
#[derive(Clone, Debug)]
pub(super) struct Admin {
    /// By the position of their user.
    pub(super) devices: Owned<MfaDevice>,
    /// By the position of their user.
    pub(super) sessions: Owned<Session>,
    pub(super) policy: PasswordPolicy,
    pub(super) providers: Table<IdentityProvider>,
    /// By the position of their provider.
    pub(super) idp_certificates: Owned<IdpCertificate>,
    pub(super) sp_certificates: Table<SpCertificate>,
    pub(super) tenants: Table<Tenant>,
    /// By the position of their tenant.
    pub(super) tokens: Owned<BearerToken>,
    /// How many of each [`Sequence`] were made before this store was loaded, and are gone.
    pub(super) before: [u64; Sequence::ALL.len()],
    /// Ids of things beside the directory that a fixture brought along.
    pub(super) brought: Arc<HashSet<Box<str>>>,
}

impl Admin {
    pub(super) fn new() -> Self {
        Self {
            devices: Owned::new(),
            sessions: Owned::new(),
            policy: PasswordPolicy::default(),
            providers: Table::new(),
            idp_certificates: Owned::new(),
            sp_certificates: Table::new(),
            tenants: Table::new(),
            tokens: Owned::new(),
            before: [0; Sequence::ALL.len()],
            brought: Arc::default(),
        }
    }

    /// Takes away what goes with a user.
    pub(super) fn forget_user(&mut self, position: u64) {
        self.devices.forget(position);
        self.sessions.forget(position);
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

    /// Refuses one more where there are as many as there may be.
    pub(super) fn room(kind: ResourceKind, held: usize, limit: u64) -> Result<(), ApiError> {
        match held as u64 >= limit {
            true => Err(ApiError::QuotaExceeded { kind, limit }),
            false => Ok(()),
        }
    }
}
