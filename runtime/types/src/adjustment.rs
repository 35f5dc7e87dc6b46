//! A wanted change of one setting.

use std::fmt;
use std::str::FromStr;

use crate::Value;

/// Set `component.setting` to `value`.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Adjustment {
    /// Name of the component.
    pub component: String,
    /// Name of the setting.
    pub setting: String,
    /// The wanted value.
    pub value: Value,
}

/// A text that is not `component.setting=value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseAdjustmentError(String);

impl fmt::Display for ParseAdjustmentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "unable to parse setting descriptor '{}': expected format is `component.setting=value`",
            self.0
        )
    }
}

impl std::error::Error for ParseAdjustmentError {}

impl FromStr for Adjustment {
    type Err = ParseAdjustmentError;

    /// Reads `component.setting=value`. A component may contain dots; a setting may not.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || ParseAdjustmentError(text.to_owned());
        let (path, value) = text.split_once('=').ok_or_else(error)?;
        let (component, setting) = path.rsplit_once('.').ok_or_else(error)?;
        if component.is_empty() || setting.is_empty() || value.is_empty() {
            return Err(error());
        }
        Ok(Self { component: component.to_owned(), setting: setting.to_owned(), value: Value::parse(value) })
    }
}

impl fmt::Display for Adjustment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}={}", self.component, self.setting, self.value)
    }
}
