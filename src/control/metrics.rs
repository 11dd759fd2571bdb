//! `GET /metrics`: counts and sizes in the OpenMetrics text format.

use http::StatusCode;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use schemars::{Schema, SchemaGenerator};

use super::ControlResponse;
use super::error::ControlError;
use super::reply::{Reply, text_response, text_schema};
use super::route::ControlCall;

/// The media type of OpenMetrics, which Prometheus asks for.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct RuleLabels {
    rule: String,
}

/// Returns counts of requests and of fired faults, and the sizes of stores and journal.
pub(super) fn get(call: &ControlCall<'_>) -> Result<MetricsText, ControlError> {
    let service = call.service;
    let mut registry = Registry::with_prefix("idouble");
    service.metrics().register(&mut registry);

    let fired: Family<RuleLabels, Counter> = Family::default();
    for rule in service.faults().list(service.clock().now()) {
        fired
            .get_or_create(&RuleLabels { rule: rule.rule.id.unwrap_or_default() })
            .inc_by(rule.fired);
    }
    registry.register("faults_fired", "Requests that each fault rule has changed", fired);

    let (stores, users) = service.directory().size();
    let (entries, bytes) = service.journal().size();
    let connections = service.metrics().connections();
    for (name, help, value) in [
        ("stores", "Identity stores", stores as u64),
        ("users", "Users in all stores", users),
        ("connections", "Open connections", connections as u64),
        ("journal_entries", "Requests in the journal", entries as u64),
        ("journal_bytes", "Bytes in the journal", bytes as u64),
    ] {
        let gauge = Gauge::<i64>::default();
        gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        registry.register(name, help, gauge);
    }

    let mut text = String::new();
    encode(&mut text, &registry)
        .map_err(|error| ControlError::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    Ok(MetricsText(text))
}

/// The metrics.
pub(super) struct MetricsText(String);

impl Reply for MetricsText {
    fn into_response(self) -> ControlResponse {
        text_response(OPEN_METRICS, self.0)
    }

    fn content(generator: &mut SchemaGenerator) -> Vec<(&'static str, Schema)> {
        vec![(OPEN_METRICS, text_schema(generator))]
    }
}
