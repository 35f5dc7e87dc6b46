"""Says in one line what {{name}} is for. It has one number of its own; put your application in its place."""

from dataclasses import dataclass

from servo_sdk import (
    # {{#adjust}}
    Adjustment,
    # {{/}}
    # {{#commands}}
    Answer,
    # {{/}}
    # {{#check}}
    CheckOutcome,
    # {{/}}
    # {{#describe|inventory}}
    Component,
    # {{/}}
    # {{#measure|adjust|describe}}
    Control,
    # {{/}}
    # {{#describe}}
    Description,
    # {{/}}
    # {{#measure}}
    Measurement,
    # {{/}}
    # {{#describe|inventory}}
    Metric,
    Range,
    # {{/}}
    # {{#adjust}}
    Rejected,
    # {{/}}
    # {{#measure}}
    Scalar,
    # {{/}}
    # {{#describe|inventory}}
    Setting,
    # {{/}}
    # {{#commands}}
    argument,
    # {{/}}
    # {{#check}}
    check,
    # {{/}}
    # {{#commands}}
    command,
    # {{/}}
    connector,
    # {{#events}}
    event,
    # {{/}}
    # {{#check}}
    failed,
    # {{/}}
    # {{#measure|promote|lifecycle}}
    log,
    # {{/}}
    # {{#check}}
    passed,
    # {{/}}
    # {{#measure}}
    progress,
    # {{/}}
    setting,
)


@dataclass(kw_only=True)
class Settings:
    """What the operator writes into `servo.yaml`."""

    value: float = setting("The number at the beginning, 0 to 100.", minimum=0, maximum=100)


# {{#events}}
@dataclass(kw_only=True)
class Wanted:
    """The arguments of `{{name}}.set`."""

    value: float = setting("What to set.", minimum=0, maximum=100)


# {{/}}
@connector(Settings, example={"value": 7})
class {{Name}}:
    def __init__(self, settings: Settings) -> None:
        self.value = settings.value

    # {{#describe|inventory}}
    def metrics(self) -> list[Metric]:
        return [Metric("value")]

    def components(self) -> list[Component]:
        value = Setting("value", Range(0, 100, step=1), value=self.value)
        return [Component("{{name}}", [value])]

    # {{/}}
    # {{#describe}}
    def describe(self, control: Control) -> Description:
        return Description(self.components(), self.metrics())

    # {{/}}
    # {{#measure}}
    def measure(self, metrics: list[str], control: Control) -> Measurement:
        log.info("measuring")
        progress.wait(control.asked)
        return Measurement([Scalar("value", self.value)])

    # {{/}}
    # {{#adjust}}
    def adjust(self, adjustments: list[Adjustment], control: Control) -> Description:
        for wanted in adjustments:
            if (wanted.component, wanted.setting) == ("{{name}}", "value"):
                if not isinstance(wanted.value, float) or not 0 <= wanted.value <= 100:
                    raise Rejected(f"value cannot be {wanted.value}: it is 0 to 100")
                self.value = wanted.value
        return self.describe(control)

    # {{/}}
    # {{#promote}}
    def promote(self) -> None:
        log.info(f"{self.value} is there to stay")

    # {{/}}
    # {{#lifecycle}}
    def startup(self) -> None:
        log.info("starting")

    def shutdown(self, reason: str) -> None:
        log.info(f"ending: {reason}")

    # {{/}}
    # {{#check}}
    @check("positive", "The value is above zero")
    def positive(self) -> CheckOutcome:
        if self.value > 0:
            return passed(f"it is {self.value}")
        return failed("it is 0", "set `value` in servo.yaml to more than 0")

    # {{/}}
    # {{#events}}
    # An event of its own: `servo dispatch {{name}}.set '{"value": 9}'`. Others may handle, hook and dispatch it, too.
    @event("{{name}}.set", "Sets the value, and answers what it was.")
    def set_value(self, wanted: Wanted) -> float:
        was, self.value = self.value, wanted.value
        return was

    # {{/}}
    # {{#commands}}
    # For the command line: `servo {{name}} value`.
    @command("value", "Shows the value", argument("times", "number", "How often it is counted"))
    def show_value(self, times: float = 1) -> Answer:
        return Answer({"value": self.value * times}, {"VALUE": "/value"})
    # {{/}}
