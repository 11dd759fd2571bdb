//! The external identity provider and its certificates.

use std::sync::Arc;

use serde_json::Value as Json;

use crate::dialect::{Matched, ObjectWriter};
use crate::domain::{
    CertificateId, IdentityProviderId, IdpCertificate, Provider, ServiceProvider, Timestamp,
};

use super::certificate::{algorithm, decimal};
use super::service_provider::saml;

pub fn created(
    object: &mut ObjectWriter<'_>,
    matched: &Matched<'_>,
    provider: &IdentityProviderId,
    certificates: &[CertificateId],
    service: &ServiceProvider,
) {
    object.object("hws_sp_saml_config", |object| saml(object, matched, service));
    object.optional_text("idp_certificate_id", certificates.first().map(CertificateId::as_str));
    object.texts("idp_certificate_ids", certificates.iter().map(CertificateId::as_str));
    object.text("idp_id", provider.as_str());
}

pub fn providers(object: &mut ObjectWriter<'_>, providers: &[Provider], now: Timestamp) {
    object.list("associations", providers, |object, (provider, certificates)| {
        object.list("idp_certificate_ids", certificates, |object, certificate| {
            object.text("certificate_id", certificate.id.as_str());
            // Assumed: the values are those of service provider certificates.
            let expired = certificate.certificate.is_expired(now);
            object.text("status", if expired { "EXPIRED" } else { "ACTIVE" });
        });
        object.text("idp_id", provider.id.as_str());
        object.object("idp_saml_config", |object| {
            object.text("entity_id", &provider.entity_id);
            object.text("login_url", &provider.login_url);
            object.flag("want_request_signed", provider.want_request_signed);
        });
        object.flag("is_enabled", provider.enabled);
    });
}

/// Encodes certificates, with times in milliseconds. Source: Terraform divides them by 1,000.
pub fn certificates(object: &mut ObjectWriter<'_>, certificates: &[Arc<IdpCertificate>]) {
    object.list("idp_certificates", certificates, |object, idp_certificate| {
        let certificate = &idp_certificate.certificate;
        let serial = decimal(&certificate.serial);
        object.text("certificate_id", idp_certificate.id.as_str());
        object.text("issuer_name", &certificate.issuer);
        object.integer("not_after", certificate.not_after.0);
        object.integer("not_before", certificate.not_before.0);
        object.text("public_key", &certificate.public_key_base64());
        // JSON numbers may lose digits in clients; `serial_number_string` is exact.
        let number = serial.parse::<i64>().map(Json::from);
        let number = number.or_else(|_| serial.parse::<f64>().map(Json::from));
        object.value("serial_number", &number.unwrap_or_default());
        object.text("serial_number_string", &serial);
        object.text("signature_algorithm_name", algorithm(&certificate.signature_algorithm));
        object.text("subject_name", &certificate.subject);
        object.integer("version", certificate.version);
        object.text("x509_Certificate_in_pem", certificate.pem());
    });
}
