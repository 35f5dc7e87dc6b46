//! What `make run` promises: how much faster the demonstration is after a run, over several seeds, and what a load tool
//! that is not ours says about the same two settings of the same application, in turns.
#![expect(clippy::print_stdout, reason = "a bench talks to people")]

use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;
use servo_test_support::{Program, Quickstart, Server as _, World, http};

type Failure = Box<dyn Error>;

const SEEDS: std::ops::RangeInclusive<u32> = 1..=5;
/// The gain of the seed in the middle must be at least this.
const BAR: f64 = 3.0;
/// Baseline and best are loaded alternately, so often.
const PAIRS: usize = 3;
/// As the run itself loads the application: connections that each ask for the next document at once.
const HEY: [&str; 4] = ["-z", "3s", "-c", "16"];
const CONFIGURATION: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/quickstart/servo.yaml");

/// One run of the demonstration.
struct Run {
    /// After over before, as the run says.
    gain: f64,
    /// The same of the requests that `hey` got answered.
    hey: f64,
    took: Duration,
}

fn main() -> Result<(), Failure> {
    let mut runs = SEEDS.map(demonstrate).collect::<Result<Vec<_>, _>>()?;
    let middle = |of: fn(&Run) -> f64, runs: &mut Vec<Run>| {
        runs.sort_by(|one, other| of(one).total_cmp(&of(other)));
        runs.get(runs.len() / 2).map_or(f64::NAN, of)
    };
    let (gain, hey) = (middle(|run| run.gain, &mut runs), middle(|run| run.hey, &mut runs));
    let verdict = if gain >= BAR && hey >= BAR { "met" } else { "MISSED" };
    println!(
        "demonstration, the seed in the middle: gain {gain:.1}x, by hey {hey:.1}x  bar {BAR}x each  {verdict}"
    );
    let longest = runs.iter().map(|run| run.took).max().unwrap_or_default();
    println!("demonstration, the longest run: {:.0} s  bar 180 s", longest.as_secs_f64());
    Ok(())
}

fn demonstrate(seed: u32) -> Result<Run, Failure> {
    let servo = Path::new(env!("CARGO_BIN_EXE_servo"));
    let (world, application) = (World::new(servo), Quickstart::beside(servo));
    let target = format!("GET {}/random", application.url());
    let arguments =
        ["run", "-c", CONFIGURATION, "-o", "json", "--seed", &seed.to_string()].map(str::to_owned);
    let run = world.servo(arguments).env("SERVO_APP_URL", application.url()).env("SERVO_LOAD_TARGET", target);
    let began = Instant::now();
    let finished = run.timeout(Duration::from_secs(600)).run().expect(0);
    let took = began.elapsed();
    let report: Value = serde_json::from_str(&finished.stdout)?;
    let outcome = &report["ended"]["outcome"];
    let gain = outcome["gain"]["estimate"].as_f64().ok_or("a run without a gain")?;
    let (before, after) = (patch(&report["baseline"])?, patch(&report["ended"]["settings"])?);
    let (mut slow, mut fast) = (0.0, 0.0);
    for _ in 0..PAIRS {
        slow += load(&application, &before)?;
        fast += load(&application, &after)?;
    }
    let hey = fast / slow;
    println!(
        "seed {seed}: gain {gain:.1}x in {:.0} s; hey {slow:.0} and {fast:.0} requests, {hey:.1}x",
        took.as_secs_f64()
    );
    println!("  {after}");
    Ok(Run { gain, hey, took })
}

/// The settings as the application takes them: `app.workers` of servo is its `workers`.
fn patch(settings: &Value) -> Result<Value, Failure> {
    let settings = settings.as_object().ok_or("a run without settings")?;
    let own = settings.iter().map(|(name, value)| {
        (name.rsplit_once('.').map_or(name.as_str(), |(_, setting)| setting).to_owned(), value.clone())
    });
    Ok(Value::Object(own.collect()))
}

/// Applies the settings and counts what `hey` gets answered.
fn load(application: &Quickstart, settings: &Value) -> Result<f64, Failure> {
    let headers = [("content-type", "application/json")];
    let url = format!("{}/settings", application.url());
    let changed = http::request("PATCH", &url, &headers, settings.to_string().as_bytes())?;
    if changed.status != 200 {
        return Err(format!("the application refused {settings}: {}", changed.text()).into());
    }
    let hey = Program::new("hey").args(HEY).arg(format!("{}/random", application.url()));
    let text = hey.timeout(Duration::from_secs(60)).run().expect(0).stdout;
    let count = text.split_once("[200]").and_then(|(_, rest)| rest.split_whitespace().next()?.parse().ok());
    count.ok_or_else(|| format!("no count of answers in\n{text}").into())
}
