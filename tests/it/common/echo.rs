//! A server on its own thread, with a dialect that echoes requests.

#![allow(dead_code)] // Each test file uses its own part of this.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, LazyLock, Mutex, mpsc};
use std::thread::JoinHandle;

use bytes::Bytes;
use idouble::internal::dialect::{Dialect, Head, Matched, Request, Response, Route, Shape};
use idouble::internal::domain::{
    ApiError, Clock, Directory, Outcome, RequestIds, StoreRules, Timestamp, UnknownOperation,
    UnknownStorePolicy,
};
use idouble::internal::faults::Faults;
use idouble::internal::journal::JournalSettings;
use idouble::internal::server::{Limits, Server, StopOutcome, Workers};
use idouble::internal::service::Service;
use tokio::sync::oneshot;

use crate::common::Client;

/// Size of the response to `/large`, more than sockets buffer.
pub const LARGE_BYTES: usize = 64 * 1024 * 1024;

/// Returns 200 with the request line and the body length. At `/panic` it panics. An error is encoded with
/// its status and message.
#[derive(Default)]
struct Echo {
    gate: Mutex<Option<Gate>>,
}

/// Blocks the first call that shows a journal entry, until the test drops its end.
struct Gate {
    entered: mpsc::Sender<()>,
    release: mpsc::Receiver<()>,
}

impl Dialect for Echo {
    fn name(&self) -> &'static str {
        "echo"
    }

    fn routes(&self) -> &'static [Route] {
        &[]
    }

    fn shapes(&self) -> Vec<&'static Shape> {
        Vec::new()
    }

    fn recognizes(&self, head: &Head) -> bool {
        assert_ne!(head.uri.path(), "/panic-early", "panics on request");
        true
    }

    fn route<'r>(&self, request: &'r Request) -> Result<Matched<'r>, ApiError> {
        assert_ne!(request.head.uri.path(), "/panic", "panics on request");
        let path = format!("{} {}", request.head.uri.path(), request.body.len());
        let method = request.head.method.to_string();
        Err(ApiError::UnknownOperation(UnknownOperation::Path { method, path }))
    }

    fn account(&self) -> &Arc<str> {
        static ACCOUNT: LazyLock<Arc<str>> = LazyLock::new(|| "echo".into());
        &ACCOUNT
    }

    fn request_id(&self, id: u128) -> String {
        let gate = self.gate.lock().expect("no call panics here").take();
        if let Some(Gate { entered, release }) = gate {
            entered.send(()).expect("the test waits for it");
            release.recv().expect_err("the test drops its end");
        }
        id.to_string()
    }

    fn encode(&self, request_id: u128, matched: &Matched<'_>, _outcome: &Outcome) -> Response {
        self.encode_error(
            request_id,
            Timestamp(0),
            matched.head,
            &ApiError::Internal { retry_after_ms: None },
        )
    }

    fn encode_error(
        &self,
        _request_id: u128,
        _now: Timestamp,
        _head: &Head,
        error: &ApiError,
    ) -> Response {
        let (status, text) = match error {
            ApiError::UnknownOperation(UnknownOperation::Path { path, .. })
                if path == "/large 0" =>
            {
                (200, "x".repeat(LARGE_BYTES))
            }
            ApiError::UnknownOperation(UnknownOperation::Path { method, path }) => {
                (200, format!("{method} {path}"))
            }
            ApiError::Malformed(text) => (400, text.clone()),
            ApiError::TooLarge(what) => (413, format!("{what:?}")),
            ApiError::BodyTimeout => (408, "late".to_owned()),
            ApiError::Foreign(_) => (403, "foreign".to_owned()),
            ApiError::Unavailable { .. } => (503, "unavailable".to_owned()),
            _ => (500, "failed".to_owned()),
        };
        let mut response = Response::new(Bytes::from(text));
        *response.status_mut() = status.try_into().expect("a status");
        response.headers_mut().insert("x-form", "vendor".try_into().expect("a value"));
        response
    }
}

/// A running server on its own thread.
pub struct Running {
    /// The address of the server.
    pub address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<StopOutcome>>,
}

impl Running {
    /// Starts with a frozen clock at the start of a year.
    pub fn start(limits: Limits) -> Self {
        Self::start_at(limits, Clock::frozen(Timestamp(1_767_225_600_000)))
    }

    /// Starts a server whose first call that shows a journal entry blocks. It reports that on the
    /// receiver, and continues when the sender is dropped. With one thread for requests, there is also one
    /// for long calls.
    pub fn start_gated(
        limits: Limits,
        threads: usize,
    ) -> (Self, mpsc::Receiver<()>, mpsc::Sender<()>) {
        let (entered, has_entered) = mpsc::channel();
        let (released, release) = mpsc::channel();
        let echo = Echo { gate: Mutex::new(Some(Gate { entered, release })) };
        (Self::start_echo(echo, limits, Clock::system(), threads), has_entered, released)
    }

    /// Starts with this clock.
    pub fn start_at(limits: Limits, clock: Clock) -> Self {
        Self::start_echo(Echo::default(), limits, clock, 1)
    }

    fn start_echo(echo: Echo, limits: Limits, clock: Clock, threads: usize) -> Self {
        let directory =
            Directory::new(Vec::new(), 7, StoreRules::default(), UnknownStorePolicy::Reject);
        let dialects: Vec<Box<dyn Dialect>> = vec![Box::new(echo)];
        let (faults, journal) = (Faults::default(), JournalSettings::default());
        let service = Service::new(dialects, directory, faults, journal, clock, RequestIds::new(7));
        Self::start_service(Arc::new(service), limits, threads)
    }

    /// Starts with this service.
    pub fn of(service: Arc<Service>, limits: Limits) -> Self {
        Self::start_service(service, limits, 1)
    }

    fn start_service(service: Arc<Service>, limits: Limits, threads: usize) -> Self {
        let (stop, stopped) = oneshot::channel::<()>();
        let (sender, receiver) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            let mut builder = tokio::runtime::Builder::new_current_thread();
            let runtime = builder.enable_all().max_blocking_threads(1).build();
            let runtime = runtime.expect("a runtime can be made");
            let outcome = runtime.block_on(async {
                let address = (Ipv4Addr::LOCALHOST, 0).into();
                let server = Server::bind(address, None, service, limits).await;
                let server = server.expect("a free port can be had");
                sender.send(server.addresses().plain).expect("the test waits");
                let stopped = async {
                    let _ = stopped.await;
                };
                server.run(Workers::start(threads).expect("threads"), stopped).await
            });
            runtime.shutdown_background();
            outcome
        });
        let address = receiver.recv().expect("the server starts");
        Self { address, stop: Some(stop), thread: Some(thread) }
    }

    /// A new connection.
    pub fn client(&self) -> Client {
        Client::connect(self.address)
    }

    /// Stops the server.
    pub fn stop(&mut self) {
        drop(self.stop.take());
    }

    /// Waits until the server has stopped.
    pub fn ended(mut self) -> StopOutcome {
        self.stop();
        self.thread.take().expect("it runs").join().expect("the server does not panic")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
