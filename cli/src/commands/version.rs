//! `servo version`.

use serde::Serialize;
use servo_assembly::Metadata;

use super::connectors::find;
use crate::args::Version;
use crate::exit::Trouble;
use crate::printer::Printer;
use crate::session::Session;

#[derive(Serialize)]
struct About<'a> {
    name: &'a str,
    version: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    maturity: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    homepage: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    license: Option<&'a str>,
}

/// Shows the version of this program.
pub(crate) fn servo(args: &Version, printer: &Printer) -> Result<(), Trouble> {
    let about = About {
        name: "servo",
        version: env!("CARGO_PKG_VERSION"),
        maturity: Some("Experimental"),
        description: Some("Measures a running service, changes its settings, and repeats until it is better"),
        homepage: None,
        license: Some(env!("CARGO_PKG_LICENSE")),
    };
    show(about, args, printer)
}

/// Shows the version of a connector.
pub(crate) async fn run(args: &Version, session: &Session) -> Result<(), Trouble> {
    let Some(name) = &args.connector else { return servo(args, &session.printer) };
    let programs = session.programs()?;
    let info = find(name, &programs)?;
    let Metadata { version, maturity, description, homepage, licenses, .. } = &info.metadata;
    let about = About {
        name: &info.name,
        version: version.as_deref().unwrap_or("unknown"),
        maturity: maturity.as_deref(),
        description: description.as_deref(),
        homepage: homepage.as_deref(),
        license: licenses.as_deref(),
    };
    show(about, args, &session.printer)
}

fn show(mut about: About<'_>, args: &Version, printer: &Printer) -> Result<(), Trouble> {
    if args.short {
        about = About { maturity: None, description: None, homepage: None, license: None, ..about };
    }
    printer.show(args.output, &about, |about| {
        let maturity = about.maturity.map(|maturity| format!(" ({maturity})")).unwrap_or_default();
        let mut text = format!("{} {}{maturity}\n", about.name, about.version);
        let license = about.license.map(|license| format!("Licensed under the terms of {license}"));
        for line in [about.description.map(str::to_owned), about.homepage.map(str::to_owned), license] {
            text.extend(line.map(|line| line + "\n"));
        }
        text
    })
}
