//! The `servo` command: flags in, commands run, text out.
#![forbid(unsafe_code)]

mod args;
mod commands;
mod exit;
mod printable;
mod printer;
mod runtime;
mod session;
mod signals;
mod table;

use std::process::ExitCode;

fn main() -> ExitCode {
    // The program calls itself to compile a component in a process of its own, which has nothing else to do.
    if let Some(code) = runtime::compile_if_asked() {
        return code;
    }
    let arguments = args::parse();
    let printer = printer::Printer::new(arguments.global.no_color);
    exit::code(commands::run(arguments, &printer), &printer)
}
