//! The external identity provider and its certificates.

use crate::dialect::{Args, Json, JsonObject};
use crate::domain::{
    AdminChange, AdminQuery, Certificate, Command, Constraint, IdentityProviderId,
    NewIdentityProvider,
};

use super::super::limits::{ANY_ID, CERTIFICATE_USES, ENTITY_ID, LOGIN_URL, PEM, SAML_METADATA};
use super::super::params::certificate_id;
use super::super::saml_metadata;
use super::{change, query};

/// Decodes a new provider, either from SAML metadata or from entity id, sign-in URL and certificate.
///
/// An empty `idp_saml_config` counts as absent, because Terraform sends one with the metadata. Source:
/// the SDK's descriptions of the members.
pub fn create(args: &Args<'_>) -> Command {
    const MEMBERS: &[&str] = &["idp_saml_metadata", "idp_saml_config"];
    let is_empty =
        |name| args.raw(name).and_then(Json::as_object).is_some_and(JsonObject::is_empty);
    let present = MEMBERS.iter().filter(|name| args.raw(name).is_some() && !is_empty(name));
    let present: Vec<_> = present.copied().collect();
    if args.is_describing() {
        from_metadata(args);
        from_config(args);
        let sets: [&[&str]; 2] = [&MEMBERS[..1], &["idp_saml_config", "idp_certificate"]];
        args.describe_one_of(&sets);
    }
    let provider = match present[..] {
        ["idp_saml_metadata"] => from_metadata(args),
        ["idp_saml_config"] => from_config(args),
        _ => {
            args.violations().add(args.path(), Constraint::ExactlyOne(MEMBERS));
            None
        }
    };
    let placeholder = || NewIdentityProvider {
        entity_id: String::new(),
        login_url: String::new(),
        want_request_signed: false,
        certificates: Vec::new(),
    };
    change(args, AdminChange::CreateIdentityProvider(provider.unwrap_or_else(placeholder)))
}

fn from_metadata(args: &Args<'_>) -> Option<NewIdentityProvider> {
    let text = args.optional_text("idp_saml_metadata", &SAML_METADATA)?;
    if SAML_METADATA.broken_constraints(text).next().is_some() {
        return None; // The violation is already recorded.
    }
    let found = saml_metadata::read(text);
    if found.is_none() {
        let path = args.path().member("idp_saml_metadata");
        args.violations().add(&path, Constraint::SamlMetadata);
    }
    found
}

/// Assumed: the certificate is required, because signatures cannot be verified without it.
fn from_config(args: &Args<'_>) -> Option<NewIdentityProvider> {
    let certificate = required_certificate(args, "idp_certificate");
    args.optional_record("idp_saml_config", |args| NewIdentityProvider {
        entity_id: args.required_text("entity_id", &ENTITY_ID).to_owned(),
        login_url: args.required_text("login_url", &LOGIN_URL).to_owned(),
        want_request_signed: args.optional_flag("want_request_signed").unwrap_or(false),
        certificates: certificate.into_iter().collect(),
    })
}

/// A required certificate in PEM.
fn required_certificate(args: &Args<'_>, name: &str) -> Option<Certificate> {
    args.require(name);
    let certificate = Certificate::from_pem(args.optional_text(name, &PEM)?);
    if certificate.is_none() {
        args.violations().add(&args.path().member(name), Constraint::Certificate);
    }
    certificate
}

pub fn list(args: &Args<'_>) -> Command {
    query(args, AdminQuery::IdentityProviders)
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
    let certificate = required_certificate(args, "x509_certificate_in_pem");
    args.require("certificate_use");
    args.optional_choice("certificate_use", CERTIFICATE_USES);
    match certificate.map(Box::new) {
        Some(certificate) => {
            change(args, AdminChange::ImportIdpCertificate { provider, certificate })
        }
        // A violation is recorded, so this command is not executed.
        None => query(args, AdminQuery::IdpCertificates(provider)),
    }
}

pub fn list_certificates(args: &Args<'_>) -> Command {
    query(args, AdminQuery::IdpCertificates(provider(args)))
}

pub fn delete_certificate(args: &Args<'_>) -> Command {
    let (provider, certificate) = (provider(args), certificate_id(args));
    change(args, AdminChange::DeleteIdpCertificate { provider, certificate })
}

fn provider(args: &Args<'_>) -> IdentityProviderId {
    args.required_param("idp_id", &ANY_ID).into()
}
