//! A configuration that was written for ServoX: what changes, what is no longer needed, what is to be decided, and
//! the same file as it should be written now, with its comments.
//!
//! Only what can be said with certainty is rewritten, each within its line; the result is read again, and what is
//! still wrong with it is reported.

mod edits;
mod surroundings;

use std::sync::Arc;

use serde::Serialize;

use crate::catalogue::Catalogue;
use crate::config::Config;
use crate::environment::Environment;
use crate::load::{Flags, load};
use crate::node::Value;
use crate::origin::Origin;
use crate::problem::{Notice, Problems};
use crate::resolve::what_resolves;
use crate::source::Source;

use edits::Edit;

/// What is to be known of a file that was written for ServoX.
#[derive(Debug, Clone, Serialize)]
pub struct Migration {
    /// In the order of [`Concern`], then of the file.
    pub findings: Vec<Finding>,
    /// What is still wrong after the changes; places are those of the new text.
    pub problems: Problems,
    /// The new text.
    #[serde(skip)]
    pub text: String,
    /// What resolves of the new text, whatever is wrong with the rest.
    #[serde(skip)]
    pub config: Config,
}

/// One thing to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What it asks for.
    pub concern: Concern,
    /// What, and where.
    #[serde(flatten)]
    pub notice: Notice,
}

/// What a finding asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Concern {
    /// Somebody has to decide.
    Decide,
    /// It is written otherwise in the new text.
    Rewritten,
    /// It has no use any more.
    Unneeded,
    /// It behaves otherwise, and nothing need be done.
    Changed,
}

/// What is otherwise whatever the file says.
const ALWAYS: [(Concern, &str); 5] = [
    (Concern::Unneeded, "Python, the `servo.connectors` entry points and the `vegeta` program"),
    (Concern::Changed, "a variable wins over the file; ServoX preferred the file"),
    (Concern::Changed, "SIGTERM exits with 0 and ctrl-C with 130 after GOODBYE; ServoX exited with 1"),
    (Concern::Changed, "a log file is written only where --log-file names one; ServoX wrote logs/servo.log"),
    (Concern::Changed, "every series of a metric reaches the optimizer; ServoX sent the last one"),
];

/// Looks at a file that was written for ServoX, with the variables that it would be run with.
///
/// # Errors
/// When the text is not valid YAML or exceeds a budget.
pub fn migrate(
    source: &Arc<Source>,
    environment: &Environment,
    catalogue: &Catalogue,
) -> Result<Migration, Problems> {
    let flags = Flags::default();
    let loaded = load(std::slice::from_ref(source), environment, &flags)?;
    let mut edits = edits::find(&loaded, catalogue);
    let mut text = edits::apply(source.text(), &edits);
    let mut after = load(&[source.rewritten(text.clone())], environment, &flags);
    if after.is_err() {
        // What reads well before must read well afterwards; else it is left as it is.
        edits.clear();
        source.text().clone_into(&mut text);
        after = Ok(loaded);
    }
    let after = after?;
    let mut findings: Vec<Finding> = edits.into_iter().map(Edit::finding).collect();
    let (config, _, problems) = what_resolves(&after, catalogue);
    let all = config.servos.iter().flat_map(|servo| servo.servox_differences());
    findings.extend(all.map(|notice| difference(notice.clone())));
    findings.extend(decisions(&after));
    findings.extend(surroundings::find(environment, catalogue));
    findings.extend(ALWAYS.map(|(concern, message)| finding(concern, Origin::Default, "", message)));
    let mut migration = Migration { findings, problems, text, config };
    migration.sort();
    Ok(migration)
}

impl Migration {
    /// Adds what behaves otherwise and nothing need be done about.
    pub fn changed(&mut self, notices: Vec<Notice>) {
        let all = notices.into_iter().map(|notice| Finding { concern: Concern::Changed, notice });
        self.findings.extend(all);
        self.sort();
    }

    fn sort(&mut self) {
        self.findings.sort_by_key(|finding| (finding.concern, finding.notice.origin == Origin::Default));
    }
}

/// Where the file means something else: most of it somebody has to think about.
fn difference(notice: Notice) -> Finding {
    let thinks = ["settings.ssl_verify", "settings.backoff"].contains(&notice.path.as_str())
        || notice.message.contains("ServoX prefers the file");
    Finding { concern: if thinks { Concern::Decide } else { Concern::Changed }, notice }
}

/// What only the operator can say.
fn decisions(loaded: &crate::Loaded) -> Vec<Finding> {
    let mut found = Vec::new();
    for servo in loaded.servos() {
        let written = |path: &[&str]| {
            let entry = servo.own.entry(path)?;
            matches!(entry.key, Origin::File(_)).then(|| (entry.key.clone(), &entry.node.value))
        };
        for key in ["token", "client_secret"] {
            if let Some((origin, Value::Text(_))) = written(&["optimizer", key]) {
                let message =
                    format!("the {key} stands in the file: `{key}_file` can name one that few may read");
                found.push(finding(Concern::Decide, origin, &format!("optimizer.{key}"), message));
            }
        }
        if let Some((origin, Value::Bool(false))) = written(&["settings", "ssl_verify"]) {
            let message = "the optimizer's certificate is not verified, so anybody on the way can take its token: \
                           remove it, or name a file with the authority";
            found.push(finding(Concern::Decide, origin, "settings.ssl_verify", message));
        }
        for (key, entry) in &servo.stanzas {
            if ["kubernetes", "kube_metrics", "opsani_dev"].contains(&key.as_str()) {
                let message = format!(
                    "ServoX's connector `{key}` is not part of servo: `http-settings` or a connector of your own \
                     (`servo new`) takes its place"
                );
                found.push(finding(Concern::Decide, entry.key.clone(), key, message));
            }
        }
    }
    found
}

fn finding(concern: Concern, origin: Origin, path: &str, message: impl Into<String>) -> Finding {
    Finding { concern, notice: Notice { origin, path: path.to_owned(), message: message.into() } }
}

#[cfg(test)]
mod tests;
