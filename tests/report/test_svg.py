"""Pictures of a page: our elements only, no style, no id, no reference, the same bytes every time, and nothing cut or over one another."""

import subprocess
import sys
from decimal import Decimal
from html.parser import HTMLParser
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from report.chromium import settle, tab
from report.fake_case import NO_TIME, make_case, make_log, make_ring
from report.hostile import hostile_case

from collusion.base.model import Breakdown, Part
from collusion.report.adjacency import adjacency
from collusion.report.coreview import coreview
from collusion.report.rating_impact import rating_impact
from collusion.report.timeline import timeline
from collusion.report.waterfall import waterfall

PICTURES = (waterfall, adjacency, timeline, coreview, rating_impact)
SVG = "{http://www.w3.org/2000/svg}"
PARTS = (Part("places of the rarest kind", Decimal("31.204511"), 81_200, 4.25), Part("choosing the group", Decimal("-3.454511")))
# Long, of wide letters, Chinese, Arabic, turned around, markup; and an id as long as no page is wide.
NAMES = (
    "{}",
    "{}-" + "WMW" * 60,
    "日本語のレビュー{}",
    "مراجعة{}",
    "\u202e{}\u202c",
    "<script>{}</script>\"'&amp;",
    "x{}\x00\x1b" + "y" * 500,
)


def named(size, width, n, **more):
    log, reviewers, products = make_log(size, width, n=n, text=False, **more)
    new = {name: NAMES[k % len(NAMES)].format(name) for k, name in enumerate(sorted({*log.reviewer_id, *log.product_id}))}
    log = log.assign(reviewer_id=log.reviewer_id.map(new), product_id=log.product_id.map(new))
    ring = make_ring(log, [new[one] for one in reviewers], [new[one] for one in products], breakdown=Breakdown(PARTS, 7, "product"))
    return make_case(log, [ring])


@pytest.fixture(scope="module")
def case():
    return named(12, 6, 1500)


def svg_of(case, picture):
    return str(picture(case, case.rings[0]).svg("what it shows"))


def texts(svg):
    return [element.text for element in ET.fromstring(svg).iter("text")]


class Tags(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize("which", ["every string", "long and turned around"])
@pytest.mark.parametrize("picture", PICTURES)
def test_hostile_ids_are_text(case, which, picture):
    svg = svg_of(hostile_case() if which == "every string" else case, picture)
    tags = Tags(svg).found
    assert {tag for tag, _ in tags} <= {"svg", "g", "path", "text", "rect"}
    names = {name for _, attributes in tags for name in attributes}
    assert not {name for name in names if name.startswith("on")} | (names & {"style", "href", "id"})
    ET.fromstring(svg)  # our own output; well-formed
    assert not [one for one in svg if not one.isprintable()]
    assert max(len(text) for text in texts(svg)) < 130


def test_labels_show_what_ids_hide(case):
    shown = texts(svg_of(case, adjacency))
    assert any("\\u202e" in text for text in shown)
    assert any(text.startswith("<script>") for text in shown)


def test_a_description_is_text():
    root = ET.fromstring(str(adjacency(c := named(3, 2, 300), c.rings[0]).svg('say "what" <it>\x00 shows')))
    assert (root.get("role"), root.get("aria-label")) == ("img", 'say "what" <it> shows')


@pytest.mark.parametrize("picture", PICTURES)
def test_order_of_rows_changes_no_picture(picture):
    log, reviewers, products = make_log(12, 6, n=1500)
    shuffled = log.sample(frac=1, random_state=1).reset_index(drop=True)
    one, other = (make_case(rows, [make_ring(rows, reviewers, products)]) for rows in (log, shuffled))
    assert svg_of(one, picture) == svg_of(other, picture)


def test_a_report_is_written_without_matplotlib():
    code = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parents[1])!r})\n"
        "import tempfile; from pathlib import Path\n"
        "from report.fake_case import make_case, make_log, make_ring\n"
        "from collusion.case.write import write_case\n"
        "log, reviewers, products = make_log(6, 4, n=300)\n"
        "with tempfile.TemporaryDirectory() as folder:\n"
        "    write_case(make_case(log, [make_ring(log, reviewers, products)]), Path(folder) / 'case', ['report'])\n"
        "    print((Path(folder) / 'case' / 'report' / 'index.html').exists(), 'matplotlib' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False"]


@pytest.mark.parametrize(
    ("picture", "how", "reason"),
    [
        (timeline, {"times": False}, "no times"),
        (rating_impact, {"ratings": False}, "no ratings"),
        (rating_impact, {"times": False}, "no times"),
        (waterfall, {}, "without the parts"),
    ],
)
def test_what_is_missing_is_said(picture, how, reason):
    log, reviewers, products = make_log(6, 4, n=600)
    case = make_case(log, [make_ring(log, reviewers, products, times=how.get("times", True))], **how)
    drawn = picture(case, case.rings[0])
    assert reason in drawn.reason
    assert " ".join(texts(str(drawn.svg(drawn.reason)))) == drawn.reason


def test_one_member_is_no_pair_and_no_review_no_matrix():
    log, reviewers, products = make_log(1, 3, n=300, density=1.0)
    case = make_case(log, [make_ring(log, reviewers, products)])
    assert "no pair can be counted" in coreview(case, case.rings[0]).reason
    empty = make_case(log, [make_ring(log, ["nobody"], ["nothing"])])
    assert adjacency(empty, empty.rings[0]).reason == "The ring has no review to show."


@pytest.mark.parametrize("days", [[0], [-900_000, 900_000], [2_932_000, 2_950_000], [-(2**31) + 1, 2**31 - 1], [18_000, 18_000]])
def test_any_day_can_be_shown(days):
    log, reviewers, products = make_log(6, 4, n=300)
    log["time"] = np.resize(days, len(log))
    log.loc[::9, "time"] = NO_TIME
    case = make_case(log, [make_ring(log, reviewers, products)])
    for picture in (timeline, rating_impact):
        assert "nan" not in svg_of(case, picture)


def test_sides_of_a_low_matrix_have_lines_of_their_own():
    """Two members, and twelve of thousands of others: one below the other they would not fit."""
    log, reviewers, products = make_log(2, 1, n=40_000, text=False)
    log["product_id"] = min(products)
    case = make_case(log, [make_ring(log, reviewers, products)])
    sides = [one for one in ET.fromstring(svg_of(case, adjacency)).iter("text") if "rotate(90)" in one.get("transform", "")]
    assert [one.text.split()[-1] for one in sides] == ["members", "reviewers"]
    assert len({one.get("transform").split()[0] for one in sides}) == 2


# In a browser

BOXES = """() => [...document.querySelectorAll('svg')].map((svg) => {
  const whole = svg.getBoundingClientRect();
  return [...svg.querySelectorAll('text')].map((text) => {
    const box = text.getBoundingClientRect();
    return [text.textContent.slice(0, 40), box.left - whole.left, box.top - whole.top, box.right - whole.left, box.bottom - whole.top,
      whole.width, whole.height];
  });
})"""
SIZES = {"2x1": (2, 1, 800, {}), "5x3": (5, 3, 1500, {"burst": 10}), "64x64": (64, 64, 5000, {"density": 0.2})}
SIZES["300x1200"] = (300, 1200, 60_000, {"density": 0.02, "burst": 200})


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
def test_no_text_is_cut_or_over_another(chromium, size):
    """Of ids in any letters; by more than a hair of what the browser measures in the fonts that it has."""
    members, products, n, more = SIZES[size]
    case = named(members, products, n, **more)
    with tab(chromium) as (page, heard):
        for picture in PICTURES:
            style = "<style>body { margin: 0 } svg { font-family: 'DejaVu Sans', sans-serif }</style>"
            page.set_content(f"<!DOCTYPE html>{style}{svg_of(case, picture)}")
            settle(page)
            (boxes,) = page.evaluate(BOXES)
            assert boxes
            for text, left, top, right, bottom, width, height in boxes:
                assert min(left, top, width - right, height - bottom) > -3, (picture.__name__, text)
            over = [
                (a[0], b[0])
                for a, b in combinations(boxes, 2)
                # Boxes of lines are higher than their letters: two lines below one another may touch.
                if min(a[3], b[3]) - max(a[1], b[1]) > 2 and min(a[4], b[4]) - max(a[2], b[2]) > 5
            ]
            assert over == [], picture.__name__
        assert heard.complaints == []
