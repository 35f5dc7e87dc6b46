//! Commands that connectors bring to the command line.

use std::fmt;

/// A command of a connector.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Command {
    /// Lower case letters, digits and `-`, the first a letter.
    pub name: String,
    /// One line for people.
    pub description: String,
    /// In the order in which people should see them.
    #[cfg_attr(feature = "serde", serde(default))]
    pub arguments: Vec<Argument>,
}

/// An argument of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Argument {
    /// As the name of a command.
    pub name: String,
    /// One line for people.
    pub description: String,
    /// What it is.
    pub kind: ArgumentKind,
    /// Given by its place, not by its name.
    #[cfg_attr(feature = "serde", serde(default))]
    pub positional: bool,
    /// Must be given.
    #[cfg_attr(feature = "serde", serde(default))]
    pub required: bool,
    /// May be given several times.
    #[cfg_attr(feature = "serde", serde(default))]
    pub repeated: bool,
}

/// What an argument is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum ArgumentKind {
    /// A switch without a value.
    Flag,
    /// A text.
    Text,
    /// A number.
    Number,
    /// A length of time.
    Duration,
}

/// Commands that cannot be offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandError(String);

/// Commands of a connector, arguments of a command.
const COUNT_MAX: usize = 32;
/// Bytes of a name, of a description.
const NAME_MAX: usize = 40;
const DESCRIPTION_MAX: usize = 400;
/// What servo's own flags are called, which each command has.
const TAKEN: [&str; 18] = [
    "base-url",
    "ca-file",
    "config-file",
    "connector",
    "creds",
    "help",
    "locked",
    "log-file",
    "log-format",
    "log-level",
    "name",
    "no-color",
    "optimizer",
    "output",
    "plain-http",
    "token",
    "token-file",
    "version",
];

impl Command {
    /// Whether the commands of one connector can be offered: their names can be typed and mean one thing each, and
    /// their descriptions are one line.
    ///
    /// # Errors
    /// What is wrong with which command.
    pub fn check(commands: &[Self]) -> Result<(), CommandError> {
        let wrong = |text: String| Err(CommandError(text));
        if commands.len() > COUNT_MAX {
            return wrong(format!("{} commands are more than {COUNT_MAX}", commands.len()));
        }
        for (index, command) in commands.iter().enumerate() {
            let name = &command.name;
            if !is_name(name) || name == "help" {
                return wrong(format!("`{}` is no name for a command", name.escape_debug()));
            }
            if commands[..index].iter().any(|known| known.name == *name) {
                return wrong(format!("there are two commands `{name}`"));
            }
            if let Err(text) = command.check_texts() {
                return wrong(format!("the command `{name}`: {text}"));
            }
        }
        Ok(())
    }

    fn check_texts(&self) -> Result<(), String> {
        line(&self.description)?;
        if self.arguments.len() > COUNT_MAX {
            return Err(format!("{} arguments are more than {COUNT_MAX}", self.arguments.len()));
        }
        let last = self.arguments.iter().rposition(|argument| argument.positional);
        let mut optional = false;
        for (index, argument) in self.arguments.iter().enumerate() {
            let Argument { name, description, kind, positional, required, repeated } = argument;
            if !is_name(name) || TAKEN.contains(&name.as_str()) {
                return Err(format!("`{}` is no name for an argument", name.escape_debug()));
            }
            if self.arguments[..index].iter().any(|known| known.name == *name) {
                return Err(format!("there are two arguments `{name}`"));
            }
            line(description)?;
            if *positional && !matches!(kind, ArgumentKind::Text | ArgumentKind::Number) {
                return Err(format!("`{name}` cannot be given by its place; only texts and numbers can"));
            }
            if *positional && *repeated && last != Some(index) {
                return Err(format!(
                    "`{name}` can be given several times and is not the last one given by its place"
                ));
            }
            if *positional && *required && optional {
                return Err(format!("`{name}` must be given and follows one that need not be"));
            }
            optional |= *positional && !*required;
        }
        Ok(())
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for CommandError {}

fn is_name(name: &str) -> bool {
    let follows = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    name.len() <= NAME_MAX
        && name.as_bytes().first().is_some_and(u8::is_ascii_lowercase)
        && name.bytes().all(follows)
}

fn line(text: &str) -> Result<(), String> {
    if text.len() > DESCRIPTION_MAX || text.chars().any(char::is_control) {
        return Err("a description is one line of at most 400 bytes".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests;
