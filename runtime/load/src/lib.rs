//! HTTP load: a constant or stepped rate (open loop) or n connections (closed loop), HTTP/1.1 and HTTP/2.
//!
//! In an open loop latency counts from the moment a request should have been sent, so a server that stalls is
//! charged for every request that had to wait, sent or not. The crate dials what its caller lets it dial, keeps
//! everything it holds bounded, and knows nothing of configuration, connectors or terminals.
#![forbid(unsafe_code)]

mod attack;
mod codec;
mod connect;
mod error;
mod fault;
mod http1;
mod http2;
mod lane;
mod options;
mod plan;
mod rate;
mod report;
mod schedule;
mod tally;
pub mod targets;
mod timer;
mod tls;
mod url;
mod worker;

pub use attack::{Progress, attack};
pub use error::Error;
pub use options::{Addresses, Http2, Options, Pace, Permit};
pub use rate::{Rate, RateError};
pub use report::{Bytes, Latencies, Report};
pub use targets::{Target, TargetError};
pub use url::{Scheme, Url, UrlError};
