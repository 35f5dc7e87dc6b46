//! From the bytes of a component to a program that can be instantiated: sections, compilation, contract, links.

use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use std::{
    fmt, fs,
    io::{self, Write},
};

use rustix::process::Signal;
use servo_events::Event;
use tempfile::TempPath;
use thiserror::Error;
use tokio::io::AsyncWriteExt as _;
use wasmtime::component::{Component, InstancePre};

use crate::cache::Cache;
use crate::contract::Contract;
use crate::digest::{digest, digest_in_steps};
use crate::disk::aside;
use crate::engine::{Sandbox, engine};
use crate::instance::{self, Answers, AskError};
use crate::sections::{self, About, SectionsError};
use crate::state::State;
use crate::surface::Surface;

/// The largest component that is read. Python's are 18 MB.
pub const COMPONENT_MAX: u64 = 256 << 20;

/// Who compiles components that nobody vouched for.
#[derive(Clone, Debug)]
pub enum Compiler {
    /// This process: for components that came with the program, and in tests.
    InProcess,
    /// A child process with limits of its own: `program arguments… INPUT OUTPUT MEMORY CPU`, which calls
    /// [`compile_file`].
    Child {
        /// The program, usually this one.
        program: PathBuf,
        /// What makes it compile.
        arguments: Vec<OsString>,
        /// What it may take.
        limits: CompileLimits,
    },
}

/// What the compilation of one component may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompileLimits {
    /// Bytes of address space.
    pub memory: u64,
    /// Seconds of CPU time.
    pub cpu: u64,
    /// Seconds by the clock: more than the CPU time, because the machine may be busy with other things.
    pub wall: u64,
}

/// Python's components take 10 s and less than 1 GiB, and twice the time in a development build.
impl Default for CompileLimits {
    fn default() -> Self {
        Self { memory: 4 << 30, cpu: 120, wall: 600 }
    }
}

/// A component that can be run: compiled, checked against the contract and linked. One for each digest.
pub struct Program {
    /// `sha256:` and the hash of the component in hexadecimal digits.
    pub digest: String,
    /// Its size in bytes.
    pub size: usize,
    /// What is known about it.
    pub about: About,
    pub(crate) sandbox: Arc<Sandbox>,
    pub(crate) pre: InstancePre<State>,
    pub(crate) surface: Surface,
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Program")
            .field("digest", &self.digest)
            .field("about", &self.about)
            .finish_non_exhaustive()
    }
}

/// A component that cannot be loaded. The caller adds which one.
#[derive(Debug, Error)]
pub enum LoadError {
    /// The file is not a component.
    #[error(transparent)]
    Sections(#[from] SectionsError),
    /// The component is not valid, or took too much to compile.
    #[error("the component cannot be compiled: {0}")]
    Compile(String),
    /// It is another component than the one that is meant.
    #[error("{expected} was expected and {got} came: it was altered where it is kept")]
    Altered {
        /// The digest of the one that is meant.
        expected: String,
        /// The digest of this one.
        got: String,
    },
    /// The cache cannot be used.
    #[error("the folder of compiled components cannot be used: {0}")]
    Cache(io::Error),
    /// The component breaks the contract.
    #[error("the component does not keep the contract servo:connector@0.1:\n  {}", .0.join("\n  "))]
    Contract(Vec<String>),
    /// The component imports what the host does not have.
    #[error("the component needs what this host does not offer: {0}")]
    Link(String),
    /// The component did not answer with schema and example settings.
    #[error("the component was asked for its settings schema: {0}")]
    Ask(AskError),
    /// Sections and component disagree.
    #[error("the section `{0}` says something else than the component; build it again with `servo build`")]
    Stale(&'static str),
}

// The texts above have their causes; `#[from]` would have them shown a second time.
impl From<io::Error> for LoadError {
    fn from(error: io::Error) -> Self {
        Self::Cache(error)
    }
}

impl From<AskError> for LoadError {
    fn from(error: AskError) -> Self {
        Self::Ask(error)
    }
}

impl Program {
    /// Whether it handles a standard event.
    pub fn handles(&self, event: Event) -> bool {
        let surface = &self.surface;
        match event {
            Event::Startup | Event::Shutdown => surface.lifecycle.is_some(),
            Event::Metrics | Event::Components => surface.inventory.is_some(),
            Event::Describe => surface.describe.is_some(),
            Event::Check => surface.check.is_some(),
            Event::Measure => surface.measure.is_some(),
            Event::Adjust => surface.adjust.is_some(),
            Event::Promote => surface.promote.is_some(),
            Event::Command => surface.commands.is_some(),
            // Which ones an instance declares.
            Event::Custom(_) => false,
        }
    }
}

impl Sandbox {
    /// Loads a component; `trusted` ones, which came with the program, are compiled in this process.
    ///
    /// Costs some hundred microseconds when the compiled form is in the cache, and 0.1 s (Rust) to 12 s
    /// (Python) of CPU time otherwise.
    pub async fn load(self: &Arc<Self>, bytes: &[u8], trusted: bool) -> Result<Arc<Program>, LoadError> {
        let digest = digest_in_steps(bytes).await;
        self.load_hashed(bytes, digest, trusted).await
    }

    /// As [`Sandbox::load`] for a component that is not trusted, if it has this digest, `sha256:` and the hash in
    /// hexadecimal digits. Nothing of another one is looked at.
    pub async fn load_exactly(
        self: &Arc<Self>,
        bytes: &[u8],
        expected: &str,
    ) -> Result<Arc<Program>, LoadError> {
        let digest = digest_in_steps(bytes).await;
        if expected.strip_prefix("sha256:") != Some(&digest) {
            return Err(LoadError::Altered {
                expected: expected.to_owned(),
                got: format!("sha256:{digest}"),
            });
        }
        self.load_hashed(bytes, digest, false).await
    }

    async fn load_hashed(
        self: &Arc<Self>,
        bytes: &[u8],
        digest: String,
        trusted: bool,
    ) -> Result<Arc<Program>, LoadError> {
        let (metadata, stamped) = sections::read(bytes)?;
        let cache = Cache::new(&self.options.cache, &self.engine);
        cache.prepare()?;
        let (component, fresh) = match open_cached(self, &cache, &digest) {
            Some(component) => (component, None),
            None => {
                let (component, code) = self.compile(&cache, &digest, bytes, trusted).await?;
                (component, Some(code))
            }
        };
        let problems = self.contract.problems(&self.engine, &component);
        if !problems.is_empty() {
            return Err(LoadError::Contract(problems));
        }
        let link = |error: wasmtime::Error| LoadError::Link(format!("{error:#}"));
        let pre = self.linker.instantiate_pre(&component).map_err(link)?;
        let surface = Surface::of(&pre).map_err(link)?;
        let (exports, imports) = Contract::interfaces(&self.engine, &component);
        let contract = Contract::version(&self.engine, &component);
        let about = About { metadata, exports, imports, contract, ..About::default() };
        let mut program = Program {
            digest: format!("sha256:{digest}"),
            size: bytes.len(),
            about,
            sandbox: self.clone(),
            pre,
            surface,
        };
        let cached = || cache.said(&digest);
        let stamped = stamped.map(|(schema, example)| Answers {
            schema,
            example,
            commands: program.about.metadata.commands.clone(),
        });
        let answers = match (stamped, fresh.is_some()) {
            (Some(stamped), false) => stamped,
            (None, false) if let Some(answers) = cached() => answers,
            (stamped, _) => {
                let answers = instance::ask(&program).await?;
                match stamped {
                    Some(stamped) => answers.agree(&stamped).map_err(LoadError::Stale)?,
                    None => {
                        let (cache, digest, answers) = (cache.clone(), digest.clone(), answers.clone());
                        aside(move || cache.keep(&digest, &answers)).await?;
                    }
                }
                answers
            }
        };
        if let Some(code) = fresh {
            // Only now: a component that was refused is compiled and asked again the next time.
            let (cache, path) = (cache.clone(), cache.code(&digest));
            code.persist(&path).map_err(|error| error.error)?;
            aside(move || cache.seal(&path)).await?;
        }
        let Answers { schema, example, commands } = answers;
        program.about.metadata.commands = commands;
        program.about.schema = schema;
        program.about.example = example;
        Ok(Arc::new(program))
    }

    /// Gives the compiled form of `plain` to `finished`, which is the same component with other sections; `replaced`
    /// is what stood in the file before, whose compiled form nobody will ask for again.
    pub(crate) fn compiled_as(
        &self,
        plain: &[u8],
        finished: &[u8],
        replaced: Option<&[u8]>,
    ) -> Result<(), LoadError> {
        let cache = Cache::new(&self.options.cache, &self.engine);
        let (plain, finished) = (digest(plain), digest(finished));
        if plain != finished {
            fs::rename(cache.code(&plain), cache.code(&finished))?;
            cache.seal(&cache.code(&finished))?;
            cache.forget(&plain)?;
        }
        match replaced.map(digest) {
            Some(old) if old != finished => Ok(cache.forget(&old)?),
            _ => Ok(()),
        }
    }

    async fn compile(
        &self,
        cache: &Cache,
        digest: &str,
        bytes: &[u8],
        trusted: bool,
    ) -> Result<(Component, TempPath), LoadError> {
        tracing::info!(
            digest,
            size = bytes.len(),
            "compiling a component; the next start takes it from the cache"
        );
        let mut output = cache.file()?;
        match &self.options.compiler {
            Compiler::Child { program, arguments, limits } if !trusted => {
                let input = cache.file()?;
                let mut file = tokio::fs::File::create(input.path()).await?;
                file.write_all(bytes).await?;
                file.flush().await?;
                let mut child = tokio::process::Command::new(program);
                child.args(arguments).args([input.path(), output.path()]);
                compile_in_child(child, *limits).await?;
            }
            _ => {
                let (engine, bytes) = (self.engine.clone(), bytes.to_vec());
                let code = tokio::task::spawn_blocking(move || engine.precompile_component(&bytes)).await;
                let code = code
                    .map_err(|error| LoadError::Compile(error.to_string()))?
                    .map_err(|error| LoadError::Compile(format!("{error:#}")))?;
                output.write_all(&code)?;
            }
        }
        let code = aside(move || output.as_file().sync_all().map(|()| output.into_temp_path())).await?;
        let component = open(self, &code)
            .ok_or_else(|| LoadError::Compile("the compiled form cannot be read back".into()))?;
        Ok((component, code))
    }
}

/// Compiles the component in the file `input` into the file `output`, within limits that this process sets itself.
/// For a child process that does nothing else.
///
/// # Errors
/// Why not, in words for whoever waits for the child.
pub fn compile_file(input: &Path, output: &Path, limits: CompileLimits) -> Result<(), String> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let limit = |value| Rlimit { current: Some(value), maximum: Some(value) };
    // Ended by the signal that says why, some seconds before the one that cannot be caught.
    let cpu = Rlimit { maximum: Some(limits.cpu.saturating_add(5)), ..limit(limits.cpu) };
    for (resource, limit) in [
        (Resource::As, limit(limits.memory)),
        (Resource::Cpu, cpu),
        // What does not come to its end leaves no image of its memory behind.
        (Resource::Core, limit(0)),
    ] {
        setrlimit(resource, limit).map_err(|error| error.to_string())?;
    }
    let component = fs::read(input).map_err(|error| error.to_string())?;
    let code = engine().and_then(|engine| engine.precompile_component(&component));
    let code = code.map_err(|error| format!("{error:#}"))?;
    fs::write(output, code).map_err(|error| error.to_string())
}

async fn compile_in_child(
    mut child: tokio::process::Command,
    limits: CompileLimits,
) -> Result<(), LoadError> {
    let CompileLimits { memory, cpu, wall } = limits;
    let child = child
        .args([memory.to_string(), cpu.to_string()])
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .output();
    let result = tokio::time::timeout(Duration::from_secs(wall), child)
        .await
        .map_err(|_| LoadError::Compile(format!("it takes the compiler more than {wall} s")))??;
    if result.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&result.stderr);
    let said: String = said.trim().chars().take(2000).collect();
    Err(match result.status.signal().and_then(Signal::from_named_raw) {
        Some(Signal::XCPU) => {
            LoadError::Compile(format!("it takes the compiler more than {cpu} s of CPU time"))
        }
        // What an allocation that gets no memory does.
        Some(Signal::ABORT) if said.contains("memory allocation") => {
            LoadError::Compile(format!("it takes the compiler more than {} MiB of memory", memory >> 20))
        }
        _ if said.is_empty() => LoadError::Compile(format!("the compiler ended with {}", result.status)),
        _ => LoadError::Compile(said),
    })
}

/// Maps the compiled form of a component; none if there is none, or one that this program has not written.
fn open_cached(sandbox: &Sandbox, cache: &Cache, digest: &str) -> Option<Component> {
    let path = cache.code(digest);
    match cache.is_sealed(&path) {
        Ok(true) => return open(sandbox, &path),
        Ok(false) => tracing::warn!(path = %path.display(), "compiling again: its seal is not ours"),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => tracing::warn!(path = %path.display(), "compiling again: {error}"),
    }
    None
}

/// Maps compiled code; none if it is of another engine or cut short.
fn open(sandbox: &Sandbox, path: &Path) -> Option<Component> {
    #[expect(unsafe_code, reason = "compiled components are native code; the cache holds only our own")]
    // SAFETY: the file was written by this program, from a component it compiled with this engine: it was just now, or
    // its seal says so. Nobody else may write to the folder, and no file is taken from elsewhere.
    let component = unsafe { Component::deserialize_file(&sandbox.engine, path) };
    component.inspect_err(|error| tracing::warn!(path = %path.display(), "compiling again: {error:#}")).ok()
}

#[cfg(test)]
mod tests;
