//! `servo migrate`.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use servo_config::{Concern, Finding, Flags, Migration, Origin, Source, load};

use crate::args::{Format, Migrate};
use crate::exit::{FAILED, Trouble};
use crate::session::Session;
use crate::table::Table;

/// Shows what is to be known of a file that was written for ServoX, and writes what it should be, if asked to.
pub(crate) async fn run(args: &Migrate, session: &Session) -> Result<(), Trouble> {
    let path = session.config_file(args.file.as_deref());
    let source = Source::read(&path).map_err(|error| Trouble::Usage(error.to_string()))?;
    let programs = session.programs()?;
    let environment = session.environment();
    let loaded = load(std::slice::from_ref(&source), environment, &Flags::default())?;
    programs.log_in(&loaded).await?;
    let catalogue = programs.catalogue(Some(&loaded)).await;
    let mut migration = servo_config::migrate(&source, environment, &catalogue)?;
    migration.changed(servo_assembly::native_notices(&migration.config));
    if migration.problems.is_empty() {
        migration.problems = servo_assembly::native_problems(&migration.config, &path);
    }
    if let Some(new) = &args.to {
        write(new, &path, &migration.text).map_err(|error| {
            let why = match error.kind() {
                io::ErrorKind::AlreadyExists => "it exists; name another one, or remove it first".to_owned(),
                _ => error.to_string(),
            };
            Trouble::Usage(format!("the new file {} is not written: {why}", new.display()))
        })?;
    }
    let printer = &session.printer;
    printer.show(args.output, &migration, table)?;
    let wrong = !migration.problems.is_empty();
    if wrong && args.output == Format::Table {
        printer.say(&format!("to be mended by hand in {}:", path.display()));
        printer.problems(&migration.problems);
    }
    match &args.to {
        Some(new) => printer.say(&format!("written: {}", new.display())),
        None if source.text() != migration.text => {
            printer
                .note("nothing was written; --to NEW-FILE writes what it should be now, with its comments");
        }
        None => {}
    }
    if wrong { Err(Trouble::Said(FAILED)) } else { Ok(()) }
}

fn table(migration: &Migration) -> String {
    let mut table = Table::new(["", "WHERE", "WHAT"]);
    let mut before = None;
    for Finding { concern, notice } in &migration.findings {
        let name = match concern {
            Concern::Decide => "to decide",
            Concern::Rewritten => "rewritten",
            Concern::Unneeded => "not needed",
            Concern::Changed => "changed",
        };
        let name = if before.replace(*concern) == Some(*concern) { "" } else { name };
        let place = match &notice.origin {
            Origin::Default => "-".to_owned(),
            origin => origin.to_string(),
        };
        table.row([name.to_owned(), place, notice.message.clone()]);
    }
    table.render()
}

/// A new file, whole or not at all as far as its name is concerned; nobody may read it who may not read the old one.
fn write(path: &Path, old: &Path, text: &str) -> io::Result<()> {
    let mode = fs::metadata(old)?.permissions().mode() & 0o777;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
