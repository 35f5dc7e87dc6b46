//! What there is in a repository: tags, and what is said about an artifact.

use http::StatusCode;
use reqwest::Url;
use serde::Deserialize;

use super::error::RegistryError;
use super::http::{Answer, Ask, next};
use super::options::RegistryOptions;
use super::{Registry, link};
use crate::digest::Digest;
use crate::manifest::{Descriptor, Index, MANIFEST_MAX, media};
use crate::reference::Reference;

/// The most tags that are listed.
const TAGS_MAX: usize = 10_000;
/// The most statements about one artifact.
const REFERRERS_MAX: usize = 10_000;
/// How many tags a page should have.
const PAGE: usize = 1000;
/// The most pages: a registry may choose smaller ones.
const PAGES_MAX: usize = 200;
/// The largest page.
const PAGE_MAX: u64 = 4 << 20;

/// What registries older than OCI 1.1 answer when they are asked for such a list, or what stands before them.
const HAS_NO_LISTS: [StatusCode; 4] = [
    StatusCode::BAD_REQUEST,
    StatusCode::NOT_FOUND,
    StatusCode::METHOD_NOT_ALLOWED,
    StatusCode::NOT_IMPLEMENTED,
];

#[derive(Deserialize)]
struct Tags {
    // A repository from which everything was deleted has `null`.
    tags: Option<Vec<String>>,
}

impl Registry {
    /// The tags of a repository, sorted as text. What cannot be a tag is left out.
    ///
    /// # Errors
    /// The registry does not give them, or there are more than 10,000.
    pub async fn tags(&self, reference: &Reference) -> Result<Vec<String>, RegistryError> {
        let doing = format!("list the tags of {}/{}", reference.registry(), reference.repository());
        self.briefly(&doing, reference, async {
            let mut found = Vec::new();
            let mut ask = self.get(reference, &format!("tags/list?n={PAGE}"), PAGE_MAX, &doing)?;
            for _ in 0..PAGES_MAX {
                let answer = self.http.ask(&ask).await?.ok(&ask)?;
                let page: Tags = serde_json::from_slice(&answer.body).map_err(|_| {
                    let why = "it answers with something else than a list of tags".to_owned();
                    RegistryError::NotARegistry { registry: reference.registry().to_owned(), why }
                })?;
                // What is no tag may be anything, and is shown on terminals.
                let is_tag = |tag: &String| reference.tagged(tag).is_ok();
                found.extend(page.tags.unwrap_or_default().into_iter().filter(is_tag));
                match following(&self.http.options, &ask, &answer)? {
                    Some(url) if found.len() <= TAGS_MAX => ask.url = url,
                    _ => break,
                }
            }
            found.sort_unstable();
            found.dedup();
            at_most(reference, "tags", found, TAGS_MAX)
        })
        .await
    }

    /// The manifests in the repository that say something about the artifact with this digest, such as signatures;
    /// only those of this type, if one is given. Registries older than OCI 1.1 keep them in a list under a tag.
    ///
    /// # Errors
    /// The registry does not give them, or there are more than 10,000.
    pub async fn referrers(
        &self,
        reference: &Reference,
        subject: &Digest,
        artifact_type: Option<&str>,
    ) -> Result<Vec<Descriptor>, RegistryError> {
        let doing = format!("list what is said about {subject} of {reference}");
        self.briefly(&doing, reference, async {
            let mut found = Vec::new();
            let mut ask = self.get(reference, &format!("referrers/{subject}"), MANIFEST_MAX, &doing)?;
            if let Some(kind) = artifact_type {
                ask.url.query_pairs_mut().append_pair("artifactType", kind);
            }
            for page in 0..PAGES_MAX {
                let answer = self.http.ask(&ask).await?;
                if page == 0 && HAS_NO_LISTS.contains(&answer.status) {
                    found = self.fallback(reference, subject).await?.manifests;
                    break;
                }
                let answer = answer.ok(&ask)?;
                found.extend(parse(reference, &answer.body)?.manifests);
                match following(&self.http.options, &ask, &answer)? {
                    Some(url) if found.len() <= REFERRERS_MAX => ask.url = url,
                    _ => break,
                }
            }
            // Registries need not choose.
            found.retain(|entry| artifact_type.is_none() || entry.artifact_type.as_deref() == artifact_type);
            at_most(reference, "statements about one artifact", found, REFERRERS_MAX)
        })
        .await
    }

    /// Adds a statement about an artifact to the list that stands in for the registry's own.
    pub(super) async fn add_to_fallback(
        &self,
        reference: &Reference,
        subject: &Digest,
        entry: Descriptor,
    ) -> Result<(), RegistryError> {
        let mut index = self.fallback(reference, subject).await?;
        if index.manifests.iter().any(|known| known.digest == entry.digest) {
            return Ok(());
        }
        index.manifests.push(entry);
        let tag = fallback_tag(subject);
        self.put_manifest(reference, &tag, &index.to_bytes(), media::INDEX).await.map(drop)
    }

    /// The list that stands in for the registry's own; empty when there is none.
    async fn fallback(&self, reference: &Reference, subject: &Digest) -> Result<Index, RegistryError> {
        let wrong = |why| RegistryError::Setup { why };
        let at = reference.tagged(&fallback_tag(subject)).map_err(|error| wrong(error.to_string()))?;
        match self.get_manifest(&at).await {
            Ok(fetched) => parse(&at, &fetched.bytes),
            Err(RegistryError::NotFound { .. }) => Ok(Index::new(Vec::new())),
            Err(error) => Err(error),
        }
    }
}

/// The tag under which statements about an artifact are listed (OCI Distribution Specification 1.1, "Referrers Tag
/// Schema").
fn fallback_tag(subject: &Digest) -> String {
    format!("sha256-{}", subject.hex())
}

fn parse(reference: &Reference, bytes: &[u8]) -> Result<Index, RegistryError> {
    Index::parse(bytes).map_err(|source| RegistryError::Manifest { reference: reference.to_string(), source })
}

/// The next page, if there is one. It is asked for at the registry itself.
fn following(
    options: &RegistryOptions,
    ask: &Ask<'_>,
    answer: &Answer,
) -> Result<Option<Url>, RegistryError> {
    let Some(link) = answer.headers.get(http::header::LINK).and_then(|link| link.to_str().ok()) else {
        return Ok(None);
    };
    let Some(target) = link::next(link).and_then(|target| http::HeaderValue::from_str(target).ok()) else {
        return Ok(None);
    };
    let url = next(options, ask, &answer.url, &target)?;
    // A list that leads to itself has no end.
    Ok(Some(url).filter(|url| *url != ask.url && url.origin() == ask.url.origin()))
}

fn at_most<T>(
    reference: &Reference,
    what: &'static str,
    found: Vec<T>,
    max: usize,
) -> Result<Vec<T>, RegistryError> {
    let registry = reference.registry().to_owned();
    if found.len() > max { Err(RegistryError::TooLong { registry, what, max }) } else { Ok(found) }
}
