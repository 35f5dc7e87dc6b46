//! The `liveness` section: typed, with defaults, and with what no schema can say.

use std::time::Duration;

use secrecy::SecretString;

use super::own::section;
use super::typed;
use crate::config::{
    Endpoint, Flapping, Liveness, LivenessGuard, LivenessUser, RawEndpoints, RawLiveness, RawService,
    RegisteredService, TokenSource, folder_of,
};
use crate::names::display_path;
use crate::node::{Map, Node, Value};
use crate::origin::Origin;
use crate::own::{OWN, RawOwn};
use crate::problem::{Problem, Problems};
use crate::quantity::Human;
use crate::raw::RawServo;

/// Where etcd is when nobody says it.
const ENDPOINT: &str = "http://localhost:2379";
/// etcd's port.
const PORT: u16 = 2379;
/// The longest type, host, region or namespace, in bytes, as the core allows it.
const NAME_MAX: usize = 255;
/// A lease longer than this would outlive whoever waits for its end.
const TTL_MAX: Duration = Duration::from_secs(24 * 3600);
/// Nobody waits longer for one call.
const TIMEOUT_MAX: Duration = Duration::from_secs(600);

/// The stanza, when there is one; what is wrong is reported.
pub(crate) fn resolve(raw: &RawServo, problems: &mut Problems) -> Option<Liveness> {
    let entry = raw.own.entry(&["liveness"])?;
    let mut node = entry.node.clone();
    if node.value == Value::Null {
        // `liveness:` with nothing below it means all defaults.
        node.value = Value::Map(Map::new());
    }
    let before = problems.len();
    let document = section(node.clone(), "liveness", &entry.key);
    let read: RawOwn = typed(&OWN.servo, &document, &[], problems)?;
    let mut reader = Reader { node: &node, key: &entry.key, problems };
    let liveness = reader.liveness(read.liveness.unwrap_or_default());
    (problems.len() == before).then_some(liveness)
}

struct Reader<'a> {
    /// The section.
    node: &'a Node,
    /// Where it begins.
    key: &'a Origin,
    problems: &'a mut Problems,
}

impl Reader<'_> {
    fn liveness(&mut self, raw: RawLiveness) -> Liveness {
        let seconds = |time: Option<Human<Duration>>, usual| {
            time.map_or(Duration::from_secs(usual), |time: Human<Duration>| time.0)
        };
        let endpoints = self.endpoints(raw.endpoints.as_ref());
        let secure = endpoints.iter().any(|endpoint| endpoint.starts_with("https://"));
        let file = |key: &str, file: Option<std::path::PathBuf>| {
            let origin = self.node.get([key]).map_or(self.key, |node| &node.origin);
            file.map(|file| folder_of(origin).join(file))
        };
        let (ca_file, password_file) =
            (file("ca_file", raw.ca_file), file("password_file", raw.password_file));
        let certificate = file("client_certificate_file", raw.client_certificate_file);
        let key = file("client_key_file", raw.client_key_file);
        let client_certificate = match (certificate, key) {
            (Some(certificate), Some(key)) => Some((certificate, key)),
            (None, None) => None,
            (certificate, _) => {
                let given = if certificate.is_some() { "client_certificate_file" } else { "client_key_file" };
                let message = "`client_certificate_file` and `client_key_file` belong together";
                self.problem(&[given], message, "give both, or none of them");
                None
            }
        };
        for key in ["ca_file", "client_certificate_file"] {
            if !secure && !endpoints.is_empty() && self.node.get([key]).is_some() {
                let message = "certificates mean nothing without https";
                self.problem(&[key], message, "write https in `endpoints`, or remove the files");
            }
        }
        let (timeout, max_age) = (seconds(raw.timeout, 5), seconds(raw.max_age, 10));
        self.between("timeout", timeout, Duration::from_millis(1), TIMEOUT_MAX);
        self.between("max_age", max_age, Duration::from_millis(1), TTL_MAX);
        let (ttl, leader_ttl) = (seconds(raw.ttl, 60), seconds(raw.leader_ttl, 10));
        for (key, ttl) in [("ttl", ttl), ("leader_ttl", leader_ttl)] {
            let fits = self.between(key, ttl, Duration::from_secs(1), TTL_MAX);
            if fits && ttl.subsec_nanos() != 0 {
                let message = format!("`liveness.{key}` has a part of a second, and etcd counts whole ones");
                self.problem(&[key], message, "write for example 2s");
            }
        }
        let namespace = raw.namespace.unwrap_or_default();
        self.name(&["namespace"], &namespace, false, true);
        let guard = raw.guard.unwrap_or_default();
        let share = guard.share.map_or(0.15, |share| share.0.fraction);
        if share > 1.0 {
            self.problem(&["guard", "share"], "`liveness.guard.share` is more than all", "for example 15%");
        }
        let flapping = raw.flapping.unwrap_or_default();
        let (down_after, up_after) = (flapping.down_after.unwrap_or(1), flapping.up_after.unwrap_or(1));
        Liveness {
            endpoints,
            user: self.user(raw.username, raw.password, password_file),
            ca_file,
            client_certificate,
            timeout,
            namespace,
            ttl,
            max_age,
            guard: LivenessGuard { share, least: guard.least.unwrap_or(5), hold: guard.hold.unwrap_or(2) },
            flapping: Flapping { down_after, up_after },
            service: self.service(raw.service.unwrap_or_default()),
            leader: raw.leader.unwrap_or(false),
            leader_ttl,
            origin: self.key.clone(),
        }
    }

    fn endpoints(&mut self, raw: Option<&RawEndpoints>) -> Vec<String> {
        let (texts, listed): (Vec<&str>, bool) = match raw {
            None => (vec![ENDPOINT], false),
            Some(RawEndpoints::One(text)) => (text.split(',').map(str::trim).collect(), false),
            Some(RawEndpoints::Many(texts)) => (texts.iter().map(|text| text.trim()).collect(), true),
        };
        if texts.is_empty() {
            let message = "`liveness.endpoints` names no member of etcd";
            self.problem(&["endpoints"], message, "write for example http://localhost:2379");
        }
        let mut found: Vec<String> = Vec::new();
        for (index, text) in texts.iter().enumerate() {
            let index = index.to_string();
            let path = ["endpoints", index.as_str()];
            let path = if listed { &path[..] } else { &path[..1] };
            match endpoint(text) {
                Ok(endpoint) => {
                    if found.first().is_some_and(|first| scheme(first) != scheme(&endpoint)) {
                        let message = "some members of etcd have https and others http";
                        self.problem(path, message, "write all with https, or all with http");
                    }
                    found.push(endpoint);
                }
                Err(message) => {
                    self.problem(path, message, "write for example https://etcd-1:2379");
                }
            }
        }
        found
    }

    fn user(
        &mut self,
        name: Option<String>,
        password: Option<String>,
        file: Option<std::path::PathBuf>,
    ) -> Option<LivenessUser> {
        let given = if file.is_some() { "password_file" } else { "password" };
        let password = match (password, file) {
            (_, Some(file)) => Some(TokenSource::File(file)),
            (Some(password), None) if password.is_empty() => {
                self.problem(&["password"], "the password of etcd is empty", "write it to a `password_file`");
                return None;
            }
            (Some(password), None) => Some(TokenSource::Value(SecretString::from(password))),
            (None, None) => None,
        };
        match (name, password) {
            (Some(name), _) if name.is_empty() || name.contains(':') => {
                let message = "`liveness.username` is no name of a user of etcd";
                self.problem(&["username"], message, "the password stands in a `password_file`");
                None
            }
            (Some(name), Some(password)) => Some(LivenessUser { name, password }),
            (Some(name), None) => {
                let message = format!("the user `{name}` of etcd has no password");
                self.problem(&["username"], message, "add `password_file:`, or --password-file");
                None
            }
            (None, Some(_)) => {
                self.problem(&[given], "a password of etcd without its user", "add `username:`");
                None
            }
            (None, None) => None,
        }
    }

    fn service(&mut self, raw: RawService) -> Option<RegisteredService> {
        let (kind, region) = (raw.kind.unwrap_or_else(|| "servo".to_owned()), raw.region.unwrap_or_default());
        self.name(&["service", "type"], &kind, true, false);
        self.name(&["service", "region"], &region, false, false);
        if let Some(host) = &raw.host {
            self.name(&["service", "host"], host, true, true);
        }
        raw.register.unwrap_or(true).then_some(RegisteredService { kind, host: raw.host, region })
    }

    /// A text that becomes part of a key.
    fn name(&mut self, path: &[&str], text: &str, needed: bool, slash: bool) {
        let wrong = if needed && text.is_empty() {
            "is empty".to_owned()
        } else if text.len() > NAME_MAX {
            format!("is {} bytes long; at most {NAME_MAX} are allowed", text.len())
        } else if text.chars().any(char::is_control) {
            "has a control character in it".to_owned()
        } else if !slash && text.contains('/') {
            "has a `/` in it, which separates the parts of a key in etcd".to_owned()
        } else {
            return;
        };
        let whole = display_path(std::iter::once("liveness").chain(path.iter().copied()));
        self.problem(path, format!("`{whole}` {wrong}"), "write for example a short name without spaces");
    }

    fn between(&mut self, key: &str, time: Duration, least: Duration, most: Duration) -> bool {
        let fits = (least..=most).contains(&time);
        if !fits {
            let text = crate::quantity::format_duration;
            let message = format!("`liveness.{key}` is not between {} and {}", text(least), text(most));
            self.problem(&[key], message, "write for example 10s");
        }
        fits
    }

    fn problem(&mut self, path: &[&str], message: impl Into<String>, hint: &str) {
        let node =
            self.node.get(path.iter().copied()).or_else(|| self.node.get(path.iter().copied().take(1)));
        let origin = node.map_or(self.key, |node| &node.origin).clone();
        let path = display_path(std::iter::once("liveness").chain(path.iter().copied()));
        self.problems.push(Problem::new(origin, path, message).with_hint(hint));
    }
}

/// The URL of a member with everything that may be left out.
fn endpoint(text: &str) -> Result<String, String> {
    if text.contains('@') {
        return Err(
            "the URL of a member of etcd has no user: `username` and `password_file` say it".to_owned()
        );
    }
    let url = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let endpoint = Endpoint::parse_origin(&url)
        .map_err(|error| error.to_string().replace("is not an HTTP origin", "is no member of etcd"))?;
    let authority = url.split_once("://").map_or("", |(_, rest)| rest);
    let has_port = authority.rsplit(']').next().is_some_and(|rest| rest.contains(':'));
    let port = if has_port { endpoint.port } else { PORT };
    let host = if endpoint.host.contains(':') { format!("[{}]", endpoint.host) } else { endpoint.host };
    Ok(format!("{}://{host}:{port}", endpoint.scheme))
}

fn scheme(url: &str) -> Option<&str> {
    url.split("://").next()
}
