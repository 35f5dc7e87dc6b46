"""Between the types of the SDK and the generated ones: everything that crosses the border of the component.

The generated modules exist for the interfaces that the author's world names; what calls one that is missing says how
to add it.
"""

from __future__ import annotations

import importlib
import json
import math
import time
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any

from . import _host, _types as _values, checks, commands, contract, dispatch, http, load
from .failure import Cancelled, Failed, Failure
from .settings import Problem


def exported() -> list[str]:
    """The names of the classes that the world exports, for example `Measure`."""
    exports = _module("exports")
    return [
        name for name, kind in vars(exports).items() if isinstance(kind, type) and kind.__module__ == exports.__name__
    ]


def _module(name: str) -> Any:
    return importlib.import_module(f"wit_world.{name}")


class _Missing:
    """Stands for the module of an interface that the world does not import."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __getattr__(self, _: str) -> Any:
        raise Failed(f"the world does not import it: add `import servo:connector/{self.name}@0.1.0;` to wit/world.wit")


def _imported(name: str) -> Any:
    try:
        return _module(f"imports.{name}")
    except ModuleNotFoundError:
        return _Missing(name)


def _exported(name: str) -> Any:
    try:
        return _module(f"exports.{name}")
    except ModuleNotFoundError:
        return _Missing(name)


# Looked up while the component is built: a running one has no files to import from.
_types = importlib.import_module("componentize_py_types")
_contract, _log, _progress = _imported("contract"), _imported("log"), _imported("progress")
_http, _dispatch, _load = _imported("http"), _imported("dispatch"), _imported("load")
_settings, _check, _declarations = _exported("settings"), _exported("check"), _exported("declarations")
_commands = _exported("commands")


def _constant(name: str) -> str:
    return name.upper().replace("-", "_")


def _word(constant: Any) -> str:
    return str(constant.name).lower().replace("_", "-")


def _millis(seconds: float) -> int:
    return min(math.ceil(seconds * 1000), 2**32 - 1)


def error(failure: Failure) -> Exception:
    """A failure, to be raised through the border."""
    code = _contract.Code[_constant(failure.code)]
    raised: Exception = _types.Err(_contract.Failure(code, failure.reason, failure.message))
    return raised


def problems(found: list[Problem]) -> Exception:
    """What is wrong with the settings, to be raised through the border."""
    raised: Exception = _types.Err([_settings.Problem(each.pointer, each.text) for each in found])
    return raised


def failure(raw: Any) -> Failure:
    """A failure that came in."""
    return Failure.of(_word(raw.code), raw.message, raw.reason)


def control(raw: Any) -> contract.Control:
    """How an event is to be carried out."""
    return contract.Control(
        delay=raw.delay / 1000,
        warmup=raw.warmup / 1000,
        duration=raw.duration / 1000,
        settlement=raw.settlement / 1000,
        load=None if raw.load is None else json.loads(raw.load),
        slo=[
            contract.Condition(
                each.metric,
                _word(each.keep),
                each.threshold.value,
                each.trigger_count,
                each.trigger_window,
                each.threshold_multiplier,
                each.metric_minimum,
                each.threshold_minimum,
                each.description,
            )
            for each in raw.slo
        ],
        userdata={key: json.loads(value) for key, value in raw.userdata},
    )


def adjustment(raw: Any) -> contract.Adjustment:
    """A wanted change."""
    return contract.Adjustment(raw.component, raw.setting, raw.value.value)


def _value(value: contract.Value) -> Any:
    return _contract.Value_Text(value) if isinstance(value, str) else _contract.Value_Number(float(value))


def metric(metric: contract.Metric) -> Any:
    """A metric, outwards."""
    return _contract.Metric(metric.name, metric.unit)


def component(component: contract.Component) -> Any:
    """A component, outwards."""
    return _contract.Component(component.name, [_setting(setting) for setting in component.settings])


def _setting(setting: contract.Setting) -> Any:
    value = None if setting.value is None else _value(setting.value)
    return _contract.Setting(setting.name, setting.unit, _domain(setting.domain), value, setting.pinned)


def _domain(domain: contract.Range | contract.Choice) -> Any:
    if isinstance(domain, contract.Choice):
        return _contract.Domain_Choice([_value(value) for value in domain.values])
    scale = _contract.Scale[_constant(domain.scale)]
    numbers = (float(number) for number in (domain.min, domain.max, domain.step))
    return _contract.Domain_Range(_contract.Range(*numbers, scale))


def description(description: contract.Description) -> Any:
    """The state of the application, outwards."""
    components = [component(each) for each in description.components]
    return _contract.Description(components, [metric(each) for each in description.metrics])


def measurement(measurement: contract.Measurement) -> Any:
    """What was measured, outwards."""
    readings = [_reading(reading) for reading in measurement.readings]
    return _contract.Measurement(readings, list(measurement.annotations.items()))


def _reading(reading: contract.Reading) -> Any:
    if isinstance(reading, contract.Series):
        if len(reading.times) != len(reading.values):
            raise TypeError(f"series `{reading.metric}` has {len(reading.times)} times, {len(reading.values)} values")
        annotations = list(reading.annotations.items())
        times, values = list(map(float, reading.times)), list(map(float, reading.values))
        return _contract.Reading_Series(_contract.Series(reading.metric, reading.id, annotations, times, values))
    scalar = _contract.Scalar(reading.metric, reading.id, float(reading.at), float(reading.value))
    return _contract.Reading_Scalar(scalar)


def check_info(info: checks.CheckInfo) -> Any:
    """A check, outwards."""
    severity = _check.Severity[_constant(info.severity)]
    return _check.Info(info.id, info.name, info.description, severity, list(info.tags), info.remedy)


def check_outcome(outcome: checks.CheckOutcome) -> Any:
    """How a check ended, outwards."""
    return _check.Outcome(outcome.passed, outcome.message, outcome.hint)


def declaration(declaration: contract.Declaration) -> Any:
    """What is declared, outwards."""
    moment = _declarations.Moment
    hooks = [_declarations.Hook(hook.event, moment[_constant(hook.moment)]) for hook in declaration.hooks]
    events = [
        _declarations.Definition(each.name, each.description, _json(each.parameters), _json(each.returns))
        for each in declaration.events
    ]
    return _declarations.Declaration(hooks, events, list(declaration.handles))


def command(command: commands.Command) -> Any:
    """A command, outwards."""
    arguments = [
        _commands.Argument(
            each.name,
            each.description,
            _commands.Kind[_constant(each.kind)],
            each.positional,
            each.required,
            each.repeated,
        )
        for each in command.arguments
    ]
    return _commands.Command(command.name, command.description, arguments)


def answer(answer: commands.Answer) -> Any:
    """What a command found, outwards."""
    columns = [_commands.Column(heading, pointer) for heading, pointer in answer.columns.items()]
    return _commands.Answer(_json(_values.plain(answer.value)), columns)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


class Servo:
    """The host that runs the component."""

    def log(self, level: str, message: str) -> None:
        _log.write(_log.Level[_constant(level)], message)

    def report(self, percent: float | None, message: str, readings: list[Any]) -> bool:
        update = _progress.Update(percent, message, [_reading(reading) for reading in readings])
        return bool(_progress.report(update) == _progress.Directive.CANCEL)

    def wait(self, milliseconds: int) -> bool:
        return bool(_progress.wait(milliseconds) == _progress.Directive.CANCEL)

    def fetch(self, request: http.Request) -> http.Response:
        try:
            return _response(_http.fetch(_request(request)))
        except _types.Err as err:
            raise _http_error(err.value) from None

    def fetch_all(self, requests: list[http.Request]) -> list[http.Response | Failure]:
        answers = _http.fetch_all([_request(request) for request in requests])
        return [
            _response(answer.value) if isinstance(answer, _types.Ok) else _http_error(answer.value)
            for answer in answers
        ]

    def dispatch(self, request: dispatch.Request) -> dispatch.Answers:
        timeout = None if request.timeout is None else _millis(request.timeout)
        arguments = json.dumps(request.arguments)
        raw = _dispatch.Request(
            request.event, arguments, request.include, request.exclude, request.first, timeout
        )
        try:
            found = _dispatch.dispatch(raw)
        except _types.Err as err:
            raise failure(err.value) from None
        answers = {
            each.connector: json.loads(each.outcome.value)
            if isinstance(each.outcome, _types.Ok)
            else failure(each.outcome.value)
            for each in found.answers
        }
        return dispatch.Answers(answers, list(found.skipped))

    def attack(self, plan: load.Plan) -> AbstractContextManager[Any]:
        rate = plan.rate
        raw = _load.Plan(
            plan.targets,
            _load.Format[_constant(plan.format)],
            _load.Pace_Closed(plan.connections) if rate is None else _load.Pace_Rate((rate[0], _millis(rate[1]))),
            _millis(plan.duration),
            plan.connections,
            plan.workers,
            None if plan.timeout is None else _millis(plan.timeout),
            plan.http2,
            plan.keepalive,
            plan.insecure,
            plan.max_body,
            _millis(plan.report_every),
        )
        try:
            return _Attack(_load.Attack.start(raw))
        except _types.Err as err:
            raise failure(err.value) from None

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()


class _Attack:
    def __init__(self, raw: Any) -> None:
        self.raw = raw

    def __enter__(self) -> _Attack:
        self.raw.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.raw.__exit__(kind, value, trace)

    def next(self) -> load.Report | None:
        try:
            raw = self.raw.next()
        except _types.Err as err:
            raise failure(err.value) from None
        return None if raw is None else _report(raw)

    def total(self) -> load.Report:
        return _report(self.raw.total())


def _report(raw: Any) -> load.Report:
    fields = dict(vars(raw))
    fields["latencies"] = load.Latencies(**vars(raw.latencies))
    fields["status_codes"] = dict(raw.status_codes)
    return load.Report(**fields)


def _request(request: http.Request) -> Any:
    timeout = None if request.timeout is None else _millis(request.timeout)
    return _http.Request(request.method, request.url, request.headers, request.body, timeout)


def _response(raw: Any) -> http.Response:
    return http.Response(raw.status, raw.headers, raw.body)


def _http_error(raw: Any) -> Failure:
    kind = http.ERRORS[type(raw).__name__.removeprefix("Error_")]
    return kind("cancelled during an HTTP request" if kind is Cancelled else raw.value)


_host.current = Servo()
