//! The accept loop, the connections' tasks, and how they end.

use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::runtime::Handle;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{sleep, timeout};

use crate::service::Service;

use super::Limits;
use super::answer::Answerer;
use super::seats::Seats;
use super::socket::{Asked, Socket};
use super::workers::Workers;

/// How long accepting rests when the machine has no file to give for a connection.
const ACCEPT_REST: Duration = Duration::from_millis(50);

/// How many connections the machine may hold for us until they are accepted. Beyond that, clients try
/// again after a second.
const BACKLOG: u32 = 4096;

/// How many headers hyper reads when it is not told: on the stack. Told any number, even this one, it
/// reads into memory that it fetches for each request, at a tenth of what a small request costs.
const HEADERS_FREE: usize = 100;

/// A server that listens.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    answerer: Arc<Answerer>,
}

/// How a server ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ended {
    /// Every request that was under way got its answer.
    Drained,
    /// Some were cut off when the time for that had run out.
    Cut,
}

impl Server {
    /// Listens at `address`; port 0 takes a free one. Connections are accepted from now on, and
    /// answered once it runs.
    ///
    /// # Errors
    /// As the machine's: the port is taken, or may not be had.
    pub async fn bind(
        address: SocketAddr,
        service: Arc<Service>,
        limits: Limits,
    ) -> io::Result<Self> {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        // A port whose former owner has just ended can be had at once.
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        let listener = socket.listen(BACKLOG)?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address, answerer: Arc::new(Answerer::new(service, limits)) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop`, then ends: nothing more is accepted, idle connections are closed,
    /// requests under way are answered within [`Limits::drain`].
    pub async fn run(self, mut workers: Workers, stop: impl Future<Output = ()>) -> Ended {
        let Self { listener, answerer, .. } = self;
        let drain = answerer.limits.drain;
        let seats =
            Arc::new(Seats::new(answerer.limits.connections_max, answerer.limits.yield_after));
        let http = Arc::new(protocol(&answerer.limits));
        let timers = Handle::current();
        let mut stop = pin!(stop);
        loop {
            let (stream, slot) = tokio::select! {
                biased;
                () = &mut stop => break,
                accepted = accept(&listener, &seats) => accepted,
            };
            let (http, answerer, seats) = (http.clone(), answerer.clone(), seats.clone());
            let timers = timers.clone();
            workers.serve(stream, async move |stream| {
                serve(&http, stream, answerer, &seats, &timers).await;
                drop(slot);
            });
        }
        drop(listener);
        answerer.end_events();
        seats.end(Asked::ToDrain);
        let ended = match timeout(drain, seats.empty()).await {
            Ok(()) => Ended::Drained,
            Err(_) => Ended::Cut,
        };
        seats.end(Asked::ToEnd);
        ended
    }
}

/// The next connection and its slot. Waits until there is one of either.
async fn accept(
    listener: &TcpListener,
    seats: &Seats,
) -> (TcpStream, Option<OwnedSemaphorePermit>) {
    let slot = seats.take().await;
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return (stream, slot),
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                seats.make_room();
                sleep(ACCEPT_REST).await;
            }
        }
    }
}

fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionReset | Interrupted)
}

fn protocol(limits: &Limits) -> http1::Builder {
    let mut http = http1::Builder::new();
    // The socket times heads itself: hyper's timer is made anew for each request, and closes idle
    // connections after the same ten seconds.
    http.header_read_timeout(None);
    // A request that has one more is cut short by the socket, so that its refusal is ours to write.
    if limits.headers_max > HEADERS_FREE {
        http.max_headers(limits.headers_max);
    }
    http
}

async fn serve(
    http: &http1::Builder,
    stream: TcpStream,
    answerer: Arc<Answerer>,
    seats: &Seats,
    timers: &Handle,
) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection ended before it began");
        return;
    }
    let counted = answerer.clone();
    let _connection = counted.connection();
    let socket = Socket::new(stream, &answerer.limits, timers);
    let (line, told) = (socket.line(), socket.line());
    let service = service_fn(move |request| {
        let (answerer, line) = (answerer.clone(), line.clone());
        async move { answerer.answer(&line, request).await }
    });
    let mut connection = pin!(http.serve_connection(TokioIo::new(socket), service));
    told.serve_in(poll_fn(|context| Poll::Ready(context.waker().clone())).await);
    seats.add(&told);
    let ended = poll_fn(|context| {
        // First, so that a request which comes after the server was told to stop is the last one.
        match told.asked() {
            Asked::Nothing => {}
            Asked::ToLeave if told.is_idle() => return Poll::Ready(Ok(())),
            Asked::ToLeave => {} // A request came meanwhile.
            // What hangs has nothing to wait for.
            Asked::ToDrain if told.drain() => return Poll::Ready(Ok(())),
            Asked::ToDrain => connection.as_mut().graceful_shutdown(),
            Asked::ToEnd => return Poll::Ready(Ok(())),
        }
        connection.as_mut().poll(context)
    });
    if let Err(error) = ended.await {
        tracing::debug!(%error, "a connection ended in disorder");
    }
}
