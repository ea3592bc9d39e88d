"""A detector from outside: a package of its own, registered as an entry point, installed beside collusion and run by name."""

from __future__ import annotations

import csv
import importlib
import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from collusion.bench.market import Market, simulate, with_honest
from collusion.bench.planting import RingPlan
from collusion.bench.writing import write_log
from collusion.detect import BUILT_IN, ENTRY_POINTS, detector_names, make_detector
from collusion.errors import ConfigError
from collusion.testing import check_detector

PLUGIN = Path(__file__).resolve().parent / "plugin"


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The folder of the plug-in as an installer leaves it: its module, and what it registers in a dist-info beside it.

    Put there by hand from its pyproject.toml: neither an installer nor a build tool is at hand in an environment that runs tests.
    """
    folder = tmp_path_factory.mktemp("site")
    project = tomllib.loads((PLUGIN / "pyproject.toml").read_text(encoding="utf-8"))
    told = project["project"]
    for module in project["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"]:
        shutil.copy(PLUGIN / module, folder / module)
    info = folder / f"{told['name'].replace('-', '_')}-{told['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {told['name']}\nVersion: {told['version']}\n", encoding="utf-8")
    (info / "WHEEL").write_text("Wheel-Version: 1.0\nGenerator: by hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n", encoding="utf-8")
    points = [
        f"[{group}]\n" + "".join(f"{name} = {place}\n" for name, place in named.items()) for group, named in told["entry-points"].items()
    ]
    (info / "entry_points.txt").write_text("\n".join(points), encoding="utf-8")
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    (info / "RECORD").write_text("".join(f"{name},,\n" for name in [*files, f"{info.name}/RECORD"]), encoding="utf-8")
    return folder


def collusion(*arguments, path, cwd):
    """Run the command with a folder beside what is installed."""
    return subprocess.run(
        [sys.executable, "-m", "collusion", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(path)},
        check=False,
    )


def test_it_registers_under_the_very_name_and_group_that_are_looked_for():
    points = tomllib.loads((PLUGIN / "pyproject.toml").read_text(encoding="utf-8"))["project"]["entry-points"]
    assert points == {ENTRY_POINTS: {"handshake": "collusion_handshake:Handshake"}}
    assert "handshake" not in BUILT_IN


def test_the_list_of_detectors_names_it_with_its_parameters(installed, tmp_path):
    done = collusion("detectors", "--json", path=installed, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (told,) = [one for one in json.loads(done.stdout)["detectors"] if one["name"] == "handshake"]
    assert told == {
        "name": "handshake",
        "kind": "detector",
        "gives": ["groups"],
        "summary": "People who met on several products within a week, hand in hand.",
        "parameters": {"at_least": 4},
    }
    assert "handshake" not in collusion("detectors", "--json", path=tmp_path, cwd=tmp_path).stdout


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    """A log with one plain ring, and the ring."""
    simulated = simulate(with_honest(Market(reviews=5_000, rings=(RingPlan(20, 10, 0.9),)), None), 1)
    path = tmp_path_factory.mktemp("market") / "reviews.csv"
    write_log(simulated, path, "csv")
    return path, simulated.rings[0]


def read(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("options", "least"),
    [(("--detector", "handshake"), 4), (("--config", "scan.toml"), 3)],
)
def test_a_scan_runs_it_by_name_and_the_ring_is_found(installed, log, tmp_path, options, least):
    """Asked for on the command line, or in a file with a parameter of its own: the planted ring is flagged, brought forth by it alone."""
    (tmp_path / "scan.toml").write_text('detectors = ["handshake"]\n[detector.handshake]\nat_least = 3\n', encoding="utf-8")
    path, planted = log
    done = collusion(
        "scan", str(path), "--out", "case", "--replicates", "20", "--format", "csv,json", *options, path=installed, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    rings = read(tmp_path / "case" / "rings.csv")
    (flagged,) = [ring for ring in rings if ring["status"] == "flagged"]
    assert {ring["detectors"] for ring in rings} == {"handshake"}
    members = read(tmp_path / "case" / "members.csv")
    assert {row["id"] for row in members if (row["ring_id"], row["role"]) == (flagged["ring_id"], "reviewer")} == {*planted.reviewers}
    config = json.loads((tmp_path / "case" / "case.json").read_text(encoding="utf-8"))["provenance"]["config"]
    assert config["detectors"] == ["handshake"]
    assert config["detector"].get("handshake", {"at_least": 4}) == {"at_least": least}


def test_without_it_the_name_is_unknown(tmp_path):
    (tmp_path / "reviews.csv").write_text("reviewer_id,product_id\na,x\n", encoding="utf-8")
    done = collusion("scan", "reviews.csv", "--out", "case", "--detector", "handshake", path=tmp_path, cwd=tmp_path)
    assert done.returncode == 2
    assert "no detector is called 'handshake'" in done.stderr
    assert not (tmp_path / "case").exists()


def test_it_keeps_the_laws(installed, monkeypatch):
    monkeypatch.syspath_prepend(installed)
    importlib.invalidate_caches()
    # Loaded anew here, and not there for tests to come.
    monkeypatch.setitem(sys.modules, "collusion_handshake", None)
    del sys.modules["collusion_handshake"]
    assert detector_names()[: len(BUILT_IN)] == tuple(BUILT_IN)
    assert "handshake" in detector_names()
    assert "planted" in check_detector(make_detector("handshake", {"at_least": 3}))
    with pytest.raises(ConfigError, match="detector 'handshake' has no parameter 'at_most'; did you mean 'at_least'"):
        make_detector("handshake", {"at_most": 3})
