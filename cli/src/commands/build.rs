//! `servo build`.

use crate::args::Build;
use crate::exit::Trouble;
use crate::session::Session;

/// Builds the Rust connector in a folder and writes the finished component.
pub(crate) async fn run(args: &Build, session: &Session) -> Result<(), Trouble> {
    let programs = session.programs()?;
    let (path, info) = programs.build(&args.folder, args.out.as_deref()).await?;
    session.printer.show(args.output, &info, |info| {
        let version = info.metadata.version.as_deref().unwrap_or("without a version");
        format!("{} {version} in {}\n", info.name, path.display())
    })
}
