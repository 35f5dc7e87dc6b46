"""What `servo build` hands to componentize-py: the classes that the author's world exports, made from `connector.py`."""

import connector  # noqa: F401  # decorates a class
from servo_sdk import _exports

globals().update(_exports.classes())
