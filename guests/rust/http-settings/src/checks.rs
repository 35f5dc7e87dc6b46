//! The checks: the application shows its settings, each where it is declared and within its range, and it is ready.

use servo_sdk::prelude::*;

use crate::app::App;
use crate::domain;
use crate::options::Settings;

pub(crate) fn list(settings: &Settings) -> Vec<CheckInfo> {
    let app = App::new(settings);
    let mut checks = vec![
        CheckInfo::new("reach", format!("Read settings from \"{}\"", app.get_url()))
            .describe("The application answers with a JSON document")
            .critical(),
        CheckInfo::new("pointers", "Settings are where they are declared")
            .describe("The document has a value at each `pointer`"),
    ];
    if let Some(ready) = &settings.ready {
        let url = settings.url.join(&ready.path);
        checks.push(
            CheckInfo::new("ready", format!("Ready at \"{url}\"")).describe("The application is ready"),
        );
    }
    let ranges = settings.settings.keys().enumerate().map(|(index, name)| {
        CheckInfo::new(format!("range-{index}"), format!("Value of \"{}.{name}\"", settings.component))
            .describe("The value is one that the setting can take")
            .warning()
    });
    checks.extend(ranges);
    checks
}

pub(crate) fn run(id: &str, settings: &Settings, app: &App) -> Result<CheckOutcome, Failure> {
    if id == "ready" {
        return Ok(match app.ready()? {
            Ok(()) => CheckOutcome::passed("the application is ready"),
            Err(why) => {
                CheckOutcome::failed(why, "wait until the application has started, and check `ready.path`")
            }
        });
    }
    match (id, app.read()) {
        ("reach", Err(failure)) => {
            let hint = match failure.code {
                Code::Denied => {
                    "grant the origin of `url` to this connector (`servo show grants` lists what it has)"
                }
                _ => "see that the application runs, and check `url` and `get.path`",
            };
            Ok(CheckOutcome::failed(failure.message, hint))
        }
        (_, document) => judge(id, settings, &document?),
    }
}

/// What the document means for a check.
fn judge(id: &str, settings: &Settings, document: &Value) -> Result<CheckOutcome, Failure> {
    match id {
        "reach" => Ok(CheckOutcome::passed("the application shows its settings")),
        "pointers" => Ok(pointers(settings, document)),
        _ => {
            let index = id.strip_prefix("range-").and_then(|index| index.parse::<usize>().ok());
            let (name, offer) = index
                .and_then(|index| settings.settings.get_index(index))
                .ok_or_else(|| Failure::failed(format!("there is no check `{id}`")))?;
            let Some(value) = document.pointer(&settings.pointer(name)) else {
                return Ok(CheckOutcome::failed("there is no value", "check `pointer`"));
            };
            let fits = domain::shown(offer, value)
                .ok_or_else(|| "of another kind than declared".to_owned())
                .and_then(|shown| domain::wanted(offer, &shown));
            Ok(match fits {
                Ok(_) => CheckOutcome::passed(format!("the value is {value}")),
                Err(why) => CheckOutcome::failed(
                    format!("the value {value} is {why}"),
                    format!(
                        "widen what `settings.{name}` can take, or start the application with another value"
                    ),
                ),
            })
        }
    }
}

fn pointers(settings: &Settings, document: &Value) -> CheckOutcome {
    let missing: Vec<String> = settings
        .settings
        .keys()
        .map(|name| (name, settings.pointer(name)))
        .filter(|(_, pointer)| document.pointer(pointer).is_none())
        .map(|(name, pointer)| format!("`{name}` at `{pointer}`"))
        .collect();
    if missing.is_empty() {
        return CheckOutcome::passed(format!("all {} settings are there", settings.settings.len()));
    }
    CheckOutcome::failed(
        format!("the application does not show {}", missing.join(", ")),
        "compare each `pointer` with the document that the application shows",
    )
}

#[cfg(test)]
mod tests;
