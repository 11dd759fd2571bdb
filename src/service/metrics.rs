//! Counts and durations of requests, for `GET /_idouble/metrics`.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::dialect::FaultSubject;
use crate::domain::lock::Mutex;
use crate::domain::{ApiError, Operation};

/// Upper bounds of the buckets of the histogram, in seconds.
const BUCKETS_S: [f64; 12] =
    [1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 5e-3, 2.5e-2, 0.1, 1.0, 10.0];

/// The value of a label that a request does not have.
const NONE: &str = "none";

/// Number of names of calls that are not served, as labels.
const FOREIGN_NAMES_MAX: usize = 256;

/// Counts and durations of requests, and the number of open connections.
#[derive(Debug)]
pub struct Metrics {
    requests: Family<RequestLabels, Counter>,
    durations: Family<OperationLabels, Histogram>,
    /// Per dialect, and in that per operation.
    successes: Vec<(&'static str, Vec<OnceLock<Success>>)>,
    connections: AtomicUsize,
    foreign_names: Mutex<BTreeSet<String>>,
}

/// The metrics of an operation and its status of success. Most requests succeed, and are counted without a
/// lookup by labels.
#[derive(Debug)]
struct Success {
    status: u16,
    requests: Counter,
    durations: Histogram,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct OperationLabels {
    dialect: &'static str,
    operation: OperationLabel,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct RequestLabels {
    dialect: &'static str,
    operation: OperationLabel,
    status: StatusLabel,
}

/// The operation, or the name of a call that is not served.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum OperationLabel {
    Served(Operation),
    NotServed(Cow<'static, str>),
}

impl EncodeLabelValue for OperationLabel {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
        match self {
            Self::Served(operation) => operation.name().encode(encoder),
            Self::NotServed(name) => name.encode(encoder),
        }
    }
}

/// The status of the response; `None` if none was sent.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct StatusLabel(Option<u16>);

impl EncodeLabelValue for StatusLabel {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
        match self.0 {
            Some(status) => u32::from(status).encode(encoder),
            None => NONE.encode(encoder),
        }
    }
}

impl Metrics {
    /// Counts the requests of these dialects.
    pub(super) fn new(dialects: impl Iterator<Item = &'static str>) -> Self {
        let operations = || Operation::all().map(|_| OnceLock::new()).collect();
        Self {
            successes: dialects.map(|dialect| (dialect, operations())).collect(),
            requests: Family::default(),
            durations: Family::new_with_constructor(|| Histogram::new(BUCKETS_S)),
            connections: AtomicUsize::new(0),
            foreign_names: Mutex::default(),
        }
    }

    /// Counts a request. `status` is `None` if no response was sent.
    pub(super) fn count(
        &self,
        subject: &FaultSubject<'_>,
        error: Option<&ApiError>,
        status: Option<u16>,
        duration: Duration,
    ) {
        let dialect = subject.dialect;
        if let (Some(operation), Some(status), None) = (subject.operation, status, error)
            && let Some(success) = self.success(dialect, operation, status)
        {
            success.requests.inc();
            success.durations.observe(duration.as_secs_f64());
            return;
        }
        let operation = match (subject.operation, error.and_then(ApiError::foreign_call)) {
            (Some(operation), _) => OperationLabel::Served(operation),
            (None, Some(call)) => OperationLabel::NotServed(self.foreign_label(call.name())),
            (None, None) => OperationLabel::NotServed(Cow::Borrowed(NONE)),
        };
        let status = StatusLabel(status);
        let labels = RequestLabels { dialect, operation: operation.clone(), status };
        self.requests.get_or_create(&labels).inc();
        let labels = OperationLabels { dialect, operation };
        self.durations.get_or_create(&labels).observe(duration.as_secs_f64());
    }

    /// The metrics of successes of an operation. `None` if the first one had another status.
    fn success(
        &self,
        dialect: &'static str,
        operation: Operation,
        status: u16,
    ) -> Option<&Success> {
        let (_, operations) = self.successes.iter().find(|(name, _)| *name == dialect)?;
        let success = operations[operation as usize].get_or_init(|| {
            let operation = OperationLabel::Served(operation);
            let durations = OperationLabels { dialect, operation: operation.clone() };
            let requests = RequestLabels { dialect, operation, status: StatusLabel(Some(status)) };
            Success {
                status,
                requests: self.requests.get_or_create_owned(&requests),
                durations: self.durations.get_or_create_owned(&durations),
            }
        });
        (success.status == status).then_some(success)
    }

    /// The label of a call that is not served. Clients choose these names, so their number is limited.
    fn foreign_label(&self, name: String) -> Cow<'static, str> {
        let mut names = self.foreign_names.lock();
        if !names.contains(&name) && names.len() >= FOREIGN_NAMES_MAX {
            return Cow::Borrowed("other");
        }
        names.insert(name.clone());
        Cow::Owned(name)
    }

    /// Registers the counts and the durations, under the names that they have in the output.
    pub fn register(&self, registry: &mut Registry) {
        let help = "Requests, by dialect, operation and status";
        registry.register("requests", help, self.requests.clone());
        let (name, help) = ("request_duration_seconds", "Duration of requests");
        registry.register(name, help, self.durations.clone());
    }

    /// Counts a connection as open until the returned guard is dropped.
    pub fn connection(&self) -> OpenConnection<'_> {
        self.connections.fetch_add(1, Ordering::Relaxed);
        OpenConnection(&self.connections)
    }

    /// The number of open connections.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

/// An open connection. See [`Metrics::connection`].
#[must_use = "the connection counts as open until this is dropped"]
#[derive(Debug)]
pub struct OpenConnection<'a>(&'a AtomicUsize);

impl Drop for OpenConnection<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
