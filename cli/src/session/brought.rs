//! What connectors bring to the command line, found before the command line is read: quickly, and without complaining
//! of what is wrong, which only matters where a command is missing.

use std::ffi::OsString;
use std::path::PathBuf;

use servo_assembly::{Brought, brought};
use servo_config::{Environment, load_names};

use super::{BUNDLED, CONFIG_FILE, CONFIG_FILE_VARIABLE, state_of, variables};

/// What the connectors of the configuration bring: of the file that is named, by a flag, a variable or usage; or why
/// nobody knows.
pub(crate) fn find(named: Option<OsString>) -> Result<Vec<Brought>, String> {
    let mut environment = Environment::new(variables().map_err(|_| "a variable is not UTF-8")?);
    let folder = std::env::current_dir().map_err(|error| format!("the current folder: {error}"))?;
    if let Some(source) = Environment::find_dotenv(&folder).map_err(|error| error.to_string())? {
        environment = environment.with_dotenv(&source).map_err(|problems| problems.render(false))?;
    }
    let variable = || environment.get(CONFIG_FILE_VARIABLE).map(|(text, _)| PathBuf::from(text));
    let file = named.map(PathBuf::from).or_else(variable).unwrap_or_else(|| PathBuf::from(CONFIG_FILE));
    if !file.is_file() {
        return Err(format!("{} does not exist; --config-file names another one", file.display()));
    }
    let loaded = load_names(&file, &environment).map_err(|problems| problems.render(false))?;
    Ok(brought(BUNDLED, &state_of(&environment), &loaded))
}
