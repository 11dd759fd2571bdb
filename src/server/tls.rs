//! HTTPS: what a server needs for it, and the handshake of a connection.
//!
//! HTTP/1.1 only. A fault that cuts, drips or resets a response acts on its connection, which in HTTP/2
//! other responses would share.

use std::io;
#[cfg(feature = "tls")]
use std::sync::Arc;

#[cfg(feature = "tls")]
use tokio_rustls::{TlsAcceptor, rustls::crypto::ring};

use super::TlsSettings;
#[cfg(feature = "tls")]
use super::certificate;
use super::stream::{PlainStream, TlsStream};
#[cfg(feature = "tls")]
use super::truststore::truststore;

#[cfg(not(feature = "tls"))]
const NO_TLS: &str = "this build of idouble has no TLS; build it with the feature `tls`";

/// What HTTPS needs: a certificate with its key.
#[derive(Clone)]
pub struct Tls {
    ca_pem: String,
    truststore: Vec<u8>,
    #[cfg(feature = "tls")]
    acceptor: TlsAcceptor,
}

impl Tls {
    /// Reads the certificate of the settings, or makes one.
    ///
    /// # Errors
    /// A text about the file or the name that is wrong.
    #[cfg(feature = "tls")]
    pub fn new(settings: &TlsSettings) -> Result<Self, String> {
        let (config, ca) = certificate::server_config(settings)?;
        let ca_pem = ca.iter().map(certificate::pem).collect();
        let (truststore, acceptor) = (truststore(&ca), TlsAcceptor::from(Arc::new(config)));
        Ok(Self { ca_pem, truststore, acceptor })
    }

    /// # Errors
    /// Always: this build has no TLS.
    #[cfg(not(feature = "tls"))]
    pub fn new(_: &TlsSettings) -> Result<Self, String> {
        Err(NO_TLS.to_owned())
    }

    /// The certificates that clients have to trust, in PEM: the CA, or those of the given file.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// The same in PKCS#12, for Java. It opens with any password.
    pub fn truststore(&self) -> &[u8] {
        &self.truststore
    }

    /// Random bytes that nobody can guess.
    ///
    /// # Errors
    /// If the system has none.
    #[cfg(feature = "tls")]
    pub fn random<const N: usize>(&self) -> Result<[u8; N], String> {
        let mut bytes = [0; N];
        let filled = ring::default_provider().secure_random.fill(&mut bytes);
        filled.map_err(|_| "the system has no random numbers".to_owned())?;
        Ok(bytes)
    }

    /// # Errors
    /// Always: this build has no TLS.
    #[cfg(not(feature = "tls"))]
    pub fn random<const N: usize>(&self) -> Result<[u8; N], String> {
        Err(NO_TLS.to_owned())
    }

    /// Runs the handshake.
    ///
    /// # Errors
    /// If the client does not trust the certificate, or closes the connection.
    #[cfg(feature = "tls")]
    pub(super) async fn accept(&self, stream: PlainStream) -> io::Result<TlsStream> {
        self.acceptor.accept(stream).await
    }

    #[cfg(not(feature = "tls"))]
    pub(super) async fn accept(&self, stream: PlainStream) -> io::Result<TlsStream> {
        Ok(stream)
    }
}
