//! What belongs to an instance and survives its rebuild: who it is, what it may use, what it has used.

use std::fmt;
use std::sync::Arc;

use servo_events::Bus;

use crate::caps::liveness::{LivenessEngine, Registered};
use crate::caps::load::LoadEngine;
use crate::caps::log::Log;
use crate::caps::sockets::Peers;
use crate::connector::Services;
use crate::counters::Tally;
use crate::egress::{Egress, Outside};
use crate::gate::WayOut;
use crate::grants::Grants;
use crate::limits::Limits;
use crate::revoked::Revoked;
use crate::share::Share;
use crate::shelf::Shelf;
use crate::stage::Stage;

/// One instance as seen by the host functions it calls.
pub(crate) struct Tenant {
    pub(crate) alias: Arc<str>,
    pub(crate) limits: Limits,
    pub(crate) grants: Grants,
    pub(crate) revoked: Arc<Revoked>,
    pub(crate) log: Log,
    pub(crate) egress: Egress,
    pub(crate) share: Arc<Share>,
    pub(crate) tally: Arc<Tally>,
    pub(crate) bus: Option<Bus>,
    pub(crate) load: Option<Arc<dyn LoadEngine>>,
    pub(crate) liveness: Option<Arc<dyn LivenessEngine>>,
    pub(crate) registered: Registered,
    pub(crate) way_out: Arc<WayOut>,
    pub(crate) shelf: Option<Arc<Shelf>>,
    pub(crate) peers: Peers,
    /// Where it is tested, if it is.
    pub(crate) stage: Option<Arc<Stage>>,
}

impl fmt::Debug for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tenant").field("alias", &self.alias).finish_non_exhaustive()
    }
}

impl Tenant {
    pub(crate) fn new(
        alias: Arc<str>,
        limits: Limits,
        grants: Grants,
        services: Services,
        shelf: Option<Arc<Shelf>>,
    ) -> Arc<Self> {
        let Services { bus, load, liveness, gate, stage, .. } = services;
        let tally = Arc::new(Tally::default());
        let log = Log::new(Arc::clone(&alias), limits.log, Arc::clone(&tally), stage.clone());
        let revoked = Arc::<Revoked>::default();
        let way_out = Arc::new(WayOut::new(gate));
        let egress = Egress::new(
            Arc::clone(&alias),
            grants.http.clone(),
            Arc::clone(&revoked),
            limits,
            Arc::clone(&tally),
            Outside { way_out: Arc::clone(&way_out), stage: stage.clone() },
        );
        let share = Arc::new(Share::new(limits.cpu_share, Arc::clone(&tally)));
        Arc::new(Self {
            alias,
            limits,
            grants,
            revoked,
            log,
            egress,
            share,
            tally,
            bus,
            load,
            liveness,
            registered: Registered::default(),
            way_out,
            shelf,
            peers: Peers::default(),
            stage,
        })
    }
}
