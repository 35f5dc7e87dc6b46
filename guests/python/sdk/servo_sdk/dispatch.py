"""Events to other connectors. Needs a grant for each event."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from . import _host
from .failure import Failure


@dataclass(frozen=True)
class Request:
    """What is dispatched."""

    event: str
    arguments: Mapping[str, Any]
    include: list[str]
    exclude: list[str]
    first: bool
    timeout: float | None


@dataclass(frozen=True)
class Answers:
    """What all connectors answered, by alias, and who was not asked because it waits for this very call."""

    answers: dict[str, Any | Failure]
    skipped: list[str] = field(default_factory=list)


def dispatch(
    event: str,
    arguments: Mapping[str, Any] | None = None,
    *,
    include: Iterable[str] = (),
    exclude: Iterable[str] = (),
    first: bool = False,
    timeout: float | None = None,
) -> Answers:
    """Dispatches an event and waits for all answers.

    `include` asks only these connectors, `first` one after another until one answers. Raises `Denied` without a
    grant, `Busy` when too deep or in a cycle of connectors that wait for each other.
    """
    request = Request(event, arguments or {}, list(include), list(exclude), first, timeout)
    answers: Answers = _host.current.dispatch(request)
    return answers
