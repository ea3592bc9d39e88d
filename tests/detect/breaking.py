"""What spoils the answers of detectors and rankers, so that a law is broken."""

import copy

import pytest

from collusion.testing import DetectorLawError


def altered(found, **changed):
    """Copy groups or scores with attributes put in as they are: the types themselves would convert them."""
    other = copy.copy(found)
    for name, value in changed.items():
        object.__setattr__(other, name, value)
    return other


def touch(graph, found):
    graph.reviewer.flags.writeable = True
    graph.reviewer[:] = graph.reviewer[::-1]
    return found


def law_broken_by(check, *arguments, **options):
    with pytest.raises(DetectorLawError) as caught:
        check(*arguments, **options)
    return caught.value.law
