//! The tuner against random search on services with a known truth: prints a table, fails when a claim does.
//!
//! `cargo run --release -p servo-optimizer --example evaluate [SEEDS [FUNCTION|all [FIRST_SEED]]]`
#![allow(clippy::print_stdout, reason = "a report for people")]

mod functions;
mod run;

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use run::{Ending, Problem, sign_test};
use servo_optimizer::{Options, Search, decide};

const BUDGETS: [usize; 2] = [20, 30];
const SEEDS: u64 = 30;
const SIGNIFICANT: f64 = 0.05;
/// On so many functions the model must win at every budget, each by its own sign test. `flat` cannot be one.
const FUNCTIONS_MIN: usize = 6;
/// The run may end worse than the baseline this often (1 − confidence), give or take the luck of the draw.
const ERROR: f64 = 0.05;

struct Pair {
    function: usize,
    budget: usize,
    model: Ending,
    random: Ending,
}

fn main() -> ExitCode {
    let seeds = std::env::args().nth(1).and_then(|a| a.parse().ok()).unwrap_or(SEEDS);
    let only = std::env::args().nth(2);
    let keep = |name: &str| only.as_deref().is_none_or(|o| o == "all" || o == name);
    let problems: Vec<Problem> =
        functions::all().into_iter().filter(|f| keep(f.name)).map(Problem::new).collect();
    let first = std::env::args().nth(3).and_then(|a| a.parse().ok()).unwrap_or(0);
    let pairs = run_all(&problems, first..first + seeds);
    println!("regret of the applied settings: 0 = the best there is, 1 = the baseline; {seeds} seeds");
    println!(
        "{:<10}{:>4}{:>7}  {:>15}  {:>15}  {:>11}{:>9}  {:>13}  {:>9}  {:>11}  {:>9}",
        "function",
        "dim",
        "budget",
        "median m / r",
        "mean m / r",
        "won-lost",
        "p",
        "violated m/r",
        "kept m/r",
        "share m/r",
        "worse m/r"
    );
    let (mut failed, mut shown) = (Vec::new(), 0);
    for (f, problem) in problems.iter().enumerate() {
        let mut significant = true;
        for budget in BUDGETS {
            let of: Vec<&Pair> = pairs.iter().filter(|p| p.function == f && p.budget == budget).collect();
            let p = report(problem.function.name, problem.space.free(), budget, &of, &mut failed);
            significant &= p < SIGNIFICANT;
        }
        shown += usize::from(significant);
    }
    for budget in BUDGETS {
        let of: Vec<&Pair> = pairs.iter().filter(|p| p.budget == budget).collect();
        let p = report("all", 0, budget, &of, &mut failed);
        if p >= SIGNIFICANT {
            failed.push(format!("all at {budget}: not better than random search (p = {p:.3})"));
        }
    }
    println!("better than random search (p < {SIGNIFICANT}) at every budget: {shown} of {}", problems.len());
    if shown < FUNCTIONS_MIN.min(problems.len()) {
        failed.push(format!(
            "better than random search on {shown} functions only, {FUNCTIONS_MIN} are claimed"
        ));
    }
    print_cost(&problems);
    for claim in &failed {
        println!("FAILED: {claim}");
    }
    if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// CPU of one decision late in a long run over the most settings.
fn print_cost(problems: &[Problem]) {
    let Some(problem) = problems.iter().max_by_key(|p| p.space.free()) else { return };
    let options = Options { patience: 0, ..Options::with_budget(60) };
    let (_, history) = problem.run_with(&options);
    let length = history.len().min(50);
    let start = std::time::Instant::now();
    let rounds: u32 = 10;
    for _ in 0..rounds {
        decide(&problem.space, &problem.objective, &options, &history[..length]);
    }
    let each = start.elapsed() / rounds;
    let settings = problem.space.free();
    println!("a decision over {settings} settings after {length} trials takes {each:.1?}");
}

/// Every function, budget and seed, on all cores.
fn run_all(problems: &[Problem], seeds: std::ops::Range<u64>) -> Vec<Pair> {
    let mut jobs = Vec::new();
    for function in 0..problems.len() {
        for budget in BUDGETS {
            jobs.extend(seeds.clone().map(|seed| (function, budget, seed)));
        }
    }
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(&(function, budget, seed)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let model = problems[function].run(Search::Model, budget, seed);
                    let random = problems[function].run(Search::Random, budget, seed);
                    let pair = Pair { function, budget, model, random };
                    done.lock().expect("no worker panics while holding it").push(pair);
                }
            });
        }
    });
    done.into_inner().expect("no worker panics while holding it")
}

/// Prints one line, notes claims that fail, returns the p-value of the sign test.
fn report(name: &str, dim: usize, budget: usize, pairs: &[&Pair], failed: &mut Vec<String>) -> f64 {
    let n = pairs.len();
    let wins = pairs.iter().filter(|p| p.model.regret < p.random.regret - 1e-9).count();
    let losses = pairs.iter().filter(|p| p.model.regret > p.random.regret + 1e-9).count();
    let p = sign_test(wins, losses);
    let both = |of: &dyn Fn(&Ending) -> f64| -> (Vec<f64>, Vec<f64>) {
        (pairs.iter().map(|p| of(&p.model)).collect(), pairs.iter().map(|p| of(&p.random)).collect())
    };
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    let median = |v: &[f64]| {
        let mut v = v.to_vec();
        v.sort_by(f64::total_cmp);
        v[v.len() / 2]
    };
    let (model, random) = both(&|e| e.regret);
    let (vm, vr) = both(&|e| 100.0 * e.violated as f64 / e.trials as f64);
    let (km, kr) = both(&|e| if e.kept_baseline { 1.0 } else { 0.0 });
    let (sm, sr) = both(&|e| e.share);
    let (wm, wr) = both(&|e| f64::from(u8::from(e.worse)));
    let (im, ir) = both(&|e| f64::from(u8::from(e.infeasible)));
    let count = |v: &[f64]| v.iter().sum::<f64>();
    println!(
        "{name:<10}{dim:>4}{budget:>7}  {:>6.3} / {:>6.3}  {:>6.3} / {:>6.3}  {wins:>5}-{losses:<5}{p:>9.1e}  {:>5.1}/{:>5.1} %  {:>4}/{:<4}  {:>5.2}/{:<5.2}  {:>2}+{:<2}/{:>2}+{:<2}",
        median(&model),
        median(&random),
        mean(&model),
        mean(&random),
        mean(&vm),
        mean(&vr),
        count(&km),
        count(&kr),
        median(&sm),
        median(&sr),
        count(&wm),
        count(&im),
        count(&wr),
        count(&ir),
    );
    // As many wrong endings as would be surprising (1 in 100) if each had the permitted chance.
    let wrong = pairs.iter().filter(|p| p.model.worse).count();
    if binomial_tail(n, wrong, ERROR) < 0.01 {
        failed.push(format!("{name} at {budget}: {wrong} of {n} runs ended worse than the baseline"));
    }
    let kept = pairs.iter().filter(|p| p.model.violation_kept).count();
    if binomial_tail(n, kept, ERROR) < 0.01 {
        failed.push(format!("{name} at {budget}: {kept} of {n} runs kept a baseline that violates"));
    }
    p
}

/// P(at least `k` of `n`) when each has chance `p`.
fn binomial_tail(n: usize, k: usize, p: f64) -> f64 {
    let mut term = (1.0 - p).powi(n as i32);
    let mut below = 0.0;
    for i in 0..k {
        below += term;
        term *= (n - i) as f64 / (i + 1) as f64 * p / (1.0 - p);
    }
    1.0 - below
}
