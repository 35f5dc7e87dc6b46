"""Between the generated exports and the author's class: one instance, and no exception that leaves without its text."""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Callable
from functools import wraps
from typing import Any

from . import _border, _connector, checks, commands, events, settings
from .checks import CheckOutcome
from .commands import Answer
from .contract import Declaration, Description, Measurement
from .failure import Failed, Failure
from .settings import Problem, Problems

_instance: Any = None
_definition: _connector.Definition


def classes() -> dict[str, type]:
    """The classes that componentize-py looks for: those of the interfaces that the world exports."""
    global _definition
    exported = {_connector.interface(name): name for name in _border.exported()}
    if _connector.defined is None:
        _end("connector.py has no class with `@connector(…)`")
    _definition = _connector.defined
    name = _definition.kind.__name__
    offered = _definition.handles()
    for interface in sorted(offered - exported.keys()):
        _end(f"{name} handles `{interface}`: add `export servo:connector/{interface}@0.1.0;` to wit/world.wit")
    for interface in sorted(exported.keys() - offered - {"settings"}):
        methods = " or ".join(f"`{method}`" for method in _connector.METHODS.get(interface, ()))
        wanted = f"method {methods}" if methods else f"method with {_DECORATORS[interface]}"
        _end(f"wit/world.wit exports `{interface}`, and {name} has no {wanted}")
    # A wrong example is a mistake of the author, to be seen now.
    try:
        _definition.example_text()
    except Problems as problems:
        _end(f"the example of {name} does not fit its settings: {problems}")
    return {name: _CLASSES[interface] for interface, name in exported.items()}


_DECORATORS = {
    "check": "`@check(…)`",
    "events": "`@event(…)` or `@handles(…)`",
    "commands": "`@command(…)`",
}
"""How methods are found that may have any name."""


def _end(text: str) -> None:
    raise SystemExit(f"servo_sdk: {text}")


def _answer(call: Callable[..., Any]) -> Callable[..., Any]:
    """Turns every exception into a failure with its text; the traceback goes to stderr, which is the log."""

    @wraps(call)
    def answered(*arguments: Any) -> Any:
        try:
            return call(*arguments)
        except Failure as failure:
            raise _border.error(failure) from None
        except (Exception, SystemExit) as exception:
            traceback.print_exc(file=sys.stderr)
            raise _border.error(Failed(_told(exception), "exception")) from None

    return answered


def _told(exception: BaseException) -> str:
    frames = traceback.extract_tb(exception.__traceback__)
    # The author's own line says more than one inside the SDK or the standard library.
    own = [frame for frame in frames if "servo_sdk" not in frame.filename and frame.filename.startswith("/0/")]
    frame = (own or frames or [None])[-1]
    place = f" at {frame.filename.removeprefix('/0/')}:{frame.lineno}" if frame else ""
    return f"{type(exception).__name__}: {exception}{place}" if str(exception) else f"{type(exception).__name__}{place}"


def _configured() -> Any:
    if _instance is None:
        raise Failed("the connector was called before it was configured")
    return _instance


def _typed(value: Any, kind: type, method: str) -> Any:
    if not isinstance(value, kind):
        raise TypeError(f"`{method}` returned {value!r:.80}, which is no {kind.__name__}")
    return value


def _optional(method: str, *arguments: Any) -> Any:
    handler = getattr(_configured(), method, None)
    return handler(*arguments) if handler else None


class Settings:
    def schema(self) -> str:
        return _definition.schema_text()

    def example(self) -> str:
        return _definition.example_text()

    def configure(self, text: str) -> None:
        global _instance
        try:
            if _instance is not None:
                raise Problems(("", "the connector is configured already"))
            wanted = settings.read(_definition.settings, text)
            _instance = _definition.kind(wanted)
        except Problems as problems:
            raise _border.problems(problems.problems) from None
        except (Exception, SystemExit) as exception:
            traceback.print_exc(file=sys.stderr)
            raise _border.problems([Problem("", _told(exception))]) from None


class Lifecycle:
    @_answer
    def startup(self) -> None:
        _optional("startup")

    @_answer
    def shutdown(self, reason: str) -> None:
        _optional("shutdown", reason)


class Inventory:
    @_answer
    def metrics(self) -> Any:
        return [_border.metric(metric) for metric in _optional("metrics") or []]

    @_answer
    def components(self) -> Any:
        return [_border.component(component) for component in _optional("components") or []]


class Describe:
    @_answer
    def describe(self, control: Any) -> Any:
        return _border.description(_typed(_configured().describe(_border.control(control)), Description, "describe"))


class Measure:
    @_answer
    def measure(self, metrics: list[str], control: Any) -> Any:
        found = _configured().measure(list(metrics), _border.control(control))
        return _border.measurement(_typed(found, Measurement, "measure"))


class Adjust:
    @_answer
    def adjust(self, adjustments: list[Any], control: Any) -> Any:
        wanted = [_border.adjustment(adjustment) for adjustment in adjustments]
        found = _configured().adjust(wanted, _border.control(control))
        return _border.description(_typed(found, Description, "adjust"))


class Check:
    @_answer
    def list(self) -> Any:
        return [_border.check_info(check.info) for check in checks.of(_definition.kind)]

    @_answer
    def run(self, id: str) -> Any:
        found = checks.find(_definition.kind, id).run(_configured())
        return _border.check_outcome(_typed(found, CheckOutcome, f"check {id}"))

    @_answer
    def remedy(self, id: str) -> str:
        repair = checks.find(_definition.kind, id).repair
        if repair is None:
            raise Failed(f"check `{id}` has no remedy")
        return _typed(repair(_configured()), str, "remedy")  # type: ignore[no-any-return]


class Promote:
    @_answer
    def promote(self) -> None:
        _configured().promote()


class Declarations:
    @_answer
    def declare(self) -> Any:
        # What the class itself declares may depend on its settings.
        own = _typed(_optional("declare") or Declaration(), Declaration, "declare")
        handlers = events.of(_definition.kind)
        defined = [definition for handler in handlers if (definition := handler.definition())]
        handled = [handler.name for handler in handlers]
        return _border.declaration(Declaration(own.hooks, own.events + defined, own.handles + handled))


class Hooks:
    @_answer
    def before(self, event: str, arguments: str) -> None:
        _optional("before", event, json.loads(arguments))

    @_answer
    def after(self, event: str, outcomes: str) -> None:
        _optional("after", event, json.loads(outcomes))


class Events:
    @_answer
    def handle(self, event: str, arguments: str) -> str:
        found = events.find(_definition.kind, event).handle(_configured(), arguments)
        return json.dumps(found, ensure_ascii=False)


class Commands:
    def list(self) -> Any:
        return [_border.command(command) for command in commands.of(_definition.kind)]

    @_answer
    def run(self, command: str, arguments: str) -> Any:
        found = commands.find(_definition.kind, command).call(_configured(), arguments)
        return _border.answer(_typed(found, Answer, f"command {command}"))


_CLASSES: dict[str, type] = {
    _connector.interface(kind.__name__): kind
    for kind in (
        Settings,
        Lifecycle,
        Inventory,
        Describe,
        Measure,
        Adjust,
        Check,
        Promote,
        Declarations,
        Hooks,
        Events,
        Commands,
    )
}
