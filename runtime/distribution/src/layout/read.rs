//! Reading an archive into the store.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Seek};

use serde::Deserialize;

use super::archive::{Part, Parts};
use super::{LayoutError, NAME, Unpacked};
use crate::digest::Digest;
use crate::manifest::{CONFIG_MAX, Descriptor, Index, MANIFEST_MAX, Manifest, ManifestError, media};
use crate::policy::SIGNATURES_MAX;
use crate::reference::Reference;
use crate::signature::{Signature, artifact};
use crate::store::{Hold, StoreError};

/// The longest `oci-layout`, in bytes; it has 30.
const LAYOUT_MAX: u64 = 4096;
/// The most bytes of signatures in one archive; one usually has some hundred.
const SIGNED_MAX: u64 = 16 << 20;
/// What parts are called in errors.
const CONFIG: &str = "a configuration";
const COMPONENT: &str = "a component";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Layout {
    image_layout_version: String,
}

/// Reads all components of an archive into the store that are named by a reference, each at most `component_max` bytes
/// long. What is neither that nor a signature of one is passed over, as long as there is such a component. Everything
/// but the content itself is looked at before anything is stored.
///
/// # Errors
/// The archive is none, has something in it that no layout has, lacks something or was altered, or the store does not
/// take it. Of what was altered nothing is stored; what came before it stays there, verified and without a name.
pub fn read(
    archive: impl Read + Seek,
    hold: &Hold,
    component_max: u64,
) -> Result<Vec<Unpacked>, LayoutError> {
    let mut parts = Parts::find(archive)?;
    let mut listed = Listed::default();
    for (entry, names) in entries(&mut parts)? {
        listed.add(&mut parts, &entry, names, component_max)?;
    }
    let Listed { found, mut signatures, passed_over, is_nameless, .. } = listed;
    if found.is_empty() {
        let nothing = || LayoutError::Other("it lists nothing".to_owned());
        return Err(if is_nameless { LayoutError::Nameless } else { passed_over.unwrap_or_else(nothing) });
    }
    let mut unpacked = Vec::new();
    for (manifest, Planned { config, component, references }) in found {
        unpack(&mut parts, hold, &config, CONFIG)?;
        unpack(&mut parts, hold, &component, COMPONENT)?;
        hold.put(&whole(&mut parts, manifest, MANIFEST_MAX, "a manifest")?)?;
        unpacked.push(Unpacked {
            references: references.into_iter().collect(),
            manifest,
            config: config.digest,
            component: component.digest,
            size: component.size,
            signatures: signatures.remove(&manifest).unwrap_or_default(),
        });
    }
    Ok(unpacked)
}

/// What an archive lists: each thing once, with all its names, in the order of the first ones.
fn entries<R: Read + Seek>(parts: &mut Parts<R>) -> Result<Vec<(Descriptor, Vec<String>)>, LayoutError> {
    let other = |why: &str| LayoutError::Other(why.to_owned());
    let layout =
        parts.whole(Part::Layout, LAYOUT_MAX)?.ok_or_else(|| other("it has no file `oci-layout`"))?;
    match serde_json::from_slice::<Layout>(&layout) {
        Ok(layout) if layout.image_layout_version.starts_with("1.") => {}
        _ => return Err(other("its file `oci-layout` says something else than version 1")),
    }
    let index =
        parts.whole(Part::Index, MANIFEST_MAX)?.ok_or_else(|| other("it has no file `index.json`"))?;
    let index = Index::parse(&index).map_err(|_| other("its file `index.json` is no list of artifacts"))?;
    let mut entries: Vec<(Descriptor, Vec<String>)> = Vec::new();
    let mut known = BTreeMap::new();
    for entry in index.manifests {
        let at = *known.entry(entry.digest).or_insert_with(|| {
            entries.push((entry.clone(), Vec::new()));
            entries.len() - 1
        });
        entries[at].1.extend(entry.annotations.get(NAME).cloned());
    }
    Ok(entries)
}

/// A component that will be unpacked.
struct Planned {
    config: Descriptor,
    component: Descriptor,
    references: BTreeSet<Reference>,
}

/// What was found in an archive, by the digest of the manifest.
#[derive(Default)]
struct Listed {
    found: BTreeMap<Digest, Planned>,
    signatures: BTreeMap<Digest, Vec<Signature>>,
    /// How many bytes of signatures were read.
    signed: u64,
    passed_over: Option<LayoutError>,
    /// Whether a component was passed over because of its name.
    is_nameless: bool,
}

impl Listed {
    fn add<R: Read + Seek>(
        &mut self,
        parts: &mut Parts<R>,
        entry: &Descriptor,
        names: Vec<String>,
        component_max: u64,
    ) -> Result<(), LayoutError> {
        let shown = match names.first() {
            Some(name) => name.chars().take(300).collect(),
            None => entry.digest.to_string(),
        };
        let references: BTreeSet<Reference> =
            names.iter().filter_map(|name| format!("oci://{name}").parse().ok()).collect();
        let digest = match lead(parts, entry) {
            Ok(digest) => digest,
            Err(error) => return self.pass_over(error, shown),
        };
        // Several lists can lead to one manifest.
        if let Some(known) = self.found.get_mut(&digest) {
            known.references.extend(references);
            return Ok(());
        }
        let bytes = whole(parts, digest, MANIFEST_MAX, "a manifest")?;
        let manifest = match Manifest::parse(&bytes) {
            Ok(manifest) => manifest,
            Err(error) => return self.pass_over(Problem::Useless(error), shown),
        };
        if let Some(signed) = signed_by(&manifest, &names) {
            return self.add_signatures(parts, &manifest, signed);
        }
        let component = match manifest.component() {
            Ok(component) => component,
            Err(error) => return self.pass_over(Problem::Useless(error), shown),
        };
        check(parts, manifest.config(), CONFIG, CONFIG_MAX)?;
        check(parts, component, COMPONENT, component_max)?;
        if references.is_empty() {
            tracing::warn!("{shown} is passed over: no reference names it");
            self.is_nameless = true;
            return Ok(());
        }
        let (config, component) = (manifest.config().clone(), component.clone());
        self.found.insert(digest, Planned { config, component, references });
        Ok(())
    }

    fn pass_over(&mut self, problem: Problem, name: String) -> Result<(), LayoutError> {
        match problem {
            Problem::Useless(source) => {
                self.passed_over.get_or_insert(LayoutError::Manifest { name, source });
                Ok(())
            }
            Problem::Broken(error) => Err(error),
        }
    }

    fn add_signatures<R: Read + Seek>(
        &mut self,
        parts: &mut Parts<R>,
        manifest: &Manifest,
        signed: Digest,
    ) -> Result<(), LayoutError> {
        let signatures = self.signatures.entry(signed).or_default();
        for layer in manifest.layers() {
            let Some(max) = artifact::largest(layer) else { continue };
            if signatures.len() >= SIGNATURES_MAX {
                break;
            }
            let content = whole(parts, layer.digest, max, "a signature")?;
            self.signed += content.len() as u64;
            if self.signed > SIGNED_MAX {
                let what = "what signs the components".to_owned();
                return Err(LayoutError::TooLarge { what, size: self.signed, max: SIGNED_MAX });
            }
            let signature = artifact::signature_in(layer, content);
            signatures.extend(signature.filter(|one| !signatures.contains(one)));
        }
        Ok(())
    }
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
fn lead<R: Read + Seek>(parts: &mut Parts<R>, entry: &Descriptor) -> Result<Digest, Problem> {
    if !matches!(&*entry.media_type, media::INDEX | media::DOCKER_LIST) {
        return Ok(entry.digest);
    }
    let bytes = whole(parts, entry.digest, MANIFEST_MAX, "a manifest")?;
    let index = Index::parse(&bytes).map_err(Problem::Useless)?;
    Ok(index.component().map_err(Problem::Useless)?.digest)
}

/// What a manifest has signatures of, if it has any: what it says itself, or what its name says.
fn signed_by(manifest: &Manifest, names: &[String]) -> Option<Digest> {
    manifest.layers().iter().find(|layer| artifact::largest(layer).is_some())?;
    if let Some(subject) = manifest.subject() {
        return Some(subject.digest);
    }
    names.iter().find_map(|name| {
        let digits = name.rsplit(':').next()?.strip_prefix("sha256-")?.strip_suffix(".sig")?;
        format!("sha256:{digits}").parse().ok()
    })
}

/// Small content that must be there, verified.
fn whole<R: Read + Seek>(
    parts: &mut Parts<R>,
    digest: Digest,
    max: u64,
    what: &'static str,
) -> Result<Vec<u8>, LayoutError> {
    parts.whole(Part::Blob(digest), max)?.ok_or(LayoutError::Incomplete { digest, what })
}

/// Whether content is there and as long as it should be.
fn check<R: Read + Seek>(
    parts: &Parts<R>,
    descriptor: &Descriptor,
    what: &'static str,
    max: u64,
) -> Result<(), LayoutError> {
    let Descriptor { digest, size, .. } = *descriptor;
    if size > max {
        return Err(LayoutError::TooLarge { what: format!("{digest}, {what},"), size, max });
    }
    match parts.size(Part::Blob(digest)) {
        None => Err(LayoutError::Incomplete { digest, what }),
        Some(got) if got != size => Err(StoreError::Length { digest, size, got }.into()),
        Some(_) => Ok(()),
    }
}

/// Puts content into the store.
fn unpack<R: Read + Seek>(
    parts: &mut Parts<R>,
    hold: &Hold,
    descriptor: &Descriptor,
    what: &'static str,
) -> Result<(), LayoutError> {
    let digest = descriptor.digest;
    if hold.store().blob(&digest)?.is_some() {
        return Ok(());
    }
    let mut writer = hold.writer(digest, descriptor.size)?;
    let there =
        parts.each_piece(Part::Blob(digest), |piece| writer.write(piece).map_err(LayoutError::from))?;
    if there.is_none() {
        return Err(LayoutError::Incomplete { digest, what });
    }
    Ok(writer.finish()?)
}
