//! `servo build`.

use serde::Serialize;
use servo_assembly::{Inspection, Kit, Language};

use super::inspect::{needs, size};
use crate::args::Build;
use crate::exit::Trouble;
use crate::session::{KIT, Session};

#[derive(Serialize)]
struct Built {
    language: &'static str,
    #[serde(flatten)]
    component: Inspection,
}

/// Builds the connector in a folder and writes the finished component.
pub(crate) async fn run(args: &Build, session: &Session) -> Result<(), Trouble> {
    let programs = session.programs()?;
    let kit = Kit { files: KIT, guests: args.guests.clone() };
    let (language, component) = programs.build(&args.folder, args.out.as_deref(), &kit).await?;
    let built = Built { language: language.id(), component };
    session.printer.show(args.output, &built, |Built { component, .. }| text(language, component))
}

/// What was built, for people.
pub(super) fn text(language: Language, component: &Inspection) -> String {
    let name = component.metadata.name.as_deref().unwrap_or_default();
    let version = component.metadata.version.as_deref().unwrap_or_default();
    let events = if component.events.is_empty() { "nothing".to_owned() } else { component.events.join(", ") };
    let needs = if component.grants.is_empty() { "no grants".to_owned() } else { needs(component) };
    let (size, file) = (size(component.size), &component.file);
    let commands: Vec<&str> = component.metadata.commands.iter().map(|one| one.name.as_str()).collect();
    let brings = if commands.is_empty() {
        String::new()
    } else {
        format!("brings the commands {}\n", commands.join(", "))
    };
    format!("{name} {version}, {language}, {size} in {file}\nhandles {events}\n{brings}needs {needs}\n")
}
