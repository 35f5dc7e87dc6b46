//! Servo's own keys: typed, with defaults.

use std::path::PathBuf;

use secrecy::SecretString;

use super::{limits, typed};
use crate::config::is_optimizer_id;
use crate::config::{
    Checks, Common, Limits, Objective, Optimizer, RawCommon, RawOptimizer, TlsVerify, TokenSource, folder_of,
};
use crate::names::display_path;
use crate::node::{Node, Value};
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
    pub(super) checks: Checks,
    pub(super) settings: Common,
    pub(super) no_diagnostics: bool,
    pub(super) sandbox: Limits,
}

pub(super) fn resolve(raw: &RawServo, problems: &mut Problems, notices: &mut Vec<Notice>) -> Own {
    let mut node = raw.own.clone();
    let optimizer_node = take(&mut node, "optimizer");
    // Forms and limits have readers of their own, which know better words than a schema.
    take(&mut node, "connectors");
    let sandbox = sandbox(take(&mut node, "sandbox"), problems);
    let read: RawOwn = typed(&OWN.servo, &node, &[], problems).unwrap_or_default();
    let objective = read.objective.clone().and_then(|objective| match objective.resolve() {
        Ok(objective) => Some(objective),
        Err((key, message, hint)) => {
            let origin = match key {
                "" => raw.own.entry(&["objective"]).map(|entry| entry.key.clone()),
                key => raw.own.get(["objective", key]).map(|node| node.origin.clone()),
            };
            let path = if key.is_empty() { "objective".to_owned() } else { format!("objective.{key}") };
            let origin = origin.unwrap_or_else(|| raw.own.origin.clone());
            problems.push(Problem::new(origin, path, message).with_hint(hint));
            None
        }
    });
    let optimizer = optimizer_node.and_then(|node| optimizer(raw, &node, problems, notices));
    Own {
        name: read.name,
        description: read.description,
        servo_uid: read.servo_uid,
        optimizer,
        objective,
        checks: read.checks.unwrap_or_default().resolve(),
        settings: common(raw, read.settings.unwrap_or_default()),
        no_diagnostics: read.no_diagnostics.unwrap_or(true),
        sandbox,
    }
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
    let wrapper = Node::new(
        Value::Map(
            [("sandbox".to_owned(), crate::node::Entry { key: node.origin.clone(), node: node.clone() })]
                .into(),
        ),
        node.origin.clone(),
    );
    let _: Option<RawOwn> = typed(&OWN.servo, &wrapper, &[], problems);
    inner
        .and_then(|inner| limits(&inner, &["sandbox", "limits"], problems))
        .map_or(base.clone(), |raw| raw.over(&base))
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

fn optimizer(
    raw: &RawServo,
    node: &Node,
    problems: &mut Problems,
    notices: &mut Vec<Notice>,
) -> Option<Optimizer> {
    let key = raw.own.entry(&["optimizer"]).map_or_else(|| node.origin.clone(), |entry| entry.key.clone());
    let in_file = matches!(key, Origin::File(_));
    let flag =
        node.as_map().into_iter().flatten().any(|(_, entry)| matches!(entry.node.origin, Origin::Flag(_)));
    if !in_file && !flag && node.get(["id"]).is_none() {
        // A token or an address alone names no optimizer: the embedded one may be meant.
        notices.push(Notice {
            origin: key,
            path: "optimizer".to_owned(),
            message: "no optimizer is named, so its token and URL are not used; set OPSANI_OPTIMIZER"
                .to_owned(),
        });
        return None;
    }
    const APPDYNAMICS: [&str; 6] =
        ["optimizer_id", "tenant_id", "client_id", "client_secret", "connection_file", "token_url"];
    if let Some((name, entry)) = node.as_map()?.iter().find(|(name, _)| APPDYNAMICS.contains(&name.as_str()))
    {
        problems.push(
            Problem::new(
                entry.key.clone(),
                format!("optimizer.{name}"),
                "AppDynamics optimizers are not available in this version of servo",
            )
            .with_hint("give `id` and `token` of an optimizer that speaks the Opsani protocol"),
        );
        return None;
    }
    let subject = Node::new(
        Value::Map(
            [("optimizer".to_owned(), crate::node::Entry { key: key.clone(), node: node.clone() })].into(),
        ),
        raw.own.origin.clone(),
    );
    let read: RawOwn = typed(&OWN.servo, &subject, &[], problems)?;
    let read: RawOptimizer = read.optimizer?;
    let problem = |field: &str, message: &str, hint: &str| {
        let origin = node.get([field]).map_or_else(|| key.clone(), |node| node.origin.clone());
        Problem::new(origin, display_path(["optimizer", field]), message).with_hint(hint)
    };
    let Some(id) = read.id.clone() else {
        problems.push(problem(
            "id",
            "the optimizer has no `id`",
            "add `id: organisation/application`, or set OPSANI_OPTIMIZER",
        ));
        return None;
    };
    if !is_optimizer_id(&id) {
        let message = format!("`{id}` is no optimizer id");
        problems.push(problem(
            "id",
            &message,
            "write organisation/application, for example example.com/shop",
        ));
    }
    let token = match (read.token.clone(), read.token_file.clone()) {
        (Some(token), _) if token.trim().is_empty() => {
            problems.push(problem(
                "token",
                "the optimizer's token is empty",
                "set it in the file, or set OPSANI_TOKEN",
            ));
            return None;
        }
        (Some(token), _) => TokenSource::Value(SecretString::from(token.trim().to_owned())),
        (None, Some(file)) => {
            let folder =
                node.get(["token_file"]).map_or(PathBuf::new(), |node| folder_of(&node.origin).to_path_buf());
            TokenSource::File(folder.join(file))
        }
        (None, None) => {
            problems.push(problem(
                "token",
                "the optimizer has no token",
                "add `token_file:` or `token:`, or set OPSANI_TOKEN or OPSANI_TOKEN_FILE",
            ));
            return None;
        }
    };
    let (base_url, url) = read.urls(&id);
    Some(Optimizer { id, token, base_url, url })
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
        None | Some(Value::Null) if has_optimizer => note(
            &["settings", "ssl_verify"],
            "the optimizer's certificate is verified; ServoX does so only with `settings.ssl_verify: true`",
        ),
        _ => {}
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
    if raw.own.get(["sandbox"]).is_some() {
        note(&["sandbox"], "ServoX does not know `sandbox`");
    }
}
