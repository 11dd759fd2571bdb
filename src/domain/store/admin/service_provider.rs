//! The store as a SAML service provider: its own certificates, one of them active.

use std::sync::Arc;

use super::Sequence;
use crate::domain::model::{
    AdminOutcome, ApiError, Certificate, CertificateId, Outcome, ResourceKind, SP_CERTIFICATES_MAX,
    ServiceProvider, SpCertificate, Stamp, Timestamp,
};
use crate::domain::store::IdentityStore;

/// How long one holds. Assumed: five years.
const CERTIFICATE_MS: i64 = 5 * 365 * 24 * 60 * 60 * 1000;

impl IdentityStore {
    /// Makes a certificate. Source: Huawei CreateSpCertificate; Terraform's acceptance test finds it
    /// INACTIVE.
    ///
    /// # Errors
    /// `QuotaExceeded` where there are as many as there may be.
    pub(super) fn create_sp_certificate(&mut self, stamp: &Stamp) -> Result<Outcome, ApiError> {
        let held = self.admin.sp_certificates.len();
        Self::room(ResourceKind::Certificate, held, SP_CERTIFICATES_MAX)?;
        let n = self.made(Sequence::SpCertificate);
        let until = Timestamp(stamp.at.0.saturating_add(CERTIFICATE_MS));
        let bits = self.bits(&format!("service provider certificate {n}"));
        // What is written by our own rules reads by them; a unit test holds it to that.
        let certificate = Certificate::drawn(self.id().as_str(), stamp.at, until, bits)
            .ok_or(ApiError::Internal { retry_after_ms: None })?;
        let id = CertificateId::from(self.next_id(Sequence::SpCertificate));
        let certificate = Arc::new(SpCertificate { id: id.clone(), certificate, active: false });
        self.admin.sp_certificates.push(certificate.id.as_str(), certificate.clone());
        Ok(AdminOutcome::SpCertificateCreated { certificate, now: stamp.at }.into())
    }

    /// Source: Huawei ListSpCertificates.
    pub(super) fn sp_certificates(&self, now: Timestamp) -> Outcome {
        let certificates = self.admin.sp_certificates.iter().cloned().collect();
        AdminOutcome::SpCertificates { certificates, now }.into()
    }

    /// Makes one certificate the active one, and the one that was so inactive. Source: Huawei
    /// UpdateSpActiveCertificate.
    ///
    /// # Errors
    /// `NotFound`.
    pub(super) fn activate_sp_certificate(
        &mut self,
        id: &CertificateId,
    ) -> Result<Outcome, ApiError> {
        let (wanted, _) = self.sp_certificate(id)?;
        let all = self.admin.sp_certificates.iter().cloned().collect::<Vec<_>>();
        for certificate in all {
            let Some((position, _)) = self.admin.sp_certificates.find(certificate.id.as_str())
            else {
                continue;
            };
            let active = position == wanted;
            if certificate.active != active {
                let changed = SpCertificate { active, ..(*certificate).clone() };
                self.admin.sp_certificates.replace(position, Arc::new(changed));
            }
        }
        Ok(Outcome::Done)
    }

    /// Removes a certificate, the active one too: Terraform's acceptance test does so. Source: Huawei
    /// DeleteSpCertificate.
    ///
    /// # Errors
    /// `NotFound`.
    pub(super) fn delete_sp_certificate(
        &mut self,
        id: &CertificateId,
    ) -> Result<Outcome, ApiError> {
        self.sp_certificate(id)?;
        self.admin.sp_certificates.remove(id.as_str());
        Ok(Outcome::Done)
    }

    /// Source: Huawei GetSpConfigurationForDirectory.
    pub(super) fn service_provider(&self, now: Timestamp) -> ServiceProvider {
        let mut active = self.admin.sp_certificates.iter().filter(|one| one.active);
        let certificate = active.find(|one| !one.certificate.is_expired(now)).cloned();
        ServiceProvider { certificate }
    }

    fn sp_certificate(&self, id: &CertificateId) -> Result<(u64, Arc<SpCertificate>), ApiError> {
        let found =
            self.admin.sp_certificates.find(id.as_str()).map(|(at, found)| (at, found.clone()));
        found.ok_or_else(|| ApiError::not_found(ResourceKind::Certificate, id.as_str()))
    }
}
