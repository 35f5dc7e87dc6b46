"""Commands for the command line: `servo NAME COMMAND`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .failure import Failed

Kind = Literal["flag", "text", "number", "duration"]
"""What an argument is: a switch, which is `True` or not there; a text; a number; a length of time, in seconds."""


@dataclass(frozen=True)
class Argument:
    """An argument of a command; see `argument`."""

    name: str
    kind: Kind
    description: str
    positional: bool = False
    required: bool = False
    repeated: bool = False

    def keyword(self) -> str:
        """The name of the parameter of the method."""
        return self.name.replace("-", "_")


@dataclass(frozen=True)
class Answer:
    """What a command found, and the columns of its table: headings, and JSON pointers into each element of a list, or
    into the value. Without columns the value is printed."""

    value: Any
    columns: Mapping[str, str] = field(default_factory=dict)


class Command:
    """A method decorated with `command`."""

    def __init__(
        self, name: str, description: str, arguments: tuple[Argument, ...], run: Callable[..., Answer]
    ) -> None:
        self.name = name
        self.description = description
        self.arguments = arguments
        self.run = run
        self.__doc__ = run.__doc__

    def __get__(self, connector: Any, owner: type | None = None) -> Any:
        return self if connector is None else lambda **given: self.run(connector, **given)

    def call(self, connector: Any, text: str) -> Answer:
        """Calls the method with what was given on the command line."""
        given = json.loads(text)
        keywords = {each.keyword(): _value(each, given[each.name]) for each in self.arguments if each.name in given}
        return self.run(connector, **keywords)


def argument(
    name: str,
    kind: Kind,
    description: str,
    *,
    positional: bool = False,
    required: bool = False,
    repeated: bool = False,
) -> Argument:
    """An argument: `--name`, or given by its place. One that may be given several times arrives as a list."""
    return Argument(name, kind, description, positional, required, repeated)


def command(name: str, description: str, *arguments: Argument) -> Callable[[Callable[..., Answer]], Command]:
    """Decorates a method that runs a command and returns an `Answer`.

    It gets each argument as a keyword, with `_` in place of `-`; those that were not given are left out, so they need
    a default.
    """
    return lambda run: Command(name, description, arguments, run)


def of(kind: type) -> list[Command]:
    """The commands of a class, those of its bases first."""
    found = {
        name: value for base in reversed(kind.__mro__) for name, value in vars(base).items() if isinstance(value, Command)
    }
    return list(found.values())


def find(kind: type, name: str) -> Command:
    """The command of a class with a name."""
    for each in of(kind):
        if each.name == name:
            return each
    raise Failed(f"there is no command `{name}`")


def _value(argument: Argument, value: Any) -> Any:
    if argument.kind != "duration":
        return value
    return [each / 1000 for each in value] if argument.repeated else value / 1000
