//! Where an artifact is: `oci://registry/repository:tag@digest`.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

use crate::digest::Digest;

/// What a reference to a registry begins with.
const SCHEME: &str = "oci://";
/// The longest registry and repository together, as Docker has it.
const NAME_MAX: usize = 255;
/// The longest tag (OCI Distribution Specification 1.1).
const TAG_MAX: usize = 128;

/// An artifact, or a repository of artifacts, in a registry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    registry: String,
    repository: String,
    tag: Option<String>,
    digest: Option<Digest>,
}

/// A text is not a reference.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "`{text}` is no reference to a registry: {reason}; it is oci://HOST[:PORT]/NAME[:TAG][@sha256:DIGEST]"
)]
pub struct ReferenceError {
    text: String,
    reason: &'static str,
}

impl Reference {
    /// Host and port of the registry.
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// The repository in it, for example `connectors/prometheus`.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// The name that can move.
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// The digest of the manifest, which cannot.
    pub fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    /// This repository's artifact with this digest; the tag stays as a remark.
    #[must_use]
    pub fn at(&self, digest: Digest) -> Self {
        Self { digest: Some(digest), ..self.clone() }
    }

    /// This repository's artifact with this tag.
    ///
    /// # Errors
    /// The tag is none.
    pub fn tagged(&self, tag: &str) -> Result<Self, ReferenceError> {
        if !is_tag(tag) {
            return Err(ReferenceError::new(tag, "a tag is 1 to 128 letters, digits, `_`, `.` and `-`"));
        }
        Ok(Self { tag: Some(tag.to_owned()), digest: None, ..self.clone() })
    }

    /// Whether the registry is this machine.
    pub fn is_loopback(&self) -> bool {
        is_loopback(host_of(&self.registry))
    }
}

impl ReferenceError {
    fn new(text: &str, reason: &'static str) -> Self {
        // A hostile text is not repeated at length.
        Self { text: text.chars().take(NAME_MAX).collect(), reason }
    }
}

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        let refuse = |reason| Err(ReferenceError::new(text, reason));
        let Some(rest) = text.strip_prefix(SCHEME) else { return refuse("it does not begin with `oci://`") };
        let (rest, digest) = match rest.split_once('@') {
            None => (rest, None),
            Some((rest, digest)) => match digest.parse() {
                Ok(digest) => (rest, Some(digest)),
                Err(_) => return refuse("after `@` comes `sha256:` and 64 hexadecimal digits"),
            },
        };
        let Some((registry, path)) = rest.split_once('/') else { return refuse("it names no repository") };
        let (repository, tag) = match path.split_once(':') {
            None => (path, None),
            Some((repository, tag)) => (repository, Some(tag)),
        };
        if !is_registry(registry) {
            return refuse("the registry is a host name or an address, with a port or without");
        }
        if registry.len() + 1 + repository.len() > NAME_MAX {
            return refuse("registry and repository are longer than 255 characters");
        }
        if !repository.split('/').all(is_component) {
            return refuse(
                "a repository is lower-case letters and digits, with single `.`, `_`, `__`, `-` between them",
            );
        }
        if tag.is_some_and(|tag| !is_tag(tag)) {
            return refuse("a tag is 1 to 128 letters, digits, `_`, `.` and `-`");
        }
        Ok(Self {
            registry: registry.to_ascii_lowercase(),
            repository: repository.to_owned(),
            tag: tag.map(str::to_owned),
            digest,
        })
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}/{}", self.registry, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        self.digest.iter().try_for_each(|digest| write!(f, "@{digest}"))
    }
}

impl Serialize for Reference {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Reference {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Whether a host is this machine.
pub(crate) fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// The host of `HOST` or `HOST:PORT`.
pub(crate) fn host_of(registry: &str) -> &str {
    match registry.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => host,
        _ => registry,
    }
}

/// Whether a text is `HOST` or `HOST:PORT`.
pub(crate) fn is_registry(text: &str) -> bool {
    let host = host_of(text);
    let port = text.strip_prefix(host).unwrap_or_default();
    let port_is_one = port.is_empty()
        || port.strip_prefix(':').is_some_and(|port| {
            port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0)
        });
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let host_is_one = match address {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => host.split('.').all(is_label),
    };
    port_is_one && host_is_one
}

/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`
fn is_component(text: &str) -> bool {
    let is_letter = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    let ends = bytes.first().is_some_and(is_letter) && bytes.last().is_some_and(is_letter);
    let mut between = bytes.split(is_letter).filter(|separator| !separator.is_empty());
    ends && between.all(|separator| {
        matches!(separator, b"." | b"_" | b"__") || separator.iter().all(|byte| *byte == b'-')
    })
}

fn is_tag(text: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    text.len() <= TAG_MAX
        && text.bytes().next().is_some_and(is_word)
        && text.bytes().all(|byte| is_word(byte) || byte == b'.' || byte == b'-')
}

#[cfg(test)]
mod tests;
