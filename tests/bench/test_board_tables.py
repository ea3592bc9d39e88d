"""Rows summed up and told: means, intervals, leads, tables, pictures and the page."""

import csv
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from collusion.bench.board.page import provenance, write_page
from collusion.bench.board.plots import PICTURES, critical_difference, mean_ranks, write_plots
from collusion.bench.board.record import Cell, Row, board_record, cell_key, code_digest, latest, read_rows
from collusion.bench.board.scoring import RingFound
from collusion.bench.board.summaries import leads, summaries, summary_frame
from collusion.bench.board.tables import COLUMN_MEANINGS, completed, kind_tables, overview, write_tables

HOSTILE = "</script><img src=x onerror=alert(1)>"


def row(method, seed=0, rings=(1.0, 0.0), data="market", attack="shapes", **how):
    cell = Cell(data, attack, seed, method, how.pop("values", {}), how.pop("column", "default"))
    if how.get("status", "done") != "done":
        return Row(f"{method}{seed}", cell, limits=(1.0, 2.0), **how)
    found = tuple(RingFound(f"ring-{k}", value, value / 2) for k, value in enumerate(rings))
    mean = float(np.mean(rings)) if rings else 0.0
    figures = {"reviewers_ap": mean / 2, "reviewers_base": 0.01}
    if rings:
        figures |= {"ring_ap": mean, "ring_jaccard": mean / 2, "ring_recall": mean, "groups": 3.0}
    fixed = {"figures": figures, "seconds": 0.5, "peak": 200.0, "log": "f00", "limits": (1.0, 2.0)}
    fixed |= {"reviews": 1000 * (1 + seed), "rings": len(rings)}
    return Row(f"{method}{seed}{data}{attack}", cell, "done", found=found, **{**fixed, **how})


ROWS = [
    *(row("lockstep", seed, (1.0, 0.8)) for seed in range(4)),
    *(row("fraudar", seed, (0.5, 0.0)) for seed in range(4)),
    *(row("degree", seed, ()) for seed in range(4)),
]


def test_means_of_rings_have_intervals_over_rings():
    told = {one.method: one for one in summaries(ROWS)}
    ring = told["lockstep"].figures["ring_ap"]
    assert ring.mean == pytest.approx(0.9)
    # Eight rings of 1 and .8: no mean of any eight of them leaves this span.
    assert 0.8 <= ring.low < 0.9 < ring.high <= 1.0
    # Over logs, which are all alike, nothing varies.
    assert (told["lockstep"].figures["reviewers_ap"].low, told["lockstep"].figures["reviewers_ap"].high) == pytest.approx((0.45, 0.45))
    assert math.isnan(told["degree"].mean("ring_ap"))


def test_a_failed_cell_is_seen_and_leaves_the_others_means():
    told = summaries([row("rev2", 0), row("rev2", 1, status="time-out", message="took more than 1 s")])
    assert [(one.logs, one.done, one.mean("ring_ap"), one.messages) for one in told] == [(2, 1, 0.5, ("took more than 1 s",))]
    (line,) = overview(told, "ring_ap")[2]
    assert line[1].endswith(", 1 of 2 logs")


def test_who_leads_and_by_how_much():
    (lead,) = leads(ROWS, "ring_ap")
    assert (lead.first, lead.second) == ("lockstep", "fraudar")
    assert lead.by.mean == pytest.approx(0.65)
    assert lead.by.low > 0
    assert "lockstep is ahead of fraudar, by 0.650" in str(lead)


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        ((1.0, 0.0), (0.0, 0.9), "a is first, but not clearly ahead of b"),
        ((1.0, 0.0), (1.0, 0.0), "a and b tie at 0.500"),
        ((0.0,), (0.0,), "market + shapes: no method finds any"),
    ],
)
def test_chance_ties_and_nothing_found_are_no_lead(one, other, said):
    assert said in str(leads([row("a", rings=one), row("b", rings=other)], "ring_ap")[0])


def test_what_scan_puts_to_the_test_is_no_rival_of_it():
    (lead,) = leads(
        [row("scan", rings=(1.0,)), row("scan:core", rings=(1.0,)), row("lockstep", rings=(0.9,)), row("core", rings=(0.2,))], "ring_ap"
    )
    assert (lead.first, lead.second) == ("lockstep", "core")


def test_a_failed_cell_counts_as_nothing_found_where_methods_are_compared():
    rows = [row("a", 0, (0.6, 0.6)), row("a", 1, (0.6, 0.6)), row("b", 0, (1.0, 1.0)), row("b", 1, status="failed", message="x")]
    (lead,) = leads(rows, "ring_ap")
    assert (lead.first, lead.by.mean) == ("a", pytest.approx(0.1))


def test_search_cells_stand_in_no_table():
    search = replace(row("fraudar", rings=(1.0, 1.0)), cell=Cell("market", "shapes", 1_000_000, "fraudar", {"blocks": 8}, "search"))
    assert summaries([*ROWS, search]) == summaries(ROWS)
    assert leads([*ROWS, search], "ring_ap") == leads(ROWS, "ring_ap")


def test_tuned_rows_stand_by_themselves_with_their_budget():
    tuned = row("fraudar", 0, (1.0, 1.0), values={"blocks": 8}, column="tuned", budget=6)
    told = summaries([*ROWS, tuned])
    assert [(one.method, one.column, one.budget) for one in told][-1] == ("fraudar", "tuned", 6)
    head, header, body = kind_tables(told, ("market", "shapes"))[0]
    assert body[0][0] == "fraudar, tuned (6 settings)"
    assert ["fraudar, tuned" in line[0] for line in overview(told, "ring_ap")[2]] == [True, False, False]
    assert all(len(line) == len(header) for line in body)
    assert "rings" in head


def test_rankers_stand_in_the_table_of_reviewers_only():
    rings, reviewers = kind_tables(summaries(ROWS), ("market", "shapes"))
    assert [line[0] for line in rings[2]] == ["lockstep", "fraudar"]
    assert [line[0] for line in reviewers[2]] == ["lockstep", "fraudar", "degree"]


def test_tables_as_files(tmp_path):
    rows = [*ROWS, row(HOSTILE, rings=(), message="")]
    assert write_tables(rows, tmp_path) == ["results.csv", "summary.csv", "table.md"]
    lines = list(csv.DictReader((tmp_path / "results.csv").read_text(encoding="utf-8").splitlines()))
    assert len(lines) == 13
    assert (lines[0]["method"], lines[0]["ring_ap"], lines[-1]["method"]) == ("lockstep", "0.9", HOSTILE)
    text = (tmp_path / "table.md").read_text(encoding="utf-8")
    assert text.count("\n## ") == 4
    assert "| lockstep | 0.900 (" in text
    assert "<img" not in text
    summed = pd.read_csv(tmp_path / "summary.csv", index_col=[0, 1, 2, 3])
    pd.testing.assert_frame_equal(summed[["ring_ap", "reviewers_ap_low"]], summary_frame(rows)[["ring_ap", "reviewers_ap_low"]])
    assert write_tables(rows, tmp_path, ["latex"]) == ["table.tex"]
    assert r"\caption{market + shapes: rings}" in (tmp_path / "table.tex").read_text(encoding="utf-8")


def test_a_frame_has_a_row_per_method_and_a_column_per_figure():
    frame = summary_frame(ROWS)
    (one,) = [one for one in summaries(ROWS) if one.method == "lockstep"]
    line = frame.loc["market", "shapes", "lockstep", "default"]
    assert (line["ring_ap"], line["ring_ap_low"], line["logs"]) == (one.mean("ring_ap"), one.figures["ring_ap"].low, 4)
    assert math.isnan(frame.loc["market", "shapes", "degree", "default"]["ring_ap"])
    assert summary_frame([]).empty


def test_how_many_runs_completed_is_said_in_words():
    assert completed(ROWS) == "All 12 runs completed"
    assert completed([*ROWS, row("a", status="failed", message="x")]) == "1 of 13 runs did not complete"
    assert completed(ROWS[:1]) == "The run completed"


def test_ranks_of_methods():
    rows = [row("a", s, (1.0,)) for s in range(2)] + [row("b", s, (0.5,)) for s in range(2)] + [row("c", 0, (0.5,))]
    ranks, logs = mean_ranks(rows, "ring_ap")
    # On the second log c has no row, which is no worse a place than a failure's: the last.
    assert (ranks, logs) == ({"a": 1.0, "b": 2.25, "c": 2.75}, 2)


def test_the_critical_difference_of_demsar():
    """The example of Demšar (2006): four classifiers on 14 data sets differ from 1.25 on, by his table of q = 2.569."""
    assert critical_difference(4, 14) == pytest.approx(2.569 * math.sqrt(4 * 5 / (6 * 14)), rel=1e-3)
    assert critical_difference(4, 14) == pytest.approx(1.25, abs=0.01)


MANY = [
    *ROWS,
    *(
        row(method, s, (0.2 * s, 0.5), "market:50000", f"density:{d}", reviews=60_000 + s)
        for method in ("lockstep", "degree")
        for s in range(3)
        for d in (0.1, 0.5)
    ),
    *(row("lockstep", s, (0.2 * s, 0.5), "market", f"20x8@0.6:days={d}:aged=365") for s in range(3) for d in (10, 90)),
]


def test_pictures_are_the_same_bytes_for_the_same_rows(tmp_path):
    one, two = tmp_path / "1", tmp_path / "2"
    for folder in (one, two):
        folder.mkdir()
        assert write_plots(MANY, folder) == list(PICTURES)
    for name in PICTURES:
        assert (one / f"{name}.svg").read_bytes() == (two / f"{name}.svg").read_bytes()
        assert b"<script" not in (one / f"{name}.svg").read_bytes()


def test_a_picture_that_nothing_is_known_of_is_not_drawn(tmp_path):
    assert write_plots([row("degree", rings=(), figures={})], tmp_path) == []
    assert "density" not in write_plots(ROWS, tmp_path)


def test_the_page_holds_no_script_and_escapes_names(tmp_path):
    write_page([*MANY, row(HOSTILE, 0, (0.1, 0.1)), row(HOSTILE, 1, status="failed", message=HOSTILE)], tmp_path, provenance(MANY))
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "<script" not in text
    assert "<img" not in text
    assert "default-src 'none'" in text
    assert "http://" not in text.replace("http://www.w3.org/", "")
    assert text.count("<svg") == len(PICTURES)
    assert "lockstep" in text
    assert f"1 of {len(MANY) + 2} runs did not complete" in text
    columns = {name for table in kind_tables(summaries(MANY), ("market", "shapes")) for name in table[1]}
    assert all(f"<dt>{name}</dt>" in text for name in columns - {"method"})
    assert columns <= {"method", *COLUMN_MEANINGS}


def test_rows_are_read_as_they_were_written(tmp_path):
    record = board_record(tmp_path)
    for one in ROWS:
        record.append(one)
    assert read_rows(tmp_path) == ROWS


def test_of_two_rows_of_one_cell_the_later_stands():
    newer = replace(ROWS[0], key="new", seconds=9.0)
    assert latest([*ROWS, newer]) == [newer, *ROWS[1:]]


def test_what_a_key_depends_on():
    cell = ROWS[0].cell
    key = cell_key(cell, "code", "source")
    assert key == cell_key(replace(cell, column="tuned"), "code", "source")
    others = [
        cell_key(replace(cell, seed=9), "code", "source"),
        cell_key(replace(cell, method="core"), "code", "source"),
        cell_key(replace(cell, values={"blocks": 2}), "code", "source"),
        cell_key(replace(cell, attack="rings"), "code", "source"),
        cell_key(replace(cell, data="market:50000"), "code", "source"),
        cell_key(cell, "other code", "source"),
        cell_key(cell, "code", "other source"),
    ]
    assert len({key, *others}) == 8
    assert code_digest() == code_digest("fraudar") == code_digest("scan:fraudar")


def test_when_a_cell_need_not_be_run_again():
    late = row("a", status="time-out", message="took more than 1 s")
    assert late.is_final((1.0, 2.0))
    assert late.is_final((0.5, 2.0))
    assert not late.is_final((2.0, 2.0))
    assert not row("a", status="failed", message="x").is_final((1.0, 2.0))
    assert row("a").is_final((1e9, 1e9))
