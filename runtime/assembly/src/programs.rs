//! Where components come from: the program itself, and files that the configuration names.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex as StdMutex, PoisonError};

use anyhow::Context;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use servo_config::{Catalogue, ConnectorRef, ConnectorType, Loaded};
use servo_distribution::Installed;
use servo_host::{
    BuildError, COMPONENT_MAX, Compiler, Kit, Language, LoadError, Metadata, Program, Sandbox,
    SandboxOptions, read_sections,
};
use thiserror::Error;
use tokio::runtime::Handle;
use tokio::sync::Mutex;

use crate::distribution::{Depot, DepotError, Rules, installed, parse};
use crate::files;
use crate::inspect::{Inspection, inspect_as};
use crate::language::LANGUAGE;
use crate::native;
use crate::remote::ProxyVariables;
use crate::state::StateDir;

pub use servo_host::{CompileLimits, compile_file};

/// A component that came with the program.
#[derive(Clone, Copy, Debug)]
pub struct Bundled {
    /// Its file, stamped by `servo-stamp`.
    pub bytes: &'static [u8],
}

/// What [`Programs`] needs.
#[derive(Debug)]
pub struct Inputs<'a> {
    /// The bundled connectors.
    pub bundled: &'a [Bundled],
    /// Where compiled components and journals are kept.
    pub state: StateDir,
    /// What compiles foreign components in a process of its own; without it this process does.
    pub compiler: Option<PathBuf>,
    /// The argument that makes that program compile.
    pub compiler_argument: &'static str,
    /// The runtime for instances that compute much.
    pub heavy: Handle,
    /// Where components come from that are neither bundled nor files.
    pub depot: Depot,
    /// What the environment says about proxies to a remote optimizer.
    pub proxies: ProxyVariables,
    /// Whether nothing from registries may be run but what the lock file names.
    pub locked: bool,
}

/// The components that can be run.
#[derive(Debug)]
pub struct Programs {
    pub(crate) sandbox: Arc<Sandbox>,
    pub(crate) state: StateDir,
    pub(crate) depot: Depot,
    pub(crate) proxies: ProxyVariables,
    bundled: BTreeMap<String, (&'static [u8], ConnectorInfo)>,
    native: [ConnectorInfo; 2],
    installed: BTreeMap<String, (Installed, ConnectorInfo)>,
    locked: bool,
    /// What the configuration that was read last says of components, or why that cannot be known.
    rules: StdMutex<Arc<Result<Rules, String>>>,
    loaded: Mutex<BTreeMap<ConnectorRef, Arc<Program>>>,
}

/// What [`Programs::forget`] took out of force.
#[derive(Debug)]
#[must_use]
pub struct Forgotten {
    rules: Arc<Result<Rules, String>>,
    loaded: BTreeMap<ConnectorRef, Arc<Program>>,
}

/// What people want to know of a connector.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConnectorInfo {
    /// The name under which the configuration finds it.
    pub name: String,
    /// Name, version and the other sections.
    pub metadata: Metadata,
    /// Where it comes from: `bundled`, a path, or a reference with its digest.
    pub source: String,
    /// JSON Schema of its settings.
    pub schema: Value,
    /// Settings that work, or nearly so.
    pub example: Value,
}

/// No components can be run.
#[derive(Debug, Error)]
pub enum ProgramsError {
    /// The sandbox does not start.
    #[error(transparent)]
    Sandbox(#[from] servo_host::SandboxError),
    /// A bundled component is not what it should be; the program was built wrong.
    #[error("a bundled connector has no {0}; build again with `make`")]
    Bundled(&'static str),
    /// Neither of two connectors of one name may hide the other.
    #[error(
        "two connectors are named `{name}`: one comes with servo, and `{reference}` is installed; `servo uninstall {name}` \
         removes the second one, and `servo install {reference} --name NAME` gives it another name"
    )]
    Twice {
        /// The name.
        name: String,
        /// Where the installed one comes from.
        reference: String,
    },
}

impl Programs {
    /// Starts the sandbox and reads the sections of the bundled components; runs and compiles nothing.
    pub fn new(inputs: Inputs<'_>) -> Result<Self, ProgramsError> {
        let compiler = match inputs.compiler {
            Some(program) => {
                let arguments = vec![inputs.compiler_argument.into()];
                Compiler::Child { program, arguments, limits: CompileLimits::default() }
            }
            None => Compiler::InProcess,
        };
        let Inputs { state, depot, locked, proxies, .. } = inputs;
        let options = SandboxOptions { cache: state.components(), compiler, heavy: inputs.heavy };
        let sandbox = Sandbox::new(options)?;
        let mut bundled = BTreeMap::new();
        for component in inputs.bundled {
            let (metadata, stamped) =
                read_sections(component.bytes).map_err(|_| ProgramsError::Bundled("sections"))?;
            let (schema, example) = stamped.ok_or(ProgramsError::Bundled("settings schema"))?;
            let name = metadata.name.clone().ok_or(ProgramsError::Bundled("name"))?;
            let info =
                ConnectorInfo { name: name.clone(), metadata, source: "bundled".into(), schema, example };
            bundled.insert(name, (component.bytes, info));
        }
        let mut known = BTreeMap::new();
        for one in installed_in(&depot) {
            let (name, reference) = (one.name.clone(), one.record.reference.to_string());
            if bundled.contains_key(&name) || native::is_native_name(&name) {
                return Err(ProgramsError::Twice { name, reference });
            }
            if let Some(info) = installed::known(one.clone()) {
                known.insert(name, (one, info));
            }
        }
        let rules = StdMutex::new(Arc::new(Ok(Rules::default())));
        let loaded = Mutex::default();
        let (native, installed) = (native::infos(), known);
        Ok(Self { sandbox, state, depot, proxies, bundled, native, installed, locked, rules, loaded })
    }

    /// The connectors that come with servo, by name, and then the installed ones.
    pub fn connectors(&self) -> impl Iterator<Item = &ConnectorInfo> {
        let mut own: Vec<&ConnectorInfo> = self.bundled.values().map(|(_, info)| info).collect();
        own.extend(&self.native);
        own.sort_by(|one, other| one.name.cmp(&other.name));
        own.into_iter().chain(self.installed.values().map(|(_, info)| info))
    }

    /// Whether a connector of this name comes with the program.
    pub(crate) fn is_bundled(&self, name: &str) -> bool {
        self.bundled.contains_key(name) || native::is_native_name(name)
    }

    /// Registries and the local store.
    pub fn depot(&self) -> &Depot {
        &self.depot
    }

    /// The connectors that a configuration can name: the bundled and installed ones, and the files and references that
    /// it has, which are loaded for it. What cannot be loaded is told where the configuration names it.
    pub async fn catalogue(&self, loaded: Option<&Loaded>) -> Catalogue {
        let mut catalogue = Catalogue::new();
        catalogue.language = Some(LANGUAGE);
        for info in self.connectors() {
            // Their names are unique, or there would be no programs.
            let _ = catalogue.insert(connector_type(info));
        }
        let Some(loaded) = loaded else { return catalogue };
        let rules = match loaded.trust(Some(&LANGUAGE)) {
            Ok(_) => Rules::of(loaded, self.locked).map_err(|error| error.to_string()),
            // They are told where the stanza is read.
            Err(_) => Err("who must have signed it is not known: `trust` has mistakes".to_owned()),
        };
        *self.rules.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(rules);
        for name in loaded.names(&catalogue) {
            let Some((installed, _)) = self.installed.get(&name.connector) else { continue };
            let judged = match self.rules().as_ref() {
                Ok(rules) => {
                    self.installed_component(installed, rules).await.map_err(|error| error.to_string())
                }
                Err(error) => Err(error.clone()),
            };
            let other = match judged {
                Ok(held) if held.record.component == installed.record.component => continue,
                // Another version is locked, which may have other settings.
                Ok(_) => self.program(&ConnectorRef::Named(name.connector.clone())).await,
                Err(reason) => Err(anyhow::anyhow!(reason)),
            };
            match other {
                Ok(program) => {
                    let mut info = info_of(&program, installed.record.reference.to_string());
                    info.name.clone_from(&name.connector);
                    catalogue.replace(connector_type(&info));
                }
                Err(error) => {
                    catalogue.insert_failure(ConnectorRef::Named(name.connector), format!("{error:#}"))
                }
            }
        }
        let references = loaded.references();
        if let Ok(rules) = self.rules().as_ref() {
            let texts = references.iter().filter_map(|reference| match &reference.component {
                ConnectorRef::Oci(text) => parse(text).ok(),
                ConnectorRef::File(_) | ConnectorRef::Named(_) => None,
            });
            self.depot.foresee(&texts.collect::<Vec<_>>(), rules).await;
        }
        for reference in references {
            match self.program(&reference.component).await {
                Ok(program) => {
                    let source = match &reference.component {
                        ConnectorRef::File(path) => path.display().to_string(),
                        ConnectorRef::Oci(text) | ConnectorRef::Named(text) => text.clone(),
                    };
                    let info = info_of(&program, source);
                    catalogue.insert_component(reference.component, connector_type(&info));
                }
                Err(error) => catalogue.insert_failure(reference.component, format!("{error:#}")),
            }
        }
        catalogue
    }

    /// Forgets what was loaded, so that files are read and everything is judged again: their content and the policy may
    /// have changed. What tags meant when the process started, they go on to mean.
    pub async fn forget(&self) -> Forgotten {
        let mut loaded = self.loaded.lock().await;
        let before = loaded.clone();
        loaded.retain(|reference, _| matches!(reference, ConnectorRef::Named(name) if self.is_bundled(name)));
        Forgotten { rules: self.rules(), loaded: before }
    }

    /// Puts back in force what was forgotten for a configuration that cannot be used.
    pub async fn recall(&self, Forgotten { rules, loaded }: Forgotten) {
        *self.loaded.lock().await = loaded;
        *self.rules.lock().unwrap_or_else(PoisonError::into_inner) = rules;
    }

    /// The program behind a reference; loaded once.
    pub(crate) async fn program(&self, reference: &ConnectorRef) -> anyhow::Result<Arc<Program>> {
        let rules = self.rules();
        let rules = || rules.as_ref().as_ref().map_err(|error| anyhow::anyhow!("{error}"));
        let mut loaded = self.loaded.lock().await;
        if let Some(program) = loaded.get(reference) {
            return Ok(Arc::clone(program));
        }
        let program = match reference {
            ConnectorRef::Named(name) => match (self.bundled.get(name), self.installed.get(name)) {
                (Some((bytes, _)), _) => self.sandbox.load(bytes, true).await.map_err(not_loaded)?,
                (None, Some((installed, _))) => {
                    let held = self.installed_component(installed, rules()?).await?;
                    self.compile(&held, rules()?).await?
                }
                (None, None) if native::is_native_name(name) => {
                    anyhow::bail!("`{name}` is part of servo and no component that could be run by itself")
                }
                (None, None) => anyhow::bail!("no connector is named `{name}`"),
            },
            ConnectorRef::File(path) => {
                let bytes = files::read(path, COMPONENT_MAX)
                    .with_context(|| format!("`{}` cannot be read", path.display()))?;
                rules()?.judge_file(path, &bytes)?.warn();
                self.sandbox.load(&bytes, false).await.map_err(not_loaded)?
            }
            ConnectorRef::Oci(text) => {
                let held = self.depot.obtain(&parse(text)?, rules()?).await?;
                self.compile(&held, rules()?).await?
            }
        };
        loaded.insert(reference.clone(), Arc::clone(&program));
        Ok(program)
    }

    fn rules(&self) -> Arc<Result<Rules, String>> {
        Arc::clone(&self.rules.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Builds the connector in `folder`, whatever its language, and writes the finished component to `output`, or else
    /// to `NAME.wasm` in that folder.
    pub async fn build(
        &self,
        folder: &Path,
        output: Option<&Path>,
        kit: &Kit,
    ) -> Result<(Language, Inspection), BuildError> {
        let built = servo_host::build(&self.sandbox, folder, output, kit).await?;
        let inspection = inspect_as(built.component.as_slice(), &built.path.display().to_string())?;
        Ok((built.language, inspection))
    }
}

/// What is installed. A store that cannot be used concerns only what comes from it.
fn installed_in(depot: &Depot) -> Vec<Installed> {
    let told = |error: &DepotError| tracing::warn!("no installed connector is known: {error}");
    depot.installed().inspect_err(told).unwrap_or_default()
}

/// What the sections of a component file say, in the form of the bundled ones; schema and example are null when it has
/// not been finished with `servo build`.
pub fn file_info(path: &Path) -> anyhow::Result<ConnectorInfo> {
    let source = path.display().to_string();
    let bytes = files::read(path, COMPONENT_MAX).with_context(|| format!("`{source}` cannot be read"))?;
    let (metadata, settings) = read_sections(&bytes).with_context(|| format!("`{source}`"))?;
    let (schema, example) = settings.unwrap_or_default();
    let name = metadata.name.clone().unwrap_or_else(|| source.clone());
    Ok(ConnectorInfo { name, metadata, source, schema, example })
}

fn not_loaded(error: LoadError) -> anyhow::Error {
    match error {
        LoadError::Cache(_) => anyhow::anyhow!("{error}; SERVO_STATE_DIR names another state directory"),
        error => error.into(),
    }
}

pub(crate) fn info_of(program: &Program, source: String) -> ConnectorInfo {
    let about = &program.about;
    ConnectorInfo {
        name: about.metadata.name.clone().unwrap_or_else(|| source.clone()),
        metadata: about.metadata.clone(),
        source,
        schema: about.schema.clone(),
        example: about.example.clone(),
    }
}

fn connector_type(info: &ConnectorInfo) -> ConnectorType {
    ConnectorType {
        name: info.name.clone(),
        class: class_name(&info.name),
        schema: info.schema.clone(),
        description: info.metadata.description.clone().unwrap_or_default(),
    }
}

/// ServoX's class name of a connector: `http-settings` is `HttpSettingsConnector`.
pub(crate) fn class_name(name: &str) -> String {
    let mut class = String::new();
    for part in name.split(['-', '_']) {
        let mut letters = part.chars();
        class.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        class.push_str(letters.as_str());
    }
    class + "Connector"
}
