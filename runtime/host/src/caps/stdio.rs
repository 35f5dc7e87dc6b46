//! Standard output and standard error of a guest: log lines.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};

use crate::bindings::imported::log::Level;
use crate::tenant::Tenant;

/// A line that is longer is written in parts.
const LINE_MAX: usize = 4 << 10;

/// One of the two streams.
#[derive(Clone, Debug)]
pub(crate) struct Stdio {
    tenant: Arc<Tenant>,
    error: bool,
}

impl Stdio {
    pub(crate) fn new(tenant: Arc<Tenant>, error: bool) -> Self {
        Self { tenant, error }
    }
}

impl IsTerminal for Stdio {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Stdio {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(Lines { to: self.clone(), line: Vec::new() })
    }
}

/// Cuts bytes into lines.
#[derive(Debug)]
struct Lines {
    to: Stdio,
    line: Vec<u8>,
}

impl Lines {
    fn end_line(&mut self) {
        let line = String::from_utf8_lossy(&self.line);
        if self.to.error {
            self.to.tenant.log.error_line(&line);
        } else {
            self.to.tenant.log.write(Level::Info, &line);
        }
        self.line.clear();
    }
}

impl AsyncWrite for Lines {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        for byte in bytes {
            if *byte == b'\n' || self.line.len() == LINE_MAX {
                self.end_line();
            }
            if *byte != b'\n' {
                self.line.push(*byte);
            }
        }
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        if !self.line.is_empty() {
            self.end_line();
        }
    }
}
