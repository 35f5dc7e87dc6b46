//! Measures what Prometheus knows: runs range queries over the time of the measurement, and meanwhile looks at the
//! service level objectives, so that a measurement that does harm ends early.

#![forbid(unsafe_code)]

mod api;
mod checks;
mod commands;
mod options;
mod series;
mod settle;
mod watch;

use std::time::Duration;

use servo_sdk::prelude::*;

use api::{Api, Span};
use options::{Absent, Query, Settings};
use settle::{ABSENT, Outcome, settle};
use watch::Watch;

/// A connector to one Prometheus.
#[derive(Debug)]
struct Prometheus {
    settings: Settings,
    api: Api,
}

const STEP: Duration = Duration::from_secs(1);

impl Connector for Prometheus {
    type Settings = Settings;

    fn example() -> Value {
        json!({
            "base_url": "http://prometheus:9090",
            "metrics": [
                {"name": "throughput", "unit": "rps", "query": "sum(rate(http_requests_total[1m]))", "step": "30s"},
                {
                    "name": "error_rate",
                    "unit": "%",
                    "query": "100 * sum(rate(http_requests_total{code=~\"5..\"}[1m])) / sum(rate(http_requests_total[1m]))",
                    "step": "30s",
                    "absent": "zero",
                },
            ],
        })
    }

    fn configure(settings: Settings) -> Result<Self, Problems> {
        let problems = settings.problems();
        if !problems.is_empty() {
            return Err(problems);
        }
        let api = Api::new(settings.base_url.clone());
        Ok(Prometheus { settings, api })
    }
}

impl Inventory for Prometheus {
    fn metrics(&mut self) -> Result<Vec<Metric>, Failure> {
        Ok(self.settings.metrics.iter().map(Query::metric).collect())
    }
}

impl Describe for Prometheus {
    fn describe(&mut self, _control: &Control) -> Result<Description, Failure> {
        Ok(Description { components: Vec::new(), metrics: self.metrics()? })
    }
}

impl Measure for Prometheus {
    fn measure(&mut self, metrics: &[String], control: &Control) -> Result<Measurement, Failure> {
        let wanted: Vec<&Query> = self
            .settings
            .metrics
            .iter()
            .filter(|query| metrics.is_empty() || metrics.contains(&query.name))
            .collect();
        if !control.delay().is_zero() {
            progress::wait_showing(control.delay(), "waiting before the measurement")?;
        }
        let start = time::now() + control.warmup().as_secs_f64();
        self.wait(control)?;
        // The clock may run a little ahead of the wait; what was asked for counts.
        let span = Span { start, end: start + control.duration().as_secs_f64() };
        let measurement = settle(self.outcomes(&wanted, span))?;
        for (_, message) in &measurement.annotations {
            log::error(message);
        }
        Ok(measurement)
    }
}

impl Check for Prometheus {
    fn list(&mut self) -> Result<Vec<CheckInfo>, Failure> {
        Ok(checks::list(&self.settings))
    }

    fn run(&mut self, id: &str) -> Result<CheckOutcome, Failure> {
        checks::run(id, &self.settings, &self.api)
    }
}

impl Commands for Prometheus {
    fn commands() -> Vec<Command> {
        commands::list()
    }

    fn run(&mut self, command: &str, _arguments: &Map<String, Value>) -> Result<Answer, Failure> {
        commands::run(command, &self.api)
    }
}

impl Prometheus {
    /// Waits until the data is there; meanwhile checks the objectives.
    fn wait(&self, control: &Control) -> Result<(), Failure> {
        let total = control.warmup() + control.duration();
        let message =
            format!("measuring Prometheus metrics for {}", servo_sdk::quantity::Duration::from(total));
        let mut watch = Watch::new(&control.slo, &self.settings.fast_fail);
        progress::wait_with(total, STEP, |passed| {
            progress::report(Some(progress::percent(passed, total)), message.clone())?;
            if let Some(watch) = watch.as_mut()
                && watch.due(passed)
            {
                let now = time::now();
                let means = self.means(watch, Span { start: now - watch.span().as_secs_f64(), end: now })?;
                let statuses = watch.check(now, &means)?;
                log::info(format!("SLO statuses from last check: {statuses}"));
            }
            Ok(())
        })
    }

    /// The mean of each metric that an objective names. A query that fails is a missing value: a Prometheus that is
    /// away for a moment says nothing about the application.
    fn means(&self, watch: &Watch, span: Span) -> Result<Vec<(String, f64)>, Failure> {
        let named: Vec<&Query> =
            self.settings.metrics.iter().filter(|query| watch.names(&query.name)).collect();
        let mut means = Vec::new();
        for (query, answer) in named.iter().zip(self.api.query_ranges(&named, span)) {
            match answer {
                Ok(answer) => {
                    let mean = series::mean(&series::from_rows(query, answer.rows));
                    means.extend(mean.map(|mean| (query.name.clone(), mean)));
                }
                Err(failure) if failure.code == Code::Cancelled => return Err(failure),
                Err(failure) => {
                    log::warning(format!("metric `{}` has no value: {}", query.name, failure.message))
                }
            }
        }
        Ok(means)
    }

    fn outcomes(&self, wanted: &[&Query], span: Span) -> Vec<Outcome> {
        let answers = wanted.iter().zip(self.api.query_ranges(wanted, span));
        let outcome = |(query, answer): (&&Query, Result<api::Answer, Failure>)| Outcome {
            metric: query.name.clone(),
            result: answer.and_then(|answer| self.series(query, answer)),
        };
        answers.map(outcome).collect()
    }

    fn series(&self, query: &Query, answer: api::Answer) -> Result<Vec<Series>, Failure> {
        for warning in &answer.warnings {
            log::warning(format!("Prometheus says about metric `{}`: {warning}", query.name));
        }
        let found = series::from_rows(query, answer.rows);
        if found.is_empty() {
            self.absent(query)?;
        }
        Ok(found)
    }

    /// What no data means is for the operator to say; whether the metric exists at all, Prometheus knows.
    fn absent(&self, query: &Query) -> Result<(), Failure> {
        let absent = match query.absent {
            Absent::Ignore | Absent::Zero => return Ok(()),
            Absent::Warn | Absent::Fail => {
                !self.api.query(&format!("absent({})", query.query))?.rows.is_empty()
            }
        };
        let message = format!(
            "metric `{}` is absent: Prometheus has no data for `{}`; check the query and its targets",
            query.name, query.query
        );
        match query.absent {
            Absent::Fail if absent => Err(Failure::failed(message).because(ABSENT)),
            _ if absent => {
                log::warning(message);
                Ok(())
            }
            _ => {
                log::debug(format!("metric `{}` exists and has no data within the measurement", query.name));
                Ok(())
            }
        }
    }
}

servo_sdk::connector!(Prometheus: inventory, describe, measure, check, commands);
