//! What the standard variables say that the libraries leave to the program: whether anything is exported, and what
//! concerns the HTTP client.

use std::path::PathBuf;
use std::time::Duration;

use super::OtlpError;

/// How long one request may take, unless a variable says it.
const TIMEOUT: Duration = Duration::from_secs(10);

/// What is exported.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) traces: Option<Target>,
    pub(super) metrics: Option<Target>,
}

/// How one kind is sent; where to is read by the library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) timeout: Duration,
    /// A file with the authorities that are trusted, in PEM.
    pub(super) authorities: Option<PathBuf>,
}

impl Settings {
    /// What the variables ask for.
    ///
    /// # Errors
    /// A variable makes no sense.
    pub(super) fn of(read: impl Fn(&str) -> Option<String>) -> Result<Self, OtlpError> {
        let read = |name: &str| read(name).filter(|text| !text.is_empty());
        if read("OTEL_SDK_DISABLED").is_some_and(|text| text.eq_ignore_ascii_case("true")) {
            return Ok(Self { traces: None, metrics: None });
        }
        Ok(Self { traces: target(&read, "TRACES")?, metrics: target(&read, "METRICS")? })
    }
}

/// Whether and how a kind is sent: its own variables win over the common ones.
fn target(read: &dyn Fn(&str) -> Option<String>, kind: &str) -> Result<Option<Target>, OtlpError> {
    if read(&format!("OTEL_{kind}_EXPORTER")).is_some_and(|text| text == "none") {
        return Ok(None);
    }
    let either = |name: &str| {
        let names = [format!("OTEL_EXPORTER_OTLP_{kind}_{name}"), format!("OTEL_EXPORTER_OTLP_{name}")];
        names.into_iter().find_map(|variable| read(&variable).map(|text| (variable, text)))
    };
    let Some((variable, endpoint)) = either("ENDPOINT") else { return Ok(None) };
    if !["http://", "https://"].iter().any(|scheme| endpoint.starts_with(scheme)) {
        return Err(OtlpError(format!("{variable} is no URL that begins with http:// or https://")));
    }
    let host = endpoint.split('/').nth(2).unwrap_or_default();
    if host.contains('@') {
        let hint = "give them by OTEL_EXPORTER_OTLP_HEADERS";
        return Err(OtlpError(format!("{variable} has a user or a password; {hint}")));
    }
    match either("PROTOCOL") {
        Some((variable, text)) if text != "http/protobuf" => {
            let hint = "servo speaks http/protobuf, mostly at port 4318";
            return Err(OtlpError(format!("{variable} is `{text}`; {hint}")));
        }
        _ => {}
    }
    let timeout = match either("TIMEOUT") {
        Some((variable, text)) => {
            let wrong = |_| OtlpError(format!("{variable} is `{text}`, no number of milliseconds"));
            Duration::from_millis(text.parse().map_err(wrong)?)
        }
        None => TIMEOUT,
    };
    let authorities = either("CERTIFICATE").map(|(_, path)| PathBuf::from(path));
    Ok(Some(Target { timeout, authorities }))
}

#[cfg(test)]
mod tests;
