"""The report: complete, the same bytes every time, harmless whatever the log says, and without a request."""

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from report.fake_case import make_case, make_log, make_profits, make_ring
from report.hostile import HOSTILE, hostile_case

from collusion.base.errors import OutputError
from collusion.pipeline import scan
from collusion.report.pages import write_report
from collusion.report.sanitize import sanitize
from markets import frame, market

ELEMENTS = """
    html head meta title style body nav main
    a header h1 h2 h3 p span section div table thead tbody tr th td b figure figcaption bdi ul ol li dl
    dt dd pre code small fieldset legend label input script svg g path text rect
"""
ATTRIBUTES = """
    lang charset http-equiv content name type checked class href id role scope tabindex aria-label data-key data-ids viewbox
    width height d x y transform
    fill-opacity fill font-size font-weight shape-rendering stroke stroke-dasharray stroke-linecap stroke-opacity stroke-width text-anchor
"""


class Page(HTMLParser):
    """Elements, attributes and text of a page, as a browser would find them."""

    def __init__(self, path):
        super().__init__()
        self.tags, self.text = [], []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, attrs))

    def handle_data(self, data):
        self.text.append(data)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    case = hostile_case()
    names = [name or "(empty)" for name in HOSTILE]
    case = replace(case, profits=make_profits(names, case.rings, names))
    folder = tmp_path_factory.mktemp("hostile") / "report"
    write_report(case, folder)
    return case, folder


def pages(folder):
    """All files but the explorers, which `test_explorer_page.py` opens."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.endswith("-explore.html"))


def test_files_are_the_index_a_page_a_ring_and_explorers(hostile):
    case, folder = hostile
    expected = [folder / "index.html", folder / "profits.html", *sorted(folder / "rings" / f"{ring.id}.html" for ring in case.rings)]
    assert pages(folder) == expected
    assert sorted(folder.rglob("*-explore.html")) == sorted(folder / "rings" / f"{ring.id}-explore.html" for ring in case.rings)
    assert sorted(path.name for path in folder.parent.iterdir()) == ["report"]


def test_hostile_strings_make_no_element_and_no_attribute(hostile):
    _, folder = hostile
    for path in pages(folder):
        page = Page(path)
        assert {tag for tag, _ in page.tags} <= set(ELEMENTS.split())
        assert {name for _, attrs in page.tags for name, _ in attrs} <= set(ATTRIBUTES.split())
        for tag, attrs in page.tags:
            href = dict(attrs).get("href")
            if href is not None:
                assert re.fullmatch(
                    {
                        "a": r"(\.\./)?index\.html(#method)?|profits\.html|"
                        r"(rings/)?R-[0-9a-f]{12}\.html|R-[0-9a-f]{12}-explore\.html|#r\d+|#[a-z]+",
                    }[tag],
                    href,
                )


def test_hostile_strings_are_shown_as_they_are(hostile):
    case, folder = hostile
    page = Page(folder / "rings" / f"{case.rings[0].id}.html")
    shown = "\n".join(page.text)
    for name in case.rings[0].reviewers:
        if len(sanitize(name)) <= 100:
            assert sanitize(name) in shown
    assert "{{7*7}}" in shown
    assert not re.search(
        r"[\x00-\x08\x0b-\x1f\u202e\u2066\ud800-\udfff]", "".join(path.read_text(encoding="utf-8") for path in pages(folder))
    )


def test_who_profits_shows_hostile_names_as_they_are_and_concludes_nothing(hostile):
    case, folder = hostile
    shown = "\n".join(Page(folder / "profits.html").text)
    for one in (*case.profits.products, *case.profits.sellers):
        if len(sanitize(one.id)) <= 100:
            assert sanitize(one.id) in shown
    assert "Profiting is not ordering." in shown
    assert "Did any of them have to do with it?" in shown


def hash_of(text):
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def test_policy_allows_one_style_sheet_and_on_the_index_one_script_by_their_hashes_and_nothing_else(hostile):
    _, folder = hostile
    for path in pages(folder):
        text = path.read_text(encoding="utf-8")
        (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
        scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
        assert len(scripts) == text.count("<script") == (path.name == "index.html")
        allowed = "".join(f"script-src '{hash_of(one)}'; require-trusted-types-for 'script'; trusted-types 'none'; " for one in scripts)
        policies = [
            dict(attrs)["content"] for tag, attrs in Page(path).tags if tag == "meta" and ("http-equiv", "Content-Security-Policy") in attrs
        ]
        assert policies == [f"default-src 'none'; {allowed}style-src '{hash_of(style)}'; base-uri 'none'; form-action 'none'"]
        assert text.index("Content-Security-Policy") < text.index("<style>")
        assert not re.search(r"@import|url\(", style)


def test_pages_are_small(hostile):
    log, reviewers, products = make_log(300, 60, n=20_000)
    log["text"] = '"\u202e<&' * 500
    case = make_case(log, [make_ring(log, reviewers, products)])
    folder = hostile[1].parent.parent / "large"
    write_report(case, folder)
    assert max(path.stat().st_size for path in [*pages(folder), *pages(hostile[1])]) <= 2_000_000


def test_source_is_read_once_for_all_rings(tmp_path):
    log, reviewers, products = make_log(12, 6, n=1500)
    rings = [make_ring(log, sorted(reviewers)[k:], products, rank=k + 1) for k in range(4)]
    case = make_case(log, rings)
    write_report(case, tmp_path / "report", pictures=1)
    assert case.lookup.asked["rows"] == 1
    assert max(case.lookup.asked["context", ring.id] for ring in rings) <= 2


@pytest.mark.parametrize(
    ("status", "pictures", "drawn"),
    [
        (("flagged",) * 4, 2, [5, 5, 0, 0]),
        (("candidate", "flagged", "explained", "coordinated", "flagged"), 4, [0, 5, 0, 5, 5]),
    ],
)
def test_flagged_rings_get_pictures_first_few_others_do_and_the_index_says_so(tmp_path, status, pictures, drawn):
    log, reviewers, products = make_log(12, 6, n=1500)
    rings = [make_ring(log, sorted(reviewers)[k:], products, rank=k + 1, status=s) for k, s in enumerate(status)]
    write_report(make_case(log, rings), tmp_path / "report", pictures=pictures)
    counts = [sum(tag == "svg" for tag, _ in Page(tmp_path / "report" / "rings" / f"{ring.id}.html").tags) for ring in rings]
    assert counts == drawn
    index = " ".join(Page(tmp_path / "report" / "index.html").text)
    assert f"for {len(rings) - 2} groups, flagged ones first; the pages of the other 2 have none" in index
    assert index.count("no pictures") == 2


def test_index_says_what_the_case_says(tmp_path):
    log, reviewers, products = make_log(12, 6, n=1500)
    rings = [
        make_ring(log, reviewers, products),
        make_ring(log, sorted(reviewers)[:5], products, rank=2, status="candidate", q_values={}),
        make_ring(log, sorted(reviewers)[:4], products, rank=3, status="explained", explained_by="crowd", q_values={"N0": 0.5}),
    ]
    aside = [{"source": "log.csv", "row": k, "line": k + 1, "column": "rating", "value": "x", "reason": "is no number"} for k in (1, 2)]
    case = make_case(log, rings, notes=("The log has no categories.",), aside=aside)
    write_report(case, tmp_path / "report", pictures=0)
    text = re.sub(r"\s+", " ", " ".join(Page(tmp_path / "report" / "index.html").text))
    assert "1 flagged, 0 coordinated, 1 candidate, 1 explained, in" in text
    for ring in rings:
        assert ring.id in text
    assert f"rows read {len(log) + 2:,} = {len(log):,} accepted + 2 rejected" in text
    assert f"= {len(log):,} used + 0 repeat reviews + 0 copies across product variants, merged" in text
    assert "2 is no number rating" in text
    assert "The log has no categories." in text
    assert "sha256:" + "ab" * 32 in text
    assert "not a verdict" in text


@pytest.mark.parametrize(("replicates", "reason"), [(40, "does not show that there is no ring"), (0, "nothing can be flagged")])
def test_a_case_without_rings_says_so_and_why(tmp_path, replicates, reason):
    log, _, _ = make_log(3, 2, n=100)
    case = make_case(log, [])
    case = replace(case, provenance=replace(case.provenance, replicates=replicates))
    write_report(case, tmp_path / "report")
    text = (tmp_path / "report" / "index.html").read_text()
    assert "No group is flagged: 0 flagged, 0 coordinated, 0 candidates, 0 explained, in" in text
    assert reason in text


@pytest.mark.parametrize("mark", ['"', "\U0001f600"])
def test_a_page_of_a_thousand_ids_made_to_swell_is_small(tmp_path, mark):
    """Every id, and every text, is as long as is shown, of characters that take the most bytes."""
    n = 1000
    log = pd.DataFrame(
        {
            "reviewer_id": [f"{mark * 150}u{k % n}" for k in range(5 * n)],
            "product_id": [f"{mark * 150}p{(k + k // n) % n}" for k in range(5 * n)],
            "time": 18_000 + np.arange(5 * n) % 300,
            "rating": 5.0,
            "text": mark * 3000,
        }
    )
    ring = make_ring(log, set(log.reviewer_id), set(log.product_id))
    write_report(make_case(log, [ring]), tmp_path / "report")
    explorer, page = sorted((tmp_path / "report" / "rings").iterdir())
    assert page.stat().st_size <= 2_000_000
    assert explorer.stat().st_size <= 2_000_000
    assert re.search(r"[\d,]+ more reviewers are in members.csv", page.read_text(encoding="utf-8"))


def test_a_real_scan_of_hostile_ids_is_harmless_and_shows_them(tmp_path):
    """The full pipeline, from a frame to the pages: the members and the products of a planted ring have hostile ids."""
    data = frame(market(20_000, 7, [(12, 6, 0.9)])[0])
    ring = scan(data, replicates=2, fdr=0.5).rings[0]
    # A lone surrogate is no text for the reader, which says so; only ids given by hand hold one.
    names = [name for name in HOSTILE if len(sanitize(name)) <= 100 and name.strip() and "\ud800" not in name]
    renamed = dict(zip((*ring.reviewers, *ring.products), names, strict=False))
    assert len(renamed) == len(ring.reviewers) + len(ring.products)
    data["reviewer_id"] = data.reviewer_id.map(lambda name: renamed.get(name, name))
    data["product_id"] = data.product_id.map(lambda name: renamed.get(name, name))
    data["text"] = pd.Series([names[k % len(names)] for k in range(len(data))], dtype=object)
    case = scan(data, replicates=2, fdr=0.5)
    assert set(case.rings[0].reviewers) == {renamed[name] for name in ring.reviewers}
    write_report(case, tmp_path / "report")
    page = Page(tmp_path / "report" / "rings" / f"{case.rings[0].id}.html")
    assert {tag for tag, _ in page.tags} <= set(ELEMENTS.split())
    assert {name for _, attrs in page.tags for name, _ in attrs} <= set(ATTRIBUTES.split())
    shown = "\n".join(page.text)
    assert all(sanitize(name) in shown for name in renamed.values())


def test_ids_that_are_no_file_names_are_refused(tmp_path):
    log, reviewers, products = make_log(5, 3, n=300)
    for name in ("../../x", "R-0", "R-0123456789abc", "R-0123456789ab\n"):
        with pytest.raises(OutputError, match="cannot be file names"):
            write_report(make_case(log, [make_ring(log, reviewers, products, id=name)]), tmp_path / "report")
    assert list(tmp_path.iterdir()) == []


def test_two_rings_of_one_id_are_refused(tmp_path):
    log, reviewers, products = make_log(5, 3, n=300)
    with pytest.raises(OutputError, match="cannot be written"):
        write_report(make_case(log, [make_ring(log, reviewers, products)] * 2), tmp_path / "report", pictures=0)


def test_missing_parent_is_an_output_error(tmp_path):
    log, _, _ = make_log(3, 2, n=100)
    with pytest.raises(OutputError):
        write_report(make_case(log, []), tmp_path / "no" / "report")


def test_strings_are_thirty_and_more():
    assert len(set(HOSTILE)) >= 30
