"""Compiled code in an installation that cannot be written is used; where there is none, all runs without, and says so once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

KERNELS = """
from collusion.kernels._jit import bare, jit

@jit
def one(x):
    return x + 1

@bare
def two(x):
    return x + 2

print(one(1), two(1), sum(one.stats.cache_hits.values()), sum(two.stats.cache_hits.values()))
"""

READ_ONLY = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && shift && exec "$@"'


def run(folder, *, writable):
    """Import the kernels of a folder, on a file system that is read-only or not, without a home."""
    command = [sys.executable, "-c", "import kernels_here"]
    if not writable:
        command = ["unshare", "-m", "sh", "-c", READ_ONLY, "sh", str(folder), *command]
    environment = {name: value for name, value in os.environ.items() if name not in {"NUMBA_CACHE_DIR", "XDG_CACHE_HOME"}}
    environment |= {"PYTHONPATH": os.pathsep.join([str(folder), *sys.path]), "HOME": "/proc/nope"}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def may_mount():
    if shutil.which("unshare") is None:
        return False
    return subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not may_mount(), reason="making a file system read-only needs the right to mount (Linux, superuser)")
def test_a_read_only_installation(tmp_path):
    (tmp_path / "kernels_here.py").write_text(KERNELS, encoding="ascii")
    bare = run(tmp_path, writable=False)
    assert bare.stdout == "2 3 0 0\n", bare.stderr
    assert bare.stderr.count("NUMBA_CACHE_DIR") == 1
    assert run(tmp_path, writable=True).stdout == "2 3 0 0\n"
    filled = run(tmp_path, writable=False)
    assert (filled.stdout, filled.stderr) == ("2 3 1 1\n", "")
