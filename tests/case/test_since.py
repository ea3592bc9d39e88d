"""Lines of rings from case to case: every kind of change, its laws, and what is refused."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace

import pandas as pd
import pytest
from report.fake_case import make_case, make_ring

from collusion.base.errors import ConfigError
from collusion.base.lineage import KINDS
from collusion.base.model import Pseudonymised, Source
from collusion.case import Case
from collusion.case.decided import write_decided
from collusion.case.lineage import descent
from collusion.case.read import read_folder
from collusion.case.since import compared, earlier_case, new_flags
from collusion.case.write import write_case
from collusion.privacy.case import pseudonymise
from collusion.report.changes_page import change_of

PEOPLE = [f"u{k:02}" for k in range(40)]
THINGS = [f"p{k}" for k in range(8)]
LOG = pd.DataFrame(
    [(who, what, 100 + k, 5.0) for k, (who, what) in enumerate(itertools.product(PEOPLE, THINGS))],
    columns=["reviewer_id", "product_id", "time", "rating"],
)


def case_of(*groups, log=LOG, statuses=(), digest="sha256:" + "1" * 64, journal="none.jsonl"):
    """A case whose rings have these (first, last) people, or (people, products), by rank."""
    rings = []
    for rank, group in enumerate(groups, 1):
        people, things = group if isinstance(group[0], list) else (PEOPLE[group[0] : group[1]], THINGS[:4])
        rings.append(make_ring(log, people, things, rank=rank, status=statuses[rank - 1] if statuses else "flagged"))
    case = make_case(log, rings)
    provenance = replace(case.provenance, sources=(Source("log.csv", "csv", len(log), 0, digest),))
    accounting = replace(case.accounting, rows_in=len(log), accepted=len(log), counted=len(log), set_aside=0, repeated=0, copies=0)
    return replace(case, provenance=provenance, accounting=accounting).with_journal(journal)


def later(case, digest="sha256:" + "2" * 64):
    sources = tuple(replace(one, digest=digest) for one in case.provenance.sources)
    return replace(case, provenance=replace(case.provenance, sources=sources))


def kinds(case):
    return [one.kind for one in case.since.changes]


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ([], [(0, 10)], ["new"]),
        ([(0, 10)], [(0, 12)], ["grown"]),
        ([(0, 10)], [(0, 8)], ["shrunk"]),
        ([(0, 10)], [(2, 12)], ["changed"]),
        ([(0, 10), (10, 18)], [(0, 18)], ["merged"]),
        ([(0, 20)], [(0, 11), (11, 20)], ["split", "split"]),
        ([(0, 10)], [], ["gone"]),
        ([(0, 10)], [(0, 10)], ["unchanged"]),
        ([(0, 10)], [(5, 15)], ["new", "gone"]),  # half is not most
        ([(0, 10)], [(4, 14)], ["changed"]),
        ([(0, 30)], [(0, 10), (10, 20), (20, 30)], ["split"] * 3),  # no part has most, and each stems from it
        ([(0, 10), (20, 30)], [(0, 10), (20, 30)], ["unchanged"] * 2),
        # A small group whose members are in a large one, too: neither is merged or split.
        ([(0, 20), (14, 24)], [(0, 20), (14, 24)], ["unchanged"] * 2),
    ],
)
def test_every_kind_of_change(before, now, expected):
    found = compared(later(case_of(*now)), case_of(*before))
    assert kinds(found) == expected
    assert {*expected} <= {*KINDS}


def test_who_came_and_who_left():
    found = compared(later(case_of((2, 12))), case_of((0, 10)))
    (one,) = found.since.changes
    assert (one.came, one.left, one.n_before, one.n_reviewers) == (("u10", "u11"), ("u00", "u01"), 10, 10)
    assert one.before == (case_of((0, 10)).rings[0].id,)


def test_a_line_keeps_the_id_of_its_first_ring_and_no_two_lines_share_one():
    first = case_of((0, 10))
    second = compared(later(case_of((0, 14)), "2"), first)
    third = compared(later(case_of((2, 18)), "3"), second)
    assert first.rings[0].lineage_id == first.rings[0].id
    assert third.rings[0].lineage_id == second.rings[0].lineage_id == first.rings[0].id != third.rings[0].id
    # Split: the larger part inherits; the other has the members that the line began with, so its id is numbered.
    fourth = compared(later(case_of((10, 24), (0, 10)), "4"), compared(later(case_of((0, 24)), "3b"), second))
    assert [ring.lineage_id for ring in fourth.rings] == [first.rings[0].id, f"{first.rings[0].id}-2"]


def test_in_a_merger_the_line_goes_on_of_which_the_ring_has_most_reviewers():
    before = case_of((0, 6), (6, 18))
    found = compared(later(case_of((0, 18))), before)
    assert found.rings[0].lineage_id == before.rings[1].id
    assert found.since.changes[0].before == (before.rings[1].id, before.rings[0].id)


def test_renaming_and_reordering_change_nothing():
    rng = random.Random(5)
    for _ in range(20):
        spans = [[(a, a + rng.randint(3, 14)) for a in rng.sample(range(26), 6)] for _ in range(2)]
        names = dict(zip(PEOPLE, rng.sample(PEOPLE, len(PEOPLE)), strict=True))
        one = descent(*(case_of(*part).rings for part in spans))
        renamed = [[([names[who] for who in PEOPLE[a:b]], THINGS[:4]) for a, b in part] for part in spans]
        assert descent(*(case_of(*part).rings for part in renamed)) == one
        assert descent(*(case_of(*part, log=LOG.sample(frac=1, random_state=1)).rings for part in spans)) == one


def test_every_ring_of_both_scans_is_in_one_change_and_parents_and_children_agree():
    rng = random.Random(6)
    for _ in range(50):
        spans = [[(a, a + rng.randint(3, 14)) for a in rng.sample(range(26), rng.randint(0, 7))] for _ in range(2)]
        before, now = (case_of(*part) for part in spans)
        found = descent(before.rings, now.rings)
        down = {(i, j) for i, some in enumerate(found.children) for j in some}
        assert down == {(i, j) for j, some in enumerate(found.parents) for i in some}
        done = compared(later(now), before)
        assert {ring_id for one in done.since.changes for ring_id in one.before} == {ring.id for ring in before.rings}
        assert [one.ring_id for one in done.since.changes if one.ring_id] == [ring.id for ring in now.rings]
        assert len({ring.lineage_id for ring in done.rings}) == len(done.rings)


def test_it_is_stored_and_read_back(tmp_path):
    found = compared(later(case_of((0, 12), (20, 30))), case_of((0, 10), (30, 38)))
    write_case(found, tmp_path / "case")
    again = read_folder(tmp_path / "case")
    assert again.since == found.since
    assert [ring.lineage_id for ring in again.rings] == [ring.lineage_id for ring in found.rings]
    lines = (tmp_path / "case" / "changes.csv").read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[1] for line in lines] == ["change", "grown", "new", "gone"]
    page = (tmp_path / "case" / "report" / "changes.html").read_text(encoding="utf-8")
    assert "u10" in page
    assert 'href="changes.html"' in (tmp_path / "case" / "report" / "index.html").read_text(encoding="utf-8")


def test_old_folders_have_no_lines_and_can_be_compared_with(tmp_path):
    write_case(case_of((0, 10)), tmp_path / "case", ("json",))
    file = tmp_path / "case" / "case.json"
    text = file.read_text(encoding="ascii")
    file.write_text("\n".join(line for line in text.splitlines() if '"lineage_id"' not in line), encoding="ascii")
    old = read_folder(tmp_path / "case")
    assert old.since is None
    assert compared(later(case_of((0, 12))), old).rings[0].lineage_id == old.rings[0].id


def hidden(case, key):
    return replace(case, provenance=replace(case.provenance, pseudonymised=Pseudonymised("v1", key, text=False)))


def test_one_clear_error_for_what_cannot_be_compared(tmp_path):
    plain = case_of((0, 10))
    with pytest.raises(ConfigError, match=r"^since: .*case\.json: there is no such file"):
        earlier_case(tmp_path)
    with pytest.raises(ConfigError, match="is of type int"):
        earlier_case(3)
    with pytest.raises(ConfigError, match="the earlier case has pseudonyms"):
        compared(plain, hidden(plain, "k1"))
    with pytest.raises(ConfigError, match="has the names of its log"):
        compared(hidden(plain, "k1"), plain)
    with pytest.raises(ConfigError, match="k1, and the given key has k2"):
        compared(hidden(plain, "k2"), hidden(plain, "k1"))
    assert kinds(compared(hidden(later(plain), "k1"), hidden(plain, "k1"))) == ["unchanged"]


def test_pseudonyms_leave_no_lineage_of_names():
    found = compared(later(case_of((0, 12))), case_of((0, 10)))
    shown = pseudonymise(found, bytes(range(32)))
    assert shown.since is None
    assert shown.earlier_journals == ()
    assert [ring.lineage_id for ring in shown.rings] == [ring.id for ring in shown.rings]


def test_new_flags_count_the_whole_line_and_decisions(tmp_path):
    journal = tmp_path / "x.jsonl"
    first = case_of((0, 10), (20, 30), statuses=("flagged", "candidate"), journal=journal)
    second = compared(later(case_of((0, 10), (20, 30), statuses=("candidate", "candidate"), journal=journal), "2"), first)
    third = case_of((0, 10), (20, 30), (30, 38), journal=journal)
    third = compared(later(third, "3"), second)
    # The first was flagged two scans ago; the second and the third never.
    assert [ring.rank for ring in new_flags(third)] == [2, 3]
    first.decide(first.rings[1], "dismissed", by="Ann")
    assert [ring.rank for ring in new_flags(third)] == [3]
    assert [ring.rank for ring in new_flags(third, decided=False)] == [2, 3]


def test_a_case_is_its_type_still():
    assert isinstance(compared(later(case_of((0, 10))), case_of((0, 10))), Case)


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        ([], (0, 10), "Since the earlier scan: new. No earlier group continues in it."),
        ([(0, 10)], (0, 10), "Since the earlier scan: unchanged. It has the same reviewers and products."),
        ([(0, 10)], (1, 12), "Since the earlier scan: changed. 2 reviewers came, 1 reviewer left. Its line began with {}."),
        ([(0, 10), (10, 18)], (0, 18), "Since the earlier scan: merged. It comes from {} and {}. It has the same reviewers and products."),
    ],
)
def test_a_ring_says_where_its_line_comes_from(before, now, said):
    first = case_of(*before)
    found = compared(later(case_of(now)), first)
    told = change_of(found, found.rings[0].id)
    assert told["said"].startswith(said.format(*(ring.id for ring in first.rings)))
    assert change_of(first, "R-000000000000") is None


def test_pages_say_that_a_decision_was_made_on_an_earlier_scan(tmp_path):
    journal = tmp_path / "x.jsonl"
    first = case_of((0, 10), (20, 30), journal=journal)
    first.decide(first.rings[0], "confirmed", by="Ann")
    second = compared(later(case_of((PEOPLE[:10], THINGS[:5]), (20, 30), journal=journal)), first)
    second.decide(second.rings[1], "dismissed", by="Ann")
    write_decided(second, tmp_path / "report")
    carried, own = ((tmp_path / "report" / "rings" / f"{ring.id}.html").read_text(encoding="utf-8") for ring in second.rings)
    assert "This was decided on an earlier scan, about the same reviewers. Since then 1 product came (p4)." in carried
    assert 'href="../changes.html#unchanged"' in carried
    assert "decided on an earlier scan" not in own
    assert (tmp_path / "report" / "index.html").read_text(encoding="utf-8").count("on an earlier scan") == 1
