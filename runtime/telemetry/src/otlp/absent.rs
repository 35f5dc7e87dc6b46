//! What stands for the export in a program that was built without it.

use std::time::Duration;

use tracing_subscriber::layer::Identity;

use super::OtlpError;
use crate::Metric;

/// Where traces and metrics go: there is no such place.
#[derive(Clone, Debug)]
pub enum Otlp {}

/// Metrics are sent for as long as this lives.
#[derive(Debug)]
pub enum Measured {}

impl Otlp {
    /// Nothing, as nothing can be exported.
    ///
    /// # Errors
    /// When somebody wants it.
    pub fn start(read: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, OtlpError> {
        let names = ["", "TRACES_", "METRICS_"].map(|kind| format!("OTEL_EXPORTER_OTLP_{kind}ENDPOINT"));
        match names.into_iter().find(|name| read(name).is_some_and(|text| !text.is_empty())) {
            Some(name) => Err(OtlpError(format!("{name} is set, and this servo was built without OTLP"))),
            None => Ok(None),
        }
    }

    /// Nobody has one of these to ask it.
    pub fn measure(&self, _: impl Fn() -> Vec<Metric> + Send + Sync + 'static) -> Option<Measured> {
        match *self {}
    }

    /// The same.
    pub fn end(&self, _: Duration) {
        match *self {}
    }

    pub(crate) fn layer(&self) -> Option<Identity> {
        match *self {}
    }
}
