"""Write decisions in a process that is killed at a random moment, again and again; print what was acknowledged, as JSON.

Arguments: path of the journal, number of kills, seed. A program of its own, since it forks.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

from collusion.decisions.entry import Decision, Subject
from collusion.decisions.journal import Journal

SIZES = (10, 1_000, 50_000, 1_000_000)
"""Characters of a note; the long ones make it likely that a kill meets a write."""

RING = Subject("R-0123456789ab", "sha256:00", ("a",), ("x",))


def note_of(name):
    return f"{name} " + "x" * random.Random(name).choice(SIZES)


def write(journal, kill, acknowledged):
    n = 0
    while True:
        name = f"{kill}.{n}"
        journal.append(Decision("2026-05-01T10:00:00Z", RING, "open", note_of(name), "Ann"))
        os.write(acknowledged, f"{name}\n".encode())
        n += 1


def main(path, kills, seed):
    draw = random.Random(seed)
    names = []
    for kill in range(kills):
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            os.close(reader)
            write(Journal(Path(path)), kill, writer)
        os.close(writer)
        time.sleep(draw.uniform(0, 0.05))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        with os.fdopen(reader) as stream:
            names += stream.read().split()
    sys.stdout.write(json.dumps(names))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
