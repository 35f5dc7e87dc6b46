//! The `optimizer` section: who servo talks to, and how it proves who it is.

mod tenant;

use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::own::section;
use super::typed;
use crate::config::{Optimizer, OptimizerAccess, TokenSource, folder_of, is_optimizer_id};
use crate::names::display_path;
use crate::node::{Node, Value};
use crate::origin::Origin;
use crate::own::{OWN, RawOwn};
use crate::problem::{Notice, Problem, Problems};
use crate::raw::RawServo;

/// Keys that only optimizers of tenants have.
const OF_TENANTS: [&str; 7] = [
    "optimizer_id",
    "tenant_id",
    "client_id",
    "client_secret",
    "client_secret_file",
    "token_url",
    "connection_file",
];

/// The section, and where what is wrong in it is reported.
struct Section<'a> {
    node: &'a Node,
    key: Origin,
}

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
    let section = Section { node, key };
    if section.has_only_leftovers() {
        notices.push(Notice {
            origin: section.key,
            path: "optimizer".to_owned(),
            message: "no optimizer is named, so its token and URL are not used; set OPSANI_OPTIMIZER or \
                      APPD_OPTIMIZER_ID"
                .to_owned(),
        });
        return None;
    }
    let (mut said, known) = (false, problems.len());
    let (id, tenant) = (section.text("id"), node.get(["optimizer_id"]).is_some());
    if tenant && node.get(["id"]).is_some() {
        let hint = "keep `id`, or `optimizer_id` and what belongs to it";
        problems.push(section.problem("optimizer_id", "`id` and `optimizer_id` name two optimizers", hint));
    } else if !tenant && let Some(name) = OF_TENANTS.into_iter().find(|name| section.types(name)) {
        let hint = "add `optimizer_id`, or remove it; an optimizer with an `id` has a `token`";
        let message = format!("`{name}` belongs to an optimizer with an `optimizer_id`");
        said = true;
        problems.push(section.problem(name, &message, hint));
    } else if !tenant && let Some(id) = id.filter(|id| !is_optimizer_id(id)) {
        let message = format!("`{id}` is no optimizer id");
        let hint = "write organisation/application, for example example.com/shop";
        problems.push(section.problem("id", &message, hint));
    }
    let document = self::section(node.clone(), "optimizer", &section.key);
    let read: RawOwn = typed(&OWN.servo, &document, &[], problems)?;
    let read = read.optimizer?;
    if tenant {
        // What is wrong so far would only be said in other words.
        return if problems.len() > known {
            None
        } else {
            tenant::resolve(&section, &read, problems, notices)
        };
    }
    if said {
        return None;
    }
    if id.is_none() {
        let hint = "add `id: organisation/application`, or set OPSANI_OPTIMIZER";
        problems.push(section.problem("id", "the optimizer has no `id`", hint));
    }
    let token = section.secret(&read.token, "token_file", read.token_file.as_deref());
    let token = match token {
        Ok(Some(token)) => token,
        Err(()) => {
            let hint = "set it in the file, or set OPSANI_TOKEN";
            problems.push(section.problem("token", "the optimizer's token is empty", hint));
            return None;
        }
        Ok(None) => {
            let hint = "add `token_file:` or `token:`, or set OPSANI_TOKEN or OPSANI_TOKEN_FILE";
            problems.push(section.problem("token", "the optimizer has no token", hint));
            return None;
        }
    };
    let id = id?;
    Some(Optimizer { id: id.to_owned(), access: OptimizerAccess::Token { url: read.url_of(id), token } })
}

impl Section<'_> {
    /// A token or an address in the environment names no optimizer: the embedded one may be meant.
    fn has_only_leftovers(&self) -> bool {
        let typed = matches!(self.key, Origin::File(_) | Origin::Flag(_));
        let mut entries = self.node.as_map().into_iter().flatten();
        let flag = entries.any(|(_, entry)| matches!(entry.node.origin, Origin::Flag(_)));
        let named = ["id", "optimizer_id"].iter().any(|name| self.node.get([*name]).is_some());
        !typed && !flag && !named
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.node.get([name]).and_then(Node::as_text)
    }

    /// Whether somebody wrote this key for this optimizer; variables may be for others.
    fn types(&self, name: &str) -> bool {
        self.node.get([name]).is_some_and(|node| matches!(node.origin, Origin::File(_) | Origin::Flag(_)))
    }

    fn problem(&self, field: &str, message: &str, hint: &str) -> Problem {
        let origin = self.node.get([field]).map_or_else(|| self.key.clone(), |node| node.origin.clone());
        Problem::new(origin, display_path(["optimizer", field]), message).with_hint(hint)
    }

    /// A secret, or the file with it; an error when it is empty.
    fn secret(
        &self,
        value: &Option<String>,
        file_name: &str,
        file: Option<&Path>,
    ) -> Result<Option<TokenSource>, ()> {
        match value.as_deref().map(str::trim) {
            Some("") => Err(()),
            Some(value) => Ok(Some(TokenSource::Value(SecretString::from(value)))),
            None => Ok(file.map(|file| TokenSource::File(self.beside(file_name, file)))),
        }
    }

    /// A file that is named in a file is beside that.
    fn beside(&self, name: &str, file: &Path) -> PathBuf {
        let origin = self.node.get([name]).map(|node| &node.origin);
        origin.map_or_else(|| file.to_owned(), |origin| folder_of(origin).join(file))
    }
}
