"""Settings: a dataclass whose fields are described by `setting`, its JSON Schema, and reading with all problems."""

from __future__ import annotations

import copy
import dataclasses
import json
from typing import Any, TypeVar

from . import _types
from .endpoint import Endpoint

__all__ = ["Endpoint", "Problem", "Problems", "read", "schema", "setting"]

T = TypeVar("T")


@dataclasses.dataclass(frozen=True)
class Problem:
    """What is wrong with the value at a JSON pointer such as `/targets/0/url`, and what would be right."""

    pointer: str
    text: str


class Problems(Exception):
    """All that is wrong with the settings; raise it from `__init__` of a connector."""

    def __init__(self, *problems: Problem | tuple[str, str]) -> None:
        self.problems = [problem if isinstance(problem, Problem) else Problem(*problem) for problem in problems]
        super().__init__("; ".join(f"{problem.pointer}: {problem.text}" for problem in self.problems))


def setting(doc: str, *, default: Any = dataclasses.MISSING, **rules: Any) -> Any:
    """A field of the settings: what an operator reads about it, its default, and keywords of JSON Schema.

    Names of keywords are written with `_`: `min_items=1`, `maximum=9`, `x_servo_file=True`.
    """
    metadata = {"doc": doc, "rules": {_keyword(name): value for name, value in rules.items()}}
    if isinstance(default, (list, dict)):
        return dataclasses.field(default_factory=lambda: copy.deepcopy(default), metadata=metadata)
    if default is dataclasses.MISSING:
        return dataclasses.field(metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def schema(settings: type) -> dict[str, Any]:
    """The JSON Schema of a settings dataclass: without references, closed against unknown keys."""
    return _types.schema(settings)


def read(settings: type[T], text: str) -> T:
    """Reads settings; raises `Problems` with everything that does not fit."""
    problems: list[Problem] = []

    def wrong(pointer: str, why: str) -> None:
        problems.append(Problem(pointer, why))

    value = _types.read(settings, json.loads(text), "", wrong)
    if problems:
        raise Problems(*problems)
    return value  # type: ignore[no-any-return]


def _keyword(name: str) -> str:
    first, *rest = name.split("_")
    if first == "x":
        return "-".join([first, *rest])
    return first + "".join(part.capitalize() for part in rest)
