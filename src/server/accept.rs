//! Accepts connections, and serves each of them until the client, a fault or the server ends it.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::AsyncRead;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{sleep, timeout};
use tokio_io_timeout::TimeoutWriter;

use crate::service::Service;

use super::Limits;
use super::faulted::Aborted;
use super::handle::{ConnectionState, Handler};
use super::workers::Workers;

/// Pause before the next attempt if a connection cannot be accepted, as when no file is left for it.
const ACCEPT_RETRY: Duration = Duration::from_millis(50);

/// Number of connections that the system holds until they are accepted. Beyond it, clients retry after
/// a second.
const BACKLOG: u32 = 4096;

/// A server that listens.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    handler: Arc<Handler>,
}

/// How a server stopped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StopOutcome {
    /// Every request under way was answered.
    Drained,
    /// Some were cut off when [`Limits::drain`] had passed.
    TimedOut,
}

impl Server {
    /// Listens at `address`; port 0 selects a free one. The system accepts connections from now on;
    /// requests are answered once [`Server::run`] is polled.
    ///
    /// # Errors
    /// If the port is in use, or may not be used.
    pub async fn bind(
        address: SocketAddr,
        service: Arc<Service>,
        limits: Limits,
    ) -> io::Result<Self> {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        // Allows the port of a server that has just ended. On Windows it would let two servers share
        // one port.
        #[cfg(not(windows))]
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        let listener = socket.listen(BACKLOG)?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address, handler: Arc::new(Handler::new(service, limits)) })
    }

    /// The address that it listens at.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop` resolves. Then it accepts no more connections, closes the idle ones, and
    /// answers the requests under way within [`Limits::drain`].
    pub async fn run(self, mut workers: Workers, stop: impl Future<Output = ()>) -> StopOutcome {
        let Self { listener, handler, .. } = self;
        let limits = &handler.limits;
        let slots = Arc::new(Semaphore::new(limits.connections_max));
        let http = Arc::new(http_builder(limits));
        let stopping = watch::Sender::new(false);
        let mut stop = pin!(stop);
        loop {
            let (stream, slot) = tokio::select! {
                biased;
                () = &mut stop => break,
                accepted = accept(&listener, &slots) => accepted,
            };
            let (http, handler, stopping) = (http.clone(), handler.clone(), stopping.subscribe());
            workers.serve(stream, async move |stream| {
                serve(&http, stream, handler, stopping).await;
                drop(slot);
            });
        }
        drop(listener);
        handler.close_events();
        stopping.send_replace(true);
        // Every connection holds a receiver until it ends.
        match timeout(limits.drain, stopping.closed()).await {
            Ok(()) => StopOutcome::Drained,
            Err(_) => StopOutcome::TimedOut,
        }
    }
}

/// Waits for a free slot, then for the next connection.
async fn accept(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> (TcpStream, Option<OwnedSemaphorePermit>) {
    // Fails only if the semaphore is closed, which it never is.
    let slot = slots.clone().acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return (stream, slot),
            Err(error) if concerns_one_connection(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                sleep(ACCEPT_RETRY).await;
            }
        }
    }
}

fn concerns_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionReset | Interrupted)
}

/// The number of headers is limited by hyper's default of 100, which costs no allocation.
fn http_builder(limits: &Limits) -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.head_timeout)
        .max_header_size(limits.head_bytes_max);
    http
}

/// Serves one connection.
async fn serve(
    http: &http1::Builder,
    stream: TcpStream,
    handler: Arc<Handler>,
    mut stopping: watch::Receiver<bool>,
) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "the connection ended before its first request");
        return;
    }
    let limits = &handler.limits;
    let _counted = handler.count_connection();
    let mut stream = TimeoutWriter::new(stream);
    stream.set_timeout(Some(limits.write_timeout));
    let state = Arc::new(ConnectionState::new());
    let service = service_fn(|request| {
        let (handler, state) = (handler.clone(), state.clone());
        async move { handler.handle(&state, request).await }
    });
    let mut connection = http.serve_connection(TokioIo::new(Box::pin(stream)), service);
    let finished = tokio::select! {
        biased;
        // First, so that a request that arrives after the stop is the last one of its connection.
        () = stopped(&mut stopping) => None,
        result = &mut connection => Some(result),
    };
    let result = match finished {
        Some(result) => result,
        None => {
            Pin::new(&mut connection).graceful_shutdown();
            (&mut connection).await
        }
    };
    // hyper has shut the stream down, unless a fault ends the connection.
    let parts = connection.into_parts();
    let mut stream = parts.io.into_inner();
    let Err(error) = result else {
        if state.has_unread_input() {
            discard_input(&mut stream, limits.linger).await;
        }
        return;
    };
    if let Some(aborted) = Aborted::find(&error) {
        if let Err(error) = aborted.send(stream, stopped(&mut stopping)).await {
            tracing::debug!(%error, "a faulted response was not sent");
        }
    } else if error.is_parse() {
        if is_tls_hello(&parts.read_buf) {
            tracing::warn!(
                "a client speaks TLS to a plain HTTP port; use http:// in its endpoint URL"
            );
        } else {
            tracing::debug!(%error, "a request cannot be parsed");
        }
        discard_input(&mut stream, limits.linger).await;
    } else {
        tracing::debug!(%error, "connection error");
    }
}

/// Resolves when the server stops.
async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // Fails if the sender is gone, and the server with it.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}

/// Reads until the client closes the connection. If the stream were dropped with unread input, the
/// system would reset the connection, and the client could lose the response.
async fn discard_input(stream: &mut (impl AsyncRead + Unpin), linger: Duration) {
    let _ = timeout(linger, tokio::io::copy(stream, &mut tokio::io::sink())).await;
}

/// Whether these bytes start a TLS handshake.
fn is_tls_hello(bytes: &[u8]) -> bool {
    const HANDSHAKE: u8 = 0x16;
    const MAJOR_VERSION: u8 = 3;
    bytes.first() == Some(&HANDSHAKE) && bytes.get(1).is_none_or(|byte| *byte == MAJOR_VERSION)
}
