"""The explorer in a real browser: it draws, answers to hand and keys, asks for nothing, and runs nothing that the log says."""

import base64
import hashlib
import json
import logging
import re

import numpy as np
import pytest
from report.chromium import settle, tab
from report.fake_case import make_case, make_log, make_ring
from report.hostile import hostile_case

from collusion.base.model import Doubt
from collusion.report.environment import environment
from collusion.report.explorer.data import as_json, explored
from collusion.report.explorer.page import explorer_page, script
from collusion.report.pages import write_report
from collusion.report.sanitize import elide, sanitize

pytestmark = pytest.mark.slow

log_of_run = logging.getLogger(__name__)

PAN = """() => new Promise((done) => {
  const stage = document.querySelector(".stage"), box = stage.getBoundingClientRect(), times = [];
  stage.setPointerCapture = () => {};
  const send = (type, y) => stage.dispatchEvent(new PointerEvent(type, { pointerId: 1, clientX: box.x + 300, clientY: box.y + y }));
  send("pointerdown", 100);
  const go = (time) => {
    times.push(time);
    send(times.length > 90 ? "pointerup" : "pointermove", 100 + 12 * (times.length % 80));
    if (times.length > 90) done(times); else requestAnimationFrame(go);
  };
  requestAnimationFrame(go);
})"""

INK = """() => {
  const canvas = document.querySelector(".stage canvas");
  const points = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  let inked = 0;
  for (let k = 3; k < points.length; k += 4) inked += points[k] > 0;
  return inked / (points.length / 4);
}"""

LIBRARY = "async (code) => { window.library = await import(URL.createObjectURL(new Blob([code], { type: 'text/javascript' }))); }"


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """The report of a ring of eight reviewers and five products, one of whose reviews has no date."""
    log, reviewers, products = make_log(8, 5, n=1500)
    doubtful = Doubt(sorted(reviewers)[3], "They rated against the group.")
    ring = make_ring(log, reviewers, products, doubtful=(doubtful,))
    log.loc[ring.rows[0], "time"] = np.iinfo(np.int32).min
    case = make_case(log, [ring])
    folder = tmp_path_factory.mktemp("explorer") / "report"
    write_report(case, folder)
    return log, ring, folder / "rings" / f"{ring.id}-explore.html"


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """300 reviewers, 1,200 products and about 8,000 reviews."""
    log, reviewers, products = make_log(300, 1200, n=60_000, density=0.02, burst=200, text=False)
    ring = make_ring(log, reviewers, products)
    path = tmp_path_factory.mktemp("explorer") / "large.html"
    path.write_text(explorer_page(environment(), make_case(log, [ring]), ring, {}), encoding="utf-8")
    return log, ring, path


@pytest.fixture
def page(chromium, small):
    with tab(chromium) as (page, heard):
        page.goto(small[2].as_uri())
        page.wait_for_selector(".stage svg circle")
        yield page
        assert heard.requests == [small[2].as_uri()]
        assert heard.complaints == []


def reviews_of(page):
    return page.locator(".panel tbody tr:not(.text-of)")


def status(page):
    return page.locator(".status-line").inner_text()


def test_it_draws_each_reviewer_product_and_review(page, small):
    _, ring, _ = small
    assert page.locator(".stage circle").count() == len(ring.reviewers)
    assert page.locator(".stage rect").count() == len(ring.products)
    drawn = " ".join(path.get_attribute("d") for path in page.locator(".stage path").all())
    assert drawn.count("M") == ring.n_reviews
    assert status(page).startswith(f"{ring.n_reviews} reviews of ")


def test_a_click_on_a_reviewer_shows_its_rows(page, small):
    log, ring, _ = small
    label = page.locator(".stage text").filter(has_text=ring.reviewers[3])
    at = page.locator(".stage").bounding_box()
    x, y = (float(label.get_attribute(name)) for name in ("x", "y"))
    page.mouse.click(at["x"] + x + 10, at["y"] + y)
    own = log[(log.reviewer_id == ring.reviewers[3]) & log.product_id.isin(ring.products)].sort_values("time", kind="stable")
    assert page.locator(".about .name").inner_text() == ring.reviewers[3]
    # A doubtful member is marked in the picture, in the list and where it is selected, with the reason.
    about = page.locator(".about").inner_text()
    assert " doubtful member: " in about
    assert f"{len(own)} in the ring ({len(own)} of {len(ring.products)} products). Doubtful: They rated against the group." in about
    assert "doubtful member" in page.locator(".legend").inner_text()
    cells = [row.locator("td").all_inner_texts() for row in reviews_of(page).all()]
    assert [(row[1], row[3]) for row in cells] == [(log.product_id[k], str(k + 1)) for k in own.index]
    cited = [", ".join(one.signal for one in ring.evidence if k in one.rows) for k in own.index]
    assert page.locator(".text-of .cited").all_inner_texts() == [f"Cited by: {names}" for names in cited]
    assert page.locator(".text-of .review-text").all_inner_texts() == [text if len(text) <= 300 else f"{text[:299]}…" for text in own.text]
    # From one of its products on to who else reviewed it.
    page.locator(".panel .link").first.click()
    assert page.locator(".about .name").inner_text() == cells[0][1]
    assert reviews_of(page).count() == int((log.product_id.eq(cells[0][1]) & log.reviewer_id.isin(ring.reviewers)).sum())


def test_the_time_brush_changes_what_is_shown(page, small):
    log, ring, _ = small
    dated = log.loc[list(ring.rows)].time
    last = dated[dated > 0].max()
    page.get_by_label("From", exact=True).fill(str(last))
    assert status(page).startswith(f"{(dated == last).sum()} review")
    page.get_by_role("button", name="All times").click()
    assert status(page).startswith(f"{ring.n_reviews} reviews")
    box = page.locator(".histogram").bounding_box()
    page.mouse.move(box["x"] + 1, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 20)
    page.mouse.up()
    first = dated[dated > 0].min()
    kept = int(((dated >= first) & (dated <= first + round(0.3 * (last - first)))).sum())
    assert 0 < kept < ring.n_reviews - 1
    assert status(page).startswith(f"{kept} review")
    assert page.locator(".span").inner_text().endswith("1 review without a date shows only where all are shown")
    page.mouse.click(box["x"] + 5, box["y"] + 20)
    assert status(page).startswith(f"{ring.n_reviews} reviews")


def test_a_signal_keeps_the_rows_it_cites(page, small):
    _, ring, _ = small
    for k, one in enumerate(one for one in ring.evidence if one.rows):
        page.get_by_label("Signal").select_option(str(k))
        assert status(page).startswith(f"{len(one.rows)} reviews of ")
        assert one.statement in page.locator(".said").inner_text()


def test_search_finds_and_enter_selects(page, small):
    _, ring, _ = small
    page.get_by_label("Search").fill(ring.reviewers[2].lower()[1:])
    assert page.locator(".panel .link").all_inner_texts() == [ring.reviewers[2]]
    page.get_by_label("Search").press("Enter")
    assert page.locator(".about .name").inner_text() == ring.reviewers[2]
    page.get_by_label("Search").fill("nobody has this id")
    page.get_by_role("button", name="Clear selection").click()
    assert page.locator(".panel .link").count() == 0


def test_neighbours_are_one_hop_out(page, small):
    log, ring, _ = small
    page.get_by_label("Neighbours").check()
    settle(page)
    others = log[log.product_id.isin(ring.products)].reviewer_id.nunique() - len(ring.reviewers)
    beyond = log[log.reviewer_id.isin(ring.reviewers)].product_id.nunique() - len(ring.products)
    assert page.locator(".stage circle").count() == len(ring.reviewers) + others
    assert page.locator(".stage rect").count() == len(ring.products) + beyond
    # The brush covers the neighbours' days, too, and everything is still shown.
    around = log[log.product_id.isin(ring.products) | log.reviewer_id.isin(ring.reviewers)]
    assert status(page).startswith(f"{len(around)} reviews of {len(around)} shown")
    assert int(page.get_by_label("To", exact=True).get_attribute("max")) == around.time.max()
    page.get_by_label("Layout").select_option("reviewers")
    settle(page)
    assert page.locator(".stage circle").count() == len(ring.reviewers) + others
    assert page.locator(".stage rect").count() == 0


def test_reviewers_are_joined_by_what_they_share(page, small):
    log, ring, _ = small
    page.get_by_label("Layout").select_option("reviewers")
    own = log.loc[list(ring.rows)]
    baskets = [set(own.product_id[own.reviewer_id == name]) for name in ring.reviewers]
    pairs = sum(bool(a & b) for k, a in enumerate(baskets) for b in baskets[:k])
    assert f"{pairs} lines between reviewers that share at least 1 product." in status(page)


def test_the_keyboard_goes_everywhere(page, small):
    _log, ring, _ = small
    page.locator(".stage").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    first = status(page).split(",")[0]
    assert first in ring.reviewers
    page.keyboard.press("ArrowRight")
    product = status(page).split(",")[0]
    assert product in ring.products
    page.keyboard.press("Enter")
    assert page.locator(".about .name").inner_text() == product
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+Enter")
    assert page.locator(".about .name").count() == 2
    page.keyboard.press("Escape")
    assert page.locator(".about .name").count() == 0
    before = page.locator(".stage circle").first.get_attribute("cy"), page.locator(".stage circle").last.get_attribute("cy")
    page.keyboard.press("+")
    settle(page)
    after = page.locator(".stage circle").first.get_attribute("cy"), page.locator(".stage circle").last.get_attribute("cy")
    assert before != after
    page.keyboard.press("0")
    settle(page)
    assert (page.locator(".stage circle").first.get_attribute("cy"), page.locator(".stage circle").last.get_attribute("cy")) == before
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.type") == "search"
    # Every control can be reached by Tab, and no place keeps it.
    page.locator("nav a").first.focus()
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.className || document.activeElement.id || document.activeElement.textContent"))
    assert {"stage", "scroll", "link"} <= reached
    assert any(name.endswith("-from") for name in reached)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("act", ["list", "selection"])
def test_axe_finds_no_serious_fault(chromium, small, scheme, act):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    with tab(chromium, scheme=scheme) as (page, _heard):
        page.goto(small[2].as_uri())
        page.wait_for_selector(".stage svg circle")
        page.get_by_label("Signal").select_option("0")
        page.get_by_label("Neighbours").check()
        if act == "selection":
            page.locator(".panel .link").first.click()
        # axe is brought in by the driver, which the page's own policy does not bind.
        found = axe.Axe().run(page).response["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found if one["impact"] in {"serious", "critical"}] == []


def test_hostile_strings_run_nowhere_and_are_shown(chromium, tmp_path):
    """In ids, texts, file names, notes and signals: none runs, none becomes an element, each is shown as it is."""
    case = hostile_case()
    case.lookup.log["text"] = case.lookup.log["text"].str.replace("alert(1)", "window.ran=1", regex=False)
    write_report(case, tmp_path / "report", pictures=4)
    ring = case.rings[0]
    path = tmp_path / "report" / "rings" / f"{ring.id}-explore.html"
    with tab(chromium) as (page, heard):
        page.add_init_script("window.alert = () => { window.ran = 1; };")
        page.goto(path.as_uri())
        page.wait_for_selector(".stage > *")
        page.get_by_label("Neighbours").check()
        shown = page.locator(".panel").inner_text()
        texts = ""
        for name in ring.reviewers[:30]:
            page.get_by_label("Search").fill(elide(sanitize(name), 60).strip())
            settle(page)
            page.get_by_label("Search").press("Enter")
            texts += page.locator(".panel").text_content()
            page.mouse.move(500, 500)
            page.locator(".stage").press("Escape")
        for k in range(page.get_by_label("Signal").locator("option").count() - 1):
            page.get_by_label("Signal").select_option(str(k))
            settle(page)
        page.get_by_label("Layout").select_option("reviewers")
        settle(page)
        assert page.evaluate("window.ran") is None
        assert heard.requests == [path.as_uri()]
        assert heard.complaints == []
        elements = set(page.evaluate("[...document.querySelectorAll('#explorer *')].map((node) => node.localName)"))
        attributes = page.evaluate("[...document.querySelectorAll('*')].flatMap((node) => node.getAttributeNames())")
    assert not elements & {"script", "iframe", "img", "style", "link", "object", "embed", "meta", "base", "a", "foreignobject"}
    assert not [name for name in attributes if name.startswith("on")]
    for name in ring.reviewers:
        assert sanitize(name)[:20] in shown + texts
    assert not re.search(r"[\u202a-\u202e\u2066-\u2069\x00]", shown + texts)


LABELS = """() => {
  const frame = document.querySelector(".stage").getBoundingClientRect();
  return [...document.querySelectorAll(".stage text")].map((one) => {
    const box = one.getBoundingClientRect();
    return [one.textContent, box.left - frame.left, frame.right - box.right, box.left, box.right, (box.top + box.bottom) / 2];
  });
}"""


@pytest.mark.parametrize(
    ("ids", "layouts"),
    [("WMW", ("bipartite", "reviewers")), ("iil", ("bipartite",)), ("日本語", ("bipartite",)), ("مراجعة", ("reviewers",))],
)
def test_labels_are_neither_cut_nor_over_one_another(chromium, tmp_path, ids, layouts):
    """Whatever letters they are made of, and however wide the frame."""
    log, reviewers, products = make_log(12, 8, n=1500, text=False)
    named = {name: f"{ids * 20}{name}" for name in {*log.reviewer_id, *log.product_id}}
    log = log.assign(reviewer_id=log.reviewer_id.map(named), product_id=log.product_id.map(named))
    ring = make_ring(log, [named[one] for one in reviewers], [named[one] for one in products])
    path = tmp_path / "wide.html"
    path.write_text(explorer_page(environment(), make_case(log, [ring]), ring, {}), encoding="utf-8")
    for width in (500, 1300):
        with tab(chromium, width=width) as (page, _):
            page.goto(path.as_uri())
            page.wait_for_selector(".stage svg circle")
            for layout in layouts:
                page.get_by_label("Layout").select_option(layout)
                for near in (False, True):
                    page.get_by_label("Neighbours").set_checked(near)
                    settle(page)
                    labels = page.evaluate(LABELS)
                    assert len(labels) >= (8 if layout == "bipartite" else 1)
                    assert [one for one in labels if layout == "bipartite" and min(one[1:3]) < 0] == []
                    for k, (_, _, _, left, right, y) in enumerate(labels):
                        assert not [one[0] for one in labels[:k] if abs(one[5] - y) < 8 and left < one[4] - 1 and right > one[3] + 1]


def test_the_page_allows_its_script_by_hash_alone(small):
    text = small[2].read_text(encoding="utf-8")
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    (code,) = re.findall(r'<script type="module">(.*?)</script>', text, re.DOTALL)
    digests = [base64.b64encode(hashlib.sha256(part.encode()).digest()).decode() for part in (code, style)]
    (policy,) = re.findall(r'Content-Security-Policy" content="(.*?)"', text)
    assert policy == (
        f"default-src 'none'; script-src 'sha256-{digests[0]}'; style-src 'sha256-{digests[1]}'; base-uri 'none'; "
        "form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )
    assert text.index("Content-Security-Policy") < text.index("<style>")
    assert not re.search(r"@import|url\(", style)
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacent|document\.write|eval|new Function|fetch|XMLHttp|WebSocket|import\(|</?script|<!--", code
    )
    assert text.count("<script") == 2


def test_the_policy_holds(chromium, small, tmp_path):
    """The same page with a script of somebody else: the browser refuses it, so that the test above is not vacuous."""
    path = tmp_path / "forged.html"
    path.write_text(
        small[2].read_text(encoding="utf-8").replace("<main>", "<main><script>window.ran = 1</script><img src=x onerror='window.ran=1'>")
    )
    with tab(chromium) as (page, heard):
        page.goto(path.as_uri())
        page.wait_for_selector(".stage svg circle")
        assert page.evaluate("window.ran") is None
        assert any("Content Security Policy" in one for one in heard.complaints)


def test_a_ring_of_300_and_1200_opens_in_two_seconds_and_pans_at_30_frames(chromium, large):
    _, ring, path = large
    assert len(ring.reviewers) == 300
    assert len(ring.products) == 1200
    best_open, best_pan = np.inf, {}
    # A machine that does other work at the same time hides what the page can do: the best of three.
    for _ in range(3):
        with tab(chromium) as (page, heard):
            page.goto(path.as_uri())
            page.wait_for_selector(".stage canvas")
            best_open = min(
                best_open,
                page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(performance.now()))))"),
            )
            assert page.evaluate(INK) > 0.05
            for layout in ("bipartite", "reviewers"):
                page.get_by_label("Layout").select_option(layout)
                settle(page)
                times = page.evaluate(PAN)
                best_pan[layout] = max(best_pan.get(layout, 0), 1000 * (len(times) - 1) / (times[-1] - times[0]))
            assert heard.complaints == []
        log_of_run.info("opened in %.2f s; frames a second: %s", best_open / 1000, {name: round(rate) for name, rate in best_pan.items()})
        if best_open < 2000 and min(best_pan.values()) >= 30:
            break
    assert best_open < 2000
    assert min(best_pan.values()) >= 30


def test_canvas_answers_as_svg_does(chromium, large):
    log, ring, path = large
    with tab(chromium) as (page, _):
        page.goto(path.as_uri())
        page.wait_for_selector(".stage canvas")
        page.locator(".stage").focus()
        page.keyboard.press("ArrowDown")
        name = status(page).split(",")[0]
        for _ in range(12):
            page.keyboard.press("+")
        page.keyboard.press("ArrowDown")
        name = status(page).split(",")[0]
        page.keyboard.press("ArrowUp")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        assert page.locator(".about .name").inner_text() == name
        assert reviews_of(page).count() == int((log.reviewer_id.eq(name) & log.product_id.isin(ring.products)).sum())


def test_layouts_are_the_same_every_time_and_lines_cross_less(chromium):
    """Laws of the module itself: fixed answers, places within the frame, and an order that beats the one given."""
    log, reviewers, products = make_log(40, 30, n=3000, density=0.2)
    case = make_case(log, [make_ring(log, reviewers, products)])
    data = explored(case, case.rings[0]).data
    with tab(chromium) as (page, _):
        page.evaluate(LIBRARY, script())
        found = page.evaluate(
            """(data) => {
              const { read, bipartite, force, shared, strongest } = window.library;
              const crossings = (model, y) => {
                let crossed = 0;
                for (let i = 0; i < model.nOwn; i += 1) for (let j = 0; j < i; j += 1) {
                  crossed += (y[model.u[i]] - y[model.u[j]]) * (y[model.p[i]] - y[model.p[j]]) < 0;
                }
                return crossed;
              };
              const given = read(data);
              const plain = given.nodes.map((one) => one.id);
              const run = () => [bipartite, force].map((layout) => { const { x, y } = layout(read(data), true); return [[...x], [...y]]; });
              const model = read(data);
              const { counts } = shared(model, new Uint8Array(model.u.length).fill(1));
              return {
                first: run(), second: run(), before: crossings(given, plain), after: crossings(given, bipartite(given, false).y),
                counts: [...counts], strongest: strongest(counts, model.nReviewers),
              };
            }""",
            json.loads(json.dumps(data)),
        )
    assert found["first"] == found["second"]
    for x, y in found["first"]:
        assert 0 <= min(x + y) <= max(x + y) <= 1
    assert found["after"] < 0.9 * found["before"]
    n = len(data["reviewers"])
    visits = np.zeros((n, len(data["products"])), dtype=int)
    visits[data["u"], data["p"]] = 1
    expected = np.triu(visits @ visits.T, 1)
    assert (np.array(found["counts"]).reshape(n, n) == expected).all()
    best = found["strongest"]
    assert len(best["pairs"]) == (expected >= best["least"]).sum()
    assert best["left"] == (expected > 0).sum() - len(best["pairs"])


MODEL = """async (data) => {
  const heard = {};
  const model = {
    state: { data, picked: { reviewers: [], products: [], reviews: [] } },
    get: (name) => model.state[name],
    set: (name, value) => { model.state[name] = value; heard[`change:${name}`]?.(); },
    save_changes: () => { model.saved = JSON.parse(JSON.stringify(model.state.picked)); },
    on: (name, call) => { heard[name] = call; },
    off: (name) => { delete heard[name]; },
  };
  window.model = model;
  window.heard = heard;
  window.end = window.library.default.render({ model, el: document.body });
}"""


def test_python_selects_in_the_page_and_the_page_lets_go(chromium, small):
    """The default export, as anywidget calls it, beside a model of the test's own."""
    log, ring, _ = small
    found = explored(make_case(log, [ring]), ring)
    with tab(chromium) as (page, heard):
        page.evaluate(LIBRARY, script())
        page.evaluate(MODEL, as_json(found.data))
        page.wait_for_selector(".stage svg circle")
        outsider, other = found.data["n_members"], found.data["n_targets"]
        page.evaluate("(picked) => window.model.set('picked', picked)", {"reviewers": [1], "products": [2], "reviews": []})
        assert page.locator(".about .name").all_inner_texts() == [found.reviewers[1], found.products[2]]
        saved = page.evaluate("window.model.saved")
        shown = log.loc[[found.rows[k] for k in saved["reviews"]]]
        assert set(shown.reviewer_id[shown.product_id != found.products[2]]) == {found.reviewers[1]}
        assert not page.get_by_label("Neighbours").is_checked()
        # Whoever is one hop out brings the neighbours in.
        page.evaluate("(picked) => window.model.set('picked', picked)", {"reviewers": [outsider], "products": [other], "reviews": []})
        assert page.get_by_label("Neighbours").is_checked()
        assert page.locator(".about .name").all_inner_texts() == [found.reviewers[outsider], found.products[other]]
        page.evaluate("window.end()")
        assert page.evaluate("Object.keys(window.heard)") == []
        assert heard.complaints == []
