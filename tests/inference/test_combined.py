"""What the second question's signals say together, and how much those from outside may add."""

import pytest

from collusion.base.model import Evidence
from collusion.evidence.pvalues import cauchy
from collusion.inference.verdict import combined

PAID = {"rating": True, "exclusivity": True, "outside": False}


def said(**p_values):
    return [Evidence(name, "so and so", p_value=p) for name, p in p_values.items()]


def test_built_in_signals_are_combined_and_remarks_left_out():
    assert combined(said(rating=0.03, exclusivity=0.2, density=1e-30), PAID, 0.05) == cauchy([0.03, 0.2])
    assert combined(said(rating=None, exclusivity=0.2), PAID, 0.05) == pytest.approx(0.2)
    assert combined(said(density=1e-30), PAID, 0.05) is None
    assert combined([], PAID, 0.05) is None


def test_a_signal_from_outside_never_decides_alone():
    assert combined(said(outside=1e-9), PAID, 0.05) == 1.0
    assert combined(said(outside=1e-9, rating=None), PAID, 0.05) == 1.0
    assert combined(said(rating=0.06, outside=1e-9), PAID, 0.05) == pytest.approx(0.06)
    assert combined(said(rating=1.0, exclusivity=0.4, outside=1e-9), PAID, 0.05) == cauchy([1.0, 0.4])


def test_a_signal_from_outside_counts_where_built_in_ones_reach_the_level():
    alone = combined(said(rating=0.04), PAID, 0.05)
    both = combined(said(rating=0.04, outside=1e-9), PAID, 0.05)
    assert both == cauchy([0.04, 1e-9])
    assert both < 1e-8 < alone


def test_where_it_disagrees_it_weakens_them():
    """Whoever installs it asks for it: it is combined like the others, and not picked where it helps."""
    assert combined(said(rating=0.04, outside=0.8), PAID, 0.05) == cauchy([0.04, 0.8])
