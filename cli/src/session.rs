//! What commands share: the environment, the configuration, and the servo that is made of it.

pub(crate) mod brought;
mod registry;

use std::env;
use std::path::{Path, PathBuf};
use std::time::Duration;

use servo_assembly::distribution::{Depot, Rules};
use servo_assembly::{Bundled, Control, ControlError, Inputs, Programs, ProxyVariables, Servo, StateDir};
use servo_config::{
    Config, Environment, Flags, Liveness, LivenessFlags, Loaded, Notice, Origin, liveness_without_stanza,
    load_file,
};
use servo_telemetry::{Filter, Level, LogFile, Otlp, Recent};

use crate::args::{Components, Global, LogFormat, Registries};
use crate::exit::Trouble;
use crate::printer::Printer;
use crate::runtime::{COMPILE, Heavy};
use crate::signals::Stop;

/// The connectors inside this program.
static BUNDLED: &[Bundled] = include!(concat!(env!("OUT_DIR"), "/bundled.rs"));

/// What authors build connectors with, inside this program.
pub(crate) static KIT: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/kit.rs"));

/// The file that is read when no other one is named.
pub(crate) const CONFIG_FILE: &str = "servo.yaml";
/// The variable that names another one.
const CONFIG_FILE_VARIABLE: &str = "SERVO_CONFIG_FILE";
/// How long the end of the process waits for traces and metrics to be sent.
const FLUSH: Duration = Duration::from_secs(2);
/// Bytes of log lines that a running servo keeps for `servo logs`.
const LOG_KEPT: usize = 4 << 20;

/// One invocation of a command.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) printer: Printer,
    global: Global,
    environment: Environment,
    heavy: Heavy,
    /// The last log lines of this process, if it keeps them.
    pub(crate) log: Recent,
    /// Where traces and metrics go, if anywhere.
    pub(crate) otlp: Option<Otlp>,
}

impl Session {
    /// Reads the environment and the nearest `.env`, and starts logging: from `level` on unless somebody says otherwise,
    /// and with `keep` so that others can ask for the last lines.
    pub(crate) fn start(global: Global, printer: Printer, level: Level, keep: bool) -> Result<Self, Trouble> {
        let mut environment = Environment::new(variables()?);
        let folder =
            env::current_dir().map_err(|error| Trouble::Failed(format!("the current folder: {error}")))?;
        if let Some(source) =
            Environment::find_dotenv(&folder).map_err(|error| Trouble::Usage(error.to_string()))?
        {
            environment = environment.with_dotenv(&source)?;
        }
        let log = Recent::new(LOG_KEPT);
        let otlp = export(&environment, &printer);
        let session = Self { printer, global, environment, heavy: Heavy::default(), log, otlp };
        session.start_logging(level, keep)?;
        Ok(session)
    }

    fn start_logging(&self, otherwise: Level, keep: bool) -> Result<(), Trouble> {
        let written =
            |name: &str| self.environment.get(name).map(|(text, _)| text).filter(|text| !text.is_empty());
        let filter = match (&self.global.log_level, written("SERVO_LOG_LEVEL")) {
            (Some(filter), _) => filter.clone(),
            (None, Some(text)) => {
                text.parse().map_err(|error| Trouble::Usage(format!("SERVO_LOG_LEVEL: {error}")))?
            }
            (None, None) => Filter::from(otherwise),
        };
        let json = match (self.global.log_format, written("SERVO_LOG_FORMAT")) {
            (Some(format), _) => format == LogFormat::Json,
            (None, text) => text == Some("json"),
        };
        let named = self.global.log_file.clone().or_else(|| written("SERVO_LOG_FILE").map(PathBuf::from));
        let open = |path: PathBuf| {
            LogFile::open(&path, LogFile::FULL, LogFile::KEEP).map_err(|error| {
                Trouble::Usage(format!("the log file {} cannot be written: {error}", path.display()))
            })
        };
        let file = named.map(open).transpose()?;
        let recent = keep.then(|| self.log.clone());
        let options = servo_telemetry::Options {
            filter,
            json,
            color: self.printer.color(),
            file,
            recent,
            otlp: self.otlp.clone(),
        };
        servo_telemetry::init(options, self.printer.log()).map_err(Trouble::failed)
    }

    /// The configuration file that is meant.
    pub(crate) fn config_file(&self, instead: Option<&Path>) -> PathBuf {
        let variable = || self.environment.get(CONFIG_FILE_VARIABLE).map(|(text, _)| PathBuf::from(text));
        let named = instead.map(Path::to_owned).or_else(|| self.global.config_file.clone());
        named.or_else(variable).unwrap_or_else(|| PathBuf::from(CONFIG_FILE))
    }

    /// The configuration file of the connector in a folder, unless another one is named.
    pub(crate) fn config_file_in(&self, folder: &Path) -> PathBuf {
        match self.config_file(None) {
            // Names without `./` read better.
            usual if usual == Path::new(CONFIG_FILE) => {
                folder.strip_prefix(".").unwrap_or(folder).join(usual)
            }
            named => named,
        }
    }

    /// The variables of the process and of `.env`.
    pub(crate) fn environment(&self) -> &Environment {
        &self.environment
    }

    /// A variable of the process or of `.env`.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(|(text, _)| text)
    }

    /// Where journals and compiled components are kept. Not for `.env` to say: compiled components are native code,
    /// and a `.env` comes with any folder that was cloned.
    pub(crate) fn state(&self) -> StateDir {
        state_of(&self.environment)
    }

    /// What the command line says about the optimizer.
    fn flags(&self) -> Flags {
        Flags {
            optimizer: self.global.optimizer.clone(),
            token: self.global.token.clone().map(Into::into),
            token_file: self.global.token_file.clone(),
            base_url: self.global.base_url.clone(),
            url: None,
        }
    }

    /// Reads the configuration; says what to do when there is none.
    pub(crate) fn load(&self, path: &Path) -> Result<Loaded, Trouble> {
        if !path.exists() {
            let folder = env::current_dir().unwrap_or_default();
            let (name, folder) = (path.display(), folder.display());
            let place = if path.is_absolute() { String::new() } else { format!(" in {folder}") };
            return Err(Trouble::Usage(format!(
                "no configuration: {name} does not exist{place}; `servo init` writes one, --config-file names another one"
            )));
        }
        Ok(load_file(path, &self.environment, &self.flags())?)
    }

    /// The components that can be run.
    pub(crate) fn programs(&self) -> Result<Programs, Trouble> {
        self.programs_with(&Components::default())
    }

    /// The components that can be run, as the command line says.
    pub(crate) fn programs_with(&self, components: &Components) -> Result<Programs, Trouble> {
        let heavy = self
            .heavy
            .handle()
            .map_err(|error| Trouble::Failed(format!("threads cannot be started: {error}")))?;
        let compiler = env::current_exe().ok();
        let proxies = ProxyVariables::of(|name| self.variable(name).map(str::to_owned));
        Ok(Programs::new(Inputs {
            proxies,
            bundled: BUNDLED,
            state: self.state(),
            compiler,
            compiler_argument: COMPILE,
            heavy,
            depot: self.depot(&components.registries)?,
            locked: components.locked,
        })?)
    }

    /// Registries and the local store.
    pub(crate) fn depot(&self, registries: &Registries) -> Result<Depot, Trouble> {
        Ok(Depot::new(self.state(), registry::options(registries, self)?, registry::report(&self.printer)))
    }

    /// What the configuration says about where components come from, if there is one.
    pub(crate) fn rules(&self) -> Result<Rules, Trouble> {
        if !self.has_config() {
            return Ok(Rules::default());
        }
        Ok(Rules::of(&self.load(&self.config_file(None))?, false)?)
    }

    /// Whether there is a configuration, or one is named.
    pub(crate) fn has_config(&self) -> bool {
        let path = self.config_file(None);
        path.exists() || path != Path::new(CONFIG_FILE)
    }

    /// Does work that can be dropped at any time, until a signal says stop.
    pub(crate) async fn unless_stopped<T, E: Into<Trouble>>(
        &self,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Trouble> {
        let stop = Stop::listen(&self.printer)?;
        tokio::select! {
            biased;
            done = work => done.map_err(Into::into),
            () = stop.token.cancelled() => Err(stop.cut_short().err().unwrap_or(Trouble::Interrupted)),
        }
    }

    /// The resolved configuration, with what should be known about it.
    pub(crate) async fn resolve(
        &self,
        path: &Path,
        programs: &Programs,
    ) -> Result<(Config, Vec<Notice>), Trouble> {
        let loaded = self.load(path)?;
        programs.log_in(&loaded).await?;
        let catalogue = programs.catalogue(Some(&loaded)).await;
        Ok(loaded.resolve(&catalogue)?)
    }

    /// The servo of the configuration that is meant: the only one, or the one that `--name` names.
    pub(crate) async fn configured(
        &self,
        path: &Path,
        programs: &Programs,
    ) -> Result<servo_config::Servo, Trouble> {
        let mut servos = self.configured_all(path, programs).await?;
        match (servos.pop(), servos.len()) {
            (Some(servo), 0) => Ok(servo),
            (None, _) => Err(Trouble::Usage("the configuration has no servo".to_owned())),
            (Some(last), before) => {
                servos.push(last);
                Err(Trouble::Usage(format!(
                    "the configuration has {} servos: {}; say with --name which one is meant",
                    before + 1,
                    names(&servos)
                )))
            }
        }
    }

    /// The servos of the configuration that are meant: all, or the one that `--name` names.
    pub(crate) async fn configured_all(
        &self,
        path: &Path,
        programs: &Programs,
    ) -> Result<Vec<servo_config::Servo>, Trouble> {
        let (config, notices) = self.resolve(path, programs).await?;
        for notice in notices {
            self.printer.note(&notice.to_string());
        }
        let mut servos = config.servos;
        // With one servo the variable is its name, not a choice.
        let variable = || self.variable("SERVO_NAME").filter(|_| servos.len() > 1);
        let Some(wanted) = self.global.servo_name.as_deref().or_else(variable) else { return Ok(servos) };
        match servos.iter().position(|servo| servo.display_name() == wanted) {
            Some(index) => Ok(vec![servos.swap_remove(index)]),
            None => Err(Trouble::Usage(format!(
                "no servo was found named \"{wanted}\"; there is {}",
                names(&servos)
            ))),
        }
    }

    /// Where services are kept: what flags say, then the stanza of the configuration if there is one, then the
    /// variables. Only the stanza is looked at: the rest of the file may be just being edited.
    pub(crate) fn liveness(&self, flags: &LivenessFlags) -> Result<Liveness, Trouble> {
        let path = self.config_file(None);
        let mut stanzas = Vec::new();
        // Without a file nothing is missing, unless one is named.
        if self.has_config() {
            stanzas = self.load(&path)?.liveness(flags)?;
        }
        let wanted = self.global.servo_name.as_deref();
        let wanted = wanted.or_else(|| self.variable("SERVO_NAME").filter(|_| stanzas.len() > 1));
        if let Some(wanted) = wanted {
            stanzas.retain(|(name, _)| name == wanted);
            if stanzas.is_empty() {
                let path = path.display();
                return Err(Trouble::Usage(format!("no servo named \"{wanted}\" has `liveness:` in {path}")));
            }
        }
        match stanzas.len() {
            0 => Ok(liveness_without_stanza(&self.environment, flags)?),
            1 => Ok(stanzas.remove(0).1),
            many => {
                let names: Vec<String> = stanzas.into_iter().map(|(name, _)| name).collect();
                let names = names.join(", ");
                Err(Trouble::Usage(format!(
                    "{many} servos have `liveness:`: {names}; say with --name which one is meant"
                )))
            }
        }
    }

    /// Builds the servo that is meant.
    pub(crate) async fn assemble(&self, components: &Components) -> Result<Servo, Trouble> {
        let programs = self.programs_with(components)?;
        let file = self.config_file(None);
        let config = self.configured(&file, &programs).await?;
        Ok(Servo::assemble(&programs, &config, &file).await?)
    }

    /// The servo for a command of one of these connectors: those that do not start are left out, and told, when these
    /// do.
    pub(crate) async fn assemble_for(
        &self,
        wanted: &[String],
        components: &Components,
    ) -> Result<Servo, Trouble> {
        let programs = self.programs_with(components)?;
        let file = self.config_file(None);
        let config = self.configured(&file, &programs).await?;
        let error = match Servo::assemble(&programs, &config, &file).await {
            Ok(servo) => return Ok(servo),
            Err(error) => error,
        };
        let mut some = config.clone();
        some.connectors.retain(|connector| wanted.contains(&connector.alias));
        if some.connectors.is_empty() || some.connectors.len() == config.connectors.len() {
            return Err(error.into());
        }
        let servo = Servo::assemble(&programs, &some, &file).await?;
        self.printer.warn(&format!("only {} is there: {error}", wanted.join(", ")));
        Ok(servo)
    }

    /// The running servo that is meant. The configuration is not read: it may be just being edited.
    pub(crate) async fn running(&self) -> Result<Control, ControlError> {
        let (state, file) = (self.state(), self.config_file(None));
        let find = |name| Control::find(&state, &file, name);
        match (find(self.global.servo_name.as_deref()).await, self.variable("SERVO_NAME")) {
            (Err(ControlError::Several { .. }), Some(name)) => find(Some(name)).await,
            (found, _) => found,
        }
    }

    /// The running servos of the configuration file, or the one that is named.
    pub(crate) async fn running_all(&self) -> Result<Vec<Control>, ControlError> {
        Control::all(&self.state(), &self.config_file(None), self.global.servo_name.as_deref()).await
    }

    /// The same, if it runs.
    pub(crate) async fn running_one(&self) -> Result<Option<Control>, Trouble> {
        match self.running().await {
            Ok(control) => Ok(Some(control)),
            Err(ControlError::None(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Ends what runs beside the command.
    pub(crate) fn end(self) {
        if let Some(otlp) = &self.otlp {
            otlp.end(FLUSH);
        }
        self.heavy.end();
    }
}

/// Where the standard variables want traces and metrics. What is wrong with them is said and stops nothing. Only those
/// of the process count, for the libraries read no others.
fn export(environment: &Environment, printer: &Printer) -> Option<Otlp> {
    let read = |name: &str| of_process(environment, name);
    Otlp::start(read).unwrap_or_else(|error| {
        printer.warn(&error.to_string());
        None
    })
}

fn names(servos: &[servo_config::Servo]) -> String {
    servos.iter().map(servo_config::Servo::display_name).collect::<Vec<_>>().join(", ")
}

fn state_of(environment: &Environment) -> StateDir {
    StateDir::find(|name| of_process(environment, name))
}

/// A variable of the process itself, not of a file.
fn of_process(environment: &Environment, name: &str) -> Option<String> {
    let (text, origin) = environment.get(name)?;
    matches!(origin, Origin::Env(_)).then(|| text.to_owned())
}

/// The variables of the process. One that is meant for servo and cannot be read is no reason to go on without it;
/// all others are nothing that we read.
fn variables() -> Result<Vec<(String, String)>, Trouble> {
    let mut variables = Vec::new();
    for (name, text) in env::vars_os() {
        let Ok(name) = name.into_string() else { continue };
        let ours = ["SERVO_", "OPSANI_", "OSLIVELY_"].iter().any(|prefix| name.starts_with(prefix));
        match text.into_string() {
            Ok(text) => variables.push((name, text)),
            // The name of a file need not be text.
            Err(_) if ours && name != CONFIG_FILE_VARIABLE => {
                return Err(Trouble::Usage(format!("the variable {name} is not UTF-8")));
            }
            Err(_) => {}
        }
    }
    Ok(variables)
}
