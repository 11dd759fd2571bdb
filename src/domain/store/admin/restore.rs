//! Admin resources as a fixture has them: listed, and added with their ids and times.
//!
//! Secrets of tokens and devices are not among them. A response shows a secret once, and no state holds
//! it.

use std::sync::Arc;

use super::super::IdentityStore;
use super::super::table::{OwnedTable, Row, Table};
use super::Admin;
use crate::domain::model::{
    BearerToken, DEVICES_MAX, IDP_CERTIFICATES_MAX, IdentityProvider, IdpCertificate, MfaDevice,
    PasswordPolicy, SESSIONS_MAX, SP_CERTIFICATES_MAX, Session, SpCertificate, TENANTS_MAX,
    TOKENS_MAX, Tenant, UserId,
};

/// An admin resource with the resources that it owns.
#[derive(Clone, PartialEq, Debug)]
pub enum AdminResource {
    /// An MFA device of a user.
    MfaDevice(UserId, Arc<MfaDevice>),
    /// A portal session of a user.
    Session(UserId, Arc<Session>),
    /// The password policy.
    PasswordPolicy(PasswordPolicy),
    /// The external identity provider with its certificates.
    IdentityProvider(Arc<IdentityProvider>, Vec<Arc<IdpCertificate>>),
    /// A certificate of the service provider.
    SpCertificate(Arc<SpCertificate>),
    /// A provisioning tenant with its tokens.
    Tenant(Arc<Tenant>, Vec<Arc<BearerToken>>),
}

/// A kind of admin resource that has ids.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)] // Each is named for its resource.
pub enum AdminKind {
    MfaDevice,
    Session,
    IdentityProvider,
    IdpCertificate,
    SpCertificate,
    Tenant,
    BearerToken,
}

/// Why an admin resource of a fixture cannot be added.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RestoreError {
    /// No user has this id.
    #[error("unknown user {0}")]
    UnknownUser(UserId),
    /// Another resource of the kind has this id.
    #[error("another resource has the id {0}")]
    DuplicateId(String),
    /// The maximum number of resources of the kind is reached.
    #[error("limit of {0} reached")]
    LimitReached(u64),
    /// Another certificate of the service provider is active.
    #[error("another certificate is active")]
    SecondActiveCertificate,
}

impl IdentityStore {
    /// The id that the next admin resource of a kind gets: the first free one after `skipped` others.
    pub fn next_admin_id(&self, kind: AdminKind, skipped: usize) -> String {
        let (admin, seed) = (&self.admin, self.seed);
        let new = match kind {
            AdminKind::MfaDevice => admin.devices.nth_id(seed, skipped),
            AdminKind::Session => admin.sessions.nth_id(seed, skipped),
            AdminKind::IdentityProvider => admin.providers.nth_id(seed, skipped),
            AdminKind::IdpCertificate => admin.idp_certificates.nth_id(seed, skipped),
            AdminKind::SpCertificate => admin.sp_certificates.nth_id(seed, skipped),
            AdminKind::Tenant => admin.tenants.nth_id(seed, skipped),
            AdminKind::BearerToken => admin.tokens.nth_id(seed, skipped),
        };
        new.id
    }

    /// Adds an admin resource with the ids and times that it has.
    ///
    /// # Errors
    /// See [`RestoreError`]; nothing has changed then.
    pub fn restore(&mut self, resource: AdminResource) -> Result<(), RestoreError> {
        let user = |store: &Self, id: UserId| match store.users.find(id.as_str()) {
            Some((position, _)) => Ok(position),
            None => Err(RestoreError::UnknownUser(id)),
        };
        match resource {
            AdminResource::MfaDevice(id, device) => {
                let position = user(self, id)?;
                restore_owned(&mut self.admin.devices, position, device, DEVICES_MAX)
            }
            AdminResource::Session(id, session) => {
                let position = user(self, id)?;
                restore_owned(&mut self.admin.sessions, position, session, SESSIONS_MAX)
            }
            AdminResource::PasswordPolicy(policy) => {
                self.admin.policy = policy;
                Ok(())
            }
            AdminResource::IdentityProvider(provider, certificates) => {
                let Admin { providers, idp_certificates, .. } = &mut self.admin;
                check_owned(idp_certificates, &certificates, IDP_CERTIFICATES_MAX)?;
                let position = restore_row(providers, provider, 1)?;
                certificates.into_iter().for_each(|one| idp_certificates.push(position, one));
                Ok(())
            }
            AdminResource::SpCertificate(certificate) => {
                let certificates = &mut self.admin.sp_certificates;
                if certificate.active && certificates.iter().any(|one| one.active) {
                    return Err(RestoreError::SecondActiveCertificate);
                }
                restore_row(certificates, certificate, SP_CERTIFICATES_MAX).map(|_| ())
            }
            AdminResource::Tenant(tenant, new_tokens) => {
                let Admin { tenants, tokens, .. } = &mut self.admin;
                check_owned(tokens, &new_tokens, TOKENS_MAX)?;
                let position = restore_row(tenants, tenant, TENANTS_MAX)?;
                new_tokens.into_iter().for_each(|token| tokens.push(position, token));
                Ok(())
            }
        }
    }

    /// The admin resources that an empty store does not have, in an order in which they can be
    /// restored.
    pub fn admin_resources(&self) -> Vec<AdminResource> {
        let admin = &self.admin;
        let mut resources = Vec::new();
        if admin.policy != PasswordPolicy::default() {
            resources.push(AdminResource::PasswordPolicy(admin.policy));
        }
        for (owner, device) in admin.devices.iter() {
            let user = self.users.at(owner).map(|user| user.id.clone());
            resources.extend(user.map(|user| AdminResource::MfaDevice(user, device.clone())));
        }
        for (owner, session) in admin.sessions.iter() {
            let user = self.users.at(owner).map(|user| user.id.clone());
            resources.extend(user.map(|user| AdminResource::Session(user, session.clone())));
        }
        for (position, provider) in admin.providers.range(0) {
            let certificates = admin.idp_certificates.of(position).cloned().collect();
            resources.push(AdminResource::IdentityProvider(provider.clone(), certificates));
        }
        resources.extend(admin.sp_certificates.iter().cloned().map(AdminResource::SpCertificate));
        for (position, tenant) in admin.tenants.range(0) {
            let tokens = admin.tokens.of(position).cloned().collect();
            resources.push(AdminResource::Tenant(tenant.clone(), tokens));
        }
        resources
    }
}

fn restore_row<T: Row>(table: &mut Table<T>, row: Arc<T>, limit: u64) -> Result<u64, RestoreError> {
    check_limit(table.len(), limit)?;
    if table.find(&row.id()).is_some() {
        return Err(RestoreError::DuplicateId(row.id().into_owned()));
    }
    Ok(table.push(row))
}

fn restore_owned<T: Row>(
    table: &mut OwnedTable<T>,
    owner: u64,
    item: Arc<T>,
    limit: u64,
) -> Result<(), RestoreError> {
    check_limit(table.of(owner).count(), limit)?;
    check_owned(table, std::slice::from_ref(&item), 1)?;
    table.push(owner, item);
    Ok(())
}

/// Checks the number and the ids of the resources of a new owner.
fn check_owned<T: Row>(
    table: &OwnedTable<T>,
    items: &[Arc<T>],
    limit: u64,
) -> Result<(), RestoreError> {
    if items.len() as u64 > limit {
        return Err(RestoreError::LimitReached(limit));
    }
    for (at, item) in items.iter().enumerate() {
        let id = item.id();
        if table.contains(&id) || items[..at].iter().any(|other| other.has_id(&id)) {
            return Err(RestoreError::DuplicateId(id.into_owned()));
        }
    }
    Ok(())
}

fn check_limit(count: usize, limit: u64) -> Result<(), RestoreError> {
    match count as u64 >= limit {
        true => Err(RestoreError::LimitReached(limit)),
        false => Ok(()),
    }
}
