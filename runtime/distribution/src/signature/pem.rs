//! PEM: binary content between two lines that say what it is (RFC 7468).

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

/// The longest text that is read, in bytes; keys have less than two thousand.
pub(super) const PEM_MAX: usize = 64 * 1024;

/// The first block of a text: its label and its content. A second one with that label is not passed over in silence.
///
/// # Errors
/// What is missing, in words that complete "the text is no key:".
pub(super) fn read(text: &str) -> Result<(&str, Vec<u8>), &'static str> {
    if text.len() > PEM_MAX {
        return Err("it is longer than 64 KiB");
    }
    let rest = text.split_once("-----BEGIN ").ok_or("it has no line `-----BEGIN …-----`")?.1;
    let (label, rest) = rest.split_once("-----").ok_or("its first line has no end")?;
    let end = format!("-----END {label}-----");
    let (body, after) =
        rest.split_once(end.as_str()).ok_or("it has no line `-----END …-----`, or another one")?;
    if after.contains(&format!("-----BEGIN {label}-----")) {
        return Err(
            "there are several in it, and nothing says which is meant; write each into a file of its own",
        );
    }
    let body: String = body.split_ascii_whitespace().collect();
    let content = BASE64_STANDARD.decode(body).map_err(|_| "between its lines is no Base64")?;
    Ok((label, content))
}

/// Content as PEM, 64 characters a line.
pub(super) fn write(label: &str, content: &[u8]) -> String {
    let mut pem = format!("-----BEGIN {label}-----\n");
    let body = BASE64_STANDARD.encode(content);
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, further) = rest.split_at(rest.len().min(64));
        pem.push_str(line);
        pem.push('\n');
        rest = further;
    }
    pem.push_str(&format!("-----END {label}-----\n"));
    pem
}
