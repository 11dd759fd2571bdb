//! The external identity provider of a store and its certificates.

use std::sync::Arc;

use super::super::{IdentityStore, check_quota};
use crate::domain::model::{
    AdminOutcome, ApiError, Certificate, CertificateId, Conflict, IDP_CERTIFICATES_MAX,
    IdentityProvider, IdentityProviderId, IdpCertificate, NewIdentityProvider, Outcome,
    ResourceKind, Stamp, Timestamp,
};

impl IdentityStore {
    /// Creates the external identity provider, disabled. Source: Huawei
    /// CreateExternalIdPConfigurationForDirectory; Terraform enables it afterwards. Assumed: a store
    /// has at most one.
    ///
    /// # Errors
    /// `Conflict` if there is one. `QuotaExceeded` if it has too many certificates.
    pub(super) fn create_identity_provider(
        &mut self,
        stamp: &Stamp,
        new: NewIdentityProvider,
    ) -> Result<Outcome, ApiError> {
        if self.admin.providers.len() > 0 {
            return Err(ApiError::Conflict(Conflict::ProviderExists));
        }
        let others = new.certificates.len().saturating_sub(1);
        check_quota(ResourceKind::Certificate, others, IDP_CERTIFICATES_MAX)?;
        let id = IdentityProviderId::from(self.admin.providers.next_id(self.seed).id);
        let provider = IdentityProvider {
            id: id.clone(),
            entity_id: new.entity_id,
            login_url: new.login_url,
            want_request_signed: new.want_request_signed,
            enabled: false,
        };
        let position = self.admin.providers.push(Arc::new(provider));
        let add = |certificate| self.add_idp_certificate(position, certificate);
        let certificates = new.certificates.into_iter().map(add).collect();
        let service = self.service_provider(stamp.at);
        Ok(AdminOutcome::ProviderCreated { provider: id, certificates, service }.into())
    }

    /// The identity providers with their certificates. Source: Huawei
    /// ListExternalIdPConfigurationsForDirectory.
    pub(super) fn identity_providers(&self, now: Timestamp) -> Outcome {
        let providers = self.admin.providers.range(0).map(|(position, provider)| {
            (provider.clone(), self.admin.idp_certificates.of(position).cloned().collect())
        });
        AdminOutcome::IdentityProviders { providers: providers.collect(), now }.into()
    }

    /// Replaces the entity id and the login URL. Source: Huawei
    /// UpdateExternalIdPConfigurationForDirectory.
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

    /// Enables or disables a provider. Source: Huawei EnableExternalIdPConfigurationForDirectory,
    /// DisableExternalIdPConfigurationForDirectory. Assumed: if the provider has that state already, the
    /// error is that of an incorrect status.
    ///
    /// # Errors
    /// `NotFound`. `Conflict` if the provider has that state already.
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

    /// Deletes a provider and its certificates. Source: Huawei
    /// DeleteExternalIdPConfigurationForDirectory. Assumed: the provider must be disabled, as Terraform
    /// does first.
    ///
    /// # Errors
    /// `NotFound`. `Conflict` if the provider is enabled.
    pub(super) fn delete_identity_provider(
        &mut self,
        id: &IdentityProviderId,
    ) -> Result<Outcome, ApiError> {
        let (position, provider) = self.provider(id)?;
        if provider.enabled {
            return Err(ApiError::Conflict(Conflict::ProviderStatus { enabled: true }));
        }
        self.admin.providers.remove(id.as_str());
        self.admin.idp_certificates.remove_all(position);
        Ok(Outcome::Done)
    }

    /// Adds a certificate to a provider. Source: Huawei ImportExternalIdPCertificate.
    ///
    /// # Errors
    /// `NotFound`. `QuotaExceeded` if the provider has [`IDP_CERTIFICATES_MAX`] certificates.
    pub(super) fn import_idp_certificate(
        &mut self,
        id: &IdentityProviderId,
        certificate: Certificate,
    ) -> Result<Outcome, ApiError> {
        let (position, _) = self.provider(id)?;
        let count = self.admin.idp_certificates.of(position).count();
        check_quota(ResourceKind::Certificate, count, IDP_CERTIFICATES_MAX)?;
        let id = self.add_idp_certificate(position, certificate);
        Ok(AdminOutcome::IdpCertificateImported(id).into())
    }

    /// The certificates of a provider. Source: Huawei ListExternalIdPCertificates.
    ///
    /// # Errors
    /// `NotFound` if the provider is unknown.
    pub(super) fn idp_certificates(&self, id: &IdentityProviderId) -> Result<Outcome, ApiError> {
        let (position, _) = self.provider(id)?;
        let certificates = self.admin.idp_certificates.of(position).cloned().collect();
        Ok(AdminOutcome::IdpCertificates(certificates).into())
    }

    /// Deletes a certificate of a provider. Source: Huawei user guide, "Rotating certificates": one
    /// valid certificate must remain.
    ///
    /// # Errors
    /// `NotFound`, provider first. `Conflict` if no valid certificate would remain.
    pub(super) fn delete_idp_certificate(
        &mut self,
        stamp: &Stamp,
        id: &IdentityProviderId,
        certificate: &CertificateId,
    ) -> Result<Outcome, ApiError> {
        let (owner, _) = self.provider(id)?;
        let certificates = &self.admin.idp_certificates;
        let is_valid = |one: &IdpCertificate| !one.certificate.is_expired(stamp.at);
        let Some((_, found)) = certificates.find(owner, certificate.as_str()) else {
            return Err(ApiError::not_found(ResourceKind::Certificate, certificate.as_str()));
        };
        let mut others = certificates.of(owner).filter(|one| one.id != *certificate);
        let is_last = is_valid(found) && !others.any(|one| is_valid(one));
        drop(others);
        if is_last {
            return Err(ApiError::Conflict(Conflict::LastCertificate));
        }
        self.admin.idp_certificates.remove(owner, certificate.as_str());
        Ok(Outcome::Done)
    }

    fn add_idp_certificate(&mut self, provider: u64, certificate: Certificate) -> CertificateId {
        let id = CertificateId::from(self.admin.idp_certificates.next_id(self.seed).id);
        let certificate = IdpCertificate { id: id.clone(), certificate };
        self.admin.idp_certificates.push(provider, Arc::new(certificate));
        id
    }

    /// A provider and its position.
    fn provider(&self, id: &IdentityProviderId) -> Result<(u64, Arc<IdentityProvider>), ApiError> {
        match self.admin.providers.find(id.as_str()) {
            Some((position, provider)) => Ok((position, provider.clone())),
            None => Err(ApiError::not_found(ResourceKind::IdentityProvider, id.as_str())),
        }
    }
}
