"""Adaptive attacks: which reviews are left of a spammer who sees the flags."""

import csv
import json

import pytest

from collusion.base.errors import ConfigError
from collusion.bench.board.adaptive_attacks import Round, adaptive_attacks, flags_of, means, write_rounds
from collusion.bench.board.log_specs import LogSpec, make_log
from collusion.cli import main

DATA = "market:2000"


def outcome(method="scan", seed=0, number=1, left=0.5, data=DATA):
    return Round(method, data, seed, number, 40, 20, 3, left, 0.25, 40, 0, "20x8@0.60:days=14")


def test_means_are_over_seeds_round_by_round():
    told = means([outcome(seed=0, left=0.2), outcome(seed=1, left=0.4), outcome(seed=0, number=2, left=1.0), outcome("degree", left=0.0)])
    assert told == {(DATA, "scan"): pytest.approx([0.3, 1.0]), (DATA, "degree"): [0.0]}


def test_a_method_without_a_threshold_flags_as_many_as_there_are():
    log = make_log(LogSpec(DATA, "rings", 1))
    flagged = flags_of("degree", 1)(log)
    assert len(flagged) == len(log.accounts)
    count = {}
    for name in log.table.column("reviewer_id").to_pylist():
        count[name] = count.get(name, 0) + 1
    assert min(count[name] for name in flagged) >= max(sorted(count.values())[: -len(flagged)]) - 1


@pytest.mark.slow
def test_scan_flags_the_accounts_of_its_rings():
    log = make_log(LogSpec("market:8000", "20x8@0.8:days=14", 1))
    flagged = flags_of("scan", 1)(log)
    assert len(flagged & log.accounts) >= 0.8 * len(log.accounts)
    assert len(flagged - log.accounts) <= 0.2 * len(flagged)


@pytest.mark.slow
def test_adaptive_attacks_are_the_same_for_the_same_seed_whatever_the_jobs(tmp_path, request):
    one = adaptive_attacks(["degree", "random"], [DATA], rounds=2, seeds=2, jobs=2)
    request.getfixturevalue("no_processes")
    first_seed = adaptive_attacks(["degree", "random"], [DATA], rounds=2, seeds=1, jobs=1)
    assert first_seed == [told for told in one if told.seed == 0]
    assert [(told.method, told.seed, told.round) for told in one] == [
        (m, s, r) for m in ("degree", "random") for s in (0, 1) for r in (1, 2)
    ]
    # In the first round nothing has been learned: all methods see the same attack.
    first = {(told.seed, told.accounts, told.new, told.plan) for told in one if told.round == 1}
    assert len(first) == 2
    assert all(0 <= told.share_left <= 1 and told.caught <= told.accounts for told in one)
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        folder.mkdir()
        write_rounds(one, folder)
    assert (folders[0] / "adaptive.svg").read_bytes() == (folders[1] / "adaptive.svg").read_bytes()
    rows = list(csv.DictReader((folders[0] / "adaptive.csv").read_text(encoding="utf-8").splitlines()))
    assert [float(row["share_left"]) for row in rows] == [told.share_left for told in one]


def test_all_that_is_wrong_is_told_at_once():
    with pytest.raises(ConfigError) as caught:
        adaptive_attacks(["degre", "footprint", "peer:networkx-core"], [DATA], rounds=0, seeds=0)
    for part in ("degre", "footprint: scores no reviewers", "peers take no part", "rounds must be at least 1", "seeds must be at least 1"):
        assert part in str(caught.value)


@pytest.mark.usefixtures("no_processes")
def test_an_adaptive_attack_on_the_command_line(tmp_path, capsys):
    out = tmp_path / "adaptive"
    assert (
        main(["bench", "adapt", "--out", str(out), "--methods", "random", "--data", DATA, "--rounds", "2", "--seeds", "1", "--json"]) == 0
    )
    told = json.loads(capsys.readouterr().out)
    assert [one["round"] for one in told["rounds"]] == [1, 2]
    assert {path.name for path in out.iterdir()} == {"adaptive.csv", "adaptive.svg"}
    assert main(["bench", "adapt", "--out", str(out), "--methods", "random"]) == 2
