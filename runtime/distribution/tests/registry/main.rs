//! The client of registries against real ones, and against servers that do everything wrong.
#![allow(clippy::unwrap_used, reason = "a test says what is wrong by failing")]

mod answers;
mod archives;
mod contents;
mod crashes;
mod interop;
mod logins;
mod redirects;
mod signatures;
mod world;
