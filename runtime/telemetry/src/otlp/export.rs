//! The libraries of OpenTelemetry, set up: what they read from variables themselves is theirs alone.

use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use opentelemetry::trace::TracerProvider as _;
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_otlp::{ExporterBuildError, MetricExporter, RetryPolicy, SpanExporter, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::resource::{
    EnvResourceDetector, SdkProvidedResourceDetector, TelemetryResourceDetector,
};
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::{Subscriber, warn};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::Layer;
use tracing_subscriber::registry::LookupSpan;

use super::reading::{Measured, Reading};
use super::sender::Sender;
use super::settings::{Settings, Target};
use super::{OtlpError, SPANS};
use crate::Metric;

/// Where traces and metrics go. Clones share everything.
#[derive(Clone, Debug)]
pub struct Otlp {
    traces: Option<SdkTracerProvider>,
    metrics: Option<SdkMeterProvider>,
}

impl Otlp {
    /// Starts what sends; nothing when no endpoint is named or the export is switched off. Not to be called where
    /// futures run.
    ///
    /// # Errors
    /// A variable makes no sense, or the system has no resources.
    pub fn start(read: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, OtlpError> {
        let settings = Settings::of(read)?;
        if settings.traces.is_none() && settings.metrics.is_none() {
            return Ok(None);
        }
        let traces = settings.traces.as_ref().map(span_exporter).transpose()?;
        let metrics = settings.metrics.as_ref().map(metric_exporter).transpose()?;
        Ok(Some(Self::of(traces, metrics)))
    }

    pub(super) fn of(traces: Option<SpanExporter>, metrics: Option<MetricExporter>) -> Self {
        let resource = resource();
        let traces = traces.map(|exporter| {
            SdkTracerProvider::builder().with_resource(resource.clone()).with_batch_exporter(exporter).build()
        });
        let metrics = metrics.map(|exporter| {
            SdkMeterProvider::builder().with_resource(resource).with_periodic_exporter(exporter).build()
        });
        Self { traces, metrics }
    }

    /// Sends what `read` has, as often as metrics are wanted, until the answer is dropped: that reads a last time. Each
    /// reading names the same metrics.
    pub fn measure(&self, read: impl Fn() -> Vec<Metric> + Send + Sync + 'static) -> Option<Measured> {
        Some(Reading::begin(self.metrics.as_ref()?, scope(), Box::new(read)))
    }

    /// Sends what is left, but no longer than this; afterwards nothing is sent.
    pub fn end(&self, most: Duration) {
        let until = Instant::now() + most;
        // It waits for as long as it likes; without a thread the last metrics are lost.
        let waits = self.metrics.clone().map(|metrics| {
            let (done, waits) = channel();
            let end = move || done.send(metrics.shutdown().is_ok());
            let _ = std::thread::Builder::new().name("servo-otlp-end".to_owned()).spawn(end);
            waits
        });
        if let Some(traces) = &self.traces {
            // What failed was said where it failed.
            let _ = traces.shutdown_with_timeout(most);
        }
        if let Some(waits) = waits {
            let _ = waits.recv_timeout(until.saturating_duration_since(Instant::now()));
        }
        if Instant::now() >= until {
            warn!("the collector takes longer than {most:?}; the last traces and metrics may be lost");
        }
    }

    /// What exports spans, if somebody wants them.
    pub(crate) fn layer<S>(&self) -> Option<impl Layer<S> + use<S>>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let tracer = self.traces.as_ref()?.tracer_with_scope(scope());
        let layer = tracing_opentelemetry::layer()
            .with_tracer(tracer)
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false);
        Some(layer.with_filter(filter_fn(|metadata| metadata.is_span() && metadata.target() == SPANS)))
    }
}

fn span_exporter(target: &Target) -> Result<SpanExporter, OtlpError> {
    let client = Sender::new("traces", target)?;
    let builder = SpanExporter::builder().with_http().with_http_client(client);
    builder.with_retry_policy(retries()).build().map_err(unbuilt)
}

fn metric_exporter(target: &Target) -> Result<MetricExporter, OtlpError> {
    let client = Sender::new("metrics", target)?;
    let builder = MetricExporter::builder().with_http().with_http_client(client);
    builder.with_retry_policy(retries()).build().map_err(unbuilt)
}

/// One more: a command that ends waits for it.
fn retries() -> RetryPolicy {
    RetryPolicy::recommended().with_max_retries(1)
}

fn unbuilt(error: ExporterBuildError) -> OtlpError {
    OtlpError(error.to_string())
}

fn scope() -> InstrumentationScope {
    InstrumentationScope::builder("servo").with_version(env!("CARGO_PKG_VERSION")).build()
}

/// Who sends: what the variables say wins.
fn resource() -> Resource {
    let own = [
        KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
        KeyValue::new("process.pid", i64::from(std::process::id())),
    ];
    // The last one knows the name of the service, and that its own variable is about nothing else.
    let resource = Resource::builder_empty()
        .with_attributes(own)
        .with_detector(Box::new(TelemetryResourceDetector))
        .with_detector(Box::new(EnvResourceDetector::new()))
        .with_detector(Box::new(SdkProvidedResourceDetector));
    let found = resource.build();
    let name = found.get(&"service.name".into()).map(|name| name.to_string()).unwrap_or_default();
    if !name.starts_with("unknown_service") {
        return found;
    }
    let all = found.iter().map(|(name, value)| KeyValue::new(name.clone(), value.clone()));
    Resource::builder_empty().with_attributes(all).with_service_name("servo").build()
}

#[cfg(test)]
mod tests;
