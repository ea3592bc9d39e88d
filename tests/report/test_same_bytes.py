"""A picture made twice of the same data is the same bytes, whoever makes it: in another process, folder, time zone, language and style."""

import locale
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

NAMES = ("timeline",)
"""With the comparison below, it has every kind of mark. The pictures of pages hold all marks of all pictures, of hostile names, too."""

PAGES = ("waterfall", "adjacency", "timeline", "coreview", "rating_impact")

# What a person may have in a matplotlibrc, above all what no style sheet may take back (date.epoch, timezone, backend).
USERS_OWN = """
font.family: serif
font.size: 21
font.serif: DejaVu Serif
text.color: red
axes.facecolor: yellow
axes.grid: True
axes.titlesize: 30
axes.formatter.use_locale: True
figure.dpi: 33
figure.facecolor: green
figure.constrained_layout.use: True
savefig.dpi: 44
savefig.transparent: True
savefig.bbox: tight
savefig.pad_inches: 2
savefig.facecolor: pink
image.interpolation: bilinear
image.cmap: jet
lines.linewidth: 7
lines.antialiased: False
legend.fontsize: 30
text.hinting: none
path.simplify_threshold: 0.9
svg.fonttype: path
svg.hashsalt: theirs
svg.image_inline: False
pdf.fonttype: 42
timezone: Asia/Tokyo
date.epoch: 1900-01-01T00:00:00
date.autoformatter.year: YEAR %Y
backend: svg
"""

CODE = """
import locale, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
locale.setlocale(locale.LC_ALL, "")
from decimal import Decimal
from importlib import import_module
from matplotlib.figure import Figure
from report.fake_case import make_case, make_log, make_ring
from report.hostile import hostile_case
from collusion.base.model import Breakdown, Part
from collusion.report.sparkline import sparkline
log, reviewers, products = make_log(12, 6, n=1500)
breakdown = Breakdown((Part("places of the rarest kind", Decimal("31.25"), 812, 4.25), Part("the choice", Decimal("-3.5"))), 7, "product")
first = make_ring(log, reviewers, products, breakdown=breakdown)
second = make_ring(log, sorted(reviewers)[:5], products, rank=2, breakdown=breakdown)
case = make_case(log, [first, second])
out = Path({out!r})
first, second = case.rings
drawn = {{name: getattr(first, name)() for name in {names!r}}} | {{"compare": first.compare(second, picture="waterfall")}}
for name, axes in drawn.items():
    picture = axes.get_figure()
    for end in ("svg", "png", "pdf"):
        picture.savefig(out / f"{{name}}.{{end}}")
    (out / f"{{name}}.shown").write_bytes(axes._repr_png_())
theirs = Figure()
ax = theirs.add_subplot()
ax.plot([1, 2])
ax.xaxis_date()
theirs.savefig(out / "theirs.png")
for name in {pages!r}:
    draw = getattr(import_module(f"collusion.report.{{name}}"), name)
    for kind, one in (("plain", case), ("hostile", hostile_case())):
        (out / f"{{kind}}-{{name}}.svg").write_text(str(draw(one, one.rings[0]).svg("shown")), encoding="utf-8")
(out / "sparkline.svg").write_text(sparkline(case, first))
(out / "card.html").write_text(first._repr_html_() + case._repr_html_())
"""


def foreign():
    """A language that this machine knows, German at best; as matplotlib is told to, a program may take it from the environment."""
    before = locale.setlocale(locale.LC_ALL)
    try:
        for name in ("de_DE.UTF-8", "fr_FR.UTF-8", "es_ES.UTF-8", "ja_JP.UTF-8", "en_US.UTF-8", "C.UTF-8"):
            try:
                return locale.setlocale(locale.LC_ALL, name)
            except locale.Error:
                continue
    finally:
        locale.setlocale(locale.LC_ALL, before)
    return "C"


def made(out, *, elsewhere):
    """Digests of the files that a process of its own writes."""
    home = out / "home"
    home.mkdir(parents=True)
    environment = {key: value for key, value in os.environ.items() if key not in {"MATPLOTLIBRC", "MPLBACKEND"}}
    environment |= {"PYTHONHASHSEED": "1", "TZ": "UTC", "LC_ALL": "C"}
    if elsewhere:
        (home / "matplotlibrc").write_text(USERS_OWN, encoding="utf-8")
        environment |= {"PYTHONHASHSEED": "2", "TZ": "America/New_York", "LC_ALL": foreign(), "SOURCE_DATE_EPOCH": "86400"}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, (str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH"))))
    code = CODE.format(tests=str(Path(__file__).parents[1]), out=str(out), names=NAMES, pages=PAGES)
    subprocess.run([sys.executable, "-c", code], check=True, cwd=home, env=environment)
    return {path.name: sha256(path.read_bytes()).hexdigest() for path in sorted(out.iterdir()) if path.is_file()}


@pytest.mark.slow
def test_pictures_are_the_same_bytes_wherever_they_are_made(tmp_path):
    here, there = made(tmp_path / "here", elsewhere=False), made(tmp_path / "there", elsewhere=True)
    assert len(here) == (len(NAMES) + 1) * 4 + 2 * len(PAGES) + 3
    # A figure that is not ours shows that the style of the user applies.
    assert [name for name in here if here[name] != there[name]] == ["theirs.png"]
    for path in (tmp_path / "there").glob("*.svg"):
        text = path.read_text(encoding="utf-8")
        assert "dc:date" not in text
