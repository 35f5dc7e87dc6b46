//! Runs of the tuner against a known truth, and what they are judged by.
#![allow(unreachable_pub, dead_code, reason = "shared by an example and a test that use different parts")]
#![allow(clippy::expect_used, reason = "a report, not a service")]

use std::collections::BTreeMap;

use servo_optimizer::{
    CheckedObjective, Decision, Direction, Domain, Objective, Options, Reading, Search, Settings, Space,
    Trial, TrialResult, Value, decide,
};

use super::functions::Function;

/// A function with its space, its objective and its best value.
pub struct Problem {
    pub function: Function,
    pub space: Space,
    pub objective: CheckedObjective,
    pub best: f64,
    baseline: f64,
}

/// How one run ended, judged by the truth.
#[derive(Debug, Clone, Copy)]
pub struct Ending {
    /// 0 = the best there is, 1 = the baseline; 1 at least when the applied settings break a constraint.
    pub regret: f64,
    /// True value of the applied settings over the best.
    pub share: f64,
    /// Trials whose settings truly break a constraint.
    pub violated: usize,
    pub trials: usize,
    pub kept_baseline: bool,
    /// The applied settings are truly worse than the baseline.
    pub worse: bool,
    /// The applied settings truly break a constraint.
    pub infeasible: bool,
    /// So does the baseline that was kept.
    pub violation_kept: bool,
}

impl Problem {
    pub fn new(function: Function) -> Self {
        let space = function.space();
        let objective = Objective::parse(function.goal, function.constraints).expect("valid text");
        let mut units: BTreeMap<String, String> =
            space.baseline().keys().map(|k| (k.clone(), String::new())).collect();
        units.extend(function.units.iter().map(|(m, u)| ((*m).to_owned(), (*u).to_owned())));
        let objective = objective.check(&units).expect("known names");
        let mut problem = Self { function, space, objective, best: 0.0, baseline: 0.0 };
        problem.baseline = problem.loss(&problem.space.baseline()).0;
        problem.best = problem.optimum();
        problem
    }

    /// True loss (lower is better) and whether the constraints hold.
    fn loss(&self, settings: &Settings) -> (f64, bool) {
        let readings =
            (self.function.truth)(settings).into_iter().map(|(m, v)| (m.to_owned(), v.into())).collect();
        let evaluation = self.objective.evaluate(&readings, settings).expect("finite truth");
        let sign = if self.objective.direction() == Direction::Maximize { -1.0 } else { 1.0 };
        (sign * evaluation.score, evaluation.violations.is_empty())
    }

    /// The best feasible loss: many random settings, then one setting at a time from the best few.
    fn optimum(&self) -> f64 {
        let mut noise = Noise::new(1, 1);
        let mut found: Vec<(f64, Settings)> = (0..20_000)
            .map(|_| self.random(&mut noise))
            .filter_map(|s| self.loss(&s).1.then(|| (self.loss(&s).0, s)))
            .collect();
        found.sort_by(|a, b| a.0.total_cmp(&b.0));
        found.truncate(8);
        if self.loss(&self.space.baseline()).1 {
            found.push((self.baseline, self.space.baseline()));
        }
        found.into_iter().map(|start| self.climb(start, &mut noise)).fold(f64::INFINITY, f64::min)
    }

    fn climb(&self, (mut loss, mut settings): (f64, Settings), noise: &mut Noise) -> f64 {
        for step in 0..3_000 {
            let mut other = settings.clone();
            let fresh = self.random(noise);
            for setting in self.space.settings().iter().filter(|s| !s.pinned) {
                if noise.unit() < 0.35 {
                    let id = setting.id();
                    let width = if step % 2 == 0 { 0.02 } else { 0.2 };
                    let value = nearby(&setting.domain, &settings[&id], &fresh[&id], width, noise);
                    other.insert(id, value);
                }
            }
            let (new, feasible) = self.loss(&other);
            if feasible && new < loss {
                (loss, settings) = (new, other);
            }
        }
        loss
    }

    fn random(&self, noise: &mut Noise) -> Settings {
        let draw = |domain: &Domain, noise: &mut Noise| match domain {
            Domain::Enum(values) => values[(noise.unit() * values.len() as f64) as usize].clone(),
            Domain::Range { min, max, integer, .. } => {
                let share = noise.unit();
                let raw = if noise.unit() < 0.5 { share } else { share.powi(6) };
                number(min + raw * (max - min), *integer)
            }
        };
        let mut settings = self.space.baseline();
        for setting in self.space.settings().iter().filter(|s| !s.pinned) {
            settings.insert(setting.id(), draw(&setting.domain, noise));
        }
        settings
    }

    /// One run to its end.
    pub fn run(&self, search: Search, budget: usize, seed: u64) -> Ending {
        let options = Options { seed, search, ..Options::with_budget(budget) };
        self.run_with(&options).0
    }

    /// One run to its end, with its history.
    pub fn run_with(&self, options: &Options) -> (Ending, Vec<Trial>) {
        let mut noise = Noise::new(options.seed, 77);
        let mut history: Vec<Trial> = Vec::new();
        loop {
            match decide(&self.space, &self.objective, options, &history) {
                Decision::Measure { settings, why } => {
                    let result = TrialResult::Measured(self.measure(&settings, &mut noise));
                    history.push(Trial { settings, result, why });
                    assert!(history.len() <= options.budget, "the budget is a promise");
                }
                Decision::Finish { apply, outcome } => {
                    let ending = self.judge(&apply, outcome.kept_baseline, &history);
                    return (ending, history);
                }
            }
        }
    }

    fn measure(&self, settings: &Settings, noise: &mut Noise) -> BTreeMap<String, Reading> {
        let blur = |(metric, value): (&str, f64)| {
            (metric.to_owned(), Reading::from(value * (self.function.noise * noise.normal()).exp()))
        };
        (self.function.truth)(settings).into_iter().map(blur).collect()
    }

    fn judge(&self, apply: &Settings, kept_baseline: bool, history: &[Trial]) -> Ending {
        let (loss, feasible) = self.loss(apply);
        let baseline_feasible = self.loss(&self.space.baseline()).1;
        let regret = (loss - self.best) / (self.baseline - self.best).abs().max(1e-3 * self.best.abs());
        let share = if loss < 0.0 { loss / self.best } else { self.best / loss };
        Ending {
            regret: if feasible { regret } else { regret.max(1.0) },
            share,
            violated: history.iter().filter(|t| !self.loss(&t.settings).1).count(),
            trials: history.len(),
            kept_baseline,
            worse: baseline_feasible && loss > self.baseline + 1e-12,
            infeasible: !feasible,
            violation_kept: kept_baseline && !baseline_feasible,
        }
    }
}

fn nearby(domain: &Domain, old: &Value, fresh: &Value, width: f64, noise: &mut Noise) -> Value {
    match domain {
        Domain::Enum(_) => fresh.clone(),
        Domain::Range { min, max, integer, .. } => {
            let old = old.as_number().unwrap_or(*min);
            let moved = old + width * noise.normal() * if noise.unit() < 0.5 { max - min } else { old };
            number(moved.clamp(*min, *max), *integer)
        }
    }
}

fn number(raw: f64, integer: bool) -> Value {
    if integer { Value::Integer(raw.round() as i64) } else { Value::Number(raw) }
}

/// One-sided sign test: the chance of at least `wins` of `wins + losses` by luck.
pub fn sign_test(wins: usize, losses: usize) -> f64 {
    let n = wins + losses;
    let mut term = 0.5f64.powi(n as i32);
    let mut tail = 0.0;
    for k in 0..=n {
        if k >= wins {
            tail += term;
        }
        term *= (n - k) as f64 / (k + 1) as f64;
    }
    tail.min(1.0)
}

/// The measurement noise: its own generator, so that the tuner cannot share a stream with it.
struct Noise(u64);

impl Noise {
    fn new(seed: u64, stream: u64) -> Self {
        let mut noise =
            Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ stream.wrapping_mul(0xd134_2543_de82_ef95) | 1);
        for _ in 0..8 {
            noise.unit();
        }
        noise
    }

    /// xorshift64*.
    fn unit(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11) as f64 / (1u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }
}
