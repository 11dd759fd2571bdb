//! The certificate for HTTPS: read from files, or generated at the start.

use std::collections::HashMap;
use std::error::Error;
use std::fmt::{self, Display};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, SanType,
};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::{CertifiedKey, SigningKey};
use tokio_rustls::rustls::{self, ServerConfig};

use crate::domain::lock::Mutex;

use super::TlsSettings;

/// The names of the generated certificate; settings can add more.
const NAMES: [&str; 4] = ["localhost", "*.localhost", "127.0.0.1", "::1"];

/// A name with this suffix gets a certificate of its own at its first handshake. Most TLS libraries reject
/// `*.localhost`, because that wildcard covers a whole top-level domain.
const LOCALHOST_SUFFIX: &str = ".localhost";

/// The maximum number of such certificates that are cached.
const OWN_CERTIFICATES_MAX: usize = 100;

/// Validity of a generated certificate. Apple's systems reject one that is valid for more than 825 days.
const VALID_DAYS: i32 = 397;

/// Reads the certificate of the settings, or generates a CA and a certificate that it signs. Returns the TLS
/// configuration and the certificates that clients must trust: the CA, or those of the file.
///
/// A generated CA is random, not derived from the seed: anyone could compute the key of a CA from a known
/// seed, and impersonate any server to a client that trusts it.
///
/// # Errors
/// An error message that names the invalid file or name.
pub(super) fn server_config(
    settings: &TlsSettings,
) -> Result<(ServerConfig, Vec<CertificateDer<'static>>), String> {
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map(|config| config.with_no_client_auth());
    let config = config.map_err(|error| format!("TLS cannot be configured: {error}"))?;
    let (mut config, ca) = match &settings.files {
        Some((certificate, key)) => {
            let (chain, private) = read(certificate, key)?;
            let config = config.with_single_cert(chain.clone(), private);
            let unusable = |error| {
                let (certificate, key) = (certificate.display(), key.display());
                match error {
                    rustls::Error::InconsistentKeys(_) => {
                        format!(
                            "{key}: this private key does not belong to the certificate {certificate}"
                        )
                    }
                    error => format!("{certificate} and {key} cannot be used: {error}"),
                }
            };
            (config.map_err(unusable)?, chain)
        }
        None => {
            let issuer = Issuer::new(&settings.names);
            let issuer =
                issuer.map_err(|error| format!("cannot generate a certificate: {error}"))?;
            let ca = vec![issuer.ca.der().clone()];
            (config.with_cert_resolver(Arc::new(issuer)), ca)
        }
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok((config, ca))
}

/// A CA and the certificates that it has signed. These certificates share one key.
struct Issuer {
    ca: CertifiedIssuer<'static, KeyPair>,
    key: KeyPair,
    signing_key: Arc<dyn SigningKey>,
    certificate: Arc<CertifiedKey>,
    /// The certificates of names that end in `.localhost`.
    own_certificates: Mutex<HashMap<String, Arc<CertifiedKey>>>,
}

impl Issuer {
    fn new(names: &[String]) -> Result<Self, Box<dyn Error>> {
        let mut ca = params("idouble CA");
        ca.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let ca = CertifiedIssuer::self_signed(ca, KeyPair::generate()?)?;
        let key = KeyPair::generate()?;
        let private = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        let signing_key = ring::sign::any_supported_type(&private)?;
        let names: Vec<_> = NAMES.into_iter().chain(names.iter().map(String::as_str)).collect();
        let certificate = certificate(&names, &ca, &key, &signing_key)?;
        let own_certificates = Mutex::default();
        Ok(Self { ca, key, signing_key, certificate, own_certificates })
    }

    /// The certificate of a name that ends in `.localhost`, from the cache or newly signed.
    fn own_certificate(&self, name: &str) -> Result<Arc<CertifiedKey>, rcgen::Error> {
        let mut certificates = self.own_certificates.lock();
        if let Some(certificate) = certificates.get(name) {
            return Ok(certificate.clone());
        }
        let new = certificate(&[name], &self.ca, &self.key, &self.signing_key)?;
        if certificates.len() < OWN_CERTIFICATES_MAX {
            certificates.insert(name.to_owned(), new.clone());
        }
        Ok(new)
    }
}

impl ResolvesServerCert for Issuer {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let name = hello.server_name().unwrap_or_default().to_ascii_lowercase();
        match name.ends_with(LOCALHOST_SUFFIX) {
            true => self.own_certificate(&name).ok(),
            false => Some(self.certificate.clone()),
        }
    }
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issuer").finish_non_exhaustive()
    }
}

/// Signs a certificate for these names and addresses.
fn certificate(
    names: &[&str],
    ca: &CertifiedIssuer<'static, KeyPair>,
    key: &KeyPair,
    signing_key: &Arc<dyn SigningKey>,
) -> Result<Arc<CertifiedKey>, rcgen::Error> {
    let mut leaf = params(names.first().copied().unwrap_or_default());
    for name in names {
        leaf.subject_alt_names.push(match name.parse() {
            Ok(address) => SanType::IpAddress(address),
            Err(_) => SanType::DnsName((*name).try_into()?),
        });
    }
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    leaf.use_authority_key_identifier_extension = true;
    let leaf = leaf.signed_by(key, ca)?;
    let chain = vec![leaf.der().clone(), ca.der().clone()];
    Ok(Arc::new(CertifiedKey::new(chain, signing_key.clone())))
}

/// The parameters of a certificate with this common name. It is valid from yesterday by the system clock,
/// because clients check it by theirs, not by the emulator's.
fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let at = |days: i32| {
        let date = today.saturating_add(days.days());
        rcgen::date_time_ymd(
            date.year().into(),
            date.month().unsigned_abs(),
            date.day().unsigned_abs(),
        )
    };
    (params.not_before, params.not_after) = (at(-1), at(VALID_DAYS));
    params
}

/// Reads a certificate chain and its private key from PEM files.
fn read(
    certificate: &Path,
    key: &Path,
) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), String> {
    let chain =
        CertificateDer::pem_slice_iter(&read_file(certificate)?).collect::<Result<Vec<_>, _>>();
    let chain = chain.map_err(|error| invalid(certificate, error))?;
    if chain.is_empty() {
        return Err(invalid(certificate, "expected certificates in PEM"));
    }
    let key_text = read_file(key)?;
    let private = PrivateKeyDer::from_pem_slice(&key_text);
    let private =
        private.map_err(|_| invalid(key, "expected a private key in PEM, without a password"))?;
    Ok((chain, private))
}

fn read_file(path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|error| invalid(path, error))
}

fn invalid(path: &Path, error: impl Display) -> String {
    format!("{}: {error}", path.display())
}
