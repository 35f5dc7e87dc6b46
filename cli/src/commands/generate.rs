//! `servo generate`.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value};
use servo_assembly::{ConnectorInfo, Programs};
use servo_config::{Catalogue, Origin, Source, document_schema, names};

use super::stanza::{fill, stanza};
use crate::args::Generate;
use crate::exit::Trouble;
use crate::printer::yaml;
use crate::session::Session;

/// A connector under the name that it gets.
struct Wanted<'a> {
    alias: String,
    info: &'a ConnectorInfo,
}

/// Writes a configuration out of the connectors' examples.
pub(crate) async fn run(args: &Generate, session: &Session) -> Result<(), Trouble> {
    let programs = session.programs()?;
    let wanted = wanted(&args.connectors, &programs).await?;
    let (text, endpoints) = document(args, &wanted)?;
    let printer = &session.printer;
    if args.file == Path::new("-") {
        return printer.data(&text);
    }
    write(args, &text, session)?;
    if !args.quiet {
        printer.data(&text)?;
        printer.say(&format!("Generated {}", args.file.display()));
        if !endpoints.is_empty() {
            printer.note(&format!(
                "example origins and commands are commented out, because those in this file count as granted: put yours \
                 into {}",
                endpoints.join(", ")
            ));
        }
    }
    Ok(())
}

async fn wanted<'a>(named: &[String], programs: &'a Programs) -> Result<Vec<Wanted<'a>>, Trouble> {
    let all = programs.connectors();
    if named.is_empty() {
        return Ok(all.map(|info| Wanted { alias: info.name.clone(), info }).collect());
    }
    let catalogue = programs.catalogue(None).await;
    let mut wanted: Vec<Wanted<'a>> = Vec::new();
    for text in named {
        let (alias, identifier) = match text.split_once(':') {
            Some((alias, identifier)) => (Some(alias), identifier),
            None => (None, text.as_str()),
        };
        let known = catalogue.find(identifier).map_or(identifier, |connector| &connector.name);
        let info = super::connectors::find(known, programs)?;
        let alias = alias.unwrap_or(&info.name).to_owned();
        if alias != info.name {
            names::check_alias(&alias, &Origin::Default)
                .map_err(|problem| Trouble::Usage(problem.to_string()))?;
        }
        if wanted.iter().any(|one| one.alias == alias) {
            return Err(Trouble::Usage(format!(
                "two connectors would be named `{alias}`; write ALIAS:CONNECTOR for one of them"
            )));
        }
        wanted.push(Wanted { alias, info });
    }
    Ok(wanted)
}

/// The document, and the settings in it that name origins.
fn document(args: &Generate, wanted: &[Wanted<'_>]) -> Result<(String, Vec<String>), Trouble> {
    let mut text = String::new();
    if let Some(name) = &args.name {
        text += &yaml(&Map::from_iter([("name".to_owned(), Value::from(name.as_str()))]))?;
    }
    if !args.standalone && !args.connectors.is_empty() {
        text += &selection(wanted)?;
    }
    if args.defaults {
        let schema = document_schema(&Catalogue::new(), None);
        let mut own = Map::new();
        fill(&mut own, &schema, &schema);
        // An objective without anything to work towards would be a mistake; the other two start something.
        for key in ["objective", "optimizer", "liveness"] {
            own.shift_remove(key);
        }
        text += &yaml(&own)?;
    }
    let mut endpoints = Vec::new();
    for Wanted { alias, info } in wanted {
        let made = stanza(alias, info, args.defaults)?;
        text += &made.text;
        endpoints.extend(made.endpoints);
    }
    Ok((text, endpoints))
}

/// `connectors` as a list, or as a map when an alias is among them.
fn selection(wanted: &[Wanted<'_>]) -> Result<String, Trouble> {
    let aliased = wanted.iter().any(|one| one.alias != one.info.name);
    let pairs = wanted.iter().map(|one| (one.alias.clone(), Value::from(one.info.name.as_str())));
    let connectors = match aliased {
        true => Value::Object(pairs.collect()),
        false => Value::Array(pairs.map(|(_, name)| name).collect()),
    };
    yaml(&Map::from_iter([("connectors".to_owned(), connectors)]))
}

fn write(args: &Generate, text: &str, session: &Session) -> Result<(), Trouble> {
    let path = &args.file;
    let failed = |error| Trouble::Failed(format!("{} cannot be written: {error}", path.display()));
    if args.append && path.exists() {
        let source = Source::read(path).map_err(|error| Trouble::Failed(error.to_string()))?;
        let old = source.text();
        let gap = if old.is_empty() || old.ends_with('\n') { "" } else { "\n" };
        return fs::write(path, format!("{old}{gap}---\n{text}")).map_err(failed);
    }
    if path.exists() && !args.force && !may_overwrite(path, session)? {
        return Err(Trouble::Said(crate::exit::FAILED));
    }
    fs::write(path, text).map_err(failed)
}

/// Asks on a terminal; elsewhere the flag is the answer.
pub(super) fn may_overwrite(path: &Path, session: &Session) -> Result<bool, Trouble> {
    let path = path.display();
    if !session.printer.can_ask() {
        return Err(Trouble::Usage(format!("{path} exists; --force overwrites it")));
    }
    let question =
        inquire::Confirm::new(&format!("{path} exists. Overwrite it?")).with_default(false).prompt();
    super::init::answer(question)
}
