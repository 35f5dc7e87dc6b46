//! Targets as text: `METHOD URL`, header lines, `@file` for the body; `#` starts a comment line.

use std::io;

use bytes::Bytes;

use super::{Target, TargetError, TargetProblem, header, method};

/// Reads targets in vegeta's `http` format. Blank lines separate targets, but the next `METHOD URL` also ends one.
/// `read_file` gets what stands after `@`; the caller decides what may be read.
///
/// # Errors
/// The first line that is not what the format expects there, or a body that cannot be read, or no target at all.
pub fn parse_http(
    text: &str,
    read_file: &dyn Fn(&str) -> io::Result<Vec<u8>>,
) -> Result<Vec<Target>, TargetError> {
    let mut targets: Vec<Target> = Vec::new();
    let mut open = false;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        let at = |problem| TargetError { line: index + 1, problem };
        if line.starts_with('#') {
            continue;
        }
        if line.is_empty() {
            open = false;
            continue;
        }
        match targets.last_mut().filter(|_| open && !starts_target(line)) {
            None => {
                targets.push(target(line).map_err(at)?);
                open = true;
            }
            Some(target) => match line.strip_prefix('@') {
                Some(path) => target.body = body(path.trim(), read_file).map_err(at)?,
                None => target.headers.push(header_line(line).map_err(at)?),
            },
        }
    }
    if targets.is_empty() {
        let problem = TargetProblem::Empty("GET http://host/path");
        return Err(TargetError { line: text.lines().count().max(1), problem });
    }
    Ok(targets)
}

/// A method never ends in a colon, so `GET http://…` and `Host: x` cannot be mistaken for each other.
fn starts_target(line: &str) -> bool {
    line.split_once(char::is_whitespace)
        .is_some_and(|(first, _)| !first.is_empty() && first.bytes().all(|byte| byte.is_ascii_uppercase()))
}

fn target(line: &str) -> Result<Target, TargetProblem> {
    let Some((name, url)) = line.split_once(char::is_whitespace) else {
        return Err(TargetProblem::Target(line.to_owned()));
    };
    let method = method(name)?;
    Ok(Target { method, ..Target::get(url.trim().parse()?) })
}

fn header_line(line: &str) -> Result<(String, http::HeaderValue), TargetProblem> {
    let bad = || TargetProblem::Header(line.to_owned());
    let (name, value) = line.split_once(':').ok_or_else(bad)?;
    let (name, value) = (name.trim(), value.trim());
    if name.is_empty() || value.is_empty() {
        return Err(bad());
    }
    header(name, value)
}

fn body(path: &str, read_file: &dyn Fn(&str) -> io::Result<Vec<u8>>) -> Result<Bytes, TargetProblem> {
    let read = read_file(path).map_err(|source| TargetProblem::Body { path: path.to_owned(), source })?;
    Ok(Bytes::from(read))
}
