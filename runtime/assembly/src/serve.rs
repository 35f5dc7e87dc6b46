//! The embedded optimizer as a server: from its configuration to applications that are answered.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::Access;
use secrecy::ExposeSecret as _;
use servo_config::serve::Serve;
use servo_config::{Direction, Objective, Problems, Source, SourceError, TokenSource};
use servo_optimizer::serve as o;
use servo_optimizer::{JournalError, ObjectiveError, Options};
use tokio_util::sync::CancellationToken;

use crate::language::LANGUAGE;
use crate::state::StateDir;
use crate::tuning::rand_seed;

pub use servo_optimizer::serve::{Export, ExportError, State, Status};

/// The optimizer that a file configures.
#[derive(Debug)]
pub struct Optimizer {
    config: Serve,
    /// Where the applications' folders are.
    folder: PathBuf,
}

/// An optimizer that answers.
#[derive(Debug)]
pub struct Answering {
    server: o::Server,
    shelf: Arc<o::Shelf>,
}

/// Why an optimizer cannot be served, or its applications not be looked at.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error("the configuration cannot be used")]
    Problems(Problems),
    #[error("the token of {id} cannot be used: {why}")]
    Token { id: String, why: String },
    #[error("the folder for journals {} cannot be written: {source}; name another one with `state`", folder.display())]
    State { folder: PathBuf, source: io::Error },
    #[error("{id}: {source}")]
    Objective { id: String, source: ObjectiveError },
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Application(#[from] o::HearError),
    #[error(transparent)]
    Listen(#[from] o::ListenError),
    #[error(transparent)]
    Tls(#[from] o::TlsError),
    #[error(transparent)]
    Export(#[from] ExportError),
    #[error("there is no application `{id}`; there are {}", known.join(", "))]
    Unknown { id: String, known: Vec<String> },
}

impl Optimizer {
    /// Reads the configuration.
    ///
    /// # Errors
    /// The file cannot be read, or with everything that is wrong with it.
    pub fn read(file: &Path, state: &StateDir) -> Result<Self, ServeError> {
        let source = Source::read(file)?;
        let config = servo_config::serve::serve(&source, &LANGUAGE).map_err(ServeError::Problems)?;
        let folder = config.state.clone().unwrap_or_else(|| state.optimizer(file));
        Ok(Self { config, folder })
    }

    /// What the operator should know of it.
    pub fn notices(&self) -> &[servo_config::Notice] {
        &self.config.notices
    }

    /// Begins to answer. The runs of `fresh` are set aside, once nothing else is in the way. `told` is called with an application and what happened
    /// to it.
    ///
    /// # Errors
    /// A token cannot be read, another server has a journal, or the address or the certificate cannot be used.
    pub async fn open(&self, fresh: &[String], told: o::Told) -> Result<Answering, ServeError> {
        writable(&self.folder).map_err(|source| ServeError::State { folder: self.folder.clone(), source })?;
        fresh.iter().try_for_each(|id| self.known(id).map(drop))?;
        let tokens = self.tokens()?;
        let mut goals = Vec::new();
        for one in &self.config.applications {
            goals.push((one.id.clone(), goal(&one.id, &one.objective)?));
        }
        let limits = self.config.limits;
        let listen = o::Listen {
            address: self.config.listen,
            tls: self.config.tls.as_ref().map(|tls| (tls.certificate.clone(), tls.key.clone())),
            limits: o::Limits {
                body: usize::try_from(limits.body).unwrap_or(usize::MAX),
                time: limits.time,
                requests: limits.requests,
                connections: limits.connections,
                connections_per_address: limits.connections_per_address,
            },
        };
        let server = o::Server::open(listen).await?;
        let name = format!("{:08x}", rand_seed() as u32);
        let shelf = o::Shelf::open(&self.folder, goals, fresh, tokens, &name, told)?;
        Ok(Answering { server, shelf: Arc::new(shelf) })
    }

    /// How many applications there are.
    pub fn applications(&self) -> usize {
        self.config.applications.len()
    }

    /// How all applications stand, whether a server answers or not.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn status(&self) -> Result<Vec<Status>, ServeError> {
        let each = |one: &servo_config::serve::ServedApplication| {
            let goal = goal(&one.id, &one.objective)?;
            Ok(o::status(&self.folder.join(&one.id), &one.id, &goal)?)
        };
        self.config.applications.iter().map(each).collect()
    }

    /// Every trial of an application, in the run that goes on or in one that was set aside.
    ///
    /// # Errors
    /// There is no such application or run, or nothing was measured of it.
    pub fn export(&self, id: &str, run: Option<u32>) -> Result<Export, ServeError> {
        let one = self.known(id)?;
        Ok(o::export(&self.folder.join(id), id, &goal(id, &one.objective)?, run)?)
    }

    fn known(&self, id: &str) -> Result<&servo_config::serve::ServedApplication, ServeError> {
        let all = &self.config.applications;
        all.iter().find(|one| one.id == id).ok_or_else(|| ServeError::Unknown {
            id: id.to_owned(),
            known: all.iter().map(|one| one.id.clone()).collect(),
        })
    }

    fn tokens(&self) -> Result<o::Tokens, ServeError> {
        let mut tokens = Vec::new();
        for one in &self.config.applications {
            let fail = |why: String| ServeError::Token { id: one.id.clone(), why };
            let token = one.token.read().map_err(|error| fail(error.to_string()))?;
            let place = match &one.token {
                TokenSource::File(path) => path.display().to_string(),
                TokenSource::Value(_) => "`token`".to_owned(),
            };
            let token = o::bare_token(&token).map_err(|why| fail(format!("{place} {why}")))?;
            tokens.push((one.id.as_str(), token));
        }
        Ok(o::Tokens::new(tokens.iter().map(|(id, token)| (*id, token.expose_secret()))))
    }
}

impl Answering {
    /// Where it answers, for example `https://127.0.0.1:8744`.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Answers until `stop`, and lets what was begun come to its end.
    pub async fn serve(&self, stop: &CancellationToken) {
        self.server.serve(Arc::clone(&self.shelf), stop).await;
    }

    /// Takes tokens and certificates from their files again; everything else stays as it is.
    ///
    /// # Errors
    /// One of them cannot be used; all before it stay, too.
    pub fn renew(&self, optimizer: &Optimizer) -> Result<(), ServeError> {
        let tokens = optimizer.tokens()?;
        self.server.renew()?;
        self.shelf.renew(tokens);
        Ok(())
    }
}

/// Whether journals can be kept in the folder; it is made if there is none. Servos would be told only when there is
/// something to keep.
fn writable(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    Ok(rustix::fs::access(folder, Access::WRITE_OK | Access::EXEC_OK)?)
}

fn goal(id: &str, wanted: &Objective) -> Result<o::Goal, ServeError> {
    let direction = match wanted.direction {
        Direction::Minimize => servo_optimizer::Direction::Minimize,
        Direction::Maximize => servo_optimizer::Direction::Maximize,
    };
    let objective = servo_optimizer::Objective::new(direction, &wanted.expression, &wanted.subject_to)
        .map_err(|source| ServeError::Objective { id: id.to_owned(), source })?;
    let options = Options::with_budget(wanted.budget as usize);
    let times = wanted.measure;
    Ok(o::Goal {
        objective,
        expression: wanted.expression.clone(),
        options: Options { seed: wanted.seed.unwrap_or_default(), confidence: wanted.confidence, ..options },
        seeded: wanted.seed.is_some(),
        delay: times.delay,
        warmup: times.warmup,
        duration: times.duration,
        settlement: times.settlement,
    })
}
