//! The threads that serve connections, each with a runtime of its own.
//!
//! A connection stays on the thread that it was given to. Measured against one runtime that all
//! threads share (`make bench`, 2 cores, 16 connections): no request has to wake another thread,
//! which is where most of the time of a small request goes.

use std::future::Future;
use std::io;
use std::thread::JoinHandle;

use tokio::net::TcpStream;
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

/// The threads that serve connections, taking turns.
pub struct Workers {
    /// Empty where the thread that accepts serves too.
    workers: Vec<Worker>,
    turn: usize,
}

struct Worker {
    runtime: Handle,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Workers {
    /// So many threads; with one, the thread that accepts serves too.
    ///
    /// # Errors
    /// The machine gives no thread, or no runtime.
    pub fn start(threads: usize) -> io::Result<Self> {
        let threads = if threads > 1 { threads } else { 0 };
        let workers = (0..threads).map(|_| Worker::start()).collect::<io::Result<_>>()?;
        Ok(Self { workers, turn: 0 })
    }

    /// Has the next thread serve a connection.
    pub fn serve<F>(
        &mut self,
        stream: TcpStream,
        serve: impl FnOnce(TcpStream) -> F + Send + 'static,
    ) where
        F: Future<Output = ()> + Send + 'static,
    {
        if self.workers.is_empty() {
            tokio::spawn(serve(stream));
            return;
        }
        self.turn = (self.turn + 1) % self.workers.len();
        // The other runtime has to watch it from now on.
        let Ok(stream) = stream.into_std() else { return };
        self.workers[self.turn].runtime.spawn(async move {
            match TcpStream::from_std(stream) {
                Ok(stream) => serve(stream).await,
                Err(error) => tracing::warn!(%error, "cannot watch a connection"),
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
