"""Tables as text: whatever the cells hold, the markup around them stays what it is."""

import re
import shutil
import subprocess

import pytest

from collusion.bench.formats import Section, latex, markdown

HOSTILE = r"\input{/etc/passwd} 100% & $x$ #1 _a_ {b} ~ ^ | <script> \u202e" + "\u202e\nend"
TABLE = ("Rings & more", ("method", "mean", "note"), (("lockstep", "0.900 (0.8 to 1,000)", ""), (HOSTILE, "", HOSTILE)))
WIDE = ("Wide", tuple(f"c_{k}" for k in range(12)), (tuple(map(str, range(12))),))


def test_latex_holds_one_row_per_line_and_nothing_unescaped():
    text = latex([TABLE, WIDE])
    rows = [line for line in text.splitlines() if line.endswith(r"\\")]
    assert [len(re.findall(r"(?<!\\)&", line)) for line in rows] == [2, 2, 2, 11, 11]
    assert all(text.count(rf"\{rule}") == 2 for rule in ("toprule", "midrule", "bottomrule", "begin{table}", "end{table}"))
    assert r"\begin{tabular}{lrl}" in text
    assert r"\caption{Rings \& more}" in text
    assert text.count("resizebox") == 1
    hostile = rows[2]
    assert r"\input" not in hostile
    assert not re.search(r"(?<!\\)[%$#_~^]", hostile)
    depth = 0
    for character in re.sub(r"\\[{}\\]", "", text):
        depth += {"{": 1, "}": -1}.get(character, 0)
        assert depth >= 0
    assert depth == 0


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no LaTeX is installed")
def test_latex_compiles(tmp_path):
    (tmp_path / "table.tex").write_text(latex([TABLE, WIDE]), encoding="utf-8")
    head = r"\documentclass{article}\usepackage[T1]{fontenc}\usepackage{booktabs}\usepackage{graphicx}"
    (tmp_path / "main.tex").write_text(head + r"\begin{document}\input{table}\end{document}", encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "main.tex"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 0


def test_markdown_keeps_its_columns():
    text = markdown("All", [Section(TABLE, ("A sentence.",)), Section(("Empty", ("a",), ()))], (HOSTILE,))
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert {line.count("|") for line in rows} == {4}
    assert "<script" not in text
    assert "\n- A sentence.\n" in text
    assert "## Empty\n\nNone." in text
