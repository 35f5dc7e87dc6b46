//! Counts how many services of a type are up, down and suspect, for as long as a measurement lasts.
//!
//! What others register as alive becomes a metric: replicas that start late, workers that die under load.

#![forbid(unsafe_code)]

mod averages;
mod checks;
mod counts;
mod options;

use std::time::Duration;

use servo_sdk::liveness::Selection;
use servo_sdk::prelude::*;

use averages::Averages;
use counts::Counts;
use options::Settings;

/// After a change others follow; they are looked at together.
const CALM: Duration = Duration::from_millis(100);
/// How often it is said how far the measurement is.
const REPORT: Duration = Duration::from_secs(1);

/// A connector to the services of one type.
#[derive(Debug)]
struct Fleet {
    settings: Settings,
    which: Selection,
}

impl Connector for Fleet {
    type Settings = Settings;

    fn example() -> Value {
        json!({"type": "web", "at_least": 3})
    }

    fn configure(settings: Settings) -> Result<Self, Problems> {
        let problems = settings.problems();
        if !problems.is_empty() {
            return Err(problems);
        }
        let which = settings.selection();
        Ok(Fleet { settings, which })
    }
}

impl Inventory for Fleet {
    fn metrics(&mut self) -> Result<Vec<Metric>, Failure> {
        Ok(Counts::NAMES.iter().map(|name| Metric::new(self.settings.metric(name), "")).collect())
    }
}

impl Describe for Fleet {
    fn describe(&mut self, _control: &Control) -> Result<Description, Failure> {
        Ok(Description { components: Vec::new(), metrics: self.metrics()? })
    }
}

impl Measure for Fleet {
    fn measure(&mut self, metrics: &[String], control: &Control) -> Result<Measurement, Failure> {
        progress::wait_showing(
            control.delay() + control.warmup(),
            "waiting before the services are counted",
        )?;
        let averages = self.follow(control.duration())?;
        if averages.points.is_empty() {
            return Err(Failure::failed(
                "servo knew nothing of the services during the whole measurement; `servo liveness ls` shows why",
            )
            .because("unknown"));
        }
        let mut readings = Vec::new();
        for (index, name) in Counts::NAMES.iter().enumerate() {
            let metric = self.settings.metric(name);
            if metrics.is_empty() || metrics.contains(&metric) {
                let (times, values) = averages.points.iter().map(|(at, mean)| (*at, mean[index])).unzip();
                readings.push(Reading::Series(Series {
                    metric,
                    id: None,
                    annotations: Vec::new(),
                    times,
                    values,
                }));
            }
        }
        Ok(Measurement { readings, annotations: Vec::new() })
    }
}

impl Check for Fleet {
    fn list(&mut self) -> Result<Vec<CheckInfo>, Failure> {
        Ok(checks::list(&self.settings))
    }

    fn run(&mut self, id: &str) -> Result<CheckOutcome, Failure> {
        checks::run(id, &self.settings, || Ok(Counts::of(&liveness::list(&self.which)?.services)))
    }
}

impl Fleet {
    /// Counts for so long: at the beginning, and whenever something changes.
    fn follow(&self, duration: Duration) -> Result<Averages, Failure> {
        let (began, step) = (time::now(), self.settings.step.get().as_secs_f64());
        let (end, message) =
            (began + duration.as_secs_f64(), format!("counting services of type {}", self.settings.kind));
        let mut averages = Averages::new(began);
        let mut cursor = self.count(&mut averages)?;
        let mut cut = (began + step).min(end);
        while time::now() < end {
            let now = time::now();
            let left = Duration::try_from_secs_f64(cut - now).unwrap_or_default().min(REPORT);
            let news = liveness::wait(&cursor, &self.which, left)?;
            if news.changes.is_empty() && !news.missed {
                cursor = news.cursor;
            } else {
                progress::wait(CALM.min(duration))?;
                cursor = self.count(&mut averages)?;
            }
            let now = time::now();
            if now >= cut {
                // What is known may have grown old meanwhile, and a change of that is no change of a service.
                cursor = self.count(&mut averages)?;
                averages.cut(now);
                cut = (now + step).min(end);
            }
            let passed = Duration::try_from_secs_f64(now - began).unwrap_or_default();
            progress::report(Some(progress::percent(passed, duration)), message.clone())?;
        }
        averages.cut(time::now());
        Ok(averages)
    }

    /// Counts now; the cursor of what was counted.
    fn count(&self, averages: &mut Averages) -> Result<String, Failure> {
        let listing = liveness::list(&self.which)?;
        averages.see(time::now(), Counts::of(&listing.services));
        Ok(listing.cursor)
    }
}

servo_sdk::connector!(Fleet: inventory, describe, measure, check);
