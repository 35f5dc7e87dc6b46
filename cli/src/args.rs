//! The command line: flags and their help, nothing that works.

mod author;
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

use clap::error::ErrorKind;
use clap::{
    Arg, ColorChoice, Command, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum,
};

pub(crate) use author::{Build, Dev, Inspect, New, NewEvent, Test};
pub(crate) use configuration::{Config, Connectors, ConnectorsWhat, Generate, Init, Schema, Validate};
pub(crate) use global::{Global, LogFormat};
pub(crate) use inspection::{Events, List, Show, ShowWhat};
pub(crate) use liveness::{
    Delete, Down, Filters, Get, IsUp, LineFormat, Liveness, LivenessWhat, Ls, Register, StateName,
    StatusName, Up, Watch, Which,
};
pub(crate) use load::{Attack, Load, LoadWhat, TargetFormat};
pub(crate) use operation::{
    Adjust, Check, Describe, Dispatch, Grants, GrantsWhat, History, Logs, Measure, Promote, Run,
    SeverityName, Top,
};
pub(crate) use optimizer::{Export, ExportFormat, Optimizer, OptimizerWhat, Serve, Status};
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
    Top(Top),
    Logs(Logs),
    Grants(Grants),
    Config(Config),
    Schema(Schema),
    Validate(Validate),
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

/// The sections of the help, as ServoX has them.
const SECTIONS: [(&str, &[&str]); 8] = [
    ("Assembly Commands", &["init", "list", "connectors", "show"]),
    (
        "Operational Commands",
        &[
            "run", "describe", "measure", "adjust", "check", "promote", "dispatch", "history", "top", "logs",
            "grants",
        ],
    ),
    ("Configuration Commands", &["config", "schema", "validate", "generate"]),
    ("Connector Commands", &["new", "build", "test", "dev", "inspect", "load"]),
    ("Installation Commands", &["install", "uninstall", "lock", "update", "bundle", "cache"]),
    ("Registry Commands", &["push", "pull", "search", "sign", "verify", "delete"]),
    ("Service Commands", &["liveness", "optimizer"]),
    ("Other Commands", &["version", "completions", "man"]),
];

/// Reads the command line. Help and usage errors end the process here, as clap does it.
pub(crate) fn parse() -> Arguments {
    let mut command = command();
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
        Err(error) => error.exit(),
        Ok(matches) => matches,
    };
    let mut arguments = Arguments::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    arguments.global.keep_typed(&matches);
    arguments
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

/// The whole command line, for parsing, help and completions.
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
    let template = sections(&command);
    command.help_template(template)
}

/// The help with the commands in their sections.
fn sections(command: &Command) -> String {
    let styles = command.get_styles().clone();
    let (header, literal) = (*styles.get_header(), *styles.get_literal());
    let mut text = String::from("{about}\n\n{usage-heading} {usage}\n");
    for (section, names) in SECTIONS {
        text += &format!("\n{header}{section}:{header:#}\n");
        for name in names {
            let about = command.find_subcommand(name).and_then(Command::get_about);
            let about = about.map(ToString::to_string).unwrap_or_default();
            text += &format!("  {literal}{name:<12}{literal:#} {about}\n");
        }
    }
    text + &format!("\n{header}Global options:{header:#}\n{{options}}\n")
}

#[cfg(test)]
mod tests;
