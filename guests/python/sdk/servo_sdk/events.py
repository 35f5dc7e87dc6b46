"""Events that connectors define: methods that handle them."""

from __future__ import annotations

import json
import typing
from collections.abc import Callable
from typing import Any

from . import _types
from .contract import Definition
from .failure import Failed, Rejected
from .settings import Problems


class Handler:
    """A method decorated with `event` or `handles`."""

    def __init__(self, name: str, description: str | None, run: Callable[[Any, Any], Any]) -> None:
        self.name = name
        self.run = run
        self._description = description
        self.__doc__ = run.__doc__

    def __get__(self, connector: Any, owner: type | None = None) -> Any:
        return self if connector is None else lambda arguments: self.run(connector, arguments)

    def definition(self) -> Definition | None:
        """The event, if it is the connector's own: its types are those of the method."""
        if self._description is None:
            return None
        wanted, returned = self._hints()
        return Definition(self.name, self._description, _schema(wanted), _schema(returned))

    def handle(self, connector: Any, text: str) -> Any:
        """Calls the method with the arguments as its own type has them; the result as JSON has it."""
        return _types.plain(self.run(connector, self._read(json.loads(text))))

    def _read(self, arguments: Any) -> Any:
        wanted, _ = self._hints()
        problems: list[tuple[str, str]] = []
        found = _types.read(wanted, arguments, "", lambda pointer, why: problems.append((pointer, why)))
        if problems:
            raise Rejected(f"invalid arguments of `{self.name}`: {Problems(*problems)}")
        return found

    def _hints(self) -> tuple[Any, Any]:
        hints = typing.get_type_hints(self.run)
        returned = hints.pop("return", Any)
        return next(iter(hints.values()), Any), returned


def event(name: str, description: str) -> Callable[[Callable[[Any, Any], Any]], Handler]:
    """Decorates a method that handles an event of the connector's own.

    The method takes the arguments, a dataclass like that of the settings or a `dict`, and returns the result: a
    dataclass, a list, a text, … Its annotations become the JSON Schemas that others see and the host checks.
    """
    return lambda run: Handler(name, description, run)


def handles(name: str) -> Callable[[Callable[[Any, Any], Any]], Handler]:
    """Decorates a method that handles an event that another connector defines."""
    return lambda run: Handler(name, None, run)


def of(kind: type) -> list[Handler]:
    """The handlers of a class, those of its bases first."""
    found = {
        name: value for base in reversed(kind.__mro__) for name, value in vars(base).items() if isinstance(value, Handler)
    }
    return list(found.values())


def find(kind: type, name: str) -> Handler:
    """The handler of a class for an event."""
    for each in of(kind):
        if each.name == name:
            return each
    raise Failed(f"nothing handles the event `{name}`")


def _schema(kind: Any) -> dict[str, Any]:
    return {"type": "null"} if kind is type(None) else _types.schema(kind)
