"""`connector`: makes a class the connector of this component."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from . import _types, checks, commands, events, settings

C = TypeVar("C", bound=type)

METHODS: dict[str, tuple[str, ...]] = {
    "lifecycle": ("startup", "shutdown"),
    "inventory": ("metrics", "components"),
    "describe": ("describe",),
    "measure": ("measure",),
    "adjust": ("adjust",),
    "promote": ("promote",),
    "declarations": ("declare",),
    "hooks": ("before", "after"),
}
"""The interfaces of the contract, and the methods of a connector that handle them; of several, one is enough."""


@dataclass(frozen=True)
class Definition:
    """A connector class and what belongs to it."""

    kind: type
    settings: type
    example: Mapping[str, Any]

    def handles(self) -> set[str]:
        """The interfaces that the class has methods for."""
        found = {name for name, methods in METHODS.items() if any(hasattr(self.kind, method) for method in methods)}
        if checks.of(self.kind):
            found.add("check")
        if commands.of(self.kind):
            found.add("commands")
        if events.of(self.kind):
            found |= {"declarations", "events"}
        return found

    def schema_text(self) -> str:
        """The JSON Schema of the settings."""
        return json.dumps(settings.schema(self.settings), ensure_ascii=False)

    def example_text(self) -> str:
        """The example settings, which must be settings."""
        text = json.dumps(_types.plain(self.example), ensure_ascii=False)
        settings.read(self.settings, text)
        return text


defined: Definition | None = None
"""The connector of this component, once its module is imported."""


def connector(settings_type: type, *, example: Mapping[str, Any]) -> Callable[[C], C]:
    """Decorates the class that is the connector; it takes its settings in `__init__`, which may raise `Problems`.

    `example` are settings that work, or nearly so; `servo generate` writes them. The methods of the class, each for
    the interface of its name in `wit/world.wit`:

    - `measure(self, metrics: list[str], control: Control) -> Measurement`
    - `adjust(self, adjustments: list[Adjustment], control: Control) -> Description`
    - `describe(self, control: Control) -> Description`
    - `metrics(self) -> list[Metric]` and `components(self) -> list[Component]`: `inventory`
    - methods with `@check(…)`: `check`
    - `startup(self)` and `shutdown(self, reason: str)`: `lifecycle`
    - `promote(self)`
    - `declare(self) -> Declaration`: `declarations`
    - `before(self, event: str, arguments: Any)` and `after(self, event: str, outcomes: Any)`: `hooks`
    - methods with `@event(…)` or `@handles(…)`: `declarations` and `events`
    - methods with `@command(…)`: `commands`
    """

    def decorate(kind: C) -> C:
        global defined
        if defined is not None:
            raise TypeError(f"{kind.__name__} cannot be a connector: {defined.kind.__name__} is it already")
        defined = Definition(kind, settings_type, example)
        return kind

    return decorate


def interface(exported: str) -> str:
    """The name in WIT of an exported class: `Measure` is `measure`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", exported).lower()
