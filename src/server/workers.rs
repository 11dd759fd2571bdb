//! The threads that serve connections, each with a runtime of its own.
//!
//! A connection stays on one thread, so that no request has to wake another one. With one runtime for all
//! threads, that takes most of the time of a small request (`make bench`, 2 cores, 16 connections).

use std::future::Future;
use std::io;
use std::thread::JoinHandle;

use tokio::net::TcpStream;
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

/// The threads that serve connections, in turn.
pub struct Workers {
    /// Empty if the accepting thread serves the connections too.
    workers: Vec<Worker>,
    /// The one that served the last connection.
    last: usize,
}

struct Worker {
    runtime: Handle,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Workers {
    /// Starts this number of threads. With one, the accepting thread serves the connections too.
    ///
    /// # Errors
    /// If the system has no thread or file left.
    pub fn start(threads: usize) -> io::Result<Self> {
        let threads = if threads > 1 { threads } else { 0 };
        let workers = (0..threads).map(|_| Worker::start()).collect::<io::Result<_>>()?;
        Ok(Self { workers, last: 0 })
    }

    /// The number of threads that serve connections.
    pub fn threads(&self) -> usize {
        self.workers.len().max(1)
    }

    /// The index of the thread for the next connection. The threads take turns.
    pub fn next_thread(&mut self) -> usize {
        self.last = (self.last + 1) % self.threads();
        self.last
    }

    /// Serves a connection on the thread with this index.
    pub fn serve<F>(
        &self,
        thread: usize,
        stream: TcpStream,
        serve: impl FnOnce(TcpStream) -> F + Send + 'static,
    ) where
        F: Future<Output = ()> + Send + 'static,
    {
        let Some(worker) = self.workers.get(thread) else {
            tokio::spawn(serve(stream));
            return;
        };
        // The stream moves to the runtime of the other thread.
        let Ok(stream) = stream.into_std() else { return };
        worker.runtime.spawn(async move {
            match TcpStream::from_std(stream) {
                Ok(stream) => serve(stream).await,
                Err(error) => tracing::warn!(%error, "cannot serve a connection"),
            }
        });
    }
}

impl Worker {
    fn start() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread =
            std::thread::Builder::new().name("idouble-worker".to_owned()).spawn(move || {
                let _ = runtime.block_on(stopped);
                // A control call that still runs does not hold up the end.
                runtime.shutdown_background();
            })?;
        Ok(Self { runtime: handle, stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
