//! The world the tests run in: temporary directories, real programs on free ports that end with their test, scripted
//! servers, and what makes outputs comparable. Everything here panics with an explanation when it cannot do its part,
//! because a test has nothing better to do with such an error.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "a test's world panics when it cannot be built")]

pub mod http;
pub mod snapshot;

mod etcd;
mod eventually;
mod influxdb;
mod line;
mod message;
mod optimizer;
mod ports;
mod program;
mod prometheus;
mod quickstart;
mod rabbitmq;
mod registry;
mod scripted;
mod server;
mod tokens;
mod world;

pub use etcd::{Etcd, Security};
pub use eventually::{eventually, nap};
pub use influxdb::InfluxDb;
pub use line::{Line, Weather};
pub use message::Content;
pub use optimizer::{Asked, Optimizer};
pub use ports::free_port;
pub use program::{Finished, Program, Running, installed};
pub use prometheus::Prometheus;
pub use quickstart::Quickstart;
pub use rabbitmq::RabbitMq;
pub use registry::Registry;
pub use rustix::process::Signal;
pub use scripted::{Reply, Scripted, Seen};
pub use server::Server;
pub use tokens::Tokens;
pub use world::World;
