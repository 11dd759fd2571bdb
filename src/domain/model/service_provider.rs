//! The store as a SAML service provider.

use std::sync::Arc;

use super::certificate::Certificate;
use super::id::CertificateId;

/// The greatest number of certificates. Assumed: no document has a limit.
pub const SP_CERTIFICATES_MAX: u64 = 10;

/// A certificate of the service provider.
#[derive(Clone, PartialEq, Debug)]
pub struct SpCertificate {
    /// The id.
    pub id: CertificateId,
    /// The certificate.
    pub certificate: Certificate,
    /// Whether requests are signed with it.
    pub active: bool,
}

/// What an identity provider needs to know about the service provider.
#[derive(Clone, PartialEq, Debug)]
pub struct ServiceProvider {
    /// The active certificate, if it has not expired.
    pub certificate: Option<Arc<SpCertificate>>,
}
