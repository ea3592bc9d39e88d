"""The benchmark in one process says what the one in many says, and takes methods that are installed nowhere."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from collusion import bench
from collusion.base.errors import CollusionError, ConfigError
from collusion.base.model import Group, Scores
from collusion.bench.board.tables import kind_tables
from collusion.detect.fraudar import Fraudar

DATA = "market:2000"


@dataclass(frozen=True)
class Twin:
    """FRAUDAR under another name: it draws nothing, so that its figures must be the same."""

    blocks: int = Fraudar().blocks
    name: ClassVar[str] = "twin"

    def find(self, graph, rng):
        return [Group(g.reviewers, g.products, g.score, self.name) for g in Fraudar(blocks=self.blocks).find(graph, rng)]


@dataclass(frozen=True)
class Impostor(Twin):
    name: ClassVar[str] = "fraudar"


@dataclass(frozen=True)
class Busy:
    name: ClassVar[str] = "busy"
    ranks: ClassVar[tuple[str, ...]] = ("reviewers",)

    def score(self, graph, rng):  # noqa: ARG002  # the protocol's; nothing here is random
        return Scores(self.name, reviewers=np.diff(graph.indptr))


@dataclass(frozen=True)
class Astray(Busy):
    name: ClassVar[str] = "astray"

    def score(self, graph, rng):  # noqa: ARG002  # as above
        return Scores(self.name, reviewers=[1.0])


@pytest.fixture(scope="module")
def rows():
    return bench.compare(["fraudar", Twin(), Busy(), "random"], f"{DATA} + rings", seeds=range(2)).rows


def figures(rows, method):
    return [(row.figures, row.found) for row in rows if row.cell.method == method]


@pytest.mark.usefixtures("no_processes")
def test_what_is_compared_here_is_what_a_grid_runs(rows, tmp_path):
    """The same logs, figures and rings for each method that has a name."""
    grid = bench.run_grid(bench.Grid(methods=("fraudar", "random"), data=(DATA,), attacks=("rings",), seeds=2), tmp_path)
    for method in ("fraudar", "random", "degree", "minus-degree"):
        assert figures(rows, method) == figures(grid, method)
    assert {row.log for row in rows} == {row.log for row in grid}
    assert {(row.reviews, row.rings) for row in rows} == {(row.reviews, row.rings) for row in grid}


def test_a_method_of_ones_own_is_scored_as_any_other(rows):
    assert figures(rows, "twin") == figures(rows, "fraudar")
    for (own, _), (degree, _) in zip(figures(rows, "busy"), figures(rows, "degree"), strict=True):
        assert own == {name: value for name, value in degree.items() if not name.startswith(("products", "reviews_"))}
    assert len(figures(rows, "twin")) == 2


def test_a_comparison_is_told_as_frame_tables_and_leads(rows):
    comparison = bench.Comparison(rows)
    assert repr(comparison) == "Comparison(6 methods on 2 logs; All 12 runs completed)"
    rings, *_ = kind_tables(comparison.summaries, (DATA, "rings"))
    assert {line[0] for line in rings[2]} == {"fraudar", "twin"}
    assert "| busy |" in comparison.to_markdown()
    assert "\nbusy & " in comparison.to_latex()
    methods = ["fraudar", "twin", "busy", "random", "degree", "minus-degree"]
    assert list(comparison.to_frame().index.get_level_values("method")) == methods
    (lead,) = comparison.only("fraudar", "twin").leads()
    assert lead.by.mean == 0


def test_logs_are_named_specified_or_given_with_labels():
    spec = bench.LogSpec(DATA, "rings")
    named, specified = (bench.compare(["random"], log, seeds=[5]).rows for log in (f"{DATA} + rings", [spec]))
    assert figures(named, "random") == figures(specified, "random")
    own = bench.compare(["random"], {"mine": bench.make_log(bench.LogSpec(DATA, "rings", 5))}, seeds=[5]).rows
    assert figures(own, "random") == figures(named, "random")
    assert (own[0].cell.data, own[0].cell.attack) == ("mine", "as labelled")
    with pytest.raises(ConfigError, match="marked"):
        bench.compare(["random"], "marked")


def test_an_installed_method_is_compared_with_other_parameters_and_one_name_needs_no_list():
    (row, *_) = bench.compare([Fraudar(blocks=1)], f"{DATA} + rings", seeds=[4]).rows
    assert (row.cell.method, row.cell.values, row.cell.seed, row.figures["groups"]) == ("fraudar", {"blocks": 1}, 4, 1)
    assert [row.cell.method for row in bench.compare("degree", f"{DATA} + rings", seeds=[4]).rows] == ["degree", "minus-degree"]


@pytest.mark.parametrize(
    ("methods", "said"),
    [
        (["fraudr"], "did you mean 'fraudar'"),
        ([Impostor()], "the name of another method, 'fraudar'"),
        ([Twin(), Twin(1)], "two methods are called 'twin'"),
        ([Twin], r"neither the name of a method nor a dataclass.*give an object, Twin\(\)"),
        ([7, "fraudr"], "7 is neither(.|\n)*fraudr"),
    ],
)
def test_what_is_no_method_is_refused_before_a_log_is_made(methods, said, monkeypatch):
    monkeypatch.setattr("collusion.bench.board.in_process.make_log", lambda *_: pytest.fail("a log was made"))
    with pytest.raises(ConfigError, match=said):
        bench.compare(methods, f"{DATA} + rings")


def test_scores_of_the_wrong_length_are_refused():
    with pytest.raises(CollusionError, match="astray: scores of reviewers must be"):
        bench.compare([Astray()], f"{DATA} + rings", seeds=[0])
