//! Queries and changes of what a store holds beside users, groups and memberships.

use std::sync::Arc;

use super::certificate::Certificate;
use super::device::{MfaDevice, Session};
use super::id::{
    CertificateId, DeviceId, IdentityProviderId, SessionId, TenantId, TokenId, UserId,
};
use super::identity_provider::{IdentityProvider, IdpCertificate, NewIdentityProvider};
use super::meta::Timestamp;
use super::password_policy::PasswordPolicy;
use super::service_provider::{ServiceProvider, SpCertificate};
use super::tenant::{BearerToken, Tenant};

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
