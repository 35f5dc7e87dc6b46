"""The vocabulary of the contract. Lengths of time are seconds, points in time are seconds since the epoch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from . import time

Value = float | str
"""What a setting is set to."""


@dataclass(frozen=True)
class Range:
    """Numbers from `min` to `max`; a `step` of 0 allows any of them, `log` says that equal ratios matter."""

    min: float
    max: float
    step: float = 0.0
    scale: Literal["linear", "log"] = "linear"


@dataclass(frozen=True)
class Choice:
    """One of the listed values."""

    values: tuple[Value, ...]


@dataclass(frozen=True)
class Setting:
    """One setting of a component; `value` is `None` when it cannot be known. A pinned one is shown, never changed."""

    name: str
    domain: Range | Choice
    value: Value | None = None
    unit: str | None = None
    pinned: bool = False


@dataclass(frozen=True)
class Component:
    """A part of the application that has settings; the name is unique within a servo."""

    name: str
    settings: list[Setting]


@dataclass(frozen=True)
class Metric:
    """A metric that can be measured; the unit is for example `rps`, `ms`, `GiB`, `%`, or empty."""

    name: str
    unit: str = ""


@dataclass(frozen=True)
class Series:
    """Values of one metric over time, as many as times; `id` says which of several sources it is."""

    metric: str
    times: list[float]
    values: list[float]
    id: str | None = None
    annotations: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Scalar:
    """One value of one metric."""

    metric: str
    value: float
    at: float = field(default_factory=time.now)
    id: str | None = None


Reading = Series | Scalar
"""One reading of one metric."""


@dataclass(frozen=True)
class Measurement:
    """What was measured: all series or all scalars, and remarks for the optimizer."""

    readings: list[Reading] = field(default_factory=list)
    annotations: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Adjustment:
    """A wanted change of one setting."""

    component: str
    setting: str
    value: Value


@dataclass(frozen=True)
class Description:
    """The state of the application."""

    components: list[Component] = field(default_factory=list)
    metrics: list[Metric] = field(default_factory=list)


@dataclass(frozen=True)
class Condition:
    """An objective that a measurement must keep; the threshold is a number or the name of another metric."""

    metric: str
    keep: Literal["below", "above"]
    threshold: float | str
    trigger_count: int = 1
    trigger_window: int = 1
    threshold_multiplier: float = 1.0
    """The value of another metric is multiplied by this before it is compared with."""
    metric_minimum: float = 0.25
    """From zero up to this the metric is too small to be compared with another one."""
    threshold_minimum: float = 0.25
    """From zero up to this the multiplied value of another metric is too small to be compared with."""
    description: str | None = None


@dataclass(frozen=True)
class Control:
    """How an event is to be carried out; lengths of time are seconds."""

    delay: float = 0.0
    """Wait before anything is done."""
    warmup: float = 0.0
    """Run before anything is counted."""
    duration: float = 0.0
    """How long to measure."""
    settlement: float = 0.0
    """How long a change must hold before it counts as made."""
    load: Any = None
    """Load to be generated; its form belongs to the optimizer and the load connector."""
    slo: list[Condition] = field(default_factory=list)
    """Conditions that end a measurement early with `Aborted` and the reason `slo-violation`."""
    userdata: dict[str, Any] = field(default_factory=dict)
    """Everything else the optimizer sent."""

    @property
    def asked(self) -> float:
        """Delay, warm-up and duration together: how long a measurement takes."""
        return self.delay + self.warmup + self.duration


@dataclass(frozen=True)
class Hook:
    """A wish to be called around an event, for example `measure`."""

    event: str
    moment: Literal["before", "after"]


@dataclass(frozen=True)
class Definition:
    """An event of the connector's own; both types are JSON Schema, that of the arguments of an object."""

    name: str
    description: str
    parameters: dict[str, Any]
    returns: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Declaration:
    """What cannot be read from the exports. What `@event` and `@handles` say is declared besides."""

    hooks: list[Hook] = field(default_factory=list)
    events: list[Definition] = field(default_factory=list)
    handles: list[str] = field(default_factory=list)
