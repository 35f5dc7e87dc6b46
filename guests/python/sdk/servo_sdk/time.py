"""The time as the contract counts it. Under test it is the time of the fake host."""

from . import _host


def now() -> float:
    """Seconds since 1970-01-01T00:00:00Z."""
    return _host.current.now()


def monotonic() -> float:
    """Seconds since some moment; never goes back."""
    return _host.current.monotonic()
