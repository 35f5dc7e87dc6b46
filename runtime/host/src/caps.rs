//! What the host offers to guests, one file for each capability.

pub(crate) mod dispatch;
pub(crate) mod http;
pub(crate) mod liveness;
pub(crate) mod load;
pub(crate) mod log;
pub(crate) mod progress;
pub(crate) mod sockets;
pub(crate) mod state;
pub(crate) mod stdio;
pub(crate) mod wasi_http;
