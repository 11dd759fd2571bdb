//! HTTPS: what a server needs for it, and the handshake of a connection.
//!
//! HTTP/1.1 only. A fault that cuts, drips or resets a response acts on its connection, which in HTTP/2
//! other responses would share.

use std::io;
#[cfg(feature = "tls")]
use std::sync::Arc;

#[cfg(feature = "tls")]
use tokio_rustls::TlsAcceptor;

use super::TlsSettings;
#[cfg(feature = "tls")]
use super::certificate;
use super::stream::{PlainStream, TlsStream};

/// What HTTPS needs: a certificate with its key.
#[derive(Clone)]
pub struct Tls {
    ca_pem: String,
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
        let (config, ca_pem) = certificate::server_config(settings)?;
        Ok(Self { ca_pem, acceptor: TlsAcceptor::from(Arc::new(config)) })
    }

    /// # Errors
    /// Always: this build has no TLS.
    #[cfg(not(feature = "tls"))]
    pub fn new(_: &TlsSettings) -> Result<Self, String> {
        Err("this build of idouble has no TLS; build it with the feature `tls`".to_owned())
    }

    /// The certificates that clients have to trust, in PEM: the CA, or those of the given file.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
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
