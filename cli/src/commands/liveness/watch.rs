//! `servo liveness watch`: services as they are, then what changes.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use servo_assembly::liveness::{Change, Filter, Notice, Snapshot, View};
use servo_config::quantity::format_duration;
use tokio::time::interval;

use super::Place;
use super::rows::{Row, Who, time, unix, why, with};
use crate::args::{LineFormat, Watch};
use crate::exit::Trouble;
use crate::printable::printable;
use crate::printer::Printer;
use crate::session::Session;
use crate::signals::Stop;

/// How often the age of what is known is looked at.
const LOOK: Duration = Duration::from_millis(500);

/// A line for programs.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
enum Line {
    /// A service as it is.
    Service(Row),
    /// All services were told.
    Ready { time: String, revision: i64, services: usize, missed: u64 },
    /// A service that is in another state, or says something else of itself.
    Change {
        time: String,
        #[serde(flatten)]
        who: Who,
        status: &'static str,
        before: &'static str,
        after: &'static str,
        why: Option<String>,
        note: String,
        revision: i64,
    },
    /// What was told may be old.
    Stale { time: String, age_seconds: u64 },
    /// It is not any more.
    Fresh { time: String },
}

struct Lines<'a> {
    filter: Filter,
    /// Who was told of.
    told: HashSet<Arc<str>>,
    output: LineFormat,
    printer: &'a Printer,
}

/// Writes until a signal.
pub(super) async fn run(args: &Watch, place: &Place, session: &Session) -> Result<(), Trouble> {
    let stop = Stop::listen(&session.printer)?;
    let Some(view) = stop.token.run_until_cancelled(place.view()).await else { return stop.ended() };
    let view = view?;
    let mut watcher = view.watch();
    let (told, printer) = (HashSet::new(), &session.printer);
    let mut lines = Lines { filter: Filter::from(&args.filter), told, output: args.output, printer };
    let (mut look, mut stale) = (interval(LOOK), false);
    loop {
        tokio::select! {
            () = stop.token.cancelled() => return stop.ended(),
            notice = watcher.next() => match notice {
                Some(Notice::State { snapshot, missed }) => lines.state(&snapshot, missed)?,
                Some(Notice::Changes(changes)) => changes.iter().try_for_each(|change| lines.change(change))?,
                None => return Ok(()),
            },
            _ = look.tick() => stale = lines.age(view, place.config.max_age, stale)?,
        }
    }
}

impl Lines<'_> {
    fn state(&mut self, snapshot: &Snapshot, missed: u64) -> Result<(), Trouble> {
        if missed > 0 && self.output == LineFormat::Table {
            self.remark(&format!("changes were missed ({missed}): everything again"))?;
        }
        self.told.clear();
        let fits = snapshot.iter().filter(|entry| self.filter.fits(&entry.service));
        let mut rows: Vec<(Arc<str>, Row)> = fits
            .map(|entry| {
                (Arc::clone(&entry.service.uuid), Row::new(entry, &std::collections::HashMap::new()))
            })
            .collect();
        rows.sort_by(|(_, a), (_, b)| a.who.place().cmp(&b.who.place()));
        let (revision, services) = (snapshot.revision(), rows.len());
        for (uuid, row) in rows {
            self.told.insert(uuid);
            match self.output {
                LineFormat::Json => self.json(&Line::Service(row))?,
                LineFormat::Table => self.text(&with(row.state, row.why.as_deref()), &row.who)?,
            }
        }
        match self.output {
            LineFormat::Json => self.json(&Line::Ready { time: now(), revision, services, missed }),
            LineFormat::Table => {
                self.remark(&format!("{services} as of revision {revision}; changes follow"))
            }
        }
    }

    /// One that fits, or did when it was told of last.
    fn change(&mut self, change: &Change) -> Result<(), Trouble> {
        let Change { uuid, before, after, service, revision } = change;
        let fits = self.filter.fits(service);
        let known = if fits { !self.told.insert(Arc::clone(uuid)) } else { self.told.remove(uuid) };
        if !fits && !known {
            return Ok(());
        }
        let who = Who::new(service);
        match self.output {
            LineFormat::Json => self.json(&Line::Change {
                time: now(),
                who,
                status: service.status.name(),
                before: before.name(),
                after: after.name(),
                why: why(*after),
                note: service.maintenance.note.as_ref().into(),
                revision: *revision,
            }),
            LineFormat::Table => self.text(&format!("{before} → {after}"), &who),
        }
    }

    /// Says once that what is known is old, and once that it is not any more; whether it is.
    fn age(&self, view: &View, bound: Duration, was_stale: bool) -> Result<bool, Trouble> {
        let age = view.age().unwrap_or(Duration::MAX);
        let stale = age > bound;
        if stale != was_stale {
            let age_seconds = age.as_secs();
            match (self.output, stale) {
                (LineFormat::Json, true) => self.json(&Line::Stale { time: now(), age_seconds })?,
                (LineFormat::Json, false) => self.json(&Line::Fresh { time: now() })?,
                (LineFormat::Table, true) => {
                    let age = format_duration(Duration::from_secs(age_seconds));
                    self.remark(&format!("nothing was heard from etcd for {age}: what was told may be old"))?;
                }
                (LineFormat::Table, false) => self.remark("etcd answers again")?,
            }
        }
        Ok(stale)
    }

    fn text(&self, state: &str, who: &Who) -> Result<(), Trouble> {
        let line = printable(&format!("{}  {state:<30}  {}", now(), who.line()));
        self.printer.data(&(line + "\n"))
    }

    fn remark(&self, text: &str) -> Result<(), Trouble> {
        self.printer.data(&format!("{}  -- {text}\n", now()))
    }

    fn json(&self, line: &Line) -> Result<(), Trouble> {
        let line = serde_json::to_string(line).map_err(Trouble::failed)?;
        self.printer.data(&(line + "\n"))
    }
}

fn now() -> String {
    time(unix())
}
