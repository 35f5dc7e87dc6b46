//! Every page of help, without any configuration.

use crate::shown::{compare, says, shown, world};

/// All commands; a test below finds one that is missing.
const COMMANDS: &[&str] = &[
    "init",
    "list",
    "connectors",
    "connectors restart",
    "show",
    "show connectors",
    "show components",
    "show metrics",
    "show events",
    "show grants",
    "show limits",
    "run",
    "describe",
    "measure",
    "adjust",
    "check",
    "promote",
    "dispatch",
    "history",
    "status",
    "top",
    "logs",
    "grants",
    "grants revoke",
    "config",
    "schema",
    "validate",
    "migrate",
    "generate",
    "load",
    "load attack",
    "liveness",
    "liveness register",
    "liveness ls",
    "liveness get",
    "liveness is-up",
    "liveness watch",
    "liveness down",
    "liveness up",
    "liveness delete",
    "liveness release",
    "optimizer",
    "optimizer serve",
    "optimizer status",
    "optimizer export",
    "new",
    "build",
    "test",
    "dev",
    "inspect",
    "install",
    "uninstall",
    "lock",
    "update",
    "bundle",
    "bundle load",
    "cache",
    "cache ls",
    "cache gc",
    "cache verify",
    "push",
    "pull",
    "search",
    "sign",
    "verify",
    "delete",
    "version",
    "completions",
    "man",
];

#[test]
fn every_command_explains_itself() {
    let world = world();
    for command in COMMANDS {
        says(&world, &format!("help {command}"), &format!("{command} --help"));
    }
}

#[test]
fn no_arguments_show_the_help() {
    let world = world();
    let bare = world.servo([""; 0]).run();
    let help = world.servo(["--help"]).run().expect(0);
    compare(&world, "help", &format!("$ servo --help\n{}", shown(&help)));
    assert_eq!((bare.code, bare.stdout + &bare.stderr), (Some(0), help.stdout));
}

#[test]
fn help_needs_no_readable_configuration() {
    let world = world();
    world.file("servo.yaml", "{");
    world.file(".env", "not a variable");
    for command in COMMANDS {
        world.servo(command.split_whitespace().chain(["--help"])).run().expect(0);
    }
    world.servo(["version"]).run().expect(0);
}

#[test]
fn every_command_of_the_help_is_tested() {
    let help = world().servo(["--help"]).run().expect(0).stdout;
    let commands = help.split("Global options").next().unwrap();
    let names = commands.lines().filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next());
    for name in names.filter(|name| !name.starts_with('-')) {
        assert!(COMMANDS.contains(&name), "{name} is in the help and not in this test");
    }
}
