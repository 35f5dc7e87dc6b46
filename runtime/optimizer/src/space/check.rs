//! What makes a list of settings a valid space.

use std::collections::BTreeSet;

use super::{Domain, Setting, Value};

/// Why a list of settings is not a space. Every text names `component.setting`.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SpaceError {
    #[error("setting {0} appears twice: give each setting of a component its own name")]
    Duplicate(String),
    #[error("setting \"{component}.{name}\": component and setting names must not be empty")]
    Unnamed { component: String, name: String },
    #[error("setting {setting}: min {min} is above max {max}: swap them")]
    Reversed { setting: String, min: f64, max: f64 },
    #[error("setting {setting}: {what} is {value}, which is not a finite number")]
    NotFinite { setting: String, what: &'static str, value: f64 },
    #[error("setting {setting}: step {step} must be above 0")]
    Step { setting: String, step: f64 },
    #[error("setting {setting}: {what} {value} is not a whole number, but the range is of integers")]
    NotInteger { setting: String, what: &'static str, value: f64 },
    #[error("setting {setting}: a logarithmic range cannot start below 0, and min is {min}")]
    Logarithm { setting: String, min: f64 },
    #[error("setting {0}: the enum has no values: list at least one")]
    NoValues(String),
    #[error("setting {setting}: the enum lists {value} twice")]
    DuplicateValue { setting: String, value: Value },
    #[error(
        "setting {0}: its value is not known, and a run begins with the values that there are: let the connector say it"
    )]
    NoValue(String),
    #[error("setting {setting}: its value {value} is outside {domain}: widen the domain or change the value")]
    Outside { setting: String, value: Value, domain: String },
}

pub(super) fn check(settings: &[Setting]) -> Result<(), SpaceError> {
    let mut seen = BTreeSet::new();
    for setting in settings {
        let id = setting.id();
        if setting.component.is_empty() || setting.name.is_empty() {
            let (component, name) = (setting.component.clone(), setting.name.clone());
            return Err(SpaceError::Unnamed { component, name });
        }
        match &setting.domain {
            Domain::Range { min, max, step, integer, log } => {
                check_range(&id, (*min, *max), *step, *integer, *log)?;
            }
            Domain::Enum(values) => check_enum(&id, values)?,
        }
        check_value(&id, setting)?;
        if !seen.insert(id.clone()) {
            return Err(SpaceError::Duplicate(id));
        }
    }
    Ok(())
}

fn check_range(
    id: &str,
    (min, max): (f64, f64),
    step: Option<f64>,
    integer: bool,
    log: bool,
) -> Result<(), SpaceError> {
    let setting = || id.to_owned();
    let numbers = [("min", Some(min)), ("max", Some(max)), ("step", step)];
    for (what, value) in numbers {
        let Some(value) = value else { continue };
        if !value.is_finite() {
            return Err(SpaceError::NotFinite { setting: setting(), what, value });
        }
        if integer && value.fract() != 0.0 {
            return Err(SpaceError::NotInteger { setting: setting(), what, value });
        }
    }
    if min > max {
        return Err(SpaceError::Reversed { setting: setting(), min, max });
    }
    if let Some(step) = step.filter(|s| *s <= 0.0) {
        return Err(SpaceError::Step { setting: setting(), step });
    }
    if log && min < 0.0 {
        return Err(SpaceError::Logarithm { setting: setting(), min });
    }
    Ok(())
}

fn check_enum(id: &str, values: &[Value]) -> Result<(), SpaceError> {
    if values.is_empty() {
        return Err(SpaceError::NoValues(id.to_owned()));
    }
    for (i, value) in values.iter().enumerate() {
        if values[..i].iter().any(|v| v.same(value)) {
            return Err(SpaceError::DuplicateValue { setting: id.to_owned(), value: value.clone() });
        }
    }
    Ok(())
}

/// A value must lie inside the bounds; it need not lie on a step, because services often start off the grid.
fn check_value(id: &str, setting: &Setting) -> Result<(), SpaceError> {
    let (inside, domain) = match &setting.domain {
        Domain::Range { min, max, .. } => {
            let inside = setting.value.as_number().is_some_and(|v| v >= *min && v <= *max);
            (inside, format!("{min} to {max}"))
        }
        Domain::Enum(values) => {
            let listed: Vec<String> = values.iter().map(ToString::to_string).collect();
            (values.iter().any(|v| v.same(&setting.value)), format!("[{}]", listed.join(", ")))
        }
    };
    if inside {
        return Ok(());
    }
    Err(SpaceError::Outside { setting: id.to_owned(), value: setting.value.clone(), domain })
}
