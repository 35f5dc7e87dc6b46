//! Generated load for guests: `servo:connector/load`.
//!
//! The generator is native and unknown to this crate; it is reached through [`LoadEngine`]. The host decides
//! where the load may go: the origins of all targets are granted or nothing is sent, and the generator dials
//! exactly the addresses that were checked here.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use servo_events::BoxFuture;
use servo_types::{Code, Failure};
use tokio_util::sync::CancellationToken;
use wasmtime::component::Resource;

use crate::bindings::imported::contract as w;
use crate::bindings::imported::load as wit;
use crate::convert::failure_to_guest;
use crate::egress;
use crate::grants::{HttpGrant, Origin, OriginPattern};
use crate::revoked::Grant;
use crate::state::State;
use crate::tenant::Tenant;

/// A load generator.
pub trait LoadEngine: Send + Sync {
    /// Reads the targets of a plan. Sends nothing.
    fn prepare(&self, plan: LoadPlan) -> Result<Box<dyn PreparedLoad>, Failure>;
}

/// A plan whose targets have been read.
pub trait PreparedLoad: Send {
    /// The origins of its targets, each once.
    fn origins(&self) -> Vec<Origin>;

    /// Starts to send, to these only, and each request only while `permit` says yes.
    fn start(
        self: Box<Self>,
        origins: Vec<LoadOrigin>,
        permit: Box<dyn Fn() -> bool + Send + Sync>,
        cancel: CancellationToken,
    ) -> Result<Box<dyn RunningLoad>, Failure>;
}

/// Where load may go.
#[derive(Clone, Debug)]
pub struct LoadOrigin {
    /// The origin.
    pub origin: Origin,
    /// Those of its addresses that may be dialled.
    pub addresses: Vec<SocketAddr>,
    /// A header that is the host's, whatever the targets say of it, and its value, if it has one.
    pub header: Option<(http::HeaderName, Option<http::HeaderValue>)>,
}

/// Load that is being generated; ends when it is dropped.
pub trait RunningLoad: Send {
    /// The report of the next interval; none after the last one. Cancel safe.
    fn next(&mut self) -> BoxFuture<'_, Result<Option<LoadReport>, Failure>>;

    /// What happened since the start.
    fn total(&self) -> LoadReport;
}

/// What to send, and how.
#[derive(Clone, Debug)]
pub struct LoadPlan {
    /// The targets as text.
    pub targets: String,
    /// The form of the text.
    pub format: LoadFormat,
    /// How requests are spaced.
    pub pace: LoadPace,
    /// How long.
    pub duration: Duration,
    /// Most connections at a time.
    pub connections: u32,
    /// Threads; 0 for as many as make sense.
    pub workers: u32,
    /// Time for one request.
    pub timeout: Duration,
    /// Offer HTTP/2 over TLS.
    pub http2: bool,
    /// Keep connections open.
    pub keepalive: bool,
    /// Do not verify certificates.
    pub insecure: bool,
    /// Read no more of a body.
    pub max_body: Option<u32>,
    /// How often a report is made.
    pub report_every: Duration,
}

/// vegeta's two target formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoadFormat {
    /// Request lines, headers and `@file`.
    Http,
    /// One JSON object for each line.
    Json,
}

/// How requests are spaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoadPace {
    /// Requests in a period.
    Rate(u32, Duration),
    /// Connections that each send as soon as the last answer came.
    Closed(u32),
}

/// What happened in one interval or in all; times in seconds since the epoch, latencies in milliseconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LoadReport {
    /// When the interval began.
    pub start: f64,
    /// When it ended.
    pub end: f64,
    /// Requests that were answered or failed.
    pub requests: f64,
    /// Requests that should have been sent and were not.
    pub missed: f64,
    /// Requests in each second.
    pub rate: f64,
    /// Successful answers in each second.
    pub throughput: f64,
    /// Share of successful answers, 0 to 1.
    pub success: f64,
    /// Total, mean, 50th, 90th, 95th, 99th percentile, longest, shortest.
    pub latencies: [f64; 8],
    /// Bytes received in bodies.
    pub bytes_in: f64,
    /// Bytes sent in bodies.
    pub bytes_out: f64,
    /// How often each status came; 0 for no answer.
    pub status_codes: Vec<(u16, f64)>,
    /// Distinct error texts.
    pub errors: Vec<String>,
}

/// Time for one request when the guest does not say.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The most connections of one attack; each costs the host some kilobytes and a file descriptor.
const CONNECTIONS_MAX: u32 = 10_000;

/// An attack as the guest holds it.
#[allow(unreachable_pub, reason = "the generated bindings re-export it publicly")]
pub struct Attack {
    running: Box<dyn RunningLoad>,
    stop: CancellationToken,
    /// The grants by which it runs.
    grants: Vec<OriginPattern>,
}

impl Drop for Attack {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl wit::Host for State {}

impl wit::HostAttack for State {
    async fn start(&mut self, plan: wit::Plan) -> wasmtime::Result<Result<Resource<Attack>, w::Failure>> {
        if self.attacking {
            let busy =
                Failure::new(Code::Busy, format!("`{}` has an attack running already", self.tenant.alias));
            return Ok(Err(failure_to_guest(busy)));
        }
        match start(&self.tenant, plan, self.call.asker.stop().child_token()).await {
            Ok(attack) => {
                let attack = self.table.push(attack)?;
                self.attacking = true;
                Ok(Ok(attack))
            }
            Err(failure) => Ok(Err(failure_to_guest(failure))),
        }
    }

    async fn next(
        &mut self,
        attack: Resource<Attack>,
    ) -> wasmtime::Result<Result<Option<wit::Report>, w::Failure>> {
        let cancel = self.call.asker.stop().clone();
        let attack = self.table.get_mut(&attack)?;
        if let Some(grant) = attack.grants.iter().find(|grant| revoked(&self.tenant, grant)) {
            attack.stop.cancel();
            self.tenant.tally.denied("load");
            let text = format!("the grant of load to {grant} was taken back");
            return Ok(Err(failure_to_guest(Failure::new(Code::Denied, text))));
        }
        let result = tokio::select! {
            biased;
            () = cancel.cancelled() => Err(Failure::new(Code::Cancelled, "the attack was cancelled")),
            result = attack.running.next() => result,
        };
        Ok(result.map(|report| report.map(report_to_guest)).map_err(failure_to_guest))
    }

    fn total(&mut self, attack: Resource<Attack>) -> wasmtime::Result<wit::Report> {
        Ok(report_to_guest(self.table.get(&attack)?.running.total()))
    }

    async fn drop(&mut self, attack: Resource<Attack>) -> wasmtime::Result<()> {
        self.table.delete(attack)?;
        self.attacking = false;
        Ok(())
    }
}

async fn start(tenant: &Tenant, plan: wit::Plan, stop: CancellationToken) -> Result<Attack, Failure> {
    let alias = &tenant.alias;
    let Some(engine) = &tenant.load else {
        return Err(Failure::failed(format!("`{alias}` cannot generate load here")));
    };
    let ms = |ms: u32| Duration::from_millis(ms.into());
    let prepared = Arc::clone(engine).prepare(LoadPlan {
        targets: plan.targets,
        format: match plan.format {
            wit::Format::Http => LoadFormat::Http,
            wit::Format::Json => LoadFormat::Json,
        },
        pace: match plan.pace {
            wit::Pace::Rate((amount, period)) => LoadPace::Rate(amount, ms(period)),
            wit::Pace::Closed(connections) => LoadPace::Closed(connections.clamp(1, CONNECTIONS_MAX)),
        },
        duration: ms(plan.duration),
        connections: plan.connections.clamp(1, CONNECTIONS_MAX),
        workers: plan.workers.min(cores()),
        timeout: plan.timeout.map_or(TIMEOUT, ms),
        http2: plan.http2,
        keepalive: plan.keepalive,
        insecure: plan.insecure,
        max_body: plan.max_body,
        report_every: ms(plan.report_every),
    })?;
    let mut checked = Vec::new();
    for origin in prepared.origins() {
        let found = tokio::select! {
            biased;
            () = stop.cancelled() => Err(Failure::new(Code::Cancelled, "the attack was cancelled")),
            found = checked_addresses(tenant, &origin) => found,
        };
        let (addresses, grant) = found?;
        checked.push((origin, addresses, grant));
    }
    let permit = Arc::clone(&tenant.way_out);
    // Not even for a check: load of a second servo would spoil what the leader measures.
    let term = permit.act()?;
    let permit = Box::new(move || permit.act() == Ok(term));
    let grants = checked.iter().map(|(.., grant)| grant.to.clone()).collect();
    let origins = checked.into_iter().map(|(origin, addresses, grant)| {
        let header = grant.term_header.clone().map(|name| (name, term.map(http::HeaderValue::from)));
        LoadOrigin { origin, addresses, header }
    });
    let running = prepared.start(origins.collect(), permit, stop.clone())?;
    Ok(Attack { running, stop, grants })
}

/// The addresses of an origin that load may go to, and the grant; fails when there is none.
async fn checked_addresses<'a>(
    tenant: &'a Tenant,
    origin: &Origin,
) -> Result<(Vec<SocketAddr>, &'a HttpGrant), Failure> {
    let alias = &tenant.alias;
    let grants = &tenant.grants.load;
    let Some(index) = HttpGrant::find(grants, origin, |grant| !revoked(tenant, &grant.to)) else {
        tenant.tally.denied("load");
        let text = format!(
            "load to {origin} is not granted to `{alias}`; add it under connectors.{alias}.grants.load"
        );
        return Err(Failure::new(Code::Denied, text));
    };
    let host = origin.host.trim_start_matches('[').trim_end_matches(']');
    let found = tenant.egress.lookups().find(host, origin.port).await;
    let found = found.map_err(|error| Failure::failed(format!("{origin} cannot be resolved: {error}")))?;
    let allowed = egress::allowed(&grants[index], &origin.host, found.into_iter());
    if allowed.is_empty() {
        tenant.tally.denied("load_address");
        return Err(Failure::new(Code::Denied, egress::EgressError::prohibited(origin).text));
    }
    Ok((allowed, &grants[index]))
}

fn revoked(tenant: &Tenant, to: &OriginPattern) -> bool {
    tenant.revoked.has(|| Grant::Load(to.clone()))
}

/// A guest cannot have more threads than the machine has cores.
fn cores() -> u32 {
    std::thread::available_parallelism().map_or(1, |cores| u32::try_from(cores.get()).unwrap_or(u32::MAX))
}

fn report_to_guest(report: LoadReport) -> wit::Report {
    let [total, mean, p50, p90, p95, p99, max, min] = report.latencies;
    wit::Report {
        start: report.start,
        end: report.end,
        requests: report.requests,
        missed: report.missed,
        rate: report.rate,
        throughput: report.throughput,
        success: report.success,
        latencies: wit::Latencies { total, mean, p50, p90, p95, p99, max, min },
        bytes_in: report.bytes_in,
        bytes_out: report.bytes_out,
        status_codes: report.status_codes,
        errors: report.errors,
    }
}
