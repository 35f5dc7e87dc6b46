//! A changed configuration while the servo runs: what changed is built beside what runs, and takes its place when it
//! works.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use servo_config::Connector as Wanted;
use servo_events::{Call, Chain, Context, Handler, ProgressSink};
use servo_host::{Connector, Grant, Grants, HttpGrant};
use servo_types::Failure;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::native::is_meant;
use super::{Running, Servo, prepare, start};
use crate::programs::Programs;

/// The longest that the old one's current call is waited for before it is shut down.
const TURN: Duration = Duration::from_secs(3600);

/// What became of a connector whose configuration changed.
#[derive(Debug)]
pub struct Reloaded {
    /// Which connector.
    pub connector: String,
    /// What became of it.
    pub change: Change,
}

/// What became of a changed connector.
#[derive(Debug)]
pub enum Change {
    /// It works with its new configuration.
    Made,
    /// The new configuration does not work, and why: the old one stays.
    Failed(String),
    /// It is not in the configuration that the servo was started with.
    New,
    /// It is not in the configuration any more.
    Gone,
}

impl Servo {
    /// Takes over what changed of connectors: component, settings, limits, grants. The new instance is built and
    /// configured beside the old one; then the old one, after its current call, is shut down where it was started,
    /// the new one is started and takes its place. When the new one fails, the old one stays, but for grants that
    /// are gone, which it loses first of all. Connectors that come or go wait for the next start.
    pub async fn reload(
        &self,
        programs: &Programs,
        config: &servo_config::Servo,
        file: &Path,
    ) -> Vec<Reloaded> {
        let mut told = Vec::new();
        for wanted in &config.connectors {
            let connector = wanted.alias.clone();
            if is_meant(wanted) && self.has_native(&connector) {
                let change = match self.renew_native(config, file, wanted) {
                    Ok(true) => Change::Made,
                    Ok(false) => continue,
                    Err(why) => Change::Failed(why.to_string()),
                };
                told.push(Reloaded { connector, change });
                continue;
            }
            let change = match self.at(&connector, |running| running.clone()) {
                Ok(old) => match self.renew(programs, config, file, wanted, &old).await {
                    Ok(true) => Change::Made,
                    Ok(false) => continue,
                    Err(why) => Change::Failed(why.to_string()),
                },
                Err(_) => Change::New,
            };
            told.push(Reloaded { connector, change });
        }
        let known = |alias: &str| config.connectors.iter().any(|wanted| wanted.alias == alias);
        let mut all: Vec<String> =
            self.running().iter().map(|running| running.wanted.alias.clone()).collect();
        all.extend(self.natives().iter().map(|(wanted, _)| wanted.alias.clone()));
        let gone = all.into_iter().filter(|alias| !known(alias));
        told.extend(gone.map(|connector| Reloaded { connector, change: Change::Gone }));
        told
    }

    /// One connector; false when nothing of it changed.
    async fn renew(
        &self,
        programs: &Programs,
        config: &servo_config::Servo,
        file: &Path,
        wanted: &Wanted,
        old: &Running,
    ) -> anyhow::Result<bool> {
        let (program, options) = prepare(&self.services, programs, config, file, wanted).await?;
        for grant in Grant::all(old.connector.grants()) {
            if !grant.is_of(&options.grants) {
                old.connector.revoke(grant);
            }
        }
        // In this order: what is taken back between the two is in the second one.
        let revoked = old.connector.revoked();
        let taken = self.at(&wanted.alias, |place| place.taken.clone())?;
        let same = program.digest == old.connector.program().digest
            && options.settings == old.settings
            && options.limits == *old.connector.limits()
            && reach(&options.grants) == reach(old.connector.grants())
            && revoked.iter().all(|grant| taken.contains(grant) && grant.is_of(&options.grants));
        let settings = options.settings.clone();
        let new = if same {
            Arc::clone(&old.connector)
        } else {
            let new = start(program, options, wanted, &taken).await?;
            self.at(&wanted.alias, |place| {
                // Those that were taken back while it started.
                for grant in &place.taken {
                    new.revoke(grant.clone());
                }
                place.successor = Some(Arc::clone(&new));
            })?;
            if let Err(why) = self.hand_over(&new, &old.connector).await {
                self.at(&wanted.alias, |place| place.successor = None)?;
                return Err(anyhow::Error::msg(why));
            }
            new
        };
        self.at(&wanted.alias, |place| {
            place.successor = None;
            if !same {
                self.bus.replace(Arc::clone(&new) as Arc<dyn Handler>)?;
            }
            // The list of now: starting takes long, and grants may have been taken back meanwhile.
            place.taken.retain(|grant| grant.is_of(new.grants()));
            (place.wanted, place.settings, place.connector) = (wanted.clone(), settings, new);
            Ok(!same)
        })?
    }

    /// Ends the old one and starts the new one, if the servo is started.
    async fn hand_over(&self, new: &Connector, old: &Connector) -> Result<(), String> {
        if !self.started.load(Relaxed) {
            return Ok(());
        }
        // How the old one ends is nothing that the new one depends on.
        let _ = tell(old, Call::Shutdown { reason: "reloaded".to_owned() }).await;
        let Err(failure) = tell(new, Call::Startup).await else { return Ok(()) };
        Err(match tell(old, Call::Startup).await {
            Ok(()) => format!("startup: {failure}"),
            Err(again) => format!("startup: {failure}; startup of the old one: {again}"),
        })
    }
}

/// Has one connector do something, which need not handle it.
async fn tell(connector: &Connector, call: Call) -> Result<(), Failure> {
    if !connector.handles(call.event()) {
        return Ok(());
    }
    let context = Context {
        cancel: CancellationToken::new(),
        deadline: Instant::now() + TURN,
        progress: ProgressSink::default(),
        callers: Chain::default(),
    };
    connector.call(Arc::new(call), context).await.map(drop)
}

/// What grants allow, wherever they are written: a line more above them changes nothing.
fn reach(grants: &Grants) -> Grants {
    let plain = |list: &[HttpGrant]| {
        let one = |grant: &HttpGrant| HttpGrant { source: String::new(), ..grant.clone() };
        list.iter().map(one).collect()
    };
    let Grants { http, load, tcp, dispatch, state, liveness } = grants;
    Grants {
        http: plain(http),
        load: plain(load),
        tcp: plain(tcp),
        dispatch: dispatch.clone(),
        state: *state,
        liveness: *liveness,
    }
}
