//! A document service whose speed honestly depends on its settings: it renders, compresses and caches reports, and
//! lets anyone read and change its settings over HTTP. `quickstart -- COMMAND` runs a command beside it.
#![forbid(unsafe_code)]

mod app;
mod args;
mod cache;
mod command;
mod corpus;
mod memory;
mod metrics;
mod pool;
mod random;
mod routes;
mod server;
mod settings;

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use tokio::net::TcpListener;

use crate::app::App;
use crate::args::{Args, Asked};
use crate::command::Stop;
use crate::server::Limits;

fn main() -> ExitCode {
    match Args::parse(std::env::args_os().skip(1)) {
        Ok(Asked::Help) => {
            // Nobody is left to tell when stdout is closed.
            let _ = std::io::stdout().write_all(args::HELP.as_bytes());
            ExitCode::SUCCESS
        }
        Ok(Asked::Run(args)) => match run(&args) {
            Ok(code) => ExitCode::from(code),
            Err(error) => complain(&error.to_string(), 1),
        },
        Err(error) => complain(&error.to_string(), 2),
    }
}

fn run(args: &Args) -> Result<u8, Box<dyn std::error::Error>> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let app = App::start(args.seed, app::DOCUMENTS)?;
        let listener = TcpListener::bind(args.listen)
            .await
            .map_err(|error| format!("cannot listen on {}: {error}; give another --listen", args.listen))?;
        // Whoever reads that it listens may stop it.
        let stop = Stop::listen()?;
        let url = format!("http://{}", listener.local_addr()?);
        talk(&format!("listening on {url}"));
        let server = tokio::spawn(server::serve(listener, Arc::clone(&app), Limits::default()));
        let code = match args.command.as_slice() {
            [] => stop.wait().await,
            command => command::run(command, &url, stop).await?,
        };
        server.abort();
        Ok(code)
    })
}

fn complain(text: &str, code: u8) -> ExitCode {
    talk(&format!("quickstart: {text}"));
    ExitCode::from(code)
}

fn talk(line: &str) {
    // Nobody is left to tell when stderr is closed.
    let _ = writeln!(std::io::stderr(), "{line}");
}
