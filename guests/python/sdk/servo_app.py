"""What `servo build` hands to componentize-py: the classes that the author's world exports, made from `connector.py`."""

import contextlib
import io
import traceback

# While a component is made, only some hundred bytes of output have room, and then everything stands still: nothing is
# printed, and what goes wrong is told in a few lines.
ROOM = 350


def _short(error: BaseException) -> str:
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "importlib" not in frame.filename]
    places = [f"{frame.filename.removeprefix('/0/').removeprefix('/1/')}:{frame.lineno}" for frame in frames[1:]]
    name = "" if isinstance(error, SystemExit) else f"{type(error).__name__}: "
    where = f" ({' < '.join(places[:-4:-1])})" if places and name else ""
    return f"{name}{error}"[: ROOM - len(where)] + where


_problem = None
try:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        import connector  # noqa: F401  # decorates a class
        from servo_sdk import _exports

        globals().update(_exports.classes())
except BaseException as error:
    _problem = _short(error)
if _problem is not None:
    raise SystemExit(_problem)
