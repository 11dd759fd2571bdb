//! The store as a SAML service provider: its certificates and configuration.

use crate::dialect::request::base_url;
use crate::dialect::{Matched, ObjectWriter};
use crate::domain::{ServiceProvider, SpCertificate, Timestamp};

use super::super::saml_metadata;
use super::certificate::algorithm;

/// Encodes a certificate. An expired certificate is never active. Assumed: the certificate is in PEM.
pub fn certificate(object: &mut ObjectWriter<'_>, certificate: &SpCertificate, now: Timestamp) {
    let state = match (certificate.certificate.is_expired(now), certificate.active) {
        (true, _) => "EXPIRED",
        (false, true) => "ACTIVE",
        (false, false) => "INACTIVE",
    };
    object.text("certificate_id", certificate.id.as_str());
    object.text("x509certificate", certificate.certificate.pem());
    object.text("algorithm", algorithm(&certificate.certificate.signature_algorithm));
    object.integer("expiry_date", certificate.certificate.not_after.0);
    object.text("state", state);
}

pub fn configuration(
    object: &mut ObjectWriter<'_>,
    matched: &Matched<'_>,
    service: &ServiceProvider,
) {
    let store = matched.store().unwrap_or_default();
    object.object("sp_oidc_config", |object| {
        object.text("redirect_url", &format!("{}/oidc/{store}/callback", base_url(matched.head)));
    });
    object.object("sp_saml_config", |object| saml(object, matched, service));
}

/// Encodes the configuration that an identity provider needs for SAML responses.
///
/// The addresses point to this server, not to the cloud. Assumed: their paths.
pub fn saml(object: &mut ObjectWriter<'_>, matched: &Matched<'_>, service: &ServiceProvider) {
    let store = matched.store().unwrap_or_default();
    let url = base_url(matched.head);
    let acs_url = format!("{url}/saml/{store}/acs");
    let issuer = format!("{url}/saml/{store}");
    let certificate = service.certificate.as_ref().map(|certificate| &certificate.certificate);
    object.text("acs_url", &acs_url);
    object.text("issuer", &issuer);
    object.text("metadata", &saml_metadata::write(&issuer, &acs_url, certificate));
}
