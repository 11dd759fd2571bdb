//! `GET /ca.pem`: what clients of HTTPS have to trust.

use http::StatusCode;
use schemars::{Schema, SchemaGenerator};

use super::ControlResponse;
use super::error::ControlError;
use super::reply::{Reply, text_response, text_schema};
use super::route::ControlCall;

const PEM: &str = "application/x-pem-file";

/// Returns the CA, or the certificates that the server was given.
pub(super) fn get(call: &ControlCall<'_>) -> Result<PemText, ControlError> {
    let text = call.service.ca_pem().map(|text| PemText(text.to_owned()));
    let message = "HTTPS is not served; start idouble with --tls";
    text.ok_or_else(|| ControlError::new(StatusCode::NOT_FOUND, message))
}

/// Certificates in PEM.
pub(super) struct PemText(String);

impl Reply for PemText {
    fn into_response(self) -> ControlResponse {
        text_response(PEM, self.0)
    }

    fn content(generator: &mut SchemaGenerator) -> Vec<(&'static str, Schema)> {
        vec![(PEM, text_schema(generator))]
    }
}
