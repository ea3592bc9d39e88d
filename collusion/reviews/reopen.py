"""The way back from kept sources to their files, where these are as they were."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from collusion.base.model import CANONICAL, Source
from collusion.reviews.layout import Layout
from collusion.reviews.partitions import opened
from collusion.reviews.rows import Origin, Reread
from collusion.reviews.source import Input, sha256

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from collusion.reviews.facts import Facts

__all__ = ["reread_of"]


def reread_of(facts: Sequence[Facts], options: Mapping[str, Any], has: set[str]) -> Reread | str:
    """Return the way back to the rows of sources that were read before, or the name of one that is not there as it was.

    ``options`` are those by which all were read, and ``has`` the canonical columns that the log turned out to have. O(bytes): the digest of
    every file is compared.
    """
    origins, sources, first = [], [], 0
    layout = Layout.of(options.get("delimiter"), options.get("quote"), options.get("columns"))
    for one in facts:
        path = None if one.path is None else Path(one.path)
        if path is None or not path.is_file() or sha256(path) != one.sha256:
            return one.name
        origin = Input(path, one.format, one.compression, one.folders)
        reader = opened(origin, options.get("map") or {}, options.get("dialect"), layout)
        # In the order that readers give, which is that of the columns of an answer.
        own = {name: one.found[name] for name in CANONICAL if name in one.found}
        found = {name: column for name, column in own.items() if name in has or column in one.header}
        links, form = tuple(options.get("link") or ()), options.get("time_format")
        origins.append(Origin.again(reader, found, origin, unit=one.unit, absent=one.absent, links=links, form=form))
        sources.append(Source(one.name, one.format, one.rows, first, one.sha256))
        first += one.rows
    return Reread(tuple(origins), tuple(sources))
