//! What can be reached by the programs of a test.

use std::net::SocketAddr;

/// Something that serves HTTP on this machine.
pub trait Server {
    /// Its address.
    fn address(&self) -> SocketAddr;

    /// Its URL, without a slash at the end.
    fn url(&self) -> String {
        format!("http://{}", self.address())
    }
}
