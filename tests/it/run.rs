//! `servo run` and the commands beside it: real components, real signals, applications that answer over HTTP.

mod admin;
mod aliases;
pub(crate) mod app;
mod build;
mod by_hand;
mod control;
mod demonstration;
mod kept;
mod limits;
mod logs;
mod refused;
mod reload;
mod resume;
mod several;
mod signals;
pub(crate) mod stage;
mod state;
mod status;
mod tcp;
mod traced;
mod traps;
mod violated;
