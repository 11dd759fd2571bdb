//! The external identity provider of a store.

use super::certificate::Certificate;
use super::id::{CertificateId, IdentityProviderId};

/// How many certificates a provider may have. Assumed: there has to be a bound.
pub const IDP_CERTIFICATES_MAX: u64 = 10;

/// Who signs people in, instead of the store.
#[derive(Clone, PartialEq, Debug)]
pub struct IdentityProvider {
    /// Its id.
    pub id: IdentityProviderId,
    /// What it calls itself in SAML.
    pub entity_id: String,
    /// Where it signs people in.
    pub login_url: String,
    /// Whether it wants to be asked with a signature.
    pub want_request_signed: bool,
    /// Whether it is switched on.
    pub enabled: bool,
}

/// A certificate of a provider.
#[derive(Clone, PartialEq, Debug)]
pub struct IdpCertificate {
    /// Its id.
    pub id: CertificateId,
    /// What it says.
    pub certificate: Certificate,
}

/// A provider to be.
#[derive(Clone, PartialEq, Debug)]
pub struct NewIdentityProvider {
    /// What it calls itself in SAML.
    pub entity_id: String,
    /// Where it signs people in.
    pub login_url: String,
    /// Whether it wants to be asked with a signature.
    pub want_request_signed: bool,
    /// Its certificates, at least one.
    pub certificates: Vec<Certificate>,
}
