//! `servo config`.

use serde_json::{Map, Value};
use servo_config::{Leaf, Servo};

use crate::args::{Config, Format};
use crate::exit::Trouble;
use crate::printer::yaml;
use crate::session::Session;
use crate::table::Table;

/// Shows the configuration with everything laid over it, or where each value came from.
pub(crate) async fn run(args: &Config, session: &Session) -> Result<(), Trouble> {
    let programs = session.programs()?;
    let (config, notices) = session.resolve(&session.config_file(None), &programs).await?;
    notices.iter().for_each(|notice| session.printer.note(&notice.to_string()));
    if args.origins {
        return origins(&config.servos, args, session);
    }
    let documents = config
        .servos
        .iter()
        .map(|servo| picked(servo.effective(), &args.keys))
        .collect::<Result<Vec<_>, _>>()?;
    match args.output.unwrap_or(Format::Yaml) {
        Format::Yaml => {
            let texts = documents.iter().map(yaml).collect::<Result<Vec<_>, _>>()?;
            session.printer.data(&texts.join("---\n"))
        }
        Format::Json => match documents.as_slice() {
            [one] => session.printer.show(Format::Json, one, |_| String::new()),
            several => session.printer.show(Format::Json, &several, |_| String::new()),
        },
        Format::Table => {
            let mut table = Table::new(["KEY", "VALUE"]);
            for leaf in
                leaves(&config.servos, &args.keys).filter(|leaf| leaf.origin != servo_config::Origin::Default)
            {
                table.row([leaf.path, plain(&leaf.value)]);
            }
            session.printer.data(&table.render())
        }
    }
}

fn origins(servos: &[Servo], args: &Config, session: &Session) -> Result<(), Trouble> {
    let found: Vec<Leaf> = leaves(servos, &args.keys).collect();
    if found.is_empty() && !args.keys.is_empty() {
        return Err(unknown(&args.keys.join(", ")));
    }
    session.printer.show(args.output.unwrap_or(Format::Table), &found, |found| {
        let mut table = Table::new(["KEY", "VALUE", "ORIGIN"]);
        for leaf in found {
            table.row([leaf.path.clone(), plain(&leaf.value), leaf.origin.to_string()]);
        }
        table.render()
    })
}

fn leaves<'a>(servos: &'a [Servo], keys: &'a [String]) -> impl Iterator<Item = Leaf> + 'a {
    let below = |path: &str, key: &str| {
        path.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    let all = servos.iter().flat_map(Servo::origins);
    all.filter(move |leaf| keys.is_empty() || keys.iter().any(|key| below(&leaf.path, key)))
}

/// The parts of the document that were asked for; the whole one when nothing was.
fn picked(document: Value, keys: &[String]) -> Result<Value, Trouble> {
    let part = |key: &str| {
        let pointer = format!("/{}", key.replace(['.', '['], "/").replace(']', ""));
        // A key with a dot in it, such as an alias, is looked for as it is first.
        document.get(key).or_else(|| document.pointer(&pointer)).cloned().ok_or_else(|| unknown(key))
    };
    match keys {
        [] => Ok(document),
        [key] => part(key),
        several => Ok(Value::Object(
            several
                .iter()
                .map(|key| Ok((key.clone(), part(key)?)))
                .collect::<Result<Map<_, _>, Trouble>>()?,
        )),
    }
}

fn unknown(key: &str) -> Trouble {
    Trouble::Usage(format!(
        "the configuration has no value for `{key}`; `servo config --origins` lists all, defaults included"
    ))
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
