//! Queries and changes of admin resources: everything in a store except users, groups and memberships.

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

/// A query of admin resources. All of them are operations of Huawei.
#[derive(Clone, PartialEq, Debug)]
pub enum AdminQuery {
    /// The MFA devices of each of these users, in this order.
    MfaDevices(Vec<UserId>),
    /// The portal sessions of a user that have not expired.
    Sessions(UserId),
    /// The password policy.
    PasswordPolicy,
    /// The external identity providers with their certificates.
    IdentityProviders,
    /// The certificates of a provider in full.
    IdpCertificates(IdentityProviderId),
    /// The certificates of the service provider.
    SpCertificates,
    /// What an identity provider needs to know about the service provider.
    ServiceProvider,
    /// The provisioning tenants.
    Tenants,
    /// The bearer tokens of a tenant, without their secrets.
    BearerTokens(TenantId),
}

/// A change of admin resources.
#[derive(Clone, PartialEq, Debug)]
#[allow(missing_docs)] // The members need no description.
pub enum AdminChange {
    /// Registers an MFA device of a user.
    RegisterMfaDevice(UserId),
    /// Changes the display name of a device.
    RenameMfaDevice { user: UserId, device: DeviceId, display_name: String },
    /// Deletes a device.
    DeleteMfaDevice { user: UserId, device: DeviceId },
    /// Opens a portal session, as a sign-in would. No operation of a vendor does this.
    OpenSession { user: UserId, ip_address: Option<String>, user_agent: Option<String> },
    /// Ends those of these sessions that exist.
    EndSessions { user: UserId, sessions: Vec<SessionId> },
    /// Replaces the password policy.
    UpdatePasswordPolicy(PasswordPolicy),
    /// Configures the external identity provider.
    CreateIdentityProvider(NewIdentityProvider),
    /// Replaces the entity id and the login URL of a provider.
    UpdateIdentityProvider { provider: IdentityProviderId, entity_id: String, login_url: String },
    /// Enables or disables a provider.
    SetProviderEnabled { provider: IdentityProviderId, enabled: bool },
    /// Deletes a provider and its certificates.
    DeleteIdentityProvider(IdentityProviderId),
    /// Adds a certificate to a provider.
    ImportIdpCertificate { provider: IdentityProviderId, certificate: Box<Certificate> },
    /// Deletes a certificate of a provider.
    DeleteIdpCertificate { provider: IdentityProviderId, certificate: CertificateId },
    /// Creates an inactive certificate of the service provider.
    CreateSpCertificate,
    /// Activates a certificate of the service provider.
    ActivateSpCertificate(CertificateId),
    /// Deletes a certificate of the service provider.
    DeleteSpCertificate(CertificateId),
    /// Creates a provisioning tenant.
    CreateTenant,
    /// Deletes a tenant and its tokens.
    DeleteTenant(TenantId),
    /// Creates a bearer token of a tenant.
    CreateBearerToken(TenantId),
    /// Deletes a bearer token.
    DeleteBearerToken { tenant: TenantId, token: TokenId },
}

/// The result of a query or change of admin resources.
#[derive(Clone, PartialEq, Debug)]
#[allow(missing_docs)] // The members need no description.
pub enum AdminOutcome {
    /// A new device. `work_flow` is a one-time secret, which is neither stored nor logged.
    MfaRegistration { user: UserId, work_flow: String },
    /// The devices of each user, in the order of the request.
    MfaDevices(Vec<(UserId, Vec<Arc<MfaDevice>>)>),
    /// The sessions of a user, or the new one.
    Sessions { user: UserId, sessions: Vec<Arc<Session>> },
    /// The password policy.
    PasswordPolicy(PasswordPolicy),
    /// A new provider with its certificates, oldest first.
    ProviderCreated {
        provider: IdentityProviderId,
        certificates: Vec<CertificateId>,
        service: ServiceProvider,
    },
    /// The providers, each with its certificates.
    IdentityProviders { providers: Vec<Provider>, now: Timestamp },
    /// The certificates of a provider.
    IdpCertificates(Vec<Arc<IdpCertificate>>),
    /// A new certificate of a provider.
    IdpCertificateImported(CertificateId),
    /// A new certificate of the service provider.
    SpCertificateCreated { certificate: Arc<SpCertificate>, now: Timestamp },
    /// The certificates of the service provider.
    SpCertificates { certificates: Vec<Arc<SpCertificate>>, now: Timestamp },
    /// The service provider.
    ServiceProvider(ServiceProvider),
    /// A new tenant.
    TenantCreated(Arc<Tenant>),
    /// The tenants.
    Tenants(Vec<Arc<Tenant>>),
    /// A new token with its secret, which is neither stored nor logged, and not returned again.
    TokenCreated { token: Arc<BearerToken>, secret: String },
    /// The tokens of a tenant.
    BearerTokens(Vec<Arc<BearerToken>>),
}

/// An identity provider with its certificates.
pub type Provider = (Arc<IdentityProvider>, Vec<Arc<IdpCertificate>>);
