//! What of a store outlasts the process beside its users, groups and memberships: what stands beside
//! the directory, and how much was ever made, so that no id is given out twice.
//!
//! Secrets are not among it: they were told once, and nothing keeps them.

use std::sync::Arc;

use crate::domain::model::{
    BearerToken, DEVICES_MAX, IDP_CERTIFICATES_MAX, IdentityProvider, IdpCertificate, MfaDevice,
    PasswordPolicy, SESSIONS_MAX, SP_CERTIFICATES_MAX, Session, SpCertificate, TENANTS_MAX,
    TOKENS_MAX, Tenant, UserId,
};
use crate::domain::store::IdentityStore;

/// More of a kind than were ever made by anybody: there is room above it for those that will be.
pub const MADE_MAX: u64 = 1 << 53;

/// A kind of thing that a store gives out ids for, one after the other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)] // Each is what it is called.
pub enum Sequence {
    User,
    Group,
    Membership,
    MfaDevice,
    Session,
    IdentityProvider,
    IdpCertificate,
    SpCertificate,
    Tenant,
    BearerToken,
}

impl Sequence {
    /// Every one.
    pub const ALL: [Self; 10] = [
        Self::User,
        Self::Group,
        Self::Membership,
        Self::MfaDevice,
        Self::Session,
        Self::IdentityProvider,
        Self::IdpCertificate,
        Self::SpCertificate,
        Self::Tenant,
        Self::BearerToken,
    ];

    /// By what its ids are drawn.
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Membership => "membership",
            Self::MfaDevice => "mfa device",
            Self::Session => "session",
            Self::IdentityProvider => "identity provider",
            Self::IdpCertificate => "identity provider certificate",
            Self::SpCertificate => "service provider certificate",
            Self::Tenant => "tenant",
            Self::BearerToken => "bearer token",
        }
    }
}

/// One of the things beside the directory, with all that belongs to it.
#[derive(Clone, PartialEq, Debug)]
pub enum AdminResource {
    /// A user's second factor.
    MfaDevice(UserId, Arc<MfaDevice>),
    /// A user's being signed in.
    Session(UserId, Arc<Session>),
    /// What is demanded of passwords.
    PasswordPolicy(PasswordPolicy),
    /// Who signs people in, with its certificates.
    IdentityProvider(Arc<IdentityProvider>, Vec<Arc<IdpCertificate>>),
    /// A certificate of the service provider.
    SpCertificate(Arc<SpCertificate>),
    /// A tenant, with its tokens.
    Tenant(Arc<Tenant>, Vec<Arc<BearerToken>>),
}

/// Why something is not kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RestoreError {
    /// There is no such user.
    UnknownUser,
    /// Another one of its kind has that id.
    DuplicateId(String),
    /// There are as many as there may be.
    LimitReached(u64),
    /// Another certificate is the active one.
    SecondActiveCertificate,
}

impl IdentityStore {
    /// How many of a kind were ever made.
    pub fn made(&self, of: Sequence) -> u64 {
        let here = match of {
            Sequence::User => self.users.next_position(),
            Sequence::Group => self.groups.next_position(),
            Sequence::Membership => self.memberships.made(),
            Sequence::MfaDevice => self.admin.devices.made(),
            Sequence::Session => self.admin.sessions.made(),
            Sequence::IdentityProvider => self.admin.providers.next_position(),
            Sequence::IdpCertificate => self.admin.idp_certificates.made(),
            Sequence::SpCertificate => self.admin.sp_certificates.next_position(),
            Sequence::Tenant => self.admin.tenants.next_position(),
            Sequence::BearerToken => self.admin.tokens.made(),
        };
        self.admin.before[of as usize] + here
    }

    /// Goes on counting from there: so many were made, of which some are gone. Fewer than are here
    /// change nothing.
    pub fn resume(&mut self, of: Sequence, made: u64) {
        let more = made.min(MADE_MAX).saturating_sub(self.made(of));
        self.admin.before[of as usize] += more;
    }

    /// The id that the next one of a kind beside the directory gets, unless it brings its own.
    pub fn next_id(&self, of: Sequence) -> String {
        self.next_id_but(of, 0)
    }

    /// The same after so many others.
    pub fn next_id_but(&self, of: Sequence, others: usize) -> String {
        let ids = (self.made(of)..).map(|n| self.nth_id(of.name(), n));
        let mut free = ids.filter(|id| !self.admin.brought.contains(&*brought(of, id)));
        free.nth(others).unwrap_or_default() // There are more ids than could have been brought.
    }

    /// Keeps something as it is, with the ids and times that it has: for fixtures.
    ///
    /// # Errors
    /// Why not; part of it may be there then, and the store is good for nothing but to find out what
    /// else is wrong.
    pub fn restore(&mut self, kept: AdminResource) -> Result<(), RestoreError> {
        let room = |held: usize, max: u64| match held as u64 >= max {
            true => Err(RestoreError::LimitReached(max)),
            false => Ok(()),
        };
        match kept {
            AdminResource::MfaDevice(user, device) => {
                let (position, _) = self.user(&user).map_err(|_| RestoreError::UnknownUser)?;
                room(self.admin.devices.of(position).len(), DEVICES_MAX)?;
                self.bring(Sequence::MfaDevice, device.id.as_str())?;
                self.admin.devices.push(position, device);
            }
            AdminResource::Session(user, session) => {
                let (position, _) = self.user(&user).map_err(|_| RestoreError::UnknownUser)?;
                room(self.admin.sessions.of(position).len(), SESSIONS_MAX)?;
                self.bring(Sequence::Session, session.id.as_str())?;
                self.admin.sessions.push(position, session);
            }
            AdminResource::PasswordPolicy(policy) => self.admin.policy = policy,
            AdminResource::IdentityProvider(provider, certificates) => {
                room(self.admin.providers.len(), 1)?;
                room(certificates.len().saturating_sub(1), IDP_CERTIFICATES_MAX)?;
                self.bring(Sequence::IdentityProvider, provider.id.as_str())?;
                let id = provider.id.clone();
                let position = self.admin.providers.push(id.as_str(), provider);
                for certificate in certificates {
                    self.bring(Sequence::IdpCertificate, certificate.id.as_str())?;
                    self.admin.idp_certificates.push(position, certificate);
                }
            }
            AdminResource::SpCertificate(certificate) => {
                room(self.admin.sp_certificates.len(), SP_CERTIFICATES_MAX)?;
                if certificate.active && self.admin.sp_certificates.iter().any(|one| one.active) {
                    return Err(RestoreError::SecondActiveCertificate);
                }
                self.bring(Sequence::SpCertificate, certificate.id.as_str())?;
                let id = certificate.id.clone();
                self.admin.sp_certificates.push(id.as_str(), certificate);
            }
            AdminResource::Tenant(tenant, tokens) => {
                room(self.admin.tenants.len(), TENANTS_MAX)?;
                room(tokens.len().saturating_sub(1), TOKENS_MAX)?;
                self.bring(Sequence::Tenant, tenant.id.as_str())?;
                let id = tenant.id.clone();
                let position = self.admin.tenants.push(id.as_str(), tenant);
                for token in tokens {
                    self.bring(Sequence::BearerToken, token.id.as_str())?;
                    self.admin.tokens.push(position, token);
                }
            }
        }
        Ok(())
    }

    /// Everything beside the directory that is not as in an empty store, in an order in which it can
    /// be kept again.
    pub fn admin_resources(&self) -> Vec<AdminResource> {
        let mut kept = Vec::new();
        if self.admin.policy != PasswordPolicy::default() {
            kept.push(AdminResource::PasswordPolicy(self.admin.policy));
        }
        if self.admin.devices.made() + self.admin.sessions.made() > 0 {
            for (position, user) in self.users_from(0) {
                let devices = self.admin.devices.of(position).iter();
                kept.extend(
                    devices.map(|one| AdminResource::MfaDevice(user.id.clone(), one.clone())),
                );
                let sessions = self.admin.sessions.of(position).iter();
                kept.extend(
                    sessions.map(|one| AdminResource::Session(user.id.clone(), one.clone())),
                );
            }
        }
        for provider in self.admin.providers.iter() {
            let Ok((position, _)) = self.provider(&provider.id) else { continue };
            let certificates = self.admin.idp_certificates.of(position).to_vec();
            kept.push(AdminResource::IdentityProvider(provider.clone(), certificates));
        }
        kept.extend(self.admin.sp_certificates.iter().cloned().map(AdminResource::SpCertificate));
        for tenant in self.admin.tenants.iter() {
            let Ok(position) = self.tenant(&tenant.id) else { continue };
            let tokens = self.admin.tokens.of(position).to_vec();
            kept.push(AdminResource::Tenant(tenant.clone(), tokens));
        }
        kept
    }

    /// Notes that a fixture has brought an id along.
    fn bring(&mut self, of: Sequence, id: &str) -> Result<(), RestoreError> {
        match Arc::make_mut(&mut self.admin.brought).insert(brought(of, id)) {
            true => Ok(()),
            false => Err(RestoreError::DuplicateId(id.to_owned())),
        }
    }
}

/// The key of an id that was brought along.
fn brought(of: Sequence, id: &str) -> Box<str> {
    format!("{} {id}", of.name()).into()
}
