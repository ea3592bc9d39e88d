"""What the ladder and the judge ask for many groups at once is what they would ask for one after the other."""

from types import SimpleNamespace

import numpy as np
import pytest

from collusion.evidence.significance import Scores, chance_counts, q_of_counts
from collusion.pipeline.judge import _levels
from collusion.pipeline.ladder import q_of, scores_of
from collusion.rings.merge import Candidate


def candidates_and_null(seed, replicates):
    rng = np.random.default_rng(seed)
    # Rounded, so that some scores tie.
    found = [
        Candidate(np.arange(size), np.arange(2), score, ("x",), score)
        for size, score in zip(rng.integers(3, 60, 30).tolist(), np.round(rng.normal(2, 3, 30), 1).tolist(), strict=True)
    ]
    null = [Scores(np.round(rng.gumbel(1, 1, 12), 1), rng.integers(3, 60, 12)) for _ in range(replicates)]
    return found, null


@pytest.mark.parametrize("replicates", [1, 2, 10])
@pytest.mark.parametrize("seed", range(8))
def test_an_explained_group_has_the_q_value_of_one_more_open_group(seed, replicates):
    found, null = candidates_and_null(seed, replicates)
    described = [SimpleNamespace(candidate=candidate) for candidate in found]
    open_ = np.random.default_rng(seed).random(len(found)) < (0.0 if seed == 0 else 0.6)
    counts = chance_counts(scores_of(found, plain=True), null)
    expected = np.ones(len(found))
    expected[open_] = q_of_counts(counts[open_])
    for k in np.flatnonzero(~open_):
        expected[k] = q_of_counts(np.append(counts[open_], counts[k]))[-1]
    assert q_of(described, open_, null, plain=True).tolist() == expected.tolist()


@pytest.mark.parametrize("replicates", [0, 1, 10])
@pytest.mark.parametrize("seed", range(4))
def test_levels_are_those_of_each_group_alone(seed, replicates):
    found, null = candidates_and_null(seed, replicates)

    def alone(candidate):
        if not null or candidate.score <= 0:
            return 0.0
        steps = np.linspace(0.0, candidate.score, 101)
        counts = chance_counts(Scores(steps, np.full(101, len(candidate.reviewers))), null)
        return float(steps[np.searchsorted(-counts, -0.05)]) if counts[-1] <= 0.05 else candidate.score

    assert _levels(null, found, 0.05) == [alone(candidate) for candidate in found]
