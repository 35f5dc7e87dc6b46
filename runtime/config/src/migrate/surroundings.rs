//! Variables that ServoX, or what is written about it, has and that do something else now.

use crate::catalogue::Catalogue;
use crate::environment::Environment;
use crate::names::variable;

use super::{Concern, Finding, finding};

/// Variables without `SERVO_` that set fields of ServoX's nested objects, wherever they are, by what they begin with.
const LEAKING: [&str; 6] =
    ["BACKOFF_SETTINGS_", "CHECKS_", "CONTAINER_", "DEPLOYMENT_", "FAST_FAIL_", "TIMEOUTS_"];

/// What there is to know of the variables.
pub(super) fn find(environment: &Environment, catalogue: &Catalogue) -> Vec<Finding> {
    let mut found = Vec::new();
    let [dotenv, process] = environment.layers();
    for (name, set) in process.iter().chain(dotenv.iter().filter(|(name, _)| !process.contains_key(*name))) {
        let origin = set.origin.clone();
        if name == "OPSANI_ID" {
            let message = "OPSANI_ID is only in ServoX's README: OPSANI_OPTIMIZER is what both read";
            found.push(finding(Concern::Decide, origin, "optimizer.id", message));
            continue;
        }
        let of = catalogue.names().find(|one| {
            let prefix = variable([*one]).replacen("SERVO_", "", 1) + "_";
            name.starts_with(&prefix)
        });
        // Those of the process may be anybody's.
        let ours = dotenv.contains_key(name);
        if let Some(connector) = of.filter(|_| ours) {
            let message = format!("nothing reads {name}: SERVO_{name} is what sets a field of `{connector}`");
            found.push(finding(Concern::Decide, origin, connector, message));
        } else if ours && LEAKING.iter().any(|prefix| name.starts_with(prefix)) {
            let message = format!(
                "{name} sets nothing here: ServoX has it set a field of every nested object of that name; only \
                 variables that begin with SERVO_ do"
            );
            found.push(finding(Concern::Unneeded, origin, "", message));
        }
    }
    found
}
