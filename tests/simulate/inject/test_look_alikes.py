"""Honest groups in a log: its own people, products and days."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from simulate.inject.planted_logs import LOG, check, days, first_days, new, pairs, plan, small

from collusion.base.errors import ConfigError
from collusion.simulate.honest import Fans, Launches, Locals, Sittings
from collusion.simulate.inject.look_alikes import HonestGroups
from collusion.simulate.world import stream


def test_honest_groups_are_people_of_the_log_who_rate_as_everybody_does():
    planted = HonestGroups((Fans(4), Launches(4), Sittings(4))).plant(LOG, stream(0, "x"))
    check(planted, LOG)
    assert not planted.fake.any()
    assert not planted.rings
    assert Counter(group.kind for group in planted.honest) == {"fans": 4, "launches": 4, "evenings": 4}
    people = set(LOG.table.column("reviewer_id").to_pylist())
    seller = dict(zip(*(LOG.table.column(name).to_pylist() for name in ("product_id", "seller")), strict=True))
    everything = set(pairs(planted))
    for group in planted.honest:
        assert set(group.reviewers) <= people
        assert all(any((a, b) in everything for b in group.products) for a in group.reviewers)
        assert all(any((a, b) in everything for a in group.reviewers) for b in group.products)
        if group.kind == "fans":
            assert len({seller[name] for name in group.products}) == 1
        if group.kind == "launches":
            assert len(group.products) == 1
    # As in the product's own honest ratings: no kinder.
    rows = new(planted)
    mean = {}
    for product, rating in zip(*(LOG.table.column(name).to_pylist() for name in ("product_id", "rating")), strict=True):
        mean.setdefault(product, []).append(rating)
    miss = [rating - np.mean(mean[product]) for product, rating in zip(rows["product_id"], rows["rating"], strict=True)]
    assert abs(np.mean(miss)) < 4 * np.std(miss) / np.sqrt(len(miss))


def test_launch_crowds_come_within_days_of_a_first_review():
    planted = HonestGroups((Launches(5),)).plant(LOG, stream(0, "x"))
    rows, when = new(planted), days(planted)[len(LOG) :]
    first = first_days(LOG)
    for group in planted.honest:
        own = when[np.array(rows["product_id"]) == group.products[0]]
        assert len(own) >= 10
        assert own.min() >= first[group.products[0]]
        assert own.max() <= first[group.products[0]] + 3


def test_sittings_are_of_one_day_each():
    planted = HonestGroups((Sittings(3),)).plant(LOG, stream(0, "x"))
    by = {}
    for (who, _), day in zip(pairs(planted)[len(LOG) :], days(planted)[len(LOG) :], strict=True):
        by.setdefault(who, set()).add(np.floor(day))
    crowds = [len(own) for who, own in by.items() if sum(who in group.reviewers for group in planted.honest) == 1]
    assert max(crowds) == 1


def test_honest_groups_keep_away_from_rings():
    before = plan("30x10@0.8:hijacked=1")
    planted = HonestGroups((Fans(6), Launches(6), Sittings(6))).plant(before, stream(0, "x"))
    check(planted, before)
    assert not before.accounts & {name for group in planted.honest for name in group.reviewers}


def test_classes_whose_columns_are_missing_are_named_or_left_out():
    log = small("timestamp")
    with pytest.raises(ConfigError) as caught:
        HonestGroups((Fans(1), Launches(1), Locals(1))).plant(log, stream(0, "x"))
    assert str(caught.value).splitlines() == [
        "fans: the log has no column seller or category",
        "locals: the log has no column category",
    ]
    assert {group.kind for group in HonestGroups((Fans(1), Launches(1)), strict=False).plant(log, stream(0, "x")).honest} == {"launches"}
    with pytest.raises(ConfigError, match="no honest class is named"):
        HonestGroups(())


def test_without_times_fans_are_planted_by_taste_alone():
    planted = HonestGroups((Fans(2), Locals(2))).plant(small("category"), stream(0, "x"))
    assert Counter(group.kind for group in planted.honest) == {"fans": 2, "locals": 2}
    assert len(planted) > len(LOG)


def test_as_many_groups_as_the_reviews_tell_and_one_at_least():
    assert [group.kind for group in HonestGroups((Launches(),)).plant(LOG, stream(0, "x")).honest] == ["launches"]
    assert not HonestGroups((Launches(0),)).plant(LOG, stream(0, "x")).honest
