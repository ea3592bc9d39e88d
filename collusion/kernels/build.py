"""Builds the compiled library: as a build hook of hatchling, or as a script in a checkout.

It uses the compiler named by CC or ``cc``. Where neither compiles C++, it uses the one of the ``ziglang`` package, which is then a build
requirement. So a machine with Python and pip is enough.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).resolve().parents[1]
LIBRARY = Path(__file__).resolve().with_name("collusion.dll" if os.name == "nt" else "libcollusion.so")
PARTS = 4
"""Number of files that the sources of a level are joined into, to be compiled in parallel. Each file reads the headers once."""

FLAGS = [
    *("-std=c++17", "-O3", "-fPIC", "-fvisibility=hidden", "-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics"),
    *("-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math", "-fwrapv", "-Wall", "-Wextra"),
]
"""No fused operations, so that all machines give the same bits; and sums wrap around, as those of arrays do.

Warnings are errors in `.ci/run` alone: a future compiler with more warnings must not prevent an installation.
"""

LEVELS = {"x86_64": {"v2": ["-march=x86-64-v2"], "v3": ["-march=x86-64-v3"]}}
MACHINES = {"AMD64": "x86_64", "amd64": "x86_64", "arm64": "aarch64"}
ZIG = "ziglang>=0.13"

SHOWN_CHARACTERS = 4000
"""Characters shown of a compiler's output: the first error is what matters."""


class BuildError(Exception):
    """The library could not be made; the message contains the command and what it printed."""


def sources() -> list[Path]:
    """Return the sources of the kernels, by path."""
    return sorted(PACKAGE.rglob("*.cpp"))


def digest(extra: list[str]) -> str:
    """Return a digest of all that the library is made of."""
    fingerprint = hashlib.sha256(" ".join(extra).encode())
    for path in sorted([*sources(), *PACKAGE.rglob("*.hpp"), Path(__file__).resolve()]):
        fingerprint.update(path.relative_to(PACKAGE).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return fingerprint.hexdigest()


def compiler() -> list[str] | None:
    """Return the command of a compiler of this machine that compiles C++ without a library of its own, None where there is none."""
    named = shlex.split(os.environ.get("CC", "")) or ["cc"]
    if shutil.which(named[0]) is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "try.cpp")
        source.write_text('template <class T> T same(T x) { return x; }\nextern "C" int one(void) { return same(1); }\n')
        tried = subprocess.run(  # noqa: S603  # the compiler of the person who builds
            [*named, "-x", "c++", "-std=c++17", "-fPIC", "-shared", str(source), "-o", str(Path(folder, "try.so"))],
            capture_output=True,
            check=False,
        )
    return named if tried.returncode == 0 else None


def requirements() -> list[str]:
    """Return what has to be installed before building."""
    return [] if compiler() is not None else [ZIG]


def build(library: Path = LIBRARY, extra: list[str] | None = None) -> bool:
    """Make the library, unless it was made of these very sources; return whether it was made now.

    ``extra`` are options of the compiler, such as those of sanitizers: then there is one level, that of this compiler.
    """
    extra = extra or []
    stamp = library.with_suffix(".txt")
    fingerprint = digest(extra)
    if library.exists() and stamp.exists() and stamp.read_text().split("\n")[0] == fingerprint:
        return False
    command = compiler()
    target: list[str] = []
    zig = command is None
    if command is None:
        if find_spec("ziglang") is None:
            raise BuildError(
                f"no compiler was found: `{os.environ.get('CC') or 'cc'}` is missing or does not compile C++, and ziglang is not "
                f"installed; name a compiler with CC, or run `pip install '{ZIG}'`"
            )
        command = [sys.executable, "-m", "ziglang", "cc"]
        if sys.platform == "linux":
            target = ["-target", f"{_machine()}-linux-gnu.2.17"]
    levels = LEVELS.get(_machine(), {"base": []}) if not extra else {"base": []}
    if zig:  # which has names of its own for them
        levels = {level: [option.replace("-march=x86-64-", "-mcpu=x86_64_") for option in options] for level, options in levels.items()}
    first = {level: [] if k else ["-DCOLLUSION_FIRST"] for k, level in enumerate(levels)}
    with tempfile.TemporaryDirectory() as folder:
        compile_one = [*command, *target, "-x", "c++", *FLAGS, *extra, "-c"]
        work = [
            [*compile_one, *options, f"-DCOLLUSION_LEVEL={level}", *first[level], str(source), "-o", str(source.with_suffix(".o"))]
            for level, options in levels.items()
            for source in _parts(Path(folder), level)
        ]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(_run, work))
        made = Path(folder, library.name)
        _run([*command, *target, "-shared", *(extra or ["-s"]), *(one[-1] for one in work), "-lm", "-o", str(made)])
        library.parent.mkdir(parents=True, exist_ok=True)
        _place(made, library)
    stamp.write_text(f"{fingerprint}\n{shlex.join(command)}\n")
    return True


def _place(made: Path, library: Path) -> None:
    """Copy a library as a whole or not at all: a process that has loaded the old one keeps it."""
    staged = library.with_name(f"{library.name}.{os.getpid()}")
    shutil.copyfile(made, staged)
    staged.replace(library)


def _machine() -> str:
    return MACHINES.get(platform.machine(), platform.machine())


def _parts(folder: Path, level: str) -> list[Path]:
    """Write the files that the sources of a level are compiled as, each about as long."""
    parts: list[tuple[int, list[str]]] = [(0, []) for _ in range(PARTS)]
    for path in sorted(sources(), key=lambda path: -path.stat().st_size):
        k = min(range(PARTS), key=lambda k: parts[k][0])
        parts[k] = (parts[k][0] + path.stat().st_size, [*parts[k][1], f'#include "{path.as_posix()}"\n'])
    written = []
    for k, (_, lines) in enumerate(parts):
        if lines:
            written.append(folder / f"{level}_{k}.cpp")
            written[-1].write_text("".join(lines))
    return written


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # as above
    if done.returncode:
        raise BuildError(f"{shlex.join(command)}\nended with {done.returncode}:\n{done.stderr[:SHOWN_CHARACTERS]}")


try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # a script in a checkout
    pass
else:

    class CoreHook(BuildHookInterface):  # type: ignore[misc]  # hatchling's
        """Builds the library, and names the platform of the wheel."""

        PLUGIN_NAME = "custom"

        def dependencies(self) -> list[str]:
            """Return what has to be installed before building."""
            return requirements()

        def initialize(self, version: str, build_data: dict[str, Any]) -> None:
            """Make the library: in the checkout where the package is used from there, else in a folder of its own.

            A checkout gets a copy in any case: Python that is started there imports the package from the current folder.
            """
            self._folder = tempfile.mkdtemp()
            library = LIBRARY if version == "editable" else Path(self._folder, LIBRARY.name)
            build(library)
            if version != "editable":
                with suppress(OSError):  # a source folder that cannot be written to is built from all the same
                    _place(library, LIBRARY)
                    _place(library.with_suffix(".txt"), LIBRARY.with_suffix(".txt"))
            build_data["pure_python"] = False
            build_data["tag"] = f"py3-none-{re.sub('[-.]', '_', sysconfig.get_platform())}"
            if version != "editable":
                build_data["force_include"][str(library)] = f"collusion/kernels/{LIBRARY.name}"

        def finalize(self, *_: object) -> None:
            """Remove the folder."""
            shutil.rmtree(self._folder, ignore_errors=True)


if __name__ == "__main__":
    where = Path(sys.argv[1]) if len(sys.argv) > 1 else LIBRARY
    print("made" if build(where, sys.argv[2:]) else "nothing to do:", where)  # noqa: T201  # a script
