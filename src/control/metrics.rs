//! `GET /metrics`: counts in the text form that Prometheus reads, made when asked for.

use std::fmt;

use http::StatusCode;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;

use crate::domain::Operation;
use crate::service::{BUCKETS_US, Series};

use super::{Answer, Call, Refusal};

/// The form: OpenMetrics, which Prometheus asks for.
pub(super) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Everything, as it is at one moment.
#[derive(Debug)]
struct Scrape {
    series: Vec<(&'static str, Option<Operation>, Series)>,
    faults: Vec<(String, u64)>,
    gauges: Vec<(&'static str, &'static str, u64)>,
}

/// Counts of requests and faults, and the sizes of things.
pub(super) fn metrics(call: &Call<'_>) -> Result<Answer, Refusal> {
    let service = call.service;
    let (stores, users) = service.directory().size();
    let (entries, bytes) = service.journal().size();
    let rules = service.faults().list(service.clock().now());
    let wide = |size: usize| u64::try_from(size).unwrap_or(u64::MAX);
    let scrape = Scrape {
        series: service.metrics().series(),
        faults: rules.into_iter().map(|rule| (rule.id, rule.fired)).collect(),
        gauges: vec![
            ("idouble_stores", "Stores", wide(stores)),
            ("idouble_users", "Users in all stores", users),
            ("idouble_connections", "Open connections", wide(service.metrics().connections())),
            ("idouble_journal_entries", "Requests in the journal", wide(entries)),
            ("idouble_journal_bytes", "Bytes in the journal", wide(bytes)),
        ],
    };
    let mut registry = Registry::default();
    registry.register_collector(Box::new(scrape));
    let mut text = String::new();
    let written = encode(&mut text, &registry);
    let failed = |_| Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "the metrics cannot be told");
    written.map_err(failed)?;
    Ok(Answer::text(CONTENT_TYPE, text))
}

impl Collector for Scrape {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let (name, help) = ("idouble_requests", "Requests, by dialect, operation and status");
        let mut family = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
        for (dialect, operation, series) in &self.series {
            for (status, count) in &series.statuses {
                let status = if *status == 0 { "none".to_owned() } else { status.to_string() };
                let operation = named(*operation);
                let labels =
                    [("dialect", *dialect), ("operation", operation), ("status", status.as_str())];
                family.encode_family(&labels)?.encode_counter::<NoLabelSet, _, u64>(count, None)?;
            }
        }
        let (name, help) = ("idouble_request_duration_seconds", "How long requests took");
        let mut family = encoder.encode_descriptor(name, help, None, MetricType::Histogram)?;
        for (dialect, operation, series) in &self.series {
            let labels = [("dialect", *dialect), ("operation", named(*operation))];
            #[allow(clippy::cast_precision_loss)] // A few microseconds among millions of years.
            let ends = BUCKETS_US.iter().map(|us| *us as f64 / 1e6).chain([f64::INFINITY]);
            let buckets: Vec<_> = ends.zip(series.buckets).collect();
            let count = series.buckets.iter().sum();
            family.encode_family(&labels)?.encode_histogram::<NoLabelSet>(
                series.took.as_secs_f64(),
                count,
                &buckets,
                None,
            )?;
        }
        let (name, help) = ("idouble_faults_fired", "Requests that each fault rule has hit");
        let mut family = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
        for (rule, fired) in &self.faults {
            let labels = [("rule", rule.as_str())];
            family.encode_family(&labels)?.encode_counter::<NoLabelSet, _, u64>(fired, None)?;
        }
        for (name, help, value) in &self.gauges {
            let value = i64::try_from(*value).unwrap_or(i64::MAX);
            encoder.encode_descriptor(name, help, None, MetricType::Gauge)?.encode_gauge(&value)?;
        }
        Ok(())
    }
}

fn named(operation: Option<Operation>) -> &'static str {
    operation.map_or("none", Operation::name)
}
