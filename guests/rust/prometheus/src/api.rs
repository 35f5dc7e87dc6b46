//! The HTTP interface of Prometheus.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use servo_sdk::prelude::{Code, Endpoint, Failure, http};

use crate::options::Query;

/// One Prometheus.
#[derive(Debug)]
pub(crate) struct Api {
    base: Endpoint,
}

/// A range of time in seconds since the epoch, both ends included.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(crate) start: f64,
    pub(crate) end: f64,
}

/// What a query yields.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Answer {
    pub(crate) rows: Vec<Row>,
    pub(crate) warnings: Vec<String>,
}

/// Labels, and the values that they have over time.
#[derive(Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) values: Vec<(f64, f64)>,
}

/// A target that Prometheus scrapes.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct ActiveTarget {
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) health: String,
    #[serde(rename = "lastError")]
    pub(crate) last_error: String,
    #[serde(rename = "scrapePool")]
    pub(crate) pool: String,
    #[serde(rename = "scrapeUrl")]
    pub(crate) url: String,
    /// As Prometheus writes times: RFC 3339.
    #[serde(rename = "lastScrape")]
    pub(crate) last_scrape: String,
    /// In seconds.
    #[serde(rename = "lastScrapeDuration")]
    pub(crate) last_duration: f64,
}

/// Prometheus refuses queries with more points in a series than 11,000.
const POINTS_MAX: f64 = 10_999.0;

impl Api {
    pub(crate) fn new(base: Endpoint) -> Api {
        Api { base }
    }

    /// Runs all queries together; the answers are in their order.
    pub(crate) fn query_ranges(&self, queries: &[&Query], span: Span) -> Vec<Result<Answer, Failure>> {
        let requests = queries.iter().map(|query| self.range_request(query, span)).collect();
        http::fetch_all(requests)
            .into_iter()
            .zip(queries)
            .map(|(response, query)| {
                let about = |failure: Failure| Failure {
                    message: format!("metric `{}`: {}", query.name, failure.message),
                    ..failure
                };
                response.map_err(Failure::from).and_then(|response| read(&response)?.rows()).map_err(about)
            })
            .collect()
    }

    /// Runs a query as of now.
    pub(crate) fn query(&self, query: &str) -> Result<Answer, Failure> {
        read(&http::get(self.base.join("/api/v1/query")).query("query", query).send()?)?.rows()
    }

    /// The targets that Prometheus scrapes.
    pub(crate) fn targets(&self) -> Result<Vec<ActiveTarget>, Failure> {
        let response = http::get(self.base.join("/api/v1/targets")).query("state", "active").send()?;
        read(&response)?.targets()
    }

    fn range_request(&self, query: &Query, span: Span) -> http::Request {
        http::get(self.base.join("/api/v1/query_range"))
            .query("query", &query.text())
            .query("start", &format!("{:.3}", span.start))
            .query("end", &format!("{:.3}", span.end))
            .query("step", &step(query.step.get(), span))
    }
}

/// The step as Prometheus reads it, wide enough for its limit of points.
fn step(wanted: Duration, span: Span) -> String {
    let least = ((span.end - span.start) / POINTS_MAX).ceil();
    let seconds = wanted.as_secs_f64();
    if seconds >= least && wanted.subsec_nanos() == 0 {
        return servo_sdk::quantity::Duration::from(wanted).to_string();
    }
    format!("{}", if seconds * POINTS_MAX >= span.end - span.start { seconds } else { least })
}

/// A successful answer whose data is not looked at yet.
#[derive(Debug)]
struct Success {
    data: Box<RawValue>,
    warnings: Vec<String>,
}

#[derive(Deserialize)]
struct Envelope {
    status: String,
    data: Option<Box<RawValue>>,
    #[serde(default, rename = "errorType")]
    error_type: String,
    #[serde(default)]
    error: String,
    #[serde(default)]
    warnings: Vec<String>,
}

#[derive(Deserialize)]
struct Data {
    #[serde(rename = "resultType")]
    kind: String,
    result: Box<RawValue>,
}

/// A row of a matrix, which has `values`, or of a vector, which has one `value`.
#[derive(Deserialize)]
struct RawRow {
    metric: BTreeMap<String, String>,
    #[serde(default)]
    values: Vec<Point>,
    value: Option<Point>,
}

/// Time and value; numbers come as text because JSON has no NaN.
#[derive(Deserialize)]
struct Point(f64, String);

#[derive(Deserialize)]
struct Targets {
    #[serde(default, rename = "activeTargets")]
    active: Vec<ActiveTarget>,
}

fn read(response: &http::Response) -> Result<Success, Failure> {
    let stranger = || {
        let (status, excerpt) = (response.status, response.excerpt());
        Failure::failed(format!(
            "this does not answer like Prometheus (HTTP {status}: `{excerpt}`); check `base_url` and what it leads to"
        ))
    };
    let Envelope { status, data, error_type, error, warnings } =
        serde_json::from_slice(&response.body).map_err(|_| stranger())?;
    if status == "success" {
        return Ok(Success { data: data.ok_or_else(stranger)?, warnings });
    }
    let code = if error_type == "timeout" { Code::TimedOut } else { Code::Failed };
    let message = format!("Prometheus query request failed with error '{error_type}': {error}");
    Err(Failure::new(code, message).because(error_type))
}

impl Success {
    fn rows(self) -> Result<Answer, Failure> {
        let Data { kind, result } = parse(&self.data)?;
        let rows = match kind.as_str() {
            "matrix" | "vector" => parse::<Vec<RawRow>>(&result)?.into_iter().map(Row::new).collect(),
            "scalar" => vec![Row::of(BTreeMap::new(), vec![parse(&result)?])],
            _ => {
                let result = result.get();
                return Err(Failure::failed(format!("the query yields a {kind} and not numbers: {result}")));
            }
        };
        Ok(Answer { rows, warnings: self.warnings })
    }

    fn targets(self) -> Result<Vec<ActiveTarget>, Failure> {
        parse(&self.data).map(|targets: Targets| targets.active)
    }
}

fn parse<T: DeserializeOwned>(json: &RawValue) -> Result<T, Failure> {
    serde_json::from_str(json.get())
        .map_err(|error| Failure::failed(format!("what Prometheus sent is not readable: {error}")))
}

impl Row {
    fn new(RawRow { metric, mut values, value }: RawRow) -> Row {
        values.extend(value);
        Row::of(metric, values)
    }

    /// Values that are not finite numbers say nothing (a division by zero, an empty bucket) and are left out.
    fn of(labels: BTreeMap<String, String>, points: Vec<Point>) -> Row {
        let finite = |Point(time, text): Point| {
            text.parse().ok().filter(|value: &f64| value.is_finite()).map(|value| (time, value))
        };
        Row { labels, values: points.into_iter().filter_map(finite).collect() }
    }
}

#[cfg(test)]
mod tests;
