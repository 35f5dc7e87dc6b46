//! Through whom an address is reached.

use reqwest::{NoProxy, Proxy, Url};

use super::error::ClientError;
use super::options::Environment;

/// Through whom an address is reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Proxied {
    /// The proxy and who named it; directly when there is none.
    proxy: Option<(String, String)>,
    /// `NO_PROXY`, where it counts.
    none: Option<String>,
}

/// The pattern that says most about an address decides; what no pattern is about, the environment decides.
pub(super) fn choose(patterns: &[(String, Option<String>)], environment: &Environment, url: &Url) -> Proxied {
    let fitting =
        patterns.iter().filter_map(|(pattern, proxy)| Some((weight(pattern, url)?, pattern, proxy)));
    // Of two that say as much, the first.
    let best = fitting.reduce(|best, next| if next.0 > best.0 { next } else { best });
    if let Some((weight, pattern, proxy)) = best {
        let none = if weight.host == 0 { environment.none.clone() } else { None };
        return Proxied { proxy: proxy.clone().map(|proxy| (proxy, pattern.clone())), none };
    }
    let (own, name) = match url.scheme() {
        "https" => (&environment.https, "HTTPS_PROXY"),
        _ => (&environment.http, "HTTP_PROXY"),
    };
    let named = |proxy: &Option<String>, name: &str| {
        let proxy = proxy.clone().filter(|proxy| !proxy.is_empty());
        proxy.map(|proxy| (proxy, name.to_owned()))
    };
    let proxy = named(own, name).or_else(|| named(&environment.all, "ALL_PROXY"));
    Proxied { proxy, none: environment.none.clone() }
}

/// How much a pattern says: a port more than a host, a long host more than a short one, a host more than a scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Weight {
    port: bool,
    host: usize,
    scheme: bool,
}

/// None when the pattern is not about the address.
fn weight(pattern: &str, url: &Url) -> Option<Weight> {
    let (scheme, rest) = pattern.split_once("://")?;
    if scheme != "all" && scheme != url.scheme() {
        return None;
    }
    let rest = rest.trim_end_matches('/');
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port.parse::<u16>().ok()?)),
        _ => (rest, None),
    };
    if port.is_some() && port != url.port_or_known_default() {
        return None;
    }
    let asked = url.host_str()?.to_ascii_lowercase();
    let host = host.to_ascii_lowercase();
    let fits = match host.strip_prefix('*') {
        None => host.is_empty() || host == asked,
        Some(end) if end.starts_with('.') || end.is_empty() => asked.ends_with(end),
        // `*example.com` is that host and those below it, `*.example.com` only those below it.
        Some(end) => asked == end || asked.ends_with(&format!(".{end}")),
    };
    let long = if host == "*" { 0 } else { host.len() };
    fits.then_some(Weight { port: port.is_some(), host: long, scheme: scheme != "all" })
}

impl Proxied {
    /// Through whom it goes and who says so, for people and without a password; nothing when it goes directly.
    pub(super) fn way(&self) -> Option<String> {
        let (proxy, pattern) = self.proxy.as_ref()?;
        let proxy = if proxy.contains("://") { proxy.clone() } else { format!("http://{proxy}") };
        let origin = Url::parse(&proxy).ok()?.origin().ascii_serialization();
        let by = if pattern.contains("://") { "settings.proxies" } else { pattern };
        let except = self.none.as_ref().filter(|none| !none.is_empty());
        let unless = if except.is_some() { ", unless NO_PROXY excepts it" } else { "" };
        Some(format!("by way of the proxy {origin} that `{by}` names{unless}"))
    }

    /// A client that goes this way.
    pub(super) fn apply(
        &self,
        builder: reqwest::ClientBuilder,
    ) -> Result<reqwest::ClientBuilder, ClientError> {
        let Some((proxy, pattern)) = &self.proxy else { return Ok(builder) };
        // The library's error would repeat the address, which may have a password in it.
        let wrong = || ClientError::Proxy { pattern: pattern.clone() };
        let proxy = if proxy.contains("://") { proxy.clone() } else { format!("http://{proxy}") };
        if !proxy.starts_with("http://") && !proxy.starts_with("https://") {
            return Err(wrong());
        }
        let proxy = Proxy::all(proxy).map_err(|_| wrong())?;
        Ok(builder.proxy(proxy.no_proxy(self.none.as_deref().and_then(NoProxy::from_string))))
    }
}

#[cfg(test)]
mod tests;
