"""The load generator of the host. Needs a grant for each origin."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from . import _host


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to send, and how. Lengths of time are seconds."""

    targets: str
    """`GET http://host/path`, header lines, `@file`; blocks divided by blank lines. Or lines of JSON."""
    format: Literal["http", "json"] = "http"
    rate: tuple[int, float] | None = None
    """Requests, per so many seconds, whatever the answers do. Without it each connection sends when it got its answer."""
    duration: float
    connections: int = 10
    workers: int = 0
    timeout: float | None = None
    http2: bool = True
    keepalive: bool = True
    insecure: bool = False
    max_body: int | None = None
    report_every: float = 1.0


@dataclass(frozen=True)
class Latencies:
    """Times from the moment a request should have been sent to the end of its response, in milliseconds."""

    total: float
    mean: float
    p50: float
    p90: float
    p95: float
    p99: float
    max: float
    min: float


@dataclass(frozen=True)
class Report:
    """What happened in one interval, or in the whole attack."""

    start: float
    end: float
    requests: float
    missed: float
    rate: float
    throughput: float
    success: float
    latencies: Latencies
    bytes_in: float
    bytes_out: float
    status_codes: dict[int, float]
    errors: list[str]


class Attack:
    """An attack in progress: iterating waits for the end of each interval and yields what happened in it."""

    def __init__(self, handle: Any) -> None:
        self._handle = handle

    def __iter__(self) -> Iterator[Report]:
        while (report := self._handle.next()) is not None:
            yield report

    def total(self) -> Report:
        """What happened in the whole attack so far."""
        report: Report = self._handle.total()
        return report


@contextmanager
def attack(plan: Plan) -> Iterator[Attack]:
    """Starts an attack and stops it at the end of the `with`. One at a time; `Denied` names the origin."""
    with _host.current.attack(plan) as handle:
        yield Attack(handle)
