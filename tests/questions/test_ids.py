"""Ids are found as they are, whatever their bytes, and mistyped ones are answered with those that are like them."""

from types import SimpleNamespace

import pytest

from collusion.graph.log import Names
from collusion.questions import ids

ODD = ["", "a", "b", "aa", "é", "\ud800", "a\x00b", "007", "7", "NA", "=1+1", "日本"]


def log(reviewers, products=(), sellers=None):
    return SimpleNamespace(
        reviewers=Names.of(list(reviewers)), products=Names.of(list(products)), sellers=None if sellers is None else Names.of(list(sellers))
    )


def test_each_id_has_its_own_code_and_no_other_has_one():
    names = Names.of(ODD)
    assert [ids.code_of(names, one) for one in ODD] == list(range(len(ODD)))
    assert [ids.code_of(names, one) for one in ("c", "aaa", "07", "A", "\ud801")] == [None] * 5


def test_an_id_can_be_several_things():
    found = ids.find_id(log(["x", "y"], ["y", "z"], ["y"]), "y")
    assert [(one.role, one.code) for one in found] == [("reviewer", 1), ("product", 0), ("seller", 0)]


@pytest.mark.parametrize("candidates", [20_000, 50])
@pytest.mark.parametrize("wrong", ["A001234XQ ", "a001234xq", "A01234XQ", "A0012334XQ"])
def test_the_closest_id_is_proposed_from_any_number(monkeypatch, candidates, wrong):
    """A letter more or less, another case, a blank; among 1,400 ids, of which all or 50 are compared."""
    monkeypatch.setattr(ids, "CANDIDATES", candidates)
    known = log([f"A00{7 * k:04}XQ" for k in range(1_400)] + ["A001234XQ"])
    assert ("A001234XQ", "reviewer") in ids.close_ids(known, wrong)
    assert len(ids.close_ids(known, wrong)) <= ids.SHOWN


def test_only_ids_of_the_role_are_proposed_and_none_that_are_unlike():
    known = log(["anna", "\ud800nna"], ["annb"])
    assert ids.close_ids(known, "annc", "product") == [("annb", "product")]
    assert ids.close_ids(known, "zzzzzz") == []
