"""Laws of every attack: old rows are unchanged, new ones are labelled, and neither names nor the order of rows have an effect."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, replace

import numpy as np
import pyarrow as pa
import pytest
from simulate.inject.planted_logs import BARE, LOG, MARKET, check, new, pairs, plan

from collusion.base.errors import ConfigError
from collusion.simulate.inject import ATTACKS, Chain, make_attack
from collusion.simulate.inject.rings import Rings
from collusion.simulate.labelled import LabelledLog, shuffled
from collusion.simulate.market import TrueGroup
from collusion.simulate.world import stream


@pytest.mark.parametrize("name", [*ATTACKS, "density:0.05", "burst:1", "rings+look-alikes", "6x5@0.7+6x5@0.7:shared=0.5:overlap=0.4"])
@pytest.mark.parametrize("log", [LOG, MARKET], ids=["other", "market"])
def test_old_rows_are_unchanged_and_new_ones_labelled(name, log):
    planted = make_attack(name).plant(log, stream(1, name))
    check(planted, log)
    if log is LOG:
        assert planted.digest() == make_attack(name).plant(log, stream(1, name)).digest()
        assert (planted.digest() == make_attack(name).plant(log, stream(2, name)).digest()) == (name == "none")
    assert (planted.digest() == log.digest()) == (name == "none")
    assert bool(planted.fake[len(log) :].any()) == (name not in {"none", "look-alikes"})


@pytest.mark.parametrize("name", sorted(ATTACKS))
def test_ids_alone_are_enough(name):
    if name == "look-alikes":
        with pytest.raises(ConfigError, match="fans: the log has no column seller or category"):
            make_attack(name).plant(BARE, stream(1, name))
        return
    planted = make_attack(name).plant(BARE, stream(1, name))
    check(planted, BARE)
    assert planted.table.column_names == ["reviewer_id", "product_id"]


@pytest.mark.parametrize("name", ["rings", "hijacked", "nash-incbp", "nash-random", "look-alikes"])
@pytest.mark.parametrize("log", [LOG, MARKET], ids=["other", "market"])
def test_the_order_of_rows_and_columns_has_no_effect(name, log):
    order = np.random.default_rng(3).permutation(len(log))
    turned = LabelledLog(log.table.take(pa.array(order)).select(log.table.column_names[::-1]), log.fake[order], log.rings, log.honest)
    one, two = (make_attack(name).plant(some, stream(4, "order")) for some in (log, turned))
    assert new(one, log) == {key: new(two, log)[key] for key in new(one, log)}
    assert [asdict(group) for group in (*one.rings, *one.honest)] == [asdict(group) for group in (*two.rings, *two.honest)]


@pytest.mark.parametrize("name", ["rings", "hijacked", "nash-incds", "look-alikes"])
def test_names_have_no_effect(name):
    """Everybody renamed: the same people, products, days and ratings, but for new ids and twins that only names tell apart."""
    renamed, back = LOG.table, {}
    for k, column in enumerate(("reviewer_id", "product_id")):
        ids = sorted(set(LOG.table.column(column).to_pylist()))
        other = dict(zip(ids, (f"z{j}" for j in np.random.default_rng(k).permutation(len(ids))), strict=True))
        back[column] = {v: u for u, v in other.items()}
        renamed = renamed.set_column(k, column, pa.array([other[one] for one in renamed.column(column).to_pylist()]))
    one, two = (make_attack(name).plant(log, stream(4, "names")) for log in (LOG, LabelledLog(renamed, LOG.fake)))
    a, b = new(one), new(two)
    assert a["timestamp"] == b["timestamp"]
    assert a["rating"] == b["rating"]
    for column, old in back.items():
        assert np.mean([y not in old or x == old[y] for x, y in zip(a[column], b[column], strict=True)]) > 0.97


HOSTILE = [" ", "", "=1+1", "line\nend", "tab\t", "Ünïcødé-✓", "\u202eright to left", "'; DROP", "NA", "007", "null", "\x00", "a,b", '"']


def test_hostile_ids_survive():
    table = LOG.table
    swap = [{}, {}]
    for k, column in enumerate(("reviewer_id", "product_id")):
        # The busiest accounts and products have them, so that rings include them.
        busiest = [name for name, _ in Counter(table.column(column).to_pylist()).most_common(len(HOSTILE))]
        swap[k] = dict(zip(busiest, HOSTILE, strict=True))
        table = table.set_column(k, column, pa.array([swap[k].get(one, one) for one in table.column(column).to_pylist()]))
    log = LabelledLog(table, LOG.fake)
    planted = plan("30x12@0.8:hijacked=1:camouflage_kind=popular", log)
    check(planted, log)
    assert set(planted.accounts) & set(HOSTILE)
    assert set(new(planted)["product_id"]) & set(HOSTILE)
    again = shuffled(planted, stream(0, "shuffle"))
    assert int(again.fake.sum()) == int(planted.fake.sum())


@pytest.mark.parametrize("name", sorted(ATTACKS.keys() - {"none"}))
def test_too_small_a_log_gives_one_clear_error(name):
    for size in (0, 1, 30):
        log = LabelledLog(LOG.table.slice(0, size), np.zeros(size, bool))
        with pytest.raises(ConfigError, match="too small"):
            make_attack(name).plant(log, stream(0, "x"))


def test_groups_that_the_log_has_keep_their_ids():
    log = replace(LOG, rings=(TrueGroup("ring-2", "ring", ("u1",), ("p1",)),), honest=(TrueGroup("ring-1", "odd", ("u2",), ("p2",)),))
    assert [ring.id for ring in make_attack("5x5@1+5x5@1").plant(log, stream(0, "x")).rings] == ["ring-2", "ring-3", "ring-4"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("ring", "did you mean 'rings'"),
        ("", "no attack is called ''"),
        ("rings+", "no attack is called ''"),
        ("density:2", "density must be above 0"),
        ("density:much", "must be a number above 0 and at most 1, not 'much'"),
        ("density:", "must be a number"),
        ("none:0.5", "none has no density; these have: rings, density"),
        ("nash-incbp:0.5", "has no density"),
        ("20x10@2", "density must be above 0"),
        ("20x10@.5:dayz=3", "did you mean 'days'"),
    ],
)
def test_unknown_names_are_refused_with_a_suggestion(text, says):
    with pytest.raises(ConfigError, match=says):
        make_attack(text)


def test_all_wrong_names_are_said_at_once():
    with pytest.raises(ConfigError) as caught:
        make_attack("ringz+none+bursts+density:9")
    assert str(caught.value).count("did you mean") == 2
    assert "density must be" in str(caught.value)
    assert isinstance(make_attack("none+none"), Chain)
    with pytest.raises(ConfigError, match="no ring is planned"):
        Rings(())


@pytest.mark.parametrize("file", ["amazon_all_beauty_5.jsonl.gz", "ml_latest_small_ratings.csv.gz"])
def test_real_logs_are_planted_in(real_data, file):
    from collusion.reviews import read_reviews  # noqa: PLC0415  # of this test alone

    table = read_reviews(real_data / file)
    columns = {
        "reviewer_id": table.reviewer_names.take(table.reviewer),
        "product_id": table.product_names.take(table.product),
        "rating": table.rating,
        "timestamp": table.time.astype(np.int64).astype("datetime64[D]"),
    }
    log = LabelledLog(pa.table({name: pa.array(own) for name, own in columns.items()}), np.zeros(len(table), bool))
    old, reviewers = set(pairs(log)), len(set(columns["reviewer_id"]))
    # Beliefs over MovieLens take longer than all other attacks: the smaller log shows them.
    for name in sorted(ATTACKS.keys() - ({"nash-incbp"} if len(log) > 10_000 else set())):
        planted = make_attack(name).plant(log, stream(0, name))
        assert (name == "none") == (len(planted) == len(log))
        if planted.rings:
            accounts = len(planted.accounts) / reviewers
            assert accounts < 0.7 if name == "nash-singleton" else accounts < 0.15
        rows = new(planted, log)
        assert len(rows["reviewer_id"]) == len(planted) - len(log)
        assert old.isdisjoint(zip(rows["reviewer_id"], rows["product_id"], strict=True))
