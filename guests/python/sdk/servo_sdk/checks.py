"""Checks: methods that say whether this servo is fit to work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from .failure import Failed

Severity = Literal["warning", "common", "critical"]
"""What a failure means: worth knowing; the servo is not ready; and the checks after this one make no sense."""


@dataclass(frozen=True)
class CheckInfo:
    """A check that can be run; the id has lower case letters, digits, `-` and `_`."""

    id: str
    name: str
    description: str = ""
    severity: Severity = "common"
    tags: list[str] = field(default_factory=list)
    remedy: bool = False


@dataclass(frozen=True)
class CheckOutcome:
    """How a check ended: what was seen, and what a person can do about a failure."""

    passed: bool
    message: str
    hint: str | None = None


def passed(message: str) -> CheckOutcome:
    """All is as it should be."""
    return CheckOutcome(True, message)


def failed(message: str, hint: str | None = None) -> CheckOutcome:
    """Something is wrong, and this is what a person can do about it."""
    return CheckOutcome(False, message, hint)


class Check:
    """A method decorated with `check`; decorate another one with its `remedy` to repair what it finds."""

    def __init__(self, info: CheckInfo, run: Callable[[Any], CheckOutcome]) -> None:
        self.info = info
        self.run = run
        self.repair: Callable[[Any], str] | None = None
        self.__doc__ = run.__doc__

    def remedy(self, repair: Callable[[Any], str]) -> Callable[[Any], str]:
        """Decorates the method that repairs what this check found and returns what it did."""
        self.repair = repair
        self.info = CheckInfo(**{**self.info.__dict__, "remedy": True})
        return repair

    def __get__(self, connector: Any, owner: type | None = None) -> Any:
        return self if connector is None else lambda: self.run(connector)


def check(
    id: str, name: str, *, severity: Severity = "common", tags: Sequence[str] = ()
) -> Callable[[Callable[[Any], CheckOutcome]], Check]:
    """Decorates a method that looks at something and returns `passed(…)` or `failed(…)`.

    The checks run in the order of the class. The comment of the method is the description that people see.
    """

    def decorate(run: Callable[[Any], CheckOutcome]) -> Check:
        description = " ".join((run.__doc__ or "").split())
        return Check(CheckInfo(id, name, description, severity, list(tags)), run)

    return decorate


def of(kind: type) -> list[Check]:
    """The checks of a class, those of its bases first."""
    found = {
        name: value for base in reversed(kind.__mro__) for name, value in vars(base).items() if isinstance(value, Check)
    }
    return list(found.values())


def find(kind: type, id: str) -> Check:
    """The check of a class with an id."""
    for each in of(kind):
        if each.info.id == id:
            return each
    raise Failed(f"there is no check `{id}`")
