//! Prints one run.
#![allow(clippy::print_stdout, reason = "dev")]
#[path = "evaluate/functions.rs"]
mod functions;
#[path = "evaluate/run.rs"]
mod run;
use servo_optimizer::*;
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let f = functions::all().into_iter().find(|f| f.name == a[1]).unwrap();
    let p = run::Problem::new(f);
    let o = Options { seed: a[3].parse().unwrap(), ..Options::with_budget(a[2].parse().unwrap()) };
    let (e, h) = p.run_with(&o);
    println!("best {}", p.best);
    for t in h {
        let TrialResult::Measured(m) = &t.result else { continue };
        let ev = p.objective.evaluate(m, &t.settings).unwrap();
        let s: Vec<String> = t.settings.iter().map(|(k, v)| format!("{}={}", &k[4..], v)).collect();
        println!("{:>10.3} {} {:<18} {} | {}", ev.score, if ev.violations.is_empty() { " " } else { "X" }, t.why.role.to_string(), s.join(" "), t.why.text);
    }
    println!("{e:?}");
}
