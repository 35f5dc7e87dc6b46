//! The claims of the evaluation on fewer seeds: fixed, so that a pass is a pass. The full table is
//! `cargo run --release -p servo-optimizer --example evaluate`.

#[path = "../examples/evaluate/functions.rs"]
mod functions;
#[path = "../examples/evaluate/run.rs"]
mod run;

use run::{Problem, sign_test};
use servo_optimizer::Search;

const SEEDS: u64 = 3;

#[test]
fn the_model_beats_random_search_and_never_harms() {
    let problems = [functions::service(), functions::queue(), functions::cache()].map(Problem::new);
    let (mut wins, mut losses, mut worse) = (0, 0, 0);
    for problem in &problems {
        for seed in 0..SEEDS {
            let model = problem.run(Search::Model, 30, seed);
            let random = problem.run(Search::Random, 30, seed);
            wins += usize::from(model.regret < random.regret - 1e-9);
            losses += usize::from(model.regret > random.regret + 1e-9);
            worse += usize::from(model.worse);
        }
    }
    let p = sign_test(wins, losses);
    assert!(p < 0.05, "won {wins}, lost {losses}: p = {p:.3}");
    assert_eq!(worse, 0, "runs that ended worse than the baseline");
}

#[test]
fn a_service_reaches_four_fifths_of_its_optimum_in_twenty_measurements() {
    let problem = Problem::new(functions::service());
    let mut shares: Vec<f64> = (0..3).map(|seed| problem.run(Search::Model, 20, seed).share).collect();
    shares.sort_by(f64::total_cmp);
    assert!(shares[1] > 0.8, "median of {shares:?}");
}
