//! `servo init`.

mod files;

use std::fs;
use std::path::Path;

use inquire::{InquireError, Text};
use servo_assembly::Programs;

use super::generate::may_overwrite;
use super::stanza::{commented, stanza};
use crate::args::Init;
use crate::exit::Trouble;
use crate::session::{CONFIG_FILE, Session};

/// What is asked; empty answers are none. No remote optimizer: this version has no client for one.
#[derive(Debug, Default)]
struct Answers {
    url: Option<String>,
}

/// Writes a first configuration into the current folder.
pub(crate) async fn run(args: &Init, session: &Session) -> Result<(), Trouble> {
    let printer = &session.printer;
    if !args.yes && !printer.can_ask() {
        return Err(Trouble::Usage(
            "there is no terminal to ask on; `servo init --yes` asks nothing".to_owned(),
        ));
    }
    let (config, dotenv) = (Path::new(CONFIG_FILE), Path::new(".env"));
    for path in [config, dotenv] {
        let wanted = path == config || !args.no_dotenv;
        if !(wanted && path.exists()) || args.force {
            continue;
        }
        if args.yes {
            return Err(Trouble::Usage(format!("{} exists; --force overwrites it", path.display())));
        }
        if !may_overwrite(path, session)? {
            return Err(Trouble::Said(crate::exit::FAILED));
        }
    }
    let answers = if args.yes { Answers::default() } else { ask()? };
    let text = configuration(&answers, &session.programs()?)?;
    fs::write(config, text)
        .map_err(|error| Trouble::Failed(format!("{CONFIG_FILE} cannot be written: {error}")))?;
    printer.say(&format!("{CONFIG_FILE} written"));
    if !args.no_dotenv {
        files::write_dotenv(dotenv)?;
        files::ignore_dotenv(Path::new("."))?;
        printer.say(".env written, and named in .gitignore");
    }
    printer.say("next: `servo validate`, then `servo run --dry-run`");
    Ok(())
}

/// The answer to a question; escape and ctrl-C end the command.
pub(super) fn answer<T>(asked: Result<T, InquireError>) -> Result<T, Trouble> {
    asked.map_err(|error| match error {
        InquireError::OperationCanceled | InquireError::OperationInterrupted => Trouble::Interrupted,
        other => Trouble::failed(other),
    })
}

fn ask() -> Result<Answers, Trouble> {
    let given = |text: String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let url = Text::new("URL of the application to put load on?")
        .with_help_message("for example http://localhost:8080/, empty decides later");
    let url = given(answer(url.prompt())?);
    Ok(Answers { url })
}

/// What works on an empty machine, or with the URL that was typed, and everything else as comments.
fn configuration(answers: &Answers, programs: &Programs) -> Result<String, Trouble> {
    let active = |name: &str| name == "wait" || (name == "vegeta" && answers.url.is_some());
    let mut text = String::from(
        "# Which service servo measures and changes, and how. `servo validate` checks this file, `servo run --dry-run`\n\
         # whether everything answers, `servo schema` describes every key.\n\n\
         # The active connectors. Uncomment others here and below, and put your own origins in: an origin in this file\n\
         # counts as granted.\nconnectors:\n",
    );
    for info in programs.connectors() {
        text += &format!("{}- {}\n", if active(&info.name) { "  " } else { "#  " }, info.name);
    }
    for info in programs.connectors() {
        let about = info.metadata.description.as_deref().unwrap_or_default();
        text += &format!("\n# {}: {about}\n", info.name);
        let example = stanza(&info.name, info, false)?.text;
        text += &match &answers.url {
            Some(url) if info.name == "vegeta" => target(&example, url),
            _ if active(&info.name) => example,
            _ => commented(&example.replace("\n  # ", "\n  ").replace(": {}\n", ":\n")),
        };
    }
    text += "\n# What the embedded optimizer works towards: an expression of metrics that the connectors offer\n\
             # (`servo show metrics`).\n\
             #objective:\n#  maximize: throughput\n#  subject_to: error_rate < 1%\n#  budget: 20\n\
             #  measure: {duration: 30s, warmup: 5s}\n";
    Ok(text)
}

/// The stanza with the target that was typed instead of the example's.
fn target(example: &str, url: &str) -> String {
    let line = |line: &str| match line.trim_start().trim_start_matches("# ").starts_with("target:") {
        true => format!("  target: GET {url}\n"),
        false => format!("{line}\n"),
    };
    example.lines().map(line).collect()
}
