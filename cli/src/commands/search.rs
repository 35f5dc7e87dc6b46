//! `servo search`.

use servo_assembly::distribution::Tagged;

use crate::args::{Format, Search};
use crate::exit::Trouble;
use crate::session::Session;
use crate::table::Table;

/// Lists the tags of a repository.
pub(crate) async fn run(args: &Search, session: &Session) -> Result<(), Trouble> {
    let depot = session.depot(&args.registries)?;
    let repository = args.repository.parse()?;
    let tags = session.unless_stopped(depot.search(&repository, args.quiet)).await?;
    if args.output == Format::Table && tags.is_empty() {
        session.printer.note(&format!("`{repository}` has no tags"));
    }
    session.printer.show(args.output, &tags, |tags| if args.quiet { names(tags) } else { table(tags) })
}

fn names(tags: &[Tagged]) -> String {
    tags.iter().map(|one| format!("{}\n", one.tag)).collect()
}

fn table(tags: &[Tagged]) -> String {
    let mut table = Table::new(["TAG", "VERSION", "CONTRACT", "DIGEST", "NOTE"]);
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    for one in tags {
        let Tagged { tag, digest, version, contract, problem } = one;
        table.row([tag.clone(), text(version), text(contract), text(digest), text(problem)]);
    }
    table.render()
}
