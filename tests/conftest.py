"""What all tests share."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest
from hypothesis import settings

# The same examples in every run, and no clock: the first call of a kernel compiles it.
settings.register_profile("house", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("house")


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
