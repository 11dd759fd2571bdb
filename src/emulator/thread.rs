//! The server's thread: how it starts, where it listens, and how it ends.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use crate::server::{Ended, Limits, Server, Workers};
use crate::service::Service;

use super::StartError;

/// A server's thread. Dropping it stops the server, and waits until it has.
pub(super) struct Thread {
    stop: Option<oneshot::Sender<()>>,
    handle: Option<JoinHandle<Ended>>,
}

/// Starts one that accepts connections when this returns, and tells where.
pub(super) fn start(
    threads: usize,
    address: SocketAddr,
    service: Arc<Service>,
    limits: Limits,
) -> Result<(Thread, SocketAddr), StartError> {
    let (stop, stopped) = oneshot::channel();
    let (tell, told) = mpsc::channel();
    let handle = std::thread::Builder::new()
        .name("idouble".to_owned())
        .spawn(move || run(threads, address, service, limits, &tell, stopped))
        .map_err(StartError::Thread)?;
    let gone = || Err(io::Error::other("the server's thread ended"));
    match told.recv().unwrap_or_else(|_| gone()) {
        Ok(address) => Ok((Thread { stop: Some(stop), handle: Some(handle) }, address)),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            Err(StartError::PortTaken(address))
        }
        Err(error) => Err(StartError::Listen(address, error)),
    }
}

impl Thread {
    /// Begins to stop.
    pub(super) fn stop(&mut self) {
        drop(self.stop.take());
    }

    /// Whether it has stopped.
    pub(super) fn is_finished(&self) -> bool {
        self.handle.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Stops, and tells how; `None` where it has told that, or has panicked.
    pub(super) fn end(&mut self) -> Option<Ended> {
        self.stop();
        self.handle.take().and_then(|handle| handle.join().ok())
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        self.end();
    }
}

fn run(
    threads: usize,
    address: SocketAddr,
    service: Arc<Service>,
    limits: Limits,
    tell: &mpsc::Sender<io::Result<SocketAddr>>,
    stopped: oneshot::Receiver<()>,
) -> Ended {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    // Whoever started this thread waits for what it tells.
    let (runtime, workers) = match runtime.and_then(|made| Ok((made, Workers::start(threads)?))) {
        Ok(made) => made,
        Err(error) => {
            let _ = tell.send(Err(error));
            return Ended::Cut;
        }
    };
    runtime.block_on(async {
        match Server::bind(address, service, limits).await {
            Ok(server) => {
                let _ = tell.send(Ok(server.address()));
                let stopped = async {
                    let _ = stopped.await;
                };
                server.run(workers, stopped).await
            }
            Err(error) => {
                let _ = tell.send(Err(error));
                Ended::Cut
            }
        }
    })
}

/// An address that a client on this machine can connect to.
pub(super) fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}
