//! `servo schema`.

use serde_json::Value;
use servo_config::{Catalogue, connector_schema, document_schema};

use super::connectors::find;
use crate::args::Schema;
use crate::exit::Trouble;
use crate::session::Session;

/// Shows JSON Schemas: of this folder's configuration, of every possible one, or of one connector.
pub(crate) async fn run(args: &Schema, session: &Session) -> Result<(), Trouble> {
    let schema = wanted(args, session).await?;
    session.printer.show(args.output, &schema, |schema| format!("{schema:#}\n"))
}

async fn wanted(args: &Schema, session: &Session) -> Result<Value, Trouble> {
    if args.top_level {
        return Ok(document_schema(&Catalogue::new(), None));
    }
    let programs = session.programs()?;
    let path = session.config_file(None);
    let configured =
        if path.exists() && !args.all { session.resolve(&path, &programs).await.ok() } else { None };
    let catalogue = programs.catalogue(None).await;
    if let Some(name) = &args.connector {
        let aliases = configured.iter().flat_map(|(config, _)| &config.servos);
        if let Some(connector) = aliases.into_iter().find_map(|servo| servo.connector(name)) {
            return Ok(connector_schema(name, &connector.connector));
        }
        if let Some(connector) = catalogue.find(name) {
            return Ok(connector_schema(&connector.name, connector));
        }
        return find(name, &programs).map(|info| info.schema.clone());
    }
    match configured.as_ref().map(|(config, _)| config.servos.as_slice()) {
        Some([servo]) => Ok(document_schema(&catalogue, Some(servo))),
        Some(_) => Ok(document_schema(&catalogue, None)),
        None => {
            if path.exists() && !args.all {
                let path = path.display();
                session
                    .printer
                    .note(&format!("{path} is not valid, so this is the schema with all connectors"));
            }
            Ok(document_schema(&catalogue, None))
        }
    }
}
