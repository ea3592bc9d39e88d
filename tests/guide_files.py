"""Pages of the guide that are made from the program: ``python tests/guide_files.py`` writes them."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import get_args

import typer
from typer.testing import CliRunner

from collusion.base.glossary import EntryGroup, TableName, definitions
from collusion.cli import app

ROOT = Path(__file__).resolve().parents[1]
PAGES = ROOT / "collusion" / "guide"

GENERATED = ("commands", "files", "glossary")
"""Pages with parts that are made, each between ``<!-- made: NAME -->`` and ``<!-- end -->``."""

_PART = re.compile(r"(<!-- made: ([\w ]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def generated(topic: str) -> str:
    """Return a page with its made parts as they should be."""
    text = (PAGES / f"{topic}.md").read_text(encoding="utf-8")
    return _PART.sub(lambda found: f"{found[1]}\n{_made(found[2])}\n\n{found[3]}", text)


def _made(name: str) -> str:
    if name == "commands":
        return _commands()
    if name not in get_args(EntryGroup):
        raise ValueError(f"no part is called {name!r}")
    head = ["| column | content |", "|---|---|"] if name in get_args(TableName) else ["| word | meaning |", "|---|---|"]
    return "\n".join([*head, *(f"| {_cell(term, name)} | {said} |" for term, said in definitions(name).items())])


def _cell(term: str, group: str) -> str:
    return term if group in {"term", "question"} else f"`{term}`"


def _commands() -> str:
    runner, top = CliRunner(), typer.main.get_command(app)
    parts = []
    for name, command in top.commands.items():
        if command.hidden:
            continue
        inner = getattr(command, "commands", {})
        for words in ([name], *([name, one] for one in inner)):
            done = runner.invoke(app, [*words, "--help"], terminal_width=80, prog_name="collusion")
            parts.append(f"## collusion {' '.join(words)}\n\n```text\n{done.output.strip()}\n```")
    return "\n\n".join(parts)


if __name__ == "__main__":
    for one in GENERATED:
        (PAGES / f"{one}.md").write_text(generated(one), encoding="utf-8")
        sys.stdout.write(f"collusion/guide/{one}.md\n")
