//! The store as a SAML service provider.

use std::sync::Arc;

use super::certificate::Certificate;
use super::id::CertificateId;

/// How many certificates there may be. Assumed: there has to be a bound.
pub const SP_CERTIFICATES_MAX: u64 = 10;

/// A certificate of the service provider.
#[derive(Clone, PartialEq, Debug)]
pub struct SpCertificate {
    /// Its id.
    pub id: CertificateId,
    /// What it says.
    pub certificate: Certificate,
    /// Whether requests are signed with it.
    pub active: bool,
}

/// What an identity provider has to know of the service provider.
#[derive(Clone, PartialEq, Debug)]
pub struct ServiceProvider {
    /// The certificate that requests are signed with, if there is one that holds.
    pub certificate: Option<Arc<SpCertificate>>,
}
