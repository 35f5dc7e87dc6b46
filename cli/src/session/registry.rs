//! How registries are talked to: what flags say, then variables, then what Docker knows.

use std::sync::{Arc, Mutex, PoisonError};

use indicatif::ProgressBar;
use servo_assembly::distribution::{CredentialsError, RegistryOptions, Report, Transfer};
use servo_config::Origin;

use super::Session;
use crate::args::Registries;
use crate::exit::Trouble;
use crate::printer::Printer;

/// What a login may come from besides the process's own variables.
const LOGIN: &str = "SERVO_REGISTRY_CREDS";

/// How registries are talked to.
pub(super) fn options(registries: &Registries, session: &Session) -> Result<RegistryOptions, Trouble> {
    let wrong = |error: CredentialsError| Trouble::Usage(error.to_string());
    // A `.env` comes with any folder that was cloned: it may log in, and not say whom to trust.
    let variable = |name: &str| {
        let (text, origin) = session.environment.get(name)?;
        (name == LOGIN || matches!(origin, Origin::Env(_))).then(|| text.to_owned())
    };
    let mut options = RegistryOptions::from_variables(variable).map_err(wrong)?;
    if let Some(creds) = &registries.creds {
        options.credentials = options.credentials.with_given(&creds.clone().into()).map_err(wrong)?;
    }
    if let Some(file) = &registries.ca_file {
        options.ca_file = Some(file.clone());
    }
    options.plain_http |= registries.plain_http;
    Ok(options)
}

/// Shows transfers as bars, one after the other.
pub(super) fn report(printer: &Printer) -> Report {
    let (printer, bar) = (printer.clone(), Mutex::new(None::<(String, ProgressBar)>));
    Arc::new(move |transfer: Transfer<'_>| {
        let Transfer { what, done, total } = transfer;
        let mut shown = bar.lock().unwrap_or_else(PoisonError::into_inner);
        if shown.as_ref().is_none_or(|(name, _)| name != what) {
            // The digest would take the room of the bar.
            let label = what.split_once('@').map_or(what, |(label, _)| label);
            *shown = Some((what.to_owned(), printer.bar(label)));
        }
        if let Some((_, bar)) = shown.as_ref() {
            bar.set_position(done.saturating_mul(1000) / total.max(1));
            if done >= total {
                bar.finish_and_clear();
            }
        }
    })
}
