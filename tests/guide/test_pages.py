"""The pages of the guide: every block of code runs as it stands, every link leads somewhere, and what is generated is current."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from guide_files import GENERATED, PAGES, ROOT, generated

from collusion.base.errors import ConfigError
from collusion.cli import main
from collusion.guide import SECTIONS, page, summaries

TOPICS = [name for names in SECTIONS.values() for name in names]
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
"""Language, then a file name (the block is saved under it) or ``norun`` (it needs what a test does not have), then the text."""


COMMAND = re.compile(r"collusion [^|&;<>$`*~{}\\()]*")
"""A line of a shell that is one command of ours and nothing else."""


def text_of(topic):
    return (PAGES / f"{topic}.md").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def sample(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample")
    assert main(["simulate", "--out", str(folder / "market"), "--seed", "7", "--reviews", "3000", "--ring", "12x8@0.9", "--quiet"]) == 0
    return (folder / "market" / "reviews.csv.gz").read_bytes()


def run_block(language, text, names, folder):
    if language == "python":
        exec(compile(text, "block", "exec"), names)
    elif language == "sh" and all(map(COMMAND.fullmatch, text.splitlines())):
        for line in text.splitlines():  # here: a process of its own would take its time to start, each time
            assert main(shlex.split(line, comments=True)[1:]) == 0, line
    elif language == "sh":
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        command = ["bash", "-euo", "pipefail", "-c", text]
        done = subprocess.run(command, cwd=folder, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"


@pytest.mark.slow
@pytest.mark.parametrize("topic", [topic for topic in TOPICS if re.search(r"^```(?:sh|python)", text_of(topic), re.MULTILINE)])
def test_every_block_of_a_page_runs_in_the_order_of_the_page(topic, sample, tmp_path, monkeypatch):
    (tmp_path / "reviews.csv.gz").write_bytes(sample)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, (str(tmp_path), os.environ.get("PYTHONPATH")))))
    monkeypatch.syspath_prepend(str(tmp_path))
    names = {"__name__": "guide"}
    for language, option, text in BLOCK.findall(text_of(topic)):
        if option and option != "norun":
            (tmp_path / option).write_text(text, encoding="utf-8")
        elif not option:
            run_block(language, text, names, tmp_path)


def test_the_sections_name_every_page_once():
    assert sorted(TOPICS) == sorted(path.stem for path in PAGES.glob("*.md"))


@pytest.mark.parametrize("topic", TOPICS)
def test_a_page_has_a_title_and_its_links_lead_to_pages(topic):
    text = text_of(topic)
    assert text.startswith("# ")
    prose = BLOCK.sub("", text)
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", prose)
    assert [one for one in targets if one.partition("://")[0] != "https" and not (PAGES / one).exists()] == []
    if topic not in GENERATED:
        assert len(prose.split()) <= 850, "a page is read in one go"


@pytest.mark.parametrize("topic", sorted(GENERATED))
def test_what_is_generated_is_current(topic):
    assert text_of(topic) == generated(topic), "run: python tests/guide_files.py"


def test_a_link_is_printed_as_the_command_that_prints_the_page():
    assert "`collusion guide glossary`" in page("first-scan")
    assert ".md)" not in page("first-scan")
    assert "data/pictures" in text_of("investigate")
    assert "data/pictures" not in page("investigate")


def test_the_command_lists_pages_and_prints_one(capsys):
    assert main(["guide"]) == 0
    listed = capsys.readouterr().out
    assert all(f"  {topic} " in listed for titles in summaries().values() for topic in titles)
    assert main(["guide", "q-values"]) == 0
    assert capsys.readouterr().out.startswith("# ")


def test_a_misspelt_topic_is_answered_with_the_right_one(capsys):
    assert main(["guide", "nightly-jobs"]) == 2
    assert "did you mean 'nightly-job'" in capsys.readouterr().err
    with pytest.raises(ConfigError, match="did you mean"):
        page("glosary")


def test_pages_are_part_of_the_package():
    assert PAGES == ROOT / "collusion" / "guide"
    assert "md" not in (ROOT / "pyproject.toml").read_text(encoding="utf-8").partition("targets.wheel]")[2].partition("]\n")[0]
