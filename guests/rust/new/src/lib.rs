//! Says in one line what {{name}} is for. It has one number of its own; put your application in its place.

use servo_sdk::prelude::*;

/// What the operator writes into `servo.yaml`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// The number at the beginning, 0 to 100.
    value: f64,
}

#[derive(Debug)]
struct {{Name}} {
    value: f64,
}

impl Connector for {{Name}} {
    type Settings = Settings;

    fn example() -> Value {
        json!({"value": 7})
    }

    fn configure(settings: Settings) -> Result<Self, Problems> {
        if !(0.0..=100.0).contains(&settings.value) {
            return Err(vec![Problem::new("/value", "must be 0 to 100")]);
        }
        Ok({{Name}} { value: settings.value })
    }
}

// {{#describe|inventory}}
impl {{Name}} {
    fn state(&self) -> Description {
        let domain = Domain::Range(Range { min: 0.0, max: 100.0, step: 1.0, scale: Scale::Linear });
        let value = Some(servo_sdk::contract::Value::Number(self.value));
        let setting = Setting { name: "value".into(), unit: None, domain, value, pinned: false };
        let component = Component { name: "{{name}}".into(), settings: vec![setting] };
        Description { components: vec![component], metrics: vec![Metric::new("value", "")] }
    }
}

// {{/}}
// {{#describe}}
impl Describe for {{Name}} {
    fn describe(&mut self, _control: &Control) -> Result<Description, Failure> {
        Ok(self.state())
    }
}

// {{/}}
// {{#measure}}
impl Measure for {{Name}} {
    fn measure(&mut self, _metrics: &[String], control: &Control) -> Result<Measurement, Failure> {
        log::info("measuring");
        progress::wait(control.asked())?;
        let reading = Scalar { metric: "value".into(), id: None, at: time::now(), value: self.value };
        Ok(Measurement { readings: vec![Reading::Scalar(reading)], annotations: Vec::new() })
    }
}

// {{/}}
// {{#adjust}}
impl Adjust for {{Name}} {
    fn adjust(&mut self, adjustments: &[Adjustment], _control: &Control) -> Result<Description, Failure> {
        for adjustment in adjustments.iter().filter(|one| one.component == "{{name}}" && one.setting == "value") {
            match adjustment.value {
                servo_sdk::contract::Value::Number(value) if (0.0..=100.0).contains(&value) => self.value = value,
                ref other => return Err(Failure::rejected(format!("value cannot be {other}: it is 0 to 100"))),
            }
        }
        Ok(self.state())
    }
}

// {{/}}
// {{#check}}
impl Check for {{Name}} {
    fn list(&mut self) -> Result<Vec<CheckInfo>, Failure> {
        Ok(vec![CheckInfo::new("positive", "The value is above zero")])
    }

    fn run(&mut self, _id: &str) -> Result<CheckOutcome, Failure> {
        Ok(match self.value > 0.0 {
            true => CheckOutcome::passed(format!("it is {}", self.value)),
            false => CheckOutcome::failed("it is 0", "set `value` in servo.yaml to more than 0"),
        })
    }
}

// {{/}}
// {{#promote}}
impl Promote for {{Name}} {
    fn promote(&mut self) -> Result<(), Failure> {
        log::info(&format!("{} is there to stay", self.value));
        Ok(())
    }
}

// {{/}}
// {{#inventory}}
impl Inventory for {{Name}} {
    fn metrics(&mut self) -> Result<Vec<Metric>, Failure> {
        Ok(self.state().metrics)
    }

    fn components(&mut self) -> Result<Vec<Component>, Failure> {
        Ok(self.state().components)
    }
}

// {{/}}
// {{#lifecycle}}
impl Lifecycle for {{Name}} {
    fn startup(&mut self) -> Result<(), Failure> {
        log::info("starting");
        Ok(())
    }

    fn shutdown(&mut self, reason: &str) -> Result<(), Failure> {
        log::info(&format!("ending: {reason}"));
        Ok(())
    }
}

// {{/}}
// {{#events}}
/// The arguments of `{{name}}.set`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// What to set.
    #[schemars(range(min = 0, max = 100))]
    value: f64,
}

impl Declarations for {{Name}} {
    /// An event of its own: `servo dispatch {{name}}.set '{"value": 9}'`. Others may handle, hook and dispatch it, too.
    fn declare(&mut self) -> Result<Declaration, Failure> {
        let set = Definition::new::<Wanted, f64>("{{name}}.set", "Sets the value, and answers what it was.");
        Ok(Declaration { events: vec![set], handles: vec!["{{name}}.set".into()], ..Declaration::default() })
    }
}

impl Events for {{Name}} {
    fn handle(&mut self, _event: &str, arguments: &Value) -> Result<Value, Failure> {
        let wanted = Wanted::deserialize(arguments).map_err(|error| Failure::rejected(error.to_string()))?;
        Ok(json!(std::mem::replace(&mut self.value, wanted.value)))
    }
}

// {{/}}
// {{#commands}}
impl Commands for {{Name}} {
    /// For the command line: `servo {{name}} value`.
    fn commands() -> Vec<Command> {
        let times = Argument::new("times", ArgumentKind::Number, "How often it is counted");
        vec![Command::new("value", "Shows the value").with(times)]
    }

    fn run(&mut self, _command: &str, arguments: &Map<String, Value>) -> Result<Answer, Failure> {
        let times = arguments.get("times").and_then(Value::as_f64).unwrap_or(1.0);
        Answer::new(&json!({"value": self.value * times}), &[("VALUE", "/value")])
    }
}

// {{/}}
servo_sdk::connector!({{Name}}: {{events}});

#[cfg(test)]
mod tests;
