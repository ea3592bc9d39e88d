"""``python -m collusion`` is the command ``collusion``."""

from __future__ import annotations

import sys

from collusion.cli import program

sys.exit(program())
