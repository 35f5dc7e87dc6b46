use servo_types::{Component, Domain, Measurement, Metric, Range, Reading, Scalar, Scale, Setting, Value};
use tempfile::TempDir;

use super::*;
use crate::journal::Pending;
use crate::objective::Objective;
use crate::options::Options;

mod conversation;
mod crashes;
mod excess;
mod standing;

/// A service with a setting, and the servo that takes care of it: more workers are better up to 12.
struct Service {
    workers: f64,
    /// The settings that it was given, in their order.
    changes: Vec<f64>,
    /// The number of measurements that it made.
    measured: usize,
    /// From so many workers on a measurement is aborted.
    harm: f64,
    /// The most workers.
    max: f64,
}

impl Service {
    fn new() -> Self {
        Self { workers: 2.0, changes: Vec::new(), measured: 0, harm: f64::INFINITY, max: 16.0 }
    }

    fn describe(&self) -> Description {
        let range = Range { min: 1.0, max: self.max, step: 1.0, scale: Scale::Linear };
        let workers = Setting {
            name: "workers".into(),
            unit: None,
            pinned: false,
            value: Some(Value::Number(self.workers)),
            domain: Domain::Range(range),
        };
        let metrics = [("throughput", "rps"), ("errors", "%")];
        Description {
            components: vec![Component { name: "web".into(), settings: vec![workers] }],
            metrics: metrics.map(|(name, unit)| Metric { name: name.into(), unit: unit.into() }).into(),
        }
    }

    /// Does what it is told.
    fn act(&mut self, said: &Said) -> Option<Heard> {
        let (act, uid, result) = match said {
            Said::Describe { uid } => (Act::Describe, uid, Ok(Outcome::State(self.describe()))),
            Said::Adjust { uid, adjustments, .. } => {
                let Value::Number(workers) = adjustments[0].value else { panic!("{adjustments:?}") };
                self.workers = workers;
                self.changes.push(workers);
                (Act::Adjust, uid, Ok(Outcome::State(self.describe())))
            }
            Said::Measure { uid, control, .. } => {
                self.measured += 1;
                let watched = control.slo.is_some() && self.workers >= self.harm;
                let violated = Failure::new(Code::Aborted, "errors above 1").because("slo-violation");
                (Act::Measure, uid, if watched { Err(violated) } else { Ok(self.measure()) })
            }
            _ => return None,
        };
        Some(Heard::Done { act, uid: Some(uid.clone()), result })
    }

    fn measure(&self) -> Outcome {
        let throughput = 100.0 - (self.workers - 12.0).powi(2);
        let errors = if self.workers >= self.harm { 5.0 } else { 0.1 };
        let scalar =
            |metric: &str, value| Reading::Scalar(Scalar { metric: metric.into(), id: None, at: 0.0, value });
        let readings = vec![scalar("throughput", throughput), scalar("errors", errors)];
        Outcome::Measured(Measurement { readings, annotations: Vec::new() })
    }
}

fn goal() -> Goal {
    let expression = "throughput".to_owned();
    Goal {
        objective: Objective::parse(&format!("maximize {expression}"), &["errors < 1%"]).unwrap(),
        expression,
        options: Options { seed: 7, ..Options::with_budget(14) },
        seeded: true,
        delay: Duration::ZERO,
        warmup: Duration::from_secs(1),
        duration: Duration::from_secs(60),
        settlement: Duration::from_secs(30),
    }
}

/// An application without a past.
fn begin() -> (TempDir, Application) {
    let folder = tempfile::tempdir().unwrap();
    let application = Application::open(folder.path(), goal(), "boot1").unwrap();
    (folder, application)
}

#[track_caller]
fn hear(application: &mut Application, heard: Heard) -> Said {
    application.hear(heard, by(Some("uid")), 1).unwrap()
}

fn by(servo_uid: Option<&str>) -> Speaker<'_> {
    Speaker { servo_uid, process: None }
}

fn hello() -> Heard {
    Heard::Hello { agent: Some("servo".into()) }
}

/// The next command, until the optimizer has none.
#[track_caller]
fn run(application: &mut Application, service: &mut Service) {
    for _ in 0..200 {
        let said = hear(application, Heard::WhatsNext);
        let Some(done) = service.act(&said) else {
            assert_eq!(said, Said::Sleep { duration: SLEEP, reason: IDLE.into() });
            return;
        };
        assert_eq!(hear(application, done), Said::Ok);
    }
    panic!("it does not come to an end");
}

fn history(application: &Application) -> Vec<crate::trial::Trial> {
    application.run.as_ref().unwrap().journal.history().to_vec()
}

fn pending(application: &Application) -> Pending {
    application.run.as_ref().unwrap().journal.state().pending().clone()
}
