//! `fetch DIRECTORY` puts protoc and its include files where the script beside this looks for them.

use std::path::Path;
use std::{env, fs, io};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let to = env::args_os().nth(1).ok_or("usage: fetch DIRECTORY")?;
    let to = Path::new(&to);
    copy(&protoc_bin_vendored::include_path()?, &to.join("include"))?;
    fs::create_dir_all(to.join("bin"))?;
    // Two builds may do this at once: the program appears whole and last.
    let (whole, part) = (to.join("bin/protoc"), to.join(format!("bin/protoc.{}", std::process::id())));
    fs::copy(protoc_bin_vendored::protoc_bin_path()?, &part)?;
    fs::rename(part, whole)?;
    Ok(())
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
