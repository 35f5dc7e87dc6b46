//! Getting manifests and blobs.

use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use reqwest::Response;

use super::error::RegistryError;
use super::http::{Answer, Ask, Body};
use super::retry::Retries;
use super::{Progress, Registry};
use crate::digest::Digest;
use crate::manifest::{Descriptor, Index, MANIFEST_MAX, Manifest, ManifestError, media};
use crate::reference::Reference;
use crate::sink::Sink;

/// How many bytes must have come for what failed before not to count.
const PROGRESS: u64 = 64 << 10;
/// A blob is tried again so much more often than anything else: there is more to lose.
const FACTOR: u32 = 2;

/// A manifest or an index as a registry keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Their digest: the one that was asked for, if one was.
    pub digest: Digest,
    /// What it is: a manifest or an index.
    pub media_type: String,
    /// The index that led to it, when that is what was asked for.
    pub index: Option<Digest>,
}

impl Registry {
    /// The manifest, or the index, that a reference names; verified when the reference has a digest.
    ///
    /// # Errors
    /// The registry does not give it, it is something else or not what its digest says, or the reference names
    /// neither tag nor digest.
    pub async fn manifest(&self, reference: &Reference) -> Result<Fetched, RegistryError> {
        self.within(&format!("look up {reference}"), reference, self.get_manifest(reference)).await
    }

    /// The manifest of the component that a reference names, looked up in the index if it names one; then both digests
    /// are told.
    ///
    /// # Errors
    /// As [`Registry::manifest`], and when there is no component.
    pub async fn resolve(&self, reference: &Reference) -> Result<(Fetched, Manifest), RegistryError> {
        let wrong = |source| RegistryError::Manifest { reference: reference.to_string(), source };
        let mut fetched = self.manifest(reference).await?;
        if matches!(&*fetched.media_type, media::INDEX | media::DOCKER_LIST) {
            let index = Index::parse(&fetched.bytes).map_err(wrong)?;
            let entry = index.component().map_err(wrong)?;
            let index = Some(fetched.digest);
            fetched = Fetched { index, ..self.manifest(&reference.at(entry.digest)).await? };
        }
        let manifest = Manifest::parse(&fetched.bytes).map_err(wrong)?;
        manifest.component().map_err(wrong)?;
        Ok((fetched, manifest))
    }

    /// Gives a blob to `sink`, and goes on where the sink is when the line breaks. Tells `progress` how many bytes the
    /// sink has. That the digest is right is for the sink to prove, which sees every byte anyway.
    ///
    /// # Errors
    /// The registry does not give it or gives another length, or the sink cannot keep it.
    pub async fn blob(
        &self,
        reference: &Reference,
        descriptor: &Descriptor,
        sink: &mut impl Sink,
        progress: Progress<'_>,
    ) -> Result<(), RegistryError> {
        let doing = format!("pull {} of {reference}", descriptor.digest);
        self.within(&doing, reference, async {
            let path = format!("blobs/{}", descriptor.digest);
            let mut ask = self.get(reference, &path, descriptor.size, &doing)?;
            ask.headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
            let mut retries = Retries::new(&self.http.options, FACTOR);
            let mut farthest = sink.written();
            while sink.written() < descriptor.size {
                if let Err(error) = self.rest(&mut ask, descriptor, sink, progress).await {
                    if sink.written() >= farthest + PROGRESS {
                        farthest = sink.written();
                        retries.reset();
                    }
                    retries.again(error).await?;
                }
            }
            Ok(())
        })
        .await
    }

    /// A small blob, verified.
    ///
    /// # Errors
    /// As [`Registry::blob`], and when it is larger than `max` bytes or not what its digest says.
    pub async fn small_blob(
        &self,
        reference: &Reference,
        descriptor: &Descriptor,
        max: u64,
    ) -> Result<Vec<u8>, RegistryError> {
        let registry = reference.registry().to_owned();
        let expected = descriptor.digest;
        if descriptor.size > max {
            let doing = format!("pull {expected} of {reference}");
            return Err(RegistryError::TooLarge { registry, doing, max });
        }
        let mut bytes = Vec::new();
        self.blob(reference, descriptor, &mut bytes, &|_| {}).await?;
        let got = Digest::of(&bytes);
        let altered = || RegistryError::Altered { registry, what: "a blob".to_owned(), expected, got };
        if got == expected { Ok(bytes) } else { Err(altered()) }
    }

    pub(super) async fn get_manifest(&self, reference: &Reference) -> Result<Fetched, RegistryError> {
        let name = match (reference.digest(), reference.tag()) {
            (Some(digest), _) => digest.to_string(),
            (None, Some(tag)) => tag.to_owned(),
            (None, None) => return Err(RegistryError::Unnamed { reference: reference.to_string() }),
        };
        let doing = format!("look up {reference}");
        let mut ask = self.get(reference, &format!("manifests/{name}"), MANIFEST_MAX, &doing)?;
        for kind in media::MANIFESTS {
            ask.headers.append(header::ACCEPT, HeaderValue::from_static(kind));
        }
        let answer = self.http.ask(&ask).await?.ok(&ask)?;
        let got = Digest::of(&answer.body);
        let said = answer.header("docker-content-digest").and_then(|said| said.parse().ok());
        let media_type = kind(reference, &answer)?;
        match reference.digest().copied().or(said) {
            Some(expected) if expected != got => Err(RegistryError::Altered {
                registry: reference.registry().to_owned(),
                what: "a manifest".to_owned(),
                expected,
                got,
            }),
            _ => Ok(Fetched { bytes: answer.body, digest: got, media_type, index: None }),
        }
    }

    /// What is to be asked to get something.
    pub(super) fn get<'a>(
        &self,
        reference: &'a Reference,
        path: &str,
        max: u64,
        doing: &str,
    ) -> Result<Ask<'a>, RegistryError> {
        Ok(Ask {
            reference,
            method: Method::GET,
            url: self.http.url(reference, path)?,
            actions: "pull",
            headers: HeaderMap::new(),
            body: Body::Bytes(bytes::Bytes::new()),
            max,
            doing: doing.to_owned(),
        })
    }

    /// One exchange for what the sink does not have yet.
    async fn rest(
        &self,
        ask: &mut Ask<'_>,
        descriptor: &Descriptor,
        sink: &mut impl Sink,
        progress: Progress<'_>,
    ) -> Result<(), RegistryError> {
        let (registry, size) = (ask.reference.registry().to_owned(), descriptor.size);
        let kept = |source| RegistryError::Sink { registry: registry.clone(), source };
        let length =
            |got| RegistryError::Length { registry: registry.clone(), digest: descriptor.digest, size, got };
        ask.headers.remove(header::RANGE);
        if sink.written() > 0 {
            let range = HeaderValue::try_from(format!("bytes={}-", sink.written()));
            ask.headers.extend(range.ok().map(|range| (header::RANGE, range)));
        }
        let mut response = self.http.open(ask).await?;
        match response.status() {
            StatusCode::PARTIAL_CONTENT if begins_at(&response, sink.written()) => {}
            // It sends everything again, or another part than the one that was asked for, or has no parts.
            StatusCode::OK | StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE
                if sink.written() > 0 =>
            {
                sink.restart().map_err(kept)?;
                if response.status() != StatusCode::OK {
                    return Ok(());
                }
            }
            StatusCode::OK => {}
            _ => {
                let max = ask.max;
                let answer = self.http.whole(ask, response, max).await?;
                return Err(answer.error(ask));
            }
        }
        if let Some(rest) = response.content_length()
            && sink.written().saturating_add(rest) != size
        {
            return Err(length(sink.written().saturating_add(rest)));
        }
        let broken = |got, source| RegistryError::Broken {
            registry: registry.clone(),
            digest: descriptor.digest,
            size,
            got,
            source: Box::new(source),
        };
        loop {
            match self.http.chunk(ask, &mut response).await {
                Ok(Some(chunk)) => {
                    let got = sink.written() + chunk.len() as u64;
                    if got > size {
                        return Err(length(got));
                    }
                    sink.write(&chunk).map_err(kept)?;
                    progress(got);
                }
                Ok(None) if sink.written() == size => return Ok(()),
                // An answer that does not say how long it is can end too early without an error.
                Ok(None) => return Err(broken(sink.written(), self.http.ended(ask))),
                Err(error) => return Err(broken(sink.written(), error)),
            }
        }
    }
}

/// What kind of document came.
fn kind(reference: &Reference, answer: &Answer) -> Result<String, RegistryError> {
    let said = answer.header(header::CONTENT_TYPE).unwrap_or_default();
    let said = said.split(';').next().unwrap_or_default().trim();
    if media::MANIFESTS.contains(&said) {
        return Ok(said.to_owned());
    }
    match Manifest::parse(&answer.body) {
        Ok(_) => Ok(media::MANIFEST.to_owned()),
        Err(ManifestError::Kind { .. }) => Ok(media::INDEX.to_owned()),
        Err(_) if said.starts_with("text/") => {
            let why = format!("it answers with `{said}` where a manifest should be");
            Err(RegistryError::NotARegistry { registry: reference.registry().to_owned(), why })
        }
        Err(source) => Err(RegistryError::Manifest { reference: reference.to_string(), source }),
    }
}

fn begins_at(response: &Response, offset: u64) -> bool {
    let range = response.headers().get(header::CONTENT_RANGE).and_then(|range| range.to_str().ok());
    let first = range.and_then(|range| range.strip_prefix("bytes ")?.split('-').next()?.parse().ok());
    offset > 0 && first == Some(offset)
}
