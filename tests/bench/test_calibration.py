"""Laws of the calibration run: fixed seeds, nothing lost, the same worlds however they are run."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from collusion.base.errors import ConfigError
from collusion.bench.calibration import calibrate, judge_world, recorded
from collusion.bench.columns import COLUMNS, MAIN
from collusion.bench.processes import Answer
from collusion.bench.worlds import REPORTING_SEED, RINGS, TUNING_SEEDS, Calibration, World, world_log
from collusion.simulate.crowds import CROWDS
from collusion.simulate.shapes import SHAPES

TINY = Calibration(
    ring_free=2,
    ringed=1,
    ring_free_reviews=(1500, 2500),
    ringed_reviews=5000,
    rings={"dense": 1, "workforce": 1},
    seed=40,
    replicates=10,
    columns=("full",),
)


def plain(worlds):
    """Worlds without the one figure that differs from run to run."""
    return [replace(one, seconds=0) for one in worlds]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    seen = []
    worlds = calibrate(TINY, folder, jobs=2, finished=lambda some: seen.append([one.world for one in some]))
    return folder, worlds, seen


def test_every_shape_is_planted_in_the_worlds_with_rings_and_none_in_the_others():
    worlds = Calibration(ring_free=3, ringed=2, columns=("full",)).worlds
    assert [world.kind for world in worlds] == ["ring-free"] * 3 + ["ringed"] * 2
    assert set(RINGS) == set(SHAPES)
    assert all(world.shapes.count(name) == n for world in worlds[3:] for name, n in RINGS.items())
    assert not any(world.shapes for world in worlds[:3])


def test_there_is_more_than_one_honest_crowd_for_each_ring():
    free, ringed = Calibration(ring_free=1, ringed=1, columns=("full",)).worlds
    rings = sum(RINGS.values()) + RINGS["overlapping"] + RINGS["workforce"]
    assert ringed.crowds >= 1.5 * rings
    assert free.crowds >= free.reviews / 5_000


def test_each_kind_of_log_has_its_numbers_and_the_columns_of_its_name():
    plan = Calibration(ring_free=4, ringed=2, other_ring_free=3, other_ringed=1)
    numbers = {
        name: [sum(one.columns == name and one.kind == kind for one in plan.worlds) for kind in ("ring-free", "ringed")] for name in COLUMNS
    }
    assert [kind.name for kind in MAIN] == ["full", "no-ratings", "five-star"]
    assert len(COLUMNS) == 9
    assert all(count == ([4, 2] if COLUMNS[name] in MAIN else [3, 1]) for name, count in numbers.items())
    # All combinations of the three columns, once each.
    assert len({kind.without for kind in COLUMNS.values() if not kind.five_star}) == 8
    assert Calibration(columns=("no-sellers",), other_ring_free=1, other_ringed=0).worlds[0].columns == "no-sellers"


def test_one_world_more_leaves_the_others_as_they_were_and_no_two_share_a_seed():
    few, more = Calibration(ring_free=20, ringed=10).worlds, Calibration(ring_free=30, ringed=20, other_ring_free=60).worlds
    assert set(few) < set(more)
    assert len({world.seed for world in more}) == len({world.name for world in more}) == len(more)


def test_seeds_of_tuning_and_of_reports_are_kept_apart():
    most = {"ring_free": 500, "ringed": 500, "other_ring_free": 500, "other_ringed": 500}
    tuning = {world.seed for world in Calibration(seed=TUNING_SEEDS[0], **most).worlds}
    assert tuning <= set(TUNING_SEEDS)
    assert min(world.seed for world in Calibration(**most).worlds) == REPORTING_SEED > max(TUNING_SEEDS)
    with pytest.raises(ConfigError, match="at most 500"):
        Calibration(ring_free=501)


def test_sizes_lie_in_their_span_as_many_below_its_geometric_middle_as_above():
    plan = Calibration(ring_free=400, ringed=0, ring_free_reviews=(10_000, 1_000_000), columns=("full",))
    sizes = np.array([world.reviews for world in plan.worlds])
    assert 10_000 <= sizes.min() < 12_000
    assert 800_000 < sizes.max() <= 1_000_000
    assert 160 < np.count_nonzero(sizes < 100_000) < 240


def test_every_honest_class_is_in_every_world():
    log = world_log(World("free-0001", 3, 30_000, crowds=6))
    usual = {"fans", "launches", "promotions", "early", "households", "locals", "evenings", "variants"}
    assert {group.kind for group in log.honest} == usual | {kind.name for kind in CROWDS}
    assert not log.rings


def test_a_kind_of_log_is_scanned_without_its_columns():
    """Without ratings no signal of ratings is there."""
    plan = {"seed": 5, "reviews": 12_000, "crowds": 6}
    with_ratings, without = (judge_world(World("w", columns=name, **plan), 10) for name in ("full", "no-ratings"))
    assert (with_ratings.error, without.error) == ("", "")
    assert (with_ratings.columns, without.columns) == ("full", "no-ratings")
    assert with_ratings.honest == without.honest
    assert with_ratings.honest["bundles"] == 1
    heard = {signal for group in without.groups for signal in group.p_values}
    assert heard < {signal for group in with_ratings.groups for signal in group.p_values}
    # Single tests are made in one kind of log only.
    assert with_ratings.p_values
    assert not without.p_values


def test_worlds_are_judged_in_processes_and_told_in_their_order(run):
    _, worlds, seen = run
    assert [one.world for one in worlds] == [world.name for world in TINY.worlds]
    assert [one.error for one in worlds] == ["", "", ""]
    assert [len(names) for names in seen] == [1, 2, 3]
    assert seen[-1] == [one.world for one in worlds]
    assert [len(one.rings) for one in worlds] == [0, 0, 3]
    assert all(one.replicates > 0 and one.seconds > 0 for one in worlds)


def test_the_ring_pair_that_shares_accounts_is_kin(run):
    _, worlds, _ = run
    assert [ring.shape for ring in worlds[2].rings] == ["dense", "workforce", "workforce"]
    assert {ring.ring for ring in worlds[2].rings} == {"ring-1", "ring-2", "ring-3"}


@pytest.mark.usefixtures("no_processes")
def test_a_run_that_was_cut_short_goes_on_and_does_nothing_twice(run, tmp_path):
    """The worlds that are judged again, one of each kind and in this process, are as they were in processes of their own."""
    folder, worlds, _ = run
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    kept, cut, _ = sorted((tmp_path / "worlds.jsonl").read_text(encoding="utf-8").splitlines())
    marked = json.loads(kept)
    marked["seconds"] = 12345.0
    (tmp_path / "worlds.jsonl").write_text(json.dumps(marked) + "\n" + cut[:40], encoding="utf-8")
    again = calibrate(TINY, tmp_path, jobs=1)
    assert plain(again) == plain(worlds)
    assert [one.seconds for one in again if one.world == "full-free-0001"] == [12345.0]
    assert len(recorded(tmp_path)) == 3


@pytest.mark.usefixtures("no_processes")
def test_a_world_whose_process_ends_abruptly_is_a_row(tmp_path, monkeypatch):
    killed = Answer("memory", "was killed, perhaps by the system for want of memory")
    monkeypatch.setattr("collusion.bench.runner.Worker.run", lambda *_: killed)
    plan = replace(TINY, ringed=0)
    assert [one.error for one in calibrate(plan, tmp_path)] == [f"the process {killed.value}"] * 2


@pytest.mark.usefixtures("no_processes")
def test_a_world_that_fails_is_a_row_and_is_run_again(tmp_path):
    """A market of 2,000 reviews has no 1,200 products for a sparse ring."""
    plan = replace(TINY, ring_free=1, ring_free_reviews=(1000, 1000), ringed_reviews=2000, rings={"sparse": 1})
    free, failed = calibrate(plan, tmp_path, jobs=1)
    assert not free.error
    assert failed.error.startswith("ConfigError: the market has 80 products")
    calibrate(plan, tmp_path, jobs=1)
    assert sorted(one.world for one in recorded(tmp_path)) == ["full-free-0001", "full-ringed-0001"]


def test_a_folder_of_other_settings_or_of_anything_else_is_refused(run, tmp_path):
    folder, _, _ = run
    with pytest.raises(ConfigError, match="seed was 40 and is now 41"):
        calibrate(replace(TINY, seed=41), folder)
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(ConfigError, match="is not empty"):
        calibrate(TINY, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_wrong_settings_are_named_all_at_once():
    with pytest.raises(ConfigError) as caught:
        Calibration(ring_free=-1, ringed_reviews=10, ring_free_reviews=(5000, 2000), seed=-1, replicates=0, rings={"dens": 1, "drip": -1})
    message = str(caught.value)
    assert all(
        name in message for name in ("ring_free, ringed", "ring_free_reviews", "ringed_reviews", "seed", "replicates", "'dense'", "drip")
    )
    with pytest.raises(ConfigError, match="did you mean 'no-ratings'"):
        Calibration(columns=("no-rating",))
    with pytest.raises(ConfigError, match="each once"):
        Calibration(columns=("full", "full"))
    with pytest.raises(ConfigError, match="rings must have a ring"):
        Calibration(rings={"dense": 0})
