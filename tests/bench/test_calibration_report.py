"""Laws of the report: one row a thing, the same worlds the same files."""

from __future__ import annotations

import csv
import math
from dataclasses import replace

import pytest

from collusion.bench import calibration_plots
from collusion.bench.attacks import Outcome
from collusion.bench.calibration_plots import PLOTS, write_plots
from collusion.bench.calibration_report import read_real, write_tables
from collusion.bench.calibration_summary import (
    ACTING,
    AGREEMENT,
    ALL_AGREEMENT,
    FAILED,
    FALSE_RINGS,
    FALSE_SHARE,
    FLAGGED_CLASS,
    NOTHING,
    RECALL,
    SIGNAL,
    TOGETHER_RECALL,
    summary,
)
from collusion.bench.judged import FlaggedRing, HonestGroup, Judged, PlantedRing, PValue
from collusion.bench.placebo import Placebo


def flag(world, q, planted_share, honest="none"):
    return FlaggedRing(world, f"R-{q}", 5, 4, q, planted_share, honest, 0.8)


def planted(world, shape, f1_05, f1_10, together=None, camouflage="random"):
    either = f1_10 if together is None else together
    return PlantedRing(
        world, f"{shape}-{f1_05}", shape, camouflage, 9, 5, f1_05, f1_10, f1_05, either, "R-1", f1_10, "explained by launches", None
    )


def group(world, match, kind="cohorts", status="explained", flagged=0, **p_values):
    return HonestGroup(world, f"{kind}-{match}", kind, 12, 6, *(True, False, bool(flagged)), match, 0.9, status, 9.0, 0.02, p_values)


WORLDS = (
    Judged("full-free-0001", "ring-free", 1, reviews=30_000, seconds=2.0, p_values=(PValue("full-free-0001", "rating", 0.3),)),
    Judged("full-free-0002", "ring-free", 2, reviews=40_000, seconds=2.0, flagged=(flag("full-free-0002", 0.08, 0.0, "fans"),)),
    Judged("full-free-0003", "ring-free", 3, error="ValueError: two\nlines, | and more"),
    Judged(
        "full-ringed-0001",
        "ringed",
        501,
        planted=3,
        honest={"cohorts": 5},
        rings=(
            planted("full-ringed-0001", "dense", 0.0, 0.8),
            planted("full-ringed-0001", "dense", 1.0, 1.0, camouflage="popular"),
            planted("full-ringed-0001", "drip", 0.4, 0.4, together=0.9),
        ),
        flagged=(
            flag("full-ringed-0001", 0.01, 1.0),
            flag("full-ringed-0001", 0.02, 0.9),
            flag("full-ringed-0001", 0.06, 0.8),
            flag("full-ringed-0001", 0.07, 0.1, "early"),
        ),
        groups=(
            group("full-ringed-0001", "R-7", ratings=0.04, exclusivity=0.2),
            group("full-ringed-0001", "R-7", kind="bundles", ratings=0.04, exclusivity=0.2),
            group("full-ringed-0001", "R-8", status="coordinated", flagged=1, ratings=0.0005),
            group("full-ringed-0001", "R-9", status="candidate", ratings=0.001),
            group("full-ringed-0001", "R-10", kind="variants"),
        ),
    ),
    Judged(
        "full-ringed-0002", "ringed", 502, planted=1, rings=(planted("full-ringed-0002", "dense", 0.0, 0.0),), seconds=1.0, reviews=5_000
    ),
    Judged("no-ratings-free-0001", "ring-free", 20_000, "no-ratings", reviews=20_000, flagged=(flag("no-ratings-free-0001", 0.01, 0.0),)),
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
    found = {(m.columns, m.measure, m.level, m.of): m for m in summary(WORLDS)}

    def full(measure, level, of=""):
        return found["full", measure, level, of]

    assert (found["", FAILED, None, ""].value, found["", FAILED, None, ""].n) == (pytest.approx(1 / 6), 6)
    assert [full(NOTHING, level).value for level in (0.05, 0.1)] == [1.0, 0.5]
    assert found["no-ratings", NOTHING, 0.05, ""].value == 0.0
    assert [full(FALSE_SHARE, level).value for level in (0.05, 0.1)] == [0.0, 0.125]
    # Two honest groups act together beside 3 planted rings, and none beside 1.
    assert full(ACTING, None).value == pytest.approx((2 / 3 + 0) / 2)
    assert [full(RECALL, level, "dense").value for level in (0.05, 0.1)] == pytest.approx([1 / 3, 2 / 3])
    assert (full(RECALL, 0.1, "drip").value, full(TOGETHER_RECALL, 0.1, "drip").value) == (0.0, 1.0)
    assert full(TOGETHER_RECALL, 0.05, "drip").value == 0.0
    assert full(RECALL, 0.1).n == 4
    assert full(RECALL, 0.1, "popular camouflage").value == 1.0
    assert full(AGREEMENT, 0.1, "dense").value == pytest.approx(0.9)
    assert full(ALL_AGREEMENT, 0.1, "dense").value == pytest.approx(0.6)
    assert full(AGREEMENT, 0.1, "drip").n == 0
    assert full(f"{FALSE_RINGS}, ring-free", 0.1, "fans").value == 0.5
    assert full(f"{FALSE_RINGS}, ringed", 0.1, "early").value == 0.5


def test_classes_and_signals_of_honest_groups():
    found = {(m.measure, m.level, m.of): m for m in summary(WORLDS) if m.columns == "full"}
    assert [(found[FLAGGED_CLASS, level, "cohorts"].value, found[FLAGGED_CLASS, level, "cohorts"].n) for level in (0.05, 0.1)] == [
        (0.0, 3),
        (pytest.approx(1 / 3), 3),
    ]
    # A candidate did not pass, and two groups that are listed as one ring have one p-value.
    assert [(found[SIGNAL, level, "ratings"].value, found[SIGNAL, level, "ratings"].n) for level in (0.05, 0.01, 0.001)] == [
        (1.0, 2),
        (0.5, 2),
        (0.5, 2),
    ]
    assert found[SIGNAL, 0.05, "exclusivity"].n == 1


def test_tables_have_a_row_for_each_world_ring_flag_group_and_test(folder):
    assert [(row["world"], row["flagged_05"], row["false_10"], row["false_share_10"]) for row in rows(folder / "worlds.csv")] == [
        ("full-free-0001", "0", "0", "0"),
        ("full-free-0002", "0", "1", "1"),
        ("full-free-0003", "0", "0", "0"),
        ("full-ringed-0001", "2", "1", "0.25"),
        ("full-ringed-0002", "0", "0", "0"),
        ("no-ratings-free-0001", "1", "1", "1"),
    ]
    assert [(row["shape"], row["f1_05"], row["f1_10"], row["together_10"], row["match_q"]) for row in rows(folder / "rings.csv")] == [
        ("dense", "0", "0.8", "0.8", ""),
        ("dense", "1", "1", "1", ""),
        ("drip", "0.4", "0.4", "0.9", ""),
        ("dense", "0", "0", "0", ""),
    ]
    assert len(rows(folder / "flagged.csv")) == 6
    assert [(row["world"], row["honest"]) for row in rows(folder / "false.csv")][:2] == [
        ("full-free-0002", "fans"),
        ("full-ringed-0001", "early"),
    ]
    assert [(row["match"], row["status"], row["p_ratings"], row["p_exclusivity"]) for row in rows(folder / "honest.csv")] == [
        ("R-7", "explained", "0.04", "0.2"),
        ("R-7", "explained", "0.04", "0.2"),
        ("R-8", "coordinated", "0.0005", ""),
        ("R-9", "candidate", "0.001", ""),
        ("R-10", "explained", "", ""),
    ]
    assert [row["p_value"] for row in rows(folder / "p_values.csv")] == ["0.3"]
    assert {row["measure"] for row in rows(folder / "summary.csv")} == {m.measure for m in summary(WORLDS)}


def test_the_page_gives_seeds_failures_and_figures(folder):
    page = (folder / "summary.md").read_text(encoding="utf-8")
    assert "seeds 1 to 2 (settings were chosen on these)" in page
    assert "seeds 20000 to 20000 (set aside for reports)" in page
    assert "full-free-0003 (seed 3) failed: ValueError: two lines" in page
    assert "| full | dense | 3 | 0.333 (0.008 to 0.906) | 0.667 (0.094 to 0.992) |" in page
    assert "| full | cohorts | 3 | 0.000 (0.000 to 0.708) | 0.333 (0.008 to 0.906) |" in page
    assert "near enough" in page


def test_each_picture_is_there_as_svg_and_png(folder):
    assert {path.name for path in folder.iterdir() if path.suffix in {".svg", ".png"}} == {
        f"{n}.{f}" for n in PLOTS for f in ("svg", "png")
    }
    assert (folder / "recall.png").read_bytes().startswith(b"\x89PNG")
    assert "dense (3)" in (folder / "recall.svg").read_text(encoding="utf-8")
    assert "cohorts" in (folder / "honest.svg").read_text(encoding="utf-8")
    assert "fans" in (folder / "false.svg").read_text(encoding="utf-8")


def test_same_worlds_same_bytes(folder, tmp_path):
    write_tables(WORLDS, tmp_path)
    write_plots(WORLDS, tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("worlds", [WORLDS[:1], WORLDS[3:5], WORLDS[2:3]], ids=["ring-free", "ringed", "failed"])
def test_a_report_can_be_made_of_any_part(worlds, tmp_path, monkeypatch):
    monkeypatch.setattr(calibration_plots, "save", lambda figure, path: figure.savefig(path.with_suffix(".svg")))
    write_tables(worlds, tmp_path)
    write_plots(worlds, tmp_path)
    assert len(rows(tmp_path / "worlds.csv")) == len(worlds)


def test_a_world_more_leaves_the_figures_of_other_shapes_as_they_were():
    before = {(m.columns, m.measure, m.level, m.of): m for m in summary(WORLDS)}
    more = replace(WORLDS[4], world="full-ringed-0003", rings=(planted("full-ringed-0003", "sparse", 1.0, 1.0),))
    after = {(m.columns, m.measure, m.level, m.of): m for m in summary((*WORLDS, more))}
    assert all(str(after[key]) == str(before[key]) for key in before if key[3] in {"dense", "drip"} or key[0] == "no-ratings")


def test_tables_of_real_logs_are_read_as_they_were_written(tmp_path):
    placebos = [Placebo("log.csv", 3, 1000, 2, 1)]
    attacks = [Outcome("", 0, 0, 0, 50, math.nan, 0.0, 0.0, 0, 0, 0), Outcome("IncBP", 0, 100, 90, 50, 0.25, 0.5, 0.75, 3, 1, 60)]
    write_tables(WORLDS, tmp_path, placebos, attacks)
    assert repr(read_real(tmp_path)) == repr((placebos, attacks))
    assert set(write_tables(WORLDS, tmp_path, *read_real(tmp_path), ["latex"])) == {"summary.tex"}
    assert "IncBP & 1 & 90 of 100" in (tmp_path / "summary.tex").read_text(encoding="utf-8")
