"""What a type of the settings looks like in JSON Schema, and how a JSON value becomes one."""

from __future__ import annotations

import dataclasses
import enum
import operator
import re
import types
import typing
from collections.abc import Callable
from typing import Any

from . import endpoint, quantity

Wrong = Callable[[str, str], None]
"""Takes a problem: JSON pointer and text."""

_NAMES = {str: "string", bool: "boolean", int: "integer", float: "number", dict: "object", list: "array"}


def schema(kind: Any) -> dict[str, Any]:
    """The JSON Schema of a type."""
    if dataclasses.is_dataclass(kind):
        return _object(kind)
    if kind is Any:
        return {}
    if kind is endpoint.Endpoint:
        return dict(endpoint.SCHEMA)
    if kind is quantity.Duration:
        return dict(quantity.SCHEMA)
    if kind in _NAMES:
        return {"type": _NAMES[kind]}
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return {"enum": [member.value for member in kind]}
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Literal:
        return {"enum": list(arguments)}
    if origin is list:
        return {"type": "array", "items": schema(arguments[0])}
    if origin is dict:
        return {"type": "object", "additionalProperties": schema(arguments[1])}
    if origin in (typing.Union, types.UnionType):
        # An optional setting is left out and not written as `null`.
        kinds = [schema(argument) for argument in arguments if argument is not types.NoneType]
        return kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
    raise TypeError(f"a setting cannot be a {kind}; use dataclasses, str, int, float, bool, list, dict, Literal")


def read(kind: Any, value: Any, at: str, wrong: Wrong) -> Any:
    """The value as the type has it; what does not fit is told to `wrong` with its JSON pointer."""
    if dataclasses.is_dataclass(kind):
        return _read_object(kind, value, at, wrong)
    if kind is Any:
        return value
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Literal:
        if value not in arguments:
            wrong(at, f"{_shown(value)} is none of {', '.join(map(_shown, arguments))}")
        return value
    if origin in (typing.Union, types.UnionType):
        return _read_union(arguments, value, at, wrong)
    if kind is list or origin is list:
        item = arguments[0] if arguments else Any
        items = _expect(list, value, at, wrong) or []
        return [read(item, each, f"{at}/{index}", wrong) for index, each in enumerate(items)]
    if kind is dict or origin is dict:
        item = arguments[1] if arguments else Any
        entries = _expect(dict, value, at, wrong) or {}
        return {key: read(item, each, f"{at}/{_escape(key)}", wrong) for key, each in entries.items()}
    if kind in (str, bool, int, float):
        return _expect(kind, value, at, wrong)
    try:
        # Endpoint, Duration, Enum: what they cannot take, they say.
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            raise ValueError(f"{_shown(value)} is not what is expected here")
        return kind(value)
    except (ValueError, TypeError, AttributeError) as error:
        wrong(at, str(error))
        return value


def plain(value: Any) -> Any:
    """A value of the settings as JSON has it."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, enum.Enum):
        return value.value
    return str(value) if isinstance(value, quantity.Duration) else value


def _object(kind: Any) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    required = []
    for field, hint in _fields(kind):
        described = {**schema(hint), **field.metadata.get("rules", {})}
        if doc := field.metadata.get("doc"):
            described["description"] = doc
        default = field.default_factory() if callable(field.default_factory) else field.default
        if default is dataclasses.MISSING:
            required.append(field.name)
        elif default is not None:
            described["default"] = plain(default)
        properties[field.name] = described
    closed = {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
    # The generated comment of a dataclass is its signature, which says nothing to an operator.
    if kind.__doc__ and not kind.__doc__.startswith(f"{kind.__name__}("):
        closed["description"] = " ".join(kind.__doc__.split())
    return closed


def _read_object(kind: Any, value: Any, at: str, wrong: Wrong) -> Any:
    entries = _expect(dict, value, at, wrong)
    if entries is None:
        return None
    values = {}
    known = dict((field.name, (field, hint)) for field, hint in _fields(kind))
    for key, each in entries.items():
        if key in known:
            values[key] = read(known[key][1], each, f"{at}/{_escape(key)}", wrong)
            if broken := _broken(values[key], known[key][0].metadata.get("rules", {})):
                wrong(f"{at}/{_escape(key)}", f"{_shown(values[key])} is not allowed: {broken}")
        else:
            wrong(f"{at}/{_escape(key)}", f"there is no setting `{key}`; there are {', '.join(known)}")
    for name, (field, _) in known.items():
        optional = field.default is not dataclasses.MISSING or callable(field.default_factory)
        if name not in values and not optional:
            wrong(at, f"`{name}` is missing")
            values[name] = None
    return kind(**values)


def _broken(value: Any, rules: dict[str, Any]) -> str | None:
    """The first rule that a value breaks. The host looks at all of them; these are also there in unit tests."""
    size = len(value) if isinstance(value, (str, list, dict)) else None
    number = value if isinstance(value, (int, float)) and not isinstance(value, bool) else None
    for rule, limit in rules.items():
        holds = True
        if number is not None and rule in _NUMBER_RULES:
            holds = _NUMBER_RULES[rule](number, limit)
        elif size is not None and rule in ("minLength", "minItems", "minProperties"):
            holds = size >= limit
        elif size is not None and rule in ("maxLength", "maxItems", "maxProperties"):
            holds = size <= limit
        elif isinstance(value, str) and rule == "pattern":
            holds = re.search(limit, value) is not None
        if not holds:
            return f"{rule} is {limit}"
    return None


_NUMBER_RULES: dict[str, Callable[[float, float], bool]] = {
    "minimum": operator.ge,
    "maximum": operator.le,
    "exclusiveMinimum": operator.gt,
    "exclusiveMaximum": operator.lt,
}


def _read_union(kinds: tuple[Any, ...], value: Any, at: str, wrong: Wrong) -> Any:
    if value is None and types.NoneType in kinds:
        return None
    kinds = tuple(kind for kind in kinds if kind is not types.NoneType)
    if len(kinds) == 1:
        return read(kinds[0], value, at, wrong)
    for kind in kinds:
        problems: list[str] = []
        found = read(kind, value, at, lambda _, why: problems.append(why))
        if not problems:
            return found
    wrong(at, f"{_shown(value)} fits none of {', '.join(str(kind) for kind in kinds)}")
    return value


def _expect(kind: type, value: Any, at: str, wrong: Wrong) -> Any:
    whole = kind is int and isinstance(value, float) and value.is_integer()
    number = kind in (int, float) and isinstance(value, bool)
    if (isinstance(value, kind) and not number) or whole:
        return int(value) if whole else value
    if kind is float and isinstance(value, int) and not number:
        return float(value)
    wrong(at, f"{_shown(value)} is not of type {_NAMES[kind]}")
    return None


def _fields(kind: Any) -> list[tuple[dataclasses.Field[Any], Any]]:
    hints = typing.get_type_hints(kind)
    return [(field, hints[field.name]) for field in dataclasses.fields(kind)]


def _escape(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1")


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "a map"
    return "a list" if isinstance(value, list) else f"`{value}`"
