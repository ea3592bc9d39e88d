"""The grid: cells run in processes under limits, on record at once, gone on with after whatever ended a run."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from collusion.base.errors import ConfigError
from collusion.bench.board.cells import CellWork
from collusion.bench.board.grid import Grid, run_grid
from collusion.bench.board.log_specs import LogSpec, attacks_of, check, make_log
from collusion.bench.board.methods import check_method, default_methods, gives_groups
from collusion.bench.board.record import read_rows
from collusion.bench.board.tuning import SEARCH_SEEDS, SPACES, best_setting, settings_of
from collusion.bench.processes import Worker
from collusion.cli import main
from collusion.detect import BUILT_IN

DATA = "market:2000"
FAST = Grid(methods=("fraudar", "random"), data=(DATA,), attacks=("rings",), seeds=2)


def outcome(rows):
    return [(row.cell, row.status, row.log, row.figures, row.found) for row in rows]


@pytest.fixture
def here(no_processes, monkeypatch):  # noqa: ARG001  # cells are run in this process
    """No method needs a first run that is not timed where nobody reads the times."""
    monkeypatch.setattr(CellWork, "warm_up", lambda *_: None)


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("board")
    return folder, run_grid(FAST, folder)


def test_every_cell_has_a_row_and_baselines_are_there(done):
    folder, rows = done
    assert [(row.cell.seed, row.cell.method) for row in rows] == [
        (seed, method) for seed in range(2) for method in ("fraudar", "random", "degree", "minus-degree")
    ]
    assert all(row.status == "done" and row.seconds >= 0 and row.peak > 0 for row in rows)
    assert outcome(read_rows(folder)) == outcome(rows)
    # One log a seed, the same for all methods.
    assert len({row.log for row in rows}) == 2
    by_method = {row.cell.method: row.figures for row in rows if row.cell.seed == 0}
    assert by_method["degree"]["reviewers_ap"] != by_method["minus-degree"]["reviewers_ap"]
    assert "ring_ap" in by_method["fraudar"]
    assert "ring_ap" not in by_method["random"]


def test_what_is_on_record_is_not_run_again(done, monkeypatch):
    folder, rows = done
    monkeypatch.setattr(Worker, "run", lambda *_: pytest.fail("a cell was run again"))
    assert outcome(run_grid(FAST, folder)) == outcome(rows)


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(ConfigError, match="is not empty"):
        run_grid(FAST, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.usefixtures("here")
def test_a_run_that_was_cut_short_goes_on_and_ends_with_the_same_rows(done, tmp_path):
    lines = (done[0] / "results.jsonl").read_text(encoding="utf-8").split("\n")
    (tmp_path / "results.jsonl").write_text("\n".join(lines[:3]) + "\n" + lines[3][:40], encoding="utf-8")
    seen = []
    rows = run_grid(FAST, tmp_path, jobs=1, progress=lambda *told: seen.append(told))
    assert seen[0] == ("cells", 3, 8)
    assert outcome(rows) == outcome(done[1])


PLUGIN = {
    "sleepy": "def find(self, graph, rng):\n        import time; time.sleep(60 if CALLED else CALLED.append(1) or 0); return []",
    "greedy": "def find(self, graph, rng):\n        held = [np.ones(10**6) for _ in range(2000)]\n        import time; time.sleep(60)",
    "broken": "def find(self, graph, rng):\n        print('noise'); raise ValueError('no such luck')",
    "deadly": "def find(self, graph, rng):\n        import os; os._exit(7)",
    "lying": "def find(self, graph, rng):\n        return [Group(np.array([10**6]), np.array([0]), 1.0, 'lying')]",
    "mine": "def find(self, graph, rng):\n        return [Group(np.argsort(-np.bincount(graph.reviewer))[:20], [0, 1], 1.0, 'mine')]",
}


@pytest.fixture
def plugins(tmp_path, monkeypatch):
    """Detectors of somebody else's, as an installed distribution offers them."""
    place = tmp_path / "site"
    (place / "odd-1.0.dist-info").mkdir(parents=True)
    head = "from dataclasses import dataclass\nfrom typing import ClassVar\nimport numpy as np\n"
    head += "from collusion.base.model import Group\nCALLED = []\n"
    classes = [
        f"@dataclass(frozen=True)\nclass {name.title()}:\n    name: ClassVar[str] = {name!r}\n    {body}\n" for name, body in PLUGIN.items()
    ]
    (place / "odd.py").write_text(head + "\n".join(classes), encoding="utf-8")
    (place / "odd-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: odd\nVersion: 1.0\n", encoding="utf-8")
    points = "".join(f"{name} = odd:{name.title()}\n" for name in PLUGIN)
    (place / "odd-1.0.dist-info" / "entry_points.txt").write_text(f"[collusion.detectors]\n{points}", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(place))
    monkeypatch.syspath_prepend(str(place))
    return place


@pytest.mark.slow
def test_whatever_a_method_does_is_a_row(plugins, tmp_path):  # noqa: ARG001  # what is installed
    out = tmp_path / "out"
    out.mkdir()
    grid = Grid(
        methods=("mine", "broken", "lying", "sleepy", "deadly", "greedy"), data=(DATA,), attacks=("rings",), seeds=1, seconds=2, memory=800
    )
    rows = {row.cell.method: row for row in run_grid(grid, out, jobs=1)}
    assert {name: row.status for name, row in rows.items()} == {
        "mine": "done",
        "broken": "failed",
        "lying": "failed",
        "sleepy": "time-out",
        "deadly": "failed",
        "greedy": "memory",
        "degree": "done",
        "minus-degree": "done",
    }
    assert rows["broken"].message == "ValueError: no such luck"
    assert "not in the log" in rows["lying"].message
    assert rows["sleepy"].message == "took more than 2 s"
    assert "exit code 7" in rows["deadly"].message
    assert rows["greedy"].message == "took more than 800 MiB"
    assert rows["mine"].figures["groups"] == 1
    assert len(read_rows(out)) == 8


@pytest.mark.slow
def test_killing_a_run_at_any_time_loses_nothing_on_record(tmp_path, request):
    command = [sys.executable, "-m", "collusion", "bench", "run", "--out", str(tmp_path), "--methods", "random", "--data", DATA]
    command += ["--attacks", "rings", "--seeds", "8", "--jobs", "2", "--quiet"]
    process = subprocess.Popen(command, start_new_session=True)
    path = tmp_path / "results.jsonl"
    end = time.monotonic() + 120
    while time.monotonic() < end and (not path.exists() or path.read_bytes().count(b"\n") < 3):
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    before = read_rows(tmp_path)
    assert 3 <= len(before) < 24
    request.getfixturevalue("here")
    assert main(command[3:]) == 0
    after = read_rows(tmp_path)
    assert len(after) == 24
    assert {row.key for row in before} <= {row.key for row in after}


@pytest.mark.usefixtures("here")
def test_tuned_parameters_are_chosen_on_other_logs(tmp_path):
    grid = Grid(methods=("fraudar",), data=(DATA,), attacks=("rings",), seeds=1, tune=3)
    rows = run_grid(grid, tmp_path)
    search = [row for row in rows if row.cell.column == "search"]
    assert [dict(row.cell.values) for row in search] == settings_of("fraudar", 3)
    assert {row.cell.seed for row in search} == {SEARCH_SEEDS}
    (tuned,) = [row for row in rows if row.cell.column == "tuned"]
    assert (tuned.cell.seed, tuned.budget, tuned.cell.values) == (0, 3, best_setting(search))
    assert outcome(read_rows(tmp_path)) == outcome(rows)
    # Once more from what is on record: nothing is run, and the columns are the same.
    assert outcome(run_grid(grid, tmp_path)) == outcome(rows)


@pytest.mark.parametrize("method", SPACES)
def test_every_value_of_a_space_is_taken(method):
    for name, values in SPACES[method].items():
        for value in values:
            check_method(method, {name: value})


def test_settings_begin_with_the_defaults_and_grow_with_the_budget():
    few, many = settings_of("lockstep", 4), settings_of("lockstep", 9)
    assert few == many[:4]
    assert few[0] == {}
    assert len({json.dumps(one, sort_keys=True) for one in many}) == 9
    assert settings_of("random", 5) == settings_of("fraudar", 0) == []
    assert len(settings_of("fraudar", 1000)) == 1 + 4 * 2


def test_all_built_in_methods_are_run_by_default():
    assert set(BUILT_IN) | {"scan"} == set(default_methods()) == set(Grid().methods)
    assert gives_groups("scan")
    assert not gives_groups("rev2")


def test_what_suits_which_data():
    assert attacks_of("market:50000") == ("shapes",)
    assert attacks_of("movielens-small") == ("rings",)
    assert attacks_of("yelpchi")[0] == "published:IncBP"


@pytest.mark.parametrize(
    ("recipe", "says"),
    [
        (LogSpec("market:x", "shapes", 0), "whole number of at least 1000"),
        (LogSpec("market:2000", "shapes", 0), "at least 35,000"),
        (LogSpec("market", "published:IncBP", 0), "for yelpchi alone"),
        (LogSpec("market", "ringz", 0), "ringz"),
        (LogSpec("nowhere", "rings", 0), "nowhere"),
    ],
)
def test_a_log_that_cannot_be_made_is_told_before_anything_runs(recipe, says):
    with pytest.raises(ConfigError, match=says):
        check(recipe, None)


def test_a_log_is_made_anew_from_its_recipe():
    one, two, other = (make_log(LogSpec(DATA, "rings", seed)) for seed in (3, 3, 4))
    assert one.digest() == two.digest() != other.digest()
    assert one.rings
    assert one.fake.any()


def test_all_that_is_wrong_with_a_grid_is_told_at_once():
    with pytest.raises(ConfigError) as caught:
        Grid(methods=("fraudr", "scan:degree"), seeds=0, seconds=0, values={"core": {}, "degree": {"bins": 2}})
    told = str(caught.value)
    for part in ("fraudr", "seeds must", "seconds must", "core, which is not run", "no parameter 'bins'", "'degree' is a ranker"):
        assert part in told


@pytest.mark.usefixtures("here")
def test_a_run_on_the_command_line(tmp_path, capsys):
    config = tmp_path / "c.toml"
    config.write_text("[detector.fraudar]\nblocks = 2\n", encoding="utf-8")
    out = tmp_path / "out"
    arguments = ["--methods", "fraudar", "--data", DATA, "--attacks", "rings", "--seeds", "1", "--config", str(config)]
    assert main(["bench", "run", "--out", str(out), *arguments, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["cells"], told["failed"]) == (3, 0)
    assert told["rows"][0]["cell"]["values"] == {"blocks": 2}
    written = {path.name for path in out.iterdir()}
    assert written >= {"index.html", "table.md", "results.csv", "summary.csv", "results.jsonl", "reviewers.svg"}
    page = (out / "index.html").read_bytes()
    (out / "index.html").unlink()
    assert main(["bench", "plot", str(out)]) == 0
    assert (out / "index.html").read_bytes() == page
    assert main(["bench", "table", str(out)]) == 0
    shown = capsys.readouterr()
    assert "fraudar" in shown.out
    assert "All 3 runs completed" in shown.err
    assert main(["bench", "table", str(out), "--format", "latex", "--quiet"]) == 0
    assert (out / "table.tex").exists()
    assert main(["bench", "table", str(out), "--format", "latx"]) == 2
    assert "did you mean 'latex'" in capsys.readouterr().err


def test_a_folder_without_rows_is_told(tmp_path, capsys):
    assert main(["bench", "table", str(tmp_path)]) == 3
    assert "has no results" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.usefixtures("here", "no_power_statement")
def test_every_built_in_method_has_a_row_with_figures(tmp_path):
    """A small leaderboard: all methods on a small market with rings of several kinds and honest look-alikes."""
    rows = run_grid(Grid(data=(DATA,), attacks=("rings+look-alikes",), seeds=1), tmp_path)
    assert {row.cell.method: row.status for row in rows} == dict.fromkeys(default_methods(), "done")
    figures = {row.cell.method: row.figures for row in rows}
    assert all(gives_groups(name) == ("ring_ap" in figures[name]) for name in figures)
    assert {"reviewers_ap", "products_ap", "reviews_ap"} <= figures["lockstep"].keys()
    assert "reviewers_ap" not in figures["footprint"]
    assert figures["lockstep"]["ring_ap"] > figures["fraudar"]["ring_ap"]
