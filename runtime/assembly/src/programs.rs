//! Where components come from: the program itself, and files that the configuration names.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use serde::Serialize;
use serde_json::Value;
use servo_config::{Catalogue, ConnectorRef, ConnectorType, Loaded};
use servo_host::{
    BuildError, COMPONENT_MAX, Compiler, Kit, Language, LoadError, Metadata, Program, Sandbox,
    SandboxOptions, read_sections,
};
use thiserror::Error;
use tokio::runtime::Handle;
use tokio::sync::Mutex;

use crate::files;
use crate::inspect::{Inspection, inspect_bytes};
use crate::language::LANGUAGE;
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
pub struct Inputs {
    /// The bundled connectors.
    pub bundled: &'static [Bundled],
    /// Where compiled components and journals are kept.
    pub state: StateDir,
    /// What compiles foreign components in a process of its own; without it this process does.
    pub compiler: Option<PathBuf>,
    /// The argument that makes that program compile.
    pub compiler_argument: &'static str,
    /// The runtime for instances that compute much.
    pub heavy: Handle,
}

/// The components that can be run.
#[derive(Debug)]
pub struct Programs {
    pub(crate) sandbox: Arc<Sandbox>,
    pub(crate) state: StateDir,
    bundled: BTreeMap<String, (&'static [u8], ConnectorInfo)>,
    loaded: Mutex<BTreeMap<ConnectorRef, Arc<Program>>>,
}

/// What people want to know of a connector.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConnectorInfo {
    /// The name under which the configuration finds it.
    pub name: String,
    /// Name, version and the other sections.
    pub metadata: Metadata,
    /// Where it comes from: `bundled`, or a path.
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
}

impl Programs {
    /// Starts the sandbox and reads the sections of the bundled components; runs and compiles nothing.
    pub fn new(inputs: Inputs) -> Result<Self, ProgramsError> {
        let compiler = match inputs.compiler {
            Some(program) => {
                let arguments = vec![inputs.compiler_argument.into()];
                Compiler::Child { program, arguments, limits: CompileLimits::default() }
            }
            None => Compiler::InProcess,
        };
        let Inputs { state, .. } = inputs;
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
        Ok(Self { sandbox, state, bundled, loaded: Mutex::default() })
    }

    /// The bundled connectors, by name.
    pub fn connectors(&self) -> impl Iterator<Item = &ConnectorInfo> {
        self.bundled.values().map(|(_, info)| info)
    }

    /// The connectors that a configuration can name: the bundled ones, and the files that it refers to, which are
    /// loaded for it. What cannot be loaded is told where the configuration names it.
    pub async fn catalogue(&self, loaded: Option<&Loaded>) -> Catalogue {
        let mut catalogue = Catalogue::new();
        catalogue.language = Some(LANGUAGE);
        for info in self.connectors() {
            // Bundled names are unique: they are the keys of a map.
            let _ = catalogue.insert(connector_type(info));
        }
        for reference in loaded.map(Loaded::references).unwrap_or_default() {
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

    /// Forgets which files were loaded, so that they are read again: their content may have changed.
    pub async fn forget(&self) {
        self.loaded.lock().await.retain(|reference, _| !matches!(reference, ConnectorRef::File(_)));
    }

    /// The program behind a reference; loaded once.
    pub(crate) async fn program(&self, reference: &ConnectorRef) -> anyhow::Result<Arc<Program>> {
        let mut loaded = self.loaded.lock().await;
        if let Some(program) = loaded.get(reference) {
            return Ok(Arc::clone(program));
        }
        let program = match reference {
            ConnectorRef::Named(name) => {
                let (bytes, _) =
                    self.bundled.get(name).with_context(|| format!("no connector is named `{name}`"))?;
                self.sandbox.load(bytes, true).await
            }
            ConnectorRef::File(path) => {
                let bytes = files::read(path, COMPONENT_MAX)
                    .with_context(|| format!("`{}` cannot be read", path.display()))?;
                self.sandbox.load(&bytes, false).await
            }
            ConnectorRef::Oci(_) => anyhow::bail!(
                "registries are not available in this version of servo; fetch the file and name it as ./NAME.wasm"
            ),
        };
        let program = program.map_err(|error| match error {
            LoadError::Cache(_) => anyhow::anyhow!("{error}; SERVO_STATE_DIR names another state directory"),
            error => error.into(),
        })?;
        loaded.insert(reference.clone(), Arc::clone(&program));
        Ok(program)
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
        let inspection = inspect_bytes(&built.component, &built.path.display().to_string())?;
        Ok((built.language, inspection))
    }
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

fn info_of(program: &Program, source: String) -> ConnectorInfo {
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
fn class_name(name: &str) -> String {
    let mut class = String::new();
    for part in name.split(['-', '_']) {
        let mut letters = part.chars();
        class.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        class.push_str(letters.as_str());
    }
    class + "Connector"
}
