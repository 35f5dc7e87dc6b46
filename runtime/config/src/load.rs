//! First step: files, environment and flags to documents whose connectors are named but not yet known.

mod liveness;

use std::path::Path;
use std::sync::{Arc, LazyLock};

use secrecy::{ExposeSecret, SecretString};

use crate::catalogue::{Catalogue, ConnectorRef, Language};
use crate::config::{Config, Trust};
use crate::environment::Environment;
use crate::layers::{self, Table};
use crate::node::{Node, Value};
use crate::origin::Origin;
use crate::own::OWN;
use crate::problem::{Notice, Problem, Problems};
use crate::raw::{RawConnectors, RawServo, parse_connectors};
use crate::resolve;
use crate::schema::fields::Types;
use crate::source::Source;
use crate::yaml;

pub(crate) use liveness::variables_of_os_lively;
pub use liveness::{LivenessFlags, liveness_without_stanza};

/// What the command line sets.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// `--optimizer`.
    pub optimizer: Option<String>,
    /// `--token`.
    pub token: Option<SecretString>,
    /// `--token-file`.
    pub token_file: Option<String>,
    /// `--base-url`.
    pub base_url: Option<String>,
    /// `--url`.
    pub url: Option<String>,
}

/// Documents whose connectors are named but not yet known.
#[derive(Debug, Clone)]
pub struct Loaded {
    pub(crate) servos: Vec<RawServo>,
    pub(crate) environment: Environment,
    pub(crate) problems: Problems,
    /// Per servo: settings that a variable took from the file.
    pub(crate) overridden: Vec<Vec<Notice>>,
}

/// A component that the configuration refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The component.
    pub component: ConnectorRef,
    /// Where it is named.
    pub origin: Origin,
}

/// A connector of a servo by name, whether or not it can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstanceName {
    /// Its alias.
    pub alias: String,
    /// The connector's own name; what was written in its place when there is no such connector.
    pub connector: String,
    /// The connector's class, if there is such a connector.
    pub class: Option<String>,
}

impl InstanceName {
    /// Whether it is an instance of the connector that is named so: by its own name, its class or the path of it.
    pub fn is(&self, identifier: &str) -> bool {
        self.connector == identifier || self.class.as_deref() == Some(crate::names::last_part(identifier))
    }
}

/// Variables that ServoX has for the optimizer, besides `SERVO_OPTIMIZER_…`.
const OPTIMIZER_VARIABLES: [(&str, &str); 14] = [
    ("OPSANI_OPTIMIZER", "id"),
    ("OPSANI_TOKEN", "token"),
    ("OPSANI_TOKEN_FILE", "token_file"),
    ("OPSANI_BASE_URL", "base_url"),
    ("OPSANI_URL", "url"),
    ("APPD_OPTIMIZER_ID", "optimizer_id"),
    ("APPD_TENANT_ID", "tenant_id"),
    ("APPD_CLIENT_ID", "client_id"),
    ("APPD_CLIENT_SECRET", "client_secret"),
    ("APPD_BASE_URL", "base_url"),
    ("APPD_URL", "url"),
    ("APPD_TOKEN_URL", "token_url"),
    ("APPD_CONNECTION_FILE", "connection_file"),
    ("APPD_TOKEN", "token"),
];

/// Reads one file and loads it.
///
/// # Errors
/// When the file cannot be read, is larger than 1 MiB, or is not valid YAML.
pub fn load_file(path: &Path, environment: &Environment, flags: &Flags) -> Result<Loaded, Problems> {
    let source = Source::read(path).map_err(|error| {
        Problem::new(Origin::Default, "", error.to_string())
            .with_hint("`servo init` writes a configuration; --config-file names another one")
    })?;
    load(&[source], environment, flags)
}

/// Parses the sources and puts environment and flags over what servo itself understands.
///
/// Everything else that is wrong is kept and reported by [`Loaded::resolve`], together with what only the
/// catalogue can tell.
///
/// # Errors
/// When a source is not valid YAML or exceeds a budget.
pub fn load(sources: &[Arc<Source>], environment: &Environment, flags: &Flags) -> Result<Loaded, Problems> {
    let mut unreadable = Problems::new();
    let mut documents = Vec::new();
    for source in sources {
        match yaml::parse(source) {
            Ok(found) => documents.extend(found.into_iter().map(|document| (Arc::clone(source), document))),
            Err(problems) => unreadable.extend(problems),
        }
    }
    unreadable.into_result()?;
    Ok(load_documents(documents, environment, flags))
}

/// Reads one file as far as it takes to know which connectors it names: for help, which must not wait. The schemas of
/// servo's own keys are not made unless a variable names connectors.
///
/// # Errors
/// When the file cannot be read, is larger than 1 MiB, or is not valid YAML.
pub fn load_names(path: &Path, environment: &Environment) -> Result<Loaded, Problems> {
    let source = Source::read(path).map_err(|error| Problem::new(Origin::Default, "", error.to_string()))?;
    if environment.get("SERVO_CONNECTORS").is_some() {
        return load(&[source], environment, &Flags::default());
    }
    let mut loaded = Loaded {
        servos: Vec::new(),
        environment: environment.clone(),
        problems: Problems::new(),
        overridden: Vec::new(),
    };
    for document in yaml::parse(&source)? {
        let mut raw = RawServo::split(document, &source, &mut loaded.problems);
        raw.connectors = parse_connectors(raw.own.get(["connectors"]), &mut loaded.problems);
        loaded.servos.push(raw);
        loaded.overridden.push(Vec::new());
    }
    Ok(loaded)
}

/// What [`load`] does with documents that are parsed already.
pub(crate) fn load_documents(
    documents: Vec<(Arc<Source>, Node)>,
    environment: &Environment,
    flags: &Flags,
) -> Loaded {
    let several = documents.len() > 1;
    let mut loaded = Loaded {
        servos: Vec::new(),
        environment: environment.clone(),
        problems: Problems::new(),
        overridden: Vec::new(),
    };
    for (source, document) in documents {
        let mut raw = RawServo::split(document, &source, &mut loaded.problems);
        let mut overridden = Vec::new();
        for layer in environment.layers() {
            if layer.contains_key("SERVO_CONNECTORS")
                && let Value::Map(own) = &mut raw.own.value
            {
                // A selection is replaced as a whole; half of the file's and half of the variable's would
                // be a selection that nobody wrote.
                own.shift_remove("connectors");
            }
            if layers::is_servos(layer) {
                layers::apply(&mut raw.own, layer, own_table(several), &mut loaded.problems, &mut overridden);
            }
        }
        if several {
            shared_identity(&mut raw.own, environment);
        }
        apply_flags(&mut raw.own, flags, several, &mut loaded.problems);
        one_of(&mut raw.own, "optimizer", ["token", "token_file"], &mut loaded.problems);
        let secrets = ["client_secret", "client_secret_file"];
        one_of(&mut raw.own, "optimizer", secrets, &mut loaded.problems);
        liveness::fill_gaps(&mut raw.own, environment, &mut loaded.problems);
        raw.connectors = parse_connectors(raw.own.get(["connectors"]), &mut loaded.problems);
        loaded.servos.push(raw);
        loaded.overridden.push(overridden);
    }
    loaded
}

impl Loaded {
    /// The documents as they were written, environment and flags over servo's own keys.
    pub fn servos(&self) -> &[RawServo] {
        &self.servos
    }

    /// Components in files and registries, each once; the caller loads them into the catalogue.
    pub fn references(&self) -> Vec<Reference> {
        let mut found: Vec<Reference> = Vec::new();
        for servo in &self.servos {
            let RawConnectors::Map(instances) = &servo.connectors else { continue };
            for instance in instances {
                let component = instance.reference();
                let known = found.iter().any(|reference| reference.component == component);
                if !matches!(component, ConnectorRef::Named(_)) && !known {
                    found.push(Reference { component, origin: instance.origin.clone() });
                }
            }
        }
        found
    }

    /// Which components have to be signed by whom: needed before there is a catalogue, since a component that is
    /// refused must not even be read. What is wrong elsewhere is not looked at.
    ///
    /// # Errors
    /// What is wrong with the stanza.
    pub fn trust(&self, language: Option<&Language>) -> Result<Option<Trust>, Problems> {
        let mut problems = Problems::new();
        let trust = resolve::trust(self, language, &mut problems);
        problems.into_result()?;
        Ok(trust)
    }

    /// The components of instances that have a name of their own, with that name.
    pub fn components(&self) -> Vec<(String, ConnectorRef)> {
        let maps = self.servos.iter().filter_map(|servo| match &servo.connectors {
            RawConnectors::Map(instances) => Some(instances),
            _ => None,
        });
        maps.flatten().map(|instance| (instance.alias.clone(), instance.reference())).collect()
    }

    /// The file that the first document was read from.
    pub fn file(&self) -> Option<&Path> {
        self.servos.first().map(|servo| Path::new(servo.source.name()))
    }

    /// What the connectors are called, those included whose selection is wrong.
    pub fn names(&self, catalogue: &Catalogue) -> Vec<InstanceName> {
        resolve::names(self, catalogue)
    }

    /// Checks everything against the catalogue and fills in the defaults.
    ///
    /// # Errors
    /// Everything that is wrong, at once.
    pub fn resolve(&self, catalogue: &Catalogue) -> Result<(Config, Vec<Notice>), Problems> {
        resolve::resolve(self, catalogue)
    }
}

/// The variables of servo's own keys. With several documents those that say who a servo is are left out: one
/// value for all of them would make them one.
pub(crate) fn own_table(several: bool) -> &'static Table {
    static ONE: LazyLock<Table> = LazyLock::new(|| make_own_table(false));
    static SEVERAL: LazyLock<Table> = LazyLock::new(|| make_own_table(true));
    if several { &SEVERAL } else { &ONE }
}

fn make_own_table(several: bool) -> Table {
    let mut table = Table::new();
    for field in OWN.servo.fields() {
        let first = field.path.first().map_or("", String::as_str);
        let identity = matches!(first, "name" | "description" | "servo_uid" | "optimizer");
        if !(several && identity) {
            layers::add_targets(&mut table, &[], std::slice::from_ref(field));
        }
    }
    // ServoX calls it SERVO_UID.
    if let Some(targets) = table.remove("SERVO_SERVO_UID") {
        table.insert("SERVO_UID".to_owned(), targets);
    }
    if !several {
        for (name, key) in OPTIMIZER_VARIABLES {
            let text = Types { text: true, ..Types::default() };
            layers::add(&mut table, name.to_owned(), &["optimizer", key], text);
        }
    }
    table
}

/// With several documents, token and address of the optimizer fill gaps and replace nothing.
fn shared_identity(own: &mut Node, environment: &Environment) {
    for (name, key) in
        OPTIMIZER_VARIABLES.into_iter().filter(|(_, key)| !matches!(*key, "id" | "optimizer_id" | "url"))
    {
        // Each kind of optimizer has its own variables.
        if name.starts_with("APPD_") != own.get(["optimizer", "optimizer_id"]).is_some() {
            continue;
        }
        let Some((text, origin)) = environment.get(name) else { continue };
        let token_known = key.starts_with("token")
            && ["token", "token_file"].iter().any(|key| own.get(["optimizer", key]).is_some());
        if own.get(["optimizer"]).is_some() && own.get(["optimizer", key]).is_none() && !token_known {
            let node = Node::new(Value::Text(text.to_owned()), origin.clone());
            own.set(&["optimizer".to_owned(), key.to_owned()], node);
        }
    }
}

fn apply_flags(own: &mut Node, flags: &Flags, several: bool, problems: &mut Problems) {
    let token = flags.token.as_ref().map(|token| token.expose_secret().to_owned());
    let given = [
        ("--optimizer", "id", flags.optimizer.clone()),
        ("--token", "token", token),
        ("--token-file", "token_file", flags.token_file.clone()),
        ("--base-url", "base_url", flags.base_url.clone()),
        ("--url", "url", flags.url.clone()),
    ];
    for (flag, key, text) in given {
        let Some(text) = text else { continue };
        if several && matches!(key, "id" | "url") {
            let message = format!("{flag} names one optimizer, but the file has several servos");
            problems.push(
                Problem::new(Origin::Flag(flag), format!("optimizer.{key}"), message)
                    .with_hint("give each document its own `optimizer:`"),
            );
            continue;
        }
        own.set(&["optimizer".to_owned(), key.to_owned()], Node::new(Value::Text(text), Origin::Flag(flag)));
    }
}

/// A secret and the file with it exclude each other: the one from the stronger layer stays, two in one layer are a
/// problem.
fn one_of(own: &mut Node, section: &str, [secret, secret_file]: [&str; 2], problems: &mut Problems) {
    let strength = |origin: &Origin| match origin {
        Origin::Flag(_) => 4,
        Origin::Env(_) => 3,
        Origin::DotEnv(_) => 2,
        Origin::File(_) => 1,
        Origin::Default => 0,
    };
    let (Some(value), Some(file)) = (own.get([section, secret]), own.get([section, secret_file])) else {
        return;
    };
    let weaker = match strength(&value.origin).cmp(&strength(&file.origin)) {
        std::cmp::Ordering::Less => secret,
        std::cmp::Ordering::Greater => secret_file,
        std::cmp::Ordering::Equal => {
            let message = format!(
                "{secret} and {secret_file} exclude each other; the other one is at {}",
                value.origin
            );
            problems.push(
                Problem::new(file.origin.clone(), format!("{section}.{secret_file}"), message)
                    .with_hint("keep one of the two"),
            );
            secret_file
        }
    };
    if let Value::Map(map) = &mut own.value
        && let Some(entry) = map.get_mut(section)
        && let Value::Map(settings) = &mut entry.node.value
    {
        settings.shift_remove(weaker);
    }
}

#[cfg(test)]
mod tests;
