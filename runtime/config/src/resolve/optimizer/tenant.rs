//! Optimizers of tenants: reached through a connection file, with a token, or with a login.

use super::Section;
use crate::config::{Optimizer, OptimizerAccess, RawOptimizer, is_path_part};
use crate::problem::{Notice, Problems};

/// What is of no use beside a connection file.
const IN_FILE: [&str; 8] = [
    "token",
    "token_file",
    "base_url",
    "url",
    "token_url",
    "client_id",
    "client_secret",
    "client_secret_file",
];

/// The optimizer; what is wrong is reported.
pub(super) fn resolve(
    section: &Section<'_>,
    read: &RawOptimizer,
    problems: &mut Problems,
    notices: &mut Vec<Notice>,
) -> Option<Optimizer> {
    let optimizer_id = read.optimizer_id.as_deref()?;
    let parts = [("optimizer_id", Some(optimizer_id)), ("tenant_id", read.tenant_id.as_deref())];
    for (name, part) in parts {
        if let Some(part) = part.filter(|part| !is_path_part(part)) {
            let message = format!("`{part}` cannot stand in the address of an optimizer");
            let hint = "write it as it stands in the optimizer's own pages, without `/` and spaces";
            problems.push(section.problem(name, &message, hint));
            return None;
        }
    }
    let id = match &read.tenant_id {
        Some(tenant) => format!("{tenant} - {optimizer_id}"),
        None => optimizer_id.to_owned(),
    };
    let access = access(section, read, optimizer_id, problems, notices)?;
    Some(Optimizer { id, access })
}

fn access(
    section: &Section<'_>,
    read: &RawOptimizer,
    optimizer_id: &str,
    problems: &mut Problems,
    notices: &mut Vec<Notice>,
) -> Option<OptimizerAccess> {
    if let Some(file) = &read.connection_file {
        if let Some(name) = IN_FILE.into_iter().find(|name| section.types(name)) {
            notices.push(Notice {
                origin: section.key.clone(),
                path: "optimizer".to_owned(),
                message: format!("the connection file says where the optimizer is: `{name}` is not used"),
            });
        }
        let path = section.beside("connection_file", file);
        return Some(OptimizerAccess::ConnectionFile { path, optimizer_id: optimizer_id.to_owned() });
    }
    let token = section.secret(&read.token, "token_file", read.token_file.as_deref());
    let secret =
        section.secret(&read.client_secret, "client_secret_file", read.client_secret_file.as_deref());
    let (Ok(token), Ok(client_secret)) = (&token, &secret) else {
        let (name, variable) =
            if token.is_err() { ("token", "APPD_TOKEN") } else { ("client_secret", "APPD_CLIENT_SECRET") };
        let message = format!("the optimizer's {name} is empty");
        problems.push(section.problem(name, &message, &format!("set it in the file, or set {variable}")));
        return None;
    };
    let url = read.url_of_tenant(optimizer_id);
    if let (Some(url), Some(token)) = (&url, token) {
        return Some(OptimizerAccess::Token { url: url.clone(), token: token.clone() });
    }
    let token_url = read.token_url();
    if let (Some(url), Some(token_url), Some(client_id), Some(client_secret)) =
        (&url, &token_url, &read.client_id, client_secret)
    {
        return Some(OptimizerAccess::Login {
            url: url.clone(),
            token_url: token_url.clone(),
            client_id: client_id.clone(),
            client_secret: client_secret.clone(),
        });
    }
    let login = token.is_none();
    let missing = [
        ("base_url", url.is_none() || (login && token_url.is_none() && read.base_url.is_none())),
        ("tenant_id", login && token_url.is_none() && read.tenant_id.is_none()),
        ("client_id", login && read.client_id.is_none()),
        ("client_secret", login && client_secret.is_none()),
    ];
    let missing: Vec<_> =
        missing.iter().filter(|(_, gone)| *gone).map(|(name, _)| format!("`{name}`")).collect();
    let message = format!("the optimizer has no {}", missing.join(", "));
    let hint = "add them (APPD_BASE_URL, APPD_TENANT_ID, APPD_CLIENT_ID, APPD_CLIENT_SECRET), or a `connection_file`";
    problems.push(section.problem("optimizer_id", &message, hint));
    None
}
