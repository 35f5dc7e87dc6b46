//! HTTP/2 connections of one worker to one origin, and single requests on them.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;

use bytes::Bytes;
use h2::client::SendRequest;
use tokio::sync::Notify;

use crate::codec::Answer;
use crate::connect::Stream;
use crate::fault::Fault;
use crate::plan::Prepared;

/// What a server may send ahead of being read: bounds memory, and is enough for a fast local network.
const STREAM_WINDOW: u32 = 1 << 20;
const CONNECTION_WINDOW: u32 = 1 << 24;
const HEADER_LIST_MAX: u32 = 64 * 1024;

/// The open connections to one origin.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    open: RefCell<Vec<Rc<Http2>>>,
    opening: Cell<usize>,
    changed: Notify,
    /// Whether the origin is known to speak HTTP/2.
    pub(crate) known: Cell<bool>,
}

/// A connection with several requests at a time.
#[derive(Debug)]
pub(crate) struct Http2 {
    sender: SendRequest<Bytes>,
    active: Cell<usize>,
    broken: Cell<bool>,
}

/// What [`Pool::acquire`] found.
pub(crate) enum Acquired<'a> {
    /// A connection that may carry one request more.
    Open(Lease),
    /// The right to open one connection more.
    MayOpen(Opening<'a>),
}

/// A place on a connection, given back when dropped.
#[derive(Debug)]
pub(crate) struct Lease(Rc<Http2>);

/// A connection being opened, no longer so when dropped.
#[derive(Debug)]
pub(crate) struct Opening<'a>(&'a Pool);

impl Pool {
    /// A place on a connection with fewer than `streams` requests, or the right to open one more while there are
    /// fewer than `connections`; otherwise waits for either.
    pub(crate) async fn acquire(&self, connections: usize, streams: usize) -> Acquired<'_> {
        loop {
            let changed = self.changed.notified();
            if let Some(acquired) = self.try_acquire(connections, streams) {
                return acquired;
            }
            changed.await;
        }
    }

    fn try_acquire(&self, connections: usize, streams: usize) -> Option<Acquired<'_>> {
        let mut open = self.open.borrow_mut();
        open.retain(|connection| !connection.broken.get());
        if let Some(connection) = open.iter().find(|connection| connection.active.get() < streams) {
            return Some(Acquired::Open(Lease::new(connection.clone())));
        }
        (open.len() + self.opening.get() < connections.max(1)).then(|| Acquired::MayOpen(self.opening()))
    }

    /// Counts a connection that is being opened without having been asked for here.
    pub(crate) fn opening(&self) -> Opening<'_> {
        self.opening.set(self.opening.get() + 1);
        Opening(self)
    }
}

impl Opening<'_> {
    /// Speaks HTTP/2 on `stream`; must be called inside a local runtime. Other requests find the connection only
    /// when it is `kept`.
    pub(crate) async fn handshake(self, stream: Stream, kept: bool) -> Result<Lease, Fault> {
        let mut builder = h2::client::Builder::new();
        builder
            .enable_push(false)
            .initial_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .max_header_list_size(HEADER_LIST_MAX);
        let (sender, connection) = builder.handshake(stream).await.map_err(|error| Fault::http2(&error))?;
        let shared = Rc::new(Http2 { sender, active: Cell::new(0), broken: Cell::new(false) });
        let weak = Rc::downgrade(&shared);
        tokio::task::spawn_local(async move {
            // Its requests get the error; here only their successors are kept away from it.
            let _ = connection.await;
            if let Some(shared) = weak.upgrade() {
                shared.broken.set(true);
            }
        });
        if kept {
            self.0.known.set(true);
            self.0.open.borrow_mut().push(shared.clone());
        }
        Ok(Lease::new(shared))
    }
}

impl Drop for Opening<'_> {
    fn drop(&mut self) {
        self.0.opening.set(self.0.opening.get().saturating_sub(1));
        self.0.changed.notify_waiters();
    }
}

impl Lease {
    fn new(connection: Rc<Http2>) -> Lease {
        connection.active.set(connection.active.get() + 1);
        Lease(connection)
    }

    /// One request and its answer, if it may be sent once the connection takes it. `untouched` becomes false with the
    /// first sign of an answer.
    pub(crate) async fn exchange(
        &self,
        target: &Prepared,
        untouched: &mut bool,
        permitted: impl Fn() -> Result<(), Fault>,
    ) -> Result<Answer, Fault> {
        let mut sender = self.0.sender.clone();
        let ready = poll_fn(|cx| sender.poll_ready(cx)).await;
        if ready.is_ok() {
            permitted()?;
        }
        let result = match ready {
            Ok(()) => Self::try_exchange(sender, target, untouched).await,
            Err(error) => Err(error),
        };
        result.map_err(|error| {
            // A refused or reset stream leaves the connection usable, everything else does not.
            if !error.is_reset() {
                self.0.broken.set(true);
            }
            Fault::http2(&error)
        })
    }

    async fn try_exchange(
        mut sender: SendRequest<Bytes>,
        target: &Prepared,
        untouched: &mut bool,
    ) -> Result<Answer, h2::Error> {
        let (response, mut body) = sender.send_request(target.http2.clone(), target.body.is_empty())?;
        if !target.body.is_empty() {
            // Shared, not copied, so that queueing all of it costs nothing.
            body.send_data(target.body.clone(), true)?;
        }
        let response = response.await?;
        *untouched = false;
        let status = response.status().as_u16();
        let mut stream = response.into_body();
        let mut length = 0;
        while let Some(data) = stream.data().await {
            let data = data?;
            length += data.len() as u64;
            stream.flow_control().release_capacity(data.len())?;
        }
        Ok(Answer { status, body: length, keep_alive: true })
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.0.active.set(self.0.active.get().saturating_sub(1));
    }
}
