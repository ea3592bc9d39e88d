"""A researcher's own method enters the table by the lines that the guide shows, without a fork."""

import json
import os
import re
from pathlib import Path

import pytest

from collusion.cli import main

PAGE = Path(__file__).resolve().parents[2] / "collusion" / "guide" / "compare-methods.md"


def block(language, holding):
    found = [
        text for text in re.findall(rf"```{language}(?: [\w.]+)?\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL) if holding in text
    ]
    assert len(found) == 1, f"the page shows {len(found)} blocks of {language} with {holding!r}"
    return found[0]


@pytest.mark.slow
def test_the_lines_of_the_guide_enter_the_table(tmp_path, monkeypatch, capsys):
    code, points = block("python", "ClassVar"), block("toml", "collusion.detectors")
    assert len([line for line in code.splitlines() if line.strip()]) <= 10
    site = tmp_path / "site"
    info = site / "own-1.0.dist-info"
    info.mkdir(parents=True)
    (group,) = re.findall(r'\[project.entry-points."(.*)"\]', points)
    ((name, module, attribute),) = re.findall(r'^(\S+) = "(\w+):(\w+)"$', points, re.MULTILINE)
    (site / f"{module}.py").write_text(code, encoding="utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: own\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[{group}]\n{name} = {module}:{attribute}\n", encoding="utf-8")
    command = next(line for line in block("sh", f"--methods {name}").splitlines() if "bench run" in line).split()
    assert command[0] == "collusion"
    # Its workers are processes, which find the method as this one does.
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, (str(site), os.environ.get("PYTHONPATH")))))
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.chdir(tmp_path)
    assert main([*command[1:], "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["failed"] == 0
    assert {row["cell"]["method"] for row in told["rows"]} >= {name, "degree", "minus-degree"}
    (own,) = {row["figures"]["groups"] for row in told["rows"] if row["cell"]["method"] == name}
    assert own == 1
    assert name in (tmp_path / command[command.index("--out") + 1] / "index.html").read_text(encoding="utf-8")
