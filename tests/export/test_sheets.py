"""The CSV of a case as a sheet reads it, whatever it splits lines on: no cell with text of the log is a formula, or leads out of it."""

import csv
import io
import re
import shutil
import subprocess
from xml.etree import ElementTree as ET

import pandas as pd
import pytest
from report.fake_case import make_case, make_log, make_ring
from report.hostile import hostile_case

from collusion.export import write_files
from collusion.export.escape import cell, uncell

FORMULAS = (
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "\uff1d1+1",
    '=HYPERLINK("https://x.test")',
    '=WEBSERVICE("https://x.test")',
    '=DDE("soffice";"/etc/passwd";"a")',
)
BEFORE = (
    "",
    "x;",
    "x\t",
    "x\n",
    "x\r",
    "x\r\n",
    "x|",
    ";",
    "\t",
    " \t",
    '"',
    '""',
    'x";',
    'x";"',
    'x"\n',
    'a","',
    "x; ",
    "x;\u00a0",
    "x;\u3000",
    "x;\u200b",
    "x;\ufeff",
    "\u00a0",
    "\u200b",
    "\ufeff",
    "\x0b",
    "\x00",
    "\x01",
    "\x85",
    "\u2028",
    "x;'",
    "x;\n\t;",
    "x;;",
    "\\x3b",
    "x;\x00",
)
SIGNS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
PLAIN = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The CSV of two cases: every hostile string, and formulas after whatever a cell may begin after."""
    base = tmp_path_factory.mktemp("sheets")
    names = [before + formula for formula in FORMULAS for before in BEFORE]
    log, _, products = make_log(4, 3, n=200)
    facts = {"product_id": min(products), "time": 18_000, "rating": 5.0, "text": "t"}
    rows = pd.DataFrame({"reviewer_id": names, "review_id": names[::-1], **facts})
    log = pd.concat([log, rows], ignore_index=True)
    ring = make_ring(log, names, products, status="explained", explained_by=names[1], detectors=tuple(names[:3]))
    aside = [{"source": name, "row": 5, "line": None, "column": name, "value": name, "reason": name} for name in names]
    case = make_case(log, [ring], aside=aside, source=names[1])
    for name, one in (("tricks", case), ("hostile", hostile_case())):
        write_files(one, base / name, ("csv",))
    return base


def as_split(path, mark):
    """The cells of a file whose lines are split on one mark; a quote that stands within a cell is none, as sheets have it."""
    csv.field_size_limit(10**7)
    text = path.read_text(encoding="utf-8")
    return [value for row in csv.reader(io.StringIO(text, newline=""), delimiter=mark) for value in row]


def computed(value):
    """Whether a sheet might compute a cell: it begins with a sign, after what sheets and people take for nothing."""
    bare = value.lstrip("".join(map(chr, range(0x21))) + '"\x7f\x85\xa0\u3000\u2028\u2029\u200b\ufeff')
    return bare.startswith(SIGNS) and not PLAIN.fullmatch(bare)


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_no_cell_is_a_formula_whatever_lines_are_split_on(folder, mark):
    read = 0
    for path in sorted(folder.glob("*/*.csv")):
        cells = as_split(path, mark)
        assert [value[:80] for value in cells if computed(value)] == []
        read += len(cells)
    assert read > 1000


def test_without_the_escape_there_would_be_some(tmp_path):
    """The control: the same strings as they are."""
    path = tmp_path / "raw.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([["R-1", before + "=1+1", "5"] for before in BEFORE])
    assert all(sum(map(computed, as_split(path, mark))) >= 5 for mark in ",;\t|")


@pytest.mark.parametrize("formula", FORMULAS)
def test_each_comes_back(formula):
    held = {cell(before + formula): before + formula for before in BEFORE}
    assert len(held) == len(BEFORE)
    assert all(uncell(one) == text for one, text in held.items())


def test_what_no_sign_follows_stays_as_it_is():
    for plain in ("a; b", "a;b", "one\ttwo", "one\ntwo", "x|y", "a;b=c", "Smith; J. - Jones"):
        assert cell(plain) == plain
    assert cell("x; =1") == "x\\x3b =1"


def test_long_runs_of_blanks_take_no_longer_than_their_length_asks():
    """A pattern that goes back would take hours."""
    for text in (";" * 10**6, "; \t" * 10**6 + "a", " " * 10**6, "x;" + " " * 10**6 + "=", ("; " * 50 + "=") * 10**4):
        assert uncell(cell(text)) == text


def converted(paths, split, quote, folder):
    """The sheets that LibreOffice makes of files when it is told to compute what it finds (the last token of its filter)."""
    out = folder / f"{split}-{quote}".replace("/", "_")
    out.mkdir()
    asked = f"CSV:{split},{quote},76,1,,0,false,true,false,false,false,0,true"
    command = ["soffice", "--headless", f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--convert-to", "fods"]
    done = subprocess.run(
        [*command, f"--infilter={asked}", "--outdir", str(out), *map(str, paths)], capture_output=True, timeout=300, check=False
    )
    found = sorted(out.glob("*.fods"))
    assert len(found) == len(paths), done.stderr.decode(errors="replace")
    return [ET.parse(path).getroot() for path in found]  # written by LibreOffice


def reaching(root):
    """The formulas of a sheet, and its elements that lead or reach out of it."""
    formulas = [value for node in root.iter() for key, value in node.attrib.items() if key.endswith("}formula")]
    named = {"a", "dde-link", "dde-source", "table-source", "cell-range-source", "event-listener", "object", "image"}
    return formulas, [node.tag for node in root.iter() if node.tag.rpartition("}")[2] in named]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("split", "quote"), [("44", 34), ("59", 34), ("9", 34), ("124", 34), ("44/59/9", 34), ("59/44/9/MRG", 34), ("59", 39)]
)
def test_a_real_sheet_computes_nothing(folder, split, quote, tmp_path):
    """Split on commas, semicolons, tabs, bars, on any of three, any number of them, and with an apostrophe for a quote."""
    if shutil.which("soffice") is None:
        pytest.skip("no soffice on the PATH (Debian: apt-get install libreoffice-calc-nogui)")
    control = tmp_path / "control.csv"
    control.write_text('a\n=1+1\n=HYPERLINK("https://x.test")\n', encoding="utf-8")
    (tmp_path / "control").mkdir()
    (root,) = converted([control], split, quote, tmp_path / "control")
    assert len(reaching(root)[0]) == 2
    for name in ("tricks", "hostile"):
        (tmp_path / name).mkdir()
        for root in converted(sorted((folder / name).glob("*.csv")), split, quote, tmp_path / name):
            assert reaching(root) == ([], [])


def test_strings_are_many():
    assert len(BEFORE) * len(FORMULAS) > 200
