"""Durations as people write them in `servo.yaml`."""

from __future__ import annotations

import re

_DAY = 86_400.0
_UNITS = {
    "ns": 1e-9,
    "us": 1e-6,
    "µs": 1e-6,
    "μs": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "m": 60.0,
    "h": 3_600.0,
    "d": _DAY,
    "w": 7 * _DAY,
    "mm": 30 * _DAY,
    "y": 365 * _DAY,
}
_PART = re.compile(r"\s*(\d*\.?\d+)\s*([a-zµμ]*)\s*")

SCHEMA = {
    "type": ["string", "number"],
    "format": "duration",
    "pattern": r"^\s*(0|([0-9]*\.?[0-9]+\s*(ns|us|µs|μs|ms|s|mm|m|h|d|w|y)\s*)+)\s*$",
    "minimum": 0,
    "examples": ["300ms", "5m", "2h45m"],
}
"""What the settings of a connector may say."""


class Duration(float):
    """A number of seconds, written like `1m30s`, `300ms` or a plain number of seconds."""

    def __new__(cls, value: float | str) -> Duration:
        seconds = _parse(value) if isinstance(value, str) else float(value)
        if not 0 <= seconds < 2**63:
            raise ValueError(f"`{value}` is not a duration: it is negative or too long")
        return super().__new__(cls, seconds)

    def __str__(self) -> str:
        if 0 < self < 1:
            return f"{_plain(self * 1000)}ms"
        minutes, seconds = divmod(round(float(self), 3), 60)
        text = ""
        for unit, size in (("d", 1_440), ("h", 60), ("m", 1)):
            count, minutes = divmod(int(minutes), size)
            text += f"{count}{unit}" if count else ""
        return f"{text}{_plain(seconds)}s" if seconds or not text else text

    __repr__ = __str__


def _plain(number: float) -> str:
    return f"{round(number, 6):.6f}".rstrip("0").rstrip(".")


def _parse(text: str) -> float:
    if text.strip() == "0":
        return 0.0
    seconds, at = 0.0, 0
    while True:
        part = _PART.match(text, at)
        if part is None or part[2] not in _UNITS:
            unit = part[2] if part else ""
            why = f"`{unit}` is not a unit of time" if unit else "a number and a unit are missing"
            raise ValueError(f"`{text}` is not a duration: {why}; write it like `1m30s`")
        seconds += float(part[1]) * _UNITS[part[2]]
        at = part.end()
        if at == len(text):
            # Whole nanoseconds: sums of decimal parts are a little off in binary.
            return round(seconds * 1e9) / 1e9
