//! `servo connectors`.

use std::path::Path;

use servo_assembly::{ConnectorInfo, Programs, Question, file_info};
use servo_config::suggest::nearest;

use crate::args::{Connectors, ConnectorsWhat, Format};
use crate::exit::Trouble;
use crate::session::Session;
use crate::table::Table;

/// Lists the connectors that can be configured, or shows what a component file is.
pub(crate) async fn run(args: &Connectors, session: &Session) -> Result<(), Trouble> {
    if let Some(ConnectorsWhat::Restart { connector }) = &args.what {
        return restart(connector, session).await;
    }
    let infos: Vec<ConnectorInfo> = match &args.file {
        Some(file) => vec![one(file, session)?],
        None if args.installed => session.depot(&Default::default())?.installed_connectors()?,
        None => session.programs()?.connectors().cloned().collect(),
    };
    if args.output == Format::Table && args.file.is_none() && infos.is_empty() {
        session.printer.note(match args.installed {
            true => "no connector is installed; `servo install REFERENCE` installs one",
            false => "this servo was built without connectors",
        });
    }
    if args.installed && !args.verbose {
        return session.printer.show(args.output, &infos, |infos| installed(infos));
    }
    session.printer.show(args.output, &infos, |infos| table(infos, args.verbose))
}

async fn restart(connector: &str, session: &Session) -> Result<(), Trouble> {
    let question = Question::Restart { connector: connector.to_owned() };
    let done: bool = session.running().await?.ask(&question).await?;
    session.printer.say(&if done {
        format!("connector `{connector}` was built again")
    } else {
        format!("connector `{connector}` has a call in progress, and is built again after it")
    });
    Ok(())
}

/// What a file is, or the bundled or installed connector of that name when there is no such file.
fn one(file: &Path, session: &Session) -> Result<ConnectorInfo, Trouble> {
    if !file.exists()
        && let Some(name) = file.to_str().filter(|name| !name.contains(['/', '.']))
    {
        return find(name, &session.programs()?).cloned();
    }
    file_info(file).map_err(Trouble::failed)
}

/// A bundled or installed connector by name.
pub(super) fn find<'a>(name: &str, programs: &'a Programs) -> Result<&'a ConnectorInfo, Trouble> {
    let names = || programs.connectors().map(|info| info.name.as_str());
    programs.connectors().find(|info| info.name == name).ok_or_else(|| {
        let hint = match nearest(name, names()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there is {}", names().collect::<Vec<_>>().join(", ")),
        };
        Trouble::Usage(format!("no connector found named '{name}'; {hint}"))
    })
}

fn installed(infos: &[ConnectorInfo]) -> String {
    let mut table = Table::new(["NAME", "VERSION", "FROM"]);
    for info in infos {
        table.row([
            info.name.clone(),
            info.metadata.version.clone().unwrap_or_default(),
            info.source.clone(),
        ]);
    }
    table.render()
}

fn table(infos: &[ConnectorInfo], verbose: bool) -> String {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    if verbose {
        let mut table =
            Table::new(["NAME", "VERSION", "DESCRIPTION", "HOMEPAGE", "MATURITY", "LICENSE", "SOURCE"]);
        for info in infos {
            let about = &info.metadata;
            let (version, description) = (text(&about.version), text(&about.description));
            let (homepage, maturity, license) =
                (text(&about.homepage), text(&about.maturity), text(&about.licenses));
            table.row([
                info.name.clone(),
                version,
                description,
                homepage,
                maturity,
                license,
                info.source.clone(),
            ]);
        }
        return table.render();
    }
    let mut table = Table::new(["NAME", "VERSION", "DESCRIPTION"]);
    for info in infos {
        table.row([info.name.clone(), text(&info.metadata.version), text(&info.metadata.description)]);
    }
    table.render()
}
