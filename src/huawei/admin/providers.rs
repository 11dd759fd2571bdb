//! The external identity provider and its certificates.

use std::sync::Arc;

use serde_json::{Map, Value as Json};

use crate::dialect::{Args, Matched, ObjectWriter};
use crate::domain::{
    AdminChange, AdminQuery, Certificate, CertificateId, Command, Constraint, IdentityProviderId,
    IdpCertificate, NewIdentityProvider, Provider, ServiceProvider, Timestamp,
};

use super::super::limits::{ANY_ID, CERTIFICATE_USES, ENTITY_ID, LOGIN_URL, PEM, SAML_METADATA};
use super::service_provider::saml;
use super::{ask, change, metadata};

/// Either the provider's metadata, or what there is in it: identifier, place to sign in, certificate.
/// Source: the SDK's own words on the members, "one of the two" and "together with". An empty
/// `idp_saml_config` beside the metadata is none: Terraform sends one.
pub fn create(args: &Args<'_>) -> Command {
    const MEMBERS: &[&str] = &["idp_saml_metadata", "idp_saml_config"];
    let empty = |name| args.raw(name).and_then(Json::as_object).is_some_and(Map::is_empty);
    let given = MEMBERS.iter().filter(|name| args.raw(name).is_some() && !empty(name));
    let given: Vec<_> = given.copied().collect();
    if args.is_describing() {
        from_metadata(args);
        from_config(args);
        let sets: [&[&str]; 2] = [&MEMBERS[..1], &["idp_saml_config", "idp_certificate"]];
        args.describe_one_of(&sets);
    }
    let found = match given[..] {
        ["idp_saml_metadata"] => from_metadata(args),
        ["idp_saml_config"] => from_config(args),
        _ => {
            args.violations().add(args.path(), Constraint::ExactlyOne(MEMBERS));
            None
        }
    };
    let nobody = || NewIdentityProvider {
        entity_id: String::new(),
        login_url: String::new(),
        want_request_signed: false,
        certificates: Vec::new(),
    };
    change(args, AdminChange::CreateIdentityProvider(found.unwrap_or_else(nobody)))
}

fn from_metadata(args: &Args<'_>) -> Option<NewIdentityProvider> {
    let text = args.optional_text("idp_saml_metadata", &SAML_METADATA)?;
    if SAML_METADATA.broken_constraints(text).next().is_some() {
        return None; // It is noted, and not worth a look.
    }
    let found = metadata::read(text);
    if found.is_none() {
        let place = args.path().member("idp_saml_metadata");
        args.violations().add(&place, Constraint::SamlMetadata);
    }
    found
}

/// Assumed: the certificate is mandatory here, for nothing could be verified without one.
fn from_config(args: &Args<'_>) -> Option<NewIdentityProvider> {
    let certificate = certificate_of(args, "idp_certificate");
    args.optional_record("idp_saml_config", |args| NewIdentityProvider {
        entity_id: args.required_text("entity_id", &ENTITY_ID).to_owned(),
        login_url: args.required_text("login_url", &LOGIN_URL).to_owned(),
        want_request_signed: args.optional_flag("want_request_signed").unwrap_or(false),
        certificates: certificate.into_iter().collect(),
    })
}

/// A certificate that has to be there, in PEM.
fn certificate_of(args: &Args<'_>, name: &str) -> Option<Certificate> {
    args.require(name);
    let found = Certificate::from_pem(args.optional_text(name, &PEM)?);
    if found.is_none() {
        args.violations().add(&args.path().member(name), Constraint::Certificate);
    }
    found
}

pub fn list(args: &Args<'_>) -> Command {
    ask(args, AdminQuery::IdentityProviders)
}

pub fn update(args: &Args<'_>) -> Command {
    let provider = provider(args);
    let entity_id = args.required_text("entity_id", &ENTITY_ID).to_owned();
    let login_url = args.required_text("login_url", &LOGIN_URL).to_owned();
    change(args, AdminChange::UpdateIdentityProvider { provider, entity_id, login_url })
}

pub fn enable(args: &Args<'_>) -> Command {
    change(args, AdminChange::SetProviderEnabled { provider: provider(args), enabled: true })
}

pub fn disable(args: &Args<'_>) -> Command {
    change(args, AdminChange::SetProviderEnabled { provider: provider(args), enabled: false })
}

pub fn delete(args: &Args<'_>) -> Command {
    change(args, AdminChange::DeleteIdentityProvider(provider(args)))
}

pub fn import_certificate(args: &Args<'_>) -> Command {
    let provider = provider(args);
    let certificate = certificate_of(args, "x509_certificate_in_pem");
    args.require("certificate_use");
    args.optional_choice("certificate_use", CERTIFICATE_USES);
    match certificate.map(Box::new) {
        Some(certificate) => {
            change(args, AdminChange::ImportIdpCertificate { provider, certificate })
        }
        // A breach is noted: this goes nowhere.
        None => ask(args, AdminQuery::IdpCertificates(provider)),
    }
}

pub fn list_certificates(args: &Args<'_>) -> Command {
    ask(args, AdminQuery::IdpCertificates(provider(args)))
}

pub fn delete_certificate(args: &Args<'_>) -> Command {
    let (provider, certificate) = (provider(args), certificate(args));
    change(args, AdminChange::DeleteIdpCertificate { provider, certificate })
}

fn provider(args: &Args<'_>) -> IdentityProviderId {
    args.required_param("idp_id", &ANY_ID).into()
}

/// The certificate in the path.
pub fn certificate(args: &Args<'_>) -> CertificateId {
    args.required_param("certificate_id", &ANY_ID).into()
}

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
        object.list("idp_certificate_ids", certificates, |object, kept| {
            object.text("certificate_id", kept.id.as_str());
            // Assumed: the words, as of the service provider's own certificates.
            let expired = kept.certificate.is_expired(now);
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

/// Times in milliseconds. Source: Terraform divides them by 1,000.
pub fn certificates(object: &mut ObjectWriter<'_>, certificates: &[Arc<IdpCertificate>]) {
    object.list("idp_certificates", certificates, |object, kept| {
        let certificate = &kept.certificate;
        let serial = decimal(&certificate.serial);
        object.text("certificate_id", kept.id.as_str());
        object.text("issuer_name", &certificate.issuer);
        object.integer("not_after", certificate.not_after.0);
        object.integer("not_before", certificate.not_before.0);
        object.text("public_key", &certificate.public_key_base64());
        // A number in JSON, as exact as a double is; the text beside it is exact.
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

/// Signature algorithms by OID. Assumed: named as Java does.
const ALGORITHMS: &[(&str, &str)] = &[
    ("1.2.840.113549.1.1.5", "SHA1withRSA"),
    ("1.2.840.113549.1.1.10", "RSASSA-PSS"),
    ("1.2.840.113549.1.1.11", "SHA256withRSA"),
    ("1.2.840.113549.1.1.12", "SHA384withRSA"),
    ("1.2.840.113549.1.1.13", "SHA512withRSA"),
    ("1.2.840.10045.4.3.2", "SHA256withECDSA"),
    ("1.2.840.10045.4.3.3", "SHA384withECDSA"),
    ("1.2.840.10045.4.3.4", "SHA512withECDSA"),
    ("1.2.156.10197.1.501", "SM3withSM2"),
    ("1.3.101.112", "Ed25519"),
    ("1.3.101.113", "Ed448"),
];

/// The name of an algorithm, or its OID where it has none here.
pub fn algorithm(oid: &str) -> &str {
    ALGORITHMS.iter().find(|(known, _)| *known == oid).map_or(oid, |(_, name)| name)
}

/// A big-endian number in decimal digits.
fn decimal(bytes: &[u8]) -> String {
    let mut rest = bytes.to_vec();
    let mut digits = Vec::new();
    while rest.iter().any(|byte| *byte != 0) {
        let mut carry = 0_u32;
        for byte in &mut rest {
            let value = carry * 256 + u32::from(*byte);
            carry = value % 10;
            *byte = u8::try_from(value / 10).unwrap_or(0);
        }
        digits.push(char::from_digit(carry, 10).unwrap_or('0'));
    }
    if digits.is_empty() {
        digits.push('0');
    }
    digits.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn serial_numbers_are_written_in_decimal() {
        assert_eq!(decimal(&[0]), "0");
        assert_eq!(decimal(&[1, 0]), "256");
        assert_eq!(decimal(&[0xff; 9]), "4722366482869645213695");
    }
}
