//! `servo test`.

mod record;

use std::fs;
use std::path::{Path, PathBuf};

use super::dev::Seen;
use serde::Serialize;
use servo_assembly::{PlayError, Played, Programs, Unmet, inspect};
use servo_config::Source;
use servo_config::scenario::{SCENARIO_BYTES_MAX, scenario};

use crate::args::{Format, Test};
use crate::exit::{FAILED, Trouble};
use crate::session::Session;

/// The folder of the scenarios.
const TESTS: &str = "tests";
/// More scenarios than this are not read: somebody named the wrong folder.
const SCENARIOS_MAX: usize = 1_000;

/// What came of all scenarios.
#[derive(Serialize)]
struct Report {
    passed: bool,
    scenarios: Vec<Row>,
}

/// What came of one.
#[derive(Serialize)]
struct Row {
    name: String,
    file: String,
    passed: bool,
    #[serde(flatten)]
    played: Played,
}

/// The connector that is tested.
struct Subject {
    /// Its own name.
    name: String,
    component: PathBuf,
}

impl Subject {
    /// Says so when what is tested is not what is written.
    fn stale(&self, folder: &Path, session: &Session) {
        let built = fs::metadata(&self.component).and_then(|about| about.modified());
        if let (Ok(built), Ok(seen)) = (built, Seen::of(folder))
            && let Some(name) = seen.newer(built)
        {
            session.printer.note(&format!("{name} has changed since the last `servo build`"));
        }
    }
}

/// Plays the scenarios of a connector, or records one.
pub(crate) async fn run(args: &Test, session: &Session) -> Result<(), Trouble> {
    if let Some(name) = &args.record {
        return record::run(name, args, session).await;
    }
    let (folder, files) = scenarios(&args.path)?;
    let subject = subject(&folder)?;
    subject.stale(&folder, session);
    let programs = session.programs()?;
    let mut report = Report { passed: true, scenarios: Vec::new() };
    let tap = args.output == Format::Table;
    if tap {
        session.printer.data(&format!("TAP version 14\n1..{}\n", files.len()))?;
    }
    for (index, file) in files.iter().enumerate() {
        let row = play(file, &subject, &programs).await?;
        report.passed &= row.passed;
        if tap {
            session.printer.data(&lines(index + 1, &row))?;
        }
        report.scenarios.push(row);
    }
    if !tap {
        session.printer.show(args.output, &report, |_| String::new())?;
    }
    if report.passed { Ok(()) } else { Err(Trouble::Said(FAILED)) }
}

/// Plays the scenario in a file. What is wrong with the file is a failure of this one alone.
async fn play(file: &Path, subject: &Subject, programs: &Programs) -> Result<Row, Trouble> {
    let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let unread = |what: String| Played::failed(vec![Unmet { what, ..Unmet::default() }]);
    let played = match Source::read_at_most(file, SCENARIO_BYTES_MAX) {
        Err(error) => unread(error.to_string()),
        Ok(source) => match scenario(&source, &subject.name, &subject.component) {
            Ok(scenario) => match programs.play(scenario).await {
                Ok(played) => played,
                Err(PlayError::Problems(problems)) => wrong(&problems),
                Err(error) => return Err(Trouble::Failed(error.to_string())),
            },
            Err(problems) => wrong(&problems),
        },
    };
    let file = file.display().to_string();
    Ok(Row { name, file, passed: played.unmet.is_empty(), played })
}

/// A scenario that is not right: each problem where it is.
fn wrong(problems: &servo_config::Problems) -> Played {
    let unmet = problems.list().iter().map(|problem| {
        let what = problem
            .hint
            .as_ref()
            .map_or_else(|| problem.message.clone(), |hint| format!("{} ({hint})", problem.message));
        Unmet { at: problem.origin.to_string(), what, ..Unmet::default() }
    });
    Played::failed(unmet.collect())
}

/// The lines of the Test Anything Protocol for one scenario.
fn lines(number: usize, row: &Row) -> String {
    let Row { name, file, passed, played } = row;
    if *passed {
        return format!("ok {number} - {name}\n");
    }
    let mut text = format!("not ok {number} - {name}\n");
    for Unmet { at, what, expected, came } in &played.unmet {
        let at = if at.is_empty() || at == "default" { file } else { at };
        text += &format!("# {at}: {}\n", what.replace('\n', " "));
        for (label, value) in [("expected", expected), ("came    ", came)] {
            if let Some(value) = value {
                text += &format!("#   {label} {}\n", value.replace('\n', " "));
            }
        }
    }
    for line in &played.log {
        text += &format!("# log: {}\n", line.replace('\n', " "));
    }
    text
}

/// The folder of the connector and the files that are meant.
fn scenarios(path: &Path) -> Result<(PathBuf, Vec<PathBuf>), Trouble> {
    if path.is_file() {
        let tests = path.parent().unwrap_or(Path::new(""));
        let folder = match tests.parent() {
            Some(folder) if folder.as_os_str().is_empty() => PathBuf::from("."),
            Some(folder) if tests.ends_with(TESTS) => folder.to_owned(),
            _ => tests.join(".."),
        };
        return Ok((folder, vec![path.to_owned()]));
    }
    if !path.exists() {
        return Err(Trouble::Usage(format!("{} does not exist", path.display())));
    }
    // Names without `./` read better.
    let inside = path.strip_prefix(".").unwrap_or(path);
    let tests = inside.join(TESTS);
    let cannot = |error: std::io::Error| Trouble::Usage(format!("{}: {error}", tests.display()));
    let mut files = Vec::new();
    if tests.is_dir() {
        for entry in fs::read_dir(&tests).map_err(cannot)? {
            let file = entry.map_err(cannot)?.path();
            if file.extension().is_some_and(|ending| ending == "yaml") {
                files.push(file);
            }
        }
    }
    files.sort();
    if files.is_empty() || files.len() > SCENARIOS_MAX {
        let (path, many) = (path.display(), if files.is_empty() { "no" } else { "too many" });
        return Err(Trouble::Usage(format!(
            "{path} has {many} scenarios in {TESTS}/*.yaml; `servo test --record NAME` makes one"
        )));
    }
    Ok((path.to_owned(), files))
}

/// The connector in a folder.
fn subject(folder: &Path) -> Result<Subject, Trouble> {
    let cannot = |error: std::io::Error| Trouble::Usage(format!("{}: {error}", folder.display()));
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(cannot)? {
        let file = entry.map_err(cannot)?.path();
        let hidden = file.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if !hidden && file.extension().is_some_and(|ending| ending == "wasm") {
            found.push(file);
        }
    }
    found.sort();
    let component = match found.as_slice() {
        [one] => fs::canonicalize(one).map_err(cannot)?,
        [] => {
            let text = format!("{} has no component to test; `servo build` makes it", folder.display());
            return Err(Trouble::Usage(text));
        }
        [first, second, ..] => {
            return Err(Trouble::Usage(format!(
                "{} and {} are both there; a folder has one connector: remove the other one",
                first.display(),
                second.display()
            )));
        }
    };
    let about = inspect(&component).map_err(Trouble::failed)?;
    let stem = || component.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok(Subject { name: about.metadata.name.unwrap_or_else(stem), component })
}
