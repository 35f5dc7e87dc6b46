//! Servo's own keys: typed, with defaults.

use servo_types::Limits;

use super::{limits, typed};
use crate::catalogue::Language;
use crate::config::{
    Checks, Common, Liveness, Objective, Optimizer, RawChecks, RawCommon, TlsVerify, folder_of,
};
use crate::names::display_path;
use crate::node::{Entry, Node, Value};
use crate::origin::Origin;
use crate::own::{OWN, RawOwn};
use crate::problem::{Notice, Problem, Problems};
use crate::raw::RawServo;

/// Servo's own keys, resolved; defaults stand in for what is wrong, which is reported.
pub(super) struct Own {
    pub(super) name: Option<String>,
    pub(super) description: Option<String>,
    pub(super) servo_uid: Option<String>,
    pub(super) optimizer: Option<Optimizer>,
    pub(super) objective: Option<Objective>,
    pub(super) liveness: Option<Liveness>,
    pub(super) checks: Checks,
    pub(super) settings: Common,
    pub(super) no_diagnostics: bool,
    pub(super) sandbox: Limits,
}

pub(super) fn resolve(
    raw: &RawServo,
    language: Option<&Language>,
    problems: &mut Problems,
    notices: &mut Vec<Notice>,
) -> Own {
    let mut node = raw.own.clone();
    let optimizer_node = take(&mut node, "optimizer");
    take(&mut node, "liveness");
    take(&mut node, "trust");
    // Forms and limits have readers of their own, which know better words than a schema.
    take(&mut node, "connectors");
    let sandbox = sandbox(take(&mut node, "sandbox"), problems);
    let read = sections(&node, problems);
    let objective = read.objective.and_then(|objective| {
        super::objective::resolve(objective, &raw.own, &["objective"], language, problems)
    });
    let optimizer = optimizer_node.and_then(|node| super::optimizer::resolve(raw, &node, problems, notices));
    if let (Some(optimizer), Some(_)) = (&optimizer, &objective) {
        let entry = raw.own.entry(&["optimizer"]);
        let message = format!(
            "the embedded optimizer works on `objective`; `{}` is not asked: remove `objective` to let it decide",
            optimizer.id
        );
        notices.push(Notice {
            origin: entry.map_or_else(|| raw.start(), |entry| entry.key.clone()),
            path: "optimizer".to_owned(),
            message,
        });
    }
    Own {
        name: read.name,
        description: read.description,
        servo_uid: read.servo_uid,
        optimizer,
        objective,
        liveness: super::liveness(raw, problems),
        checks: checks(raw, read.checks.unwrap_or_default(), problems),
        settings: common(raw, read.settings.unwrap_or_default()),
        no_diagnostics: read.no_diagnostics.unwrap_or(true),
        sandbox,
    }
}

/// Every section by itself, so that a mistake in one hides none in another.
fn sections(node: &Node, problems: &mut Problems) -> RawOwn {
    let before = problems.len();
    let whole: Option<RawOwn> = typed(&OWN.servo, node, &[], problems);
    if let (Some(whole), true) = (whole, problems.len() == before) {
        return whole;
    }
    let mut read = serde_json::Map::new();
    for (key, entry) in node.as_map().into_iter().flatten() {
        let section = serde_json::Value::Object([(key.clone(), entry.node.to_json())].into_iter().collect());
        if serde_json::from_value::<RawOwn>(section).is_ok() {
            read.insert(key.clone(), entry.node.to_json());
        }
    }
    serde_json::from_value(serde_json::Value::Object(read)).unwrap_or_default()
}

/// A document with one section.
pub(super) fn section(node: Node, name: &str, key: &Origin) -> Node {
    let origin = node.origin.clone();
    let map = [(name.to_owned(), Entry { key: key.clone(), node })].into_iter().collect();
    Node::new(Value::Map(map), origin)
}

fn take(node: &mut Node, key: &str) -> Option<Node> {
    match &mut node.value {
        Value::Map(map) => map.shift_remove(key).map(|entry| entry.node),
        _ => None,
    }
}

fn sandbox(node: Option<Node>, problems: &mut Problems) -> Limits {
    let base = Limits::default();
    let Some(mut node) = node else { return base };
    let inner = take(&mut node, "limits");
    let wrapper = section(node.clone(), "sandbox", &node.origin);
    let _: Option<RawOwn> = typed(&OWN.servo, &wrapper, &[], problems);
    inner
        .and_then(|inner| limits(&inner, &["sandbox", "limits"], problems))
        .map_or(base, |raw| raw.over(&base))
}

fn checks(raw: &RawServo, read: RawChecks, problems: &mut Problems) -> Checks {
    let mut wrong = Vec::new();
    let checks = read.resolve(&mut wrong);
    for (key, index, error) in wrong {
        let index = index.to_string();
        let path = ["checks", key, index.as_str()];
        let origin = raw.own.get(path).map_or_else(|| raw.own.origin.clone(), |node| node.origin.clone());
        problems.push(
            Problem::new(origin, display_path(path), error.to_string())
                .with_hint("without the slashes it is a text that must be the same"),
        );
    }
    checks
}

fn common(raw: &RawServo, read: RawCommon) -> Common {
    let mut common = read.resolve();
    if let TlsVerify::Roots(path) = &common.tls {
        let origin = raw.own.get(["settings", "ssl_verify"]).map(|node| &node.origin);
        common.tls =
            TlsVerify::Roots(origin.map_or_else(|| path.clone(), |origin| folder_of(origin).join(path)));
    }
    common
}

/// Whether every URL of the optimizer that is written is one without certificates.
fn in_the_clear(raw: &RawServo) -> bool {
    let urls = ["base_url", "url", "token_url"].map(|key| raw.own.get(["optimizer", key]));
    let mut urls = urls.into_iter().flatten().peekable();
    urls.peek().is_some()
        && urls.all(|url| matches!(&url.value, Value::Text(url) if url.starts_with("http://")))
}

/// Servo's own settings that mean something else to ServoX.
pub(super) fn differences(raw: &RawServo, differences: &mut Vec<Notice>) {
    let mut note = |path: &[&str], message: &str| {
        let entry = raw.own.entry(path);
        let origin = entry.map_or_else(|| raw.start(), |entry| entry.key.clone());
        differences.push(Notice {
            origin,
            path: display_path(path.iter().copied()),
            message: message.to_owned(),
        });
    };
    let has_optimizer = raw.own.get(["optimizer"]).is_some();
    match raw.own.get(["settings", "ssl_verify"]).map(|node| &node.value) {
        None | Some(Value::Null) if has_optimizer && !in_the_clear(raw) => note(
            &["settings", "ssl_verify"],
            "the optimizer's certificate is verified; ServoX does so only with `settings.ssl_verify: true`",
        ),
        _ => {}
    }
    if has_optimizer {
        note(&["optimizer"], "SIGHUP reads the configuration again; ServoX ends");
    }
    if raw.own.get(["settings", "backoff"]).is_some() {
        note(
            &["settings", "backoff"],
            "what is spent ends no run: a result is given up, and the optimizer is asked on slowly; ServoX ends when \
             its HELLO is not answered in time",
        );
    }
    if raw.own.get(["settings", "timeouts"]).is_some() {
        note(&["settings", "timeouts"], "ServoX fails every request when `settings.timeouts` is set");
    }
    if raw.own.get(["no_diagnostics"]).is_some_and(|node| node.value == Value::Bool(false)) {
        note(&["no_diagnostics"], "ServoX ends with an error when `no_diagnostics` is false");
    }
    if raw.own.get(["objective"]).is_some() {
        note(&["objective"], "ServoX does not know `objective`; it needs an `optimizer`");
    }
    for (key, message) in [
        ("sandbox", "ServoX does not know `sandbox`"),
        ("liveness", "ServoX does not know `liveness`"),
        ("trust", "ServoX does not know `trust`"),
    ] {
        if raw.own.get([key]).is_some() {
            note(&[key], message);
        }
    }
}
