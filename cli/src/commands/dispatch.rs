//! `servo dispatch`.

use std::io::Read as _;

use serde_json::{Value, json};
use servo_assembly::{DispatchOptions, Dispatched};

use super::answers::known;
use crate::args::{Dispatch, Format};
use crate::exit::{FAILED, Trouble};
use crate::session::Session;
use crate::signals::Stop;
use crate::table::Table;

/// What is read from standard input at most.
const INPUT_MAX: u64 = 4 << 20;

/// Dispatches an event and shows what each connector answered.
pub(crate) async fn run(args: Dispatch, session: &Session) -> Result<(), Trouble> {
    let arguments = if args.arguments == "-" { input()? } else { args.arguments };
    let servo = session.assemble(&args.components).await?;
    known(&args.connectors, &servo)?;
    known(&args.exclude, &servo)?;
    let stop = Stop::listen(&session.printer)?;
    let options = DispatchOptions {
        include: args.connectors,
        exclude: args.exclude,
        first: args.first,
        timeout: args.timeout,
        cancel: stop.token.clone(),
        ..DispatchOptions::default()
    };
    let dispatched = servo.event(&args.event, &arguments, options).await;
    stop.cut_short()?;
    let dispatched = dispatched?;
    shown(&dispatched, args.output, session)?;
    for notice in &dispatched.notices {
        session.printer.note(notice);
    }
    if let Some((connector, failure)) = &dispatched.cancelled {
        session.printer.warn(&format!("`{connector}` cancelled `{}`: {failure}", args.event));
    }
    let mut failed = false;
    for (connector, answer) in &dispatched.answers {
        if let Err(failure) = answer {
            session.printer.error(&format!("connector `{connector}`: {failure}"));
            failed = true;
        }
    }
    if failed { Err(Trouble::Said(FAILED)) } else { Ok(()) }
}

fn input() -> Result<String, Trouble> {
    let mut text = String::new();
    let read = std::io::stdin().lock().take(INPUT_MAX + 1).read_to_string(&mut text);
    read.map_err(|error| Trouble::Failed(format!("standard input cannot be read: {error}")))?;
    if text.len() as u64 > INPUT_MAX {
        return Err(Trouble::Usage(
            "standard input has more than 4 MiB, the most that an event takes".to_owned(),
        ));
    }
    Ok(text)
}

/// Answers only; failures are told elsewhere, and are part of the forms for programs.
fn shown(dispatched: &Dispatched, output: Format, session: &Session) -> Result<(), Trouble> {
    if output == Format::Table {
        let mut table = Table::new(["CONNECTOR", "ANSWER"]);
        for (connector, answer) in &dispatched.answers {
            let Ok(answer) = answer else { continue };
            table.row([connector.clone(), text(answer)]);
        }
        return if table.is_empty() { Ok(()) } else { session.printer.data(&table.render()) };
    }
    let one = |(connector, answer): &(String, Result<Value, _>)| match answer {
        Ok(answer) => json!({"connector": connector, "ok": answer}),
        Err(failure) => json!({"connector": connector, "error": failure}),
    };
    let answers: Vec<Value> = dispatched.answers.iter().map(one).collect();
    session.printer.show(output, &answers, |_| String::new())
}

fn text(answer: &Value) -> String {
    match answer {
        Value::Null => "done".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
