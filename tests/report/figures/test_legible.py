"""Labels of pictures are neither cut nor over one another: of small and large rings, with ids of any letters, in axes of the caller too."""

from decimal import Decimal
from itertools import combinations

import pytest
from matplotlib.figure import Figure
from matplotlib.text import Annotation, Text
from report.fake_case import make_case, make_log, make_ring

from collusion.base.model import Breakdown, Part
from collusion.report.figures.canvas import quiet

PICTURES = ("waterfall", "adjacency", "timeline", "coreview", "rating_impact")
SIZES = {"2x1": (2, 1, 800, {}), "5x3": (5, 3, 1500, {}), "64x64": (64, 64, 5000, {"density": 0.2})}
SIZES["300x1200"] = (300, 1200, 60_000, {"density": 0.02, "burst": 200})


@pytest.fixture(scope="module", params=SIZES)
def case(request):
    """Ids are very long, of wide letters, of Chinese and of Arabic ones, in turn."""
    size, width, n, more = SIZES[request.param]
    log, reviewers, products = make_log(size, width, n=n, text=False, **more)
    kinds = ("{}", "{}-" + "WMW" * 60, "日本語のレビュー{}", "مراجعة{}")
    named = {name: kinds[k % len(kinds)].format(name) for k, name in enumerate(sorted({*log.reviewer_id, *log.product_id}))}
    log = log.assign(reviewer_id=log.reviewer_id.map(named), product_id=log.product_id.map(named))
    members, targets = [named[one] for one in reviewers], [named[one] for one in products]
    parts = (Part("places of the rarest kind", Decimal("31.204511"), 81_200, 4.25), Part("choosing the group", Decimal("-3.454511")))
    rings = [
        make_ring(log, some, targets, rank=rank, breakdown=Breakdown(parts, 7, "product"), score=27.75)
        for rank, some in ((1, members), (2, sorted(members)[: max(size // 2, 2)]))
    ]
    return make_case(log, rings)


@pytest.fixture
def drawn(monkeypatch):
    """The texts that were drawn since: ticks outside their axis are made, too, but never drawn."""
    found = []
    for kind in (Text, Annotation):

        def draw(self, renderer, *, old=kind.draw):
            if self.get_visible() and self.get_text().strip():
                found.append(self)
            old(self, renderer)

        monkeypatch.setattr(kind, "draw", draw)
    return found


def overlapping(figure, drawn):
    """Pairs of texts that lie over one another by more than a hair."""
    drawn.clear()
    with quiet():
        figure.draw_without_rendering()
        boxes = [(one.get_text()[:40], one.get_window_extent()) for one in dict.fromkeys(drawn)]
    return [
        (a, b)
        for (a, one), (b, other) in combinations(boxes, 2)
        if min(one.x1, other.x1) - max(one.x0, other.x0) > 1.5 and min(one.y1, other.y1) - max(one.y0, other.y0) > 1.5
    ]


@pytest.mark.slow
@pytest.mark.parametrize("name", PICTURES)
def test_no_text_lies_over_another(case, name, drawn):
    first, second = case.rings
    assert overlapping(first.compare(second, picture=name).get_figure(), drawn) == []


@pytest.mark.parametrize("name", PICTURES)
def test_axes_of_the_caller_hold_all_of_the_picture(case, name):
    """Nothing stands outside their place: not cut by the figure, not over a neighbour."""
    figure = Figure(figsize=(24, 18))
    (ax, _), _ = figure.subplots(2, 2)
    place = ax.get_window_extent().frozen()
    getattr(case.rings[0], name)(ax=ax)
    with quiet():
        figure.draw_without_rendering()
        box = ax.get_tightbbox()
    # Half a tick label more or less, where the number of ticks changed with the size.
    assert place.x0 - 6 <= box.x0 <= box.x1 <= place.x1 + 6
    assert place.y0 - 6 <= box.y0 <= box.y1 <= place.y1 + 6


def test_cells_of_the_heat_map_are_square_in_axes_of_the_caller(case):
    figure = Figure(figsize=(24, 18))
    ax = figure.subplots(2, 2)[0, 0]
    case.rings[0].coreview(ax=ax)
    if ax.images:
        box = ax.images[0].get_window_extent()
        assert box.width == pytest.approx(box.height, rel=0.01)


def test_a_layout_engine_makes_the_room_itself(case):
    figure = Figure(figsize=(24, 18), layout="constrained")
    ax = figure.subplots(2, 2)[0, 0]
    case.rings[0].waterfall(ax=ax)
    with quiet():
        figure.draw_without_rendering()
        box = ax.get_tightbbox()
    assert box.x0 >= -2
    assert box.y1 <= figure.bbox.y1 + 2
