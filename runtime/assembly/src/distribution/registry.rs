//! What is done with registries besides running what is in them: push, pull, look, list, delete.

use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;
use servo_distribution::manifest::{About, Artifact, Manifest};
use servo_distribution::{Digest, Reference};

use super::about::about;
use super::fetch::Held;
use super::meaning::Meant;
use super::{Depot, DepotError, Rules, Transfer};
use crate::inspect::{Inspection, inspect};

/// The most tags that are asked for one by one.
const LOOKED_AT_MAX: usize = 50;

/// An artifact that was published.
#[derive(Clone, Debug, Serialize)]
pub struct Published {
    /// Where it is, with its digest.
    pub reference: String,
    /// The digest of its manifest.
    pub digest: String,
    /// The digest of the component.
    pub component: String,
    /// The size of the component in bytes.
    pub size: usize,
    /// Whether it is a connector.
    pub contract: Option<String>,
}

/// What a tag of a repository is.
#[derive(Clone, Debug, Serialize)]
pub struct Tagged {
    /// The tag.
    pub tag: String,
    /// The digest of its manifest, unless it was not asked for.
    pub digest: Option<String>,
    /// The version that its annotations name.
    pub version: Option<String>,
    /// The version of the contract that its annotations name.
    pub contract: Option<String>,
    /// What it is when it is no component.
    pub problem: Option<String>,
}

/// What a component in a registry or in the store is.
#[derive(Clone, Debug, Serialize)]
pub struct Fetched {
    /// Where it is, with the digest of its manifest.
    pub reference: String,
    /// The digest of its manifest.
    pub manifest: String,
    /// How many signatures it has.
    pub signatures: usize,
    /// The ids of the keys in the policy that signed it.
    pub signed_by: Vec<String>,
    /// What its sections say.
    #[serde(flatten)]
    pub inspection: Inspection,
}

impl Depot {
    /// Publishes a component file. Without the time it was `created`, a second push is the same to the byte.
    ///
    /// # Errors
    /// It is no component, or the registry does not take it.
    pub async fn push(
        &self,
        file: &Path,
        reference: &Reference,
        created: Option<Timestamp>,
    ) -> Result<Published, DepotError> {
        if reference.tag().is_none() || reference.digest().is_some() {
            return Err(DepotError::Usage(format!(
                "`{reference}` is no place to push to; name it by a tag, for example oci://{}/{}:1.0",
                reference.registry(),
                reference.repository()
            )));
        }
        self.log_in([reference])?;
        let inspection = inspect(file).map_err(|error| DepotError::Load(format!("{error:#}")))?;
        let digest = component_digest(&inspection)?;
        let artifact = Artifact::new(digest, inspection.size as u64, &about(&inspection, created));
        let (what, total) = (reference.to_string(), inspection.size as u64);
        let progress = |done| (self.report)(Transfer { what: &what, done, total });
        let manifest = self.registry()?.push(reference, &artifact, file, &progress).await?;
        Ok(Published {
            reference: reference.at(manifest).to_string(),
            digest: manifest.to_string(),
            component: inspection.digest,
            size: inspection.size,
            contract: inspection.contract,
        })
    }

    /// Fetches a component into the store, and into a file if one is named.
    ///
    /// # Errors
    /// It cannot be had, is refused, or the file cannot be written.
    pub async fn pull(
        &self,
        reference: &Reference,
        rules: &Rules,
        output: Option<&Path>,
    ) -> Result<Fetched, DepotError> {
        self.log_in([reference])?;
        let meant = self.newest(reference, rules).await?;
        let held = self.obtain_this(reference, meant, rules).await?;
        self.fetched(held, rules, output).await
    }

    /// What a component in a registry is; nothing of it is compiled, so the policy only says who signed it.
    ///
    /// # Errors
    /// It cannot be had, or is no component.
    pub async fn look(&self, reference: &Reference, rules: &Rules) -> Result<Fetched, DepotError> {
        let none = Rules::unjudged();
        self.log_in([reference])?;
        let meant = self.newest(reference, rules).await?;
        let held = self.obtain_this(reference, meant, &none).await?;
        let record = held.record.clone();
        let mut fetched = self.fetched(held, &none, None).await?;
        let signatures = self.kept_signatures(&record)?;
        let digests = Meant::from(&record).digests();
        if let Ok(judged) = rules.judge(&record.reference, &digests, &record.component, &signatures) {
            fetched.signed_by = judged.names();
        }
        Ok(fetched)
    }

    /// The tags of a repository, with what they are unless `quiet`.
    ///
    /// # Errors
    /// The registry does not list them.
    pub async fn search(&self, repository: &Reference, quiet: bool) -> Result<Vec<Tagged>, DepotError> {
        self.log_in([repository])?;
        let tags = self.registry()?.tags(repository).await?;
        let mut found = Vec::new();
        for (at, tag) in tags.into_iter().filter(|tag| !is_remark(tag)).enumerate() {
            let mut one = Tagged { tag, digest: None, version: None, contract: None, problem: None };
            // The newest are rarely first, but more questions than this are a burden to the registry.
            if !quiet && at < LOOKED_AT_MAX {
                let Ok(reference) = repository.tagged(&one.tag) else { continue };
                match self.registry()?.resolve(&reference).await {
                    Ok((fetched, manifest)) => describe(&mut one, fetched.digest, &manifest),
                    Err(error) if error.is_passing() => return Err(error.into()),
                    Err(error) => one.problem = Some(error.to_string()),
                }
            }
            found.push(one);
        }
        Ok(found)
    }

    /// Removes an artifact from its registry.
    ///
    /// # Errors
    /// It is not there, or the registry does not allow it.
    pub async fn delete(&self, reference: &Reference) -> Result<Digest, DepotError> {
        self.log_in([reference])?;
        // Whatever that is: an index and a signature can be deleted, too.
        let digest = match reference.digest() {
            Some(digest) => *digest,
            None => self.registry()?.manifest(reference).await?.digest,
        };
        self.registry()?.delete(&reference.at(digest)).await?;
        Ok(digest)
    }

    /// What is held, and a copy of it.
    async fn fetched(&self, held: Held, rules: &Rules, output: Option<&Path>) -> Result<Fetched, DepotError> {
        let inspection = self.inspected(&held, rules, output).await?;
        Ok(Fetched {
            reference: held.record.reference.to_string(),
            manifest: held.record.manifest.to_string(),
            signatures: held.signatures,
            signed_by: held.signed_by(),
            inspection,
        })
    }
}

pub(super) fn component_digest(inspection: &Inspection) -> Result<Digest, DepotError> {
    inspection
        .digest
        .parse()
        .map_err(|error: servo_distribution::DigestError| DepotError::Load(error.to_string()))
}

/// Whether a tag only holds what is said about another artifact, such as its signatures.
fn is_remark(tag: &str) -> bool {
    let digest = tag.strip_prefix("sha256-").and_then(|rest| rest.get(..64));
    digest.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn describe(one: &mut Tagged, digest: Digest, manifest: &Manifest) {
    let About { version, contract, .. } = About::read(manifest, None);
    (one.digest, one.version, one.contract) = (Some(digest.to_string()), version, contract);
}
