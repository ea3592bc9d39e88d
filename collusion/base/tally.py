"""Why rows were set aside, counted. Apart from `model`, since the command line loads this and no numpy."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["reasons"]


def reasons(problems: Iterable[Mapping[str, object]]) -> tuple[tuple[str, str, int], ...]:
    """Return why rows were set aside: the reason, the column, and how many rows; the most frequent first."""
    tally = Counter((str(one.get("reason") or ""), str(one.get("column") or "")) for one in problems)
    return tuple((reason, column, n) for (reason, column), n in sorted(tally.items(), key=lambda item: (-item[1], item[0])))
