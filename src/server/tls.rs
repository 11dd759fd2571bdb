//! TLS for HTTPS: the certificate of a server, and the handshake of a connection.
//!
//! Only HTTP/1.1 is offered. A fault that cuts, drips or resets a response acts on its connection, which
//! HTTP/2 shares with other responses.

use std::io;
#[cfg(feature = "tls")]
use std::sync::Arc;

#[cfg(feature = "tls")]
use tokio_rustls::{TlsAcceptor, rustls::crypto::ring};

#[cfg(feature = "tls")]
use crate::domain::Certificate;

use super::TlsSettings;
#[cfg(feature = "tls")]
use super::certificate;
use super::stream::{PlainStream, TlsStream};
#[cfg(feature = "tls")]
use super::truststore::truststore;

#[cfg(not(feature = "tls"))]
const NO_TLS: &str = "this build of idouble has no TLS; build it with the feature `tls`";

/// The certificate of a server, with its key, and the certificates that clients must trust.
#[derive(Clone)]
pub struct Tls {
    ca_pem: String,
    truststore: Vec<u8>,
    #[cfg(feature = "tls")]
    acceptor: TlsAcceptor,
}

impl Tls {
    /// Reads the certificate of the settings, or generates one.
    ///
    /// # Errors
    /// An error message that names the invalid file or name.
    #[cfg(feature = "tls")]
    pub fn new(settings: &TlsSettings) -> Result<Self, String> {
        let (config, ca) = certificate::server_config(settings)?;
        let ca_pem = ca.iter().map(|der| Certificate::encode_pem(der)).collect();
        let truststore = truststore(&ca)
            .map_err(|error| format!("cannot encode the certificate in PKCS#12: {error}"))?;
        let acceptor = TlsAcceptor::from(Arc::new(config));
        Ok(Self { ca_pem, truststore, acceptor })
    }

    /// Reports that this build has no TLS.
    ///
    /// # Errors
    /// Always.
    #[cfg(not(feature = "tls"))]
    pub fn new(_: &TlsSettings) -> Result<Self, String> {
        Err(NO_TLS.to_owned())
    }

    /// The certificates that clients must trust, in PEM: the generated CA, or those of the certificate file.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// The same certificates in PKCS#12, for Java. The file opens with any password.
    pub fn truststore(&self) -> &[u8] {
        &self.truststore
    }

    /// Cryptographically secure random bytes.
    ///
    /// # Errors
    /// If the system provides none.
    #[cfg(feature = "tls")]
    pub fn random<const N: usize>(&self) -> Result<[u8; N], String> {
        let mut bytes = [0; N];
        let filled = ring::default_provider().secure_random.fill(&mut bytes);
        filled.map_err(|_| "the system has no random numbers".to_owned())?;
        Ok(bytes)
    }

    /// Reports that this build has no TLS.
    ///
    /// # Errors
    /// Always.
    #[cfg(not(feature = "tls"))]
    pub fn random<const N: usize>(&self) -> Result<[u8; N], String> {
        Err(NO_TLS.to_owned())
    }

    /// Runs the TLS handshake.
    ///
    /// # Errors
    /// If the handshake fails, for example because the client does not trust the certificate.
    #[cfg(feature = "tls")]
    pub(super) async fn accept(&self, stream: PlainStream) -> io::Result<TlsStream> {
        self.acceptor.accept(stream).await
    }

    #[cfg(not(feature = "tls"))]
    pub(super) async fn accept(&self, stream: PlainStream) -> io::Result<TlsStream> {
        Ok(stream)
    }
}
