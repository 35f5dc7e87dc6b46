//! `servo update`.

use servo_assembly::distribution::{Changes, Updated};

use crate::args::{Components, Format, Update};
use crate::exit::Trouble;
use crate::session::Session;

/// Moves pins to what tags mean now, and shows what that changes.
pub(crate) async fn run(args: &Update, session: &Session) -> Result<(), Trouble> {
    let components = Components { locked: false, registries: args.registries.clone() };
    let programs = session.programs_with(&components)?;
    let path = session.config_file(None);
    // What is installed can be moved in any folder.
    let loaded = if session.has_config() { Some(session.load(&path)?) } else { None };
    let work = programs.update(loaded.as_ref(), &args.connectors, args.dry_run);
    let updated = session.unless_stopped(work).await?;
    if args.output == Format::Table && updated.is_empty() {
        session.printer.note("nothing comes from a registry, and nothing is installed");
    }
    session.printer.show(args.output, &updated, |all| {
        all.iter().map(|one| told(one, args.dry_run)).collect::<Vec<_>>().join("\n")
    })?;
    match updated.iter().filter(|one| one.problem.is_some()).count() {
        0 => Ok(()),
        count => Err(Trouble::failed(format!("{count} of {} stay as they are", updated.len()))),
    }
}

fn told(one: &Updated, dry: bool) -> String {
    let used = match (&one.installed, one.aliases.as_slice()) {
        (Some(name), _) => format!(" (installed as {name})"),
        (None, []) => String::new(),
        (None, aliases) => format!(" ({})", aliases.join(", ")),
    };
    let mut text = format!("{}{used}\n", one.reference);
    if let Some(problem) = &one.problem {
        let now = one.after.as_ref().map(|after| format!("; it is {after} now")).unwrap_or_default();
        return text + &format!("  stays as it is{now}: {problem}\n");
    }
    let after = one.after.clone().unwrap_or_default();
    match &one.before {
        Some(before) if *before == after && one.pinned => {
            text += &format!("  {before}: the reference itself names it; only an editor moves it\n");
        }
        Some(before) if *before == after => text += &format!("  {before}: nothing new\n"),
        Some(before) => {
            let done = if dry { "would move" } else { "moved" };
            text += &format!("  {done} from {before}\n  to {after}\n");
            match &one.changes {
                Some(changes) => text += &differences(changes),
                None => text += "  what it was is not known any more\n",
            }
        }
        None => text += &format!("  {after}: {}\n", if dry { "would be locked" } else { "locked" }),
    }
    for key in &one.lost_signers {
        text += &format!("  not signed by {key} any more\n");
    }
    for key in &one.signed_by {
        text += &format!("  signed by {key}\n");
    }
    text
}

/// What changes for the operator, most important first.
fn differences(changes: &Changes) -> String {
    let mut lines: Vec<String> = Vec::new();
    for need in &changes.new_grants {
        lines.push(format!("wants a new grant: grants.{}: {}", need.grant, need.names));
    }
    for need in &changes.former_grants {
        lines.push(format!("needs no grants.{} any more", need.grant));
    }
    let pair = |what: &str, (old, new): &(Option<String>, Option<String>)| {
        let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".to_owned());
        (old != new).then(|| format!("{what}: {} becomes {}", text(old), text(new)))
    };
    lines.extend(pair("version", &changes.version));
    lines.extend(pair("contract", &changes.contract));
    lines.extend(changes.new_events.iter().map(|event| format!("handles `{event}` now")));
    lines.extend(changes.former_events.iter().map(|event| format!("handles `{event}` no more")));
    lines.extend(changes.new_imports.iter().map(|import| format!("imports {import} now")));
    lines.extend(changes.former_imports.iter().map(|import| format!("imports {import} no more")));
    lines.extend(changes.settings.iter().map(|one| format!("setting {} {}", one.setting, one.change)));
    if lines.is_empty() {
        lines.push("its interfaces and settings are the same".to_owned());
    }
    lines.iter().map(|line| format!("  {line}\n")).collect()
}
