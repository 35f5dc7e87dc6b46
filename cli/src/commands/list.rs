//! `servo list`.

use serde::Serialize;
use servo_config::Servo;

use crate::args::List;
use crate::exit::Trouble;
use crate::session::Session;
use crate::table::Table;

#[derive(Serialize)]
struct Row {
    name: String,
    optimizer: Option<String>,
    description: Option<String>,
    connectors: Vec<String>,
}

/// Lists the servos of the configuration.
pub(crate) async fn run(args: &List, session: &Session) -> Result<(), Trouble> {
    let programs = session.programs()?;
    let (config, _) = session.resolve(&session.config_file(None), &programs).await?;
    let rows: Vec<Row> = config.servos.iter().map(row).collect();
    session.printer.show(args.output, &rows, |rows| {
        let mut table = Table::new(["NAME", "OPTIMIZER", "DESCRIPTION"]);
        for row in rows {
            let text = |value: &Option<String>| value.clone().unwrap_or_default();
            table.row([row.name.clone(), text(&row.optimizer), text(&row.description)]);
        }
        table.render()
    })
}

fn row(servo: &Servo) -> Row {
    let remote = || servo.optimizer.as_ref().map(|optimizer| optimizer.id.clone());
    // With both, the embedded one decides.
    let embedded = servo.objective.as_ref().map(|_| "embedded".to_owned());
    Row {
        name: servo.display_name().to_owned(),
        optimizer: embedded.or_else(remote),
        description: servo.description.clone(),
        connectors: servo.connectors.iter().map(|connector| connector.alias.clone()).collect(),
    }
}
