//! A line to a server that can be cut: a TCP relay that delays, drops, resets or goes silent when a test says so.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use rustix::net::sockopt::set_socket_linger;

use crate::eventually::nap;

/// What the line does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weather {
    /// It carries everything at once.
    Fair,
    /// It carries everything so much later.
    Slow(Duration),
    /// Nothing arrives and nothing is said about it, on old and new connections: a half-open line.
    Silent,
    /// Connections are reset, and new ones, too.
    Cut,
}

/// A relay in front of a server; it ends when this is dropped.
#[derive(Debug)]
pub struct Line {
    address: SocketAddr,
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    weather: Mutex<(Weather, bool)>,
    changed: Condvar,
    open: Mutex<Vec<TcpStream>>,
    delivered: AtomicU64,
}

impl Line {
    /// A line to the server at `target`, such as `127.0.0.1:2379`.
    ///
    /// # Panics
    /// When no port is free.
    #[must_use]
    pub fn to(target: &str) -> Line {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let weather = Mutex::new((Weather::Fair, false));
        let state = Arc::new(State {
            weather,
            changed: Condvar::new(),
            open: Mutex::default(),
            delivered: AtomicU64::new(0),
        });
        let (shared, target) = (Arc::clone(&state), target.to_owned());
        std::thread::spawn(move || accept(&listener, &shared, &target));
        Line { address, state }
    }

    /// Where clients connect, such as `127.0.0.1:40001`.
    #[must_use]
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// How many bytes it has brought from the server to its clients.
    #[must_use]
    pub fn delivered(&self) -> u64 {
        self.state.delivered.load(Ordering::SeqCst)
    }

    /// Changes what it does, for connections that are open, too.
    pub fn set(&self, weather: Weather) {
        self.state.weather.lock().unwrap().0 = weather;
        self.state.changed.notify_all();
        if weather == Weather::Cut {
            self.state.reset();
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.state.weather.lock().unwrap().1 = true;
        self.state.changed.notify_all();
        self.state.reset();
        // The listener wakes up and sees that it is over.
        let _ = TcpStream::connect(self.address);
    }
}

impl State {
    /// Waits until something may be carried; how it is carried, or nothing when it is over.
    fn passable(&self) -> Option<Weather> {
        let mut state = self.weather.lock().unwrap();
        while state.0 == Weather::Silent && !state.1 {
            state = self.changed.wait(state).unwrap();
        }
        (!state.1 && state.0 != Weather::Cut).then_some(state.0)
    }

    fn reset(&self) {
        for stream in self.open.lock().unwrap().drain(..) {
            // Without a linger the kernel sends a reset instead of an end.
            let _ = set_socket_linger(&stream, Some(Duration::ZERO));
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

fn accept(listener: &TcpListener, state: &Arc<State>, target: &str) {
    for client in listener.incoming() {
        let Ok(client) = client else { continue };
        let over = state.weather.lock().unwrap().1;
        if over {
            return;
        }
        let (state, target) = (Arc::clone(state), target.to_owned());
        std::thread::spawn(move || relay(client, &state, &target));
    }
}

fn relay(client: TcpStream, state: &Arc<State>, target: &str) {
    if state.passable().is_none() {
        let _ = set_socket_linger(&client, Some(Duration::ZERO));
        return;
    }
    let Ok(server) = TcpStream::connect(target) else { return };
    let both = [client.try_clone(), server.try_clone()];
    let [Ok(client_back), Ok(server_back)] = both else { return };
    for stream in [&client, &server] {
        let _ = stream.set_nodelay(true);
        state.open.lock().unwrap().extend(stream.try_clone());
    }
    let there = Arc::clone(state);
    std::thread::spawn(move || carry(client_back, server_back, &there, &AtomicU64::new(0)));
    carry(server, client, state, &state.delivered);
}

fn carry(mut from: TcpStream, mut to: TcpStream, state: &State, carried: &AtomicU64) {
    let mut buffer = vec![0; 65_536];
    while let Ok(length) = from.read(&mut buffer) {
        let Some(weather) = state.passable() else { break };
        if let Weather::Slow(time) = weather {
            nap(time);
        }
        if length == 0 || to.write_all(&buffer[..length]).is_err() {
            break;
        }
        carried.fetch_add(length as u64, Ordering::SeqCst);
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}

#[cfg(test)]
mod tests;
