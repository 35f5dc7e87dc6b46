"""Progress of the call in progress, and waiting that a cancel ends.

A cancel is raised as `Cancelled`, which ends the call in good order unless it is caught.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from . import _host
from .contract import Reading
from .failure import Cancelled
from .quantity import Duration

_LONGEST_MS = 2**32 - 1


def report(message: str, percent: float | None = None, readings: Sequence[Reading] = ()) -> None:
    """Says how far the call is: one line for people, 0 to 100 percent, and what was measured so far."""
    _go_on(_host.current.report(percent, message, list(readings)))


def wait(seconds: float) -> None:
    """Waits without taking CPU time."""
    rest = math.ceil(max(seconds, 0.0) * 1000)
    while rest > 0:
        part = min(rest, _LONGEST_MS)
        _go_on(_host.current.wait(part))
        rest -= part


def ticks(total: float, every: float = 1.0, what: str = "waiting") -> Iterator[float]:
    """Waits `total` seconds, reports how far it is, and yields about every `every` seconds how many have passed.

    The time that the loop's body takes counts; the last tick comes when all have passed.
    """
    began = _host.current.monotonic()
    message = f"{what} for {Duration(total)}"
    told = 0.0
    while told < total:
        # Planned times, so that a slow body does not shift all later ticks; those it missed are left out.
        passed = _host.current.monotonic() - began
        due = min((math.floor(passed / every + 1e-6) + 1) * every, total) if every > 0 else total
        wait(due - passed)
        told = due
        report(message, 100.0 * told / total)
        yield told


def wait_showing(total: float, what: str) -> None:
    """Waits, and says every second how far it is: `waiting for 1m30s`."""
    for _ in ticks(total, 1.0, what):
        pass


def _go_on(cancel: bool) -> None:
    if cancel:
        raise Cancelled("cancelled while waiting")
