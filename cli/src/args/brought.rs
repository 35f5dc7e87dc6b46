//! Commands that connectors bring: built from what they declare, and read back.

use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches, Args as _, Command, FromArgMatches as _, value_parser};
use serde_json::{Map, Number, Value};
use servo_assembly::Brought;
use servo_types::{Argument, ArgumentKind, Command as Declared};

use super::operation::duration;
use super::{Components, Format};
use crate::printable::printable;

/// What the ids of declared arguments begin with: ids of servo's own never do.
const PREFIX: &str = "brought:";
/// Bytes of a description, as far as it is shown.
const LINE_MAX: usize = 400;
const CONNECTOR: &str = "brought connector";
const OUTPUT: &str = "brought output";

/// A command of a connector, with its arguments.
#[derive(Debug)]
pub(crate) struct Brings {
    /// Which connectors have the command.
    pub(crate) group: Brought,
    /// The instance that was named.
    pub(crate) connector: Option<String>,
    /// The command.
    pub(crate) command: String,
    /// What was given.
    pub(crate) arguments: Map<String, Value>,
    /// The sum of the durations among them.
    pub(crate) asked: Duration,
    pub(crate) output: Format,
    pub(crate) components: Components,
}

/// Adds the commands that connectors bring. Servo's own commands stay what they are.
pub(super) fn add(mut command: Command, brought: &[Brought]) -> Command {
    let flags: Vec<String> =
        command.get_arguments().filter_map(|arg| arg.get_long().map(str::to_owned)).collect();
    let config_file = command.get_arguments().find(|arg| arg.get_id() == "config_file").cloned();
    for group in brought.iter().filter(|group| !super::is_own(&group.name)) {
        let connector = Arg::new(CONNECTOR)
            .short('c')
            .long("connector")
            .value_name("NAME")
            .global(true)
            .help("The instance, where several are active");
        let mut own = Command::new(group.name.clone())
            .about(line(&group.description))
            .subcommand_required(true)
            .arg_required_else_help(true)
            .arg(connector)
            .args(config_file.clone().map(|arg| arg.short(None)));
        for declared in &group.commands {
            // A flag that servo got since is servo's.
            if !declared.arguments.iter().any(|argument| flags.contains(&argument.name)) {
                own = own.subcommand(one(declared));
            }
        }
        command = command.subcommand(own);
    }
    command
}

/// The command that was given, if it is one that a connector brings.
pub(super) fn read(matches: &ArgMatches, brought: Vec<Brought>) -> Result<Option<Brings>, clap::Error> {
    let Some((name, group_matches)) = matches.subcommand() else { return Ok(None) };
    let Some(group) = brought.into_iter().find(|group| group.name == name) else { return Ok(None) };
    let Some((command, given)) = group_matches.subcommand() else { return Ok(None) };
    let Some(declared) = group.commands.iter().find(|declared| declared.name == command) else {
        return Ok(None);
    };
    let (mut arguments, mut asked) = (Map::new(), Duration::ZERO);
    for argument in &declared.arguments {
        if let Some(value) = value(argument, given, &mut asked) {
            arguments.insert(argument.name.clone(), value);
        }
    }
    Ok(Some(Brings {
        connector: given.get_one::<String>(CONNECTOR).cloned(),
        command: command.to_owned(),
        arguments,
        asked,
        output: given.get_one::<Format>(OUTPUT).copied().unwrap_or(Format::Table),
        components: Components::from_arg_matches(given)?,
        group,
    }))
}

fn one(declared: &Declared) -> Command {
    let output = Arg::new(OUTPUT)
        .short('o')
        .long("output")
        .value_name("OUTPUT")
        .value_parser(value_parser!(Format))
        .default_value("table")
        .help("How to write it");
    let command = Command::new(declared.name.clone());
    let command = command.args(declared.arguments.iter().map(argument)).arg(output);
    // The flags would bring a description of their own.
    Components::augment_args(command).about(line(&declared.description))
}

fn argument(argument: &Argument) -> Arg {
    let Argument { name, description, kind, positional, required, repeated } = argument;
    let arg = Arg::new(format!("{PREFIX}{name}")).help(line(description)).required(*required);
    let arg = if *positional { arg } else { arg.long(name.clone()) };
    let arg = match kind {
        ArgumentKind::Flag => return arg.action(ArgAction::SetTrue).required(false),
        ArgumentKind::Text => arg.value_parser(value_parser!(String)),
        ArgumentKind::Number => arg.value_parser(number),
        ArgumentKind::Duration => arg.value_parser(duration),
    };
    let arg = arg.value_name(name.to_uppercase().replace('-', "_"));
    match (repeated, positional) {
        (true, true) => arg.action(ArgAction::Append).num_args(1..),
        (true, false) => arg.action(ArgAction::Append),
        (false, _) => arg,
    }
}

/// A text of a connector as one line of the help, which belongs to everybody.
fn line(text: &str) -> String {
    let end = text.floor_char_boundary(LINE_MAX);
    let cut = if end < text.len() { "…" } else { "" };
    // The help is a template, which has its own words between braces.
    let text = text[..end].replace(char::is_control, " ").replace('{', "(").replace('}', ")");
    format!("{}{cut}", printable(&text))
}

fn number(text: &str) -> Result<Number, String> {
    serde_json::from_str(text).map_err(|_| "write a number, for example 8 or 0.5".to_owned())
}

/// What was given for an argument.
fn value(argument: &Argument, given: &ArgMatches, asked: &mut Duration) -> Option<Value> {
    let id = format!("{PREFIX}{}", argument.name);
    let mut values: Vec<Value> = match argument.kind {
        ArgumentKind::Flag => return given.get_flag(&id).then_some(Value::Bool(true)),
        ArgumentKind::Text => given.get_many::<String>(&id)?.cloned().map(Value::String).collect(),
        ArgumentKind::Number => given.get_many::<Number>(&id)?.cloned().map(Value::Number).collect(),
        ArgumentKind::Duration => {
            let times =
                given.get_many::<Duration>(&id)?.inspect(|time| *asked = asked.saturating_add(**time));
            times.map(|time| Value::from(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))).collect()
        }
    };
    if argument.repeated { Some(Value::Array(values)) } else { values.pop() }
}
