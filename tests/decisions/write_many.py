"""Write a number of decisions as fast as can be. Arguments: path of the journal, name of the writer, number of decisions."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from collusion.decisions.entry import Decision, Subject
from collusion.decisions.journal import Journal


def main(path, name, number):
    os.fsync = lambda _: None  # that two writers keep apart is not the disk's doing, and it would take most of the time
    ring = Subject("R-0123456789ab", "sha256:00", tuple(f"{name}{i}" for i in range(40)), ("x",))
    for n in range(number):
        Journal(Path(path)).append(Decision("2026-05-01T10:00:00Z", ring, "open", f"{name} {n} " + "x" * (n % 200), name))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
