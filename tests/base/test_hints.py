"""Options that a message proposes can be pasted as they stand: into Python, and, from the command line, into a shell."""

import ast
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collusion.base.hints import for_command_line, hint
from collusion.cli.options import pairs, words

COLUMN = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1)


@given(st.dictionaries(st.sampled_from(["reviewer_id", "product_id", "rating"]), COLUMN, min_size=1))
def test_a_mapping(columns):
    said = f"Name it: {hint('map', columns)}; or not."
    assert ast.literal_eval(said.partition("`map=")[2].rpartition("`")[0]) == columns
    option, value = shlex.split(for_command_line(said).removeprefix("Name it: ").removesuffix("; or not."))
    assert (option, pairs("--map", [value])) == ("--map", columns)


@given(st.lists(COLUMN, min_size=1))
def test_a_list(columns):
    option, value = shlex.split(for_command_line(hint("columns", columns)))
    assert (option, words([value])) == ("--columns", columns)


@given(COLUMN)
def test_a_word(word):
    assert shlex.split(for_command_line(hint("delimiter", word))) == ["--delimiter", word]


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (f"is the unit right? ({hint('time_unit')})", "is the unit right? (--time-unit)"),
        (hint("time_format", "%d.%m.%Y"), "--time-format '%d.%m.%Y'"),
        (hint("memory", 12), "--memory 12"),
        ("an id `map={broken` and `rm -rf=1`", "an id `map={broken` and `rm -rf=1`"),
        ("an id `map=__import__('os')`", "an id `map=__import__('os')`"),
    ],
)
def test_other_forms(message, said):
    assert for_command_line(message) == said
