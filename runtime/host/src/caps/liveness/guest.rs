//! The functions that guests call, and their types.

use servo_types::Failure;
use tokio::time::Instant;

use super::{
    DownWhy, INVALID, KnownService, ServiceChange, ServiceMaintenance, ServiceName, ServiceSelection,
    ServiceState, engine, unless_cancelled, until,
};
use crate::bindings::imported::contract as w;
use crate::bindings::imported::liveness as wit;
use crate::convert::failure_to_guest;
use crate::grants::Access;
use crate::state::{Scope, State};
use crate::tenant::Tenant;

/// Numbers from here on do not tell seconds apart.
const TIME_MAX: f64 = 9e15;

type Answer<T> = wasmtime::Result<Result<T, w::Failure>>;

impl wit::Host for State {
    async fn is_up(&mut self, uuid: String) -> Answer<wit::State> {
        Ok(is_up(&self.tenant, &self.call, ServiceName::Uuid(uuid)).await.map_err(failure_to_guest))
    }

    async fn is_up_at(&mut self, kind: String, host: String) -> Answer<wit::State> {
        Ok(is_up(&self.tenant, &self.call, ServiceName::Place(kind, host)).await.map_err(failure_to_guest))
    }

    async fn list(&mut self, which: wit::Selection) -> Answer<wit::Listing> {
        Ok(list(&self.tenant, &self.call, which.into()).await.map_err(failure_to_guest))
    }

    async fn wait(&mut self, after: String, which: wit::Selection, timeout: u32) -> Answer<wit::News> {
        let until = until(&self.call, timeout);
        Ok(wait(&self.tenant, &self.call, &after, which.into(), until).await.map_err(failure_to_guest))
    }

    async fn register(&mut self, service: wit::Registration) -> Answer<()> {
        let wit::Registration { uuid, kind, host, region } = service;
        self.change(ServiceChange::Register { uuid, kind, host, region }).await
    }

    async fn down(&mut self, uuid: String, maintenance: Option<wit::Maintenance>) -> Answer<()> {
        match maintenance.map_or_else(|| Ok(ServiceMaintenance::default()), window) {
            Ok(maintenance) => self.change(ServiceChange::Down(uuid, maintenance)).await,
            Err(failure) => Ok(Err(failure_to_guest(failure))),
        }
    }

    async fn up(&mut self, uuid: String) -> Answer<()> {
        self.change(ServiceChange::Up(uuid)).await
    }

    async fn delete(&mut self, uuid: String) -> Answer<()> {
        self.change(ServiceChange::Delete(uuid)).await
    }
}

impl State {
    async fn change(&mut self, wanted: ServiceChange) -> Answer<()> {
        Ok(change(&self.tenant, &self.call, wanted).await.map_err(failure_to_guest))
    }
}

/// The maintenance that a guest means.
pub(super) fn window(one: wit::Maintenance) -> Result<ServiceMaintenance, Failure> {
    let seconds = |what: &str, time: Option<f64>| match time {
        // Zero would mean that there is none.
        Some(time) if !(1.0..TIME_MAX).contains(&time) => {
            let text =
                format!("{time} is no {what} of a maintenance: give seconds since the epoch, or nothing");
            Err(Failure::failed(text).because(INVALID))
        }
        time => Ok(time.map(|time| time as u64)),
    };
    let (start, end) = (seconds("start", one.start)?, seconds("end", one.end)?);
    Ok(ServiceMaintenance { start, end, note: one.note.into() })
}

async fn is_up(tenant: &Tenant, call: &Scope, name: ServiceName) -> Result<wit::State, Failure> {
    let engine = engine(tenant, Access::Read)?;
    unless_cancelled(call, async { Ok(state(engine.is_up(&name).await)) }).await
}

async fn list(tenant: &Tenant, call: &Scope, which: ServiceSelection) -> Result<wit::Listing, Failure> {
    let engine = engine(tenant, Access::Read)?;
    let listing = unless_cancelled(call, engine.list(&which, tenant.limits.result)).await;
    let listing = listing.inspect_err(|failure| {
        if failure.reason.as_deref() == Some("result") {
            tenant.tally.limit("result");
        }
    })?;
    let services = listing.services.iter().map(service).collect();
    Ok(wit::Listing { cursor: listing.cursor, services })
}

async fn wait(
    tenant: &Tenant,
    call: &Scope,
    after: &str,
    which: ServiceSelection,
    until: Instant,
) -> Result<wit::News, Failure> {
    let engine = engine(tenant, Access::Read)?;
    let news = unless_cancelled(call, engine.wait(after, &which, tenant.limits.result, until)).await?;
    let change = |(before, now): &(ServiceState, KnownService)| wit::Change {
        before: state(*before),
        service: service(now),
    };
    let changes = news.changes.iter().map(change).collect();
    Ok(wit::News { cursor: news.cursor, changes, missed: news.missed })
}

async fn change(tenant: &Tenant, call: &Scope, wanted: ServiceChange) -> Result<(), Failure> {
    let engine = engine(tenant, Access::Write)?;
    let term = tenant.way_out.act()?;
    let counted = tenant.registered.count(&tenant.alias, &wanted);
    let new = counted.inspect_err(|_| tenant.tally.limit("services"))?;
    let work = async { tenant.way_out.under(term, engine.change(wanted.clone())).await? };
    let done = unless_cancelled(call, work).await;
    tenant.registered.settle(&wanted, new, &done);
    done
}

impl From<wit::Selection> for ServiceSelection {
    fn from(which: wit::Selection) -> Self {
        let wit::Selection { uuids, kinds, hosts, regions } = which;
        let [uuids, kinds, hosts, regions] =
            [uuids, kinds, hosts, regions].map(|list| list.into_iter().collect());
        Self { uuids, kinds, hosts, regions }
    }
}

fn service(known: &KnownService) -> wit::Service {
    let seconds = |time: Option<u64>| time.map(|time| time as f64);
    wit::Service {
        uuid: known.uuid.to_string(),
        kind: known.kind.to_string(),
        host: known.host.to_string(),
        region: known.region.to_string(),
        maintenance: known.maintenance.as_ref().map(|one| wit::Maintenance {
            start: seconds(one.start),
            end: seconds(one.end),
            note: one.note.to_string(),
        }),
        state: state(known.state),
    }
}

fn state(state: ServiceState) -> wit::State {
    match state {
        ServiceState::Up => wit::State::Up,
        ServiceState::Suspect => wit::State::Suspect,
        ServiceState::Unknown => wit::State::Unknown,
        ServiceState::Down(why) => wit::State::Down(match why {
            DownWhy::Expired => wit::Why::Expired,
            DownWhy::SetDown => wit::Why::SetDown,
            DownWhy::Maintenance => wit::Why::Maintenance,
            DownWhy::Deleted => wit::Why::Deleted,
            DownWhy::NeverSeen => wit::Why::NeverSeen,
        }),
    }
}
