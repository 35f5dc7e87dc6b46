//! The configuration of a served optimizer: where it listens, and which applications it takes care of.
//!
//! It is a file of its own beside `servo.yaml`, since whoever serves needs no connectors and whoever has connectors need
//! not serve. It is read like that one: every mistake at once, each with its place.

mod raw;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;

use crate::catalogue::Language;
use crate::check::Subject;
use crate::config::{Objective, TokenSource, folder_of, is_optimizer_id};
use crate::names::display_path;
use crate::node::{Map, Node, Value};
use crate::origin::Origin;
use crate::own::OWN;
use crate::problem::{Notice, Problem, Problems};
use crate::source::Source;
use crate::yaml;

pub(crate) use raw::RawServe;
use raw::{RawApplication, RawLimits};

/// The applications that one server takes care of at most.
pub const APPLICATIONS_MAX: usize = 1_000;

/// A served optimizer.
#[derive(Debug, Clone)]
pub struct Serve {
    /// Where it listens; port 0 is any free one.
    pub listen: SocketAddr,
    /// Certificate and key; without them it speaks plain HTTP.
    pub tls: Option<ServeTls>,
    /// Where journals are kept, if not in the state directory.
    pub state: Option<PathBuf>,
    /// What clients may use.
    pub limits: ServeLimits,
    /// In the order of the file, at least one.
    pub applications: Vec<ServedApplication>,
    /// What the operator should know.
    pub notices: Vec<Notice>,
}

/// The files that prove who the server is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServeTls {
    /// Certificates in PEM, the server's own first.
    pub certificate: PathBuf,
    /// Its private key in PEM.
    pub key: PathBuf,
}

/// What clients may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServeLimits {
    /// Bytes of one request.
    pub body: u64,
    /// How long a client may take to send a request.
    pub time: Duration,
    /// Requests that are answered at a time.
    pub requests: usize,
    /// Connections that are open at a time.
    pub connections: usize,
    /// How many of them one address may have.
    pub connections_per_address: usize,
}

impl Default for ServeLimits {
    fn default() -> Self {
        Self {
            body: 4 << 20,
            time: Duration::from_secs(10),
            requests: 64,
            connections: 2_000,
            connections_per_address: 500,
        }
    }
}

/// An application and what it is tuned towards.
#[derive(Debug, Clone)]
pub struct ServedApplication {
    /// `organisation/application`.
    pub id: String,
    /// What its servo has to know.
    pub token: TokenSource,
    /// What is better, and what it may cost to find out.
    pub objective: Objective,
    /// Where it is written.
    pub origin: Origin,
}

/// Reads the configuration of a served optimizer.
///
/// # Errors
/// Everything that is wrong with it, at once.
pub fn serve(source: &Arc<Source>, language: &Language) -> Result<Serve, Problems> {
    let mut documents = yaml::parse(source)?;
    let mut problems = Problems::new();
    if let Some(second) = documents.get(1) {
        let problem = Problem::new(second.origin.clone(), "", "an optimizer is configured by one document");
        problems.push(problem.with_hint("list all applications in the first one"));
    }
    documents.truncate(1);
    let empty = || Node::new(Value::Map(Map::new()), Origin::Default);
    let document = documents.pop().filter(|document| document.value != Value::Null).unwrap_or_else(empty);
    let json = document.to_json();
    if let Some(checker) = OWN.serve.checker() {
        checker.check(Subject { node: &document, key: &document.origin, path: &[] }, &json, &mut problems);
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let raw: RawServe = match serde_json::from_value(json) {
        Ok(raw) => raw,
        Err(error) => return Err(Problem::new(document.origin, "", error.to_string()).into()),
    };
    let listen = listen(raw.listen.as_deref(), &document, &mut problems);
    let tls = raw.tls.map(|tls| ServeTls {
        certificate: beside(&document, &["tls", "certificate"], &tls.certificate),
        key: beside(&document, &["tls", "key"], &tls.key),
    });
    let mut notices = Vec::new();
    if tls.is_none() && !listen.ip().is_loopback() {
        let origin = document.get(["listen"]).map_or(Origin::Default, |node| node.origin.clone());
        let message = "tokens are sent in the clear to this address; add `tls:`, or keep it behind something that encrypts";
        notices.push(Notice { origin, path: "listen".to_owned(), message: message.to_owned() });
    }
    let limits = limits(raw.limits.unwrap_or_default(), &document, &mut problems);
    if limits.connections_per_address >= limits.connections
        && let Some(node) = document.get(["limits", "connections_per_address"])
    {
        let path = display_path(["limits", "connections_per_address"]);
        let message = "one address may take all `connections`, and then nobody else is answered; write a smaller number";
        notices.push(Notice { origin: node.origin.clone(), path, message: message.to_owned() });
    }
    let applications = raw.applications.into_iter();
    let applications: Vec<_> = applications
        .filter_map(|(id, raw)| application(id, raw, &document, language, &mut problems))
        .collect();
    let state = raw.state.map(|state| beside(&document, &["state"], &state));
    problems.into_result()?;
    Ok(Serve { listen, tls, state, limits, applications, notices })
}

fn listen(text: Option<&str>, document: &Node, problems: &mut Problems) -> SocketAddr {
    let usual = SocketAddr::from(([127, 0, 0, 1], raw::PORT));
    let Some(text) = text else { return usual };
    text.parse().unwrap_or_else(|_| {
        let origin = document.get(["listen"]).map_or(Origin::Default, |node| node.origin.clone());
        let message = format!("`{text}` is no address to listen on");
        let hint = format!("write IP:PORT, for example {usual} or 0.0.0.0:{}", raw::PORT);
        problems.push(Problem::new(origin, "listen", message).with_hint(hint));
        usual
    })
}

fn application(
    id: String,
    raw: RawApplication,
    document: &Node,
    language: &Language,
    problems: &mut Problems,
) -> Option<ServedApplication> {
    let path = ["applications", id.as_str()];
    let origin = document.entry(&path).map_or(Origin::Default, |entry| entry.key.clone());
    let mut wrong = |key: Option<&str>, message: &str, hint: &str| {
        let within: Vec<&str> = path.iter().copied().chain(key).collect();
        let node = key.and_then(|_| document.get(within.iter().copied()));
        let at = node.map_or_else(|| origin.clone(), |node| node.origin.clone());
        problems.push(Problem::new(at, display_path(within), message).with_hint(hint));
    };
    if !is_optimizer_id(&id) {
        let message = format!("`{id}` is no application");
        wrong(None, &message, "write organisation/application, for example example.com/shop");
    }
    let token = match (raw.token, raw.token_file) {
        (Some(_), Some(_)) => {
            wrong(Some("token_file"), "there is `token` as well as `token_file`", "keep one of them");
            None
        }
        (Some(token), None) if token.trim().is_empty() => {
            wrong(Some("token"), "the token is empty", "write what the servo sends, or name a `token_file`");
            None
        }
        (Some(token), None) => Some(TokenSource::Value(SecretString::from(token.trim().to_owned()))),
        (None, Some(file)) => {
            Some(TokenSource::File(beside(document, &[path[0], path[1], "token_file"], &file)))
        }
        (None, None) => {
            wrong(None, "the application has no token", "add `token_file:` or `token:`");
            None
        }
    };
    let within = [path[0], path[1], "objective"];
    let objective =
        crate::resolve::objective::resolve(raw.objective, document, &within, Some(language), problems);
    if objective.as_ref().is_some_and(|objective| objective.promote) {
        let within = [path[0], path[1], "objective", "promote"];
        let at = document.get(within).map_or(origin.clone(), |node| node.origin.clone());
        let problem = Problem::new(at, display_path(within), "a servo cannot be asked to promote");
        problems
            .push(problem.with_hint("remove it; the settings that a run ends on are applied in any case"));
    }
    Some(ServedApplication { token: token?, objective: objective?, id, origin })
}

fn limits(raw: RawLimits, document: &Node, problems: &mut Problems) -> ServeLimits {
    let usual = ServeLimits::default();
    let connections = raw.connections.map_or(usual.connections, usize::from);
    let limits = ServeLimits {
        body: raw.body.map_or(usual.body, |body| body.0.0),
        time: raw.time.map_or(usual.time, |time| time.0),
        requests: raw.requests.map_or(usual.requests, usize::from),
        connections,
        connections_per_address: raw.connections_per_address.map_or((connections / 4).max(1), usize::from),
    };
    for (key, none, hint) in [
        ("body", limits.body == 0, "write the bytes of the largest request, for example 4MiB"),
        ("time", limits.time.is_zero(), "write how long a request may take, for example 10s"),
    ] {
        if none {
            let path = ["limits", key];
            let origin = document.get(path).map_or(Origin::Default, |node| node.origin.clone());
            problems.push(
                Problem::new(origin, display_path(path), "nobody could send a request").with_hint(hint),
            );
        }
    }
    limits
}

/// A path, taken from the folder of the file that names it.
fn beside(document: &Node, at: &[&str], path: &Path) -> PathBuf {
    let origin = document.get(at.iter().copied()).map(|node| &node.origin);
    origin.map_or_else(|| path.to_owned(), |origin| folder_of(origin).join(path))
}

#[cfg(test)]
mod tests;
