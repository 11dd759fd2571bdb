//! The store as a SAML service provider: its certificates, of which at most one is active.

use std::sync::Arc;

use super::super::{IdentityStore, check_quota};
use crate::domain::model::{
    AdminOutcome, ApiError, Certificate, CertificateId, Outcome, ResourceKind, SP_CERTIFICATES_MAX,
    ServiceProvider, SpCertificate, Stamp, Timestamp,
};

/// How long a certificate is valid. Assumed: five years.
const CERTIFICATE_MS: i64 = 5 * 365 * 24 * 60 * 60 * 1000;

impl IdentityStore {
    /// Creates an inactive certificate. Source: Huawei CreateSpCertificate; Terraform's acceptance test
    /// expects INACTIVE.
    ///
    /// # Errors
    /// `QuotaExceeded` if there are [`SP_CERTIFICATES_MAX`] certificates.
    pub(super) fn create_sp_certificate(&mut self, stamp: &Stamp) -> Result<Outcome, ApiError> {
        let certificates = &mut self.admin.sp_certificates;
        check_quota(ResourceKind::Certificate, certificates.len(), SP_CERTIFICATES_MAX)?;
        let new = certificates.next_id(self.seed);
        let until = Timestamp(stamp.at.0.saturating_add(CERTIFICATE_MS));
        let bits = self.bits(&format!("service provider certificate {}", new.number));
        let certificate = Certificate::generate(self.id().as_str(), stamp.at, until, bits)
            .ok_or(ApiError::Internal { retry_after_ms: None })?;
        let certificate = Arc::new(SpCertificate { id: new.id.into(), certificate, active: false });
        self.admin.sp_certificates.push(certificate.clone());
        Ok(AdminOutcome::SpCertificateCreated { certificate, now: stamp.at }.into())
    }

    /// The certificates. Source: Huawei ListSpCertificates.
    pub(super) fn sp_certificates(&self, now: Timestamp) -> Outcome {
        let certificates = self.admin.sp_certificates.iter().cloned().collect();
        AdminOutcome::SpCertificates { certificates, now }.into()
    }

    /// Activates a certificate and deactivates the other ones. Source: Huawei
    /// UpdateSpActiveCertificate.
    ///
    /// # Errors
    /// `NotFound`.
    pub(super) fn activate_sp_certificate(
        &mut self,
        id: &CertificateId,
    ) -> Result<Outcome, ApiError> {
        self.check_sp_certificate(id)?;
        let changed = self.admin.sp_certificates.range(0).filter_map(|(position, certificate)| {
            let active = certificate.id == *id;
            let changed = || Arc::new(SpCertificate { active, ..(**certificate).clone() });
            (certificate.active != active).then(|| (position, changed()))
        });
        for (position, certificate) in changed.collect::<Vec<_>>() {
            self.admin.sp_certificates.replace(position, certificate);
        }
        Ok(Outcome::Done)
    }

    /// Deletes a certificate, also the active one, as Terraform's acceptance test does. Source: Huawei
    /// DeleteSpCertificate.
    ///
    /// # Errors
    /// `NotFound`.
    pub(super) fn delete_sp_certificate(
        &mut self,
        id: &CertificateId,
    ) -> Result<Outcome, ApiError> {
        self.check_sp_certificate(id)?;
        self.admin.sp_certificates.remove(id.as_str());
        Ok(Outcome::Done)
    }

    /// What an identity provider needs to know of the store. Source: Huawei
    /// GetSpConfigurationForDirectory.
    pub(super) fn service_provider(&self, now: Timestamp) -> ServiceProvider {
        let mut certificates = self.admin.sp_certificates.iter();
        let is_in_use = |one: &&Arc<SpCertificate>| one.active && !one.certificate.is_expired(now);
        ServiceProvider { certificate: certificates.find(is_in_use).cloned() }
    }

    fn check_sp_certificate(&self, id: &CertificateId) -> Result<(), ApiError> {
        match self.admin.sp_certificates.find(id.as_str()) {
            Some(_) => Ok(()),
            None => Err(ApiError::not_found(ResourceKind::Certificate, id.as_str())),
        }
    }
}
