//! The external identity provider and its certificates.

use serde_json::{Map, Value as Json};

use crate::dialect::Args;
use crate::domain::{
    AdminChange, AdminQuery, Certificate, Command, Constraint, IdentityProviderId,
    NewIdentityProvider,
};

use super::super::limits::{ANY_ID, CERTIFICATE_USES, ENTITY_ID, LOGIN_URL, PEM, SAML_METADATA};
use super::super::params::certificate_id;
use super::super::saml_metadata;
use super::{change, query};

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
    let found = saml_metadata::read(text);
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
    let certificate = certificate_of(args, "x509_certificate_in_pem");
    args.require("certificate_use");
    args.optional_choice("certificate_use", CERTIFICATE_USES);
    match certificate.map(Box::new) {
        Some(certificate) => {
            change(args, AdminChange::ImportIdpCertificate { provider, certificate })
        }
        // A breach is noted: this goes nowhere.
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
