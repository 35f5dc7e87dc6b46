//! Which commit a connector was built from.

use std::path::Path;

use super::tool;

/// The commit of the source, when it is in git and unchanged.
pub(super) async fn revision(folder: &Path) -> Option<String> {
    let git = async |arguments: &[&str]| tool::quietly(tool::command("git", folder).args(arguments)).await;
    let changed = git(&["status", "--porcelain", "."]).await?;
    let revision = git(&["log", "-1", "--format=%H", "."]).await?;
    (changed.is_empty() && !revision.is_empty()).then_some(revision)
}
