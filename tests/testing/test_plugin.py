"""A detector and a signal from outside: a package of its own, registered as entry points, installed beside collusion and run by name."""

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

import numpy as np
import pytest

from collusion import cli
from collusion.base.errors import ConfigError
from collusion.detect import BUILT_IN, ENTRY_POINTS, detector_names, make_detector
from collusion.evidence import signal
from collusion.simulate.market import Market, simulate, with_honest
from collusion.simulate.plan import RingPlan
from collusion.simulate.writing import write_log
from collusion.testing import check_detector, check_signal

PLUGIN = Path(__file__).resolve().parent / "plugin"


def _register(folder, name, version, points):
    """Write what an installer leaves beside a module."""
    info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8")
    groups = (f"[{group}]\n" + "".join(f"{key} = {place}\n" for key, place in named.items()) for group, named in points.items())
    (info / "entry_points.txt").write_text("\n".join(groups), encoding="utf-8")


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
    _register(folder, told["name"], told["version"], told["entry-points"])
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


@pytest.fixture
def loaded(monkeypatch):
    """Put a folder beside what is installed, in this process: that one of its own finds it, other tests show."""

    def load(path):
        monkeypatch.syspath_prepend(path)
        importlib.invalidate_caches()
        for module in path.glob("*.py"):
            # Loaded again here, and not there for tests to come.
            monkeypatch.setitem(sys.modules, module.stem, None)
            del sys.modules[module.stem]

    return load


@pytest.fixture
def beside(loaded, monkeypatch):
    """Run the command in this process, with a folder beside what is installed."""

    def run(*arguments, path, cwd):
        monkeypatch.chdir(cwd)
        loaded(path)
        return cli.main([*arguments])

    return run


def test_it_registers_under_the_very_name_and_group_that_are_looked_for():
    points = tomllib.loads((PLUGIN / "pyproject.toml").read_text(encoding="utf-8"))["project"]["entry-points"]
    assert points == {
        ENTRY_POINTS: {"handshake": "collusion_handshake:Handshake"},
        signal.ENTRY_POINTS: {"night shift": "collusion_night:NightShift"},
    }
    assert "handshake" not in BUILT_IN
    assert "night shift" not in signal.BUILT_IN


def test_the_list_of_detectors_names_it_with_its_parameters(installed, tmp_path, beside, capsys):
    assert beside("detectors", "--json", path=installed, cwd=tmp_path) == 0
    (told,) = [one for one in json.loads(capsys.readouterr().out)["detectors"] if one["name"] == "handshake"]
    expected = {
        "name": "handshake",
        "kind": "detector",
        "gives": ["groups"],
        "summary": "People who reviewed several of the same products within a week, hand in hand.",
        "parameters": {"at_least": 4},
    }
    assert {name: told[name] for name in expected} == expected


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


def test_a_scan_runs_it_by_name_and_the_ring_is_found(installed, log, tmp_path):
    """Asked for on the command line, with a parameter of its own in a file: the planted ring is flagged, found by it alone."""
    (tmp_path / "scan.toml").write_text("[detector.handshake]\nat_least = 3\n", encoding="utf-8")
    options = ("--detector", "handshake", "--config", "scan.toml")
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
    assert config["detector"]["handshake"] == {"at_least": 3}


def test_without_it_the_name_is_unknown(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "reviews.csv").write_text("reviewer_id,product_id\na,x\n", encoding="utf-8")
    assert cli.main(["scan", "reviews.csv", "--out", "case", "--detector", "handshake"]) == 2
    assert "no detector or ranker is called 'handshake'" in capsys.readouterr().err
    assert not (tmp_path / "case").exists()


def test_they_keep_the_laws(installed, loaded):
    loaded(installed)
    assert detector_names()[: len(BUILT_IN)] == tuple(BUILT_IN)
    assert "handshake" in detector_names()
    assert "planted" in check_detector(make_detector("handshake", {"at_least": 3}))
    with pytest.raises(ConfigError, match="detector 'handshake' has no parameter 'at_most'; did you mean 'at_least'"):
        make_detector("handshake", {"at_most": 3})
    assert signal.signal_names()[-1] == "night shift"
    (night,) = signal.make_signals(["night shift"])
    assert check_signal(night)[-1] == "uniform"


CERTAIN = """
from dataclasses import dataclass
from typing import ClassVar

from collusion.base.model import Evidence


@dataclass(frozen=True)
class Certain:
    \"\"\"Is sure of everybody.\"\"\"

    name: ClassVar[str] = "certain"
    question: ClassVar[str] = "Are they guilty?"
    kind: ClassVar[str] = "behaves like paid"
    needs: ClassVar[tuple[str, ...]] = ()
    null: ClassVar[str] = "None."

    def test(self, group):
        return Evidence(self.name, "Surely.", p_value=1e-9, rows=group.rows, stance="for")
"""


@pytest.fixture(scope="module")
def certain(tmp_path_factory):
    """The folder of a signal that always says p = 1e-9."""
    folder = tmp_path_factory.mktemp("certain")
    (folder / "certain.py").write_text(CERTAIN, encoding="utf-8")
    _register(folder, "certain", "1.0", {signal.ENTRY_POINTS: {"certain": "certain:Certain"}})
    return folder


@pytest.fixture(scope="module")
def busy_log(tmp_path_factory):
    """A log without ratings and with times of day, in it a ring of ordinary reviewers' accounts that works at night."""
    simulated = simulate(with_honest(Market(reviews=5_000, rings=(RingPlan(20, 10, 0.9, hijacked=1.0),)), None), 1)
    folder = tmp_path_factory.mktemp("busy")
    write_log(simulated, folder / "whole.csv", "csv", without=("rating",))
    rows = read(folder / "whole.csv")
    ring, random = simulated.rings[0], np.random.default_rng(1)
    for row in rows:
        paid = row["reviewer_id"] in {*ring.reviewers} and row["product_id"] in {*ring.products}
        hour = random.integers(0, 5) if paid else random.integers(0, 24)
        row["timestamp"] = f"{row['timestamp'][:10]}T{hour:02}:{random.integers(60):02}:00Z"
    path = folder / "reviews.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


def scanned(beside, path, *, sites, cwd, signals=None):
    """Scan a log; return the case as written, and its rows of evidence."""
    asked = "" if signals is None else f"signals = {json.dumps(signals)}\n"
    (cwd / "scan.toml").write_text(asked, encoding="utf-8")
    options = ("--out", "case", "--replicates", "20", "--format", "csv,json", "--config", "scan.toml")
    assert beside("scan", str(path), *options, path=sites, cwd=cwd) == 0
    return json.loads((cwd / "case" / "case.json").read_text(encoding="utf-8")), read(cwd / "case" / "evidence.csv")


def test_the_list_of_signals_names_it(installed, tmp_path, beside, capsys):
    assert beside("signals", "--json", path=installed, cwd=tmp_path) == 0
    (said,) = [one for one in json.loads(capsys.readouterr().out)["signals"] if one["name"] == "night shift"]
    assert (said["kind"], said["needs"]) == ("behaves like paid", ["timestamp", "time of day"])
    assert said["question"] == "Do they write at night more than others who reviewed these products?"
    assert "Dangerous" in said["about"]


def test_a_scan_asks_it_and_shows_what_it_says(installed, busy_log, tmp_path, beside):
    case, evidence = scanned(beside, busy_log, sites=installed, cwd=tmp_path)
    assert "night shift" in [one["name"] for one in case["signals"]]
    said = [row for row in evidence if row["signal"] == "night shift"]
    assert min(float(row["p_value"]) for row in said) < 1e-4
    assert {row["kind"] for row in said} == {"behaves like paid"}
    assert "wrote at night" in said[0]["statement"]


@pytest.mark.usefixtures("no_power_statement")
@pytest.mark.parametrize("signals", [["certain"], ["rating", "exclusivity", "certain"]])
def test_a_signal_from_outside_that_is_always_sure_flags_nobody(certain, busy_log, tmp_path, signals, beside):
    """Neither where no built-in signal of the second question can be asked, nor where they say nothing unusual."""
    case, evidence = scanned(beside, busy_log, sites=certain, cwd=tmp_path, signals=signals)
    assert {float(row["p_value"]) for row in evidence if row["signal"] == "certain"} == {1e-9}
    statuses = [one["status"] for one in case["rings"]]
    assert "flagged" not in statuses
    assert "coordinated" in statuses
