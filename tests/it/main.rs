//! The integration tests: one binary, so that everything is linked once.
#![allow(clippy::unwrap_used, reason = "a test panics when its world is broken")]

mod authors;
mod commands;
mod configuration;
mod dist;
mod distribution;
mod errors;
mod events;
mod help;
mod hostile;
mod languages;
mod leader;
mod liveness;
mod manners;
mod migrate;
mod mistakes;
mod native;
mod optimizer;
mod optimizer_serve;
mod output;
mod precedence;
mod readme;
mod run;
mod services;
mod shown;
mod tidy;
mod transcript;
mod transcripts;
mod tuning;
mod webhooks;
