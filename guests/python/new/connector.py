"""Says in one line what {{name}} is for. It has one number of its own; put your application in its place."""

from dataclasses import dataclass

from servo_sdk import (
    # {{#adjust}}
    Adjustment,
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
    # {{#check}}
    check,
    # {{/}}
    connector,
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
