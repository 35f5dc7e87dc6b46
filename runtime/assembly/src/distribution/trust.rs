//! What the policy of a configuration says about one component.

use std::fs;
use std::path::{Component, Path, PathBuf};

use servo_config::{Trust, TrustKey, TrustNeeds, TrustRevoked, TrustRule};
use servo_distribution::policy::{NamedKey, Needs, Pattern, Policy, Revoked, Rule, Signer, Subject, Verdict};
use servo_distribution::signature::{PublicKey, Signature};
use servo_distribution::{Digest, Reference};

use super::{DepotError, Rules};

/// The policy that a configuration describes, with the keys that lie in its files now.
///
/// # Errors
/// A key cannot be read, or a place is none.
pub(super) fn policy(trust: &Trust, folder: &Path) -> Result<Policy, DepotError> {
    let mut rules = Vec::new();
    for TrustRule { places, folder, needs, origin } in &trust.rules {
        let place = origin.to_string();
        let pattern = Pattern::parse(places, &absolute(folder))
            .map_err(|error| DepotError::Trust(format!("{place}: {error}")))?;
        let needs = match needs {
            TrustNeeds::Nothing => Needs::Nothing,
            TrustNeeds::Signature(keys) => Needs::Signature(keys.iter().map(key).collect::<Result<_, _>>()?),
        };
        let real = match &pattern {
            Pattern::File(path) => real(path).map(Pattern::File).filter(|real| *real != pattern),
            Pattern::Registry { .. } => None,
        };
        let rule = |pattern| Rule { pattern, needs: needs.clone(), place: place.clone() };
        rules.extend([Some(pattern), real].into_iter().flatten().map(rule));
    }
    let mut revoked = Vec::new();
    for one in &trust.revoked {
        revoked.push(match one {
            TrustRevoked::Key(file) => Revoked::Key(key(file)?),
            TrustRevoked::Digest { digest, origin } => Revoked::Digest(
                digest.parse().map_err(|error| DepotError::Trust(format!("{origin}: {error}")))?,
            ),
        });
    }
    let policy = Policy::new(rules, revoked).written_in(&absolute(folder));
    for (first, never) in policy.unreachable() {
        tracing::warn!(
            "the rule at {} is never asked: the one at {} is about all of its places, and the first that is decides",
            never.place,
            first.place
        );
    }
    Ok(policy)
}

fn key(TrustKey { name, file, origin }: &TrustKey) -> Result<NamedKey, DepotError> {
    let key = super::sign::read(file)
        .and_then(|text| PublicKey::from_pem(&text).map_err(|error| super::sign::of_key(file, &error)));
    let key = key.map_err(|error| DepotError::Trust(format!("{origin}: {error}")))?;
    Ok(NamedKey { name: name.clone(), key })
}

/// A path from the root, so that a rule is about a file however either of them is written.
fn absolute(path: &Path) -> PathBuf {
    // An empty path is the current folder, which `absolute` does not take for one.
    std::path::absolute(path).or_else(|_| std::path::absolute(".")).unwrap_or_else(|_| path.to_owned())
}

/// The places of a pattern without links: what stands before its first star is looked up.
fn real(pattern: &Path) -> Option<PathBuf> {
    let starred = |part: &Component<'_>| part.as_os_str().as_encoded_bytes().contains(&b'*');
    let fixed: PathBuf = pattern.components().take_while(|part| !starred(part)).collect();
    let rest: PathBuf = pattern.components().skip_while(|part| !starred(part)).collect();
    let real = fs::canonicalize(fixed).ok()?;
    Some(if rest.as_os_str().is_empty() { real } else { real.join(rest) })
}

/// A component that may be used.
#[derive(Clone, Debug, Default)]
pub(crate) struct Judged {
    /// The keys that it was accepted for.
    pub(crate) by: Vec<Signer>,
    /// The rule that accepted it.
    pub(crate) rule: Option<String>,
    /// What should be known about it.
    warning: Option<String>,
}

impl Judged {
    /// The keys, for people.
    pub(crate) fn names(&self) -> Vec<String> {
        self.by.iter().map(ToString::to_string).collect()
    }

    /// Says what should be known.
    pub(crate) fn warn(&self) {
        if let Some(warning) = &self.warning {
            tracing::warn!("{warning}");
        }
    }
}

impl Rules {
    /// Whether an artifact with this component may be used, which is known under these digests: that of its manifest,
    /// and that of the index that led there. What one of them or the component is revoked for is refused, and a
    /// signature of any of them counts.
    pub(crate) fn judge(
        &self,
        reference: &Reference,
        digests: &[Digest],
        component: &Digest,
        signatures: &[Signature],
    ) -> Result<Judged, DepotError> {
        if let Some(revoked) = digests.iter().chain([component]).find(|one| self.policy.is_revoked(one)) {
            return Err(DepotError::Refused {
                why: format!("{reference}, which has {revoked}, is revoked under `trust`"),
                hint: "use another version of it".to_owned(),
            });
        }
        let (mut accepted, mut refused) = (None, None);
        for digest in digests {
            match self.verdict(Subject::Registry(reference), digest, signatures) {
                Ok(judged) if !judged.by.is_empty() => return Ok(judged),
                Ok(judged) => accepted = accepted.or(Some(judged)),
                Err(error) => refused = refused.or(Some(error)),
            }
        }
        match refused {
            Some(refused) => Err(refused),
            None => Ok(accepted.unwrap_or_default()),
        }
    }

    /// Whether signatures of this artifact can change what is said of it.
    pub(crate) fn asks_for_signatures(&self, reference: &Reference) -> bool {
        self.policy.asks_for_signatures(Subject::Registry(reference))
    }

    /// Whether a file with this content may be used.
    pub(crate) fn judge_file(&self, path: &Path, content: &[u8]) -> Result<Judged, DepotError> {
        if !self.has_policy {
            // Nobody asks for its digest, which would take some milliseconds for each 10 MB.
            return Ok(Judged::default());
        }
        let digest = Digest::of(content);
        let written = self.verdict(Subject::File(&absolute(path)), &digest, &[])?;
        // What a link leads to is judged as well, and whichever is stricter counts.
        match fs::canonicalize(path) {
            Ok(real) if written.warning.is_none() => self.verdict(Subject::File(&real), &digest, &[]),
            Ok(real) => self.verdict(Subject::File(&real), &digest, &[]).map(|_| written),
            Err(_) => Ok(written),
        }
    }

    fn verdict(
        &self,
        subject: Subject<'_>,
        digest: &Digest,
        signatures: &[Signature],
    ) -> Result<Judged, DepotError> {
        match self.policy.judge(subject, digest, signatures) {
            Verdict::NoPolicy => Ok(Judged::default()),
            Verdict::Signed { by, rule } => Ok(Judged { by, rule: Some(rule), warning: None }),
            Verdict::Unsigned { rule } => Ok(Judged { rule: Some(rule), ..Judged::default() }),
            Verdict::Warned { why, hint } => {
                Ok(Judged { warning: Some(format!("{why}; {hint}")), ..Judged::default() })
            }
            Verdict::Refused { why, hint } => Err(DepotError::Refused { why, hint }),
        }
    }
}

#[cfg(test)]
mod tests;
