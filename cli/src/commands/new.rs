//! `servo new`.

mod template;

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use clap::ValueEnum as _;
use servo_assembly::{Kit, Language, is_connector_name, prepare};
use servo_config::names::check_alias;
use servo_config::{Origin, Problems};

use crate::args::{New, NewEvent};
use crate::exit::Trouble;
use crate::printer::Printer;
use crate::session::KIT;

use template::Template;

/// Makes a folder with a connector that builds, a test of it and a configuration that runs it.
pub(crate) fn run(args: &New, printer: &Printer) -> Result<(), Trouble> {
    let name = args.name.as_str();
    if !is_connector_name(name) {
        return Err(Trouble::Usage(format!(
            "{name:?} is no name for a connector: lower case letters, digits, `-` and `_`, a letter first"
        )));
    }
    // It becomes an alias in the configuration of the new connector.
    check_alias(name, &Origin::Default).map_err(Problems::from)?;
    let (kit, language) = (Kit { files: KIT, guests: None }, Language::from(args.lang));
    let events = events(args);
    let template = Template { name, events: &events };
    let folder = Path::new(name);
    fs::create_dir(folder).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => Trouble::Usage(format!("{name} exists; `servo new` overwrites nothing")),
        _ => cannot(folder, &error),
    })?;
    let mut written = Vec::new();
    for (path, bytes) in kit.below(&format!("guests/{}/new", language.id())) {
        let path = folder.join(template.path(path));
        if let Some(above) = path.parent() {
            fs::create_dir_all(above).map_err(|error| cannot(above, &error))?;
        }
        fs::write(&path, template.text(&String::from_utf8_lossy(bytes)))
            .map_err(|error| cannot(&path, &error))?;
        written.push(path.display().to_string());
    }
    prepare(folder, &kit)?;
    printer.say(&format!("written: {}", written.join(", ")));
    printer.say(&format!("next: `cd {name}`, `servo build`, `servo {}`", first_command(&events)));
    Ok(())
}

/// The interfaces of the events in the order of the contract, each once. Who adjusts is asked for its state, too.
fn events(args: &New) -> Vec<String> {
    let wanted = |event: &NewEvent| {
        args.events.contains(event)
            || (*event == NewEvent::Describe && args.events.contains(&NewEvent::Adjust))
    };
    let mut interfaces: Vec<String> = NewEvent::value_variants()
        .iter()
        .filter(|event| wanted(event))
        .flat_map(|event| interfaces(*event))
        .map(|interface| (*interface).to_owned())
        .collect();
    interfaces.dedup();
    interfaces
}

/// The interfaces of an event; two of them have the events of a pair.
fn interfaces(event: NewEvent) -> &'static [&'static str] {
    match event {
        NewEvent::Startup | NewEvent::Shutdown => &["lifecycle"],
        NewEvent::Metrics | NewEvent::Components => &["inventory"],
        NewEvent::Describe => &["describe"],
        NewEvent::Measure => &["measure"],
        NewEvent::Adjust => &["adjust"],
        NewEvent::Check => &["check"],
        NewEvent::Promote => &["promote"],
        NewEvent::Handle => &["declarations", "events"],
        NewEvent::Commands => &["commands"],
    }
}

/// A command that shows something of the new connector.
fn first_command(events: &[String]) -> &'static str {
    let has = |name: &str| events.iter().any(|event| event == name);
    match () {
        () if has("measure") => "measure --duration 2s",
        () if has("describe") => "describe",
        () if has("check") => "check --verbose",
        () => "show events",
    }
}

fn cannot(path: &Path, error: &std::io::Error) -> Trouble {
    Trouble::Failed(format!("{} cannot be written: {error}", path.display()))
}
