"""The first page holds what it says: its commands and its Python run as printed, and give the same files."""

import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def contents(folder):
    """Every file but the times of the run."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name != "run.json"}


@pytest.mark.slow
def test_the_command_and_the_lines_of_python_give_the_same_files(tmp_path, monkeypatch):
    (tmp_path / "data").symlink_to(ROOT / "data")
    monkeypatch.chdir(tmp_path)
    (command,) = [text for language, text in BLOCKS if language == "sh" and text.startswith("collusion scan")]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    subprocess.run(["bash", "-euc", command], env={**os.environ, "PATH": path}, check=True, capture_output=True)
    (code,) = [text for language, text in BLOCKS if language == "python"]
    exec(compile(code, "README.md", "exec"), {"__name__": "readme"})
    assert contents(tmp_path / "case") == contents(tmp_path / "from_python")
    assert "report/index.html" in contents(tmp_path / "case")


def test_the_lines_of_installation_name_this_project_and_extras_that_there_are():
    (lines,) = [text.splitlines() for language, text in BLOCKS if language == "sh" and "pip" in text]
    make, install, activate = map(shlex.split, lines)
    assert make == ["python3", "-m", "venv", "--without-pip", ".venv"]
    assert install[:-1] == ["python3", "-m", "pip", "--python", ".venv", "install"]
    place, _, extras = install[-1].rstrip("]").partition("[")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert place == "."
    assert extras in project["optional-dependencies"]
    assert activate == [".", ".venv/bin/activate"]


def test_links_and_pictures_lead_to_files_of_the_project():
    targets = re.findall(r"\]\(([^)#]+)\)", TEXT)
    assert [one for one in targets if not (ROOT / one).exists()] == []


def test_it_is_read_in_three_minutes():
    prose = re.sub(r"\]\([^)]*\)", "]", re.sub(r"```.*?```", "", TEXT, flags=re.DOTALL))
    assert len(prose.split()) <= 700


def test_figures_come_with_their_command_and_are_those_on_record():
    summary = (ROOT / "data" / "calibration" / "summary.md").read_text(encoding="utf-8")
    assert "collusion bench calibration --columns" in TEXT
    for figure in re.findall(r"\b0\.\d{3}\b", TEXT):
        assert figure in summary
