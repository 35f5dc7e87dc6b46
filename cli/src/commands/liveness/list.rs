//! `servo liveness ls` and `get`.

use std::collections::HashSet;

use servo_assembly::liveness::{Entry, Filter};

use super::rows::{Row, sheet, table, unix};
use super::{Place, nobody};
use crate::args::{Get, Ls, StateName, Which};
use crate::exit::Trouble;
use crate::session::Session;

/// Leases that are asked for at most: each is a question of its own to etcd.
const LEASES_MAX: usize = 2_000;

/// Lists services.
pub(super) async fn all(args: &Ls, place: &Place, session: &Session) -> Result<(), Trouble> {
    let filter = Filter::from(&args.filter);
    let snapshot = place.liveness.read().await?;
    let wanted = |entry: &&Entry| {
        let state = entry.state(unix).name();
        let named = |name: &StateName| state == name_of(*name);
        filter.fits(&entry.service) && (args.state.is_empty() || args.state.iter().any(named))
    };
    let entries: Vec<&Entry> = snapshot.iter().filter(wanted).collect();
    let mut leases: HashSet<i64> = entries.iter().filter_map(|entry| entry.lease()).collect();
    if leases.len() > LEASES_MAX {
        session.printer.note(&format!(
            "{} leases are more than are asked for; their times are not shown (filter the list)",
            leases.len()
        ));
        leases.clear();
    }
    let times = place.liveness.lease_times(leases).await?;
    let mut rows: Vec<Row> = entries.into_iter().map(|entry| Row::new(entry, &times)).collect();
    rows.sort_by(|a, b| a.who.place().cmp(&b.who.place()));
    if rows.is_empty() {
        session.printer.note(&format!("no service fits at {}", place.config.endpoints.join(", ")));
    }
    session.printer.show(args.output, &rows, |rows| table(rows))
}

/// Shows one service as etcd has it now.
pub(super) async fn one(args: &Get, place: &Place, session: &Session) -> Result<(), Trouble> {
    let row = row(&args.which, place).await?;
    session.printer.show(args.output, &row, sheet)
}

/// The service that is meant, as etcd has it now.
pub(super) async fn row(which: &Which, place: &Place) -> Result<Row, Trouble> {
    let (entry, missing) = match (&which.uuid, &which.kind, &which.host) {
        (None, Some(kind), Some(host)) => (place.liveness.find(kind, host).await?, nobody(kind, host)),
        _ => {
            let uuid = which.uuid.as_deref().unwrap_or_default();
            let missing = format!("there is no service `{uuid}`; `servo liveness ls` lists all");
            (place.liveness.get(uuid).await?, missing)
        }
    };
    let entry = entry.ok_or(Trouble::Failed(missing))?;
    let times = place.liveness.lease_times(entry.lease()).await?;
    Ok(Row::new(&entry, &times))
}

fn name_of(name: StateName) -> &'static str {
    match name {
        StateName::Up => "up",
        StateName::Down => "down",
        StateName::Suspect => "suspect",
    }
}
