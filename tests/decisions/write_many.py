"""Write a number of decisions as fast as can be, once another writer has begun, too.

Arguments: path of the journal, name of the writer, name of the other one, number of decisions.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from collusion.decisions.entry import Decision, Subject
from collusion.decisions.journal import Journal


def main(path, name, other, number):
    os.fsync = lambda _: None  # that two writers keep apart is not the disk's doing, and it would take most of the time
    ring = Subject("R-0123456789ab", "sha256:00", tuple(f"{name}{i}" for i in range(40)), ("x",))
    for n in range(number):
        Journal(Path(path)).append(Decision("2026-05-01T10:00:00Z", ring, "open", f"{name} {n} " + "x" * (n % 200), name))
        # Neither may be done before the other begins, however busy the machine is.
        while n == 0 and f"{other} 0 ".encode() not in Path(path).read_bytes():
            time.sleep(0.001)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
