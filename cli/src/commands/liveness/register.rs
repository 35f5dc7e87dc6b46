//! `servo liveness register`: holds a service up for as long as it runs.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use servo_assembly::liveness::{LeaseFigures, Service, Status, host_name};
use servo_config::quantity::format_duration;
use tokio::time::interval;

use super::Place;
use super::rows::{Who, time, unix};
use crate::args::{LineFormat, Register};
use crate::exit::Trouble;
use crate::printer::Printer;
use crate::session::Session;
use crate::signals::Stop;

/// How often the lease is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// What is known of the lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// Others see the service.
    Kept,
    /// It was not renewed in time; only etcd knows whether it lives.
    Doubtful,
    /// It ended: the service was declared down.
    Lost,
}

/// Something that happened, as a line.
#[derive(Debug, Serialize)]
struct Event<'a> {
    time: String,
    event: &'static str,
    #[serde(flatten)]
    who: &'a Who,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ttl_seconds: Option<u64>,
}

struct Lines<'a> {
    who: Who,
    output: LineFormat,
    printer: &'a Printer,
}

/// Registers the service and keeps it until a signal.
pub(super) async fn run(args: &Register, place: &Place, session: &Session) -> Result<(), Trouble> {
    let printer = &session.printer;
    let stop = Stop::listen(printer)?;
    let host = args.host.clone().unwrap_or_else(host_name);
    let named = |uuid: Arc<str>| Service {
        uuid,
        kind: args.kind.as_str().into(),
        host: host.as_str().into(),
        region: args.region.as_str().into(),
        ..Service::default()
    };
    // What cannot be registered gets no uuid.
    named("-".into()).check().map_err(|error| Trouble::Usage(error.to_string()))?;
    let kept = match &args.uuid {
        Some(_) => None,
        None => {
            let names = [place.config.namespace.as_str(), &args.kind, &host];
            Some(session.state().uuid(&names).map_err(Trouble::failed)?)
        }
    };
    let uuid =
        args.uuid.as_deref().map(Arc::from).or_else(|| kept.as_ref().map(|kept| Arc::clone(&kept.uuid)));
    let mut service = named(uuid.unwrap_or_default());
    service.check().map_err(|error| Trouble::Usage(error.to_string()))?;
    let before = place.liveness.get(&service.uuid).await?;
    if let Some(before) = before.filter(|_| args.status.is_none()) {
        // What an operator said of it outlives its process.
        (service.status, service.maintenance) = (before.service.status, before.service.maintenance);
    }
    service.status = args.status.map_or(service.status, Status::from);
    let (who, status) = (Who::new(&service), service.status);
    let registering = place.liveness.update(service.clone());
    match stop.token.run_until_cancelled(registering).await {
        Some(result) => drop(result?),
        None => return stop.ended(),
    }
    let lines = Lines { who, output: args.output, printer };
    lines.registered("registered", status, granted(place), place.config.ttl)?;
    if status == Status::Down && args.status.is_none() {
        printer.note(&format!("it was set down before; `servo liveness up {}` ends that", service.uuid));
    }
    let kept = lines.keep(place, &service, &stop).await;
    place.liveness.stop().await;
    lines.write("ended", None, None, "others see that it is down")?;
    kept?;
    stop.ended()
}

impl Lines<'_> {
    /// Says what becomes of the lease, until a signal.
    async fn keep(&self, place: &Place, service: &Service, stop: &Stop) -> Result<(), Trouble> {
        let (mut before, mut losses) = (Standing::Kept, 0);
        let mut look = interval(LOOK);
        while stop.token.run_until_cancelled(look.tick()).await.is_some() {
            let Some(figures) = place.liveness.lease() else { continue };
            let now = standing(&figures);
            if figures.losses > losses {
                losses = figures.losses;
                self.write(
                    "lost",
                    None,
                    None,
                    "the lease has ended: others saw it down; it is registered again",
                )?;
                before = Standing::Lost;
            }
            match (before, now) {
                (Standing::Kept, Standing::Doubtful) => {
                    self.write(
                        "doubtful",
                        None,
                        None,
                        "etcd does not renew the lease: others may see it down",
                    )?;
                }
                (Standing::Doubtful, Standing::Kept) => {
                    self.write("renewed", None, None, "etcd answers again")?
                }
                (Standing::Lost, Standing::Kept) => {
                    // An operator may have set it down or up meanwhile.
                    let held = place.liveness.get(&service.uuid).await.ok().flatten();
                    let status = held.map_or(service.status, |held| held.service.status);
                    self.registered("registered-again", status, granted(place), place.config.ttl)?;
                }
                _ => {}
            }
            before = now;
        }
        Ok(())
    }

    fn registered(
        &self,
        event: &'static str,
        status: Status,
        granted: Option<Duration>,
        asked: Duration,
    ) -> Result<(), Trouble> {
        let text = match granted {
            Some(granted) if granted > asked => format!(
                "{}, lease {} (etcd grants no less; {} was asked for)",
                status.name(),
                format_duration(granted),
                format_duration(asked)
            ),
            Some(granted) => format!("{}, lease {}", status.name(), format_duration(granted)),
            None => status.name().to_owned(),
        };
        self.write(event, Some(status), granted, &text)
    }

    fn write(
        &self,
        event: &'static str,
        status: Option<Status>,
        granted: Option<Duration>,
        text: &str,
    ) -> Result<(), Trouble> {
        let now = time(unix());
        match self.output {
            LineFormat::Table => {
                let event = event.replace('-', " ");
                let line =
                    crate::printable::printable(&format!("{now}  {event}: {}: {text}", self.who.line()));
                self.printer.data(&(line + "\n"))
            }
            LineFormat::Json => {
                let status = status.map(Status::name);
                let ttl_seconds = granted.map(|granted| granted.as_secs());
                let event = Event { time: now, event, who: &self.who, status, ttl_seconds };
                let line = serde_json::to_string(&event).map_err(Trouble::failed)?;
                self.printer.data(&(line + "\n"))
            }
        }
    }
}

/// What etcd grants.
fn granted(place: &Place) -> Option<Duration> {
    place.liveness.lease().and_then(|figures| figures.granted)
}

fn standing(figures: &LeaseFigures) -> Standing {
    match figures.remaining {
        None => Standing::Lost,
        Some(Duration::ZERO) => Standing::Doubtful,
        Some(_) => Standing::Kept,
    }
}
