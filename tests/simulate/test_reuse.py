"""Laws of texts that are used again: as many as asked for, as like their templates as asked for, of the ring alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from collusion.simulate.market import Market, simulate
from collusion.simulate.phrases import TEMPLATE_COUNT, review_texts, reworded
from collusion.simulate.plan import RingPlan

RING = RingPlan(30, 10, 0.8, camouflage=1)
MARKET = Market(reviews=6_000, rings=(RING,))


def own(plan):
    """The texts of the paid reviews, and the rows of all others."""
    log = simulate(replace(MARKET, rings=(plan,)), 3)
    ring = np.isin(log.reviewer_id[log.reviewer], np.array(log.rings[0].reviewers, dtype=bytes))
    paid = ring & np.isin(log.product_id[log.product], np.array(log.rings[0].products, dtype=bytes))
    texts = review_texts(log.text, log.rating, log.market.terse).to_pylist()
    return [text for text, of in zip(texts, paid, strict=True) if of], [text for text, of in zip(texts, paid, strict=True) if not of]


@pytest.fixture(scope="module")
def plain():
    return own(RING)


def test_all_texts_are_a_few_where_nothing_is_reworded(plain):
    texts, others = own(replace(RING, reuse=1, reworded=0))
    assert len(set(texts)) == TEMPLATE_COUNT
    assert others == plain[1]


def test_a_share_of_the_texts_is_used_again(plain):
    texts, _ = own(replace(RING, reuse=0.25, reworded=0))
    changed = [new for new, old in zip(texts, plain[0], strict=True) if new != old]
    assert len(changed) == round(0.25 * len(texts))
    assert len(set(changed)) <= TEMPLATE_COUNT


@pytest.mark.parametrize("share", [0, 0.5, 1])
def test_as_many_parts_are_exchanged_as_asked_for_and_others_each_time(share):
    rng = np.random.default_rng(1)
    source, other = np.full(2_000, 123_456_789_012), rng.integers(2**60, size=2_000)
    seeds = reworded(source, other, share, rng)
    texts = review_texts(seeds, np.full(2_000, 5, np.int8), 0.05).to_pylist()
    template = review_texts(source[:1], np.full(1, 5, np.int8), 0.0).to_pylist()[0]
    parts = [text.replace(". For us ", " | ").replace(". ", " | ").replace(" for ", " | ").split(" | ") for text in (template, *texts)]
    assert min(map(len, parts)) >= 3
    kept = np.mean([part[0] == parts[0][0] for part in parts[1:]])
    # The opening stays where it is not exchanged, and one in eight times where it is.
    assert kept == pytest.approx(1 - share * 7 / 8, abs=0.05)
    assert (len(set(texts)) == 1) == (share == 0)


def test_texts_of_a_ring_are_likelier_to_share_words_than_those_of_others(plain):
    def alike(texts):
        words = [set(text.split()) for text in texts[:150]]
        return np.mean([len(a & b) / len(a | b) for i, a in enumerate(words) for b in words[:i]])

    assert alike(own(replace(RING, reuse=1))[0]) > 1.1 * alike(plain[0])
