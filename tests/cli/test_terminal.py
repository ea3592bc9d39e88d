"""Laws of what the terminal shows: no control character of anyone's file, JSON alone on stdout, progress that ends."""

from __future__ import annotations

import io
import json
import logging
import re
import sys
import unicodedata
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collusion.cli.neutral import neutral
from collusion.cli.terminal import Terminal


@given(st.text())
def test_no_control_character_survives(text):
    """Whatever the text, only line breaks are left of what steers a terminal; and doing it twice changes nothing more."""
    shown = neutral(text)
    assert all(c == "\n" or unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} for c in shown)
    assert neutral(shown) == shown
    assert "\n" not in neutral(text, keep="")
    shown.encode("utf-8")


@given(st.text(st.characters(exclude_categories=["C", "Zl", "Zp"])))
def test_harmless_text_stays_as_it_is(text):
    assert neutral(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\rb", "a\\rb"),
        ("\x9b2J", "\\x9b2J"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("\ud800", "\\ud800"),
        ("[bold]id[/bold]", "[bold]id[/bold]"),
        ("naïve 名", "naïve 名"),
    ],
)
def test_escapes_are_written_out(text, shown):
    assert neutral(text) == shown


def test_what_is_said_goes_to_stderr_and_the_result_to_stdout(capsys):
    terminal = Terminal()
    terminal.say("words \x1b[2J")
    terminal.result({"id": "\x1b[31m名", "q": None})
    shown = capsys.readouterr()
    assert shown.err == "words \\x1b[2J\n"
    assert json.loads(shown.out) == {"id": "\x1b[31m名", "q": None}
    assert shown.out.isascii()
    assert "\x1b" not in shown.out


def test_quiet_says_nothing_but_complains(capsys):
    terminal = Terminal(quiet=True)
    terminal.say("words")
    terminal.table(("a",), [("b",)])
    with terminal.progress() as progress:
        progress("read", 1, 2)
    assert capsys.readouterr().err == ""
    terminal.complain("wrong")
    assert capsys.readouterr().err == "wrong\n"


def test_a_table_shows_cells_as_they_are_without_markup_or_escapes(capsys):
    Terminal().table(("ring", "id"), [("R-1", "[red]x[/red]\x1b[31m\n:smile:")])
    shown = capsys.readouterr().err
    assert "[red]x[/red]\\x1b[31m\\n:smile:" in shown
    assert "\x1b" not in shown


def test_lines_tell_each_stage_once_where_there_is_no_terminal(capsys):
    with Terminal().progress() as progress:
        for done in range(500):
            progress("read", done, None)
        for done in range(5):
            progress("null", done, 4)
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(", ")[0] for line in lines] == [
        "reading rows ...",
        "reading rows: 499",
        "searching shuffled logs ...",
        "searching shuffled logs: 4 of 4",
    ]


def test_bars_are_drawn_on_a_terminal_and_stages_that_announce_no_end_do_end(monkeypatch):
    class Screen(io.StringIO):
        def isatty(self):
            return True

    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    with Terminal().progress() as progress:
        progress("own \x1b[5m", 10, None)
        progress("evidence", 2, 3)
        assert progress.bars.tasks[0].finished
    assert all(task.finished for task in progress.bars.tasks)
    assert "own \\x1b[5m" in screen.getvalue()
    assert "2 of 3" in screen.getvalue()


def test_with_json_every_line_on_stderr_is_a_record(capsys):
    """What the program says, what the library logs and what the run failed with; nothing else, and no text steers a terminal."""
    terminal = Terminal(log_format="json")
    terminal.configure_logging()
    terminal.say("words", flagged=3)
    terminal.paragraph("id \x1b[31m " * 30, "note: ")
    terminal.warn("careful")
    terminal.table(("a",), [("b",)])
    with terminal.progress() as progress:
        progress("read", 1, 2)
    logging.getLogger("collusion.test").info("id %s", "\x1b[31m", extra={"stage": "read"})
    logging.getLogger("collusion.test").debug("not shown")
    terminal.complain("Error: wrong")
    shown = capsys.readouterr()
    assert (shown.out, shown.err.isascii(), "\x1b" in shown.err) == ("", True, False)
    records = [json.loads(line) for line in shown.err.splitlines()]
    assert [(one["level"], one["logger"]) for one in records] == [
        ("INFO", "collusion.cli"),
        ("INFO", "collusion.cli"),
        ("WARNING", "collusion.cli"),
        ("INFO", "collusion.test"),
        ("ERROR", "collusion.cli"),
    ]
    assert [records[k]["message"] for k in (0, 2, 3, 4)] == ["words", "careful", "id \x1b[31m", "wrong"]
    assert (records[0]["flagged"], records[3]["stage"]) == (3, "read")
    assert all(datetime.fromisoformat(one["time"]).tzinfo is not None for one in records)


def test_quiet_json_holds_warnings_and_errors_alone(capsys):
    terminal = Terminal(quiet=True, log_format="json")
    terminal.configure_logging()
    terminal.say("words")
    logging.getLogger("collusion.test").info("words")
    logging.getLogger("collusion.test").warning("careful")
    terminal.complain("wrong")
    assert [json.loads(line)["level"] for line in capsys.readouterr().err.splitlines()] == ["WARNING", "ERROR"]


@pytest.mark.parametrize(("verbose", "shown"), [(0, ["w"]), (1, ["i", "w"]), (2, ["d", "i", "w"]), (5, ["d", "i", "w"])])
def test_the_log_goes_to_stderr_by_verbosity_and_is_neutral(capsys, verbose, shown):
    Terminal(verbose=verbose).configure_logging()
    log = logging.getLogger("collusion.cli.test")
    log.debug("d")
    log.info("i")
    log.warning("w")
    assert [line[-1] for line in capsys.readouterr().err.splitlines()] == shown
    log.warning("id %s", "\x1b[31m")
    line = capsys.readouterr().err
    assert line.endswith("id \\x1b[31m\n")
    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z WARNING collusion.cli.test: " if verbose else "warning: ", line)
