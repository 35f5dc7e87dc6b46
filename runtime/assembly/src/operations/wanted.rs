//! Whether the adjustments that somebody typed mean something. Connectors pass over what is not theirs, so nobody else
//! would notice a misspelt component.

use servo_config::suggest::nearest;
use servo_types::{Adjustment, Component};
use thiserror::Error;

/// An adjustment that cannot be meant. Nothing was sent.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum WantedError {
    /// Only one of the two values could be in force.
    #[error("`{0}` is given twice; give it once")]
    Twice(String),
    /// A component that nobody offers.
    #[error("no component found named `{name}`; {hint}")]
    UnknownComponent {
        /// What was asked for.
        name: String,
        /// The nearest known one, or all.
        hint: String,
    },
    /// A setting that its component does not have.
    #[error("the component `{component}` has no setting `{name}`; {hint}")]
    UnknownSetting {
        /// Whose setting.
        component: String,
        /// What was asked for.
        name: String,
        /// The nearest known one, or all.
        hint: String,
    },
}

/// Refuses a setting that is given twice.
pub(super) fn once(wanted: &[Adjustment]) -> Result<(), WantedError> {
    let setting = |one: &Adjustment| (one.component.clone(), one.setting.clone());
    let twice =
        |(at, one): &(usize, &Adjustment)| wanted[..*at].iter().any(|before| setting(before) == setting(one));
    match wanted.iter().enumerate().find(twice) {
        Some((_, one)) => Err(WantedError::Twice(format!("{}.{}", one.component, one.setting))),
        None => Ok(()),
    }
}

/// Refuses settings that are not among these components.
pub(super) fn known(wanted: &[Adjustment], components: &[Component]) -> Result<(), WantedError> {
    for Adjustment { component, setting, .. } in wanted {
        // Several connectors may know one component, each with settings of its own.
        let same: Vec<&Component> = components.iter().filter(|known| known.name == *component).collect();
        if same.is_empty() {
            let names = components.iter().map(|known| known.name.as_str());
            return Err(WantedError::UnknownComponent {
                name: component.clone(),
                hint: hint(component, names.collect()),
            });
        }
        let settings: Vec<&str> =
            same.iter().flat_map(|known| &known.settings).map(|known| known.name.as_str()).collect();
        if !settings.contains(&setting.as_str()) {
            return Err(WantedError::UnknownSetting {
                component: component.clone(),
                name: setting.clone(),
                hint: hint(setting, settings),
            });
        }
    }
    Ok(())
}

fn hint(name: &str, mut known: Vec<&str>) -> String {
    known.dedup();
    match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => "there is none".to_owned(),
        None => format!("there is {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests;
