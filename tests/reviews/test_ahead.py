"""Items made in a thread arrive in order, errors with them, and the thread always ends."""

import threading

import pytest

from collusion.reviews import ahead as room
from collusion.reviews.ahead import DEPTH, ahead


def alive():
    return [thread for thread in threading.enumerate() if thread.name == "collusion-decode"]


@pytest.mark.parametrize("n", [0, 1, DEPTH, 10 * DEPTH])
def test_items_arrive_in_order(n):
    assert list(ahead(iter(range(n)))) == list(range(n))
    assert not alive()


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_error_arrives_behind_the_items_before_it(error):
    def items():
        yield from range(3)
        raise error("here")

    found = []
    with pytest.raises(error, match="here"):
        found.extend(iter_into(found, ahead(items())))
    assert found == [0, 1, 2]
    assert not alive()


def iter_into(found, items):
    """Take items one by one, so that those before an error are seen."""
    for item in items:
        found.append(item)
    return []


@pytest.mark.parametrize("taken", [0, 1, DEPTH])
def test_the_thread_ends_when_its_user_stops(taken):
    endless = iter(int, 1)
    items = ahead(endless)
    for _ in range(taken):
        next(items)
    items.close()
    assert not alive()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_cannot_report_its_error_is_not_waited_for(monkeypatch):
    """As without memory: not even the end can be put."""

    class End:
        def __init__(self, _):
            raise MemoryError

    monkeypatch.setattr(room, "_End", End)
    with pytest.raises(MemoryError, match="ended too early"):
        list(ahead(iter(range(3))))
