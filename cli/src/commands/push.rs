//! `servo push`.

use jiff::Timestamp;
use servo_assembly::distribution::Published;

use super::inspect::size;
use crate::args::Push;
use crate::exit::Trouble;
use crate::session::Session;
use crate::table::Table;

/// Publishes a component file.
pub(crate) async fn run(args: &Push, session: &Session) -> Result<(), Trouble> {
    let depot = session.depot(&args.registries)?;
    let reference = args.reference.parse()?;
    let created = created(session)?;
    let published = session.unless_stopped(depot.push(&args.file, &reference, created)).await?;
    if published.contract.is_none() {
        let text = "this component is no connector: it exports no servo:connector/settings";
        session.printer.note(text);
    }
    session.printer.show(args.output, &published, table)
}

/// When what is published was made, if whoever builds it says so (reproducible-builds.org).
fn created(session: &Session) -> Result<Option<Timestamp>, Trouble> {
    let Some(text) = session.variable("SOURCE_DATE_EPOCH").filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let second = text.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    let wrong = || Trouble::Usage(format!("SOURCE_DATE_EPOCH: `{text}` is no number of seconds since 1970"));
    second.ok_or_else(wrong).map(Some)
}

fn table(published: &Published) -> String {
    let mut table = Table::new(["PROPERTY", "VALUE"]);
    let rows = [
        ("reference", published.reference.clone()),
        ("component", published.component.clone()),
        ("size", size(published.size)),
    ];
    rows.into_iter().for_each(|(what, value)| table.row([what.to_owned(), value]));
    table.render()
}
