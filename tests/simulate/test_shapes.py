"""Laws of the shapes: their numbers are those that detection is judged on, and every draw can be planted."""

from __future__ import annotations

from itertools import chain

import numpy as np
import pytest

from collusion.base.errors import ConfigError
from collusion.simulate.market import Market, simulate
from collusion.simulate.shapes import SHAPES, draw_shape, draw_shapes
from collusion.simulate.world import stream


def plans(name, n=200):
    return [draw_shape(name, stream(seed, "test")) for seed in range(n)]


def span(values):
    return min(values), max(values)


@pytest.mark.parametrize(
    ("name", "reviewers", "products", "density", "days"),
    [
        ("dense", (6, 15), (4, 7), 0.7, 14),
        ("medium", (25, 60), (10, 20), 0.35, 30),
        ("drip", (12, 25), (6, 10), 0.55, 60),
        ("sparse", (200, 200), (1200, 1200), 3400 / 240_000, 365),
        ("patient", (15, 15), (8, 8), 0.7, 300),
        ("tiny", (5, 5), (4, 4), 0.9, 14),
        ("throwaway", (80, 80), (60, 60), 2.5 / 60, 180),
        ("workforce-200", (200, 200), (600, 600), 0.013, 180),
        ("blitz", (10, 20), (5, 8), 0.7, 1),
    ],
)
def test_numbers_are_drawn_over_the_whole_of_their_spans(name, reviewers, products, density, days):
    drawn = [plan for (plan,) in plans(name)]
    assert span([plan.reviewers for plan in drawn]) == reviewers
    assert span([plan.products for plan in drawn]) == products
    assert {(plan.density, plan.days) for plan in drawn} == {(density, days)}
    assert {plan.camouflage_kind for plan in drawn} == {"random", "popular"}


@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_has_what_its_table_says(name):
    for fields, plan in zip(SHAPES[name], draw_shape(name, stream(0, "test")), strict=True):
        drawn = {key: getattr(plan, key) for key in fields}
        assert {key: value for key, value in drawn.items() if value != fields[key]}.keys() == {"reviewers", "products"}


def test_a_market_can_hold_all_of_them():
    log = simulate(Market(reviews=80_000, rings=tuple(chain(*draw_shapes(SHAPES, 3)))), 3)
    assert len(log.rings) == len(SHAPES) + 2
    rings = dict(zip(("dense", "medium", "drip", "sparse", "first", "second", "owner", "lender"), log.rings, strict=False))
    assert len(rings["sparse"].reviewers) == 200
    assert len(rings["sparse"].products) == 1200
    assert set(rings["first"].products) & set(rings["second"].products)
    assert set(rings["owner"].reviewers) & set(rings["lender"].reviewers)
    assert not set(rings["owner"].products) & set(rings["lender"].products)


def test_one_shape_more_changes_no_other():
    assert draw_shapes(("dense", "drip", "dense"), 4)[:2] == draw_shapes(("dense", "drip"), 4)
    assert draw_shapes(("dense",) * 20, 4) != (draw_shapes(("dense",), 4)[0],) * 20


def test_an_unknown_shape_is_refused():
    with pytest.raises(ConfigError, match="did you mean 'dense'"):
        draw_shape("dens", np.random.default_rng(0))
