"""What spoils the answers of detectors and rankers, so that a law is broken."""

import copy
from dataclasses import dataclass

import pytest

from collusion.testing import DetectorLawError


def altered(found, **changed):
    """Copy groups or scores with attributes put in as they are: the types themselves would convert them."""
    other = copy.copy(found)
    for name, value in changed.items():
        object.__setattr__(other, name, value)
    return other


class Forgetful:
    """Loses its parameters on the way to another process."""

    def __reduce__(self):
        return type(self), ()


def variant(*bases, frozen=True, **attributes):
    """Make an object of a dataclass of its own, with these attributes and methods."""
    return dataclass(frozen=frozen)(type("Variant", bases, attributes))()


def touch(graph, found):
    graph.reviewer.flags.writeable = True
    graph.reviewer[:] = graph.reviewer[::-1]
    return found


def law_broken_by(check, *arguments, **options):
    with pytest.raises(DetectorLawError) as caught:
        check(*arguments, **options)
    return caught.value.law
