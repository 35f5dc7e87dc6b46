//! `servo validate`.

use serde::Serialize;
use servo_config::{Notice, Problems};

use crate::args::{Format, Validate};
use crate::exit::{FAILED, Trouble};
use crate::session::Session;

#[derive(Serialize)]
struct Verdict {
    file: String,
    valid: bool,
    problems: Problems,
    notices: Vec<Notice>,
}

/// Checks the configuration. An invalid one is what was asked about, so it is a 1 and not a 2.
pub(crate) async fn run(args: &Validate, session: &Session) -> Result<(), Trouble> {
    let path = session.config_file(args.file.as_deref());
    let programs = session.programs()?;
    let verdict = match session.resolve(&path, &programs).await {
        Ok((config, mut notices)) => {
            notices.extend(config.servos.iter().flat_map(|servo| servo.servox_differences().to_vec()));
            Verdict { file: path.display().to_string(), valid: true, problems: Problems::new(), notices }
        }
        Err(Trouble::Problems(problems)) => {
            Verdict { file: path.display().to_string(), valid: false, problems, notices: Vec::new() }
        }
        Err(other) => return Err(other),
    };
    let printer = &session.printer;
    if args.output != Format::Table {
        printer.show(args.output, &verdict, |_| String::new())?;
    } else if verdict.valid {
        if !args.quiet {
            verdict.notices.iter().for_each(|notice| printer.note(&notice.to_string()));
            printer.data(&format!("√ Valid configuration in {}\n", verdict.file))?;
        }
    } else {
        printer.say(&format!("X Invalid configuration in {}", verdict.file));
        printer.problems(&verdict.problems);
    }
    if verdict.valid { Ok(()) } else { Err(Trouble::Said(FAILED)) }
}
