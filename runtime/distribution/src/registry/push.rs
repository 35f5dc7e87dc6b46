//! Putting artifacts into a registry, and taking them out.

use std::path::Path;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use super::error::RegistryError;
use super::http::{Answer, Ask, Body, next};
use super::retry::Retries;
use super::upload::{Upload, unreadable};
use super::{Progress, Registry};
use crate::digest::Digest;
use crate::manifest::{Artifact, Descriptor, MANIFEST_MAX, Manifest, media};
use crate::reference::Reference;

/// The most that is read of an answer to something that was sent.
const ANSWER_MAX: u64 = 64 << 10;
/// What a token must allow.
const PUSH: &str = "pull,push";
const DELETE: &str = "pull,delete";

/// Where the bytes of a blob are.
#[derive(Clone, Copy)]
enum Source<'a> {
    Bytes(&'a [u8]),
    File(&'a Path, Progress<'a>),
}

impl Registry {
    /// Pushes an artifact: its component from this file, then what describes it, and at last its name. What the
    /// registry has already is not sent again. Gives the digest of the manifest, which a second push finds again.
    ///
    /// # Errors
    /// The registry does not take it, the file is not the component, or the reference names neither tag nor digest.
    pub async fn push(
        &self,
        reference: &Reference,
        artifact: &Artifact,
        component: &Path,
        progress: Progress<'_>,
    ) -> Result<Digest, RegistryError> {
        let digest = Digest::of(&artifact.manifest);
        if reference.tag().is_none() && reference.digest().is_none() {
            return Err(RegistryError::Unnamed { reference: reference.to_string() });
        }
        if reference.digest().is_some_and(|pinned| *pinned != digest) {
            return Err(RegistryError::Pinned { reference: reference.to_string(), got: digest });
        }
        self.within(&format!("push {reference}"), reference, async {
            let length =
                tokio::fs::metadata(component).await.map_err(|error| unreadable(component, &error))?.len();
            let Descriptor { digest: expected, size, .. } = artifact.component;
            if length != size {
                let why = format!("it has {length} bytes, and what is to be pushed has {size}");
                return Err(RegistryError::Source { path: component.to_owned(), why });
            }
            self.put_blob(reference, expected, size, Source::File(component, progress)).await?;
            let config = &artifact.config;
            self.put_blob(reference, Digest::of(config), config.len() as u64, Source::Bytes(config)).await?;
            let name = reference.tag().map_or_else(|| digest.to_string(), str::to_owned);
            self.put_manifest(reference, &name, &artifact.manifest, media::MANIFEST).await
        })
        .await
    }

    /// Pushes a small blob.
    ///
    /// # Errors
    /// The registry does not take it.
    pub async fn push_blob(&self, reference: &Reference, content: &[u8]) -> Result<Digest, RegistryError> {
        let digest = Digest::of(content);
        let put = self.put_blob(reference, digest, content.len() as u64, Source::Bytes(content));
        self.within(&format!("push {digest} to {reference}"), reference, put).await?;
        Ok(digest)
    }

    /// Pushes a manifest under the reference's tag, or only under its own digest when the reference has no tag or has
    /// that digest. When it says something about another artifact and the registry keeps no such list, the list under
    /// the tag that stands in for it is kept here.
    ///
    /// # Errors
    /// The registry does not take it, or the reference has another digest.
    pub async fn push_manifest(
        &self,
        reference: &Reference,
        bytes: &[u8],
        media_type: &'static str,
    ) -> Result<Digest, RegistryError> {
        let digest = Digest::of(bytes);
        let name = match (reference.digest(), reference.tag()) {
            (Some(pinned), _) if *pinned != digest => {
                return Err(RegistryError::Pinned { reference: reference.to_string(), got: digest });
            }
            (None, Some(tag)) => tag.to_owned(),
            _ => digest.to_string(),
        };
        let put = self.put_manifest(reference, &name, bytes, media_type);
        self.within(&format!("push {reference}"), reference, put).await
    }

    /// Removes the manifest that a reference names, with all tags that lead to it.
    ///
    /// # Errors
    /// The registry does not do it, or the reference names neither tag nor digest.
    pub async fn delete(&self, reference: &Reference) -> Result<(), RegistryError> {
        let doing = format!("delete {reference}");
        self.within(&doing, reference, async {
            let digest = match reference.digest() {
                Some(digest) => *digest,
                None => self.get_manifest(reference).await?.digest,
            };
            let mut ask = self.get(reference, &format!("manifests/{digest}"), ANSWER_MAX, &doing)?;
            (ask.method, ask.actions) = (Method::DELETE, DELETE);
            self.http.ask(&ask).await?.ok(&ask).map(drop)
        })
        .await
    }

    pub(super) async fn put_manifest(
        &self,
        reference: &Reference,
        name: &str,
        bytes: &[u8],
        media_type: &'static str,
    ) -> Result<Digest, RegistryError> {
        let digest = Digest::of(bytes);
        let doing = format!("push {reference}");
        if bytes.len() as u64 > MANIFEST_MAX {
            let registry = reference.registry().to_owned();
            return Err(RegistryError::TooLarge { registry, doing, max: MANIFEST_MAX });
        }
        let mut ask = self.get(reference, &format!("manifests/{name}"), ANSWER_MAX, &doing)?;
        (ask.method, ask.actions) = (Method::PUT, PUSH);
        ask.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
        ask.body = Body::Bytes(Bytes::copy_from_slice(bytes));
        let answer = self.http.ask(&ask).await?.ok(&ask)?;
        kept(reference, &answer, digest)?;
        if media_type == media::MANIFEST
            && answer.header("oci-subject").is_none()
            && let Ok(manifest) = Manifest::parse(bytes)
            && let Some(subject) = manifest.subject()
        {
            let mut entry = Descriptor::of(media_type, bytes);
            entry.artifact_type = Some(manifest.artifact_type().to_owned());
            entry.annotations = manifest.annotations().clone();
            Box::pin(self.add_to_fallback(reference, &subject.digest, entry)).await?;
        }
        Ok(digest)
    }

    async fn put_blob(
        &self,
        reference: &Reference,
        digest: Digest,
        size: u64,
        source: Source<'_>,
    ) -> Result<(), RegistryError> {
        let doing = format!("push to {reference}");
        let mut ask = self.get(reference, &format!("blobs/{digest}"), ANSWER_MAX, &doing)?;
        (ask.method, ask.actions) = (Method::HEAD, PUSH);
        // What is there already is what its name says; the registry vouches for that. Of a refusal, the upload says more.
        if !is_there(&self.http.ask(&ask).await?, digest, size) {
            let mut retries = Retries::new(&self.http.options, 1);
            while let Err(error) = self.upload(reference, digest, size, source, &doing).await {
                retries.again(error).await?;
            }
        }
        if let Source::File(_, progress) = source {
            progress(size);
        }
        Ok(())
    }

    /// One upload from its beginning to its end.
    async fn upload(
        &self,
        reference: &Reference,
        digest: Digest,
        size: u64,
        source: Source<'_>,
        doing: &str,
    ) -> Result<(), RegistryError> {
        let mut ask = self.get(reference, "blobs/uploads/", ANSWER_MAX, doing)?;
        (ask.method, ask.actions) = (Method::POST, PUSH);
        let mut answer = self.http.once(&ask).await?.ok(&ask)?;
        taken(reference, &answer)?;
        let octets = HeaderValue::from_static("application/octet-stream");
        ask.headers = HeaderMap::from_iter([(header::CONTENT_TYPE, octets)]);
        let piece = match source {
            Source::File(..) => {
                let least = answer.header("oci-chunk-min-length").and_then(|least| least.parse().ok());
                let piece = self.http.options.piece.filter(|piece| *piece > 0);
                piece.map(|piece| piece.max(least.unwrap_or(0))).filter(|piece| *piece < size)
            }
            Source::Bytes(_) => None,
        };
        if let (Some(piece), Source::File(path, progress)) = (piece, source) {
            ask.method = Method::PATCH;
            let mut offset = 0;
            while offset < size {
                let length = piece.min(size - offset);
                let range = HeaderValue::try_from(format!("{offset}-{}", offset + length - 1));
                ask.headers.extend(range.ok().map(|range| (header::CONTENT_RANGE, range)));
                let upload = Upload::new(path, offset, length, progress);
                let patch =
                    Ask { url: self.location(&ask, &answer)?, body: Body::Upload(&upload), ..ask.clone() };
                answer = self.http.once(&patch).await?.ok(&ask)?;
                taken(reference, &answer)?;
                offset += length;
            }
            ask.headers.remove(header::CONTENT_RANGE);
        }
        ask.url = self.location(&ask, &answer)?;
        ask.url.query_pairs_mut().append_pair("digest", &digest.to_string());
        ask.method = Method::PUT;
        let upload;
        let body = match source {
            Source::File(path, progress) if piece.is_none() => {
                upload = Upload::new(path, 0, size, progress);
                Body::Upload(&upload)
            }
            Source::File(..) => Body::Bytes(Bytes::new()),
            Source::Bytes(bytes) => Body::Bytes(Bytes::copy_from_slice(bytes)),
        };
        let put = Ask { body, ..ask.clone() };
        let answer = self.http.once(&put).await?.ok(&ask)?;
        kept(reference, &answer, digest)
    }

    /// Where an upload goes on.
    fn location(&self, ask: &Ask<'_>, answer: &Answer) -> Result<reqwest::Url, RegistryError> {
        let location = answer.headers.get(header::LOCATION).ok_or_else(|| RegistryError::NotARegistry {
            registry: ask.reference.registry().to_owned(),
            why: "it takes uploads and does not say where".to_owned(),
        })?;
        next(&self.http.options, ask, &answer.url, location)
    }
}

/// Whether an answer to HEAD says that this blob is there. Whatever else answers may answer with success, too.
fn is_there(answer: &Answer, digest: Digest, size: u64) -> bool {
    let length = answer.header(header::CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok());
    let same = match answer.header("docker-content-digest") {
        Some(said) => said.parse() == Ok(digest),
        None => length == Some(size),
    };
    answer.status.is_success() && same && length.is_none_or(|length| length == size)
}

/// Whether a success is one of those that a registry has for what it is sent: 201, 202, of some 204.
fn taken(reference: &Reference, answer: &Answer) -> Result<(), RegistryError> {
    match answer.status {
        StatusCode::CREATED | StatusCode::ACCEPTED | StatusCode::NO_CONTENT => Ok(()),
        status => Err(RegistryError::NotARegistry {
            registry: reference.registry().to_owned(),
            why: format!("it answers with {status} to what it is sent, and does not say that it keeps it"),
        }),
    }
}

/// Whether a registry has kept what it was sent: it says so, and where or by which name, and that is the right one.
fn kept(reference: &Reference, answer: &Answer, expected: Digest) -> Result<(), RegistryError> {
    taken(reference, answer)?;
    let registry = || reference.registry().to_owned();
    let said = answer.header("docker-content-digest").and_then(|said| said.parse::<Digest>().ok());
    match said {
        Some(got) if got != expected => Err(RegistryError::Altered {
            registry: registry(),
            what: "the name of what was pushed".to_owned(),
            expected,
            got,
        }),
        None if answer.header(header::LOCATION).is_none() => Err(RegistryError::NotARegistry {
            registry: registry(),
            why: "it says that it keeps what it is sent, and not where".to_owned(),
        }),
        _ => Ok(()),
    }
}
