//! What the sections of a component say, as the annotations of its artifact.

use jiff::Timestamp;
use servo_distribution::manifest::About;

use crate::inspect::Inspection;

pub(super) fn about(inspection: &Inspection, created: Option<Timestamp>) -> About {
    let metadata = inspection.metadata.clone();
    About {
        title: metadata.name,
        version: metadata.version,
        description: metadata.description,
        licenses: metadata.licenses,
        source: metadata.source,
        authors: metadata.authors,
        url: metadata.homepage,
        revision: metadata.revision,
        created,
        contract: inspection.contract.clone(),
        exports: inspection.exports.clone(),
        imports: inspection.imports.clone(),
    }
}
