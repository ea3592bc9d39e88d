"""What is opened as XML holds hostile text and nothing that it says: networks, and pictures saved as SVG."""

import xml.parsers.expat
from dataclasses import replace
from decimal import Decimal
from xml.etree import ElementTree as ET

import networkx as nx
import pandas as pd
import pytest
from report.chromium import settle, tab
from report.fake_case import make_case, make_ring
from report.hostile import HOSTILE, hostile_case

from collusion.base.model import Breakdown, Part
from collusion.export.escape import xml_text
from collusion.export.networks import to_networkx, write_gexf, write_graphml

# What would be markup of XML, of SVG or of a style sheet for it, wherever it is not escaped.
MARKUP = (
    "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>&e;",
    "<!ENTITY % p SYSTEM 'https://x.test/p'>%p;",
    "&lt;&amp;&#0;&#x1;&nosuch;",
    "<?xml-stylesheet href='https://x.test/a.css'?>",
    '"/><script xmlns="http://www.w3.org/1999/xhtml">alert(1)</script>',
    "'/><image xmlns:xlink='http://www.w3.org/1999/xlink' xlink:href='https://x.test/i.png'/>",
    "</data></node><node id='forged'>",
    "</text><script>alert(1)</script>",
    "<foreignObject><img src='https://x.test/i' onerror='alert(1)'/></foreignObject>",
    "]]><![CDATA[",
    "x\x00\x01\x0b\x0c\x1f\x7f\x85\u2028\ud800\ufffe\uffff",
    "\ufeff<?xml version='1.1'?>",
    "url(https://x.test/u)",
    "<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='file:///etc/passwd' parse='text'/>",
)
WRITE = {"rings.graphml": (write_graphml, nx.read_graphml), "rings.gexf": (write_gexf, nx.read_gexf)}
PICTURES = ("waterfall", "timeline")
"""With the comparison of two matrices: all texts of all pictures are put on axes by one function."""

SVG = "svg metadata RDF Work type format creator Agent title defs style g path use text image clipPath rect"


@pytest.fixture(scope="module")
def case():
    """Everybody and everything has a hostile name, and so has every part of the score."""
    names = [*MARKUP, *(name or "(empty)" for name in HOSTILE[:20])]
    pairs = [(u, p) for u in range(len(names)) for p in range(len(names)) if (u + p) % 3]
    log = pd.DataFrame(
        {
            "reviewer_id": pd.Series([names[u] for u, _ in pairs], dtype=object),
            "product_id": pd.Series([names[p] for _, p in pairs], dtype=object),
            "time": [18_000 + (u * 7 + p * 3) % 400 for u, p in pairs],
            "rating": [float(1 + (u * p) % 5) for u, p in pairs],
            "review_id": [f"r{k}" for k in range(len(pairs))],
        }
    )
    parts = tuple(Part(name, Decimal(k + 1), k, 0.5) for k, name in enumerate(xml_text(name) for name in MARKUP))
    ring = make_ring(log, names[:20], names[:20], breakdown=Breakdown(parts, 7, "product"))
    return make_case(log, [ring, make_ring(log, names[15:], names[15:], rank=2, breakdown=Breakdown(parts, 7, "product"))])


def parsed(path):
    """The elements of a file, by a parser that reads no file beside it; a document type, an entity or an instruction in it raises."""
    parser = xml.parsers.expat.ParserCreate()
    found = set()

    def refuse(*given):
        raise AssertionError(f"{path.name}: {given}")

    parser.StartElementHandler = lambda name, _: found.add(name)
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = parser.ExternalEntityRefHandler = refuse
    parser.ProcessingInstructionHandler = parser.StartCdataSectionHandler = refuse
    with path.open("rb") as stream:
        parser.ParseFile(stream)
    return found


@pytest.mark.parametrize("name", WRITE)
@pytest.mark.parametrize("which", ["markup", "every string"])
def test_networks_hold_the_strings_and_no_markup_of_theirs(case, name, which, tmp_path):
    case = case if which == "markup" else hostile_case()
    write, read = WRITE[name]
    write(case, tmp_path)
    elements = parsed(tmp_path / name)
    assert elements <= {
        *["graphml", "key", "graph", "node", "edge", "data", "gexf", "attributes", "attribute", "nodes", "edges", "attvalues", "attvalue"]
    }
    back, graph = read(tmp_path / name), to_networkx(case)
    assert {(facts["role"], facts["label"]) for _, facts in back.nodes(data=True)} == {(role, xml_text(one)) for role, one in graph.nodes}
    assert set(back.nodes) == {f"{role}:{xml_text(one)}" for role, one in graph.nodes}
    facts = sorted((facts["row"], facts["date"], facts["rating"]) for *_, facts in graph.edges(data=True))
    assert sorted((facts["row"], facts["date"], facts["rating"]) for *_, facts in back.edges(data=True)) == facts
    # What XML can hold comes back as it was.
    kept = [one for _, one in graph.nodes if xml_text(one) == one]
    assert len(kept) > len(graph) // 2


def test_the_parser_refuses_what_it_is_to_refuse(tmp_path):
    path = tmp_path / "bad.xml"
    for text in ("<!DOCTYPE x><x/>", "<!DOCTYPE x [<!ENTITY e 'f'>]><x>&e;</x>", "<?a b?><x/>"):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(AssertionError, match=r"bad\.xml"):
            parsed(path)


def opened(chromium, path):
    """What a browser that opens a file asks for beside it, complains of, and runs."""
    with tab(chromium) as (page, heard):
        page.add_init_script("window.alert = () => { window.ran = 1; };")
        page.goto(path.as_uri())
        settle(page)
        page.wait_for_timeout(150)
        elements = page.evaluate("() => [...new Set([...document.querySelectorAll('*')].map((node) => node.localName))]")
        return [one for one in heard.requests if one != path.as_uri()], heard.complaints, page.evaluate("window.ran"), set(elements)


@pytest.mark.slow
@pytest.mark.parametrize("which", ["markup", "every string"])
def test_pictures_saved_as_svg_run_nothing_in_a_browser(chromium, case, which, tmp_path):
    if which == "every string":
        parts = case.rings[0].breakdown
        case = hostile_case()
        case = replace(case, rings=tuple(replace(ring, breakdown=parts) for ring in case.rings))
    first, second = case.rings
    drawn = {name: getattr(first, name)() for name in PICTURES} | {"compare": first.compare(second)}
    for name, axes in drawn.items():
        path = tmp_path / f"{name}.svg"
        axes.get_figure().savefig(path)
        requests, complaints, ran, elements = opened(chromium, path)
        assert (requests, complaints, ran) == ([], [], None), name
        assert elements <= set(SVG.split())
        root = ET.parse(path).getroot()  # our own file
        for node in root.iter():
            for key, value in node.attrib.items():
                assert not key.startswith("on")
                if key.endswith("href"):
                    assert value.startswith(("#", "data:image/png;base64,"))
        shown = "".join(node.text or "" for node in root.iter("{http://www.w3.org/2000/svg}text"))
        assert "<" in shown


@pytest.mark.slow
@pytest.mark.parametrize("name", WRITE)
def test_networks_run_nothing_in_a_browser(chromium, case, name, tmp_path):
    """As a browser opens them by their own names, and as XML."""
    WRITE[name][0](case, tmp_path)
    (tmp_path / "network.xml").write_bytes((tmp_path / name).read_bytes())
    requests, complaints, ran, elements = opened(chromium, tmp_path / "network.xml")
    assert (requests, complaints, ran) == ([], [], None)
    assert not elements & {"script", "iframe", "img", "image", "foreignObject"}


@pytest.mark.slow
def test_the_same_markup_unescaped_does(chromium, tmp_path):
    """The control."""
    path = tmp_path / "bad.svg"
    path.write_text(
        "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><image href='https://x.test/i.png'/><script>alert(1)</script></svg>",
        encoding="utf-8",
    )
    requests, _, ran, _ = opened(chromium, path)
    assert ran == 1
    assert requests == ["https://x.test/i.png"]
