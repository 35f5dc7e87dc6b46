//! `servo completions`.

use clap_complete::{Shell as Known, generate};

use crate::args::{Completions, Shell, command_here};
use crate::exit::Trouble;
use crate::printer::Printer;

/// Writes the script for a shell.
pub(crate) fn run(args: &Completions, printer: &Printer) -> Result<(), Trouble> {
    let shell = match args.shell {
        Shell::Bash => Known::Bash,
        Shell::Zsh => Known::Zsh,
        Shell::Fish => Known::Fish,
        Shell::Powershell => Known::PowerShell,
        Shell::Elvish => Known::Elvish,
    };
    let mut script = Vec::new();
    generate(shell, &mut command_here(), "servo", &mut script);
    printer.data(&String::from_utf8_lossy(&script))
}
