//! The accept loop, the connections' tasks, and how they end.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{sleep, timeout};

use crate::service::Service;

use super::Limits;
use super::answer::Answerer;
use super::socket::Socket;
use super::workers::Workers;

/// How long accepting rests when the machine has no file to give for a connection.
const ACCEPT_REST: Duration = Duration::from_millis(50);

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

/// How far a server is in its life; connections go by it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Life {
    Serving,
    Draining,
    Over,
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
        let listener = TcpListener::bind(address).await?;
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
        let connections_max = answerer.limits.connections_max;
        let drain = answerer.limits.drain;
        let slots = Arc::new(Semaphore::new(connections_max));
        let (life, _) = watch::channel(Life::Serving);
        let http = Arc::new(protocol(&answerer.limits));
        let mut stop = pin!(stop);
        loop {
            let (stream, slot) = tokio::select! {
                biased;
                () = &mut stop => break,
                accepted = accept(&listener, &slots) => accepted,
            };
            let (http, answerer, life) = (http.clone(), answerer.clone(), life.subscribe());
            workers.serve(stream, async move |stream| {
                serve(&http, stream, answerer, life).await;
                drop(slot);
            });
        }
        drop(listener);
        answerer.end_events();
        life.send_replace(Life::Draining);
        let all = u32::try_from(connections_max).unwrap_or(u32::MAX);
        let ended = match timeout(drain, slots.acquire_many(all)).await {
            Ok(_) => Ended::Drained,
            Err(_) => Ended::Cut,
        };
        life.send_replace(Life::Over);
        ended
    }
}

/// The next connection and its slot. Waits until there is one of either.
async fn accept(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> (TcpStream, Option<OwnedSemaphorePermit>) {
    // Never closed, so there is always a slot in the end.
    let slot = slots.clone().acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return (stream, slot),
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
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
    mut life: watch::Receiver<Life>,
) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection ended before it began");
        return;
    }
    let counted = answerer.clone();
    let _connection = counted.connection();
    let socket = Socket::new(stream, &answerer.limits);
    let (line, told) = (socket.line(), socket.line());
    let service = service_fn(move |request| {
        let (answerer, line) = (answerer.clone(), line.clone());
        async move { answerer.answer(&line, request).await }
    });
    let mut connection = pin!(http.serve_connection(TokioIo::new(socket), service));
    let ended = tokio::select! {
        biased;
        // First, so that a request which comes after the server was told to stop is the last one.
        _ = life.wait_for(|life| *life != Life::Serving) => None,
        ended = connection.as_mut() => Some(ended),
    };
    let ended = match ended {
        Some(ended) => ended,
        None => {
            if told.drain() {
                return; // What hangs has nothing to wait for.
            }
            connection.as_mut().graceful_shutdown();
            tokio::select! {
                biased;
                ended = connection.as_mut() => ended,
                _ = life.wait_for(|life| *life == Life::Over) => Ok(()),
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended in disorder");
    }
}
