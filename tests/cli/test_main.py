"""Laws of the program as a whole: exit codes, errors in words, help at once."""

from __future__ import annotations

import resource
import subprocess
import sys
from importlib.metadata import version

import pytest

from collusion import cli
from collusion.base.errors import BudgetError, CollusionError, ConfigError, InputError, OutputError


def run(*arguments):
    return subprocess.run([sys.executable, "-m", "collusion", *arguments], capture_output=True, text=True, check=False)


def test_help_answers_within_the_budget():
    """`collusion --help` takes less than .3 s of CPU, the interpreter's start included (the best of five: others use the machine)."""
    spent = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = run("--help")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        if spent[-1] < 0.3:
            break
    assert done.returncode == 0
    assert all(command in done.stdout for command in ("scan", "encode", "detectors", "simulate"))
    assert min(spent) < 0.3


def test_version(capsys):
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"collusion {version('collusion')}\n"


def test_without_a_command_help_goes_to_stderr_and_the_code_is_that_of_usage(capsys):
    assert cli.main([]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "Usage: collusion" in shown.err


@pytest.mark.parametrize("arguments", [["scna"], ["scan"], ["scan", "--nope"], ["simulate", "--reviews", "many", "--out", "x"]])
def test_wrong_usage_is_told_in_words(capsys, arguments):
    assert cli.main(arguments) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "Error: " in shown.err
    assert "Traceback" not in shown.err


def test_names_of_files_cannot_steer_the_terminal(capsys, tmp_path):
    assert cli.main(["scan", "\x1b[31mlog\u202e.csv", "--out", str(tmp_path / "out")]) == 3
    assert "\\x1b[31mlog\\u202e.csv" in capsys.readouterr().err
    assert cli.main(["scan", "--\x1b[31m"]) == 2
    assert "\x1b" not in capsys.readouterr().err


@pytest.mark.parametrize(("flags", "traced"), [([], False), (["-v"], True), (["--verbose"], True), (["-q"], False)])
def test_tracebacks_are_shown_with_v_alone(capsys, tmp_path, flags, traced):
    assert cli.main(["scan", str(tmp_path / "none.csv"), "--out", str(tmp_path / "out"), *flags]) == 3
    shown = capsys.readouterr()
    assert ("Traceback" in shown.err) == traced
    assert "there is no such file" in shown.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (KeyboardInterrupt(), 130, "Interrupted"),
        (RuntimeError("odd"), 1, "defect"),
        (MemoryError(), 1, "out of memory"),
        (CollusionError("words"), 1, "words"),
        (OutputError("words"), 1, "words"),
        (ConfigError("words"), 2, "words"),
        (InputError("words"), 3, "words"),
        (BudgetError("needs 9 GB"), 5, "needs 9 GB"),
        (OSError(28, "No space left on device"), 1, "No space left"),
    ],
)
def test_what_goes_wrong_in_a_command_is_told_and_coded(capsys, monkeypatch, tmp_path, error, code, says):
    def fail(*_arguments, **_options):
        raise error

    monkeypatch.setattr("collusion.simulate.market.simulate", fail)
    assert cli.main(["simulate", "--out", str(tmp_path / "out")]) == code
    shown = capsys.readouterr()
    assert says in shown.err
    assert "Traceback" not in shown.err
    assert list(tmp_path.iterdir()) == []


def test_shell_completion_offers_the_commands():
    environment = {"_COLLUSION_COMPLETE": "complete_bash", "COMP_WORDS": "collusion s", "COMP_CWORD": "1", "PATH": "/usr/bin:/bin"}
    done = subprocess.run([sys.executable, "-m", "collusion"], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["scan", "signals", "simulate"]
