"""No text of the project holds an expression of `idioms.txt`: code, comments, docstrings, messages, templates, notebooks and documents."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LIST = ROOT / "tests" / "idioms.txt"
SUFFIXES = {".py", ".cpp", ".hpp", ".md", ".js", ".css", ".html", ".toml", ".cff"}

IDIOMS = [line for line in LIST.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
FOUND = re.compile(rf"\b(?:{'|'.join(map(re.escape, IDIOMS))})\b", re.IGNORECASE)
BROKEN = re.compile(r"""\s*["'`]*\s*\n\s*(?:(?:#|//|\*|f?["'])\s?)?""")
"""A line break inside a sentence of prose, of a comment, or of a text that goes on in the next line of the source."""


def texts():
    """Every text of the project, except the list, this file, and what was written about earlier versions."""
    folders = ("collusion", "tests", "notebooks", "data", ".ci")
    files = [*ROOT.glob("*.md"), *(path for folder in folders for path in sorted((ROOT / folder).rglob("*")) if path.is_file())]
    known = {path for path in files if path.suffix in SUFFIXES or path.parent.name == ".ci"}
    return {path.relative_to(ROOT).as_posix(): path for path in sorted(known - {Path(__file__), ROOT / "CHANGELOG.md"})}


def found_in(text):
    return FOUND.findall(BROKEN.sub(" ", text))


FOUND_BY_FILE = {name: found for name, path in texts().items() if (found := found_in(path.read_text(encoding="utf-8")))}


def test_no_text_holds_an_expression_of_the_list():
    assert FOUND_BY_FILE == {}


@pytest.mark.parametrize("text", ["Reviewers are Dealt anew.", "# the bar\n    # of chance", '"It lay "\n    f"as near"', "brought\nforth"])
def test_an_expression_is_found_across_lines_and_whatever_its_case(text):
    assert found_in(f"First. {text}")


def test_the_list_names_each_expression_once_and_none_is_a_single_word():
    assert len(set(IDIOMS)) == len(IDIOMS)
    assert [one for one in IDIOMS if " " not in one] == []
