//! Counts of requests, by dialect, operation and status, and how long they took. A request pays for
//! one lock that only its own operation shares.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::domain::lock::Mutex;

use crate::dialect::{Dialect, Route, Subject};
use crate::domain::Operation;

/// Upper ends of the buckets of the histogram, in microseconds; above the last there is one more.
pub const BUCKETS_US: [u64; 12] =
    [10, 25, 50, 100, 250, 500, 1_000, 5_000, 25_000, 100_000, 1_000_000, 10_000_000];

/// Counts of requests.
#[derive(Debug)]
pub struct Metrics {
    dialects: Vec<Counted>,
    connections: AtomicUsize,
}

#[derive(Debug)]
struct Counted {
    name: &'static str,
    routes: &'static [Route],
    /// One for each route, and one for what is no operation.
    series: Vec<Mutex<Series>>,
}

/// What was counted of one operation.
#[derive(Clone, Default, PartialEq, Debug)]
pub struct Series {
    /// How many requests, by status; 0 where no answer was sent.
    pub statuses: Vec<(u16, u64)>,
    /// How many took so long: for each of [`BUCKETS_US`] those that no smaller one holds, and at last
    /// the longer ones.
    pub buckets: [u64; BUCKETS_US.len() + 1],
    /// How long they took together.
    pub took: Duration,
}

impl Metrics {
    /// Nothing counted yet.
    pub(super) fn new(dialects: &[Box<dyn Dialect>]) -> Self {
        let counted = dialects.iter().map(|dialect| Counted {
            name: dialect.name(),
            routes: dialect.routes(),
            series: (0..=dialect.routes().len()).map(|_| Mutex::default()).collect(),
        });
        Self { dialects: counted.collect(), connections: AtomicUsize::new(0) }
    }

    /// Counts a request.
    pub(super) fn count(&self, subject: &Subject<'_>, status: Option<u16>, took: Duration) {
        let of_dialect = |counted: &&Counted| counted.name == subject.dialect;
        let Some(counted) = self.dialects.iter().find(of_dialect) else { return };
        let mut routes = counted.routes.iter();
        let at = routes.position(|route| Some(route.operation) == subject.operation);
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let bucket = BUCKETS_US.iter().position(|end| us <= *end).unwrap_or(BUCKETS_US.len());
        let status = status.unwrap_or(0);
        let mut series = counted.series[at.unwrap_or(counted.routes.len())].lock();
        series.took += took;
        series.buckets[bucket] += 1;
        match series.statuses.iter_mut().find(|(known, _)| *known == status) {
            Some((_, count)) => *count += 1,
            None => series.statuses.push((status, 1)),
        }
    }

    /// What was counted: dialect, operation, counts; those without any request are left out.
    pub fn series(&self) -> Vec<(&'static str, Option<Operation>, Series)> {
        let mut all = Vec::new();
        for counted in &self.dialects {
            for (at, series) in counted.series.iter().enumerate() {
                let series = series.lock().clone();
                if !series.statuses.is_empty() {
                    let operation = counted.routes.get(at).map(|route| route.operation);
                    all.push((counted.name, operation, series));
                }
            }
        }
        all
    }

    /// A connection that is open until this is dropped.
    pub fn connection(&self) -> Connection<'_> {
        self.connections.fetch_add(1, Ordering::Relaxed);
        Connection(&self.connections)
    }

    /// How many connections are open.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

/// An open connection. See [`Metrics::connection`].
#[must_use = "the connection counts until this is dropped"]
#[derive(Debug)]
pub struct Connection<'a>(&'a AtomicUsize);

impl Drop for Connection<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
