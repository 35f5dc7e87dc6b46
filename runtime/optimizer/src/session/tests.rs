mod budget;
mod commands;
mod errors;
mod noise;
mod progress;
mod stopping;
mod world;
