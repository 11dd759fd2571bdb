//! The raw stream of a connection, with or without TLS.

use std::pin::Pin;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_io_timeout::TimeoutWriter;

/// The raw stream of a connection without TLS.
pub type PlainStream = Pin<Box<TimeoutWriter<TcpStream>>>;

/// The stream of a connection after the TLS handshake. Without the feature `tls` it is never created.
#[cfg(feature = "tls")]
pub type TlsStream = tokio_rustls::server::TlsStream<PlainStream>;
#[cfg(not(feature = "tls"))]
pub type TlsStream = PlainStream;

/// The raw stream of a connection.
pub trait ConnectionStream: AsyncRead + AsyncWrite + Unpin {
    /// The stream below TLS.
    fn tcp(&self) -> &TcpStream;
}

impl ConnectionStream for PlainStream {
    fn tcp(&self) -> &TcpStream {
        self.get_ref()
    }
}

#[cfg(feature = "tls")]
impl ConnectionStream for TlsStream {
    fn tcp(&self) -> &TcpStream {
        self.get_ref().0.tcp()
    }
}
