//! Free ports, for programs that cannot be told to choose one themselves.

use std::net::{Ipv4Addr, TcpListener};

/// A port of the loopback address that was free a moment ago. Prefer port 0 where a program takes it: between this
/// call and the program's start somebody else may come.
///
/// # Panics
/// When no port is free.
#[must_use]
pub fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}
