//! Lets time pass while something else measures, for instance a monitoring service that reports to the optimizer.

#![forbid(unsafe_code)]

use servo_sdk::prelude::*;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Whether a measurement waits; when not, it ends at once.
    measure_enabled: bool,
}

#[derive(Debug)]
struct Wait {
    settings: Settings,
}

impl Connector for Wait {
    type Settings = Settings;

    fn example() -> Value {
        json!({"measure_enabled": true})
    }

    fn configure(settings: Settings) -> Result<Self, Problems> {
        Ok(Wait { settings })
    }
}

impl Measure for Wait {
    fn measure(&mut self, _metrics: &[String], control: &Control) -> Result<Measurement, Failure> {
        if self.settings.measure_enabled {
            progress::wait_showing(control.asked(), "waiting")?;
        }
        Ok(Measurement::default())
    }
}

servo_sdk::connector!(Wait: measure);
