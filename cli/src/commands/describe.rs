//! `servo describe`.

use serde_json::{Map, Value};
use servo_assembly::Answered;
use servo_types::Description;

use super::answers::{known, told};
use crate::args::{Describe, Format};
use crate::exit::Trouble;
use crate::session::Session;
use crate::signals::Stop;
use crate::table::Table;

/// Shows the state of the application.
pub(crate) async fn run(args: &Describe, session: &Session) -> Result<(), Trouble> {
    let servo = session.assemble(&args.components).await?;
    known(&args.connectors, &servo)?;
    let stop = Stop::listen(&session.printer)?;
    let answered = servo.describe(&args.connectors, stop.token.clone()).await;
    stop.cut_short()?;
    shown(&answered?, args.output, ["CONNECTOR", "COMPONENTS", "METRICS"], session)
}

/// Descriptions by connector; with two headings without metrics.
pub(super) fn shown<const N: usize>(
    answered: &Answered<Vec<(String, Description)>>,
    output: Format,
    headings: [&str; N],
    session: &Session,
) -> Result<(), Trouble> {
    if output == Format::Table {
        let mut table = Table::new(headings);
        for (connector, description) in &answered.value {
            let cells = [connector.clone(), settings(description), metrics(description)];
            let mut cells = cells.into_iter();
            table.row(std::array::from_fn::<_, N, _>(|_| cells.next().unwrap_or_default()));
        }
        if !table.is_empty() {
            session.printer.data(&table.render())?;
        }
    } else {
        let mut by_connector = Map::new();
        for (connector, description) in &answered.value {
            let value: Value = serde_json::to_value(description).map_err(Trouble::failed)?;
            by_connector.insert(connector.clone(), value);
        }
        session.printer.show(output, &by_connector, |_| String::new())?;
    }
    told(answered, &session.printer)
}

/// `web.cpu=0.5` lines.
fn settings(description: &Description) -> String {
    let lines = description.components.iter().flat_map(|component| {
        component.settings.iter().map(move |setting| {
            let value = setting.value.as_ref().map_or_else(|| "?".to_owned(), ToString::to_string);
            format!("{}.{}={value}", component.name, setting.name)
        })
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn metrics(description: &Description) -> String {
    description.metrics.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
