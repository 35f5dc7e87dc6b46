//! HTTP/1.1 messages as either side of a connection reads and writes them: a first line, headers, a body. One message
//! on each connection.

use std::io::{self, BufRead};
use std::net::TcpStream;
use std::time::Duration;

/// How long a peer may take for anything.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(20);

/// What a message says below its first line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Content {
    /// Names, in lower case, and values, in the order they came.
    pub headers: Vec<(String, String)>,
    /// The body as it was meant, without chunks.
    pub body: Vec<u8>,
}

impl Content {
    /// The first value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// What a body is that says nothing of its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unsaid {
    /// Empty: that of a request.
    Empty,
    /// Everything until the connection ends: that of an answer.
    Rest,
}

/// Reads the first line and what follows it.
pub(crate) fn read(reader: &mut impl BufRead, unsaid: Unsaid) -> io::Result<(String, Content)> {
    let first = line(reader)?;
    let mut content = Content::default();
    loop {
        let line = line(reader)?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').ok_or(io::ErrorKind::InvalidData)?;
        content.headers.push((name.to_lowercase(), value.trim().to_owned()));
    }
    content.body = match (content.header("transfer-encoding"), content.header("content-length")) {
        (Some("chunked"), _) => chunks(reader)?,
        (_, Some(length)) => exactly(reader, length.parse().map_err(|_| io::ErrorKind::InvalidData)?)?,
        _ => match unsaid {
            Unsaid::Empty => Vec::new(),
            Unsaid::Rest => {
                let mut rest = Vec::new();
                reader.read_to_end(&mut rest)?;
                rest
            }
        },
    };
    Ok((first, content))
}

/// Writes a message; the body is left out where only its length is asked for.
pub(crate) fn write(
    mut stream: impl io::Write,
    first: &str,
    headers: &[(impl AsRef<str>, impl AsRef<str>)],
    body: &[u8],
    with_body: bool,
) -> io::Result<()> {
    head(&mut stream, first, headers, Some(body.len()))?;
    if with_body { stream.write_all(body) } else { Ok(()) }
}

/// Writes what comes before a body of this length; one without a length lasts until the connection ends.
pub(crate) fn head(
    mut stream: impl io::Write,
    first: &str,
    headers: &[(impl AsRef<str>, impl AsRef<str>)],
    length: Option<usize>,
) -> io::Result<()> {
    let mut head = format!("{first}\r\nconnection: close\r\n");
    if let Some(length) = length {
        head.push_str(&format!("content-length: {length}\r\n"));
    }
    for (name, value) in headers {
        head.push_str(&format!("{}: {}\r\n", name.as_ref(), value.as_ref()));
    }
    stream.write_all(head.as_bytes())?;
    stream.write_all(b"\r\n")
}

/// Lets no peer take for ever.
pub(crate) fn limit(stream: &TcpStream) -> io::Result<()> {
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))
}

fn line(reader: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        // A peer that was stopped before it had said everything.
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(line.trim_end().to_owned())
}

fn chunks(reader: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let size = usize::from_str_radix(&line(reader)?, 16).map_err(|_| io::ErrorKind::InvalidData)?;
        if size == 0 {
            return Ok(body);
        }
        body.extend(exactly(reader, size)?);
        line(reader)?;
    }
}

fn exactly(reader: &mut impl BufRead, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    reader.read_exact(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests;
