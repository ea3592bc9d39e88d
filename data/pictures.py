"""Make the pictures of the front page from the sample log: the log, a ring in several ways, and pages of its report.

Pages are photographed in a real browser: this needs the packages of the `test` extra, and chromium on the PATH.
"""

import io
import shutil
import tempfile
from pathlib import Path

import matplotlib as mpl
import pandas as pd
from matplotlib.dates import DateFormatter, YearLocator
from matplotlib.figure import Figure
from PIL import Image

import collusion as cl

HERE = Path(__file__).parent
STYLE = {"svg.hashsalt": "collusion", "svg.fonttype": "path", "font.size": 9}
BLUE, GREY = "#0072b2", "#9a9a9a"


def save(fig: Figure, name: str) -> None:
    """Write a picture that is the same bytes for the same log."""
    (HERE / "pictures").mkdir(exist_ok=True)
    with mpl.rc_context(STYLE):
        fig.savefig(HERE / "pictures" / f"{name}.svg", metadata={"Date": None}, bbox_inches="tight", facecolor="white")


def photograph(case: cl.Case, ring: cl.Ring) -> None:
    """Write pictures of the first page of the report, of the ring's page, and of its explorer with one of its members selected."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  # not everybody who draws the others has a browser

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        cl.write_case(case, Path(folder) / "case", ["report"])
        report = Path(folder) / "case" / "report"
        chromium = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = chromium.new_page(viewport={"width": 1280, "height": 900})
        for name, file in (("report", report / "index.html"), ("ring-page", report / "rings" / f"{ring.id}.html")):
            page.goto(file.as_uri())
            develop(page.screenshot(), name)
        page.goto((report / "rings" / f"{ring.id}-explore.html").as_uri())
        page.locator(".panel .link", has_text=ring.reviewers[0]).click()
        page.mouse.move(0, 0)
        page.wait_for_timeout(300)
        develop(page.locator("#explorer").screenshot(), "explorer")
        chromium.close()


def develop(photo: bytes, name: str) -> None:
    """Write a photograph in few colours, which pages have."""
    Image.open(io.BytesIO(photo)).quantize(64).save(HERE / "pictures" / f"{name}.png", optimize=True)


def main() -> None:
    """Draw the pictures."""
    path = HERE / "market" / "reviews.csv.gz"
    log = pd.read_csv(path, parse_dates=["timestamp"])
    case = cl.scan(path, seed=7)
    ring = case.flagged[0]
    with mpl.rc_context(STYLE):
        fig = Figure(figsize=(8, 4.6), layout="constrained", facecolor="white")
        ax = fig.add_subplot()
        weekly = log.set_index("timestamp").resample("W").size()
        own = log[log.reviewer_id.isin(ring.reviewers) & log.product_id.isin(ring.products)].set_index("timestamp").resample("W").size()
        ax.fill_between(weekly.index, weekly.to_numpy(), color=GREY, alpha=0.4, lw=0, label="all reviews")
        ax.bar(own.index, own.to_numpy(), width=7, color=BLUE, label="those of one ring")
        ax.xaxis.set_major_locator(YearLocator())
        ax.xaxis.set_major_formatter(DateFormatter("%Y"))
        ax.set(ylabel="reviews per week", title=f"A log of {len(log):,} reviews", ylim=(0, None))
        ax.spines[["top", "right"]].set_visible(False)
        ax.legend(frameon=False, loc="upper center", ncols=2)
        save(fig, "log")
    save(cl.plot.adjacency(case, ring), "graph")
    save(cl.plot.timeline(case, ring), "ring")
    save(cl.plot.waterfall(case, ring), "waterfall")
    save(cl.plot.rating_impact(case, ring), "rating")
    photograph(case, ring)


if __name__ == "__main__":
    main()
