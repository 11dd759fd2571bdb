//! The external identity provider of a store, and the certificates that its answers are signed with.

use std::sync::Arc;

use super::Sequence;
use crate::domain::model::{
    AdminOutcome, ApiError, Certificate, CertificateId, Conflict, IDP_CERTIFICATES_MAX,
    IdentityProvider, IdentityProviderId, IdpCertificate, NewIdentityProvider, Outcome,
    ResourceKind, Stamp, Timestamp,
};
use crate::domain::store::IdentityStore;

impl IdentityStore {
    /// Configures the external identity provider, switched off at first. Source: Huawei
    /// CreateExternalIdPConfigurationForDirectory; Terraform enables it next. Assumed: a store has one
    /// identity source, and so one provider at the most.
    ///
    /// # Errors
    /// `Conflict` where there is one; `QuotaExceeded` where it has too many certificates.
    pub(super) fn create_identity_provider(
        &mut self,
        stamp: &Stamp,
        new: NewIdentityProvider,
    ) -> Result<Outcome, ApiError> {
        if self.admin.providers.len() > 0 {
            return Err(ApiError::Conflict(Conflict::ProviderExists));
        }
        // One too many is one more than there is room for.
        let others = new.certificates.len().saturating_sub(1);
        Self::room(ResourceKind::Certificate, others, IDP_CERTIFICATES_MAX)?;
        let id = IdentityProviderId::from(self.next_id(Sequence::IdentityProvider));
        let provider = IdentityProvider {
            id: id.clone(),
            entity_id: new.entity_id,
            login_url: new.login_url,
            want_request_signed: new.want_request_signed,
            enabled: false,
        };
        let position = self.admin.providers.push(id.as_str(), Arc::new(provider));
        let keep = |certificate| self.keep_certificate(position, certificate);
        let certificates = new.certificates.into_iter().map(keep).collect();
        let service = self.service_provider(stamp.at);
        Ok(AdminOutcome::ProviderCreated { provider: id, certificates, service }.into())
    }

    /// Source: Huawei ListExternalIdPConfigurationsForDirectory.
    pub(super) fn identity_providers(&self, now: Timestamp) -> Outcome {
        let with_certificates = |provider: &Arc<IdentityProvider>| {
            let (position, _) = self.admin.providers.find(provider.id.as_str())?;
            Some((provider.clone(), self.admin.idp_certificates.of(position).to_vec()))
        };
        let providers = self.admin.providers.iter().filter_map(with_certificates).collect();
        AdminOutcome::IdentityProviders { providers, now }.into()
    }

    /// Source: Huawei UpdateExternalIdPConfigurationForDirectory.
    ///
    /// # Errors
    /// `NotFound`.
    pub(super) fn update_identity_provider(
        &mut self,
        id: &IdentityProviderId,
        entity_id: String,
        login_url: String,
    ) -> Result<Outcome, ApiError> {
        let (position, provider) = self.provider(id)?;
        let provider = IdentityProvider { entity_id, login_url, ..(*provider).clone() };
        self.admin.providers.replace(position, Arc::new(provider));
        Ok(Outcome::Done)
    }

    /// Switches a provider on or off. Assumed: switching to what it is already is the wrong status
    /// that the catalogue of errors speaks of.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` where it is so already.
    pub(super) fn set_provider_enabled(
        &mut self,
        id: &IdentityProviderId,
        enabled: bool,
    ) -> Result<Outcome, ApiError> {
        let (position, provider) = self.provider(id)?;
        if provider.enabled == enabled {
            return Err(ApiError::Conflict(Conflict::ProviderStatus { enabled }));
        }
        let provider = IdentityProvider { enabled, ..(*provider).clone() };
        self.admin.providers.replace(position, Arc::new(provider));
        Ok(Outcome::Done)
    }

    /// Removes a provider and its certificates. Assumed: it has to be switched off first, as
    /// Terraform does.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` where it is switched on.
    pub(super) fn delete_identity_provider(
        &mut self,
        id: &IdentityProviderId,
    ) -> Result<Outcome, ApiError> {
        let (position, provider) = self.provider(id)?;
        if provider.enabled {
            return Err(ApiError::Conflict(Conflict::ProviderStatus { enabled: true }));
        }
        self.admin.providers.remove(id.as_str());
        self.admin.idp_certificates.forget(position);
        Ok(Outcome::Done)
    }

    /// Source: Huawei ImportExternalIdPCertificate.
    ///
    /// # Errors
    /// `NotFound`; `QuotaExceeded` where it has as many as it may.
    pub(super) fn import_idp_certificate(
        &mut self,
        id: &IdentityProviderId,
        certificate: Certificate,
    ) -> Result<Outcome, ApiError> {
        let (position, _) = self.provider(id)?;
        let held = self.admin.idp_certificates.of(position).len();
        Self::room(ResourceKind::Certificate, held, IDP_CERTIFICATES_MAX)?;
        let id = self.keep_certificate(position, certificate);
        Ok(AdminOutcome::IdpCertificateImported(id).into())
    }

    /// Source: Huawei ListExternalIdPCertificates.
    ///
    /// # Errors
    /// `NotFound` where the provider is unknown.
    pub(super) fn idp_certificates(&self, id: &IdentityProviderId) -> Result<Outcome, ApiError> {
        let (position, _) = self.provider(id)?;
        let certificates = self.admin.idp_certificates.of(position).to_vec();
        Ok(AdminOutcome::IdpCertificates(certificates).into())
    }

    /// Takes a certificate from a provider. Source: Huawei user guide, "Rotating certificates": one
    /// valid certificate has to stay.
    ///
    /// # Errors
    /// `NotFound`, provider first; `Conflict` where no valid one would be left.
    pub(super) fn delete_idp_certificate(
        &mut self,
        stamp: &Stamp,
        id: &IdentityProviderId,
        certificate: &CertificateId,
    ) -> Result<Outcome, ApiError> {
        let (position, _) = self.provider(id)?;
        let held = self.admin.idp_certificates.of(position);
        let valid = |one: &Arc<IdpCertificate>| !one.certificate.is_expired(stamp.at);
        let Some(wanted) = held.iter().find(|one| one.id == *certificate) else {
            return Err(ApiError::not_found(ResourceKind::Certificate, certificate.as_str()));
        };
        let mut others = held.iter().filter(|one| one.id != *certificate);
        if valid(wanted) && !others.any(valid) {
            return Err(ApiError::Conflict(Conflict::LastCertificate));
        }
        self.admin.idp_certificates.retain(position, |one| one.id != *certificate);
        Ok(Outcome::Done)
    }

    fn keep_certificate(&mut self, provider: u64, certificate: Certificate) -> CertificateId {
        let id = CertificateId::from(self.next_id(Sequence::IdpCertificate));
        let kept = IdpCertificate { id: id.clone(), certificate };
        self.admin.idp_certificates.push(provider, Arc::new(kept));
        id
    }

    pub(super) fn provider(
        &self,
        id: &IdentityProviderId,
    ) -> Result<(u64, Arc<IdentityProvider>), ApiError> {
        let found =
            self.admin.providers.find(id.as_str()).map(|(at, provider)| (at, provider.clone()));
        found.ok_or_else(|| ApiError::not_found(ResourceKind::IdentityProvider, id.as_str()))
    }
}
