//! The command line: flags and their help, nothing that works.

mod author;
mod brought;
mod configuration;
mod global;
mod inspection;
mod liveness;
mod load;
mod operation;
mod optimizer;
mod other;
mod registry;
mod shelf;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{
    Arg, ArgMatches, ColorChoice, Command, CommandFactory as _, FromArgMatches as _, Parser, Subcommand,
    ValueEnum,
};

use servo_assembly::Brought;
use servo_config::suggest::nearest;

use crate::exit::USAGE;
use crate::printer::Printer;
use crate::session;

pub(crate) use author::{Build, Dev, Inspect, New, NewEvent, Test};
pub(crate) use brought::Brings;
pub(crate) use configuration::{
    Config, Connectors, ConnectorsWhat, Generate, Init, Migrate, Schema, Validate,
};
pub(crate) use global::{Global, LogFormat};
pub(crate) use inspection::{Events, List, Show, ShowWhat};
pub(crate) use liveness::{
    Delete, Down, Filters, Get, IsUp, LineFormat, Liveness, LivenessWhat, Ls, Register, StateName,
    StatusName, Up, Watch, Which,
};
pub(crate) use load::{Attack, Load, LoadWhat, TargetFormat};
pub(crate) use operation::{
    Adjust, Check, Describe, Dispatch, Grants, GrantsWhat, History, Logs, Measure, Promote, Run,
    SeverityName, Status, Top,
};
pub(crate) use optimizer::{Export, ExportFormat, Optimizer, OptimizerWhat, Serve, Standing};
pub(crate) use other::{Completions, Man, Shell, Version};
pub(crate) use registry::{Components, DeleteArtifact, Pull, Push, Registries, Search, Sign, Verify};
pub(crate) use shelf::{Bundle, BundleWhat, Cache, CacheWhat, Install, Lock, Uninstall, Update};

/// Measures a running service, changes its settings, and repeats until it is better.
#[derive(Debug, Parser)]
#[command(name = "servo", version, disable_help_subcommand = true)]
#[command(disable_help_flag = true, subcommand_required = true, max_term_width = 110)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: What,
    /// The words of the command, without its arguments.
    #[arg(skip)]
    pub(crate) name: String,
}

/// What is to be done.
#[derive(Debug, Subcommand)]
pub(crate) enum What {
    Init(Init),
    List(List),
    Connectors(Connectors),
    Show(Show),
    Run(Run),
    Describe(Describe),
    Measure(Measure),
    Adjust(Adjust),
    Check(Check),
    Promote(Promote),
    Dispatch(Dispatch),
    History(History),
    Status(Status),
    Top(Top),
    Logs(Logs),
    Grants(Grants),
    Config(Config),
    Schema(Schema),
    Validate(Validate),
    Migrate(Migrate),
    Generate(Generate),
    Load(Load),
    Liveness(Box<Liveness>),
    Optimizer(Optimizer),
    New(New),
    Build(Build),
    Test(Test),
    Dev(Dev),
    Inspect(Inspect),
    Push(Push),
    Pull(Pull),
    Search(Search),
    Sign(Sign),
    Verify(Verify),
    Delete(DeleteArtifact),
    Install(Install),
    Uninstall(Uninstall),
    Lock(Lock),
    Update(Update),
    Bundle(Bundle),
    Cache(Cache),
    Version(Version),
    Completions(Completions),
    Man(Man),
    /// What a connector brings.
    #[command(skip)]
    Brought(Box<Brings>),
}

/// How data is written to stdout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Table,
    /// For programs.
    Json,
    /// For both.
    Yaml,
}

/// The section that has what connectors bring, too.
const CONNECTORS: &str = "Connector Commands";

/// The sections of the help, as ServoX has them.
const SECTIONS: [(&str, &[&str]); 9] = [
    ("Assembly Commands", &["init", "list", "connectors", "show"]),
    (
        "Operational Commands",
        &[
            "run", "describe", "measure", "adjust", "check", "promote", "dispatch", "history", "status",
            "top", "logs", "grants",
        ],
    ),
    ("Configuration Commands", &["config", "schema", "validate", "migrate", "generate"]),
    (CONNECTORS, &["load"]),
    ("Author Commands", &["new", "build", "test", "dev", "inspect"]),
    ("Installation Commands", &["install", "uninstall", "lock", "update", "bundle", "cache"]),
    ("Registry Commands", &["push", "pull", "search", "sign", "verify", "delete"]),
    ("Service Commands", &["liveness", "optimizer"]),
    ("Other Commands", &["version", "completions", "man"]),
];

/// Reads the command line. Help and usage errors end the process here, as clap does it.
pub(crate) fn parse() -> Arguments {
    let (brought, unknown) = match brought_by_connectors() {
        Ok(brought) => (brought, None),
        Err(why) => (Vec::new(), Some(why)),
    };
    let mut command = command_with(&brought);
    if wants_no_color() {
        command = command.color(ColorChoice::Never);
    }
    if std::env::args_os().len() <= 1 {
        // Somebody who types only the name asks for help and made no mistake. A closed stdout needs no answer.
        let _ = command.print_help();
        std::process::exit(0);
    }
    let matches = match command.try_get_matches_from_mut(std::env::args_os()) {
        Err(error) if error.kind() == ErrorKind::InvalidUtf8 => {
            let text = format!("{} is not UTF-8", not_text(&command));
            command.error(ErrorKind::InvalidUtf8, text).exit()
        }
        Err(error) => match unknown.filter(|_| error.kind() == ErrorKind::InvalidSubcommand) {
            Some(why) => without_connectors(error, &why),
            None => error.exit(),
        },
        Ok(matches) => matches,
    };
    if let Some(text) = optimizer::beside_the_point(&matches) {
        command.error(ErrorKind::ArgumentConflict, text).exit();
    }
    let brings = brought::read(&matches, brought).unwrap_or_else(|error| error.exit());
    let arguments = match brings {
        Some(brings) => Global::from_arg_matches(&matches).map(|global| Arguments {
            global,
            command: What::Brought(Box::new(brings)),
            name: String::new(),
        }),
        None => Arguments::from_arg_matches(&matches),
    };
    let mut arguments = arguments.unwrap_or_else(|error| error.exit());
    arguments.global.keep_typed(&matches);
    arguments.name = words(&matches);
    arguments
}

/// The words of the command, such as `show events`.
fn words(matches: &ArgMatches) -> String {
    let all = std::iter::successors(matches.subcommand(), |(_, inner)| inner.subcommand());
    let all: Vec<&str> = all.map(|(name, _)| name).collect();
    all.join(" ")
}

/// Ends with a word that is no command, where nobody knows what connectors bring: perhaps it is one of theirs.
fn without_connectors(mut error: clap::Error, why: &str) -> ! {
    // The parser finds many words alike; only one that is hardly mistyped is worth a mention.
    let near = match (error.get(ContextKind::InvalidSubcommand), error.get(ContextKind::SuggestedSubcommand))
    {
        (Some(ContextValue::String(word)), Some(ContextValue::Strings(own))) => {
            nearest(word, own.iter().map(String::as_str)).is_some()
        }
        _ => false,
    };
    if !near {
        error.remove(ContextKind::SuggestedSubcommand);
    }
    // A closed stderr needs no answer.
    let _ = error.print();
    Printer::new(wants_no_color())
        .note(&format!("commands of connectors are those of the configuration, which cannot be read: {why}"));
    std::process::exit(USAGE.into())
}

/// What connectors bring, where it matters: for the whole help, and for a word that is no command of servo's own; or
/// why nobody knows.
fn brought_by_connectors() -> Result<Vec<Brought>, String> {
    let own = Arguments::command();
    let (mut words, mut config) = (std::env::args_os().skip(1), None);
    while let Some(word) = words.next() {
        let Some(text) = word.to_str() else { return Ok(Vec::new()) };
        match text.strip_prefix('-') {
            None if own.find_subcommand(text).is_some() => return Ok(Vec::new()),
            None => break,
            Some(flag) => {
                let (name, inline) = match flag.split_once('=') {
                    Some((name, value)) => (name, Some(value.into())),
                    None => (flag, None),
                };
                let is = |arg: &&Arg| match name.strip_prefix('-') {
                    Some(long) => arg.get_long() == Some(long),
                    None => arg.get_short().is_some_and(|short| name.starts_with(short)),
                };
                let Some(arg) = own.get_arguments().find(is) else { continue };
                let attached = (!name.starts_with('-') && name.len() > 1).then(|| name[1..].into());
                let value =
                    arg.get_action().takes_values().then(|| inline.or(attached).or_else(|| words.next()));
                if arg.get_id() == "config_file" {
                    config = value.flatten();
                }
            }
        }
    }
    // Behind other words it has no short form.
    let mut rest =
        words.skip_while(|word| !word.to_str().is_some_and(|text| text.starts_with("--config-file")));
    let later = rest.next().and_then(|word| match word.to_str()?.split_once('=') {
        Some((_, value)) => Some(value.into()),
        None => rest.next(),
    });
    session::brought::find(later.or(config))
}

/// The variable or argument that is not text; clap does not say which.
fn not_text(command: &Command) -> String {
    let all = std::iter::once(command).chain(command.get_subcommands());
    let variables = all.flat_map(Command::get_arguments).filter(|arg| arg.get_id() != "config_file");
    let mut names = variables.filter_map(|arg| arg.get_env()?.to_str());
    let wrong = |name: &&str| std::env::var_os(name).is_some_and(|text| text.to_str().is_none());
    match (names.find(wrong), std::env::args_os().skip(1).find(|arg| arg.to_str().is_none())) {
        (Some(name), _) => format!("the variable {name}"),
        (None, Some(arg)) => format!("the argument `{}`", arg.to_string_lossy()),
        (None, None) => "an argument".to_owned(),
    }
}

/// Whether colours are unwanted, as far as this can be known before the command line is read.
fn wants_no_color() -> bool {
    std::env::args_os().any(|arg| arg == "--no-color") || global::no_color_by_variable()
}

/// The whole command line with what connectors bring, for completions.
pub(crate) fn command_here() -> Command {
    command_with(&session::brought::find(None).unwrap_or_default())
}

/// The whole command line, for parsing and help.
fn command_with(brought: &[Brought]) -> Command {
    let command = brought::add(command(), brought);
    let template = sections(&command, brought);
    command.help_template(template)
}

/// The command line of servo itself.
pub(crate) fn command() -> Command {
    let mut command = Arguments::command();
    // ServoX's words: these letters mean something of their own behind these commands, so that there the global
    // flag has only its long form.
    for (id, letter, commands) in [
        ("config_file", 'c', &["run", "measure", "dispatch"][..]),
        ("servo_name", 'n', &["generate", "check", "install"]),
    ] {
        let global = command.get_arguments().find(|arg| arg.get_id() == id).cloned();
        let Some(global) = global else { continue };
        debug_assert_eq!(global.get_short(), Some(letter));
        for name in commands {
            let mut own: Arg = global.clone().short(None).global(false);
            if id == "servo_name" {
                own = own.long("servo-name");
            }
            command = command.mut_subcommand(name, |sub| sub.arg(own));
        }
    }
    let global = command.get_arguments().find(|arg| arg.get_id() == "config_file").cloned();
    if let Some(global) = global {
        let own = global.short(None).global(false);
        command = command.mut_subcommand("show", |show| show.mut_subcommand("events", |sub| sub.arg(own)));
    }
    let template = sections(&command, &[]);
    command.help_template(template)
}

/// Whether servo itself has a command of this name, or the word asks for help everywhere.
fn is_own(name: &str) -> bool {
    name == "help" || SECTIONS.iter().any(|(_, names)| names.contains(&name))
}

/// The help with the commands in their sections.
fn sections(command: &Command, brought: &[Brought]) -> String {
    let styles = command.get_styles().clone();
    let (header, literal) = (*styles.get_header(), *styles.get_literal());
    let mut text = String::from("{about}\n\n{usage-heading} {usage}\n");
    for (section, names) in SECTIONS {
        text += &format!("\n{header}{section}:{header:#}\n");
        let ours = names.iter().copied();
        let theirs = brought.iter().filter(|_| section == CONNECTORS).map(|group| group.name.as_str());
        for name in ours.chain(theirs.filter(|name| !is_own(name))) {
            let about = command.find_subcommand(name).and_then(Command::get_about);
            let about = about.map(ToString::to_string).unwrap_or_default();
            text += &format!("  {literal}{name:<12}{literal:#} {about}\n");
        }
    }
    text + &format!("\n{header}Global options:{header:#}\n{{options}}\n")
}

#[cfg(test)]
mod tests;
