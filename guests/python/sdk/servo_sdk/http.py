"""HTTP requests to granted origins.

Redirects are not followed, and a status such as 404 is an answer, not an error. Credentials are added by the host.
"""

from __future__ import annotations

import json as _json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from . import _host
from .failure import Cancelled, Denied, Failed, Failure, LimitExceeded, TimedOut


@dataclass(frozen=True)
class Request:
    """A request; `timeout` is seconds for the whole exchange, 30 when absent."""

    method: str
    url: str
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes | None = None
    timeout: float | None = None


@dataclass(frozen=True)
class Response:
    """An answer, whatever its status. Names of headers are in lower case."""

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    @property
    def ok(self) -> bool:
        """Whether the status says success: 200 to 299."""
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        """The body as text; what is not UTF-8 is replaced."""
        return self.body.decode(errors="replace")

    def header(self, name: str) -> str | None:
        """The value of a header; the name in lower case."""
        return next((value for known, value in self.headers if known == name), None)

    def json(self) -> Any:
        """The body as JSON; raises `Failed` with the beginning of the body when it is something else."""
        try:
            return _json.loads(self.body)
        except ValueError as error:
            raise Failed(f"the answer is not the JSON expected: {error}: `{self.excerpt}`") from None

    @property
    def excerpt(self) -> str:
        """The first 200 characters of the body on one line, for messages."""
        line = "".join(char if char.isprintable() else " " for char in self.text)
        return (line if len(line) <= 200 else line[:200] + "…").strip()


class Unreachable(Failed):
    """No connection: name not found, refused, reset, TLS."""


class Invalid(Failed):
    """Not a request that can be sent: URL, method, header."""


class Protocol(Failed):
    """Not a response: broken HTTP."""


def request(
    method: str,
    url: str,
    *,
    query: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
    body: bytes | str | None = None,
    json: object = None,
    timeout: float | None = None,
) -> Request:
    """A request, for `fetch` and `fetch_all`; `json` sets the body and its content type."""
    if query:
        pairs = "&".join(f"{encode(name)}={encode(str(value))}" for name, value in query.items())
        url += ("&" if "?" in url else "?") + pairs
    sent = list((headers or {}).items())
    if json is not None:
        sent.append(("content-type", "application/json"))
        body = _json.dumps(json)
    return Request(method, url, sent, body.encode() if isinstance(body, str) else body, timeout)


def fetch(request: Request) -> Response:
    """Sends a request and reads the whole answer.

    Raises `Denied`, `Invalid`, `Unreachable`, `TimedOut`, `LimitExceeded`, `Protocol` or `Cancelled`.
    """
    answer: Response = _host.current.fetch(request)
    return answer


def fetch_all(requests: Iterable[Request]) -> list[Response | Failure]:
    """Sends all requests at once; the answers, or why there is none, are in the order of the requests.

    A cancel is raised: there is nobody to look at the answers.
    """
    answers: list[Response | Failure] = _host.current.fetch_all(list(requests))
    for answer in answers:
        if isinstance(answer, Cancelled):
            raise answer
    return answers


def get(url: str, **options: Any) -> Response:
    """Reads; the options are those of `request`."""
    return fetch(request("GET", url, **options))


def post(url: str, **options: Any) -> Response:
    """Sends a body; the options are those of `request`."""
    return fetch(request("POST", url, **options))


def put(url: str, **options: Any) -> Response:
    """Replaces; the options are those of `request`."""
    return fetch(request("PUT", url, **options))


def delete(url: str, **options: Any) -> Response:
    """Removes; the options are those of `request`."""
    return fetch(request("DELETE", url, **options))


def encode(text: str) -> str:
    """A text as a part of a path, of a query string or of a form."""
    return quote(text, safe="")


ERRORS: dict[str, type[Failure]] = {
    "Denied": Denied,
    "Invalid": Invalid,
    "Unreachable": Unreachable,
    "TimedOut": TimedOut,
    "LimitExceeded": LimitExceeded,
    "Protocol": Protocol,
    "Cancelled": Cancelled,
}
"""The exception for each case of the contract."""
