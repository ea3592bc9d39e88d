"""Which ring a person means: by rank, by id, or by the start of its id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collusion.base.errors import ConfigError, did_you_mean
from collusion.decisions.entry import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["find_ring"]

SHOWN_MATCHES = 10


def find_ring(text: str, ranked: Sequence[str], others: Iterable[str] = ()) -> str:
    """Return the id of the ring that a text names.

    Parameters
    ----------
    text : str
        An id, a rank (``"3"``), or the start of one id alone (``"R-2e"``), in any case.
    ranked : sequence of str
        The ids of a case, in the order of their ranks.
    others : iterable of str
        Further ids that are known, such as those of rings that were decided before.

    Raises
    ------
    ConfigError
        When no ring is meant, or several are; the message lists these.
    """
    known = dict.fromkeys((*ranked, *others))
    if text in known:
        return text
    if text.isascii() and text.isdecimal() and ranked:
        if 1 <= int(text) <= len(ranked):
            return ranked[int(text) - 1]
        raise ConfigError(f"ring: there is no rank {shown(text)}; the ranks of this case are 1 to {len(ranked):,}")
    starts = [one for one in known if text and one.lower().startswith(text.lower())]
    if len(starts) == 1:
        return starts[0]
    if starts:
        raise ConfigError(
            f"ring: {len(starts):,} ids start with {shown(text)!r}: {_listed(starts, ranked)}; give more of the id, or the rank"
        )
    raise ConfigError(f"ring: the case has no ring {shown(text)!r}; {_hint(text, known)}")


def _listed(ids: Sequence[str], ranked: Sequence[str]) -> str:
    ranks = {one: f"rank {rank}" for rank, one in enumerate(ranked, 1)}
    more = f" and {len(ids) - SHOWN_MATCHES:,} more" if len(ids) > SHOWN_MATCHES else ""
    return ", ".join(f"{shown(one)} ({ranks.get(one, 'not found by this scan')})" for one in ids[:SHOWN_MATCHES]) + more


def _hint(text: str, known: Iterable[str]) -> str:
    names = list(known)
    # A list of hundreds of names would help nobody.
    hint = did_you_mean(text, names)
    return hint if hint.startswith("did") or len(names) <= SHOWN_MATCHES else f"it has {len(names):,}, in rings.csv"
