//! `servo show`.

mod events;

use serde::Serialize;
use servo_assembly::{
    Answered, ConnectorInfo, GrantRow, LimitRow, Offered, OperationError, Programs, Question, file_info,
};
use servo_config::{Connector, ConnectorRef};
use servo_types::{Component, Metric};

use super::answers::told;
use crate::args::{Components, Format, Show, ShowWhat};
use crate::exit::Trouble;
use crate::session::Session;
use crate::table::Table;

/// Shows one aspect of the servo.
pub(crate) async fn run(args: &Show, session: &Session) -> Result<(), Trouble> {
    match &args.what {
        ShowWhat::Connectors { verbose, output } => connectors(*verbose, *output, session).await,
        ShowWhat::Components { output } => components(*output, session).await,
        ShowWhat::Metrics { output } => metrics(*output, session).await,
        ShowWhat::Events(args) => events::run(args, session).await,
        ShowWhat::Grants { output } => grants(*output, session).await,
        ShowWhat::Limits { output } => limits(*output, session).await,
    }
}

#[derive(Serialize)]
struct Instance {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    version: String,
    description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    homepage: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    maturity: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    license: Option<String>,
    component: String,
}

async fn connectors(verbose: bool, output: Format, session: &Session) -> Result<(), Trouble> {
    let programs = session.programs()?;
    let config = session.configured(&session.config_file(None), &programs).await?;
    let native = config
        .liveness
        .iter()
        .map(|_| native("liveness", "Registers this servo, and knows which services are up"));
    let instances: Vec<Instance> =
        native.chain(config.connectors.iter().map(|one| instance(one, &programs))).collect();
    session.printer.show(output, &instances, |instances| {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        if !verbose {
            let mut table = Table::new(["NAME", "TYPE", "VERSION", "DESCRIPTION"]);
            for one in instances {
                table.row([one.name.clone(), one.kind.clone(), one.version.clone(), one.description.clone()]);
            }
            return table.render();
        }
        let headings =
            ["NAME", "TYPE", "VERSION", "DESCRIPTION", "HOMEPAGE", "MATURITY", "LICENSE", "COMPONENT"];
        let mut table = Table::new(headings);
        for one in instances {
            let (homepage, maturity, license) =
                (text(&one.homepage), text(&one.maturity), text(&one.license));
            let (name, kind, version) = (one.name.clone(), one.kind.clone(), one.version.clone());
            table.row([
                name,
                kind,
                version,
                one.description.clone(),
                homepage,
                maturity,
                license,
                one.component.clone(),
            ]);
        }
        table.render()
    })
}

fn instance(connector: &Connector, programs: &Programs) -> Instance {
    let info: Option<ConnectorInfo> = match &connector.kind {
        ConnectorRef::Named(name) => programs.connectors().find(|info| info.name == *name).cloned(),
        ConnectorRef::File(path) => file_info(path).ok(),
        ConnectorRef::Oci(_) => None,
    };
    let about = info.map(|info| info.metadata).unwrap_or_default();
    let own = connector.description.clone();
    Instance {
        name: connector.alias.clone(),
        kind: connector.connector.name.clone(),
        version: about.version.unwrap_or_default(),
        description: own.unwrap_or_else(|| connector.connector.description.clone()),
        homepage: about.homepage,
        maturity: about.maturity,
        license: about.licenses,
        component: connector.kind.to_string(),
    }
}

/// A connector that is part of servo.
fn native(name: &str, description: &str) -> Instance {
    Instance {
        name: name.to_owned(),
        kind: name.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        description: description.to_owned(),
        homepage: None,
        maturity: None,
        license: None,
        component: "native".to_owned(),
    }
}

async fn components(output: Format, session: &Session) -> Result<(), Trouble> {
    let servo = session.assemble(&Components::default()).await?;
    let answered = or_nothing(servo.components().await)?;
    if answered.value.is_empty() && output == Format::Table {
        let text = "no connector offers components; add one that changes settings, for example http-settings";
        session.printer.say(text);
        return told(&answered, &session.printer);
    }
    session.printer.show(output, &answered.value, |offered: &Vec<Offered<Component>>| {
        let mut table = Table::new(["COMPONENT", "SETTINGS", "CONNECTOR"]);
        for Offered { item, connectors } in offered {
            let mut settings: Vec<String> = item.settings.iter().map(ToString::to_string).collect();
            settings.sort();
            table.row([item.name.clone(), settings.join("\n"), connectors.join("\n")]);
        }
        table.render()
    })?;
    told(&answered, &session.printer)
}

async fn metrics(output: Format, session: &Session) -> Result<(), Trouble> {
    let servo = session.assemble(&Components::default()).await?;
    let answered = or_nothing(servo.metrics().await)?;
    if answered.value.is_empty() && output == Format::Table {
        let text = "no connector offers metrics; add one that measures, for example prometheus or vegeta";
        session.printer.say(text);
        return told(&answered, &session.printer);
    }
    session.printer.show(output, &answered.value, |offered: &Vec<Offered<Metric>>| {
        let mut table = Table::new(["METRIC", "UNIT", "CONNECTORS"]);
        for Offered { item, connectors } in offered {
            table.row([item.name.clone(), item.unit.clone(), connectors.join("\n")]);
        }
        table.render()
    })?;
    told(&answered, &session.printer)
}

/// That nobody handles the event is an answer, too: there is nothing to show.
fn or_nothing<T>(
    asked: Result<Answered<Vec<T>>, OperationError>,
) -> Result<Answered<Vec<T>>, OperationError> {
    match asked {
        Err(OperationError::Unhandled(_)) => {
            Ok(Answered { value: Vec::new(), failures: Vec::new(), notices: Vec::new() })
        }
        asked => asked,
    }
}

async fn grants(output: Format, session: &Session) -> Result<(), Trouble> {
    let rows: Vec<GrantRow> = match session.running_one().await? {
        Some(running) => running.ask(&Question::Grants).await?,
        None => session.assemble(&Components::default()).await?.grants(),
    };
    if rows.is_empty() && output == Format::Table {
        session.printer.say(
            "nothing is granted; an origin in a connector's settings counts as granted, others go into \
             `connectors.NAME.grants`",
        );
        return Ok(());
    }
    session.printer.show(output, &rows, |rows| {
        let mut table = Table::new(["CONNECTOR", "GRANT", "TO", "WITH", "SOURCE"]);
        for row in rows {
            table.row([
                row.connector.clone(),
                row.kind.clone(),
                row.to.clone(),
                row.with.clone(),
                if row.taken_back { format!("{}, taken back", row.source) } else { row.source.clone() },
            ]);
        }
        table.render()
    })
}

async fn limits(output: Format, session: &Session) -> Result<(), Trouble> {
    let rows: Vec<LimitRow> = match session.running_one().await? {
        Some(running) => running.ask(&Question::Limits).await?,
        None => session.assemble(&Components::default()).await?.limits(),
    };
    session.printer.show(output, &rows, |rows| {
        let mut table = Table::new(["CONNECTOR", "LIMIT", "VALUE", "USED", "PEAK", "HITS", "ORIGIN"]);
        for row in rows {
            let (connector, value, origin) = (row.connector.clone(), row.value.clone(), row.origin.clone());
            let (used, peak, hits) = (row.used.clone(), row.peak.clone(), row.hits.to_string());
            table.row([connector, row.limit.clone(), value, used, peak, hits, origin]);
        }
        table.render()
    })
}
