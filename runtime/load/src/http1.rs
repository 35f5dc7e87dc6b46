//! One HTTP/1.1 connection: writes bytes that were made before, reads until the answer is complete.

use std::cell::RefCell;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::codec::{Answer, Decoder};
use crate::connect::Stream;
use crate::fault::Fault;

/// What a worker's connections read into; shared, because what was read is decoded at once.
pub(crate) type Scratch = RefCell<Box<[u8]>>;

/// A connection that carries one request at a time.
#[derive(Debug)]
pub(crate) struct Http1 {
    stream: Stream,
    decoder: Decoder,
    written: usize,
}

impl Http1 {
    pub(crate) fn new(stream: Stream) -> Http1 {
        Http1 { stream, decoder: Decoder::default(), written: 0 }
    }

    /// Gets ready for the next request.
    pub(crate) fn begin(&mut self, head_request: bool) {
        self.decoder.begin(head_request);
        self.written = 0;
    }

    /// Whether no byte of the response to the last request has come.
    pub(crate) fn untouched(&self) -> bool {
        self.decoder.untouched()
    }

    /// Whether a connection that waited is still good: open, and without a byte that nobody asked for.
    pub(crate) fn usable(&mut self, scratch: &Scratch) -> bool {
        let mut cx = Context::from_waker(std::task::Waker::noop());
        let mut scratch = scratch.borrow_mut();
        let mut buffer = ReadBuf::new(&mut scratch);
        Pin::new(&mut self.stream).poll_read(&mut cx, &mut buffer).is_pending()
    }

    /// Sends `request` and reads its answer; to be polled again with the same request until it is ready.
    pub(crate) fn poll_exchange(
        &mut self,
        cx: &mut Context<'_>,
        request: &[u8],
        scratch: &Scratch,
    ) -> Poll<Result<Answer, Fault>> {
        let complete = self.poll_write(cx, request)?;
        let mut scratch = scratch.borrow_mut();
        loop {
            let mut buffer = ReadBuf::new(&mut scratch);
            ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buffer))
                .map_err(|error| Fault::io(&error))?;
            if buffer.filled().is_empty() {
                return Poll::Ready(self.decoder.close().ok_or(Fault::Closed));
            }
            if let Some(mut answer) = self.decoder.feed(buffer.filled()).map_err(Fault::Malformed)? {
                // A server may answer before it has read everything; the rest would look like a new request.
                answer.keep_alive &= complete;
                return Poll::Ready(Ok(answer));
            }
        }
    }

    /// Writes what the connection takes; true when everything is out.
    fn poll_write(&mut self, cx: &mut Context<'_>, request: &[u8]) -> Result<bool, Fault> {
        let stream = &mut self.stream;
        while self.written < request.len() {
            match Pin::new(&mut *stream).poll_write(cx, &request[self.written..]) {
                Poll::Ready(Ok(0)) => return Err(Fault::Closed),
                Poll::Ready(Ok(count)) => self.written += count,
                Poll::Ready(Err(error)) => return Err(Fault::io(&error)),
                Poll::Pending => break,
            }
        }
        if let Stream::Tls(tls) = stream
            && let Poll::Ready(Err(error)) = Pin::new(tls).poll_flush(cx)
        {
            return Err(Fault::io(&error));
        }
        Ok(self.written == request.len())
    }
}
