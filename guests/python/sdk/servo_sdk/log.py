"""Log lines. They carry the name of the connector and of the event; more than the limit are dropped."""

from . import _host


def write(level: str, message: object) -> None:
    """Writes a line: `trace`, `debug`, `info`, `success`, `warning`, `error` or `critical`."""
    _host.current.log(level, str(message))


def debug(message: object) -> None:
    """For authors."""
    write("debug", message)


def info(message: object) -> None:
    """For operators."""
    write("info", message)


def success(message: object) -> None:
    """Something was done."""
    write("success", message)


def warning(message: object) -> None:
    """Something may be wrong."""
    write("warning", message)


def error(message: object) -> None:
    """Something is wrong."""
    write("error", message)
