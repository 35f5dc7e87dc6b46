//! The `optimizer` section: who servo talks to, and how it proves who it is.

use secrecy::SecretString;

use super::own::section;
use super::typed;
use crate::config::{Optimizer, RawOptimizer, TokenSource, folder_of, is_optimizer_id};
use crate::names::display_path;
use crate::node::{Node, Value};
use crate::origin::Origin;
use crate::own::{OWN, RawOwn};
use crate::problem::{Notice, Problem, Problems};
use crate::raw::RawServo;

/// Keys of ServoX's other kind of optimizer.
const APPDYNAMICS: [&str; 6] =
    ["optimizer_id", "tenant_id", "client_id", "client_secret", "connection_file", "token_url"];

/// The optimizer, when one is named; what is wrong is reported.
pub(super) fn resolve(
    raw: &RawServo,
    node: &Node,
    problems: &mut Problems,
    notices: &mut Vec<Notice>,
) -> Option<Optimizer> {
    if node.value == Value::Null {
        return None;
    }
    let key = raw.own.entry(&["optimizer"]).map_or_else(|| node.origin.clone(), |entry| entry.key.clone());
    if only_leftovers(node, &key) {
        notices.push(Notice {
            origin: key,
            path: "optimizer".to_owned(),
            message: "no optimizer is named, so its token and URL are not used; set OPSANI_OPTIMIZER"
                .to_owned(),
        });
        return None;
    }
    let problem = |field: &str, message: &str, hint: &str| {
        let origin = node.get([field]).map_or_else(|| key.clone(), |node| node.origin.clone());
        Problem::new(origin, display_path(["optimizer", field]), message).with_hint(hint)
    };
    if let Some(name) = APPDYNAMICS.into_iter().find(|name| node.get([*name]).is_some()) {
        let message = "AppDynamics optimizers are not available in this version of servo";
        let hint = "give `id` and `token` of an optimizer that speaks the Opsani protocol";
        problems.push(problem(name, message, hint));
        return None;
    }
    let id = node.get(["id"]).and_then(Node::as_text);
    if let Some(id) = id.filter(|id| !is_optimizer_id(id)) {
        let message = format!("`{id}` is no optimizer id");
        problems.push(problem(
            "id",
            &message,
            "write organisation/application, for example example.com/shop",
        ));
    }
    let document = section(node.clone(), "optimizer", &key);
    let read: RawOwn = typed(&OWN.servo, &document, &[], problems)?;
    let read = read.optimizer?;
    if id.is_none() {
        let hint = "add `id: organisation/application`, or set OPSANI_OPTIMIZER";
        problems.push(problem("id", "the optimizer has no `id`", hint));
    }
    let token = match token(&read, node) {
        Ok(token) => token,
        Err((message, hint)) => {
            problems.push(problem("token", message, hint));
            return None;
        }
    };
    let id = id?;
    let (base_url, url) = read.urls(id);
    Some(Optimizer { id: id.to_owned(), token, base_url, url })
}

/// A token or an address in the environment names no optimizer: the embedded one may be meant.
fn only_leftovers(node: &Node, key: &Origin) -> bool {
    let typed = matches!(key, Origin::File(_) | Origin::Flag(_));
    let flag =
        node.as_map().into_iter().flatten().any(|(_, entry)| matches!(entry.node.origin, Origin::Flag(_)));
    !typed && !flag && node.get(["id"]).is_none()
}

fn token(read: &RawOptimizer, node: &Node) -> Result<TokenSource, (&'static str, &'static str)> {
    match (&read.token, &read.token_file) {
        (Some(token), _) if token.trim().is_empty() => {
            Err(("the optimizer's token is empty", "set it in the file, or set OPSANI_TOKEN"))
        }
        (Some(token), _) => Ok(TokenSource::Value(SecretString::from(token.trim().to_owned()))),
        (None, Some(file)) => {
            let origin = node.get(["token_file"]).map(|node| &node.origin);
            Ok(TokenSource::File(origin.map_or_else(|| file.clone(), |origin| folder_of(origin).join(file))))
        }
        (None, None) => Err((
            "the optimizer has no token",
            "add `token_file:` or `token:`, or set OPSANI_TOKEN or OPSANI_TOKEN_FILE",
        )),
    }
}
