"""Laws of `--timeout`: a run ends when its time is over, whatever it does, and not before."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time

import pytest

from collusion import cli
from collusion.base.errors import ConfigError
from collusion.cli.timeout import TimedOutError, time_limit, to_seconds

STUCK = """
import sys, time
from collusion.cli import timeout

timeout.GRACE_SECONDS = 0.2

def say(text):
    print(text, file=sys.stderr, flush=True)

with timeout.time_limit("0.2", say):
    while True:
        try:
            time.sleep(60)
        except KeyboardInterrupt:  # a kernel cannot be broken off either
            pass
"""


@pytest.mark.parametrize(("text", "seconds"), [("90", 90), ("1.5s", 1.5), ("30m", 1800), (" 2h ", 7200), ("1d", 86_400)])
def test_durations(text, seconds):
    assert to_seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "0", "-1", "1w", "m", "1h30m", "nan", "1e9", "9" * 30])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(ConfigError, match="not a duration"):
        to_seconds(text)


def wait():
    threading.Event().wait(60)


def wrap():
    try:
        wait()
    except KeyboardInterrupt:
        raise ValueError("a library made something else of it") from None


@pytest.mark.parametrize("work", [wait, wrap])
def test_a_block_that_takes_longer_is_ended_and_the_handler_is_back(work):
    before = signal.getsignal(signal.SIGALRM)
    with pytest.raises(TimedOutError, match=r"--timeout 0\.1"), time_limit("0.1", print):
        work()
    assert signal.getsignal(signal.SIGALRM) == before


def test_a_block_that_ends_in_time_is_left_alone():
    for limit in ("0.2", None):
        with time_limit(limit, print):
            pass
    time.sleep(0.4)
    with pytest.raises(ZeroDivisionError), time_limit("60", print):
        1 / 0  # noqa: B018  # its own error stays


def test_a_process_that_cannot_be_interrupted_ends():
    done = subprocess.run([sys.executable, "-c", STUCK], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: the time allowed is over (--timeout 0.2)")


def test_a_scan_whose_time_is_over_fails_and_leaves_nothing(tmp_path, monkeypatch, capsys):
    (tmp_path / "log.csv").write_text("reviewer_id,product_id\na,b\n", encoding="utf-8")
    monkeypatch.setattr("collusion.pipeline.scan", lambda *_given, **_options: wait())
    assert cli.main(["scan", str(tmp_path / "log.csv"), "--out", str(tmp_path / "out"), "--timeout", "0.2"]) == 1
    assert "the time allowed is over" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["log.csv"]
