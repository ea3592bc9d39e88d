"""Every word that a case, its files and the report use has one definition."""

from typing import get_args

import pytest

from collusion.base.errors import ConfigError
from collusion.base.glossary import EntryGroup, definition, definitions
from collusion.base.lineage import KINDS
from collusion.base.model import SignalKind, Stance, Status
from collusion.case import decided
from collusion.decisions.entry import DecisionStatus
from collusion.export import expansion, operations, tables
from collusion.export.profits import PRODUCT_CELLS, SELLER_CELLS


@pytest.mark.parametrize(
    ("group", "used"),
    [
        ("status", get_args(Status)),
        ("stance", get_args(Stance)),
        ("signal kind", get_args(SignalKind)),
        ("decision", get_args(DecisionStatus)),
        ("null model", ("N0", "N1", "N2", "N3")),
        ("rings", (*tables.RING_CELLS, "q_n0", "q_n1", "q_n2", "q_n3", "lineage_id")),
        ("members", tables.MEMBER_COLUMNS),
        ("reviews", (*tables.REVIEW_COLUMNS, "link_NAME")),
        ("evidence", tables.EVIDENCE_COLUMNS),
        ("sellers", tuple(SELLER_CELLS)),
        ("products", (*PRODUCT_CELLS, "n_gained", "gained")),
        ("change", KINDS),
        ("changes", tables.CHANGE_CELLS),
        ("problems", tables.PROBLEM_COLUMNS),
        ("decisions", decided.COLUMNS),
        ("operations", operations.OPERATION_COLUMNS),
        ("operation_links", operations.LINK_COLUMNS),
        ("operation_members", operations.MEMBER_COLUMNS),
        ("expansion_reviewers", expansion.ACCOUNT_COLUMNS),
        ("expansion_products", expansion.PLACE_COLUMNS),
        ("expansion_reviews", expansion.REVIEW_COLUMNS),
    ],
)
def test_every_name_in_use_has_an_entry_and_no_other(group, used):
    assert set(definitions(group)) == set(used)


def test_every_group_has_entries_in_sentences():
    said = {(group, term): text for group in get_args(EntryGroup) for term, text in definitions(group).items()}
    assert {group for group, _ in said} == set(get_args(EntryGroup))
    assert [entry for entry, text in said.items() if not text.endswith(".")] == []


def test_a_q_value_is_never_said_to_be_the_probability_of_guilt():
    assert "not the probability" in definition("q-value (false-discovery estimate)")


def test_no_status_says_that_anybody_is_paid():
    assert not [status for status, said in definitions("status").items() if "paid" in said]


def test_a_misspelt_term_is_an_error_that_names_the_right_one():
    with pytest.raises(ConfigError, match="did you mean 'score'"):
        definition("scores")
    with pytest.raises(ConfigError, match="did you mean 'rings'"):
        definitions("ring")
