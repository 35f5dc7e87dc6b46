//! Commands that the operator names: a line for the shell or a list of words, and what surrounds them. A command sees
//! the few variables of servo's environment that every program needs, and those that are named for it: tokens and
//! passwords that servo was given stay with servo.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde::{Deserialize, Deserializer, de};
use serde_json::Value;
use servo_config::quantity::{format_duration, parse_duration};

/// Variables of servo's environment that every command sees.
const INHERITED: [&str; 6] = ["PATH", "HOME", "USER", "LANG", "TZ", "TMPDIR"];
/// A longer command is shortened where it is shown.
const SHOWN_MAX: usize = 80;
/// The longest time that a command can be given.
const TIMEOUT_MAX: Duration = Duration::from_secs(7 * 24 * 3600);

/// A command and what surrounds it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Command {
    run: Run,
    around: Around,
}

/// What surrounds commands: of one, or of all of a connector.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct Around {
    /// Time that a command has, besides what its event takes by request.
    timeout: Option<Time>,
    /// Variables that it sees.
    environment: BTreeMap<String, Text>,
    /// Names of variables of servo's environment that it sees, besides the usual ones.
    inherit: Vec<String>,
    /// Where it works; relative to the folder of the configuration file. Without it where servo does.
    directory: Option<PathBuf>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
enum Run {
    /// For `sh -c`.
    Line(String),
    /// A program and its arguments.
    Words(Vec<String>),
}

/// A command as a table.
#[derive(Deserialize)]
struct Table {
    run: Run,
    #[serde(flatten)]
    around: Around,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Time(Duration);

#[derive(Clone, Debug, PartialEq)]
struct Text(String);

impl Around {
    /// The same for one command: what it says for itself counts.
    fn within(&self, all: &Around) -> Around {
        let mut environment = all.environment.clone();
        environment.extend(self.environment.clone());
        Around {
            timeout: self.timeout.or(all.timeout),
            environment,
            inherit: all.inherit.iter().chain(&self.inherit).cloned().collect(),
            directory: self.directory.clone().or_else(|| all.directory.clone()),
        }
    }
}

impl Command {
    /// The command in what surrounds all commands of its connector, whose configuration file is in `folder`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn within(&self, all: &Around, folder: &Path) -> Result<Command, String> {
        let mut around = self.around.within(all);
        around.directory = around.directory.map(|directory| folder.join(directory));
        let empty = match &self.run {
            Run::Line(line) => line.trim().is_empty(),
            Run::Words(words) => words.first().is_none_or(|program| program.is_empty()),
        };
        if empty {
            return Err("a command is empty; remove it, or write what is to be run".to_owned());
        }
        let named = around.environment.keys().chain(&around.inherit);
        if let Some(name) = named.into_iter().find(|name| name.is_empty() || name.contains(['=', '\0'])) {
            return Err(format!("`{name}` cannot be the name of a variable for `{self}`"));
        }
        Ok(Command { run: self.run.clone(), around })
    }

    /// The time that it has, besides what its event takes by request.
    pub(super) fn timeout(&self, usual: Duration) -> Duration {
        self.around.timeout.map_or(usual, |Time(timeout)| timeout)
    }

    /// The process that it becomes: in a group of its own, so that it can be ended with all that it starts. `told` are
    /// variables that say what it is run for.
    pub(super) fn process(&self, told: &[(&str, &str)]) -> tokio::process::Command {
        let mut process = match &self.run {
            Run::Line(line) => {
                let mut shell = tokio::process::Command::new("/bin/sh");
                shell.arg("-c").arg(line);
                shell
            }
            Run::Words(words) => {
                let mut words = words.iter();
                let mut program = tokio::process::Command::new(words.next().map_or("", String::as_str));
                program.args(words);
                program
            }
        };
        process.env_clear();
        let inherited = INHERITED.into_iter().chain(self.around.inherit.iter().map(String::as_str));
        process.envs(inherited.filter_map(|name| Some((name, std::env::var_os(name)?))));
        process.envs(self.around.environment.iter().map(|(name, Text(text))| (name, text)));
        process.envs(told.iter().copied());
        if let Some(directory) = &self.around.directory {
            process.current_dir(directory);
        }
        process.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        process
    }

    /// What it sees and how long it may take, for people.
    pub(super) fn terms(&self, usual: Duration) -> String {
        let mut terms = format!("at most {}", format_duration(self.timeout(usual)));
        if let Some(directory) = &self.around.directory {
            terms += &format!(", in {}", directory.display());
        }
        let sees: Vec<&str> =
            self.around.environment.keys().chain(&self.around.inherit).map(String::as_str).collect();
        if !sees.is_empty() {
            terms += &format!(", sees {}", sees.join(" "));
        }
        terms
    }
}

impl fmt::Display for Command {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match &self.run {
            Run::Line(line) => line.trim().replace('\n', "; "),
            Run::Words(words) => words.join(" "),
        };
        match text.char_indices().nth(SHOWN_MAX) {
            Some((end, _)) => write!(to, "{}…", &text[..end]),
            None => to.write_str(&text),
        }
    }
}

impl<'de> Deserialize<'de> for Command {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Command, D::Error> {
        let read = match Value::deserialize(from)? {
            table @ Value::Object(_) => {
                serde_json::from_value(table).map(|Table { run, around }| Command { run, around })
            }
            run => serde_json::from_value(run).map(|run| Command { run, around: Around::default() }),
        };
        read.map_err(de::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Time, D::Error> {
        let time = match Value::deserialize(from)? {
            Value::String(text) => parse_duration(&text).map_err(de::Error::custom)?,
            other => {
                let seconds = other.as_f64().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
                seconds.ok_or_else(|| de::Error::custom(format!("`{other}` is not a duration")))?
            }
        };
        match time.is_zero() || time > TIMEOUT_MAX {
            true => Err(de::Error::custom("a timeout is longer than zero and at most a week; write `30s`")),
            false => Ok(Time(time)),
        }
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Text, D::Error> {
        match Value::deserialize(from)? {
            Value::String(text) => Ok(Text(text)),
            value @ (Value::Number(_) | Value::Bool(_)) => Ok(Text(value.to_string())),
            other => Err(de::Error::custom(format!("`{other}` is no text"))),
        }
    }
}

#[cfg(test)]
mod tests;
