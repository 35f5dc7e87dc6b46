//! Secrets: names that mark them, and hiding them wherever configuration is shown.

use std::borrow::Cow;
use std::path::Path;

use secrecy::SecretString;

use crate::source::{FILE_BYTES_MAX, SourceError, read_text};

/// What stands in the place of a secret.
pub const REDACTED: &str = "[secret]";

/// Whether a setting of this name holds a secret (`token`, `client_secret`, `db-password`), as opposed to a
/// reference to one (`token_file`).
pub fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let is_reference = ["file", "path", "url", "env", "ref"].iter().any(|end| name.ends_with(end));
    let marked = ["token", "secret", "password", "passwd", "api_key", "apikey", "api-key", "credential"]
        .iter()
        .any(|part| name.contains(part));
    marked && !is_reference
}

/// Reads a secret from a file, without the white space around it.
///
/// # Errors
/// When the file cannot be read, is larger than 1 MiB or is not UTF-8.
pub fn read_secret(path: &Path) -> Result<SecretString, SourceError> {
    // The untrimmed text is wrapped first so that it is wiped, too.
    let text = SecretString::from(read_text(path, FILE_BYTES_MAX)?);
    Ok(SecretString::from(secrecy::ExposeSecret::expose_secret(&text).trim().to_owned()))
}

/// Replaces the value in a line `token: value` by stars of the same length in bytes, so that carets still fit.
pub(crate) fn mask_line(line: &str) -> Cow<'_, str> {
    let mut masked: Option<String> = None;
    for (at, _) in line.match_indices([':', '=']) {
        let key = line[..at].trim_end_matches(['"', '\'', ' ']);
        let from = key
            .rfind(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-'))
            .map_or(0, |i| i + key[i..].chars().next().map_or(1, char::len_utf8));
        if is_secret_name(&key[from..]) {
            let (kept, hidden) = line.split_at(at + 1);
            let stars = hidden.bytes().map(|byte| if byte == b' ' { ' ' } else { '*' });
            masked = Some(kept.chars().chain(stars).collect());
            break;
        }
    }
    masked.map_or(Cow::Borrowed(line), Cow::Owned)
}

#[cfg(test)]
mod tests;
