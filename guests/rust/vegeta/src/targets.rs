//! Whether a text has the form of targets: said at configuration, long before the first attack.

use serde::Deserialize;
use servo_sdk::prelude::Value;

use crate::options::Format;

const METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];

/// Looks at each line.
///
/// # Errors
/// The first line that is wrong, and what would be right.
pub(crate) fn check(format: Format, text: &str) -> Result<(), String> {
    let mut targets = 0;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        let found = match format {
            Format::Http => http(line, targets),
            Format::Json => json(line),
        };
        targets += usize::from(found.map_err(|why| format!("line {}: {why}", index + 1))?);
    }
    match (targets, format) {
        (0, Format::Http) => Err("there is no target; write it like `GET http://host/path`".to_owned()),
        (0, Format::Json) => {
            Err(r#"there is no target; write it like `{"method": "GET", "url": "http://host/path"}`"#
                .to_owned())
        }
        _ => Ok(()),
    }
}

/// Whether the line starts a target; other lines belong to the one before.
fn http(line: &str, targets: usize) -> Result<bool, String> {
    if line.is_empty() || line.starts_with('#') {
        return Ok(false);
    }
    if let Some((method, url)) = line.split_once(char::is_whitespace)
        && METHODS.contains(&method)
    {
        return address(url.trim()).map(|()| true);
    }
    if targets == 0 {
        return Err(format!("`{line}` is not a target; write it like `GET http://host/path`"));
    }
    let header = line.split_once(':').is_some_and(|(name, value)| is_name(name) && !value.trim().is_empty());
    if line.starts_with('@') || header {
        return Ok(false);
    }
    Err(format!(
        "`{line}` is neither a target (`GET http://host/path`), nor a header (`Name: value`), nor `@file`"
    ))
}

fn json(line: &str) -> Result<bool, String> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Target {
        method: String,
        url: String,
        #[serde(default)]
        header: std::collections::BTreeMap<String, Vec<String>>,
        #[serde(default)]
        body: Option<Value>,
    }
    if line.is_empty() {
        return Ok(false);
    }
    let Target { method, url, header, body } =
        serde_json::from_str(line).map_err(|error| format!("not a target as JSON: {error}"))?;
    if !METHODS.contains(&&*method) {
        return Err(format!("`{method}` is not a method; there are {}", METHODS.join(", ")));
    }
    if let Some(name) = header.keys().find(|name| !is_name(name)) {
        return Err(format!("`{name}` is not the name of a header"));
    }
    if body.is_some_and(|body| !body.is_string() && !body.is_null()) {
        return Err("`body` is not a text (base64)".to_owned());
    }
    address(&url).map(|()| true)
}

fn address(url: &str) -> Result<(), String> {
    let host = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://")).unwrap_or_default();
    let whole = !host.is_empty() && !host.starts_with('/') && !url.contains(char::is_whitespace);
    whole.then_some(()).ok_or_else(|| format!("`{url}` is not an address; write it like `http://host/path`"))
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

#[cfg(test)]
mod tests;
