//! Huawei's operations beside the directory: readers and writers, a file a family. Their rows are in
//! `operations`, with all others.

pub mod devices;
pub mod discovery;
mod metadata;
pub mod password_policy;
pub mod providers;
pub mod provisioning;
pub mod service_provider;

use crate::dialect::request::base_url;
use crate::dialect::{Args, Matched, json_writer};
use crate::domain::{AdminChange, AdminOutcome, AdminQuery, Change, Command};

use super::operations::store;

/// Writes the body of an answer.
pub fn encode(matched: &Matched<'_>, outcome: &AdminOutcome) -> Vec<u8> {
    use AdminOutcome as O;
    if let O::SpCertificates { certificates, now } = outcome {
        // The only answer that is a list with no object around it.
        return json_writer::list(certificates, |object, one| {
            service_provider::certificate(object, one, *now);
        });
    }
    json_writer::object(|object| match outcome {
        O::MfaRegistration { user, work_flow } => {
            devices::registration(object, matched, user, work_flow);
        }
        O::MfaDevices(entries) => devices::entries(object, matched, entries),
        O::Sessions { user, sessions } => devices::sessions(object, user, sessions),
        O::PasswordPolicy(policy) => password_policy::policy(object, policy),
        O::ProviderCreated { provider, certificates, service } => {
            providers::created(object, matched, provider, certificates, service);
        }
        O::IdentityProviders { providers, now } => providers::providers(object, providers, *now),
        O::IdpCertificates(certificates) => providers::certificates(object, certificates),
        O::IdpCertificateImported(id) => object.text("certificate_id", id.as_str()),
        O::SpCertificateCreated { certificate, now } => {
            service_provider::certificate(object, certificate, *now);
        }
        O::SpCertificates { .. } => {}
        O::ServiceProvider(service) => service_provider::configuration(object, matched, service),
        O::TenantCreated(tenant) => {
            provisioning::tenant(object, &base_url(matched.head), tenant);
        }
        O::Tenants(tenants) => {
            provisioning::tenants(object, &base_url(matched.head), tenants);
        }
        O::TokenCreated { token, secret } => provisioning::created(object, token, secret),
        O::BearerTokens(tokens) => provisioning::tokens(object, tokens),
    })
}

fn ask(args: &Args<'_>, query: AdminQuery) -> Command {
    Command::Admin(store(args), query)
}

fn change(args: &Args<'_>, change: AdminChange) -> Command {
    Command::Change(store(args), Change::Admin(change))
}
