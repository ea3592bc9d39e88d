"""Random numbers made inside kernels are numpy's own."""

import numpy as np
import pytest

from collusion.kernels.pcg import bounded, next_word, seeded


@pytest.mark.parametrize("seeds", [[0], [1, 2, 3], [2**32 - 1, 0, 5], [7, 8, 9, 10]])
def test_seeds_words_and_bounded_numbers_are_numpys(seeds):
    state, rng = seeded(np.array(seeds)), np.random.default_rng(seeds)
    assert [(int(next_word(state)) >> 11) * 2.0**-53 for _ in range(100)] == rng.random(100).tolist()
    # An odd number of halves of words: the other half of the last is kept, whatever is drawn in between.
    for n in (1, 2, 3, 1000, 2**31 + 5, 2**32 - 1):
        assert [bounded(state, n) for _ in range(51)] == rng.integers(n, size=51).tolist()
        assert (int(next_word(state)) >> 11) * 2.0**-53 == rng.random()
