"""What a notebook inserts into its page: the card, the table and the sparkline, in a browser without any policy that would help."""

from dataclasses import replace

import pytest
from report.chromium import settle, tab
from report.hostile import HOSTILE, hostile_case

from collusion.base.model import Evidence
from collusion.report.notebook_html import ring_card
from collusion.report.sanitize import sanitize
from collusion.report.sparkline import sparkline

pytestmark = pytest.mark.slow

# Markup that asks or runs as soon as it is inserted; `innerHTML` alone runs no script element.
AT_ONCE = (
    "<img src=x onerror=alert(1)>",
    "<img src='https://x.test/pixel.gif'>",
    "'\"><img src=x onerror=alert(1)>",
    "</td></table><img src=x onerror=alert(1)>",
    "</bdi></code><svg onload=alert(1)><image href='https://x.test/i'/></svg>",
    "<style>@import url('https://x.test/a.css');</style>",
    "<link rel=stylesheet href='https://x.test/b.css'>",
    "<iframe srcdoc='<script>parent.alert(1)</script>'></iframe>",
    "<video src=x onerror=alert(1)></video>",
    "<details open ontoggle=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<audio src=x onerror=alert(1)></audio>",
)

INSERT = """(html) => {
  window.ran = 0;
  window.alert = () => { window.ran += 1; };
  const cell = document.body.appendChild(document.createElement('div'));
  cell.innerHTML = html;
  // As notebooks do for outputs that are trusted: script elements are created again, and then they run.
  for (const old of cell.querySelectorAll('script')) {
    const fresh = document.createElement('script');
    fresh.textContent = old.textContent;
    old.replaceWith(fresh);
  }
  cell.querySelectorAll('details').forEach((one) => { one.open = true; });
  return [...new Set([...cell.querySelectorAll('*')].map((node) => node.localName))];
}"""

ELEMENTS = "div small table caption thead tbody tr th td p b i span ul li details summary bdi code svg title path"


@pytest.fixture(scope="module")
def views():
    """Every view of hostile rings: ids, detectors, signals, statements and what explains the ring are hostile."""
    case = hostile_case()
    names = (*AT_ONCE, *HOSTILE)
    evidence = tuple(
        Evidence(name, f"{name} {other}", 1.0, 2.0, 1e-9, (0, 1), stance)
        for name, other, stance in zip(names, reversed(names), ("for", "against", "explains", "neutral") * len(names), strict=False)
    )
    rings = []
    for k, ring in enumerate(case.rings):
        for name in AT_ONCE if not k else AT_ONCE[:2]:
            rings.append(replace(ring, evidence=evidence, status="explained", explained_by=name, detectors=(name,), rank=len(rings) + 1))
    case = replace(case, rings=tuple(rings), notes=names)
    strange = [replace(ring, reviewers=AT_ONCE, products=AT_ONCE) for ring in rings[:1]]
    return {
        "table": case._repr_html_(),
        "cards": "".join(ring._repr_html_() for ring in case.rings),
        "card of its own": "".join(ring_card(None, ring) for ring in strange),
        "sparkline": sparkline(case, case.rings[0]),
    }


@pytest.fixture
def notebook(tmp_path):
    """The address of a page with nothing in it."""
    path = tmp_path / "notebook.html"
    path.write_text("<!DOCTYPE html><meta charset=utf-8><title>notebook</title>", encoding="utf-8")
    return path.as_uri()


@pytest.mark.parametrize("name", ["table", "cards", "card of its own", "sparkline"])
def test_nothing_runs_and_nothing_is_asked_for(chromium, views, name, notebook):
    with tab(chromium) as (page, heard):
        page.goto(notebook)
        assert set(page.evaluate(INSERT, views[name])) <= set(ELEMENTS.split())
        settle(page)
        page.wait_for_timeout(200)
        text = page.locator("body").inner_text()
        assert page.evaluate("window.ran") == 0
        assert heard.requests == [notebook]
        assert heard.complaints == []
    if name != "sparkline":
        assert AT_ONCE[0] in text
        assert sanitize(AT_ONCE[2]) in text


def test_the_same_markup_unescaped_does(chromium, notebook):
    """The control: each of the strings does something when it is inserted as it is."""
    idle = []
    with tab(chromium) as (page, heard):
        for markup in (*AT_ONCE, "<script>alert(1)</script>"):
            page.goto(notebook)
            heard.requests.clear()
            page.evaluate(INSERT, f"<p>{markup}</p>")
            for _ in range(100):
                if page.evaluate("window.ran") or heard.requests:
                    break
                page.wait_for_timeout(20)
            else:
                idle.append(markup)
    assert idle == []
