"""Laws of the layout: nothing overlaps, what is linked is near, and names, machines and seeds do not matter."""

import numpy as np
import pytest

from collusion.report.layout import GAP, layout

WIDE = 619.2


def distances(place):
    return np.sqrt(((place[:, None] - place[None]) ** 2).sum(axis=2))


def graph(n, kind, random):
    links = {
        "chain": [(k, k + 1) for k in range(n - 1)],
        "star": [(0, k) for k in range(1, n)],
        "complete": [(a, b) for b in range(n) for a in range(b)],
        "none": [],
        "random": [(int(random.integers(b)), b) for b in range(1, n)] + [(a, a + 2) for a in range(0, n - 2, 3)],
    }
    return links[kind]


@pytest.mark.parametrize("kind", ["chain", "star", "complete", "none", "random"])
@pytest.mark.parametrize("n", [1, 2, 3, 30, 100])
def test_circles_lie_within_the_width_and_do_not_overlap(n, kind):
    random = np.random.default_rng(n)
    radii = 9 + 15 * random.random(n) ** 3
    place = layout(radii.tolist(), graph(n, kind, random), WIDE)
    assert np.isfinite(place).all()
    assert (place[:, 0] - radii >= -1e-6).all()
    assert (place[:, 1] - radii >= -1e-6).all()
    assert (place[:, 0] + radii <= WIDE + 1e-6).all()
    assert place[:, 1].max() < 2 * WIDE
    over = radii[:, None] + radii[None] - distances(place)
    np.fill_diagonal(over, -GAP)
    assert over.max() <= 0


def test_what_is_linked_is_nearer_than_what_is_not():
    """Two groups with many links within and one between them."""
    links = [(a, b) for one in (range(10), range(10, 20)) for b in one for a in one if a < b] + [(0, 10)]
    far = distances(layout([10.0] * 20, links, WIDE))
    within = np.mean([far[a, b] for a, b in links[:-1]])
    between = far[1:10, 11:20].mean()
    assert between > 1.5 * within


def test_the_order_of_the_links_does_not_matter():
    links = graph(30, "random", np.random.default_rng(1))
    one, other = (layout([10.0] * 30, order, WIDE) for order in (links, [(b, a) for a, b in reversed(links)]))
    assert np.array_equal(one, other)


def test_small_differences_of_arithmetic_stay_small():
    """As of another machine."""
    links = graph(30, "random", np.random.default_rng(1))
    one, other = (layout([radius] * 30, links, WIDE) for radius in (10.0, 10.0 + 1e-9))
    assert np.abs(one - other).max() < 1e-3


def test_a_frame_is_kept():
    place = layout([10.0] * 30, [(k, k + 1) for k in range(29)], 300.0, 200.0)
    assert (place.min(axis=0) >= 10 - 1e-6).all()
    assert (place.max(axis=0) <= np.array([290.0, 190.0]) + 1e-6).all()
