//! What the standard variables say about where traces and metrics go.

use std::path::PathBuf;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use reqwest::Url;

/// How long one export may take, unless a variable says it.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How often metrics are sent, unless a variable says it.
const INTERVAL: Duration = Duration::from_secs(60);
const INTERVAL_MIN: Duration = Duration::from_millis(100);

/// Where traces and metrics go.
#[derive(Clone, Debug)]
pub struct OtlpSettings {
    pub(super) traces: Option<Target>,
    pub(super) metrics: Option<Target>,
    /// Who sends: attributes by name.
    pub(super) resource: Vec<(String, String)>,
    /// How often metrics are sent.
    pub(super) interval: Duration,
}

/// Where one kind goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) url: Url,
    /// Marked as sensitive, so that they are shown nowhere.
    pub(super) headers: HeaderMap,
    pub(super) timeout: Duration,
    /// A file with the authorities that are trusted, in PEM.
    pub(super) authorities: Option<PathBuf>,
}

/// A variable that makes no sense. Nothing is exported then.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{variable} {problem}; nothing is exported")]
pub struct SettingsError {
    variable: String,
    problem: String,
}

impl OtlpSettings {
    /// What the variables ask for; nothing when no endpoint is named or the export is switched off.
    ///
    /// # Errors
    /// A variable makes no sense.
    pub fn of(read: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, SettingsError> {
        let read = |name: &str| read(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        if read("OTEL_SDK_DISABLED").is_some_and(|text| text.eq_ignore_ascii_case("true")) {
            return Ok(None);
        }
        let traces = target(&read, "TRACES")?;
        let metrics = target(&read, "METRICS")?;
        if traces.is_none() && metrics.is_none() {
            return Ok(None);
        }
        let interval = milliseconds(&read, "OTEL_METRIC_EXPORT_INTERVAL")?.unwrap_or(INTERVAL);
        Ok(Some(Self { traces, metrics, resource: resource(&read)?, interval: interval.max(INTERVAL_MIN) }))
    }
}

type Read<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Where a kind goes: its own variables win over the common ones.
fn target(read: Read<'_>, kind: &str) -> Result<Option<Target>, SettingsError> {
    if read(&format!("OTEL_{kind}_EXPORTER")).is_some_and(|text| text == "none") {
        return Ok(None);
    }
    let either = |name: &str| {
        let names = [format!("OTEL_EXPORTER_OTLP_{kind}_{name}"), format!("OTEL_EXPORTER_OTLP_{name}")];
        names.into_iter().find_map(|variable| read(&variable).map(|text| (variable, text)))
    };
    let Some((variable, text)) = either("ENDPOINT") else { return Ok(None) };
    let mut url = Url::parse(&text).map_err(|error| wrong(&variable, format!("is no URL: {error}")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong(&variable, "is no URL that begins with http:// or https://"));
    }
    if !variable.contains(kind) {
        // The common one is a base.
        let path = format!("{}/v1/{}", url.path().trim_end_matches('/'), kind.to_ascii_lowercase());
        url.set_path(&path);
    }
    if let Some((variable, text)) = either("PROTOCOL")
        && text != "http/protobuf"
    {
        return Err(wrong(
            &variable,
            format!("is `{text}`; servo speaks http/protobuf, mostly at port 4318"),
        ));
    }
    let mut headers = HeaderMap::new();
    if let Some((variable, text)) = either("HEADERS") {
        for (name, value) in pairs(&variable, &text)? {
            let name = HeaderName::try_from(name.to_ascii_lowercase());
            let name = name.map_err(|_| wrong(&variable, "has a name that no header can have"))?;
            let value = HeaderValue::try_from(value);
            let mut value = value.map_err(|_| wrong(&variable, format!("has no value for {name}")))?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
    }
    let timeout = match either("TIMEOUT") {
        Some((variable, _)) => milliseconds(read, &variable)?.unwrap_or(TIMEOUT),
        None => TIMEOUT,
    };
    let authorities = either("CERTIFICATE").map(|(_, path)| PathBuf::from(path));
    Ok(Some(Target { url, headers, timeout, authorities }))
}

/// Who sends: the name of the service wins over the same among the attributes.
fn resource(read: Read<'_>) -> Result<Vec<(String, String)>, SettingsError> {
    let variable = "OTEL_RESOURCE_ATTRIBUTES";
    let mut all = match read(variable) {
        Some(text) => pairs(variable, &text)?,
        None => Vec::new(),
    };
    let named = all.iter().position(|(name, _)| name == "service.name").map(|at| all.remove(at).1);
    let name = read("OTEL_SERVICE_NAME").or(named).unwrap_or_else(|| "servo".to_owned());
    let own = [
        ("service.name", name),
        ("service.version", env!("CARGO_PKG_VERSION").to_owned()),
        ("process.pid", std::process::id().to_string()),
    ];
    let mut attributes: Vec<(String, String)> =
        own.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    attributes.extend(all);
    Ok(attributes)
}

/// `name=value,name=value`, with percent-encoded values.
fn pairs(variable: &str, text: &str) -> Result<Vec<(String, String)>, SettingsError> {
    let one = |part: &str| {
        let (name, value) = part
            .split_once('=')
            .ok_or_else(|| wrong(variable, "is not of the form name=value,name=value"))?;
        let value =
            decoded(value.trim()).ok_or_else(|| wrong(variable, "has a value with a wrong %-code"))?;
        Ok((name.trim().to_owned(), value))
    };
    text.split(',').filter(|part| !part.trim().is_empty()).map(one).collect()
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next()?, rest.next()?];
        bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
    }
    String::from_utf8(bytes).ok()
}

fn milliseconds(read: Read<'_>, variable: &str) -> Result<Option<Duration>, SettingsError> {
    let Some(text) = read(variable) else { return Ok(None) };
    let ms = text.parse().map_err(|_| wrong(variable, format!("is `{text}`, no number of milliseconds")))?;
    Ok(Some(Duration::from_millis(ms)))
}

fn wrong(variable: &str, problem: impl Into<String>) -> SettingsError {
    SettingsError { variable: variable.to_owned(), problem: problem.into() }
}
