//! Docker's `config.json`: logins in it, and the names of helpers that know them.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::SecretString;
use serde::Deserialize;
use tokio::io::AsyncReadExt as _;

use super::{CredentialsError, Login, helper};

/// The largest `config.json` that is read.
const FILE_MAX: u64 = 1 << 20;
/// What Docker calls its own registry in this file.
const DOCKER_HUB: &str = "https://index.docker.io/v1/";

/// What the file says of registries.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Docker {
    auths: BTreeMap<String, Entry>,
    cred_helpers: BTreeMap<String, String>,
    creds_store: Option<String>,
    #[serde(skip)]
    path: PathBuf,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Entry {
    auth: Option<SecretString>,
    username: Option<String>,
    password: Option<SecretString>,
    identitytoken: Option<SecretString>,
    registrytoken: Option<SecretString>,
}

impl Docker {
    /// Reads the file; nothing when it does not exist.
    pub(super) async fn read(path: &Path) -> Result<Option<Self>, CredentialsError> {
        let unusable = |why: String| CredentialsError::Docker { path: path.to_owned(), why };
        // A pipe may never begin or end, so it is not opened.
        match tokio::fs::metadata(path).await {
            Ok(metadata) if metadata.is_file() => {}
            Ok(_) => return Err(unusable("it is not a file".to_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unusable(error.to_string())),
        }
        let file = tokio::fs::File::open(path).await.map_err(|error| unusable(error.to_string()))?;
        let mut text = Vec::new();
        let read = file.take(FILE_MAX + 1).read_to_end(&mut text).await;
        read.map_err(|error| unusable(error.to_string()))?;
        if text.len() as u64 > FILE_MAX {
            return Err(unusable(format!("it is larger than {FILE_MAX} bytes")));
        }
        // A list would do for the parser, with everything in it missing.
        if !text.trim_ascii_start().starts_with(b"{") {
            return Err(unusable("it is no JSON object".to_owned()));
        }
        // The words of the parser can have a value from the file in them; line and column do not.
        let docker: Self = serde_json::from_slice(&text).map_err(|error| {
            unusable(format!("it is not of its form at line {} column {}", error.line(), error.column()))
        })?;
        Ok(Some(Self { path: path.to_owned(), ..docker }))
    }

    /// The login for a registry: of its own helper, of the helper for all, of the file.
    pub(super) async fn login(&self, registry: &str) -> Result<Option<Login>, CredentialsError> {
        let names = names(registry);
        let helper = names.iter().find_map(|name| self.cred_helpers.get(name));
        if let Some(helper) = helper.or(self.creds_store.as_ref()) {
            let server = names.first().map_or(registry, String::as_str);
            if let Some(login) = helper::get(helper, server).await? {
                return Ok(Some(login));
            }
        }
        let entry = self.auths.iter().find(|(name, _)| names.iter().any(|known| known == host(name)));
        entry.map_or(Ok(None), |(_, entry)| self.of_entry(registry, entry))
    }

    fn of_entry(&self, registry: &str, entry: &Entry) -> Result<Option<Login>, CredentialsError> {
        use secrecy::ExposeSecret as _;
        let given = |token: &&SecretString| !token.expose_secret().is_empty();
        if let Some(token) = entry.registrytoken.as_ref().filter(given) {
            return Ok(Some(Login::Token(token.clone())));
        }
        if let Some(token) = entry.identitytoken.as_ref().filter(given) {
            return Ok(Some(Login::Identity(token.clone())));
        }
        if let Some(auth) = entry.auth.as_ref().filter(given) {
            let decoded = STANDARD.decode(auth.expose_secret().trim()).ok();
            // Docker ends some with a zero byte.
            let text = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
            let login = text.and_then(|text| Login::password(text.trim_end_matches('\0')));
            return login.map(Some).ok_or_else(|| CredentialsError::Docker {
                path: self.path.clone(),
                why: format!("`auth` of `{registry}` is not USER:PASSWORD in base64"),
            });
        }
        let login = entry.username.clone().zip(entry.password.clone());
        Ok(login.map(|(user, password)| Login::Password { user, password }))
    }
}

/// What a registry is called in the file, most usual name first.
pub(super) fn names(registry: &str) -> Vec<String> {
    match registry {
        "docker.io" | "index.docker.io" | "registry-1.docker.io" => {
            [DOCKER_HUB, "index.docker.io", "docker.io", "registry-1.docker.io"].map(str::to_owned).into()
        }
        _ => vec![registry.to_owned()],
    }
}

/// Host and port of what may be a URL.
fn host(name: &str) -> &str {
    let name = name.strip_prefix("https://").or_else(|| name.strip_prefix("http://")).unwrap_or(name);
    name.split('/').next().unwrap_or(name)
}
