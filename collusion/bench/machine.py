"""What was measured on: processor, memory, versions. No host name, no user, no path."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from pathlib import Path

from collusion.bench.peer_work import PEERS
from collusion.bench.processes import memory_of_machine

__all__ = ["machine"]

LIBRARIES = ("collusion", "igraph", "numpy", "pyarrow", "scipy")


def machine() -> dict[str, str]:
    """Return the machine and the versions of what is installed of our libraries and the peers, by name."""
    names = dict.fromkeys((*LIBRARIES, *(peer.version_of for peer in PEERS)))
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "memory": f"{memory_of_machine() / 2**30:.1f} GiB",
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{name: version for name in names if (version := _version(name))},
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8", errors="replace").splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                return value.strip()
    return platform.processor() or "unknown"


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""
