//! The external identity provider of a store.

use super::certificate::Certificate;
use super::id::{CertificateId, IdentityProviderId};

/// The greatest number of certificates of a provider. Assumed: no document has a limit.
pub const IDP_CERTIFICATES_MAX: u64 = 10;

/// An external identity provider, which authenticates the users of a store.
#[derive(Clone, PartialEq, Debug)]
pub struct IdentityProvider {
    /// The id.
    pub id: IdentityProviderId,
    /// The SAML entity id.
    pub entity_id: String,
    /// The URL of the login page.
    pub login_url: String,
    /// Whether authentication requests must be signed.
    pub want_request_signed: bool,
    /// Whether it is enabled.
    pub enabled: bool,
}

/// A certificate of a provider.
#[derive(Clone, PartialEq, Debug)]
pub struct IdpCertificate {
    /// The id.
    pub id: CertificateId,
    /// The certificate.
    pub certificate: Certificate,
}

/// An identity provider to create.
#[derive(Clone, PartialEq, Debug)]
pub struct NewIdentityProvider {
    /// The SAML entity id.
    pub entity_id: String,
    /// The URL of the login page.
    pub login_url: String,
    /// Whether authentication requests must be signed.
    pub want_request_signed: bool,
    /// The certificates, at least one.
    pub certificates: Vec<Certificate>,
}
