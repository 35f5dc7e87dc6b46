"""Failures: one exception for each code of the contract, so that a `raise` says which it means."""

from __future__ import annotations

from typing import ClassVar


class Failure(Exception):
    """An operation that did not work. Raise one of the classes below, which name the code.

    The message is for people: what happened to which object, and what to do next. The reason is a short word for
    programs that says more than the code, for example `unschedulable`.
    """

    code: ClassVar[str] = "failed"

    def __init__(self, message: str, reason: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason

    @staticmethod
    def of(code: str, message: str, reason: str | None = None) -> Failure:
        """The failure of a code, for example `timed-out`; one that is not known is `failed`."""
        return _BY_CODE.get(code, Failed)(message, reason)


class Rejected(Failure):
    """The change cannot be made; the optimizer learns from it."""

    code = "rejected"


class Aborted(Failure):
    """Ended because going on would do harm. Cancels the other connectors of the same event."""

    code = "aborted"


class Cancelled(Failure):
    """Ended because somebody asked for it."""

    code = "cancelled"


class Failed(Failure):
    """Something went wrong."""

    code = "failed"


class TimedOut(Failure):
    """Not done in time."""

    code = "timed-out"


class LimitExceeded(Failure):
    """A limit of the instance was hit; the reason names it."""

    code = "limit-exceeded"


class Denied(Failure):
    """Not granted to this connector by the operator."""

    code = "denied"


class Busy(Failure):
    """The other side is occupied, or waits for this one."""

    code = "busy"


_BY_CODE = {
    kind.code: kind
    for kind in (Rejected, Aborted, Cancelled, Failed, TimedOut, LimitExceeded, Denied, Busy)
}
