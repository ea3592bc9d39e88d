"""The adaptive spammer: its quota stands, flagged accounts never come back, and it moves to what a detector does not see."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest

from collusion.base.errors import CollusionError, ConfigError
from collusion.bench.adaptive import Attacker, Space, adapt
from collusion.bench.influence import influence_left
from collusion.simulate.labelled import LabelledLog
from collusion.simulate.plan import RingPlan
from collusion.simulate.world import stream
from markets import frame, market

TABLE = pa.Table.from_pandas(frame(market(6_000, 3)[0]), preserve_index=False)
LOG = LabelledLog(TABLE, np.zeros(len(TABLE), bool))
BARE = LabelledLog(TABLE.select(["reviewer_id", "product_id"]), LOG.fake)
ATTACKER = Attacker(RingPlan(12, 6, 0.7, days=7), squads=3)


def rows(log, *names):
    return list(zip(*(log.table.column(name).to_pylist() for name in names), strict=True))


def nobody(_):
    return ()


def everybody(log):
    return set(log.table.column("reviewer_id").to_pylist())


def meeting(log, times=3, days=7):
    """Who met one and the same other within the days at so many products."""
    by = defaultdict(list)
    for who, what, when in rows(log, "reviewer_id", "product_id", "timestamp"):
        by[what].append((when, who))
    met = Counter()
    for own in by.values():
        own.sort()
        for k, (when, who) in enumerate(own):
            for later, other in own[k + 1 :]:
                if (later - when).days > days:
                    break
                met[frozenset((who, other))] += 1
    return frozenset().union(*(pair for pair, n in met.items() if n >= times and len(pair) == 2))


class Watch:
    """A detector that keeps what it was shown."""

    def __init__(self, flagged):
        self.flagged, self.logs, self.told = flagged, [], []

    def __call__(self, log):
        self.logs.append(log)
        self.told.append(frozenset(self.flagged(log)))
        return self.told[-1]


def half(log):
    """Half of the accounts, by their names: arbitrary, but the same in every round."""
    return {name for name in everybody(log) if sum(name.encode()) % 2}


@pytest.mark.parametrize("log", [LOG, BARE], ids=["whole", "bare"])
@pytest.mark.parametrize("flagged", [nobody, half], ids=["nobody", "half"])
def test_the_quota_stands_in_every_round_and_the_log_is_whole(log, flagged):
    watch = Watch(flagged)
    told = adapt(log, ATTACKER, watch, 5, stream(0, "adapt"))
    quota = round(12 * 6 * 0.7)
    columns = log.table.column_names
    for k, (one, seen) in enumerate(zip(told, watch.logs, strict=True)):
        assert one.number == k + 1
        assert one.paid == int(seen.fake.sum()) == 3 * quota
        assert len(seen.rings) == 3
        assert one.accounts == len(seen.accounts) == sum(len(ring.reviewers) for ring in seen.rings)
        # Every honest row is there, and no pair twice.
        honest = Counter(rows(log, *columns))
        assert not honest - Counter(rows(seen, *columns))
        planted = Counter(rows(seen, "reviewer_id", "product_id")) - Counter(rows(log, "reviewer_id", "product_id"))
        assert max(planted.values()) == 1
        assert not planted.keys() & set(rows(log, "reviewer_id", "product_id"))
        for plan, ring in zip(one.plans, seen.rings, strict=True):
            assert (plan.reviewers, plan.products) == (len(ring.reviewers), len(ring.products))
            assert plan.density == pytest.approx(quota / (plan.reviewers * plan.products))
        assert {ring.products for ring in seen.rings} == {ring.products for ring in watch.logs[0].rings}


def test_results_are_as_counted_from_what_the_detector_saw():
    watch = Watch(half)
    for one, caught, seen in zip(adapt(LOG, ATTACKER, watch, 4, stream(0, "x")), watch.told, watch.logs, strict=True):
        assert one.caught == len(seen.accounts & caught)
        assert one.honest == len(caught - seen.accounts)
        own = rows(seen, "reviewer_id", "product_id", "rating")
        assert one.left == sum(fake and who not in caught for (who, _, _), fake in zip(own, seen.fake, strict=True))
        assert one.share_left == one.left / one.paid
        code = {name: k for k, name in enumerate(sorted({what for _, what, _ in own}))}
        plain = influence_left(
            np.array([code[what] for _, what, _ in own]),
            np.array([rating for *_, rating in own]),
            seen.fake,
            np.array([who in caught for who, *_ in own]),
        )
        assert one.influence.mean_absolute_shift == pytest.approx(plain.mean_absolute_shift)
        assert one.influence.mean_absolute_gained == pytest.approx(plain.mean_absolute_gained)


def test_flagged_accounts_never_come_back_and_the_others_go_on():
    watch = Watch(half)
    told = adapt(LOG, Attacker(RingPlan(12, 6, 0.7, days=7, hijacked=0.5), squads=3), watch, 6, stream(0, "x"))
    burnt = set()
    honest = everybody(LOG)
    for k, seen in enumerate(watch.logs):
        assert not seen.accounts & burnt
        burnt |= watch.told[k]
        earlier = set().union(*(log.accounts for log in watch.logs[:k]))
        fresh = seen.accounts - earlier
        assert len(fresh - honest) == told[k].new
        assert len(fresh & honest) == told[k].hijacked
    kept = [
        len(after.accounts & (before.accounts - caught)) for (before, after), caught in zip(pairwise(watch.logs), watch.told, strict=False)
    ]
    assert min(kept) > 0
    assert told[0].hijacked == 18


def test_nobody_is_replaced_where_nobody_is_flagged_and_all_are_where_all_are():
    space = Space(days=(7.0,), density=(0.7,), camouflage=("random",), hijacked=(0.0,))
    attacker = Attacker(RingPlan(12, 6, 0.7, days=7), squads=3, space=space)
    calm = adapt(LOG, attacker, nobody, 4, stream(0, "x"))
    assert [(one.new, one.caught, one.share_left) for one in calm] == [(36, 0, 1.0)] + 3 * [(0, 0, 1.0)]
    harsh = adapt(LOG, attacker, everybody, 3, stream(0, "x"))
    assert [(one.new, one.caught, one.accounts, one.left) for one in harsh] == 3 * [(36, 36, 36, 0)]
    assert harsh[0].influence.mean_absolute_shift == 0
    assert calm[0].influence.mean_absolute_shift > 0.05


def test_hijacked_accounts_were_in_the_log_before_they_are_paid():
    watch = Watch(half)
    space = Space(hijacked=(1.0,))
    adapt(LOG, Attacker(RingPlan(12, 6, 0.7, days=7, hijacked=1), squads=3, space=space), watch, 4, stream(0, "x"))
    since = {}
    for who, when in rows(LOG, "reviewer_id", "timestamp"):
        since[who] = min(when, since.get(who, when))
    for seen in watch.logs:
        first = {}
        for (who, when), fake in zip(rows(seen, "reviewer_id", "timestamp"), seen.fake, strict=True):
            if fake:
                first[who] = min(when, first.get(who, when))
        # The job begins after the first review; by days, the paid one may come on the same day.
        assert all(since[who] <= when for who, when in first.items() if who in since)


def test_the_spammer_moves_to_what_the_detector_does_not_see():
    """Whoever meets another three times within a week is flagged: months and low density survive, and the spammer finds them."""
    attacker = Attacker(RingPlan(12, 6, 0.8, days=7), squads=4, explore=0.2)
    first, last, long = [], [], []
    for seed in range(4):
        told = adapt(LOG, attacker, meeting, 8, stream(seed, "learn"))
        first.append(told[0].caught / told[0].accounts)
        last.append(np.mean([one.share_left for one in told[-3:]]))
        long.append(np.mean([plan.days for one in told[-3:] for plan in one.plans]))
    assert min(first) > 0.9
    assert np.mean(last) > 0.6
    assert np.mean(long) > 60


def test_it_moves_by_what_is_seen_and_not_by_itself():
    """Long jobs are flagged in place of short ones: it moves the other way."""

    def slow(log):
        when = defaultdict(list)
        for (who, day), fake in zip(rows(log, "reviewer_id", "timestamp"), log.fake, strict=True):
            if fake:
                when[who].append(day)
        return {who for who, own in when.items() if (max(own) - min(own)).days > 10}

    attacker = Attacker(RingPlan(12, 6, 0.8, days=90), squads=4, explore=0.2)
    days = [plan.days for seed in range(4) for one in adapt(LOG, attacker, slow, 8, stream(seed, "learn"))[-3:] for plan in one.plans]
    assert np.median(days) == 7


def test_it_never_moves_where_it_never_looks():
    """Without exploring and with all caught, values that were tried lose to those that were not."""
    attacker = Attacker(RingPlan(12, 6, 0.8, days=7, camouflage=1), squads=1, explore=0.0)
    told = adapt(LOG, attacker, everybody, 4, stream(0, "x"))
    assert len({one.plans[0].days for one in told}) == 4


def test_same_seed_same_rounds_whatever_the_order_of_rows():
    order = np.random.default_rng(1).permutation(len(LOG))
    turned = LabelledLog(TABLE.take(pa.array(order)), LOG.fake[order])
    told = [adapt(log, ATTACKER, meeting, 4, stream(5, "x")) for log in (LOG, LOG, turned)]
    plain = [[(one.plans, one.accounts, one.caught, one.new, one.hijacked, one.left, one.honest) for one in own] for own in told]
    assert plain[0] == plain[1] == plain[2]
    other = adapt(LOG, ATTACKER, meeting, 4, stream(6, "x"))
    assert [one.plans for one in other] != [one.plans for one in told[0]]


def test_planted_rows_do_not_come_last():
    watch = Watch(nobody)
    adapt(BARE, ATTACKER, watch, 1, stream(0, "x"))
    place = np.flatnonzero(watch.logs[0].fake) / len(watch.logs[0])
    assert 0.3 < place.mean() < 0.7
    adapt(LOG, ATTACKER, watch, 1, stream(0, "x"))
    times = watch.logs[1].table.column("timestamp").to_pylist()
    assert times == sorted(times)


def test_fakes_that_are_there_already_are_not_the_spammers():
    busiest = Counter(TABLE.column("product_id").to_pylist()).most_common(1)[0][0]
    fake = np.array([name == busiest for name in TABLE.column("product_id").to_pylist()])
    watch = Watch(nobody)
    told = adapt(LabelledLog(TABLE, fake), ATTACKER, watch, 2, stream(0, "x"))
    for one, seen in zip(told, watch.logs, strict=True):
        assert one.paid == 3 * round(12 * 6 * 0.7)
        assert len(one.influence.product) == 18
        # The product of fakes alone takes no place among the others.
        own = [
            (what, rating, fake)
            for (what, rating), fake in zip(rows(seen, "product_id", "rating"), seen.fake, strict=True)
            if what != busiest
        ]
        code = {name: k for k, name in enumerate(sorted({what for what, *_ in own}))}
        what, rating, paid = zip(*own, strict=True)
        plain = influence_left(np.array([code[name] for name in what]), np.array(rating), np.array(paid), np.zeros(len(own), bool))
        assert one.influence.mean_absolute_gained == plain.mean_absolute_gained
        assert sorted(one.influence.honest_rank) == sorted(plain.honest_rank)


def test_a_plan_takes_no_more_accounts_than_it_has_reviews_and_the_log_allows():
    space = Space(density=(0.01,))
    for first, most in ((RingPlan(12, 6, 0.7), 50), (RingPlan(40, 6, 1.0), len(everybody(LOG)) // 20)):
        told = adapt(LOG, Attacker(first, squads=2, space=space), nobody, 2, stream(0, "x"))
        assert [plan.reviewers for plan in told[1].plans] == [most, most]
        assert told[1].paid == told[0].paid


def test_flagging_who_is_not_there_is_an_error():
    with pytest.raises(CollusionError, match="1 of the flagged ids are not reviewers of the log, such as 'ghost'"):
        adapt(LOG, ATTACKER, lambda _: {"ghost"}, 1, stream(0, "x"))


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: adapt(LOG, ATTACKER, nobody, 0, stream(0, "x")), "rounds must be a whole number of at least 1"),
        (lambda: adapt(LOG, Attacker(squads=500), nobody, 1, stream(0, "x")), "lower squads"),
        (lambda: adapt(LabelledLog(TABLE.slice(0, 9), np.zeros(9, bool)), ATTACKER, nobody, 1, stream(0, "x")), "too small"),
    ],
)
def test_what_cannot_be_is_refused(make, says):
    with pytest.raises(ConfigError, match=says):
        make()
