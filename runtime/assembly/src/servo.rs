//! One servo: its connectors on its bus.

mod hands;
mod native;
mod reload;
mod sample;
mod status;

use std::io;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use servo_config::{Connector as Wanted, NamedFile, Origin, limit_texts};
use servo_events::{Bus, Checker, Definition, Event, Handler, RegisterError, Registration};
use servo_host::{
    Access, Certificates, Connector, ConnectorOptions, Counters, Grant, HttpGrant, Program, SecretHeader,
    Services, StartError,
};
use thiserror::Error;

use crate::convert;
use crate::files;
use crate::lead::Post;
use crate::liveness::{self, Guests, Liveness, Native};
use crate::load::Generator;
use crate::native::{Native as Commanded, NativeError};
use crate::programs::Programs;
use crate::remote;
use crate::run::Whereabouts;

pub use hands::HandError;
pub use reload::{Change, Reloaded};
pub use sample::{ConnectorSample, ConnectorState, Requests, Sample};
pub(crate) use sample::{ms, whole};
pub use status::{ConnectorStatus, ServoStatus};

/// The largest file that a setting may name.
const FILE_MAX: u64 = 4 << 20;

/// A servo whose connectors run.
#[derive(Debug)]
pub struct Servo {
    pub(crate) config: servo_config::Servo,
    pub(crate) bus: Bus,
    pub(crate) liveness: Option<Liveness>,
    /// Whether it may act, where only a leader does.
    pub(crate) post: Option<Arc<Post>>,
    /// What connectors share; what belongs to one of them is not in it.
    services: Services,
    /// Whether `startup` was dispatched.
    pub(crate) started: AtomicBool,
    /// How it stands with a remote optimizer.
    pub(crate) remote: remote::Status,
    pub(crate) proxies: remote::ProxyVariables,
    /// What its run does.
    pub(crate) whereabouts: Arc<Whereabouts>,
    since: Instant,
    connectors: Mutex<Vec<Running>>,
    /// Connectors that are part of servo, with what they were made of.
    natives: Mutex<Vec<(Wanted, Arc<Commanded>)>>,
}

/// A connector, and what it was made of.
#[derive(Clone, Debug)]
struct Running {
    wanted: Wanted,
    /// Its settings, with the texts of files that they name.
    settings: Value,
    /// Grants that were taken back by hand, for as long as the configuration has them.
    taken: Vec<Grant>,
    connector: Arc<Connector>,
    /// What takes its place once it is started; what is taken back meanwhile is taken back from both.
    successor: Option<Arc<Connector>>,
}

/// A servo that cannot be built. Names the connector and the next step.
#[derive(Debug, Error)]
pub enum AssembleError {
    /// Its component cannot be loaded.
    #[error("connector `{alias}`: {source:#}")]
    Load {
        /// Which connector.
        alias: String,
        /// Why.
        source: anyhow::Error,
    },
    /// It does not start.
    #[error("connector `{alias}` ({origin}) does not start: {source}")]
    Start {
        /// Which connector.
        alias: String,
        /// Where it is configured.
        origin: String,
        /// Why.
        source: StartError,
    },
    /// It is part of servo, and its settings make no sense.
    #[error("connector `{alias}` ({origin}): {source}")]
    Native {
        /// Which connector.
        alias: String,
        /// Where it is configured.
        origin: String,
        /// Why.
        source: NativeError,
    },
    /// A grant makes no sense.
    #[error("connector `{alias}`: {text}")]
    Grant {
        /// Which connector.
        alias: String,
        /// What is wrong.
        text: String,
    },
    /// A file that a setting names cannot be read.
    #[error("connector `{alias}`: the file `{path}` that {pointer} names cannot be read: {source}")]
    File {
        /// Which connector.
        alias: String,
        /// The file.
        path: String,
        /// The setting.
        pointer: String,
        /// Why.
        source: std::io::Error,
    },
    /// The stanza `liveness` cannot be used.
    #[error("liveness: {0}")]
    Liveness(#[from] LivenessError),
    /// Two connectors of one name, or a hook that there is not.
    #[error(transparent)]
    Register(#[from] RegisterError),
}

/// Services that cannot be asked for.
#[derive(Debug, Error)]
pub enum LivenessError {
    /// A file that the stanza names.
    #[error(transparent)]
    Options(#[from] liveness::OptionsError),
    /// The core does not take it.
    #[error(transparent)]
    Core(#[from] liveness::Error),
}

/// Something that a connector may reach.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantRow {
    /// Which connector.
    pub connector: String,
    /// `http`, `load`, `tcp`, `dispatch`, `state` or `liveness`; `program` for what a connector of servo itself starts.
    pub kind: String,
    /// An origin, an event, `read` or `write`, a command; empty for `state`.
    pub to: String,
    /// What the host adds, without secrets.
    pub with: String,
    /// Where it was granted.
    pub source: String,
    /// Whether it was taken back while the servo runs.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub taken_back: bool,
}

/// A limit of a connector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitRow {
    /// Which connector.
    pub connector: String,
    /// Its key in the configuration.
    pub limit: String,
    /// As it is written in the configuration.
    pub value: String,
    /// `default`, or the setting that says it and where that is written.
    pub origin: String,
    /// In use now, or by the last call where the limit is one of calls.
    pub used: String,
    /// The most that ever was in use.
    pub peak: String,
    /// How often it was hit.
    pub hits: u64,
}

impl Servo {
    /// Loads the components, builds the instances and configures them. Nothing is asked of the outside world.
    /// `file` is where the configuration stands: what connectors keep belongs to it.
    pub async fn assemble(
        programs: &Programs,
        config: &servo_config::Servo,
        file: &Path,
    ) -> Result<Self, AssembleError> {
        let bus = Bus::checking(checker);
        let liveness = config.liveness.as_ref().map(|stanza| {
            let known = Liveness::new(liveness::options(stanza)?)?;
            Ok::<_, LivenessError>((known.clone(), Guests::new(known, stanza.max_age, stanza.timeout)))
        });
        let (liveness, guests) = liveness.transpose()?.unzip();
        let leads = config.liveness.as_ref().is_some_and(|stanza| stanza.leader);
        let post = leads.then(Arc::<Post>::default);
        let services = Services {
            bus: Some(bus.clone()),
            load: Some(Arc::new(Generator)),
            liveness: guests.map(|guests| Arc::new(guests) as _),
            gate: post.clone().map(|post| post as _),
            ..Services::default()
        };
        if let Some(liveness) = &liveness {
            bus.register(Arc::new(Native { liveness: liveness.clone(), needed: leads }))?;
        }
        if let (Some(optimizer), None) = (&config.optimizer, &config.objective) {
            bus.register(Arc::new(remote::Native {
                optimizer: optimizer.clone(),
                servo_uid: config.servo_uid.clone(),
                settings: config.settings.clone(),
                proxies: programs.proxies.clone(),
            }))?;
        }
        let mut connectors = Vec::with_capacity(config.connectors.len());
        let mut natives = Vec::new();
        for wanted in &config.connectors {
            if native::is_meant(wanted) {
                let native = native::build(wanted, config.display_name(), file)?;
                bus.register(Arc::clone(&native) as Arc<dyn Handler>)?;
                natives.push((wanted.clone(), native));
                continue;
            }
            let (program, options) = prepare(&services, programs, config, file, wanted).await?;
            let settings = options.settings.clone();
            let connector = start(program, options, wanted, &[]).await?;
            bus.register(Arc::clone(&connector) as Arc<dyn Handler>)?;
            let (wanted, taken) = (wanted.clone(), Vec::new());
            connectors.push(Running { wanted, settings, taken, connector, successor: None });
        }
        bus.complete()?;
        let (started, connectors) = (AtomicBool::new(false), Mutex::new(connectors));
        let servo = Self {
            config: config.clone(),
            bus,
            liveness,
            post,
            services,
            started,
            remote: remote::Status::default(),
            proxies: programs.proxies.clone(),
            whereabouts: Arc::default(),
            since: Instant::now(),
            connectors,
            natives: Mutex::new(natives),
        };
        servo.dispatched()?;
        Ok(servo)
    }

    /// Whether every event that somebody may dispatch is there.
    fn dispatched(&self) -> Result<(), AssembleError> {
        let defined = self.bus.definitions();
        for Running { connector, .. } in &*self.running() {
            let unknown = connector.grants().dispatch.iter().find(|event| match event {
                Event::Custom(event) => !defined.iter().any(|(known, _)| known.event == *event),
                _ => false,
            });
            if let Some(event) = unknown {
                let alias = connector.name().to_owned();
                let text = format!("`grants.dispatch` names the event `{event}`, which no connector defines");
                return Err(AssembleError::Grant { alias, text });
            }
        }
        Ok(())
    }

    /// The events that connectors define, by name, each with the first alias that defines it.
    pub fn definitions(&self) -> Vec<(Definition, Arc<str>)> {
        self.bus.definitions()
    }

    /// The name in tables and journals.
    pub fn name(&self) -> &str {
        self.config.display_name()
    }

    /// The remote optimizer that it asks for commands whenever it runs; none where only a leader asks.
    pub fn works_for(&self) -> Option<&str> {
        let asks = self.config.objective.is_none() && self.post.is_none();
        self.config.optimizer.as_ref().filter(|_| asks).map(|optimizer| optimizer.id.as_str())
    }

    /// What it was built from.
    pub fn config(&self) -> &servo_config::Servo {
        &self.config
    }

    /// Who handles and hooks what, in the order of the configuration.
    pub fn registrations(&self) -> Vec<Registration> {
        self.bus.registrations()
    }

    /// What each connector has done and used.
    pub fn counters(&self) -> Vec<(String, Counters)> {
        let one = |Running { connector, .. }: &Running| (connector.name().to_owned(), connector.counters());
        self.running().iter().map(one).collect()
    }

    /// Everything that is granted.
    pub fn grants(&self) -> Vec<GrantRow> {
        let mut rows = Vec::new();
        for Running { connector, wanted, .. } in &*self.running() {
            let (name, grants, revoked) = (connector.name(), connector.grants(), connector.revoked());
            let with = |grant: &HttpGrant| {
                let secret = |one: &SecretHeader| format!("{} from {}", one.name, one.file.display());
                let Certificates { authorities, client } = &grant.certificates;
                let authorities =
                    authorities.iter().map(|file| format!("authorities from {}", file.display()));
                let client = client.iter().map(|(file, _)| format!("certificate from {}", file.display()));
                let term = grant.term_header.iter().map(|name| format!("{name} with the term of the leader"));
                let secrets = grant.secrets.iter().map(secret);
                secrets.chain(term).chain(authorities).chain(client).collect::<Vec<_>>().join(", ")
            };
            let origins = [&grants.http, &grants.load, &grants.tcp].into_iter().flatten();
            let origins = origins.map(|grant| (grant.to.to_string(), with(grant), grant.source.clone()));
            let plain = |to: &str, origin: Option<&Origin>| {
                (to.to_owned(), String::new(), origin.map(ToString::to_string).unwrap_or_default())
            };
            let dispatch = grants.dispatch.iter().map(|event| {
                let said = wanted.grants.dispatch.iter().find(|grant| grant.event == event.name());
                plain(event.name(), said.map(|grant| &grant.origin))
            });
            let state = grants.state.then(|| plain("", wanted.grants.state.as_ref()));
            let said = wanted.grants.liveness.as_ref().map(|grant| &grant.origin);
            let liveness = [Access::Read, Access::Write].map(|access| plain(access.name(), said));
            let shown = origins.chain(dispatch).chain(state).chain(liveness);
            let all = Grant::all(grants).into_iter().zip(shown);
            rows.extend(all.map(|(grant, (to, with, source))| GrantRow {
                connector: name.to_owned(),
                kind: grant.kind().to_owned(),
                to,
                with,
                source,
                taken_back: revoked.contains(&grant),
            }));
        }
        rows.extend(self.natives().iter().flat_map(|(wanted, native)| native.grants(wanted)));
        rows
    }

    /// All limits in force, as the instances have them, and how much of them is used.
    pub fn limits(&self) -> Vec<LimitRow> {
        let mut rows = Vec::new();
        for Running { connector, wanted, .. } in &*self.running() {
            let (usage, counters) = (connector.usage(), connector.counters());
            let [used, peak] = [usage.used, usage.peak].map(|limits| limit_texts(&convert::rounded(limits)));
            let texts = limit_texts(connector.limits()).into_iter().zip(used).zip(peak);
            rows.extend(texts.map(|(((limit, value), (_, used)), (_, peak))| LimitRow {
                connector: connector.name().to_owned(),
                limit: limit.to_owned(),
                value,
                used,
                peak,
                hits: counters.limit_hits.get(limit).copied().unwrap_or_default(),
                origin: wanted.limit_sources.get(limit).map_or_else(
                    || "default".to_owned(),
                    |source| format!("{} ({})", source.path, source.origin),
                ),
            }));
        }
        rows
    }

    /// What is configured of its connectors at the moment.
    pub(crate) fn wanted(&self) -> Vec<Wanted> {
        self.running().iter().map(|one| one.wanted.clone()).collect()
    }

    fn running(&self) -> MutexGuard<'_, Vec<Running>> {
        self.connectors.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What checks arguments and results of defined events.
fn checker(schema: &Value) -> Result<Checker, String> {
    servo_config::value_checker(schema).map(|check| Arc::new(check) as Checker)
}

/// What a connector is made of.
async fn prepare(
    services: &Services,
    programs: &Programs,
    config: &servo_config::Servo,
    file: &Path,
    wanted: &Wanted,
) -> Result<(Arc<Program>, ConnectorOptions), AssembleError> {
    let alias = wanted.alias.clone();
    let program = programs.program(&wanted.kind).await;
    let program = program.map_err(|source| AssembleError::Load { alias: alias.clone(), source })?;
    let grants = convert::grants(wanted);
    let grants = grants.map_err(|text| AssembleError::Grant { alias: alias.clone(), text })?;
    let state = Some(programs.state.kept(config.display_name(), file, &alias));
    let services = Services { state, ..services.clone() };
    let (settings, limits) = (settings(wanted)?, wanted.limits);
    Ok((program, ConnectorOptions { alias, settings, limits, grants, services }))
}

async fn start(
    program: Arc<Program>,
    options: ConnectorOptions,
    wanted: &Wanted,
    taken: &[Grant],
) -> Result<Arc<Connector>, AssembleError> {
    Connector::start_without(program, options, taken).await.map_err(|source| {
        let (alias, origin) = (wanted.alias.clone(), wanted.origin.to_string());
        AssembleError::Start { alias, origin, source }
    })
}

/// The settings with the texts of the files that they name.
pub(crate) fn settings(wanted: &Wanted) -> Result<Value, AssembleError> {
    let mut settings = wanted.settings.clone();
    for NamedFile { file, pointer, .. } in &wanted.files {
        let read = || String::from_utf8(files::read(file, FILE_MAX)?).map_err(io::Error::other);
        let text = read().map_err(|source| AssembleError::File {
            alias: wanted.alias.clone(),
            path: file.display().to_string(),
            pointer: pointer.clone(),
            source,
        })?;
        if let Some(value) = settings.pointer_mut(pointer) {
            *value = Value::String(text);
        }
    }
    Ok(settings)
}
