"""Whether the members' texts are copies or rewordings of each other, more than texts of the same products by others are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from collusion.base.model import Evidence, SignalKind
from collusion.evidence.facts import GroupFacts
from collusion.evidence.pvalues import p_of_draws
from collusion.evidence.signal import answer
from collusion.evidence.text_sets import COMPARED_OTHERS, COMPARED_TEXTS, Compared, compared, everywhere, read_texts, sample_of
from collusion.evidence.texts import alike
from collusion.evidence.words import p_text, plural

__all__ = ["Text"]

DRAWS = 999
"""Exchanges of the texts between members and others; beyond them the tail is fitted (`collusion.evidence.pvalues.p_of_draws`)."""

UNRELATED_LIKENESS = 2.5
"""Likeness (`collusion.evidence.texts.alike`) up to which two texts have nothing to do with each other. Of honest texts, one in ten has one
that is more alike among 340 of its category, in English and in Chinese characters; of pairs made from one template, each with half of its
words exchanged, 45 in 100 are more alike."""

NEAREST_TEXTS = 5
"""Most similar texts that are used for each text: a template is used several times, and one nearest text is often alike by accident."""

TEXTS_READ = 200_000
"""Texts that are read for all groups together; where there are many groups, fewer for each. Bounds memory (80 MB) and time."""

LEAST_READ_SHARE = 0.2
"""Share of the texts of a group that is read in any case."""

READ = "text: texts by row"


@dataclass(frozen=True)
class Text:
    """Compare the members' texts with each other, and with what others wrote of the same products.

    For each text of a member the `NEAREST_TEXTS` most similar texts by other accounts are found, of any product, among texts of members and
    of others. The figure is the share of them that are members' and more alike than `UNRELATED_LIKENESS`. A phrase that others write, too,
    such as "great product, fast delivery", counts for nothing, as do texts of fewer than `collusion.evidence.texts.LEAST_LETTERS` letters.
    An account's own texts are never compared with each other, and a listing counts once per account, so copies over variants do not count.

    Under the null, who is a member does not matter for what was written: members' and others' texts of each product, of about one length
    and one rating, are exchanged, as many of each staying in the group. Where others wrote fewer such texts of a product than members did,
    they are exchanged with those of all such products and with texts of the whole log, those of the same categories first.

    Notes
    -----
    At most `collusion.evidence.text_sets.COMPARED_TEXTS` texts of a group and `COMPARED_OTHERS` by others, chosen by day,
    rating and activity, never by a name. O(texts^2 + draws x texts) per group: 0.1 s. Texts of all groups are read in one pass over the
    source (`prepare`).

    Measured on Amazon reviews (All Beauty), 20 times 40 reviews among 200 by others: where 12 of the 40 were made from four templates, each
    time with half of their words exchanged, p <= 0.01 in all cases and p <= 0.001 in 15; where all were, p <= 0.001 in all; in Chinese
    characters without blanks p <= 0.01 in 18 and 20. Of honest groups p <= 0.05 in 2 of 100, and in none of 60 each that write the shortest
    texts, the longest, or in a language of their own. In simulated markets, whose texts are all of one mould, of 217 honest groups
    p <= 0.05 in 7 and p <= 0.01 in none; of rings of 20 x 10 from four templates p <= 0.001 in 5 of 5, of 8 x 5 p <= 0.01 in 4 of 5.

    Dangerous where somebody hands out a text, such as a competition that asks for it or a form that begins every review; where members of
    one crowd all quote one source; and where a shop writes reviews for its customers.
    """

    name: ClassVar[str] = "text"
    question: ClassVar[str] = "Are their texts copies or rewordings of each other, more than texts of the same products by others are?"
    kind: ClassVar[SignalKind] = "behaves like paid"
    needs: ClassVar[tuple[str, ...]] = ("text",)
    null: ClassVar[str] = "The texts of each product are exchanged between members and others."

    def prepare(self, groups: Sequence[GroupFacts]) -> None:
        """Read the texts of all groups in one pass over the source."""
        if not groups or groups[0].log.texts is None:
            return
        log = groups[0].log
        share = min(1.0, max(LEAST_READ_SHARE, TEXTS_READ / (len(groups) * 2 * (COMPARED_TEXTS + COMPARED_OTHERS))))
        edges = [everywhere(log), *(sample_of(group, share).edges for group in groups)]
        log.keep(READ, (share, read_texts(log, np.unique(np.concatenate(edges)))))

    def test(self, group: GroupFacts) -> Evidence | None:
        """Return the evidence; None where fewer than two members, or nobody else, wrote a text that is long enough."""
        log = group.log
        if log.texts is None or not len(group.edges):
            return None
        nothing: tuple[float, dict[int, str]] = (1.0, {})
        share, read = log.kept(READ, nothing)
        texts = compared(group, share, read)
        if texts is None:
            return None
        own = int(texts.member.sum())
        near = _near(texts)
        found, drawn = _figures(texts, near, texts.member[None, :]), _drawn(texts, near, group.rng(self.name))
        p_value = p_of_draws(float(found[0][0]), drawn[0])
        observed, expected = int(found[1][0]), float(drawn[1].mean())
        verb = "is" if observed == 1 else "are"
        statement = (
            f"Of {plural(own, 'text')} by members, {observed:,} {verb} more like a text by another member than like any of "
            f"{plural(len(texts.member) - own, 'text')} by others. If members and others exchanged their texts of the same products, "
            f"{expected:.1f} would be expected ({p_text(p_value)}, the {NEAREST_TEXTS} most alike texts of each taken together)."
        )
        return answer(self, statement, float(observed), expected, _rows(texts, near, log.graph.row[texts.edge]), p_value)


@dataclass(frozen=True, eq=False)
class _Near:
    """The `NEAREST_TEXTS` most alike texts by other accounts of each text, and which of them are alike at all."""

    text: NDArray[np.int64]
    alike: NDArray[np.bool_]


def _near(texts: Compared) -> _Near:
    """Return the texts that are most alike."""
    likeness = alike(texts.text)
    likeness[texts.who[:, None] == texts.who[None, :]] = 0.0
    near = np.argsort(-likeness, axis=1, kind="stable")[:, :NEAREST_TEXTS]
    return _Near(near, np.take_along_axis(likeness, near, axis=1) > UNRELATED_LIKENESS)


def _figures(texts: Compared, near: _Near, inside: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return, for each row of members, the share of the nearest texts that are members', and how often the nearest one is."""
    n = int(texts.member.sum())
    by_members = inside[:, near.text] & near.alike & inside[:, :, None]
    return by_members.sum(axis=(1, 2)) / (NEAREST_TEXTS * n), by_members[:, :, 0].sum(axis=1)


def _drawn(texts: Compared, near: _Near, rng: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return both figures for `DRAWS` exchanges within blocks."""
    ticket = rng.random((DRAWS, len(texts.member)))
    inside = np.zeros(ticket.shape, np.bool_)
    for block in np.unique(texts.block):
        at = np.flatnonzero(texts.block == block)
        own = int(texts.member[at].sum())
        if own:
            drawn = at[np.argpartition(ticket[:, at], own - 1, axis=1)[:, :own]]
            np.put_along_axis(inside, drawn, values=True, axis=1)
    return _figures(texts, near, inside)


def _rows(texts: Compared, near: _Near, row: NDArray[np.integer]) -> tuple[int, ...]:
    """Return the source rows of members' texts whose nearest text is a member's, and of these."""
    one = np.flatnonzero(texts.member & near.alike[:, 0] & texts.member[near.text[:, 0]])
    return tuple(np.unique(row[np.concatenate([one, near.text[one, 0]])]).tolist())
