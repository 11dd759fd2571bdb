//! The thread that runs the server.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

use tokio::sync::{oneshot, watch};

use crate::server::{Limits, Server, ServerAddresses, StopOutcome, Tls, Workers};
use crate::service::Service;

use super::Error;

/// The thread that runs a server. Dropping it stops the server, and outside of async code waits until it
/// has stopped.
pub(super) struct Thread {
    stop: Option<oneshot::Sender<()>>,
    /// Closed when the server has stopped.
    running: watch::Receiver<()>,
    handle: Option<JoinHandle<StopOutcome>>,
}

/// A started thread. Its server accepts connections once [`StartingThread::listening`] returns.
pub(super) struct StartingThread {
    thread: Thread,
    address: SocketAddr,
    listening: mpsc::Receiver<Listening>,
}

/// The addresses that a server listens on, or the one that it cannot listen on.
type Listening = Result<ServerAddresses, (SocketAddr, io::Error)>;

/// Starts a thread.
///
/// # Errors
/// `Thread`.
pub(super) fn start(
    threads: usize,
    address: SocketAddr,
    tls: Option<(SocketAddr, Tls)>,
    service: Arc<Service>,
    limits: Limits,
) -> Result<StartingThread, Error> {
    let (stop, stopped) = oneshot::channel();
    let (sender, listening) = mpsc::channel();
    let (is_running, running) = watch::channel(());
    let handle = std::thread::Builder::new()
        .name("idouble".to_owned())
        .spawn(move || {
            let ended = run(threads, address, tls, service, limits, &sender, stopped);
            drop(is_running);
            ended
        })
        .map_err(Error::Thread)?;
    let thread = Thread { stop: Some(stop), running, handle: Some(handle) };
    Ok(StartingThread { thread, address, listening })
}

impl StartingThread {
    /// Waits until the server listens, and returns the thread with the addresses. The server accepts connections
    /// from then on.
    ///
    /// # Errors
    /// `PortTaken`, `Listen`.
    pub(super) fn listening(self) -> Result<(Thread, ServerAddresses), Error> {
        let panicked = || Err((self.address, io::Error::other("the server's thread ended")));
        match self.listening.recv().unwrap_or_else(|_| panicked()) {
            Ok(addresses) => Ok((self.thread, addresses)),
            Err((address, error)) if error.kind() == io::ErrorKind::AddrInUse => {
                Err(Error::PortTaken(address))
            }
            Err((address, error)) => Err(Error::Listen(address, error)),
        }
    }
}

impl Thread {
    /// Asks the server to stop.
    pub(super) fn stop(&mut self) {
        drop(self.stop.take());
    }

    /// Whether the server has stopped.
    pub(super) fn is_stopped(&self) -> bool {
        self.running.has_changed().is_err()
    }

    /// Waits until the server has stopped.
    pub(super) async fn stopped(&self) {
        let mut running = self.running.clone();
        // Nothing is ever sent: it fails when the sender is dropped.
        while running.changed().await.is_ok() {}
    }

    /// Stops the server and waits for it. Returns how it ended; `None` if it panicked, or if this was
    /// called before.
    pub(super) fn end(&mut self) -> Option<StopOutcome> {
        self.stop();
        self.handle.take().and_then(|handle| handle.join().ok())
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        // The caller's runtime may have to finish the requests that the server waits for.
        if tokio::runtime::Handle::try_current().is_ok() {
            self.stop();
        } else {
            self.end();
        }
    }
}

fn run(
    threads: usize,
    address: SocketAddr,
    tls: Option<(SocketAddr, Tls)>,
    service: Arc<Service>,
    limits: Limits,
    listening: &mpsc::Sender<Listening>,
    stopped: oneshot::Receiver<()>,
) -> StopOutcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    // Nothing receives it if the fixtures are invalid.
    let (runtime, workers) = match runtime.and_then(|made| Ok((made, Workers::start(threads)?))) {
        Ok(made) => made,
        Err(error) => {
            let _ = listening.send(Err((address, error)));
            return StopOutcome::TimedOut;
        }
    };
    let outcome = runtime.block_on(async {
        match Server::bind(address, tls, service, limits).await {
            Ok(server) => {
                let _ = listening.send(Ok(server.addresses()));
                let stopped = async {
                    let _ = stopped.await;
                };
                server.run(workers, stopped).await
            }
            Err(error) => {
                let _ = listening.send(Err(error));
                StopOutcome::TimedOut
            }
        }
    });
    // A control call that still runs does not hold up the end.
    runtime.shutdown_background();
    outcome
}

/// An address that a client on this machine can connect to.
pub(super) fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
        ip if ip.to_canonical().is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}
