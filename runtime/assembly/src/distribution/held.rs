//! A component in the store that may be used: its bytes, which are exactly those of its digest.

use std::io::{self, Read, Write};
use std::path::Path;

use servo_host::{COMPONENT_MAX, SectionsError};

use super::fetch::Held;
use super::meaning::Meant;
use super::{Depot, DepotError, Rules};
use crate::files;
use crate::inspect::{Inspection, inspect_as};

impl Held {
    /// Who signed it, for people.
    pub(crate) fn signed_by(&self) -> Vec<String> {
        self.signers.iter().map(ToString::to_string).collect()
    }

    /// What its file has; whoever uses it compares the digest.
    pub(crate) fn bytes(&self) -> Result<Vec<u8>, DepotError> {
        files::read(&self.path, COMPONENT_MAX).map_err(|error| self.unreadable(&error))
    }

    async fn inspect(&self, output: Option<&Path>) -> Result<Inspection, DepotError> {
        let (held, output) = (self.clone(), output.map(Path::to_owned));
        // A pipe is written to as slowly as it is read.
        let work = tokio::task::spawn_blocking(move || match output {
            None => held.copied(&mut io::sink()).map_err(|error| held.unreadable(&error))?,
            Some(path) => held.written(&path),
        });
        work.await.map_err(|error| DepotError::Load(error.to_string()))?
    }

    /// What is said when the file is not the component.
    pub(crate) fn damaged(&self) -> DepotError {
        DepotError::Damaged { reference: self.record.reference.to_string(), path: self.path.clone() }
    }

    fn written(&self, path: &Path) -> Result<Inspection, DepotError> {
        let mut copied = None;
        let written = files::write(path, |out| match copied.insert(self.copied(out)?) {
            Ok(_) => Ok(()),
            Err(error) => Err(io::Error::other(error.to_string())),
        });
        let failed = |error: String| DepotError::File { path: path.to_owned(), done: "written", error };
        match (copied, written) {
            (Some(Err(error)), _) => Err(error),
            (_, Err(error)) => Err(failed(error.to_string())),
            (Some(copied), Ok(())) => copied,
            (None, Ok(())) => Err(failed("nothing was written".to_owned())),
        }
    }

    /// What the file is, read once from begin to end and copied meanwhile.
    ///
    /// # Errors
    /// It cannot be written; within, that it is not the component.
    fn copied(&self, out: &mut dyn Write) -> io::Result<Result<Inspection, DepotError>> {
        let name = self.record.reference.to_string();
        let from = match files::open(&self.path, COMPONENT_MAX) {
            Ok(from) => from,
            Err(error) => return Ok(Err(self.unreadable(&error))),
        };
        let mut copying = Copying { from, to: out, failed: None };
        let found = inspect_as(&mut copying, &name);
        if let Some(error) = copying.failed {
            return Err(error);
        }
        Ok(match found {
            Ok(found) if found.digest == self.record.component.to_string() => Ok(found),
            Ok(_) => Err(self.damaged()),
            Err(SectionsError::Unreadable(error)) => Err(self.unreadable(&error)),
            Err(error) => Err(DepotError::Artifact { reference: name, why: error.to_string() }),
        })
    }

    fn unreadable(&self, error: &io::Error) -> DepotError {
        DepotError::File { path: self.path.clone(), done: "read", error: error.to_string() }
    }
}

impl Depot {
    /// What a component is, read once from begin to end, and copied to `output` meanwhile. A file appears there only if
    /// it is the component. One that was damaged in the store is fetched again, once.
    pub(super) async fn inspected(
        &self,
        held: &Held,
        rules: &Rules,
        output: Option<&Path>,
    ) -> Result<Inspection, DepotError> {
        match held.inspect(output).await {
            Err(DepotError::Damaged { .. } | DepotError::Artifact { .. }) => {
                self.again(held, rules).await?.inspect(output).await
            }
            inspected => inspected,
        }
    }

    /// The same component once more, after its file was found to be damaged.
    pub(crate) async fn again(&self, held: &Held, rules: &Rules) -> Result<Held, DepotError> {
        // Hashed again: only what is damaged indeed is removed.
        self.store()?.check(&held.record.component)?;
        self.obtain_this(&held.record.reference, Meant::from(&held.record), rules).await
    }
}

/// Gives what it reads to a second one, too.
struct Copying<'a, R> {
    from: R,
    to: &'a mut dyn Write,
    /// Why the second one does not take it.
    failed: Option<io::Error>,
}

impl<R: Read> Read for Copying<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.from.read(buffer)?;
        if let Err(error) = self.to.write_all(&buffer[..length]) {
            self.failed = Some(error);
            return Err(io::ErrorKind::WriteZero.into());
        }
        Ok(length)
    }
}
