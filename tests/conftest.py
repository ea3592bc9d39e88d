"""What all tests share."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path

import pytest
from hypothesis import settings

# The same examples in every run, and no clock.
settings.register_profile("house", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("house")


def pytest_collection_modifyitems(items):
    """Put files with slow tests first, by turns into both halves: two workers take half each, and neither is left with a long test."""
    slow = list(dict.fromkeys(item.path for item in items if item.get_closest_marker("slow")))
    one, other = ([item for item in items if item.path in slow and slow.index(item.path) % 2 == k] for k in (0, 1))
    plain = [item for item in items if item.path not in slow]
    half = max(0, len(items) // 2 - len(one))
    items[:] = [*one, *plain[:half], *other, *plain[half:]]


@pytest.fixture(autouse=True)
def logger_of_a_library():
    """The command line configures the logger of the package; the next test must not notice, nor one whose fixtures of a module ran it."""
    _as_imported()
    yield
    _as_imported()


def _as_imported():
    log = logging.getLogger("collusion")
    log.handlers, log.propagate = [], True
    log.setLevel(logging.NOTSET)


@pytest.fixture(scope="session")
def real_data():
    """The folder of real data that ``COLLUSION_DATA`` names."""
    folder = os.environ.get("COLLUSION_DATA")
    if not folder:
        pytest.skip("COLLUSION_DATA names no folder of real data")
    return Path(folder)


@pytest.fixture
def no_power_statement(monkeypatch):
    """A scan that flags nothing plants no rings to say what it would have shown: that takes longer than all the rest."""
    monkeypatch.setattr("collusion.pipeline.steps.power_statement", lambda *_: "Nothing is flagged.")


@pytest.fixture
def no_processes(monkeypatch):
    """What benchmarks give to processes is done in this one: a process takes seconds to import what is here already."""
    from collusion.bench import worker  # noqa: PLC0415  # of few tests
    from collusion.bench.processes import Answer  # noqa: PLC0415  # as above

    class Here:
        def __init__(self, work, _stop):
            self.work = worker.find_work(work)

        def run(self, task, _seconds, _memory):
            return Answer(**worker.answer(self.work, json.loads(json.dumps(task)), lambda _: None))

        def close(self):
            """Nothing was started."""

    monkeypatch.setattr("collusion.bench.runner.Worker", Here)


@pytest.fixture(scope="module")
def chromium():
    """A browser for the tests of one file."""
    from report.chromium import browser  # noqa: PLC0415  # of few tests

    with browser() as running:
        yield running
