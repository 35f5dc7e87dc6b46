//! Small files that other programs write and replace.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use secrecy::{ExposeSecret as _, SecretString};

/// Larger files are no tokens.
const SIZE_MAX: u64 = 1 << 20;

/// A file that is read again when it has changed.
#[derive(Debug)]
pub(super) struct Watched {
    path: PathBuf,
    stamp: Option<Stamp>,
    text: Option<SecretString>,
}

/// What changes when a file is written or replaced.
#[derive(Debug, PartialEq, Eq)]
struct Stamp {
    length: u64,
    modified: Option<SystemTime>,
    inode: u64,
}

impl Watched {
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), stamp: None, text: None }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The text, and whether it was read anew.
    ///
    /// # Errors
    /// There is no such file, or it is none that can be read to its end.
    pub(super) async fn text(&mut self) -> io::Result<(SecretString, bool)> {
        let stamp = Stamp::of(&tokio::fs::metadata(&self.path).await?)?;
        match &self.text {
            Some(text) if self.stamp.as_ref() == Some(&stamp) => Ok((text.clone(), false)),
            _ => self.again(stamp).await.map(|text| (text, true)),
        }
    }

    /// Reads the file whatever its stamp says; whether it holds another text than before.
    pub(super) async fn reread(&mut self) -> io::Result<bool> {
        let before = self.text.take();
        let stamp = Stamp::of(&tokio::fs::metadata(&self.path).await?)?;
        let text = self.again(stamp).await?;
        Ok(before.is_none_or(|before| before.expose_secret() != text.expose_secret()))
    }

    async fn again(&mut self, stamp: Stamp) -> io::Result<SecretString> {
        let path = self.path.clone();
        let text = tokio::task::spawn_blocking(move || read(&path)).await.map_err(io::Error::other)??;
        (self.stamp, self.text) = (Some(stamp), Some(text.clone()));
        Ok(text)
    }
}

impl Stamp {
    fn of(metadata: &std::fs::Metadata) -> io::Result<Self> {
        // A pipe or a device has no end, or no second time.
        if !metadata.is_file() || metadata.len() > SIZE_MAX {
            return Err(io::Error::other(format!("it is not a file of at most {SIZE_MAX} bytes")));
        }
        let inode = std::os::unix::fs::MetadataExt::ino(metadata);
        Ok(Self { length: metadata.len(), modified: metadata.modified().ok(), inode })
    }
}

fn read(path: &Path) -> io::Result<SecretString> {
    let mut text = String::new();
    std::fs::File::open(path)?.take(SIZE_MAX).read_to_string(&mut text)?;
    Ok(SecretString::from(text))
}
