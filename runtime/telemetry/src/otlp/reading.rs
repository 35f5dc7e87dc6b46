//! Metrics of the process as instruments: all of one export are from one reading.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use opentelemetry::metrics::{AsyncInstrument, MeterProvider as _};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::metrics::SdkMeterProvider;

use crate::Metric;

/// How old a reading may be to be that of the same export.
const FRESH: Duration = Duration::from_millis(50);

pub(super) type Read = Box<dyn Fn() -> Vec<Metric> + Send + Sync>;

/// Metrics are read for as long as this lives, and a last time when it is dropped.
pub struct Measured(Arc<Mutex<Reading>>);

/// The values that were read last.
pub(super) struct Reading {
    /// None any more when the last ones have been read.
    read: Option<Read>,
    at: Instant,
    last: Vec<Metric>,
}

impl Reading {
    /// Makes an instrument of each metric.
    pub(super) fn begin(provider: &SdkMeterProvider, scope: InstrumentationScope, read: Read) -> Measured {
        let last = read();
        let kinds: Vec<_> = last.iter().map(|metric| (metric.name, metric.help, metric.counts)).collect();
        let reading = Arc::new(Mutex::new(Self { read: Some(read), at: Instant::now(), last }));
        let meter = provider.meter_with_scope(scope);
        for (name, help, counts) in kinds {
            let reading = Arc::clone(&reading);
            let observe = move |instrument: &dyn AsyncInstrument<f64>| {
                reading.lock().unwrap_or_else(PoisonError::into_inner).observe(name, instrument);
            };
            if counts {
                // What makes a name a counter's in Prometheus' text is the kind here.
                let name = name.strip_suffix("_total").unwrap_or(name);
                meter.f64_observable_counter(name).with_description(help).with_callback(observe).build();
            } else {
                meter.f64_observable_gauge(name).with_description(help).with_callback(observe).build();
            }
        }
        Measured(reading)
    }

    fn observe(&mut self, name: &str, instrument: &dyn AsyncInstrument<f64>) {
        if let Some(read) = self.read.as_ref().filter(|_| self.at.elapsed() > FRESH) {
            (self.last, self.at) = (read(), Instant::now());
        }
        for (labels, value) in
            self.last.iter().filter(|metric| metric.name == name).flat_map(|one| &one.points)
        {
            let labels: Vec<KeyValue> =
                labels.iter().map(|(label, text)| KeyValue::new(*label, text.clone())).collect();
            instrument.observe(*value, &labels);
        }
    }
}

impl Drop for Measured {
    fn drop(&mut self) {
        let mut reading = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(read) = reading.read.take() {
            reading.last = read();
        }
    }
}

impl fmt::Debug for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Measured").finish_non_exhaustive()
    }
}
