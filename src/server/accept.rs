//! Accepts connections, and serves each of them until the client, a fault or the server ends it.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{sleep, timeout};
use tokio_io_timeout::TimeoutWriter;

use crate::service::Service;

use super::Limits;
use super::faulted::Aborted;
use super::handle::{ConnectionState, Handler};
use super::stream::{ConnectionStream, PlainStream};
use super::tls::Tls;
use super::workers::Workers;

/// Pause before the next attempt if a connection cannot be accepted, for example because the process has
/// too many open files.
const ACCEPT_RETRY: Duration = Duration::from_millis(50);

/// Number of connections that the system queues until they are accepted. If the queue is full, clients
/// retry after a second.
const BACKLOG: u32 = 4096;

/// The first byte of a TLS handshake. No HTTP request starts with it.
const TLS_HANDSHAKE: u8 = 0x16;

/// A server with bound listeners. [`Server::run`] serves requests.
pub struct Server {
    plain: TcpListener,
    tls: Option<(TcpListener, Tls)>,
    addresses: ServerAddresses,
    handler: Arc<Handler>,
}

/// The addresses that a server listens at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ServerAddresses {
    /// For HTTP.
    pub plain: SocketAddr,
    /// For HTTPS.
    pub tls: Option<SocketAddr>,
}

impl ServerAddresses {
    /// The error message for a TLS handshake on the port for HTTP.
    fn plain_hint(&self) -> String {
        let port = self.plain.port();
        let https = match self.tls {
            Some(tls) => format!("https://localhost:{}", tls.port()),
            None => "start idouble with --tls for HTTPS".to_owned(),
        };
        format!("this port speaks plain HTTP: use http://localhost:{port}, or {https}\n")
    }

    /// The error message for plain HTTP on the port for TLS.
    fn tls_hint(&self) -> String {
        let port = self.tls.unwrap_or(self.plain).port();
        format!("this port speaks TLS: use https://localhost:{port}\n")
    }
}

/// How a server stopped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StopOutcome {
    /// Every open request got its response.
    Drained,
    /// Requests that were still open after [`Limits::drain`] were aborted.
    TimedOut,
}

impl Server {
    /// Binds `address` for HTTP and, if `tls` is set, its address for HTTPS. Port 0 selects a free port.
    /// The system queues connections from now on; requests are served while [`Server::run`] is polled.
    ///
    /// # Errors
    /// The address that cannot be bound, and why.
    pub async fn bind(
        address: SocketAddr,
        tls: Option<(SocketAddr, Tls)>,
        service: Arc<Service>,
        limits: Limits,
    ) -> Result<Self, (SocketAddr, io::Error)> {
        let plain = listen(address)?;
        let tls = match tls {
            Some((address, tls)) => Some((listen(address)?, tls)),
            None => None,
        };
        let own = |listener: &TcpListener| listener.local_addr().map_err(|error| (address, error));
        let addresses = ServerAddresses {
            plain: own(&plain)?,
            tls: tls.as_ref().map(|(listener, _)| own(listener)).transpose()?,
        };
        Ok(Self { plain, tls, addresses, handler: Arc::new(Handler::new(service, limits)) })
    }

    /// The addresses that it listens at.
    pub fn addresses(&self) -> ServerAddresses {
        self.addresses
    }

    /// Serves until `stop` resolves. Then it accepts no more connections, closes the idle ones, and
    /// finishes the open requests within [`Limits::drain`].
    pub async fn run(self, mut workers: Workers, stop: impl Future<Output = ()>) -> StopOutcome {
        let Self { plain, tls, addresses, handler } = self;
        let limits = &handler.limits;
        let slots = Arc::new(Semaphore::new(limits.connections_max));
        let http = Arc::new(http_builder(limits));
        // One per thread: each poll of a connection locks its channel, and threads would wait for each other.
        let stopping: Vec<_> = (0..workers.threads()).map(|_| watch::Sender::new(false)).collect();
        let mut stop = pin!(stop);
        loop {
            let (stream, tls, slot) = tokio::select! {
                biased;
                () = &mut stop => break,
                accepted = accept(&plain, tls.as_ref(), &slots) => accepted,
            };
            let thread = workers.next_thread();
            let stopping = stopping[thread].subscribe();
            let (http, handler) = (http.clone(), handler.clone());
            workers.serve(thread, stream, async move |stream| {
                let connection = Connection { http, handler, stopping, addresses };
                match tls {
                    None => connection.serve_plain(stream).await,
                    Some(tls) => connection.serve_tls(stream, &tls).await,
                }
                drop(slot);
            });
        }
        drop((plain, tls));
        handler.close_events();
        for stopping in &stopping {
            stopping.send_replace(true);
        }
        let drained = async {
            // Every connection holds a receiver until it ends.
            for stopping in &stopping {
                stopping.closed().await;
            }
        };
        match timeout(limits.drain, drained).await {
            Ok(()) => StopOutcome::Drained,
            Err(_) => StopOutcome::TimedOut,
        }
    }
}

fn listen(address: SocketAddr) -> Result<TcpListener, (SocketAddr, io::Error)> {
    let listen = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        // Allows the port of a server that has just ended. On Windows it would let two servers share
        // one port.
        #[cfg(not(windows))]
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    listen().map_err(|error| (address, error))
}

/// Waits for a free slot, then for the next connection. Returns [`Tls`] for a connection to the TLS port.
async fn accept(
    plain: &TcpListener,
    tls: Option<&(TcpListener, Tls)>,
    slots: &Arc<Semaphore>,
) -> (TcpStream, Option<Tls>, Option<OwnedSemaphorePermit>) {
    // Fails only if the semaphore is closed, which it never is.
    let slot = slots.clone().acquire_owned().await.ok();
    loop {
        let (accepted, tls) = match tls {
            None => (plain.accept().await, None),
            Some((listener, tls)) => tokio::select! {
                accepted = plain.accept() => (accepted, None),
                accepted = listener.accept() => (accepted, Some(tls.clone())),
            },
        };
        match accepted {
            Ok((stream, _)) => return (stream, tls, slot),
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

/// What serving one connection needs.
struct Connection {
    http: Arc<http1::Builder>,
    handler: Arc<Handler>,
    stopping: watch::Receiver<bool>,
    addresses: ServerAddresses,
}

impl Connection {
    /// Serves the connection. Responds to a TLS handshake with an HTTP error that names the right address.
    async fn serve_plain(mut self, stream: TcpStream) {
        let handler = self.handler.clone();
        let _counted = handler.count_connection();
        let limits = &handler.limits;
        let Some(mut stream) = prepare(stream, limits) else { return };
        let first = tokio::select! {
            biased;
            first = timeout(limits.head_timeout, first_byte(&stream)) => first,
            () = stopped(&mut self.stopping) => return,
        };
        match first {
            Ok(Ok(Some(TLS_HANDSHAKE))) => {
                tracing::warn!(
                    "a client speaks TLS to the port for plain HTTP; use http:// in its endpoint URL"
                );
                // TLS clients do not show the body, but those of Go and Java report that this is not TLS.
                let text = self.addresses.plain_hint();
                reject_protocol(&mut stream, StatusCode::BAD_REQUEST, &text, limits.linger).await;
            }
            Ok(Ok(_)) => self.serve(stream, false).await,
            Ok(Err(error)) => tracing::debug!(%error, "connection error"),
            Err(_) => tracing::debug!("no request arrived in time"),
        }
    }

    /// Runs the TLS handshake, then serves the connection. Responds to plain HTTP with an error that names the
    /// right address.
    async fn serve_tls(mut self, stream: TcpStream, tls: &Tls) {
        let handler = self.handler.clone();
        let _counted = handler.count_connection();
        let limits = &handler.limits;
        let Some(mut stream) = prepare(stream, limits) else { return };
        let handshake = async {
            if first_byte(&stream).await?.is_some_and(|first| first != TLS_HANDSHAKE) {
                tracing::warn!(
                    "a client speaks HTTP to the TLS port; use https:// in its endpoint URL"
                );
                let text = self.addresses.tls_hint();
                reject_protocol(&mut stream, StatusCode::BAD_REQUEST, &text, limits.linger).await;
                return Ok(None);
            }
            tls.accept(stream).await.map(Some)
        };
        let handshake = tokio::select! {
            biased;
            () = stopped(&mut self.stopping) => return,
            handshake = timeout(limits.handshake_timeout, handshake) => handshake,
        };
        match handshake {
            Ok(Ok(Some(stream))) => self.serve(stream, true).await,
            Ok(Ok(None)) => {}
            Ok(Err(error)) => {
                tracing::warn!(%error, "a TLS handshake failed; `idouble ca` prints what clients must trust");
            }
            Err(_) => tracing::debug!("a TLS handshake did not end in time"),
        }
    }

    async fn serve(self, stream: impl ConnectionStream, is_tls: bool) {
        let Self { http, handler, mut stopping, .. } = self;
        let limits = &handler.limits;
        let state = ConnectionState::new(is_tls);
        let service = service_fn(|request| handler.handle(&state, request));
        let mut connection = http.serve_connection(TokioIo::new(stream), service);
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
        let mut stream = connection.into_parts().io.into_inner();
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
        } else if error.is_parse_version_h2() {
            tracing::warn!("a client speaks HTTP/2 without being offered it; use HTTP/1.1");
            let status = StatusCode::HTTP_VERSION_NOT_SUPPORTED;
            let text = "this server speaks HTTP/1.1, not HTTP/2\n";
            // hyper sends no response to it.
            reject_protocol(&mut stream, status, text, limits.linger).await;
        } else if error.is_parse() {
            tracing::debug!(%error, "a request cannot be parsed");
            discard_input(&mut stream, limits.linger).await;
        } else {
            tracing::debug!(%error, "connection error");
        }
    }
}

/// Sets the socket options and the write timeout. Returns `None` if the connection has ended.
fn prepare(stream: TcpStream, limits: &Limits) -> Option<PlainStream> {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "the connection ended before its first request");
        return None;
    }
    let mut stream = TimeoutWriter::new(stream);
    stream.set_timeout(Some(limits.write_timeout));
    Some(Box::pin(stream))
}

/// Waits for the first byte of a connection and leaves it unread. Returns `None` if the client sends nothing
/// and closes the connection.
async fn first_byte(stream: &PlainStream) -> io::Result<Option<u8>> {
    let mut first = [0];
    let length = stream.tcp().peek(&mut first).await?;
    Ok((length == 1).then_some(first[0]))
}

/// Rejects a client that speaks another protocol, and ends its connection.
async fn reject_protocol(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    status: StatusCode,
    text: &str,
    linger: Duration,
) {
    let length = text.len();
    let response = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/plain\r\ncontent-length: {length}\r\n\
         connection: close\r\n\r\n{text}"
    );
    let sent = async {
        stream.write_all(response.as_bytes()).await?;
        stream.shutdown().await
    };
    match sent.await {
        Ok(()) => discard_input(stream, linger).await,
        Err(error) => tracing::debug!(%error, "connection error"),
    }
}

/// Resolves when the server stops.
async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // Fails if the sender is gone, and the server with it.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}

/// Reads and discards input until the client closes the connection. Dropping a stream with unread input
/// resets the connection, and the client can lose the response.
async fn discard_input(stream: &mut (impl AsyncRead + Unpin), linger: Duration) {
    let _ = timeout(linger, tokio::io::copy(stream, &mut tokio::io::sink())).await;
}
