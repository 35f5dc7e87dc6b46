//! `servo liveness`: services in etcd, for people.

mod answer;
mod change;
mod list;
mod register;
mod rows;
mod watch;
mod when;

use std::time::Duration;

use servo_assembly::liveness::{Error, Filter, Liveness, Status, View, options};
use servo_config::Liveness as Config;
use tokio::time::{Instant, sleep};

use crate::args::{Filters, LivenessWhat, StatusName, Which};
use crate::exit::Trouble;
use crate::session::Session;

/// How often a view that was just made is looked at.
const LOOK: Duration = Duration::from_millis(5);

/// Where services are kept.
struct Place {
    config: Config,
    liveness: Liveness,
}

/// Does what is said about services.
pub(crate) async fn run(args: crate::args::Liveness, session: &Session) -> Result<(), Trouble> {
    let config = session.liveness(&args.etcd.flags())?;
    let options = options(&config).map_err(|error| Trouble::Usage(error.to_string()))?;
    let liveness = Liveness::new(options)?;
    let place = Place { config, liveness };
    let result = match args.what {
        LivenessWhat::Register(args) => register::run(&args, &place, session).await,
        LivenessWhat::Ls(args) => list::all(&args, &place, session).await,
        LivenessWhat::Get(args) => list::one(&args, &place, session).await,
        LivenessWhat::IsUp(args) => answer::run(&args, &place, session).await,
        LivenessWhat::Watch(args) => watch::run(&args, &place, session).await,
        LivenessWhat::Down(args) => change::down(args, &place, session).await,
        LivenessWhat::Up(args) => change::up(&args, &place, session).await,
        LivenessWhat::Delete(args) => change::delete(&args, &place, session).await,
        LivenessWhat::Release(_) => change::release(&place, session).await,
    };
    place.liveness.stop().await;
    result
}

impl Place {
    /// The uuid of the service that is meant.
    async fn uuid(&self, which: &Which) -> Result<String, Trouble> {
        if let (None, Some(kind), Some(host)) = (&which.uuid, &which.kind, &which.host) {
            let found = self.liveness.find(kind, host).await?;
            let found = found.map(|entry| entry.service.uuid.as_ref().into());
            return found.ok_or_else(|| Trouble::Failed(nobody(kind, host)));
        }
        Ok(which.uuid.clone().unwrap_or_default())
    }

    /// A view that has read everything.
    async fn view(&self) -> Result<&View, Error> {
        // Only a call says what is wrong with etcd; a view goes on trying.
        self.liveness.get("-").await?;
        let view = self.liveness.view().await;
        let until = Instant::now() + self.config.timeout;
        while view.age().is_none() {
            if Instant::now() >= until {
                let endpoints = self.config.endpoints.join(", ");
                return Err(Error::Silent { endpoints, after: self.config.timeout });
            }
            sleep(LOOK).await;
        }
        Ok(view)
    }
}

/// Words for a service that is not there.
fn nobody(kind: &str, host: &str) -> String {
    format!("there is no service of type `{kind}` on `{host}`; `servo liveness ls` lists all")
}

impl From<&Filters> for Filter {
    fn from(filters: &Filters) -> Self {
        let Filters { uuid, kind, host, region, status } = filters.clone();
        let statuses = status.into_iter().map(Status::from).collect();
        Filter { uuids: uuid, kinds: kind, hosts: host, regions: region, statuses }
    }
}

impl From<StatusName> for Status {
    fn from(name: StatusName) -> Self {
        match name {
            StatusName::Up => Status::Up,
            StatusName::Down => Status::Down,
        }
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid(_) | Error::Options(_) => Trouble::Usage(error.to_string()),
            Error::NotFound(_) => Trouble::Failed(format!("{error}; `servo liveness ls` lists all")),
            _ => Trouble::Failed(error.to_string()),
        }
    }
}
