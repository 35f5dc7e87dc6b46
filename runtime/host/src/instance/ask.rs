//! What a component says of itself before it has settings: their schema, an example, and the commands that it brings.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use servo_types::{Argument, ArgumentKind, Command, CommandError, Failure};
use thiserror::Error;

use super::{Instance, judge, timed};
use crate::bindings::exported::commands;
use crate::connector::Services;
use crate::grants::Grants;
use crate::limits::Limits;
use crate::loader::Program;
use crate::tenant::Tenant;

/// Time to answer, and CPU time of it: much less, so that a loop ends by that limit also where the machine does other
/// things.
const ASK_TIME: Duration = Duration::from_secs(30);
const ASK_CPU: Duration = Duration::from_secs(1);

/// What a component said of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Answers {
    pub(crate) schema: Value,
    pub(crate) example: Value,
    pub(crate) commands: Vec<Command>,
}

/// A component that does not say what its settings are.
#[derive(Debug, Error)]
pub enum AskError {
    /// It trapped, or hit a limit.
    #[error("{0}")]
    Failed(Failure),
    /// It answered with something else.
    #[error("`{0}` is not JSON: {1}")]
    NotJson(&'static str, serde_json::Error),
    /// Commands that cannot be offered.
    #[error("`commands` cannot be used: {0}")]
    Commands(CommandError),
}

impl Answers {
    /// Whether sections say the same; else which one does not.
    pub(crate) fn agree(&self, stamped: &Self) -> Result<(), &'static str> {
        match stamped {
            _ if stamped.schema != self.schema => Err("servo:schema"),
            _ if stamped.example != self.example => Err("servo:example"),
            _ if stamped.commands != self.commands => Err("servo:commands"),
            _ => Ok(()),
        }
    }
}

/// Asks a component, in an instance without any grant.
pub(crate) async fn ask(program: &Program) -> Result<Answers, AskError> {
    let name = program.about.metadata.name.clone().unwrap_or_else(|| "component".into());
    let limits = Limits { wall: ASK_TIME, cpu: ASK_CPU, ..Limits::default() };
    let tenant = Tenant::new(name.into(), limits, Grants::default(), Services::default(), None);
    let mut instance = Instance::build(program, &tenant).await.map_err(AskError::Failed)?;
    let Instance { sandbox, meter, store, exports, .. } = &mut instance;
    macro_rules! answer {
        ($doing:literal, $call:expr) => {{
            let answer = timed(ASK_TIME, meter.run(sandbox, limits.cpu, $call)).await;
            judge(answer, store, $doing).map_err(AskError::Failed)?
        }};
    }
    let schema = answer!("schema", exports.settings.call_schema(&mut *store));
    let example = answer!("example", exports.settings.call_example(&mut *store));
    let commands = match &exports.commands {
        Some(commands) => answer!("commands", commands.call_list(&mut *store)),
        None => Vec::new(),
    };
    let commands: Vec<Command> = commands.into_iter().map(command).collect();
    Command::check(&commands).map_err(AskError::Commands)?;
    let json = |name, text: &str| serde_json::from_str(text).map_err(|error| AskError::NotJson(name, error));
    Ok(Answers { schema: json("schema", &schema)?, example: json("example", &example)?, commands })
}

fn command(command: commands::Command) -> Command {
    let commands::Command { name, description, arguments } = command;
    Command { name, description, arguments: arguments.into_iter().map(argument).collect() }
}

fn argument(argument: commands::Argument) -> Argument {
    let commands::Argument { name, description, kind, positional, required, repeated } = argument;
    let kind = match kind {
        commands::Kind::Flag => ArgumentKind::Flag,
        commands::Kind::Text => ArgumentKind::Text,
        commands::Kind::Number => ArgumentKind::Number,
        commands::Kind::Duration => ArgumentKind::Duration,
    };
    Argument { name, description, kind, positional, required, repeated }
}
