//! Loads the application with requests and measures how it answers: throughput, errors and latencies over time.
//!
//! Settings, metrics and units are those of the vegeta connector of ServoX; the load comes from the host, not from the
//! program `vegeta`.

#![forbid(unsafe_code)]

mod checks;
mod commands;
mod options;
mod points;
mod targets;

use servo_sdk::prelude::*;
use servo_sdk::slo::Objectives;

use options::Settings;
use points::Points;

/// A connector to the load generator.
#[derive(Debug)]
struct Vegeta {
    settings: Settings,
    /// What the last attack of a check showed.
    tried: Option<checks::Tried>,
}

impl Connector for Vegeta {
    type Settings = Settings;

    fn example() -> Value {
        json!({"rate": "50/1s", "target": "GET http://localhost:8080/", "reporting_interval": "15s"})
    }

    fn configure(settings: Settings) -> Result<Self, Problems> {
        let problems = settings.problems();
        if problems.is_empty() { Ok(Vegeta { settings, tried: None }) } else { Err(problems) }
    }
}

impl Inventory for Vegeta {
    fn metrics(&mut self) -> Result<Vec<Metric>, Failure> {
        Ok(points::metrics())
    }
}

impl Describe for Vegeta {
    fn describe(&mut self, _control: &Control) -> Result<Description, Failure> {
        Ok(Description { components: Vec::new(), metrics: points::metrics() })
    }
}

impl Measure for Vegeta {
    fn measure(&mut self, metrics: &[String], control: &Control) -> Result<Measurement, Failure> {
        if control.duration == 0 {
            return Err(Failure::failed(
                "there is nothing to measure in no time; give a duration, for example `1m`",
            ));
        }
        if control.delay != 0 {
            progress::wait_showing(control.delay(), "waiting before the load")?;
        }
        // An attack of its own for the warm-up: a report never mixes what counts with what does not.
        if control.warmup != 0 {
            self.attack(control, Phase::WarmUp)?;
        }
        let (points, total) = self.attack(control, Phase::Measurement)?;
        let mut annotations = vec![("load_profile".to_owned(), self.settings.profile(control.duration()))];
        if let Some(missed) = points::missed(&total, &self.settings) {
            log::warning(&missed);
            annotations.push(("missed".to_owned(), missed));
        }
        Ok(Measurement { readings: points.readings(metrics), annotations })
    }
}

impl Check for Vegeta {
    fn list(&mut self) -> Result<Vec<CheckInfo>, Failure> {
        Ok(checks::list())
    }

    fn run(&mut self, id: &str) -> Result<CheckOutcome, Failure> {
        // The first check attacks; the others look at what it saw.
        let tried = match self.tried.take() {
            Some(tried) if id != checks::EXECUTION => tried,
            _ => checks::attack(&self.settings)?,
        };
        let outcome = checks::judge(id, &tried);
        self.tried = Some(tried);
        outcome
    }
}

impl Commands for Vegeta {
    fn commands() -> Vec<Command> {
        commands::list()
    }

    fn run(&mut self, command: &str, arguments: &Map<String, Value>) -> Result<Answer, Failure> {
        if command != "attack" {
            return Err(Failure::failed(format!("there is no command `{command}`")));
        }
        let (_, total) = self.attack(&commands::control(arguments), Phase::Measurement)?;
        if let Some(missed) = points::missed(&total, &self.settings) {
            log::warning(missed);
        }
        commands::answer(&total)
    }
}

/// What an attack is for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    WarmUp,
    Measurement,
}

impl Vegeta {
    /// Attacks for the time of the phase, and says after each report how far the whole is. What counts is watched: when
    /// an objective is violated there is no use in the rest.
    fn attack(&self, control: &Control, phase: Phase) -> Result<(Points, load::Report), Failure> {
        let (before, duration, what) = match phase {
            Phase::WarmUp => (0, control.warmup, "warming up"),
            Phase::Measurement => (control.warmup, control.duration, "measuring"),
        };
        let all = control.warmup().saturating_add(control.duration());
        let report_every = self.settings.reporting_interval.millis();
        let interval = f64::from(report_every) / 1e3;
        let attack = load::Attack::start(&self.settings.plan(duration, report_every))?;
        let mut objectives = match phase {
            Phase::WarmUp => None,
            Phase::Measurement => Objectives::new(&control.slo),
        };
        let mut points = Points::default();
        let mut first = None;
        while let Some(report) = attack.next()? {
            let begun = *first.get_or_insert(report.start);
            let passed = (report.end - begun).max(0.0);
            let of_all = passed + f64::from(before) / 1e3;
            let percent = (of_all / all.as_secs_f64() * 100.0).min(100.0) as f32;
            progress::report_with(Some(percent), points::summary(what, &report), points::interim(&report))?;
            points.add(&report);
            // The values of a measurement that is over say more than that it was violated.
            let rest = f64::from(duration) / 1e3 - passed;
            if let Some(objectives) = objectives.as_mut()
                && rest > interval / 2.0
            {
                objectives.check(report.end, |metric| points::value(metric, &report))?;
            }
        }
        Ok((points, attack.total()))
    }
}

servo_sdk::connector!(Vegeta: inventory, describe, measure, check, commands);
