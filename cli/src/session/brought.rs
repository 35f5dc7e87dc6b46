//! What connectors bring to the command line, found before the command line is read: quickly, and without a word about
//! what is wrong, which the command that needs it will say.

use std::ffi::OsString;
use std::path::PathBuf;

use servo_assembly::{Brought, brought};
use servo_config::{Environment, Flags, load_file};

use super::{BUNDLED, CONFIG_FILE, CONFIG_FILE_VARIABLE, state_of, variables};

/// What the connectors of the configuration bring: of the file that is named, by a flag, a variable or usage.
pub(crate) fn find(named: Option<OsString>) -> Vec<Brought> {
    tried(named).unwrap_or_default()
}

fn tried(named: Option<OsString>) -> Option<Vec<Brought>> {
    let mut environment = Environment::new(variables().ok()?);
    if let Some(source) = Environment::find_dotenv(&std::env::current_dir().ok()?).ok()? {
        environment = environment.with_dotenv(&source).ok()?;
    }
    let variable = || environment.get(CONFIG_FILE_VARIABLE).map(|(text, _)| PathBuf::from(text));
    let file = named.map(PathBuf::from).or_else(variable).unwrap_or_else(|| PathBuf::from(CONFIG_FILE));
    if !file.is_file() {
        return None;
    }
    let loaded = load_file(&file, &environment, &Flags::default()).ok()?;
    Some(brought(BUNDLED, &state_of(&environment), &loaded))
}
