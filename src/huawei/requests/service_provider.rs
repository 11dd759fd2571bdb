//! The store as a SAML service provider, and its certificates.

use crate::dialect::Args;
use crate::domain::{AdminChange, AdminQuery, Command};

use super::super::params::certificate_id;
use super::{change, query};

pub fn create(args: &Args<'_>) -> Command {
    change(args, AdminChange::CreateSpCertificate)
}

pub fn list(args: &Args<'_>) -> Command {
    query(args, AdminQuery::SpCertificates)
}

pub fn activate(args: &Args<'_>) -> Command {
    change(args, AdminChange::ActivateSpCertificate(certificate_id(args)))
}

pub fn delete(args: &Args<'_>) -> Command {
    change(args, AdminChange::DeleteSpCertificate(certificate_id(args)))
}

pub fn describe(args: &Args<'_>) -> Command {
    query(args, AdminQuery::ServiceProvider)
}
