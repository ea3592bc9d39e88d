"""Checks of parameters: what is fine says nothing, all that is wrong is said at once."""

from __future__ import annotations

import math
from typing import Literal

import pytest

from collusion.base.checks import flag, number, one_of, refuse, whole
from collusion.base.errors import ConfigError


@pytest.mark.parametrize(
    ("problems", "says"),
    [
        (whole("n", 3, 3), []),
        (whole("n", 2, 3), ["n must be a whole number of at least 3, not 2"]),
        (whole("n", 9, 0, 8), ["n must be a whole number from 0 to 8, not 9"]),
        (whole("n", True, 0), ["n must be a whole number of at least 0, not True"]),
        (whole("n", 2.0, 0), ["n must be a whole number of at least 0, not 2.0"]),
        (whole("n", None, 1, optional=True), []),
        (whole("n", 0, 1, optional=True), ["n must be a whole number of at least 1, or left out, not 0"]),
        (number("x", 1, 0, 1), []),
        (number("x", 0, 0, below=1), ["x must be a number above 0 and below 1, not 0"]),
        (number("x", 2, least=0, up_to=1), ["x must be a number of at least 0 and at most 1, not 2"]),
        (number("x", math.nan), ["x must be a finite number, not nan"]),
        (number("x", False), ["x must be a finite number, not False"]),
        (flag("f", False), []),
        (flag("f", 0), ["f must be true or false, not 0"]),
        (one_of("c", "a", Literal["a", "b"]), []),
        (one_of("c", "d", Literal["a", "b"]), ["c must be one of 'a', 'b', not 'd'"]),
    ],
)
def test_what_is_wrong_is_said(problems, says):
    assert problems == says


def test_all_problems_are_raised_at_once():
    refuse("thing", [])
    with pytest.raises(ConfigError) as caught:
        refuse("thing", ["a is bad", "b is bad"])
    assert str(caught.value) == "thing: a is bad\nthing: b is bad"
