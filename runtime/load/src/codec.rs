//! HTTP/1.1 responses, decoded from whatever pieces the network hands over.
//!
//! Bodies are counted, not kept; only an incomplete head is stored, and that is bounded. The decoder does no IO.

use std::mem::MaybeUninit;

/// Longest head, and longest trailer section, that is read.
const HEAD_MAX: usize = 64 * 1024;
const HEADERS_MAX: usize = 128;
/// Longest line with a chunk's size and extensions.
const CHUNK_LINE_MAX: u32 = 4096;

/// Decodes one response after another on one connection.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    state: State,
    head: Vec<u8>,
    head_request: bool,
    status: u16,
    body: u64,
    keep_alive: bool,
}

/// A complete response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Bytes of the body, without the framing of chunks.
    pub(crate) body: u64,
    /// Whether another request may follow on this connection.
    pub(crate) keep_alive: bool,
}

/// Why a response cannot be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub(crate) enum Malformed {
    #[error("{0}")]
    Head(&'static str),
    #[error("head longer than 64 KiB")]
    HeadTooLong,
    #[error("invalid content-length")]
    Length,
    #[error("invalid chunk size")]
    ChunkSize,
    #[error("chunk without its final line break")]
    ChunkEnd,
}

#[derive(Debug, Default, Clone, Copy, PartialEq)]
enum State {
    #[default]
    Head,
    /// So many bytes of body are left.
    Length(u64),
    ChunkSize {
        size: u64,
        digits: bool,
        extension: bool,
        line: u32,
    },
    ChunkData(u64),
    /// After a chunk's data, before its line feed.
    ChunkEnd,
    /// After the last chunk: lines until an empty one; `line` counts the current one's bytes.
    Trailers {
        line: u32,
        total: usize,
    },
    UntilClose,
}

/// What the head says about the body.
enum Framing {
    None,
    Length(u64),
    Chunked,
    UntilClose,
}

impl Decoder {
    /// Forgets the previous response; `head_request` says that the coming one has no body whatever it claims.
    pub(crate) fn begin(&mut self, head_request: bool) {
        self.state = State::Head;
        self.head.clear();
        self.head_request = head_request;
        self.body = 0;
    }

    /// Whether nothing of the response has come yet.
    pub(crate) fn untouched(&self) -> bool {
        self.state == State::Head && self.head.is_empty()
    }

    /// Takes the next piece. Bytes beyond the end of the response make the connection unusable, because nothing
    /// was asked that they could answer.
    ///
    /// # Errors
    /// The response breaks the protocol or a limit; the connection is of no more use.
    pub(crate) fn feed(&mut self, data: &[u8]) -> Result<Option<Answer>, Malformed> {
        let mut rest = data;
        while !rest.is_empty() {
            match self.state {
                State::Head => match self.feed_head(rest)? {
                    Some((used, false)) => rest = &rest[used..],
                    Some((used, true)) => return Ok(Some(self.answer(used == rest.len()))),
                    None => return Ok(None),
                },
                State::Length(left) => {
                    let used = take(left, rest);
                    self.body += used as u64;
                    if left == used as u64 {
                        return Ok(Some(self.answer(used == rest.len())));
                    }
                    self.state = State::Length(left - used as u64);
                    rest = &rest[used..];
                }
                State::ChunkData(left) => {
                    let used = take(left, rest);
                    self.body += used as u64;
                    let left = left - used as u64;
                    self.state = if left == 0 { State::ChunkEnd } else { State::ChunkData(left) };
                    rest = &rest[used..];
                }
                State::UntilClose => {
                    self.body += rest.len() as u64;
                    return Ok(None);
                }
                State::ChunkSize { .. } | State::ChunkEnd | State::Trailers { .. } => {
                    let last = self.feed_framing(rest[0])?;
                    rest = &rest[1..];
                    if last {
                        return Ok(Some(self.answer(rest.is_empty())));
                    }
                }
            }
        }
        Ok(None)
    }

    /// The server closed the connection: the end of a body that has no other end, else nothing.
    pub(crate) fn close(&mut self) -> Option<Answer> {
        (self.state == State::UntilClose).then(|| self.answer(false))
    }

    fn answer(&self, at_end: bool) -> Answer {
        Answer { status: self.status, body: self.body, keep_alive: self.keep_alive && at_end }
    }

    /// Bytes used of `data` once the head is complete, and whether the response is complete with it.
    fn feed_head(&mut self, data: &[u8]) -> Result<Option<(usize, bool)>, Malformed> {
        let stored = self.head.len();
        let parsed = if stored == 0 {
            parse(data, self.head_request)?
        } else {
            // Copied only when a head comes in pieces, which is rare.
            self.head.extend_from_slice(&data[..data.len().min(HEAD_MAX + 1 - stored)]);
            parse(&self.head, self.head_request)?
        };
        let Some(head) = parsed else {
            if stored == 0 {
                self.head.extend_from_slice(&data[..data.len().min(HEAD_MAX + 1)]);
            }
            return if self.head.len() > HEAD_MAX { Err(Malformed::HeadTooLong) } else { Ok(None) };
        };
        self.head.clear();
        let used = head.length - stored;
        if (100..200).contains(&head.status) && head.status != 101 {
            return Ok(Some((used, false)));
        }
        self.status = head.status;
        self.keep_alive = head.keep_alive;
        self.state = match head.framing {
            Framing::None | Framing::Length(0) => return Ok(Some((used, true))),
            Framing::Length(length) => State::Length(length),
            Framing::Chunked => State::ChunkSize { size: 0, digits: false, extension: false, line: 0 },
            Framing::UntilClose => State::UntilClose,
        };
        Ok(Some((used, false)))
    }

    /// One byte of what stands around chunks; true when the response is complete.
    fn feed_framing(&mut self, byte: u8) -> Result<bool, Malformed> {
        self.state = match (self.state, byte) {
            (State::ChunkSize { size: 0, digits: true, .. }, b'\n') => State::Trailers { line: 0, total: 0 },
            (State::ChunkSize { size, digits: true, .. }, b'\n') => State::ChunkData(size),
            (State::ChunkSize { line, .. }, _) if line >= CHUNK_LINE_MAX => {
                return Err(Malformed::ChunkSize);
            }
            (State::ChunkSize { size, extension: false, line, .. }, digit) if digit.is_ascii_hexdigit() => {
                let value = (digit as char).to_digit(16).map_or(0, u64::from);
                let size = size.checked_mul(16).ok_or(Malformed::ChunkSize)? + value;
                State::ChunkSize { size, digits: true, extension: false, line: line + 1 }
            }
            (State::ChunkSize { size, digits: true, extension, line }, byte)
                if extension || matches!(byte, b';' | b' ' | b'\t' | b'\r') =>
            {
                State::ChunkSize { size, digits: true, extension: true, line: line + 1 }
            }
            (State::ChunkEnd, b'\r') => State::ChunkEnd,
            (State::ChunkEnd, b'\n') => {
                State::ChunkSize { size: 0, digits: false, extension: false, line: 0 }
            }
            (State::ChunkEnd, _) => return Err(Malformed::ChunkEnd),
            (State::Trailers { line: 0, .. }, b'\n') => return Ok(true),
            (State::Trailers { total, .. }, _) if total >= HEAD_MAX => return Err(Malformed::HeadTooLong),
            (State::Trailers { total, .. }, b'\n') => State::Trailers { line: 0, total: total + 1 },
            (State::Trailers { line, total }, b'\r') => State::Trailers { line, total: total + 1 },
            (State::Trailers { line, total }, _) => State::Trailers { line: line + 1, total: total + 1 },
            _ => return Err(Malformed::ChunkSize),
        };
        Ok(false)
    }
}

fn take(left: u64, data: &[u8]) -> usize {
    usize::try_from(left).unwrap_or(usize::MAX).min(data.len())
}

struct Head {
    length: usize,
    status: u16,
    framing: Framing,
    keep_alive: bool,
}

fn parse(data: &[u8], head_request: bool) -> Result<Option<Head>, Malformed> {
    let mut headers = [const { MaybeUninit::uninit() }; HEADERS_MAX];
    let mut response = httparse::Response::new(&mut []);
    let parsed = httparse::ParserConfig::default()
        .parse_response_with_uninit_headers(&mut response, data, &mut headers)
        .map_err(|error| Malformed::Head(describe(error)))?;
    let httparse::Status::Complete(length) = parsed else { return Ok(None) };
    let status = response.code.unwrap_or_default();
    let mut keep_alive = response.version == Some(1);
    let mut content_length = None;
    let mut coding = None;
    for header in response.headers.iter() {
        // The length tells the interesting names apart without comparing most of them.
        match header.name.len() {
            10 if header.name.eq_ignore_ascii_case("connection") => {
                keep_alive = connection(header.value).unwrap_or(keep_alive);
            }
            14 if header.name.eq_ignore_ascii_case("content-length") => {
                let length = decimal(header.value).ok_or(Malformed::Length)?;
                if content_length.replace(length).is_some_and(|other| other != length) {
                    return Err(Malformed::Length);
                }
            }
            17 if header.name.eq_ignore_ascii_case("transfer-encoding") => coding = Some(header.value),
            _ => {}
        }
    }
    let framing = if head_request || status < 200 || matches!(status, 204 | 304) {
        Framing::None
    } else if let Some(coding) = coding {
        // Both at once is how requests are smuggled: read the chunks, then use the connection no more.
        keep_alive &= content_length.is_none();
        if last_token_is_chunked(coding) { Framing::Chunked } else { Framing::UntilClose }
    } else {
        content_length.map_or(Framing::UntilClose, Framing::Length)
    };
    keep_alive &= status != 101;
    Ok(Some(Head { length, status, framing, keep_alive }))
}

fn describe(error: httparse::Error) -> &'static str {
    match error {
        httparse::Error::HeaderName => "invalid header name",
        httparse::Error::HeaderValue => "invalid header value",
        httparse::Error::NewLine => "invalid line break",
        httparse::Error::Status => "invalid response status",
        httparse::Error::Token => "invalid character",
        httparse::Error::TooManyHeaders => "more than 128 headers",
        httparse::Error::Version => "invalid http version",
    }
}

fn connection(value: &[u8]) -> Option<bool> {
    let has = |token: &[u8]| {
        value.split(|byte| *byte == b',').any(|part| part.trim_ascii().eq_ignore_ascii_case(token))
    };
    if has(b"close") { Some(false) } else { has(b"keep-alive").then_some(true) }
}

fn last_token_is_chunked(value: &[u8]) -> bool {
    let last = value.rsplit(|byte| *byte == b',').next().unwrap_or_default();
    last.trim_ascii().eq_ignore_ascii_case(b"chunked")
}

fn decimal(value: &[u8]) -> Option<u64> {
    let digits = value.trim_ascii();
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0u64, |total, byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        total.checked_mul(10)?.checked_add(digit)
    })
}

#[cfg(test)]
mod tests;
