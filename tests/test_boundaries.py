"""The walls of the house: which room may import which of ours, and which outside library stays in which room.

Read off the source, imports inside functions included. Imports for type checking alone are exempt from both walls: they do not run.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

SOURCE = Path(__file__).resolve().parents[1] / "collusion"

OURS = {
    "base": set(),
    "kernels": set(),
    "reviews": {"base", "kernels"},
    "graph": {"base", "kernels"},
    "detect": {"base", "kernels", "graph"},
    "evidence": {"base", "kernels", "graph"},
    "inference": {"base", "kernels", "graph", "detect", "evidence"},
    "expansion": {"graph", "evidence", "inference"},
    "questions": {"base", "kernels", "graph"},
    "profits": {"base", "graph", "evidence"},
    "decisions": {"base"},
    "export": {"base"},
    "report": {"base"},
    "case": {"base", "graph", "decisions", "export", "report"},
    "pipeline": {"base", "kernels", "reviews", "graph", "detect", "evidence", "inference", "expansion", "questions", "profits", "case"},
    "privacy": {"base", "reviews", "graph", "export", "case"},
    "packs": {"base", "decisions", "export", "report", "case", "privacy"},
    "guide": {"base"},
    "testing": {"base", "graph", "detect", "evidence"},
    "simulate": {"base", "kernels", "reviews", "graph", "detect", "pipeline"},
    "datasets": {"base", "reviews"},
    "bench": {"base", "reviews", "graph", "detect", "evidence", "inference", "decisions", "report", "pipeline", "simulate", "datasets"},
    "__init__": {"base", "reviews", "graph", "detect", "evidence", "report", "case", "pipeline", "privacy", "packs"},
    "__main__": {"cli"},
}
OURS["cli"] = OURS.keys() - {"kernels", "testing", "expansion", "questions", "profits", "__init__", "__main__"}
"""Of ours, apart from itself. Nothing imports `cli` but the program's entry; no detector grades itself; export knows no pipeline."""

LIBRARIES = {
    "decisions": {"scipy"},
    "base/model.py": {"numpy"},
    "kernels": {"numpy"},
    "kernels/build.py": {"hatchling"},
    "reviews": {"numpy", "pyarrow", "pandas"},
    "graph": {"numpy", "scipy"},
    "graph/convert.py": {"numpy", "scipy", "networkx", "igraph", "pandas"},
    "detect": {"numpy", "scipy"},
    "evidence": {"numpy", "scipy", "rapidfuzz"},
    "inference": {"numpy", "scipy"},
    "expansion": {"numpy", "scipy"},
    "questions": {"numpy", "rapidfuzz"},
    "profits": {"numpy", "scipy"},
    "case": {"numpy", "pandas"},
    "pipeline": {"numpy", "pandas"},
    "export": {"numpy", "pyarrow", "networkx"},
    "report": {"numpy", "jinja2", "markupsafe"},
    "report/explorer/notebook.py": {"anywidget", "traitlets"},
    "report/figures": {"numpy", "matplotlib", "markupsafe"},
    "report/pdf.py": {"matplotlib", "markupsafe", "weasyprint"},
    "privacy": {"numpy", "pandas", "pyarrow"},
    "packs/render.py": {"jinja2", "markupsafe", "markdown_it"},
    "packs/signature.py": {"cryptography"},
    "testing": {"numpy"},
    "simulate": {"numpy", "scipy", "pyarrow"},
    "datasets": {"numpy", "pyarrow"},
    "bench": {"numpy", "scipy", "pyarrow", "pandas"},
    "bench/peer_work.py": {"numpy", "scipy", "pandas", "pyarrow", "polars", "duckdb", "igraph", "networkit", "sknetwork", "UGFraud"},
    "bench/board/peer_script.py": {
        "numpy",
        "scipy",
        "networkx",
        "sknetwork",
        "UGFraud",
        "fraudar",
        "fraud_eagle",
        "rsd",
        "coordination_network_toolkit",
    },
    "cli": {"typer", "rich"},
}
"""Apart from the standard library. The entry of a file, or of a folder, replaces that of its room."""

FORBIDDEN = {
    **dict.fromkeys(("pickle", "shelve", "marshal", "dill", "cloudpickle", "joblib"), "unpickling runs code"),
    **dict.fromkeys(("socket", "ssl", "http", "ftplib", "smtplib", "urllib.request", "requests", "httpx", "aiohttp"), "no network"),
    "ctypes": "one door leads to the compiled core",
}

NEEDED = {("testing/detectors.py", "pickle"), ("datasets/fetch.py", "urllib.request"), ("kernels/door.py", "ctypes")}
"""The law that a detector can be sent to another process pickles and unpickles the detector at hand, and no file.
Public data sets are fetched by one file, over https alone, when a user asks for it; no scan loads it."""

HEAVY = ("pandas", "igraph", "networkx", "matplotlib")


class Import(NamedTuple):
    file: Path
    line: int
    module: str
    runs: bool

    def __str__(self):
        return f"collusion/{self.file}:{self.line} imports {self.module}"


def is_type_checking(node):
    return isinstance(node, ast.If) and "TYPE_CHECKING" in {getattr(node.test, "id", None), getattr(node.test, "attr", None)}


def names_a_module(text):
    """Whether a string names a module of ours, or something in it (``module:name``): so is named what is imported on use."""
    place = SOURCE.joinpath(*text.partition(":")[0].split(".")[1:])
    return text.startswith("collusion.") and (place.is_dir() or place.with_suffix(".py").is_file())


def imports_of(text, file=Path("x.py")):
    """Every import of a file, wherever it stands, by the full name of what is imported; strings that name a module of ours included."""
    nodes = [*ast.walk(ast.parse(text))]
    quiet = {id(inner) for node in nodes if is_type_checking(node) for part in node.body for inner in ast.walk(part)}
    prose = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    constants = {
        target.id: node.value.value
        for node in nodes
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    found = []
    for node in nodes:
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}:{node.lineno}: imports are absolute, so that they can be read"
            # Of a package the names may be modules: `from collusion import pipeline`, `from urllib import request`.
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in {"import_module", "__import__"}:
            named = node.args[0] if node.args else None
            name = constants.get(named.id) if isinstance(named, ast.Name) else getattr(named, "value", None)
            # Names of ours are seen as strings, wherever they are passed on.
            names = [name] if isinstance(name, str) and not names_a_module(name) else []
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose and names_a_module(node.value):
            names = [node.value.partition(":")[0]]
        found += [Import(file, node.lineno, name, id(node) not in quiet) for name in names]
    return found


FILES = sorted(path.relative_to(SOURCE) for path in SOURCE.rglob("*.py"))


# Read when a test needs it, not by every worker while it collects.
@cache
def all_imports():
    return [found for file in FILES for found in imports_of((SOURCE / file).read_text(encoding="utf-8"), file)]


def room(file):
    return file.parts[0].removesuffix(".py")


def test_every_room_is_in_the_table():
    assert {room(file) for file in FILES} <= OURS.keys()


def ours():
    """All imports of our own rooms that run, each with the room that is imported."""
    for found in all_imports():
        library, *rest = found.module.split(".")
        # The package itself offers names of many rooms; inside the house they are taken where they live.
        target = rest[0] if rest else "__init__"
        if found.runs and library == "collusion" and target != room(found.file):
            yield found, target


def libraries():
    """All imports of other libraries that run, each with its key in the table and the library."""
    for found in all_imports():
        library = found.module.split(".")[0]
        if found.runs and library != "collusion" and library not in sys.stdlib_module_names:
            places = [found.file, *found.file.parents]
            yield found, next((one.as_posix() for one in places if one.as_posix() in LIBRARIES), room(found.file)), library


def test_a_room_imports_only_the_rooms_it_may():
    assert [str(found) for found, target in ours() if target not in OURS[room(found.file)]] == []


def test_a_library_stays_in_its_room():
    assert [str(found) for found, key, library in libraries() if library not in LIBRARIES.get(key, set())] == []


def test_what_a_room_may_import_it_imports():
    """A grant that nothing uses is taken back."""
    rooms = {(name, one) for name, granted in OURS.items() for one in granted}
    assert sorted(rooms - {(room(found.file), target) for found, target in ours()}) == []
    outside = {(key, library) for key, granted in LIBRARIES.items() for library in granted}
    assert sorted(outside - {(key, library) for _, key, library in libraries()}) == []


def test_nothing_unpickles_and_nothing_reaches_the_network():
    wrong = [
        f"{found}: {reason}"
        for found in all_imports()
        for name, reason in FORBIDDEN.items()
        if f"{found.module}.".startswith(f"{name}.") and (found.file.as_posix(), name) not in NEEDED
    ]
    assert wrong == []


def test_no_array_is_read_with_pickle():
    """Whoever loads or saves numpy arrays never allows pickled objects."""
    assert [str(file) for file in FILES if "allow_pickle=True" in (SOURCE / file).read_text(encoding="utf-8")] == []


def test_rooms_form_no_cycle():
    """The table itself has an order: each room imports rooms before it only."""
    left = {name: set(allowed) - {name} for name, allowed in OURS.items()}
    while left:
        free = [name for name, allowed in left.items() if not allowed & left.keys()]
        assert free, f"rooms import each other in a circle: {sorted(left)}"
        for name in free:
            del left[name]


@pytest.mark.parametrize(
    ("module", "others"),
    [
        ("collusion", {"numpy", "importlib.metadata"}),
        ("collusion.cli", {"numpy"}),
        ("collusion.decisions", {"numpy", "scipy", "pyarrow"}),
        *((f"collusion.{name}", set()) for name in ("base.config", "base.model", "detect")),
    ],
)
def test_importing_loads_nothing_heavy(module, others):
    code = f"import sys, {module}; print(sorted({others.union(HEAVY)!r} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import a.b", [("a.b", True)]),
        ("def f():\n    import a", [("a", True)]),
        ("from a import b, c", [("a.b", True), ("a.c", True)]),
        ("if TYPE_CHECKING:\n    import a\nelse:\n    import b", [("a", False), ("b", True)]),
        ("if typing.TYPE_CHECKING:\n    from a import b", [("a.b", False)]),
        ("try:\n    import a\nexcept ImportError:\n    import b", [("a", True), ("b", True)]),
        ("importlib.import_module('a.b')", [("a.b", True)]),
        ("__import__('a')", [("a", True)]),
        ("NAME = 'a.b'\nimport_module(NAME)", [("a.b", True)]),
        ("import_module('collusion.base.config')", [("collusion.base.config", True)]),
        ("DOORS = {'x': 'collusion.base.config:ScanConfig'}", [("collusion.base.config", True)]),
        ("'collusion.base.config'\nlog = 'collusion.nothing'", []),
    ],
)
def test_the_reader_of_imports_sees_them_all(text, expected):
    assert [(found.module, found.runs) for found in imports_of(text)] == expected
