"""Laws of the report: one row a thing, the same worlds the same files."""

from __future__ import annotations

import csv
from dataclasses import replace

import pytest

from collusion.bench.calibration_plots import PLOTS, write_plots
from collusion.bench.calibration_report import summary, write_tables
from collusion.bench.judging import FlaggedRing, Judged, PlantedRing, PValue


def flag(world, q, planted_share, honest="none"):
    return FlaggedRing(world, f"R-{q}", 5, 4, q, planted_share, honest, 0.8)


def planted(world, shape, f1_05, f1_10, camouflage="random"):
    return PlantedRing(world, f"{shape}-{f1_05}", shape, camouflage, 9, 5, f1_05, f1_10, "R-1", f1_10, "explained by rating", None)


WORLDS = (
    Judged("free-0001", "ring-free", 1, reviews=30_000, seconds=2.0, p_values=(PValue("free-0001", "rating", 0.3),)),
    Judged("free-0002", "ring-free", 2, reviews=40_000, seconds=2.0, flagged=(flag("free-0002", 0.08, 0.0, "fans"),)),
    Judged("free-0003", "ring-free", 3, error="ValueError: two\nlines, | and more"),
    Judged(
        "ringed-0001",
        "ringed",
        1_000_001,
        planted=3,
        rings=(
            planted("ringed-0001", "dense", 0.0, 0.8),
            planted("ringed-0001", "dense", 1.0, 1.0, "popular"),
            planted("ringed-0001", "drip", 0.4, 0.4),
        ),
        flagged=(
            flag("ringed-0001", 0.01, 1.0),
            flag("ringed-0001", 0.02, 0.9),
            flag("ringed-0001", 0.06, 0.8),
            flag("ringed-0001", 0.07, 0.1, "early"),
        ),
    ),
    Judged("ringed-0002", "ringed", 1_000_002, planted=1, rings=(planted("ringed-0002", "dense", 0.0, 0.0),)),
)


def rows(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    write_tables(WORLDS, folder)
    write_plots(WORLDS, folder)
    return folder


def test_figures_of_the_summary():
    told = {(m.measure, m.level, m.of): m for m in summary(WORLDS)}
    assert (told["worlds that failed", None, ""].value, told["worlds that failed", None, ""].n) == (0.2, 5)
    assert [told["ring-free worlds with a flagged ring", level, ""].value for level in (0.05, 0.1)] == [0.0, 0.5]
    assert [told["false discovery proportion", level, ""].value for level in (0.05, 0.1)] == [0.0, 0.125]
    assert [told["recall", level, "dense"].value for level in (0.05, 0.1)] == pytest.approx([1 / 3, 2 / 3])
    assert told["recall", 0.1, ""].n == 4
    assert told["recall", 0.1, "popular camouflage"].value == 1.0
    assert told["member-F1 of rings found", 0.1, "dense"].value == pytest.approx(0.9)
    assert told["member-F1 of all rings", 0.1, "dense"].value == pytest.approx(0.6)
    assert told["member-F1 of rings found", 0.1, "drip"].n == 0
    assert told["false rings a ring-free world", 0.1, "fans"].value == 0.5
    assert told["false rings a ringed world", 0.1, "early"].value == 0.5


def test_tables_have_a_row_a_world_ring_flag_and_test(folder):
    assert [(row["world"], row["flagged_05"], row["false_10"], row["fdp_10"]) for row in rows(folder / "worlds.csv")] == [
        ("free-0001", "0", "0", "0"),
        ("free-0002", "0", "1", "1"),
        ("free-0003", "0", "0", "0"),
        ("ringed-0001", "2", "1", "0.25"),
        ("ringed-0002", "0", "0", "0"),
    ]
    assert [(row["shape"], row["found_05"], row["found_10"], row["match_q"]) for row in rows(folder / "rings.csv")] == [
        ("dense", "0", "1", ""),
        ("dense", "1", "1", ""),
        ("drip", "0", "0", ""),
        ("dense", "0", "0", ""),
    ]
    assert len(rows(folder / "flagged.csv")) == 5
    assert [(row["world"], row["honest"]) for row in rows(folder / "false.csv")] == [("free-0002", "fans"), ("ringed-0001", "early")]
    assert [row["p_value"] for row in rows(folder / "p_values.csv")] == ["0.3"]
    assert {row["measure"] for row in rows(folder / "summary.csv")} == {m.measure for m in summary(WORLDS)}


def test_the_page_tells_seeds_failures_and_figures(folder):
    page = (folder / "summary.md").read_text(encoding="utf-8")
    assert "seeds 1 to 2" in page
    assert "seeds 1000001 to 1000002" in page
    assert "free-0003 (seed 3) failed: ValueError: two lines" in page
    assert "| dense | 3 | 0.333 (0.008 to 0.906) | 0.667 (0.094 to 0.992) |" in page


def test_each_picture_is_there_as_svg_and_png(folder):
    assert {path.name for path in folder.iterdir() if path.suffix in {".svg", ".png"}} == {
        f"{n}.{f}" for n in PLOTS for f in ("svg", "png")
    }
    assert (folder / "recall.png").read_bytes().startswith(b"\x89PNG")
    assert "dense (3)" in (folder / "recall.svg").read_text(encoding="utf-8")
    assert "fans" in (folder / "false.svg").read_text(encoding="utf-8")


def test_same_worlds_same_bytes(folder, tmp_path):
    write_tables(WORLDS, tmp_path)
    write_plots(WORLDS, tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("worlds", [WORLDS[:1], WORLDS[3:], WORLDS[2:3]], ids=["ring-free", "ringed", "failed"])
def test_a_report_can_be_made_of_any_part(worlds, tmp_path):
    write_tables(worlds, tmp_path)
    write_plots(worlds, tmp_path)
    assert len(rows(tmp_path / "worlds.csv")) == len(worlds)


def test_a_world_more_leaves_the_figures_of_other_shapes_as_they_were():
    before = {(m.measure, m.level, m.of): m for m in summary(WORLDS)}
    more = replace(WORLDS[4], world="ringed-0003", rings=(planted("ringed-0003", "sparse", 1.0, 1.0),))
    after = {(m.measure, m.level, m.of): m for m in summary((*WORLDS, more))}
    assert all(str(after[key]) == str(before[key]) for key in before if key[2] in {"dense", "drip"})
