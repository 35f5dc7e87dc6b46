//! How many connections each address has, so that one does not take the places of all.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// Who has connections.
#[derive(Debug)]
pub(super) struct Visitors {
    most: usize,
    open: Mutex<HashMap<IpAddr, usize>>,
}

/// A connection; dropped, it makes room.
#[derive(Debug)]
pub(super) struct Visit {
    visitors: Arc<Visitors>,
    address: IpAddr,
}

impl Visitors {
    /// Each address may have so many connections.
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, open: Mutex::default() })
    }

    /// A connection from this address; none when it has as many as it may have.
    pub(super) fn enter(self: &Arc<Self>, address: IpAddr) -> Option<Visit> {
        let address = household(address);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(address).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Visit { visitors: Arc::clone(self), address })
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        let mut open = self.visitors.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.address);
            }
        }
    }
}

/// Who has one address of IPv6 has all of its network (RFC 6177), and some of IPv4 come as IPv6.
fn household(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) => IpAddr::V6(Ipv6Addr::from_bits(six.to_bits() & !u128::from(u64::MAX))),
        four => four,
    }
}

#[cfg(test)]
mod tests;
