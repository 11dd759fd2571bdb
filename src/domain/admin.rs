//! What a store holds beside its directory: devices, sessions, policy, external identity providers,
//! certificates, provisioning tenants. Queries and changes on them, told apart here and done in the
//! files of their families.

use std::collections::HashSet;
use std::sync::Arc;

use super::certificate::Certificate;
use super::devices::{MfaDevice, Session};
use super::error::{ApiError, ResourceKind};
use super::kept::Sequence;
use super::outcome::Outcome;
use super::password_policy::PasswordPolicy;
use super::providers::{IdentityProvider, IdpCertificate, NewIdentityProvider};
use super::provisioning::{BearerToken, Tenant};
use super::resource::{
    CertificateId, DeviceId, IdentityProviderId, SessionId, Stamp, TenantId, Timestamp, TokenId,
    UserId,
};
use super::service_provider::{ServiceProvider, SpCertificate};
use super::store::IdentityStore;
use super::table::{Owned, Table};

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

/// What can be asked. All of it is Huawei's; each variant names the operation in its own words.
#[derive(Clone, PartialEq, Debug)]
pub enum AdminQuery {
    /// The MFA devices of each of these users, in the order asked for.
    MfaDevices(Vec<UserId>),
    /// A user's portal sessions that still hold.
    Sessions(UserId),
    /// The password policy.
    PasswordPolicy,
    /// The external identity providers with their certificates.
    IdentityProviders,
    /// One provider's certificates in full.
    IdpCertificates(IdentityProviderId),
    /// The service provider's own certificates.
    SpCertificates,
    /// What an identity provider has to know of the service provider.
    ServiceProvider,
    /// The provisioning tenants.
    Tenants,
    /// A tenant's bearer tokens, without their secrets.
    BearerTokens(TenantId),
}

/// What can be changed.
#[derive(Clone, PartialEq, Debug)]
#[allow(missing_docs)] // Members are named for what they hold.
pub enum AdminChange {
    /// Registers an MFA device of a user.
    RegisterMfaDevice(UserId),
    /// Gives a device another display name.
    RenameMfaDevice { user: UserId, device: DeviceId, display_name: String },
    /// Removes a device.
    DeleteMfaDevice { user: UserId, device: DeviceId },
    /// Opens a portal session, as a sign-in would. No operation of either vendor does.
    OpenSession { user: UserId, ip_address: Option<String>, user_agent: Option<String> },
    /// Ends those of these sessions that exist.
    EndSessions { user: UserId, sessions: Vec<SessionId> },
    /// Replaces the password policy.
    UpdatePasswordPolicy(PasswordPolicy),
    /// Configures the external identity provider.
    CreateIdentityProvider(NewIdentityProvider),
    /// Replaces its identifier and where it signs in.
    UpdateIdentityProvider { provider: IdentityProviderId, entity_id: String, login_url: String },
    /// Switches it on or off.
    SetProviderEnabled { provider: IdentityProviderId, enabled: bool },
    /// Removes it and its certificates.
    DeleteIdentityProvider(IdentityProviderId),
    /// Adds a certificate to it.
    ImportIdpCertificate { provider: IdentityProviderId, certificate: Box<Certificate> },
    /// Takes one from it.
    DeleteIdpCertificate { provider: IdentityProviderId, certificate: CertificateId },
    /// Makes a certificate of the service provider, not yet the active one.
    CreateSpCertificate,
    /// Makes one the active one.
    ActivateSpCertificate(CertificateId),
    /// Removes one.
    DeleteSpCertificate(CertificateId),
    /// Makes a provisioning tenant.
    CreateTenant,
    /// Removes one and its tokens.
    DeleteTenant(TenantId),
    /// Makes a bearer token of a tenant.
    CreateBearerToken(TenantId),
    /// Revokes one.
    DeleteBearerToken { tenant: TenantId, token: TokenId },
}

/// What came of it.
#[derive(Clone, PartialEq, Debug)]
#[allow(missing_docs)] // Members are named for what they hold.
pub enum AdminOutcome {
    /// A device was registered. `work_flow` is a one-time secret, never kept and never logged.
    MfaRegistration { user: UserId, work_flow: String },
    /// The devices of each user asked about, in that order.
    MfaDevices(Vec<(UserId, Vec<Arc<MfaDevice>>)>),
    /// A user's sessions, or the one that was opened.
    Sessions { user: UserId, sessions: Vec<Arc<Session>> },
    /// The policy.
    PasswordPolicy(PasswordPolicy),
    /// A provider was configured; its certificates, first come first.
    ProviderCreated {
        provider: IdentityProviderId,
        certificates: Vec<CertificateId>,
        service: ServiceProvider,
    },
    /// Providers, each with its certificates.
    IdentityProviders { providers: Vec<Provider>, now: Timestamp },
    /// A provider's certificates.
    IdpCertificates(Vec<Arc<IdpCertificate>>),
    /// The certificate that was imported.
    IdpCertificateImported(CertificateId),
    /// The certificate of the service provider that was made.
    SpCertificateCreated { certificate: Arc<SpCertificate>, now: Timestamp },
    /// The service provider's certificates.
    SpCertificates { certificates: Vec<Arc<SpCertificate>>, now: Timestamp },
    /// The service provider.
    ServiceProvider(ServiceProvider),
    /// The tenant that was made.
    TenantCreated(Arc<Tenant>),
    /// The tenants.
    Tenants(Vec<Arc<Tenant>>),
    /// The token that was made, with its secret, which is never told again, kept or logged.
    TokenCreated { token: Arc<BearerToken>, secret: String },
    /// A tenant's tokens.
    BearerTokens(Vec<Arc<BearerToken>>),
}

/// An identity provider with its certificates.
pub type Provider = (Arc<IdentityProvider>, Vec<Arc<IdpCertificate>>);

impl From<AdminOutcome> for Outcome {
    fn from(outcome: AdminOutcome) -> Self {
        Self::Admin(Box::new(outcome))
    }
}

impl IdentityStore {
    pub(super) fn admin_query(
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
