//! Reading an archive into the store.

use std::collections::BTreeMap;
use std::io::{Read, Seek};

use serde::Deserialize;

use super::archive::{Part, Parts};
use super::{LayoutError, NAME, Unpacked};
use crate::digest::Digest;
use crate::manifest::{CONFIG_MAX, Descriptor, Index, MANIFEST_MAX, Manifest, ManifestError, media};
use crate::policy::SIGNATURES_MAX;
use crate::signature::{Signature, artifact};
use crate::store::Hold;

/// The longest `oci-layout`, in bytes; it has 30.
const LAYOUT_MAX: u64 = 4096;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Layout {
    image_layout_version: String,
}

/// Reads all components of an archive into the store, each at most `component_max` bytes long. What is neither a
/// component nor a signature of one is passed over, as long as there is a component.
///
/// # Errors
/// The archive is none, has something in it that no layout has, lacks something or was altered, or the store does not
/// take it. What the store had taken until then stays there, verified and without a name.
pub fn read(
    archive: impl Read + Seek,
    hold: &Hold,
    component_max: u64,
) -> Result<Vec<Unpacked>, LayoutError> {
    let mut parts = Parts::find(archive)?;
    let other = |why: &str| LayoutError::Other(why.to_owned());
    let layout =
        parts.whole(Part::Layout, LAYOUT_MAX)?.ok_or_else(|| other("it has no file `oci-layout`"))?;
    match serde_json::from_slice::<Layout>(&layout) {
        Ok(layout) if layout.image_layout_version.starts_with("1.") => {}
        _ => return Err(other("its file `oci-layout` says something else than version 1")),
    }
    let index =
        parts.whole(Part::Index, MANIFEST_MAX)?.ok_or_else(|| other("it has no file `index.json`"))?;
    let index = Index::parse(&index).map_err(named("index.json"))?;
    let mut found: Vec<Unpacked> = Vec::new();
    let mut signatures: BTreeMap<Digest, Vec<Signature>> = BTreeMap::new();
    let mut passed_over = None;
    for entry in &index.manifests {
        let name = entry.annotations.get(NAME);
        let shown = name.map_or_else(|| entry.digest.to_string(), |name| name.chars().take(300).collect());
        let bytes = match manifest(&mut parts, entry) {
            Ok(bytes) => bytes,
            Err(Problem::Useless(source)) => {
                passed_over.get_or_insert(LayoutError::Manifest { name: shown, source });
                continue;
            }
            Err(Problem::Broken(error)) => return Err(error),
        };
        let manifest = Manifest::parse(&bytes).map_err(named(&shown))?;
        if let Some(signed) = signed_by(&manifest, name) {
            let signatures = signatures.entry(signed).or_default();
            add_signatures(&mut parts, &manifest, signatures)?;
            continue;
        }
        match manifest.component() {
            Ok(component) => {
                let mut one = unpack(&mut parts, hold, &manifest, component, component_max)?;
                one.manifest = hold.put(&bytes)?;
                one.reference = name.and_then(|name| format!("oci://{name}").parse().ok());
                one.name = name.cloned();
                found.push(one);
            }
            Err(source) => {
                passed_over.get_or_insert(LayoutError::Manifest { name: shown, source });
            }
        }
    }
    if found.is_empty() {
        return Err(passed_over.unwrap_or_else(|| other("it lists nothing")));
    }
    for one in &mut found {
        one.signatures = signatures.get(&one.manifest).cloned().unwrap_or_default();
    }
    Ok(found)
}

enum Problem {
    /// It is something else, and others may not be.
    Useless(ManifestError),
    /// The archive is broken.
    Broken(LayoutError),
}

impl From<LayoutError> for Problem {
    fn from(error: LayoutError) -> Self {
        Self::Broken(error)
    }
}

/// The manifest that an entry leads to, through an index if it is one.
fn manifest<R: Read + Seek>(parts: &mut Parts<R>, entry: &Descriptor) -> Result<Vec<u8>, Problem> {
    let mut get = |digest| -> Result<Vec<u8>, LayoutError> {
        let found = parts.whole(Part::Blob(digest), MANIFEST_MAX)?;
        found.ok_or(LayoutError::Incomplete { digest, what: "a manifest" })
    };
    let bytes = get(entry.digest)?;
    let is_index = matches!(&*entry.media_type, media::INDEX | media::DOCKER_LIST);
    if !is_index {
        return match Manifest::parse(&bytes) {
            Ok(_) => Ok(bytes),
            Err(error) => Err(Problem::Useless(error)),
        };
    }
    let index = Index::parse(&bytes).map_err(Problem::Useless)?;
    let digest = index.component().map_err(Problem::Useless)?.digest;
    let bytes = get(digest)?;
    Manifest::parse(&bytes).map_err(Problem::Useless)?;
    Ok(bytes)
}

/// What a manifest has signatures of, if it has any: what it says itself, or what its name says.
fn signed_by(manifest: &Manifest, name: Option<&String>) -> Option<Digest> {
    manifest.layers().iter().find(|layer| artifact::largest(layer).is_some())?;
    if let Some(subject) = manifest.subject() {
        return Some(subject.digest);
    }
    let tag = name?.rsplit(':').next()?;
    let digits = tag.strip_prefix("sha256-")?.strip_suffix(".sig")?;
    format!("sha256:{digits}").parse().ok()
}

fn add_signatures<R: Read + Seek>(
    parts: &mut Parts<R>,
    manifest: &Manifest,
    signatures: &mut Vec<Signature>,
) -> Result<(), LayoutError> {
    for layer in manifest.layers() {
        let Some(max) = artifact::largest(layer) else { continue };
        if signatures.len() >= SIGNATURES_MAX {
            break;
        }
        let content = parts.whole(Part::Blob(layer.digest), max)?;
        let content = content.ok_or(LayoutError::Incomplete { digest: layer.digest, what: "a signature" })?;
        let signature = artifact::signature_in(layer, content);
        signatures.extend(signature.filter(|one| !signatures.contains(one)));
    }
    Ok(())
}

/// Puts everything that a manifest refers to into the store.
fn unpack<R: Read + Seek>(
    parts: &mut Parts<R>,
    hold: &Hold,
    manifest: &Manifest,
    component: &Descriptor,
    component_max: u64,
) -> Result<Unpacked, LayoutError> {
    let config = manifest.config();
    let wanted = [(config, "a configuration", CONFIG_MAX), (component, "a component", component_max)];
    for (descriptor, what, max) in wanted {
        let digest = descriptor.digest;
        if descriptor.size > max {
            return Err(LayoutError::TooLarge {
                what: format!("{digest}, {what},"),
                size: descriptor.size,
                max,
            });
        }
        if hold.store().blob(&digest)?.is_some() {
            continue;
        }
        let mut writer = hold.writer(digest, descriptor.size)?;
        let there =
            parts.each_piece(Part::Blob(digest), |piece| writer.write(piece).map_err(LayoutError::from))?;
        if there.is_none() {
            return Err(LayoutError::Incomplete { digest, what });
        }
        writer.finish()?;
    }
    Ok(Unpacked {
        name: None,
        reference: None,
        manifest: config.digest,
        config: config.digest,
        component: component.digest,
        size: component.size,
        signatures: Vec::new(),
    })
}

fn named(name: &str) -> impl Fn(ManifestError) -> LayoutError + '_ {
    move |source| LayoutError::Manifest { name: name.to_owned(), source }
}
