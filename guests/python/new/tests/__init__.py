"""`python3 -m unittest` here finds the SDK where `servo build` puts it."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / ".servo" / "sdk"))
