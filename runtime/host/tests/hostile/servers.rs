//! Servers that mean harm, on ports of their own, until the process ends.

use std::io::{self, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

/// Most time that a server spends on one peer, so that a failed test ends.
const TIME_MAX: Duration = Duration::from_secs(60);

/// What a server does with a peer.
type Answer = fn(TcpStream) -> io::Result<()>;

/// The origins by the names that the table of attacks uses.
pub(crate) fn all() -> io::Result<Vec<(&'static str, String)>> {
    let servers: [(&str, Answer); 8] = [
        ("ok", |mut peer| peer.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")),
        ("redirect", |mut peer| {
            peer.write_all(
                b"HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/latest/\r\ncontent-length: 0\r\n\r\n",
            )
        }),
        ("slow-head", |peer| trickle(peer, b"HTTP/1.1 200 OK\r\nx: ", b"y")),
        ("slow-body", |peer| trickle(peer, b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n", b"y")),
        ("endless", |peer| flood(peer, b"HTTP/1.1 200 OK\r\n\r\n", &[b'y'; 65_536])),
        ("endless-head", |peer| flood(peer, b"HTTP/1.1 200 OK\r\n", &b"x: yyyyyyyyyy\r\n".repeat(4_096))),
        ("interim", |peer| flood(peer, b"", &b"HTTP/1.1 100 Continue\r\n\r\n".repeat(1_024))),
        ("bomb", |mut peer| {
            let head = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ";
            let bomb = gzip_bomb();
            peer.write_all(&[head, bomb.len().to_string().as_bytes(), b"\r\n\r\n", &bomb].concat())
        }),
    ];
    servers.into_iter().map(|(name, answer)| Ok((name, serve(answer)?))).collect()
}

fn serve(answer: Answer) -> io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let origin = format!("http://{}", listener.local_addr()?);
    thread::spawn(move || {
        for peer in listener.incoming() {
            let Ok(mut peer) = peer else { return };
            // The thread of a peer ends when the peer is gone; that is when its write fails.
            thread::spawn(move || {
                peer.set_write_timeout(Some(TIME_MAX))?;
                let _ = peer.read(&mut [0; 4096])?;
                answer(peer)
            });
        }
    });
    Ok(origin)
}

/// One byte each tenth of a second.
#[expect(clippy::disallowed_methods, reason = "a thread of its own, not one of a runtime")]
fn trickle(mut peer: TcpStream, head: &[u8], part: &[u8]) -> io::Result<()> {
    peer.write_all(head)?;
    for _ in 0..10 * TIME_MAX.as_secs() {
        peer.write_all(part)?;
        thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

/// As much as the peer takes.
fn flood(mut peer: TcpStream, head: &[u8], part: &[u8]) -> io::Result<()> {
    peer.write_all(head)?;
    let began = Instant::now();
    while began.elapsed() < TIME_MAX {
        peer.write_all(part)?;
    }
    Ok(())
}

/// 100 MB of the same letter as blocks of deflate: the letter, then "the 258 bytes one byte ago" with the fixed codes.
fn gzip_bomb() -> Vec<u8> {
    let mut bits = Bits::default();
    // Final block, fixed codes; `y` is 0x79, whose code is 0x30 + 0x79 in eight bits, highest first.
    bits.push(1, 1);
    bits.push(1, 2);
    bits.push_reversed(0x30 + 0x79, 8);
    for _ in 0..100_000_000 / 258 {
        // Length 258 is code 285, 0xc5 in eight bits; distance 1 is code 0 in five.
        bits.push_reversed(0xc5, 8);
        bits.push(0, 5);
    }
    bits.push(0, 7);
    let mut bomb = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    bomb.extend(bits.bytes);
    // Nobody comes so far as to look at the sum and the length.
    bomb.extend([0; 8]);
    bomb
}

/// Bits, lowest first.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    used: u32,
}

impl Bits {
    fn push(&mut self, value: u32, count: u32) {
        for index in 0..count {
            if self.used.is_multiple_of(8) {
                self.bytes.push(0);
            }
            if let Some(last) = self.bytes.last_mut() {
                *last |= (((value >> index) & 1) as u8) << (self.used % 8);
            }
            self.used += 1;
        }
    }

    fn push_reversed(&mut self, value: u32, count: u32) {
        for index in (0..count).rev() {
            self.push((value >> index) & 1, 1);
        }
    }
}
