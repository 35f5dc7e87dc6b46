"""The seam between the SDK and whoever runs the connector: servo in WebAssembly, `servo_sdk.testing.Host` in a test."""

from __future__ import annotations

import time
from typing import Any, Protocol

from .failure import Failed


class Host(Protocol):
    """What the contract lets a connector call. Lengths of time are milliseconds; `True` means: cancel."""

    def log(self, level: str, message: str) -> None: ...
    def report(self, percent: float | None, message: str, readings: list[Any]) -> bool: ...
    def wait(self, milliseconds: int) -> bool: ...
    def fetch(self, request: Any) -> Any: ...
    def fetch_all(self, requests: list[Any]) -> list[Any]: ...
    def dispatch(self, request: Any) -> Any: ...
    def attack(self, plan: Any) -> Any: ...
    def now(self) -> float: ...
    def monotonic(self) -> float: ...


class Nobody:
    """Neither servo nor a test: says so when it is called."""

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()

    def __getattr__(self, name: str) -> Any:
        raise Failed(f"nobody offers `{name}` here; in a test, use `with servo_sdk.testing.Host():`")


current: Any = Nobody()
"""Who is asked."""
