//! Signatures beside what they sign: in a registry, where cosign puts them and looks for them.
//!
//! They are kept twice, as the layers of one manifest: under the tag `sha256-<digest>.sig`, which every version of
//! cosign reads, and as a referrer of OCI 1.1, which moves along with the artifact. The signature itself is an annotation
//! of the layer, and what is signed is the layer's content.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;
use thiserror::Error;

use super::payload::PAYLOAD_MAX;
use super::{KeyError, Signature, SigningKey, statement};
use crate::digest::Digest;
use crate::manifest::{Descriptor, Manifest, media};
use crate::policy::SIGNATURES_MAX;
use crate::reference::{Reference, ReferenceError};
use crate::registry::{Registry, RegistryError};

/// What a layer with something signed is.
const LAYER: &str = "application/vnd.dev.cosign.simplesigning.v1+json";
/// The annotation of the layer with the signature in Base64.
const SIGNATURE: &str = "dev.cosignproject.cosign/signature";
/// What a referrer with signatures is.
const ARTIFACT: &str = "application/vnd.dev.cosign.artifact.sig.v1+json";
/// What a referrer with a bundle is, and its layer: version and parameters follow.
const BUNDLE: &str = "application/vnd.dev.sigstore.bundle";
/// The version of it that is written.
const BUNDLE_NOW: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
/// What the manifest under the tag says its configuration is: cosign makes an image without files.
const IMAGE_CONFIG: &str = "application/vnd.oci.image.config.v1+json";
/// The largest bundle that is read; usual ones have some thousand bytes.
const BUNDLE_MAX: u64 = 512 << 10;

/// The most layers that are looked at for one artifact: what is signed once is there twice.
const LAYERS_MAX: usize = 2 * SIGNATURES_MAX;

/// Signatures cannot be kept or found.
#[derive(Debug, Error)]
pub enum SignatureError {
    /// The registry.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// There are no random numbers to sign with.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The tag for signatures is none.
    #[error(transparent)]
    Reference(#[from] ReferenceError),
}

/// A manifest with signatures, and the content that it refers to.
#[derive(Debug)]
pub(crate) struct SignatureArtifact {
    pub(crate) manifest: Manifest,
    pub(crate) blobs: Vec<Vec<u8>>,
}

/// Signs the artifact with this digest in the repository of the reference, and puts the signature beside it and beside
/// those that are there already. Where this key signed it before, that signature stays and is put back where it is
/// missing, so that signing again changes nothing.
///
/// Of two that sign one artifact at the same moment, one can be lost: registries cannot compare and swap. Signing again
/// puts it back.
///
/// # Errors
/// The registry does not have the artifact or does not take the signature, or the system gives no random numbers.
pub async fn publish(
    registry: &Registry,
    reference: &Reference,
    digest: &Digest,
    key: &SigningKey,
) -> Result<Signature, SignatureError> {
    let signed = registry.manifest(&reference.at(*digest)).await?;
    let mut all = find(registry, reference, digest).await?;
    all.retain(Signature::is_simple);
    let before = all.iter().position(|one| one.verify(key.public(), digest).is_ok());
    let ours = match before {
        Some(at) => all.remove(at),
        None => super::sign(key, reference, digest)?,
    };
    all.truncate(SIGNATURES_MAX - 1);
    all.push(ours.clone());
    all.sort_by(|a, b| a.signature().cmp(b.signature()));
    let tag = SignatureArtifact::new(&all);
    for blob in &tag.blobs {
        registry.push_blob(reference, blob).await?;
    }
    let name = reference.tagged(&tag_of(digest))?;
    registry.push_manifest(&name, &tag.manifest.to_bytes(), media::MANIFEST).await?;
    let subject = Descriptor::new(&signed.media_type, *digest, signed.bytes.len() as u64);
    let mut config = tag.manifest.config().clone();
    // Registries before OCI 1.1 take the type of an artifact from here.
    config.media_type = ARTIFACT.to_owned();
    let referrer = Manifest::new(config, tag.manifest.layers().to_vec(), BTreeMap::new());
    let bytes = referrer.with_subject(subject, ARTIFACT).to_bytes();
    let name = reference.at(Digest::of(&bytes));
    registry.push_manifest(&name, &bytes, media::MANIFEST).await?;
    Ok(ours)
}

/// The signatures of the manifest with this digest: under the tag, and as referrers in cosign's older and newer form.
/// None is verified. What is no signature is passed over; at most 128 are looked at, within half a minute. Where a
/// registry has no lists of referrers, or does not let us see them, what is under the tag is all there is.
///
/// # Errors
/// The registry does not answer.
pub async fn find(
    registry: &Registry,
    reference: &Reference,
    digest: &Digest,
) -> Result<Vec<Signature>, SignatureError> {
    let doing = format!("list the signatures of {reference}");
    registry.briefly(&doing, reference, all(registry, reference, digest)).await
}

async fn all(
    registry: &Registry,
    reference: &Reference,
    digest: &Digest,
) -> Result<Vec<Signature>, SignatureError> {
    let mut found = Found::default();
    found.look(registry, reference, &reference.tagged(&tag_of(digest))?).await?;
    let referrers = match registry.referrers(reference, digest, None).await {
        Ok(referrers) => referrers,
        // A signature that is not seen can only make that something is refused.
        Err(error) if !error.is_passing() && !found.signatures.is_empty() => {
            tracing::debug!("only the signatures under the tag are known: {error}");
            return Ok(found.signatures);
        }
        Err(error) => return Err(error.into()),
    };
    let is_ours = |entry: &&Descriptor| {
        let kind = entry.artifact_type.as_deref().unwrap_or_default();
        // Of a registry before OCI 1.1, a bundle has the type of its empty configuration.
        kind == ARTIFACT || kind == media::EMPTY || kind.starts_with(BUNDLE)
    };
    for entry in referrers.iter().filter(is_ours).rev().take(SIGNATURES_MAX) {
        found.look(registry, reference, &reference.at(entry.digest)).await?;
    }
    Ok(found.signatures)
}

/// Signatures, and how many layers were looked at to find them.
#[derive(Default)]
struct Found {
    signatures: Vec<Signature>,
    looked_at: usize,
}

impl Found {
    /// Adds what is in the manifest at this place.
    async fn look(
        &mut self,
        registry: &Registry,
        reference: &Reference,
        place: &Reference,
    ) -> Result<(), SignatureError> {
        if self.looked_at >= LAYERS_MAX {
            return Ok(());
        }
        let Some(fetched) = unless_missing(registry.manifest(place).await)? else { return Ok(()) };
        let Ok(manifest) = Manifest::parse(&fetched.bytes) else {
            tracing::debug!("{place} is passed over: it is no manifest with signatures");
            return Ok(());
        };
        for layer in manifest.layers().iter().rev() {
            let Some(max) = largest(layer) else { continue };
            if self.looked_at >= LAYERS_MAX {
                break;
            }
            self.looked_at += 1;
            let Some(content) = unless_missing(registry.small_blob(reference, layer, max).await)? else {
                continue;
            };
            let signature = signature_in(layer, content);
            self.signatures.extend(signature.filter(|one| !self.signatures.contains(one)));
        }
        Ok(())
    }
}

/// The tag under which the signatures of this manifest are.
pub(crate) fn tag_of(digest: &Digest) -> String {
    format!("sha256-{}.sig", digest.hex())
}

impl SignatureArtifact {
    /// The manifest that has these signatures.
    pub(crate) fn new(signatures: &[Signature]) -> Self {
        let mut layers = Vec::new();
        let mut blobs = Vec::new();
        for one in signatures {
            let (layer, content) = if one.is_simple() {
                let mut layer = Descriptor::of(LAYER, one.payload());
                layer.annotations.insert(SIGNATURE.to_owned(), BASE64_STANDARD.encode(one.signature()));
                (layer, one.payload().to_vec())
            } else {
                let bundle = statement::to_bundle(one);
                (Descriptor::of(BUNDLE_NOW, &bundle), bundle)
            };
            layers.push(layer);
            blobs.push(content);
        }
        let digests: Vec<Digest> = layers.iter().map(|layer| layer.digest).collect();
        let created = json!({"created": "0001-01-01T00:00:00Z"});
        let config = json!({
            "architecture": "",
            "created": "0001-01-01T00:00:00Z",
            "history": vec![created; digests.len()],
            "os": "",
            "rootfs": {"type": "layers", "diff_ids": digests},
            "config": {},
        });
        let config = config.to_string().into_bytes();
        let manifest = Manifest::new(Descriptor::of(IMAGE_CONFIG, &config), layers, BTreeMap::new());
        blobs.push(config);
        Self { manifest, blobs }
    }
}

/// How long the content of this layer may be, when it is something signed.
pub(crate) fn largest(layer: &Descriptor) -> Option<u64> {
    let kind = &layer.media_type;
    let max = if kind == LAYER {
        PAYLOAD_MAX as u64
    } else if kind.starts_with(BUNDLE) {
        BUNDLE_MAX
    } else {
        return None;
    };
    (layer.size <= max).then_some(max)
}

/// The signature that this layer is, if it is one.
pub(crate) fn signature_in(layer: &Descriptor, content: Vec<u8>) -> Option<Signature> {
    if layer.media_type.starts_with(BUNDLE) {
        return statement::from_bundle(&content).ok();
    }
    let signature = BASE64_STANDARD.decode(layer.annotations.get(SIGNATURE)?).ok()?;
    Some(Signature::new(content, signature))
}

/// What is not there, or is not what it should be, is no signature; a registry that does not answer is an error.
fn unless_missing<T>(answer: Result<T, RegistryError>) -> Result<Option<T>, RegistryError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(
            error @ (RegistryError::NotFound { .. }
            | RegistryError::Manifest { .. }
            | RegistryError::Altered { .. }
            | RegistryError::Length { .. }
            | RegistryError::TooLarge { .. }),
        ) => {
            tracing::debug!("no signature: {error}");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}
