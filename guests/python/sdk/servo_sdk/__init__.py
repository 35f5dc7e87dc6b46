"""Writes servo connectors in Python.

A connector is a class with a method for each event it handles, and settings that are a dataclass:

    from dataclasses import dataclass
    from servo_sdk import Control, Measurement, Metric, connector, log, progress, setting

    @dataclass(kw_only=True)
    class Settings:
        unit: str = setting("What is counted.")

    @connector(Settings, example={"unit": "sheep"})
    class Count:
        def __init__(self, settings: Settings) -> None:
            self.settings = settings

        def measure(self, metrics: list[str], control: Control) -> Measurement:
            log.info(f"counting {self.settings.unit}")
            progress.wait(control.asked)
            return Measurement()

The class stands in the module that is named like the project, or is imported there. `wit/world.wit` names the
interfaces: it exports the events that the class handles and imports what it calls. Everything is imported at the top
of a module: a running connector has no files to import from.
"""

from . import dispatch, http, load, log, progress, time
from .checks import CheckInfo, CheckOutcome, Severity, check, failed, passed
from .commands import Answer, Argument, argument, command
from ._connector import connector
from .contract import (
    Adjustment,
    Choice,
    Component,
    Condition,
    Control,
    Declaration,
    Definition,
    Description,
    Hook,
    Measurement,
    Metric,
    Range,
    Reading,
    Scalar,
    Series,
    Setting,
    Value,
)
from .events import event, handles
from .failure import Aborted, Busy, Cancelled, Denied, Failed, Failure, LimitExceeded, Rejected, TimedOut
from .quantity import Duration
from .settings import Endpoint, Problem, Problems, setting

__all__ = [
    "Aborted",
    "Adjustment",
    "Answer",
    "Argument",
    "Busy",
    "Cancelled",
    "CheckInfo",
    "CheckOutcome",
    "Choice",
    "Component",
    "Condition",
    "Control",
    "Declaration",
    "Definition",
    "Denied",
    "Description",
    "Duration",
    "Endpoint",
    "Failed",
    "Failure",
    "Hook",
    "LimitExceeded",
    "Measurement",
    "Metric",
    "Problem",
    "Problems",
    "Range",
    "Reading",
    "Rejected",
    "Scalar",
    "Series",
    "Setting",
    "Severity",
    "TimedOut",
    "Value",
    "argument",
    "check",
    "command",
    "connector",
    "dispatch",
    "event",
    "failed",
    "handles",
    "http",
    "load",
    "log",
    "passed",
    "progress",
    "setting",
    "time",
]
