"""Every page of a report in a real browser: it draws, asks for nothing, runs nothing of the log, and can be read, narrow and on paper."""

import io
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from matplotlib.image import imread
from report.chromium import settle, tab
from report.fake_case import every_status, make_case, make_log, make_profits, make_ring
from report.hostile import HOSTILE, hostile_case

from collusion.base.model import Breakdown, Part
from collusion.report.pages import write_report

pytestmark = pytest.mark.slow

LOOKS = (("ordinary", "light"), ("ordinary", "dark"), ("hostile", "light"))
"""Reports, and the colours in which they are looked at: what the log says has no effect on these."""

PAPER = 718
"""Pixels between the margins of a sheet of A4 that Chromium prints on: 210 mm less 1 cm at each side, at 96 pixels an inch."""

UNFOLD = "() => document.querySelectorAll('details').forEach((one) => { one.open = true; })"

PICTURES = "svg:not(svg svg), img, canvas"

INTRUDERS = """() => [...document.querySelectorAll('*')].filter((node) =>
  node.matches('iframe, frame, object, embed, base, foreignObject, animate, set, form, link[href], meta[http-equiv=refresh]')
  || (node.localName === 'script' && !node.closest('body.explorer-page') && node !== document.body.lastElementChild)
  || node.getAttributeNames().some((name) => name.startsWith('on'))
  || ['href', 'src', 'xlink:href'].some((name) => /^\\s*(javascript|file|https?|\\/\\/):?/i.test(node.getAttribute(name) || ''))
).map((node) => node.outerHTML.slice(0, 200))"""

SIDEWAYS = """() => {
  const found = [];
  if (document.scrollingElement.scrollWidth > innerWidth) found.push(`the page: ${document.scrollingElement.scrollWidth} of ${innerWidth}`);
  for (const node of document.body.querySelectorAll('*')) {
    if (node.closest('svg') || !node.checkVisibility()) continue;
    const scrolls = ['auto', 'scroll'].includes(getComputedStyle(node).overflowX) && node.scrollWidth > node.clientWidth + 1;
    if (scrolls && !node.matches(':has(svg, img, canvas), .scroll')) found.push(node.outerHTML.slice(0, 120));
    if (scrolls && node.getBoundingClientRect().right > innerWidth + 1) found.push(`outside: ${node.outerHTML.slice(0, 120)}`);
  }
  return found;
}"""

CUT = """() => {
  const found = [];
  for (const node of document.body.querySelectorAll('*')) {
    if (node.parentElement.closest('svg') || !node.checkVisibility()) continue;
    const box = node.getBoundingClientRect();
    if (box.width && (box.right > innerWidth + 1 || box.left < -1)) {
      found.push(`${node.localName}.${node.className.baseVal ?? node.className}: ${Math.round(box.left)} to ${Math.round(box.right)}`);
    }
    // What is scrolled to on a screen cannot be reached on paper.
    const hides = getComputedStyle(node).overflowX !== 'visible' && node.scrollWidth > node.clientWidth + 1;
    if (hides && node.localName !== 'bdi') found.push(`hides: ${node.outerHTML.slice(0, 120)}`);
  }
  return [...new Set(found)];
}"""


def ordinary_case():
    """A flagged ring, one that is explained, and a candidate that gets no pictures; notes, and rows set aside."""
    log, reviewers, products = make_log(14, 7, n=1500)
    parts = (Part("places of the rarest kind", Decimal("31.204511"), 812, 4.25), Part("choosing the group", Decimal("-3.454511")))
    flagged = make_ring(log, reviewers, products, breakdown=Breakdown(parts, 7, "product"), score=27.75)
    explained = make_ring(log, sorted(reviewers)[:6], products, rank=2, status="explained", explained_by="fans")
    rest = make_ring(log, sorted(reviewers)[6:], sorted(products)[:3], rank=3, status="candidate")
    aside = [{"source": "log.csv", "row": 5, "line": 6, "column": "rating", "value": "x", "reason": "rating is no number"}]
    case = make_case(log, [flagged, explained, rest], notes=("The log names no categories.",), aside=aside)
    return replace(case, profits=make_profits(sorted(products), [flagged], ["seller 1", "seller 2"]))


def shouting_case():
    """The hostile strings, made to say so in a way that no stub of ``alert`` is needed for, and with an image that is asked for."""
    case = hostile_case()
    log = case.lookup.log
    for column in ("text", "review_id"):
        log[column] = log[column].str.replace("alert(1)", "window.ran=1", regex=False)
    profits = make_profits([name or "(empty)" for name in HOSTILE], case.rings, HOSTILE[:-1])
    return replace(
        case, profits=profits, notes=(*case.notes, "<img src='https://x.test/note'>", "<link rel=stylesheet href='//x.test/a.css'>")
    )


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """The folder of each report, by name."""
    folders = {}
    for name, case, pictures in (("ordinary", ordinary_case(), 2), ("hostile", shouting_case(), 4)):
        folders[name] = tmp_path_factory.mktemp(name) / "report"
        write_report(case, folders[name], pictures=pictures)
    return folders


def pages(folder):
    found = sorted(folder.rglob("*.html"))
    assert len(found) >= 4
    return found


def one_of_each(name, folder):
    """The index, who profits and the page of a ring, and of hostile rings the explorer.

    `test_explorer_page` asks axe about an ordinary one.

    axe takes long, and the other pages are of the same templates.
    """
    explorer = next(path for path in pages(folder) if path.name.endswith("-explore.html"))
    chosen = folder / "index.html", folder / "profits.html", explorer.with_name(explorer.name.replace("-explore", ""))
    return (*chosen, explorer) if name == "hostile" else chosen


def opened(page, path):
    page.add_init_script("window.alert = () => { window.ran = 1; };")
    page.goto(path.as_uri())
    page.evaluate(UNFOLD)
    if page.locator("#explorer").count():
        page.wait_for_selector(".stage > *")
    settle(page)


def pictures_of(page, path):
    """How many pictures a page shows; each has a size and some content."""
    shown = page.locator(PICTURES).all()
    for picture in shown:
        box = picture.bounding_box()
        assert box, f"{path.name}: a picture is not shown"
        assert min(box["width"], box["height"]) >= 10, f"{path.name}: a picture without a size"
        pixels = imread(io.BytesIO(picture.screenshot()))
        assert (pixels != pixels[0, 0]).any(), f"{path.name}: a picture without content"
    return len(shown)


@pytest.mark.parametrize("name", ["ordinary", "hostile"])
def test_every_page_draws_and_is_silent(chromium, reports, name):
    """In light colours; `test_dark_pages_are_dark_and_paper_is_light` looks at the pictures in dark ones."""
    drawn = 0
    for path in pages(reports[name]):
        with tab(chromium) as (page, heard):
            opened(page, path)
            drawn += pictures_of(page, path)
            assert page.evaluate("window.ran") is None
            assert page.evaluate(INTRUDERS) == []
            assert heard.requests == [path.as_uri()]
            assert heard.complaints == []
    # Those on the page of each ring that has some, and its explorer.
    assert drawn >= 6


@pytest.mark.parametrize(("name", "scheme"), LOOKS)
def test_axe_finds_no_serious_fault(chromium, reports, name, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    faults = []
    for path in one_of_each(name, reports[name]):
        with tab(chromium, scheme=scheme) as (page, _heard):
            opened(page, path)
            # axe is brought in by the driver, which the page's own policy does not bind.
            found = axe.Axe().run(page).response["violations"]
        faults += [
            f"{path.name}: {one['id']}: {[node['html'][:200] for node in one['nodes']][:5]}"
            for one in found
            if one["impact"] in {"serious", "critical"}
        ]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("name", ["ordinary", "hostile"])
def test_on_paper_nothing_is_cut_and_pages_scroll_only_pictures(chromium, reports, name):
    """Each page once: printed, with nothing that leads on, and then on screens 1300 and 400 pixels wide."""
    faults = []
    for path in pages(reports[name]):
        with tab(chromium, width=PAPER, height=1000) as (page, heard):
            opened(page, path)
            page.emulate_media(media="print")
            settle(page)
            found = page.evaluate(CUT)
            found += [f"a nav is printed: {one}" for one in page.get_by_role("navigation").all_inner_texts()]
            assert page.pdf(format="A4").startswith(b"%PDF")
            page.emulate_media(media="screen")
            for width in (1300, 400):
                page.set_viewport_size({"width": width, "height": 800})
                settle(page)
                found += page.evaluate(SIDEWAYS)
            assert heard.complaints == []
        faults += [f"{path.name}: {one}" for one in found[:8]]
    assert not faults, "\n".join(faults)


def test_dark_pages_are_dark_and_paper_is_light(chromium, reports):
    looks = (("light", "screen"), ("dark", "screen"), ("dark", "print"))
    for path in pages(reports["ordinary"]):
        light = {}
        with tab(chromium) as (page, _heard):
            opened(page, path)
            for scheme, media in looks:
                page.emulate_media(media=media, color_scheme=scheme)
                settle(page)
                pixels = imread(io.BytesIO(page.screenshot()))[..., :3]
                light[scheme, media] = float(np.median(pixels))
                if (scheme, media) == ("dark", "screen"):
                    pictures_of(page, path)
        assert light["light", "screen"] > 0.9
        assert light["dark", "screen"] < 0.2
        assert light["dark", "print"] > 0.9, path.name


def test_links_lead_to_every_page_and_back(chromium, reports):
    """From the index to each ring, to its explorer where there is one, and back; no link of any page leads nowhere."""
    folder = reports["ordinary"]
    reached = set()
    with tab(chromium) as (page, heard):
        page.goto((folder / "index.html").as_uri())
        front = page.url
        rings = page.locator("a[href^='rings/']").evaluate_all("(links) => [...new Set(links.map((one) => one.getAttribute('href')))]")
        assert len(rings) == 3
        for ring in rings:
            page.locator(f"a[href='{ring}']").first.click()
            assert page.url.endswith(ring)
            reached.add(page.url)
            home = page.url
            explore = page.get_by_role("link", name="Explore")
            if explore.count():
                explore.first.click()
                page.wait_for_selector(".stage > *")
                reached.add(page.url)
                page.locator(f"a[href='{home.rpartition('/')[2]}']").first.click()
                assert page.url == home
            page.locator("a[href='../index.html']").first.click()
            assert page.url == front
            reached.add(front)
        page.get_by_role("link", name="Who profits").click()
        reached.add(page.url)
        page.get_by_role("link", name="All rings").click()
        assert page.url == front
        assert reached == {path.as_uri() for path in pages(folder)}
        for path in pages(folder):
            page.goto(path.as_uri())
            if page.locator("#explorer").count():
                continue
            for target in page.locator("a[href]").evaluate_all("(links) => links.map((one) => one.href)"):
                place, _, mark = target.partition("#")
                if place == page.url.partition("#")[0]:
                    assert mark
                    assert page.evaluate("(id) => document.getElementById(id) !== null", mark), target
                else:
                    # The report lies in the folder of its case: files beside it are written by others.
                    assert place in reached or not place.endswith(".html"), target
        assert heard.complaints == []


def test_the_checks_see_what_they_look_for(chromium, tmp_path):
    """A page with one fault of each kind: what the tests above rest on is no empty list."""
    path = tmp_path / "bad.html"
    path.write_text(
        "<!DOCTYPE html><html lang=en><meta charset=utf-8><title>x</title><body style='margin:0'><nav><a href=#>here</a></nav>"
        "<svg width=20 height=20></svg><div style='width:2000px'>wide</div>"
        "<pre style='overflow:auto;width:50px'>much too long for this</pre>"
        f"<p>{HOSTILE[4]}<img src=x onerror='window.ran=1'><a href='javascript:alert(1)'>a</a></p></body></html>",
        encoding="utf-8",
    )
    with tab(chromium, width=400) as (page, heard):
        opened(page, path)
        page.wait_for_function("window.ran === 1")
        assert len(page.evaluate(INTRUDERS)) == 3
        assert len(page.evaluate(SIDEWAYS)) == 2
        assert any(one.startswith("div") for one in page.evaluate(CUT))
        assert any(one.startswith("hides: <pre") for one in page.evaluate(CUT))
        pixels = imread(io.BytesIO(page.locator("svg").first.screenshot()))
        assert not (pixels != pixels[0, 0]).any()
        assert len(heard.requests) == 2
        assert heard.complaints


def shown(page):
    """The ranks of the groups that the table shows, from the top."""
    return [int(row.locator("td").first.inner_text()) for row in page.locator("#list tbody tr:visible").all()]


def test_groups_are_sorted_and_found_by_hand_and_by_keyboard(chromium, tmp_path):
    """Each heading sorts both ways, what has no value last; a status and a text choose; the number of groups is announced."""
    log = make_log(12, 6, n=1500)
    case = make_case(log[0], every_status(*log))
    write_report(case, tmp_path / "report", pictures=0)
    alone = case.rings[0].reviewers[-1]  # the other rings have fewer and fewer members, the last ones first
    with tab(chromium) as (page, heard):
        page.goto((tmp_path / "report" / "index.html").as_uri())
        status, head = page.get_by_role("status"), page.get_by_role("columnheader")
        assert shown(page) == [1, 2, 3, 4, 5]
        assert head.first.get_attribute("aria-sort") == "ascending"
        page.get_by_role("button", name="reviewers").click()
        assert shown(page) == [5, 4, 3, 2, 1]
        page.get_by_role("button", name="q, unlike others").focus()
        page.keyboard.press("Enter")
        assert shown(page) == [4, 2, 3, 1, 5]  # 0.01, 0.02, 0.4, 0.6, none
        page.keyboard.press("Enter")
        assert shown(page) == [1, 3, 2, 4, 5]
        assert next(one for one in head.all() if one.get_attribute("aria-sort")).get_attribute("aria-sort") == "descending"
        page.get_by_role("button", name="status").click()
        assert [case.rings[k - 1].status for k in shown(page)] == ["flagged", "coordinated", "coordinated", "candidate", "explained"]
        page.get_by_role("searchbox").fill(alone.lower())
        assert shown(page) == [1]
        assert status.inner_text() == "1 of 5 groups shown"
        page.get_by_role("searchbox").fill("")
        page.get_by_label("coordinated", exact=True).check()
        assert shown(page) == [3, 4]
        assert status.inner_text() == "2 of 5 groups shown"
        page.get_by_role("searchbox").fill("rating sessions")
        assert shown(page) == [3, 4]
        page.emulate_media(media="print")
        assert len(shown(page)) == 5
        assert heard.complaints == []
        assert len(heard.requests) == 1


def test_without_a_script_the_first_page_shows_all_groups_and_chooses_a_status(chromium, tmp_path):
    log = make_log(12, 6, n=1500)
    write_report(make_case(log[0], every_status(*log)), tmp_path / "report", pictures=0)
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((tmp_path / "report" / "index.html").as_uri())
    assert shown(page) == [1, 2, 3, 4, 5]
    page.get_by_label("coordinated", exact=True).check()
    assert shown(page) == [3, 4]
    assert page.get_by_role("searchbox").count() == page.get_by_role("button").count() == 0
    context.close()
