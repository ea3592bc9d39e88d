"""The report as a PDF: all that the first page and the pages of the rings say, made of nothing but the case."""

import logging
import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from report.fake_case import make_case, make_log, make_ring
from report.hostile import HOSTILE, hostile_case

import collusion as cl
from collusion.base.errors import ConfigError, OutputError
from collusion.case.write import check_output

pypdf = pytest.importorskip("pypdf", reason="the package pypdf is not installed")
try:
    from weasyprint import HTML

    from collusion.report.pdf import LISTED_ROWS, _Sealed, selected, write_pdf
except (ImportError, OSError) as error:
    pytest.skip(f"WeasyPrint cannot be loaded ({error}); Debian: apt-get install libpango-1.0-0 libpangoft2-1.0-0", allow_module_level=True)


def text_of(path):
    """The text of all pages; lines end anywhere, so spaces and line ends are left out, and the zeros that pypdf reads of wide fonts."""
    return unspaced("".join(page.extract_text() for page in pypdf.PdfReader(path).pages).replace("\x00", ""))


def unspaced(text):
    return "".join(text.split())


def objects_of(path):
    """Every object of a PDF, as it is written."""
    reader = pypdf.PdfReader(path)
    return [reader.get_object(pypdf.generic.IndirectObject(number, 0, reader)) for number in range(1, len(reader.xref[0]) + 1)]


def keys_of(value, found):
    """Add the names of all dictionaries in a value, not following references."""
    if isinstance(value, pypdf.generic.IndirectObject):
        return
    if isinstance(value, dict):
        found.update(value.keys())
        found.update(str(one) for key, one in value.items() if key == "/S")
        for one in value.values():
            keys_of(one, found)
    elif isinstance(value, list):
        for one in value:
            keys_of(one, found)


@contextmanager
def complaints():
    """What WeasyPrint says meanwhile of what it does not understand."""
    said, listener, logger = [], logging.Handler(logging.WARNING), logging.getLogger("weasyprint")
    listener.emit = lambda record: said.append(record.getMessage())
    logger.addHandler(listener)
    try:
        yield said
    finally:
        logger.removeHandler(listener)


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    log, reviewers, products = make_log(14, 9, n=1500, density=1.0)
    rings = [
        make_ring(log, reviewers, products),
        make_ring(log, sorted(reviewers)[:5], products, rank=2, status="explained", explained_by="crowd"),
    ]
    case = make_case(log, rings, notes=("A note.",))
    file = tmp_path_factory.mktemp("pdf") / "report.pdf"
    with complaints() as said:
        write_pdf(case, file, rings="all")
    return case, file, said


def test_it_says_what_the_pages_say(printed):
    case, file, _ = printed
    said = text_of(file)
    for ring in case.rings:
        assert ring.id in said
        for one in ring.evidence:
            assert unspaced(one.statement) in said
    for part in ("How the groups were found and judged", "What chance means here", "Data accounting", "A note.", "sha256:ababab"):
        assert unspaced(part) in said
    for name in (*case.rings[0].reviewers, *case.rings[0].products):
        assert name in said
    for title in ("Who reviewed what", "When the reviews were written", "Products both members reviewed", "Displayed rating"):
        assert said.count(unspaced(title)) == 2  # the pictures of both rings are drawn, with their words
    assert unspaced(f"The first {LISTED_ROWS} by date; {case.rings[0].n_reviews - LISTED_ROWS} more are in reviews.csv.") in said
    assert unspaced("A ring is a lead for review, not a verdict.") in said
    assert unspaced("2 of these groups have pages below.") in said


def test_it_can_be_read_aloud_and_turned_over(printed):
    """Tagged, with a language, a title, an outline that holds every ring, and pages of A4 that are numbered."""
    case, file, _ = printed
    reader = pypdf.PdfReader(file)
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    assert reader.metadata.title == "Rings in a review log"
    assert reader.metadata.creation_date is None
    outline = [one["/Title"] for one in reader.outline if isinstance(one, dict)]
    assert outline[0] == "Rings in a review log"
    assert [name.split()[0] for name in outline[1:-1]] == [ring.id for ring in case.rings]
    assert outline[-1] == "How this report was made"
    assert {tuple(round(float(side)) for side in page.mediabox[2:]) for page in reader.pages} == {(595, 842)}
    assert f"1 of {len(reader.pages)}" in reader.pages[0].extract_text()


def test_hostile_text_does_nothing(tmp_path):
    """No script, no link out of the document, no attachment; whatever stands in the log is text."""
    file = tmp_path / "report.pdf"
    case = hostile_case()
    write_pdf(replace(case, rings=case.rings[:1]), file)
    keys = set()
    for one in objects_of(file):
        keys_of(one, keys)
    assert {"/Type", "/Font"} <= keys  # it was looked at
    forbidden = {"/JS", "/JavaScript", "/URI", "/Launch", "/EmbeddedFile", "/EmbeddedFiles", "/GoToR", "/SubmitForm", "/AA", "/OpenAction"}
    assert keys & forbidden == set()
    said = text_of(file)
    assert "<script>alert(1)</script>" in said
    assert "{{7*7}}" in said
    assert "root:" not in said  # of /etc/passwd, which some strings ask for


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "http://x.test/",
        "https://x.test/a.png",
        "ftp://x.test/",
        "data:text/html,<script>alert(1)</script>",
        "data:image/svg+xml,<svg/>",
        "data:image/png;base64,iVBORw0KGgo=",
        "house:../../../etc/passwd",
        "//x.test/",
        "x.png",
    ],
)
def test_nothing_is_fetched(url):
    with pytest.raises(ValueError, match="neither the network nor local files"):
        _Sealed().fetch(url)


def test_fonts_of_the_house_are_handed_out():
    assert len(_Sealed().fetch("house:DejaVuSans").read()) > 100_000


def a_case():
    log, reviewers, products = make_log(5, 4, n=300)
    names = [name for name in HOSTILE if name.isprintable() and name.strip()]
    log["text"] = [names[k % len(names)] for k in range(len(log))]
    return make_case(log, [make_ring(log, reviewers, products)])


CODE = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
import collusion.report.explorer.page
from collusion.report.pdf import write_pdf
from report.test_pdf import a_case
case = a_case()
write_pdf(case, Path({out!r} + "0.pdf"))  # whatever is imported or compiled on use is there now
seen = []
sys.addaudithook(lambda event, given: seen.append((event, str(given[0]))) if event in ("open", "socket.connect", "socket.getaddrinfo",
    "urllib.Request", "subprocess.Popen", "os.system") else None)
write_pdf(case, Path({out!r}))
for event, given in seen:
    print(event, given)
"""


def test_making_it_opens_no_file_of_others_and_no_connection(tmp_path):
    """Seen by the interpreter's audit hook: but for the file itself, only our templates, matplotlib's fonts and temporary files.

    The same case gives the same bytes in another process, whatever the hash seed.
    """
    out = tmp_path / "1.pdf"
    code = CODE.format(tests=str(Path(__file__).parents[1]), out=str(out))
    environment = os.environ | {"PYTHONHASHSEED": "1"}
    lines = subprocess.run([sys.executable, "-c", code], check=True, env=environment, capture_output=True, text=True).stdout.splitlines()
    assert {line.split()[0] for line in lines} == {"open"}
    opened = {line.split(maxsplit=1)[1] for line in lines}
    harmless = ("mpl-data", "collusion/report/templates", str(tmp_path), tempfile.gettempdir())
    assert [name for name in opened if not any(part in name for part in harmless)] == []
    assert str(out) in opened
    write_pdf(a_case(), tmp_path / "2.pdf")
    assert out.read_bytes() == (tmp_path / "2.pdf").read_bytes()


def test_complaints_of_the_layout_are_none(printed):
    """Whatever WeasyPrint does not understand of our style sheet would be missing on paper."""
    assert printed[2] == []


def test_a_complaint_would_be_heard():
    """The control."""
    with complaints() as said:
        HTML(string="<style>p { nonsense: 1 }</style>", url_fetcher=_Sealed()).render()
    assert any("nonsense" in one for one in said)


def test_rings_are_selected(printed, tmp_path):
    """The flagged ones by default, all, or some by their ids; those alone, without the overview of the case."""
    case = printed[0]
    first, second = case.rings
    assert selected(case, "flagged") == ([first], True)
    assert selected(case, "all") == ([first, second], True)
    assert selected(case, second.id) == ([second], False)
    assert selected(case, [second.id, first.id]) == ([first, second], False)
    with pytest.raises(ConfigError, match=r"no ring 'R-0'.*\n.*no ring '\\u202e'"):
        selected(case, ["R-0", "\u202e"])
    with pytest.raises(ConfigError, match="no ring is selected"):
        selected(case, [])
    write_pdf(case, tmp_path / "one.pdf", rings=second.id)
    said = text_of(tmp_path / "one.pdf")
    assert second.id in said
    assert unspaced("How the groups were found and judged") in said
    assert first.id not in said


def test_it_is_a_format_of_a_case_without_rings_too(tmp_path):
    case = make_case(make_log(3, 2, n=100)[0], [])
    cl.write_case(case, tmp_path / "case", ("pdf",))
    assert sorted(path.name for path in (tmp_path / "case").iterdir()) == ["report.pdf", "run.json"]
    file = tmp_path / "case" / "report.pdf"
    assert "Nogroupisflagged" in text_of(file)
    before = file.read_bytes()
    with pytest.raises(OutputError, match="cannot be written"):
        write_pdf(case, file)
    assert file.read_bytes() == before


def test_without_weasyprint_nothing_is_begun(tmp_path, monkeypatch):
    monkeypatch.delitem(sys.modules, "collusion.report.pdf")
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(ConfigError, match=r"pip install weasyprint"):
        check_output(tmp_path / "case", ("csv", "pdf"))
    with pytest.raises(ConfigError, match="WeasyPrint is not installed"):
        cl.write_case(make_case(make_log(3, 2, n=100)[0], []), tmp_path / "case", ("pdf",))
    assert list(tmp_path.iterdir()) == []
    check_output(tmp_path / "case", ("csv", "report"))
