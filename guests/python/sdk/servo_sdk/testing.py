"""A host for unit tests, which need neither WebAssembly nor servo.

    host = Host()
    host.answers("GET", "http://app/stats", json={"requests": 3})
    with host:
        measurement = Count(settings).measure([], Control(duration=10))
    assert host.clock == 10  # nothing really waited
"""

from __future__ import annotations

import json as _json
from collections.abc import Callable
from types import TracebackType
from typing import Any

from . import _host, dispatch, http, load, settings
from .failure import Denied, Failed, Failure

Answer = http.Response | Failure | Callable[[http.Request], http.Response]

__all__ = ["Host", "read_settings", "response"]


def read_settings(kind: type, values: Any) -> Any:
    """Settings as the host would hand them over; raises `Problems`."""
    return settings.read(kind, _json.dumps(values))


def response(status: int = 200, body: bytes | str = b"", json: Any = None) -> http.Response:
    """An answer of an application."""
    if json is not None:
        return http.Response(status, [("content-type", "application/json")], _json.dumps(json).encode())
    return http.Response(status, [], body.encode() if isinstance(body, str) else body)


class Host:
    """Answers what is told, keeps what is said, and has a clock that only waiting moves."""

    START = 1_700_000_000.0
    """When every test begins."""

    def __init__(self) -> None:
        self.logs: list[tuple[str, str]] = []
        self.reports: list[tuple[float | None, str]] = []
        self.requests: list[http.Request] = []
        self.clock = 0.0
        self.cancel_at: float | None = None
        self._answers: dict[tuple[str, str], list[Answer]] = {}
        self._before: Any = None

    def answers(self, method: str, url: str, *each: Answer, **body: Any) -> None:
        """What a request gets: the answers in turn, the last one again and again.

        An answer is a response, a failure to be raised, or a function of the request. `json`, `body` and `status`
        make a response here.
        """
        self._answers[method, url] = list(each) or [response(**body)]

    def __enter__(self) -> Host:
        self._before, _host.current = _host.current, self
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        _host.current = self._before

    def log(self, level: str, message: str) -> None:
        self.logs.append((level, message))

    def report(self, percent: float | None, message: str, readings: list[Any]) -> bool:
        self.reports.append((percent, message))
        return self._cancelled()

    def wait(self, milliseconds: int) -> bool:
        end = self.clock + milliseconds / 1000
        self.clock = end if self.cancel_at is None else max(min(end, self.cancel_at), self.clock)
        return self._cancelled()

    def fetch(self, request: http.Request) -> http.Response:
        self.requests.append(request)
        answers = self._answers.get((request.method, request.url.partition("?")[0]))
        if not answers:
            raise http.Unreachable(f"{request.url}: connection refused")
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Failure):
            raise answer
        return answer if isinstance(answer, http.Response) else answer(request)

    def fetch_all(self, requests: list[http.Request]) -> list[http.Response | Failure]:
        answers: list[http.Response | Failure] = []
        for request in requests:
            try:
                answers.append(self.fetch(request))
            except Failure as failure:
                answers.append(failure)
        return answers

    def dispatch(self, request: dispatch.Request) -> dispatch.Answers:
        raise Denied(f"event `{request.event}` is not granted")

    def attack(self, plan: load.Plan) -> Any:
        raise Failed("this host puts load on nothing")

    def now(self) -> float:
        return self.START + self.clock

    def monotonic(self) -> float:
        return self.clock

    def _cancelled(self) -> bool:
        return self.cancel_at is not None and self.clock >= self.cancel_at
