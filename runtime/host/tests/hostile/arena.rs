//! Where the attacks take place: the real sandbox, an honest neighbour on the same event bus, and servers that mean harm.

use std::collections::HashMap;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use servo_events::{Bus, Call, Event, Handler, Options, Reply};
use servo_host::{
    AskError, Compiler, Connector, ConnectorOptions, Counters, Grants, HttpGrant, Limits, LoadError, Program,
    Rate, Sandbox, SandboxOptions, Services, StartError,
};
use servo_types::{Code, Control, Failure};
use tempfile::TempDir;
use tokio::runtime::Handle;

use crate::attacks::{ATTACKS, Attack, Ends, How};
use crate::{guests, servers};

pub(crate) type Error = Box<dyn std::error::Error + Send + Sync>;

/// The name of the neighbour.
pub(crate) const NEIGHBOUR: &str = "neighbour";
/// The name of the one who keeps something that others are after.
const VICTIM: &str = "victim";

/// The sandbox, the neighbour, the servers.
pub(crate) struct Arena {
    pub(crate) sandbox: Arc<Sandbox>,
    pub(crate) fixture: Arc<Program>,
    c: Arc<Program>,
    /// The components of attacks that bring one, by the name of the attack.
    components: HashMap<&'static str, Vec<u8>>,
    pub(crate) world: World,
    neighbour: Arc<Connector>,
    servers: Vec<(&'static str, String)>,
    numbers: AtomicUsize,
    /// How often the victim was asked.
    asked: AtomicUsize,
    _cache: TempDir,
}

/// Where connectors meet.
pub(crate) struct World {
    bus: Bus,
    state: TempDir,
}

/// How an attack ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Whether there was an instance that was called.
    pub(crate) started: bool,
    /// The error, where there was one; a refused component has only a message.
    pub(crate) failure: Option<Failure>,
    /// What the instance used.
    pub(crate) counters: Counters,
}

impl Arena {
    pub(crate) async fn new(compiler: Compiler, heavy: Handle) -> Result<Self, Error> {
        let cache = tempfile::tempdir()?;
        let sandbox = Sandbox::new(SandboxOptions { cache: cache.path().to_owned(), compiler, heavy })?;
        let fixture = sandbox.load(&guests::built("fixture")?, true).await?;
        let c = sandbox.load(&guests::c(&sandbox).await?, true).await?;
        let good = guests::built("nothing")?;
        let honest = sandbox.load(&good, true).await?;
        let bus = Bus::new();
        let world = World { bus, state: tempfile::tempdir()? };
        let (limits, keeps) = (Limits::default(), Grants { state: true, ..Grants::default() });
        let neighbour = world.start(honest, NEIGHBOUR, json!({}), limits, Grants::default()).await;
        let neighbour = neighbour.map_err(|failure| failure.message)?;
        let counts = json!({"on": {"measure": "count"}});
        let victim = world.start(Arc::clone(&fixture), VICTIM, counts, limits, keeps).await;
        victim.map_err(|failure| failure.message)?;
        let servers = servers::all()?;
        // Before anything is timed, and not on a worker of the runtime.
        let components = tokio::task::spawn_blocking(move || components(&good)).await??;
        let arena = Self {
            sandbox,
            fixture,
            c,
            components,
            world,
            neighbour,
            servers,
            numbers: AtomicUsize::new(0),
            asked: AtomicUsize::new(0),
            _cache: cache,
        };
        arena.victim().await?;
        Ok(arena)
    }

    /// Lets the neighbour measure; how long that took.
    pub(crate) async fn neighbour(&self) -> Result<Duration, Error> {
        let began = Instant::now();
        match self.measure(NEIGHBOUR).await {
            Ok(_) => Ok(began.elapsed()),
            Err(failure) => Err(format!("the neighbour: {failure}").into()),
        }
    }

    /// Lets the one who keeps something count; whether it has counted all that it was asked for, and nothing else.
    pub(crate) async fn victim(&self) -> Result<bool, Error> {
        let asked = 1 + self.asked.fetch_add(1, Relaxed);
        let reply = self.measure(VICTIM).await.map_err(|failure| failure.message)?;
        let Reply::Measurement(measurement) = reply else { return Err("no measurement".into()) };
        let count = measurement.annotations.into_iter().find(|(key, _)| key == "count");
        Ok(count.is_some_and(|(_, count)| count == asked.to_string()))
    }

    /// What the neighbour has used.
    pub(crate) fn of_neighbour(&self) -> Counters {
        self.neighbour.counters()
    }

    /// An attack from its beginning to its end, by a new instance.
    pub(crate) async fn attack(&self, attack: &Attack) -> Result<Ended, Error> {
        let (alias, connector) = match self.enter(attack, tight(attack)).await? {
            Ok(attacker) => attacker,
            Err(failure) => {
                return Ok(Ended { started: false, failure: Some(failure), counters: Counters::default() });
            }
        };
        let failure = self.measure(&alias).await.err();
        self.leave(&alias);
        Ok(Ended { started: true, failure, counters: connector.counters() })
    }

    /// An instance that attacks each time it measures; a failure when it was never made one.
    pub(crate) async fn enter(
        &self,
        attack: &Attack,
        limits: Limits,
    ) -> Result<Result<(String, Arc<Connector>), Failure>, Error> {
        let alias = format!("hostile-{}", self.numbers.fetch_add(1, Relaxed));
        let (program, settings) = match self.guest(attack, &alias).await? {
            Ok(guest) => guest,
            Err(error) => return Ok(Err(of_load(error))),
        };
        let grants = self.grants()?;
        let connector = match self.world.start(program, &alias, settings, limits, grants.clone()).await {
            Ok(connector) => connector,
            Err(failure) => return Ok(Err(failure)),
        };
        if let How::Ring = attack.how {
            let back = json!({"on": {"measure": format!("dispatch:measure:{alias}")}});
            let (fixture, peer) = (Arc::clone(&self.fixture), peer(&alias));
            let peer = self.world.start(fixture, &peer, back, limits, grants).await;
            peer.map_err(|failure| failure.message)?;
        }
        Ok(Ok((alias, connector)))
    }

    /// The end of the instance.
    pub(crate) fn leave(&self, alias: &str) {
        self.world.bus.unregister(alias);
        self.world.bus.unregister(&peer(alias));
    }

    async fn guest(
        &self,
        attack: &Attack,
        alias: &str,
    ) -> Result<Result<(Arc<Program>, Value), LoadError>, Error> {
        let bytes = match attack.how {
            How::Mode(mode) => {
                let mut mode = mode.replace("{self}", alias);
                for (name, origin) in &self.servers {
                    mode = mode.replace(&format!("{{{name}}}"), origin);
                }
                return Ok(Ok((Arc::clone(&self.fixture), json!({"on": {"measure": mode}}))));
            }
            How::Ring => {
                let mode = format!("dispatch:measure:{}", peer(alias));
                return Ok(Ok((Arc::clone(&self.fixture), json!({"on": {"measure": mode}}))));
            }
            How::C(what) => return Ok(Ok((Arc::clone(&self.c), json!({"attack": what})))),
            How::Settings(text) => return Ok(Ok((Arc::clone(&self.fixture), serde_json::from_str(text)?))),
            How::Wat(_) | How::Wit(_) | How::Bytes(_) => {
                self.components.get(attack.name).ok_or("an attack that is not in the table")?
            }
        };
        Ok(self.sandbox.load(bytes, false).await.map(|program| (program, json!({}))))
    }

    /// All servers, and an origin that nobody may reach by its name.
    fn grants(&self) -> Result<Grants, Error> {
        let names = self.servers.iter().map(|(_, origin)| origin.as_str()).chain(["http://*.169.254"]);
        let grant = |origin: &str| -> Result<HttpGrant, Error> {
            let to = origin.parse()?;
            Ok(HttpGrant {
                to,
                source: "test".into(),
                secrets: Vec::new(),
                addresses: Vec::new(),
                certificates: servo_host::Certificates::default(),
                term_header: None,
            })
        };
        let http = names.map(grant).collect::<Result<_, _>>()?;
        Ok(Grants {
            http,
            dispatch: [Event::Measure, Event::Metrics].into(),
            state: true,
            ..Grants::default()
        })
    }

    /// Lets one connector measure.
    pub(crate) async fn measure(&self, alias: &str) -> Result<Reply, Failure> {
        self.ask(alias, Call::Measure { metrics: Vec::new(), control: Control::default() }).await
    }

    /// Calls one connector.
    pub(crate) async fn ask(&self, alias: &str, call: Call) -> Result<Reply, Failure> {
        let options = Options { include: vec![alias.into()], ..Options::default() };
        let outcomes = self.world.bus.dispatch(call, options).await;
        let outcomes = outcomes.map_err(|error| Failure::failed(error.to_string()))?;
        let answer = outcomes.answers.into_iter().next();
        answer.ok_or_else(|| Failure::failed("nobody was asked"))?.result
    }
}

/// Who dispatches back to an alias.
fn peer(alias: &str) -> String {
    format!("{alias}-peer")
}

fn components(good: &[u8]) -> Result<HashMap<&'static str, Vec<u8>>, Error> {
    let mut components = HashMap::new();
    for attack in ATTACKS {
        let bytes = match attack.how {
            How::Mode(_) | How::Ring | How::C(_) | How::Settings(_) => continue,
            How::Wat(name) => guests::wat(name)?,
            How::Wit(name) => guests::wit(name)?,
            How::Bytes(make) => make(good),
        };
        components.insert(attack.name, bytes);
    }
    Ok(components)
}

/// What a hostile guest may use: little of everything, so that its attack is over soon, but of time only where that is
/// what ends it: a machine that does other things, too, needs long for little, and no other limit may come first.
fn tight(attack: &Attack) -> Limits {
    let computes = matches!(attack.ends, Ends::Limit("cpu") | Ends::RefusedBy("cpu"));
    let waits = matches!(attack.ends, Ends::Limit("wall") | Ends::Told(Code::TimedOut));
    Limits {
        cpu: Duration::from_millis(if computes { 200 } else { 30_000 }),
        memory: 32 << 20,
        wall: Duration::from_secs(if waits { 1 } else { 120 }),
        http_bytes: 1 << 20,
        http_requests: Rate { amount: 50, per: Duration::from_secs(3600) },
        ..Limits::default()
    }
}

/// Bytes of memory that the process has, `VmRSS`, or has had at most, `VmHWM`.
pub(crate) fn memory(what: &str) -> Result<usize, Error> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(what)?.strip_prefix(':'));
    let kib = line.and_then(|line| line.split_whitespace().next()).ok_or("the kernel does not say")?;
    Ok(kib.parse::<usize>()? << 10)
}

impl World {
    /// A connector that can be called.
    pub(crate) async fn start(
        &self,
        program: Arc<Program>,
        alias: &str,
        settings: Value,
        limits: Limits,
        grants: Grants,
    ) -> Result<Arc<Connector>, Failure> {
        let state = Some(self.state.path().join(alias));
        let services = Services { bus: Some(self.bus.clone()), state, ..Services::default() };
        let options = ConnectorOptions { alias: alias.into(), settings, limits, grants, services };
        let connector = Connector::start(program, options).await.map_err(|error| match error {
            StartError::Failed(failure) => failure,
            settings @ StartError::Settings(_) => Failure::failed(settings.to_string()),
        })?;
        let registered = self.bus.register(Arc::clone(&connector) as Arc<dyn Handler>);
        registered.map_err(|error| Failure::failed(error.to_string()))?;
        Ok(connector)
    }
}

fn of_load(error: LoadError) -> Failure {
    match error {
        LoadError::Ask(AskError::Failed(failure)) => failure,
        other => Failure::failed(other.to_string()),
    }
}
