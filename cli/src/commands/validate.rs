//! `servo validate`.

use std::path::Path;

use serde::Serialize;
use servo_assembly::Programs;
use servo_config::{InstanceName, Loaded, Notice, Problems};

use super::answers::unknown;
use crate::args::{Format, Validate};
use crate::exit::{FAILED, Trouble};
use crate::session::Session;

#[derive(Serialize)]
struct Verdict {
    file: String,
    /// The connectors that were asked about; empty for the whole file.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    connectors: Vec<String>,
    valid: bool,
    problems: Problems,
    notices: Vec<Notice>,
}

/// Checks the configuration. An invalid one is what was asked about, so it is a 1 and not a 2.
pub(crate) async fn run(args: &Validate, session: &Session) -> Result<(), Trouble> {
    let path = session.config_file(args.file.as_deref());
    let programs = session.programs()?;
    let mut verdict = Verdict {
        file: path.display().to_string(),
        connectors: Vec::new(),
        valid: false,
        problems: Problems::new(),
        notices: Vec::new(),
    };
    match session.load(&path) {
        Ok(loaded) => judge(&mut verdict, &loaded, &args.connectors, &programs).await?,
        Err(Trouble::Problems(problems)) => verdict.problems = problems,
        Err(other) => return Err(other),
    }
    let printer = &session.printer;
    let of = match verdict.connectors.as_slice() {
        [] => String::new(),
        aliases => format!("of {} ", aliases.join(", ")),
    };
    if args.output != Format::Table {
        printer.show(args.output, &verdict, |_| String::new())?;
    } else if verdict.valid {
        if !args.quiet {
            verdict.notices.iter().for_each(|notice| printer.note(&notice.to_string()));
            printer.data(&format!("√ Valid configuration {of}in {}\n", verdict.file))?;
        }
    } else {
        printer.say(&format!("X Invalid configuration {of}in {}", verdict.file));
        printer.problems(&verdict.problems);
    }
    if verdict.valid { Ok(()) } else { Err(Trouble::Said(FAILED)) }
}

/// Checks everything, and keeps what was asked about.
async fn judge(
    verdict: &mut Verdict,
    loaded: &Loaded,
    names: &[String],
    programs: &Programs,
) -> Result<(), Trouble> {
    programs.log_in(loaded).await?;
    let catalogue = programs.catalogue(Some(loaded)).await;
    let aliases = meant(names, &loaded.names(&catalogue))?;
    match loaded.resolve(&catalogue) {
        Ok((config, notices)) => {
            let file = Path::new(&verdict.file);
            verdict.problems = servo_assembly::native_problems(&config, file);
            verdict.notices = notices;
            verdict
                .notices
                .extend(config.servos.iter().flat_map(|servo| servo.servox_differences().to_vec()));
            verdict.notices.extend(servo_assembly::native_notices(&config));
            verdict.notices.extend(servo_assembly::secret_notices(&config).await);
        }
        Err(problems) => verdict.problems = problems,
    }
    if !names.is_empty() {
        verdict.problems = std::mem::take(&mut verdict.problems).of(&aliases);
        verdict.notices.retain(|notice| notice.is_about(&aliases));
        verdict.connectors = aliases;
    }
    verdict.valid = verdict.problems.is_empty();
    Ok(())
}

/// The aliases that are meant: each name is one, or a connector with all its instances.
fn meant(names: &[String], known: &[InstanceName]) -> Result<Vec<String>, Trouble> {
    let mut aliases: Vec<String> = Vec::new();
    for name in names {
        let is_alias = known.iter().any(|one| one.alias == *name);
        let means = |one: &&InstanceName| if is_alias { one.alias == *name } else { one.is(name) };
        let found: Vec<&InstanceName> = known.iter().filter(means).collect();
        if found.is_empty() {
            if Path::new(name).is_file() {
                let text = format!("`{name}` is no connector; --file {name} means the file");
                return Err(Trouble::Usage(text));
            }
            let known: Vec<&str> = known.iter().map(|one| one.alias.as_str()).collect();
            return Err(unknown(name, &known));
        }
        for one in found {
            if !aliases.contains(&one.alias) {
                aliases.push(one.alias.clone());
            }
        }
    }
    Ok(aliases)
}
